"""Pictures of values for events: within the limits of a level, redacted by names and shapes, each missing one with its
reason. None of the program's code is run (values.py)."""

from __future__ import annotations

from ..redaction import Redactor
from ..values import Encoder, Limits

_MISSING = object()


class Pictures:
    """One encoder for each level of values, and the redactor that they share."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        self.redactor = redactor or Redactor()
        # Its patterns are compiled with the first text that looks like a secret: not in a hit, where that takes 20 ms.
        self.redactor.spans("")
        self._encoders: dict = {}

    def of(self, level: str) -> Encoder:
        found = self._encoders.get(level)
        if found is None:
            found = self._encoders[level] = Encoder(Limits(level=level), self.redactor)
        return found


def absent(why: str, encoder) -> str:
    return '{"$":"unreadable","why":%s}' % encoder.quote(why)


def globals_text(encoder, names, frame) -> str:
    """A JSON object of chosen globals of the frame's module."""
    out = ""
    for name in names:
        value = dict.get(frame.f_globals, name, _MISSING)
        if value is _MISSING:
            shown = absent("no global %r" % name, encoder)
        else:
            shown = encoder.named(name, value, encoder.depth, encoder.bytes, ())
        out += encoder.field_key(name) + shown
    return "{" + out[1:] + "}"
