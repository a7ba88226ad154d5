"""Chooses the engine and the core that feeds it, and says why.

- CPython 3.12 and newer: `sys.monitoring`. Filtered code costs nothing after its first call; other tools stay
  undisturbed.
- CPython 3.8 to 3.11: `sys.settrace`. `sys.setprofile` costs as much with values and never tells of exceptions. The
  native core evaluates frames instead (PEP 523), which only C can. The figures are in docs/decisions/.

`sys.settrace` is never used on 3.12 and newer, where it is pathological in places (gh-107674). Each engine is there in
pure Python; where a compiled core is found (native.py), its engine takes the place of the pure one.
"""

from __future__ import annotations

import sys

from . import native
from .errors import SpoorError
from .interpreter import require_known


def choose(settings) -> tuple:
    """(engine class, which core it is and why, the native module or None).

    Raises SpoorError where no engine can work, or where the native core was demanded and is not there.
    """
    engine, _ = pure_engine()
    module, reason = native.load(settings.core, settings.cache)
    if module is not None:
        return native_engine(), reason, module
    if settings.core == "native":
        raise SpoorError("core.missing", "the native core was asked for: %s" % reason, "environment")
    return engine, reason, None


def native_engine():
    """The class of the engine that the native core has for this version."""
    if hasattr(sys, "monitoring"):
        from .native_engine import NativeEngine

        return NativeEngine
    from .native_tracing import NativeTracingEngine

    return NativeTracingEngine


def pure_engine() -> tuple:
    """(engine class, why it is this one). Raises SpoorError where none can work."""
    version = "%d.%d" % sys.version_info[:2]
    require_known()
    if hasattr(sys, "monitoring"):
        from .monitoring import MonitoringEngine

        return MonitoringEngine, "CPython %s has sys.monitoring: code that is not recorded costs nothing" % version
    from .tracing import TracingEngine

    return (
        TracingEngine,
        "CPython %s has no sys.monitoring; sys.settrace tells of exceptions, sys.setprofile does not" % version,
    )


def told(engine, reason: str, module, setting: str) -> dict:
    """What the header says of them (spec/spool.md)."""
    return {
        "engine": engine.name,
        "core": "python" if module is None else "native",
        "core_reason": reason,
        "core_fallback": module is None and setting != "python" and native.unsupported() is None,
    }
