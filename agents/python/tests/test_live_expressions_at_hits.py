"""Conditions, expressions, messages and metrics at hits; and probes beside the recorder."""

import os
import subprocess
import sys

import pytest
from probed import MONITORED, Live
from recording import make_run, records_of

SOURCES = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/src"


@pytest.fixture
def live(tmp_path):
    made = Live(tmp_path)
    yield made
    made.probes.close()


def name(text):
    return ["name", text, 1]


def compare(left, sign, right):
    return ["compare", left, [[sign, ["value", right], 3]]]


WORK = "FACTOR = 3\n\ndef work(n, password='hunter22'):\n    m = n * 2\n    return m  # probe: work\n"


def test_a_condition_of_variables_and_globals(live):
    program = live.load(WORK)
    live.at(program, "work", condition=["and", compare(name("n"), ">", 3), compare(name("FACTOR"), "==", 3)])
    for n in range(6):
        program.work(n)
    assert live.events.values("n") == [(4,), (5,)]
    counts = live.counts()
    assert (counts["hits"], counts["unmet"], counts["sent"], counts["errors"]) == (6, 4, 2, 0)


def test_a_condition_that_fails_does_not_fire_and_is_told_once_a_second(live):
    program = live.load(WORK)
    live.at(program, "work", condition=compare(["member", name("n"), "nothing", 2], "==", 1))
    for n in range(5):
        program.work(n)
    live.probes.tick()
    program.work(6)
    live.probes.tick()
    counts = live.counts()
    assert (counts["hits"], counts["unmet"], counts["errors"]) == (6, 6, 6)
    (told,) = live.events.of("probe.error.condition")
    assert (told["probeId"], told["count"], told["column"]) == ("p1", 5, 2) and "nothing" in told["error"]
    assert live.events.snapshots == []


def test_expressions_say_why_they_have_no_value(live):
    program = live.load(WORK)
    wanted = [{"text": text, "expression": name(text)} for text in ("m", "password", "usr")]
    live.at(program, "work", expressions=wanted)
    program.work(4)
    (told,) = live.events.snapshots
    assert told["snapshot"]["expressions"] == {
        "m": 8,
        "password": {"$": "redacted", "why": "name:password"},
        "usr": {"$": "unreadable", "why": "no name 'usr'"},
    }


def test_a_logpoint(live):
    program = live.load(WORK)
    pieces = [
        "n is ",
        {"text": "n", "expression": name("n")},
        ", ",
        {"text": "password", "expression": name("password")},
    ]
    live.at(program, "work", type="logpoint", message=pieces)
    program.work(4)
    (told,) = live.events.of("probe.hit.logpoint")
    assert told["message"] == "n is 4, [redacted:name:password]"
    assert (told["probeType"], told["function"]) == ("logpoint", "work")


def test_a_histogram_by_labels_and_the_bound_of_their_sets(live):
    program = live.load(WORK)
    labels = [{"name": "n", "expression": name("n")}]
    metric = {"name": "m", "kind": "histogram", "expression": name("m"), "labels": labels, "buckets": [10, 1]}
    live.at(program, "work", type="metric", metric=metric)
    for n in (0, 1, 1, 7):
        program.work(n)
    live.probes.tick()
    told = {e["labels"]["n"]: e for e in live.events.of("probe.hit.metric")}
    assert {n: (e["samples"], e["sum"], e["min"], e["max"]) for n, e in told.items()} == {
        "0": (1, 0, 0, 0),
        "1": (2, 4, 2, 2),
        "7": (1, 14, 14, 14),
    }
    assert told["1"]["buckets"] == [{"le": 1, "count": 0}, {"le": 10, "count": 2}]
    for n in range(1000):
        program.work(n)
    live.probes.close()
    after = live.events.of("probe.hit.metric")[3:]
    assert sum(e["samples"] for e in after) == 1000
    assert len(after) == 201 and [e["samples"] for e in after if e["labels"]["n"] == "(other)"] == [800]
    assert "200 sets of labels" in live.events.of("probe.error.snapshot")[0]["error"]
    assert live.counts()["sent"] == live.counts()["hits"] == 1004


def test_a_metric_that_has_no_number(live):
    program = live.load(WORK)
    metric = {"name": "m", "kind": "gauge", "expression": name("password"), "labels": [], "buckets": []}
    live.at(program, "work", type="metric", metric=metric)
    program.work(1)
    live.probes.tick()
    counts = live.counts()
    assert (counts["hits"], counts["unmet"], counts["errors"]) == (1, 1, 1)
    assert live.events.of("probe.hit.metric") == []
    assert live.events.of("probe.error.snapshot")[0]["count"] == 1


BESIDE = """
import sys, json

def work(n):
    m = n + 1
    return m  # probe: work

def outer(n):
    return work(n)

if __name__ == "__main__":
    sys.path[:0] = [%r, %r]
    from probed import Live
    import pathlib
    live = Live(pathlib.Path("."))
    program = sys.modules["__main__"]
    for n in range(3):
        outer(n)
    live.at(program, "work")
    live.function("outer", waitForEnd=True)
    for n in range(3, 6):
        outer(n)
    live.probes.close()
    for n in range(6, 9):
        outer(n)
    told = [(s["function"], s["snapshot"].get("returnValue"), s["call"]["call"]) for s in live.events.snapshots]
    print(json.dumps(told))
"""


@pytest.mark.parametrize("core", ["python", "auto"])
def test_beside_the_recorder(tmp_path, core):
    run = make_run(tmp_path, core=core)
    (tmp_path / "app.py").write_text(BESIDE % (SOURCES, os.path.dirname(os.path.abspath(__file__))))
    env = {k: v for k, v in os.environ.items() if not k.startswith("SPOOR")}
    env.update(SPOOR_RUN=str(run), PYTHONPATH=os.path.join(SOURCES, "spoor", "_boot"))
    done = subprocess.run([sys.executable, "app.py"], cwd=str(tmp_path), env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = eval(done.stdout.replace("null", "None"))
    assert [each[:2] for each in told] == [[f, v] for n in (4, 5, 6) for f, v in (("work", None), ("outer", n))]
    records = [r for file in sorted((run / "spool").glob("*.spool")) for r in records_of(file.read_bytes())]
    names = {r["id"]: r["payload"]["name"] for r in records if r["kind"] == "F"}
    calls = {r["id"]: names[r["ref"]] for r in records if r["kind"] == "C"}
    assert [n for n in calls.values() if n in ("work", "outer")] == ["outer", "work"] * 9
    # The recorded call is named by each hit; the end of a call comes after it.
    assert {calls[call] for function, _, call in told if function == "work"} == {"work"}
    if MONITORED:
        assert not [r for r in records if r["kind"] == "D" and "agent" in str(r["payload"])]
