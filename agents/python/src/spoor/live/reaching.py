"""Gives a thread that runs already a trace function, from another thread, on CPython 3.8 to 3.11.

Nothing public does so before 3.12. Since 3.9 the interpreter has `_PyEval_SetTrace`, which debuggers use, and which
takes the state of any thread; 3.8 has `Py_AddPendingCall` alone, which reaches the main thread. Where `ctypes` is
missing, or what it shows of our own thread is not what these versions have, nothing is reached.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from time import perf_counter, sleep

_TRIES = 8
# All that is looked for is among the first of a state in each of these versions, and no state is smaller.
_WORDS = 28


class Reaching:
    """Of one engine, on the link's thread."""

    def __init__(self, hook) -> None:
        self._hook = hook
        self._api = self._function = None
        # Where a thread's state has its identity, and its trace function; in words.
        self._ident_at = self._function_at = -1
        # What the interpreter is to call in the main thread, and has not called yet.
        self._pending = None
        # It returns through itself: it must not be collected while it runs.
        self._called: list = []
        try:
            import ctypes
        except ImportError:
            return
        self._ctypes = ctypes
        if sys.version_info >= (3, 9):
            self._learn()

    def _learn(self) -> None:
        """The function that the interpreter gives to a thread whose hook is Python's, and where its state has it: read
        off our own thread, whose hook is set for a moment."""
        ctypes = self._ctypes
        api = ctypes.pythonapi
        api.PyThreadState_Get.restype = api.PyInterpreterState_Get.restype = ctypes.c_void_p
        api.PyInterpreterState_ThreadHead.restype = api.PyThreadState_Next.restype = ctypes.c_void_p
        api.PyInterpreterState_ThreadHead.argtypes = api.PyThreadState_Next.argtypes = (ctypes.c_void_p,)
        if sys.gettrace() is not None:
            return
        own = api.PyThreadState_Get()
        before = self._words(own)
        sys.settrace(_nothing)
        try:
            during = self._words(own)
        finally:
            sys.settrace(None)
        after = self._words(own)
        changed = [i for i in range(_WORDS) if during[i] != before[i] and before[i] == after[i] == 0]
        held = [i for i in changed if during[i] == id(_nothing)]
        idents = [i for i in range(_WORDS) if before[i] == get_ident()]
        # c_profilefunc, c_tracefunc, c_profileobj, c_traceobj follow each other.
        if len(held) != 1 or held[0] - 2 not in changed or not idents:
            return
        self._function_at = held[0] - 2
        self._ident_at = idents[0]
        self._function = during[self._function_at]
        set_trace = api._PyEval_SetTrace
        set_trace.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
        self._api = api

    def _words(self, state: int):
        ctypes = self._ctypes
        return list((ctypes.c_size_t * _WORDS).from_address(state))

    def reach(self, threads: set, here) -> set:
        """Gives the hook to those of `threads` (identities) that have none, and answers with those that nobody had to
        wait for. `here()` is called in the main thread, soon, where only that one can be reached."""
        if self._api is not None:
            return self._set(threads, None, self._hook)
        if hasattr(self, "_ctypes"):
            self._ask_main(here)
        return set()

    def free(self, threads: set) -> None:
        """Takes the hook away from those that still have it."""
        if self._api is not None:
            self._set(threads, self._hook, None)

    def _set(self, threads: set, found, hook) -> set:
        """One step for each thread that has the hook `found`. A thread must not end between the look at its state and
        the step: who has just been given the interpreter's lock is asked for it after the switch interval at the
        earliest, and much less than that has passed when the step is made."""
        given = (0, 0) if hook is None else (self._function, id(hook))  # a reference is taken there
        held = 0 if found is None else id(found)
        set_trace = self._api._PyEval_SetTrace
        most = sys.getswitchinterval() / 4
        done = set()
        for thread in threads:
            for _ in range(_TRIES):
                sleep(0)
                since = perf_counter()
                state = self._state_of(thread)
                if not state or self._words(state)[self._function_at + 2] != held:
                    break
                if perf_counter() - since < most:
                    set_trace(state, *given)
                    done.add(thread)
                    break
        return done

    def _state_of(self, thread: int) -> int:
        api = self._api
        state = api.PyInterpreterState_ThreadHead(api.PyInterpreterState_Get())
        for _ in range(100_000):
            if not state or self._words(state)[self._ident_at] == thread:
                break
            state = api.PyThreadState_Next(state)
        return state or 0

    def _ask_main(self, here) -> None:
        ctypes = self._ctypes

        def run(_):
            self._called.append(self._pending)
            self._pending = None
            try:
                here()
            except Exception:
                pass
            return 0

        if self._pending is None:
            del self._called[:-1]
            self._pending = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(run)
            if ctypes.pythonapi.Py_AddPendingCall(self._pending, None):
                self._pending = None  # too many wait already: next time


def _nothing(frame, event, argument):
    return None
