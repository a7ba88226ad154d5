"""The life of a call, the same for every engine: it begins, suspends and resumes, ends; or is only counted.

Entries of a stack are tuples (call, code, strand, timer). `call` is 0 for a frame that a forked child inherited and
-1 below a root call that was not drawn; `timer` is None, () for a call of which values are not opened, or (counter,
start) for one that is counted only, whose `call` is then that of the nearest recorded caller.
"""

from __future__ import annotations

import sys

from .clock import now_ns as _clock
from .counters import STEP, Counted
from .functions import THRIFT
from .sequence import sequence


class Steps:
    """What a call did since its last `S`, `U` or `Y` record that is only counted."""

    __slots__ = ("count", "resumer", "waiting_ns")

    def __init__(self, resumer: int) -> None:
        self.resumer = resumer
        self.count = self.waiting_ns = 0


class Calls:
    def __init__(self, recorder) -> None:
        self.recorder = recorder
        self.spool = recorder.spool
        self.base = recorder.settings.clock_ns
        self.by_code = recorder.functions.by_code
        self.strands = recorder.strands
        self.exceptions = recorder.exceptions
        self.arguments = recorder.encoder.args
        self.value = recorder.encoder.value
        self.closed_arguments = recorder.encoder.closed_args
        self.closed_value = recorder.encoder.closed_value
        self.thrifty = recorder.settings.thrifty
        self.values = recorder.settings.values != "none"
        self.sample = recorder.sampler
        # What stands for the arguments of a function without parameters.
        self.nothing = b"{}" if self.values else b""
        self.next_call = sequence()
        # id(frame) of a suspended generator -> (entry, when, whether that was recorded).
        self.suspended: dict = {}
        # Calls whose suspensions are only counted: call -> Steps.
        self.steps: dict = {}
        self.counting_why = "hot"
        # On 3.12 reading f_locals leaves a copy in the frame, which would keep arguments alive until its end. Before,
        # the interpreter makes that copy for a trace function itself and takes the variables back from it.
        self.copies_locals = sys.version_info[:2] == (3, 12)

    def forked(self) -> None:
        """Numbers go on: an id need only be unique in its process."""
        self.suspended = {}
        self.steps = {}

    def begin(self, function, frame) -> None:
        """A call of `function` starts in `frame`."""
        try:
            state = self.strands.local.state
        except AttributeError:
            state = self.strands.begin()
        stack = state.stack
        if stack:
            parent, _, strand, _ = stack[-1]
        else:
            parent = 0
            strand = state.id
        if self.strands.uses_asyncio and (function.awaits or strand == state.id):
            strand = self.strands.task() or strand
        if function.suspends:
            self._forget(id(frame))
        if parent < 0 or (self.sample is not None and not function.body and self._not_drawn(stack)):
            self._skip(function, state, strand)
            return
        left = function.left
        if left <= 0:
            counter = self._counter(function, state, self.counting_why)
            stack.append((parent, function.code, strand, (counter, _clock())))
            return
        function.left = left - 1
        timer = () if left < self.thrifty and (self.thrifty - left) % THRIFT else None
        call = self.next_call()
        plan = function.plan
        if plan is None:
            line = b"C\t%d\t%d\t%d\t%d\t%d\t%s\n" % (
                call,
                _clock() - self.base,
                parent,
                function.id,
                strand,
                self.nothing,
            )
        else:
            names = frame.f_locals
            shown = self.arguments(plan, names) if timer is None else self.closed_arguments(plan, names)
            line = f"C\t{call}\t{_clock() - self.base}\t{parent}\t{function.id}\t{strand}\t{shown}\n".encode()
            if self.copies_locals:
                names.clear()
        stack.append((call, function.code, strand, timer))
        try:
            self.spool.write(line)
        except ValueError:
            self.spool.overflow(line)

    def end(self, entry, value) -> None:
        """The call of `entry` returned `value`."""
        call, _, _, timer = entry
        if timer:
            self._count(timer, 0)
        elif call > 0:
            if call in self.steps:
                self._end_steps(call, _clock())
            if self.values:
                write = self.value if timer is None else self.closed_value
                line = f"R\t{call}\t{_clock() - self.base}\t\t\t\t{write(value)}\n".encode()
            else:
                line = b"R\t%d\t%d\t\t\t\t\n" % (call, _clock() - self.base)
            try:
                self.spool.write(line)
            except ValueError:
                self.spool.overflow(line)

    def end_by(self, entry, exception, trace, frame) -> None:
        """The call of `entry`, in `frame`, was left by `exception`, whose traceback is `trace`."""
        call, code, strand, timer = entry
        if timer:
            self._count(timer, 1)
        elif call > 0:
            if call in self.steps:
                self._end_steps(call, _clock())
            if type(exception) is GeneratorExit and self.by_code[id(code)].suspends:
                self._emit('X\t%d\t%d\t\t0\t\t{"closed":true}\n' % (call, _clock() - self.base))
            else:
                now = _clock() - self.base
                raised = 0
                if exception is not None:
                    raised = self.exceptions.unwound(self.strands.local.state, frame, exception, trace, call, strand)
                self._emit(f"X\t{call}\t{now}\t\t{raised}\t\t\n")

    def take(self, code):
        """Removes the topmost entry of `code` and returns it, or None; what was above it has gone without our
        knowing."""
        try:
            stack = self.strands.local.state.stack
        except AttributeError:
            return None
        for i in range(len(stack) - 1, -1, -1):
            if stack[i][1] is code:
                entry = stack[i]
                if self.recorder.lost:
                    for lost in stack[i + 1 :]:
                        self._left_unseen(lost)
                del stack[i:]
                return entry
        return None

    def _left_unseen(self, entry) -> None:
        """The frame of `entry` was left at the program's recursion limit, where the interpreter told us nothing."""
        if entry[0] > 0 and not entry[3]:
            self._end_steps(entry[0], _clock())
            self._emit("X\t%d\t%d\t\t0\t\t\n" % (entry[0], _clock() - self.base))

    # -- generators and coroutines -------------------------------------------------------------------------------

    def suspend(self, code, frame, value) -> None:
        entry = self.take(code)
        if entry is None:
            return
        now = _clock()
        call = entry[0]
        if call <= 0 or entry[3]:
            self.suspended[id(frame)] = (entry, now, False)
            return
        function = self.by_code[id(code)]
        told = function.left_steps > 0
        self.suspended[id(frame)] = (entry, now, told)
        if told:
            function.left_steps -= 1
            shown = ""
            if self.values and function.yields:
                shown = self.value(value) if entry[3] is None else self.closed_value(value)
            self._emit(f"S\t{call}\t{now - self.base}\t\t\t\t{shown}\n")
        elif call not in self.steps:
            stack = self.strands.local.state.stack
            self.steps[call] = Steps(max(stack[-1][0], 0) if stack else 0)

    def resume(self, code, frame) -> bool:
        """False if `frame` is not that of a suspended call: it is a new one, or began before the recording."""
        suspended = self.suspended.pop(id(frame), None)
        if suspended is None or suspended[0][1] is not code:
            return False
        (call, _, strand, timer), when, told = suspended
        try:
            state = self.strands.local.state
        except AttributeError:
            state = self.strands.begin()
        stack = state.stack
        if self.strands.uses_asyncio:
            strand = self.strands.task() or strand
        if call > 0 and not timer:
            now = _clock()
            resumer = max(stack[-1][0], 0) if stack else 0
            if told or self._turn_steps(call, self.by_code[id(code)], resumer, when, now):
                self._emit(f"U\t{call}\t{now - self.base}\t{resumer}\t{now - when}\t{strand}\t\n")
        stack.append((call, code, strand, timer))
        return True

    def _forget(self, frame_id: int) -> None:
        """A new generator where a suspended one was: that one was dropped without an event (gh-140373)."""
        stale = self.suspended.pop(frame_id, None)
        if stale is not None and stale[0][0] > 0 and not stale[0][3]:
            self._end_steps(stale[0][0], stale[1])
            self._emit('X\t%d\t%d\t\t0\t\t{"closed":true}\n' % (stale[0][0], _clock() - self.base))

    # -- suspensions that are only counted -----------------------------------------------------------------------

    def _turn_steps(self, call: int, function, resumer: int, when: int, now: int) -> bool:
        """A call goes on whose suspension `when` was not recorded. True if it is now, because somebody else resumes it
        than the last time: the time that it runs from here on is not to count for that one."""
        steps = self.steps[call]
        if resumer == steps.resumer or function.left_turns <= 0:
            steps.count += 1
            steps.waiting_ns += now - when
            return False
        function.left_turns -= 1
        self._write_steps(call, steps, when)
        steps.count = steps.waiting_ns = 0
        steps.resumer = resumer
        self._emit(f"S\t{call}\t{when - self.base}\t\t\t\t\n")
        return True

    def _end_steps(self, call: int, when: int) -> None:
        steps = self.steps.pop(call, None)
        if steps is not None:
            self._write_steps(call, steps, when)

    def _write_steps(self, call: int, steps, when: int) -> None:
        if steps.count:
            told = '{"waiting_ns":%d}' % steps.waiting_ns
            self._emit(f"Y\t{call}\t{when - self.base}\t{steps.resumer}\t{steps.count}\t\t{told}\n")

    # -- calls that are not recorded one by one ------------------------------------------------------------------

    def _not_drawn(self, stack) -> bool:
        """Whether a call on this stack is a root (only bodies of modules and classes below it) that is not recorded."""
        for entry in stack:
            function = self.by_code.get(id(entry[1]))
            if function is None or not function.body:
                return False
        return not self.sample()

    def _skip(self, function, state, strand) -> None:
        counter = self._counter(function, state, "sampled")
        counter.count += 1
        self._step(counter)
        state.stack.append((-1, function.code, strand, None))

    def _counter(self, function, state, why: str) -> Counted:
        try:
            return state.counted[function.id, why]
        except KeyError:
            counter = state.counted[function.id, why] = Counted(function.id, state.id, why)
            self.spool.register(counter)
            return counter

    def _count(self, timer, raised: int) -> None:
        counter, start = timer
        took = _clock() - start
        counter.count += 1
        counter.total_ns += took
        counter.raised += raised
        if took > counter.max_ns:
            counter.max_ns = took
        self._step(counter)

    def _step(self, counter) -> None:
        if not counter.count & STEP or counter.segment is None:
            self.spool.update(counter)

    def _emit(self, text: str) -> None:
        line = text.encode()
        try:
            self.spool.write(line)
        except ValueError:
            self.spool.overflow(line)
