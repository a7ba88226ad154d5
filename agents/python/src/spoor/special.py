"""The few functions whose calls tell who created what: tasks, threads, processes, and (requests.py) web requests.

They are out of scope and not recorded; only their arguments or their result is looked at.
"""

from __future__ import annotations

import os

from .requests import Requests
from .web_places import NAMES as _OF_REQUESTS

# What `met` answers for code whose start must stay watched although it is not recorded.
WATCH = object()

_CREATES_TASK = {
    ("base_events.py", "create_task"),
    ("tasks.py", "create_task"),
    ("tasks.py", "_ensure_future"),
    ("tasks.py", "ensure_future"),
    ("taskgroups.py", "create_task"),
}

# Python code that ends in a native function which starts a program, whose arguments it alone knows.
_STARTS_NATIVELY = frozenset(("_execvpe", "execl", "execle", "_spawnvef"))

# Of code that may have a role; nothing else is looked at one by one.
NAMES = frozenset(("_execute_child", "spawnv_passfds", "start", "_bootstrap", *[name for _, name in _CREATES_TASK]))
NAMES |= _STARTS_NATIVELY | _OF_REQUESTS


class Special:
    def __init__(self, recorder) -> None:
        self._recorder = recorder
        self._creates_task: dict = {}
        self._process_ends: dict = {}
        self._starts_thread: dict = {}
        self._starts_child: dict = {}
        self.requests = Requests(recorder)
        self._asked: dict = {}
        self._answered: dict = {}
        self.codes: list = []

    def role(self, code) -> str:
        """`task`, `thread`, `process`, `child`, `asked`, `answered` or empty, by file and name of the code."""
        name = code.co_name
        if name not in NAMES:
            return ""
        if name == "_execute_child" and code.co_filename.endswith(os.sep + "subprocess.py"):
            return "child"
        if name == "spawnv_passfds" and code.co_filename.endswith(os.path.join("multiprocessing", "util.py")):
            return "child"
        if name in _STARTS_NATIVELY and code.co_filename == os.__file__:
            return "child"
        if name == "start" and code.co_filename.endswith(os.sep + "threading.py"):
            return "thread"
        if name == "_bootstrap" and code.co_filename.endswith(os.path.join("multiprocessing", "process.py")):
            return "process"
        folder, file = os.path.split(code.co_filename)
        if (file, name) in _CREATES_TASK and os.path.basename(folder) == "asyncio":
            return "task"
        return self.requests.role(code)

    def met(self, engine, code, frame):
        """Called for code out of scope at its start: WATCH if it is special and must stay watched, else None."""
        if id(code) in self._asked:
            self.asked(engine, code, frame)
            return WATCH
        if id(code) in self._starts_thread:
            self.thread_starts(frame)
            return WATCH
        if id(code) in self._starts_child:
            self.child_starts(code, frame)
            return WATCH
        role = self.role(code)
        if not role:
            return None
        self.codes.append(code)
        if role == "child":
            self._starts_child[id(code)] = code
            self.child_starts(code, frame)
            return WATCH
        if role == "asked":
            self._asked[id(code)] = code
            self.asked(engine, code, frame)
            return WATCH
        if role == "answered":
            self._answered[id(code)] = code
            engine.watch_return(code)
            return None
        if role == "thread":
            self._starts_thread[id(code)] = code
            self.thread_starts(frame)
            return WATCH
        (self._creates_task if role == "task" else self._process_ends)[id(code)] = code
        engine.watch_return(code)
        return None

    def child_starts(self, code, frame) -> None:
        """Code runs that starts a program."""
        children = self._recorder.children
        if code.co_name in _STARTS_NATIVELY:
            children.watch()
            return
        names = frame.f_locals
        if code.co_name == "spawnv_passfds":
            children.spawned(names)
        else:
            children.popen(names)
        if self._recorder.calls.copies_locals:
            names.clear()

    def asked(self, engine, code, frame) -> None:
        """Code runs whose arguments tell of a request. A coroutine that goes on tells nothing new."""
        if engine.goes_on(code, frame):
            return
        names = frame.f_locals
        self.requests.starts(code, names)
        if self._recorder.calls.copies_locals:
            names.clear()

    def thread_starts(self, frame) -> None:
        """`Thread.start` runs: the call on top of the stack starts the thread that is its `self`."""
        try:
            top = self._recorder.strands.local.state.top()
        except AttributeError:
            return
        names = frame.f_locals
        thread = names.get("self")
        if top is not None and thread is not None and top[0] > 0:
            self._recorder.strands.starters[id(thread)] = top[0]
        self.requests.workers.starts(thread)
        if self._recorder.calls.copies_locals:
            names.clear()

    def returned(self, code, value, frame) -> None:
        """A watched function returned: a task was created, or a child process is about to end by `os._exit`."""
        if id(code) in self._creates_task:
            caller = frame.f_back
            if caller is not None and self.role(caller.f_code) == "task":
                return  # the outer one still gives the task its name
            strands = self._recorder.strands
            try:
                top = strands.local.state.top()
            except AttributeError:
                top = None
            strands.met_task(value, 0 if top is None else max(top[0], 0))
            self.requests.workers.makes_task(value)
        elif id(code) in self._answered:
            self.requests.returned(code, value)
        elif id(code) in self._process_ends:
            self._recorder.finish()
