"""What the host resolved for this run, read from `config.json` of the run's directory (spec/spool.md).

The agent knows neither flags nor configuration files: this is all that it is told.
"""

from __future__ import annotations

import os

from .boot import parse, read
from .errors import SpoorError

FORMAT = 1

DEFAULTS = {
    "include": [],
    "exclude": [],
    "values": "default",
    "limits": {},
    "redaction": {},
    "hot": 10_000,
    "hotValues": 1_000,
    "gapCalls": 1_000,
    "sample": 1.0,
    "sizeBytes": 2 << 30,
    "core": "auto",
}


class Settings:
    """One run's settings; attributes are named as in `config.json`, in snake case."""

    def __init__(self, directory: str, values: dict) -> None:
        told = dict(DEFAULTS)
        told.update(values)
        self.directory = directory
        self.run = told["run"]
        self.root = os.path.realpath(told["root"])
        self.clock_ns = int(told["clock_ns"])
        self.include = tuple(told["include"])
        self.exclude = tuple(told["exclude"])
        self.values = told["values"]
        self.limits = told["limits"]
        self.redaction = told["redaction"]
        self.hot = int(told["hot"])
        # Once fewer calls of a function are left to be recorded, values of most of them are not opened.
        self.thrifty = self.hot - int(told["hotValues"]) if self.values in ("default", "shallow") else 0
        self.gap_calls = int(told["gapCalls"])
        self.sample = float(told["sample"])
        self.size_bytes = int(told["sizeBytes"])
        self.core = told["core"]
        # The user's cache as the host found it: a program may run with another HOME, or none.
        self.cache = told.get("cache")


def load(directory: str) -> Settings:
    """The settings of the run in `directory`. Raises SpoorError if they cannot be read or are of another format."""
    path = os.path.join(directory, "config.json")
    try:
        values = parse(read(path).decode("utf-8"))
    except (OSError, ValueError) as error:
        raise SpoorError("run.unreadable", "cannot read %s: %s" % (path, error), "environment", path=path) from error
    if values.get("format") != FORMAT:
        raise SpoorError(
            "run.format",
            "%s has format %r; this agent knows %d" % (path, values.get("format"), FORMAT),
            "environment",
            path=path,
        )
    return Settings(directory, values)
