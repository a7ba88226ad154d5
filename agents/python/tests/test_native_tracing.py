"""What the native engine for CPython 3.8 to 3.11 must leave as it is, and what it alone can show there: it evaluates
frames, and sets hooks of threads without the interpreter's own switch for them."""

import os
import subprocess
import sys

import pytest
from recording import record

if sys.version_info >= (3, 12):
    pytest.skip("since 3.12 the engine is another one", allow_module_level=True)
if os.environ.get("SPOOR_TEST_CORE") != "native":
    pytest.skip("the round of the native core runs these", allow_module_level=True)


def bare(folder, source):
    (folder / "bare.py").write_text(source)
    ended = subprocess.run([sys.executable, "bare.py"], cwd=str(folder), capture_output=True, text=True)
    return ended.returncode, ended.stdout, ended.stderr


def record_as_bare(folder, source, **settings):
    recorded = record(folder, source, **settings)
    assert (recorded.code, recorded.out, recorded.err.replace("app.py", "bare.py")) == bare(folder, source)
    return recorded


def told(recorded):
    return [r["payload"]["why"] for r in recorded.of("D") if r["ref"]]


LINES = """
import sys
seen = []
def tracer(frame, event, argument):
    seen.append((frame.f_code.co_name, event, frame.f_lineno))
    return tracer
def inner(n):
    try:
        raise ValueError(n)
    except ValueError:
        n += 1
    for _ in range(2):
        n += 1
    return n
def around():
    sys._getframe().f_trace = tracer
    held = sys.gettrace()
    sys.settrace(tracer)
    n = inner(1)
    sys.settrace(held)
    return n
def set_by_other():
    start = sys.settrace
    start(tracer)
    inner(2)
    inner(3)
    start(None)
    inner(4)
%s
print(seen)
"""


@pytest.mark.parametrize("body", ["around()", "set_by_other()", "around(); set_by_other(); around()", "inner(0)"])
def test_a_trace_function_sees_the_lines_that_it_sees_bare(tmp_path, body):
    recorded = record_as_bare(tmp_path, LINES % body)
    assert told(recorded) == []
    assert len(recorded.of("E")) == recorded.calls().count("inner") > 0


def test_the_hooks_of_the_program_are_as_they_are_bare(tmp_path):
    source = (
        "import sys\ndef f(): print(sys.gettrace(), sys.getprofile(), sys._getframe().f_trace)\nf()\nlen([])\nf()\n"
    )
    assert record_as_bare(tmp_path, source).calls().count("f") == 2


def test_the_recursion_limit_is_where_it_is_bare(tmp_path):
    source = """
deepest = 0
def down(n):
    global deepest
    deepest = n
    down(n + 1)
for _ in range(3):
    try:
        down(1)
    except RecursionError as error:
        print(deepest, error)
def after(): return down
after()
"""
    recorded = record_as_bare(tmp_path, source)
    assert recorded.calls()[-1] == "after"
    # The frame that was refused is no call.
    assert recorded.calls().count("down") == sum(int(line.split()[0]) for line in recorded.out.splitlines())
    assert told(recorded) == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 the interpreter itself cannot recurse so deep")
@pytest.mark.parametrize("where", ["app", "foreign"])
def test_a_recursion_that_needs_no_stack_bare_does_not_end_the_program(tmp_path, where):
    (tmp_path / "foreign.py").write_text("def down(n):\n    return 0 if n == 0 else 1 + down(n - 1)\n")
    source = "import sys, threading\nsys.setrecursionlimit(10**6)\n"
    source += "from foreign import down\n" if where == "foreign" else (tmp_path / "foreign.py").read_text()
    source += "print(down(60000))\nthread = threading.Thread(target=lambda: print(down(60001)))\n"
    source += "thread.start(); thread.join()\ndef after(): pass\nafter()\n"
    recorded = record_as_bare(tmp_path, source, exclude=["foreign.py"])
    assert recorded.calls()[-1] == "after"
    assert told(recorded) == ["agent_error"]


def test_every_exception_that_a_frame_raises_and_handles_is_told(tmp_path):
    source = """
def loop(n):
    for i in range(n):
        try:
            if i % 2:
                raise KeyError(i)
            int("x")
        except (KeyError, ValueError):
            pass
    return n
def calls_between(n):
    for i in range(n):
        try:
            leaf(i)
        except ZeroDivisionError:
            leaf(1)
def leaf(i):
    return 1 // (i % 2)
def ends():
    return [next(iter([]), None), sum(each for each in Count())]
class Count:
    def __iter__(self): return self
    def __next__(self): raise StopIteration
loop(10); calls_between(10); ends()
"""
    recorded = record_as_bare(tmp_path, source)
    kinds = [r["payload"]["type"] for r in recorded.of("E")]
    assert (kinds.count("KeyError"), kinds.count("ValueError"), kinds.count("ZeroDivisionError")) == (5, 5, 5)
    assert kinds.count("StopIteration") == 1
    assert len(recorded.of("A")) == 15
    assert len({r["id"] for r in recorded.of("A")}) == 15


def test_what_runs_around_an_exception_is_as_quick_afterwards(tmp_path):
    """Lines are looked for only until a handler has the exception."""
    source = """
import sys
def raises():
    try:
        raise ValueError
    except ValueError:
        return sys._getframe()
for _ in range(100):
    raises()
def plain():
    n = 0
    for i in range(10):
        n += i
    return n
print(plain())
"""
    assert len(record_as_bare(tmp_path, source).of("A")) == 100


def test_threads_of_every_kind_are_recorded(tmp_path):
    source = """
import _thread, threading
def work(n):
    try:
        raise ValueError(n)
    except ValueError:
        lock.release()
lock = _thread.allocate_lock()
for start in (_thread.start_new_thread, lambda f, a: threading.Thread(target=f, args=a).start()):
    lock.acquire()
    start(work, (1,))
    lock.acquire()
    lock.release()
"""
    recorded = record_as_bare(tmp_path, source)
    assert (recorded.calls().count("work"), len(recorded.of("A")), told(recorded)) == (2, 2, [])


def test_exceptions_go_when_they_go_bare(tmp_path):
    source = """
import weakref
class Error(Exception): pass
def handles():
    try:
        raise Error
    except Error as error:
        seen = weakref.ref(error)
    print(seen() is None)
handles(); handles()
"""
    record_as_bare(tmp_path, source)


def test_an_exception_of_a_signal_handler_shows_no_frame_of_ours(tmp_path):
    source = """
import signal, traceback
class Stop(Exception): pass
def stop(*_): raise Stop
signal.signal(signal.SIGALRM, stop)
def leaf(n): return [n] * 3
found = set()
for i in range(100):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005 + i * 1e-6)
        for n in range(20000):
            leaf(n)
    except Stop as error:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            found.add(frame.f_code.co_name)
signal.setitimer(signal.ITIMER_REAL, 0)
print(sorted(found - {"leaf"}))
def after(): pass
after()
"""
    recorded = record_as_bare(tmp_path, source)
    assert recorded.calls()[-1] == "after"
    assert told(recorded) == []


def test_memory_stays_flat(tmp_path):
    source = """
import resource
def leaf(n): return n
def fails():
    raise ValueError
def turn():
    for i in range(2000):
        leaf(i)
        try:
            fails()
        except ValueError:
            pass
        next(each for each in (1, 2))
def used(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(5): turn()
before = used()
for _ in range(20): turn()
print(used() - before < 3000)
"""
    assert record(tmp_path, source, hot=100).out == "True\n"


def test_native_callees_are_counted_up_to_a_bound(tmp_path):
    source = "def f(n):\n    for _ in range(n): len([])\nf(7)\nf(5)\ndef g(n):\n    for _ in range(n): abs(1)\ng(300)\n"
    recorded = record_as_bare(tmp_path, source, gapCalls=50)
    found = {r["payload"]["name"]: (r["ref"], r["thread"]) for r in recorded.of("G")}
    assert found["len"] == (12, 0)
    assert found["abs"] == (50, 1)
