"""Writes the built-in containers and texts of bytes. Only exact built-in methods, called unbound, touch them."""

from __future__ import annotations

from types import (
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

from . import code_kinds

_MAX_INT = 9007199254740991
_MAX_FLOAT = 1.7976931348623157e308
_SHORT = 64
_CYCLE = '{"$":"cycle"}'


def items_text(enc, items, depth, left, path):
    """The text of items between brackets, comma first, and how many were written before the budget ended."""
    out = ""
    strings = enc.strings
    count = 0
    for value in items:
        if left <= 0:
            break
        kind = type(value)
        if kind is int:
            item = f"{value}" if -_MAX_INT <= value <= _MAX_INT else enc.any(value, depth, left, path)
        elif kind is str:
            item = strings.get(value) if len(value) <= _SHORT else None
            if item is None:
                item = enc.string(value)
        elif value is None:
            item = "null"
        elif kind is bool:
            item = "true" if value else "false"
        elif kind is float and -_MAX_FLOAT <= value <= _MAX_FLOAT:
            item = repr(value)
        else:
            item = enc.any(value, depth, left, path)
        left -= len(item) + 1
        out += ","
        out += item
        count += 1
    return out[1:], count


def sequence_text(enc, name, value, length, items, depth, left, path):
    """A list, tuple, set or the like: `items` gives at most as many items as are shown."""
    if not length:
        return "[]" if name == "list" else '{"$":"%s","items":[]}' % name
    if depth <= 0:
        return '{"$":"%s","len":%d}' % (name, length)
    if id(value) in path:
        return _CYCLE
    text, count = items_text(enc, items, depth - 1, left, (*path, id(value)))
    if count == length:
        return "[" + text + "]" if name == "list" else '{"$":"%s","items":[%s]}' % (name, text)
    if count < length and count < enc.items:
        return '{"$":"%s","len":%d,"items":[%s],"why":"bytes"}' % (name, length, text)
    return '{"$":"%s","len":%d,"items":[%s]}' % (name, length, text)


def list_text(enc, value, depth, left, path, own=False):
    length = len(value)
    if depth <= 0 and length:
        return f'{{"$":"list","len":{length}}}'
    if 0 < length <= enc.items:
        if type(value[0]) is int:
            # A copy, because another thread could put anything into the list before `repr` reads it.
            items = value[:]
            if len([1 for item in items if type(item) is int and -_MAX_INT <= item <= _MAX_INT]) == len(items):
                out = repr(items).replace(" ", "")
                if len(out) <= left:
                    return out
        # Numbers, texts and the like need no budget as long as all of them fit in it: nothing is cut between them.
        strings = enc.strings
        out = ""
        for item in value:
            kind = type(item)
            if kind is int and -_MAX_INT <= item <= _MAX_INT:
                out += f",{item}"
            elif kind is str and len(item) <= _SHORT and item in strings:
                out += ","
                out += strings[item]
            else:
                break
        else:
            if 0 < len(out) <= left:
                return f"[{out[1:]}]"
    return sequence_text(enc, "list", value, length, value[: enc.items], depth, left, path)


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
    length = len(value)
    if depth <= 0 and length:
        return f'{{"$":"dict","len":{length}}}'
    if 0 < length <= enc.items:
        # As in list_text: plain keys and scalars first, everything else by the budget.
        keys = enc.keys
        strings = enc.strings
        out = ""
        for name, item in value.items():
            if type(name) is not str or name not in keys:
                break
            kind = type(item)
            if kind is int and -_MAX_INT <= item <= _MAX_INT:
                out += f"{keys[name]}{item}"
            elif kind is str and len(item) <= _SHORT and item in strings:
                out += keys[name]
                out += strings[item]
            elif item is None:
                out += f"{keys[name]}null"
            elif kind is bool:
                out += keys[name] + ("true" if item else "false")
            elif kind is float and -_MAX_FLOAT <= item <= _MAX_FLOAT:
                out += f"{keys[name]}{item!r}"
            else:
                break
        else:
            if len(out) <= left:
                return f"{{{out[1:]}}}"
    return mapping_text(enc, value, length, value.items(), depth, left, path)


def mapping_text(enc, value, length, items, depth, left, path):
    """A dict: a plain object while every key is a plain text, else a list of entries."""
    if not length:
        return "{}"
    if depth <= 0:
        return '{"$":"dict","len":%d}' % length
    if id(value) in path:
        return _CYCLE
    inner = (*path, id(value))
    depth -= 1
    most = enc.items
    keys = enc.keys
    strings = enc.strings
    budget = left
    out = ""
    count = 0
    for name, item in items:
        if count >= most:
            return "{" + out[1:] + ',"$cut":{"why":"items","more":%d}}' % (length - count)
        if left <= 0:
            return "{" + out[1:] + ',"$cut":{"why":"bytes","more":%d}}' % (length - count)
        if type(name) is not str:
            return entries_text(enc, length, value, depth, budget, inner)
        key = keys.get(name)
        if key is None:
            key = enc.plain_key(name)
            if key is None:
                return entries_text(enc, length, value, depth, budget, inner)
            text = enc.named(name, item, depth, left, inner)
        else:
            kind = type(item)
            if kind is int and -_MAX_INT <= item <= _MAX_INT:
                text = f"{item}"
            elif kind is str:
                text = strings.get(item) if len(item) <= _SHORT else None
                if text is None:
                    text = enc.string(item)
            elif item is None:
                text = "null"
            else:
                text = enc.any(item, depth, left, inner)
        left -= len(key) + len(text)
        out += key
        out += text
        count += 1
    return "{" + out[1:] + "}"


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
