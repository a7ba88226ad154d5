"""Starts the recording at interpreter start, and leaves no trace of having imported anything."""

from __future__ import annotations

import os
import sys

from . import active, modules


def start_from_environment(before: set) -> None:
    """Starts a recording for the run in SPOOR_RUN. `before` names the modules that were loaded before the agent's."""
    folders = set(sys.path_importer_cache)
    try:
        from .recorder import Recorder
        from .settings import load

        recorder = Recorder(load(os.environ["SPOOR_RUN"]))
    finally:
        modules.forget_new(before, folders)
    recorder.start()
    active.recorder = recorder
