"""Prints one line of JSON: which engine and core this interpreter would use and why. Run as `python doctor.py` or by
the host."""

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace

if __package__ in (None, ""):
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from spoor import core
from spoor.errors import SpoorError
from spoor.version import VERSION


def report() -> dict:
    """`engine` is null where none can work; `problem` then says why."""
    found = {
        "version": "%d.%d.%d" % sys.version_info[:3],
        "implementation": sys.implementation.name,
        "executable": sys.executable,
        "agent_version": VERSION,
        "engine": None,
        "reason": None,
        "problem": None,
        "tool_id": None,
        "core": None,
        "core_reason": None,
        "core_fallback": False,
    }
    try:
        engine, found["reason"] = core.pure_engine()
        settings = SimpleNamespace(core="auto", cache=None)
        found.update(core.told(*core.choose(settings), settings.core))
        if engine.name == "monitoring":
            from spoor.monitoring import free_tool_id

            found["tool_id"] = free_tool_id()
            if found["tool_id"] is None:
                found["problem"] = "sys.monitoring tool ids 3 and 4 are both taken"
    except SpoorError as error:
        found["problem"] = str(error)
    return found


if __name__ == "__main__":
    print(json.dumps(report()))
