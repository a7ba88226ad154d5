"""The text of the records of calls, character by character: what native code puts together from pieces."""

import re
import signal
import time

import pytest
from recording import CORE, record

SOURCE = """
import signal, time

def inner(n):
    return n

def outer(n):
    inner(n)
    for _ in numbers(n % 3):
        pass

def numbers(n):
    for i in range(n):
        yield i

def wait(pause):
    time.sleep(pause)

for n in range(CALLS):
    outer(n)
# It dies in the middle of the last call, or after it.
signal.setitimer(signal.ITIMER_REAL, WAITS)
while True:
    wait(0.0001)
    time.sleep(0.0001)
"""

NUMBER = b"(0|[1-9][0-9]*)"
LINES = {
    b"C": b"C\t%s\t%s\t%s\t%s\t%s\t(|{.*})",
    b"R": b"R\t%s\t%s\t\t\t\t(|[0-9]+|null)",
    b"S": b"S\t%s\t%s\t\t\t\t(|[0-9]+)",
    b"U": b"U\t%s\t%s\t%s\t%s\t%s\t",
}


def lines_of(recorded):
    """The records of calls, as (kind, numbers…). What is behind the last line is NUL."""
    found = []
    assert recorded.code == -signal.SIGALRM
    for text in recorded.files.values():
        written = text.rstrip(b"\0")
        assert written.endswith(b"\n")
        for line in written.splitlines():
            shape = LINES.get(line[:1])
            if shape is not None:
                match = re.fullmatch(shape.replace(b"%s", NUMBER), line)
                assert match, line
                found.append((line[:1], *(int(group) for group in match.groups()[:-1])))
    return found


@pytest.mark.parametrize("values", ["none", "default"])
def test_every_line_has_its_numbers(tmp_path, values):
    source = SOURCE.replace("CALLS", "1200").replace("WAITS", "0.1")
    recorded = record(tmp_path, source, values=values, hot=100000)
    lines = lines_of(recorded)
    functions = recorded.functions()
    starts = [line for line in lines if line[0] == b"C"]
    assert [start[1] for start in starts] == list(range(1, len(starts) + 1))
    times = [line[2] for line in lines]
    assert times == sorted(times)
    stack, caller = [], {}
    for kind, call, _, *rest in lines:
        if kind in (b"C", b"U"):
            assert rest[0] == (stack[-1] if stack else 0)
            stack.append(call)
            if kind == b"C":
                caller[call] = (functions[rest[1]], rest[0])
        else:
            assert stack.pop() == call
    names = [name for name, _ in caller.values()]
    assert (names.count("outer"), names.count("inner"), names.count("numbers")) == (1200, 1200, 1200)
    assert all(caller[parent][0] == "outer" for name, parent in caller.values() if name == "inner")


@pytest.mark.skipif(CORE != "native", reason="there the beginning is no time of its own")
@pytest.mark.parametrize("values", ["none", "default"])
def test_times_around_the_beginning_of_the_run(tmp_path, values):
    ahead = int((time.monotonic() + 1.5) * 1e9)
    source = SOURCE.replace("CALLS", "1").replace("WAITS", "1.6")
    lines = lines_of(record(tmp_path, source, values=values, hot=10**9, clock_ns=str(ahead)))
    times = [line[2] for line in lines]
    assert times == sorted(times)
    assert times[-1] > 10**6
    if time.monotonic() * 1e9 - ahead < 10**9:
        assert times[0] == 0
