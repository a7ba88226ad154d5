"""A daemon of the tests: speaks the protocol of spec/control.md on a Unix socket, keeps what agents say, says what the
test wants said. Runs in the test's own process; agents are in others."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

from recording import SOURCES


class Agent:
    """One connection of an agent: `said` are its messages in order."""

    def __init__(self, daemon, connection):
        self.daemon = daemon
        self.connection = connection
        self.said = []
        self.events = []
        self.closed = False
        self.hello = None

    def say(self, **message):
        self.connection.sendall(json.dumps(message).encode("utf-8") + b"\n")

    def desire(self, revision=1, probes=(), state=None, budget=0.5):
        self.say(type="desire", revision=revision, state=state, probes=list(probes), budget=budget)

    def of(self, kind):
        return [message for message in self.said if message["type"] == kind]

    def wait(self, kind, count=1, seconds=10):
        until(lambda: len(self.of(kind)) >= count, seconds, "%d %s of %r" % (count, kind, self.said))
        return self.of(kind)[count - 1]

    def _read(self):
        file = self.connection.makefile("rb")
        try:
            for line in file:
                if not line.endswith(b"\n"):
                    break  # the agent died in the middle of it
                assert len(line) <= 1 << 20
                self._hear(json.loads(line.decode("utf-8")))
        except OSError:
            pass
        finally:
            self.closed = True
            self.connection.close()

    def _hear(self, message):
        if message["type"] == "hello":
            self.hello = message
            self.said.append(message)
            for welcome in self.daemon.welcome:
                self.say(**welcome)
            # Only now: the test may have more to say.
            self.daemon.agents.append(self)
            return
        if message["type"] == "events":
            self.events += [(message["first"] + i, event) for i, event in enumerate(message["events"])]
        self.said.append(message)
        if message["type"] == "events" and self.daemon.stores:
            try:
                self.say(type="stored", to=self.events[-1][0])
            except OSError:
                pass  # the agent does not wait for it at its end


class Daemon:
    def __init__(self, folder=None):
        # Paths of sockets are short, those of pytest are not.
        self.folder = folder or tempfile.mkdtemp(prefix="spoor-")
        os.chmod(self.folder, 0o700)
        self.path = os.path.join(self.folder, "agents.sock")
        self.agents = []
        self.stores = True
        self.welcome = [
            {"type": "welcome", "protocol": 1, "version": "9.9"},
            {"type": "desire", "revision": 0, "state": None, "probes": [], "budget": 0.02},
        ]
        self.listener = None

    def start(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(128)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()
        return self

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            agent = Agent(self, connection)
            threading.Thread(target=agent._read, daemon=True).start()

    def stop(self):
        """As if it were killed: nobody is told."""
        if self.listener is not None:
            # Closing alone does not wake a thread that is in accept.
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
            os.unlink(self.path)
        for agent in self.agents:
            try:
                agent.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def wait(self, count=1, seconds=10):
        """The agent that said hello as the count-th."""
        until(lambda: len(self.agents) >= count, seconds, "%d agents" % count)
        return self.agents[count - 1]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        os.rmdir(self.folder)


def until(holds, seconds=10, what="it"):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain for %s" % what
        time.sleep(0.005)


class Program:
    """A program in a process of its own that a test talks with: each line it is sent is run, and answered by a line."""

    LOOP = (
        "import sys, traceback\n"
        "def answer(value): print(repr(value), flush=True)\n"
        "for told in sys.stdin:\n"
        "    try: exec(told.strip().replace(chr(1), chr(10)), globals())\n"
        "    except Exception: answer(traceback.format_exc())\n"
    )

    def __init__(self, daemon, folder, source="", options=(), loop=True, **env):
        path = os.path.join(str(folder), "app.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import spoor\n" + source + "\n" + (self.LOOP if loop else ""))
        told = {name: value for name, value in os.environ.items() if not name.startswith("SPOOR")}
        told.update(SPOOR_DAEMON_DIR=daemon.folder, PYTHONPATH=SOURCES, PYTHONDONTWRITEBYTECODE="1")
        told.update(env)
        self.process = subprocess.Popen(
            [sys.executable, *options, path],
            cwd=str(folder),
            env=told,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )

    def do(self, source):
        """Runs source in the program and gives what it answers by `answer(…)`."""
        self.process.stdin.write(source.replace("\n", "\x01") + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return eval(line)

    def ask(self, expression):
        return self.do("answer(%s)" % expression)

    def end(self, seconds=20):
        """Closes its input and waits; what it wrote on stderr."""
        out, err = self.process.communicate(timeout=seconds)
        self.out, self.code = out, self.process.returncode
        return err

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
        self.process.wait()
