"""The engine for CPython 3.8 to 3.11 whose evaluation of frames and whose hooks are the native core's.

C sees every frame begin and end; the methods here are what it asks for when something is rare: first sight of code, the
few functions that are special. A frame that has not begun yet, or has ended, is no object before 3.11.
"""

from __future__ import annotations

import sys

from .functions import module_of
from .native_half import NativeHalf
from .tracing import IMPORTLIB

# What `met` answers, as the enumeration Kind in _native/tracing.h.
FOREIGN, RECORDED, STARTS, RETURNS, SILENT = range(5)
_ROLES = {
    "": FOREIGN,
    "task": RETURNS,
    "process": RETURNS,
    "thread": STARTS,
    "child": STARTS,
    "asked": STARTS,
    "answered": RETURNS,
}
_get_frame = sys._getframe


class _Frame:
    """Stands for a frame that is none yet or no longer."""

    __slots__ = ("f_back", "f_locals")

    def __init__(self, names, outer) -> None:
        self.f_locals = names
        self.f_back = outer


class NativeTracingEngine(NativeHalf):
    name = "tracing"

    def __init__(self, recorder) -> None:
        self.connect(recorder)
        self.tracing = recorder.native.Tracing(self.core)

    def start(self) -> None:
        self.tracing.start()

    def stop(self) -> None:
        if not self.tracing.stop():
            self.recorder.displaced("another tool evaluates the frames of the program; what ran since is not recorded")

    def take_into_scope(self, code) -> None:
        """`code` was out of scope; its next call is looked at again."""
        self.tracing.forget(code)

    def goes_on(self, code, frame) -> bool:
        """The core tells of starts only."""
        return False

    def watch_return(self, code) -> None:
        """Nothing to do: `met` says so."""

    # -- what the core asks for ----------------------------------------------------------------------------------

    def met(self, code, module_globals) -> int:
        """First sight of code."""
        recorder = self.recorder
        function = recorder.functions.look_up(code, module_of(module_globals))
        if function is not None:
            self.add(function)
            recorder.notice_libraries()
            return RECORDED
        kind = _ROLES[recorder.special.role(code)]
        if kind == RETURNS:
            recorder.special.met(self, code, None)
        return SILENT if kind == FOREIGN and code.co_filename == IMPORTLIB else kind

    def starts(self, code, names: dict) -> None:
        self.recorder.special.met(self, code, _Frame(names, None))

    def returned(self, code, value) -> None:
        self.recorder.special.returned(code, value, _Frame(None, _get_frame(1)))

    def find_gap_of_code(self, function, code, module_globals):
        return self.recorder.gaps.find_code(function, code, module_of(module_globals))

    def too_deep(self) -> None:
        self.recorder.spool.drop("agent_error", 1, _TOO_DEEP)


_TOO_DEEP = "calls nested so deep that the stack nearly ended, and calls of other threads meanwhile, are not recorded"
