"""An ASGI application."""

import shop


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = shop.answer(scope["path"]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
