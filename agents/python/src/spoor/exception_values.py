"""Writes exceptions without `str(error)`, which runs the program's code: from the arguments they were made with."""

from __future__ import annotations

from .classes import module_of, mro_of, qualname_of
from .containers import HOT

_args_of = BaseException.__dict__["args"].__get__
_cause_of = BaseException.__dict__["__cause__"].__get__
_context_of = BaseException.__dict__["__context__"].__get__
_hides_context = BaseException.__dict__["__suppress_context__"].__get__
_OS_FIELDS = tuple([(name, OSError.__dict__[name].__get__) for name in ("errno", "strerror", "filename", "filename2")])
_SYNTAX_FIELDS = tuple([(name, SyntaxError.__dict__[name].__get__) for name in ("msg", "filename", "lineno", "offset")])


def exception_text(enc, error, left, depth=None, path=()):
    """{"type","module","message","args",...}: message is null when only the program's own code could say it."""
    cls = type(error)
    if depth is None:
        depth = enc.depth
    args = _args_of(error)
    known = ()
    for base in mro_of(cls):
        if base is OSError:
            known = _OS_FIELDS
        elif base is SyntaxError:
            known = _SYNTAX_FIELDS
    out = '{"type":%s,"module":%s,"message":%s' % (
        enc.quote(qualname_of(cls)),
        enc.quote(module_of(cls)),
        _message(enc, args, known, error),
    )
    left -= len(out)
    inner = (*path, id(error))
    if path:
        shown = enc.any(list(args), max(depth, 1), left, inner)
    else:
        shown = enc.outermost(list(args), max(depth, 1), left, error)
    out += ',"args":' + shown
    left -= len(shown)
    for name, get in known:
        value = get(error)
        if value is not None:
            out += ',"%s":%s' % (name, enc.any(value, 0, left, inner))
    cause = _cause_of(error)
    if cause is not None:
        out += ',"cause":' + enc.quote(qualname_of(type(cause)))
    elif not _hides_context(error):
        context = _context_of(error)
        if context is not None:
            out += ',"context":' + enc.quote(qualname_of(type(context)))
    return out + "}"


def _message(enc, args, known, error):
    """What `str(error)` of the built-in class would say, as JSON, or null."""
    if known is _OS_FIELDS:
        number, words, name, _other = [get(error) for _name, get in known]
        if type(number) is int and type(words) is str:
            text = "[Errno %d] %s" % (number, words)
            if type(name) is str:
                text += ": " + name
            return enc.string(text)
    elif known is _SYNTAX_FIELDS:
        words = known[0][1](error)
        if type(words) is str:
            return enc.string(words)
    if not args:
        return '""'
    if len(args) > 1:
        return "null"
    first = args[0]
    kind = type(first)
    if kind is str:
        return enc.string(first)
    if kind is int or kind is float or kind is bool or first is None:
        return enc.string(repr(first)) if kind is not int or first.bit_length() <= 256 else "null"
    return "null"


def value_text(enc, value, depth, left, path, own=False):
    if depth <= 0:
        why = "" if depth > HOT else ',"why":"hot"'
        return '{"$":"exception","type":%s%s}' % (enc.quote(qualname_of(type(value))), why)
    if id(value) in path:
        return '{"$":"cycle"}'
    return '{"$":"exception",' + exception_text(enc, value, left, depth - 1, path)[1:]
