"""Finds out, once for each class, how its instances are written: a known type, a subclass of one, or by its fields."""

from __future__ import annotations

from . import code_kinds, containers, exception_values, special_types
from .classes import dict_of, is_c, loaded, mro_of, shown_name
from .fields import Reader, is_complete
from .text import quote as _quote

# How the value of an instance of a subclass of a built-in type is read: an exact value of that type, by its own method.
_BASES = {
    id(int): lambda enc, value: int.__add__(value, 0),
    id(float): lambda enc, value: float.__pos__(value),
    id(str): lambda enc, value: str.__str__(value),
    id(complex): lambda enc, value: complex.__pos__(value),
}
# Of an instance that is not opened because the function it was given to is called often.
_HOT_END = ',"$cut":{"why":"hot"}}'


def find_kind(enc, cls):
    """A function that writes instances of `cls`: `write(encoder, value, depth, left, path, own)`."""
    mro = mro_of(cls)
    for base in mro:
        if base is type:
            return code_kinds.class_text
        if base is BaseException:
            return exception_values.value_text
    for base in mro:
        if base is tuple:
            names = _named_fields(mro)
            if names is not None:
                return _named_tuple(shown_name(cls), names)
    enum = loaded("enum", "Enum")
    if enum is not None:
        for base in mro:
            if base is enum:
                return special_types.enum_member(shown_name(cls), Reader(cls))
    special = built_in = None
    for base in mro:
        found = special_types.find(base)
        if found is not None:
            if base is cls or is_c(cls):
                return found
            special = found
            break
        found = _base_part(base)
        if found is not None:
            special = found
            built_in = base
            break
    write = _instance(enc, cls, special)
    # For the native core, which writes the part of these itself.
    write.based = (write.head, built_in.__name__) if any(built_in is base for base in (dict, list, tuple)) else None
    return write


def _named_fields(mro):
    """The field names of a named tuple, or None. A class may claim anything: they are checked against each instance."""
    for base in mro:
        names = dict_of(base).get("_fields")
        if names is not None:
            if type(names) is not tuple:
                return None
            for name in names:
                if type(name) is not str:
                    return None
            return names
    return None


def _named_tuple(name, names):
    head = '{"$":' + _quote(name)

    def write(enc, value, depth, left, path, own=False):
        length = tuple.__len__(value)
        if length != len(names):
            return containers.sequence_text(
                enc, "tuple", value, length, tuple.__getitem__(value, slice(0, enc.items)), depth, left, path
            )
        if depth <= 0:
            return head + ("}" if depth > containers.HOT else _HOT_END)
        if id(value) in path:
            return '{"$":"cycle"}'
        pairs = zip(names, tuple.__iter__(value))
        return head + fields_text(enc, length, pairs, depth - 1, left, (*path, id(value))) + "}"

    # For the native core, which writes these itself.
    write.named = head, names
    return write


def _base_part(base):
    """How the built-in part of a subclass instance is written, or None."""
    if base is int or base is float or base is str or base is complex:
        exact = _BASES[id(base)]
        return lambda enc, value, depth, left, path, own=False: enc.any(exact(enc, value), depth, left, path)
    if base is dict:
        return containers.dict_text
    if base is list:
        return lambda enc, value, depth, left, path, own=False: containers.sequence_text(
            enc, "list", value, list.__len__(value), list.__getitem__(value, slice(0, enc.items)), depth, left, path
        )
    if base is tuple:
        return lambda enc, value, depth, left, path, own=False: containers.sequence_text(
            enc, "tuple", value, tuple.__len__(value), tuple.__getitem__(value, slice(0, enc.items)), depth, left, path
        )
    if base is set or base is frozenset:
        name = "set" if base is set else "frozenset"
        return lambda enc, value, depth, left, path, own=False: containers.sequence_text(
            enc, name, value, base.__len__(value), containers.first(base.__iter__(value), enc.items), depth, left, path
        )
    if base is bytes or base is bytearray:
        name = "bytes" if base is bytes else "bytearray"
        return lambda enc, value, depth, left, path, own=False: containers.octets_text(
            enc, name, base.__len__(value), bytes(base.__getitem__(value, slice(0, enc.length + 1024)))
        )
    return None


def _instance(enc, cls, special):
    """An instance by its fields, with the part that a built-in base keeps under `$value`."""
    head = '{"$":' + _quote(shown_name(cls))
    complete = is_complete(cls)
    most = enc.fields
    # Made when it is needed, since the native core reads most instances itself.
    reader = None

    def write(enc, value, depth, left, path, own=False):
        nonlocal reader
        if reader is None:
            reader = Reader(cls, enc.label)
        if special is None:
            if depth <= 0:
                return f'{head},"$id":"{id(value):x}"' + ("}" if depth > containers.HOT else _HOT_END)
            if path and id(value) in path:
                return '{"$":"cycle"}'
            # Where the objects in it would be closed, a list of their identities tells less than it costs.
            own = own or depth == 1
            found = reader.fit(value)
            if found is not None:
                labels, names, values = found
                out = f'{head},"$id":"{id(value):x}"' if own else head
                if labels is None or len(labels) > most:
                    inner = (*path, id(value))
                    return out + fields_text(enc, len(names), zip(names, values), depth - 1, left, inner, own) + "}"
                limit = len(out) + left
                strings = enc.strings
                left_out = 0
                inner = None
                for key, item in zip(labels, values):
                    if len(out) >= limit:
                        return f'{out},"$cut":{{"why":"bytes","more":{left_out + _more(labels, key)}}}}}'
                    kind = type(item)
                    if kind is str:
                        text = strings.get(item) if len(item) <= 64 else None
                        out += key
                        out += (enc.brief(item) if own else enc.string(item)) if text is None else text
                    elif kind is int and -9007199254740991 <= item <= 9007199254740991:
                        out += f"{key}{item}"
                    elif item is None:
                        out += key
                        out += "null"
                    elif kind is bool:
                        out += key
                        out += "true" if item else "false"
                    elif kind is float and -1.7976931348623157e308 <= item <= 1.7976931348623157e308:
                        out += key
                        out += repr(item)
                    elif own and enc.is_instance(kind):
                        left_out += 1
                    else:
                        if inner is None:
                            inner = (*path, id(value))
                        out += key + enc.other(kind, item, depth - 1, limit - len(out), inner)
                return f'{out},"$cut":{{"why":"depth","more":{left_out}}}}}' if left_out else f"{out}}}"
        elif id(value) in path:
            return '{"$":"cycle"}'
        out = head
        if own:
            out += ',"$id":"%x"' % id(value)
        inner = (*path, id(value))
        if special is not None:
            part = special(enc, value, 0 if own else depth, left, path)
            left -= len(part) + 10
            out += ',"$value":' + part
            if depth <= 0:
                return out + "}"
        count, pairs = reader.read(value)
        if count:
            return out + fields_text(enc, count, pairs, depth - 1, left, inner, own) + "}"
        if special is None and not reader.complete and not own:
            out += ',"$id":"%x"' % id(value)
        return out + "}"

    # A picture of an object's own fields leaves these out.
    write.instance = special is None
    # The native core writes those that are nothing but fields itself, and begins them with this text.
    write.plain = head if special is None and complete else None
    write.closed = head if special is None and not complete else None
    write.head = head
    return write


def _more(labels, key):
    """How many labels there are from this very one on: long names can be cut to the same text."""
    for place, label in enumerate(labels):
        if label is key:
            return len(labels) - place
    return 0


def fields_text(enc, count, pairs, depth, left, path, own=False):
    """`,"name":value` for each field, or a mark where the limit or the budget ended them. `own`: without those that
    hold other objects, of which nothing but class and identity would be shown."""
    out = ""
    keys = enc.keys
    strings = enc.strings
    most = enc.fields
    done = 0
    why = "names"
    for name, value in pairs:
        if done >= most:
            return out + ',"$cut":{"why":"fields","more":%d}' % (count - done)
        if len(out) >= left:
            return out + ',"$cut":{"why":"bytes","more":%d}' % (count - done)
        if type(name) is not str:
            continue
        key = keys.get(name)
        kind = type(value)
        if own and enc.is_instance(kind) and (key is not None or not enc.is_withheld(name, value)):
            why = "depth"
            continue
        done += 1
        if key is None:
            if own and kind is str and not enc.is_withheld(name, value):
                out += enc.field_key(name) + enc.brief(value)
            else:
                out += enc.field_key(name) + enc.named(name, value, depth, left - len(out), path)
            continue
        if kind is str:
            text = strings.get(value) if len(value) <= 64 else None
            out += key
            out += (enc.brief(value) if own else enc.string(value)) if text is None else text
        elif kind is int and -9007199254740991 <= value <= 9007199254740991:
            out += f"{key}{value}"
        elif value is None:
            out += key + "null"
        elif kind is bool:
            out += key + ("true" if value else "false")
        elif kind is float:
            out += key + enc.any(value, 0, 0, ())
        else:
            out += key + enc.other(kind, value, depth, left - len(out), path)
    if done < count:
        # If none was left out, nothing said what these fields are called, or their names are no texts.
        out += ',"$cut":{"why":"%s","more":%d}' % (why, count - done)
    return out
