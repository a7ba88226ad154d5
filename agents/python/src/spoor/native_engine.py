"""The engine for CPython 3.12 and newer whose callbacks are the native core's.

C does what happens at every call; the methods here are what it asks for when something is rare, such as the first sight
of code. They are called from C callbacks, so `_get_frame(1)` is the program's frame.
"""

from __future__ import annotations

import sys

from .agent_frames import hide_agent
from .exceptions import traceback_of
from .functions import ITERATES, operation_at
from .monitoring import MonitoringEngine, monitoring
from .native_half import NativeHalf
from .special import WATCH

_get_frame = sys._getframe
_EVENTS = ("start", "return", "yield", "resume", "throw", "unwind", "raise", "reraise", "handled", "call")


class NativeEngine(NativeHalf, MonitoringEngine):
    def __init__(self, recorder) -> None:
        self.connect(recorder, monitoring.DISABLE)
        super().__init__(recorder)
        for event in _EVENTS:
            setattr(self, "on_" + event, recorder.native.Callback(self.core, event))

    def watch(self, function) -> None:
        monitoring.set_local_events(self.tool, function.code, self.suspending if function.suspends else self.plain)
        self.add(function)

    # -- what the callbacks ask for ------------------------------------------------------------------------------

    def met(self, code):
        """First sight of code: True if it is recorded, None if its start must stay watched, else False."""
        function = self.discover(code, _get_frame(1))
        return None if function is WATCH else function is not None

    def ends_iteration(self, code, offset: int) -> bool:
        """Whether a StopIteration at this place is the end of an iteration, which nobody raised."""
        return operation_at(code, offset) in ITERATES

    def returned(self, code, value) -> None:
        self.recorder.special.returned(code, value, _get_frame(1))

    def hide_agent(self, exception) -> None:
        hide_agent(exception, traceback_of(exception))
