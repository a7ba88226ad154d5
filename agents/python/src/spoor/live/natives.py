"""Threads, locks and polling of the system itself, also where gevent or eventlet have put their own in their place: a
parked thread that were a greenlet would park the whole process.

Whoever starts a thread by `_thread` is unknown to `threading`: it is in no list of threads, nobody's trace function is
set in it, and nothing waits for its end.
"""

from __future__ import annotations

import os
import select
import sys

from ..errors import ConfigError

_BUILTIN = type(len)


def _original(module: str, *names: str):
    """The function of that module which is written in C, under the first of its names that has one."""
    for name in names:
        found = getattr(sys.modules[module], name, None)
        if type(found) is _BUILTIN:
            return found
    gevent, eventlet = sys.modules.get("gevent.monkey"), sys.modules.get("eventlet.patcher")
    for name in names:
        found = getattr(gevent, "saved", {}).get(module, {}).get(name)
        if type(found) is _BUILTIN:
            return found
        if eventlet is not None:
            found = getattr(eventlet.original(module), name, None)
            if type(found) is _BUILTIN:
                return found
    raise ConfigError("live.unsupported", "there is no %s.%s on this platform" % (module, names[0]), "environment")


# The second names are old synonyms that nobody patches.
start_thread = _original("_thread", "start_new_thread", "start_new")
allocate_lock = _original("_thread", "allocate_lock", "allocate")
poll = _original("select", "poll")
get_ident = _original("_thread", "get_ident")
get_native_id = getattr(sys.modules["_thread"], "get_native_id", lambda: 0)
POLLIN, POLLOUT = select.POLLIN, select.POLLOUT


def identity(descriptor: int):
    """What a descriptor stands for: a program that closes all descriptors may come to use the number for its own."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_dev, found.st_ino


busy = allocate_lock()
"""Held by the link's thread while something of it is half done, so that no process is forked in the middle; never
while it waits for anybody."""

_open: set = set()


class Held:
    """A socket of ours, for as long as its descriptor is still ours."""

    def __init__(self, socket) -> None:
        self.socket = socket
        self._identity = identity(socket.fileno())
        _open.add(self)

    def is_ours(self) -> bool:
        descriptor = self.socket.fileno()
        return descriptor >= 0 and self._identity is not None and identity(descriptor) == self._identity

    def close(self) -> None:
        """Closes it, and nothing that is somebody else's by now."""
        _open.discard(self)
        try:
            if self.is_ours():
                self.socket.close()
            else:
                self.socket.detach()
        except OSError:
            pass


def opened(make, *arguments) -> Held:
    """The socket that `make` gives. Raises OSError."""
    with busy:
        return Held(make(*arguments))


def let_go_of_all() -> None:
    """In a forked child: what is open is the parent's. Nothing is said on it."""
    global busy
    busy = allocate_lock()
    for held in list(_open):
        held.close()
