"""How often a probe may tell: a token bucket, and a number of hits after which it ends."""

from __future__ import annotations

from time import monotonic

from .counts import Counter


class Bucket:
    """`take()` is False where the rate is exceeded. Threads at once may share a token; no count hangs on it."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, per_second: float, burst: float) -> None:
        self._rate = max(float(per_second), 0.0)
        self._burst = max(float(burst), 1.0)
        self._tokens = self._burst
        self._at = monotonic()

    def take(self) -> bool:
        now = monotonic()
        tokens = self._tokens + (now - self._at) * self._rate
        if tokens > self._burst:
            tokens = self._burst
        self._at = now
        if tokens < 1.0:
            self._tokens = tokens
            return False
        self._tokens = tokens - 1.0
        return True


class HitLimit:
    """`take()` is True exactly `most` times, whichever threads ask."""

    __slots__ = ("_most", "_taken")

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = Counter()

    def take(self) -> bool:
        return self._taken.add() < self._most

    @property
    def reached(self) -> bool:
        return self._taken.value >= self._most
