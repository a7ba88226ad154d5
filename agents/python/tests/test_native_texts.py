"""The native core's own ways of reading texts, numbers and frames, each against the slow way that says the same."""

import ctypes
import json
import random
import re
import struct

import native_core
import pytest
from spoor import redaction
from spoor.redaction import Redactor
from spoor.values import Encoder, Limits
from value_vectors import load

core = native_core.load()

PIECES = (
    "----- -----BEGIN yJ eyJ AKIA ASIA ABIA ACCA KIA ghp_ gho_ glpat- _at_ live_ test_ npm_ whsec_ _hf_ hf_ do_v1_ v1_ "
    "shpca_ shppa_ shpss_ sk- at- tt- dt- rt- bt- xa- xoxb- xapp- pp- pi- PX- ey- key- s://hooks hooks.slack.com "
    "/api/webhooks/ /api/web AIza AIz ya29. ya29 SG. SG SK dckr_pat_ hvs. hvs ://x@ :// @ Bearer bearer Basic basic "
    "earer asic 3 4 5 6 2 4111 2222 1234 - _ . / : = < </ </a --a --1 -12-3456 -1-2 12:30 a:b 1:a 9 G s A B b J K S x "
    "Z a z 0 f g 00000000 aaaaaaaaaa AAAAAAAAAAAAAAAA 0123456789abcdef"
).split()
SPACES = (" ", "", "", "", "\n", '"', "\\", "\x00", "\x7f", "\t")
WIDE = ("é", "ÿ", "Ж", "漢", "\u2028", "🙂", "\uffff", "٣")
CORPORA = [
    *[case["before"] + "".join(case["secret"]) + case["after"] for case in load("redaction/secrets.json")["texts"]],
    *[case["text"] for case in load("redaction/innocents.json")["texts"]],
]


def pair(redactor=None, **limits):
    twin = Encoder(Limits(**limits), redactor or Redactor())
    return core.Encoder(twin), twin


def hinted(text):
    return redaction._TRIGGER.search(text) is not None


def some_text(chance):
    pieces = []
    for _ in range(chance.randrange(1, 8)):
        pick = chance.random()
        if pick < 0.7:
            pieces.append(chance.choice(PIECES))
        elif pick < 0.75:
            pieces.append(chance.choice(CORPORA))
        elif pick < 0.8:
            pieces.append(chance.choice(WIDE))
        else:
            pieces.append("".join(chance.choices("abcXYZ 0123456789-_./:", k=chance.randrange(1, 20))))
        pieces.append(chance.choice(SPACES))
    text = "".join(pieces)
    return text[chance.randrange(4) : len(text) - chance.randrange(4)]


def test_just_what_the_hints_match_may_be_a_secret():
    # No less, or secrets are written; no more, or the twin is asked for nothing.
    chance = random.Random(7)
    native, _twin = pair()
    texts = [some_text(chance) for _ in range(60000)]
    wrong = [text for text in texts if native.may_hold_secret(text) != hinted(text)]
    assert wrong == []
    assert 0.2 < sum(map(hinted, texts)) / len(texts) < 0.9, "texts of both kinds"


@pytest.mark.parametrize("text", CORPORA)
def test_wherever_a_secret_stands_it_is_seen(text):
    native, _twin = pair()
    for before in range(34):
        for filling in (" ", "é", "漢"):
            moved = filling * before + text + " " * (before % 5)
            assert native.may_hold_secret(moved) == hinted(moved)


def test_every_hint_is_met_by_a_piece_that_only_it_matches():
    # So that a hint that C does not know would be noticed above.
    hints = {hint: re.compile(hint, re.ASCII) for hint in redaction.rules.HINTS}
    chance = random.Random(7)
    met = set()
    for _ in range(30000):
        text = some_text(chance)
        met.update([hint for hint, pattern in hints.items() if pattern.search(text)])
    assert met == set(hints)


def test_rules_that_c_was_not_written_for_are_left_to_the_twin():
    native, twin = pair()
    assert not native.all_suspect
    twin.suspects = re.compile("|".join((*redaction.rules.HINTS, "%")), re.ASCII).search
    assert core.Encoder(twin).all_suspect
    native, twin = pair(Redactor(extra_patterns=("EMP-[0-9]{4}",)))
    assert native.all_suspect and native.value("EMP-1234") == '"[redacted:pattern]"'


@pytest.mark.parametrize("filling", ["a", "é", "Ж", "🙂"])
def test_what_json_escapes_at_every_place(filling):
    native, twin = pair(text=100)
    for length in (*range(1, 35), 63, 64, 65, 99, 100, 101, 120):
        for place in range(0, length, 1 if length < 35 else 7):
            for odd in '\x00\x08\t\n\x0b\x0c\r\x1f "\\\x7f':
                text = filling * place + odd + filling * (length - place - 1)
                assert native.value(text) == twin.value(text)


@pytest.mark.parametrize("text", CORPORA)
def test_a_secret_that_goes_through_the_cut(text):
    native, twin = pair(text=40)
    for before in range(42):
        for filling in ("x ", "é "):
            moved = (filling * 21)[:before] + text + " " + filling * 700
            assert native.value(moved) == twin.value(moved)


def test_a_text_of_the_programs_keeps_no_other_form_of_itself():
    native, _twin = pair()
    text = "".join(["é", "漢"] * 5)
    native.value([text, {text: text}])
    native.value(text * 100)
    size = text.__sizeof__()
    ctypes.pythonapi.PyUnicode_AsUTF8(ctypes.py_object(text))
    assert text.__sizeof__() > size, "it would have been larger"


def some_float(chance):
    pick = chance.random()
    if pick < 0.3:
        return struct.unpack("d", struct.pack("Q", chance.getrandbits(64)))[0]
    if pick < 0.6:
        bits = chance.choice((0, 1, 2, (1 << 52) - 1, chance.getrandbits(52), chance.getrandbits(10) << 42))
        return struct.unpack("d", struct.pack("Q", chance.randrange(1005, 1090) << 52 | bits))[0]
    if pick < 0.8:
        return round(chance.random() * 10 ** chance.randrange(17), chance.randrange(17))
    return chance.randrange(10 ** chance.randrange(1, 18)) / 10 ** chance.randrange(17)


def test_floats_are_written_as_repr_writes_them():
    chance = random.Random(7)
    native, twin = pair()
    numbers = [2.0**power for power in range(-1074, 1024)] + [number / 64 for number in range(2000)]
    numbers += [some_float(chance) for _ in range(200000)] + [0.0, 5e-324, 1e16, 1e22, 9007199254740993.0, 0.1 + 0.2]
    for number in numbers:
        assert native.value(number) == twin.value(number)
        assert native.value(-number) == twin.value(-number)


def test_ints_of_every_size():
    native, twin = pair()
    for bits in range(70):
        for near in (-1, 0, 1):
            for sign in (1, -1):
                number = sign * ((1 << bits) + near)
                assert native.value([number]) == twin.value([number])
                assert native.args(twin.plan(f.__code__), {"a": number}) == '{"a":%s}' % twin.value(number)


def f(a):
    return a


def test_arguments_of_a_frame():
    native, twin = pair()

    def seen(function):
        return twin.plan(function.__code__)

    def plain(a, b=2, *rest, c, password="x", **kw):
        return native.arguments(plan)

    plan = seen(plain)
    shown = native.args(plan, {"a": 1, "b": 2, "rest": (3, [4]), "c": 5, "password": "hunter2", "kw": {"d": 6}})
    assert plain(1, 2, 3, [4], c=5, password="hunter2", d=6) == shown
    assert json.loads(shown) == {
        "a": 1,
        "b": 2,
        "rest": [3, [4]],
        "c": 5,
        "password": {"$": "redacted", "why": "name:password"},
        "kw": {"d": 6},
    }

    def captured(a, self, *rest, cell, **kw):
        def inner():
            return a, rest, kw, cell

        return inner, native.arguments(plan)

    plan = seen(captured)
    inner, shown = captured([1], 2, 3, cell="x", k=4)
    assert json.loads(shown) == {"a": [1], "self": 2, "rest": [3], "cell": "x", "kw": {"k": 4}}
    # A cell that the program hands over is a value like others, be it captured or not.
    handed = inner.__closure__[0]

    def loose(a, b):
        return native.arguments(plan)

    def closed(a, b):
        return (lambda: (a, b), native.arguments(plan))[1]

    for function in (loose, closed):
        plan = seen(function)
        assert json.loads(function(handed, 1)) == {"a": json.loads(twin.value(handed)), "b": 1}

    def unbound(a, b, c):
        def inner():
            nonlocal c
            del c

        inner()
        del a
        return native.arguments(plan)

    plan = seen(unbound)
    assert json.loads(unbound(1, 2, 3)) == {"b": 2}


def test_nothing_is_nested_too_deeply_for_the_stack():
    native, _twin = pair(depth=10**6, bytes=10**9)
    nested = []
    for number in range(100000):
        nested = [nested] if number % 2 else {"k": nested, "n": number}
    text = native.value(nested)
    assert '{"$":"unreadable","why":"RecursionError"}' in text
    assert text.count("[") + text.count("{") < 2000
    while nested:
        # Freed from the outside, where the interpreter would go as deep.
        nested = nested.pop("k") if type(nested) is dict else nested.pop()


class Meddling(Encoder):
    """A twin during which the program changes what is being drawn, as another thread could."""

    meddle = None

    def string(self, text):
        if self.meddle is not None:
            self.meddle()
        return super().string(text)

    def other(self, kind, value, depth, left, path, own=False):
        if self.meddle is not None:
            self.meddle()
        return super().other(kind, value, depth, left, path, own)


@pytest.mark.parametrize("odd", ["a=b", b"octets", 1 << 300], ids=["text", "bytes", "int"])
def test_what_is_drawn_may_change_meanwhile(odd):
    def fresh(made):
        # Each item is only held by its container.
        return ["%s%s" % (made, number) for number in range(20)]

    for make in (
        lambda: [odd, *fresh("a")],
        lambda: {"k": odd, **dict.fromkeys(fresh("key"), "v")},
        lambda: {1: odd, **dict.fromkeys(fresh("key"), "v")},
        lambda: {odd, *fresh("a")},
        lambda: {"l": [odd, *fresh("a")], "m": fresh("b")},
        lambda: [[[odd, *fresh("a")], *fresh("b")], *fresh("c")],
    ):
        for change in ("clear", "grow", "replace"):
            twin = Meddling(Limits(bytes=5000), Redactor())
            native = core.Encoder(twin)
            value = make()
            held = [value]
            twin.meddle = lambda held=held, change=change: meddle(held[0], change)
            for _ in range(3):
                json.loads(native.value(value))


def meddle(value, change):
    if type(value) is dict:
        for item in list(value.values()):
            if type(item) in (dict, list):
                meddle(item, change)
    elif type(value) is list and value and type(value[0]) is list:
        meddle(value[0], change)
    if change == "clear":
        value.clear()
    elif type(value) is dict:
        value.update({"new%d" % number: 1 for number in range(300)} if change == "grow" else dict.fromkeys(value, 0))
    elif type(value) is set:
        value.update(range(300))
    elif change == "grow":
        value.extend(range(300))
    else:
        value[:] = [0] * len(value)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, SystemExit])
def test_what_is_not_ours_to_swallow_goes_on(error):
    twin = Meddling(Limits(depth=4), Redactor())
    native = core.Encoder(twin)
    plan = twin.plan((lambda a, password: 0).__code__)

    def fail():
        raise error

    twin.meddle = fail
    for value in ("a=b", b"x", [b"x"], {"k": "a=b"}, {1: b"x"}, {b"x"}, (1, {"k": [b"x"]})):
        with pytest.raises(error):
            native.value(value)
        with pytest.raises(error):
            native.args(plan, {"a": value})
    twin.meddle = None
    assert native.value({"k": "a=b"}) == '{"k":"a=b"}'


def test_a_failure_is_told_where_it_was():
    twin = Meddling(Limits(), Redactor())
    native = core.Encoder(twin)

    def fail():
        raise RuntimeError

    twin.meddle = fail
    unreadable = {"$": "unreadable", "why": "RuntimeError"}
    assert json.loads(native.value([1, b"x", 2])) == [1, unreadable, 2]
    assert json.loads(native.value([1, ["é", "a=b"], 2])) == [1, unreadable, 2]
    assert json.loads(native.value("a=b")) == unreadable
    plan = twin.plan((lambda a, b: 0).__code__)
    assert json.loads(native.args(plan, {"a": 1, "b": b"x"})) == {"a": 1, "b": unreadable}
    assert json.loads(native.args(plan, {"a": 1, "b": "a=b"})) == {"$cut": unreadable}
