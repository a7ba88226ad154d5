"""The public functions of the package: recordings that a program starts itself, without the host.

The run's directory is made as `spoor run` would make it, so that `spoor report` finds it; sealing is left to the next
command.
"""

from __future__ import annotations

import json
import os
import sys
import time
import types

from . import active, header, identity
from .clock import now_ns
from .errors import SpoorError
from .project import find_project
from .settings import DEFAULTS, FORMAT, load
from .version import VERSION

_NAMES = {"hot_values": "hotValues", "sample": "sample", "size_bytes": "sizeBytes", "gap_calls": "gapCalls"}
_started = False


def _configuration(root: str, given: dict) -> dict:
    told = dict(DEFAULTS)
    file = os.path.join(root, "spoor.config.json")
    if os.path.exists(file):
        try:
            with open(file, encoding="utf-8") as stream:
                told.update({k: v for k, v in json.load(stream).items() if k in DEFAULTS})
        except (OSError, ValueError) as error:
            raise SpoorError("config.invalid", "cannot read %s: %s" % (file, error), path=file) from error
    for name, value in given.items():
        known = _NAMES.get(name, name)
        if known not in DEFAULTS:
            raise SpoorError(
                "settings.unknown", "there is no setting %r; known: %s" % (name, ", ".join(sorted(DEFAULTS)))
            )
        told[known] = list(value) if isinstance(value, tuple) else value
    return told


def _make_run(root: str, given: dict) -> str:
    told = _configuration(root, given)
    letters = os.urandom(3)
    name = time.strftime("%Y%m%d-%H%M%S") + "-" + "".join(chr(ord("a") + b % 26) for b in letters)
    directory = os.path.join(root, ".spoor", "runs", name)
    os.makedirs(os.path.join(directory, "spool"), mode=0o700)
    started_at = header.started_at()
    told.update(format=FORMAT, run=name, root=root, clock_ns=str(now_ns()), started_at=started_at)
    with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as stream:
        json.dump(told, stream, indent=1)
    manifest = {
        "format": 1,
        "run": name,
        "project": os.path.basename(root),
        "root": root,
        "command": ["python", os.path.basename(sys.argv[0]) if getattr(sys, "argv", None) else ""],
        "cwd": os.getcwd(),
        "started_at": started_at,
        "ended_at": None,
        "status": "running",
        "exit_code": None,
        "signal": None,
        "timed_out": False,
        # The program is its own host: once it is gone the next command seals the run.
        "host": {"pid": os.getpid(), "native_start": identity.native_start()},
        "git": None,
        "versions": {"spoor": VERSION},
        "settings": told,
        "counts": None,
    }
    with open(os.path.join(directory, "run.json"), "w", encoding="utf-8") as stream:
        json.dump(manifest, stream, indent=1)
    return directory


def start(directory: str | None, given: dict) -> str:
    global _started
    if active.recorder is not None and active.recorder.on:
        raise SpoorError(
            "recording.already_started",
            "this process is being recorded already, into %s" % active.recorder.settings.directory,
            directory=active.recorder.settings.directory,
        )
    from .recorder import Recorder

    run = _make_run(find_project(directory), given)
    try:
        recorder = Recorder(load(run))
    except OSError as error:
        raise SpoorError("run.unwritable", "cannot write %s: %s" % (run, error), "environment", path=run) from error
    os.environ["SPOOR_RUN"] = run
    active.recorder = recorder
    _started = True
    recorder.start()
    return run


def stop() -> None:
    global _started
    if not _started or active.recorder is None:
        raise SpoorError("recording.not_started", "no recording was started by spoor.start() in this process")
    _started = False
    recorder, active.recorder = active.recorder, None
    os.environ.pop("SPOOR_RUN", None)
    os.environ.pop("SPOOR_PARENT", None)
    recorder.finish()


class Recording:
    def __init__(self, directory: str | None, given: dict) -> None:
        self._arguments = (directory, given)

    def __enter__(self) -> str:
        return start(*self._arguments)

    def __exit__(self, kind, error, trace) -> None:
        stop()


def trace(target):
    """See `spoor.trace`."""
    if isinstance(target, types.FunctionType):
        _mark(target.__code__)
    elif isinstance(target, type):
        for value in vars(target).values():
            function = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
            if isinstance(function, types.FunctionType):
                _mark(function.__code__)
    else:
        raise SpoorError(
            "trace.not_a_function", "@spoor.trace takes a function or a class, not %r" % type(target).__name__
        )
    return target


def _mark(code) -> None:
    active.traced[id(code)] = code
    if active.recorder is not None:
        active.recorder.take_into_scope(code)
