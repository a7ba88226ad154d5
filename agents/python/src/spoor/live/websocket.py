"""Messages to and from a daemon elsewhere: text frames of a WebSocket (RFC 6455), over TLS but for this machine's own.

Only what the link needs: no extensions, no other subprotocol. Nothing here waits: connecting is a generator that says
what it waits for, so that the link's thread can be called away at any time.
"""

from __future__ import annotations

import _socket
import binascii
import errno
import os
from _sha1 import sha1

from .lines import LONGEST, Broken, Connection
from .natives import POLLOUT, opened

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_LONGEST_HEAD = 16 << 10
_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)


_ssl: list = []


def prepare(secure: bool) -> None:
    """Imports `ssl` if it will be needed, where the program's own import of it would find the same: not on the link's
    thread."""
    if secure and not _ssl:
        import ssl

        _ssl.append(ssl)


def connect(url, token):
    """A generator that yields what it waits for, (descriptor, events), and returns the connection. Raises Broken and
    OSError, of which ssl.SSLError is one."""
    held = yield from _dialled(url)
    frames = Frames(held, Tls(_ssl[0], url.host) if url.secure else None)
    try:
        key = binascii.b2a_base64(os.urandom(16), newline=False)
        # Goes out as soon as the other side has shown that it is who it should be.
        frames.start(_request(url, token, key))
        while True:
            head = frames.head()
            if head is not None:
                _check(head, key)
                return frames
            yield frames.fileno(), frames.wants()
            frames.flush()
    except BaseException:
        frames.close()
        raise


def _dialled(url):
    last = None
    for family, kind, protocol, _, address in _socket.getaddrinfo(url.host, url.port, 0, _socket.SOCK_STREAM):
        held = opened(_socket.socket, family, kind, protocol)
        socket = held.socket
        try:
            socket.setblocking(False)
            socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            _keep_alive(socket)
            code = socket.connect_ex(address)
            if code in _UNDER_WAY:
                yield socket.fileno(), POLLOUT
                code = socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
            if code == 0:
                return held
            last = OSError(code, os.strerror(code))
        except BaseException:
            held.close()
            raise
        held.close()
    raise last or Broken("%s has no address" % url.host)


def _keep_alive(socket) -> None:
    """The kernel asks whether the other side is still there, so that a parked thread need not."""
    socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 60_000)):
        option = getattr(_socket, name, None)
        if option is not None:
            socket.setsockopt(_socket.IPPROTO_TCP, option, value)


def _request(url, token, key: bytes) -> bytes:
    lines = [
        "GET %s HTTP/1.1" % url.path,
        "Host: %s" % url.authority,
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: %s" % key.decode("ascii"),
    ]
    if token is not None:
        lines.append("Authorization: Bearer %s" % token)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def _check(head: bytes, key: bytes) -> None:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1."):
        raise Broken("what answered is no HTTP server")
    if words[1] != "101":
        raise Broken("the daemon answered %s" % " ".join(words[1:])[:100])
    told = {name.strip().lower(): value.strip() for name, _, value in [line.partition(":") for line in lines]}
    expected = binascii.b2a_base64(sha1(key + _GUID).digest(), newline=False).decode("ascii")
    if told.get("upgrade", "").lower() != "websocket" or told.get("sec-websocket-accept") != expected:
        raise Broken("what answered is no WebSocket server")


class Tls:
    """What goes through a socket, encrypted; `ssl` sees no socket itself, which gevent may have replaced."""

    def __init__(self, ssl, host: str) -> None:
        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        # Certificate and host name are checked against what the system trusts, or SSL_CERT_FILE names.
        context = ssl.create_default_context()
        self._session = context.wrap_bio(self._came, self._goes, server_hostname=host)
        self._wants = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
        self._shaken = False
        self._early = bytearray()

    def sealed(self, data: bytes) -> bytes:
        """What has to go out, with `data` or, before the handshake is done, later."""
        self._early += data
        try:
            if not self._shaken:
                self._session.do_handshake()
                self._shaken = True
            while self._early:
                del self._early[: self._session.write(bytes(self._early[: 1 << 14]))]
        except self._wants:
            pass
        return self._goes.read()

    def opened(self, data: bytes) -> bytes:
        """What has come in."""
        self._came.write(data)
        parts = []
        try:
            while self._shaken:
                part = self._session.read(1 << 16)
                if not part:
                    break
                parts.append(part)
        except self._wants:
            pass
        return b"".join(parts)


class Frames(Connection):
    def __init__(self, held, tls) -> None:
        super().__init__(held)
        self._tls = tls
        # What came in and went out, in the clear.
        self._clear = bytearray()
        self._parts = bytearray()

    def _give(self, data: bytes) -> None:
        self._out += data if self._tls is None else self._tls.sealed(data)
        self.flush()

    def _take(self) -> None:
        """Takes what has come in. Raises Broken, OSError."""
        try:
            self._receive()
        finally:
            came, self._in = bytes(self._in), bytearray()
            if self._tls is None:
                self._clear += came
            elif came:
                self._clear += self._tls.opened(came)
                # A handshake goes on by answers to what comes; what was read before its end is read now.
                self._give(b"")
                self._clear += self._tls.opened(b"")

    def start(self, request: bytes) -> None:
        self._give(request)

    def head(self) -> bytes | None:
        """The head of the answer once it is there; what follows it stays. Raises Broken and OSError."""
        broken = None
        try:
            self._take()
        except Broken as error:
            broken = error
        end = self._clear.find(b"\r\n\r\n")
        if end < 0:
            if broken is not None or len(self._clear) > _LONGEST_HEAD:
                raise broken or Broken("the answer has no end")
            return None
        head = bytes(self._clear[:end])
        del self._clear[: end + 4]
        return head

    def send(self, message: bytes) -> None:
        self._frame(_TEXT, message)

    def _frame(self, opcode: int, data: bytes) -> None:
        size = len(data)
        if size < 126:
            head = bytes((0x80 | opcode, 0x80 | size))
        elif size < 1 << 16:
            head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
        else:
            head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
        mask = os.urandom(4)
        # All at once, as one number: a loop over bytes would take a millisecond for each ten kilobytes.
        masks = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(masks, "big")).to_bytes(size, "big")
        self._give(head + mask + masked)

    def receive(self) -> list:
        """The messages that are complete. Raises Broken and OSError."""
        broken = None
        try:
            self._take()
        except Broken as error:
            broken = error
        messages: list = []
        while True:
            frame = self._next()
            if frame is None:
                break
            final, opcode, data = frame
            if opcode == _PING:
                self._frame(_PONG, data)
            elif opcode == _CLOSE:
                self._frame(_CLOSE, data[:2])
                raise Broken("the daemon closed the connection%s" % _reason(data))
            elif opcode in (_TEXT, _BINARY, _CONTINUATION):
                self._parts += data
                if len(self._parts) > LONGEST:
                    raise Broken("a message of the daemon is too long")
                if final:
                    messages.append(bytes(self._parts))
                    self._parts = bytearray()
        if broken is not None and not messages:
            raise broken
        return messages

    def _next(self):
        """(final, opcode, data) of the next whole frame, or None."""
        came = self._clear
        if len(came) < 2:
            return None
        size, start = came[1] & 0x7F, 2
        if came[1] & 0x80 or came[0] & 0x70:
            raise Broken("the daemon's frames are not those of a WebSocket server")
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(came) < start:
                return None
            size = int.from_bytes(came[2:start], "big")
        if size > LONGEST:
            raise Broken("a message of the daemon is too long")
        if len(came) < start + size:
            return None
        data = bytes(came[start : start + size])
        final, opcode = bool(came[0] & 0x80), came[0] & 0x0F
        del came[: start + size]
        return final, opcode, data

    def farewell(self) -> None:
        try:
            self._frame(_CLOSE, (1000).to_bytes(2, "big"))
        except OSError:
            pass
        super().farewell()


def _reason(data: bytes) -> str:
    code = int.from_bytes(data[:2], "big") if len(data) >= 2 else 0
    said = data[2:].decode("utf-8", "replace")[:100]
    return (" (%d%s)" % (code, ": " + said if said else "")) if code else ""
