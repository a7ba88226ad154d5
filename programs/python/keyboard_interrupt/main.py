"""KeyboardInterrupt by a signal to itself: once caught, once fatal; the traceback shows no frame but the program's."""

import os
import signal


def interrupted():
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):
        pass


def guarded():
    try:
        interrupted()
    except KeyboardInterrupt:
        return "caught"


print(guarded())
interrupted()
