"""Which tasks and threads work for a web request besides the one in which it began: tasks and threads that are made
meanwhile, and threads of a pool from when they are given its work until they are given other.
"""

from __future__ import annotations

from .classes import loaded, mro_of
from .web_values import field

_MOST_WAITING = 10000
_MOST_STRANDS = 1000


class RequestWorkers:
    def __init__(self, recorder, requests) -> None:
        self._recorder = recorder
        self._strands = recorder.strands
        self._requests = requests
        self._strands.on_begin = self._thread_begins
        self.forked()

    def forked(self) -> None:
        # By identity: work that waits for a thread, coroutines that wait for a task; threads that are about to begin.
        self._made: dict = {}
        self._threads: dict = {}

    def makes_task(self, task) -> None:
        """A task was made: what it does belongs to the request in which that happened, or in which its coroutine was
        sent to the loop."""
        requests = self._requests
        if not requests.by_strand:
            return
        strand = requests.strand()[0]
        request = requests.by_strand.get(strand)
        if self._made:
            coroutine = _coroutine_of(task)
            if coroutine is not None:
                request = self._made.pop(id(coroutine), request)
        known = self._strands.tasks.get(id(task))
        if request is None or request.over or known is None or known[1]() is not task:
            return
        if not request.strand and requests.by_strand.get(strand) is request:
            # What answers: nothing else on the loop belongs to it.
            del requests.by_strand[strand]
            request.strand = known[0]
            requests.ends_with(request, task)
        if known[0] not in requests.by_strand:
            self._link(request, known[0])

    def makes(self, work) -> None:
        """Work is made that another thread will do, or a coroutine that a task will run."""
        request = self._here()
        if request is not None:
            _keep(self._made, work, request)
        elif self._made:
            # Something of that identity never ran.
            self._made.pop(id(work), None)

    def works(self, work) -> None:
        """This thread begins with it."""
        request = self._made.pop(id(work), None)
        if self._requests.by_strand:
            try:
                strand = self._strands.local.state.id
            except AttributeError:
                strand = self._strands.begin().id
            self._works_for(request, strand)

    def given_to(self, thread) -> None:
        """A thread that waits is given work."""
        strand, identity = self._strands.threads.get(field(thread, "_ident"), (0, 0))
        if identity == id(thread):
            self._works_for(self._here(), strand)
        else:
            self.starts(thread)

    def starts(self, thread) -> None:
        """Whatever `thread`, which is about to record its first call, does belongs to the request."""
        request = self._here()
        if request is not None:
            _keep(self._threads, thread, request)
        elif self._threads:
            self._threads.pop(id(thread), None)

    def _here(self):
        """The request that is answered where this is called, or None."""
        requests = self._requests
        request = requests.by_strand.get(requests.strand()[0]) if requests.by_strand else None
        return None if request is None or request.over else request

    def _thread_begins(self, thread: int, strand: int) -> None:
        if self._threads:
            request = self._threads.pop(thread, None)
            if request is not None:
                self._works_for(request, strand)

    def _works_for(self, request, strand) -> None:
        """A thread works for a request from now on, or for none."""
        if request is not None and request.over:
            request = None
        by_strand = self._requests.by_strand
        known = by_strand.get(strand)
        if known is request:
            return
        if known is not None and not known.over:
            if known.strand == strand:
                return  # one of its own
            if strand in known.strands:
                known.strands.remove(strand)
            if request is None:
                del by_strand[strand]
                now = self._recorder.spool.now()
                self._requests.write('P\t%d\t%d\t\t\t%d\t{"left":true}\n' % (known.id, now, strand))
        if request is not None:
            self._link(request, strand)

    def _link(self, request, strand) -> None:
        if len(request.strands) >= _MOST_STRANDS:
            request.missed += 1
            return
        self._requests.by_strand[strand] = request
        request.strands.append(strand)
        self._requests.write("P\t%d\t%d\t\t\t%d\t{}\n" % (request.id, self._recorder.spool.now(), strand))


def _keep(waiting, thing, request) -> None:
    if len(waiting) >= _MOST_WAITING:
        waiting.clear()
    waiting[id(thing)] = request


def _coroutine_of(task):
    """What a task runs, where asking runs nothing of the program's."""
    kind = loaded("_asyncio", "Task")
    if kind is not None and any(base is kind for base in mro_of(type(task))):
        return kind.get_coro(task)
    return None
