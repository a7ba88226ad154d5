"""Objects that are drawn again and again while the program changes them: what the native core keeps of an earlier
picture (`_native/drawn.c`) must never show where the twin, which keeps nothing, would show something else."""

import collections
import gc
import random
import sys
import types

import native_core
import pytest
from spoor.redaction import Redactor
from spoor.values import Encoder, Limits

core = native_core.load()
SEED = 20260


class Node:
    def __init__(self, **fields):
        for name, value in fields.items():
            setattr(self, name, value)


class Other(Node):
    pass


class Slotted:
    __slots__ = ("a", "b", "c", "d", "e")


class Named:
    """Some of its names have a rule."""

    def __init__(self):
        self.password = ""
        self.user = "ann"


class Iterable:
    """No instance that is left out, but a value of its own kind."""

    def __iter__(self):
        return iter(())


class Pair(collections.namedtuple("Pair", "one two")):
    pass


Short = collections.namedtuple("Short", "one")
Counts = type("Counts", (collections.defaultdict,), {})


def iterate():
    yield 1


def both(limits=None):
    twin = Encoder(Limits(**(limits or {})), Redactor())
    return core.Encoder(Encoder(Limits(**(limits or {})), Redactor())), twin


def same(native, twin, value):
    for _ in range(2):
        assert native.outermost(value, 1, 512) == twin.any(value, 1, 512, ())
        assert native.value(value) == twin.value(value)
    for left in (1, 20, 60):
        assert native.outermost(value, 1, left) == twin.any(value, 1, left, ())


def values(chance):
    """What a field is given: values that look alike in a word, and values that look alike to nobody."""
    return chance.choice(
        [
            lambda: chance.randrange(-3, 3),
            lambda: chance.choice([255, 256, 257, 2**30 - 1, 2**30, -(2**30), 2**31, 2**62, 2**64, 10**30]),
            lambda: chance.choice([0.0, -0.0, 1.5, float("nan"), float("inf"), 1e300]),
            lambda: chance.choice([None, True, False]),
            lambda: "".join(chance.choice('ab"\\\n\0é') for _ in range(chance.randrange(12))),
            lambda: chance.choice("xyz") * chance.choice([7, 8, 9, 63, 64, 65, 300]),
            lambda: "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"[: chance.randrange(24)],
            lambda: [0] * chance.randrange(4),
            lambda: (0,) * chance.randrange(4),
            lambda: dict.fromkeys(range(chance.randrange(4))),
            lambda: {1, 2},
            lambda: Node(x=1),
            lambda: Other(),
            lambda: Slotted(),
            lambda: Iterable(),
            lambda: Node,
            lambda: b"bytes",
            lambda: b"sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            lambda: object(),
            lambda: frozenset(range(chance.randrange(3))),
            lambda: chance.choice([int, Pair, types.ModuleType, type("sk_live_4eC39HqLyjWDarjtT1zdp7dc", (), {})]),
            lambda: chance.choice([len, iterate, lambda: 1, iterate.__code__, [].append, iterate()]),
            lambda: chance.choice([Node(x=1), Other(), {}, "text", 3]).__init__,
            lambda: Node(x=1).__init__.__get__(3),
            lambda: types.MethodType(iterate, chance.choice([Node(x=1), Short(1), {1, 2}, [3], "text", Node])),
            lambda: chance.choice([Pair(1, 2), Short(1), tuple.__new__(Short, (1, 2, 3))]),
            lambda: collections.deque(range(chance.randrange(3))),
            lambda: collections.defaultdict(list, dict.fromkeys(range(chance.randrange(3)), 0)),
            lambda: Counts(list, dict.fromkeys(range(chance.randrange(3)), 0)),
            lambda: chance.choice([ValueError("no"), range(3), 1j, gc]),
        ]
    )()


@pytest.mark.parametrize("limits", [{}, {"fields": 3}, {"text": 8}, {"bytes": 90}, {"items": 1}], ids=str)
def test_changed_between_pictures(limits):
    class Local(Node):
        """Of its own, so that its instances keep their values in themselves."""

    class Below(Local):
        pass

    chance = random.Random(SEED)
    native, twin = both(limits)
    nodes = [Local(a=1, b=2) for _ in range(6)]
    slotted = [Slotted() for _ in range(6)]
    for step in range(4000):
        thing = chance.choice(nodes + slotted)
        name = chance.choice("abcde")
        if chance.random() < 0.1 and hasattr(thing, name):
            delattr(thing, name)
        elif chance.random() < 0.7:
            setattr(thing, name, values(chance))
        if chance.random() < 0.05:
            at = chance.randrange(len(nodes))
            nodes[at] = chance.choice([Local, Below])(**{name: values(chance)})
        if step % 500 == 0:
            Local.counter = step  # a class that changes is learned anew
        same(native, twin, thing)


@pytest.mark.parametrize("limits", [{}, {"fields": 3}, {"text": 8}, {"bytes": 90}, {"depth": 3}], ids=str)
def test_fields_in_dicts(limits):
    """Of objects whose dict was built: names come and go at any place, and there may be more than are looked at."""

    class Local(Node):
        pass

    chance = random.Random(SEED)
    native, twin = both(limits)
    nodes = [Local(a=1, b=2) for _ in range(6)]
    for node in nodes[1:]:
        assert vars(node)
    names = ["a", "b", "c", "d", "password", "é", *["name%d" % at for at in range(chance.choice([4, 40]))]]
    for step in range(3000):
        thing = chance.choice(nodes)
        name = chance.choice(names)
        if chance.random() < 0.1 and hasattr(thing, name):
            delattr(thing, name)
        elif chance.random() < 0.7:
            setattr(thing, name, values(chance))
        if chance.random() < 0.01:
            thing.__dict__ = {name: values(chance) for name in chance.sample(names, chance.randrange(len(names)))}
        if chance.random() < 0.01:
            thing.__dict__[step] = values(chance)
        same(native, twin, thing)


def test_a_name_in_place_of_another():
    native, twin = both()
    thing, names = Node(), ["a", "b", "c"]
    for round_ in range(60):
        thing.__dict__ = dict.fromkeys(names, round_ % 2)
        for _ in range(40):  # as often as it takes until the whole picture is copied
            same(native, twin, thing)
        names[round_ % 3] = "n%d" % round_
        thing.__dict__ = dict.fromkeys(names, round_ % 2 if round_ % 5 else None)
        same(native, twin, thing)


@pytest.mark.parametrize("count", [19, 20, 21, 31, 32, 33, 60])
def test_many_fields(count):
    native, twin = both({"bytes": 4096})
    thing = Node(**{"f%d" % at: at for at in range(count)})
    for at in (count - 1, 0, 19, 10, count - 1):
        for value in (None, Other(), -1, "text"):
            setattr(thing, "f%d" % min(at, count - 1), value)
            same(native, twin, thing)
    for at in range(count, count + 4):
        setattr(thing, "f%d" % at, Other())
        same(native, twin, thing)
    for left in range(1, 400, 7):
        for _ in range(2):
            assert native.outermost(thing, 1, left) == twin.any(thing, 1, left, ())


def test_another_object_at_the_same_address():
    native, twin = both()
    addresses = set()
    for round_ in range(300):
        thing = (Node, Other)[round_ % 3 == 0](a=round_ % 5, b=None)
        addresses.add(id(thing))
        same(native, twin, thing)
        del thing
        gc.collect(0)
    assert len(addresses) < 150 or native_core.keeps_what_was_freed(), "the test needs addresses that come again"


def test_another_value_at_the_same_address():
    native, twin = both()
    thing = Node(text="", number=0)
    seen = set()
    for round_ in range(300):
        thing.text = None
        thing.text = ("%d" % (round_ * 7919)).rjust(60, "x")
        thing.number = None
        thing.number = 10**6 + round_
        seen.add(id(thing.number))
        same(native, twin, thing)
    assert len(seen) < 250 or native_core.keeps_what_was_freed(), "the test needs addresses that come again"


def test_classes_that_go():
    native, twin = both()
    thing = Node(a=1)
    for round_ in range(5000):
        made = type("Made", (), {} if round_ % 2 else {"__iter__": lambda self: iter(())})
        thing.a = made()
        if round_ % 50 == 0:
            same(native, twin, thing)
        else:
            native.outermost(thing, 1, 512)


def test_more_objects_than_are_kept():
    native, twin = both()
    nodes = [Node(a=at, b=str(at)) for at in range(2000)]
    for _ in range(3):
        for node in nodes:
            assert native.outermost(node, 1, 512) == twin.any(node, 1, 512, ())
            node.a += 1


def test_nothing_is_kept_alive():
    native, _ = both()
    marker = "not interned " + str(SEED)
    thing = Node(a=marker, b=10**9 + 7, c=Other())
    before = [sys.getrefcount(value) for value in (marker, thing, thing.c)]
    for _ in range(20):
        native.outermost(thing, 1, 512)
    assert [sys.getrefcount(value) for value in (marker, thing, thing.c)] == before


def test_objects_in_containers_within_a_budget():
    class Item(Node):
        """Of its own, so that its instances keep their values in themselves."""

    native, twin = both()
    for left in (*[512] * 40, *range(150)):
        things = [Item(a=at, b=at * 1.5, c=None) for at in range(3)]
        for items in (things, tuple(things), dict(zip("abc", things))):
            shown = Item(items=items)
            assert native.outermost(shown, 4, left) == twin.any(shown, 4, left, ())


def test_names_with_rules():
    native, twin = both()
    thing = Named()
    for password in ("", "hunter2", "", None, "x"):
        thing.password = password
        same(native, twin, thing)
