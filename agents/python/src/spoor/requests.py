"""The web requests that a program answers. Whoever tells of one first (the server, else the framework) begins it; the
others add what they know: route, handler, status, that it is over. `web_places.py` says who tells what.

A request belongs to the task or thread in which it began, to tasks and threads that are made meanwhile, and to threads
of a pool for as long as they work for it.
"""

from __future__ import annotations

from _weakref import ref

from . import active
from .classes import loaded, mro_of, name_of
from .request_workers import RequestWorkers
from .sequence import sequence
from .web_places import WebPlaces

# What of it is written.
LONGEST = 1024
# What calls applications in tests is no server, and its calls are no requests of the web.
_TEST_CLIENTS = frozenset(("werkzeug/test.py", "starlette/testclient.py", "test/client.py"))
_MOST_OPEN = 10000
_SWEEP_NS = 250_000_000
_SWITCHES, _FORBIDDEN, _SERVER_ERROR = 101, 403, 500


def current_request():
    """`{"id","method","path","route"}` of the request that is answered where this is called, or None, also where
    nothing is recorded. The path is as the program has it: whoever writes it redacts it."""
    recorder = active.recorder
    return recorder.special.requests.current() if recorder is not None and recorder.on else None


class _Request:
    __slots__ = (
        "cut",
        "id",
        "key",
        "method",
        "missed",
        "of_server",
        "over",
        "path",
        "raised",
        "route",
        "router",
        "selected",
    )
    __slots__ += ("status", "strand", "strands", "task")

    def __init__(self, id, strand, key, method, path):
        self.id = id
        # Where it began; 0 while a coroutine is made that will answer in a task of its own.
        self.strand = strand
        # Identity of the dict that describes it to the program; never looked at again.
        self.key = key
        self.method = method
        self.path = path
        self.route = None
        # Identity of the route that took it last; a class and the one it inherits from both tell of it.
        self.router = 0
        # What FastAPI chose, which the route that takes the request need not be told again.
        self.selected = None
        self.status = 0
        self.raised = False
        self.over = False
        # Given up before the answer was complete.
        self.cut = False
        # Begun by a server that says when it is over.
        self.of_server = key == 0
        # Other strands in which it is answered, and how many more are not told.
        self.strands: list = []
        self.missed = 0
        # Weak reference to the task whose end is its end.
        self.task = None


class Requests:
    def __init__(self, recorder) -> None:
        self._recorder = recorder
        self.places = WebPlaces(self)
        self.workers = RequestWorkers(recorder, self)
        self.forked()

    def forked(self) -> None:
        self.workers.forked()
        self._next = sequence()
        # By task or thread, and by the identity of the scope, which may be handed to other tasks.
        self.by_strand: dict = {}
        self._by_key: dict = {}
        self._swept = 0
        # Servers whose answers were seen and not their requests: where -> answers, and how many are to be told.
        self._strange: dict = {}

    def current(self):
        """See `current_request`."""
        if not self.by_strand:
            return None
        request = self.by_strand.get(self.strand()[0])
        if request is None or request.over:
            return None
        return {"id": request.id, "method": request.method, "path": request.path, "route": request.route}

    def finish(self) -> None:
        """The recording ends: what was not told yet."""
        self._sweep()
        for where, (_, untold) in self._strange.items():
            if untold:
                self._tell_strange(where, untold)

    # -- what is recognised --------------------------------------------------------------------------------------

    def role(self, code) -> str:
        """`asked` for code whose start is looked at, `answered` for code whose return is, else empty."""
        return self.places.role(code)

    def starts(self, code, names) -> None:
        """Code with the role `asked` starts with these arguments."""
        if self.by_strand and self._recorder.spool.now() - self._swept > _SWEEP_NS:
            self._sweep()
        self.places.starts(code, names)

    def returned(self, code, value) -> None:
        """Code with the role `answered` returned."""
        self.places.returned(code, value)

    # -- what the middleware tells ---------------------------------------------------------------------------------

    def wsgi_begins(self, environ) -> None:
        self.places._wsgi(environ, None)

    def wsgi_answers(self, status) -> None:
        self.status_line(status)

    def asgi_begins(self, scope) -> None:
        self.places._asgi(scope, None)

    def asgi_answers(self, message) -> None:
        self.message(message)

    def ends(self, exception=None) -> None:
        if exception is None:
            self.over_if_open()
        elif self._of() is not None:
            self.failed(exception)

    # -- what is told of a request -----------------------------------------------------------------------------------

    def begin(self, protocol, description, method, path, query, framework) -> None:
        """`description` is the dict that describes it to the program, if there is one already."""
        strand, call = self.strand()
        known = self.by_strand.get(strand)
        key = 0 if description is None else id(description)
        if description is not None and protocol != "wsgi":
            # Middleware may go on in a task of its own, with the same scope.
            known = self._by_key.get(key, known)
        if known is not None and not known.over and known.method == method:
            # One WSGI application below ASGI, in a thread of a pool, has a description of its own.
            is_linked = protocol == "wsgi" and strand in known.strands
            if (known.key in (0, key) and (known.key or known.path == path)) or (is_linked and known.path == path):
                if not known.key:
                    known.key = key
                    self._by_key[key] = known
                if framework is not None:
                    self._tell(known, framework=framework)
                return
        if len(self.by_strand) >= _MOST_OPEN:
            self._forget_those_over()
        # A coroutine that is only being made, on a loop: the task that is made next will answer.
        of_loop = protocol != "wsgi" and self._is_outside_tasks()
        request = _Request(self._next(), 0 if of_loop else strand, key, method[:32], path[:LONGEST])
        if known is not None and protocol == "wsgi" and self._by_key.get(known.key) is known:
            # Its end was not seen.
            del self._by_key[known.key]
        self.by_strand[strand] = request
        if key:
            self._by_key[key] = request
        encoder = self._recorder.encoder
        shown = [
            '"protocol":"%s","method":%s,"path":%s'
            % (protocol, encoder.quote(request.method), encoder.quote(request.path)),
            ',"query":' + encoder.quote(query[:LONGEST]) if query and self._recorder.calls.values else "",
            ',"framework":"%s"' % framework if framework is not None else "",
        ]
        now = self._recorder.spool.now()
        self.write("Q\t%d\t%d\t%d\t\t%d\t{%s}\n" % (request.id, now, call, request.strand, "".join(shown)))
        if protocol != "wsgi" and not of_loop:
            self._watch_task(request)

    def routed(self, scope, router, path, handler) -> None:
        """A route or a mounted application of Starlette takes the request."""
        request = self._of(scope)
        if request is None or request.router == id(router):
            return
        request.router = id(router)
        if request.selected is None or not request.selected.endswith(path):
            request.route = (request.route or "") + path
        self._tell(request, route=request.route, handler=handler)

    def selected(self, scope, path) -> None:
        """FastAPI chose a route: the whole of its path, below where the application is mounted."""
        request = self._of(scope)
        if request is not None and request.selected is None:
            request.selected = path
            request.route = (request.route or "") + path
            self._tell(request, route=request.route)

    def route_is(self, route, handler) -> None:
        request = self._of()
        if request is not None:
            request.route = route
            self._tell(request, route=route, handler=handler if type(handler) is str else None)

    def status_line(self, status, code=None) -> None:
        """A WSGI application answers: `200 OK`."""
        if type(status) is str and status[:3].isdigit() and status.isascii():
            self._status(self._of(), int(status[:3]), code)

    def message(self, message, code=None) -> None:
        """An ASGI application answers."""
        if type(message) is not dict:
            return
        kind = message.get("type")
        if kind in ("http.response.start", "websocket.http.response.start"):
            status = message.get("status")
            if isinstance(status, int):
                self._status(self._of(), int.__add__(status, 0), code)
        elif kind in ("http.response.body", "websocket.http.response.body"):
            if message.get("more_body", False) is False:
                self.over()
        elif kind == "websocket.accept":
            self._status(self._of(), _SWITCHES, code)
        elif kind == "websocket.close":
            request = self._of()
            if request is not None and not request.status:
                self._status(request, _FORBIDDEN, code)
            self.over()

    def failed(self, exception, answered=False) -> None:
        """An exception left the application; where no answer had begun the server makes one. `answered`: it made one,
        so what was announced before was never sent."""
        request = self.by_strand.get(self.strand()[0])
        if request is None or request.raised:
            return
        if answered:
            request.status, request.cut = 0, False
        elif request.status and not request.over:
            request.cut = True
        request.raised = request.over = True
        raised = None if exception is None else name_of(type(exception))
        status = None if request.status else _SERVER_ERROR
        request.status = request.status or _SERVER_ERROR
        self._tell(request, status=status, raised=raised)

    def cut_by(self, exception) -> None:
        """An exception left the application in the middle of its answer."""
        request = self._of()
        if request is not None:
            request.raised = request.over = request.cut = True
            self._tell(request, raised=None if exception is None else name_of(type(exception)))

    def ends_cut(self) -> None:
        request = self._of()
        if request is not None:
            self._give_up(request)

    def over(self, to_be_sent=False) -> None:
        """`to_be_sent`: the framework is done, and a server may still have to send, and to run a generator for it. Each
        may say so; the last one counts."""
        request = self.by_strand.get(self.strand()[0])
        if request is not None:
            request.over = request.over or not (to_be_sent and request.of_server)
            self._tell(request, over=True)

    def over_if_open(self) -> None:
        if self._of() is not None:
            self.over()

    def ends_somehow(self) -> None:
        """The server says that the application is done, be the answer complete or not."""
        request = self._of()
        if request is None:
            return
        if request.status:
            self.over()
        else:
            self.failed(None)

    # -- the end of a task -------------------------------------------------------------------------------------------

    def _watch_task(self, request) -> None:
        """Where an answer is given up (the client has gone) only the end of the task tells."""
        strands = self._recorder.strands
        if not strands.uses_asyncio:
            return
        loop = strands.running_loop()
        task = None if loop is None else strands.current_task(loop)
        if task is not None:
            self.ends_with(request, task)

    def ends_with(self, request, task) -> None:
        def goes(_):
            # Anything may be at work, this agent too: to write one line is all that is safe then.
            recorder = self._recorder
            if not request.over and recorder.on:
                try:
                    self._give_up(request)
                except Exception as error:
                    recorder.failed(error)

        request.task = ref(task, goes)

    def _give_up(self, request) -> None:
        request.over = request.cut = True
        self._tell(request)

    def _sweep(self) -> None:
        """A task may be done and not gone: an exception's traceback keeps what it left."""
        kind = loaded("_asyncio", "Task")
        if kind is None:
            return
        self._swept = self._recorder.spool.now()
        for request in list(self.by_strand.values()):
            task = None if request.task is None or request.over else request.task()
            if task is not None and any(base is kind for base in mro_of(type(task))) and kind.done(task):
                self._give_up(request)

    # -- the request of a task or thread -------------------------------------------------------------------------

    def strand(self) -> tuple:
        """(task or thread, innermost recorded call)."""
        recorder = self._recorder
        strands = recorder.strands
        recorder.notice_libraries()
        try:
            state = strands.local.state
        except AttributeError:
            state = strands.begin()
        strand = strands.task() if strands.uses_asyncio else 0
        return strand or state.id, state.nearest()

    def _is_outside_tasks(self) -> bool:
        strands = self._recorder.strands
        loop = strands.running_loop() if strands.uses_asyncio else None
        return loop is not None and strands.current_task(loop) is None

    def _of(self, scope=None):
        """The request that is answered here, or None: one that is over is no longer told anything."""
        found = self._by_key.get(id(scope)) if scope is not None else None
        found = found or self.by_strand.get(self.strand()[0])
        return None if found is None or found.over else found

    def _forget_those_over(self) -> None:
        self.by_strand = {strand: each for strand, each in list(self.by_strand.items()) if not each.over}
        if len(self.by_strand) >= _MOST_OPEN:
            self.by_strand = {}
        self._by_key = {each.key: each for each in self.by_strand.values()}

    # -- records -----------------------------------------------------------------------------------------------------

    def _status(self, request, status, code) -> None:
        if request is not None:
            request.status = max(request.status, status)
            self._tell(request, status=status)
        elif code is not None and self.by_strand.get(self.strand()[0]) is None:
            self._is_strange(code)

    def _is_strange(self, code) -> None:
        """An answer to a request that nobody told of: the server is not recognised."""
        where = "/".join(code.co_filename.split("/")[-2:])
        if where in _TEST_CLIENTS:
            return
        count, untold = self._strange.get(where, (0, 0))
        count += 1
        untold += 1
        if not count & (count - 1):
            # At 1, 2, 4 …, and at the end.
            self._tell_strange(where, untold)
            untold = 0
        self._strange[where] = (count, untold)

    def _tell_strange(self, where, count) -> None:
        quote = self._recorder.encoder.quote
        now = self._recorder.spool.now()
        self.write('P\t0\t%d\t\t%d\t\t{"unseen":%s}\n' % (now, count, quote(where[:LONGEST])))

    def _tell(self, request, status=None, over=False, **names) -> None:
        quote = self._recorder.encoder.quote
        shown = ['"%s":%s' % (name, quote(text[:LONGEST])) for name, text in names.items() if text is not None]
        if status is not None:
            shown.append('"status":%d' % status)
        if over or request.over:
            shown.append('"over":true')
        if request.cut:
            shown.append('"cut":true')
        if request.over:
            if request.missed:
                shown.append('"missed":%d' % request.missed)
            if self._by_key.get(request.key) is request:
                del self._by_key[request.key]
            for strand in request.strands:
                if strand != request.strand and self.by_strand.get(strand) is request:
                    del self.by_strand[strand]
            request.strands = []
        now = self._recorder.spool.now()
        self.write("P\t%d\t%d\t\t\t\t{%s}\n" % (request.id, now, ",".join(shown)))

    def write(self, text: str) -> None:
        line = text.encode()
        spool = self._recorder.spool
        try:
            spool.write(line)
        except ValueError:
            spool.overflow(line)
