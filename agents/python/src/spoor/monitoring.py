"""The engine for CPython 3.12 and newer: `sys.monitoring` (PEP 669).

Code out of scope answers its first PY_START with DISABLE and costs nothing from then on. Code in scope gets local
events, so that nobody else pays for them. The events of exceptions can only be had globally.
"""

from __future__ import annotations

import sys

from .agent_frames import hide_agent, shows_agent
from .clock import now_ns as _clock
from .errors import SpoorError
from .exceptions import traceback_of
from .functions import ITERATES, STOPS, THRIFT, module_of, operation_at
from .special import WATCH

monitoring = getattr(sys, "monitoring", None)
TOOL_IDS = (4, 3)  # 0 debuggers, 1 coverage, 2 profilers, 5 optimizers; never somebody else's
_get_frame = sys._getframe


def free_tool_id() -> int | None:
    """A tool id that nobody uses, or None."""
    for tool in TOOL_IDS:
        if monitoring.get_tool(tool) is None:
            return tool
    return None


class MonitoringEngine:
    name = "monitoring"
    used = False

    def __init__(self, recorder) -> None:
        self.failed = recorder.failed
        self.recorder = recorder
        self.calls = recorder.calls
        self.by_code = recorder.functions.by_code
        self.strands = recorder.strands
        self.spool = recorder.spool
        self.base = recorder.settings.clock_ns
        self.next_call = recorder.calls.next_call
        self.arguments = recorder.encoder.args
        self.value = recorder.encoder.value
        self.closed_arguments = recorder.encoder.closed_args
        self.closed_value = recorder.encoder.closed_value
        self.thrifty = recorder.settings.thrifty
        self.values = recorder.calls.values
        self.nothing = recorder.calls.nothing
        self.copies_locals = recorder.calls.copies_locals
        # asyncio's, once the program has loaded it.
        self.running_loop = None

    # -- on and off ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        tool = free_tool_id()
        if tool is None:
            names = tuple(monitoring.get_tool(i) for i in TOOL_IDS)
            raise SpoorError(
                "engine.no_tool_id", "sys.monitoring tool ids 4 and 3 are taken by %s and %s" % names, "environment"
            )
        monitoring.use_tool_id(tool, "spoor")
        self.tool = tool
        events = self.events = monitoring.events
        self.plain = events.PY_RETURN | events.CALL
        self.suspending = self.plain | events.PY_YIELD | events.PY_RESUME
        self.callbacks = (
            (events.PY_START, self.on_start),
            (events.PY_RETURN, self.on_return),
            (events.PY_YIELD, self.on_yield),
            (events.PY_RESUME, self.on_resume),
            (events.PY_THROW, self.on_throw),
            (events.PY_UNWIND, self.on_unwind),
            (events.RAISE, self.on_raise),
            (events.RERAISE, self.on_reraise),
            (events.EXCEPTION_HANDLED, self.on_handled),
            (events.CALL, self.on_call),
        )
        for event, callback in self.callbacks:
            monitoring.register_callback(tool, event, callback)
        if MonitoringEngine.used:
            # What an earlier recording of this process disabled would stay silent.
            monitoring.restart_events()
        MonitoringEngine.used = True
        exceptional = events.PY_UNWIND | events.PY_THROW | events.RAISE | events.RERAISE | events.EXCEPTION_HANDLED
        monitoring.set_events(tool, events.PY_START | exceptional)

    def stop(self) -> None:
        monitoring.set_events(self.tool, 0)
        for code in [function.code for function in list(self.by_code.values())] + self.recorder.special.codes:
            monitoring.set_local_events(self.tool, code, 0)  # free_tool_id leaves them behind on 3.12 and 3.13
        for event, _ in self.callbacks:
            monitoring.register_callback(self.tool, event, None)
        monitoring.free_tool_id(self.tool)

    def watch(self, function) -> None:
        monitoring.set_local_events(self.tool, function.code, self.suspending if function.suspends else self.plain)

    def take_into_scope(self, code) -> None:
        """`code` was out of scope and may have been disabled. Nothing but a restart of all tools enables it again."""
        monitoring.restart_events()

    def count_only(self, why: str) -> None:
        """From now on calls are counted only; `Functions` and `Calls` know."""

    def forked(self) -> None:
        """In a forked child; nothing of the parent's calls is kept here."""

    def goes_on(self, code, frame) -> bool:
        """Whether this is no start: a coroutine that runs again has an event of its own."""
        return False

    def watch_return(self, code) -> None:
        monitoring.set_local_events(self.tool, code, self.events.PY_RETURN)

    # -- callbacks: none may raise an error of its own, and only those of local events may return DISABLE ---------

    def on_start(self, code, offset):
        # The common case of `Calls.begin` stands here once more, written out: the two Python calls that it saves
        # are a fifth of what recording a call costs.
        try:
            function = self.by_code.get(id(code))
            if function is not None and function.simple:
                left = function.left
                try:
                    stack = self.strands.local.stack
                    parent, _, strand, _ = stack[-1]
                except (AttributeError, IndexError):
                    left = 0
                if self.running_loop is not None and self.running_loop() is not None:
                    left = 0  # which task runs it has to be found out
                if left > 0 <= parent:
                    function.left = left - 1
                    timer = () if left < self.thrifty and (self.thrifty - left) % THRIFT else None
                    call = self.next_call()
                    plan = function.plan
                    if plan is None:
                        line = b"C\t%d\t%d\t%d\t%d\t%d\t%b\n" % (
                            call,
                            _clock() - self.base,
                            parent,
                            function.id,
                            strand,
                            self.nothing,
                        )
                    else:
                        names = _get_frame(1).f_locals
                        shown = self.arguments(plan, names) if timer is None else self.closed_arguments(plan, names)
                        if self.copies_locals:
                            names.clear()
                        line = (
                            f"C\t{call}\t{_clock() - self.base}\t{parent}\t{function.id}\t{strand}\t{shown}\n".encode()
                        )
                    stack.append((call, code, strand, timer))
                    try:
                        self.spool.write(line)
                    except ValueError:
                        self.spool.overflow(line)
                    return None
            frame = _get_frame(1)
            if function is None:
                function = self.discover(code, frame)
                if function is None:
                    return monitoring.DISABLE
                if function is WATCH:
                    return None
            self.calls.begin(function, frame)
        except RecursionError:
            # The program is at its limit: no further Python call can be relied on here.
            self.recorder.lost += 1
            self.strands.local.__dict__.get("stack", []).append((0, code, 0, None))
        except Exception as error:
            self.failed(error)

    def discover(self, code, frame):
        """First sight of code: its Function, WATCH for code whose start must stay watched, None if out of scope."""
        recorder = self.recorder
        function = recorder.functions.look_up(code, module_of(frame.f_globals))
        if function is None:
            return recorder.special.met(self, code, frame)
        self.watch(function)
        recorder.notice_libraries()
        return function

    def on_return(self, code, offset, value):
        try:
            stack = self.strands.local.stack
            entry = stack.pop()
            call, taken, _, timer = entry
            if taken is code and not timer and call > 0 and call not in self.calls.steps:
                if self.values:
                    write = self.value if timer is None else self.closed_value
                    line = f"R\t{call}\t{_clock() - self.base}\t\t\t\t{write(value)}\n".encode()
                else:
                    line = b"R\t%d\t%d\t\t\t\t\n" % (call, _clock() - self.base)
                try:
                    self.spool.write(line)
                except ValueError:
                    self.spool.overflow(line)
                return
            if taken is not code:
                stack.append(entry)
                if id(code) not in self.by_code:
                    self.recorder.special.returned(code, value, _get_frame(1))
                    return
                entry = self.calls.take(code)
                if entry is None:
                    return
            self.calls.end(entry, value)
        except (AttributeError, IndexError):
            # Nothing is on the stack: a call that began before the recording, or special code.
            self.recorder.special.returned(code, value, _get_frame(1))
        except RecursionError:
            self.recorder.lost += 1
            stack = self.strands.local.__dict__.get("stack")
            if stack and stack[-1][1] is code:
                stack.pop()
        except Exception as error:
            self.failed(error)

    def on_yield(self, code, offset, value):
        try:
            self.calls.suspend(code, _get_frame(1), value)
        except RecursionError:
            self.recorder.lost += 1
        except Exception as error:
            self.failed(error)

    def on_resume(self, code, offset):
        try:
            self.calls.resume(code, _get_frame(1))
        except RecursionError:
            self.recorder.lost += 1
        except Exception as error:
            self.failed(error)

    def on_throw(self, code, offset, exception):
        try:
            if id(code) in self.by_code:
                self.calls.resume(code, _get_frame(1))
                trace = traceback_of(exception)
                if trace is not None:
                    # In flight again, also if a `with` outside has it.
                    self.recorder.exceptions.raised_again(exception, trace)
        except RecursionError:
            self.recorder.lost += 1
        except Exception as error:
            self.failed(error)

    def on_raise(self, code, offset, exception):
        try:
            trace = traceback_of(exception)
            if trace is not None and shows_agent(trace):
                hide_agent(exception, trace)
            kind = type(exception)
            if id(code) in self.by_code and kind is not GeneratorExit:
                if kind in STOPS and operation_at(code, offset) in ITERATES:
                    return  # the end of an iteration, which nobody raised
                self.recorder.exceptions.raised(code, exception, traceback_of(exception))
        except RecursionError:
            self.recorder.lost += 1
        except Exception as error:
            self.failed(error)

    def on_reraise(self, code, offset, exception):
        try:
            self.recorder.exceptions.raised_again(exception, traceback_of(exception))
        except RecursionError:
            self.recorder.lost += 1
        except Exception as error:
            self.failed(error)

    def on_handled(self, code, offset, exception):
        try:
            trace = traceback_of(exception)
            if trace is not None and shows_agent(trace):
                hide_agent(exception, trace)
            if self.recorder.lost != self.recorder.lost_told:
                self.recorder.tell_lost()
            self.recorder.exceptions.caught(code, exception, _get_frame(1), offset)
        except RecursionError:
            self.recorder.lost += 1
        except Exception as error:
            self.failed(error)

    def on_unwind(self, code, offset, exception):
        try:
            if id(code) in self.by_code:
                entry = self.calls.take(code)
                if entry is not None:
                    self.calls.end_by(entry, exception, traceback_of(exception), _get_frame(1))
        except RecursionError:
            self.recorder.lost += 1
            stack = self.strands.local.__dict__.get("stack")
            if stack and stack[-1][1] is code:
                stack.pop()
        except Exception as error:
            self.failed(error)

    def on_call(self, code, offset, callee, argument):
        try:
            if not self.recorder.gaps.call(self.by_code[id(code)], callee, offset):
                return monitoring.DISABLE
        except RecursionError:
            self.recorder.lost += 1
        except Exception as error:
            self.failed(error)
