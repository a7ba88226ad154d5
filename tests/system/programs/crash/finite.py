"""Two processes with a known number of calls each; then waits for a file that says that it may end."""

import multiprocessing
import os
import sys
import time


def step(n):
    return [n, n * n]


def work(calls):
    for n in range(calls):
        step(n)


if __name__ == "__main__":
    calls = int(sys.argv[1])
    child = multiprocessing.get_context("fork").Process(target=work, args=(calls,))
    child.start()
    work(calls)
    child.join()
    print("done", flush=True)
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.02)
