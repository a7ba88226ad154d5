"""Where in the program a hit is: thread, asyncio task, web request, recorded call, stack. As JSON text."""

from __future__ import annotations

import sys
from _thread import _local, get_ident
from os import getpid

from .. import active
from ..agent_frames import AGENT
from ..classes import loaded
from ..functions import Names
from .web_request import WebRequest

try:
    from _thread import get_native_id
except ImportError:
    get_native_id = get_ident

_MOST_PLACES = 4096


class Where:
    def __init__(self, encoder, paths) -> None:
        self._quote = encoder.quote
        self._paths = paths
        self._local = _local()
        self._names = Names()
        self._web = WebRequest()
        # id(code) -> (code, what a stack shows of it up to the line).
        self._places: dict = {}

    def forked(self) -> None:
        self._local = _local()
        self._web.forget()

    def forget(self) -> None:
        """No code is kept any more."""
        self._places = {}
        self._names = Names()
        self._web.forget()

    # -- who runs ------------------------------------------------------------------------------------------------------

    def here(self) -> str:
        """`"thread":…`, and `task`, `request` and `call` where there are any."""
        threads = loaded("threading", "_active")
        thread = threads.get(get_ident()) if type(threads) is dict else None
        name = ""
        if thread is not None:
            try:
                name = object.__getattribute__(thread, "_name")
            except AttributeError:
                pass
        local = self._local
        try:
            text = local.text if local.name is name else None
        except AttributeError:
            text = None
        if text is None:
            shown = name if type(name) is str else ""
            if not shown:
                # Without `threading` nobody named the first thread, whose id is that of the process on Linux.
                shown = "MainThread" if get_native_id() == getpid() else "thread-%d" % get_native_id()
            text = '"thread":{"id":%d,"name":%s}' % (get_native_id(), self._quote(shown[:256]))
            local.name, local.text = name, text
        if "asyncio" in sys.modules:
            text += self._task()
        recorder = active.recorder
        if recorder is not None and recorder.on:
            text += self._request(recorder) + self._call(recorder)
        else:
            found = self._web.here()
            if found is not None:
                text += self._shown(found, "")
        return text

    def _task(self) -> str:
        running = loaded("_asyncio", "_get_running_loop") or loaded("asyncio.events", "_get_running_loop")
        if running is None:
            return ""
        loop = running()
        if loop is None:
            return ""
        current = loaded("_asyncio", "current_task")
        if current is not None:
            task = current(loop)
        else:
            # Before 3.12 `current_task` is Python code and reads this dictionary, by the loop's hash.
            tasks = loaded("asyncio.tasks", "_current_tasks")
            task = None
            for each in list(tasks.items()) if type(tasks) is dict else ():
                if each[0] is loop:
                    task = each[1]
        if task is None:
            return ""
        kind = loaded("_asyncio", "Task")
        name = ""
        if kind is not None and any(base is kind for base in type.__dict__["__mro__"].__get__(type(task))):
            name = kind.get_name(task)
        return ',"task":{"id":%d,"name":%s}' % (id(task), self._quote(name[:256] if type(name) is str else ""))

    def _request(self, recorder) -> str:
        """The web request that is answered here, with the number that it has in the recording."""
        found = recorder.special.requests.current()
        if found is None:
            return ""
        run, process = self._quote(str(recorder.settings.run)), self._quote(recorder.spool.key)
        return self._shown(found, '"run":%s,"process":%s,' % (run, process))

    def _shown(self, found, of_run: str) -> str:
        route = "null" if found["route"] is None else self._quote(found["route"])
        return ',"request":{%s"id":%d,"method":%s,"path":%s,"route":%s}' % (
            of_run,
            found["id"],
            self._quote(found["method"]),
            self._quote(found["path"]),
            route,
        )

    def _call(self, recorder) -> str:
        """The recorded call that runs here."""
        try:
            call = recorder.strands.local.state.nearest()
        except AttributeError:
            return ""
        if not call:
            return ""
        run = self._quote(str(recorder.settings.run))
        return ',"call":{"run":%s,"process":%s,"call":%d}' % (run, self._quote(recorder.spool.key), call)

    # -- the stack -------------------------------------------------------------------------------------------------

    def place(self, code) -> str:
        found = self._places.get(id(code))
        if found is None:
            if len(self._places) >= _MOST_PLACES:
                self._places = {}
            text = '{"file":%s,"function":%s,"line":' % (
                self._quote(self._paths.real(code.co_filename)),
                self._quote(self._names.of(code)),
            )
            found = self._places[id(code)] = (code, text)
        return found[1]

    def stack(self, frame, most: int, with_locals: int, draw) -> str:
        """The frames from `frame` outwards, at most so many; of the first `with_locals` of them also the variables, as
        `draw(frame, the innermost)` gives them."""
        out = ""
        depth = 0
        places = self._places
        hit = frame
        while frame is not None and depth < most:
            code = frame.f_code
            if not code.co_filename.startswith(AGENT):
                known = places.get(id(code))
                out += "," + (self.place(code) if known is None else known[1]) + str(frame.f_lineno or 0)
                if depth < with_locals:
                    out += ',"locals":' + draw(frame, hit)
                out += "}"
                depth += 1
            frame = frame.f_back
        return "[" + out[1:] + "]"
