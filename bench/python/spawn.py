"""Runs whole commands one after the other and measures each: wall clock and processor time, its children's included.

Started by ../spawn.ts. Every line on standard input is {"command", "env", "cwd"}; every answer is
{"wall_ns", "cpu_ns", "code", "tail"}. It is Python because only `wait4` tells what one child alone has used.
"""

import json
import os
import subprocess
import sys
import tempfile
import time


def run(command, env, cwd):
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter_ns()
        child = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(child.pid, 0)
        wall_ns = time.perf_counter_ns() - start
        child.returncode = 0
        output.seek(0)
        tail = output.read()[-2000:].decode("utf-8", "replace")
    cpu_ns = int((used.ru_utime + used.ru_stime) * 1e9)
    return {"wall_ns": wall_ns, "cpu_ns": cpu_ns, "code": os.WEXITSTATUS(status), "tail": tail}


for line in sys.stdin:
    told = json.loads(line)
    sys.stdout.write(json.dumps(run(told["command"], told["env"], told["cwd"])) + "\n")
    sys.stdout.flush()
