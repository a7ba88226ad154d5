"""Wakes the link's thread, which sleeps in the operating system, from any thread and from signal handlers."""

from __future__ import annotations

import _socket
import time
from _collections import deque

from . import natives


class Wakeup:
    def __init__(self) -> None:
        """Raises OSError where the process may open no more descriptors."""
        with natives.busy:
            self._reader, self._writer = [natives.Held(each) for each in _socket.socketpair()]
        self._reader.socket.setblocking(False)
        self._writer.socket.setblocking(False)
        # One entry for each thread that is about to write: a descriptor must not be closed, and given to another file
        # of the program, between a thread's look at it and its write.
        self._writing: deque = deque()
        self._closed = False

    def call(self) -> None:
        self._writing.append(None)
        try:
            if not self._closed and self._writer.is_ours():
                self._writer.socket.send(b"\0")
        except OSError:
            pass  # full: it is being woken already
        finally:
            self._writing.pop()

    def fileno(self) -> int:
        return self._reader.socket.fileno()

    def is_ours(self) -> bool:
        return self._reader.is_ours() and self._writer.is_ours()

    def heard(self) -> None:
        """Takes the calls that have come in."""
        try:
            while len(self._reader.socket.recv(4096)) == 4096:
                pass
        except OSError:
            pass

    def close(self) -> None:
        self._closed = True
        for _ in range(200):
            if not self._writing:
                break
            time.sleep(0.001)
        self._reader.close()
        self._writer.close()
