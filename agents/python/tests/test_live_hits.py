"""What a hit tells: snapshots, ends of calls, limits, counts that add up, and a program that notices nothing."""

import signal
import sys
import threading
import time
import weakref

import pytest
from probed import MONITORED, Live
from spoor.live.budget import Budget


@pytest.fixture
def live(tmp_path):
    made = Live(tmp_path)
    yield made
    made.probes.close()


WORK = """
LIMIT = 5
API_KEY = "k3y-of-the-kingdom"

class Order:
    def __init__(self, total):
        self.total = total

    def __repr__(self):
        raise AssertionError("code of the program was called")

    __str__ = __eq__ = __hash__ = __len__ = __bool__ = __getattr__ = __repr__

def work(order, password, *rest, flag=None, **more):
    total = order.total + 1
    names = ["a", "b"]
    return total, names  # probe: work

def outer(n):
    kept = n
    return work(Order(n), "s3cret", 1, 2, flag=True, extra=kept)

def fails(n):
    m = n + 1  # probe: fails
    raise ValueError("no " + str(m))

def numbers(n):
    got = yield n  # probe: numbers
    return got
"""


def test_a_snapshot(live):
    program = live.load(WORK)
    live.at(program, "work", globals=["LIMIT", "API_KEY", "NONE"], stack={"frames": 2, "locals": 2}, tags=["x"])
    assert program.outer(3) == (4, ["a", "b"])
    (told,) = live.events.snapshots
    file = program.__file__
    line = live.line(file, "work")
    where = {name: told[name] for name in ("probeId", "probeType", "file", "line", "function", "tags")}
    assert where == {
        "probeId": "p1",
        "probeType": "tracepoint",
        "file": file,
        "line": line,
        "function": "work",
        "tags": ["x"],
    }
    assert told["thread"]["name"] == "MainThread"
    order = {"$": "Order", "total": 3}
    assert told["snapshot"] == {
        "arguments": {
            "order": order,
            "password": {"$": "redacted", "why": "name:password"},
            "flag": True,
            "rest": [1, 2],
            "more": {"extra": 3},
        },
        "locals": {"total": 4, "names": ["a", "b"]},
        "globals": {
            "LIMIT": 5,
            "API_KEY": {"$": "redacted", "why": "name:api_key"},
            "NONE": {"$": "unreadable", "why": "no global 'NONE'"},
        },
    }
    first, second = told["stack"]
    assert (first["function"], first["line"], first["locals"]["total"]) == ("work", line, 4)
    assert (second["function"], second["file"], second["locals"]) == ("outer", file, {"n": 3, "kept": 3})


def test_self_is_a_variable_like_others(live):
    program = live.load(
        "class Cart:\n"
        "    def add(self, item):\n"
        "        self.items = [item, (item, [1])]\n"
        "        return item  # probe: add\n"
    )
    live.at(program, "add", stack={"frames": 1, "locals": 1})
    live.at(program, "add", values="shallow")
    program.Cart().add("pen")
    deep, shallow = [told["snapshot"]["arguments"]["self"] for told in live.events.snapshots]
    assert {name: deep[name] for name in ("$", "items")} == {
        "$": "Cart",
        "items": ["pen", {"$": "tuple", "items": ["pen", {"$": "list", "len": 1}]}],
    }
    assert shallow["items"] == {"$": "list", "len": 2}


def test_values_of_no_level_are_not_taken(live):
    program = live.load(WORK)
    live.at(program, "work", values="none")
    program.outer(3)
    assert live.events.snapshots[0]["snapshot"] == {}


def test_the_end_of_a_call(live):
    program = live.load(WORK)
    live.function("work", waitForEnd=True)
    live.at(program, "fails", waitForEnd=True)
    live.at(program, "numbers", waitForEnd=True)
    program.outer(3)
    for n in (1, 2):
        with pytest.raises(ValueError):
            program.fails(n)
    numbers = program.numbers(7)
    next(numbers)
    assert live.counts("p3")["hits"] == 0
    with pytest.raises(StopIteration):
        numbers.send("got")
    thrown = program.numbers(8)
    next(thrown)
    with pytest.raises(KeyError):
        thrown.throw(KeyError("k"))
    work, first, second, returned, raised = live.events.snapshots
    assert work["snapshot"]["returnValue"] == {"$": "tuple", "items": [4, ["a", "b"]]}
    assert work["snapshot"]["locals"] == {} and work["durationNs"] > 0
    assert first["snapshot"]["arguments"] == {"n": 1} and second["snapshot"]["arguments"] == {"n": 2}
    assert (first["snapshot"]["exception"]["type"], first["snapshot"]["exception"]["message"]) == ("ValueError", "no 2")
    assert returned["snapshot"]["returnValue"] == "got"
    assert raised["snapshot"]["exception"]["type"] == "KeyError"


def test_recursion_ends_each_call_for_itself(live):
    program = live.load("def down(n):\n    return 0 if n == 0 else down(n - 1) + 1\n")
    live.function("down", waitForEnd=True)
    assert program.down(3) == 3
    ends = [(s["snapshot"]["arguments"]["n"], s["snapshot"]["returnValue"]) for s in live.events.snapshots]
    assert ends == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_the_rate_is_limited_and_told_once_a_second(live):
    program = live.load(WORK)
    live.at(program, "work", rateLimit={"perSecond": 0.001, "burst": 3})
    for n in range(10):
        program.outer(n)
    counts = live.counts()
    assert (counts["hits"], counts["sent"], counts["limited"]) == (10, 3, 7)
    live.probes.tick()
    program.outer(1)
    live.probes.tick()
    told = [(e["why"], e["count"]) for e in live.events.of("probe.error.rateLimit")]
    assert told == [("rate", 7)]
    live.probes.close()
    assert [(e["why"], e["count"]) for e in live.events.of("probe.error.rateLimit")] == [("rate", 7), ("rate", 1)]


def test_a_hit_limit_is_exact_and_counts_add_up_under_threads(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    live.at(program, "work", hitLimit=1000)
    live.function("work")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=lambda: [program.work(n) for n in range(200)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert live.counts("p1")["sent"] == 1000
    assert live.counts("p1")["hits"] == live.counts("p2")["hits"] == live.counts("p2")["sent"] == 1600
    assert len(live.events.snapshots) == 2600
    live.probes.tick()
    live.look()
    assert live.states["p1"] == {"state": "ended", "why": "hit_limit"}
    program.work(1)
    assert live.counts("p1")["hits"] == 1600 and live.counts("p2")["hits"] == 1601


def test_a_full_outbox_drops_and_counts(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    live.at(program, "work")
    live.events.full = True
    program.work(1)
    live.events.full = False
    program.work(2)
    live.probes.tick()
    assert (live.counts()["hits"], live.counts()["sent"], live.counts()["dropped"]) == (2, 1, 1)
    assert [(e["why"], e["count"]) for e in live.events.of("probe.error.rateLimit")] == [("queue", 1)]


def test_a_probe_expires(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    live.at(program, "work", expiresInMs=1)
    time.sleep(0.01)
    live.probes.tick()
    assert live.look()["p1"] == {"state": "ended", "why": "expired"}
    program.work(1)
    assert live.events.all == []


def test_the_dearest_probe_is_taken_away_where_probes_cost_too_much(live):
    program = live.load("def dear(n):\n    return n  # probe: dear\n\ndef cheap(n):\n    return n  # probe: cheap\n")
    live.at(program, "dear")
    live.at(program, "cheap")
    live.send(budget=0.0004)
    live.probes.tick()
    program.cheap(1)
    end = time.time() + 10
    while live.look()["p1"]["state"] == "placed":
        assert time.time() < end
        for n in range(50):
            program.dear(n)
        live.probes.tick()
    assert live.states["p1"]["state"] == "over_budget" and "of a core" in live.states["p1"]["message"]
    assert live.states["p2"]["state"] == "placed"
    hits = live.counts("p1")["hits"]
    program.dear(1)
    assert live.counts("p1")["hits"] == hits
    assert [e["why"] for e in live.events.of("probe.error.rateLimit")] == ["budget"]
    # Changed, it has another chance.
    live.wanted[0] = dict(live.wanted[0], tags=["again"])
    live.send()
    assert live.states["p1"]["state"] == "placed"


class Costly:
    """As much of a probe as its budget looks at."""

    def __init__(self):
        self.counts = self
        self.cost_ns = self.dearest_ns = 0

    def hit(self, nanoseconds):
        self.cost_ns += nanoseconds
        self.dearest_ns = max(self.dearest_ns, nanoseconds)


def test_a_single_dear_hit_is_no_reason():
    budget, probe, other = Budget(), Costly(), Costly()
    assert budget.over([probe, other], 0.0) == []
    probe.hit(900_000_000)
    assert budget.over([probe, other], 1.0) == []
    for _ in range(9):
        other.hit(10_000_000)
    assert budget.over([probe, other], 2.0) == []
    probe.hit(50_000_000)
    # The dearest of many: what the one hit took is not held against it.
    assert [each for each, _ in budget.over([probe, other], 3.0)] == [other]
    # What is five seconds ago is forgotten.
    assert budget.over([probe], 9.0) == []


def test_a_timer_and_its_buckets(live):
    program = live.load("import time\ndef work(pause):\n    time.sleep(pause)\n")
    metric = {"name": "took", "kind": "timer", "expression": None, "labels": [], "buckets": [0.15, 5]}
    live.function("work", type="metric", metric=metric)
    for pause in (0, 0, 0.2):
        program.work(pause)
    live.probes.tick()
    (told,) = live.events.of("probe.hit.metric")
    assert (told["metric"], told["kind"], told["samples"], told["labels"]) == ("took", "timer", 3, {})
    assert told["buckets"] == [{"le": 0.15, "count": 2}, {"le": 5, "count": 1}]
    assert told["min"] <= told["last"] == told["max"] and 0.2 <= told["max"] <= told["sum"] < 5
    assert live.counts()["sent"] == 3


def test_a_counter_is_told_at_most_once_a_second(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    metric = {"name": "works", "kind": "counter", "expression": None, "labels": [], "buckets": []}
    live.at(program, "work", type="metric", metric=metric)
    program.work(1)
    live.probes.tick()
    program.work(2)
    program.work(3)
    live.probes.tick()
    assert [e["samples"] for e in live.events.of("probe.hit.metric")] == [1]
    live.probes.close()
    assert [(e["samples"], e["sum"]) for e in live.events.of("probe.hit.metric")] == [(1, 1), (2, 2)]
    assert live.counts()["hits"] == live.counts()["sent"] == 3


# -- the program notices nothing -------------------------------------------------------------------------------------


LOCALS = """
import gc
import weakref

class Thing:
    pass

def dies(thing):
    seen = weakref.ref(thing)
    x = 1  # probe: dies
    del thing
    return seen() is None

def holds():
    x = 1
    mine = locals()
    y = 2  # probe: holds
    return sorted(mine)

def executes():
    exec("made = 5")
    x = 1  # probe: executes
    return eval("made"), locals()["made"]
"""


@pytest.mark.skipif(not MONITORED, reason="before 3.12 a trace function makes the interpreter keep the variables")
def test_variables_live_as_long_as_without_a_probe(live):
    program = live.load(LOCALS)
    # pytest keeps what an assertion is about.
    died, held = program.dies(program.Thing()), program.holds()
    for marker in ("dies", "holds", "executes"):
        live.at(program, marker)
    died_again = program.dies(program.Thing())
    assert died and died_again
    if sys.version_info < (3, 13):
        assert program.executes() == (5, 5)
        # A dictionary that the program holds is brought up to date, and keeps what is in it.
        assert set(program.holds()) >= {"x"}
    else:
        assert program.holds() == held
    assert len(live.events.snapshots) >= 2


def test_a_signal_handler_that_raises_during_a_hit(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    live.at(program, "work")

    class Stop(Exception):
        pass

    def handler(number, frame):
        raise Stop

    before = signal.signal(signal.SIGALRM, handler)
    stopped = 0
    try:
        for n in range(40):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + n * 0.00002)
                while True:
                    program.work(n)
            except Stop:
                stopped += 1
            live.probes.tick()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert stopped == 40
    live.counts()
    seen = len(live.events.snapshots)
    if MONITORED:
        program.work(-1)
        assert len(live.events.snapshots) == seen + 1


def test_at_the_recursion_limit(live):
    program = live.load("def down(n):\n    n += 1  # probe: down\n    return down(n)\n")
    live.at(program, "down")
    with pytest.raises(RecursionError):
        program.down(0)
    assert live.counts()["hits"] > 100


@pytest.mark.skipif(MONITORED, reason="from 3.12 on probes need no trace function")
def test_another_tools_trace_function_stays(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    seen = []

    def hook(frame, event, argument):
        seen.append(event)

    sys.settrace(hook)
    try:
        live.at(program, "work")
        program.work(1)
        assert sys.gettrace() is hook and seen
        assert "another tool" in live.look()["p1"]["note"]
    finally:
        sys.settrace(None)
    assert live.events.snapshots == []


@pytest.mark.skipif(not MONITORED, reason="before 3.12 there are no tool ids")
def test_no_tool_id_is_taken_from_others(live):
    program = live.load("def work(n):\n    return n  # probe: work\n")
    monitoring = sys.monitoring
    for tool in (3, 4):
        monitoring.use_tool_id(tool, "other %d" % tool)
    try:
        state = live.at(program, "work")
        assert state["code"] == "unsupported" and "other 3" in state["message"]
        assert program.work(1) == 1
    finally:
        for tool in (3, 4):
            monitoring.free_tool_id(tool)
    live.wanted.clear()
    live.send()
    assert live.at(program, "work")["state"] == "placed"


def test_objects_do_not_live_longer_for_an_event(live):
    program = live.load("def work(thing):\n    return 1  # probe: work\n")
    live.at(program, "work", stack={"frames": 3, "locals": 3})
    live.function("work", waitForEnd=True)

    class Thing:
        pass

    thing = Thing()
    seen = weakref.ref(thing)
    program.work(thing)
    assert len(live.events.snapshots) == 2
    del thing
    alive = seen() is not None
    assert not alive
