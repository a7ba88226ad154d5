"""Threads and tasks: who runs a call. Each has an id in one sequence and is defined in the spool before its first use.

A thread's state holds the stack of its recorded calls. Where greenlets are in use each greenlet has a state of its own,
because they switch stacks without any event.
"""

from __future__ import annotations

import sys
from _thread import _local, get_ident
from _weakref import ref

from .sequence import sequence
from .text import quote

try:
    from _thread import get_native_id
except ImportError:
    get_native_id = get_ident

LONGEST_NAME = 256


class State:
    """One stack of execution. Entries of `stack` are tuples (call, code, strand, timer), see `calls.py`. The native
    core's `State` has the same methods."""

    __slots__ = ("counted", "id", "inflight", "owner", "stack")

    def __init__(self, id: int) -> None:
        self.id = id
        self.stack: list = []
        # Exceptions on their way: id(exception) -> exceptions.Flight.
        self.inflight: dict = {}
        # (function id) -> counters.Counted
        self.counted: dict = {}
        # Weak reference to the greenlet whose stack this is, so that the state goes when it goes.
        self.owner = None

    def top(self):
        """(call, code, strand, …) of the innermost call, or None."""
        return self.stack[-1] if self.stack else None

    def nearest(self) -> int:
        """The innermost call that is recorded, or 0."""
        return next((entry[0] for entry in reversed(self.stack) if entry[0] > 0), 0)

    def inherit(self, other) -> None:
        """Takes over the frames of another state, as nobody's calls."""
        self.stack[:] = [(0, entry[1], self.id, None) for entry in other.stack]


class GreenletStates:
    """Takes the place of a thread-local: `state` belongs to the running greenlet."""

    def __init__(self, threads, getcurrent) -> None:
        self._threads = threads
        self._getcurrent = getcurrent
        self._states: dict = {}

    @property
    def state(self):
        current = self._getcurrent()
        try:
            return self._states[id(current)]
        except KeyError:
            if current.parent is None:  # the main greenlet of a thread: the thread's own state
                return self._threads.state
            raise AttributeError("state") from None

    @property
    def stack(self) -> list:
        return self.state.stack

    @stack.setter
    def stack(self, stack: list) -> None:
        if self._getcurrent().parent is None:
            self._threads.stack = stack

    @state.setter
    def state(self, state: State) -> None:
        current = self._getcurrent()
        if current.parent is None:
            self._threads.state = state
            return
        key = id(current)
        self._states[key] = state
        state.owner = ref(current, lambda _: self._states.pop(key, None))


class Strands:
    def __init__(self, spool, redactor, native=None) -> None:
        self._spool = spool
        # The native core has a `Local` and a `State` of its own.
        self._native = native
        # Told when the states of the threads are kept elsewhere from now on.
        self.on_local = lambda local: None
        # Names are text of the program's like any other: they may be long, and hold secrets.
        self._shown = lambda name: quote(redactor.text(name, LONGEST_NAME))
        self._next = sequence()
        self.local = self._new_local()
        # Told of each thread that begins: id(threading.Thread) or 0, and its strand.
        self.on_begin = lambda thread, strand: None
        # By the interpreter's number of a thread: its strand, and the id of its Thread.
        self.threads: dict = {}
        # id(threading.Thread) -> call that started it; id(task) -> strand.
        self.starters: dict = {}
        self.tasks: dict = {}
        self.uses_asyncio = False
        self.current_task = self.running_loop = None

    def _new_local(self):
        return _local() if self._native is None else self._native.Local()

    def forked(self) -> None:
        """In a forked child only the forking thread lives, with another spool: everything is defined anew."""
        try:
            state = self.local.state
        except AttributeError:
            state = None
        self._next = sequence()
        self.local = self._new_local()
        self.on_local(self.local)
        self.threads = {}
        self.starters = {}
        self.tasks = {}
        if state is not None:
            # The frames go on in the child, but as nobody's calls.
            self.begin().inherit(state)

    def _write(self, text: str) -> None:
        line = text.encode("utf-8")
        try:
            self._spool.write(line)
        except ValueError:
            self._spool.overflow(line)

    # -- threads and greenlets -----------------------------------------------------------------------------------

    def begin(self) -> State:
        """The state of a thread (or greenlet) that records its first call."""
        self.notice_greenlets()
        state = State(self._next()) if self._native is None else self._native.State(self._next())
        name, daemon, started_by, thread = self._describe()
        self.local.state = state
        if self._native is None:
            self.local.stack = state.stack
        self._write(
            'T\t%d\t%d\t%d\t%d\t\t{"name":%s,"daemon":%s}\n'
            % (
                state.id,
                self._spool.now(),
                started_by,
                get_native_id(),
                self._shown(name),
                "true" if daemon else "false",
            )
        )
        if thread and not name.endswith("/greenlet"):
            self.threads[get_ident()] = (state.id, thread)
            self.on_begin(thread, state.id)
        return state

    def _describe(self) -> tuple:
        threading = sys.modules.get("threading")
        thread = getattr(threading, "_active", {}).get(get_ident()) if threading is not None else None
        name, daemon, started_by = "MainThread" if threading is None else "", False, 0
        if thread is not None:
            try:
                found = object.__getattribute__(thread, "_name")
                name = found if type(found) is str else ""
                daemon = object.__getattribute__(thread, "_daemonic") is True
            except AttributeError:
                pass
            started_by = self.starters.pop(id(thread), 0)
        if isinstance(self.local, GreenletStates):
            name = ("%s/greenlet" % name) if name else "greenlet"
        return name or "thread-%d" % get_native_id(), daemon, started_by, id(thread) if thread is not None else 0

    def notice_greenlets(self) -> bool:
        """Switches to a state per greenlet once the program has loaded greenlet; true when it did so now."""
        greenlet = sys.modules.get("greenlet")
        if greenlet is None or not hasattr(greenlet, "getcurrent") or isinstance(self.local, GreenletStates):
            return False
        self.local = GreenletStates(self.local, greenlet.getcurrent)
        self.on_local(self.local)
        return True

    # -- asyncio -------------------------------------------------------------------------------------------------

    def notice_asyncio(self) -> bool:
        """Looks for asyncio among the program's modules; true once it is there."""
        self.uses_asyncio = self._find_asyncio()
        return self.uses_asyncio

    def _find_asyncio(self) -> bool:
        if self.current_task is None:
            native = sys.modules.get("_asyncio") or sys.modules.get("asyncio.tasks")
            events = sys.modules.get("_asyncio") or sys.modules.get("asyncio.events")
            if native is None or events is None or not hasattr(native, "current_task"):
                # Before 3.12 `current_task` is Python code of asyncio.tasks and reads this dictionary.
                tasks = sys.modules.get("asyncio.tasks")
                running = getattr(sys.modules.get("_asyncio"), "_get_running_loop", None)
                if tasks is None or running is None or not hasattr(tasks, "_current_tasks"):
                    return False
                current = tasks._current_tasks
                self.running_loop = running
                self.current_task = lambda loop: current.get(loop)
                return True
            self.running_loop = events._get_running_loop
            self.current_task = native.current_task
        return True

    def task(self) -> int:
        """The strand of the asyncio task that runs here, or 0."""
        loop = self.running_loop()
        if loop is None:
            return 0
        task = self.current_task(loop)
        if task is None:
            return 0
        known = self.tasks.get(id(task))
        return known[0] if known is not None and known[1]() is task else self._define_task(task, 0)

    def met_task(self, task, call: int) -> None:
        """`call` got `task` from a function that makes tasks. One that is known already was only handed on."""
        known = self.tasks.get(id(task))
        if (known is None or known[1]() is not task) and _is_task(task):
            self._define_task(task, call)

    def _define_task(self, task, call: int) -> int:
        strand = self._next()
        self.tasks[id(task)] = (strand, ref(task))
        try:
            state = self.local.state
        except AttributeError:
            state = self.begin()
        self._write(
            'K\t%d\t%d\t%d\t\t%d\t{"name":%s}\n' % (strand, self._spool.now(), call, state.id, self._shown(_name(task)))
        )
        return strand


def _is_task(value) -> bool:
    kinds = []
    for module, name in (("_asyncio", "Task"), ("asyncio.tasks", "_PyTask")):
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None:
            kinds.append(kind)
    # Compared by identity: a metaclass of the program's may have an `__eq__` of its own.
    return any(base is kind for base in type.__dict__["__mro__"].__get__(type(value)) for kind in kinds)


def _name(task) -> str:
    kind = getattr(sys.modules.get("_asyncio"), "Task", None)
    if kind is None or not any(base is kind for base in type.__dict__["__mro__"].__get__(type(task))):
        return ""
    name = kind.get_name(task)
    return name if type(name) is str else ""
