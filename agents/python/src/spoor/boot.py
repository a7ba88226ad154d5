"""Starts the recording at interpreter start, and leaves no trace of having imported anything.

A module of the program may have the name of one that the agent needs (`json.py` beside the script): what the agent
imported is taken out of `sys.modules` again, so that the program finds its own.
"""

from __future__ import annotations

import os
import sys


def start_from_environment(before: set) -> None:
    """Starts a recording for the run in SPOOR_RUN. `before` names the modules that were loaded before the agent's."""
    from . import active, settings

    try:
        from .recorder import Recorder

        recorder = Recorder(settings.load(os.environ["SPOOR_RUN"]))
    finally:
        for name in set(sys.modules) - before:
            if name != "spoor" and not name.startswith("spoor."):
                del sys.modules[name]
    recorder.start()
    active.recorder = recorder
