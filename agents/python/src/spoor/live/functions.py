"""The arithmetic, truth, indexing, functions and methods of conditions (spec/conditions.md). All are pure, bounded, and
read values by the methods of built-in types only."""

from __future__ import annotations

from ..classes import name_of
from .comparing import guarded, is_missing, item_of, items, ordered, searchable, spend, withheld
from .failures import EvaluationError, Withheld
from .plain_kinds import (
    DICT,
    LIST,
    MOST_BITS,
    NULL,
    NUMBER,
    OTHER,
    TEXT,
    WITHHELD,
    comparable_number,
    field_names,
    known,
    length,
    number,
    overrides,
    text_of,
    told,
)

_MOST_TEXT = 65536
_MOST_DIGITS = 400
_WHITE = " \t\n\r\f\v"
_DIGITS = frozenset("0123456789")
_NUMERIC = frozenset("0123456789.eE+-")


def truth(value, column):
    """False: null, false, zero, not-a-number, and what is empty."""
    kind = type(value)
    if kind is bool:
        return value
    sort, base = known(kind)[1:]
    if sort == NULL:
        return False
    if sort == NUMBER:
        plain = comparable_number(value, kind)
        return plain != 0 and plain == plain
    if sort == WITHHELD:
        return True
    if sort != OTHER:
        return base.__len__(value) > 0
    plain = comparable_number(value, kind)
    if plain is not None:
        return plain != 0
    if overrides(kind, "__bool__") or overrides(kind, "__len__"):
        raise EvaluationError("whether %s is true is decided by its own code" % told(value), column)
    return True


def negative(value, column):
    found = number(value, column)
    if found is None:
        raise _wrong("negate", value, column)
    return -found


def arithmetic(sign, left, right, redactor, column):
    one, other = number(left, column), number(right, column)
    if one is None or other is None:
        sorts = known(type(left))[1], known(type(right))[1]
        if WITHHELD in sorts:
            raise withheld(left if sorts[0] == WITHHELD else right, column)
        if sign == "+" and sorts == (TEXT, TEXT):
            return _derived(left, redactor, column) + _derived(right, redactor, column)
        raise EvaluationError("cannot compute %s %s %s" % (told(left), sign, told(right)), column)
    try:
        if sign == "+":
            return one + other
        if sign == "-":
            return one - other
        if sign == "*":
            if type(one) is int and type(other) is int and one.bit_length() + other.bit_length() > MOST_BITS:
                raise EvaluationError("a number of more than %d bits" % MOST_BITS, column)
            return one * other
        if sign == "/":
            return one / other
        return one // other if sign == "//" else one % other
    except ZeroDivisionError:
        raise EvaluationError("division by zero", column) from None
    except OverflowError:
        raise EvaluationError("this number is too large", column) from None


def _derived(value, redactor, column):
    """A text from which another may be made: one with a secret in it would no longer look like one."""
    text = text_of(value)
    if len(text) > _MOST_TEXT // 2:
        raise EvaluationError("a text of more than %d characters" % (_MOST_TEXT // 2), column)
    return searchable(text, redactor, column)


def item(value, key, budget, column, redactor):
    """`value[key]`."""
    sort, base = known(type(value))[1:]
    if sort == DICT:
        found = item_of(value, key, budget, column, redactor)
        if is_missing(found):
            raise EvaluationError("no item %s" % _shown(key, redactor), column)
        if type(key) is str:
            return guarded(redactor, key, found)
        return guarded(redactor, text_of(key), found) if known(type(key))[1] == TEXT else found
    if sort == LIST or sort == TEXT:
        at = comparable_number(key, type(key))
        if type(at) is not int or type(key) is bool:
            raise EvaluationError(
                "%s has no item %s: a whole number is expected" % (told(value), _shown(key, redactor)), column
            )
        size = base.__len__(value)
        if not -size <= at < size:
            raise EvaluationError(
                "no item %d: there are %d" % (at, size) if -(10**9) < at < 10**9 else "no such item", column
            )
        if sort == TEXT:
            return _derived(value, redactor, column)[at]
        names = field_names(value)
        found = base.__getitem__(value, at)
        return found if names is None else guarded(redactor, names[at], found)
    if sort == WITHHELD:
        raise withheld(value, column)
    raise EvaluationError("%s has no items that can be read without running its code" % told(value), column)


def _shown(key, redactor):
    if known(type(key))[1] == TEXT:
        return "'" + redactor.text(text_of(key), 40) + "'"
    plain = comparable_number(key, type(key))
    return told(key) if plain is None else str(plain) if abs(plain) < 10**15 else "of that number"


def _wrong(what, value, column):
    if type(value) is Withheld:
        return withheld(value, column)
    return EvaluationError("cannot %s %s" % (what, told(value)), column)


def _len(args, budget, column, redactor):
    size = length(args[0])
    if size is None:
        raise _wrong("count the items of", args[0], column)
    return size


def _abs(args, budget, column, redactor):
    found = number(args[0], column)
    if found is None:
        raise _wrong("take the absolute value of", args[0], column)
    return abs(found)


def _bool(args, budget, column, redactor):
    return truth(args[0], column)


def _int(args, budget, column, redactor):
    value = args[0]
    if known(type(value))[1] == TEXT:
        text = _numeric_text(value, redactor, column)
        digits = text[1:] if text[:1] in ("-", "+") else text
        if digits and _DIGITS.issuperset(digits):
            return int(text)
        raise EvaluationError("this text is no whole number", column)
    found = number(value, column)
    if found is None:
        raise _wrong("make a number of", value, column)
    if type(found) is float and (found != found or found in (_INFINITY, -_INFINITY)):
        raise EvaluationError("this number is not finite", column)
    return int(found)


def _float(args, budget, column, redactor):
    value = args[0]
    if known(type(value))[1] == TEXT:
        text = _numeric_text(value, redactor, column)
        if _NUMERIC.issuperset(text):
            try:
                return float(text)
            except ValueError:
                pass
        raise EvaluationError("this text is no number", column)
    found = number(value, column)
    if found is None:
        raise _wrong("make a number of", value, column)
    try:
        return float(found)
    except OverflowError:
        raise EvaluationError("this number is too large", column) from None


_INFINITY = float("inf")


def _numeric_text(value, redactor, column):
    text = text_of(value)
    if len(text) > _MOST_DIGITS:
        raise EvaluationError("this text is no number", column)
    # A card number is a secret, and a number is not looked at again.
    return searchable(text, redactor, column).strip(_WHITE)


def _str(args, budget, column, redactor):
    value = args[0]
    sort = known(type(value))[1]
    if sort == TEXT:
        return text_of(value)
    if sort == NULL or type(value) is bool:
        return str(value)
    found = number(value, column)
    if found is None:
        raise _wrong("make a text of", value, column)
    return repr(found)


def _type(args, budget, column, redactor):
    if type(args[0]) is Withheld:
        raise withheld(args[0], column)
    return name_of(type(args[0]))


def _several(args, budget, column, redactor):
    """The arguments, or the items of the only one."""
    if len(args) > 1:
        return args
    if known(type(args[0]))[1] != LIST:
        raise _wrong("look through the items of", args[0], column)
    spend(budget, length(args[0]), column)
    return list(items(args[0], redactor))


def _outermost(args, budget, column, redactor, sign):
    values = _several(args, budget, column, redactor)
    if not values:
        raise EvaluationError("there are no items", column)
    best = values[0]
    if len(values) == 1:
        ordered(sign, best, best, redactor, column)
    for value in values[1:]:
        if ordered(sign, value, best, redactor, column):
            best = value
    return best


def _max(args, budget, column, redactor):
    return _outermost(args, budget, column, redactor, ">")


def _min(args, budget, column, redactor):
    return _outermost(args, budget, column, redactor, "<")


def _sum(args, budget, column, redactor):
    total = 0
    for value in _several([args[0]], budget, column, redactor):
        total = arithmetic("+", total, value, redactor, column)
    return total


def _text(value, redactor, column, what):
    if known(type(value))[1] != TEXT:
        raise _wrong(what, value, column)
    return _derived(value, redactor, column)


def _startswith(value, args, budget, column, redactor):
    text = _text(value, redactor, column, "look at the start of")
    return text.startswith(_text(args[0], redactor, column, "look for"))


def _endswith(value, args, budget, column, redactor):
    text = _text(value, redactor, column, "look at the end of")
    return text.endswith(_text(args[0], redactor, column, "look for"))


def _lower(value, args, budget, column, redactor):
    return _text(value, redactor, column, "write in lower case").lower()


def _upper(value, args, budget, column, redactor):
    return _text(value, redactor, column, "write in upper case").upper()


def _strip(value, args, budget, column, redactor):
    return _text(value, redactor, column, "strip").strip(_WHITE)


def _get(value, args, budget, column, redactor):
    if known(type(value))[1] != DICT:
        raise _wrong("look up an item of", value, column)
    found = item_of(value, args[0], budget, column, redactor)
    if is_missing(found):
        return args[1] if len(args) > 1 else None
    return guarded(redactor, text_of(args[0]), found) if known(type(args[0]))[1] == TEXT else found


# By the name that the parser gives them: `(arguments, budget, column, redactor)`.
FUNCTIONS = {
    "abs": _abs,
    "bool": _bool,
    "float": _float,
    "int": _int,
    "len": _len,
    "max": _max,
    "min": _min,
    "str": _str,
    "sum": _sum,
    "type": _type,
}

# `(owner, arguments, budget, column, redactor)`.
METHODS = {
    "endswith": _endswith,
    "get": _get,
    "lower": _lower,
    "startswith": _startswith,
    "strip": _strip,
    "upper": _upper,
}
