"""Whether the text of a file is still what runs: a line that a user points at is a line of the text on disk.

The text is compiled (never run) and its code compared with the loaded code, but only where the file has changed since
the process began: else import hooks that rewrite code, such as pytest's, would look like a difference.
"""

from __future__ import annotations

import os
import sys
import time

from ..builtin_types import ModuleType
from .code_lines import line_at, nested, starts_of

_module_dict = ModuleType.__dict__["__dict__"].__get__
_PLAIN = (int, float, complex, str, bytes, bool, type(None), type(...))
# What the compiled text is called; the filter of warnings knows it by that.
_NAME = "<spoor compares>"


def process_began() -> float:
    """When this process began, in seconds since 1970; 0 where that cannot be known."""
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        return boot + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def changed_since(path: str, when: float) -> bool:
    """Whether the file was written since then; a file that is gone was not."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    # A clock of file systems may lag a little behind.
    return max(found.st_mtime, found.st_ctime) > when - 0.1


class Text:
    """The code of a file's text as it is on disk now; `pieces` is None where it cannot be compiled."""

    def __init__(self, path: str) -> None:
        try:
            with open(path, "rb") as file:
                text = file.read()
            self.codes = nested(_compiled(text))
        except (OSError, SyntaxError, ValueError, RecursionError):
            self.codes = None

    def in_loaded(self, line: int, pieces: list) -> tuple:
        """(verdict, [(code, line in it)]): where a line of the text is in the loaded code.

        The verdict is "same" (perhaps at another line), "no_code", or "differs".
        """
        if self.codes is None:
            return "differs", []
        holders = [code for code in self.codes if any(each == line for _, each in starts_of(code))]
        if not holders:
            return "no_code", []
        found = []
        for holder in holders:
            offset = next(start for start, each in starts_of(holder) if each == line)
            key = _key(holder)
            for piece in pieces:
                if piece.code.co_name == holder.co_name and _key(piece.code) == key:
                    found.append((piece.code, line_at(piece.code, offset)))
        return ("same", found) if found else ("differs", [])


def _key(code) -> tuple:
    """All of a code object that decides what it does; not where it stands. Constants with their types: 1 is not 1.0."""
    return (
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_kwonlyargcount,
        tuple(_constant(each, type(code)) for each in code.co_consts),
    )


def _constant(value, code_type):
    kind = type(value)
    if kind is code_type:
        return _key(value)
    if kind is tuple:
        return "tuple", tuple(_constant(each, code_type) for each in value)
    if kind is frozenset:
        return "frozenset", frozenset(_constant(each, code_type) for each in value)
    # The compiler makes no others; whoever puts objects of his own into code has them compared by identity.
    return (kind.__name__, repr(value)) if any(kind is each for each in _PLAIN) else ("object", id(value))


def _compiled(text: bytes):
    """The code of a text. Warnings that its compilation gives go nowhere: the program had them when it loaded it."""
    filters = _filters()
    entry = ("ignore", None, Warning, _OwnName(), 0)
    if filters is not None:
        filters.insert(0, entry)
    try:
        return compile(text, _NAME, "exec", dont_inherit=True)
    finally:
        if filters is not None:
            for at, each in enumerate(filters):
                if each is entry:
                    del filters[at]
                    break


class _OwnName:
    """Stands where a filter of warnings has the pattern of a module's name, and fits ours alone."""

    __slots__ = ()

    def match(self, module, *_rest):
        return module == _NAME


def _filters():
    module = sys.modules.get("warnings") or sys.modules.get("_warnings")
    found = _module_dict(module).get("filters") if type(module) is ModuleType else None
    return found if type(found) is list else None
