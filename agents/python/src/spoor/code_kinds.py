"""Writes what is code, or code at work: functions, classes, modules, generators, frames. Names and places only."""

from __future__ import annotations

from gc import get_referents

from .builtin_types import ModuleType
from .classes import exact_text, module_of, qualname_of

_module_dict = ModuleType.__dict__["__dict__"].__get__


def _named(enc, kind, name, module, line):
    out = '{"$":"%s","name":%s' % (kind, enc.quote(exact_text(name)))
    if type(module) is str:
        out += ',"module":' + enc.quote(module)
    if line:
        out += ',"line":%d' % line
    return out + "}"


def function_text(enc, value, depth, left, path, own=False):
    return _named(enc, "function", value.__qualname__, value.__module__, value.__code__.co_firstlineno)


def builtin_text(enc, value, depth, left, path, own=False):
    # `__qualname__` of a bound built-in asks the class of the object it is bound to.
    return _named(enc, "function", value.__name__, value.__module__, 0)


def method_text(enc, value, depth, left, path, own=False):
    function = value.__func__
    if type(function) is type(method_text):
        return '%s,"self":%s}' % (
            _named(enc, "method", function.__qualname__, function.__module__, function.__code__.co_firstlineno)[:-1],
            enc.any(value.__self__, 0, left, path),
        )
    return '{"$":"method","self":%s}' % enc.any(value.__self__, 0, left, path)


def class_text(enc, value, depth, left, path, own=False):
    return _named(enc, "class", qualname_of(value), module_of(value) or None, 0)


def module_text(enc, value, depth, left, path, own=False):
    name = _module_dict(value).get("__name__")
    return _named(enc, "module", name if type(name) is str else "?", None, 0)


def generator_text(enc, value, depth, left, path, own=False):
    return _named(enc, "generator", value.__qualname__, None, value.gi_code.co_firstlineno)


def coroutine_text(enc, value, depth, left, path, own=False):
    return _named(enc, "coroutine", value.__qualname__, None, value.cr_code.co_firstlineno)


def async_generator_text(enc, value, depth, left, path, own=False):
    return _named(enc, "async_generator", value.__qualname__, None, value.ag_code.co_firstlineno)


def code_text(enc, value, depth, left, path, own=False):
    return _named(enc, "code", value.co_name, None, value.co_firstlineno)


def frame_text(enc, value, depth, left, path, own=False):
    return _named(enc, "frame", value.f_code.co_name, None, value.f_lineno or 0)


def traceback_text(enc, value, depth, left, path, own=False):
    return '{"$":"traceback","line":%d}' % (value.tb_lineno or 0)


def proxy_text(enc, value, depth, left, path, own=False):
    """A read-only view; only one of an exact dict is looked into, another mapping would answer with its own code."""
    for behind in get_referents(value):
        if type(behind) is dict:
            return '{"$":"mappingproxy","$value":%s}' % enc.any(behind, depth, left, path)
    return '{"$":"mappingproxy"}'


def view_text(name):
    def write(enc, value, depth, left, path, own=False):
        return '{"$":"%s","len":%d}' % (name, len(value))

    return write
