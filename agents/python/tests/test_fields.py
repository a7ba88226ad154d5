"""Fields are read whole and in order, and the object is left as it was: no `__dict__` is built for it."""

import gc
import json
import sys

import pytest
from spoor.fields import Reader
from value_vectors import encoder

# Where CPython keeps the values of attributes in the object itself.
INLINE = sys.version_info >= (3, 11)
inline = pytest.mark.skipif(not INLINE, reason="before 3.11 every object has a dict")


def built(obj):
    return any(type(referent) is dict for referent in gc.get_referents(obj))


class Order:
    note = "none"

    def __init__(self, id, total):
        self.id = id
        self.total = total


class Late:
    def __init__(self):
        self.a = 1

    def add(self):
        self.b = 2


def shown(enc, value):
    return json.loads(enc.value(value))


@inline
def test_an_instance_keeps_its_values_inline():
    enc = encoder()
    for number in range(3):
        order = Order(number, 2.5)
        assert shown(enc, order) == {"$": "Order", "id": number, "total": 2.5}
        assert not built(order)


@inline
def test_fields_that_are_equal_objects():
    enc = encoder()
    order = Order(None, None)
    assert shown(enc, order) == {"$": "Order", "id": None, "total": None}
    assert not built(order)


@inline
def test_names_that_no_code_of_the_class_tells_are_learned_from_one_object():
    class Bag:
        pass

    enc = encoder()
    bags = []
    for number in range(4):
        bag = Bag()
        for name in ("x", "y", "z"):
            setattr(bag, name, number)
        bags.append(bag)
        assert shown(enc, bag) == {"$": "Bag", "x": number, "y": number, "z": number}
    assert [built(bag) for bag in bags[1:]] == [False, False, False]


@inline
def test_fields_stand_in_the_order_in_which_the_class_first_saw_them():
    class Bag:
        pass

    enc = encoder()
    first, second = Bag(), Bag()
    first.x, first.y = 1, 2
    second.y, second.x = 4, 3
    for bag, x, y in ((second, 3, 4), (first, 1, 2)):
        assert enc.value(bag) == '{"$":"Bag","x":%d,"y":%d}' % (x, y)
    assert not built(first)


@inline
def test_fields_of_the_same_value_stand_in_that_order_too():
    class Base:
        def __init__(self):
            self.first = None

    class Child(Base):
        def __init__(self):
            self.second = None
            super().__init__()

    class Noticed(Child):
        made = 0

        def __new__(cls):
            cls.made += 1
            return super().__new__(cls)

    enc = encoder()
    for cls in (Child, Noticed):
        child = cls()
        for _ in range(2):
            assert enc.value(child) == '{"$":"%s","second":null,"first":null}' % cls.__name__
        assert not built(child)
    assert Noticed.made == 1


def test_fields_of_the_same_value_stand_in_the_order_of_the_init():
    class Many:
        def __init__(self):
            self.zulu = self.mike = self.hotel = self.alpha = None
            self.echo = self.bravo = self.tango = self.kilo = None

    names = "zulu mike hotel alpha echo bravo tango kilo".split()
    if sys.version_info >= (3, 14):
        names.sort()  # a class there knows what its methods assign before any instance has it
    assert names_in(encoder().value(Many())) == ["$", *names]


def names_in(text):
    return list(json.loads(text))


def test_long_names_that_are_cut_to_the_same_key_are_counted_right():
    class Long:
        def __init__(self):
            self.long_name_1 = "x" * 7
            self.long_name_2 = "y" * 7
            self.long_name_3 = "z" * 7

    enc = encoder({"text": 7, "bytes": 25})
    cut = ',"$cut":{"why":"bytes","more":1}}'
    for _ in range(2):
        assert enc.value(Long()) == '{"$":"Long","long_na":"xxxxxxx","long_na":"yyyyyyy"' + cut


def test_a_long_name_with_a_dollar_is_no_key_of_ours():
    class Odd:
        pass

    odd = Odd()
    setattr(odd, "$cut_and_more", 1)
    assert encoder({"text": 4}).value(odd) == '{"$":"Odd","$$cut":1}'


def test_a_second_name_of_a_slot_is_no_field():
    class Slotted:
        __slots__ = ("a",)

    Slotted.b = Slotted.a
    slotted = Slotted()
    slotted.a = 1
    assert encoder().value(slotted) == '{"$":"Slotted","a":1}'


def test_the_module_of_a_class_that_is_no_valid_text():
    odd = type("odd", (), {"__module__": "\udc80"})
    assert encoder().value(odd()) == '{"$":"\ufffd.odd"}'


@inline
def test_attributes_that_come_later():
    enc = encoder()
    first, second = Late(), Late()
    first.add()
    shown(enc, first)
    for _ in range(2):
        assert shown(enc, second) == {"$": "Late", "a": 1}
        second.add()
        assert shown(enc, second) == {"$": "Late", "a": 1, "b": 2}
        second = Late()
    assert not built(second)


def test_the_same_number_of_other_names():
    class Bag:
        pass

    enc = encoder()
    for names in (("a", "b"), ("a", "c"), ("a", "b"), ("d", "e"), ("a", "c")):
        bag = Bag()
        for name in names:
            setattr(bag, name, 1)
        assert shown(enc, bag) == dict([("$", "Bag")] + [(name, 1) for name in names])


def test_a_single_field_that_is_a_dict():
    class One:
        pass

    enc = encoder()
    for _ in range(2):
        one = One()
        one.table = {"a": 1, "b": 2}
        assert shown(enc, one) == {"$": "One", "table": {"a": 1, "b": 2}}


@pytest.mark.parametrize("fields", [{"a": 1}, {"a": 1, "b": 2}, {"a": {"a": 1}}, {}])
def test_an_object_whose_dict_was_built_by_the_program(fields):
    class Bag:
        def __init__(self):
            self.a = None

    enc = encoder()
    shown(enc, Bag())
    for _ in range(2):
        bag = Bag()
        bag.__dict__.clear()
        bag.__dict__.update(fields)
        assert shown(enc, bag) == dict(fields, **{"$": "Bag"})


def test_a_class_that_gets_a_property_later():
    ran = []

    class Order2:
        def __init__(self):
            self.a = 1
            self.b = 2

    enc = encoder()
    shown(enc, Order2())
    order = Order2()
    Order2.b = property(lambda self: ran.append(1))
    assert shown(enc, order) == {"$": "Order2", "a": 1, "b": 2}
    assert shown(enc, order) == {"$": "Order2", "a": 1, "b": 2}
    assert not ran


def test_a_default_of_the_class_that_becomes_a_property_later():
    ran = []

    class Order5:
        b = None

        def __init__(self):
            self.a = 1
            self.b = 2

    enc = encoder()
    for _ in range(2):
        assert shown(enc, Order5()) == {"$": "Order5", "a": 1, "b": 2}
    order = Order5()
    Order5.b = property(lambda self: ran.append(1))  # the class has as many names as before
    for _ in range(2):
        assert shown(enc, order) == {"$": "Order5", "a": 1, "b": 2}
    assert not ran


def test_a_default_of_the_class_is_no_field():
    class Node:
        parent = None

        def __init__(self, name):
            self.name = name

        def adopt(self, note):
            self.note = note
            return self

    enc = encoder()
    child = Node("child")
    child.parent = None
    for _ in range(2):
        assert shown(enc, Node("x").adopt(None)) == {"$": "Node", "name": "x", "note": None}
        assert shown(enc, child) == {"$": "Node", "name": "child", "parent": None}
        assert shown(enc, Node("y")) == {"$": "Node", "name": "y"}


def test_a_cached_property_is_not_computed():
    import functools

    class Order3:
        def __init__(self):
            self.a = 1

        @functools.cached_property
        def total(self):
            raise SystemExit

    enc = encoder()
    order = Order3()
    assert shown(enc, order) == {"$": "Order3", "a": 1}
    order.__dict__["total"] = 7
    assert shown(enc, order) == {"$": "Order3", "a": 1, "total": 7}
    assert shown(enc, Order3()) == {"$": "Order3", "a": 1}


def test_a_class_that_gets_getattr_later():
    class Order4:
        def __init__(self):
            self.a = 1
            self.b = 2

    enc = encoder()
    shown(enc, Order4())

    def boom(self, name):
        raise SystemExit

    Order4.__getattr__ = boom
    order = Order4()
    del order.b
    order.c = 3
    assert shown(enc, order) == {"$": "Order4", "a": 1, "c": 3}


@inline
def test_slots_beside_inline_values():
    class Base:
        __slots__ = ("p", "q")

    class Child(Base):
        def __init__(self):
            self.p = None
            self.z = None

    enc = encoder()
    for _ in range(2):
        assert shown(enc, Child()) == {"$": "Child", "p": None, "z": None}


def test_weak_references_do_not_disturb():
    import weakref

    enc = encoder()
    order = Order(1, 2)
    kept = weakref.ref(order)
    assert shown(enc, order) == {"$": "Order", "id": 1, "total": 2}
    assert kept() is order and not (INLINE and built(order))


@pytest.mark.parametrize("slots", [(), ("s", "__dict__")])
def test_a_dict_of_a_subclass_in_the_place_of_the_object_s_own(slots):
    class Mapping(dict):
        def __iter__(self):
            raise SystemExit

        items = keys = __len__ = __getitem__ = __iter__

    class Bag:
        if slots:
            __slots__ = slots

    bag = Bag()
    bag.__dict__ = Mapping(a=1, b=2)
    for _ in range(2):
        assert shown(encoder(), bag) == {"$": "Bag", "a": 1, "b": 2}


def test_a_lying_dict_property_is_not_asked():
    class Liar:
        def __init__(self):
            self.a = 1

        @property
        def __dict__(self):
            raise SystemExit

    assert shown(encoder(), Liar()) == {"$": "Liar", "a": 1}


@pytest.mark.parametrize("slots", [(), ("s",)])
def test_a_field_is_not_mistaken_for_the_dict_that_a_lying_property_hides(slots):
    class Base:
        __slots__ = slots

    class Liar(Base):
        __dict__ = property(lambda self: 1 / 0)

    liar = Liar()
    for name in (*slots, "password"):
        setattr(liar, name, {"user": "tom"})
    text = encoder().value(liar)
    assert text.count("tom") == len(slots)
    assert '"password":{"$":"redacted"' in text or '"$cut":{"why":"names","more":1}' in text


def test_a_reader_says_when_c_code_keeps_data():
    import socket

    assert Reader(Order).complete
    assert not Reader(socket.socket).complete
