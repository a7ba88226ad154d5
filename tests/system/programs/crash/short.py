"""Processes that are killed after a few calls, more of them than the size limit has first segments for.

Halfway it waits until the host has returned what the dead had left empty.
"""

import os
import signal
import sys
import time


def step(n):
    return n * 2


def child():
    for n in range(3):
        step(n)
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    returned = os.path.join(os.environ["SPOOR_RUN"], "spool", "returned")
    count = int(sys.argv[1])
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            child()
        os.waitpid(pid, 0)
        if number == count // 2:
            for _ in range(1000):
                if os.path.exists(returned):
                    break
                time.sleep(0.02)


if __name__ == "__main__":
    main()
