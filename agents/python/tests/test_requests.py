"""Web requests by the one line of middleware, and what of theirs is read: nothing of the program is run. Frameworks and
servers are in tests/system/requests.test.ts."""

import json

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
        {"method": "GET", "path": "/fails", **told},
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
    assert during["request"] == {"method": "GET", "path": "/a/[redacted:github-token]", "route": None}
    assert "request" not in before and "request" not in after


def test_nothing_is_recorded(tmp_path):
    result = record(
        tmp_path,
        HEAD.replace("from spoor", "import spoor.active\nspoor.active.recorder = None\nfrom spoor")
        + "print(middleware.wsgi(lambda environ, start: environ)(5, None))",
    )
    assert result.out == "5\n"
    assert result.of("Q") == []
