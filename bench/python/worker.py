"""Measures one workload under one tracer, in a process of its own, whenever it is told to.

Started by ../rounds.ts with one JSON argument: {"workload", "mode", "warm_ms"}. Answers on standard output, one JSON
line each: {"ready"} once warm, then {"ns", "runs"} for every line `go <ms>` on standard input: thread CPU time, and how
often `run` ran in it. Thread CPU time leaves out what other processes, and a tracer's own writer threads, do meanwhile.
Mode `count` answers {"units"} instead: how many units of work one `run` is.
"""

import importlib
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [
    os.path.join(HERE, "workloads"),
    os.path.join(HERE, "outside"),
    HERE,
    os.path.join(HERE, "..", "engines"),
]

clock = time.thread_time_ns


def count_calls(workload):
    """How many calls of the workload's own functions one run makes, `run` itself included."""
    path = workload.__file__
    counted = 0

    def hook(frame, event, argument):
        nonlocal counted
        if event == "call" and frame.f_code.co_filename == path:
            counted += 1

    sys.setprofile(hook)
    try:
        workload.run()
    finally:
        sys.setprofile(None)
    return counted


def measure(run, budget_ns):
    """(ns, runs) of as many runs as the budget allows, at least one."""
    runs = 0
    start = clock()
    end = start + budget_ns
    while True:
        run()
        runs += 1
        now = clock()
        if now >= end:
            return now - start, runs


def main():
    told = json.loads(sys.argv[1])
    # Standard output is ours alone: what a tracer prints goes to standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**fields):
        answers.write(json.dumps(fields) + "\n")
        answers.flush()

    workload = importlib.import_module(told["workload"])
    if told["mode"] == "count":
        answer(units=getattr(workload, "UNITS", 0) or count_calls(workload))
        return
    between = None
    if told["mode"] != "bare":
        import tracers

        try:
            between = tracers.start(told["mode"], workload)
        except (ImportError, tracers.Unavailable) as error:
            answer(unavailable=str(error))
            return
    measure(workload.run, told["warm_ms"] * 1_000_000)
    answer(ready=True)
    for line in sys.stdin:
        word = line.split()
        if word[0] == "go":
            if between is not None:
                between()
            ns, runs = measure(workload.run, int(word[1]) * 1_000_000)
            answer(ns=ns, runs=runs)
    if told["mode"].startswith("breadcrumb"):
        # Its writer would go on for minutes with what is queued.
        os._exit(0)


if __name__ == "__main__":
    main()
