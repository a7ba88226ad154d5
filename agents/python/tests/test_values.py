"""Every case of spec/vectors/values, and what holds for all of them: valid JSON on one line, the same twice."""

import json
import sys
import threading

import pytest
from spoor.redaction import Redactor
from spoor.values import Encoder, Limits
from value_vectors import encoder, value_cases, written

CASES = list(value_cases())


def strict(text):
    def fail(word):
        raise AssertionError("not JSON: " + word)

    return json.loads(text, parse_constant=fail)


def test_the_cases_are_read():
    assert len(CASES) >= 80
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case):
    if sys.version_info < tuple(map(int, case.get("python_min", "3.8").split("."))):
        pytest.skip("needs Python " + case["python_min"])
    enc = encoder(case.get("limits"))
    text = written(enc, case)
    assert text.isprintable() or all(char >= " " for char in text)
    text.encode("utf-8")
    # Compared as text: an int is no float and fields keep their order.
    order = case.get("unordered", False)
    assert json.dumps(strict(text), sort_keys=order) == json.dumps(case["expect"], sort_keys=order)
    assert written(enc, case) == text, "a second look, with warm caches, shows the same"


def test_locals_of_a_frame():
    enc = encoder()
    names = {"self": [1], ".0": 5, "password": "hunter2", "n": 1, "kept": [2]}
    assert json.loads(enc.fields_of(names, skip=("kept",))) == {
        "self": [1],
        "password": {"$": "redacted", "why": "name:password"},
        "n": 1,
    }


def test_locals_of_a_class_body_with_a_mapping_of_its_own():
    class Space(dict):
        def items(self):
            raise SystemExit

    assert json.loads(encoder().fields_of(Space(a=1))) == {"$cut": {"why": "mapping"}}


def test_frame_locals():
    def function(a, *rest, **named):
        return sys._getframe()

    frame = function(1, 2, k=3)
    enc = encoder()
    assert json.loads(enc.args(enc.plan(frame.f_code), frame.f_locals)) == {"a": 1, "rest": [2], "named": {"k": 3}}


def test_near_the_recursion_limit_nothing_is_raised():
    enc = encoder()
    # The last is one that every encoder leaves to Python code.
    value = {"a": [{"b": {1, 2}}], "c": ValueError("x"), "d": memoryview(b"x")}
    plan = enc.plan((lambda a: 0).__code__)
    seen = []

    def deep():
        try:
            deep()
        except RecursionError:
            pass
        # On the way back each frame has a little more room than the one before.
        if len(seen) < 60:
            try:
                seen.append((enc.value(value), enc.args(plan, {"a": value}), enc.exception(ValueError(value))))
            except RecursionError:
                # Not even the call of the encoder fitted.
                assert not seen

    deep()
    assert len(seen) == 60
    for texts in seen:
        for text in texts:
            strict(text)
    assert any("unreadable" in text for texts in seen for text in texts) or sys.version_info < (3, 9)
    assert "unreadable" not in "".join(seen[-1])


def test_a_dict_that_another_thread_changes():
    enc = encoder({"items": 1000, "bytes": 100000})
    shared = {str(number): number for number in range(500)}
    stop = []

    def change():
        number = 0
        while not stop:
            number += 1
            shared["x%d" % (number % 7)] = number
            shared.pop("x%d" % (number % 5), None)

    thread = threading.Thread(target=change)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        for _ in range(300):
            strict(enc.value(shared))
    finally:
        stop.append(True)
        thread.join()
        sys.setswitchinterval(interval)


def test_caches_are_bounded():
    enc = encoder()
    for number in range(10000):
        enc.value({"key%d" % number: "text%d" % number})
        enc.value("text%d" % number * 100)
    for _ in range(5000):
        enc.value(type("T", (), {})())
    assert len(enc.heads) <= 256 and len(enc.strings) <= 4096 and len(enc.keys) <= 4096 and len(enc.kinds) <= 4096 + 64


def test_no_secret_is_kept_in_a_cache():
    enc = encoder()
    enc.value({"password=hunter2": "password=hunter2", "password": "hunter2"})
    # Past what is shown of a long text, and within it.
    enc.value("x" * 400 + " password=hunter2 " + "x" * 2000)
    enc.value("password=hunter2 " + "x" * 2000)
    assert "hunter2" not in str(enc.strings) + str(enc.keys) + str(enc.heads)


def test_a_long_text_is_shown_alike_from_the_cache():
    enc = encoder()
    for text in ("a" * 300, "a" * 5000, "password=hunter2 " * 40, "a" * 255 + "\ud800" + "b" * 100):
        assert enc.value(text) == enc.value(text) == encoder().value(text)
    assert len(enc.heads) > 0


def test_a_name_longer_than_the_limit_does_not_make_such_texts_shown_whole():
    class Longer:
        __qualname__ = "Longer"

    enc = encoder({"text": 4})
    long = '{"$":"str","len":6,"head":"Long"}'
    for _ in range(2):
        assert enc.value([Longer.__name__, Longer]).startswith("[" + long)


def test_the_size_of_a_record_is_bounded():
    enc = encoder()

    class Node:
        def __init__(self, depth):
            self.children = [Node(depth - 1) for _ in range(4)] if depth else []
            self.text = "x" * 200
            self.table = {"k%d" % number: "y" * 100 for number in range(30)}

    assert len(enc.value(Node(4))) < 512 + 3 * 300


def test_full_level_shows_more():
    deep = [[[[1]]]]
    assert json.loads(Encoder(Limits("full"), Redactor()).value(deep)) == deep
    assert json.loads(Encoder(Limits("default"), Redactor()).value(deep)) != deep


def test_nothing_is_imported_at_call_time():
    enc = encoder()
    for case in CASES:
        written(enc, case)
    before = set(sys.modules)
    enc = encoder()
    for case in CASES:
        written(enc, case)
    assert set(sys.modules) == before
