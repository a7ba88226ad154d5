"""What WSGI's `environ` and ASGI's `scope` say of a web request, and the fields of servers' and frameworks' objects:
all of it read without running code of the program's."""

from __future__ import annotations

from .builtin_types import FunctionType, MemberDescriptorType, MethodType
from .classes import dict_of, mro_of, name_of
from .fields import is_plain_default


def of_environ(environ):
    """(method, path with what the application is mounted under, query), or None."""
    if type(environ) is not dict:
        return None
    method = environ.get("REQUEST_METHOD")
    path = environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING", "")
    root = environ.get("SCRIPT_NAME", "")
    if type(method) is str and type(path) is str and type(root) is str:
        return method, _unmangled(root + path), query if type(query) is str else ""
    return None


def of_scope(scope):
    """(protocol, method, path, query) of what is answered, or None: `lifespan` is no request."""
    if type(scope) is not dict:
        return None
    kind = scope.get("type")
    if kind == "http":
        method = scope.get("method")
    elif kind == "websocket":
        method = "GET"
    else:
        return None
    path, query = scope.get("path"), scope.get("query_string", b"")
    if type(method) is not str or type(path) is not str:
        return None
    protocol = "asgi" if kind == "http" else "websocket"
    return protocol, method, path, query.decode("latin-1") if type(query) is bytes else ""


def field(value, name):
    """A plain field of an object, or None where reading it would run code."""
    cls = type(value)
    for base in mro_of(cls):
        body = dict_of(base)
        if base is not object and "__getattribute__" in body:
            return None
        if name in body and not (type(body[name]) is FunctionType or type(body[name]) is MemberDescriptorType):
            if not is_plain_default(body[name]):
                return None
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None


def callable_name(value):
    """`module.qualified_name` of a function or class, else None."""
    if type(value) is MethodType:
        value = value.__func__
    if type(value) is FunctionType:
        module = dict.get(value.__globals__, "__name__")
        return (module + "." if type(module) is str else "") + value.__qualname__
    if type(value) is type:
        return value.__module__ + "." + name_of(value) if type(value.__module__) is str else name_of(value)
    return None


def _unmangled(path: str) -> str:
    """WSGI has the bytes of the path as characters."""
    if path.isascii():
        return path
    try:
        return path.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return path
