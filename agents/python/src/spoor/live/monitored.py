"""The engine of probes for CPython 3.12 and newer: events of `sys.monitoring` on exactly the code that holds a probe.

Other lines of such code are disabled at their first event, and cost nothing from then on. The start of a call is asked
for everywhere, so that code loaded later is met before its first line runs; each code object answers once with DISABLE.
That an exception left a call is told for the whole process only, and asked for only while a probe waits for ends.
"""

from __future__ import annotations

import sys

from ..monitoring import TOOL_IDS, free_tool_id
from .armed import Armed
from .probe import Unsupported

monitoring = getattr(sys, "monitoring", None)
_get_frame = sys._getframe


class MonitoredCode:
    name = "monitoring"

    def __init__(self, met, ends) -> None:
        """`met(code, frame)`: code that was not known starts; it may call `watch`. `ends`: open calls."""
        self._met = met
        self._ends = ends
        self._table: dict = {}
        self._lines: dict = {}
        self._tool = None
        self._disable = monitoring.DISABLE
        self._changed: list = []
        # File names of code -> whether a probe may be in it; names of functions that probes wait for.
        self._files: dict = {}
        self._interest = lambda filename: False
        self._names: frozenset = frozenset()

    # -- on the link's thread ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Raises Unsupported where no tool id is free."""
        if self._tool is not None:
            return
        tool = free_tool_id()
        if tool is None:
            names = tuple(monitoring.get_tool(each) for each in TOOL_IDS)
            raise Unsupported("sys.monitoring tool ids 4 and 3 are taken by %s and %s" % names)
        monitoring.use_tool_id(tool, "spoor probes")
        self._tool = tool
        events = monitoring.events
        self._callbacks = (
            (events.LINE, self._on_line),
            (events.PY_START, self._on_start),
            (events.PY_RETURN, self._on_return),
            (events.PY_UNWIND, self._on_unwind),
        )
        for event, callback in self._callbacks:
            monitoring.register_callback(tool, event, callback)
        monitoring.set_events(tool, self._global_events())

    def wait_for(self, interest, names) -> None:
        """Code that starts is met if `interest(its file name)`, or if it has one of these names."""
        self._interest, self._names, self._files = interest, frozenset(names), {}

    def _global_events(self) -> int:
        events = monitoring.events
        waits = any(armed.ends for armed in list(self._table.values()))
        return events.PY_START | events.PY_UNWIND if waits else events.PY_START

    def arm(self, changes: list) -> None:
        """`changes`: (code, Armed or None). Lines that were disabled come again."""
        begins = []
        for code, armed in changes:
            if armed is None:
                self._lines.pop(id(code), None)
                self._table.pop(id(code), None)
                monitoring.set_local_events(self._tool, code, 0)
            else:
                self._enter(code, armed)
                if self._mask(armed) & monitoring.events.PY_START:
                    begins.append((code, armed))
                else:
                    monitoring.set_local_events(self._tool, code, 0)
                    monitoring.set_local_events(self._tool, code, self._mask(armed))
        if begins:
            # Where a start was disabled it stays so for as long as the event is on for all code.
            monitoring.set_events(self._tool, 0)
            for code, armed in begins:
                monitoring.set_local_events(self._tool, code, monitoring.events.JUMP)
                monitoring.set_local_events(self._tool, code, 0)
                monitoring.set_local_events(self._tool, code, self._mask(armed))
        monitoring.set_events(self._tool, self._global_events())
        self._changed = [(code, armed) for code, armed in changes if armed is not None]

    def settle(self) -> None:
        """Some time after `arm`: a callback that was about to disable a line then has done so, and is undone."""
        changed, self._changed = self._changed, []
        for code, armed in changed:
            if self._table.get(id(code)) is armed and not self._mask(armed) & monitoring.events.PY_START:
                monitoring.set_local_events(self._tool, code, 0)
                monitoring.set_local_events(self._tool, code, self._mask(armed))

    def close(self) -> None:
        """Leaves nothing: no event on any code object, no callback, no tool id."""
        if self._tool is None:
            return
        tool, self._tool = self._tool, None
        monitoring.set_events(tool, 0)
        for armed in list(self._table.values()):
            monitoring.set_local_events(tool, armed.code, 0)  # free_tool_id leaves them behind on 3.12 and 3.13
        for event, _ in self._callbacks:
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)
        self._table, self._lines, self._files, self._changed = {}, {}, {}, []
        self._callbacks = ()

    def note(self) -> None:
        """Nothing keeps hits from being seen."""

    def abandon(self) -> None:
        """The interpreter ends. Its modules are emptied one by one while finalisers still run, so what the callbacks
        need from here on is in this object."""
        self._interest, self._names = lambda filename: False, frozenset()
        self._table, self._lines, self._files = {}, {}, {}

    # -- on any thread ---------------------------------------------------------------------------------------------

    def watch(self, code, armed: Armed) -> None:
        """From within `met`: code that did not run before."""
        if self._tool is None:
            return
        self._enter(code, armed)
        monitoring.set_local_events(self._tool, code, self._mask(armed))
        if armed.ends:
            monitoring.set_events(self._tool, self._global_events())

    def _enter(self, code, armed: Armed) -> None:
        self._table[id(code)] = armed
        self._lines[id(code)] = armed.lines

    def _mask(self, armed: Armed) -> int:
        events = monitoring.events
        mask = events.LINE if armed.lines else 0
        if armed.starts is not None or armed.one_line or armed.ends:
            mask |= events.PY_START
        if armed.ends:
            mask |= events.PY_RETURN
        return mask

    # -- callbacks: none raises an error of its own --------------------------------------------------------------------

    def _on_line(self, code, line):
        try:
            fire = self._lines[id(code)][line]
        except KeyError:
            return self._disable
        try:
            fire(_get_frame(1))
        except RecursionError:
            pass  # the program is at its limit: nothing can be counted here
        return None

    def _on_start(self, code, offset):
        try:
            armed = self._table.get(id(code))
            if armed is None:
                wanted = self._files.get(code.co_filename)
                if wanted is None:
                    wanted = self._files[code.co_filename] = self._interest(code.co_filename)
                if not wanted and code.co_name not in self._names:
                    return self._disable
                self._met(code, _get_frame(1))
                armed = self._table.get(id(code))
                if armed is None:
                    return self._disable
            if armed.ends:
                self._ends.begins(_get_frame(1))
            if armed.starts is not None:
                armed.starts(_get_frame(1))
            elif not armed.ends and not armed.one_line:
                return self._disable
        except RecursionError:
            pass
        return None

    def _on_return(self, code, offset, value):
        try:
            self._ends.end(_get_frame(1), code, "returned", value)
        except RecursionError:
            pass

    def _on_unwind(self, code, offset, exception):
        try:
            armed = self._table.get(id(code))
            if armed is not None and armed.ends:
                self._ends.end(_get_frame(1), code, "raised", exception)
        except RecursionError:
            pass
