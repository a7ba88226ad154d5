"""Where probes stand: which loaded code a place means, and that every call of it is seen."""

import gc
import importlib
import os
import subprocess
import sys
import threading
import time
import warnings

import pytest
from probed import MONITORED, Live
from recording import SOURCES


@pytest.fixture
def live(tmp_path):
    made = Live(tmp_path)
    yield made
    made.probes.close()


def test_every_kind_of_code_on_a_line(live):
    program = live.load(
        """
import functools

def decorated(function):
    @functools.wraps(function)
    def wrapper(*given):
        return function(*given)
    return wrapper

class Cart:
    rate = 2

    def add(self, n):
        return n + self.rate  # probe: method

    @staticmethod
    def fixed(n):
        return n  # probe: static

    @property
    def whole(self):
        n = 7
        return n  # probe: property

@decorated
def wrapped(n):
    return n + 1  # probe: decorated

def outer(n):
    def inner(m):
        return n + m  # probe: closure
    return inner

short = lambda n: n * 2  # probe: lambda

def one_line(n): return n + 3  # probe: oneline

def numbers(n):
    for each in range(n):
        yield each  # probe: generator

async def waits(n):
    return n  # probe: coroutine
"""
    )
    inner = program.outer(5)
    for marker in "method static property decorated closure lambda oneline generator coroutine".split():
        assert live.at(program, marker)["state"] == "placed", marker
    for _ in range(2):
        program.Cart().add(1)
        program.Cart.fixed(2)
        assert program.Cart().whole == 7
        assert program.wrapped(3) == 4
        assert inner(4) == 9
        assert program.short(5) == 10
        assert program.one_line(6) == 9
        assert list(program.numbers(1)) == [0]
        with pytest.raises(StopIteration):
            program.waits(8).send(None)
    seen = [(payload["probeId"], payload["function"]) for payload in live.events.snapshots]
    names = ["Cart.add", "Cart.fixed", "Cart.whole", "wrapped", "outer.<locals>.inner", "<lambda>", "one_line"]
    names += ["numbers", "waits"]
    assert seen == [("p%d" % at, name) for at, name in enumerate(names, 1)] * 2
    assert live.events.values("n") == [(n,) for n in (1, 2, 7, 3, 5, 5, 6, 1, 8)] * 2


LOOP = """
import gc
import time

going = True
turns = 0

def loop(name):
    global turns
    while going:
        turns += 1  # probe: turn
        rest()
    return name  # probe: left

def rest():
    time.sleep(0.001)
    gc.collect()  # before 3.12 this is how a running thread is reached
"""


def test_functions_that_are_running_already(live):
    program = live.load(LOOP)
    threads = [threading.Thread(target=program.loop, args=("t%d" % each,), name="t%d" % each) for each in range(3)]
    for thread in threads:
        thread.start()
    try:
        assert live.at(program, "turn")["state"] == "placed"
        live_until(live, lambda: len({s["thread"]["name"] for s in live.events.snapshots}) == 3)
        # A line that was passed before counts again, in the same calls.
        live.wanted.clear()
        live.send()
        live.probes.tick()
        seen = len(live.events.all)
        turns = program.turns
        live_until(live, lambda: program.turns > turns + 20)
        assert len(live.events.all) <= seen + 3
        live.at(program, "left")
        live.at(program, "turn")
        turns = program.turns
        live_until(live, lambda: program.turns > turns + 20)
    finally:
        program.going = False
        for thread in threads:
            thread.join()
    left = [
        s for s in live.events.snapshots if s["probeId"] == "p1" and s["line"] == live.line(program.__file__, "left")
    ]
    assert sorted(s["snapshot"]["arguments"]["name"] for s in left) == ["t0", "t1", "t2"]


def live_until(live, holds):
    end = time.time() + 20
    while not holds():
        assert time.time() < end
        live.probes.tick()
        time.sleep(0.005)


def test_threads_started_later(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    live.at(program, "work")
    threads = [threading.Thread(target=program.work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(live.events.values("n")) == [(n,) for n in range(8)]


def test_a_generator_that_is_suspended_now(live):
    program = live.load("def numbers(n):\n    while True:\n        n += 1  # probe: next\n        yield n\n")
    numbers = program.numbers(10)
    next(numbers)
    live.at(program, "next")
    live.function("numbers")
    assert next(numbers) == 12 and next(numbers) == 13
    assert live.events.values("n") == [(11,), (12,)]
    next(program.numbers(1))
    assert live.counts("p2")["hits"] == 1


def test_a_module_that_is_imported_later_is_seen_from_its_first_line(live):
    text = "import sys\nfirst = 1\nsecond = 2  # probe: body\ndef work(n):\n    return n  # probe: work\nwork(5)\n"
    path = live.root / "later.py"
    path.write_text(text)
    file = {"kind": "line", "file": "later.py"}
    assert live.add(dict(file, line=live.line(path, "body")))["state"] == "waiting"
    assert live.add(dict(file, line=live.line(path, "work")))["state"] == "waiting"
    assert live.add(dict(file, line=4000))["state"] == "waiting"
    assert live.function("work", module="later")["state"] == "waiting"
    sys.path.insert(0, str(live.root))
    try:
        later = importlib.import_module("later")
        seen = [(payload["probeId"], payload["function"]) for payload in live.events.snapshots]
        assert seen == [("p1", "<module>"), ("p4", "work"), ("p2", "work")]
        assert live.events.snapshots[0]["snapshot"]["locals"]["first"] == 1
        live.look()
        assert live.states["p1"]["state"] == live.states["p2"]["state"] == live.states["p4"]["state"] == "placed"
        assert live.states["p3"]["code"] == "no_code" and live.states["p3"]["nearest"] == [6]
        # Loaded again: the functions are new ones.
        importlib.reload(later)
        later.work(6)
        assert [payload["probeId"] for payload in live.events.snapshots[3:]] == ["p1", "p4", "p2", "p4", "p2"]
    finally:
        sys.path.remove(str(live.root))
        sys.modules.pop("later", None)


def test_the_end_of_a_path_must_fit_one_file(live, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    source = "def work(n):\n    return n  # probe: work\n"
    one, two = live.load(source, "one/same"), live.load(source, "two/same")
    state = live.add({"kind": "line", "file": "same.py", "line": 2})
    assert (state["state"], state["code"]) == ("failed", "ambiguous")
    assert state["files"] == sorted([one.__file__, two.__file__])
    assert live.add({"kind": "line", "file": "two/same.py", "line": 2})["state"] == "placed"
    assert live.add({"kind": "line", "file": "o/same.py", "line": 2})["state"] == "waiting"
    one.work(1)
    two.work(2)
    assert live.events.values("n") == [(2,)]
    sys.modules.pop("one/same")
    sys.modules.pop("two/same")


def test_files_of_the_project_come_before_others(live, tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    source = "def work(n):\n    return n  # probe: work\n"
    program = live.load(source)
    elsewhere = Live(other)
    name = program.__name__
    foreign = elsewhere.load(source, name)
    nearer = Live(other)
    state = nearer.add({"kind": "line", "file": name + ".py", "line": 2})
    nearer.probes.close()
    assert state["file"] == foreign.__file__


def test_a_line_without_code(live):
    program = live.load("\n\ndef work(n):\n    # nothing\n\n    return n\n")
    state = live.add({"kind": "line", "file": program.__file__, "line": 5})
    assert (state["state"], state["code"], state["nearest"]) == ("failed", "no_code", [6])
    assert live.probes.resolve({"kind": "line", "file": program.__file__, "line": 5}) == {
        "found": False,
        "why": "no_code",
        "file": program.__file__,
        "nearest": [6],
    }
    found = live.probes.resolve({"kind": "line", "file": program.__file__, "line": 6})
    assert found == {"found": True, "file": program.__file__, "line": 6, "function": "work"}
    assert live.probes.resolve({"kind": "function", "function": "nobody.knows"}) == {"found": False, "why": "unknown"}


def test_text_that_changed_since_it_was_loaded(live):
    text = (
        "def kept(n):\n    m = n + 1\n    return m  # probe: kept\n\ndef changed(n):\n    return n  # probe: changed\n"
    )
    program = live.load(text)
    path = live.root / (program.__name__ + ".py")
    path.write_text("# one\n# two\n" + text.replace("m = n + 1\n", "m = n + 1\n\n").replace("return n ", "return -n "))
    line = live.line(path, "kept")
    state = live.add({"kind": "line", "file": program.__file__, "line": line})
    assert (state["state"], state["line"], state["moved"]) == ("placed", 3, True)
    state = live.at(program, "changed")
    assert (state["state"], state["code"]) == ("failed", "source_differs")
    program.kept(1)
    # It runs for the first time, and a line of the old text has the number of the one that was asked for.
    program.changed(9)
    assert live.events.values("m") == [(2,)]
    assert live.events.snapshots[0]["line"] == 3
    path.write_text("def (:\n")
    live.wanted.clear()
    assert live.add({"kind": "line", "file": program.__file__, "line": 1})["code"] == "source_differs"


def test_comparing_texts_warns_nobody(live):
    text = "def work(n):\n    return n  # probe: work\n"
    program = live.load(text)
    path = live.root / (program.__name__ + ".py")
    path.write_text("pattern = '\\d'\nif pattern is 'x':\n    pass\n" + text)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        assert live.at(program, "work")["moved"] is True
        assert warnings.filters == before
    assert told == []


def test_frozen_objects_are_found(live):
    program = live.load("class Cart:\n    def add(self, n):\n        return n  # probe: add\n")
    gc.freeze()
    try:
        assert live.at(program, "add")["state"] == "placed"
    finally:
        gc.unfreeze()


ASYNCIO = """
import asyncio, gc, sys
from spoor.live import loaded

async def waits():
    loop = asyncio.get_running_loop()
    for _ in range(50):
        futures = [loop.create_future() for _ in range(20)]
        async def one(future):
            await future
        tasks = [asyncio.ensure_future(one(each)) for each in futures]
        await asyncio.sleep(0)
        for each in futures:
            each.set_result(None)
        await asyncio.gather(*tasks)

asyncio.run(waits())
gc.freeze()
places = [{"kind": "function", "function": "waits"}]
for _ in range(3):
    assert loaded.Loaded(loaded.Paths("."), places).look().files
    asyncio.run(waits())
    gc.collect()
print("over")
"""


def test_looking_brings_back_nothing_that_is_gone():
    """`_asyncio` lets the collector see objects that are gone; to let go of one a second time made a ring of them."""
    env = dict(os.environ, PYTHONPATH=SOURCES, PYTHONDONTWRITEBYTECODE="1")
    out = subprocess.run([sys.executable, "-c", ASYNCIO], env=env, stdout=subprocess.PIPE, timeout=60, check=True)
    assert out.stdout == b"over\n"


def test_nothing_is_looked_for_twice_where_nobody_froze_anything():
    """3.12 itself has objects that count as frozen."""
    env = dict(os.environ, PYTHONPATH=SOURCES, PYTHONDONTWRITEBYTECODE="1")
    source = (
        "import gc; gc.collect()\nfrom spoor.live import loaded\n"
        "def never(): raise AssertionError(gc.get_freeze_count())\n"
        "loaded._frozen_functions = never\nloaded._functions()"
    )
    subprocess.run([sys.executable, "-c", source], env=env, timeout=60, check=True)


def test_lines_and_calls_that_were_passed_while_another_probe_was_there(live):
    text = "def work(n):\n    m = n + 1  # probe: first\n    return m  # probe: second\n\n"
    program = live.load(text + "def other():\n    pass\n")
    live.at(program, "first")
    for n in range(3):
        program.work(n)
        program.other()
    live.at(program, "second")
    live.function("other")
    program.work(7)
    program.other()
    assert [told["probeId"] for told in live.events.snapshots] == ["p1", "p1", "p1", "p1", "p2", "p3"]


def test_a_comprehension_belongs_to_its_line(live):
    program = live.load("def work(given):\n    return [n * 2 for n in given]  # probe: work\n")
    live.at(program, "work")
    program.work([1, 2, 3])
    # Before 3.12 a comprehension is a function of its own, and would be hit beside the line that holds it.
    assert [s["function"] for s in live.events.snapshots] == ["work"]


def test_nothing_is_left(live):
    program = live.load(LOOP)
    code = program.loop.__code__
    threads_before = threading.active_count()
    references = sys.getrefcount(code)
    hooks = list(gc.callbacks)
    live.at(program, "turn", stack={"frames": 3, "locals": 3})
    live.at(program, "left", waitForEnd=True)
    live.function("rest", waitForEnd=True)
    program.going = False
    program.loop("x")
    assert live.counts("p2")["sent"] == 1
    if MONITORED:
        tool = next(each for each in range(6) if sys.monitoring.get_tool(each) == "spoor probes")
        assert sys.monitoring.get_local_events(tool, code)
    live.probes.close()
    assert sys.getrefcount(code) == references
    assert threading.active_count() == threads_before
    assert sys.gettrace() is None and gc.callbacks == hooks
    assert getattr(threading, "_trace_hook", None) is None
    if MONITORED:
        assert sys.monitoring.get_tool(tool) is None
        sys.monitoring.use_tool_id(tool, "test")
        assert not sys.monitoring.get_events(tool)
        assert not any(sys.monitoring.get_local_events(tool, each) for each in (code, program.rest.__code__))
        sys.monitoring.free_tool_id(tool)
    seen = len(live.events.all)
    program.loop("x")
    program.rest()
    assert len(live.events.all) == seen


def test_asleep_nothing_is_hooked_and_it_wakes_again(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    live.at(program, "work")
    live.send(awake=False)
    assert live.states["p1"] == {"state": "asleep"}
    program.work(1)
    assert sys.gettrace() is None
    if MONITORED:
        assert "spoor probes" not in [sys.monitoring.get_tool(each) for each in range(6)]
    live.send()
    assert live.states["p1"]["state"] == "placed"
    program.work(2)
    assert live.events.values("n") == [(2,)]
    assert live.counts()["hits"] == 1
