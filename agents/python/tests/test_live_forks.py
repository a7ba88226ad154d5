"""Forks of a live process: each child is a process of its own under its parent, with its own socket and state."""

import os
import sys

import pytest
from live_daemon import Daemon, Program, until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")

# A child that lives until its input is closed, and puts an event of its own.
CHILD = """
import os, sys, time
from spoor.live import forks
def stay():
    forks.current.outbox.put('probe.hit.logpoint', '{"in":%d}' % os.getpid(), 1.0)
    while os.getppid() == parent: time.sleep(0.02)
    os._exit(0)
parent = os.getpid()
"""


@pytest.fixture
def daemon():
    with Daemon() as made:
        yield made


def by_pid(daemon):
    return {agent.hello["pid"]: agent for agent in daemon.agents}


def test_children_appear_under_their_parents_and_say_their_own(daemon, tmp_path):
    with Program(daemon, tmp_path, "spoor.init(name='forks', wait=9)\n" + CHILD) as program:
        child = program.do(
            "pid = os.fork()\n"
            "if pid == 0:\n"
            "    parent, grand = os.getpid(), os.fork()\n"
            "    if grand == 0: stay()\n"
            "    parent = os.getppid()\n"
            "    stay()\n"
            "answer(pid)"
        )
        until(lambda: len(daemon.agents) == 3)
        agents = by_pid(daemon)
        top, middle = agents[program.process.pid], agents[child]
        (bottom,) = [agent for agent in daemon.agents if agent not in (top, middle)]
        assert middle.hello["parent"] == top.hello["id"] and bottom.hello["parent"] == middle.hello["id"]
        assert len({agent.hello["id"] for agent in daemon.agents}) == 3
        assert {agent.hello["client"]["applicationName"] for agent in daemon.agents} == {"forks"}
        for agent in (middle, bottom):
            until(lambda agent=agent: len(agent.events) == 2)
            assert agent.hello["firstEvent"] == 1
            assert {event["payload"].get("in") for _, event in agent.events} == {None, agent.hello["pid"]}
            assert [number for number, _ in agent.events] == [1, 2]
        # The parent's own connection goes on.
        assert len(top.of("hello")) == 1 and not top.closed
        top.say(type="ping")
        top.wait("pong")
        assert program.end() == ""


def test_the_parents_end_is_seen_though_children_live_on(daemon, tmp_path):
    """A child that kept the parent's socket open would keep it connected."""
    with Program(daemon, tmp_path, "spoor.init(wait=9)\n" + CHILD) as program:
        child = program.do(
            "pid = os.fork()\nif pid == 0:\n    time.sleep(2)\n    os._exit(0)\nanswer(pid)",
        )
        until(lambda: len(daemon.agents) == 2)
        program.process.kill()
        top = by_pid(daemon)[program.process.pid]
        until(lambda: top.closed, 1.5)
        assert not by_pid(daemon)[child].closed


def test_states_are_inherited_and_then_each_ones_own(daemon, tmp_path):
    with Program(daemon, tmp_path, "spoor.init(wait=9)\n" + CHILD) as program:
        program.do("spoor.sleep(); answer(0)")
        child = program.do("pid = os.fork()\nif pid == 0: stay()\nanswer(pid)")
        until(lambda: len(daemon.agents) == 2)
        agent = by_pid(daemon)[child]
        assert (agent.hello["state"], agent.hello["held"]) == ("asleep", True)
        agent.desire(1, [], "awake")
        assert agent.wait("state")["state"] == "awake"
        assert program.ask("spoor.status()['state']") == "asleep"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="older versions do not warn of threads at forks")
@pytest.mark.parametrize("function", ["os.fork()", "os.forkpty()[0]"])
def test_no_warning_about_a_thread_that_is_ours(function, daemon, tmp_path):
    source = (
        "import os, threading, warnings\nwarnings.simplefilter('default')\nbefore = list(warnings.filters)\n"
        "spoor.init(wait=9)\n" + CHILD
    )
    fork = "pid = %s\nif pid == 0: os._exit(warnings.filters != before)\nanswer(os.waitpid(pid, 0)[1])" % function
    with Program(daemon, tmp_path, source) as program:
        assert program.do(fork) == 0
        until(lambda: program.ask("warnings.filters == before"))
        assert program.do(fork) == 0
        # With a thread of the program's own it is warned, as without us.
        program.do("waits = threading.Event(); threading.Thread(target=waits.wait).start(); answer(0)")
        assert program.do(fork) == 0
        program.do("waits.set(); answer(0)")
        assert program.end().count("is multi-threaded") == 1


def test_a_child_that_becomes_another_program_does_not_dial(daemon, tmp_path):
    with Program(daemon, tmp_path, "spoor.init(wait=9)\n" + CHILD) as program:
        assert (
            program.do(
                "pid = os.fork()\n"
                "if pid == 0: os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(0.2)'])\n"
                "answer(os.waitpid(pid, 0)[1])"
            )
            == 0
        )
        assert len(daemon.agents) == 1


def test_descriptors_of_the_parent_are_closed_in_the_child(daemon, tmp_path):
    if not os.path.exists("/proc/self/fd"):
        pytest.skip("no /proc on this platform")
    source = (
        "spoor.init(wait=9)\n"
        + CHILD
        + (
            "def sockets():\n"
            "    found = []\n"
            "    for each in os.listdir('/proc/self/fd'):\n"
            "        try: link = os.readlink('/proc/self/fd/' + each)\n"
            "        except OSError: continue\n"
            "        if link.startswith('socket:'): found.append(link)\n"
            "    return set(found)\n"
        )
    )
    with Program(daemon, tmp_path, source) as program:
        shared = program.do(
            "mine = sockets()\n"
            "ends = os.pipe()\n"
            "pid = os.fork()\n"
            "if pid == 0:\n"
            "    os.write(ends[1], b'%d' % len(mine & sockets()))\n"
            "    os._exit(0)\n"
            "os.waitpid(pid, 0)\n"
            "answer((len(mine), os.read(ends[0], 10)))"
        )
        assert shared == (3, b"0")


def test_forks_in_the_middle_of_everything(daemon, tmp_path):
    """The link's thread dials, sends and is disconnected while the program forks without a pause."""
    source = (
        "spoor.init()\n"
        + CHILD
        + (
            "def many(count):\n"
            "    good = 0\n"
            "    for i in range(count):\n"
            "        for _ in range(20): forks.current.outbox.put('probe.hit.logpoint', '{}', 1.0)\n"
            "        pid = os.fork()\n"
            "        if pid == 0:\n"
            "            put = forks.current.outbox.put('probe.hit.logpoint', '{}', 1.0)\n"
            "            spoor.wake()\n"
            "            os._exit(7 if put and spoor.status()['state'] == 'awake' else 1)\n"
            "        good += os.waitpid(pid, 0)[1] == 7 << 8\n"
            "    return good\n"
        )
    )
    with Program(daemon, tmp_path, source) as program:
        for _ in range(4):
            assert program.ask("many(25)") == 25
            daemon.stop()
            daemon.start()
        until(lambda: program.ask("spoor.status()['waiting']") == 0, 20)
        assert program.end() == ""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing(method, daemon, tmp_path):
    """Also what they put at the very end, before they end by os._exit."""
    source = """
import multiprocessing, os, sys, time
identity = spoor.init(name='pool', wait=9)
def work(n):
    from spoor.live import forks
    time.sleep(0.3)
    return forks.current.outbox.put('probe.hit.logpoint', '{"n":%d}' % n, 1.0)
if __name__ == '__main__':
    context = multiprocessing.get_context('METHOD')
    children = [context.Process(target=work, args=(n,)) for n in range(2)]
    for child in children: child.start()
    for child in children: child.join()
    print(identity, [child.exitcode for child in children], [child.pid for child in children])
""".replace("METHOD", method)
    with Program(daemon, tmp_path, source, loop=False) as program:
        assert program.end(60) == ""
        identity, codes, pids = program.out.split(" ", 1)[0], *eval(program.out.split(" ", 1)[1].replace("] [", "], ["))
        assert codes == [0, 0]
        agents = [by_pid(daemon)[pid] for pid in pids]
        for n, agent in enumerate(agents):
            until(lambda agent=agent: len(agent.events) == 3)
            assert [event["name"] for _, event in agent.events][-1] == "agent.status.stopped"
            assert [event["payload"]["n"] for _, event in agent.events[:-1] if "n" in event["payload"]] == [n]
            if method != "forkserver":
                assert agent.hello["parent"] == identity


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="calls the C library's fork by the name it has on Linux"
)
def test_a_fork_that_python_does_not_know_of(daemon, tmp_path):
    """Its thread is gone and nobody was told: the first thing that is asked of the link brings it back."""
    source = "import ctypes\nspoor.init(wait=9)\n" + CHILD
    with Program(daemon, tmp_path, source) as program:
        child = program.do("pid = ctypes.PyDLL(None).fork()\nif pid == 0: stay()\nanswer(pid)")
        until(lambda: len(daemon.agents) == 2)
        agent = by_pid(daemon)[child]
        assert agent.hello["parent"] == by_pid(daemon)[program.process.pid].hello["id"]
        until(lambda: len(agent.events) == 2)
