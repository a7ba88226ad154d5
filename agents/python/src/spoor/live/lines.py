"""Messages to and from a daemon on this machine: one line of JSON each, over a Unix socket that never blocks."""

from __future__ import annotations

import _socket
import os

from .natives import POLLIN, POLLOUT, Held, opened

LONGEST = 1 << 20
_CHUNK = 1 << 16


class Broken(Exception):
    """The connection is of no more use; the message says why."""


def connect(path: str):
    """A generator that yields what it waits for, (descriptor, events), and returns the connection. Raises Broken and
    OSError."""
    folder = os.path.dirname(path)
    found = os.lstat(folder)
    if hasattr(os, "geteuid") and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
        raise Broken("%s belongs to another user, or others may enter it" % folder)
    held = opened(_socket.socket, _socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        held.socket.setblocking(False)
        # Where the daemon's queue is full this fails at once, and is tried again like any other failure.
        held.socket.connect(path)
        return Lines(held)
    except BaseException:
        held.close()
        raise
    yield  # it is a generator, as its neighbour for daemons elsewhere


class Connection:
    """What both kinds of connection share: a socket, what came in, what has to go out."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._in = bytearray()
        self._out = bytearray()

    def fileno(self) -> int:
        return self._held.socket.fileno()

    def is_ours(self) -> bool:
        return self._held.is_ours()

    def wants(self) -> int:
        return POLLIN | POLLOUT if self._out else POLLIN

    @property
    def waiting(self) -> bool:
        """Whether something has not gone out yet."""
        return bool(self._out)

    def flush(self) -> None:
        """Sends as much as the socket takes. Raises OSError."""
        while self._out:
            try:
                sent = self._held.socket.send(memoryview(self._out)[:_CHUNK])
            except (BlockingIOError, InterruptedError):
                return
            del self._out[:sent]

    def _receive(self) -> None:
        """Takes what has come in. Raises Broken at the end, OSError."""
        while True:
            try:
                data = self._held.socket.recv(_CHUNK)
            except (BlockingIOError, InterruptedError):
                return
            if not data:
                raise Broken("the daemon closed the connection")
            self._in += data
            if len(data) < _CHUNK or len(self._in) > 2 * LONGEST:
                return

    def farewell(self) -> None:
        """Nothing more will be sent; what was sent still arrives."""
        try:
            if self.is_ours():
                self._held.socket.shutdown(_socket.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        self._held.close()


class Lines(Connection):
    def send(self, message: bytes) -> None:
        self._out += message
        self._out += b"\n"
        self.flush()

    def receive(self) -> list:
        """The messages that are complete. Raises Broken and OSError."""
        broken = None
        try:
            self._receive()
        except Broken as error:
            broken = error
        *messages, rest = self._in.split(b"\n") if b"\n" in self._in else (self._in,)
        if messages:
            self._in = bytearray(rest)
        elif broken is not None:
            raise broken
        if len(self._in) > LONGEST:
            raise Broken("a message of the daemon is too long")
        return [bytes(message) for message in messages if message]
