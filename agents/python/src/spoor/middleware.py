"""One line for what `requests.py` does not recognise: `app = spoor.middleware.wsgi(app)`, or `asgi`.

Where nothing is recorded the application is called as if this were not there.
"""

from __future__ import annotations

from . import active
from .builtin_types import GeneratorType


def wsgi(app):
    """The same WSGI application, whose requests are known to a recording."""

    def answer(environ, start_response):
        requests = _Telling()
        if requests.recorder is None:
            return app(environ, start_response)
        requests.tell("wsgi_begins", environ)

        def started(status, *rest, **named):
            requests.tell("wsgi_answers", status)
            return start_response(status, *rest, **named)

        try:
            result = app(environ, started)
        except BaseException as error:
            requests.tell("ends", error)
            raise
        if type(result) is GeneratorType:
            return _until_its_end(result, requests)
        requests.tell("ends")
        return result

    return answer


def asgi(app):
    """The same ASGI application, whose requests are known to a recording."""

    async def answer_asgi(scope, receive, send):
        requests = _Telling()
        if requests.recorder is None or scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        requests.tell("asgi_begins", scope)

        async def telling(message):
            requests.tell("asgi_answers", message)
            await send(message)

        try:
            await app(scope, receive, telling)
        except BaseException as error:
            requests.tell("ends", error)
            raise

    return answer_asgi


def _until_its_end(result, requests):
    try:
        yield from result
    except GeneratorExit:
        requests.tell("ends")
        raise
    except BaseException as error:
        requests.tell("ends", error)
        raise
    requests.tell("ends")


class _Telling:
    """The recording that runs now. What fails of ours ends it and not the request."""

    __slots__ = ("recorder",)

    def __init__(self):
        recorder = active.recorder
        self.recorder = recorder if recorder is not None and recorder.on else None

    def tell(self, what, *of):
        if not self.recorder.on:
            return
        try:
            getattr(self.recorder.special.requests, what)(*of)
        except Exception as error:
            self.recorder.failed(error)
