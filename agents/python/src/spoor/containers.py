"""Writes the built-in containers and texts of bytes. Only exact built-in methods, called unbound, touch them."""

from __future__ import annotations

from . import code_kinds
from .builtin_types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MappingProxyType,
    MethodType,
    ModuleType,
    TracebackType,
)

_MAX_INT = 9007199254740991
_MAX_FLOAT = 1.7976931348623157e308
_SHORT = 64
_CYCLE = '{"$":"cycle"}'
# The depth of values that are not opened because the function they are of is called often, and any below it.
HOT = -(1 << 30)


def items_text(enc, items, depth, left, path):
    """The text of items between brackets, comma first, and how many were written before the budget ended."""
    out = ""
    strings = enc.strings
    count = 0
    for value in items:
        if len(out) >= left:
            break
        count += 1
        kind = type(value)
        if kind is str:
            item = strings.get(value) if len(value) <= _SHORT else None
            out += ","
            out += enc.string(value) if item is None else item
        elif kind is int and -_MAX_INT <= value <= _MAX_INT:
            out += f",{value}"
        elif value is None:
            out += ",null"
        elif kind is bool:
            out += ",true" if value else ",false"
        elif kind is float and -_MAX_FLOAT <= value <= _MAX_FLOAT:
            out += ","
            out += repr(value)
        else:
            out += "," + enc.other(kind, value, depth, left - len(out), path)
    return out[1:], count


def sequence_text(enc, name, value, length, items, depth, left, path):
    """A list, tuple, set or the like: `items` gives at most as many items as are shown."""
    if not length:
        return "[]" if name == "list" else '{"$":"%s","items":[]}' % name
    if depth <= 0:
        return ('{"$":"%s","len":%d}' if depth > HOT else '{"$":"%s","len":%d,"why":"hot"}') % (name, length)
    if id(value) in path:
        return _CYCLE
    text, count = items_text(enc, items, depth - 1, left, (*path, id(value)))
    if count == length:
        return "[" + text + "]" if name == "list" else '{"$":"%s","items":[%s]}' % (name, text)
    if count < length and count < enc.items:
        return '{"$":"%s","len":%d,"items":[%s],"why":"bytes"}' % (name, length, text)
    return '{"$":"%s","len":%d,"items":[%s]}' % (name, length, text)


def list_text(enc, value, depth, left, path, own=False):
    # A copy, because another thread could put anything into the list before `repr` reads it.
    items = value[: enc.items]
    if depth > 0 and items and type(items[0]) is int and len(items) == len(value):
        if len([1 for item in items if type(item) is int and -_MAX_INT <= item <= _MAX_INT]) == len(items):
            out = repr(items).replace(" ", "")
            if len(out) <= left:
                return out
    elif depth > 0 and items and type(items[0]) is str and len(items) == len(value):
        # Only texts that were met before: no look at the budget until the end, and all again if it was not enough.
        texts = [enc.strings.get(item) if type(item) is str else None for item in items]
        if None not in texts:
            out = ",".join(texts)
            if len(out) < left:
                return f"[{out}]"
    return sequence_text(enc, "list", value, len(value), items, depth, left, path)


def tuple_text(enc, value, depth, left, path, own=False):
    return sequence_text(enc, "tuple", value, len(value), value[: enc.items], depth, left, path)


def set_text(enc, value, depth, left, path, own=False):
    return sequence_text(enc, "set", value, len(value), first(value, enc.items), depth, left, path)


def frozenset_text(enc, value, depth, left, path, own=False):
    return sequence_text(enc, "frozenset", value, len(value), first(value, enc.items), depth, left, path)


def first(items, most):
    """The first items of anything with a built-in iterator."""
    found = []
    for item in items:
        if len(found) >= most:
            break
        found.append(item)
    return found


def dict_text(enc, value, depth, left, path, own=False):
    """A dict: a plain object while every key is a plain text, else a list of entries. `value` may be of a subclass."""
    length = len(value) if type(value) is dict else dict.__len__(value)
    if not length:
        return "{}"
    if depth <= 0:
        return f'{{"$":"dict","len":{length}}}' if depth > HOT else f'{{"$":"dict","len":{length},"why":"hot"}}'
    if path and id(value) in path:
        return _CYCLE
    most = enc.items
    items = dict.items(value) if length <= most else first(dict.items(value), most)
    keys = enc.keys
    strings = enc.strings
    inner = None
    out = ""
    for name, item in items:
        if len(out) >= left:
            return "{" + (out + ',"$cut":{"why":"bytes","more":%d}}' % (length - _place(name, items)))[1:]
        key = keys.get(name) if type(name) is str else None
        if key is None:
            inner = (*path, id(value))
            key = enc.plain_key(name) if type(name) is str else None
            if key is None:
                return entries_text(enc, length, value, depth - 1, left, inner)
            out += key + enc.named(name, item, depth - 1, left - len(out), inner)
            continue
        kind = type(item)
        if kind is str:
            text = strings.get(item) if len(item) <= _SHORT else None
            out += key
            out += enc.string(item) if text is None else text
        elif kind is int and -_MAX_INT <= item <= _MAX_INT:
            out += f"{key}{item}"
        elif item is None:
            out += key
            out += "null"
        elif kind is bool:
            out += key
            out += "true" if item else "false"
        elif kind is float and -_MAX_FLOAT <= item <= _MAX_FLOAT:
            out += key
            out += repr(item)
        else:
            if inner is None:
                inner = (*path, id(value))
            out += key + enc.other(kind, item, depth - 1, left - len(out), inner)
    if length > most:
        return "{" + (out + ',"$cut":{"why":"items","more":%d}}' % (length - most))[1:]
    return f"{{{out[1:]}}}"


def _place(name, items):
    """How many items come before the one with this very key."""
    count = 0
    for key, _item in items:
        if key is name:
            break
        count += 1
    return count


def entries_text(enc, length, value, depth, left, path):
    out = ""
    count = 0
    for name, item in dict.items(value):
        if count >= enc.items or left <= 0:
            break
        key = enc.any(name, depth, left, path)
        text = enc.named(name, item, depth, left, path) if type(name) is str else enc.any(item, depth, left, path)
        entry = ",[" + key + "," + text + "]"
        left -= len(entry)
        out += entry
        count += 1
    cut = "" if count == length else ',"len":%d' % length
    why = ',"why":"bytes"' if count < length and count < enc.items else ""
    return '{"$":"dict"%s,"entries":[%s]%s}' % (cut, out[1:], why)


def bytes_text(enc, value, depth, left, path, own=False):
    return octets_text(enc, "bytes", bytes.__len__(value), bytes(value[: enc.length + 1024]))


def bytearray_text(enc, value, depth, left, path, own=False):
    return octets_text(enc, "bytearray", len(value), bytes(value[: enc.length + 1024]))


def octets_text(enc, name, length, head):
    """Bytes as text where they are printable ASCII, else in hexadecimal. `head` reaches beyond what is shown, so that
    a secret is found whole; one is looked for in binary data too."""
    limit = enc.length
    text = head.decode("latin-1")
    clean = text if enc.suspects(text) is None else enc.redactor.text(text, limit)
    printable = text[:limit].translate(_PRINTABLE) == ""
    if printable or (clean is not text and clean[:limit] != text[:limit]):
        return '{"$":"%s","len":%d,"text":%s}' % (name, length, enc.quoted(clean[:limit] if clean is text else clean))
    return '{"$":"%s","len":%d,"hex":"%s"}' % (name, length, head[: limit // 2].hex())


_PRINTABLE = dict.fromkeys((9, 10, 13, *range(32, 127)))


def memoryview_text(enc, value, depth, left, path, own=False):
    return '{"$":"memoryview","len":%d}' % value.nbytes


def complex_text(enc, value, depth, left, path, own=False):
    return '{"$":"complex","real":%s,"imag":%s}' % (
        enc.any(value.real, 0, left, path),
        enc.any(value.imag, 0, left, path),
    )


def range_text(enc, value, depth, left, path, own=False):
    parts = [enc.any(part, 0, left, path) for part in (value.start, value.stop, value.step)]
    return '{"$":"range","start":%s,"stop":%s,"step":%s}' % tuple(parts)


def slice_text(enc, value, depth, left, path, own=False):
    inner = (*path, id(value))
    parts = [enc.any(part, depth - 1, left, inner) for part in (value.start, value.stop, value.step)]
    return '{"$":"slice","start":%s,"stop":%s,"step":%s}' % tuple(parts)


def int_text(enc, value, depth, left, path, own=False):
    return enc.any(value, depth, left, path)


def word(text):
    """A kind that has nothing to tell but its name."""

    def write(enc, value, depth, left, path, own=False):
        return text

    return write


_KINDS = (
    (list, list_text),
    (dict, dict_text),
    (tuple, tuple_text),
    (set, set_text),
    (frozenset, frozenset_text),
    (bytes, bytes_text),
    (bytearray, bytearray_text),
    (memoryview, memoryview_text),
    (complex, complex_text),
    (range, range_text),
    (slice, slice_text),
    (type(Ellipsis), word('{"$":"ellipsis"}')),
    (type(NotImplemented), word('{"$":"notimplemented"}')),
    (int, int_text),
    (str, int_text),
    (float, int_text),
    (bool, int_text),
    (type(None), int_text),
    (FunctionType, code_kinds.function_text),
    (BuiltinFunctionType, code_kinds.builtin_text),
    (MethodType, code_kinds.method_text),
    (ModuleType, code_kinds.module_text),
    (type, code_kinds.class_text),
    (GeneratorType, code_kinds.generator_text),
    (CoroutineType, code_kinds.coroutine_text),
    (AsyncGeneratorType, code_kinds.async_generator_text),
    (CodeType, code_kinds.code_text),
    (FrameType, code_kinds.frame_text),
    (TracebackType, code_kinds.traceback_text),
    (MappingProxyType, code_kinds.proxy_text),
    (type({}.keys()), code_kinds.view_text("dict_keys")),
    (type({}.values()), code_kinds.view_text("dict_values")),
    (type({}.items()), code_kinds.view_text("dict_items")),
)


def builtin_kinds():
    """A new table from the identity of an exact built-in class to (class, how it is written)."""
    return {id(cls): (cls, write) for cls, write in _KINDS}
