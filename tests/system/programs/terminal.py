"""Runs a command on a terminal of its own, answers what it asks, and shows what came out and how it ended.

Arguments: a JSON list of [text to wait for, text to type], then the command.
"""

import json
import os
import pty
import select
import sys
import time


def main():
    steps = json.loads(sys.argv[1])
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    seen = ""
    end = time.monotonic() + 40
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:  # how Linux tells that nobody holds the other end
            data = b""
        if not data:
            break
        seen += data.decode("utf-8", "replace")
        if steps and steps[0][0] in seen:
            os.write(terminal, steps.pop(0)[1].encode())
    _, status = os.waitpid(pid, 0)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
    lines = seen.replace("\r\n", "\n").split("\n")
    print("\n".join(lines).rstrip())
    print("ended with", code)


main()
