"""A WSGI application, which exceptions may leave."""

import shop


def app(environ, start_response):
    if environ["PATH_INFO"] == "/fails":
        raise KeyError(shop.answer("/no"))
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/fails-late":
        raise KeyError(shop.answer("/no"))
    return [shop.answer(environ["PATH_INFO"]).encode()]
