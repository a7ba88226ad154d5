"""Objects that are drawn again and again while the program changes them: what the native core keeps of an earlier
picture (`_native/drawn.c`) must never show where the twin, which keeps nothing, would show something else."""

import gc
import random
import sys

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
            lambda: object(),
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
