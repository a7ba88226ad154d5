"""The link to a daemon elsewhere: WebSocket frames over TLS, whose certificate must be right; token, pieces, ping."""

import base64
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading

import pytest
from live_daemon import Agent, Daemon, Program, until

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="live probes are not for this platform"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with"),
]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=str(folder), check=True, stderr=subprocess.DEVNULL)
    return str(folder / "cert.pem"), str(folder / "key.pem")


class Remote(Daemon):
    """Listens on TCP, with TLS if it has a certificate; what an agent is told comes in frames, cut into `pieces`."""

    def __init__(self, certificate=None):
        super().__init__()
        self.context = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.requests = []
        self.pieces = 1
        self.status = b"101 Switching Protocols"

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()
        return self

    def stop(self):
        self.listener.close()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
            except OSError:
                return

    def _serve(self, connection):
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
                # With a timeout a thread that waits to read does not keep others from writing (3.13).
                connection.settimeout(60)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            self.requests.append(head.decode())
            key = head.decode().partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
            accept = base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            answer = b"HTTP/1.1 %s\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
            connection.sendall(answer % (self.status, accept))
            framed = Framed(self, connection)
            while framed.next():
                pass
        except OSError:
            pass


class Framed(Agent):
    def __init__(self, daemon, connection):
        super().__init__(daemon, connection)
        self.saying = threading.Lock()

    def say(self, **message):
        data = json.dumps(message).encode("utf-8")
        size = len(data) // self.daemon.pieces + 1
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        # The thread that answers events and the test's own may speak at once; TLS sends a frame record by record.
        with self.saying:
            for number, part in enumerate(parts):
                self.frame((0x80 if number == len(parts) - 1 else 0) | (1 if number == 0 else 0), part)
                if number == 0:
                    self.frame(0x89, b"ping")  # between the pieces of a message

    def frame(self, first, data):
        size = len(data)
        if size < 126:
            head = bytes([size])
        else:
            head = b"\x7f" + size.to_bytes(8, "big") if size >= 1 << 16 else b"\x7e" + size.to_bytes(2, "big")
        self.connection.sendall(bytes([first]) + head + data)

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.connection.recv(count - len(data))
            if not more:
                raise OSError("closed")
            data += more
        return data

    def next(self):
        first, size = self.read(2)
        assert size & 0x80, "what a client sends is masked"
        size &= 0x7F
        if size >= 126:
            size = int.from_bytes(self.read(2 if size == 126 else 8), "big")
        mask = self.read(4)
        data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(self.read(size)))
        if first == 0x81:
            self._hear(json.loads(data.decode("utf-8")))
        else:
            self.said.append({"type": {0x8A: "pong frame", 0x88: "close frame"}[first], "data": data})
        return first != 0x88


def program(remote, folder, host, source="spoor.init(token='secret')\nfrom spoor.live import forks", **env):
    scheme = "http" if remote.context is None else "https"
    return Program(remote, folder, source, SPOOR_DAEMON_URL="%s://%s:%d/base/" % (scheme, host, remote.port), **env)


@pytest.mark.parametrize(("secure", "pieces"), [(False, 1), (True, 1), (True, 3)])
def test_messages_both_ways(secure, pieces, certificate, tmp_path):
    with Remote(certificate if secure else None) as remote:
        remote.pieces = pieces
        host = "localhost" if secure else "127.0.0.1"
        with program(remote, tmp_path, host, SSL_CERT_FILE=certificate[0]) as running:
            agent = remote.wait()
            assert remote.requests[0].startswith("GET /base/agents HTTP/1.1\r\nHost: %s:%d\r\n" % (host, remote.port))
            assert "\r\nAuthorization: Bearer secret\r\n" in remote.requests[0]
            until(lambda: running.ask("spoor.status()['waiting']") == 0)
            big = "answer(forks.current.outbox.put('probe.hit.logpoint', '\"%s\"' % ('é' * {}), 1.0))"
            for size in (10, 300, 70_000):
                assert running.do(big.replace("{}", str(size)))
            until(lambda: len(agent.events) == 4)
            assert [event["payload"] for _, event in agent.events[1:]] == ["é" * n for n in (10, 300, 70_000)]
            agent.desire(7, [{"id": "x" * 100_000, "type": "tracepoint"}], "asleep")
            assert len(agent.wait("probes", 2)["probes"][0]["id"]) == 100_000
            assert agent.wait("pong frame")["data"] == b"ping"
            running.do("spoor.shutdown(); answer(0)")
            until(lambda: agent.of("close frame"))
            assert [m["type"] for m in agent.said if "frame" not in m["type"]][-1] == "bye"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_that_is_not_right_gets_nothing(host, certificate, tmp_path):
    """Of another name, or of nobody who is trusted: the token stays here."""
    trusted = {"SSL_CERT_FILE": certificate[0]} if host == "127.0.0.1" else {}
    with Remote(certificate) as remote, program(remote, tmp_path, host, **trusted) as running:
        until(lambda: running.ask("spoor.status()['problem']"))
        assert "certificate" in running.ask("spoor.status()['problem']").lower()
        assert remote.requests == [] and not running.ask("spoor.status()['connected']")


def test_a_token_that_is_wrong_is_told(certificate, tmp_path):
    with Remote() as remote:
        remote.status = b"403 Forbidden"
        with program(remote, tmp_path, "127.0.0.1") as running:
            until(lambda: running.ask("spoor.status()['problem']"))
            assert running.ask("spoor.status()['problem']") == "the daemon answered 403 Forbidden"


def test_a_server_that_never_answers_does_not_hold_anything_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = Remote()
        remote.port = silent.getsockname()[1]
        with program(remote, tmp_path, "127.0.0.1") as running:
            running.do("import time; at = time.monotonic(); spoor.wake(); spoor.sleep(); spoor.shutdown(); answer(0)")
            assert running.ask("time.monotonic() - at < 1")
            assert running.end() == ""
        os.rmdir(remote.folder)
