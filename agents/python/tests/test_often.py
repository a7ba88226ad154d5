"""Values of functions that are called often: one call in sixty-four has them opened, and each call keeps to what was
decided when it began."""

import re

import pytest
from recording import record

HOT = {"why": "hot"}

PROGRAM = """
class Order:
    def __init__(self, id):
        self.id = id

    def total(self, lines, factor):
        return [factor] if lines else ()

order = Order(5)
for n in range(150):
    order.total([n], {"by": n})
"""


def shown(recorded, kind, name):
    """The payloads of the records of one function, in order."""
    names = recorded.functions()
    calls = {record["id"] for record in recorded.of("C") if names[record["ref"]] == name}
    return [record["payload"] for record in recorded.of(kind) if record["id"] in calls]


def opened(payloads):
    """Which of the records show what is inside."""
    return [at for at, payload in enumerate(payloads) if '"hot"' not in str(payload).replace("'", '"')]


@pytest.mark.parametrize("values", ["default", "shallow"])
def test_one_call_in_sixty_four(tmp_path, values):
    recorded = record(tmp_path, PROGRAM, hotValues=10, values=values)
    calls = shown(recorded, "C", "Order.total")
    assert len(calls) == 150
    assert opened(calls) == [*range(11), 74, 138]
    assert opened(shown(recorded, "R", "Order.total")) == [*range(11), 74, 138]
    identity = calls[0]["self"]["$id"]
    assert calls[11] == {
        "self": {"$": "Order", "$id": identity, "$cut": HOT},
        "lines": {"$": "list", "len": 1, "why": "hot"},
        "factor": {"$": "dict", "len": 1, "why": "hot"},
    }
    assert shown(recorded, "R", "Order.total")[11] == {"$": "list", "len": 1, "why": "hot"}
    if values == "default":
        assert calls[74]["factor"] == {"by": 74}


def test_from_the_first_call(tmp_path):
    calls = shown(record(tmp_path, PROGRAM, hotValues=0), "C", "Order.total")
    assert opened(calls) == [0, 64, 128]


@pytest.mark.parametrize("settings", [{"values": "full", "hotValues": 0}, {"hotValues": 100_001, "hot": 100_000}, {}])
def test_all_calls(tmp_path, settings):
    recorded = record(tmp_path, PROGRAM, **settings)
    assert opened(shown(recorded, "C", "Order.total")) == list(range(150))
    assert opened(shown(recorded, "R", "Order.total")) == list(range(150))


def test_what_is_whole(tmp_path):
    source = (
        "def f(*args): return args[0]\nfor n in range(3):\n    f(n, 'text', None, 1.5, [], {}, (), b'x', 2 ** 70)\n"
    )
    recorded = record(tmp_path, source, hotValues=1)
    assert shown(recorded, "C", "f")[2] == {"args": {"$": "list", "len": 9, "why": "hot"}}
    assert shown(recorded, "R", "f") == [0, 1, 2]
    source = "def f(a, b, c, d, e, f, g, h, password): pass\n"
    source += "for n in range(3):\n    f('text', None, 1.5, [], {}, (), b'x', 2 ** 70, [1])\n"
    (tmp_path / "2").mkdir()
    calls = shown(record(tmp_path / "2", source, hotValues=1), "C", "f")
    assert calls[2] == calls[0]
    assert calls[2]["password"] == {"$": "redacted", "why": "name:password"}


def test_results_of_calls_inside_each_other(tmp_path):
    """Each result is shown as its call is, however many calls began meanwhile."""
    source = "def f(n, m):\n    if n:\n        f(n - 1, m)\n    return [n]\nf(100, [1])\n"
    recorded = record(tmp_path, source, hotValues=2)
    calls = opened(shown(recorded, "C", "f"))
    assert calls == [0, 1, 2, 66]
    results = shown(recorded, "R", "f")[::-1]
    assert opened(results) == calls
    assert results[66] == [34]


def test_yielded_values_and_results_of_generators(tmp_path):
    source = (
        "def g(n):\n    yield [n]\n    yield {n: n}\n    return (n,)\n"
        "all = [g(n) for n in range(80)]\n"
        "for each in all: next(each)\n"
        "for each in all: next(each)\n"
        "for each in all: next(each, None)\n"
    )
    recorded = record(tmp_path, source, hotValues=3)
    yields = shown(recorded, "S", "g")
    assert opened(yields) == [0, 1, 2, 3, 67, 80, 81, 82, 83, 147]
    assert yields[4] == {"$": "list", "len": 1, "why": "hot"}
    results = shown(recorded, "R", "g")
    assert opened(results) == [0, 1, 2, 3, 67]
    assert results[4] == {"$": "tuple", "len": 1, "why": "hot"}


def test_a_forked_child_begins_anew(tmp_path):
    source = (
        "import os\ndef f(x): return x\nfor n in range(5): f([n])\n"
        "if not os.fork():\n    for n in range(5): f([n])\n    os._exit(0)\nos.wait()\n"
    )
    recorded = record(tmp_path, source, hotValues=3)
    assert opened(shown(recorded, "C", "f")) == [0, 1, 2, 3, 5, 6, 7, 8]


def test_locals_of_a_failed_frame_are_opened(tmp_path):
    source = (
        "def f(x):\n    here = [x, {'a': 1}]\n    raise ValueError(here)\n"
        "for n in range(5):\n    try:\n        f([n])\n    except ValueError:\n        if n == 4: raise\n"
    )
    recorded = record(tmp_path, source, hotValues=1)
    assert opened(shown(recorded, "C", "f")) == [0, 1]
    text = "".join(text.decode() for text in recorded.files.values())
    told = [line for line in text.splitlines() if line[:1] in "EL"]
    assert told and not [line for line in told if '"hot"' in line]
    assert re.search(r'"here":\[\[4\],\{"a":1\}\]', text)


def test_threads_share_the_count(tmp_path):
    source = (
        "import threading\ndef f(x): return x\n"
        "def work():\n    for n in range(40): f([n])\n"
        "all = [threading.Thread(target=work) for _ in range(4)]\n"
        "for each in all: each.start()\n"
        "for each in all: each.join()\n"
    )
    calls = shown(record(tmp_path, source, hotValues=32), "C", "f")
    assert (len(calls), len(opened(calls))) == (160, 32 + 2)
