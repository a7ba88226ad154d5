"""Events on their way from the program's threads to the link's thread, and from there to the daemon.

`put` is called where a probe was hit, also in signal handlers: it takes no lock and never waits. The rest is the
link's: events are numbered when they are first drawn, and kept until the daemon says that they are stored.
"""

from __future__ import annotations

import os
from _collections import deque

from ..text import quote

MOST_EVENTS = 4096
MOST_BYTES = 4 << 20
MESSAGE_EVENTS = 256
MESSAGE_BYTES = 256 << 10
# A character has up to four bytes, and a message is at most 1 MiB.
LONGEST_PAYLOAD = 250_000


class Outbox:
    def __init__(self, wake=None, forked=None) -> None:
        """`wake` is called with the first event after a `quiet`; `forked` where an event comes up in a process that
        was forked without Python's knowledge, before that event is put."""
        self._wake = wake
        self._forked = forked
        self.clear()

    def clear(self) -> None:
        """Begins anew, in a process of its own: the events of the parent are the parent's."""
        self._pid = os.getpid()
        self._fresh: deque = deque()
        # Characters of all events ever put, and of those ever drawn: each has one writer, but for threads that put at
        # once, whose difference is settled when the queue is next found empty.
        self._put = self._taken = 0
        # Whether the link knows that there is something.
        self._called = False
        self._closed = False
        # (number, bytes) of events that were drawn and are not yet stored; how many of these were sent.
        self._kept: deque = deque()
        self._kept_bytes = 0
        self._sent = 0
        self._next = 1

    # -- the program's threads -------------------------------------------------------------------------------------

    def put(self, name: str, payload: str, time: float) -> bool:
        """Takes an event: its name, its payload as JSON text, when it was (milliseconds since 1970). False: there is
        no room, or the process is about to end its link; the caller counts it as dropped."""
        if os.getpid() != self._pid:
            if self._forked is None:
                self.clear()
            else:
                self._forked()
        size = len(payload)
        if (
            self._closed
            or len(self._fresh) + len(self._kept) >= MOST_EVENTS
            or self._put - self._taken + self._kept_bytes + size > MOST_BYTES
            or size > LONGEST_PAYLOAD
        ):
            return False
        self._put += size
        self._fresh.append((name, payload, time))
        # Whoever sees True may rely on it: the link sets it to False before it looks for events.
        if not self._called:
            self._called = True
            if self._wake is not None:
                self._wake()
        return True

    # -- the link's thread -----------------------------------------------------------------------------------------

    @property
    def called(self) -> bool:
        """Whether there may be something to send."""
        return self._called

    def quiet(self) -> None:
        """From now on the next event calls. To be said before one looks for events."""
        self._called = False

    def unsettle(self) -> None:
        """The link will look again by itself: no event need call."""
        self._called = True

    def close(self) -> None:
        """Takes no event any more."""
        self._closed = True

    @property
    def first(self) -> int:
        """The number of the oldest event that is not known to be stored; of the next one if all are."""
        return self._kept[0][0] if self._kept else self._next

    @property
    def unsent(self) -> int:
        """How many events wait to be sent."""
        return len(self._fresh) + len(self._kept) - self._sent

    @property
    def unstored(self) -> int:
        return len(self._fresh) + len(self._kept)

    @property
    def made(self) -> int:
        """The number of the last event that was put."""
        return self._next - 1 + len(self._fresh)

    def again(self) -> None:
        """The connection broke: everything that is not stored is sent once more."""
        self._sent = 0

    def message(self) -> bytes | None:
        """The next message of events, or None if all were sent."""
        self._draw(MESSAGE_EVENTS)
        waiting = len(self._kept) - self._sent
        if not waiting:
            return None
        texts: list = []
        size = 0
        first = self._kept[self._sent][0]
        for at in range(self._sent, self._sent + min(waiting, MESSAGE_EVENTS)):
            text = self._kept[at][1]
            if texts and size + len(text) > MESSAGE_BYTES:
                break
            texts.append(text)
            size += len(text) + 1
        self._sent += len(texts)
        return b'{"type":"events","first":%d,"events":[%s]}' % (first, b",".join(texts))

    def _draw(self, most: int) -> None:
        fresh = self._fresh
        put = self._put
        for _ in range(most):
            try:
                name, payload, time = fresh.popleft()
            except IndexError:
                # What was counted meanwhile is counted as waiting until the queue is empty the next time.
                self._taken = put
                return
            text = '{"name":%s,"time":%.3f,"payload":%s}' % (quote(name), time, payload)
            data = text.encode("utf-8", "replace")
            self._kept.append((self._next, data))
            self._kept_bytes += len(data)
            self._next += 1
            self._taken += len(payload)

    def stored(self, to: int) -> None:
        """Events up to this number need not be kept."""
        kept = self._kept
        while kept and kept[0][0] <= to:
            self._kept_bytes -= len(kept.popleft()[1])
            self._sent = max(0, self._sent - 1)
