"""Work of ours at the end of a process that a signal handler of the program must neither interrupt nor be blamed on.

A handler that raises in an `atexit` callback ends that callback half-way, and the interpreter prints where: our lines.
Signals wait until the work is done. What a handler raises then is dropped, as the interpreter drops what is raised so
late. (With other threads alive the system may hand a signal to one of them, and the handler still runs here.)
"""

from __future__ import annotations

import _signal

_mask = getattr(_signal, "pthread_sigmask", None)
# Those that tell of a fault of the very instruction cannot wait.
_FAULTS = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT")


def undisturbed(work) -> None:
    """Calls `work`, while signals of this thread wait where the system has such a thing."""
    if _mask is None:
        work()
        return
    before = None
    while before is None:
        try:
            before = _mask(_signal.SIG_BLOCK, ())
        except BaseException:
            continue
    faults = {getattr(_signal, name, None) for name in _FAULTS}
    try:
        _mask(_signal.SIG_BLOCK, set(_signal.valid_signals()) - faults)
    except BaseException:
        pass
    try:
        work()
    finally:
        try:
            _mask(_signal.SIG_SETMASK, before)
        except BaseException:
            pass
