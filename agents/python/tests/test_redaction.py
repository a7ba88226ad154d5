"""The corpora of spec/vectors/redaction: every secret in every position a value can have, and the innocents."""

import base64
import json
import os
import random
import re

import pytest
from spoor import redaction
from spoor.redaction import Redactor
from value_vectors import VECTORS, encoder, load

SECRETS = load("redaction/secrets.json")
INNOCENTS = load("redaction/innocents.json")
TEXTS = SECRETS["texts"]


class Thing:
    pass


def holding(name, value):
    thing = Thing()
    setattr(thing, name, value)
    return thing


def whole(case):
    return case["before"] + "".join(case["secret"]) + case["after"]


def remains(secret, text):
    """A piece of the secret that is still in the text: six characters in a row, or all of a shorter one."""
    text = re.sub(r"\[redacted:[^\]]*\]", "", text)
    size = min(6, len(secret))
    for start in range(len(secret) - size + 1):
        piece = secret[start : start + size]
        if piece in text:
            return piece
    return None


POSITIONS = {
    "argument": lambda enc, s: enc.args(enc.plan((lambda a: 0).__code__), {"a": s}),
    "rest": lambda enc, s: enc.args(enc.plan((lambda *a: 0).__code__), {"a": (s,)}),
    "result": lambda enc, s: enc.value(s),
    "attribute": lambda enc, s: enc.value(holding("note", s)),
    "attribute of self": lambda enc, s: enc.args(enc.plan((lambda self: 0).__code__), {"self": holding("note", s)}),
    "attribute name": lambda enc, s: enc.value(holding(s, 1)),
    "dict value": lambda enc, s: enc.value({"note": s}),
    "dict key": lambda enc, s: enc.value({s: 1}),
    "key beside others": lambda enc, s: enc.value({"a": 1, 2: 3, s: 4}),
    "list in dict": lambda enc, s: enc.value({"notes": [s]}),
    "tuple": lambda enc, s: enc.value((s,)),
    "set": lambda enc, s: enc.value({s}),
    "exception": lambda enc, s: enc.exception(ValueError(s)),
    "exception with two": lambda enc, s: enc.exception(OSError(2, s, s)),
    "local": lambda enc, s: enc.fields_of({"note": s}),
    "inside a text": lambda enc, s: enc.value("it said: " + s + " (end)"),
    "through the cut": lambda enc, s: enc.value("x" * 245 + " " + s + " " + "y" * 3000),
    "bytes": lambda enc, s: enc.value(s.encode()),
    "binary": lambda enc, s: enc.value(b"\x00\xff " + s.encode()),
    "bytearray": lambda enc, s: enc.value(bytearray(s.encode())),
    "str subclass": lambda enc, s: enc.value(type("Text", (str,), {})(s)),
    "quoted": lambda enc, s: enc.quote(s),
}


def test_base64_of_a_colon_is_seen():
    drawn = random.Random(4)
    for length in [*range(12), 200]:
        for _ in range(50):
            plain = bytes(drawn.choices(b":;9az\0\xff", k=length))
            assert redaction._holds_colon(base64.b64encode(plain).decode()) == (b":" in plain), plain


def test_the_corpora_are_read():
    assert len(TEXTS) >= 60 and len(INNOCENTS["texts"]) >= 60


@pytest.mark.parametrize("case", TEXTS, ids=[case["id"] for case in TEXTS])
def test_secret_text(case):
    expected = case.get("expect", case["before"] + "[redacted:" + case["rule"] + "]" + case["after"])
    redactor = Redactor()
    assert redactor.text(whole(case)) == expected
    assert redactor.text(expected) == expected, "what is redacted stays as it is"


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("case", TEXTS, ids=[case["id"] for case in TEXTS])
def test_secret_in_every_position(case, position):
    enc = encoder()
    secret = "".join(case["secret"])
    for _ in range(2):
        text = POSITIONS[position](enc, whole(case))
        json.loads(text)
        plain = json.loads('"' + text.replace('"', '\\"') + '"') if "\\" not in text else text
        assert remains(secret, plain) is None, text


NAMED = {
    "argument": lambda enc, n, s: enc.args(enc.plan(named_code(n)), {n: s}),
    "keyword": lambda enc, n, s: enc.args(enc.plan((lambda **kw: 0).__code__), {"kw": {n: s}}),
    "attribute": lambda enc, n, s: enc.value(holding(n, s)),
    "attribute among others": lambda enc, n, s: enc.value(among(n, s)),
    "attribute of self": lambda enc, n, s: enc.args(enc.plan((lambda self: 0).__code__), {"self": among(n, s)}),
    "dict": lambda enc, n, s: enc.value({n: s}),
    "entries": lambda enc, n, s: enc.value({1: 2, n: s}),
    "dict in list in dict": lambda enc, n, s: encoder({"depth": 4}).value({"rows": [{n: s}]}),
    "local": lambda enc, n, s: enc.fields_of({n: s}),
    "bytes": lambda enc, n, s: enc.value({n: s.encode()}),
    "pair": lambda enc, n, s: enc.value("%s=%s" % (n, s)),
    "repr": lambda enc, n, s: enc.value("%r" % {n: s}),
    "json": lambda enc, n, s: enc.value(json.dumps({n: s})),
    "exception": lambda enc, n, s: enc.exception(ValueError("%s=%s" % (n, s))),
}


class Code:
    """What `plan` reads of a code object; names of headers are no Python names."""

    co_argcount = 1
    co_kwonlyargcount = 0
    co_flags = 0


def named_code(name):
    code = Code()
    code.co_varnames = (name,)
    return code


def among(name, value):
    thing = Thing()
    thing.first = 1
    setattr(thing, name, value)
    thing.last = None
    return thing


@pytest.mark.parametrize("position", NAMED)
@pytest.mark.parametrize("case", SECRETS["names"], ids=[case["id"] for case in SECRETS["names"]])
def test_secret_name(case, position):
    enc = encoder()
    assert enc.redactor.name(case["name"]) == case["why"]
    for _ in range(2):
        text = NAMED[position](enc, case["name"], "hunter2hunter2")
        assert "hunter" not in text and case["why"] in text
    if position not in ("pair", "repr", "json", "exception"):
        for visible, shown in ((None, "null"), ("", '""'), (True, "true")):
            if position != "bytes":
                assert shown in NAMED[position](enc, case["name"], visible)


@pytest.mark.parametrize("case", INNOCENTS["texts"], ids=[case["id"] for case in INNOCENTS["texts"]])
def test_innocent_text(case):
    assert Redactor().text(case["text"]) == case["text"]
    assert json.loads(encoder().value(case["text"])) == case["text"]


@pytest.mark.parametrize("case", INNOCENTS["names"], ids=[case["id"] for case in INNOCENTS["names"]])
def test_innocent_name(case):
    assert Redactor().name(case["name"]) is None


@pytest.mark.parametrize("case", TEXTS, ids=[case["id"] for case in TEXTS])
def test_the_trigger_misses_nothing_that_the_shapes_find(case):
    text = whole(case)
    assert Redactor().spans(text)
    assert redaction._TRIGGER.search(text)


@pytest.mark.parametrize("case", TEXTS, ids=[case["id"] for case in TEXTS])
def test_no_cut_leaves_a_part(case):
    redactor = Redactor()
    text = "see " + whole(case) + " end " + "z" * 100
    secret = "".join(case["secret"])
    for limit in range(1, len(text)):
        shown = redactor.text(text, limit)
        assert remains(secret, shown) is None, (limit, shown)


def test_a_user_adds_and_allows():
    redactor = Redactor(extra_names=("badge", "*_code"), extra_patterns=("EMP-[0-9]{4}",), allow_names=("api_key",))
    assert redactor.name("badge") == "name:badge"
    assert redactor.name("door_code") == "name:_code"
    assert redactor.name("api_key") is None
    assert redactor.text("I am EMP-1234.") == "I am [redacted:pattern]."
    assert redactor.text("api_key=abc badge=77") == "api_key=abc badge=[redacted:name:badge]"


def test_the_name_cache_is_bounded():
    redactor = Redactor()
    for number in range(10000):
        redactor.name("name%dx" % number)
    assert len(redactor._names) <= 4096


@pytest.mark.parametrize(
    "text",
    [
        "eyJ" * 40000,
        "-----BEGIN PRIVATE KEY-----" * 3000,
        "://" * 30000,
        "a:" * 50000,
        "4111 " * 20000,
        "<aa>" * 30000,
        "a" * 100000 + "=",
        "AKIA" + "A" * 100000,
        "password=" + "\\" * 60000,
        '"' * 60000 + "=",
        "--a " * 30000,
    ],
)
def test_no_text_takes_long_where_only_a_head_is_shown(text):
    # Quadratic patterns would take minutes here; the head and what is looked at beyond it are 1280 characters.
    for _ in range(20):
        Redactor().text(text, 256)


def test_the_generated_rules_are_fresh():
    root = os.path.join(VECTORS, "..", "..")
    rules = load("../redaction.json")
    with open(os.path.join(root, "agents/python/src/spoor/redaction_rules.py"), encoding="utf-8") as file:
        source = file.read()
    assert len(redaction.rules.SHAPES) == len(rules["shapes"])
    for built, told in zip(redaction.rules.SHAPES, rules["shapes"]):
        expected = (told["id"], tuple(told["needs"]), told["pattern"], told.get("group", 0))
        assert built[:4] == expected and built[6] == told.get("value", ""), "run scripts/generate-redaction.ts"
    for name in rules["names"]["any"]["suffix"]:
        assert json.dumps(name) in source
