"""A small shop that serves until it is stopped.
docs/guides/probing.md asks it questions meanwhile."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import spoor

PRICES = {"book": 12.5, "pen": 1.2, "lamp": 40.0}


def checkout(user_id, items):
    total = sum(PRICES[item] for item in items)
    if user_id > 100:
        total = round(total * 0.9, 2)
    return {"user_id": user_id, "total": total}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        order = checkout(int(query["user_id"][0]), query.get("item", []))
        body = f"{order}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    spoor.init(name="shop")
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print("serving at", server.server_port, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
