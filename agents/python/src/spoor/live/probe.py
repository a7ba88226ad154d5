"""One probe in this process: what was asked for, compiled; what it may still do; what it counted; how it stands."""

from __future__ import annotations

import time

from .limits import Bucket, HitLimit

# Not every system counts a thread's time.
cpu_ns = getattr(time, "thread_time_ns", time.perf_counter_ns)
# What a hit costs besides what is measured: the interpreter calls us and we look it up.
DISPATCH_NS = 250
# One of so many hits that end at their condition or limit is measured.
SAMPLED = 32


class Unsupported(Exception):
    """A probe that this agent cannot carry out; the message says why."""


class Probe:
    def __init__(self, wanted: dict, counts, outbox, encoder) -> None:
        """`wanted` is a probe of spec/control.md. Raises Unsupported."""
        self.id: str = wanted["id"]
        self.wanted = wanted
        self.type: str = wanted["type"]
        self.place: dict = wanted["place"]
        self.counts = counts
        self.outbox = outbox
        self.encoder = encoder
        rate = wanted["rateLimit"]
        self.bucket = Bucket(rate["perSecond"], rate["burst"])
        limit = wanted.get("hitLimit")
        self.hit_limit = None if limit is None else HitLimit(limit)
        self.condition = self.compiled("compile_condition", wanted.get("condition"))
        self.expires_at = 0.0
        self.receive(wanted)
        # Whether hits are told; else they count as limited until the probe is taken off its places.
        self.on = True
        self.state: dict = {"state": "asleep"}
        # The next hit is measured also where it ends early.
        self.timed = True
        # CPU time of this probe since the budget was last looked at, and of its dearest hit since then.
        self.dearest_ns = 0
        # What went wrong since it was last told: kind of event -> (why, column, Counter when it was last told).
        self.errors: dict = {}
        self.limited: dict = {}
        self.errors_told = 0.0
        self.limited_told: dict = {}
        # The file it is in, once it is placed. What tells of its samples, if it gathers any.
        self.file: str | None = None
        # How many code objects it was put into.
        self.sites = 0
        self.gathering = self.flush = None
        # Whether it is told at the end of a call. A timer without an expression measures the call.
        metric = wanted.get("metric") or {}
        self.waits = bool(wanted.get("waitForEnd")) or (metric.get("kind") == "timer" and not metric.get("expression"))

    def compiled(self, how: str, syntax):
        """What expressions.py makes of a syntax; None if there is none."""
        if syntax is None:
            return None
        try:
            from . import expressions

            return getattr(expressions, how)(syntax, self.encoder)
        except Exception as error:
            raise Unsupported("this agent cannot carry out an expression of it: %s" % type(error).__name__) from error

    def receive(self, wanted: dict) -> None:
        """The same probe was sent again: its time to live counts from now."""
        self.expires_at = time.monotonic() + wanted["expiresInMs"] / 1000.0

    # -- on the program's threads: nothing here takes a lock or calls the program ----------------------------------

    def admits(self) -> bool:
        """Whether a hit whose condition holds is told; if not it is counted."""
        if not self.on:
            self.counts.limited.add()
            return False
        if not self.bucket.take():
            self.counts.limited.add()
            self.limited["rate"] = True
            return False
        if self.hit_limit is not None and not self.hit_limit.take():
            self.counts.limited.add()
            self.limited["hits"] = True
            return False
        return True

    def tell(self, name: str, payload: str) -> None:
        if self.outbox.put(name, payload, time.time() * 1000.0):
            self.counts.sent.add()
        else:
            self.counts.dropped.add()
            self.limited["queue"] = True

    def spent(self, nanoseconds: int) -> None:
        self.counts.cost_ns += nanoseconds
        if nanoseconds > self.dearest_ns:
            self.dearest_ns = nanoseconds

    def erred(self, event: str, why: str, column: int | None = None) -> None:
        """`event`: condition or snapshot. Told once a second, with the last reason."""
        known = self.errors.get(event)
        self.errors[event] = (why, column, 1 if known is None else known[2] + 1)

    def unevaluated(self, error: Exception) -> None:
        """A hit that is not told, because an expression of it has no value; anything but EvaluationError is raised."""
        why = getattr(error, "message", None)
        if why is None:
            raise error
        self.counts.errors.add()
        self.counts.unmet.add()
        self.erred("snapshot", why, error.column)


def fingerprint(wanted: dict) -> str:
    """All of a probe that makes it another one when it is changed."""
    return repr(sorted((key, value) for key, value in wanted.items() if key != "expiresInMs"))
