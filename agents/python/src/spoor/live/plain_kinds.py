"""Sorts values by what a condition may do with them without running the program's code: numbers, texts, lists, dicts,
sets, bytes, and everything else.

An instance of a subclass of a built-in type counts as that type and is read by that type's own methods, whatever the
subclass overrides.
"""

from __future__ import annotations

from ..classes import dict_of, is_c, loaded, mro_of, name_of
from .failures import EvaluationError, Withheld

NULL, NUMBER, TEXT, LIST, DICT, SET, BYTES, OTHER, WITHHELD = range(9)

# Ints of more bits take time that grows faster than they do.
MOST_BITS = 4096
_MOST_DIGITS = 400
_MOST_KNOWN = 4096

_BUILT_IN = (
    (bool, NUMBER),
    (int, NUMBER),
    (float, NUMBER),
    (str, TEXT),
    (list, LIST),
    (tuple, LIST),
    (dict, DICT),
    (set, SET),
    (frozenset, SET),
    (bytes, BYTES),
    (bytearray, BYTES),
)


def _start():
    known = {id(cls): (cls, kind, cls) for cls, kind in _BUILT_IN}
    known[id(type(None))] = (type(None), NULL, None)
    known[id(Withheld)] = (Withheld, WITHHELD, None)
    return known


# id of a class: (class, kind, built-in type whose methods read it). The class is kept, so that its id stays its own.
_known = _start()


def known(cls):
    """`(class, kind, base)`. By identity: hashing a class can run its metaclass's code."""
    return _known.get(id(cls)) or _learn(cls)


def _learn(cls):
    global _known
    found = (cls, OTHER, None)
    for base in mro_of(cls):
        entry = _START.get(id(base))
        if entry is not None and entry[2] is not None:
            found = (cls, entry[1], base)
            break
        if base is loaded("collections", "deque") and is_c(base):
            found = (cls, LIST, base)
            break
    if len(_known) >= _MOST_KNOWN:
        _known = dict(_START)
    _known[id(cls)] = found
    return found


_START = _start()


def told(value):
    """What a message calls a value: its class, or why it is withheld."""
    if type(value) is Withheld:
        return "a withheld value (" + value.why + ")"
    return "None" if value is None else name_of(type(value))


def number(value, column):
    """An int of bounded size or a float, for arithmetic."""
    kind = type(value)
    if kind is float:
        return value
    if kind is not int:
        value = _other_number(value, kind)
        if value is None:
            return None
    if type(value) is int and value.bit_length() > MOST_BITS:
        raise EvaluationError("a number of more than %d bits" % MOST_BITS, column)
    return value


def _other_number(value, kind):
    """The number that something of another type is, or None."""
    entry = known(kind)
    if entry[1] == NUMBER:
        return float.__pos__(value) if entry[2] is float else int.__add__(value, 0)
    if kind is loaded("decimal", "Decimal") and is_c(kind):
        return _from_decimal(value, kind)
    return None


def comparable_number(value, kind):
    """As `number`, of any size: comparing does not take long."""
    return value if kind is int or kind is float else _other_number(value, kind)


def _from_decimal(value, cls):
    """The int or the nearest float; the program's decimal context is not touched. None: infinite or not a number."""
    if not cls.is_finite(value):
        return None
    if -_MOST_DIGITS <= cls.adjusted(value) <= _MOST_DIGITS:
        _sign, digits, exponent = cls.as_tuple(value)
        if len(digits) <= _MOST_DIGITS and exponent >= -_MOST_DIGITS:
            top, bottom = cls.as_integer_ratio(value)
            try:
                return top if bottom == 1 else top / bottom
            except OverflowError:
                return None
    return None


def text_of(value):
    """An exact str of a text."""
    return value if type(value) is str else str.__str__(value)


def field_names(value):
    """The names of the items of a named tuple, or None."""
    cls = type(value)
    if cls is tuple or cls is list:
        return None
    for base in mro_of(cls):
        if base is tuple:
            return None
        names = dict_of(base).get("_fields")
        if names is not None:
            return names if texts(names) and len(names) == tuple.__len__(value) else None
    return None


def texts(names):
    """Whether this is a tuple of nothing but exact texts, which can be searched."""
    return type(names) is tuple and all(type(name) is str for name in names)


def length(value):
    """How many items, or None."""
    base = known(type(value))[2]
    return None if base is None or base in _NUMBERS else base.__len__(value)


_NUMBERS = (bool, int, float)


def overrides(cls, name, plain=object):
    """Whether the class, or one it inherits from, has its own method of that name instead of `object`'s."""
    for base in mro_of(cls):
        if base is plain:
            return False
        if name in dict_of(base):
            return True
    return False
