"""Which interpreters the agent works in. It reads what CPython keeps to itself, so a version that nobody has looked at
is left alone: its programs run unrecorded, and that is told."""

from __future__ import annotations

import sys

from .errors import SpoorError

SINCE = (3, 8)
# The newest versions that the agent's own tests have passed on: with the Python core, and with the native one.
NEWEST = (3, 15)
NEWEST_NATIVE = (3, 14)


def is_known() -> bool:
    return sys.implementation.name == "cpython" and SINCE <= sys.version_info[:2] <= NEWEST


def require_known() -> None:
    """Raises SpoorError (`engine.unsupported`) where nothing can be recorded or probed."""
    if is_known():
        return
    name, version = sys.implementation.name, sys.version_info[:2]
    if name != "cpython":
        problem = "%s is not supported" % name
    elif version < SINCE:
        problem = "CPython %d.%d is too old" % version
    else:
        problem = "CPython %d.%d is newer than this version of the agent" % version
    raise SpoorError(
        "engine.unsupported",
        "%s: run it with CPython %d.%d to %d.%d, or install a newer Spoor" % (problem, *SINCE, *NEWEST),
        "environment",
    )
