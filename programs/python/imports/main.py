"""Own modules, a package, a relative import, a circular import, a lazy import, reload."""

import importlib

import first
from package import member

print(first.value, member.describe())


def lazily():
    import lazy

    return lazy.LOADED


print(lazily(), lazily())
importlib.reload(first)
