"""Threads and a forked child that make a given number of calls each, while the disk of their recording becomes full.

Arguments: folder of the counts, calls, seconds after which the program is killed (or `never`). Calls are counted as
in busy.py.
"""

import os
import signal
import sys
import threading

from busy import Counter, step


def work(name, calls):
    counter = Counter(name)
    for n in range(calls):
        if step(n, 'some text \u00e9\n\t"' * (n % 11)) != n * 2:
            raise AssertionError(n)
        counter.set(n + 1)


def in_thread(calls):
    work(threading.current_thread().name, calls)


def main():
    # Not in the group of whoever records it, which is not to be killed.
    os.setpgid(0, 0)
    calls = int(sys.argv[2])
    if sys.argv[3] != "never":
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(0, signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, float(sys.argv[3]))
    child = os.fork()
    if child == 0:
        work("MainThread", calls)
        sys.exit(0)
    threads = [threading.Thread(target=in_thread, args=(calls,), name="worker-%d" % i) for i in range(2)]
    for thread in threads:
        thread.start()
    work("MainThread", calls)
    for thread in threads:
        thread.join()
    print("child", os.waitpid(child, 0)[1])
    # While the interpreter ends, the signal would end the process by itself.
    signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
