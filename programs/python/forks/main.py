"""os.fork: the child is a process of its own, born in the call that forked; frames it inherited are not its calls."""

import os
import sys


def work(n):
    return n * 2


def in_child():
    work(1)
    grandchild = os.fork()
    if grandchild == 0:
        work(2)
        os._exit(0)
    os.waitpid(grandchild, 0)


def split():
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        in_child()
        os._exit(3)
    return os.waitpid(child, 0)[1] >> 8


print(split())
work(4)
