"""Calls whose end a probe waits for, by their frames.

No frame is kept: that would keep the variables of an abandoned generator. A frame's identity is its own for as long as
its call lasts, and what is left of a call that never ended is forgotten when another begins there.
"""

from __future__ import annotations

from time import monotonic

from ..agent_frames import is_the_programs
from .probe import DISPATCH_NS, cpu_ns

# So many calls may be open at once, in all probes.
MOST_OPEN = 10_000
# A call is given up after so many seconds without an end: a generator that nobody finishes.
LONGEST = 3600.0


class Ends:
    def __init__(self) -> None:
        # id(frame) -> list of (code, probe, finish, when)
        self._open: dict = {}

    def open(self, frame, probe, finish) -> None:
        """`finish(outcome, value)` is called at the end of the frame's call: "returned" with the result, "raised" with
        the exception, or with a sentence that says why neither is known."""
        if len(self._open) >= MOST_OPEN:
            finish("too many calls wait for their end", None)
            return
        entry = (frame.f_code, probe, finish, monotonic())
        known = self._open.get(id(frame))
        if known is not None and known[0][0] is frame.f_code:
            known.append(entry)
        else:
            self._open[id(frame)] = [entry]

    def has(self, frame) -> bool:
        return id(frame) in self._open

    def begins(self, frame) -> None:
        """A call begins in this frame: what is left there is of one that ended unseen."""
        entries = self._open.pop(id(frame), None)
        if entries is not None:
            _finish(entries, "the call was abandoned", None)

    def end(self, frame, code, outcome: str, value) -> None:
        entries = self._open.pop(id(frame), None)
        if entries is not None:
            if entries[0][0] is code:
                _finish(entries, outcome, value)
            else:
                _finish(entries, "the call was abandoned", None)

    def give_up(self) -> None:
        """Those that have been open for too long, and those of probes that are gone."""
        before = monotonic() - LONGEST
        for key, entries in list(self._open.items()):
            if entries[0][3] < before or not any(entry[1].on for entry in entries):
                if self._open.pop(key, None) is not None:
                    _finish(entries, "the call did not end while the probe was there", None)

    def close(self) -> None:
        for key in list(self._open):
            entries = self._open.pop(key, None)
            if entries is not None:
                _finish(entries, "the call did not end while the probe was there", None)

    def forked(self) -> None:
        """The parent tells of the calls that were open when it forked."""
        self._open = {}


def _finish(entries: list, outcome: str, value) -> None:
    for _code, probe, finish, _when in entries:
        try:
            began = cpu_ns()
            finish(outcome, value)
            probe.spent(cpu_ns() - began + DISPATCH_NS)
        except Exception as error:
            if is_the_programs(error):
                raise
            probe.counts.dropped.add()
