"""Pictures of values for events: within the limits of a level, a little wider than those of a recording, which has many
more of them; redacted by names and shapes, each missing one with its reason. None of the program's code is run
(values.py)."""

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
            deeper = {"depth": 3, "bytes": 2048} if level == "default" else {}
            found = self._encoders[level] = Encoder(Limits(level=level, **deeper), self.redactor)
            # Who looks at one line of a method mostly wants to see the object: `self` is a variable like others here.
            found.wide = found.wide or level == "default"
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
