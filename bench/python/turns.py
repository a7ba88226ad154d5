"""Measures code that is not recorded, in one process that is recorded in turns: bare, with a tool of `sys.monitoring`
that asks for nothing, and with Spoor recording another project.

Started by ../parts/filtered.ts with one JSON argument: {"workload", "agent", "project", "settings", "rounds",
"slice_ms"}. Answers with a line of JSON on standard output: nanoseconds of one run in each round, by mode. Each turn
loads the workload anew: what the interpreter has once prepared for events it never undoes wholly, so that code which
met a tool is not bare any more. Places in memory change with it, and even out over the rounds.
"""

import importlib
import json
import os
import sys
import time

told = json.loads(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.environ.get("BENCH_WORKLOADS") or os.path.join(HERE, "workloads"), os.path.join(HERE, "outside")]
sys.path.append(told["agent"])

import spoor  # noqa: E402

clock = time.thread_time_ns
monitoring = sys.monitoring
TOOL = 3


def fresh():
    sys.modules.pop(told["workload"], None)
    return importlib.import_module(told["workload"]).run


def measure(run, budget_ns):
    start = clock()
    end = start + budget_ns
    runs = 0
    while True:
        run()
        runs += 1
        now = clock()
        if now >= end:
            return (now - start) / runs


def turn():
    run = fresh()
    budget_ns = told["slice_ms"] * 1_000_000
    measure(run, budget_ns // 2)
    return min(measure(run, budget_ns // 2) for _ in range(2))


def bare():
    return turn()


def empty():
    """What any tool costs that wants to hear of new code once, and of nothing else."""
    monitoring.use_tool_id(TOOL, "empty")
    monitoring.register_callback(TOOL, monitoring.events.PY_START, lambda code, offset: monitoring.DISABLE)
    monitoring.set_events(TOOL, monitoring.events.PY_START)
    try:
        return turn()
    finally:
        monitoring.set_events(TOOL, 0)
        monitoring.register_callback(TOOL, monitoring.events.PY_START, None)
        monitoring.free_tool_id(TOOL)


def recorded():
    with spoor.recording(told["project"], **told["settings"]):
        return turn()


modes = [bare, empty, recorded]
found = {mode.__name__: [] for mode in modes}
for mode in modes:
    mode()
for at in range(told["rounds"]):
    for place in range(len(modes)):
        mode = modes[(place * (1 + at % 2) + at) % len(modes)]
        found[mode.__name__].append(mode())
print(json.dumps(found))
