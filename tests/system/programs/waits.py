"""Counts the signals that reach it, waits, and tells what it saw; its calls are recorded up to its end."""

import os
import signal
import sys
import time

interrupts = 0


def on_interrupt(number, frame):
    global interrupts
    interrupts += 1
    # Not print: the signal may come in the middle of another one.
    os.write(1, b"interrupt %d\n" % interrupts)


def ask(question):
    return input(question)


def main(way):
    if way == "counts":
        signal.signal(signal.SIGINT, on_interrupt)
        print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size(), flush=True)
        print("hello", ask("name? "))
        while interrupts == 0:
            time.sleep(0.02)
        # A second delivery would come at once.
        time.sleep(0.5)
        return 10 + interrupts
    print("waiting", flush=True)
    time.sleep(30)
    return 0


sys.exit(main(sys.argv[1]))
