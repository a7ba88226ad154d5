"""What the engines of the native core have in common: they set it up, and do for it what is rare on any version."""

from __future__ import annotations

import os

from . import active
from .agent_frames import AGENT
from .builtin_types import MethodWrapperType
from .special import NAMES


class NativeHalf:
    """To be inherited from before the engine of the pure twin, if that is inherited from at all."""

    def connect(self, recorder, disable=None) -> None:
        """Makes `self.core`; with `disable` as the answer that ends an event at its place."""
        native = self._native = recorder.native
        settings = recorder.settings
        self.core = native.Core(
            engine=self,
            local=recorder.strands.local,
            clock_ns=settings.clock_ns,
            hot=settings.hot,
            thrifty=settings.thrifty,
            gap_bound=settings.gap_calls,
            sample=settings.sample,
            seed=int.from_bytes(os.urandom(8), "little"),
            encoder=self._native_encoder(recorder.encoder),
            values=recorder.calls.values,
            disable=disable,
            folder=AGENT,
            method_wrapper=MethodWrapperType,
            traced=active.traced,
            special=NAMES,
        )
        self.failed = recorder.failed
        self.recorder = recorder
        self.spool = recorder.spool
        self.strands = recorder.strands
        recorder.strands.on_local = self.core.use_local
        recorder.gaps.on_forgotten = self.core.forget_gaps
        self.spool.now = self.core.now
        self.spool.on_segment = self._use_segment
        self._use_segment(self.spool.segment)
        # What the core asks for by name, besides the methods below.
        self.update = self.spool.update
        if native.FREE_THREADED:
            from .lanes import Lanes

            self.spool.lanes = Lanes(self.spool, self.core.tell)
            self.next_segment = self.spool.lanes.next
        self.task_strand = recorder.strands.task
        self.begin_state = recorder.strands.begin
        self.find_gap = recorder.gaps.find
        self.bind_gaps = recorder.gaps.bind
        self.forked_unseen = recorder.forked_unseen
        self.tell_lost = recorder.tell_lost
        exceptions = recorder.exceptions
        exceptions.last_left = self.core.last_left
        self.place_of = exceptions.place_of
        self.shows_locals = exceptions.shows_locals
        self.locals_of = exceptions.locals_of

    def _native_encoder(self, twin):
        encoder = self._native.Encoder(twin)
        twin.outermost = encoder.outermost
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

    def add(self, function) -> None:
        """From now on the core records calls of `function`."""
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

    # -- what the core asks for ----------------------------------------------------------------------------------

    def write(self, line: bytes) -> None:
        try:
            self.spool.write(line)
        except ValueError:
            self.spool.overflow(line)

    def counter(self, function: int, state, why: str):
        counter = self._native.Counted(function, state.id, why)
        self.spool.register(counter)
        return counter

    def lose(self, lost: int) -> None:
        """So many records were lost at the recursion limit by now."""
        self.recorder.lost = lost

    def fail(self, error: Exception) -> None:
        try:
            raise error
        except Exception as raised:
            self.failed(raised)
