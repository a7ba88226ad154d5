"""Chooses the engine, and says why.

- CPython 3.12 and newer: `sys.monitoring`. Filtered code costs nothing after its first call; other tools stay
  undisturbed.
- CPython 3.8 to 3.11: `sys.settrace`. `sys.setprofile` costs as much with values and never tells of exceptions; the
  figures are in docs/decisions/.

`sys.settrace` is never used on 3.12 and newer, where it is pathological in places (gh-107674).
"""

from __future__ import annotations

import sys

from .errors import SpoorError


def choose() -> tuple:
    """(engine class, reason). Raises SpoorError where none can work."""
    version = "%d.%d" % sys.version_info[:2]
    if sys.implementation.name != "cpython":
        raise SpoorError(
            "engine.unsupported",
            "%s is not supported: the recorder needs CPython 3.8 or newer" % sys.implementation.name,
            "environment",
        )
    if hasattr(sys, "monitoring"):
        from .monitoring import MonitoringEngine

        return MonitoringEngine, "CPython %s has sys.monitoring: code that is not recorded costs nothing" % version
    from .tracing import TracingEngine

    return (
        TracingEngine,
        "CPython %s has no sys.monitoring; sys.settrace tells of exceptions, sys.setprofile does not" % version,
    )
