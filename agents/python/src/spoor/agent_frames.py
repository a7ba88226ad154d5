"""Keeps the agent out of the tracebacks of the program's exceptions.

A signal handler of the program may run, and raise, while a callback of ours does. Its exception passes through our
frames, and they are taken out of its traceback before the program can look at it.
"""

from __future__ import annotations

import os

AGENT = os.path.dirname(os.path.abspath(__file__)) + os.sep
# Modules of the library whose functions the agent itself calls while the program runs.
LIBRARY = frozenset(("os", "posixpath", "genericpath", "codecs", "dis", "opcode"))
_traceback = BaseException.__dict__["__traceback__"]


def is_foreign(frame) -> bool:
    """Whether a frame is neither the agent's nor that of a library function that the agent called."""
    return not frame.f_code.co_filename.startswith(AGENT) and dict.get(frame.f_globals, "__name__") not in LIBRARY


def is_the_programs(error) -> bool:
    """Whether an exception that came up while the agent's code ran is the program's own, which must go on to it: a
    signal handler or another tool's trace function raised it, since none of its code is called here."""
    trace = _traceback.__get__(error)
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    return is_foreign(trace.tb_frame)


def shows_agent(trace) -> bool:
    """Whether a traceback has frames of ours, behind the program's frame that called us or at its very start."""
    following = trace.tb_next
    if following is not None and following.tb_frame.f_code.co_filename.startswith(AGENT):
        return True
    return trace.tb_frame.f_code.co_filename.startswith(AGENT)


def hide_agent(exception, trace) -> None:
    """Takes our frames out of `trace`, the traceback of `exception` (which, up to 3.11, may not have it yet)."""
    first = _after_agent(trace)
    if first is not trace:
        _traceback.__set__(exception, first)
        trace = first
    while trace is not None:
        following = _after_agent(trace.tb_next)
        if following is not trace.tb_next:
            trace.tb_next = following
        trace = following


def _after_agent(trace):
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(AGENT):
        trace = trace.tb_next
    return trace
