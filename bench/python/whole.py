"""Runs one workload some times, as a program of its own: `python whole.py NAME RUNS`."""

import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.environ.get("BENCH_WORKLOADS") or os.path.join(HERE, "workloads")]

workload = importlib.import_module(sys.argv[1])
for _ in range(int(sys.argv[2])):
    workload.run()
