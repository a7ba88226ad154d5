"""Where a probe stands: from the end of a path and a line, or a function's name, to the loaded code objects."""

from __future__ import annotations

import os

from .code_lines import lines_of, nearest
from .sources import Text, changed_since

COMPREHENSIONS = frozenset(("<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"))
WAITING = {"state": "waiting"}


class Site:
    """One code object where a probe is to be: at a line, or (line 0) at the start of its calls."""

    __slots__ = ("code", "line", "name")

    def __init__(self, code, line: int, name: str) -> None:
        self.code = code
        self.line = line
        self.name = name


class Placed:
    """`state` as it is told (spec/control.md), without the probe's id; `sites` if it is placed."""

    __slots__ = ("file", "sites", "state")

    def __init__(self, state: dict, sites=(), file: str | None = None) -> None:
        self.state = state
        self.sites = list(sites)
        self.file = file


def failed(code: str, message: str, file: str | None = None, **more) -> Placed:
    return Placed(dict(state="failed", code=code, message=message, **more), (), file)


def files_that_fit(wanted: str, files, paths) -> list:
    """The paths that a probe's file can mean: all, or those within the project if there are any."""
    found = [path for path in files if fits(wanted, path, paths)]
    own = [path for path in found if paths.is_own(path)]
    return sorted(own or found)


def fits(wanted: str, path: str, paths) -> bool:
    if wanted.startswith("/"):
        return path in (wanted, paths.real(wanted))
    wanted = os.path.normpath(wanted)
    return path == wanted or path.endswith("/" + wanted)


def place(wanted: dict, loaded, paths, began: float) -> Placed:
    """Where `wanted` (a place of spec/control.md) is in what is loaded. `began`: when the process did."""
    if wanted["kind"] == "function":
        return place_function(wanted, loaded, paths)
    found = files_that_fit(wanted["file"], loaded.files, paths)
    if not found:
        return Placed(WAITING)
    if len(found) > 1:
        return failed("ambiguous", "%d loaded files end with %s" % (len(found), wanted["file"]), files=found[:20])
    return place_line(found[0], wanted["line"], loaded.files[found[0]], changed_since(found[0], began))


def place_line(file: str, line: int, pieces: list, changed: bool) -> Placed:
    """`changed`: the file on disk may not be what runs."""
    if changed:
        verdict, codes = Text(file).in_loaded(line, pieces)
        if verdict == "differs":
            message = "%s has changed since this process loaded it; line %d is not what runs" % (file, line)
            return failed("source_differs", message, file)
        if verdict == "no_code":
            return _no_code(file, line, pieces)
        moved = any(each != line for _, each in codes)
        ids = {id(code): each for code, each in codes}
        sites = [Site(p.code, ids[id(p.code)], p.name) for p in pieces if id(p.code) in ids]
        return placed(file, _without_inner(sites, pieces), moved)
    sites = [Site(piece.code, line, piece.name) for piece in pieces if line in lines_of(piece.code)]
    if not sites:
        return _no_code(file, line, pieces)
    return placed(file, _without_inner(sites, pieces), False)


def _without_inner(sites: list, pieces: list) -> list:
    """Without comprehensions on a line of the code that holds them: a user means that line once."""
    held = {(id(site.code), site.line) for site in sites}
    outer = {id(piece.code): piece.outer for piece in pieces}
    return [
        site
        for site in sites
        if site.code.co_name not in COMPREHENSIONS or (id(outer.get(id(site.code))), site.line) not in held
    ]


def placed(file: str, sites: list, moved: bool = False) -> Placed:
    state = {"state": "placed", "file": file, "line": sites[0].line, "function": sites[0].name}
    if moved:
        state["moved"] = True
    return Placed(state, sites, file)


def _no_code(file: str, line: int, pieces: list) -> Placed:
    lines = set()
    for piece in pieces:
        lines |= lines_of(piece.code)
    near = nearest(lines, line)
    if not pieces:
        message = "no function of %s is loaded; the body of a module runs once, when it is loaded" % file
    else:
        message = "line %d of %s has no code that can still run" % (line, file)
        if near:
            message += "; the nearest lines that have: %s" % ", ".join(map(str, near))
    return failed("no_code", message, file, nearest=near)


def place_function(wanted: dict, loaded, paths) -> Placed:
    """All functions with this qualified name; those within the project before others."""
    found: dict = {}
    for file, pieces in loaded.files.items():
        sites = function_sites(wanted, pieces)
        if sites:
            found[file] = sites
    files = sorted([file for file in found if paths.is_own(file)] or found)
    if not files:
        return Placed(WAITING)
    if len(files) > 1:
        message = "%d loaded files have a function %s; say which module" % (len(files), wanted["function"])
        return failed("ambiguous", message, files=files[:20])
    sites = found[files[0]]
    state = {"state": "placed", "file": files[0], "line": sites[0].code.co_firstlineno, "function": sites[0].name}
    return Placed(state, sites, files[0])


def function_sites(wanted: dict, pieces: list) -> list:
    module = wanted.get("module")
    return [
        Site(piece.code, 0, piece.name)
        for piece in pieces
        if piece.name == wanted["function"] and (module is None or piece.module == module)
    ]
