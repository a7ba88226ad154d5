"""Which process this is, told apart from every other that had or will have its pid."""

from __future__ import annotations

import os


def native_start() -> str:
    """Start time of this process as the kernel counts it (field 22 of /proc/self/stat); empty where there is no
    /proc."""
    try:
        with open("/proc/self/stat", "rb") as file:
            # The second field is the command in parentheses and may hold spaces and parentheses itself.
            return file.read().rpartition(b")")[2].split()[19].decode("ascii")
    except (OSError, IndexError):
        return ""


def process_key(t: int) -> str:
    """The key of this process in its run: pid and run time in hexadecimal (spec/spool.md, Files)."""
    return "%d-%x" % (os.getpid(), max(t, 0))
