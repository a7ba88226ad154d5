"""The lines of code objects: which of them a probe can stand on, and at which offsets of the bytecode they begin."""

from __future__ import annotations

from ..operations import OPERATIONS

_RESUME = OPERATIONS.get("RESUME", -1)
_CACHE = OPERATIONS.get("CACHE", -1)
_Code = type((lambda: None).__code__)


def starts_of(code) -> list:
    """(offset, line) of each stretch of bytecode that has a line, in the order of the bytecode.

    What comes before the body (making cells, a generator's frame) is left out: the interpreter tells of no line there.
    """
    if not hasattr(code, "co_lines"):
        return _starts_by_table(code)
    begin = body_of(code)
    found = []
    for start, end, line in code.co_lines():
        if line and end > begin:
            found.append((max(start, begin), line))
    return found


def body_of(code) -> int:
    """The offset of the first instruction of the body, which stands after RESUME (3.11 and newer)."""
    if _RESUME < 0:
        return 0
    operations = code.co_code
    for at in range(0, len(operations), 2):
        if operations[at] == _RESUME:
            after = at + 2
            while operations[after] == _CACHE:  # since 3.15 it has one
                after += 2
            return after
    return 0


def _starts_by_table(code) -> list:
    """Before 3.10: `co_lnotab`, pairs of steps (Objects/lnotab_notes.txt)."""
    table = code.co_lnotab
    found = []
    offset, line, told = 0, code.co_firstlineno, None
    for at in range(0, len(table), 2):
        if table[at]:
            if line != told:
                found.append((offset, line))
                told = line
            offset += table[at]
        step = table[at + 1]
        line += step - 256 if step >= 128 else step
    if line != told:
        found.append((offset, line))
    return found


def lines_of(code) -> frozenset:
    return frozenset(line for _, line in starts_of(code))


def header_line(code) -> int:
    """The line of the instruction that begins a call; 0 if it has none."""
    if not hasattr(code, "co_lines"):
        return code.co_firstlineno
    begin = body_of(code)
    for _, end, line in code.co_lines():
        if end >= begin and line:
            return line
    return 0


def line_at(code, offset: int) -> int:
    """The line of the stretch that holds a bytecode offset; 0 if it has none."""
    found = 0
    for start, line in starts_of(code):
        if start > offset:
            break
        found = line
    return found


def nested(code) -> list:
    """`code` and all code inside it, outer before inner."""
    found = [code]
    for each in found:  # it grows meanwhile
        for constant in each.co_consts:
            if type(constant) is _Code:
                found.append(constant)
    return found


def nearest(lines, line: int) -> list:
    """The nearest lines of `lines` below and above `line`."""
    below = [each for each in lines if each < line]
    above = [each for each in lines if each > line]
    return ([max(below)] if below else []) + ([min(above)] if above else [])
