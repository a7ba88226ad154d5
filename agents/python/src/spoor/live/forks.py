"""Forks of this process. The link's thread is not in the child, and its sockets are the parent's: the child begins
with ones of its own, and with an id of its own.

The hooks cannot be taken away again; they do nothing while there is no link.
"""

from __future__ import annotations

import os
import sys

from ..undisturbed import undisturbed
from . import natives

# So long a fork waits for the link's thread to finish what it is at: some milliseconds, unless the machine is stuck.
PATIENCE_SECONDS = 1.0

current = None
"""The Link of this process, or None."""

_hooked = False
# Filters that are in the program's lists, and whether the fork that they are for is over.
_silenced: list = []
_is_over = True
_held: list = []
_known_to_multiprocessing = False


def watch() -> None:
    global _hooked
    if not _hooked and hasattr(os, "register_at_fork"):
        _hooked = True
        os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)


def _before() -> None:
    if current is None:
        return
    try:
        if natives.get_ident() != current.thread and natives.busy.acquire(True, PATIENCE_SECONDS):
            _held.append(natives.busy)
        _silence_warning()
        tell_multiprocessing()
    except Exception:
        pass  # the program forks, whatever is wrong with us


def _release() -> None:
    while _held:
        _held.pop().release()


def _in_parent() -> None:
    global _is_over
    try:
        _release()
        if _silenced and current is not None:
            # The interpreter may not have warned yet. Our thread comes by when this one has let go of the interpreter.
            current.call()
    except Exception:
        pass
    # The last thing that is done here: from now on no other thread gets to run before the warning.
    _is_over = True


def _in_child() -> None:
    try:
        _take_filters()
        _held.clear()
        if current is not None:
            current.forked()
    except Exception:
        pass


# -- a warning that is about us ----------------------------------------------------------------------------------------


def _silence_warning() -> None:
    """From 3.12 on a fork warns where there is more than one thread. Where the second one is ours, the program would
    not be warned without us. The filter is for that very text, and only until the fork is over."""
    global _is_over
    _take_filters()
    # The interpreter looks into the list of the one, or of the other where nobody has imported the first.
    warnings = sys.modules.get("warnings") or sys.modules.get("_warnings")
    if sys.version_info < (3, 12) or warnings is None or _threads() != 2:
        return
    _is_over = False
    for function in ("fork", "forkpty"):
        text = "This process (pid=%d) is multi-threaded, use of %s() may lead to deadlocks in the child." % (
            os.getpid(),
            function,
        )
        entry = ("ignore", text, DeprecationWarning, None, 0)
        warnings.filters.insert(0, entry)
        _silenced.append((warnings.filters, entry))


def let_warn() -> bool:
    """Takes the filter away again, on the link's thread; whether that is still to be done."""
    if not _silenced:
        return False
    with natives.busy:
        if not _is_over:
            return True
        _take_filters()
    return False


def _take_filters() -> None:
    while _silenced:
        filters, entry = _silenced.pop()
        if entry in filters:
            filters.remove(entry)


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return len(sys._current_frames())


# -- multiprocessing ---------------------------------------------------------------------------------------------------


def tell_multiprocessing() -> None:
    """Its children end by `os._exit`, which forgets `atexit`, but run what was registered with it."""
    global _known_to_multiprocessing
    util = sys.modules.get("multiprocessing.util")
    if util is None or _known_to_multiprocessing:
        return
    _known_to_multiprocessing = True
    util.register_after_fork(_Registered, _finalise)
    if sys.modules["multiprocessing.process"].parent_process() is not None:
        _finalise()


class _Registered:
    """What multiprocessing wants to have: it keeps what is registered only as long as it is there."""


def _finalise(_registered=None) -> None:
    """In a child of multiprocessing: after everything else that it does at its end."""
    sys.modules["multiprocessing.util"].Finalize(None, end_at_exit, exitpriority=-1000)


def end_at_exit() -> None:
    """Delivers what there is, for a quarter of a second at most."""
    undisturbed(_end_at_exit)


def _end_at_exit() -> None:
    try:
        if current is not None:
            current.end("exit", 0.25)
    except Exception:
        pass
