"""The link of a process to the daemon: what it says, when it dials again, what it keeps, and that it is not felt."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from live_daemon import Daemon, Program, until
from recording import SOURCES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="live probes are not for this platform")


@pytest.fixture
def daemon():
    with Daemon() as made:
        yield made


def test_a_process_says_who_it_is_and_when_it_ends(daemon, tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    with Program(daemon, tmp_path, "identity = spoor.init(name='shop')") as program:
        agent = daemon.wait()
        hello = agent.hello
        assert hello["id"] == program.ask("identity")
        assert hello["id"].startswith("%d-" % program.process.pid) and hello["pid"] == program.process.pid
        assert hello["protocol"] == 1 and hello["parent"] is None and hello["ppid"] == os.getpid()
        assert hello["client"]["applicationName"] == "shop"
        assert hello["client"]["applicationInstanceId"] == hello["id"]
        assert hello["client"]["runtimeVersion"] == "%d.%d.%d" % sys.version_info[:3]
        assert (hello["state"], hello["held"], hello["firstEvent"], hello["run"]) == ("asleep", False, 1, None)
        assert hello["root"] == hello["cwd"] == os.path.realpath(str(tmp_path))
        assert hello["argv"] == [str(tmp_path / "app.py")]
        until(lambda: program.ask("spoor.status()['connected']"))
        told = program.ask("spoor.status()")
        assert told["version"] == "9.9" and told["problem"] is None
        assert told["daemon"] == daemon.path
        assert program.end() == ""
        until(lambda: agent.closed)
    assert [event["name"] for _, event in agent.events] == ["agent.status.started", "agent.status.stopped"]
    assert agent.events[1][1]["payload"]["why"] == "exit"
    # How many events there are is said before they are sent: there may be no time for them.
    assert agent.of("counts") == [{"type": "counts", "made": 2, "probes": {}}]
    assert [message["type"] for message in agent.said[-3:]] == ["counts", "events", "bye"]
    assert agent.said[-1] == {"type": "bye", "why": "exit"}


def test_secrets_of_the_command_line_stay(daemon, tmp_path):
    (tmp_path / "other.py").write_text("import spoor; spoor.init(wait=9); print(spoor.status()['name'])")
    env = dict(os.environ, SPOOR_DAEMON_DIR=daemon.folder, PYTHONPATH=SOURCES)
    out = subprocess.check_output(
        [sys.executable, "-u", "-X", "utf8", "other.py", "--password", "hunter2", "--user", "me"],
        cwd=str(tmp_path),
        env=env,
    )
    assert out.split() == [b"other"]
    hello = daemon.wait().hello
    assert "hunter2" not in repr(hello["argv"]) and hello["argv"][-1] == "me"
    assert hello["client"]["applicationName"] == "other"


def test_asleep_and_awake_are_told_and_sleep_holds(daemon, tmp_path):
    with Program(daemon, tmp_path, "spoor.init(wait=9)") as program:
        agent = daemon.wait()
        assert program.do("spoor.wake(); answer(spoor.status()['state'])") == "awake"
        assert agent.wait("state") == {"type": "state", "state": "awake", "held": False}
        program.do("spoor.sleep(); answer(0)")
        assert agent.wait("state", 2) == {"type": "state", "state": "asleep", "held": True}
        agent.desire(1, [], "awake")
        assert agent.wait("state", 3) == {"type": "state", "state": "awake", "held": False}
        program.do("spoor.sleep(); answer(0)")
        # The set comes again with the same state, as it was on its way: what the program said since then holds.
        agent.desire(2, [], "awake")
        agent.wait("probes", 3)
        assert program.ask("spoor.status()['held']") is True
        # A lower revision is older news.
        agent.desire(1, [], None)
        agent.desire(3, [], "asleep")
        agent.wait("probes", 4)
        assert [each["revision"] for each in agent.of("probes")] == [0, 1, 2, 3]


def test_a_daemon_that_is_not_there_is_no_error_and_is_found_when_it_comes(tmp_path):
    daemon = Daemon()
    with Program(daemon, tmp_path, "spoor.init()") as program:
        until(lambda: program.ask("spoor.status()['problem']"))
        told = program.ask("spoor.status()")
        assert not told["connected"] and told["problem"] == "No such file or directory"
        with daemon:
            daemon.wait()
            until(lambda: program.ask("spoor.status()['connected']"))
            assert program.ask("spoor.status()['problem']") is None
            assert program.end() == ""
    assert program.code == 0


def test_waiting_for_a_daemon_that_is_not_there_is_a_daemon_error(tmp_path):
    daemon = Daemon()
    source = (
        "try: spoor.init(wait=0.2)\n"
        "except spoor.DaemonError as error: print(error.code, error.kind, isinstance(error, spoor.SpoorError))\n"
    )
    with Program(daemon, tmp_path, source, loop=False) as program:
        assert program.end() == ""
        assert program.out == "daemon.unreachable environment True\n"
    os.rmdir(daemon.folder)


def test_what_was_not_stored_comes_again_after_the_daemon_died(daemon, tmp_path):
    with Program(daemon, tmp_path, "spoor.init(wait=9)\nfrom spoor.live import forks") as program:
        agent = daemon.wait()
        until(lambda: program.ask("spoor.status()['waiting']") == 0)
        daemon.stores = False
        put = "answer(forks.current.outbox.put('probe.hit.logpoint', '{\"n\":%d}', 5.0))"
        assert all(program.do(put % n) for n in range(3))
        until(lambda: len(agent.events) == 4)
        daemon.stop()
        assert all(program.do(put % n) for n in range(3, 5))
        daemon.stores = True
        daemon.agents.clear()
        daemon.start()
        agent = daemon.wait()
        assert agent.hello["firstEvent"] == 2 and agent.hello["id"].startswith("%d-" % program.process.pid)
        until(lambda: len(agent.events) == 5)
        assert [(number, event["payload"]["n"]) for number, event in agent.events] == [
            (2, 0),
            (3, 1),
            (4, 2),
            (5, 3),
            (6, 4),
        ]
        until(lambda: program.ask("spoor.status()['waiting']") == 0)


def test_single_events_go_at_once_and_many_go_together(daemon, tmp_path):
    with Program(daemon, tmp_path, "spoor.init(wait=9)\nfrom spoor.live import forks\nimport time") as program:
        agent = daemon.wait()
        until(lambda: program.ask("spoor.status()['waiting']") == 0)
        before = len(agent.of("events"))
        program.do(
            "for i in range(2000):\n"
            "    forks.current.outbox.put('probe.hit.logpoint', '{}', 5.0)\n"
            "    time.sleep(0.0001)\n"
            "answer(0)"
        )
        until(lambda: len(agent.events) == 2001)
        assert len(agent.of("events")) - before < 40


def test_hits_one_after_the_other_wake_the_thread_once(daemon, tmp_path):
    """Waking it takes the interpreter's lock from the thread that was hit."""
    counting = (
        "def work(n):\n    return n\n"
        "from spoor.live import forks, wakeup\nimport time\ncalls = []\n"
        "wake = wakeup.Wakeup.call\n"
        "def counted(self):\n    calls.append(1)\n    wake(self)\n"
        "wakeup.Wakeup.call = counted\nspoor.init(wait=9)\n"
    )
    probe = {
        "id": "l1",
        "type": "logpoint",
        "place": {"kind": "line", "file": "app.py", "line": 3},
        "tags": [],
        "condition": None,
        "rateLimit": {"perSecond": 5000, "burst": 5000},
        "hitLimit": None,
        "expiresInMs": 3600000,
        "message": ["here"],
    }
    with Program(daemon, tmp_path, counting) as program:
        agent = daemon.wait()
        agent.desire(probes=[probe])
        until(lambda: [each for each in agent.of("probes") if each["probes"]])
        time.sleep(1.5)
        program.do("calls.clear(); answer(0)")
        hits = "for at in range(12):\n    work(at)\n    time.sleep(0.1)\nanswer(len(calls))"
        assert program.do(hits) == 1
        until(lambda: len(agent.events) == 13)
        # And then the next one wakes it again.
        time.sleep(1.5)
        assert program.do(hits) == 2


def test_a_daemon_that_reads_nothing_costs_the_program_nothing(daemon, tmp_path):
    """Its buffers fill up, then the outbox does, then events are refused; and the end waits a quarter of a second."""
    source = "spoor.init(wait=9)\nfrom spoor.live import forks\nimport time\nfull = 'x' * 5000"
    with Program(daemon, tmp_path, source) as program:
        agent = daemon.wait()
        until(lambda: program.ask("spoor.status()['waiting']") == 0)
        release = threading.Event()
        agent._hear = lambda message: release.wait(20)
        taken, worst = program.do(
            "taken, worst = 0, 0\n"
            "for i in range(5000):\n"
            "    before = time.perf_counter()\n"
            "    taken += forks.current.outbox.put('probe.hit.logpoint', '\"%s\"' % full, 5.0)\n"
            "    worst = max(worst, time.perf_counter() - before)\n"
            "answer((taken, worst))"
        )
        assert 800 < taken < 2000 and worst < 0.5
        before = time.monotonic()
        assert program.end() == "" and program.code == 0
        assert time.monotonic() - before < 3
        release.set()


def test_init_twice_is_harmless_unless_it_differs(daemon, tmp_path):
    source = (
        "first = spoor.init(name='a')\n"
        "assert spoor.init() == spoor.init(name='a') == first\n"
        "try: spoor.init(name='b')\n"
        "except spoor.ConfigError as error: print(error.code, error)\n"
        "spoor.shutdown(); spoor.shutdown()\n"
        "assert spoor.init(name='b') != first\n"
        "spoor.shutdown()\n"
        "for call in (spoor.wake, spoor.sleep, spoor.status):\n"
        "    try: call()\n"
        "    except spoor.ConfigError as error: print(error.code)\n"
    )
    with Program(daemon, tmp_path, source, loop=False) as program:
        assert program.end() == ""
        lines = program.out.splitlines()
    assert lines[0].startswith("live.already_started") and "another name" in lines[0]
    assert lines[1:] == ["live.not_started"] * 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("start_state='sleepy'", "live.start_state"),
        ("name=3", "live.name"),
        ("daemon_url='ftp://x'", "live.daemon_url"),
        ("daemon_url='https://'", "live.daemon_url"),
        ("daemon_url='https://a:b@c'", "live.daemon_url"),
        ("daemon_url='https://h:99999'", "live.daemon_url"),
        ("daemon_url='https://h/x y'", "live.daemon_url"),
        ("daemon_url='http://example.org'", "live.insecure"),
        ("daemon_url='http://127.0.0.1.example.org'", "live.insecure"),
        ("daemon_url='https://h', token='a\\r\\nb'", "live.token"),
        ("directory='/no/such/folder'", "project.not_found"),
    ],
)
def test_what_cannot_be_is_a_config_error(arguments, code, tmp_path):
    import spoor
    from spoor.live import forks

    with pytest.raises(spoor.SpoorError) as caught:
        eval("spoor.init(%s)" % arguments)
    assert caught.value.code == code and forks.current is None


def test_a_folder_that_others_may_enter_is_not_dialled(daemon, tmp_path):
    os.chmod(daemon.folder, 0o755)
    with Program(daemon, tmp_path, "spoor.init()") as program:
        until(lambda: program.ask("spoor.status()['problem']"))
        assert "others may enter" in program.ask("spoor.status()['problem']")
    assert daemon.agents == []


def test_pings_are_answered_and_what_is_unknown_is_ignored(daemon, tmp_path):
    with Program(daemon, tmp_path, "spoor.init(wait=9)"):
        agent = daemon.wait()
        agent.say(type="a_type_of_the_future", x=[1])
        agent.say(type="ping", more=True)
        agent.wait("pong")


def test_a_message_that_is_no_message_ends_the_connection_and_not_the_link(daemon, tmp_path):
    with Program(daemon, tmp_path, "spoor.init(wait=9)") as program:
        for number, nonsense in enumerate([b"[]\n", b"{\n", b"\xff\n", b'{"type":"desire"}\n', b"x" * (2 << 20)], 1):
            agent = daemon.wait(number)
            try:
                agent.connection.sendall(nonsense)
            except OSError:
                pass
            until(lambda agent=agent: agent.closed)
        daemon.wait(6)
        assert program.end() == ""


def test_a_refusal_is_told_and_tried_again(daemon, tmp_path):
    welcome = list(daemon.welcome)
    daemon.welcome[:] = [{"type": "refused", "code": "protocol", "message": "too old"}]
    with Program(daemon, tmp_path, "spoor.init()") as program:
        daemon.wait(2)
        assert program.ask("spoor.status()['problem']") == "the daemon refused: too old"
        daemon.welcome[:] = welcome
        until(lambda: program.ask("spoor.status()['connected']"))


@pytest.mark.parametrize("how", ["os._exit(3)", "os.kill(os.getpid(), 9)", "os.abort()"])
def test_a_process_that_ends_at_once_just_ends(how, daemon, tmp_path):
    with Program(daemon, tmp_path, "import os\nspoor.init(wait=9)\n" + how, loop=False) as program:
        assert program.end() == ""
        assert program.code == {"o": 3}.get(how[3:4], 0) or program.code in (3, -signal.SIGKILL, -signal.SIGABRT)
        agent = daemon.wait()
        until(lambda: agent.closed)
        assert agent.of("bye") == []


def test_the_descriptors_of_the_link_may_be_closed_by_the_program(daemon, tmp_path):
    """A program that makes a daemon of itself closes all that is open, and its own files get those numbers."""
    with Program(daemon, tmp_path, "import os\nspoor.init(wait=9)\nfrom spoor.live import forks") as program:
        daemon.wait()
        program.do(
            "os.closerange(3, 256)\n"
            "mine = [os.open('mine%d' % i, os.O_RDWR | os.O_CREAT) for i in range(6)]\n"
            "answer(forks.current.outbox.put('probe.hit.logpoint', '{}', 1.0))\n"
        )
        agent = daemon.wait(2)
        until(lambda: any(event["name"] == "probe.hit.logpoint" for _, event in agent.events))
        assert program.do("spoor.shutdown(); answer([os.lseek(f, 0, 2) for f in mine])") == [0] * 6
        assert program.do("answer([os.fstat(f).st_size for f in mine])") == [0] * 6


def test_the_thread_is_nobodys(daemon, tmp_path):
    """Not in the list of threads, not traced, not profiled, and nothing waits for it."""
    source = (
        "import sys, threading, os\n"
        "seen = []\n"
        "def note(frame, event, arg):\n"
        "    if '/live/' in frame.f_code.co_filename and threading.get_ident() != main: seen.append(frame.f_code)\n"
        "main = threading.get_ident()\n"
        "threading.settrace(note); threading.setprofile(note)\n"
        "spoor.init(wait=9)\n"
        "spoor.wake(); spoor.sleep()\n"
    )
    with Program(daemon, tmp_path, source) as program:
        assert program.ask("(len(threading.enumerate()), threading.active_count(), seen)") == (1, 1, [])
        if os.path.exists("/proc/self/task"):
            assert program.ask("len(os.listdir('/proc/self/task'))") == 2
        assert program.end() == ""


def test_asleep_the_thread_sleeps(daemon, tmp_path):
    with Program(daemon, tmp_path, "import os, time\nspoor.init(wait=9)\ntime.sleep(0.3)") as program:
        look = "open('/proc/self/task/%d/status' % forks.current.native_thread).read()"
        program.do("from spoor.live import forks; answer(0)")
        if not os.path.exists("/proc/self/task"):
            pytest.skip("no /proc on this platform")
        before, after = program.do("a = %s; time.sleep(1.5); answer((a, %s))" % (look, look))
        switches = [line for line in before.splitlines() if "ctxt_switches" in line]
        assert switches == [line for line in after.splitlines() if "ctxt_switches" in line]
