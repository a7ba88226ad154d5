"""Regular expressions. The module `re` costs a quarter of a start, and of it only what it made of a pattern is needed:
that is in the bundle for each pattern of the agent's own (bundle.py).

Without a bundle, and for patterns of the user's, `re` is imported, and kept: it must not be looked for later.
"""

from __future__ import annotations

import _sre
from marshal import loads

from . import boot

ASCII, DOTALL = 256, 16

asked: list = []
"""Pattern and flags of each that was compiled."""

_made: dict = boot.facts.get("patterns", {})
_compile = None


def compile(pattern: str, flags: int = 0):
    """As `re.compile`. Works during a start; later for the agent's own patterns only."""
    asked.append((pattern, flags))
    made = _made.get((pattern, flags))
    return _sre.compile(*loads(made)) if made is not None else _by_re()(pattern, flags)


def escape(text: str) -> str:
    """As `re.escape`."""
    return "".join([char if char.isalnum() or char == "_" else "\\" + char for char in text])


def _by_re():
    global _compile
    if _compile is None:
        import re

        _compile = re.compile
    return _compile


if not _made:
    _by_re()
