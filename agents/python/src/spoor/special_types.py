"""Writes the types of the standard library and of numpy that say more than their fields: times, numbers, paths.

They are known by being C classes of that name, which no Python code can make, or by being the very class that the
program's own import left in `sys.modules`. Nothing is imported here.
"""

from __future__ import annotations

from .classes import dict_of, is_c, loaded, module_of, mro_of, name_of
from .containers import first, sequence_text
from .text import quote as _quote


def _getters(cls, names):
    body = dict_of(cls)
    return [body[name].__get__ for name in names]


def enum_member(name, reader):
    head = '{"$":"enum","type":' + _quote(name)

    def write(enc, value, depth, left, path, own=False):
        found = {}
        for field, item in reader.read(value)[1]:
            if type(field) is str and (field == "_name_" or field == "_value_"):
                found[field] = item
        out = head
        if type(found.get("_name_")) is str:
            out += ',"name":' + enc.quote(found["_name_"])
        if "_value_" in found:
            out += ',"value":' + enc.any(found["_value_"], depth - 1, left, (*path, id(value)))
        return out + "}"

    write.enum = head
    return write


def _offset(zone):
    """`+02:00` of an exact datetime.timezone, the key of a zone of zoneinfo, or the name of its class."""
    cls = type(zone)
    if is_c(cls) and module_of(cls) == "datetime" and name_of(cls) == "timezone":
        return dict_of(cls)["__str__"](zone)[3:] or "Z"
    if is_c(cls) and name_of(cls) == "ZoneInfo":
        key = dict_of(cls)["key"].__get__(zone)
        if type(key) is str:
            return " " + key
    return " " + name_of(cls)


def _date(cls):
    getters = _getters(cls, ("year", "month", "day"))

    def write(enc, value, depth, left, path, own=False):
        return '{"$":"date","iso":"%04d-%02d-%02d"}' % tuple([get(value) for get in getters])

    return write


def _clock(getters, zone_of, value):
    hour, minute, second, micro = [get(value) for get in getters]
    text = "%02d:%02d:%02d" % (hour, minute, second)
    if micro:
        text += ".%06d" % micro
    zone = zone_of(value)
    return text if zone is None else text + _offset(zone)


def _datetime(cls):
    date = _getters(mro_of(cls)[1], ("year", "month", "day"))
    clock = _getters(cls, ("hour", "minute", "second", "microsecond"))
    zone_of = dict_of(cls)["tzinfo"].__get__

    def write(enc, value, depth, left, path, own=False):
        day = "%04d-%02d-%02d" % tuple([get(value) for get in date])
        return '{"$":"datetime","iso":%s}' % enc.quote(day + "T" + _clock(clock, zone_of, value))

    return write


def _time(cls):
    clock = _getters(cls, ("hour", "minute", "second", "microsecond"))
    zone_of = dict_of(cls)["tzinfo"].__get__

    def write(enc, value, depth, left, path, own=False):
        return '{"$":"time","iso":%s}' % enc.quote(_clock(clock, zone_of, value))

    return write


def _timedelta(cls):
    getters = _getters(cls, ("days", "seconds", "microseconds"))

    def write(enc, value, depth, left, path, own=False):
        return '{"$":"timedelta","days":%d,"seconds":%d,"microseconds":%d}' % tuple([get(value) for get in getters])

    return write


def _timezone(cls):
    def write(enc, value, depth, left, path, own=False):
        return '{"$":"timezone","offset":%s}' % enc.quote(_offset(value))

    return write


def _decimal(cls):
    size = dict_of(cls)["__sizeof__"]
    text = dict_of(cls)["__str__"]

    def write(enc, value, depth, left, path, own=False):
        if size(value) > 1024:
            return '{"$":"decimal"}'
        return '{"$":"decimal","digits":%s}' % enc.string(text(value))

    return write


def _deque(cls):
    length = dict_of(cls)["__len__"]
    iterate = dict_of(cls)["__iter__"]

    def write(enc, value, depth, left, path, own=False):
        return sequence_text(enc, "deque", value, length(value), first(iterate(value), enc.items), depth, left, path)

    write.sized = "deque"
    return write


def _partial(cls):
    get_func, get_args = _getters(cls, ("func", "args"))

    def write(enc, value, depth, left, path, own=False):
        inner = (*path, id(value))
        if id(value) in path:
            return '{"$":"cycle"}'
        return '{"$":"partial","func":%s,"args":%s}' % (
            enc.any(get_func(value), 0, left, inner),
            enc.any(get_args(value), depth - 1, left, inner),
        )

    return write


def _pattern(cls):
    get_pattern, get_flags = _getters(cls, ("pattern", "flags"))

    def write(enc, value, depth, left, path, own=False):
        return '{"$":"regexp","source":%s,"flags":%d}' % (enc.any(get_pattern(value), 0, left, path), get_flags(value))

    return write


def _ndarray(cls):
    shape_of, dtype_of = _getters(cls, ("shape", "dtype"))

    def write(enc, value, depth, left, path, own=False):
        kind = dtype_of(value)
        name = ""
        for base in mro_of(type(kind)):
            body = dict_of(base)
            if "kind" in body and "itemsize" in body and is_c(base):
                name = _numpy_name(body["kind"].__get__(kind), body["itemsize"].__get__(kind))
                break
        shape = ",".join(["%d" % size for size in shape_of(value)])
        return '{"$":"ndarray","shape":[%s],"dtype":%s}' % (shape, enc.quote(name))

    return write


def _numpy_name(kind, size):
    words = {
        "b": "bool",
        "i": "int%d",
        "u": "uint%d",
        "f": "float%d",
        "c": "complex%d",
        "O": "object",
        "M": "datetime64",
    }
    words.update({"m": "timedelta64", "S": "bytes%d", "U": "str%d", "V": "void%d"})
    word = words.get(kind, kind)
    return word % (size * 8) if "%" in word else word


def _numpy_scalar(cls):
    item = dict_of(cls)["item"]

    def write(enc, value, depth, left, path, own=False):
        exact = item(value)
        name = _quote("numpy." + name_of(type(value)))
        if id(type(exact)) in _NUMBERS:
            return '{"$":%s,"$value":%s}' % (name, enc.any(exact, 0, left, path))
        return '{"$":%s}' % name

    return write


_NUMBERS = frozenset(map(id, (int, float, bool, complex, str, bytes)))


def _uuid(cls):
    get = dict_of(cls)["int"].__get__

    def write(enc, value, depth, left, path, own=False):
        digits = "%032x" % get(value)
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return '{"$":"uuid","text":"%s"}' % "-".join(parts)

    return write


def _path(cls):
    """Paths keep their text, or the parts it is made of, in slots that differ between versions."""
    slots = {}
    for name in ("_str", "_raw_paths", "_raw_path", "_drv", "_root", "_parts"):
        for base in mro_of(cls):
            found = dict_of(base).get(name)
            if type(found) is _Slot:
                slots[name] = found.__get__

    def part(value, name):
        try:
            return slots[name](value)
        except (AttributeError, KeyError):
            return None

    def write(enc, value, depth, left, path, own=False):
        text = part(value, "_str")
        if type(text) is not str:
            text = part(value, "_raw_path")
        if type(text) is not str:
            raw = part(value, "_raw_paths")
            if type(raw) is list and all(type(piece) is str for piece in raw):
                text = _joined(raw)
        if type(text) is not str:
            parts = part(value, "_parts")
            start = (part(value, "_drv") or "", part(value, "_root") or "")
            if type(parts) is list and all(type(piece) is str for piece in parts):
                head = start[0] + start[1]
                text = head + "/".join(parts[1:] if head else parts) or "."
        if type(text) is not str:
            return '{"$":"path"}'
        return '{"$":"path","text":%s}' % enc.string(text or ".")

    return write


_Slot = type(dict_of(type(enum_member))["__globals__"])


def _joined(pieces):
    text = ""
    for piece in pieces:
        if piece[:1] == "/" or not text:
            text = piece
        elif piece:
            text = text + piece if text[-1:] == "/" else text + "/" + piece
    return text


_C_TYPES = {
    "datetime.datetime": _datetime,
    "datetime.date": _date,
    "datetime.time": _time,
    "datetime.timedelta": _timedelta,
    "datetime.timezone": _timezone,
    "decimal.Decimal": _decimal,
    "collections.deque": _deque,
    "functools.partial": _partial,
    "re.Pattern": _pattern,
    "numpy.ndarray": _ndarray,
    "numpy.generic": _numpy_scalar,
}
_PYTHON_TYPES = (
    ("uuid", "UUID", _uuid),
    ("pathlib", "PurePath", _path),
    ("pathlib", "PurePosixPath", _path),
    ("pathlib", "PureWindowsPath", _path),
    ("pathlib", "Path", _path),
    ("pathlib", "PosixPath", _path),
    ("pathlib", "WindowsPath", _path),
)


def find(cls):
    """How instances of exactly this class are written, or None."""
    if is_c(cls):
        make = _C_TYPES.get(module_of(cls) + "." + name_of(cls))
        return None if make is None else make(cls)
    for module, name, make in _PYTHON_TYPES:
        if loaded(module, name) is cls:
            return make(cls)
    return None
