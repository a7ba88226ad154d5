"""The header record: which process this is (spec/spool.md, The header)."""

from __future__ import annotations

import os
import sys
import time

from . import identity
from .text import quote
from .version import VERSION


def started_at() -> str:
    """The wall-clock time now, UTC, microseconds."""
    ns = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 1_000_000_000)) + ".%06dZ" % (ns // 1000 % 1_000_000)


def command_line() -> list:
    """The interpreter's arguments, its options included where they can be had."""
    # `sys.argv` does not exist yet while the interpreter starts; `orig_argv` (3.10) does, and has the options as well.
    given = getattr(sys, "orig_argv", None)
    if given:
        return list(given[1:])
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(part) for part in file.read().split(b"\0")[1:-1]]
    except OSError:
        return list(getattr(sys, "argv", ()))


def _directory() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def draw(process: dict, engine: dict, segment: int, redact_arguments, beside: int = 0) -> bytes:
    """The header line. `process` has `key`, `parent`, `parent_call`, `born`, `started` (run time) and `started_at`;
    `engine` is what core.py tells; `beside` is the main segment that a thread's own is beside, else 0."""
    parts = (
        ("process", quote(process["key"])),
        ("pid", str(os.getpid())),
        ("ppid", str(os.getppid())),
        ("parent", quote(process["parent"]) if process["parent"] else "null"),
        ("parent_call", str(process["parent_call"])),
        ("born", quote(process["born"])),
        ("runtime", '"python"'),
        ("runtime_version", quote("%d.%d.%d" % sys.version_info[:3])),
        ("implementation", quote(sys.implementation.name)),
        ("executable", quote(sys.executable or "")),
        ("argv", "[" + ",".join([quote(a) for a in redact_arguments(command_line())]) + "]"),
        ("cwd", quote(_directory())),
        ("started_at", quote(process["started_at"])),
        ("agent_version", quote(VERSION)),
        ("engine", quote(engine["engine"])),
        ("core", quote(engine["core"])),
        ("core_reason", quote(engine["core_reason"])),
        ("core_fallback", "true" if engine["core_fallback"] else "false"),
        ("native_start", quote(identity.native_start())),
    )
    if beside:
        parts += (("beside", str(beside)),)
    payload = "{" + ",".join(['"%s":%s' % part for part in parts]) + "}"
    return ("H\t1\t%d\t\t%d\t\t%s\n" % (process["started"], segment, payload)).encode("utf-8")
