"""What a signal handler of the program raises belongs to the program, whatever of ours it interrupts."""

import os
import sys

from recording import record

IS_TRACE_HOOK = sys.version_info < (3, 12) and os.environ.get("SPOOR_TEST_CORE") != "native"

SOURCE = """
import collections, fractions, signal
class Late(Exception): pass
raised = caught = rounds = 0
def ring(*_):
    global raised
    raised += 1
    raise Late
signal.signal(signal.SIGALRM, ring)
class Thing:
    def __init__(self, n):
        self.n, self.names, self.next = n, ["a", "b"], None
def work(*given): return given
while caught < 150 and rounds < 3000:
    rounds += 1
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0002 + rounds % 50 * 1e-5)
        # The odd ones among these are drawn by Python code of ours with either core.
        for n in range(400):
            work(Thing(n), collections.deque([n]), fractions.Fraction(n, 7), collections.Counter("abc"), range(n), 1j)
    except Late:
        caught += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(raised == caught, caught)
"""


def test_no_exception_of_a_signal_handler_is_lost(tmp_path):
    recorded = record(tmp_path, SOURCE, hot=10**9, size_bytes=10**9)
    assert (recorded.code, recorded.err) == (0, "")
    told, caught = recorded.out.split()
    assert (told, int(caught) > 100) == ("True", True), recorded.out
    drops = [record["payload"]["why"] for record in recorded.of("D") if record["ref"]]
    # The interpreter takes a trace hook away that an exception leaves; that is told.
    assert drops in ([], ["displaced"]) if IS_TRACE_HOOK else drops == []


AT_THE_END = """
import atexit, os, signal, sys
def ring(*_):
    print("rang", flush=True)
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, ring)
# Whoever cuts a file to its length is in the middle of something.
def heard(event, args):
    if event == "os.truncate":
        os.kill(os.getpid(), signal.SIGALRM)
atexit.register(sys.addaudithook, heard)
def work(n): return n
work(1)
"""


def test_signals_at_the_end_wait_until_the_recording_is_ended_in_order(tmp_path):
    recorded = record(tmp_path, AT_THE_END)
    assert (recorded.code, recorded.out, recorded.err) == (0, "rang\n", "")
    assert [record["payload"] for record in recorded.of("Z")] == [{"why": "exit"}]
