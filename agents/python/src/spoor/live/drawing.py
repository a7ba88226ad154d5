"""How values stand in the message of a logpoint: texts as they are, everything else as Python writes it, short and
redacted. The twin of `drawValue` in protocol/src/values.ts, which draws pictures for people."""

from __future__ import annotations

from _json import make_scanner

from .failures import Withheld

_MOST = 256
_BRACKETS = {
    "list": ("[", "]"),
    "tuple": ("(", ")"),
    "set": ("{", "}"),
    "frozenset": ("frozenset({", "})"),
    "deque": ("deque([", "])"),
    "dict": ("{", "}"),
}
_NAMED = frozenset(
    ("function", "method", "class", "module", "generator", "coroutine", "async_generator", "code", "frame")
)


class _Plain:
    # What the module `json` asks its scanner for; a module of the program may have that name.
    strict = True
    object_hook = object_pairs_hook = array_hook = parse_constant = None
    parse_float = float
    parse_int = int


_read = make_scanner(_Plain())


def drawn(value, encoder) -> str:
    """At most 256 characters for any value."""
    kind = type(value)
    if kind is Withheld:
        return "[redacted:" + value.why + "]"
    if kind is str:
        text = encoder.redactor.text(value, _MOST)
        return clipped(text if len(value) <= _MOST else text + "…", _MOST + 1)
    return clipped(_draw(_read(encoder.value(value), 0)[0]), _MOST)


def clipped(text, most):
    return text if len(text) <= most else text[: most - 1] + "…"


def _draw(picture):
    if picture is None or picture is True or picture is False:
        return str(picture)
    kind = type(picture)
    if kind is str:
        return _quoted(picture)
    if kind is list:
        return "[" + ", ".join(map(_draw, picture)) + "]"
    if kind is dict:
        if type(picture.get("$")) is str:
            return _marked(picture["$"], picture)
        return "{" + ", ".join([_entry(name, held) for name, held in picture.items()]) + "}"
    return repr(picture)


def _escaped(text):
    return "".join([char if char == " " or (char.isprintable() and char != "\\") else _escape(char) for char in text])


def _escape(char):
    return {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char) or "\\u%04x" % ord(char)


def _quoted(text):
    return "'" + _escaped(text).replace("'", "\\'") + "'"


def _key(name):
    return _escaped(name[1:] if name[:2] == "$$" else name)


def _entry(name, held):
    return _cut(held) if name == "$cut" else "'" + _key(name).replace("'", "\\'") + "': " + _draw(held)


def _cut(mark):
    more = mark.get("more") if type(mark) is dict else None
    return "…" if type(more) is not int else "… %d more" % more


def _fields(picture):
    shown = []
    for name, held in picture.items():
        if name == "$cut":
            shown.append(_cut(held))
        elif name == "$value":
            shown.append(_draw(held))
        elif name not in ("$", "$id"):
            shown.append(_key(name) + "=" + _draw(held))
    return shown


def _word(held):
    return _escaped(held) if type(held) is str else _draw(held)


def _items(kind, picture):
    start, end = _BRACKETS[kind]
    entries = picture.get("entries")
    held = picture.get("items", entries)
    size = picture.get("len")
    if held is None:
        return start + ("…" if size is None else "… %d items" % size) + end
    shown = [_draw(item) if entries is None else ": ".join(map(_draw, item)) for item in held]
    if size is not None:
        shown.append("… %d more" % (size - len(held)))
    return start + ", ".join(shown) + ("," if kind == "tuple" and len(shown) == 1 else "") + end


def _marked(kind, picture):
    get = picture.get
    if kind in _BRACKETS:
        return _items(kind, picture)
    if kind == "str":
        return "%s…' (%s characters)" % (_quoted(get("head", get("escaped", "")))[:-1], get("len"))
    if kind in ("bytes", "bytearray"):
        return "<%s, %s bytes: %s>" % (kind, get("len"), get("hex")) if "hex" in picture else "b" + _draw(get("text"))
    if kind == "int":
        if "digits" in picture:
            return get("digits")
        return "%s0x%s… (%s bits)" % ("-" if get("negative") else "", get("head"), get("bits"))
    if kind == "float":
        return get("value")
    if kind == "complex":
        imag = _word(get("imag"))
        return "(%s%s%sj)" % (_word(get("real")), "" if imag[:1] == "-" else "+", imag)
    if kind in ("datetime", "date", "time"):
        return _word(get("iso"))
    if kind == "decimal":
        return "Decimal(%s)" % _word(get("digits"))
    if kind in ("uuid", "path"):
        return _word(get("text"))
    if kind == "enum":
        return _word(get("type")) + "." + _word(get("name"))
    if kind == "redacted":
        return "[redacted:" + _word(get("why")) + "]"
    if kind == "cut":
        return "…"
    if kind == "cycle":
        return "<cycle>"
    if kind == "unreadable":
        return "<unreadable: " + _word(get("why")) + ">"
    if kind == "exception":
        args = get("args")
        return _word(get("type")) + "(" + (", ".join(map(_draw, args)) if type(args) is list else "…") + ")"
    if kind == "ndarray":
        return "ndarray(shape=%s, dtype=%s)" % (_draw(get("shape")), _word(get("dtype")))
    if kind in _NAMED:
        return "<%s %s>" % (kind, _word(get("name")))
    shown = _fields(picture)
    return _escaped(kind) + "(" + ("…" if not shown and "$id" in picture else ", ".join(shown)) + ")"
