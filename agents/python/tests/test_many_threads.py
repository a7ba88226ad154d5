"""Many threads at once: every record is there once and whole, also where the interpreter has no global lock."""

from collections import Counter

from recording import record

SOURCE = """
import threading

class Bag:
    def __init__(self, n):
        self.n = n
        self.inside = [n]

shared, names = {}, []

def leaf(n, bag, mapping, sequence):
    if n % 13 == 0:
        raise ValueError(n)
    return {"n": n, "bag": bag}

def step(n, text):
    bag = Bag(n)
    shared[n % 50] = n
    names.append(n)
    if n % 97 == 0:
        shared.clear()
        names.clear()
    try:
        leaf(n, bag, shared, names)
    except ValueError:
        pass
    return n * 2

def count(n):
    for i in range(3):
        yield i

def work():
    for n in range(CALLS):
        step(n, "x" * (n % 30))
        list(count(n))

threads = []
for _ in range(THREADS):
    threads.append(threading.Thread(target=work))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("end")
"""
THREADS = 6
CALLS = 700


def test_records_of_threads_do_not_mix(tmp_path):
    source = SOURCE.replace("THREADS", str(THREADS)).replace("CALLS", str(CALLS))
    recorded = record(tmp_path, source, hot=1 << 40)
    assert (recorded.out, recorded.err, recorded.code) == ("end\n", "", 0)
    # `record` has looked at every line: seven columns each, numbers and JSON; and no text is behind a gap.
    assert all(b"\0" not in text for text in recorded.files.values())
    each = THREADS * CALLS
    assert Counter(recorded.calls()) == {
        "<module>": 1,
        "Bag": 1,
        "Bag.__init__": each,
        "leaf": each,
        "step": each,
        "count": each,
        "work": THREADS,
    }
    calls = Counter(call["id"] for call in recorded.of("C"))
    ends = Counter(end["id"] for kind in "RX" for end in recorded.of(kind))
    assert calls == ends
    assert set(calls.values()) == {1}
    assert [drop["payload"] for drop in recorded.of("D") if drop["ref"]] == []
    results = {end["id"]: end["payload"] for end in recorded.of("R")}
    names = recorded.functions()
    steps = [call for call in recorded.of("C") if names[call["ref"]] == "step"]
    assert all(results[call["id"]] == 2 * call["payload"]["n"] for call in steps)
