"""What the engines look up where code runs: for each code object with probes, the functions to be called at its lines
and at the start of its calls."""

from __future__ import annotations

from .code_lines import header_line


class Armed:
    """One code object. `lines`: line -> function of the frame; `starts`: the same for the start of a call."""

    __slots__ = ("code", "ends", "lines", "one_line", "starts")

    def __init__(self, code, entries: list) -> None:
        """`entries`: (site, fire, whether the end of the call is waited for)."""
        self.code = code
        by_line: dict = {}
        for site, fire, _ in entries:
            by_line.setdefault(site.line, []).append(fire)
        starts = by_line.pop(0, ())
        self.starts = _one(starts) if starts else None
        self.lines = {line: _one(fires) for line, fires in by_line.items()}
        self.ends = any(waits for _, _, waits in entries)
        # From 3.13 on the interpreter tells of a line on which the call itself begins only where it tells of the call.
        self.one_line = bool(self.lines) and header_line(code) in self.lines


def _one(fires: list):
    if len(fires) == 1:
        return fires[0]
    all_of_them = tuple(fires)

    def fire(frame):
        for each in all_of_them:
            each(frame)

    return fire
