"""Objects die when they would die bare: arguments that are rebound, results that nobody keeps, caught exceptions."""

import sys
import weakref


class Thing:
    def __init__(self, name):
        self.name = name


def died(reference):
    print("gone")


def rebinds(thing):
    reference = weakref.ref(thing, died)
    thing = None
    print("after rebinding", reference() is None)
    return None


def deletes(thing):
    reference = weakref.ref(thing, died)
    del thing
    print("after del", reference() is None)


def returns():
    return Thing("result")


def raises():
    thing = Thing("local")
    kept.append(weakref.ref(thing))
    raise ValueError(thing)


def generates(thing):
    yield thing.name
    thing = None
    yield "second"


kept = []
rebinds(Thing("argument"))
deletes(Thing("argument"))
reference = weakref.ref(returns())
print("result", reference() is None)
try:
    raises()
except ValueError:
    pass
print("exception", kept[0]() is None)
generator = generates(Thing("generator"))
print(list(generator))
count = sys.getrefcount(kept)


def counts(items):
    return sys.getrefcount(items)


print(counts(kept) - count)
