"""The link of this process to the daemon: one parked thread, which dials, listens, and sends what the outbox holds.

It sleeps in the operating system until the daemon says something or somebody in the process calls. A daemon that is
not there is dialled again and again; nobody in the program ever waits for it.
"""

from __future__ import annotations

import os
import sys
import time
from _collections import deque

from ..header import started_at
from . import forks, hello, natives
from .arming import Arming
from .lines import Broken
from .outbox import Outbox
from .wakeup import Wakeup

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
DIAL_SECONDS = 10.0
# Events wait so long for others to go with them, but for the first after a pause.
GATHER_SECONDS = 0.05
# So long after an event the thread looks for others by itself, before it lets the next one wake it: who is woken runs
# at once, with the interpreter's lock, and the thread that was hit waits in the middle of its hit.
LINGER_SECONDS = 0.6
# A forked child that is about to be another program does not dial.
SETTLE_SECONDS = 0.02


class Link:
    def __init__(self, options, connect, parent) -> None:
        """`connect` begins a connection: a generator. Raises OSError where there are no descriptors left."""
        self.options = options
        self._connect = connect
        self.id = hello.new_id()
        self.parent = parent
        self.pid = os.getpid()
        self.name = options.name
        self.problem: str | None = None
        self.daemon_version: str | None = None
        self.thread = 0
        self.native_thread = 0
        self.outbox = Outbox(self.call, self.forked_unseen)
        state = "awake" if options.start_state == "awake" else "asleep"
        self._process: hello.Process | None = None
        self.arming = Arming(self.outbox, options.root, state, options.start_state == "held", self._send)
        self._begin(0.0)

    def _begin(self, delay: float) -> None:
        self._started_ms, self.started_at = time.time() * 1000, started_at()
        self._told_started = False
        self._wakeup = Wakeup()
        self._commands: deque = deque()
        self._connection = None
        self._dialling = None
        self._dial_wait = (-1, 0)
        self._dial_at = time.monotonic() + delay
        self._dial_until = 0.0
        self._pause = FIRST_PAUSE
        # Said hello; welcomed.
        self.connected = False
        self._gathered_at = self._linger_until = 0.0
        # The end: why, until when, who waits for it.
        self._why = ""
        self._deadline: float | None = None
        self._ended = None
        self._said_bye = False
        self.over = False

    def start(self) -> None:
        """Raises RuntimeError where the process may start no more threads."""
        os.environ["SPOOR_LIVE_PARENT"] = self.id
        try:
            natives.start_thread(self._run, ())
        except BaseException:
            self.over = True
            self._wakeup.close()
            raise

    # -- the program's threads ---------------------------------------------------------------------------------------

    def call(self) -> None:
        """Lets the thread look at what there is."""
        self._wakeup.call()

    def ask(self, command: str, seconds: float, *arguments) -> bool:
        """Has the thread do something; whether it did within that time."""
        if self.over or natives.get_ident() == self.thread:
            return False
        done = natives.allocate_lock()
        done.acquire()
        self._commands.append((command, arguments, done))
        self.call()
        return done.acquire(True, seconds)

    def end(self, why: str, seconds: float) -> None:
        """Takes the probes away, delivers what there is, closes. Returns when the thread is gone or the time is up."""
        until = time.monotonic() + seconds
        self.ask("end", seconds, why, until)
        self.arming.abandon()
        self.outbox.close()
        # The thread is gone when the system says so: it may have to come by the interpreter once more.
        task = "/proc/self/task/%d" % self.native_thread
        while self.native_thread and time.monotonic() < until and os.path.exists(task):
            time.sleep(0.0005)

    def forked_unseen(self) -> None:
        """In a child that was forked without Python's knowledge."""
        if os.getpid() != self.pid and not self.over:
            self.forked()

    def forked(self) -> None:
        """In a child, before anything of the program goes on there."""
        natives.let_go_of_all()
        self.parent, self.id, self.pid = self.id, hello.new_id(), os.getpid()
        self.thread = self.native_thread = 0
        self.outbox.clear()
        try:
            self._begin(SETTLE_SECONDS)
            self.arming.forked()
            self._tell_started()
            self.start()
        except Exception as error:
            self.over = True
            self.problem = "the link did not survive a fork: %s" % error
            self._give_up()

    # -- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self.thread = natives.get_ident()
        self.native_thread = natives.get_native_id()
        try:
            while not self._turn():
                pass
        except BaseException as error:
            # Nobody is told by a traceback: standard error is the program's.
            self.problem = "the link failed: %s: %s" % (type(error).__name__, error)
            self._give_up()
        finally:
            self._leave()

    def _give_up(self) -> None:
        try:
            self.arming.end()
        except Exception:
            pass

    def _leave(self) -> None:
        if self.over:
            return
        self.over = True
        self.outbox.close()
        self._drop_connection()
        self._wakeup.close()
        waiting = [command[2] for command in self._commands] + [self._ended]
        self._commands.clear()
        for done in waiting:
            if done is not None:
                done.release()

    def _turn(self) -> bool:
        """One look at everything, and a sleep; True: it is over."""
        if sys.getprofile() is not None:
            sys.setprofile(None)  # set for all threads by somebody who means those of the program
        if sys.gettrace() is not None:
            sys.settrace(None)
        now = time.monotonic()
        # Of a fork: it is over in a moment.
        due = [now + 0.01] if forks.let_warn() else []
        self._obey()
        self._dial(now)
        due += [self.arming.tick(now), self._send_events(now)]
        if self._deadline is not None:
            if self._is_done(now):
                return True
            due.append(self._deadline)
        if self._connection is None:
            due.append(self._dial_until if self._dialling is not None else self._dial_at)
        times = [each for each in due if each is not None]
        self._sleep(max(0.0, min(times) - now) if times else None)
        return False

    def _sleep(self, seconds: float | None) -> None:
        waiting = natives.poll()
        waiting.register(self._wakeup.fileno(), natives.POLLIN)
        connection = self._connection
        if connection is not None:
            waiting.register(connection.fileno(), connection.wants())
        elif self._dialling is not None:
            waiting.register(*self._dial_wait)
        try:
            # Rounded up, or it would turn several times in the last millisecond.
            ready = waiting.poll(None if seconds is None else int(seconds * 1000) + 1)
        except OSError:
            ready = []
        if not self._wakeup.is_ours():
            self._wakeup.close()
            self._wakeup = Wakeup()
        if not ready:
            return
        self._wakeup.heard()
        if connection is None:
            return
        try:
            if not connection.is_ours():
                raise Broken("the program closed the connection's descriptor")
            connection.flush()
            for message in connection.receive():
                if self._connection is connection:
                    self._heard(message)
        except (OSError, Broken) as error:
            self._disconnected(error)

    def _obey(self) -> None:
        while self._commands:
            command, arguments, done = self._commands.popleft()
            try:
                if command == "wake":
                    self.arming.set_state("awake", False)
                elif command == "sleep":
                    self.arming.set_state("asleep", True)
                elif command == "rename":
                    self._process = None
                    self._disconnected(Broken("this process has another name now"))
                    self._dial_at = 0.0
                elif self._deadline is None:
                    self._end(*arguments, done)
                    continue  # whoever asked waits until it is over
            except (OSError, Broken) as error:
                self._disconnected(error)
            done.release()

    # -- the connection ----------------------------------------------------------------------------------------------

    def _dial(self, now: float) -> None:
        if self._connection is not None or self._deadline is not None:
            return
        try:
            if self._dialling is None:
                if now < self._dial_at:
                    return
                self._dial_until = now + DIAL_SECONDS
                self._dialling = self._connect()
            elif now >= self._dial_until:
                raise Broken("the daemon does not answer")
            self._dial_wait = next(self._dialling)
        except StopIteration as made:
            self._dialling = None
            self._connection = made.value
            self._say_hello()
        except (OSError, Broken) as error:
            self._disconnected(error)

    def _say_hello(self) -> None:
        if self._process is None:
            # It imports: a child that is forked in the middle of that would have half a module.
            with natives.busy:
                self._process = hello.Process(self.options.name, self.options.root)
            self.name = self._process.name
        self._tell_started()
        self.outbox.again()
        self.arming.new_connection()
        try:
            self._connection.send(self._process.hello(self))
        except (OSError, Broken) as error:
            self._disconnected(error)

    def _tell_started(self) -> None:
        """As soon as it is known what to say; in a forked child that is at once."""
        if self._process is not None and not self._told_started:
            told = self._process.started(self.arming.state)
            self._told_started = self.outbox.put("agent.status.started", told, self._started_ms)

    def _disconnected(self, error: Exception) -> None:
        self._drop_connection()
        self.problem = (
            str(error) if isinstance(error, Broken) else (error.strerror or str(error) or type(error).__name__)
        )
        self._dial_at = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _drop_connection(self) -> None:
        self.connected = False
        dialling, self._dialling = self._dialling, None
        connection, self._connection = self._connection, None
        if dialling is not None:
            dialling.close()
        if connection is not None:
            connection.close()

    def _send(self, message: bytes) -> bool:
        if not self.connected:
            return False
        try:
            self._connection.send(message)
        except OSError as error:
            self._disconnected(error)
            return False
        return True

    def _heard(self, message: bytes) -> None:
        try:
            told = hello.read(message)
            kind = told.get("type")
            if kind == "desire":
                self.arming.desired(told)
            elif kind == "stored":
                self.outbox.stored(told["to"])
            elif kind == "resolve":
                self.arming.resolve(told["request"], told["place"])
            elif kind == "ping":
                self._send(b'{"type":"pong"}')
            elif kind == "welcome":
                self.connected = True
                self.problem = None
                self.daemon_version = str(told.get("version"))
                self._pause = FIRST_PAUSE
                self.outbox.unsettle()
            elif kind == "refused":
                raise Broken("the daemon refused: %s" % told.get("message"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Broken("a message of the daemon is not understood: %r" % error) from None

    def _send_events(self, now: float) -> float | None:
        """Sends what there is if it is time, and says when it will be; None: when somebody calls."""
        if not self.connected or self._connection.waiting or not self.outbox.called:
            return None
        if now < self._gathered_at and self._deadline is None:
            return self._gathered_at
        if now >= self._linger_until:
            self.outbox.quiet()
        some = False
        while self.connected and not self._connection.waiting:
            message = self.outbox.message()
            if message is None:
                break
            self._send(message)
            some = True
        if some and self.arming.ticks:
            self._linger_until = now + LINGER_SECONDS
        if not some and now >= self._linger_until:
            return None
        self.outbox.unsettle()
        self._gathered_at = now + GATHER_SECONDS
        return self._gathered_at if self.connected and not self._connection.waiting else None

    # -- the end -----------------------------------------------------------------------------------------------------

    def _end(self, why: str, until: float, done) -> None:
        self._why, self._deadline, self._ended = why, until, done
        self.arming.end()
        stopped = {"pid": self.pid, "root": self.options.root, "state": "asleep", "why": why}
        self.outbox.put("agent.status.stopped", hello.drawn(stopped).decode("utf-8"), time.time() * 1000)
        self.outbox.close()
        # Before the events themselves: where time is up before they are gone, the daemon knows how many are missing.
        self._send(hello.drawn({"type": "counts", "made": self.outbox.made, "probes": {}}))

    def _is_done(self, now: float) -> bool:
        if not self.connected or now >= self._deadline:
            done = True
        elif self._connection.waiting or self.outbox.unsent:
            done = False
        elif not self._said_bye:
            self._said_bye = True
            self._send(hello.drawn({"type": "bye", "why": self._why}))
            done = not self.connected or not self._connection.waiting
        else:
            done = True
        if done and self._connection is not None:
            self._connection.farewell()
        return done
