"""Numbers of the interpreter's operations by their names, of those that the agent knows."""

from __future__ import annotations

from . import boot

NAMES = (
    "CACHE",
    "END_ASYNC_FOR",
    "FOR_ITER",
    "IMPORT_NAME",
    "RESUME",
    "RETURN_VALUE",
    "SEND",
    "YIELD_FROM",
    "YIELD_VALUE",
)


def numbers() -> dict:
    """Of those that this version has."""
    from opcode import opmap

    return {name: opmap[name] for name in NAMES if name in opmap}


OPERATIONS = boot.facts.get("operations") or numbers()
