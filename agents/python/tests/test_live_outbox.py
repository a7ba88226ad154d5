"""The outbox of live events: numbers, limits, what is sent again, threads and signal handlers that put at once."""

import json
import os
import signal
import sys
import threading

import pytest
from spoor.live.outbox import LONGEST_PAYLOAD, MESSAGE_EVENTS, MOST_BYTES, MOST_EVENTS, Outbox


def put(outbox, payload="{}", name="probe.hit.logpoint"):
    return outbox.put(name, payload, 1.5)


def drained(outbox):
    """All messages that are there, as (first, payloads)."""
    found = []
    while True:
        message = outbox.message()
        if message is None:
            return found
        told = json.loads(message.decode("utf-8"))
        assert told["type"] == "events"
        found.append((told["first"], [event["payload"] for event in told["events"]]))


def test_events_are_numbered_from_one_and_sent_again_until_stored():
    outbox = Outbox()
    assert outbox.first == 1
    for i in range(3):
        assert put(outbox, '{"n":%d}' % i)
    assert outbox.unsent == 3
    assert drained(outbox) == [(1, [{"n": 0}, {"n": 1}, {"n": 2}])]
    assert (outbox.unsent, outbox.unstored, outbox.first) == (0, 3, 1)
    outbox.stored(2)
    assert (outbox.unstored, outbox.first) == (1, 3)
    outbox.again()
    put(outbox, '{"n":3}')
    assert drained(outbox) == [(3, [{"n": 2}, {"n": 3}])]
    outbox.stored(4)
    assert (outbox.unstored, outbox.first) == (0, 5)


def test_a_message_says_name_and_time_and_holds_any_text():
    outbox = Outbox()
    outbox.put("probe.hit.logpoint", '{"m":"é\\n\U0001f600"}', 1700000000123.4567)
    message = outbox.message()
    assert b"\n" not in message
    assert json.loads(message.decode("utf-8"))["events"] == [
        {"name": "probe.hit.logpoint", "time": 1700000000123.457, "payload": {"m": "é\n\U0001f600"}}
    ]


def test_messages_are_bounded_in_number_and_size():
    outbox = Outbox()
    for _ in range(MESSAGE_EVENTS + 1):
        put(outbox)
    assert [(first, len(found)) for first, found in drained(outbox)] == [(1, 256), (257, 1)]
    big = '{"x":"%s"}' % ("a" * 100_000)
    for _ in range(5):
        put(outbox, big)
    assert [(first, len(found)) for first, found in drained(outbox)] == [(258, 2), (260, 2), (262, 1)]


def test_a_full_outbox_refuses_until_events_are_stored():
    outbox = Outbox()
    taken = sum(put(outbox) for _ in range(MOST_EVENTS + 10))
    assert taken == MOST_EVENTS
    drained(outbox)
    assert not put(outbox)
    outbox.stored(1)
    assert put(outbox) and not put(outbox)


def test_bytes_are_limited_as_well():
    outbox = Outbox()
    payload = '"%s"' % ("a" * 199_998)
    taken = sum(put(outbox, payload) for _ in range(100))
    assert taken == MOST_BYTES // 200_000
    drained(outbox)
    assert not put(outbox, payload)
    outbox.stored(taken)
    assert sum(put(outbox, payload) for _ in range(100)) == taken
    assert not put(Outbox(), '"%s"' % ("a" * LONGEST_PAYLOAD))


def test_only_the_first_event_calls_until_the_link_is_quiet_again():
    calls = []
    outbox = Outbox(lambda: calls.append(1))
    put(outbox)
    put(outbox)
    assert len(calls) == 1
    outbox.quiet()
    drained(outbox)
    put(outbox)
    assert len(calls) == 2


def test_a_closed_outbox_takes_nothing():
    outbox = Outbox()
    outbox.close()
    assert not put(outbox)


def test_threads_that_put_at_once_lose_nothing_and_bytes_are_settled():
    outbox = Outbox()
    taken = []
    found = []
    over = threading.Event()

    def work(which):
        taken.append(sum(put(outbox, "[%d,%d]" % (which, i)) for i in range(20_000)))

    def draw():
        while not over.is_set() or outbox.unsent:
            outbox.quiet()
            for first, payloads in drained(outbox):
                found.extend((first + i, *payload) for i, payload in enumerate(payloads))
                outbox.stored(first + len(payloads) - 1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(which,)) for which in range(4)]
        drawer = threading.Thread(target=draw)
        for thread in [*threads, drawer]:
            thread.start()
        for thread in threads:
            thread.join()
        over.set()
        drawer.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(found) == sum(taken)
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
    for which in range(4):
        mine = [i for _, each, i in found if each == which]
        assert mine == sorted(set(mine))
    put(outbox)
    drained(outbox)
    outbox.stored(outbox.first)
    assert sum(put(outbox, '"%s"' % ("a" * 99_998)) for _ in range(100)) == MOST_BYTES // 100_000


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers on this platform")
def test_a_signal_handler_may_put_while_its_thread_does():
    outbox = Outbox()
    told = []
    signal.signal(signal.SIGALRM, lambda *_: told.append(put(outbox, '"handler"')))
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        count = 0
        while len(told) < 50:
            count += put(outbox)
            if outbox.unstored > 1000:
                drained(outbox)
                unstored = outbox.unstored  # before anything the handler may still do
                assert unstored <= count + sum(told)
                outbox.stored(outbox._next - 1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    drained(outbox)
    assert outbox._next - 1 == count + sum(told)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_process_forked_without_notice_begins_anew():
    forks = []
    outbox = Outbox(forked=lambda: (forks.append(1), outbox.clear()))
    put(outbox)
    pid = os.fork()
    if pid == 0:
        put(outbox, '"child"')
        os._exit(0 if forks == [1] and drained(outbox) == [(1, ["child"])] else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert drained(outbox) == [(1, [{}])]
