"""Leaves `sys.modules` as a plain start would: what only the agent imported is taken out again.

A module of the program may have the name of one that the agent needs (`json.py` beside the script). The agent keeps its own
references; modules built into the interpreter stay, since no file can hide them (and `atexit` keeps its state in the module).
"""

from __future__ import annotations

import sys


def forget_new(before: set) -> None:
    """Removes what was imported since `before`, the names that were loaded then; the agent's own modules stay."""
    for name in set(sys.modules) - before:
        if name != "spoor" and not name.startswith("spoor.") and name not in sys.builtin_module_names:
            del sys.modules[name]
