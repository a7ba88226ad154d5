"""Objects that fight back: not one of their methods runs, and what they hold is shown all the same."""

import json
import threading

import pytest
from value_vectors import encoder

SPECIAL = (
    "__repr__ __str__ __format__ __bytes__ __hash__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __bool__ __len__ "
    "__length_hint__ __iter__ __next__ __contains__ __getitem__ __missing__ __reversed__ __call__ __getattr__ "
    "__getattribute__ __dir__ __index__ __int__ __float__ __complex__ __abs__ __neg__ __add__ __radd__ __reduce__ "
    "__reduce_ex__ __getstate__ __copy__ __deepcopy__ __sizeof__ __instancecheck__ __subclasscheck__ __enter__ "
    "__exit__ __await__ __aiter__ __fspath__ __round__ __trunc__ __array__ __json__ __del__ keys items values get"
).split()


class Gone(BaseException):
    """Not an Exception, as SystemExit, which would end the tests when one reports a failure."""


class Trap:
    """Counts what is run, and does the worst each time."""

    def __init__(self):
        self.ran = []

    def method(self, name, kind):
        def run(*args, **kwargs):
            self.ran.append(name)
            if kind == "raises":
                raise RuntimeError(name)
            if kind == "exits":
                raise Gone(name)
            if kind == "recurses":
                return run(*args, **kwargs)
            return args[0] if args else None

        return run


KINDS = ("raises", "exits", "recurses", "answers")
# A class with `__hash__` in a set and the like is hashed when it is put there, before it is looked at.
BASES = (object, int, str, float, list, dict, tuple, set, bytes, bytearray, Exception, OSError)


def hostile(trap, base, kind, meta=type):
    body = {name: trap.method(name, kind) for name in SPECIAL if name != "__del__"}
    body["prop"] = property(trap.method("prop", kind))
    body["__class__"] = property(trap.method("__class__", kind))
    if base is object:
        body["__dict__"] = property(trap.method("__dict__", kind))
        body["__annotations__"] = {"kept": int, "also": int}
    return meta("Hostile", (base,), body)


def made(cls, base):
    value = base.__new__(cls)
    object.__setattr__(value, "kept", 7)
    object.__setattr__(value, "also", 8)
    return value


def everywhere(enc, value):
    """Texts of the value in every place where one can be."""
    plan = enc.plan((lambda self, a, *args, **kw: 0).__code__)
    yield enc.value(value)
    yield enc.args(plan, {"self": value, "a": value, "args": (value,), "kw": {"k": value}})
    yield enc.args(enc.plan((lambda password, token: 0).__code__), {"password": value, "token": value})
    yield enc.fields_of({"x": value, "self": value, "password": value})
    yield enc.value([value, (value,), {"k": value}])
    yield enc.exception(ValueError(value))
    yield enc.exception(OSError(2, value, value))
    yield enc.value(slice(value, value, value))
    yield enc.value(iter([value]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", BASES, ids=[base.__name__ for base in BASES])
def test_no_method_runs(base, kind):
    trap = Trap()
    value = made(hostile(trap, base, kind), base)
    enc = encoder()
    for _ in range(3):
        for text in everywhere(enc, value):
            json.loads(text)
            assert "unreadable" not in text
        assert '"kept":7' in enc.value(value) or base in (Exception, OSError)
    if issubclass(base, Exception):
        json.loads(enc.exception(value))
    assert trap.ran == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_method_of_a_metaclass_runs(kind):
    trap = Trap()
    body = {name: trap.method(name, kind) for name in SPECIAL if name not in ("__call__", "__del__")}
    for name in ("__name__", "__module__", "__mro__", "__dict__", "__flags__", "__class__"):
        body[name] = property(trap.method(name, kind))
    meta = type("Meta", (type,), dict(body))
    cls = type.__call__(meta, "Odd", (), {"__init__": lambda self: None})
    value = object.__new__(cls)
    object.__setattr__(value, "a", 1)
    object.__setattr__(value, "b", 2)
    trap.ran.clear()
    enc = encoder()
    for _ in range(3):
        for text in everywhere(enc, value):
            json.loads(text)
        for text in everywhere(enc, cls):
            json.loads(text)
        assert enc.value(value) == '{"$":"Odd","a":1,"b":2}'
    assert trap.ran == []


@pytest.mark.parametrize("kind", KINDS)
def test_keys_are_not_hashed_or_compared(kind):
    trap = Trap()
    armed = []

    class Key:
        def __hash__(self):
            if armed:
                trap.ran.append("__hash__")
            return 1

        def __eq__(self, other):
            if armed:
                trap.ran.append("__eq__")
            return self is other

    import collections

    key = Key()
    values = [{key: 1, "a": 2}, {key}, frozenset([key]), collections.OrderedDict([(key, 1)])]
    values.append(collections.Counter([key]))
    armed.append(True)
    enc = encoder()
    for value in values:
        for text in everywhere(enc, value):
            json.loads(text)
    assert trap.ran == []


def test_descriptors_of_the_class_do_not_run():
    trap = Trap()

    class Descriptor:
        __get__ = trap.method("__get__", "answers")
        __set__ = trap.method("__set__", "answers")
        __delete__ = trap.method("__delete__", "answers")

    class Lazy:
        __get__ = trap.method("lazy", "answers")

    class Holder:
        data = Descriptor()
        lazy = Lazy()

        def __init__(self):
            self.__dict__["data"] = 1
            self.__dict__["lazy"] = 2
            self.own = 3

    enc = encoder()
    for _ in range(3):
        assert json.loads(enc.value(Holder())) == {"$": "Holder", "data": 1, "lazy": 2, "own": 3}
    assert trap.ran == []


def test_a_class_with_odd_facts():
    class Text(str):
        def __str__(self):
            raise Gone

        __repr__ = __format__ = __hash__ = __str__

    cls = type("Odd", (), {"__module__": Text("app"), "_fields": 5, "__slots__": ("a",)})
    cls.__qualname__ = "x"
    value = cls()
    value.a = 1
    assert json.loads(encoder().value(value)) == {"$": "Odd", "a": 1}
    pair = type("Pair", (tuple,), {"_fields": ("a", 5)})((1, 2))
    assert json.loads(encoder().value(pair))["$value"] == {"$": "tuple", "items": [1, 2]}
    false = type("Pair", (tuple,), {"_fields": ("a", "b", "c")})((1, 2))
    assert json.loads(encoder().value(false)) == {"$": "tuple", "items": [1, 2]}


def test_a_module_and_a_mapping_of_the_program_are_not_asked():
    import types

    class Module(types.ModuleType):
        def __getattribute__(self, name):
            raise Gone

    class Mapping(dict):
        def __iter__(self):
            raise Gone

        items = keys = __len__ = __iter__

    enc = encoder()
    json.loads(enc.value(Module("m")))
    assert json.loads(enc.value(types.MappingProxyType(Mapping(a=1)))) == {"$": "mappingproxy"}


def test_fields_that_nothing_names_are_counted():
    class Liar:
        __dict__ = property(lambda self: 1 / 0)

    value = Liar()
    value.a = value.b = 1
    shown = json.loads(encoder().value(value))
    assert shown in ({"$": "Liar", "a": 1, "b": 1}, {"$": "Liar", "$cut": {"why": "names", "more": 2}})
    odd = type("Odd", (), {})()
    odd.__dict__.update({5: 1, "a": 2})
    assert json.loads(encoder().value(odd)) == {"$": "Odd", "a": 2, "$cut": {"why": "names", "more": 1}}


def test_thread_locals_and_proxies():
    import weakref

    class Target:
        def __getattribute__(self, name):
            raise Gone

    target = Target()
    enc = encoder()
    local = type("Local", (threading.local,), {})()
    local.x = 1
    json.loads(enc.value(local))
    json.loads(enc.value(weakref.proxy(target)))
    json.loads(enc.value(weakref.ref(target)))


def test_numpy():
    numpy = pytest.importorskip("numpy", reason="numpy is not installed here")
    enc = encoder()

    class Own(numpy.ndarray):
        shape = dtype = property(lambda self: 1 / 0)

    assert json.loads(enc.value(numpy.zeros((2, 3)))) == {"$": "ndarray", "shape": [2, 3], "dtype": "float64"}
    assert json.loads(enc.value(numpy.int32(4))) == {"$": "numpy.int32", "$value": 4}
    assert json.loads(enc.value(numpy.float64(1.5))) == {"$": "numpy.float64", "$value": 1.5}
    assert json.loads(enc.value(numpy.zeros(3).view(Own)))["$value"]["shape"] == [3]


def test_a_released_buffer_is_unreadable():
    view = memoryview(b"abc")
    view.release()
    assert json.loads(encoder().value([view, 1])) == [{"$": "unreadable", "why": "ValueError"}, 1]


def test_very_long_things_take_no_time():
    enc = encoder()
    for value in ("x" * 10**7, b"x" * 10**7, list(range(10**6)), 3 ** (10**6), dict.fromkeys(range(10**5))):
        assert len(enc.value(value)) < 2000
