"""The engine of probes for CPython 3.8 to 3.11: `sys.settrace`, only while a probe is awake.

There is no way to be told of some code alone before 3.12 that the program could not see: every call in a traced thread
costs one event, and lines only in functions that hold a probe. Threads that begin later are traced from their start,
those that run already are reached from outside (reaching.py), or else from their next collection of garbage on; where
another tool traces a thread, it keeps it. Beside the recorder's pure engine, which has the one hook that there is, its
events are shared.
"""

from __future__ import annotations

import gc
import sys
from _thread import get_ident

from .. import active
from ..agent_frames import AGENT, is_the_programs
from ..functions import SUSPENDS
from ..operations import OPERATIONS
from ..tracing import GIVES_NO_WAY, IMPORT, RETURN, YIELD, builtins_names, needs_room, undo_import_locals, yields
from .firing import own_threads
from .reaching import Reaching

RESUME = OPERATIONS.get("RESUME", -1)
_MOST_FOREIGN = 50_000
# Frames that a hit needs. Up to 3.9 one that runs into the program's limit of recursion could end the process.
_ROOM = 48


class TracedCode:
    name = "tracing"

    def __init__(self, met, ends) -> None:
        """`met(code, frame)`: code that was not known starts; it may call `watch`. `ends`: open calls."""
        self._met = met
        self._ends = ends
        self._on = False
        self._table: dict = {}
        # id(code) -> code that holds no probe.
        self._foreign: dict = {}
        self._interest = lambda filename: False
        self._names: frozenset = frozenset()
        # id(frame) -> the exception in flight in it.
        self._flying: dict = {}
        # Threads that ran already and are not traced yet; exceptions of the program's by the thread they are owed to.
        self._missing: set = set()
        self._reaching = None
        self._owed: dict = {}
        # Threads that another tool traces.
        self._occupied: set = set()
        # The interpreter compares hooks by identity, and bound methods are new objects each time.
        self._hook = self._on_call
        self._local = self._on_event
        self._collected = self._on_collection

    # -- on the link's thread ------------------------------------------------------------------------------------------

    def start(self) -> None:
        if self._on:
            return
        self._on = True
        recorder = self._recorder()
        if recorder is not None:
            recorder.engine.beside = self
            return
        self._missing = set(sys._current_frames()) - own_threads
        self._reaching = Reaching(self._hook)
        self._reach_missing()
        self._reach_new_threads()

    def _reach_missing(self) -> None:
        if self._missing:
            self._missing -= self._reaching.reach(self._missing, self._reach_this_thread)
        self._await_collections()

    def _await_collections(self) -> None:
        """A collection is waited for only while there are threads to be reached: its callbacks cannot raise what a
        signal handler of the program raises in them."""
        if bool(self._missing) != (self._collected in gc.callbacks):
            if self._missing:
                gc.callbacks.append(self._collected)
            else:
                gc.callbacks.remove(self._collected)

    def _recorder(self):
        """The recorder, if it is the one that traces."""
        recorder = active.recorder
        if recorder is not None and recorder.on and hasattr(recorder.engine, "beside"):
            return recorder
        return None

    def _reach_new_threads(self) -> None:
        threading = sys.modules.get("threading")
        held = getattr(threading, "_trace_hook", None)
        if threading is not None and held is None:
            threading.settrace(self._hook)

    def wait_for(self, interest, names) -> None:
        """Code that starts is met if `interest(its file name)`, or if it has one of these names."""
        self._interest, self._names, self._foreign = interest, frozenset(names), {}
        if self._recorder() is None:
            self._reach_this_thread()

    def arm(self, changes: list) -> None:
        """`changes`: (code, Armed or None)."""
        for code, armed in changes:
            if armed is None:
                self._table.pop(id(code), None)
            else:
                self.watch(code, armed)
        self._reach_frames()

    def _reach_frames(self) -> None:
        """Calls that run now: their frames are told of lines once their thread is traced."""
        for thread, frame in list(sys._current_frames().items()):
            while frame is not None and thread not in own_threads:
                self._take(frame)
                frame = frame.f_back

    def _take(self, frame) -> None:
        armed = self._table.get(id(frame.f_code))
        if armed is not None and (frame.f_trace is None or frame.f_trace is self._local):
            frame.f_trace_lines = bool(armed.lines)
            frame.f_trace = self._local

    def settle(self) -> None:
        """Now and then: the program may have loaded `threading` meanwhile, and threads have ended."""
        if self._on and self._recorder() is None:
            self._reach_new_threads()
            self._missing &= set(sys._current_frames())
            self._reach_missing()

    def close(self) -> None:
        """Hooks of threads go with the next event in each of them."""
        if not self._on:
            return
        self._on = False
        self._table, self._foreign, self._flying = {}, {}, {}
        self._occupied = set()
        self._missing = set()
        self._await_collections()
        recorder = active.recorder
        if recorder is not None and getattr(recorder.engine, "beside", None) is self:
            recorder.engine.beside = None
        threading = sys.modules.get("threading")
        if threading is not None and getattr(threading, "_trace_hook", None) is self._hook:
            threading.settrace(None)
        for frame in list(sys._current_frames().values()):
            while frame is not None:
                if frame.f_trace is self._local:
                    frame.f_trace = None
                frame = frame.f_back
        if sys.gettrace() is self._hook:
            sys.settrace(None)
        if self._reaching is not None:
            self._reaching.free(set(sys._current_frames()))
            self._reaching = None

    def abandon(self) -> None:
        """The interpreter ends. Its modules are emptied one by one while finalisers still run, and the hooks would miss
        them."""
        self._on = False
        self._missing = set()
        self._await_collections()
        if sys.gettrace() is self._hook:
            sys.settrace(None)

    def note(self) -> str | None:
        """What keeps hits from being seen, if anything does."""
        if self._occupied:
            return "another tool traces %d of the threads: no hit is seen there" % len(self._occupied)
        if self._missing:
            return "not all threads are reached yet (%d are not): no hit is seen there until then" % len(self._missing)
        return None

    # -- on any thread ---------------------------------------------------------------------------------------------

    def watch(self, code, armed) -> None:
        self._foreign.pop(id(code), None)
        self._table[id(code)] = armed

    def _on_collection(self, phase, info) -> None:
        """A collection of garbage runs in the thread that caused it: that is where a running thread can be reached."""
        try:
            if phase == "start":
                # Gone before the collection begins: a signal that comes during it would be handled, and lost, in the
                # call at its end. `settle` puts it there again. Where it is not the last, the one behind would be left
                # out.
                if gc.callbacks[-1] is self._collected:
                    del gc.callbacks[-1]
                if self._on and get_ident() in self._missing:
                    self._reach_this_thread()
        except RecursionError:
            pass
        except BaseException as error:
            # A signal handler's, which the collector would swallow: it is raised with the next event.
            self._owed[get_ident()] = error
            if sys.gettrace() is None:
                sys.settrace(self._hook)

    def _reach_this_thread(self) -> None:
        if get_ident() in own_threads:
            return
        self._missing.discard(get_ident())
        found = sys.gettrace()
        if found is None:
            frame = sys._getframe(1)
            while frame is not None:
                self._take(frame)
                frame = frame.f_back
            sys.settrace(self._hook)
        elif found is not self._hook:
            self._occupied.add(get_ident())

    def _pay(self) -> None:
        """Raises what is owed to this thread."""
        error = self._owed.pop(get_ident(), None)
        if error is not None:
            self._lose()
            raise error

    def _lose(self) -> None:
        """An exception passes on to the program, and the interpreter takes the hook of the thread away."""
        if self._recorder() is None:
            self._missing.add(get_ident())  # `settle` waits for its next collection

    # -- hooks ---------------------------------------------------------------------------------------------------------

    def _on_call(self, frame, event, argument):
        if self._owed:
            self._pay()
        if not self._on:
            sys.settrace(None)
            return None
        code = frame.f_code
        if id(code) in self._foreign:
            if builtins_names.get("__import__") is not IMPORT:
                undo_import_locals(code, frame)
            return None
        return self.local_for(frame, self._local)

    def local_for(self, frame, local):
        """At the start of a call, or where a generator goes on: the local hook of its frame, or None."""
        try:
            code = frame.f_code
            armed = self._table.get(id(code))
            if armed is None:
                armed = self._discover(code, frame)
                if armed is None:
                    return None
            if not (code.co_flags & SUSPENDS and _has_begun(code, frame)):
                if GIVES_NO_WAY and (armed.ends or armed.starts is not None):
                    needs_room(_ROOM)
                if armed.ends:
                    self._ends.begins(frame)
                if armed.starts is not None:
                    armed.starts(frame)
            if not armed.lines and not armed.ends:
                return None
            frame.f_trace_lines = bool(armed.lines)
            return local
        except RecursionError:
            if GIVES_NO_WAY:
                raise  # swallowed near the limit it would end the process
        except Exception as error:
            if is_the_programs(error):
                self._lose()
                raise
        return None

    def _discover(self, code, frame):
        if not code.co_filename.startswith(AGENT) and get_ident() not in own_threads:
            if code.co_name in self._names or self._interest(code.co_filename):
                self._met(code, frame)
        armed = self._table.get(id(code))
        if armed is None:
            if len(self._foreign) >= _MOST_FOREIGN:
                self._foreign = {}
            self._foreign[id(code)] = code
        return armed

    def _on_event(self, frame, event, argument):
        if self._owed:
            self._pay()
        if not self._on:
            frame.f_trace = None
            if sys.gettrace() is self._hook:
                sys.settrace(None)
            return None
        self.event(frame, event, argument)
        return self._local

    def event(self, frame, event, argument) -> None:
        """An event in the frame of a call that holds a probe."""
        try:
            armed = self._table.get(id(frame.f_code))
            if armed is None:
                frame.f_trace_lines = False
            elif event == "line":
                fire = armed.lines.get(frame.f_lineno)
                if fire is not None:
                    if GIVES_NO_WAY:
                        needs_room(_ROOM)
                    fire(frame)
            elif armed.ends:
                if GIVES_NO_WAY:
                    needs_room(_ROOM)
                if event == "exception":
                    self._flying[id(frame)] = argument[1]
                elif event == "return":
                    self._returned(frame, frame.f_code, argument)
        except RecursionError:
            if GIVES_NO_WAY:
                raise
        except Exception as error:
            if is_the_programs(error):
                self._lose()
                raise

    def _returned(self, frame, code, value) -> None:
        exception = self._flying.pop(id(frame), None)
        last = frame.f_lasti
        operation = code.co_code[last] if last >= 0 else -1
        if (operation in YIELD and value is not None) or yields(code, last, operation, exception):
            return
        if operation in RETURN or (exception is None and value is not None):
            self._ends.end(frame, code, "returned", value)
        else:
            self._ends.end(frame, code, "raised", exception)


def _has_begun(code, frame) -> bool:
    """Whether a generator runs again, or is closed."""
    last = frame.f_lasti
    if RESUME < 0:
        return last >= 0
    return not (code.co_code[last] == RESUME and code.co_code[last + 1] & 3 == 0)
