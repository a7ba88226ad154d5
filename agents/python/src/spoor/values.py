"""Pictures of a program's values: bounded, redacted JSON text, as spec/values.md says, without running its code.

Nothing here calls a method that a program can define: exact built-in types are read by their own methods, other
objects by their class's C-level descriptors. The loops over arguments, lists, dicts and fields repeat the scalar
cases instead of calling a function for each value, since a call in Python costs more than the work.
"""

from __future__ import annotations

from _json import encode_basestring as _quote
from sys import _getframe

from .agent_frames import is_the_programs
from .containers import HOT, builtin_kinds
from .exception_values import exception_text
from .fields import DICT_COMES_FIRST
from .kinds import find_kind
from .redaction import LOOKAHEAD, Redactor

MAX_INT = 9007199254740991
MAX_FLOAT = 1.7976931348623157e308
# A frame that failed is looked at closely, and there are few of them.
LOCALS_BUDGETS = 4
# Texts of no more characters are looked up where they are met, those of no more than _LONG where they are written.
_SHORT = 64
_LONG = 256
_MOST_CACHED = 4096
_MOST_HEADS = 256
# Characters of a text among an object's own fields.
_BRIEF = 64
_OWN_DEPTH = 1
_PLAIN, _OWN, _NAMED, _REST = range(4)

# level: (depth, items, fields, text, bytes)
_LEVELS = {
    "full": (4, 100, 100, 4096, 16384),
    "default": (2, 20, 20, 256, 512),
    "shallow": (0, 20, 20, 256, 512),
    "none": (0, 0, 0, 0, 0),
}


class Limits:
    """How much of a value is shown. See spec/values.md, "Limits"; `bytes` is the budget of one record."""

    __slots__ = ("bytes", "depth", "fields", "items", "level", "text")

    def __init__(self, level="default", depth=None, items=None, fields=None, text=None, bytes=None):
        preset = _LEVELS[level]
        self.level = level
        self.depth = preset[0] if depth is None else depth
        self.items = preset[1] if items is None else items
        self.fields = preset[2] if fields is None else fields
        self.text = preset[3] if text is None else text
        self.bytes = preset[4] if bytes is None else bytes


def big_int(value):
    bits = value.bit_length()
    if bits <= 256:
        return '{"$":"int","digits":"%d"}' % value
    # The decimal digits of a huge number take quadratic time, and more than 4300 raise.
    sign = ',"negative":true' if value < 0 else ""
    return '{"$":"int","bits":%d%s,"head":"%x"}' % (bits, sign, abs(value) >> (bits - 64))


def odd_float(value):
    return '{"$":"float","value":"%s"}' % ("NaN" if value != value else "Infinity" if value > 0 else "-Infinity")


def unreadable(error):
    return '{"$":"unreadable","why":"%s"}' % type(error).__name__


class Encoder:
    """Writes values as JSON text within `limits`, redacted by `redactor`. Shared by threads: it keeps caches only."""

    def __init__(self, limits: Limits, redactor: Redactor) -> None:
        self.limits = limits
        self.redactor = redactor
        self.suspects = redactor.suspects
        self.depth = limits.depth
        self.items = limits.items
        self.fields = limits.fields
        self.length = limits.text
        self.short = min(limits.text, _BRIEF)
        self.bytes = limits.bytes
        # Every object as `self` is shown: its own scalar fields.
        self.shallow = limits.level == "shallow"
        # `self` is an argument like others.
        self.wide = limits.level == "full"
        self.dict_first = DICT_COMES_FIRST
        # Short texts and their JSON; starts of long texts and what is shown of them; plain keys and `,"key":`; id of a
        # class and (class, how it is written).
        self.strings: dict = {}
        self.heads: dict = {}
        self.keys: dict = {}
        self.kinds: dict = builtin_kinds()

    # What the recorder calls. Nothing raises but MemoryError and KeyboardInterrupt.

    def plan(self, code) -> tuple:
        """What `args` needs to know of a function: entries of (name, key text, how, rule)."""
        count = code.co_argcount + code.co_kwonlyargcount
        flags = code.co_flags
        names = code.co_varnames[: count + bool(flags & 4) + bool(flags & 8)]
        entries = []
        for place, name in enumerate(names):
            if name[:1] == ".":
                continue
            rule = self.redactor.rule(name)
            key = ',"' + name + '":'
            if rule is not None:
                entries.append((name, key, _NAMED, rule))
            elif self.shallow or (place == 0 and not self.wide and name in ("self", "cls", "mcs", "mcls")):
                entries.append((name, key, _OWN, None))
            elif place == count and flags & 4:
                entries.append((name, key, _REST, None))
            else:
                entries.append((name, key, _PLAIN, None))
        return tuple(entries)

    def args(self, plan, locs) -> str:
        """A JSON object of the arguments by name; those that are not bound are left out."""
        out = ""
        try:
            for name, key, how, rule in plan:
                try:
                    value = locs[name]
                except KeyError:
                    continue
                kind = type(value)
                if how == _PLAIN:
                    if kind is int:
                        out += f"{key}{value}" if -MAX_INT <= value <= MAX_INT else key + big_int(value)
                    elif kind is str:
                        item = self.strings.get(value) if len(value) <= _SHORT else None
                        out += key
                        out += self.string(value) if item is None else item
                    elif value is None:
                        out += f"{key}null"
                    elif kind is bool:
                        out += f"{key}true" if value else f"{key}false"
                    elif kind is float:
                        out += key + (repr(value) if -MAX_FLOAT <= value <= MAX_FLOAT else odd_float(value))
                    else:
                        left = self.bytes - len(out)
                        if left > 0:
                            found = self.kinds.get(id(kind)) or self._learn(kind)
                            out += key + found[1](self, value, self.depth, left, ())
                        else:
                            out += key + '{"$":"cut","why":"bytes"}'
                elif how == _OWN and not self.shallow and id(kind) not in _SCALARS:
                    found = self.kinds.get(id(kind)) or self._learn(kind)
                    out += key + found[1](self, value, _OWN_DEPTH, self.bytes - len(out), (), True)
                else:
                    out += key + self._special(how, rule, kind, value, self.bytes - len(out), self.depth)
        except MemoryError:
            raise
        except Exception as error:
            if is_the_programs(error):
                raise
            return self._args_one_by_one(plan, locs, self.depth)
        return "{" + out[1:] + "}"

    def closed_args(self, plan, locs) -> str:
        """The same of a call of a function that is called often: nothing is opened."""
        return self._args_one_by_one(plan, locs, HOT)

    def _args_one_by_one(self, plan, locs, depth):
        """The arguments so that one of them that cannot be read leaves the others."""
        out = ""
        left = self.bytes
        try:
            for name, key, how, rule in plan:
                try:
                    value = locs[name]
                except KeyError:
                    continue
                item = self._special(how, rule, type(value), value, left, depth)
                left -= len(key) + len(item)
                out += key + item
            return "{" + out[1:] + "}"
        except MemoryError:
            raise
        except Exception as error:
            if is_the_programs(error):
                raise
            return '{"$cut":%s}' % unreadable(error)

    def value(self, value) -> str:
        """JSON text of a result or a yielded value."""
        kind = type(value)
        if value is None:
            return "null"
        if kind is int:
            return f"{value}" if -MAX_INT <= value <= MAX_INT else big_int(value)
        try:
            if kind is str:
                found = self.strings.get(value) if len(value) <= _SHORT else None
                return self.string(value) if found is None else found
            if kind is bool:
                return "true" if value else "false"
            if kind is float:
                return repr(value) if -MAX_FLOAT <= value <= MAX_FLOAT else odd_float(value)
            if self.shallow:
                return self.own(kind, value, self.bytes)
            found = self.kinds.get(id(kind)) or self._learn(kind)
            return found[1](self, value, self.depth, self.bytes, ())
        except MemoryError:
            raise
        except Exception as error:
            if is_the_programs(error):
                raise
            return unreadable(error)

    def closed_value(self, value) -> str:
        """The same of a call of a function that is called often: nothing is opened."""
        try:
            return self.any(value, HOT, self.bytes, ())
        except MemoryError:
            raise
        except Exception as error:
            if is_the_programs(error):
                raise
            return unreadable(error)

    def fields_of(self, mapping, skip=()) -> str:
        """A JSON object of a frame's locals by name."""
        out = ""
        left = self.bytes * LOCALS_BUDGETS
        more = 0
        try:
            # A class body runs in whatever mapping its metaclass made.
            if type(mapping) is not dict and type(mapping) is not _Locals:
                return '{"$cut":{"why":"mapping"}}'
            for name, value in list(mapping.items()):
                if type(name) is not str or name in skip or name[:1] == ".":
                    continue
                kind = type(value)
                if left <= 0 and id(kind) not in _SCALARS:
                    more += 1
                    continue
                rule = self.redactor.rule(name)
                if rule is not None and self.redactor.withheld(kind, value, rule):
                    item = '{"$":"redacted","why":"%s"}' % rule[0]
                elif self.shallow or (not self.wide and (name == "self" or name == "cls")):
                    item = self.own(kind, value, left)
                else:
                    item = self.outermost(value, self.depth, left)
                key = self.field_key(name)
                left -= len(key) + len(item)
                out += key + item
            if more:
                out += ',"$cut":{"why":"bytes","more":%d}' % more
            return "{" + out[1:] + "}"
        except MemoryError:
            raise
        except Exception as error:
            if is_the_programs(error):
                raise
            return '{"$cut":%s}' % unreadable(error)

    def exception(self, error) -> str:
        """A JSON object with type, module, message and args of an exception, and what it came from."""
        try:
            return exception_text(self, error, self.bytes)
        except MemoryError:
            raise
        except Exception as failure:
            if is_the_programs(failure):
                raise
            return '{"type":"unknown","module":"","message":null,"args":%s}' % unreadable(failure)

    def quote(self, text) -> str:
        """A text of any length as a JSON string, redacted; lone surrogates become U+FFFD."""
        known = self.strings.get(text)
        if known is not None:
            return known
        clean = self.redactor.text(text)
        if clean is text and text.isascii() and len(text) <= min(_LONG, self.length):
            # What is kept is shown as a value without another look at its length.
            return self._keep(text, _quote(text))
        if not clean.isascii():
            clean = clean.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return _quote(clean)

    # The parts, called by the other modules too.

    def outermost(self, value, depth, left, holder=None) -> str:
        """A value that is in nothing but `holder`; the native core takes this over."""
        return self.any(value, depth, left, () if holder is None else (id(holder),))

    def any(self, value, depth, left, path) -> str:
        kind = type(value)
        if kind is int:
            return f"{value}" if -MAX_INT <= value <= MAX_INT else big_int(value)
        if kind is str:
            return self.string(value)
        if value is None:
            return "null"
        if kind is bool:
            return "true" if value else "false"
        if kind is float:
            return repr(value) if -MAX_FLOAT <= value <= MAX_FLOAT else odd_float(value)
        return self.other(kind, value, depth, left, path)

    def other(self, kind, value, depth, left, path, own=False) -> str:
        """Anything but a plain scalar. `path` are the identities of the values it is in."""
        found = self.kinds.get(id(kind))
        try:
            if found is None:
                found = self._learn(kind)
            return found[1](self, value, depth, left, path, own)
        except MemoryError:
            raise
        except Exception as error:
            if is_the_programs(error):
                raise
            return unreadable(error)

    def own(self, kind, value, left) -> str:
        """`self` and `cls`: identity and own scalar fields, everything nested closed."""
        if id(kind) in _SCALARS:
            return self.any(value, 0, left, ())
        if self.shallow and id(kind) in _CONTAINERS:
            return self.other(kind, value, 0, left, ())
        return self.other(kind, value, _OWN_DEPTH, left, (), True)

    def known(self, kind):
        """(class, how its instances are written); the native core asks once for each class."""
        return self.kinds.get(id(kind)) or self._learn(kind)

    def _learn(self, kind):
        # By identity, because hashing a class can call its metaclass. Keeping the class keeps the identity taken.
        found = (kind, find_kind(self, kind))
        if len(self.kinds) >= _MOST_CACHED:
            self.kinds = builtin_kinds()
        self.kinds[id(kind)] = found
        return found

    def is_instance(self, kind) -> bool:
        """Whether values of this class are shown by their fields, or by nothing but class and identity."""
        if id(kind) in _SCALARS or id(kind) in _CONTAINERS:
            return False
        return getattr((self.kinds.get(id(kind)) or self._learn(kind))[1], "instance", False)

    def is_withheld(self, name, value) -> bool:
        rule = self.redactor.rule(name)
        return rule is not None and self.redactor.withheld(type(value), value, rule)

    def _special(self, how, rule, kind, value, left, depth) -> str:
        if how == _NAMED:
            if self.redactor.withheld(kind, value, rule):
                return '{"$":"redacted","why":"%s"}' % rule[0]
        elif how == _OWN:
            return self.own(kind, value, left) if depth > HOT else self.any(value, depth, left, ())
        elif how == _REST and kind is tuple:
            # The function's definition says that `*args` is a tuple: it is written as the list it reads like.
            value = list(value)
            kind = list
        if left <= 0 and id(kind) not in _SCALARS:
            return '{"$":"cut","why":"bytes"}'
        return self.any(value, depth, left, ())

    def string(self, text) -> str:
        """JSON of an exact str: itself, with secrets replaced, or what can be said of it."""
        length = len(text)
        if length > _LONG or length > self.length:
            clean = self.head(text)
            name = ',"head":' if length > self.length else ""
        else:
            # A text that was met before is the commonest text, and looking for secrets the dearest part of a record.
            quoted = self.strings.get(text)
            if quoted is not None:
                return quoted
            clean = text if self.suspects(text) is None else self.redactor.text(text)
            name = ""
        if not clean.isascii():
            try:
                clean.encode()
            except UnicodeEncodeError:
                escaped = _escaped(clean)
                return '{"$":"str","len":%d,"escaped":%s}' % (length, _quote(escaped))
        if name:
            return '{"$":"str","len":%d,"head":%s}' % (length, _quote(clean))
        quoted = _quote(clean)
        # A text with a secret in it is not kept.
        return self._keep(text, quoted) if clean is text and length <= _LONG else quoted

    def brief(self, text) -> str:
        """An exact str among the own fields of an object: no more than the start of what `string` shows."""
        length = len(text)
        if length <= self.short:
            return self.string(text)
        if length > _LONG or length > self.length:
            clean = self.head(text)
        else:
            clean = text if self.suspects(text) is None else self.redactor.text(text)
        clean = clean[: self.short]
        if not clean.isascii():
            try:
                clean.encode()
            except UnicodeEncodeError:
                return '{"$":"str","len":%d,"escaped":%s}' % (length, _quote(_escaped(clean)))
        return '{"$":"str","len":%d,"head":%s}' % (length, _quote(clean))

    def _keep(self, text, quoted) -> str:
        if len(self.strings) >= _MOST_CACHED:
            # A new one, because another thread may be about to read what it found in this one.
            self.strings = {}
        self.strings[text] = quoted
        return quoted

    def head(self, text) -> str:
        """The redacted start of a long text, or all of it. What it is depends on the characters that are looked at."""
        seen = text[: self.length + LOOKAHEAD]
        clean = self.heads.get(seen)
        if clean is None:
            if self.redactor.text(seen) != seen:
                return self.redactor.text(text, self.length)
            clean = seen[: self.length]
            if len(self.heads) >= _MOST_HEADS:
                self.heads = {}
            self.heads[seen] = clean
        return clean

    def quoted(self, text) -> str:
        """JSON of a text that is redacted already and holds no lone surrogates."""
        return _quote(text)

    def plain_key(self, key):
        """`,"key":` for an exact str that can be a key as it is, else None. Keys without a rule are cached."""
        if len(key) > self.length or self.redactor.text(key) != key:
            return None
        if not key.isascii():
            try:
                key.encode()
            except UnicodeEncodeError:
                return None
        shown = "," + _quote("$" + key if key[:1] == "$" else key) + ":"
        if self.redactor.rule(key) is None and len(key) <= _SHORT:
            if len(self.keys) >= _MOST_CACHED:
                self.keys = {}
            self.keys[key] = shown
        return shown

    def label(self, name):
        """The key text of a field whose value is never withheld, or None."""
        key = self.field_key(name)
        return key if self.redactor.rule(name) is None else None

    def field_key(self, name):
        """`,"name":` for a name that must be a key, whatever it holds."""
        key = self.keys.get(name) or self.plain_key(name)
        if key is None:
            shown = self.redactor.text(name, self.length)
            key = "," + self.quote("$" + shown if shown[:1] == "$" else shown) + ":"
        return key

    def named(self, name, value, depth, left, path):
        """The value bound to a name that may be a secret's."""
        rule = self.redactor.rule(name)
        if rule is not None and self.redactor.withheld(type(value), value, rule):
            return '{"$":"redacted","why":"%s"}' % rule[0]
        return self.any(value, depth, left, path)


def _escaped(text):
    """Lone surrogates as `\\udc80`, with every backslash of the text doubled."""
    return text.replace("\\", "\\\\").encode("utf-8", "backslashreplace").decode()


_Locals = type((lambda: _getframe().f_locals)())
_CONTAINERS = frozenset(map(id, (list, tuple, dict, set, frozenset)))
_SCALARS = frozenset(map(id, (int, str, type(None), bool, float)))
