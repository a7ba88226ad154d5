"""The engine for CPython 3.8 to 3.11: `sys.settrace`, with line events only between an exception and its handler.

Unlike `sys.monitoring` it sees every call of the process, so code out of scope pays for one event a call. Calls of
native functions are told by `sys.setprofile` alone, which is dear; it is switched off after a number of events, and
counts are lower bounds from then on.
"""

from __future__ import annotations

import builtins
import sys
from _thread import start_new_thread as _start_new_thread

from .agent_frames import hide_agent, shows_agent
from .functions import ITERATES, OPTIMIZED, STOPS, SUSPENDS, VARARGS, module_of
from .operations import OPERATIONS
from .special import WATCH

RETURN = frozenset((OPERATIONS["RETURN_VALUE"],))
YIELD = frozenset(OPERATIONS[n] for n in ("YIELD_VALUE", "YIELD_FROM") if n in OPERATIONS)
YIELD_FROM = OPERATIONS.get("YIELD_FROM", -1)
RESUME = OPERATIONS.get("RESUME", -1)
IMPORT_NAME = OPERATIONS["IMPORT_NAME"]
# What an `import` statement runs is no call that the program wrote.
IMPORTLIB = "<frozen importlib._bootstrap>"
builtins_names = builtins.__dict__
IMPORT = builtins_names["__import__"]

NATIVE_EVENTS = 100_000
NATIVE_EVENTS_MORE = 20_000
FOREIGN_CODES = 50_000
# Up to 3.9 a RecursionError that is swallowed near the limit ends the process 50 frames later ("Cannot recover from
# stack overflow").
GIVES_NO_WAY = sys.version_info < (3, 10)
# So there, once SHALLOW calls are open, a call is begun only where ROOM more frames fit; else the program learns of
# its limit.
SHALLOW = 60
ROOM = 24
_RAW_THREAD = "a thread was started by _thread.start_new_thread; before Python 3.12 such threads are not recorded"
_NOTHING = (None, None, False)
# A class body that no hook may see; see `loses_its_class`.
_ALONE = object()


def loses_its_class(code) -> bool:
    """Whether a hook undoes what a class body assigns to `__class__`, where its methods use `super()` too: up to 3.10
    the interpreter copies the cell of that name, which is empty, into the names of the body before it calls a hook."""
    return (
        sys.version_info < (3, 11)
        and not code.co_flags & OPTIMIZED
        and "__class__" in code.co_cellvars
        and "__class__" in code.co_names
    )


def undo_import_locals(code, frame) -> None:
    """Gives a replacement of `__import__` the locals that it gets without a trace function: None, inside functions.

    A trace function makes the interpreter keep a dictionary of locals in the frame of every function, and `import`
    passes that on. To be called last: whoever reads `f_locals` afterwards fills it anew from the frame.
    """
    caller = frame.f_back
    if caller is None or not caller.f_code.co_flags & OPTIMIZED or caller.f_code.co_code[caller.f_lasti] != IMPORT_NAME:
        return
    names, found = code.co_varnames, frame.f_locals
    if code.co_argcount > 2:
        if found.get(names[2]) is caller.f_locals:
            found[names[2]] = None
    elif code.co_flags & VARARGS:
        name = names[code.co_argcount + code.co_kwonlyargcount]
        rest = found.get(name)
        at = 2 - code.co_argcount
        if type(rest) is tuple and len(rest) > at and rest[at] is caller.f_locals:
            found[name] = (*rest[:at], None, *rest[at + 1 :])


def note_raised(exceptions, code, frame, exception, trace) -> bool:
    """`exception`, whose traceback is `trace`, is in flight in a frame of recorded code. False: nobody raised it."""
    operation = code.co_code[frame.f_lasti]
    if trace is not None and trace.tb_next is not None and operation in YIELD:
        exceptions.raised_again(exception, trace)  # thrown in: in flight again, also if a `with` outside has it
    if type(exception) in STOPS and operation in ITERATES:
        return False
    if type(exception) is not GeneratorExit:
        exceptions.raised(code, exception, trace)
    return True


def yields(code, last: int, operation: int, exception) -> bool:
    """Whether a return event with value None is a suspension."""
    if exception is not None:
        return False
    if operation in YIELD:
        return True
    # Up to 3.10 YIELD_FROM steps back, so that it is executed again.
    following = code.co_code[last + 2] if last + 2 < len(code.co_code) else -1
    return YIELD_FROM >= 0 and following == YIELD_FROM and operation not in RETURN


class Rearm:
    """Stands in for the local hook of a frame, and puts the hook of the thread back when that frame has gone.

    The interpreter takes a hook away when calling it fails, and at the recursion limit it must.
    """

    __slots__ = ("engine", "hook")

    def __call__(self, frame, event, argument):
        if self.hook is not None:
            self.hook(frame, event, argument)
        return self

    def __del__(self) -> None:
        if self.engine.on and sys.gettrace() is None:
            sys.settrace(self.engine.hook)


def needs_room(frames: int) -> None:
    """Raises RecursionError unless so many frames still fit."""
    if frames:
        needs_room(frames - 1)


class TracingEngine:
    name = "tracing"

    def __init__(self, recorder) -> None:
        self.failed = recorder.failed
        self.recorder = recorder
        self.calls = recorder.calls
        self.by_code = recorder.functions.by_code
        self.exceptions = recorder.exceptions
        self.strands = recorder.strands
        # asyncio's, once the program has loaded it.
        self.running_loop = None
        # id(code) -> code, of code that is known to be out of scope.
        self.foreign: dict = {}
        # id(code) -> code, of class bodies that no hook may see.
        self.left_alone: dict = {}
        # id(frame) -> (exception, its traceback, whether a handler has it), while it is in flight or being handled in
        # that frame.
        self.flying: dict = {}
        self.native_left = NATIVE_EVENTS
        # Set while an exception of the program's passes through a hook: its traceback has our frames somewhere.
        self.passing = False
        # Bound methods are new objects each time; the interpreter's hooks are compared by identity.
        self.hook = self.on_call
        self.local_hook = self.on_event
        # The engine of probes (live/traced.py), while it shares the one hook that a thread has.
        self.beside = None
        self.beside_hook, self.both_hook = self.on_event_of_probe, self.on_event_of_both
        self.native_hook = self.on_native

    # -- on and off ----------------------------------------------------------------------------------------------

    def count_only(self, why: str) -> None:
        """From now on calls are counted only; `Functions` and `Calls` know."""

    def forked(self) -> None:
        """In a forked child; nothing of the parent's calls is kept here."""

    def start(self) -> None:
        self.on = True
        self.hook_threads()
        self.watch_native()
        sys.settrace(self.hook)

    def stop(self) -> None:
        self.on = False
        if sys.gettrace() is self.hook:
            sys.settrace(None)
        elif sys.gettrace() is not None or not self.recorder.lost:
            self.recorder.displaced(
                "sys.settrace was taken by another tool, or an exception of a signal handler took it from us; "
                "what ran in that thread after it is not recorded"
            )
        if sys.getprofile() is self.native_hook:
            sys.setprofile(None)
        threading = sys.modules.get("threading")
        if threading is not None and getattr(threading, "_trace_hook", None) is self.hook:
            threading.settrace(None)

    def hook_threads(self) -> None:
        """New threads start with the hook that `threading` holds, once the program has loaded it."""
        threading = sys.modules.get("threading")
        if threading is None:
            return
        held = getattr(threading, "_trace_hook", None)
        if held is None:
            threading.settrace(self.hook)
        elif held is not self.hook:
            self.recorder.displaced("another tool took threading.settrace; new threads are not recorded")

    def take_into_scope(self, code) -> None:
        """`code` was out of scope; its next call is looked at again."""
        self.foreign.pop(id(code), None)

    def watch_return(self, code) -> None:
        """Nothing to do: a frame of special code gets the local hook at its start."""

    # -- hooks ---------------------------------------------------------------------------------------------------

    def on_call(self, frame, event, argument):
        try:
            if not self.on:
                sys.settrace(None)
                return None
            code = frame.f_code
            function = self.by_code.get(id(code))
            if function is None:
                if id(code) not in self.foreign:
                    function = self.discover(code, frame)
                if function is None:
                    self.outside(code, frame)
                    if builtins_names.get("__import__") is not IMPORT:
                        undo_import_locals(code, frame)
                    return None if self.beside is None else self.beside.local_for(frame, self.beside_hook)
                if function is WATCH:
                    self.outside(code, frame)
                    return self.local_hook
                if function is _ALONE:
                    self.outside(code, frame)
                    return None
            if GIVES_NO_WAY and len(getattr(self.strands.local, "stack", ())) > SHALLOW:
                needs_room(ROOM)
            if not (function.suspends and (self.calls.resume(code, frame) or self.has_begun(code, frame))):
                self.calls.begin(function, frame)
            frame.f_trace_lines = False
            if builtins_names.get("__import__") is not IMPORT:
                undo_import_locals(code, frame)
            if self.beside is not None:
                return self.beside.local_for(frame, self.both_hook) or self.local_hook
            return self.local_hook
        except RecursionError:
            # The program is at its limit and this record is lost. No Python function can be called here.
            self.recorder.lost += 1
            outer = frame.f_back
            if outer is not None and type(outer.f_trace) is not Rearm:
                rearm = object.__new__(Rearm)
                rearm.engine = self
                rearm.hook = outer.f_trace
                if rearm.hook is None:
                    outer.f_trace_lines = False
                outer.f_trace = rearm
            if GIVES_NO_WAY:
                raise RecursionError("maximum recursion depth exceeded") from None
        except BaseException as error:
            self.passes(error, frame)

    def passes(self, error, frame) -> None:
        """An exception in a hook: ours ends the recording; the program's passes on to it, and then the hook must stay.

        The interpreter takes the hook of the thread away, and this frame's; that puts the former back.
        """
        rearm = frame.f_trace = object.__new__(Rearm)
        rearm.engine = self
        rearm.hook = None
        del rearm
        self.passing = True
        if not isinstance(error, Exception):
            raise
        self.failed(error)

    def discover(self, code, frame):
        if loses_its_class(code):
            self.left_alone[id(code)] = code
            if sys.getprofile() is self.native_hook:
                sys.setprofile(None)
            return _ALONE
        recorder = self.recorder
        function = recorder.functions.look_up(code, module_of(frame.f_globals))
        if function is not None:
            recorder.notice_libraries()
            self.native_left = max(self.native_left, NATIVE_EVENTS_MORE)
            self.watch_native()
            return function
        role = recorder.special.role(code)
        if role:
            if role == "thread":
                self.hook_threads()
            recorder.special.met(self, code, frame)
            frame.f_trace_lines = False
            return WATCH
        if len(self.foreign) >= FOREIGN_CODES:
            self.foreign.clear()
        self.foreign[id(code)] = code
        return None

    def has_begun(self, code, frame) -> bool:
        """Whether a generator that is not known to be suspended had begun before the recording did."""
        if RESUME < 0:
            return frame.f_lasti >= 0
        last = frame.f_lasti
        return code.co_code[last] == RESUME and code.co_code[last + 1] & 3 != 0

    def goes_on(self, code, frame) -> bool:
        """Whether this is no call, but a generator or coroutine that runs again."""
        return bool(code.co_flags & SUSPENDS) and self.has_begun(code, frame)

    def outside(self, code, frame) -> None:
        """Code out of scope is called: a gap if recorded code calls it."""
        caller = frame.f_back
        if caller is not None:
            function = self.by_code.get(id(caller.f_code))
            if function is not None and code.co_filename != IMPORTLIB and not self.goes_on(code, frame):
                self.recorder.gaps.call_of_code(function, code, module_of(frame.f_globals), caller.f_lasti)

    def on_event(self, frame, event, argument):
        try:
            if not self.on:
                frame.f_trace = None
                return None
            code = frame.f_code
            if event == "return":
                self.returned(code, frame, argument)
            elif event == "exception":
                self.raised(code, frame, argument[1], argument[2])
            elif event == "line":
                self.at_line(code, frame)
        except RecursionError:
            # The program is at its limit and this record is lost. No Python function can be called here.
            self.recorder.lost += 1
            outer = frame.f_back
            if outer is not None and type(outer.f_trace) is not Rearm:
                rearm = object.__new__(Rearm)
                rearm.engine = self
                rearm.hook = outer.f_trace
                if rearm.hook is None:
                    outer.f_trace_lines = False
                outer.f_trace = rearm
            if GIVES_NO_WAY:
                raise RecursionError("maximum recursion depth exceeded") from None
        except BaseException as error:
            self.passes(error, frame)
        return self.local_hook

    def on_event_of_probe(self, frame, event, argument):
        """In a frame that holds a probe and is not recorded."""
        if self.beside is None:
            return None
        self.beside.event(frame, event, argument)
        return self.beside_hook

    def on_event_of_both(self, frame, event, argument):
        """In a frame that holds a probe and is recorded."""
        beside = self.beside
        if beside is None:
            frame.f_trace_lines = id(frame) in self.flying
            return self.on_event(frame, event, argument)
        if event != "line" or id(frame) in self.flying:
            self.on_event(frame, event, argument)
            if not self.on:
                return None
        beside.event(frame, event, argument)
        frame.f_trace_lines = True
        return self.both_hook

    def raised(self, code, frame, exception, trace) -> None:
        if trace is not None and (self.passing or shows_agent(trace)):
            self.passing = False
            hide_agent(exception, trace)
        if id(code) not in self.by_code:
            return
        self.calls.resume(code, frame)  # thrown into a suspended generator: 3.11 tells of nothing before this
        if not note_raised(self.exceptions, code, frame, exception, trace):
            return
        self.flying[id(frame)] = (exception, trace, False)
        frame.f_trace_lines = True

    def at_line(self, code, frame) -> None:
        """A line after an exception: the first is that of a handler, and lines are watched until it is done."""
        flying = self.flying.get(id(frame))
        if flying is not None:
            exception, trace, handled = flying
            if not handled:
                if self.recorder.lost != self.recorder.lost_told:
                    self.recorder.tell_lost()
                self.exceptions.caught(code, exception, frame, -1)
                self.flying[id(frame)] = (exception, trace, True)
                return
            if sys.exc_info()[1] is exception:
                return
            del self.flying[id(frame)]
        frame.f_trace_lines = False

    def returned(self, code, frame, value) -> None:
        exception, trace, _ = self.flying.pop(id(frame), _NOTHING)
        if id(code) not in self.by_code:
            self.recorder.special.returned(code, value, frame)
            return
        last = frame.f_lasti
        operation = code.co_code[last] if last >= 0 else -1
        if (operation in YIELD and value is not None) or yields(code, last, operation, exception):
            self.calls.suspend(code, frame, value)
            return
        entry = self.calls.take(code)
        if entry is None:
            return
        if operation in RETURN or (exception is None and value is not None):
            self.calls.end(entry, value)
        else:
            self.calls.end_by(entry, exception, trace, frame)

    # -- calls of native functions -------------------------------------------------------------------------------

    def watch_native(self) -> None:
        if self.native_left > 0 and sys.getprofile() is None and not (self.left_alone and self.is_in_such_a_body()):
            sys.setprofile(self.native_hook)

    def is_in_such_a_body(self) -> bool:
        frame = sys._getframe()
        while frame is not None and id(frame.f_code) not in self.left_alone:
            frame = frame.f_back
        return frame is not None

    def on_native(self, frame, event, argument):
        try:
            if not self.on:
                return
            self.native_left -= 1
            if self.native_left <= 0:
                if sys.getprofile() is self.native_hook:
                    sys.setprofile(None)
                for function in list(self.by_code.values()):
                    self.recorder.gaps.bind(function)
                return
            if event == "c_call":
                function = self.by_code.get(id(frame.f_code))
                if function is not None:
                    if argument is _start_new_thread:
                        self.recorder.spool.drop("not_injected", 1, _RAW_THREAD)
                    self.recorder.gaps.call(function, argument, (frame.f_lasti, "native"))
        except BaseException as error:
            self.passing = True
            if not isinstance(error, Exception):
                raise
            self.failed(error)
