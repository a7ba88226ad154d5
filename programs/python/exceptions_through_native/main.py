"""Exceptions that cross code which is not recorded: sorted, map, lru_cache, hasattr, getattr, re.sub, a generator in sum."""

import functools
import re


def key(n):
    raise ValueError("key %d" % n)  # probe: key


@functools.lru_cache(maxsize=None)
def cached(n):
    raise KeyError(n)


class Lazy:
    def __getattr__(self, name):
        raise AttributeError(name)  # probe: attribute

    @property
    def broken(self):
        raise AttributeError("broken")


def replace(match):
    raise LookupError(match.group())


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__


print(attempt(sorted, [1, 2], key=key))
print(attempt(list, map(key, [3])))
print(attempt(lambda: cached(4)))
print(hasattr(Lazy(), "x"), getattr(Lazy(), "y", "default"), hasattr(Lazy(), "broken"))
print(attempt(re.sub, "a", replace, "banana"))
print(attempt(sum, (key(i) for i in [5])))
print(next(iter([]), "empty"), attempt(int, "x"), attempt({}.__getitem__, "k"))
