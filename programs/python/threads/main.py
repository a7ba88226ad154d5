"""Threads: names, who started them, thread-locals, a low-level thread, a subclass with run()."""

import _thread
import threading

local = threading.local()


def work(n):
    local.n = n
    return read()


def read():
    return local.n


def start(name, n):
    thread = threading.Thread(target=work, args=(n,), name=name)
    thread.start()
    thread.join()


class Worker(threading.Thread):
    def run(self):
        work(3)


def low(done):
    work(4)
    done.release()


start("first", 1)
start("second", 2)
worker = Worker(name="subclass")
worker.start()
worker.join()
lock = _thread.allocate_lock()
lock.acquire()
_thread.start_new_thread(low, (lock,))
lock.acquire()
print(hasattr(local, "n"))
