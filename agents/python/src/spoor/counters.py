"""Records whose numbers are overwritten in place: gaps (`G`) and calls that are counted only (`N`).

A counter holds what was counted in the current segment only; a new segment starts it at zero (spec/spool.md, Counters
in place). Two threads may update different counters at once; one counter belongs to one thread, or its updates are
single bytecode-atomic steps.
"""

from __future__ import annotations

STEP = 63  # counters are written every (STEP + 1)th time


class Gap:
    """Calls of one unrecorded callee by one function. `bound` is 1 once a call site stopped counting."""

    __slots__ = ("bound", "count", "head", "id", "offset", "segment", "tail")

    def __init__(self, id: int, caller: int, payload: str) -> None:
        self.id = id
        self.head = "G\t%d\t" % id
        self.tail = "\t%d\t" % caller, payload
        self.count = self.bound = 0
        self.segment = None
        self.offset = 0

    def numbers(self) -> bytes:
        return b"%012d\t%d" % (self.count, self.bound)

    def draw(self, t: int) -> tuple:
        """The record in two parts; the numbers stand between them."""
        return (self.head + str(t) + self.tail[0]).encode("utf-8"), ("\t" + self.tail[1] + "\n").encode("utf-8")

    def restart(self) -> None:
        self.count = 0


class Counted:
    """Calls of one function in one thread that were counted and timed, not recorded one by one."""

    __slots__ = ("count", "function", "max_ns", "offset", "raised", "segment", "thread", "total_ns", "why")

    def __init__(self, function: int, thread: int, why: str) -> None:
        self.function = function
        self.thread = thread
        self.why = why
        self.segment = None
        self.offset = 0
        self.restart()

    def restart(self) -> None:
        self.count = self.total_ns = self.max_ns = self.raised = 0

    def numbers(self) -> bytes:
        return b'%012d\t%d\t{"why":"%s","total_ns":%20d,"max_ns":%20d,"raised":%20d}' % (
            self.count,
            self.thread,
            self.why.encode("ascii"),
            self.total_ns,
            self.max_ns,
            self.raised,
        )

    def draw(self, t: int) -> tuple:
        return b"N\t%d\t%d\t\t" % (self.function, t), b"\n"
