"""Exceptions in __del__ and in a weakref callback are written to stderr and go no further."""

import weakref


class Fragile:
    def __del__(self):
        raise ValueError("in del")  # probe: del


class Target:
    pass


def callback(reference):
    raise KeyError("in callback")


def make():
    Fragile()
    return "made"


print(make())
target = Target()
reference = weakref.ref(target, callback)
del target
print("on we go")
