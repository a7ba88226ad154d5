"""Equality, order and membership of conditions, as spec/conditions.md says, without running `__eq__`, `__lt__`,
`__contains__` or `__hash__` of the program.

What looks at items takes steps from a budget: a list of one number, made for one operation of one evaluation.
"""

from __future__ import annotations

import sys

from ..builtin_types import BuiltinFunctionType, FunctionType
from .failures import EvaluationError, Withheld
from .plain_kinds import (
    BYTES,
    DICT,
    LIST,
    NULL,
    NUMBER,
    OTHER,
    SET,
    TEXT,
    WITHHELD,
    comparable_number,
    field_names,
    known,
    overrides,
    text_of,
    told,
)

# Up to 3.8 a stack that overflowed has room for 50 calls while it unwinds, and one more ends the process.
MOST_NESTED = 8 if sys.version_info < (3, 9) else 32
# How many keys have their types looked at in one step.
_KEYS_A_STEP = 16
# Keys of a small dict are looked at one by one, which costs less than the detour for many.
_FEW = 16
# Longer texts are not searched: looking for secrets in them takes too long.
MOST_SEARCHED = 65536
# No key of these types runs code of the program when it is compared with a number, text, null or bytes.
_SAFE_KEYS = frozenset(
    map(
        id,
        (str, int, float, bool, type(None), bytes, tuple, frozenset, complex, type, FunctionType, BuiltinFunctionType),
    )
)
_missing = object()


def spend(budget, steps, column):
    budget[0] -= steps
    if budget[0] < 0:
        raise EvaluationError("too many items to look at", column)


def withheld(value, column):
    return EvaluationError("%s can only be tested for being there" % told(value), column)


def equal(left, right, budget, column, redactor, depth=0):
    kind, other_kind = type(left), type(right)
    if kind is other_kind and (kind is int or kind is str or kind is float or kind is bool):
        return left == right
    sort, other = known(kind)[1], known(other_kind)[1]
    if sort == NULL or other == NULL:
        return left is right
    if sort == WITHHELD or other == WITHHELD:
        raise withheld(left if sort == WITHHELD else right, column)
    if sort == OTHER or other == OTHER:
        return _others_equal(left, right, column)
    if sort != other:
        return False
    if sort == NUMBER:
        return comparable_number(left, kind) == comparable_number(right, other_kind)
    if sort == TEXT:
        return text_of(left) == text_of(right)
    if depth >= MOST_NESTED:
        raise EvaluationError("nested too deeply to be compared", column)
    if sort == LIST:
        return _lists_equal(left, right, budget, column, redactor, depth + 1)
    if sort == BYTES:
        return _octets(left) == _octets(right)
    if sort == DICT:
        return _dicts_equal(left, right, budget, column, redactor, depth + 1)
    return _sets_equal(left, right, budget, column, redactor)


def _octets(value):
    base = known(type(value))[2]
    return value if type(value) is base else base.__getitem__(value, slice(None))


def _others_equal(left, right, column):
    if left is right:
        return True
    numbers = comparable_number(left, type(left)), comparable_number(right, type(right))
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] == numbers[1]
    for value in left, right:
        cls = type(value)
        if known(cls)[1] == OTHER and overrides(cls, "__eq__") and id(cls) not in _SAFE_KEYS:
            raise EvaluationError("comparing with %s runs its own code" % told(value), column)
    return False


def _lists_equal(left, right, budget, column, redactor, depth):
    if known(type(left))[2].__len__(left) != known(type(right))[2].__len__(right):
        return False
    for one, other in zip(items(left, redactor), items(right, redactor)):
        spend(budget, 1, column)
        if not equal(one, other, budget, column, redactor, depth):
            return False
    return True


def _dicts_equal(left, right, budget, column, redactor, depth):
    if dict.__len__(left) != dict.__len__(right):
        return False
    for key, value in dict.items(left):
        spend(budget, 1, column)
        found = item_of(right, key, budget, column, redactor)
        if found is _missing or not equal(guarded(redactor, key, value), found, budget, column, redactor, depth):
            return False
    return True


def _sets_equal(left, right, budget, column, redactor):
    if known(type(left))[2].__len__(left) != known(type(right))[2].__len__(right):
        return False
    for item in known(type(left))[2].__iter__(left):
        spend(budget, 1, column)
        if not _set_holds(right, item, budget, column, redactor):
            return False
    return True


def items(value, redactor):
    """An iterator over a list's items. Those that a named tuple has under the name of a secret are withheld."""
    base = known(type(value))[2]
    names = field_names(value)
    if names is None:
        return base.__iter__(value)
    return iter([guarded(redactor, name, item) for name, item in zip(names, tuple.__iter__(value))])


def guarded(redactor, name, value):
    """The value that is bound to a name, or what takes its place."""
    rule = redactor.rule(name) if type(name) is str else None
    if rule is not None and type(value) is not Withheld and redactor.withheld(type(value), value, rule):
        return Withheld(rule[0])
    return value


def holds_secret(redactor, text):
    return redactor.suspects(text) is not None and redactor.text(text) != text


def searchable(value, redactor, column):
    """An exact text that may be searched: one that holds a secret would be told a letter at a time."""
    text = text_of(value)
    if len(text) > MOST_SEARCHED:
        raise EvaluationError("a text of more than %d characters" % MOST_SEARCHED, column)
    if holds_secret(redactor, text):
        raise EvaluationError("this text holds a secret, and can only be tested for being there", column)
    return text


def holds(container, value, budget, column, redactor):
    """`value in container`."""
    sort = known(type(container))[1]
    if sort == TEXT:
        if known(type(value))[1] != TEXT:
            raise _mismatch("look for %s in %s", value, container, column)
        return text_of(value) in searchable(container, redactor, column)
    if sort == LIST:
        for item in items(container, redactor):
            spend(budget, 1, column)
            if equal(item, value, budget, column, redactor):
                return True
        return False
    if sort == DICT:
        return item_of(container, value, budget, column, redactor) is not _missing
    if sort == SET:
        return _set_holds(container, value, budget, column, redactor)
    if sort == WITHHELD:
        raise withheld(container, column)
    raise EvaluationError("%s holds no items that can be looked at without running its code" % told(container), column)


def _set_holds(container, value, budget, column, redactor):
    key = _key(value, column)
    base = known(type(container))[2]
    if key is not _missing and _keys_are_safe(container, base, budget, column):
        return base.__contains__(container, key)
    for item in base.__iter__(container):
        spend(budget, 1, column)
        if equal(item, value, budget, column, redactor):
            return True
    return False


def item_of(container, key, budget, column, redactor):
    """The value under a key of a dict, or `_missing`. `__missing__` is not run."""
    if type(key) is str and type(container) is dict and len(container) <= _FEW:
        for name in container:
            if type(name) is not str:
                break
        else:
            return container.get(key, _missing)
    exact = _key(key, column)
    if exact is not _missing and _keys_are_safe(container, dict, budget, column):
        return dict.get(container, exact, _missing)
    for name, value in dict.items(container):
        spend(budget, 1, column)
        if equal(name, key, budget, column, redactor):
            return value
    return _missing


def is_missing(value):
    return value is _missing


def _key(value, column):
    """The exact value of a number, text, null or bytes, by which it can be looked up; else `_missing`."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None or kind is float or kind is bytes:
        return value
    sort = known(kind)[1]
    if sort == WITHHELD:
        raise withheld(value, column)
    if sort == TEXT:
        return text_of(value)
    if sort == NUMBER:
        return comparable_number(value, kind)
    return _missing


def _keys_are_safe(container, base, budget, column):
    """Whether a look-up compares with no key whose type has an `__eq__` of its own."""
    size = base.__len__(container)
    spend(budget, size // _KEYS_A_STEP, column)
    # One call for all: a loop in Python takes ten times as long.
    types = set(map(id, map(type, base.__iter__(container))))
    if types <= _SAFE_KEYS:
        return True
    for key in base.__iter__(container):
        cls = type(key)
        if id(cls) not in _SAFE_KEYS:
            spend(budget, 1, column)
            if overrides(cls, "__eq__"):
                return False
    return True


def ordered(sign, left, right, redactor, column):
    """`left < right` and the like: two numbers or two texts."""
    kind, other_kind = type(left), type(right)
    one, other = comparable_number(left, kind), comparable_number(right, other_kind)
    if one is None or other is None:
        sorts = known(kind)[1], known(other_kind)[1]
        if sorts[0] == WITHHELD or sorts[1] == WITHHELD:
            raise withheld(left if sorts[0] == WITHHELD else right, column)
        if sorts != (TEXT, TEXT):
            raise _mismatch("compare %s with %s", left, right, column)
        one, other = searchable(left, redactor, column), searchable(right, redactor, column)
    if sign == "<":
        return one < other
    if sign == "<=":
        return one <= other
    return one > other if sign == ">" else one >= other


def same(left, right, column):
    """`left is right`: one object, or equal values of one kind (`true` is not 1)."""
    sort, other = known(type(left))[1], known(type(right))[1]
    if sort == WITHHELD or other == WITHHELD:
        if left is None or right is None:
            return False
        raise withheld(left if sort == WITHHELD else right, column)
    if left is right:
        return True
    if sort != other or sort not in (NUMBER, TEXT):
        return False
    if (type(left) is bool) != (type(right) is bool):
        return False
    return equal(left, right, None, column, None)


def _mismatch(says, left, right, column):
    return EvaluationError("cannot " + says % (told(left), told(right)), column)
