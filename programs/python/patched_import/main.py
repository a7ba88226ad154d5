"""builtins.__import__ replaced by the program gets the arguments that it gets bare, and is called as often."""

import builtins

original = builtins.__import__
seen = []


def importer(name, globals=None, locals=None, fromlist=(), level=0):
    seen.append((name, locals is None, fromlist, level))
    return original(name, globals, locals, fromlist, level)


def uses():
    import math
    from os import path

    return math.floor(1.5), path.sep


builtins.__import__ = importer
print(uses())
builtins.__import__ = original
print(seen)
