"""Where servers, frameworks and pools of threads tell of web requests: a few functions, recognised by file and name
when they are first met. They are never recorded, wrapped or called; their arguments or results are looked at, and what
they say is told to `Requests`.
"""

from __future__ import annotations

import os
import sys

from .classes import dict_of, mro_of, name_of
from .web_values import callable_name, field, of_environ, of_scope

# (end of the file's path, name of the code) -> what happens when it starts.
_STARTS = {
    ("uvicorn/protocols/http/h11_impl.py", "run_asgi"): "of_cycle",
    ("uvicorn/protocols/http/httptools_impl.py", "run_asgi"): "of_cycle",
    ("uvicorn/protocols/http/h11_impl.py", "send_500_response"): "failed",
    ("uvicorn/protocols/http/httptools_impl.py", "send_500_response"): "failed",
    ("uvicorn/protocols/websockets/websockets_impl.py", "run_asgi"): "of_cycle",
    ("uvicorn/protocols/websockets/websockets_sansio_impl.py", "run_asgi"): "of_cycle",
    ("uvicorn/protocols/websockets/wsproto_impl.py", "run_asgi"): "of_cycle",
    ("uvicorn/protocols/websockets/websockets_impl.py", "asgi_send"): "message",
    ("hypercorn/app_wrappers.py", "__call__"): "of_scope",
    ("hypercorn/protocol/http_stream.py", "app_send"): "message_or_none",
    ("hypercorn/protocol/ws_stream.py", "app_send"): "message_or_none",
    ("gunicorn/http/wsgi.py", "create"): "of_gunicorn",
    ("gunicorn/http/wsgi.py", "close"): "over",
    ("gunicorn/config.py", "post_request"): "given_up",
    ("gunicorn/glogging.py", "exception"): "logged",
    ("werkzeug/wsgi.py", "close"): "framework_over",
    ("werkzeug/debug/tbtools.py", "__init__"): "failed",
    ("socketserver.py", "finish"): "closed",
    ("gunicorn/workers/base.py", "handle_error"): "failed",
    ("wsgiref/handlers.py", "log_exception"): "failed",
    ("wsgiref/handlers.py", "close"): "over",
    ("waitress/task.py", "finish"): "over",
    ("waitress/task.py", "build_response_header"): "of_error_task",
    ("flask/app.py", "wsgi_app"): "of_flask",
    ("flask/app.py", "do_teardown_request"): "framework_over",
    ("django/core/handlers/wsgi.py", "__call__"): "of_django",
    ("django/core/handlers/asgi.py", "__call__"): "of_django_asgi",
    ("django/http/response.py", "close"): "framework_over",
    ("starlette/applications.py", "__call__"): "of_starlette",
    ("starlette/routing.py", "handle"): "routed",
    ("fastapi/routing.py", "handle"): "routed",
    ("fastapi/telemetry/_api.py", "_route_selected"): "selected",
    ("concurrent/futures/thread.py", "__init__"): "submitted",
    ("concurrent/futures/thread.py", "run"): "works",
    ("asgiref/current_thread_executor.py", "__init__"): "submitted",
    ("asgiref/current_thread_executor.py", "run"): "works",
    ("queue.py", "put_nowait"): "handed_over",
    ("asyncio/tasks.py", "run_coroutine_threadsafe"): "sent_to_loop",
}
# The same for what returns.
_RETURNS = {
    ("werkzeug/routing/map.py", "match"): "matched",
    ("werkzeug/routing.py", "match"): "matched",
    ("django/core/handlers/base.py", "resolve_request"): "resolved",
    ("waitress/task.py", "get_environment"): "of_environment",
    ("werkzeug/serving.py", "make_environ"): "of_environment",
    ("wsgiref/simple_server.py", "get_environ"): "of_environment",
}
_SENDS = {"start_response": "status", "send": "message"}
_ENDS: dict = {}
for _end, _name in (*_STARTS, *_RETURNS):
    _ENDS.setdefault(_name, []).append(_end)
NAMES = frozenset(_ENDS) | _SENDS.keys()


class WebPlaces:
    def __init__(self, requests) -> None:
        self._requests = requests

    def role(self, code) -> str:
        """`asked` for code whose start is looked at, `answered` for code whose return is, else empty."""
        name = code.co_name
        if name in _SENDS:
            return "asked" if _SENDS[name] in code.co_varnames[: code.co_argcount] else ""
        place = _place(code)
        return "asked" if place in _STARTS else "answered" if place in _RETURNS else ""

    def starts(self, code, names) -> None:
        """Code with the role `asked` starts with these arguments."""
        name = code.co_name
        if name == "start_response":
            self._requests.status_line(names.get("status"), code)
        elif name == "send":
            self._requests.message(names.get("message"), code)
        else:
            getattr(self, "_" + _STARTS[_place(code)])(names)

    def returned(self, code, value) -> None:
        """Code with the role `answered` returned."""
        getattr(self, "_" + _RETURNS[_place(code)])(value)

    # -- servers -------------------------------------------------------------------------------------------------

    def _of_cycle(self, names) -> None:
        self._asgi(field(names.get("self"), "scope"), None)

    def _of_scope(self, names) -> None:
        self._asgi(names.get("scope"), None)

    def _of_gunicorn(self, names) -> None:
        given = names.get("req")
        method, path, query = (field(given, name) for name in ("method", "path", "query"))
        if type(method) is str and type(path) is str:
            self._requests.begin("wsgi", None, method, path, query if type(query) is str else "", None)

    def _of_environment(self, environ) -> None:
        """What the server made of the request; the application gets a dict of its own."""
        found = of_environ(environ)
        if found is not None:
            self._requests.begin("wsgi", None, *found, None)

    def _of_error_task(self, names) -> None:
        """Waitress writes the head of an answer; that of its own error, when the application was left by one."""
        task = names.get("self")
        if name_of(type(task)) == "ErrorTask":
            self._requests.failed(sys.exc_info()[1])

    def _message(self, names) -> None:
        self._requests.message(names.get("message"))

    def _message_or_none(self, names) -> None:
        """Hypercorn says None when the application is done, in whatever way."""
        message = names.get("message")
        if message is not None:
            self._requests.message(message)
        else:
            self._requests.ends_somehow()

    def _failed(self, names) -> None:
        """The server answers for an application that an exception left."""
        if "req" in names and names["req"] is None:
            return  # gunicorn could not even read the request
        exception = names["exc"] if "exc" in names else sys.exc_info()[1]
        # gunicorn asks for nothing else; wsgiref tells.
        answered = "req" in names or field(names.get("self"), "headers_sent") is False
        self._requests.failed(exception, answered)

    def _logged(self, names) -> None:
        """gunicorn tells of an exception after which there is no other answer: the first had begun."""
        if names.get("msg") == "Error handling request":
            self._requests.cut_by(sys.exc_info()[1])

    def _given_up(self, names) -> None:
        """What was not over by now will not be: an exception left it, or the client has gone."""
        self._requests.ends_cut()

    def _over(self, names) -> None:
        self._requests.over()

    def _closed(self, names) -> None:
        """A connection ends, and with it what was answered there."""
        self._requests.over_if_open()

    # -- frameworks ----------------------------------------------------------------------------------------------

    def _framework_over(self, names) -> None:
        self._requests.over(to_be_sent=True)

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
        router = names.get("self")
        path = field(router, "path")
        if type(path) is str:
            self._requests.routed(names.get("scope"), router, path, callable_name(field(router, "endpoint")))

    def _selected(self, names) -> None:
        """FastAPI chose a route, also one of a router that was included under a prefix."""
        path = names.get("path")
        if type(path) is str and names.get("mount") is not True:
            self._requests.selected(names.get("scope"), path)

    def _matched(self, value) -> None:
        """Werkzeug found a rule: `(rule, arguments)`, or `(endpoint, arguments)` where nobody wants the rule."""
        if type(value) is not tuple or len(value) != 2:
            return
        rule, endpoint = field(value[0], "rule"), field(value[0], "endpoint")
        if type(rule) is str:
            self._requests.route_is(rule, endpoint)

    def _resolved(self, value) -> None:
        """Django found a view."""
        route = field(value, "route")
        if type(route) is str:
            self._requests.route_is(route, field(value, "_func_path"))

    # -- the protocols themselves --------------------------------------------------------------------------------

    def _wsgi(self, environ, framework) -> None:
        found = of_environ(environ)
        if found is not None:
            self._requests.begin("wsgi", environ, *found, framework)

    def _asgi(self, scope, framework) -> None:
        found = of_scope(scope)
        if found is not None:
            self._requests.begin(found[0], scope, *found[1:], framework)

    # -- pools of threads ----------------------------------------------------------------------------------------

    def _submitted(self, names) -> None:
        """Work for a pool is made: it belongs to the request in which that happens."""
        self._requests.workers.makes(names.get("self"))

    def _works(self, names) -> None:
        """A thread of a pool begins with it; since CPython 3.14 the context of the thread has a `run` too, inside."""
        if "task" in names:
            return
        self._requests.workers.works(names.get("self"))

    def _sent_to_loop(self, names) -> None:
        """A thread has a coroutine run by a loop: the task is made there."""
        self._requests.workers.makes(names.get("coro"))

    def _handed_over(self, names) -> None:
        """anyio hands a function to a thread of its own: `(context, function, arguments, future, scope)`."""
        item = names.get("item")
        if type(item) is not tuple or len(item) != 5 or "anyio._backends._asyncio" not in sys.modules:
            return
        queue = names.get("self")
        for thread in list(sys.modules["threading"]._active.values()):
            if name_of(type(thread)) == "WorkerThread" and field(thread, "queue") is queue:
                self._requests.workers.given_to(thread)
                return


def _place(code) -> tuple:
    """The last parts of the file's path and the name of the code."""
    name = code.co_name
    ends = _ENDS.get(name)
    if ends is not None:
        path = code.co_filename.replace(os.sep, "/")
        for end in ends:
            if path.endswith("/" + end):
                return end, name
    return "", name
