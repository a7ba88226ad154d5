"""One spool file while it is written: allocated before it is mapped, closed without touching a stranger's descriptor.

The map is what survives the death of the process; no descriptor of ours is used after the file is mapped, because
programs close and reuse descriptors that they do not know (daemons do `os.closerange(3, …)`).
"""

from __future__ import annotations

import os
import sys
from _thread import RLock

from .sequence import has_global_lock

# At the end of the file, outside the map: room for the last record, also on a disk that is full by then.
LAST_SIZE = 128
LARGEST_SIZE = 16 << 20
_UNTRACKED = {"trackfd": False} if sys.version_info >= (3, 13) else {}

# What is written at once becomes one large page, which is mapped at once. Not two mebibytes, the largest that there
# are: those the kernel of a virtual machine gives back to the host when they are free, and each costs a fault there for
# every four KiB when it is used again (seven times as much as this, measured).
_ZEROS = memoryview(bytes(256 << 10))


_mapping: list = []


def _mmap():
    """Imported by the first segment of the pure core, which is made during the start."""
    if not _mapping:
        from mmap import mmap

        _mapping.append(mmap)
    return _mapping[0]


def _allocate(descriptor: int, size: int) -> None:
    """Really allocates the blocks, so that writing to the map cannot meet a full disk (which would be a SIGBUS).

    Zeros are written as well: pages that the kernel fills in one go cost a fifth of those that it makes one by one when
    a record first touches them.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    for offset in range(0, size, len(_ZEROS)):
        os.pwrite(descriptor, _ZEROS[: size - offset], offset)


def grown(used: int, least: int) -> int:
    """The size of a segment that follows one of which so much was used, in steps from `least` on."""
    size = least
    while size < 4 * used and size < LARGEST_SIZE:
        size *= 4
    return min(size, LARGEST_SIZE)


def _descriptor_of_next_dup(descriptor: int) -> int:
    probe = os.dup(descriptor)
    os.close(probe)
    return probe


def _one_at_a_time(write):
    """Free-threaded builds. A signal handler that writes while its own thread does is let through: it comes before or
    after the copy. A forked child makes a segment of its own, and this lock with it."""
    lock = RLock()

    def locked(line: bytes) -> None:
        with lock:
            write(line)

    return locked


class Segment:
    """`write(bytes)` appends one record and raises ValueError when it does not fit or the segment is closed.

    It is one C call that copies under the interpreter's lock, or a lock of our own where that has none, so records of
    several threads never mix.
    """

    def __init__(
        self, path: str, size: int, native=None, number: int = 1, beside: int = 0, is_last: bool = False
    ) -> None:
        """Creates the file exclusively, and maps it with the native core's `Map` where there is one. `beside` is the
        number of the main segment that it is beside, 0 for one that is none's (lanes.py); `is_last` says that there may
        be none after it.

        Raises OSError, among others ENOSPC, and leaves no file behind then.
        """
        self.path = path
        self.size = size
        # "by": the segment that comes next, set once.
        self.followed: dict = {}
        self.number = number
        self.beside_number = beside
        self.is_last = is_last
        # Of a main segment, by their numbers: those of threads beside it.
        self.beside: dict = {}
        self._filled_at = -1
        self._used = 0
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _allocate(descriptor, size)
            status = os.fstat(descriptor)
            self._inode = (status.st_dev, status.st_ino)
            if native is None:
                self._duplicate = -1 if _UNTRACKED else _descriptor_of_next_dup(descriptor)
                self.map = _mmap()(descriptor, size - LAST_SIZE, **_UNTRACKED)
            else:
                self._duplicate = -1  # it keeps no descriptor
                self.map = native.Map(descriptor, size - LAST_SIZE)
        except OSError:
            os.close(descriptor)
            os.unlink(path)
            raise
        os.close(descriptor)
        self.write = self.map.write
        if native is None and not has_global_lock():
            self.write = _one_at_a_time(self.map.write)

    @property
    def used(self) -> int:
        """How many bytes were written."""
        try:
            return self.map.tell() if self._filled_at < 0 else self._filled_at
        except ValueError:
            return self._used

    def stop(self) -> None:
        """From now on nothing fits, and the segment can still be closed by whoever comes next. Only the native core's
        maps can do that."""
        self.map.stop()

    def fill(self) -> None:
        """From now on nothing fits. Where a record found no room, a shorter one that belongs to it must find none."""
        try:
            if self._filled_at < 0:
                self._filled_at = self.map.tell()
            self.map.seek(0, os.SEEK_END)
        except ValueError:
            pass  # another thread closed the segment

    def close(self, last_record: bytes) -> int:
        """Ends the segment with its last record and cuts the file to its length; what fails leaves a valid file.
        Returns the length that the file has then.

        Other threads may still be about to write here: from the moment at which the position is moved they find it
        full.
        """
        low = self._used = self.map.tell() if self._filled_at < 0 else self._filled_at
        self.map.seek(0, os.SEEK_END)
        end = self.map.find(b"\0", low)
        if end < 0:
            end = self.size - LAST_SIZE
        self.release()
        try:
            descriptor = os.open(self.path, os.O_WRONLY)
        except OSError:
            return self.size
        try:
            os.pwrite(descriptor, last_record, end)
            os.ftruncate(descriptor, end + len(last_record))
            return end + len(last_record)
        except OSError:
            return self.size
        finally:
            os.close(descriptor)

    def discard(self) -> None:
        """Takes back a segment that nothing was written to."""
        self.release()
        try:
            os.unlink(self.path)
        except OSError:
            pass

    def find_last(self, line: bytes) -> int:
        """Where `line` stands among the last things written, or -1."""
        try:
            end = self.map.tell()
            return self.map.rfind(line, max(0, end - (1 << 16)), end)
        except ValueError:
            return -1  # another thread closed the segment

    def release(self) -> None:
        """Unmaps, unless the map's own descriptor meanwhile belongs to somebody else: then the map is kept for ever."""
        if self._duplicate >= 0:
            try:
                status = os.fstat(self._duplicate)
                ours = (status.st_dev, status.st_ino) == self._inode
            except OSError:
                ours = False
            if not ours:
                _kept.append(self.map)
                self.write = self.map.write
                return
        self.map.close()


_kept: list = []
