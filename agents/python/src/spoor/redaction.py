"""Keeps secrets out of everything that is written: by the name a value is bound to, and by the shape of text.

The rules are data (spec/redaction.json, here as redaction_rules). Text is first tried against one trigger pattern
that every secret matches, because most text holds none and a call has about 4 microseconds in all.
"""

from __future__ import annotations

from . import patterns
from . import redaction_rules as rules
from .builtin_types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from .classes import mro_of

_ASCII = patterns.ASCII
# Identities of classes. None of these holds a secret: true and false, and code.
_VISIBLE = frozenset(map(id, (bool, type, FunctionType, BuiltinFunctionType, MethodType, ModuleType)))
_TEXTS = frozenset(map(id, (str, bytes, bytearray)))
_CONTAINERS = frozenset(map(id, (list, dict, tuple, set, frozenset)))
_SEPARATORS = str.maketrans("", "", "_-. ")
_TRIGGER = patterns.compile("|".join(rules.HINTS), _ASCII)
_NAME_CACHE = 4096
# How far past the shown head a secret is followed. A secret that starts in the head is replaced whole.
LOOKAHEAD = 1024


_compiled: list = []


def _patterns():
    """(shapes, pairs), compiled when a text first looks like a secret: that takes a fifth of a start."""
    if not _compiled:
        shapes = tuple(
            (name, needs, patterns.compile(pattern, _ASCII), group, check, patterns.compile(hint, _ASCII).search)
            for name, needs, pattern, group, check, hint, value in rules.SHAPES
            if not value
        )
        # A name and its separator; the value that follows; literals of which one must be present.
        pairs = tuple(
            (needs, patterns.compile(pattern, _ASCII).search, patterns.compile(value, _ASCII).match)
            for _name, needs, pattern, _group, _check, _hint, value in rules.SHAPES
            if value
        )
        _compiled.append((shapes, pairs))
    return _compiled[0]


def normalised(name):
    """The form under which names are compared: see spec/values.md, "By name"."""
    return name.translate(_SEPARATORS).lower().rstrip("0123456789")


def luhn(text):
    total = 0
    double = False
    for char in reversed(text):
        if "0" <= char <= "9":
            digit = ord(char) - 48
            if double:
                digit = digit * 2 - 9 if digit > 4 else digit * 2
            total += digit
            double = not double
    return total % 10 == 0


_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _holds_colon(text):
    """Whether base64 text decodes to `user:password`: "basic understanding" does not. It is whole groups of four."""
    for at in range(0, len(text), 4):
        bits = 0
        for char in text[at : at + 4]:
            bits = bits << 6 | max(_BASE64.find(char), 0)
        if b":" in bits.to_bytes(3, "big"):
            return True
    return False


def _always(_text):
    return True


class Redactor:
    """The built-in rules with a user's additions: more names, more patterns, names that are never redacted.

    An extra name is compared as the built-in ones are; with a leading `*` it matches the end of a name.
    An extra pattern is a regular expression whose whole match is replaced.
    """

    __slots__ = ("_any", "_extra", "_names", "_never", "_suffixes", "suspects")

    def __init__(self, extra_names=(), extra_patterns=(), allow_names=()):
        self._any = dict(rules.ANY_EXACT)
        suffixes = []
        for name in extra_names:
            if name.startswith("*"):
                suffixes.append((normalised(name[1:]), name[1:]))
            else:
                self._any[normalised(name)] = name
        self._suffixes = tuple(suffixes) + tuple(rules.ANY_SUFFIX.items())
        allowed = frozenset(normalised(name) for name in allow_names)
        # A name that the user asks for is stronger than the built-in exceptions.
        extra = frozenset(normalised(name) for name in extra_names)
        self._never = (frozenset(rules.NEVER) - extra) | allowed
        self._extra = tuple(patterns.compile(pattern) for pattern in extra_patterns)
        self._names = {}
        # Called with a text: None if nothing in it can be a secret.
        self.suspects = _always if self._extra else _TRIGGER.search

    def rule(self, name):
        """`(why, text_only)` for a name whose value is withheld, else None. `name` is an exact str.

        `text_only`: names such as `token` withhold strings and bytes, and leave a parser's Token visible.
        """
        try:
            return self._names[name]
        except KeyError:
            pass
        found = self._find(name) if len(name) <= 256 else self._find(name[-128:])
        if len(name) <= 128:
            if len(self._names) >= _NAME_CACHE:
                self._names.clear()
            self._names[name] = found
        return found

    def name(self, name):
        """Why a value bound to this name is withheld, such as "name:password", or None."""
        found = self.rule(name)
        return None if found is None else found[0]

    def facts(self):
        """What the native core has to know to leave most texts and names alone: the shapes as text, by which it sees
        that they are those it was written for (none where a user adds his own), and how names with a rule end."""
        ends = {*self._any, *[end for end, _shown in self._suffixes], *rules.TEXT_EXACT, *rules.TEXT_SUFFIX}
        return "" if self._extra else repr(rules.SHAPES), tuple(ends)

    def _find(self, name):
        if name in rules.NEVER_AS_WRITTEN:
            return None
        found = self._match(normalised(name))
        if found is None and name[:1] == "_" and "__" in name:
            # _Account__pin is how Python stores self.__pin of class Account.
            found = self._match(normalised(name[name.rindex("__") :]))
        return found

    def _match(self, compared):
        if not compared or compared in self._never:
            return None
        shown = self._any.get(compared)
        if shown is not None:
            return ("name:" + shown, False)
        for suffix, shown in self._suffixes:
            if compared.endswith(suffix):
                return ("name:" + shown, False)
        shown = rules.TEXT_EXACT.get(compared)
        if shown is not None:
            return ("name:" + shown, True)
        for suffix, shown in rules.TEXT_SUFFIX.items():
            if compared.endswith(suffix):
                return ("name:" + shown, True)
        return None

    def withheld(self, value_type, value, rule):
        """Whether a value bound to a name with this rule is withheld: empty and null values and code stay visible."""
        if value is None or id(value_type) in _VISIBLE:
            return False
        # By identity: `in` and `==` on classes would ask their metaclass.
        for base in mro_of(value_type):
            if id(base) in _TEXTS:
                return base.__len__(value) > 0
            if id(base) in _CONTAINERS:
                return not rule[1] and base.__len__(value) > 0
        return not rule[1]

    def text(self, text, limit=None):
        """`text` with its secrets replaced by marks such as `[redacted:jwt]`.

        With a limit: only the first `limit` characters, in which no part of a secret is left, also where the cut
        goes through one. The result can then be longer or shorter than the limit.
        """
        window = text
        if limit is not None and len(text) > limit:
            window = text[: limit + LOOKAHEAD]
        else:
            limit = len(text)
        if self.suspects(window) is None:
            return text if limit == len(text) else text[:limit]
        return self._replace(window, limit)

    def _replace(self, text, limit):
        spans = self.spans(text)
        if not spans:
            return text[:limit]
        spans.sort()
        pieces = []
        end = 0
        for start, _order, stop, why in spans:
            if start >= limit:
                break
            if start >= end:
                pieces.append(text[end:start])
                pieces.append("[redacted:" + why + "]")
                end = stop
            elif stop > end:
                end = stop
        if end < limit:
            pieces.append(text[end:limit])
        return "".join(pieces)

    def spans(self, text):
        """Where the secrets are: a list of (start, order, stop, why); they may overlap."""
        spans = []
        order = 0
        shapes, pairs = _patterns()
        for name, needs, pattern, group, check, hinted in shapes:
            order += 1
            for literal in needs:
                if literal in text:
                    break
            else:
                if needs or hinted(text) is None:
                    continue
            for match in pattern.finditer(text):
                start, stop = match.span(group)
                if check == "luhn":
                    if not luhn(match.group()):
                        continue
                elif check and not _holds_colon(match.group(group)):
                    continue
                spans.append((start, order, stop, name))
        for needs, search, value_at in pairs:
            order += 1
            for literal in needs:
                if literal in text:
                    self._pairs(text, order, search, value_at, spans)
                    break
        for pattern in self._extra:
            order += 1
            for match in pattern.finditer(text):
                if match.end() > match.start():
                    spans.append((match.start(), order, match.end(), "pattern"))
        return spans

    def _pairs(self, text, order, search, value_at, spans):
        """Adds the values that stand behind a name, as in `password=...`, `"api_key": "..."`, `--token ...`."""
        match = search(text)
        while match is not None:
            end = match.end()
            found = self.rule(match.group(1))
            if found is not None:
                value = value_at(text, end)
                if value is not None:
                    start, stop = value.span(1)
                    bare = value.group(1).lstrip("\\\"'")
                    start += stop - start - len(bare)
                    if bare and bare not in rules.PLAIN_VALUES and not bare.startswith("[redacted:"):
                        separator = text[match.end(1) : end].lstrip()
                        if not found[1] or separator[:1] != ":" or _looks_secret(bare):
                            spans.append((start, order, stop, found[0]))
                            end = stop
            match = search(text, end)


def _looks_secret(text):
    """ "unexpected token: 'name'" is an error of a parser, "token: 8f3a90c1" is a secret."""
    return len(text) >= 8 and any("0" <= char <= "9" for char in text)
