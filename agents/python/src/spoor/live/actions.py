"""Chooses what a hit does by the type of its probe, and puts condition and limits before it."""

from __future__ import annotations

from . import tracepoint
from .firing import make
from .probe import Unsupported


def fire(probe, site, file: str, where, ends, paths):
    """The function of the frame that an engine calls at `site`. Raises Unsupported."""
    if probe.type == "tracepoint":
        action = tracepoint.make(probe, site, file, where, ends)
    elif probe.type == "logpoint":
        from . import logpoint

        action = logpoint.make(probe, site, file, where)
    elif probe.type == "metric":
        from . import metric

        action = metric.make(probe, site, file, ends)
    else:
        raise Unsupported("this agent knows no probe of type %s" % probe.type)
    return make(probe, site, action, not paths.is_own(file))
