"""The native core leaves the objects it draws as they were: none is kept, changed or slowed, and no memory stays."""

import abc
import enum
import gc
import os
import sys
import threading
import types
import weakref

import native_core
import pytest
from random_values import Colour, Order, Point
from spoor.redaction import Redactor
from spoor.values import Encoder, Limits

core = native_core.load()
inline = pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 every object has a dict")


class Ran(BaseException):
    """Code of the program's was run."""


def run(*args, **kwargs):
    raise Ran


def encoder(**limits):
    return core.Encoder(Encoder(Limits(**limits), Redactor()))


def built(obj):
    return any(type(referent) is dict for referent in gc.get_referents(obj))


class Bag:
    def __init__(self, *args):
        pass


class Slotted:
    __slots__ = ("__weakref__", "a", "b")


class Base:
    __slots__ = ("base",)


class Mixed(Base):
    __slots__ = ("__dict__", "__weakref__", "mixed")


def filled(cls, names):
    made = cls()
    for name in names:
        setattr(made, name, "of " + name)
    return made


@inline
@pytest.mark.parametrize("names", [("a",), ("a", "b", "c"), ("$a", "user.email", "password"), ()])
def test_no_dict_is_built_whatever_the_names(names):
    cls = type("Fresh", (), {})
    for draw in (encoder().value, lambda value: encoder().args((("self", ',"self":', 1, None),), {"self": value})):
        made = filled(cls, names)
        for _ in range(3):
            text = draw(made)
            assert text.count("of ") == len([name for name in names if name != "password"])
            assert not built(made)


def test_what_is_drawn_is_not_kept():
    enc = encoder()
    for cls, names in ((Bag, "ab"), (Slotted, "ab"), (Mixed, ("base", "mixed", "a", "b"))):
        made = filled(cls, names)
        made.a = made.b = Bag()
        gone = [weakref.ref(made), weakref.ref(made.a)]
        counts = sys.getrefcount(made), sys.getrefcount(made.a)
        for _ in range(5):
            enc.value(made)
            enc.value([made, {"key": made}])
        assert (sys.getrefcount(made), sys.getrefcount(made.a)) == counts
        del made
        assert [found() for found in gone] == [None, None]


def test_classes_are_kept_up_to_a_bound_and_go_with_the_encoder():
    enc = encoder()
    gone = []
    for number in range(5000):
        cls = type("Class%d" % number, (), {"__slots__": ()})
        assert enc.value(cls()) == '{"$":"Class%d"}' % number
        gone.append(weakref.ref(cls))
    del cls
    gc.collect()
    kept = len([found for found in gone if found() is not None])
    # The twin, which was asked about each, keeps as many.
    assert 0 < kept <= 4096
    del enc
    gc.collect()
    assert [found for found in gone if found() is not None] == []


def test_the_twin_s_text_of_a_class_is_not_held_twice():
    asked, alone = Encoder(Limits(), Redactor()), Encoder(Limits(), Redactor())
    core.Encoder(asked).value(Bag())
    alone.value(Bag())
    found = [sys.getrefcount(twin.kinds[id(Bag)][1].plain) for twin in (asked, alone)]
    assert found[0] == found[1]


def test_a_class_that_holds_the_encoder_goes_with_it():
    enc = encoder()
    cls = type("Holder", (), {"encoder": enc})
    gone = weakref.ref(cls)
    assert enc.value(cls()) == '{"$":"Holder"}'
    del enc, cls
    gc.collect()
    assert gone() is None


def test_slots_of_all_classes_from_the_base_down():
    made = filled(Mixed, ("other", "mixed", "base"))
    assert encoder().value(made) == '{"$":"Mixed","base":"of base","mixed":"of mixed","other":"of other"}'
    del made.base
    assert encoder().value(made) == '{"$":"Mixed","mixed":"of mixed","other":"of other"}'


@pytest.mark.parametrize("meta", [type, abc.ABCMeta])
def test_no_code_of_a_class_is_run(meta):
    names = (
        "__getattribute__ __getattr__ __setattr__ __eq__ __hash__ __repr__ __len__ __bool__ __iter__ __dir__ __del__"
    )
    body = dict.fromkeys(names.split()[:-1], run)
    body.update(__class__=property(run), a=property(run), b=types.DynamicClassAttribute(run))
    cls = meta("Hostile", (), body)
    made = cls()
    fields = cls.__dict__["__dict__"].__get__(made)
    fields.update({"a": 1, "b": 2, "c": made})
    enc = encoder()
    for _ in range(3):
        assert enc.value(made) == '{"$":"Hostile","a":1,"b":2,"c":{"$":"cycle"}}'


def test_odd_keys_in_the_dict_of_an_object_are_not_compared():
    ran = []

    class Key:
        def __init__(self, name):
            self.hash = hash(name)

        def __hash__(self):
            return self.hash

        def __eq__(self, other):
            ran.append(other)
            return False

    class Colour(enum.Enum):
        RED = 1

    class Order:
        def __init__(self):
            self.a = self.b = 1

    class Mapping(dict):
        pass

    enc = encoder()
    made = (Colour.RED, '"name":"RED","value":1}'), (Order(), '"a":1,"b":1,'), (Mapping(), '"a":1,"b":1,')
    for value, expected in made:
        enc.value(type(value)["RED"] if value is Colour.RED else type(value)())
        fields = {Key(name): 1 for name in ("_name_", "_value_", "a", "b")}
        fields.update({"_name_": "RED", "_value_": 1} if value is Colour.RED else {"a": 1, "b": 1})
        value.__dict__.clear()
        value.__dict__.update(fields)
        ran.clear()
        for _ in range(3):
            assert expected in enc.value(value)
        assert ran == []


def test_a_class_that_changes():
    class Changing:
        def __init__(self):
            self.a, self.b = 1, 2

    enc = encoder()
    expected = '{"$":"Changing","a":1,"b":2}'
    assert enc.value(Changing()) == expected
    Changing.a = property(run, lambda self, value: None)
    Changing.more = 5
    made = Changing()
    assert enc.value(made) == '{"$":"Changing","b":2}'
    Changing.__getattribute__ = run
    Changing.__dict__["__init__"].__code__ = (lambda self: None).__code__
    assert enc.value(Changing()) == '{"$":"Changing"}'


def test_a_slot_that_is_taken_away_or_covered():
    for change in (lambda cls: delattr(cls, "a"), lambda cls: setattr(cls, "a", 5)):
        cls = type("Slots", (), {"__slots__": ("a", "b")})
        made = filled(cls, ("a", "b"))
        enc, twin = encoder(), Encoder(Limits(), Redactor())
        before = enc.value(made)
        assert before == twin.value(made) == '{"$":"Slots","a":"of a","b":"of b"}'
        change(cls)
        assert enc.value(made) == twin.value(made)


def test_another_order_of_bases():
    first = type("First", (), {"__slots__": ("a",)})
    second = type("Second", (), {"__slots__": ("a",)})
    cls = type("Child", (first,), {})
    made = cls()
    made.a, made.z = 1, 2
    enc = encoder()
    assert enc.value(made) == '{"$":"Child","a":1,"z":2}'
    cls.__bases__ = (second,)
    assert enc.value(made) == '{"$":"Child","a":1,"z":2}'


def test_a_thread_that_changes_objects_while_they_are_drawn():
    """Fields that the twin is asked about let other threads run in between."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    enc = encoder(level="full")
    bags = [filled(Bag, "abcdef") for _ in range(50)]
    ends = threading.Event()

    def change():
        number = 0
        while not ends.is_set():
            number += 1
            for bag in bags:
                bag.c = type("Other", (), {})()
                bag.__dict__["x%d" % (number % 50)] = [number]
                if number % 3 == 0:
                    bag.__dict__ = dict.fromkeys("fedcba", b"x" * 50)

    other = threading.Thread(target=change)
    other.start()
    try:
        for number in range(120):
            for bag in bags:
                bag.b = ("word %d password=hunter%d" % (number, number), 1.5, b"abc", Colour.RED)
                assert enc.value(bag).startswith(('{"$":"Bag"', '{"$":"unreadable","why":"RuntimeError"}'))
    finally:
        ends.set()
        other.join()
        sys.setswitchinterval(interval)


def test_while_the_twin_is_asked_another_thread_may_ask_about_the_same():
    """Here it is this thread, in the midst of what the twin does, which is as if another one ran at that moment."""
    bags = []
    for number in range(30):
        bag = Bag()
        names = [kind % (number, place) for place in range(4) for kind in ("n%dx%dpassword", "n%dx%d")]
        bag.__dict__ = dict.fromkeys(names, "secret")
        bags.extend((bag, bag.__dict__))
    now = [bags[0]]
    texts = set()

    class Interrupted(Encoder):
        asked = 0
        others = 0

        def interrupt(self):
            self.asked += 1
            if self.asked % 3 == 0 and self.others < 2:
                self.others += 1
                # The same twice, so that it is met again, and one that is not.
                for bag in (now[0], now[0], bags[self.asked % len(bags)]):
                    texts.add(enc.value(bag))
                self.others -= 1

        def field_key(self, name):
            self.interrupt()
            return super().field_key(name)

        def plain_key(self, name):
            self.interrupt()
            return super().plain_key(name)

        def _learn(self, kind):
            self.interrupt()
            return super()._learn(kind)

    twin = Interrupted(Limits(), Redactor())
    enc = core.Encoder(twin)
    for _ in range(20):
        for bag in bags:
            now[0] = bag
            texts.add(enc.value(bag))
    assert twin.asked > 1000
    assert len(texts) == len(bags)
    for text in texts:
        assert text.count("redacted") == 4


@pytest.mark.parametrize("base", [dict, Bag])
def test_another_thread_gives_the_object_another_dict(base):
    class Interrupted(Encoder):
        def plain_key(self, name):
            made.__dict__ = {"other": 1}
            return super().plain_key(name)

    enc = core.Encoder(Interrupted(Limits(), Redactor()))
    for number in range(50):
        made = type("Made", (base,), {})({"é%d" % number: 1} if base is dict else ())
        made.__dict__ = {"é a%d" % number: 1, "é b%d" % number: b"x" * 50}
        text = enc.value(made)
        assert text.endswith('"é a%d":1,"é b%d":{"$":"bytes","len":50,"text":"%s"}}' % (number, number, "x" * 50))


def test_a_name_that_two_threads_learn():
    class Interrupted(Encoder):
        shown = None

        def plain_key(self, name):
            key = super().plain_key(name)
            shown, self.shown = self.shown, None
            for _ in range(4 if shown is not None else 0):
                enc.value(shown)
            return key

    twin = Interrupted(Limits(), Redactor())
    enc = core.Encoder(twin)
    for number in range(100):
        twin.shown = value = {"é%d" % number: 1}
        text = enc.value(value)
        assert twin.shown is None
        others = [b"x" * size for size in range(32, 64)]
        assert enc.value(value) == text == '{"é%d":1}' % number and others


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def of_own_names(count):
    made = Bag()
    made.__dict__.update([("own %d %d" % (id(made), number), number) for number in range(count)])
    return made


def secrets():
    return {"password": "hunter2", "note": "password=hunter2", "token": b"abc"}


# Those that are more than a scalar are new each time: nothing of them may stay.
KINDS = {
    "ints": lambda: [1, -5, 2**40, 2**60, 2**300],
    "floats": lambda: [1.5, 1e300, float("nan")],
    "texts": lambda: ["a", "é" * 5, "漢", "🙂", "\udc80", "x" * 500],
    "dicts": lambda: {"a": 1, "b": {"c": None}, 5: "x"},
    "odd dicts": lambda: {(1, 2): 1, "x" * 300: 2},
    "lists": lambda: [[1, 2, 3], ["a", "b"], [[]], list(range(30))],
    "tuples": lambda: ((1, "a"), {1, 2}, frozenset("a")),
    "bytes": lambda: [b"abc", bytearray(300), memoryview(b"x")],
    "instances": lambda: filled(Bag, ("a", "b", "c")),
    "slots": lambda: filled(Mixed, ("base", "mixed", "other")),
    "secrets": secrets,
    "other classes": lambda: [Colour.RED, Point(1, 2), Order(1, [2]), ValueError("x"), len, range(3), 1j],
    "new names": lambda: {"k%d" % id(object()): 1},
    "names of their own": lambda: of_own_names(3),
    "many names": lambda: of_own_names(40),
    "cycles": lambda: (lambda bag: setattr(bag, "me", bag) or bag)(filled(Bag, ("a",))),
}


# The twin is asked about these, or making them takes longest.
SLOW = {"texts": 5, "secrets": 5, "other classes": 10, "bytes": 5, "odd dicts": 5, "tuples": 5}
SLOW.update({"names of their own": 5, "many names": 20})
ROUNDS = int(os.environ.get("SPOOR_TEST_ROUNDS") or 100_000)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the size of the process is read from /proc")
@pytest.mark.parametrize("kind", KINDS)
def test_memory_stays_flat(kind):
    if native_core.keeps_what_was_freed():
        pytest.skip("AddressSanitizer keeps what was freed")
    enc = encoder()
    make = KINDS[kind]
    rounds = ROUNDS // SLOW.get(kind, 1)

    def draw(count):
        for _ in range(count):
            enc.value(make())
        gc.collect()

    draw(max(rounds // 4, 5000))
    before = resident()
    draw(rounds)
    assert resident() - before < 1 << 20


def test_memory_stays_flat_as_the_interpreter_counts_it():
    import tracemalloc

    enc = encoder()

    def draw():
        for kind, make in KINDS.items():
            # Those are kept up to a bound.
            for _ in range(0 if "names" in kind else 300):
                enc.value(make())
        gc.collect()

    draw()
    tracemalloc.start()
    try:
        draw()
        before = tracemalloc.get_traced_memory()[0]
        draw()
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()
