"""The interpreter exits while daemon threads run; atexit functions run in reverse order of registration."""

import atexit
import threading

ready = threading.Event()


def spin():
    tick()
    ready.set()
    threading.Event().wait()


def tick():
    return 1


def bye(n):
    print("bye", n)


atexit.register(bye, 1)
atexit.register(bye, 2)
threading.Thread(target=spin, daemon=True, name="spinner").start()
ready.wait()
print("main ends")
