"""Which code is recorded: the project's own by default, plus what `include` names, less what `exclude` names.

Decided once per code object, from its file and its module. Also says which pattern would record a callee that is not.
"""

from __future__ import annotations

import os
import sys

from . import patterns
from .functions import keep_some
from .header import command_line

FOREIGN_FOLDERS = frozenset(("site-packages", "dist-packages", "node_modules", "__pypackages__"))
# Of `st_mode`: what kind of file it is; a symbolic link.
_KIND, _LINK = 0o170000, 0o120000
DYNAMIC = ("<string>", "<stdin>")


def _glob(pattern: str) -> str:
    """The regular expression of a path glob: `**` crosses folders, `*` and `?` do not."""
    out = []
    i = 0
    while i < len(pattern):
        if pattern.startswith("**/", i):
            out.append("(?:.*/)?")
            i += 3
        elif pattern.startswith("**", i):
            out.append(".*")
            i += 2
        else:
            char = pattern[i]
            out.append({"*": "[^/]*", "?": "[^/]"}.get(char) or patterns.escape(char))
            i += 1
    return "".join(out)


class _Patterns:
    """Patterns with a slash or a `.py` ending name files, the others modules; `pkg.*` and `pkg` both take the
    package. Most need no regular expression: a name, or all that is below it."""

    def __init__(self, given: tuple, root: str) -> None:
        names = []
        below = []
        files = []
        modules = []
        for pattern in given:
            if "/" in pattern or pattern.endswith(".py"):
                absolute = pattern if pattern.startswith("/") else root + "/" + pattern[2 * pattern.startswith("./") :]
                folder = absolute[:-3] if absolute.endswith("/**") else absolute
                if "*" in folder or "?" in folder:
                    files.append(_glob(absolute) + "(?:/.*)?")
                    continue
                below.append(folder + "/")
                if folder is absolute:
                    names.append(absolute)
            else:
                name = pattern[:-2] if pattern.endswith(".*") else pattern
                if "*" in name:
                    modules.append(".*".join(map(patterns.escape, name.split("*"))) + r"(?:\..*)?")
                    continue
                below.append(name + ".")
                names.append(name)
        # Files begin with a slash or `<`, which no name of a module does.
        self._names = frozenset(names)
        self._below = tuple(below)
        self._file = patterns.compile("|".join(files)).fullmatch if files else None
        self._module = patterns.compile("|".join(modules)).fullmatch if modules else None
        self.of_modules = bool(modules) or any(not name.startswith("/") for name in below)

    def match(self, file: str, module: str) -> bool:
        if file in self._names or module in self._names:
            return True
        if self._below and (file.startswith(self._below) or module.startswith(self._below)):
            return True
        if self._file is not None and self._file(file):
            return True
        return self._module is not None and bool(self._module(module))


def _named_and_real(folders: tuple) -> tuple:
    """Prefixes of paths below these folders, as they are named and as they really are."""
    return tuple({f + "/" for folder in set(folders) for f in (folder, os.path.realpath(folder))})


def _program_has_no_file() -> bool:
    """Whether the program is `-c` or standard input; elsewhere `<string>` is what a library made up (dataclasses
    do)."""
    if any(a.startswith("from multiprocessing.") for a in command_line()):
        return False  # a helper process of the library's
    main = sys.modules.get("__main__")
    # A program on standard input has the file "<stdin>".
    return type(main) is type(sys) and main.__dict__.get("__file__", DYNAMIC[0]) in DYNAMIC


def _name_of_main() -> str:
    """What the main module is called when it is imported: `json.tool` for `python -m json.tool`, else `__main__`."""
    spec = sys.modules["__main__"].__dict__.get("__spec__") if "__main__" in sys.modules else None
    name = spec.name if type(spec) is type(sys.__spec__) else None  # one of another type could run code when asked
    return name if type(name) is str else "__main__"


class Scope:
    def __init__(self, root: str, include: tuple, exclude: tuple) -> None:
        self._root = root.rstrip("/") + "/"
        self._include = _Patterns(include, root)
        self._exclude = _Patterns(exclude, root)
        self._cwd = os.getcwd()
        self._agent = os.path.dirname(os.path.realpath(__file__)) + "/"
        library = os.path.dirname(os.__file__)
        prefixes = (sys.prefix, sys.exec_prefix)
        # A prefix that contains the project (`/usr` above `/usr/src/app`) says nothing about it; one inside it is a
        # virtual environment.
        self._interpreter = tuple(f for f in _named_and_real((library, *prefixes)) if not self._root.startswith(f))
        self._launchers = _named_and_real((library, *(os.path.join(p, "bin") for p in prefixes)))
        self._files: dict = {}
        self._folders: dict = {}
        self._decided: dict = {}

    def path(self, filename: str) -> str:
        """The absolute real path of a code object's file; names in angle brackets stay as they are."""
        try:
            return self._files[filename][0]
        except KeyError:
            return self._look_up(filename)[0]

    def is_agent(self, filename: str) -> bool:
        return self.path(filename).startswith(self._agent)

    def shown(self, filename: str) -> str:
        """The path as the spool gives it: relative to the project where it is inside."""
        path = self.path(filename)
        return path[len(self._root) :] if path.startswith(self._root) else path

    def _look_up(self, filename: str) -> tuple:
        if filename.startswith("<"):
            found = (filename, False)
        else:
            path = self._real(os.path.join(self._cwd, filename))
            found = (path, self._own(path))
        self._files[filename] = found
        return found

    def _real(self, path: str) -> str:
        """`os.path.realpath`, which asks for each folder on the way; here each folder is asked for once."""
        folder, slash, name = path.rpartition("/")
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder + slash)
        try:
            is_plain = name not in ("", ".", "..") and os.lstat(path).st_mode & _KIND != _LINK
        except (OSError, ValueError):
            is_plain = False
        return real.rstrip("/") + "/" + name if is_plain else os.path.realpath(path)

    def _own(self, path: str) -> bool:
        if not path.startswith(self._root) or path.startswith(self._interpreter):
            return False
        return FOREIGN_FOLDERS.isdisjoint(path[len(self._root) :].split("/"))

    def records(self, filename: str, module: str) -> bool:
        """Whether code of `filename` that belongs to `module` is recorded."""
        decided = self._decided.get((filename, module))
        if decided is None:
            decided = self._decide(filename, module)
            # What the main module is can change while the program starts.
            if module != "__main__":
                keep_some(self._decided, (filename, module), decided)
        return decided

    def _decide(self, filename: str, module: str) -> bool:
        found = self._files.get(filename) or self._look_up(filename)
        path, own = found
        if path.startswith(self._agent):
            return False
        named = _name_of_main() if module == "__main__" else module
        if self._exclude.match(path, named):
            return False
        if own or self._include.match(path, named):
            return True
        if module == "__main__":
            # A script anywhere is the program; the launcher of an installed tool and `-m` of a library are not.
            if path in DYNAMIC:
                return _program_has_no_file()
            return (
                not path.startswith("<")
                and not path.startswith(self._launchers)
                and FOREIGN_FOLDERS.isdisjoint(path.split("/"))
            )
        return False

    def include_for(self, filename: str, module: str) -> str | None:
        """The `--include` pattern that would record code of this module, or null where none would."""
        if filename.startswith("<") and module in ("", "__main__"):
            return None
        if not module or module == "__main__":
            return self.path(filename)
        return module.split(".")[0] + ".*"
