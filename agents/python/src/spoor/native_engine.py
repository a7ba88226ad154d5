"""The engine for CPython 3.12 and newer whose callbacks are the native core's.

C does what happens at every call; the methods here are what it asks for when something is rare: first sight of code,
exceptions in recorded code, a full segment, a fork. They are called from C callbacks, so `_get_frame(1)` is the
program's frame.
"""

from __future__ import annotations

import os
import sys
import types

from .agent_frames import AGENT
from .exceptions import traceback_of
from .functions import ITERATES, operation_at
from .monitoring import MonitoringEngine, monitoring
from .special import WATCH

_get_frame = sys._getframe
_EVENTS = ("start", "return", "yield", "resume", "throw", "unwind", "raise", "reraise", "handled", "call")


class NativeEngine(MonitoringEngine):
    def __init__(self, recorder) -> None:
        self.core = None
        super().__init__(recorder)
        native = self._native = recorder.native
        settings = recorder.settings
        self.core = native.Core(
            engine=self,
            local=recorder.strands.local,
            clock_ns=settings.clock_ns,
            hot=settings.hot,
            gap_bound=settings.gap_calls,
            sample=settings.sample,
            seed=int.from_bytes(os.urandom(8), "little"),
            encoder=self._native_encoder() if self.values else None,
            disable=monitoring.DISABLE,
            folder=AGENT,
            method_wrapper=types.MethodWrapperType,
        )
        # With the frames as the twin's methods expect them: called by the interpreter, with nothing in between.
        self.raised = types.MethodType(MonitoringEngine.on_raise, self)
        self.handled = types.MethodType(MonitoringEngine.on_handled, self)
        for event in _EVENTS:
            setattr(self, "on_" + event, native.Callback(self.core, event))
        recorder.strands.on_local = self.core.use_local
        recorder.gaps.on_forgotten = self.core.forget_gaps
        self.spool.now = self.core.now
        self.spool.on_segment = self._use_segment
        self._use_segment(self.spool.segment)
        self.update = self.spool.update
        self.task_strand = recorder.strands.task
        self.begin_state = recorder.strands.begin
        self.find_gap = recorder.gaps.find
        self.bind_gaps = recorder.gaps.bind
        self.raised_again = recorder.exceptions.raised_again
        self.forked_unseen = recorder.forked_unseen

    def _native_encoder(self):
        encoder = self._native.Encoder(self.recorder.encoder)
        self.recorder.encoder.outermost = encoder.outermost
        return encoder

    def _use_segment(self, segment) -> None:
        self.core.use_segment(segment, None if segment is None else segment.map)

    @property
    def running_loop(self):
        return None

    @running_loop.setter
    def running_loop(self, running_loop) -> None:
        if running_loop is not None:
            self.core.use_asyncio(running_loop, self.strands.current_task)

    def watch(self, function) -> None:
        super().watch(function)
        self.core.add(
            function.code,
            function,
            function.id,
            function.left,
            function.suspends,
            function.awaits,
            function.yields,
            function.body,
            function.plan,
        )

    def count_only(self, why: str) -> None:
        self.core.count_only(why)

    def forked(self) -> None:
        self.core.forked()

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

    def write(self, line: bytes) -> None:
        try:
            self.spool.write(line)
        except ValueError:
            self.spool.overflow(line)

    def counter(self, function: int, state, why: str):
        counter = self._native.Counted(function, state.id, why)
        self.spool.register(counter)
        return counter

    def unwound(self, exception, call: int, strand: int) -> int:
        return self.recorder.exceptions.unwound(
            self.strands.local.state, _get_frame(1), exception, traceback_of(exception), call, strand
        )

    def lose(self, lost: int) -> None:
        """So many records were lost at the recursion limit by now."""
        self.recorder.lost = lost

    def fail(self, error: Exception) -> None:
        try:
            raise error
        except Exception as raised:
            self.failed(raised)
