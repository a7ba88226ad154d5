"""Web requests by the one line of middleware, and what of theirs is read: nothing of the program is run. Frameworks and
servers are in tests/system/requests.test.ts."""

import json
import sys

from recording import SOURCES, record

HEAD = (
    """
import sys
sys.path.insert(0, %r)
from spoor import middleware
"""
    % SOURCES
)


def known(result):
    """Each request with all that was told of it, in order of beginning."""
    found = {each["id"]: dict(each["payload"]) for each in result.of("Q")}
    for each in result.of("P"):
        found[each["id"]].update(each["payload"])
    return [found[each] for each in sorted(found)]


def test_wsgi(tmp_path):
    result = record(
        tmp_path,
        HEAD
        + """
def page(environ, start_response):
    if environ["PATH_INFO"] == "/fails":
        raise KeyError("no")
    start_response("201 Created", [], *([None] if environ["PATH_INFO"] == "/more" else []))
    return [b"a"]

def slowly(environ, start_response):
    start_response("200 OK", [])
    yield b"b"

app, other = middleware.wsgi(page), middleware.wsgi(slowly)
said = []
start = lambda *given: said.append(given)
print(app({"REQUEST_METHOD": "GET", "PATH_INFO": "/a\\xc3\\xa9", "QUERY_STRING": "token=abcdef0123456789&n=1"}, start))
print(app({"REQUEST_METHOD": "PUT", "PATH_INFO": "/more", "SCRIPT_NAME": "/shop"}, start))
try:
    app({"REQUEST_METHOD": "GET", "PATH_INFO": "/fails"}, start)
except KeyError as error:
    print(repr(error))
print(list(other({"REQUEST_METHOD": "GET", "PATH_INFO": "/slow"}, start)), said)
class Odd(dict):
    def get(self, *name): raise SystemExit
print(app(Odd(REQUEST_METHOD="GET", PATH_INFO="/odd"), start))
""",
    )
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "[b'a']",
        "[b'a']",
        "KeyError('no')",
        "[b'b'] [('201 Created', []), ('201 Created', [], None), ('200 OK', [])]",
        "[b'a']",
    ]
    told = {"protocol": "wsgi", "over": True}
    assert known(result) == [
        {
            "method": "GET",
            "path": "/aé",
            "query": "token=[redacted:name:token]&n=1",
            "status": 201,
            **told,
        },
        {"method": "PUT", "path": "/shop/more", "status": 201, **told},
        {"method": "GET", "path": "/fails", "status": 500, "raised": "KeyError", **told},
        {"method": "GET", "path": "/slow", "status": 200, **told},
    ]
    # A generator's call is within its request.
    slow = result.of("Q")[3]
    names = result.functions()
    [call] = [each for each in result.of("C") if names[each["ref"]] == "slowly"]
    assert slow["t"] <= call["t"] <= [each["t"] for each in result.of("P") if each["id"] == 4][-1]


def test_asgi_tasks_at_once(tmp_path):
    result = record(
        tmp_path,
        HEAD
        + """
import asyncio

async def page(scope, receive, send):
    await asyncio.sleep(0.01)
    await asyncio.create_task(work(scope["path"]))
    await send({"type": "http.response.start", "status": 200 + len(scope["path"])})
    await send({"type": "http.response.body", "body": b"x", "more_body": True})
    await send({"type": "http.response.body"})

async def work(path):
    return path

async def heard(message):
    pass

app = middleware.asgi(page)

async def main():
    scopes = [{"type": "http", "method": "GET", "path": "/" + "x" * n, "query_string": b"n=1"} for n in range(5)]
    await asyncio.gather(*[asyncio.create_task(app(scope, None, heard)) for scope in scopes])

asyncio.run(main())
""",
    )
    assert (result.code, result.err) == (0, "")
    told = {"protocol": "asgi", "method": "GET", "query": "n=1", "over": True}
    assert known(result) == [{"path": "/" + "x" * n, "status": 201 + n, **told} for n in range(5)]
    names = result.functions()
    strands = {}
    for each in result.of("Q") + result.of("P"):
        if each["thread"]:
            strands.setdefault(each["thread"], each["id"])
    work = [each for each in result.of("C") if names[each["ref"]] == "work"]
    assert [strands[each["thread"]] for each in work] == [1, 2, 3, 4, 5]
    assert [each["payload"]["path"] for each in work] == ["/" + "x" * n for n in range(5)]


def test_a_hit_names_its_request(tmp_path):
    result = record(
        tmp_path,
        HEAD
        + """
from spoor import active
from spoor.live.where import Where

here = Where(active.recorder.encoder, None).here

def page(environ, start_response):
    print(here())
    return []

print(here())
middleware.wsgi(page)({"REQUEST_METHOD": "GET", "PATH_INFO": "/a/ghp_" + "a" * 36}, None)
print(here())
""",
    )
    assert result.err == ""
    before, during, after = [json.loads("{" + line + "}") for line in result.out.splitlines()]
    request = during["request"]
    assert request.pop("process") == result.of("H")[0]["payload"]["process"] and request.pop("run")
    assert request == {"id": 1, "method": "GET", "path": "/a/[redacted:github-token]", "route": None}
    assert "request" not in before and "request" not in after


def test_nothing_is_recorded(tmp_path):
    result = record(
        tmp_path,
        HEAD.replace("from spoor", "import spoor.active\nspoor.active.recorder = None\nfrom spoor")
        + "print(middleware.wsgi(lambda environ, start: environ)(5, None))",
    )
    assert result.out == "5\n"
    assert result.of("Q") == []


def found_by(result):
    """Of each recorded call of `work` which request it belongs to, as the store finds it: its argument and the path."""
    names = result.functions()
    of = {}
    paths = {}
    found = []
    for each in result.records:
        if each["kind"] == "Q":
            paths[each["id"]] = each["payload"]["path"]
        if each["kind"] in "QP" and each["thread"]:
            left = each["payload"].get("left")
            of[each["thread"]] = None if left else each["id"]
        if each["kind"] == "P" and each["payload"].get("over"):
            of = {strand: request for strand, request in of.items() if request != each["id"]}
        if each["kind"] == "C" and names[each["ref"]] == "work":
            found.append((each["payload"]["of"], paths.get(of.get(each["thread"]))))
    return sorted(found, key=str)


ASGI = (
    HEAD
    + """
import asyncio, concurrent.futures, contextvars, threading

def work(of):
    return of

async def heard(message):
    pass

def scope(path):
    return {"type": "http", "method": "GET", "path": path, "query_string": b""}

async def end(send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body"})
"""
)


def test_threads_of_a_pool(tmp_path):
    result = record(
        tmp_path,
        ASGI
        + """
pool = concurrent.futures.ThreadPoolExecutor(1)

async def page(scope, receive, send):
    path = scope["path"]
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(pool, work, path)
    context = contextvars.copy_context()
    await asyncio.wrap_future(pool.submit(context.run, work, path))
    thread = threading.Thread(target=work, args=(path,))
    thread.start()
    thread.join()
    await asyncio.sleep(0.01)
    await end(send)

app = middleware.asgi(page)

async def main():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(pool, work, None)
    await asyncio.gather(*[app(scope("/%d" % n), None, heard) for n in range(3)])
    await loop.run_in_executor(pool, work, None)
    await app(scope("/3"), None, heard)
    thread = threading.Thread(target=work, args=(None,))
    thread.start()
    thread.join()

asyncio.run(main())
""",
    )
    assert (result.code, result.err) == (0, "")
    assert found_by(result) == sorted([(None, None)] * 3 + [("/%d" % n,) * 2 for n in range(4)] * 3, key=str)


def test_work_of_a_request_that_is_over(tmp_path):
    result = record(
        tmp_path,
        ASGI
        + """
pool = concurrent.futures.ThreadPoolExecutor(1)
late = []

async def page(scope, receive, send):
    late.append(pool.submit(gate.wait))
    late.append(pool.submit(work, None))
    await end(send)

async def main():
    await middleware.asgi(page)(scope("/a"), None, heard)
    gate.set()
    for each in late:
        each.result()

gate = threading.Event()
asyncio.run(main())
""",
    )
    assert (result.code, result.err) == (0, "")
    assert found_by(result) == [(None, None)]


def test_a_coroutine_that_a_thread_sends_to_the_loop(tmp_path):
    result = record(
        tmp_path,
        ASGI
        + """
async def inner(of):
    return work(of)

async def page(scope, receive, send):
    loop = asyncio.get_running_loop()
    there = lambda: asyncio.run_coroutine_threadsafe(inner(scope["path"]), loop).result()
    await loop.run_in_executor(None, there)
    await end(send)

async def main():
    await asyncio.gather(*[middleware.asgi(page)(scope("/%d" % n), None, heard) for n in range(3)])

asyncio.run(main())
""",
    )
    assert (result.code, result.err) == (0, "")
    assert found_by(result) == [("/%d" % n,) * 2 for n in range(3)]


def test_an_answer_that_is_given_up(tmp_path):
    result = record(
        tmp_path,
        ASGI
        + """
async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"x", "more_body": True})
    if scope["path"] == "/fails":
        raise KeyError("no")
    if scope["path"] == "/cancelled":
        await asyncio.sleep(60)

async def main():
    app = middleware.asgi(page)
    for path in ("/fails", "/cancelled", "/returns"):
        task = asyncio.ensure_future(app(scope(path), None, heard))
        await asyncio.wait([task], timeout=0.05)
        if task.cancel():
            await asyncio.wait([task])
        del task
    await asyncio.sleep(0.01)

async def silent(scope, receive, send):
    raise KeyError("no")

async def other():
    await asyncio.gather(middleware.asgi(silent)(scope("/silent"), None, heard), return_exceptions=True)

asyncio.run(main())
asyncio.run(other())
""",
    )
    assert result.code == 0
    told = {"protocol": "asgi", "method": "GET", "over": True}
    assert known(result) == [
        {"path": "/fails", "status": 200, "raised": "KeyError", "cut": True, **told},
        {"path": "/cancelled", "status": 200, "raised": "CancelledError", "cut": True, **told},
        {"path": "/returns", "status": 200, "cut": True, **told},
        {"path": "/silent", "status": 500, "raised": "KeyError", **told},
    ]


def test_websockets_are_requests_and_lifespan_is_none(tmp_path):
    result = record(
        tmp_path,
        ASGI
        + """
async def page(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    if scope["path"] != "/refused":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "a"})
        work(scope["path"])
    await send({"type": "websocket.close"})

async def main():
    app = middleware.asgi(page)
    await app({"type": "lifespan"}, None, heard)
    await app({"type": "websocket", "path": "/ws", "query_string": b""}, None, heard)
    await app({"type": "websocket", "path": "/refused", "query_string": b""}, None, heard)

asyncio.run(main())
""",
    )
    assert (result.code, result.err) == (0, "")
    told = {"protocol": "websocket", "method": "GET", "over": True}
    assert known(result) == [{"path": "/ws", "status": 101, **told}, {"path": "/refused", "status": 403, **told}]
    assert found_by(result) == [("/ws", "/ws")]


def test_servers_that_are_not_recognised_are_told_of(tmp_path):
    # The second is a client for tests.
    for package, module in (("odd", "server"), ("werkzeug", "test")):
        (tmp_path / "site-packages" / package).mkdir(parents=True)
        (tmp_path / "site-packages" / package / (module + ".py")).write_text(
            "def serve(app):\n    def start_response(status, headers): pass\n    return app({}, start_response)\n"
        )
    result = record(
        tmp_path,
        """
import sys
sys.path.insert(0, "site-packages")
from odd import server

def page(environ, start_response):
    start_response("200 OK", [])
    return []

for _ in range(7):
    server.serve(page)
from werkzeug import test
test.serve(page)
""",
    )
    assert (result.code, result.err) == (0, "")
    told = [each for each in result.of("P") if not each["id"]]
    assert sum(each["ref"] for each in told) == 7
    assert {each["payload"]["unseen"] for each in told} == {"odd/server.py"}


def test_a_hit_names_its_request_where_nothing_is_recorded(tmp_path):
    result = record(
        tmp_path,
        HEAD.replace("from spoor", "import spoor.active\nspoor.active.recorder = None\nfrom spoor")
        + """
import asyncio
import time
from spoor.live.where import Where

class Encoder:
    quote = staticmethod(lambda text: '"%s"' % text)

here = Where(Encoder, None).here

def page(environ, start_response):
    print(here())
    print(here())
    return []

def started(status, headers):
    pass

print(here())
for path in ("/a", "/b"):
    middleware.wsgi(page)({"REQUEST_METHOD": "GET", "PATH_INFO": path}, (lambda: lambda status, headers: None)())
print(here())

async def asked(scope, receive, send):
    print(here())
    # Who waits for it is known once somebody does.
    await asyncio.get_running_loop().run_in_executor(None, lambda: time.sleep(0.05) or print(here()))

async def main():
    async def send(message):
        pass
    for path in ("/c", "/d"):
        await middleware.asgi(asked)({"type": "http", "method": "PUT", "path": path}, None, lambda message: None)
    await asyncio.get_running_loop().run_in_executor(None, lambda: print(here()))

asyncio.run(main())
""",
    )
    assert result.err == ""
    found = [json.loads("{" + line + "}").get("request") for line in result.out.splitlines()]
    requests = [each and (each["id"], each["method"], each["path"]) for each in found]
    of_thread = [(3, "PUT", "/c"), (4, "PUT", "/d")] if sys.version_info >= (3, 10) else [None, None]
    assert requests == [
        None,
        *[(1, "GET", "/a")] * 2,
        *[(2, "GET", "/b")] * 2,
        None,
        (3, "PUT", "/c"),
        of_thread[0],
        (4, "PUT", "/d"),
        of_thread[1],
        None,
    ]
