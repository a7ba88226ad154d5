"""A WSGI application."""

import shop


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [shop.answer(environ["PATH_INFO"]).encode()]
