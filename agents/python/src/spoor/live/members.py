"""Reads `user.id` as a condition may: fields of an instance, slots, plain values of its class, attributes of a module,
items of a dict. What would run code of the program, such as a property or `__getattr__`, is an error that says so.

What was learned of a class holds while none of its classes gets or loses a name and what it has under this name stays:
the next object of it costs a fraction of the first.
"""

from __future__ import annotations

import sys

from ..builtin_types import FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType, ModuleType
from ..classes import dict_of, is_c, loaded, mro_of
from ..fields import Reader, is_plain_default
from .comparing import guarded, is_missing, item_of, withheld
from .failures import EvaluationError, Withheld
from .plain_kinds import DICT, LIST, TEXT, field_names, known, length, texts, told

_read = object.__getattribute__
_module_dict = ModuleType.__dict__["__dict__"].__get__
_missing = object()
# What is written in C and reads memory, nothing else.
_READABLE = (("datetime", "datetime"), ("datetime", "date"), ("datetime", "time"), ("datetime", "timedelta"))
_MOST_MEMBERS = 10000
_NEVER = (None, None, (), None, None, None)


def member(of, name, column, redactor, budget):
    """A function of the look-up that reads the member `name` of what `of` gives."""
    learned = _NEVER
    rule = redactor.rule(name)

    def run(look):
        nonlocal learned
        value = of(look)
        cls, mro, guards, body, found, read = learned
        if type(value) is cls and mro_of(cls) is mro and (body is None or body.get(name) is found):
            for guard, size in guards:
                if len(guard) != size:
                    break
            else:
                return read(value) if rule is None else guarded(redactor, name, read(value))
        fresh = _learn(type(value), name, column, redactor, budget)
        learned = fresh
        return guarded(redactor, name, fresh[5](value))

    return run


def _learn(cls, name, column, redactor, budget):
    """`(class, its mro, guards, class dict that has the name, what it has there, how it is read)`."""
    mro = mro_of(cls)
    for base in mro:
        if base is type:
            return cls, mro, (), None, None, lambda value: _of_class(value, name, column)
        if base is ModuleType:
            return cls, mro, (), None, None, lambda value: _of_module(value, name, column)
    guards = tuple([(dict_of(base), len(dict_of(base))) for base in mro[:-1]])
    owner = None
    for base in mro:
        if name in dict_of(base):
            owner = base
            break
    body = None if owner is None else dict_of(owner)
    found = None if body is None else body[name]
    return cls, mro, guards, body, found, _reader(cls, mro, owner, found, name, column, (redactor, budget))


def _reader(cls, mro, owner, found, name, column, looking):
    def fail(says):
        return lambda value: _fail(says, value, name, column)

    if cls is Withheld:

        def read_withheld(value):
            raise withheld(value, column)

        return read_withheld
    if cls is type(None):
        return fail("None has no '%(name)s'")
    for base in mro[:-1]:
        if "__getattribute__" in dict_of(base) and not _reads_plainly(base, mro):
            return fail("reading a field of %(told)s runs its own code (__getattribute__)")
    if owner is None:
        return _own(cls, mro, name, column, looking, None)
    if _is_tuple_with(mro, name):
        return lambda value: _of_named_tuple(value, name, column)
    enum = loaded("enum", "Enum")
    if enum is not None and owner is enum and name in ("name", "value"):
        return lambda value: _read(value, "_" + name + "_")
    kind = type(found)
    if kind is MemberDescriptorType:
        return lambda value: _of_slot(value, found, name, column)
    if kind is GetSetDescriptorType:
        if any(found.__objclass__ is loaded(*place) for place in _READABLE) or found is _ARGS:
            return found.__get__
        return fail("'%(name)s' of %(told)s is computed")
    if kind is FunctionType or is_plain_default(found):
        return _own(cls, mro, name, column, looking, found)
    if kind is property or any("__set__" in dict_of(base) or "__delete__" in dict_of(base) for base in mro_of(kind)):
        return fail("'%(name)s' of %(told)s is a property: reading it runs code")
    reader = Reader(cls)

    def read_beside(value):
        # Such as a cached_property: a field of the object goes before it.
        for field, held in reader.read(value)[1]:
            if type(field) is str and field == name:
                return held
        return _fail("'%(name)s' of %(told)s is computed by its class, and was not yet", value, name, column)

    return read_beside


_ARGS = BaseException.__dict__["args"]
_Namespace = type(sys.implementation)


def _reads_plainly(base, mro):
    """Whether a class with a `__getattribute__` is one of C that reads as `object` does."""
    if not is_c(base):
        return False
    if known(base)[2] is base or base is _Namespace or _inherits(mro, BaseException):
        return True
    return any(base is loaded(*place) for place in (*_READABLE, ("decimal", "Decimal")))


def _inherits(mro, cls):
    # `in` would ask the metaclass whether two classes are equal.
    return any(base is cls for base in mro)


def _own(cls, mro, name, column, looking, default):
    """Reads a field of the object, or the plain value that its class has."""
    sort = known(cls)[1]
    asks = any("__getattr__" in dict_of(base) for base in mro)

    def read(value):
        try:
            held = _read(value, name)
        except AttributeError:
            if sort == DICT:
                redactor, budget = looking
                item = item_of(value, name, [budget], column, redactor)
                if not is_missing(item):
                    return item
            elif name == "length" and (sort in (TEXT, LIST)):
                return length(value)
            if asks:
                return _fail("'%(name)s' is no field of %(told)s, which would run its __getattr__", value, name, column)
            return _fail("%(told)s has no '%(name)s'", value, name, column)
        if type(held) is MethodType and held.__func__ is default:
            return _fail("'%(name)s' of %(told)s is a method, and nothing is called", value, name, column)
        return held

    return read


def _fail(says, value, name, column):
    raise EvaluationError(says % {"told": told(value), "name": name}, column)


def _of_slot(value, slot, name, column):
    try:
        return slot.__get__(value)
    except (AttributeError, TypeError):
        raise EvaluationError("%s has no '%s' now" % (told(value), name), column) from None


def _is_tuple_with(mro, name):
    for base in mro:
        if base is tuple:
            return True
        names = dict_of(base).get("_fields")
        if names is not None:
            return texts(names) and name in names and _inherits(mro, tuple)
    return False


def _of_named_tuple(value, name, column):
    names = field_names(value)
    if names is None or name not in names:
        return _fail("%(told)s has no '%(name)s'", value, name, column)
    return tuple.__getitem__(value, names.index(name))


def _of_module(value, name, column):
    held = _module_dict(value).get(name, _missing)
    return _fail("this module has no '%(name)s'", value, name, column) if held is _missing else held


def _of_class(value, name, column):
    """A plain value that a class has. Its metaclass may have the last word."""
    for base in mro_of(type(value)):
        body = dict_of(base)
        if base is type:
            break
        if name in body and not is_plain_default(body[name]):
            return _fail("'%(name)s' of this class is computed by its metaclass", value, name, column)
    for base in mro_of(value):
        body = dict_of(base)
        members = body.get("_member_map_")
        if type(members) is dict:
            # Members of an enum, which some versions keep beside the class's attributes.
            held = item_of(members, name, [_MOST_MEMBERS], column, None)
            if not is_missing(held):
                return held
        held = body.get(name, _missing)
        if held is not _missing:
            if type(held) is FunctionType or is_plain_default(held):
                return held
            return _fail("'%(name)s' of this class is computed", value, name, column)
    return _fail("this class has no '%(name)s'", value, name, column)
