"""What a live process is without probes, and what is left of them: the process is compared before and after."""

import os
import subprocess
import sys

import pytest
from live_daemon import Daemon, Program, until
from recording import BOOT, SOURCES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="live probes are not for this platform")

# What a process is: descriptors, threads, hooks of every kind, modules, and how much the collector has to look at.
LOOK = """
import gc, os, sys, threading, time, types
def target(a, b=2):
    total = a + b
    return total  # probe: total
def codes():
    return [each for each in gc.get_objects() if isinstance(each, types.FunctionType)]
def monitored():
    if not hasattr(sys, 'monitoring'): return None
    tools = [sys.monitoring.get_tool(each) for each in range(6)]
    used = [each for each in range(6) if tools[each] is not None]
    of = sys.monitoring.get_local_events
    local = {each.__code__ for each in codes() for tool in used if of(tool, each.__code__)}
    return tools, [sys.monitoring.get_events(each) for each in used], sorted(each.co_name for each in local)
def listed(path):
    return sorted(os.listdir(path)) if os.path.exists(path) else None
def sockets():
    found = []
    for each in listed('/proc/self/fd') or []:
        try: found.append((each, os.readlink('/proc/self/fd/' + each)))
        except OSError: pass
    return found
def look():
    gc.collect()
    return {
        'monitored': monitored(), 'tasks': len(listed('/proc/self/task') or [1]), 'descriptors': sockets(),
        'threads': len(threading.enumerate()), 'frames': len(sys._current_frames()),
        'trace': (sys.gettrace(), sys.getprofile(), threading._trace_hook, threading._profile_hook),
        'modules': sorted(each for each in sys.modules if not each.startswith('spoor')),
        'environment': sorted(os.environ), 'filters': len(sys.modules['warnings'].filters),
        'hooks': [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__, len(sys.path_hooks),
                  len(sys.meta_path), sys.path, sys.getswitchinterval(), len(gc.callbacks)],
    }
def of_ours():
    gc.collect()
    return sorted({type(each).__name__ for each in gc.get_objects()
                   if type(each).__module__.startswith('spoor.live') and type(each).__name__ not in ('type',)})
import warnings
"""


@pytest.fixture
def daemon():
    with Daemon() as made:
        yield made


def probe(path):
    with open(path, encoding="utf-8") as file:
        line = next(number for number, text in enumerate(file, 1) if text.rstrip().endswith("# probe: total"))
    return {
        "id": "t1",
        "edition": 1,
        "type": "tracepoint",
        "place": {"kind": "line", "file": path, "line": line},
        "tags": [],
        "condition": None,
        "rateLimit": {"perSecond": 1000, "burst": 1000},
        "hitLimit": None,
        "expiresInMs": 3_600_000,
        "expressions": [],
        "globals": [],
        "stack": {"frames": 5, "locals": 1},
        "waitForEnd": False,
        "values": "default",
    }


def test_after_shutdown_nothing_is_left(daemon, tmp_path):
    with Program(daemon, tmp_path, LOOK) as program:
        program.do("before = look(); spoor.init(wait=9); answer(0)")
        agent = daemon.wait()
        agent.desire(1, [probe(str(tmp_path / "app.py"))])
        agent.wait("probes", 2)
        program.do("for i in range(20): target(i)\nanswer(0)")
        if sys.version_info >= (3, 12):
            until(lambda: len([e for _, e in agent.events if e["name"] == "probe.hit.snapshot"]) == 20)
        program.do("spoor.shutdown(); after = look(); answer(0)")
        # What the agent imported of the standard library is in C, and stays; of its own, code stays.
        more = program.ask("set(after.pop('modules')) - set(before.pop('modules'))")
        assert {name for name in more if not name.startswith("_") and name not in sys.builtin_module_names} <= {
            "select", "atexit", "opcode", "re", "enum",
            "sre_compile", "sre_parse", "sre_constants", "copyreg", "functools",
            "collections", "operator", "keyword", "heapq", "itertools", "reprlib", "types",
            "re._casefix", "re._compiler", "re._constants", "re._parser", "collections.abc",
        } | (set() if sys.version_info >= (3, 12) else {"ctypes", "ctypes._endian", "struct"})  # fmt: skip
        assert (
            program.do("answer({key: (before[key], after[key]) for key in before if before[key] != after[key]})") == {}
        )
        assert program.ask("of_ours()") == []
        # And once more: it can begin anew, and a fork afterwards finds hooks that do nothing.
        assert program.do("pid = os.fork()\nif pid == 0: os._exit(0)\nanswer(os.waitpid(pid, 0)[1])") == 0
        program.do("spoor.init(wait=9); answer(0)")
        daemon.wait(2)
        assert program.end() == ""
    assert agent.said[-1] == {"type": "bye", "why": "shutdown"}


def test_asleep_again_only_the_thread_and_its_sockets_are_left(daemon, tmp_path):
    with Program(daemon, tmp_path, LOOK + "spoor.init(wait=9)\n") as program:
        agent = daemon.wait()
        until(lambda: program.ask("spoor.status()['waiting']") == 0)
        program.do("before = look(); before.pop('modules'); answer(0)")
        differing = "{key: (before[key], after[key]) for key in before if before[key] != after[key]}"
        hit = "for i in range(20): target(i)\nanswer(0)"
        agent.desire(1, [probe(str(tmp_path / "app.py"))])
        agent.wait("probes", 2)
        program.do(hit)
        program.do("spoor.sleep(); after = look(); answer(0)")
        assert program.do("answer(%s)" % differing) == {}
        # The other way: the probe is taken away.
        program.do("spoor.wake(); answer(0)")
        program.do(hit)
        count = len(agent.of("probes"))
        agent.desire(2, [])
        agent.wait("probes", count + 1)
        program.do("after = look(); answer(0)")
        assert program.do("answer(%s)" % differing) == {}


def test_threads_that_run_already_are_reached_though_they_make_no_garbage(daemon, tmp_path):
    source = (
        "gc.disable()\n"
        "def work():\n    while True:\n        target(1); time.sleep(0.01)\n"
        "threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]\n"
        "for each in threads: each.start()\n"
        "spoor.init(wait=9)\n"
    )
    with Program(daemon, tmp_path, LOOK + source) as program:
        agent = daemon.wait()

        def hit():
            return {event["payload"]["thread"]["name"] for _, event in agent.events if "thread" in event["payload"]}

        agent.desire(1, [dict(probe(str(tmp_path / "app.py")), rateLimit={"perSecond": 5000, "burst": 5000})])
        # The main thread waits for what it is asked here; 3.8 has no way to the others.
        until(lambda: program.do("target(2); answer(0)") == 0 and "MainThread" in hit())
        if (3, 9) <= sys.version_info[:2]:
            until(lambda: len(hit()) == 3)
        program.do("spoor.sleep(); answer(0)")
        assert program.ask("[sys.gettrace() is None, threading._trace_hook is None]") == [True, True]


def test_init_imports_a_handful_of_modules_and_is_quick(daemon, tmp_path):
    """Modules that a plain interpreter does not have; on the link's thread more follow once there is a daemon."""
    source = (
        "import sys, time\n"
        "before = set(sys.modules)\n"
        "at = time.perf_counter(); spoor.init(); took = time.perf_counter() - at\n"
        "print(took, sorted(set(sys.modules) - before))\n"
    )
    other = Daemon()
    times = []
    for _ in range(5):
        with Program(other, tmp_path, source, loop=False, PYTHONDONTWRITEBYTECODE="") as program:
            assert program.end() == ""
            took, _, modules = program.out.partition(" ")
            times.append(float(took))
    os.rmdir(other.folder)
    new = set(eval(modules))
    assert {name for name in new if not name.startswith("spoor")} <= {
        "_json", "_imp", "_collections", "_socket", "_sha1", "select", "atexit", "binascii", "errno", "gc", "marshal",
        "time", "_functools",
    }  # fmt: skip
    assert not any("probes" in name or "expressions" in name or "values" in name for name in new)
    assert len([name for name in new if name.startswith("spoor.live.")]) <= 12
    # Ten milliseconds is the aim; machines that are busy with other things take longer.
    assert min(times) < 0.05


def run_live(folder, daemon, source, *options, **env):
    (folder / "app.py").write_text(source)
    told = {name: value for name, value in os.environ.items() if not name.startswith("SPOOR")}
    told.update(SPOOR_DAEMON_DIR=daemon.folder, SPOOR_LIVE=str(folder), PYTHONPATH=BOOT)
    told.update(env)
    return subprocess.run(
        [sys.executable, *options, "app.py"], cwd=str(folder), env=told, capture_output=True, text=True, timeout=60
    )


def test_a_program_that_knows_nothing_is_live_by_its_environment(daemon, tmp_path):
    ended = run_live(tmp_path, daemon, "import time; time.sleep(0.5); print('done')", SPOOR_NAME="unknowing")
    assert (ended.stdout, ended.stderr) == ("done\n", "")
    hello = daemon.wait().hello
    assert hello["root"] == str(tmp_path) and hello["client"]["applicationName"] == "unknowing"
    until(lambda: daemon.agents[0].closed)
    assert daemon.agents[0].said[-1] == {"type": "bye", "why": "exit"}


def test_the_program_finds_its_own_modules_of_any_name(daemon, tmp_path):
    """Beside the script are files with the names of what the agent imports: the program's own, never the agent's."""
    names = ["re", "json", "select", "_socket", "socket", "ssl", "struct", "collections", "patterns", "link", "random"]
    # What is built into the interpreter no file can hide.
    names = [name for name in names if name not in sys.builtin_module_names]
    for name in names:
        (tmp_path / (name + ".py")).write_text("mine = 1\n")
    source = "import %s, time\nprint(all(each.mine for each in (%s)))\n" % (", ".join(names), ", ".join(names))
    source += "def f(n):\n    return n  # probe: total\nfor i in range(100):\n    f(i); time.sleep(0.02)\n"
    (tmp_path / "app.py").write_text(source)
    daemon.welcome[1].update(probes=[probe(str(tmp_path / "app.py"))])
    ended = run_live(tmp_path, daemon, source)
    assert (ended.stdout, ended.stderr) == ("True\n", "")
    if sys.version_info >= (3, 12):
        agent = daemon.wait()
        assert any(event["name"] == "probe.hit.snapshot" for _, event in agent.events)


def test_the_interpreter_ends_where_the_link_has_no_time(daemon, tmp_path):
    """Modules are emptied while finalisers still run: nothing of ours may need them."""
    source = (
        "import sys, time\n"
        "def f(n):\n    return n  # probe: total\n"
        "for i in range(100):\n    f(i); time.sleep(0.01)\n"
        "modules = [each for name, each in sys.modules.items() if name.startswith('spoor')]\n"
        "link = sys.modules['spoor.live.forks'].current\n"
        "assert link.arming._engine is not None\n"
        "link.ask = lambda *question: None\n"
        "link.end('exit', 0)\n"
        "for module in modules:\n"
        "    if module.__name__.endswith(('.monitored', '.traced')):\n"
        "        vars(module).update(dict.fromkeys(vars(module)))\n"
        "def fresh():\n    return f(1)\n"
        "fresh(); f(2)\n"
        "sys.stdout.flush()\nsys.stderr.flush()\n__import__('os')._exit(0)\n"
    )
    (tmp_path / "app.py").write_text(source)
    daemon.welcome[1].update(probes=[probe(str(tmp_path / "app.py"))])
    ended = run_live(tmp_path, daemon, source)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)


def test_init_in_a_program_that_is_live_already_names_it(daemon, tmp_path):
    source = (
        "import spoor, time\n"
        "first = spoor.init(name='shop', wait=9)\n"
        "time.sleep(0.3)\n"
        "print(spoor.status()['name'], spoor.init(name='shop') == first)\n"
    )
    ended = run_live(tmp_path, daemon, source, PYTHONPATH=BOOT + os.pathsep + SOURCES)
    assert (ended.stdout, ended.stderr) == ("shop True\n", "")
    names = [(agent.hello["client"]["applicationName"], agent.hello["id"]) for agent in daemon.agents]
    assert names[-1][0] == "shop" and len({identity for _, identity in names}) == 1


def test_recorded_and_live_together(daemon, tmp_path):
    from recording import make_run, records_of

    run = make_run(tmp_path)
    ended = run_live(
        tmp_path, daemon, "import time\ndef f(n): return n\nf(1)\ntime.sleep(0.5)\nf(2)\n", SPOOR_RUN=str(run)
    )
    assert (ended.stdout, ended.stderr) == ("", "")
    records = [record for file in (run / "spool").glob("*.spool") for record in records_of(file.read_bytes())]
    names = {record["id"]: record["payload"]["name"] for record in records if record["kind"] == "F"}
    assert set(names.values()) == {"<module>", "f"}
    assert sum(record["kind"] == "C" and names[record["ref"]] == "f" for record in records) == 2
    hello = daemon.wait().hello
    assert hello["run"]["directory"] == str(run)
    assert hello["run"]["process"] == next(r["payload"]["process"] for r in records if r["kind"] == "H")


def test_a_start_that_is_not_live_loads_nothing_of_it(tmp_path):
    from recording import record

    recorded = record(tmp_path, "import sys\nprint([name for name in sys.modules if 'spoor.live' in name])\n")
    assert recorded.out == "[]\n" and recorded.err == ""
