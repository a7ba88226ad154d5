"""Compiles the syntax of conditions, expressions and templates (spec/conditions.md) to closures.

Each of the functions here takes what the parser made, as it came over the wire, and the `Encoder` whose redaction
holds, and gives a function of a look-up: `look(name)` gives the value that the program has under a name, or raises
KeyError. What it gives may be anything; nothing of it is run. Every failure is an `EvaluationError`; only an
exception of the program itself, which a signal handler may raise at any time, passes through. A compiled function may
run in several threads at once. The functions here raise an `EvaluationError` for what this version of Python cannot
evaluate.
"""

from __future__ import annotations

from ..agent_frames import is_the_programs
from ..redaction import Redactor
from ..values import Encoder, Limits
from .comparing import MOST_NESTED, equal, guarded, holds, ordered, same
from .drawing import clipped, drawn
from .failures import EvaluationError, Withheld
from .functions import FUNCTIONS, METHODS, arithmetic, item, negative, truth
from .members import member
from .plain_kinds import comparable_number, told

__all__ = [
    "EvaluationError",
    "Withheld",
    "compile_condition",
    "compile_expression",
    "compile_number",
    "compile_template",
    "drawn",
    "picture",
]

# Items looked at in one evaluation, shared out beforehand among the places of the text that look at items: a count for
# each evaluation would have to be kept apart for each thread.
_STEPS = 10000
_MOST_MESSAGE = 4096
# The parser allows 64 levels. See `MOST_NESTED` for the others.
_MOST_DEPTH = 64 if MOST_NESTED > 8 else 16
_LOOKING = ("compare", "function", "item", "member", "method")


def compile_condition(syntax, encoder=None):
    """Gives True or False."""
    run = _Compiler(syntax, encoder).compile(syntax)

    def holds_now(look):
        value = run(look)
        return value if value is True or value is False else truth(value, 1)

    return _checked(holds_now)


def compile_expression(syntax, encoder=None):
    """Gives the program's own value, or a `Withheld`: `picture` and `drawn` tell it without its secrets."""
    return _checked(_Compiler(syntax, encoder).compile(syntax))


def compile_number(syntax, encoder=None):
    """Gives an int or a float, for metrics."""
    run = _Compiler(syntax, encoder).compile(syntax)

    def number_now(look):
        value = run(look)
        found = comparable_number(value, type(value))
        if found is None or found != found:
            raise EvaluationError("%s is no number" % told(value), 1)
        return found

    return _checked(number_now)


def compile_template(template, encoder=None):
    """Gives the message of a logpoint. A piece that cannot be told says why in its place; its error is also added to
    the list that may be given beside the look-up."""
    encoder = encoder or _default_encoder()
    pieces = [piece if type(piece) is str else compile_expression(piece["expression"], encoder) for piece in template]

    def message(look, failures=None):
        texts = []
        for piece in pieces:
            if type(piece) is str:
                texts.append(piece)
                continue
            try:
                texts.append(drawn(piece(look), encoder))
            except EvaluationError as error:
                texts.append("<unreadable: " + error.message + ">")
                if failures is not None:
                    failures.append(error)
        return clipped("".join(texts), _MOST_MESSAGE)

    return message


def picture(value, encoder) -> str:
    """The JSON text of what an expression gave."""
    if type(value) is Withheld:
        return '{"$":"redacted","why":' + encoder.quoted(value.why) + "}"
    return encoder.value(value)


def _default_encoder():
    return Encoder(Limits(), Redactor())


def _checked(run):
    def evaluate(look):
        try:
            return run(look)
        except (EvaluationError, MemoryError):
            raise
        except Exception as error:
            if is_the_programs(error):
                raise
            failure = EvaluationError(_said(error), 1)
        raise failure

    return evaluate


def _said(error):
    if type(error) is RecursionError:
        return "no room on the stack"
    if type(error) is RuntimeError:
        return "what it looks at was changed meanwhile"
    return type(error).__name__


class _Compiler:
    """One text: its redaction and its share of the steps."""

    def __init__(self, syntax, encoder):
        self.redactor = (encoder or _default_encoder()).redactor
        self.budget = _STEPS // max(1, _looks(syntax))
        self.depth = 0

    def compile(self, node):
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise EvaluationError("nested too deeply for this version of Python", 1)
        run = getattr(self, "_" + node[0])(*node[1:])
        self.depth -= 1
        return run

    def _value(self, value):
        return lambda look: value

    def _integer(self, digits):
        value = int(digits)
        return lambda look: value

    def _name(self, name, column):
        redactor = self.redactor
        rule = redactor.rule(name)

        def run(look):
            try:
                return look(name)
            except KeyError:
                pass
            raise EvaluationError("no name '%s'" % name, column)

        if rule is None:
            return run
        return lambda look: guarded(redactor, name, run(look))

    def _member(self, of, name, column):
        return member(self.compile(of), name, column, self.redactor, self.budget)

    def _item(self, of, key, column):
        of, key, redactor, budget = self.compile(of), self.compile(key), self.redactor, self.budget
        return lambda look: item(of(look), key(look), [budget], column, redactor)

    def _list(self, nodes):
        parts = [self.compile(node) for node in nodes]

        def run(look):
            made = [part(look) for part in parts]
            for value in made:
                if type(value) is Withheld:
                    return value
            return made

        return run

    def _not(self, node):
        run = self.compile(node)
        return lambda look: not truth(run(look), 1)

    def _negative(self, node, column):
        run = self.compile(node)
        return lambda look: negative(run(look), column)

    def _and(self, left, right):
        first, *others = self._chain("and", left, right)

        def run(look):
            value = first(look)
            for operand in others:
                if value is not True and (value is False or not truth(value, 1)):
                    return value
                value = operand(look)
            return value

        return run

    def _or(self, left, right):
        first, *others = self._chain("or", left, right)

        def run(look):
            value = first(look)
            for operand in others:
                if value is True or (value is not False and truth(value, 1)):
                    return value
                value = operand(look)
            return value

        return run

    def _chain(self, word, left, right):
        """The operands of `a and b and c`, which need not be nested."""
        nodes = [right]
        while left[0] == word:
            nodes.append(left[2])
            left = left[1]
        nodes.append(left)
        return [self.compile(node) for node in reversed(nodes)]

    def _compare(self, first, rest):
        if len(rest) == 1:
            sign, node, column = rest[0]
            compare = self._comparison(sign, column)
            if sign in _DIRECT and node[0] == "value" and type(node[1]) in (int, float, str):
                return _with_constant(self.compile(first), sign, node[1], compare)
            left, right = self.compile(first), self.compile(node)
            return lambda look: compare(left(look), right(look))
        start = self.compile(first)
        links = [(self._comparison(sign, column), self.compile(node)) for sign, node, column in rest]

        def run(look):
            value = start(look)
            for compare, operand in links:
                following = operand(look)
                if not compare(value, following):
                    return False
                value = following
            return True

        return run

    def _comparison(self, sign, column):
        budget, redactor = self.budget, self.redactor
        if sign == "==":
            return lambda one, other: equal(one, other, [budget], column, redactor)
        if sign == "!=":
            return lambda one, other: not equal(one, other, [budget], column, redactor)
        if sign == "in":
            return lambda one, other: holds(other, one, [budget], column, redactor)
        if sign == "not in":
            return lambda one, other: not holds(other, one, [budget], column, redactor)
        if sign == "is":
            return lambda one, other: same(one, other, column)
        if sign == "is not":
            return lambda one, other: not same(one, other, column)
        return lambda one, other: ordered(sign, one, other, redactor, column)

    def _arithmetic(self, sign, left, right, column):
        one, other, redactor = self.compile(left), self.compile(right), self.redactor
        return lambda look: arithmetic(sign, one(look), other(look), redactor, column)

    def _function(self, name, nodes, column):
        function = FUNCTIONS[name]
        parts, redactor, budget = [self.compile(node) for node in nodes], self.redactor, self.budget
        return lambda look: function([part(look) for part in parts], [budget], column, redactor)

    def _method(self, of, name, nodes, column):
        method = METHODS[name]
        owner = self.compile(of)
        parts, redactor, budget = [self.compile(node) for node in nodes], self.redactor, self.budget
        return lambda look: method(owner(look), [part(look) for part in parts], [budget], column, redactor)


_DIRECT = ("==", "!=", "<", "<=", ">", ">=")


def _with_constant(left, sign, constant, compare):
    """The commonest condition by far: a path and a constant. Values of the constant's own type need no further look."""
    # An order of texts can be refused.
    kind = None if type(constant) is str and sign not in ("==", "!=") else type(constant)
    if sign == "==":

        def run(look):
            value = left(look)
            return value == constant if type(value) is kind else compare(value, constant)

    elif sign == "!=":

        def run(look):
            value = left(look)
            return value != constant if type(value) is kind else compare(value, constant)

    elif sign == "<":

        def run(look):
            value = left(look)
            return value < constant if type(value) is kind else compare(value, constant)

    elif sign == "<=":

        def run(look):
            value = left(look)
            return value <= constant if type(value) is kind else compare(value, constant)

    elif sign == ">":

        def run(look):
            value = left(look)
            return value > constant if type(value) is kind else compare(value, constant)

    else:

        def run(look):
            value = left(look)
            return value >= constant if type(value) is kind else compare(value, constant)

    return run


def _looks(syntax):
    """How many places of the text look at items."""
    count = 0
    waiting = [syntax]
    while waiting:
        node = waiting.pop()
        if type(node) is list or type(node) is tuple:
            count += bool(node) and type(node[0]) is str and node[0] in _LOOKING
            waiting.extend(node)
    return count
