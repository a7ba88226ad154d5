"""The evaluator of conditions: every case of spec/vectors/conditions, and what holds for all: no code of the program is
run, every failure is an EvaluationError, nothing keeps or slows the program's objects."""

import gc
import json
import os
import re
import sys
import threading

import pytest
from spoor.live.expressions import (
    EvaluationError,
    compile_condition,
    compile_expression,
    compile_number,
    compile_template,
    picture,
)
from spoor.redaction import Redactor
from spoor.values import Encoder, Limits
from value_vectors import VECTORS, load


def cases():
    for name in sorted(os.listdir(os.path.join(VECTORS, "conditions"))):
        for case in load("conditions/" + name)["cases"]:
            made = case.get("make", {})
            if "syntax" in case and all("python" in make for make in made.values()):
                yield case


CASES = list(cases())
ENCODER = Encoder(Limits(), Redactor())


def names_of(case):
    space = {"__name__": "app"}
    exec(case.get("setup", {}).get("python", ""), space)
    made = {name: eval(make["python"], space) for name, make in case.get("make", {}).items()}
    return {**case.get("values", {}), **made}


def whole(value):
    """Numbers as the cases have them: JSON of JavaScript writes 2.0 as 2."""
    if type(value) is list:
        return [whole(item) for item in value]
    return int(value) if type(value) is float and value.is_integer() else value


def evaluated(case, look):
    if "template" in case:
        return compile_template(case["syntax"], ENCODER)(look)
    return json.loads(
        re.sub(r'"\$id":"[0-9a-f]+"', '"$id":"*"', picture(compile_expression(case["syntax"], ENCODER)(look), ENCODER))
    )


def test_the_cases_are_read():
    assert len(CASES) >= 350


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case):
    names = names_of(case)
    if "error" in case:
        with pytest.raises(EvaluationError) as caught:
            evaluated(case, names.__getitem__)
        assert caught.value.column == case["error"]["column"], caught.value.message
        assert "hunter2" not in caught.value.message
        return
    found = evaluated(case, names.__getitem__)
    assert json.dumps(whole(found)) == json.dumps(whole(case["expect"]))
    if "template" not in case and type(case["expect"]) is bool:
        assert compile_condition(case["syntax"])(names.__getitem__) is case["expect"]


class Order:
    def __init__(self, id):
        self.id = id
        self.total = 9.5


ID_OVER_5 = ["compare", ["member", ["name", "o", 1], "id", 3], [[">", ["value", 5], 6]]]


def test_a_class_that_changes_is_learned_again():
    class Account:
        id = 7

    holds = compile_condition(ID_OVER_5)
    names = {"o": Account()}
    assert holds(names.__getitem__) is True
    Account.id = 3
    assert holds(names.__getitem__) is False
    Account.id = property(lambda self: sys.exit("was run"))
    with pytest.raises(EvaluationError):
        holds(names.__getitem__)
    del Account.id
    with pytest.raises(EvaluationError):
        holds(names.__getitem__)
    names["o"].id = 9
    assert holds(names.__getitem__) is True

    def refuse(self, name):
        sys.exit("was run")

    Account.__getattribute__ = refuse
    with pytest.raises(EvaluationError):
        holds(names.__getitem__)


def test_classes_in_turn():
    class Other(Order):
        __slots__ = ("id",)

    holds = compile_condition(ID_OVER_5)
    for _round in range(3):
        for value, expected in (Order(6), True), (Other(5), False), ({"id": 6}, True), (Order(5), False):
            assert holds({"o": value}.__getitem__) is expected


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 every object has a dict of its own")
def test_reading_a_field_builds_no_dict():
    order = Order(6)
    before = [type(value) for value in gc.get_referents(order)]
    assert compile_condition(ID_OVER_5)({"o": order}.__getitem__) is True
    assert [type(value) for value in gc.get_referents(order)] == before


def test_nothing_of_the_program_is_kept():
    class Kept:
        pass

    kept = Kept()
    kept.id = 6
    holds = compile_condition(ID_OVER_5)
    before = sys.getrefcount(kept)
    assert holds({"o": kept}.__getitem__) is True
    assert sys.getrefcount(kept) == before


def test_a_look_up_that_fails():
    def look(name):
        raise ZeroDivisionError

    # The look-up is the engine's, but here it is the test's, as if a signal handler had raised.
    with pytest.raises(ZeroDivisionError):
        compile_condition(["name", "x", 1])(look)


def test_near_the_recursion_limit():
    deep = ["name", "x", 1]
    for _level in range(60 if sys.version_info >= (3, 9) else 14):
        deep = ["not", deep]
    holds = compile_condition(deep)
    seen = []

    def down():
        try:
            down()
        except RecursionError:
            pass
        if len(seen) < 100:
            try:
                seen.append(holds({"x": 1}.__getitem__))
            except EvaluationError as error:
                seen.append(error.message)
            except RecursionError:
                # Not even the call fitted.
                pass

    down()
    assert True in seen
    assert set(seen) <= {True, "no room on the stack"}
    assert "no room on the stack" in seen or sys.version_info < (3, 9)


@pytest.mark.skipif(sys.version_info >= (3, 9), reason="only 3.8 is that short of stack")
def test_too_deep_for_this_version():
    deep = ["name", "x", 1]
    for _level in range(20):
        deep = ["not", deep]
    with pytest.raises(EvaluationError):
        compile_condition(deep)
    chain = ["name", "x", 1]
    for _level in range(60):
        chain = ["and", chain, ["name", "x", 1]]
    assert compile_condition(chain)({"x": 1}.__getitem__) is True


def test_numbers_for_metrics():
    def number(value):
        return compile_number(["name", "x", 1])({"x": value}.__getitem__)

    assert number(5) == 5 and number(True) == 1 and number(2.5) == 2.5
    for odd in "5", None, [], float("nan"):
        with pytest.raises(EvaluationError):
            number(odd)


def test_a_message_with_a_piece_that_fails():
    failures = []
    message = compile_template(["a ", {"text": "x", "expression": ["name", "x", 4]}, " b"])
    assert message({}.__getitem__, failures) == "a <unreadable: no name 'x'> b"
    assert [error.column for error in failures] == [4]


def test_a_dict_that_another_thread_changes():
    shared = {str(number): number for number in range(500)}
    stop = []

    def change():
        number = 0
        while not stop:
            number += 1
            shared[str(1000 + number % 500)] = number
            shared.pop(str(1000 + (number + 250) % 500), None)

    thread = threading.Thread(target=change)
    thread.start()
    holds = compile_condition(["compare", ["item", ["name", "d", 1], ["value", "7"], 2], [["==", ["value", 7], 3]]])
    try:
        for _round in range(2000):
            try:
                assert holds({"d": shared}.__getitem__) is True
            except EvaluationError as error:
                assert error.message == "what it looks at was changed meanwhile"
    finally:
        stop.append(True)
        thread.join()


def test_in_several_threads():
    holds = compile_condition(ID_OVER_5)
    wrong = []

    class Other:
        def __init__(self, id):
            self.x = 0
            self.id = id

    def work(cls, id, expected):
        for _round in range(3000):
            if holds({"o": cls(id)}.__getitem__) is not expected:
                wrong.append(cls)

    threads = [threading.Thread(target=work, args=of) for of in ((Order, 6, True), (Other, 5, False), (Other, 7, True))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
