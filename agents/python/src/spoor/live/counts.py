"""What a probe counts, exact under threads without a lock: each outcome of a hit is one step of one counter, and the
number of hits is the sum of the outcomes."""

from __future__ import annotations

from itertools import count


class Counter:
    """`add()` is one atomic step and gives the number before it; `value` reads without a step."""

    __slots__ = ("_count", "add")

    def __init__(self) -> None:
        self._count = count()
        self.add = self._count.__next__

    @property
    def value(self) -> int:
        # `count(5)`: the next number that would be given.
        return int(repr(self._count)[6:-1])


class Counts:
    """`sent`: events that the outbox took, or samples of a metric that were told."""

    __slots__ = ("cost_ns", "dropped", "errors", "limited", "many_sent", "sent", "unmet")

    def __init__(self) -> None:
        self.sent = Counter()
        self.unmet = Counter()
        self.limited = Counter()
        self.dropped = Counter()
        self.errors = Counter()
        # Samples of metrics are told by the link's thread alone, many at once.
        self.many_sent = 0
        # An estimate: a step of it may be lost between threads.
        self.cost_ns = 0

    def told(self) -> dict:
        """As spec/control.md has them."""
        sent = self.sent.value + self.many_sent
        unmet, limited, dropped = self.unmet.value, self.limited.value, self.dropped.value
        return {
            "hits": sent + unmet + limited + dropped,
            "sent": sent,
            "unmet": unmet,
            "limited": limited,
            "dropped": dropped,
            "errors": self.errors.value,
            "costNs": int(self.cost_ns),
        }
