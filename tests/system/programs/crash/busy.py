"""Threads, a process pool and a forked child, all calling functions until they are killed.

Each thread keeps the number of calls of `step` that came back to it in a file of its own, in a shared map: what is
there when the process dies had been recorded before.
"""

import ctypes
import mmap
import multiprocessing
import os
import signal
import sys
import threading
import time

FOLDER = sys.argv[1]


class Counter:
    def __init__(self, name):
        # By the key under which this process is recorded, which its children find here: pids come again.
        path = os.path.join(FOLDER, "%s-%s" % (os.environ["SPOOR_PARENT"], name))
        with open(path, "wb+") as file:
            file.write(bytes(8))
            file.flush()
            self.map = mmap.mmap(file.fileno(), 8)

    def set(self, count):
        # One store of eight bytes: struct.pack_into would write zeros first, and could be killed between.
        self.map[:] = count.to_bytes(8, "little")


def leaf(text):
    if len(text) % 7 == 0:
        raise ValueError(text)
    return len(text)


def step(n, text):
    try:
        leaf(text)
    except ValueError:
        pass
    return n * 2


def work(name):
    counter = Counter(name)
    n = 0
    while True:
        if step(n, 'some text \u00e9\n\t"' * (n % 11)) != n * 2:
            raise AssertionError(n)
        n += 1
        counter.set(n)


def in_thread():
    work(threading.current_thread().name)


def in_pool(index):
    work("MainThread")


def die(how, seconds):
    time.sleep(seconds)
    if how == "segfault":
        ctypes.string_at(0)
    elif how == "abort":
        os.abort()
    elif how == "exit":
        os._exit(7)


def main():
    how, seconds = sys.argv[2], float(sys.argv[3])
    threads = [threading.Thread(target=in_thread, name="worker-%d" % i, daemon=True) for i in range(2)]
    context = multiprocessing.get_context("fork")
    pool = context.Pool(2)
    pool.map_async(in_pool, range(2), chunksize=1)
    if os.fork() == 0:
        work("MainThread")
    for thread in threads:
        thread.start()
    if how == "terminate":
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die(how, seconds)
    time.sleep(60)


if __name__ == "__main__":
    main()
