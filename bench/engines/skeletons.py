"""The two engines that an interpreter without `sys.monitoring` could have, cut down to what a record costs.

Both look a function up by the identity of its code, write one record at its start and one at its end into a shared map,
and, where values are asked for, write arguments and result with the agent's own encoder. `empty` only looks at the
event: that is what the interpreter itself asks for its hook. docs/decisions/0001-engine-per-interpreter.md has the
figures.
"""

import itertools
import mmap
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
_clock = time.monotonic_ns
SIZE = 1 << 26


class Writer:
    def __init__(self, workload, values):
        sys.path.insert(0, os.path.join(HERE, "..", "..", "agents", "python", "src"))
        from spoor.redaction import Redactor
        from spoor.values import Encoder, Limits

        self.path = workload.__file__
        self.values = values
        encoder = Encoder(Limits(), Redactor())
        self.plan_of, self.arguments, self.value = encoder.plan, encoder.args, encoder.value
        self.by_code = {}
        self.stack = [0]
        self.next_call = itertools.count(1).__next__
        self.map = mmap.mmap(-1, SIZE)
        self.write = self.map.write

    def find(self, code):
        plan = self.plan_of(code) if code.co_filename == self.path else None
        self.by_code[id(code)] = (code, plan)
        return plan

    def begin(self, code, plan, frame):
        call = self.next_call()
        shown = self.arguments(plan, frame.f_locals) if self.values and plan else ""
        self.put(f"C\t{call}\t{_clock()}\t{self.stack[-1]}\t{id(code)}\t1\t{shown}\n")
        self.stack.append(call)

    def end(self, value):
        call = self.stack.pop()
        shown = self.value(value) if self.values else ""
        self.put(f"R\t{call}\t{_clock()}\t\t\t\t{shown}\n")

    def put(self, text):
        try:
            self.write(text.encode())
        except ValueError:
            self.map.seek(0)


def with_setprofile(writer):
    by_code = writer.by_code

    def hook(frame, event, argument):
        if event == "call":
            code = frame.f_code
            found = by_code.get(id(code))
            plan = writer.find(code) if found is None else found[1]
            if plan is not None:
                writer.begin(code, plan, frame)
        elif event == "return":
            found = by_code.get(id(frame.f_code))
            if found is not None and found[1] is not None and len(writer.stack) > 1:
                writer.end(argument)

    sys.setprofile(hook)


def with_settrace(writer):
    by_code = writer.by_code

    def local(frame, event, argument):
        if event == "return":
            writer.end(argument)
        return local

    def hook(frame, event, argument):
        code = frame.f_code
        found = by_code.get(id(code))
        plan = writer.find(code) if found is None else found[1]
        if plan is None:
            return None
        writer.begin(code, plan, frame)
        frame.f_trace_lines = False
        return local

    sys.settrace(hook)


def empty_setprofile(workload):
    def hook(frame, event, argument):
        return None

    sys.setprofile(hook)


def empty_settrace(workload):
    path = workload.__file__

    def local(frame, event, argument):
        return local

    def hook(frame, event, argument):
        if frame.f_code.co_filename != path:
            return None
        frame.f_trace_lines = False
        return local

    sys.settrace(hook)


def start(kind, workload):
    hook, what = kind.split("-")
    if what == "empty":
        (empty_setprofile if hook == "setprofile" else empty_settrace)(workload)
        return
    writer = Writer(workload, what == "values")
    if what == "filtered":
        # Nothing is in scope: what every call of unrecorded code costs.
        writer.path = ""
    (with_setprofile if hook == "setprofile" else with_settrace)(writer)
