"""What happens where a probe is hit: its condition, its limits, then its action; measured, and never raising.

`make(probe, site, action)` gives the function that an engine calls with the frame. Everything that is fixed for the
place is bound beforehand: a condition that is false has about a microsecond.
"""

from __future__ import annotations

from _thread import get_ident, get_native_id
from os import getpid

from ..agent_frames import is_the_programs
from .namespace import lookup, reads_only
from .probe import DISPATCH_NS, SAMPLED
from .probe import cpu_ns as _cpu_ns
from .variables import forget, namespace_of, own_names

_MASK = SAMPLED - 1
# The agent's own threads, whose hits are nobody's.
own_threads: set = set()


def own_this_thread() -> None:
    """Called on the link's thread. A program that asks the agent something itself does so on a thread of its own."""
    if get_native_id() != getpid():
        own_threads.add(get_ident())


def make(probe, site, action, in_library: bool):
    """`in_library`: code that the agent's own thread may run."""
    condition = probe.condition
    counts = probe.counts
    add_unmet = counts.unmet.add
    own = own_names(site.code)
    direct = bool(own) and reads_only(probe.wanted.get("condition"), own)

    def fire(frame):
        if in_library and get_ident() in own_threads:
            return
        timed = probe.timed
        try:
            if timed:
                probe.timed = False
                began = _cpu_ns()
            names = None
            if condition is not None:
                names = frame.f_locals if own else namespace_of(frame)
                try:
                    met = condition(names.__getitem__ if direct else lookup(names, frame))
                except MemoryError:
                    raise
                except Exception as error:
                    if is_the_programs(error):
                        raise
                    met = False
                    counts.errors.add()
                    probe.erred(
                        "condition", getattr(error, "message", type(error).__name__), getattr(error, "column", 1)
                    )
                if not met:
                    forget(names, own)
                    if timed:
                        probe.counts.cost_ns += (_cpu_ns() - began + DISPATCH_NS) * SAMPLED
                        add_unmet()
                    elif not add_unmet() & _MASK:
                        probe.timed = True
                    return
            if not probe.admits():
                if names is not None:
                    forget(names, own)
                if timed:
                    probe.counts.cost_ns += (_cpu_ns() - began + DISPATCH_NS) * SAMPLED
                elif not counts.limited.value & _MASK:
                    probe.timed = True
                return
            if not timed:
                began = _cpu_ns()
            if names is None:
                names = frame.f_locals if own else namespace_of(frame)
            action(frame, names)
            forget(names, own)
            probe.spent(_cpu_ns() - began + DISPATCH_NS)
        except RecursionError:
            counts.dropped.add()
        except Exception as error:
            if is_the_programs(error):
                raise
            counts.dropped.add()
            probe.erred("snapshot", "the agent failed (%s)" % type(error).__name__)

    return fire
