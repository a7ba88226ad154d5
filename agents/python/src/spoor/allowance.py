"""The run's size limit, which its processes share by a number in a small file (spec/spool.md, Size limit).

What a segment takes up counts from its start; what of it stayed empty is given back when it is closed, by its process,
or by the host when that died. Only what was written stays counted, however many processes a run has.
"""

from __future__ import annotations

import os
from time import sleep

try:
    import fcntl
except ImportError:  # no file locks here: processes that count at the same moment may count wrong
    fcntl = None

SMALLEST_SIZE = 64 << 10
# Of one width, so that a smaller number leaves no digits of a greater one behind.
FORMAT = b"%020d"
# The lock is held for microseconds. Who holds it longer was stopped, or is this very thread, below a signal handler:
# that one must not be waited for.
TRIES = 50
PAUSE_SECONDS = 0.002


class Allowance:
    def __init__(self, folder: str, limit: int) -> None:
        self._size = os.path.join(folder, "size")
        self._returned = os.path.join(folder, "returned")
        self._limit = limit

    def take(self, size: int) -> int:
        """As much of `size` as the run still may take, and 0 when that is too little for a segment."""
        try:
            return self._change(size, True)
        except (OSError, ValueError):
            return size  # making the segment will say what is wrong

    def add(self, size: int) -> None:
        """Counts what the limit does not hold for; what is less than 0 is given back."""
        try:
            self._change(size, False)
        except (OSError, ValueError):
            pass

    def _change(self, size: int, limited: bool) -> int:
        descriptor = os.open(self._size, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
            total = int(os.pread(descriptor, 32, 0) or b"0")
            if limited:
                left = self._limit - total
                if left < size:
                    left += self._returned_by_host()
                size = min(size, left)
                if size < SMALLEST_SIZE:
                    return 0
            os.pwrite(descriptor, FORMAT % max(0, total + size), 0)
            return size
        finally:
            _unlock(descriptor)
            os.close(descriptor)

    def _returned_by_host(self) -> int:
        """What processes had left empty that died before they could give it back."""
        try:
            descriptor = os.open(self._returned, os.O_RDONLY)
        except OSError:
            return 0
        try:
            return int(os.read(descriptor, 32) or b"0")
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Takes the lock, or goes on without it: a number that is wrong by a segment is better than waiting."""
    if fcntl is None:
        return
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            sleep(PAUSE_SECONDS)
        except OSError:
            return  # a file system without locks


def _unlock(descriptor: int) -> None:
    """Closing is not enough: a child that was forked meanwhile has the same open file, and would keep the lock."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        except OSError:
            pass
