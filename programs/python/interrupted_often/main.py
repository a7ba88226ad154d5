"""A timer's handler raises again and again, wherever the program or the recorder is: no traceback shows more than the program."""

import signal
import sys
import traceback


class Tick(Exception):
    pass


def handler(number, frame):
    raise Tick


def work(n):
    return n + 1


def busy():
    total = 0
    while True:
        total = work(total)


def strangers(error):
    return [f.filename for f in traceback.extract_tb(error.__traceback__) if not f.filename.endswith("main.py")]


signal.signal(signal.SIGALRM, handler)
found = set()
for i in range(150):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005 + (i % 7) * 0.00005)
        busy()
    except Tick as tick:
        found.update(strangers(tick))
signal.setitimer(signal.ITIMER_REAL, 0)
print(sorted(found), sys.exc_info())
print(work(1))
