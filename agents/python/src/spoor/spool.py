"""The spool of this process: its segments, its counters in place, the run's size limit (spec/spool.md).

Writing is `spool.write(line)`, and `spool.overflow(line)` when that raises ValueError; everything else here happens a
few times in a process's life.

Threads come here together when a segment is full, and no lock keeps them apart: a signal handler, which is the
program's code, may run in the thread that would hold it. Each makes a segment, and one `setdefault` decides whose
comes next.
"""

from __future__ import annotations

import os
from time import sleep

from . import header, identity
from .allowance import Allowance
from .clock import now_ns
from .segment import LARGEST_SIZE, Segment, grown
from .sequence import sequence
from .text import quote

FIRST_SIZE = 256 << 10
# Beyond the run's limit: room for definitions and counters of what is counted only.
COUNTS_SIZE = 1 << 20
RESERVE = 400
# Segments that are tried for one record: others may fill a new one before this thread gets to write, or it is a long
# record.
TRIES = 8
PAUSE_SECONDS = 0.005


class Spool:
    def __init__(self, settings, engine: str, redact_arguments, native=None) -> None:
        """Opens the first segment. Raises OSError if that cannot be made."""
        self._settings = settings
        self._folder = os.path.join(settings.directory, "spool")
        self._engine = engine
        self._redact_arguments = redact_arguments
        self._native = native
        # Told once, with the reason, when from now on calls can only be counted.
        self.on_limit = lambda why: None
        # Told which segment records go to from now on; None: none yet, or none any more.
        self.on_segment = lambda segment: None
        # Told in a forked child that was about to write before anybody else had noticed the fork.
        self.on_fork = lambda: None
        # On free-threaded builds, the segments that threads of the native core have of their own.
        self.lanes = None
        self.allowance = Allowance(self._folder, settings.size_bytes)
        self._begin("spawn", os.environ.get("SPOOR_PARENT"), 0)
        self._segment = self.make(self.allowance.take(FIRST_SIZE))
        self.write = self._segment.write

    def now(self) -> int:
        """Nanoseconds since the run began, on the clock that its processes share."""
        return now_ns() - self._settings.clock_ns

    @property
    def segment(self):
        """The Segment that records go to, or None."""
        return self._segment

    @property
    def key(self) -> str:
        return self._process["key"]

    def _begin(self, born: str, parent: str | None, parent_call: int) -> None:
        started = self.now()
        self._process = {
            "key": identity.process_key(started),
            "parent": parent,
            "parent_call": parent_call,
            "born": born,
            "started": started,
            "started_at": header.started_at(),
        }
        self._segment = None
        # What `Segment.followed` is to a segment, where there is none yet.
        self._begun: dict = {}
        self._closed = False
        # How many threads are about to fork, and who they are in: see about_to_fork.
        self._forking = 0
        self._pid = os.getpid()
        self._next_number = sequence(1)
        self._size = FIRST_SIZE
        self._counters: list = []
        self._limit = ""
        # Past the limit a record found no room: nothing is appended any more.
        self._full = False
        self._dropped = 0

    def about_to_fork(self) -> None:
        """Until has_forked or forked each record asks in which process it is written: the map is shared with the
        child."""
        self._forking += 1
        self.write = self._write_around_fork

    def has_forked(self) -> None:
        """In the parent: as before."""
        self._forking = max(0, self._forking - 1)
        segment = self._segment
        if segment is not None and not self._forking:
            self.write = segment.write

    def _write_around_fork(self, line: bytes) -> None:
        if os.getpid() != self._pid:
            self.on_fork()
            self.write(line)
        elif self._segment is not None:
            self._segment.write(line)
        elif not self._closed:
            _refuse(line)

    def _use(self, segment: Segment) -> None:
        self.write = self._write_around_fork if self._forking else segment.write
        self._segment = segment
        self.on_segment(segment)

    def forked(self, parent_call: int) -> None:
        """In a forked child: lets go of the parent's file; one of our own comes with the first record."""
        parent, segment = self.key, self._segment
        self._begin("fork", parent, parent_call)
        self.write = _refuse
        self.on_segment(None)
        if segment is not None:
            segment.release()
            if self.lanes is not None:
                self.lanes.release(segment)

    def overflow(self, line: bytes) -> None:
        """Writes `line` to a new segment: the current one is full, or this forked child has none yet."""
        for _ in range(TRIES):
            before = self._segment
            try:
                self.write(line)  # another thread may just have made one
                return
            except ValueError:
                if self._segment is not before:
                    continue
                if self._limit or not self.extend(before, len(line)):
                    break
        self._drop()

    def is_limited(self) -> bool:
        """Whether the run may not grow any more, for good."""
        return bool(self._limit)

    def extend(self, before: Segment | None, room: int = 0) -> bool:
        """Brings in the segment that follows `before`, for a record of so many bytes; False if there can be none."""
        followed = self._begun if before is None else before.followed
        segment = followed.get("by")
        if segment is None and self._closed:
            return False
        if segment is None and self.lanes is not None and before is not None:
            self.lanes.stop(before)
            self.lanes.wait_for_next(before)
            segment = followed.get("by")
            self._size = grown(max(before.used, room), FIRST_SIZE)
        if segment is None:
            granted = self.allowance.take(self._size)
            try:
                made = self.make(granted)
            except OSError as error:
                made = None
                sleep(PAUSE_SECONDS)  # another thread may be making it, and have the room that was missing here
                segment = followed.get("by")
                if segment is None:
                    self._reach_limit("disk_full", "no further spool file could be made: %s" % error.strerror)
                    return False
            else:
                segment = followed.setdefault("by", made)
            if segment is made:
                self._size = min(self._size * 4, LARGEST_SIZE)
                self._replace(before, segment)
                if not granted:
                    self._reach_limit(
                        "size_limit", "the run's limit of %d bytes is reached" % self._settings.size_bytes
                    )
                return True
            if made is not None:
                made.discard()
                self.allowance.add(-made.size)
        if self._segment is before:
            # The thread that was quicker is about to do the same.
            self._use(segment)
        return True

    def _replace(self, before: Segment | None, segment: Segment) -> None:
        self._use(segment)
        if before is not None:
            for counter in self._counters:
                if counter.segment is before:
                    self._overwrite(counter)
                    counter.segment = None
                    counter.restart()
            if self.lanes is not None:
                self.lanes.close(before)
            self.close_segment(before, "rotated")

    def make(self, granted: int, beside: int = 0) -> Segment:
        """A segment of the size that was granted; 0: one for counts, beyond the limit. With `beside`, a thread's own.
        Raises OSError."""
        size = granted or COUNTS_SIZE
        if not granted:
            self.allowance.add(size)
        number = self._next_number()
        try:
            # Not `os.path.join`: a signal handler that raises in there would leave its frames in a traceback.
            path = "%s%s%s.%06d.spool" % (self._folder, os.sep, self.key, number)
            segment = Segment(path, size, self._native, number, beside, not granted)
        except OSError:
            self.allowance.add(-size)
            raise
        segment.write(header.draw(self._process, self._engine, number, self._redact_arguments, beside))
        if beside:
            return segment
        segment.reserve = segment.map.tell()
        segment.write(_drop_record(self.now(), 0, "none", ""))
        return segment

    def close_segment(self, segment: Segment, why: str, fatal: int = 0) -> None:
        told = '{"why":"%s","fatal":true}' % why if fatal else '{"why":"%s"}' % why
        last = "Z\t\t%d\t\t%s\t\t%s\n" % (self.now(), fatal or "", told)
        self.allowance.add(segment.close(last.encode()) - segment.size)

    # -- what could not be written -------------------------------------------------------------------------------

    def drop(self, why: str, count: int, note: str) -> None:
        """Tells that something is missing, at once and on a full disk too. One reason a segment: the gravest stays."""
        segment = self._segment
        if segment is not None:
            _put(segment, segment.reserve, _drop_record(self.now(), count, why, note))

    def _reach_limit(self, why: str, note: str) -> None:
        self._limit = why
        self._note = note
        self.drop(why, 1, note)
        self.on_limit(why)

    def _drop(self) -> None:
        segment = self._segment
        if self._limit and segment is not None and not self._full:
            self._full = True
            if self.lanes is not None:
                self.lanes.stop(segment)
            segment.fill()
        self._dropped += 1
        if not self._dropped & 63 or self._dropped < 64:
            self.drop(
                self._limit or "too_long", self._dropped, getattr(self, "_note", "a record was longer than a segment")
            )

    # -- counters ------------------------------------------------------------------------------------------------

    def register(self, counter) -> None:
        self._counters.append(counter)

    def update(self, counter) -> None:
        """Brings a counter's record up to date, writing it first if this segment has none."""
        if self._forking and os.getpid() != self._pid:
            self.on_fork()
        if counter.segment is not None and counter.segment is self._segment:
            self._overwrite(counter)
        elif self._full:
            self._drop()
        elif self.lanes is None or not self.lanes.tell(counter):
            self._place(counter)

    def _place(self, counter) -> None:
        before, after = counter.draw(self.now())
        line = before + counter.numbers() + after
        try:
            self.write(line)
        except ValueError:
            self.overflow(line)
        if self.lanes is not None:
            return  # its next record is another one, of what is counted from now on
        segment = self._segment
        # The line is the last thing written here unless another thread came between; then it is found from the end.
        start = -1 if segment is None else segment.find_last(line)
        if start < 0:
            # It is in a segment that is done already, and stands there: the next record starts at zero.
            counter.segment = None
            counter.restart()
            return
        # Both at once, and read so: a place in one segment must not be written to in another.
        counter.segment, counter.offset = segment, start + len(before)

    def _overwrite(self, counter) -> None:
        segment, offset = counter.segment, counter.offset
        if segment is not None:
            _put(segment, offset, counter.numbers())

    def flush(self) -> None:
        """Brings every counter up to date."""
        for counter in self._counters:
            if counter.count:
                self.update(counter)

    def close(self, fatal: int) -> None:
        """Ends the spool in order; `fatal` is the exception that ends the program, or 0."""
        self.flush()
        self._closed = True
        segment, self._segment = self._segment, None
        self.write = _swallow
        self.on_segment(None)
        if segment is not None:
            if self.lanes is not None:
                self.lanes.stop(segment)
                self.lanes.close(segment)
            self.close_segment(segment, "exit", fatal)


def _put(segment: Segment, offset: int, data: bytes) -> None:
    try:
        segment.map[offset : offset + len(data)] = data
    except ValueError:
        pass  # the segment was closed meanwhile; its last state stands


def _drop_record(t: int, count: int, why: str, note: str) -> bytes:
    record = 'D\t\t%020d\t\t%012d\t\t{"why":%s,"note":%s}' % (t, count, quote(why), quote(note[:200]))
    return record.encode("utf-8").ljust(RESERVE - 1)[: RESERVE - 1] + b"\n"


def _refuse(line: bytes) -> None:
    raise ValueError("no segment yet")


def _swallow(line: bytes) -> None:
    """After the end of the spool."""
