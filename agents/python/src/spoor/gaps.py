"""Gaps: callees that recorded code calls and that are not recorded themselves, with caller and count.

A callee is described by reading C-level slots of exact interpreter types only; an object of the program's own with a
`__call__` is described by its type.
"""

from __future__ import annotations

import os
from _weakref import ref

from . import builtin_types as types
from .counters import STEP
from .counters import Gap as _Gap
from .functions import keep_some, module_of
from .sequence import sequence
from .text import quote

FUNCTION, METHOD = types.FunctionType, types.MethodType
BUILTIN = types.BuiltinFunctionType
DESCRIPTORS = frozenset(
    (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType, types.MethodWrapperType)
)
_name_of_type = type.__dict__["__qualname__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_dict_of_type = type.__dict__["__dict__"].__get__
_STARTS_CHILD = frozenset(
    id(getattr(os, name)) for name in ("execv", "execve", "posix_spawn", "posix_spawnp", "system") if hasattr(os, name)
)
HEAP_TYPE, TYPE_SUBCLASS = 1 << 9, 1 << 31
_flags_of = type.__dict__["__flags__"].__get__


def _module_of_type(kind: type) -> str:
    module = _dict_of_type(kind).get("__module__")
    if type(module) is str:
        return module
    # A type made in C keeps its module in its name, which only its own getter splits; no metaclass can interfere there.
    return type.__dict__["__module__"].__get__(kind) if type(kind) is type else ""


_UNKNOWN = object()


class _Met(ref):
    """A class that callees were told apart by, as long as it lives. `uses`: each function that called one, and the key
    that it has it under, one after the other; a tuple for each would be one more for the collector to look at.
    `payload`: what calls of the class itself are, as `Gaps._codes` has it."""

    __slots__ = ("identity", "payload", "uses")


def _payload(module: str, name: str, what: str, file: str | None, include: str | None) -> str:
    return '{"module":%s,"name":%s,"kind":"%s","file":%s,"include":%s}' % (
        quote(module),
        quote(name),
        what,
        quote(file) if file else "null",
        quote(include) if include else "null",
    )


class Gaps:
    def __init__(self, spool, scope, functions, bound: int, children, native=None) -> None:
        self._spool = spool
        self._scope = scope
        self._functions = functions
        self._next = sequence()
        # By identity what keys stand for, so that none is used twice: code and the like is kept alive, a class only
        # referred to weakly. A function is not kept: its closure holds the program's objects.
        self._keep: dict = {}
        self._classes: dict = {}
        self._on_gone = self._gone
        # Payloads, ready-made, of callees that are called from many places: native ones by what describes them, others
        # by the identity of their code, which is kept, and their module; None: those are recorded.
        self._payloads: dict = {}
        self._codes: dict = {}
        self.bound = bound
        self._children = children
        self._new_gap = _Gap if native is None else native.Gap
        # Told when the identity of a callee of the function with this code may be used again.
        self.on_forgotten = lambda code: None

    def forked(self) -> None:
        for function in list(self._functions.by_code.values()):
            function.sites = {}
            function.gaps = {}

    def call(self, function, callee, site) -> bool:
        """Counts a call by `function` of `callee` at `site`. False: this site need not be watched any more."""
        if function.sites.get(site, 0) is None:
            return False
        return self._count(function, self.find(function, callee), site)

    def find(self, function, callee):
        """What counts calls of `callee` by `function`; None if it is recorded."""
        kind = type(callee)
        if kind is METHOD:
            callee = callee.__func__
            kind = type(callee)
        if kind is FUNCTION:
            code = callee.__code__
            return None if id(code) in self._functions.by_code else self._find(function, id(code), callee, kind)
        if kind is BUILTIN:
            owner = callee.__self__
            shared = type(owner) is types.ModuleType or _flags_of(type(owner)) & TYPE_SUBCLASS
            key = (id(owner) if shared else id(type(owner)), callee.__name__)
            return self._find(function, key, callee, kind)
        if kind is types.MethodWrapperType:
            # Made anew for each call.
            return self._find(function, (id(type(callee.__self__)), callee.__name__), callee, kind)
        if kind in DESCRIPTORS or kind is type:
            return self._find(function, id(callee), callee, kind)
        # `isinstance` would ask an object for its `__class__`, which may be the program's code; the type's flags
        # cannot lie.
        if _flags_of(kind) & TYPE_SUBCLASS:
            return self._find(function, id(callee), callee, type)
        return self._find(function, id(kind), callee, kind)

    def call_of_code(self, function, code, module: str, site) -> bool:
        """The same for a callee of which only the code is known."""
        if function.sites.get(site, 0) is None:
            return False
        return self._count(function, self.find_code(function, code, module), site)

    def find_code(self, function, code, module: str):
        """What counts calls of `code` by `function`; None if it is recorded."""
        gap = function.gaps.get(id(code), _UNKNOWN)
        if gap is _UNKNOWN:
            return self._meet_code(function, code, module)
        return gap

    def _count(self, function, gap, site) -> bool:
        seen = function.sites.get(site, 0)
        if seen is None:
            return False  # another thread has just reached the bound
        seen += 1
        if gap is not None:
            gap.count += 1
            if not gap.count & STEP or gap.segment is None:
                self._spool.update(gap)
        if seen >= self.bound:
            function.sites[site] = None
            self.bind(function)
            return False
        function.sites[site] = seen
        return True

    def bind(self, function) -> None:
        """A site of `function` stopped counting: every count of this function is a lower bound from now on."""
        for gap in list(function.gaps.values()):
            if gap is not None and not gap.bound:
                gap.bound = 1
                self._spool.update(gap)

    def _find(self, function, key, callee, kind) -> _Gap | None:
        gap = function.gaps.get(key, _UNKNOWN)
        return self._meet(function, key, callee, kind) if gap is _UNKNOWN else gap

    def _meet(self, function, key, callee, kind) -> _Gap | None:
        if id(callee) in _STARTS_CHILD:
            self._children.watch()
        if kind is FUNCTION:
            return self._meet_code(function, callee.__code__, module_of(callee.__globals__))
        if kind is type:
            return self._meet_class(function, key, callee)
        keep = callee if kind in DESCRIPTORS and kind is not types.MethodWrapperType else kind
        return self._define(function, key, keep, self._payload_of(self._describe(callee, kind)))

    def _meet_code(self, function, code, module: str) -> _Gap | None:
        payload = self._codes.get((id(code), module), _UNKNOWN)
        if payload is _UNKNOWN:
            payload = self._payload_of(self._describe_code(code, module))
            self._keep[id(code)] = code
            # What the main module is can change while the program starts.
            if module != "__main__":
                self._codes[id(code), module] = payload
        return self._define(function, id(code), code, payload)

    def _meet_class(self, function, key, kind: type) -> _Gap | None:
        met = self._classes.get(id(kind))
        payload = _UNKNOWN if met is None else met.payload
        if payload is not _UNKNOWN:
            return self._define(function, key, kind, payload)
        payload = self._payload_of(self._describe_class(kind))
        gap = self._define(function, key, kind, payload)
        met = self._classes.get(id(kind))
        if met is not None and _module_of_type(kind) != "__main__":
            met.payload = payload
        return gap

    def _payload_of(self, described) -> str | None:
        if described is None:
            return None
        payload = self._payloads.get(described)
        if payload is None:
            payload = _payload(*described)
            if described[2] == "native":
                keep_some(self._payloads, described, payload)
        return payload

    def _define(self, function, key, keep, payload) -> _Gap | None:
        gap = None
        if payload is not None:
            gap = self._new_gap(self._next(), function.id, payload)
            self._spool.register(gap)
        if _flags_of(type(keep)) & TYPE_SUBCLASS and _flags_of(keep) & HEAP_TYPE:
            met = self._classes.get(id(keep))
            if met is None:
                met = _Met(keep, self._on_gone)
                met.identity = id(keep)
                met.payload = _UNKNOWN
                met.uses = []
                self._classes[id(keep)] = met
            met.uses += function, key
        else:
            self._keep[id(keep)] = keep
        function.gaps[key] = gap
        return gap

    def _gone(self, met) -> None:
        """A class is no more: another can come to have its identity."""
        self._classes.pop(met.identity, None)
        for function, key in zip(met.uses[::2], met.uses[1::2]):
            function.gaps.pop(key, None)
            self.on_forgotten(function.code)

    def _describe(self, callee, kind) -> tuple | None:
        """(module, name, kind, file, include) of a callee that is neither function nor class, or None if it is recorded
        (or runs only code that is)."""
        if kind is BUILTIN:
            owner = callee.__self__
            if owner is None or type(owner) is types.ModuleType:
                module = callee.__module__
                return (module if type(module) is str else "builtins"), callee.__name__, "native", None, None
            owner = owner if _flags_of(type(owner)) & TYPE_SUBCLASS else type(owner)
            return _module_of_type(owner), "%s.%s" % (_name_of_type(owner), callee.__name__), "native", None, None
        if kind in DESCRIPTORS:
            owner = callee.__objclass__ if kind is not types.MethodWrapperType else type(callee.__self__)
            return _module_of_type(owner), "%s.%s" % (_name_of_type(owner), callee.__name__), "native", None, None
        for base in _mro_of(kind):
            method = _dict_of_type(base).get("__call__")
            if type(method) is FUNCTION:
                return self._describe_code(method.__code__, module_of(method.__globals__))
            if method is not None:
                break
        return _module_of_type(kind), _name_of_type(kind), "native", None, None

    def _describe_code(self, code, module: str) -> tuple | None:
        file = code.co_filename
        # Our own hooks around a fork are called from the program's code, but not by it.
        if self._scope.records(file, module) or self._scope.is_agent(file):
            return None
        return (
            module,
            self._functions.names.of(code),
            "python",
            None if file.startswith("<") else self._scope.path(file),
            self._scope.include_for(file, module),
        )

    def _describe_class(self, kind: type) -> tuple | None:
        """Calling a class runs its `__init__` and `__new__`; a class whose are recorded (or plain `object`'s) is no
        gap."""
        module = _module_of_type(kind)
        if not _flags_of(kind) & HEAP_TYPE:
            return module, _name_of_type(kind), "class", None, None
        for name in ("__init__", "__new__"):
            for base in _mro_of(kind):
                method = _dict_of_type(base).get(name)
                if method is None:
                    continue
                method = method.__func__ if type(method) is staticmethod else method
                if type(method) is FUNCTION:
                    described = self._describe_code(method.__code__, module_of(method.__globals__))
                    if described is not None:
                        file, include = described[3], described[4]
                        return module, _name_of_type(kind), "class", file, include
                elif base is not object and not _flags_of(base) & HEAP_TYPE:
                    return module, _name_of_type(kind), "class", None, None
                break
        return None
