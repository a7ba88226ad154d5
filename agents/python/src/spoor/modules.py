"""Leaves `sys.modules` as a plain start would: what only the agent imported is taken out again.

A module of the program may have the name of one that the agent needs (`json.py` beside the script). The agent keeps
its own references; modules built into the interpreter stay, since no file can hide them (and `atexit` keeps its state
in the module).
"""

from __future__ import annotations

import os
import sys


def forget_new(before: set, folders: set) -> None:
    """Removes what was imported since `before`, the names that were loaded then; the agent's own modules stay.

    `folders` are those that the import system knew then; what it knows of others is forgotten as well.
    """
    for name in set(sys.modules) - before:
        if name != "spoor" and not name.startswith("spoor.") and name not in sys.builtin_module_names:
            del sys.modules[name]
    for folder in set(sys.path_importer_cache) - folders:
        del sys.path_importer_cache[folder]
    sys.path_importer_cache.pop(os.path.dirname(os.path.abspath(__file__)), None)
