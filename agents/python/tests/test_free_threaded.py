"""Threads that record at the same time, each to a file of its own (spec/spool.md, Files of several threads): nothing is
lost, nothing is there twice, whatever ends a file meanwhile."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from recording import BOOT, CORE, Recorded, make_run, record, records_of

WITHOUT_LOCK = getattr(sys, "_is_gil_enabled", lambda: True)() is False
pytestmark = pytest.mark.skipif(
    not (WITHOUT_LOCK and CORE == "native"), reason="only the native core of a free-threaded build has such files"
)

STRESS = """
import os, queue, sys, threading

class Item:
    def __init__(self, n):
        self.n = n
        self.text = "t%d" % (n % 7)

    def twice(self, factor, words):
        return {"n": self.n * factor, "words": words}

def leaf(n):
    return n

def hot(n):
    return n

def fails(n):
    raise ValueError(n)

def values(first):
    for n in range(first, first + 5):
        got = yield n
    return first

def start(n):
    made = values(n)
    next(made)
    return made

def goes_on(made):
    for _ in made:
        pass

handed = queue.SimpleQueue()

def gives(calls):
    for n in range(calls // 10):
        handed.put(start(n))
    handed.put(None)

def takes():
    while True:
        made = handed.get()
        if made is None:
            return
        goes_on(made)

def work(calls):
    for n in range(calls):
        leaf(n)
        hot(n)
        if n % 5 == 0:
            Item(n).twice(2, ["a", n])
        if n % 17 == 0:
            try:
                fails(n)
            except ValueError:
                pass

def short(n):
    leaf(n)

THREADS, CALLS = int(sys.argv[1]), int(sys.argv[2])
threads = [threading.Thread(target=work, args=(CALLS,)) for _ in range(THREADS)]
threads += [threading.Thread(target=gives, args=(CALLS,)), threading.Thread(target=takes)]
for thread in threads:
    thread.start()
for n in range(40):
    churned = [threading.Thread(target=short, args=(n,)) for _ in range(3)]
    for thread in churned:
        thread.start()
    for thread in churned:
        thread.join()
for thread in threads:
    thread.join()
print("end")
"""

THREADS = 4
CALLS = 1500
HOT = 500


def check_whole(recorded):
    """Every line is a record, each id is there once, and no outcome is without its call."""
    assert all(b"\0" not in text for text in recorded.files.values())
    calls = Counter(call["id"] for call in recorded.of("C"))
    ends = Counter(end["id"] for kind in "RX" for end in recorded.of(kind))
    assert set(calls.values()) == {1}
    assert set(ends.values()) <= {1}
    assert set(ends) <= set(calls)
    functions = {each["id"] for each in recorded.of("F")}
    threads = {each["id"] for each in recorded.of("T")}
    assert all(call["ref"] in functions and call["thread"] in threads for call in recorded.of("C"))
    assert len(threads) == len(recorded.of("T"))
    return calls, ends


def check_order(recorded):
    """By their times, over all files, a call begins first, then is suspended and resumed by turns, and then ends; and
    nothing is used before the generation that defines it."""
    defined, main = set(), 0
    for name, text in recorded.files.items():
        records = records_of(text)
        assert records[0]["kind"] == "H"
        number = int(name.split(".")[1])
        beside = records[0]["payload"].get("beside")
        assert records[0]["ref"] == number
        if beside is None:
            main = number
            defined |= {each["id"] for each in records if each["kind"] == "F"}
        else:
            assert beside <= main, "a generation ends before the next one begins"
            assert all(each["ref"] in defined for each in records if each["kind"] == "C")
    steps = {}
    for each in recorded.records:
        if each["kind"] in "CSURX":
            steps.setdefault(each["id"], []).append(each["kind"])
    for kinds in steps.values():
        assert kinds[0] == "C", kinds
        assert "".join(kinds[1:]).replace("SU", "") in ("", "S", "R", "X"), kinds


def by_name(recorded):
    names = recorded.functions()
    return Counter(names[call["ref"]] for call in recorded.of("C"))


def counted(recorded):
    names, found = recorded.functions(), Counter()
    for each in recorded.of("N"):
        found[names[each["id"]]] += each["ref"]
    return found


@pytest.mark.parametrize("values", ["default", "none"])
def test_every_call_of_every_thread_is_there_once(tmp_path, values):
    recorded = record(tmp_path, STRESS, "app.py", str(THREADS), str(CALLS), hot=1 << 40, values=values)
    assert (recorded.out, recorded.err, recorded.code) == ("end\n", "", 0)
    calls, ends = check_whole(recorded)
    check_order(recorded)
    assert calls == ends
    each = THREADS * CALLS
    items = THREADS * len(range(0, CALLS, 5))
    given = CALLS // 10
    assert by_name(recorded) == {
        "<module>": 1,
        "Item": 1,
        "leaf": each + 120,
        "hot": each,
        "Item.__init__": items,
        "Item.twice": items,
        "fails": THREADS * len(range(0, CALLS, 17)),
        "values": given,
        "start": given,
        "goes_on": given,
        "gives": 1,
        "takes": 1,
        "work": THREADS,
        "short": 120,
    }
    assert len(recorded.of("S")) == len(recorded.of("U")) == 5 * given
    assert len([x for x in recorded.of("X") if x["ref"]]) == THREADS * len(range(0, CALLS, 17))
    assert [drop for drop in recorded.of("D") if drop["ref"]] == []
    # They were files of their own, and there was more than one generation.
    headers = [header["payload"] for header in recorded.of("H")]
    assert any("beside" in header for header in headers)
    assert len([header for header in headers if "beside" not in header]) > 1
    # A thread that begins goes on in the file of one that ended.
    assert len(headers) < 100


def test_calls_that_are_only_counted_are_all_counted(tmp_path):
    recorded = record(tmp_path, STRESS, "app.py", str(THREADS), str(CALLS), hot=HOT)
    assert (recorded.out, recorded.err, recorded.code) == ("end\n", "", 0)
    check_whole(recorded)
    check_order(recorded)
    each = THREADS * CALLS
    recorded_calls, counted_calls = by_name(recorded), counted(recorded)
    assert recorded_calls["hot"] == recorded_calls["leaf"] == HOT
    assert counted_calls["hot"] == each - HOT
    assert counted_calls["leaf"] == each + 120 - HOT
    gaps = Counter()
    for gap in recorded.of("G"):
        gaps[recorded.functions()[gap["parent"]], gap["payload"]["name"]] += gap["ref"]
    assert gaps["gives", "SimpleQueue.put"] == CALLS // 10 + 1
    assert gaps["takes", "SimpleQueue.get"] == CALLS // 10 + 1


def test_the_size_limit_holds_for_all_threads(tmp_path):
    recorded = record(tmp_path, STRESS, "app.py", str(THREADS), str(CALLS), hot=1 << 40, sizeBytes=1 << 20)
    assert (recorded.out, recorded.err, recorded.code) == ("end\n", "", 0)
    check_whole(recorded)
    each = THREADS * CALLS
    recorded_calls, counted_calls = by_name(recorded), counted(recorded)
    assert recorded_calls["hot"] + counted_calls["hot"] == each
    assert 0 < recorded_calls["hot"] < each
    assert {drop["payload"]["why"] for drop in recorded.of("D") if drop["ref"]} == {"size_limit"}
    assert sum(len(text) for text in recorded.files.values()) < 2 << 20


FORKS = """
import os, threading, time

def leaf(n):
    return n

def work():
    while not over:
        leaf(1)
        time.sleep(0.0001)

def child(n):
    def inside():
        for i in range(200):
            leaf(i)
    mine = threading.Thread(target=inside)
    mine.start()
    inside()
    mine.join()

def forks():
    for n in range(15):
        made = os.fork()
        if not made:
            child(n)
            os._exit(0)
        assert os.waitpid(made, 0)[1] == 0

over = []
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
forker = threading.Thread(target=forks)
forker.start()
forker.join()
over.append(1)
for thread in threads:
    thread.join()
print("end")
"""


def test_a_thread_forks_while_others_record(tmp_path):
    recorded = record(tmp_path, FORKS, "-W", "ignore", "app.py", hot=100000)
    assert (recorded.out, recorded.code) == ("end\n", 0), recorded.err
    by_process = {}
    for name, text in recorded.files.items():
        by_process.setdefault(name.split(".")[0], {})[name] = text
    children = 0
    for files in by_process.values():
        one = Recorded.of_files(files)
        calls = check_whole_process(one)
        born = one.of("H")[0]["payload"]["born"]
        children += born == "fork"
        if born == "fork":
            assert by_name(one)["leaf"] == 400, calls
    assert children == 15


def check_whole_process(one):
    calls, ends = check_whole_killed(one)
    return len(calls), len(ends)


def check_whole_killed(recorded):
    """As `check_whole`, of a process that was ended in the middle, or left the frames that it inherited."""
    calls = Counter(call["id"] for call in recorded.of("C"))
    ends = Counter(end["id"] for kind in "RX" for end in recorded.of(kind))
    assert set(calls.values()) <= {1}
    assert set(ends.values()) <= {1}
    assert set(ends) <= set(calls)
    functions = {each["id"] for each in recorded.of("F")}
    assert all(call["ref"] in functions for call in recorded.of("C"))
    return calls, ends


KILLED = """
import os, sys, threading, time

def leaf(n):
    return n

def work(place):
    n = 0
    told = memoryview(shared)[8 * place : 8 * place + 8].cast("Q")
    while True:
        leaf(n)
        n += 1
        told[0] = n
        if n % 100 == 0:
            time.sleep(0.001)

import mmap
with open("shared", "r+b") as file:
    shared = mmap.mmap(file.fileno(), 64)
for place in range(4):
    threading.Thread(target=work, args=(place,)).start()
print("ready", flush=True)
"""


def test_what_was_recorded_before_a_kill_is_there(tmp_path):
    run = make_run(tmp_path, hot=1 << 40)
    (tmp_path / "app.py").write_text(KILLED)
    for wait in (0.01, 0.03, 0.1):
        (tmp_path / "shared").write_bytes(bytes(64))
        for old in (run / "spool").iterdir():
            old.unlink()
        env = {k: v for k, v in os.environ.items() if not k.startswith("SPOOR")}
        env.update(SPOOR_RUN=str(run), PYTHONPATH=BOOT)
        program = subprocess.Popen([sys.executable, "app.py"], cwd=str(tmp_path), env=env, stdout=subprocess.PIPE)
        assert program.stdout.readline() == b"ready\n"
        time.sleep(wait)
        program.send_signal(signal.SIGKILL)
        program.wait()
        program.stdout.close()
        files = {path.name: path.read_bytes() for path in sorted((run / "spool").iterdir()) if path.suffix == ".spool"}
        whole = {name: text[: text.split(b"\0", 1)[0].rfind(b"\n") + 1] for name, text in files.items()}
        recorded = Recorded.of_files(whole)
        _, ends = check_whole_killed(recorded)
        told = memoryview((tmp_path / "shared").read_bytes()[:32]).cast("Q")
        names = recorded.functions()
        done = Counter()
        for call in recorded.of("C"):
            if names[call["ref"]] == "leaf" and call["id"] in ends:
                done[call["thread"]] += 1
        # The order in which threads began is not that of their places.
        seen = sorted([*done.values(), *[0] * (4 - len(done))])
        assert all(0 <= there - said <= 1 for there, said in zip(seen, sorted(told))), (seen, sorted(told))
