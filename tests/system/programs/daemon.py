"""Becomes a daemon as old servers do: forks twice, leaves its session, closes every descriptor. Then does its work."""

import os
import sys
import time


def work(n):
    return n * 2


def daemonise():
    if os.fork():
        return False
    os.setsid()
    if os.fork():
        os._exit(0)
    os.closerange(0, 256)
    os.open(os.devnull, os.O_RDWR)
    os.dup(0)
    os.dup(0)
    return True


if daemonise():
    time.sleep(0.5)
    print(sum([work(n) for n in range(3)]))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    sys.exit(0)
print("started")
