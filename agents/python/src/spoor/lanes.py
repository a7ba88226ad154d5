"""Files of several threads (spec/spool.md): on free-threaded builds each thread of the native core writes calls to a
segment of its own, so that none waits for another; all else goes to the process' main segment.

A main segment and those beside it are one generation, and end together: all are stopped before there is the next main
segment, so that nothing of a generation is written after anything of the next one. No lock holds threads together, for
the reason that spool.py tells. What a thread does and then looks for is done and looked for in one dictionary,
`Segment.beside`, whose changes come one after the other: either a thread that registers its segment finds the
generation ending, or who ends it finds the segment.
"""

from __future__ import annotations

from time import sleep

from .segment import grown

SMALLEST_SIZE = 64 << 10
TRIES = 8
# A key of `Segment.beside`, beside the numbers of segments.
ENDING = 0
# Who finds that another thread makes the next main segment waits so often and so long; then it makes one itself, for
# that one may be this very thread, below a signal handler.
WAITS = 40
WAIT_SECONDS = 0.0005


class Lanes:
    def __init__(self, spool, tell) -> None:
        self._spool = spool
        # Brings a counter's record up to date where the calls of this thread are; False: it cannot.
        self.tell = tell

    # -- a thread's own ------------------------------------------------------------------------------------------

    def next(self, before, room: int, lane: int):
        """The segment that a lane goes on in; None if there can be none. `before` is the one in which a record of
        `room` bytes found no room, or None.

        The first lane, which is that of most programs' only thread, has no segment of its own: it writes to the main
        one. So do all once the run may not grow any more, or where a file cannot be made.
        """
        spool = self._spool
        for _ in range(TRIES):
            main = spool.segment
            if main is None or ENDING in main.beside or self._is_of(before, main):
                if spool.is_limited() or (main is not None and main.is_last) or not spool.extend(main, room):
                    return None
            elif lane == 0 or main.is_last or spool.is_limited():
                return main
            else:
                made = self._make(main, before, room)
                if made is not None:
                    return made
        return None

    def _is_of(self, segment, main) -> bool:
        """Whether it is one of this generation, so that its being full is the end of it."""
        return segment is not None and (segment is main or main.beside.get(segment.number) is segment)

    def _make(self, main, before, room: int):
        """A segment beside `main`; `main` itself where none can be made; None if the generation ended meanwhile, or has
        to."""
        spool = self._spool
        used = 0 if before is None or before.beside_number == 0 else before.used
        size = grown(max(used, room), SMALLEST_SIZE)
        granted = spool.allowance.take(size)
        if not granted:
            spool.extend(main, room)  # there is no more than for counts, which are told where all threads write
            return None
        try:
            made = spool.make(granted, main.number)
        except OSError:
            return main
        main.beside[made.number] = made
        if ENDING in main.beside and main.beside.pop(made.number, None) is not None:
            spool.close_segment(made, "rotated")
            return None
        return made

    # -- a generation --------------------------------------------------------------------------------------------

    def stop(self, main) -> None:
        """The generation ends: from now on nothing is written to any of its segments."""
        main.beside[ENDING] = None
        for segment in list(main.beside.values()):
            if segment is not None:
                segment.stop()
        main.stop()

    def wait_for_next(self, main) -> None:
        """Until the thread that was first to end this generation has made the next one, or for a while."""
        mine = object()
        if main.followed.setdefault("maker", mine) is not mine:
            for _ in range(WAITS):
                if "by" in main.followed:
                    return
                sleep(WAIT_SECONDS)

    def close(self, main) -> None:
        """Ends the files beside `main`, which was stopped."""
        for number in list(main.beside):
            segment = main.beside.pop(number, None) if number != ENDING else None
            if segment is not None:
                self._spool.close_segment(segment, "rotated")

    def release(self, main) -> None:
        """In a forked child: lets go of the parent's."""
        for segment in list(main.beside.values()):
            if segment is not None:
                segment.release()
