"""What engines tell of threads, tasks, gaps, sampling and limits, as records of a spool."""

import os
import sys

import native_core
import pytest
from recording import record


def test_threads_have_names_and_the_call_that_started_them(tmp_path):
    source = (
        "import threading\n"
        "def work(): pass\n"
        "def launch():\n"
        "    t = threading.Thread(target=work, name='worker', daemon=True); t.start(); t.join()\n"
        "launch()\n"
    )
    recorded = record(tmp_path, source)
    thread = next(r for r in recorded.of("T") if r["payload"]["name"] == "worker")
    launch = next(r for r in recorded.of("C") if recorded.functions()[r["ref"]] == "launch")
    assert thread["payload"] == {"name": "worker", "daemon": True}
    assert thread["parent"] == launch["id"]
    work = next(r for r in recorded.of("C") if recorded.functions()[r["ref"]] == "work")
    assert (work["thread"], work["parent"]) == (thread["id"], 0)


def test_tasks_are_told_apart_after_their_addresses_are_used_again(tmp_path):
    source = (
        "import asyncio\n"
        "async def work(n):\n    await asyncio.sleep(0)\n"
        "async def main():\n"
        "    for n in range(20):\n        await asyncio.create_task(work(n))\n"
        "asyncio.run(main())\n"
    )
    recorded = record(tmp_path, source)
    strands = [r["thread"] for r in recorded.of("C") if r["payload"] and "n" in r["payload"]]
    assert len(set(strands)) == 20
    main = next(r for r in recorded.of("C") if recorded.functions()[r["ref"]] == "main")
    assert [r["parent"] for r in recorded.of("K")].count(main["id"]) == 20


def test_gaps_count_and_stop_counting_at_their_bound(tmp_path):
    source = "def f():\n    for i in range(50):\n        len('x')\nf()\n"
    recorded = record(tmp_path, source, gapCalls=10)
    gap = next(r for r in recorded.of("G") if r["payload"]["name"] == "len")
    assert (gap["ref"], gap["thread"]) == (10, 1)
    assert gap["payload"]["kind"] == "native"
    whole = tmp_path / "whole"
    whole.mkdir()
    recorded = record(whole, source)
    gap = next(r for r in recorded.of("G") if r["payload"]["name"] == "len")
    assert (gap["ref"], gap["thread"]) == (50, 0)


def test_no_gap_names_the_agent(tmp_path):
    source = "import os, atexit\natexit.register(print)\nif not os.fork():\n    os._exit(0)\nos.wait()\n"
    recorded = record(tmp_path, source)
    assert not [r for r in recorded.of("G") if r["payload"]["module"].startswith("spoor")]


def test_a_hot_function_is_counted_exactly(tmp_path):
    recorded = record(tmp_path, "def f(n):\n    return n\nfor i in range(1000):\n    f(i)\n", hot=10)
    assert recorded.calls().count("f") == 10
    counter = recorded.of("N")[0]
    assert (counter["ref"], counter["payload"]["why"]) == (990, "hot")
    assert 0 < counter["payload"]["max_ns"] <= counter["payload"]["total_ns"]


def test_nothing_is_sampled_at_rate_zero_and_random_numbers_stay_the_programs(tmp_path):
    source = "import random\nrandom.seed(1)\ndef f(): return random.random()\nprint(f(), f())\n"
    recorded = record(tmp_path, source, sample=0)
    assert recorded.calls() == ["<module>"]
    assert recorded.of("N")[0]["ref"] == 2
    assert recorded.out == "0.13436424411240122 0.8474337369372327\n"


def test_without_values_there_are_none(tmp_path):
    recorded = record(tmp_path, "def f(secretive):\n    return 'token'\nf('word')\n", values="none")
    assert all(r["payload"] is None for r in recorded.of("C") + recorded.of("R"))
    assert all(b"token" not in text and b"word" not in text for text in recorded.files.values())


def test_the_recursion_limit_is_survived(tmp_path):
    source = (
        "def deep(n):\n    return deep(n + 1)\n"
        "for _ in range(3):\n    try:\n        deep(0)\n    except RecursionError:\n        pass\n"
        "def after(): return 1\n"
        "print(after())\n"
    )
    recorded = record(tmp_path, source)
    assert (recorded.out, recorded.err, recorded.code) == ("1\n", "", 0)
    assert recorded.calls()[-1] == "after"
    assert [r["payload"]["why"] for r in recorded.of("D") if r["ref"]][:1] in (["agent_error"], [])
    assert recorded.records[-1]["payload"]["why"] == "exit"


@pytest.mark.skipif(
    sys.version_info >= (3, 12) or os.environ.get("SPOOR_TEST_CORE") == "native",
    reason="only the pure engine before 3.12 is the trace hook",
)
def test_a_program_that_takes_the_trace_hook_is_told(tmp_path):
    source = "import sys\ndef f(): pass\nf()\nsys.settrace(lambda *a: None)\nf()\nsys.settrace(None)\n"
    recorded = record(tmp_path, source)
    assert recorded.calls().count("f") == 1
    assert [r["payload"]["why"] for r in recorded.of("D") if r["ref"]] == ["displaced"]


def test_a_raw_thread_is_recorded_or_told(tmp_path):
    source = (
        "import _thread\n"
        "def work():\n    lock.release()\n"
        "lock = _thread.allocate_lock(); lock.acquire()\n"
        "def launch():\n    _thread.start_new_thread(work, ())\n"
        "launch(); lock.acquire()\n"
    )
    recorded = record(tmp_path, source)
    told = [r["payload"]["why"] for r in recorded.of("D") if r["ref"]]
    assert ("work" in recorded.calls(), told) in ((True, []), (False, ["not_injected"]))


def test_suspensions_of_one_call_are_counted_past_the_limit(tmp_path):
    source = (
        "def numbers(n):\n    for i in range(n):\n        yield i\n"
        "def take(g, k):\n    for _ in range(k):\n        next(g)\n"
        "list(numbers(1000))\n"
        "g = numbers(100)\ntake(g, 20)\ntake(g, 20)\n"
    )
    recorded = record(tmp_path, source, hot=10)

    def calls(name):
        return [r["id"] for r in recorded.of("C") if recorded.functions()[r["ref"]] == name]

    whole, part = calls("numbers")
    first, second = calls("take")
    kinds = [
        [r["kind"] for r in recorded.records if r["id"] == call and r["kind"] in "CSUYR"] for call in (whole, part)
    ]
    assert kinds[0] == ["C"] + ["S", "U"] * 10 + ["Y", "R"]
    # The second call of `take` goes on with what the first began: its time is not to count for that one.
    assert kinds[1][:4] == ["C", "Y", "S", "U"]
    told = [(r["id"], r["parent"], r["ref"]) for r in recorded.of("Y")]
    assert told[:2] == [(whole, 1, 990), (part, first, 19)]
    assert told[2:] in ([], [(part, second, 19)])
    assert all(r["payload"]["waiting_ns"] > 0 for r in recorded.of("Y"))
    assert [r["payload"] for r in recorded.of("S") if r["id"] == part][:1] == [None]


def test_classes_that_are_gone_are_not_taken_for_others_at_their_address(tmp_path):
    (tmp_path / "outside.py").write_text(
        "def make(name):\n"
        "    def start(self): self.made = True\n"
        "    return type(name, (), {'__init__': start, '__slots__': ('made',)})\n"
    )
    source = (
        "import gc, outside\n"
        "def one(cls): cls()\n"
        "def other(cls): cls()\n"
        "seen = set()\n"
        "for at in range(60):\n"
        "    made = outside.make('Made%d' % at)\n"
        "    seen.add(id(made))\n"
        "    one(made)\n"
        "    if at % 3: other(made)\n"
        "    made = None\n"
        "    gc.collect()\n"
        "print(len(seen) < 60)\n"
    )
    recorded = record(tmp_path, source, exclude=["outside"])
    assert recorded.out == "True\n" or native_core.keeps_what_was_freed(), "the test needs addresses that come again"
    functions = recorded.functions()
    gaps = [(functions[r["parent"]], r["payload"]["name"], r["ref"]) for r in recorded.of("G")]
    per_class = [("one", "Made%d" % at, 1) for at in range(60)] + [
        ("other", "Made%d" % at, 1) for at in range(60) if at % 3
    ]
    if sys.version_info < (3, 12):
        # Before 3.12 nothing tells of the call of a class, only of the function that it calls.
        counted = [gap for gap in gaps if gap[1].endswith("start")]
        assert sorted(counted) == [("one", "make.<locals>.start", 60), ("other", "make.<locals>.start", 40)]
    else:
        assert sorted(gap for gap in gaps if "Made" in gap[1]) == sorted(per_class)


def test_a_class_that_says_what_it_is_an_instance_of(tmp_path):
    """Up to 3.10 any hook that is called in its body undoes that."""
    source = (
        "class Base:\n    def work(self): return 1\n"
        "def named(n): return n\n"
        "class Lazy(Base):\n"
        "    __class__ = property(lambda self: int)\n"
        "    size = len('abc')\n"
        "    name = named('lazy')\n"
        "    def work(self): return super().work()\n"
        "print(isinstance(Lazy(), int), Lazy().work())\n"
    )
    recorded = record(tmp_path, source)
    assert (recorded.out, recorded.err) == ("True 1\n", "")
    assert recorded.calls().count("named") == 1 and "Lazy.work" in recorded.calls()
