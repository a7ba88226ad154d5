"""The requests that a web program answers, seen without a wrapper around it: a few functions of servers and frameworks
are recognised by file and name when they are first met, and their arguments or results are looked at.

A request belongs to the task or thread in which it began. Whoever tells of it first (the server, else the framework)
begins it; the others add what they know: route, handler, status, that it is over.
"""

from __future__ import annotations

import os

from . import active
from .builtin_types import FunctionType, MemberDescriptorType, MethodType
from .classes import dict_of, mro_of, name_of
from .fields import is_plain_default

# What of it is written.
LONGEST = 1024
_MOST_OPEN = 10000
_MOST_TASKS = 100
# (end of the file's path, name of the code) -> what happens when it starts.
_STARTS = {
    ("uvicorn/protocols/http/h11_impl.py", "run_asgi"): "of_cycle",
    ("uvicorn/protocols/http/httptools_impl.py", "run_asgi"): "of_cycle",
    ("gunicorn/http/wsgi.py", "create"): "of_gunicorn",
    ("gunicorn/http/wsgi.py", "close"): "over",
    ("flask/app.py", "wsgi_app"): "of_flask",
    ("flask/app.py", "do_teardown_request"): "over",
    ("django/core/handlers/wsgi.py", "__call__"): "of_django",
    ("django/core/handlers/asgi.py", "__call__"): "of_django_asgi",
    ("django/http/response.py", "close"): "over",
    ("starlette/applications.py", "__call__"): "of_starlette",
    ("starlette/routing.py", "handle"): "routed",
    ("fastapi/routing.py", "handle"): "routed",
}
# The same for what returns.
_RETURNS = {
    ("werkzeug/routing/map.py", "match"): "matched",
    ("werkzeug/routing.py", "match"): "matched",
    ("django/core/handlers/base.py", "resolve_request"): "resolved",
}
NAMES = frozenset([name for _, name in (*_STARTS, *_RETURNS)]) | {"start_response", "send"}


def current_request():
    """`{"method","path","route"}` of the request that is answered where this is called, or None. The path is as the
    program has it: whoever writes it redacts it. Only a process that is recorded knows its requests."""
    recorder = active.recorder
    return recorder.special.requests.current() if recorder is not None and recorder.on else None


class _Request:
    __slots__ = ("id", "key", "method", "over", "path", "route", "router", "strand", "tasks")

    def __init__(self, id, strand, key, method, path):
        self.id = id
        self.strand = strand
        # Identity of the dict that describes it to the program; never looked at again.
        self.key = key
        self.method = method
        self.path = path
        self.route = None
        # Identity of the route that took it last; a class and the one it inherits from both tell of it.
        self.router = 0
        self.over = False
        # Strands of tasks that were made while it was answered.
        self.tasks = []


class Requests:
    def __init__(self, recorder) -> None:
        self._recorder = recorder
        self._last = 0
        # By task or thread, and by the identity of the scope, which may be handed to other tasks.
        self._by_strand: dict = {}
        self._by_key: dict = {}

    def forked(self) -> None:
        self._last = 0
        self._by_strand = {}
        self._by_key = {}

    def current(self):
        """See `current_request`."""
        if not self._by_strand:
            return None
        request = self._by_strand.get(self._strand()[0])
        if request is None or request.over:
            return None
        return {"method": request.method, "path": request.path, "route": request.route}

    # -- what is recognised --------------------------------------------------------------------------------------

    def role(self, code) -> str:
        """`asked` for code whose start is looked at, `answered` for code whose return is, else empty."""
        name = code.co_name
        if name not in NAMES:
            return ""
        if name in ("start_response", "send"):
            argument = "status" if name == "start_response" else "message"
            return "asked" if argument in code.co_varnames[: code.co_argcount] else ""
        place = _place(code)
        return "asked" if place in _STARTS else "answered" if place in _RETURNS else ""

    def starts(self, code, names) -> None:
        """Code with the role `asked` starts with these arguments."""
        name = code.co_name
        if name == "start_response":
            self._status_line(names)
        elif name == "send":
            self._message(names)
        else:
            getattr(self, "_" + _STARTS[_place(code)])(names)

    def returned(self, code, value) -> None:
        """Code with the role `answered` returned."""
        getattr(self, "_" + _RETURNS[_place(code)])(value)

    # -- what the middleware tells ---------------------------------------------------------------------------------

    def wsgi_begins(self, environ) -> None:
        self._wsgi(environ, None)

    def wsgi_answers(self, status) -> None:
        self._status_line({"status": status})

    def asgi_begins(self, scope) -> None:
        self._asgi(scope, None)

    def asgi_answers(self, message) -> None:
        self._message({"message": message})

    def ends(self) -> None:
        if self._of() is not None:
            self._over(None)

    # -- servers -------------------------------------------------------------------------------------------------

    def _of_cycle(self, names) -> None:
        self._asgi(_field(names.get("self"), "scope"), None)

    def _of_gunicorn(self, names) -> None:
        given = names.get("req")
        method, path, query = (_field(given, name) for name in ("method", "path", "query"))
        if type(method) is str and type(path) is str:
            self._begin("wsgi", None, method, path, query if type(query) is str else "", None)

    # -- frameworks ----------------------------------------------------------------------------------------------

    def _of_flask(self, names) -> None:
        self._wsgi(names.get("environ"), "flask")

    def _of_django(self, names) -> None:
        self._wsgi(names.get("environ"), "django")

    def _of_django_asgi(self, names) -> None:
        self._asgi(names.get("scope"), "django")

    def _of_starlette(self, names) -> None:
        module = ""
        for base in mro_of(type(names.get("self"))):
            module = dict_of(base).get("__module__", "")
            if module == "fastapi.applications":
                break
        self._asgi(names.get("scope"), "fastapi" if module == "fastapi.applications" else "starlette")

    def _routed(self, names) -> None:
        """A route or a mounted application of Starlette takes the request."""
        request = self._of(names.get("scope"))
        router = names.get("self")
        path = _field(router, "path")
        if request is None or type(path) is not str or request.router == id(router):
            return
        request.router = id(router)
        endpoint = _field(router, "endpoint")
        request.route = (request.route or "") + path
        self._tell(request, route=request.route, handler=_callable_name(endpoint))

    def _matched(self, value) -> None:
        """Werkzeug found a rule: `(rule, arguments)`, or `(endpoint, arguments)` where nobody wants the rule."""
        request = self._of()
        if request is None or type(value) is not tuple or len(value) != 2:
            return
        rule, endpoint = _field(value[0], "rule"), _field(value[0], "endpoint")
        if type(rule) is str:
            request.route = rule
            self._tell(request, route=rule, handler=endpoint if type(endpoint) is str else None)

    def _resolved(self, value) -> None:
        """Django found a view."""
        request = self._of()
        route, handler = _field(value, "route"), _field(value, "_func_path")
        if request is not None and type(route) is str:
            request.route = route
            self._tell(request, route=route, handler=handler if type(handler) is str else None)

    # -- the protocols themselves --------------------------------------------------------------------------------

    def _wsgi(self, environ, framework) -> None:
        if type(environ) is not dict:
            return
        method = environ.get("REQUEST_METHOD")
        path = environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING", "")
        root = environ.get("SCRIPT_NAME", "")
        if type(method) is str and type(path) is str and type(root) is str:
            path = _unmangled(root + path)
            self._begin("wsgi", environ, method, path, query if type(query) is str else "", framework)

    def _asgi(self, scope, framework) -> None:
        if type(scope) is not dict or scope.get("type") != "http":
            return
        method, path, query = scope.get("method"), scope.get("path"), scope.get("query_string", b"")
        if type(method) is str and type(path) is str:
            query = query.decode("latin-1") if type(query) is bytes else ""
            self._begin("asgi", scope, method, path, query, framework)

    def _status_line(self, names) -> None:
        """A WSGI application answers: `200 OK`."""
        status = names.get("status")
        request = self._of()
        if request is not None and type(status) is str and status[:3].isdigit() and status.isascii():
            self._tell(request, status=int(status[:3]))

    def _message(self, names) -> None:
        """An ASGI application answers."""
        message = names.get("message")
        if type(message) is not dict:
            return
        kind = message.get("type")
        if kind == "http.response.start":
            request, status = self._of(), message.get("status")
            if request is not None and isinstance(status, int):
                self._tell(request, status=int.__add__(status, 0))
        elif kind == "http.response.body" and message.get("more_body", False) is False:
            self._over(names)

    def _over(self, names) -> None:
        # The framework is done before the server is: the last one counts.
        request = self._by_strand.get(self._strand()[0])
        if request is not None:
            request.over = True
            self._tell(request)

    # -- the request of a task or thread -------------------------------------------------------------------------

    def _strand(self) -> tuple:
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

    def _of(self, scope=None):
        """The request that is answered here, or None: one that is over is no longer told anything."""
        found = self._by_key.get(id(scope)) if scope is not None else None
        found = found or self._by_strand.get(self._strand()[0])
        return None if found is None or found.over else found

    def inherited(self, task) -> None:
        """A task was made: what it does belongs to the request in which that happened."""
        if not self._by_strand:
            return
        request = self._by_strand.get(self._strand()[0])
        known = self._recorder.strands.tasks.get(id(task))
        if request is None or request.over or known is None or known[1]() is not task:
            return
        if known[0] not in self._by_strand and len(request.tasks) < _MOST_TASKS:
            self._by_strand[known[0]] = request
            request.tasks.append(known[0])
            self._write("P\t%d\t%d\t\t\t%d\t{}\n" % (request.id, self._recorder.spool.now(), known[0]))

    def _begin(self, protocol, description, method, path, query, framework) -> None:
        strand, call = self._strand()
        known = self._by_strand.get(strand)
        key = 0 if description is None else id(description)
        if description is not None and protocol == "asgi":
            # Middleware may go on in a task of its own, with the same scope.
            known = self._by_key.get(key, known)
        if known is not None and not known.over and known.key in (0, key) and known.method == method:
            if known.key or known.path == path:
                known.key = key
                self._by_key[key] = known
                if framework is not None:
                    self._tell(known, framework=framework)
                return
        if len(self._by_strand) >= _MOST_OPEN:
            self._by_strand = {}
            self._by_key = {}
        self._last += 1
        request = _Request(self._last, strand, key, method[:32], path[:LONGEST])
        if known is not None and protocol == "wsgi":
            # Its end was not seen: an exception left the application.
            self._by_key.pop(known.key, None)
        self._by_strand[strand] = request
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
        self._write("Q\t%d\t%d\t%d\t\t%d\t{%s}\n" % (request.id, now, call, strand, "".join(shown)))

    def _tell(self, request, status=None, **names) -> None:
        quote = self._recorder.encoder.quote
        shown = ['"%s":%s' % (name, quote(text[:LONGEST])) for name, text in names.items() if text is not None]
        if status is not None:
            shown.append('"status":%d' % status)
        if request.over:
            shown.append('"over":true')
            if self._by_key.get(request.key) is request:
                del self._by_key[request.key]
            for strand in request.tasks:
                self._by_strand.pop(strand, None)
            request.tasks = []
        self._write("P\t%d\t%d\t\t\t\t{%s}\n" % (request.id, self._recorder.spool.now(), ",".join(shown)))

    def _write(self, text: str) -> None:
        line = text.encode()
        spool = self._recorder.spool
        try:
            spool.write(line)
        except ValueError:
            spool.overflow(line)


def _place(code) -> tuple:
    """The last parts of the file's path and the name of the code."""
    path = code.co_filename.replace(os.sep, "/")
    name = code.co_name
    for end, known in (*_STARTS, *_RETURNS):
        if known == name and path.endswith("/" + end):
            return end, name
    return "", name


def _field(value, name):
    """A plain field of an object, or None where reading it would run code."""
    cls = type(value)
    for base in mro_of(cls):
        body = dict_of(base)
        if base is not object and "__getattribute__" in body:
            return None
        if name in body and not (type(body[name]) is FunctionType or type(body[name]) is MemberDescriptorType):
            if not is_plain_default(body[name]):
                return None
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None


def _unmangled(path: str) -> str:
    """WSGI has the bytes of the path as characters."""
    if path.isascii():
        return path
    try:
        return path.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return path


def _callable_name(value):
    """`module.qualified_name` of a function or class, else None."""
    if type(value) is MethodType:
        value = value.__func__
    if type(value) is FunctionType:
        module = dict.get(value.__globals__, "__name__")
        return (module + "." if type(module) is str else "") + value.__qualname__
    if type(value) is type:
        return value.__module__ + "." + name_of(value) if type(value.__module__) is str else name_of(value)
    return None
