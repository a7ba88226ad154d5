"""What can be known of a class without running any of its code, its metaclass's included.

Everything goes through the descriptors of `type` itself: a metaclass can override `__name__`, `__mro__`, `__hash__`.
"""

from __future__ import annotations

import sys

mro_of = type.__dict__["__mro__"].__get__
dict_of = type.__dict__["__dict__"].__get__
flags_of = type.__dict__["__flags__"].__get__
basicsize_of = type.__dict__["__basicsize__"].__get__
_name_of = type.__dict__["__name__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__
_module_of = type.__dict__["__module__"].__get__
_module_dict = type(sys).__dict__["__dict__"].__get__
_Module = type(sys)

# Include/object.h. IMMUTABLETYPE is set by C code only (3.10+).
HEAPTYPE = 1 << 9
IMMUTABLETYPE = 1 << 8
MANAGED_DICT = 1 << 4
INLINE_VALUES = 1 << 2


def exact_text(value):
    """The characters of a str or of an instance of a subclass of it."""
    return value if type(value) is str else str.__str__(value)


def name_of(cls):
    return exact_text(_name_of(cls))


def qualname_of(cls):
    return exact_text(_qualname_of(cls))


def module_of(cls):
    """The name of the module a class says it is from, or "" if what it says is not a text."""
    try:
        module = _module_of(cls)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def is_c(cls):
    """Whether the class is written in C, so that it cannot be made or changed from Python."""
    flags = flags_of(cls)
    return not flags & HEAPTYPE or bool(flags & IMMUTABLETYPE)


def shown_name(cls):
    """The name under `$`. One that starts with a lower-case letter carries its module, because the kinds of values
    (`list`, `cut`, `redacted`) are lower-case words without a dot: no class can be mistaken for one of them."""
    name = name_of(cls)
    if "a" <= name[:1] <= "z" or not name:
        return (module_of(cls) or "?") + "." + name
    return name


def loaded(module, name):
    """`module.name` if that module was imported by the program, else None. Imports nothing and runs nothing."""
    found = sys.modules.get(module)
    if type(found) is not _Module:
        return None
    return _module_dict(found).get(name)
