"""Starts the busy program again and again, each in a session of its own, and ends it at random moments.

Arguments: seed, rounds, folder. Prints what it did, so that a failure can be read.
"""

import os
import random
import signal
import subprocess
import sys
import time

WAYS = ("kill", "kill", "kill", "kill", "terminate", "segfault", "abort", "exit")


def end(child, how, wait):
    """Ends the program, and then whatever it has left behind."""
    if how in ("kill", "terminate"):
        time.sleep(wait)
        os.killpg(child.pid, signal.SIGKILL if how == "kill" else signal.SIGTERM)
    child.wait(20)
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait_for_group(group):
    """Killed processes may need their turn to be gone: whoever records this would say truly that they go on."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)


def main():
    chance = random.Random(int(sys.argv[1]))
    folder = sys.argv[3]
    here = os.path.dirname(os.path.abspath(__file__))
    for _ in range(int(sys.argv[2])):
        how = chance.choice(WAYS)
        # From the first instructions of the interpreter to the middle of everything.
        wait = chance.uniform(0, 0.7)
        command = [sys.executable, os.path.join(here, "busy.py"), folder, how, "%.4f" % wait]
        child = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        end(child, how, wait)
        print(child.pid, how, "%.4f" % wait, child.returncode, flush=True)
    wait_for_group(child.pid)


if __name__ == "__main__":
    main()
