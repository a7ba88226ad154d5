"""Makes the bundle: the modules that a start needs as bytecode in one file of the user's cache, with what they would
otherwise find out at each start. Run by the host (native_cache.py), never in a program; boot.py reads it.

A bundle belongs to one place of the package, to the state of its files and to one version of the interpreter.
"""

from __future__ import annotations

import _sre
import ast
import marshal
import os
import sys

from . import boot, native, operations, patterns
from .interpreter import is_known

ROOTS = ("recorder", "settings", "modules", "active", "__init__")
ENGINES = ("monitoring", "native_engine") if hasattr(sys, "monitoring") else ("tracing", "native_tracing")
KEPT = 60
"""Bundles; those of packages that are gone are deleted some day."""


def ensure(cache: str) -> str | None:
    """The path of the bundle, which is made if there is none, or none of these files; None if it cannot be written."""
    if not is_known() or not hasattr(os, "geteuid"):
        return None
    path = boot.bundle_path(cache)
    try:
        if boot.read_bundle(cache) is not None:
            return path
        folder = os.path.dirname(path)
        for each in (cache, folder):
            os.makedirs(each, mode=0o700, exist_ok=True)
        boot.check_folder(folder, "bundle")
        _write(path, _draw())
        _delete_old(folder)
        return path
    except (OSError, boot.Refused):
        return None


def _draw() -> bytes:
    """The content of the file: the length of its head, the head, the code."""
    files = _files()
    trees = _in_order()
    code = marshal.dumps([_compiled(name, tree) for name, tree in trees])
    facts = {
        "sources_key": native.sources_key(),
        "operations": operations.numbers(),
        "patterns": _compiled_patterns(),
    }
    if _files() != files:
        raise OSError("the package was changed meanwhile")
    head = marshal.dumps((len(code), boot.interpreter(), files, facts))
    return len(head).to_bytes(8, "little") + head + code


def _files() -> list:
    """What the bundle is made of: names below the package, sizes, times of the last change.

    The time of the last change of an inode and not that of its content, which installers set as they like.
    """
    names = ["/" + name for name in os.listdir(boot.AGENT) if name.endswith(".py")]
    names += ["/_native/" + name for name in os.listdir(native.FOLDER) if native.is_source(name)]
    found = []
    for name in sorted(names):
        status = os.stat(boot.AGENT + name)
        found.append((name, status.st_size, status.st_ctime_ns))
    return found


# -- code ------------------------------------------------------------------------------------------------------------


def _path(name: str) -> str:
    return os.path.join(boot.AGENT, name + ".py")


def _in_order() -> list:
    """The modules that a start needs, as pairs of name and syntax tree, each behind those that it imports."""
    found: dict = {}

    def visit(name: str) -> None:
        if name in found or name == "boot":
            return
        found[name] = None
        tree = ast.parse(boot.read(_path(name)), _path(name))
        for imported in _imported(tree):
            visit(imported)
        del found[name]
        found[name] = tree

    for name in (*ROOTS, *ENGINES):
        visit(name)
    return list(found.items())


def _imported(tree) -> list:
    """Modules of the package that a module imports when it is run."""
    names = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            names += [node.module] if node.module else [alias.name for alias in node.names]
    return names


def _compiled(name: str, tree) -> tuple:
    full = "spoor" if name == "__init__" else "spoor." + name
    return full, compile(_Bare().visit(tree), _path(name), "exec", dont_inherit=True, optimize=2)


class _Bare(ast.NodeTransformer):
    """Without annotations, which nothing reads and which cost room and time."""

    def visit_ImportFrom(self, node):
        return None if node.module == "__future__" else node

    def visit_AnnAssign(self, node):
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node):
        node.annotation = None
        return node


# -- patterns --------------------------------------------------------------------------------------------------------


def _compiled_patterns() -> dict:
    """(pattern, flags) -> what `re` gives to `_sre.compile` for it, drawn by marshal; of all that the agent uses."""
    from . import arguments, children, redaction  # noqa: F401

    redaction._patterns()
    compiler = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
    spy = _Spy()
    compiler._sre = spy
    try:
        made = {}
        for pattern, flags in patterns.asked:
            compiler.compile(pattern, flags)
            given, told, code, groups, index, names = spy.given
            drawn = (given, int(told), [int(each) for each in code], groups, dict(index), names)
            made[pattern, flags] = marshal.dumps(drawn)
        return made
    finally:
        compiler._sre = _sre


class _Spy:
    """Stands in for `_sre` and keeps what its `compile` was called with."""

    given: tuple = ()

    def __getattr__(self, name: str):
        return getattr(_sre, name)

    def compile(self, *given):
        self.given = given
        return _sre.compile(*given)


# -- the file --------------------------------------------------------------------------------------------------------


def _write(path: str, content: bytes) -> None:
    unfinished = "%s.%d" % (path, os.getpid())
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(unfinished, path)
    except OSError:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
        raise


def _delete_old(folder: str) -> None:
    found = []
    for name in os.listdir(folder):
        try:
            found.append((os.stat(os.path.join(folder, name)).st_mtime, name))
        except OSError:
            pass  # another process was quicker
    for _, name in sorted(found, reverse=True)[KEPT:]:
        try:
            os.unlink(os.path.join(folder, name))
        except OSError:
            pass
