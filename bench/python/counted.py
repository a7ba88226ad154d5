"""Runs workloads under valgrind's callgrind, which writes what it has counted whenever `getsid` is called: a function
of the C library that nobody else calls.

Started by ../callgrind.ts with one JSON argument: {"mode", "workloads": [{"name", "warm", "runs"}]}. Of the counts that
callgrind writes, the last but one for each workload in turn is what lay before its runs, the last the runs themselves.
"""

import importlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [
    os.environ.get("BENCH_WORKLOADS") or os.path.join(HERE, "workloads"),
    os.path.join(HERE, "outside"),
    HERE,
]


def mark():
    os.getsid(0)


def repeat(run, times):
    for _ in range(times):
        run()


def main():
    told = json.loads(sys.argv[1])
    # The first call of a function of a library goes through the dynamic linker, and callgrind does not see it.
    mark()
    for each in told["workloads"]:
        workload = importlib.import_module(each["name"])
        between = None
        if told["mode"] != "bare":
            import tracers

            between = tracers.start(told["mode"], workload)
        repeat(workload.run, each["warm"])
        if between is not None:
            between()
        mark()
        repeat(workload.run, each["runs"])
        mark()


main()
