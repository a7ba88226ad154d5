"""Signal handlers: recorded as calls of the function that they interrupt; one of them raises."""

import os
import signal


class Stop(Exception):
    pass


def handler(number, frame):
    return seen.append(number == signal.SIGUSR1)


def raising(number, frame):
    raise Stop("from handler")  # probe: handler


def send(number):
    os.kill(os.getpid(), number)
    for _ in range(1000):
        pass
    return number == signal.SIGUSR1


def attempt():
    try:
        send(signal.SIGUSR2)
    except Stop as stop:
        return stop.args[0]


seen = []
signal.signal(signal.SIGUSR1, handler)
signal.signal(signal.SIGUSR2, raising)
print(send(signal.SIGUSR1), seen, attempt())
