"""The web request that a hit is in, where nothing is recorded: found at the hit itself, from frames of servers and
frameworks that are on the stack, or that wait for a thread of a pool. Nothing is hooked, and without hits nothing runs.
"""

from __future__ import annotations

import os
import sys
from _weakref import ref

from ..builtin_types import CoroutineType, FunctionType, MethodType
from ..classes import loaded, mro_of
from ..web_values import field, of_environ, of_scope
from .variables import forget_outer, own_names

# (end of the file's path, name of the code) -> the variable or the field of `self` that describes the request, and
# the variable that is the request's own and nothing else's, or whose method or object it is.
_REQUESTS = {
    ("flask/app.py", "wsgi_app"): ("environ", "start_response"),
    ("django/core/handlers/wsgi.py", "__call__"): ("environ", "start_response"),
    ("gunicorn/workers/sync.py", "handle_request"): ("environ", "resp"),
    ("gunicorn/workers/gthread.py", "handle_request"): ("environ", "resp"),
    ("gunicorn/workers/base_async.py", "handle_request"): ("environ", "resp"),
    ("werkzeug/serving.py", "run_wsgi"): ("environ", "start_response"),
    ("wsgiref/handlers.py", "run"): ("self.environ", "self"),
    ("waitress/task.py", "execute"): ("self.environ", "self"),
    ("django/core/handlers/asgi.py", "__call__"): ("scope", "send"),
    ("starlette/applications.py", "__call__"): ("scope", "send"),
    ("hypercorn/app_wrappers.py", "__call__"): ("scope", "send"),
    ("uvicorn/protocols/http/h11_impl.py", "run_asgi"): ("self.scope", "self"),
    ("uvicorn/protocols/http/httptools_impl.py", "run_asgi"): ("self.scope", "self"),
    ("spoor/middleware.py", "answer"): ("environ", "start_response"),
    ("spoor/middleware.py", "answer_asgi"): ("scope", "send"),
}
_ROUTES = {
    ("starlette/routing.py", "handle"): "self.path",
    ("fastapi/routing.py", "handle"): "self.path",
    ("django/core/handlers/base.py", "_get_response"): "request",
    ("django/core/handlers/base.py", "_get_response_async"): "request",
}
_POOLS = {
    ("anyio/_backends/_asyncio.py", "run"): "cancel_scope",
    ("concurrent/futures/thread.py", "run"): "self",
}
# Names of code that has a future of a pool in a variable: while it is made, and while somebody waits for it.
_FUTURES = {"submit": "f", "result": "self"}
_PLACES = {**dict.fromkeys(_REQUESTS, "request"), **dict.fromkeys(_ROUTES, "route"), **dict.fromkeys(_POOLS, "pool")}
_NAMES = frozenset([name for _, name in _PLACES])
# One of them is loaded where there are web requests.
_MODULES = ("wsgiref.handlers", "werkzeug", "django.core.handlers.base", "starlette", "uvicorn", "gunicorn")
_MODULES += ("hypercorn", "waitress", "spoor.middleware")
_MOST_FRAMES = 500
_MOST_REQUESTS = 10000


class WebRequest:
    def __init__(self) -> None:
        self._loaded = 0
        self._is_web = False
        self.forget()

    def forget(self) -> None:
        # id(code) -> (code, its place), of code with one of the names.
        self._codes: dict = {}
        # id(what is one request's own) -> (number, weak reference to it).
        self._numbers: dict = {}
        self._last = 0

    def here(self):
        """`{"id","method","path","route"}` or None; `id` counts the requests of this process that hit a probe."""
        if len(sys.modules) != self._loaded:
            self._loaded = len(sys.modules)
            self._is_web = any(name in sys.modules for name in _MODULES)
        if not self._is_web:
            return None
        frame = sys._getframe(1)
        found = []
        for _ in range(_MOST_FRAMES):
            if frame is None:
                break
            if frame.f_code.co_name in _NAMES:
                place = self._place(frame.f_code)
                if place is not None:
                    found.append((place, frame))
            frame = frame.f_back
        told = self._told(found)
        if told is None:
            # A thread of a pool: who waits for it knows.
            for place, frame in found:
                if told is None and _PLACES[place] == "pool":
                    told = self._told(self._waiting(frame, _POOLS[place]))
        return told

    def _place(self, code):
        known = self._codes.get(id(code))
        if known is None:
            path = code.co_filename.replace(os.sep, "/")
            ends = (place for place in _PLACES if place[1] == code.co_name and path.endswith("/" + place[0]))
            known = self._codes[id(code)] = (code, next(ends, None))
        return known[1]

    def _told(self, found):
        """From places and frames, the innermost first: the outermost request, with its route."""
        for place, frame in reversed(found):
            if place in _REQUESTS:
                describes, own = _REQUESTS[place]
                description, owner = _read(frame, describes, own)
                told = of_environ(description) if "environ" in describes else (of_scope(description) or ())[1:]
                if not told:
                    continue
                route = _route(found) or _route_of_flask(description)
                return {"id": self._number(owner), "method": told[0][:32], "path": told[1][:1024], "route": route}
        return None

    def _number(self, owner) -> int:
        if type(owner) is MethodType:
            owner = owner.__self__
        known = self._numbers.get(id(owner))
        if known is not None and known[1]() is owner:
            return known[0]
        self._last += 1
        if len(self._numbers) >= _MOST_REQUESTS:
            self._numbers = {}
        try:
            self._numbers[id(owner)] = (self._last, ref(owner))
        except TypeError:
            pass  # each hit is then told as of a request of its own
        return self._last

    def _waiting(self, frame, name) -> list:
        """The frames of the task that waits for a thread of a pool, the innermost first."""
        work = _read(frame, name, name)[0]
        if name == "cancel_scope":
            task = field(work, "_host_task")
        else:
            future = field(work, "future")
            task = _waits_for(future)
            if task is None and future is not None:
                return self._thread_of(future)
        kind = loaded("_asyncio", "Task")
        if task is None or kind is None or not any(base is kind for base in mro_of(type(task))):
            return []
        coroutine = kind.get_coro(task)
        found = []
        while type(coroutine) is CoroutineType and len(found) < _MOST_FRAMES:
            frame = coroutine.cr_frame
            place = self._place(frame.f_code) if frame is not None and frame.f_code.co_name in _NAMES else None
            if place is not None:
                found.append((place, frame))
            coroutine = coroutine.cr_await
        return found[::-1]

    def _thread_of(self, future) -> list:
        """The frames of the thread that waits for the result of `future`, or that is about to be told of it."""
        for frame in list(sys._current_frames().values()):
            found = []
            is_there = False
            for _ in range(_MOST_FRAMES):
                if frame is None:
                    break
                if frame.f_code.co_name in _FUTURES:
                    is_there = is_there or _read(frame, _FUTURES[frame.f_code.co_name])[0] is future
                elif frame.f_code.co_name in _NAMES:
                    place = self._place(frame.f_code)
                    if place is not None:
                        found.append((place, frame))
                frame = frame.f_back
            if is_there:
                return found
        return []


def _read(frame, *wanted) -> list:
    """Variables of a frame, or a field of one: `self.scope`."""
    names = frame.f_locals
    found = []
    for each in wanted:
        name, _, of = each.partition(".")
        value = names.get(name)
        found.append(field(value, of) if of else value)
    forget_outer(names, own_names(frame.f_code))
    return found


def _route(found):
    """What the frameworks' frames say: mounts and routes of Starlette from the outermost, or Django's."""
    route = None
    last = None
    for place, frame in reversed(found):
        if place not in _ROUTES:
            continue
        if _ROUTES[place] == "request":
            of_django = field(field(_read(frame, "request")[0], "resolver_match"), "route")
            route = of_django if type(of_django) is str else route
            continue
        router, path = _read(frame, "self", "self.path")
        if path is None:
            path = field(field(router, "include_context"), "prefix")  # a router that FastAPI included
        if type(path) is str and router is not last:
            route = (route or "") + path
        last = router
    return route


def _route_of_flask(environ):
    if type(environ) is not dict:
        return None
    rule = field(field(environ.get("werkzeug.request"), "url_rule"), "rule")
    return rule if type(rule) is str else None


def _waits_for(future):
    """The task that waits for a future of a pool through one of asyncio's, or None."""
    for done in list(field(future, "_done_callbacks") or ()):
        if type(done) is not FunctionType or "destination" not in done.__code__.co_freevars:
            continue
        cell = done.__closure__[done.__code__.co_freevars.index("destination")]
        kind = loaded("_asyncio", "Future")
        if kind is None or type(cell.cell_contents) is not kind:
            continue
        # Before 3.10 what wakes a task does not say which.
        for callback, _ in cell.cell_contents._callbacks or ():
            task = getattr(callback, "__self__", None) if type(callback) is type(len) else None
            if task is not None:
                return task
    return None
