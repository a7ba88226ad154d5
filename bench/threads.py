"""What a recorded call costs where several threads of a free-threaded build make calls at the same time. Run by hand:

    python3.13t bench/threads.py CACHE [AGENT]

CACHE has the native core (native_cache.py makes it), AGENT is the folder of the package, this repository's if it is not
given. Each row is the least of some rounds, in which all rows take turns: nanoseconds from start to end for each call
of one thread, and of the processor's time.
"""

import json
import os
import subprocess
import sys
import tempfile

ROUNDS = 5
CALLS = 100_000
PROGRAM = (
    """
import sys, threading, time

CALLS, THREADS = %d, int(sys.argv[1])
# A function for each thread: one that all share would be slower without us, too.
SOURCE = "def leaf(n):\\n    return n\\ndef work(calls):\\n    for n in range(calls):\\n        leaf(n)\\n"

def made():
    space = {"__name__": "__main__"}
    exec(compile(SOURCE, __file__, "exec"), space)
    return space["work"]

works = [made() for _ in range(THREADS)]

def run():
    used = []
    def body(work):
        began = time.thread_time()
        work(CALLS)
        used.append(time.thread_time() - began)
    threads = [threading.Thread(target=body, args=(work,)) for work in works]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, sum(used) / THREADS

runs = [run() for _ in range(4)][1:]
print(min(wall for wall, _ in runs) / CALLS * 1e9, min(used for _, used in runs) / CALLS * 1e9)
"""
    % CALLS
)


def measure(cache, agent, threads, settings):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "app.py")
        with open(path, "w") as file:
            file.write(PROGRAM)
        env = {name: value for name, value in os.environ.items() if not name.startswith("SPOOR")}
        if settings is not None:
            run = os.path.join(folder, "run")
            os.makedirs(os.path.join(run, "spool"))
            told = {"format": 1, "run": "r", "root": folder, "clock_ns": "0", "core": "native", "cache": cache}
            with open(os.path.join(run, "config.json"), "w") as file:
                json.dump({**told, "sizeBytes": 1 << 40, **settings}, file)
            env.update(SPOOR_RUN=run, PYTHONPATH=os.path.join(agent, "_boot"))
        said = subprocess.run([sys.executable, path, str(threads)], env=env, capture_output=True, text=True, check=True)
        if settings is not None and not os.listdir(os.path.join(run, "spool")):
            raise SystemExit("nothing was recorded: is the native core in %s?" % cache)
        return [float(figure) for figure in said.stdout.split()]


def main():
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    agent = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "agents", "python", "src", "spoor")
    kinds = {
        "bare": None,
        "recorded, values: none": {"values": "none", "hot": 1 << 40},
        "recorded, values: default": {"values": "default", "hot": 1 << 40},
        "only counted": {"values": "none", "hot": 1000},
    }
    best = {}
    for _ in range(ROUNDS):
        for kind, settings in kinds.items():
            for threads in (1, 2):
                seen = measure(os.path.abspath(sys.argv[1]), agent, threads, settings)
                before = best.get((kind, threads), seen)
                best[kind, threads] = [min(pair) for pair in zip(before, seen)]
    for (kind, threads), (wall, used) in best.items():
        print("%-26s %d threads: %6.0f ns a call, %6.0f of the processor" % (kind, threads, wall, used))


if __name__ == "__main__":
    main()
