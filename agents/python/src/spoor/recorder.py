"""One recording in this process: builds its parts in order, starts and stops the engine, survives forks and ends.

Whatever fails here or in an engine ends the recording, is told once on stderr and in the spool, and leaves the
program alone.
"""

from __future__ import annotations

import atexit
import os
import sys

from . import core
from .agent_frames import is_the_programs
from .arguments import redact_arguments
from .calls import Calls
from .children import Children
from .exceptions import Exceptions
from .functions import Functions
from .gaps import Gaps
from .redaction import Redactor
from .scope import Scope
from .special import Special
from .spool import Spool
from .strands import Strands
from .undisturbed import undisturbed
from .values import Encoder, Limits

AGENT = os.path.dirname(os.path.abspath(__file__)) + os.sep

LIBRARY = frozenset(("os", "posixpath", "genericpath", "codecs", "dis", "opcode"))


class Recorder:
    def __init__(self, settings) -> None:
        """Opens the spool. Raises SpoorError or OSError if that cannot be done; nothing is hooked yet."""
        engine, self.reason, self.native = core.choose(settings)
        self.settings = settings
        redaction = settings.redaction
        self.redactor = Redactor(redaction.get("names", ()), redaction.get("patterns", ()), redaction.get("allow", ()))
        self.encoder = Encoder(Limits(level=settings.values, **settings.limits), self.redactor)
        self.scope = Scope(settings.root, settings.include, settings.exclude)
        told = core.told(engine, self.reason, self.native, settings.core)
        self.spool = Spool(settings, told, lambda arguments: redact_arguments(arguments, self.redactor), self.native)
        self.spool.on_limit = self._count_only
        self.spool.on_fork = self.forked_unseen
        plan_of = self.encoder.plan if settings.values != "none" else lambda code: None
        self.functions = Functions(self.scope, self.spool, plan_of, settings.hot)
        self.strands = Strands(self.spool, self.redactor, self.native)
        self.children = Children(self)
        self.gaps = Gaps(self.spool, self.scope, self.functions, settings.gap_calls, self.children, self.native)
        self.exceptions = Exceptions(self.spool, self.scope, self.functions, self.strands, self.encoder)
        self.sampler = _sampler(settings.sample)
        if self.sampler is not None:
            self.functions.none_simple()
        self.calls = Calls(self)
        self.special = Special(self)
        # Records that were lost at the recursion limit, and how many of them the spool tells of.
        self.lost = self.lost_told = 0
        self.on = False
        # How many modules there were when it was last looked for libraries.
        self._loaded = 0
        self._pid = os.getpid()
        self.engine = engine(self)

    def start(self) -> None:
        os.environ["SPOOR_PARENT"] = self.spool.key
        self.engine.start()
        self.on = True
        self._at_exit = self.finish_at_exit
        atexit.register(self._at_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._about_to_fork, after_in_parent=self._has_forked, after_in_child=self.forked_unseen
            )

    def finish_at_exit(self) -> None:
        undisturbed(self._finish_at_exit)

    def _finish_at_exit(self) -> None:
        identity, exception = self.exceptions.last_left()
        last = getattr(sys, "last_value", None)
        self.finish(exception if last is not None and id(last) == identity else 0)

    def finish(self, fatal: int = 0) -> None:
        """Ends the recording in order. Whatever runs later (daemon threads, finalisers) is not recorded."""
        if not self.on:
            return
        self.on = False
        self.tell_lost()
        self.special.requests.finish()
        atexit.unregister(self._at_exit)
        self.engine.stop()
        self.spool.close(fatal)

    def _about_to_fork(self) -> None:
        if self.on:
            self.spool.about_to_fork()

    def _has_forked(self) -> None:
        if self.on:
            self.spool.has_forked()

    def forked_unseen(self) -> None:
        """Whoever notices first that this is a forked child says so."""
        if not self.on or self._pid == os.getpid():
            return
        self._pid = os.getpid()
        try:
            state = getattr(self.strands.local, "state", None)
            self.spool.forked(0 if state is None else state.nearest())
            self.functions.forked()
            self.gaps.forked()
            self.exceptions.forked()
            self.special.requests.forked()
            self.strands.forked()
            self.calls.forked()
            self.engine.forked()
            os.environ["SPOOR_PARENT"] = self.spool.key
        except Exception as error:
            self.failed(error)

    def _count_only(self, why: str) -> None:
        """The run may not grow any more: from now on calls are counted and timed."""
        self.calls.counting_why = "size"
        self.functions.hot = 0
        for function in list(self.functions.by_code.values()):
            function.left = function.left_steps = function.left_turns = 0
        self.engine.count_only("size")

    def notice_libraries(self) -> None:
        """Called with each function that is met: has the program begun to use asyncio or greenlets?"""
        loaded = len(sys.modules)
        if loaded == self._loaded:
            return
        self._loaded = loaded
        if not self.strands.uses_asyncio and self.strands.notice_asyncio():
            self.engine.running_loop = self.strands.running_loop
        self.strands.notice_greenlets()

    def take_into_scope(self, code) -> None:
        """`spoor.trace` marked code while the recording runs."""
        if self.on:
            self.engine.take_into_scope(code)

    def displaced(self, note: str) -> None:
        """Another tool took the hook of the interpreter that the engine needs."""
        self.spool.drop("displaced", 1, note)

    # -- failures ------------------------------------------------------------------------------------------------

    def failed(self, error: Exception) -> None:
        """Called while `error` is handled. One of ours ends the recording; the program's own passes on to it."""
        if is_the_programs(error):
            raise  # a signal handler of the program's raised it, which ran while we were at work
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if not self.on:
            return
        self.on = False
        where = "%s:%d" % (os.path.basename(trace.tb_frame.f_code.co_filename), trace.tb_lineno) if trace else "?"
        note = "the agent failed (%s at %s); what ran after that is not recorded" % (type(error).__name__, where)
        try:
            self.engine.stop()
            self.spool.drop("agent_error", 1, note)
            sys.stderr.write("spoor: %s; the program goes on\n" % note)
        except Exception:
            pass  # nothing is left that could be done without disturbing the program

    def tell_lost(self) -> None:
        """Tells of records that were lost at the recursion limit, where nothing could be written."""
        self.lost_told = self.lost
        if self.lost:
            self.spool.drop("agent_error", self.lost, "records at the recursion limit could not be written")


def _sampler(fraction: float):
    """None if everything is recorded, else a function that draws; it leaves the program's random numbers alone."""
    if fraction >= 1:
        return None
    state = int.from_bytes(os.urandom(8), "little") | 1

    def draw() -> bool:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (state >> 11) / (1 << 53) < fraction

    return draw
