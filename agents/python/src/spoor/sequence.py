"""Numbers from 1 on, each given once. `itertools.count` does that under the interpreter's lock; without one it can give
the same number to two threads."""

from __future__ import annotations

import itertools
import sys

BLOCK = 1024


def has_global_lock() -> bool:
    ask = getattr(sys, "_is_gil_enabled", None)
    return ask is None or ask()


def sequence(block: int = BLOCK):
    """What gives the next number when it is called. With `block` 1 there is no gap, and who calls later gets a higher
    one, whichever thread it is: for what is numbered seldom."""
    return itertools.count(1).__next__ if has_global_lock() else _Shared(block).next


class _Shared:
    """No lock: a signal handler may run in the thread that would hold it. One `setdefault` decides whose a block of
    numbers is, and a list gives each of its items to one `pop`."""

    def __init__(self, block: int) -> None:
        self._size = block
        self._owners: dict = {}
        self._block = 0
        self._numbers: list = []

    def next(self) -> int:
        if self._size == 1:
            return self._take_block() + 1
        while True:
            try:
                return self._numbers.pop()
            except IndexError:
                first = self._take_block() * self._size + 1
                self._numbers = list(range(first + self._size - 1, first - 1, -1))

    def _take_block(self) -> int:
        block, mine = self._block, object()
        while self._owners.setdefault(block, mine) is not mine:
            block += 1
        self._block = block + 1
        return block
