"""What the link asks of `Probes`, whichever engine is behind it: whole sets, states, counts that add up, nothing left
after `close`."""

import json
import os
import sys

import pytest
from spoor.live.outbox import Outbox

probes_module = pytest.importorskip("spoor.live.probes", reason="no engine of probes", exc_type=ImportError)

ROOT = os.path.dirname(os.path.abspath(__file__))
HERE = os.path.abspath(__file__)


def target(a, b=2):
    total = a + b
    return total  # probe: total


def line_of(marker):
    with open(HERE, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if text.rstrip().endswith("# probe: " + marker):
                return number
    raise AssertionError(marker)


def tracepoint(identity="t1", **more):
    probe = {
        "id": identity,
        "type": "tracepoint",
        "place": {"kind": "line", "file": HERE, "line": line_of("total")},
        "tags": [],
        "condition": None,
        "rateLimit": {"perSecond": 1000, "burst": 1000},
        "hitLimit": None,
        "expiresInMs": 3_600_000,
        "expressions": [],
        "globals": [],
        "stack": {"frames": 5, "locals": 0},
        "waitForEnd": False,
        "values": "default",
    }
    probe.update(more)
    return probe


@pytest.fixture
def probes():
    outbox = Outbox()
    made = probes_module.Probes(outbox, ROOT)
    made.outbox = outbox
    yield made
    made.close()


def events(outbox):
    found = []
    while True:
        message = outbox.message()
        if message is None:
            return found
        found += json.loads(message.decode("utf-8"))["events"]


def states(probes):
    return {each["id"]: each["state"] for each in probes.changed_states()}


def test_a_whole_set_is_armed_told_once_and_hit(probes):
    probes.desire([tracepoint()], True, 0.5)
    assert states(probes) == {"t1": "placed"}
    assert probes.changed_states() == []
    probes.desire([tracepoint()], True, 0.5)
    target(1)
    (event,) = events(probes.outbox)
    assert event["name"] == "probe.hit.snapshot" and event["payload"]["probeId"] == "t1"
    counts = probes.counts()["t1"]
    assert (counts["hits"], counts["sent"]) == (1, 1)
    assert probes.counts() is None


def test_asleep_nothing_is_hit_and_counts_go_on_after_it(probes):
    probes.desire([tracepoint()], True, 0.5)
    target(1)
    probes.desire([tracepoint()], False, 0.5)
    assert states(probes) == {"t1": "asleep"}
    target(1)
    probes.desire([tracepoint()], True, 0.5)
    assert states(probes) == {"t1": "placed"}
    target(1)
    assert probes.counts()["t1"]["hits"] == 2


def test_counts_of_a_probe_that_was_taken_away_are_told_once_more(probes):
    probes.desire([tracepoint()], True, 0.5)
    target(1)
    probes.desire([], True, 0.5)
    assert probes.counts()["t1"]["hits"] == 1
    target(1)
    assert probes.counts() is None


def test_an_outbox_that_is_full_drops_and_counts(probes):
    probes.desire([tracepoint()], True, 0.5)
    probes.outbox.close()
    target(1)
    counts = probes.counts()["t1"]
    assert (counts["hits"], counts["sent"], counts["dropped"]) == (1, 0, 1)


def test_resolving_places_nothing(probes):
    found = probes.resolve({"kind": "line", "file": os.path.basename(HERE), "line": line_of("total")})
    assert found == {"found": True, "file": HERE, "line": line_of("total"), "function": "target"}
    assert probes.resolve({"kind": "line", "file": "no_such_file.py", "line": 1}) == {"found": False, "why": "unknown"}
    target(1)
    assert events(probes.outbox) == []


def test_after_close_nothing_is_left():
    outbox = Outbox()
    before = monitored()
    probes = probes_module.Probes(outbox, ROOT)
    probes.desire([tracepoint()], True, 0.5)
    target(1)
    probes.close()
    target(1)
    assert len(events(outbox)) == 1
    assert monitored() == before
    assert sys.gettrace() is None and sys.getprofile() is None


def monitored():
    """Tools in use, and what they hear of `target`."""
    if not hasattr(sys, "monitoring"):
        return None
    of_tool = sys.monitoring.get_local_events
    used = [each for each in range(6) if sys.monitoring.get_tool(each) is not None]
    return used, [of_tool(each, target.__code__) for each in used]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_child_counts_for_itself(probes):
    probes.desire([tracepoint()], True, 0.5)
    target(1)
    pid = os.fork()
    if pid == 0:
        good = False
        try:
            probes.outbox.clear()
            probes.after_fork_in_child()
            target(2)
            good = probes.counts()["t1"]["hits"] == 1 and len(events(probes.outbox)) == 1
        finally:
            os._exit(0 if good else 1)
    assert os.waitpid(pid, 0)[1] == 0
