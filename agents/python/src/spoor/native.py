"""Finds the compiled half of the recorder for this interpreter and loads it, if there is one that may be loaded;
otherwise says why not, and the pure-Python twin records.

A library counts only if it was built from the very sources beside this file for this very interpreter, and if nobody
but the user, the owner of this package or root could have written it. Everything here is on the path of every
interpreter start: it reads files and imports nothing (`_imp` is built in; importlib itself loads extensions by it).
"""

from __future__ import annotations

import _imp
import os
import sys

from . import boot
from .boot import Refused, read
from .errors import SpoorError
from .interpreter import NEWEST_NATIVE, require_known

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_native")
NAME = "spoor._core"
_WHAT = "native library"

NONE_YET = "no native library for this interpreter"

_loaded: list = []  # the module and where it is from: a process loads it once


def load(setting: str = "auto", cache: str | None = None) -> tuple:
    """(module or None, reason), the reason a plain clause; `setting` is `auto`, `native` or `python`.

    `cache` is the user's cache of Spoor where that is known better than by this process's environment. Never raises.
    """
    if setting == "python":
        return None, "python core asked for"
    reason = unsupported()
    if reason is not None:
        return None, reason
    if not _loaded:
        module, reason = _find(cache)
        if module is None:
            return None, reason
        _loaded.extend((module, reason))
    return tuple(_loaded)


def unsupported() -> str | None:
    """Why this interpreter can have no native core at all, or None."""
    try:
        require_known()
    except SpoorError as error:
        return str(error)
    if sys.version_info[:2] > NEWEST_NATIVE:
        return "the native core is for CPython up to %d.%d" % NEWEST_NATIVE
    if not hasattr(os, "geteuid"):
        return "the native core is not for %s" % sys.platform
    return None


def _find(cache: str | None) -> tuple:
    try:
        key = boot.facts.get("sources_key") or sources_key()
    except OSError as error:
        return None, "the sources of the native core cannot be read: %s" % error.strerror
    name = library_name()
    refused = failed = None
    for folder, said, shipped in places(key, cache):
        path = os.path.join(folder, name)
        try:
            if os.path.exists(path):
                return load_file(path, key, shipped), said
            failed = failure(folder)[0] or failed or (None if shipped else _unwritable(folder))
        except Refused as error:
            refused = str(error)
        except Exception as error:
            refused = "the native library cannot be loaded: %s" % _one_line(error)
    if failed:
        return None, "%s: %s" % (NONE_YET, failed)
    return None, refused or NONE_YET


def places(key: str, cache: str | None) -> tuple:
    """Where a library may be: (folder, what is said of one from there, whether it came with these sources)."""
    version = "%d.%d" % sys.version_info[:2]
    return (
        (os.path.join(FOLDER, "lib"), "native: compiled for CPython %s with the package" % version, True),
        (os.path.join(FOLDER, "prebuilt", platform()), "native: prebuilt for CPython %s" % version, True),
        (cache_folder(key, cache), compiled_here(), False),
    )


def compiled_here() -> str:
    return "native: compiled for CPython %d.%d on this machine" % sys.version_info[:2]


def library_name() -> str:
    return "_core" + _imp.extension_suffixes()[0]


def platform() -> str:
    """Such as `linux-x86_64`, `linux-aarch64-musl`, `darwin-arm64`."""
    told = os.uname()
    name = "%s-%s" % (told.sysname.lower(), told.machine)
    return name + "-musl" if sys.platform == "linux" and not _has_glibc() else name


def _has_glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (OSError, ValueError):
        return False


def cache_root() -> str:
    """Where the user's cache of Spoor is, by the environment."""
    told = os.environ
    if told.get("SPOOR_CACHE"):
        base = told["SPOOR_CACHE"]
    elif told.get("XDG_CACHE_HOME"):
        base = told["XDG_CACHE_HOME"]
    else:
        base = os.path.expanduser("~/Library/Caches" if sys.platform == "darwin" else "~/.cache")
    return os.path.join(os.path.abspath(base), "spoor")


def cache_folder(key: str, cache: str | None) -> str:
    """Of the libraries that were built from the sources with this key for this version of the interpreter."""
    return os.path.join(cache or cache_root(), "native", "%s-%x" % (key, sys.hexversion))


def sources_key() -> str:
    """Identifies the C sources by their content. Only equal on equal minor versions: it is the interpreter's hash."""
    told = []
    for name in sorted(os.listdir(FOLDER)):
        if is_source(name):
            told += (name.encode(), read(os.path.join(FOLDER, name)))
    return _imp.source_hash(0x53706F6F72, b"\0".join(told)).hex()


def is_source(name: str) -> bool:
    """Whether a file of this name in FOLDER is one of the sources."""
    return name.endswith((".c", ".h")) or name == "build.py"


def load_file(path: str, key: str, shipped: bool):
    """The module in the library at `path`. Raises Refused, or whatever loading raises."""
    _check_owners(path, shipped)
    # Looked at before the dynamic linker is: mapping a file that was cut off would be the end of the program.
    try:
        told = read(path + ".built").decode("ascii", "replace").split()
    except OSError:
        told = []
    if told[:1] != [key]:
        raise Refused("the native library is of other sources")
    if told[1:] != ["%x" % sys.hexversion, "%d" % os.stat(path).st_size] and not _may_stand_in(path, told):
        raise Refused("the native library is damaged or of another version of Python")
    module = _imp.create_dynamic(_Spec(path))
    _imp.exec_dynamic(module)
    module.__file__ = path
    if module.SOURCES != key:
        raise Refused("the native library is of other sources")
    return module


def _may_stand_in(path: str, told: list) -> bool:
    """What the library reads inside the interpreter stays as it is from the first final release of a minor version."""
    if len(told) != 3 or told[2] != "%d" % os.stat(path).st_size:
        return False
    built = int(told[1], 16)
    return built >> 16 == sys.hexversion >> 16 and built & 0xF0 == sys.hexversion & 0xF0 == 0xF0


class _Spec:
    """All that the interpreter's loader asks of a module's spec."""

    def __init__(self, path: str) -> None:
        self.name = NAME
        self.origin = path


def _check_owners(path: str, shipped: bool) -> None:
    """Raises Refused if somebody else could have put the file there, or could put another in its place.

    What came with the sources need only be as safe as these: whoever can write them needs no library.
    """
    if shipped:
        package = os.stat(os.path.dirname(FOLDER))
        owners, bad = {0, os.geteuid(), package.st_uid}, 0o022 & ~package.st_mode
        for each in (path, os.path.dirname(path)):
            found = os.stat(each)
            if found.st_uid not in owners or found.st_mode & bad:
                raise Refused(boot.UNSAFE % (_WHAT, each))
        return
    boot.check_file(path, _WHAT)


def failure_path(folder: str) -> str:
    """Where it is noted that no library could be built."""
    return os.path.join(folder, library_name() + ".failed")


def failure(folder: str) -> list:
    """Why no library could be built ('' if that was not tried), and what would have to be there to try again."""
    try:
        return read(failure_path(folder)).decode("utf-8", "replace").splitlines() or [""]
    except OSError:
        return [""]


def note_failure(folder: str, why: str, until: tuple = ()) -> None:
    """Notes why there is no library; `failure` reads it."""
    path = failure_path(folder)
    unfinished = "%s.%d" % (path, os.getpid())
    os.makedirs(folder, exist_ok=True)
    with open(unfinished, "w", encoding="utf-8") as file:
        file.write("\n".join((" ".join(why.split()), *until)) + "\n")
    os.replace(unfinished, path)


def _unwritable(folder: str) -> str | None:
    """Says so if the nearest folder that exists is not ours to write."""
    while not os.path.exists(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return None if os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK) else "%s cannot be written" % folder


def _one_line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
