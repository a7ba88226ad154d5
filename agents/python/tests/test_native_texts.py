"""The native core's own ways of reading texts, numbers and frames, each against the slow way that says the same."""

import ctypes
import json
import random
import struct

import native_core
import pytest
from spoor import redaction
from spoor.redaction import Redactor
from spoor.values import Encoder, Limits
from value_vectors import load

core = native_core.load()

# What the shapes are made of, whole and nearly.
PIECES = (
    "----- -----BEGIN yJ eyJ AKIA ASIA ABIA ACCA KIA ghp_ gho_ ghx_ glpat- glptt- gldt- glrt- glcbt- "
    "glx- github_pat_ _pat_ sk_live_ rk_test_ live_ npm_ whsec_ hf_ do_v1_ dop_v1_ shpat_ shpca_ shppa_ "
    "shpss_ sk- sk-ant- sk-None- xoxb- xoxo- xox xapp- pypi- pypi-AgE PX- GOCSPX- key- hooks.slack.com/ "
    "/services/ /workflows/ /api/webhooks/ /api/web AIza AIz ya29. ya29 SG. SG SK dckr_pat_ hvs. hvs :// "
    "://a:b@ @ Bearer bearer Basic basic earer 3 4 5 6 2 4111 2222 1234 3714 6011 - _ . / : :: = == := "
    "=> < </ </a --a --token --password= <password> <pin> <p> -12-3456 123-45-6789 12:30 1:a 9 G s A B b "
    "J K S x Z a z 0 f g 12345678: 123456789 00000000 0123456789abcdef password passwd api_key apikey "
    "token session_id id user pin2 Authorization cookie Set-Cookie auth secret next_token MY_SECRET_KEY "
    'pass x_auth csrf1 user=a password=hunter2 \'token\': \\"pwd\\": "secret" dXNlcjpwYXNz'
).split()
LONG = ("a" * 20, "A" * 16, "0" * 32, "aB3" * 12, "f" * 64, "1" * 10, "x" * 35, "ABCDEFGH12345678")
LONG += ("4111111111111111", "4222222222222", "30569309025904", "3782 822463 10005", "5555-5555-5555-4444")
# The longest names that count.
LONG += ("--%spassword x" % ("a" * 56), "<%spassword>x</" % ("a" * 56), "%spassword=x" % ("a" * 56))
SPACES = (" ", "", "", "", "", "", "\n", "  ", '": ', "' ", ": ", '"', "\\", "\x00", "\x7f", "\t")
WIDE = ("é", "ÿ", "Ж", "漢", "\u2028", "🙂", "\uffff", "٣")
CORPORA = [
    *[case["before"] + "".join(case["secret"]) + case["after"] for case in load("redaction/secrets.json")["texts"]],
    *[case["text"] for case in load("redaction/innocents.json")["texts"]],
]


def pair(redactor=None, **limits):
    twin = Encoder(Limits(**limits), redactor or Redactor())
    return core.Encoder(twin), twin


def found(text, redactor=Redactor()):  # noqa: B008
    return redactor.spans(text) != []


def some_text(chance):
    pieces = []
    for _ in range(chance.randrange(1, 8)):
        pick = chance.random()
        if pick < 0.6:
            pieces.append(chance.choice(PIECES))
        elif pick < 0.7:
            pieces.append(chance.choice(LONG))
        elif pick < 0.75:
            pieces.append(chance.choice(CORPORA))
        elif pick < 0.8:
            pieces.append(chance.choice(WIDE))
        else:
            pieces.append("".join(chance.choices("abcXYZ 0123456789-_./:", k=chance.randrange(1, 20))))
        pieces.append(chance.choice(SPACES))
    text = "".join(pieces)
    return text[chance.randrange(4) : len(text) - chance.randrange(4)]


def test_what_the_shapes_find_is_never_written_unasked():
    chance = random.Random(7)
    native, _twin = pair()
    texts = [some_text(chance) for _ in range(60000)]
    secret = [text for text in texts if found(text)]
    assert [text for text in secret if not native.may_hold_secret(text)] == []
    assert len(secret) > 8000


def test_each_shape_is_found_in_random_texts():
    # So that a shape that C does not know would be noticed above.
    chance = random.Random(7)
    redactor = Redactor()
    reasons = set()
    for _ in range(40000):
        reasons.update([span[3] for span in redactor.spans(some_text(chance))])
    assert {shape[0] for shape in redaction.rules.SHAPES if not shape[6]} <= reasons
    assert {"name:password", "name:authorization", "name:token", "name:pin", "name:auth"} <= reasons


@pytest.mark.parametrize("text", CORPORA)
def test_wherever_a_secret_stands_it_is_seen(text):
    native, _twin = pair()
    for before in range(34):
        for filling in (" ", "é", "漢"):
            moved = filling * before + text + " " * (before % 5)
            assert native.may_hold_secret(moved) or not found(moved)


PLAIN = (
    "user 5: something happened",
    "SELECT a FROM t WHERE id = 17",
    "https://example.com/items/7?page=2&sort=name",
    '{"id": 5, "name": "ann", "tags": ["a", "b"], "total": 3.5}',
    "run --verbose --level 3",
    "<p>text</p> <a href='x'>y</a>",
    "2024-01-02T03:04:05.678+02:00",
    "1650000000.25 4.5678 1234",
    "a == b or c != d",
    "task-1 desk-top risk-free first-name",
    "/usr/lib/python3/dist-packages/a_b.py:17",
    "def f(x: int = 3) -> str:",
    "Content-Type: text/html; charset=utf-8",
)


@pytest.mark.parametrize("text", PLAIN)
def test_the_twin_is_not_asked_about_every_day_texts(text):
    native, _twin = pair()
    assert not native.may_hold_secret(text) and not native.may_hold_secret(text + "é")


def test_the_twin_is_asked_about_few_innocents():
    native, _twin = pair()
    texts = [case["text"] for case in load("redaction/innocents.json")["texts"]]
    assert sum(map(native.may_hold_secret, texts)) < len(texts) / 2


def test_the_shapes_are_those_that_c_was_written_for():
    native, _twin = pair()
    assert not native.all_suspect, "see what changed in SHAPES, change secrets.c, then SHAPES_KNOWN"


def test_other_rules_are_left_to_the_twin(monkeypatch):
    native, _twin = pair(Redactor(extra_patterns=("EMP-[0-9]{4}",)))
    assert native.all_suspect and native.value("EMP-1234") == '"[redacted:pattern]"'
    assert native.value(["x" * 300, {"EMP-1234": 1}]) == _twin.value(["x" * 300, {"EMP-1234": 1}])
    monkeypatch.setattr(redaction.rules, "SHAPES", redaction.rules.SHAPES[:-1])
    native, _twin = pair()
    assert native.all_suspect


REDACTORS = (
    {},
    {"extra_names": ("badge", "*_code", "x1", "größe"), "allow_names": ("password",)},
    {"extra_names": ("*",)},
    {"extra_names": ("odd!",)},
    {"extra_names": ("a", "*b")},
)


@pytest.mark.parametrize("options", REDACTORS)
def test_names_of_every_kind(options):
    chance = random.Random(7)
    endings = [*redaction.rules.ANY_EXACT.values(), *redaction.rules.ANY_SUFFIX.values(), "token", "pin", "badge", "a"]
    endings += ["door_code", "x1", "größe", "odd!", "b", *redaction.rules.NEVER.values(), "id", "y", "key", "", "7"]
    for _ in range(20):
        native, twin = pair(Redactor(**options))
        for _ in range(200):
            name = chance.choice(("", "", "my", "_A__", "$", "é", "a b", "x" * 60, "user_", "Old"))
            name += chance.choice(("", "_", "-", " ", ".")) + chance.choice(endings)
            name += chance.choice(("", "", "1", "_2", "-", " ", "!", "_", "s"))
            if chance.random() < 0.3:
                name = name.upper() if chance.random() < 0.5 else name.title()
            for value in ({name: "hunter2"}, {1: 2, name: "hunter2"}, "%s=hunter2" % name, "%r: 'hunter2'" % name):
                assert native.value(value) == twin.value(value)


def test_a_long_text_is_drawn_alike_from_what_was_kept():
    chance = random.Random(7)
    for limits in ({}, {"text": 10}, {"text": 400}, {"level": "full"}, {"text": 4}):
        native, twin = pair(**limits)
        starts = [
            "a" * 300,
            "é" * 300,
            "漢" * 2000,
            "🙂" * 300,
            "key: " * 500,
            "token: x " * 200,
            "password=hunter2 " * 40,
        ]
        starts += ["x" * 500 + " password=hunter2 " + "x" * 2000, "a" * 255 + "\ud800" + "b" * 100, '"\n' * 3000]
        for _ in range(400):
            text = chance.choice(starts) + chance.choice(("", "b", "bc", "c" * 1000)) * chance.randrange(3)
            assert native.value(text) == native.value(text) == twin.value(text)


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


@pytest.mark.parametrize("odd", ["pin=b", b"octets", 1 << 300], ids=["text", "bytes", "int"])
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
    for value in ("pin=b", 1j, [1j], {"k": "pin=b"}, {1: 1j}, {1j}, (1, {"k": [1j]})):
        with pytest.raises(error):
            native.value(value)
        with pytest.raises(error):
            native.args(plan, {"a": value})
    twin.meddle = None
    assert native.value({"k": "pin=b"}) == twin.value({"k": "pin=b"})


class Late(Exception):
    pass


def test_what_a_signal_handler_raised_goes_on():
    twin = Meddling(Limits(depth=4), Redactor())
    native = core.Encoder(twin)
    plan = twin.plan((lambda a, password: 0).__code__)

    def handler():
        raise Late

    twin.meddle = handler
    for value in ("pin=b", 1j, [1j], {"k": "pin=b"}, {1: 1j}, {1j}, (1, {"k": [1j]})):
        with pytest.raises(Late):
            native.value(value)
        with pytest.raises(Late):
            native.args(plan, {"a": value})


def test_a_failure_is_told_where_it_was():
    twin = Meddling(Limits(), Redactor())
    native = core.Encoder(twin)
    agents: dict = {"__name__": "spoor.redaction"}
    exec("def fail():\n    raise RuntimeError", agents)
    twin.meddle = agents["fail"]
    unreadable = {"$": "unreadable", "why": "RuntimeError"}
    assert json.loads(native.value([1, 1j, 2])) == [1, unreadable, 2]
    assert json.loads(native.value([1, ["é", "pin=b"], 2])) == [1, unreadable, 2]
    assert json.loads(native.value("pin=b")) == unreadable
    plan = twin.plan((lambda a, b: 0).__code__)
    assert json.loads(native.args(plan, {"a": 1, "b": 1j})) == {"a": 1, "b": unreadable}
    assert json.loads(native.args(plan, {"a": 1, "b": "pin=b"})) == {"$cut": unreadable}
