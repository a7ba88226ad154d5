"""The code that this process has loaded, found without a hook and without running any of it.

Every Python function is an object that the collector of garbage knows; what is inside a function (nested functions,
lambdas, comprehensions) are constants of its code. Bodies of modules and what `exec` runs are on a stack.
"""

from __future__ import annotations

import gc
import os
import sys
from _operator import is_
from _thread import get_ident
from itertools import compress, repeat

from ..agent_frames import AGENT
from ..builtin_types import FunctionType, ModuleType
from ..classes import dict_of, mro_of
from ..functions import OPTIMIZED, module_of
from .code_lines import nested

_module_dict = ModuleType.__dict__["__dict__"].__get__
_HAS_QUALNAME = hasattr(type((lambda: None).__code__), "co_qualname")
# Frozen objects (`gc.freeze`) are found from the modules on; so many objects are looked at.
_MOST_FROZEN = 500_000
# 3.12 counts some hundred objects of its own as frozen, which never go; a program that freezes freezes thousands.
_LEAST_FROZEN = 1000


class Paths:
    """Files of code objects as absolute real paths; names in angle brackets stay as they are."""

    def __init__(self, root: str) -> None:
        self._folder = os.getcwd()
        self._known: dict = {}
        self.root = os.path.realpath(root).rstrip("/") + "/"

    def real(self, filename: str) -> str:
        found = self._known.get(filename)
        if found is None:
            found = filename if filename[:1] == "<" else os.path.realpath(os.path.join(self._folder, filename))
            self._known[filename] = found
        return found

    def is_own(self, path: str) -> bool:
        return path.startswith(self.root)


class Piece:
    """One loaded code object: its qualified name, the module it belongs to, and the code that holds it, if known."""

    __slots__ = ("code", "module", "name", "outer")

    def __init__(self, code, name: str, module: str, outer) -> None:
        self.code = code
        self.name = name
        self.module = module
        self.outer = outer


class Loaded:
    """What was loaded when it was looked: `files` maps paths to the code in them, outer before inner. Only what the
    places (spec/control.md) can mean: all of a large program would take tenths of a second."""

    def __init__(self, paths: Paths, places: list) -> None:
        self.files: dict = {}
        self._paths = paths
        self._seen: dict = {}
        # Last parts of the files that are wanted; all parts of the names of functions.
        self._endings = frozenset(each["file"].rpartition("/")[2] for each in places if each["kind"] == "line")
        names: list = []
        for each in places:
            if each["kind"] == "function":
                names += each["function"].replace(".<locals>", "").split(".")
        self._names = frozenset(names)

    def look(self) -> Loaded:
        for frame in _frames():
            self.add(frame.f_code, None, frame.f_globals)
        for function in _functions():
            self.add(function.__code__, function, function.__globals__)
        for module in list(sys.modules.values()):
            if type(module) is ModuleType:
                file = _module_dict(module).get("__file__")
                if type(file) is str and file.rpartition("/")[2] in self._endings:
                    self.files.setdefault(self._paths.real(file), [])
        return self

    def add(self, code, function, module_globals) -> None:
        """Takes in a code object and all that is inside it."""
        filename = code.co_filename
        if filename.rpartition("/")[2] not in self._endings and code.co_name not in self._names:
            return
        if id(code) in self._seen or filename.startswith(AGENT):
            return
        found = pieces_of(code, module_of(module_globals), function)
        pieces = self.files.setdefault(self._paths.real(code.co_filename), [])
        for piece in found:
            known = self._seen.get(id(piece.code))
            if known is None:
                self._seen[id(piece.code)] = piece
                pieces.append(piece)
            elif known.outer is None:
                known.outer, known.name = piece.outer, piece.name


def pieces_of(code, module: str, function=None) -> list:
    """`code` and all code inside it as Pieces."""
    names = {id(code): _name_of(code, function)}
    outer = {}
    found = []
    for each in nested(code):
        name = names[id(each)]
        found.append(Piece(each, name, module, outer.get(id(each))))
        inside = "" if each.co_name == "<module>" else name + (".<locals>." if each.co_flags & OPTIMIZED else ".")
        for constant in each.co_consts:
            if type(constant) is type(code):
                outer[id(constant)] = each
                names[id(constant)] = constant.co_qualname if _HAS_QUALNAME else inside + constant.co_name
    return found


def _name_of(code, function) -> str:
    """The qualified name. A wrapper has the name of what it wraps: before 3.11 the code cannot tell them apart, but by
    its own name."""
    if _HAS_QUALNAME:
        return code.co_qualname
    if function is not None:
        name = function.__qualname__
        if name.rpartition(".")[2] == code.co_name:
            return name
    return code.co_name


def _functions() -> list:
    # In one go, without a chance for other threads: while all objects are held here, the last reference to one of the
    # program's could become ours, and its finaliser would run on our thread.
    objects = gc.get_objects()
    found = list(compress(objects, map(is_, map(type, objects), repeat(FunctionType))))
    if gc.get_freeze_count() > _LEAST_FROZEN:
        found += _frozen_functions()
    return found


def _frozen_functions() -> list:
    found = []
    seen = set()
    waiting = [_module_dict(module) for module in list(sys.modules.values()) if type(module) is ModuleType]
    while waiting and len(seen) < _MOST_FROZEN:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if type(thing) is FunctionType:
            found.append(thing)
        # Never what a module itself refers to: `_asyncio` names objects that are gone and wait to be used again, which
        # a list of them would bring back, and let go a second time. From then on a collection of garbage has no end.
        held = [_module_dict(thing)] if issubclass(type(thing), ModuleType) else gc.get_referents(thing)
        waiting += [each for each in held if gc.is_tracked(each) and id(each) not in seen]
    return found


def _frames() -> list:
    """The frames of all other threads and of all greenlets. Our own would hold this very list."""
    here = get_ident()
    tops = [frame for thread, frame in sys._current_frames().items() if thread != here] + _of_greenlets()
    found = []
    for frame in tops:
        while frame is not None:
            found.append(frame)
            frame = frame.f_back
    return found


def _of_greenlets() -> list:
    greenlet = sys.modules.get("greenlet")
    kind = _module_dict(greenlet).get("greenlet") if type(greenlet) is ModuleType else None
    if type(kind) is not type:
        return []
    frame_of = dict_of(kind).get("gr_frame")
    if frame_of is None:
        return []
    return [frame_of.__get__(each) for each in gc.get_objects() if any(base is kind for base in mro_of(type(each)))]
