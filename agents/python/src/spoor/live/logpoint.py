"""Logpoints: a message made of texts and expressions, told at each hit."""

from __future__ import annotations

from .event_head import head_of
from .namespace import lookup

LOGPOINT = "probe.hit.logpoint"


def make(probe, site, file: str, where):
    """The action of a logpoint at a place. Raises Unsupported."""
    head = head_of(probe, site, file)
    message = probe.compiled("compile_template", probe.wanted["message"])
    quote = probe.encoder.quote
    here = where.here
    tell = probe.tell

    def act(frame, names):
        try:
            text = message(lookup(names, frame))
        except Exception as error:
            probe.unevaluated(error)
            return
        tell(LOGPOINT, head + here() + ',"message":' + quote(text) + "}")

    return act
