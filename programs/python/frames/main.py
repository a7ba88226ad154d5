"""Whoever looks at the stack sees no frame but the program's own: sys._getframe, inspect, traceback, sys._current_frames."""

import inspect
import sys
import threading
import traceback


def names():
    frame = sys._getframe()
    found = []
    while frame is not None:
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found


def stack():
    return [info.function for info in inspect.stack()]


class Probe:
    def __repr__(self):
        return "->".join(names())

    def __del__(self):
        print("del", names())


def make():
    return Probe()


def caller():
    return sys._getframe(1).f_code.co_name


def traces():
    traceback.print_stack(file=sys.stdout)
    return [f.name for f in traceback.extract_stack()]


print(names(), stack(), caller(), traces())
make()
print([f.f_code.co_name for f in sys._current_frames().values()])
frame = sys._getframe()
print(frame.f_trace_opcodes, threading.active_count())
if sys.version_info >= (3, 12):  # before, the recorder is a trace function, and looks like one
    print(frame.f_trace, frame.f_trace_lines)


def tracing():
    return sys._getframe().f_trace_opcodes


print(tracing())
