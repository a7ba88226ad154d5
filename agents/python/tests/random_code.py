"""Functions, classes, modules and code at work, with the odd names that programs can give them."""

import collections
import functools
import sys
import types

from random_classes import HostileMeta, Name


async def _coroutine():
    pass


async def _asynchronous():
    yield 1


def _generator():
    yield 1


def _closure():
    def inner():
        return _closure

    return inner


class _Methods:
    def method(self):
        pass

    @classmethod
    def of_class(cls):
        pass

    @staticmethod
    def alone():
        pass

    value = property(method)

    def __call__(self):
        pass


def _traceback():
    try:
        raise ValueError("x")
    except ValueError as error:
        return error.__traceback__


def _chained():
    try:
        try:
            raise KeyError("password=hunter2")
        except KeyError as error:
            raise ValueError("x", 1) from error
    except ValueError as error:
        return error


class _Failure(Exception):
    def __init__(self, text):
        self.text = text


class _NoTrace(OSError):
    pass


def _closed(maker):
    made = maker()
    if hasattr(made, "close"):
        made.close()
    return made


_THINGS = _Methods()
FIXED = (
    _coroutine,
    _closure(),
    lambda: None,
    _THINGS.method,
    _Methods.of_class,
    _Methods.alone,
    _Methods.__dict__["alone"],
    _Methods.__dict__["of_class"],
    _Methods.value,
    _Methods,
    [].append,
    {}.get,
    dict.fromkeys,
    int.from_bytes,
    str.upper,
    object.__new__,
    object().__eq__,
    isinstance,
    functools.lru_cache(None)(_closure),
    functools.partial(_closure, 1, a=2),
    functools.partial(int),
    sys,
    types,
    collections,
    collections.deque([1, [2]], 5),
    collections.defaultdict(list, a=[1]),
    collections.ChainMap({"a": 1}),
    types.CodeType,
    type,
    HostileMeta,
    HostileMeta("Hostile", (), {}),
    Exception,
    OSError,
    _closure.__code__,
    sys._getframe(),
    _traceback(),
    _chained(),
    _Failure("hidden"),
    _NoTrace(2, "no such", "/a/password=x"),
    SyntaxError("bad", ("f.py", 1, 2, "x = ")),
    UnicodeDecodeError("utf-8", b"abc", 0, 1, "bad"),
    StopIteration(5),
    SystemExit(),
    iter([1]),
    iter({}),
    enumerate("a"),
    zip(),
    map(int, ()),
    reversed([1]),
    types.GenericAlias(list, int) if hasattr(types, "GenericAlias") else None,
)


def code(random, text):
    """One of these at random; `text` gives names."""
    pick = random.random()
    if pick < 0.5:
        return random.choice(FIXED)
    if pick < 0.65:
        made = types.FunctionType(_closure.__code__, {}, "named")
        made.__qualname__ = random.choice((str, str, Name))(text())
        made.__module__ = random.choice((None, 5, text(), Name("odd")))
        return random.choice((made, types.MethodType(made, 5), types.MethodType(made, [made])))
    if pick < 0.8:
        made = random.choice((type, HostileMeta))("Named", (), {"__module__": random.choice((None, 5, text()))})
        try:
            type.__dict__["__qualname__"].__set__(made, text())
        except (TypeError, ValueError):
            pass
        return random.choice((made, object.__new__(made)))
    if pick < 0.9:
        made = types.ModuleType("module")
        made.__dict__["__name__"] = random.choice((None, text(), Name("odd")))
        return made
    if pick < 0.95:
        return _closed(random.choice((_coroutine, _asynchronous, _generator)))
    made = random.choice((_asynchronous, _generator))()
    try:
        made.__qualname__ = text()
    except ValueError:
        pass
    return made
