"""Measures one workload under one tracer, in a process of its own, whenever it is told to.

Started by ../rounds.ts with one JSON argument: {"workload", "mode", "warm_ms"}. Answers on standard output, one JSON
line each: {"ready"} once warm, then {"ns", "runs", "best"} for every line `go <ms> <batch ms>` on standard input:
thread CPU time, how often `run` ran in it, and the time of one run in the quickest batch. Thread CPU time leaves out
what other processes, and a tracer's own writer threads, do meanwhile. Mode `count` answers {"units"} instead: how many
units of work one `run` is.

BENCH_WORKLOADS names another folder of workloads than the one beside this file.
"""

import importlib
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WORKLOADS = os.environ.get("BENCH_WORKLOADS") or os.path.join(HERE, "workloads")
sys.path[:0] = [
    WORKLOADS,
    os.path.join(HERE, "outside"),
    HERE,
    os.path.join(HERE, "..", "engines"),
]

clock = time.thread_time_ns


# Generators, coroutines and asynchronous generators: the interpreter tells of each of their resumes as of a call.
RESUMED = 0x20 | 0x80 | 0x200


def count_calls(workload):
    """How many calls of functions from the workloads' folder one run makes, `run` itself included."""
    counted = 0
    # Held, so that no later frame has the place of one that was counted.
    resumed = set()

    def hook(frame, event, argument):
        nonlocal counted
        if event == "call" and frame.f_code.co_filename.startswith(WORKLOADS):
            if frame.f_code.co_flags & RESUMED:
                if frame in resumed:
                    return
                resumed.add(frame)
            counted += 1

    sys.setprofile(hook)
    try:
        workload.run()
    finally:
        sys.setprofile(None)
    return counted


def measure(run, budget_ns, batch_ns):
    """(ns, runs, ns of one run in the best batch) of as many runs as the budget allows, at least one."""
    total = runs = 0
    best = float("inf")
    start = clock()
    end = start + budget_ns
    now = start
    while now < end:
        begun, count = now, 0
        until = begun + batch_ns
        while True:
            run()
            count += 1
            now = clock()
            if now >= until:
                break
        best = min(best, (now - begun) / count)
        runs += count
        total = now - start
    return total, runs, best


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
        if hasattr(workload, "verify"):
            workload.verify()
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
    warm_ns = told["warm_ms"] * 1_000_000
    measure(workload.run, warm_ns, warm_ns)
    answer(ready=True)
    for line in sys.stdin:
        word = line.split()
        if word[0] == "go":
            if between is not None:
                between()
            ns, runs, best = measure(workload.run, int(word[1]) * 1_000_000, int(word[2]) * 1_000_000)
            answer(ns=ns, runs=runs, best=best)
    if told["mode"].startswith("breadcrumb"):
        # Its writer would go on for minutes with what is queued.
        os._exit(0)


if __name__ == "__main__":
    main()
