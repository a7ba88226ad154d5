"""Exceptions in flight: the first sight of each, the handlers it enters, the locals of frames it leaves for good.

An exception is known by its identity while it is in flight, in the thread it flies in; no reference to it is kept,
since that would keep its frames and their locals alive.
"""

from __future__ import annotations

import sys

from .agent_frames import AGENT
from .builtin_types import BuiltinFunctionType, FunctionType, ModuleType
from .functions import OPTIMIZED, STOPS, module_of
from .sequence import sequence

traceback_of = BaseException.__dict__["__traceback__"].__get__
# Frames whose locals are written for one exception, and exceptions of one place whose locals are written.
FRAMES = 50
EACH_PLACE = 25
# Whether a handler that lets an exception go on is told before the exception leaves the call.
_TELLS_AGAIN = hasattr(sys, "monitoring")
_NO_CALL = (0, None)
_RECURSION = (
    '{"type":"RecursionError","module":"builtins","message":"maximum recursion depth exceeded",'
    '"args":["maximum recursion depth exceeded"]}'
)


# What a module's or class's namespace holds besides data; it would drown the data.
_NOT_DATA = frozenset((ModuleType, FunctionType, BuiltinFunctionType, type))


def _line_of(trace) -> int:
    """0 for an instruction without a line."""
    return max(trace.tb_lineno or 0, 0)


def variables_of(frame) -> dict:
    names = frame.f_locals
    if frame.f_code.co_flags & OPTIMIZED:
        return names
    return (
        {
            name: value
            for name, value in dict.items(names)
            if type(name) is str and not name.startswith("__") and type(value) not in _NOT_DATA
        }
        if type(names) is dict
        else {}
    )


class Flight:
    """An exception in flight: its id in the spool, whether a handler has it, how many frames had their locals
    written."""

    __slots__ = ("calls", "frames", "handled", "id", "kind", "untold")

    def __init__(self, id: int, kind: type) -> None:
        self.id = id
        self.kind = kind
        self.frames = 0
        # A handler was entered and has not let it go on: the next exception at this address is another one.
        self.handled = False
        # First seen when it left a call, which its traceback will not show.
        self.untold = False
        # id(frame) -> (call, code), of frames that it left; its traceback keeps them alive.
        self.calls: dict = {}

    def came_by(self, trace) -> bool:
        """Whether a traceback leads through a frame that this flight left; else it is another exception at its
        address. That one's frames can be at the same addresses, but none of them is of recorded code: it would have
        been seen there."""
        if not self.calls or self.untold:
            return True
        while trace is not None:
            frame = trace.tb_frame
            left = self.calls.get(id(frame))
            if left is not None and left[1] is frame.f_code:
                return True
            trace = trace.tb_next
        return False


class Exceptions:
    def __init__(self, spool, scope, functions, strands, encoder) -> None:
        self._spool = spool
        self._scope = scope
        self._functions = functions
        self._strands = strands
        self._encoder = encoder
        self._next = sequence()
        self._places: dict = {}
        self._last_left = (0, 0)

    def forked(self) -> None:
        self._places = {}

    def last_left(self) -> tuple:
        """(identity, exception id) of the last one that left a stack of calls altogether."""
        return self._last_left

    # -- what the native core asks for, which follows exceptions itself ------------------------------------------------

    def place_of(self, code) -> tuple:
        """JSON texts of the file and the name of `code`."""
        file, name = self._scope.shown(code.co_filename), self._functions.names.of(code)
        return self._encoder.quote(file).encode("utf-8"), self._encoder.quote(name).encode("utf-8")

    def shows_locals(self, code, module_globals) -> bool:
        return self._scope.records(code.co_filename, module_of(module_globals))

    def locals_of(self, frame) -> str:
        return self._encoder.fields_of(variables_of(frame))

    # -- what the engines of this core tell ---------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        line = text.encode("utf-8")
        try:
            self._spool.write(line)
        except ValueError:
            self._spool.overflow(line)

    def raised(self, code, exception, trace) -> None:
        """`exception` was raised in recorded `code`, or comes through it; its first sight is recorded.

        `trace` is its traceback: up to 3.11 the exception does not have it yet when the engine is told.
        """
        try:
            state = self._strands.local.state
        except AttributeError:
            return
        top = state.top()
        if top is None or top[0] < 0:
            return
        flight = state.inflight.get(id(exception))
        if flight is not None and not flight.handled and trace is not None:
            if flight.untold or (trace.tb_next is not None and flight.came_by(trace.tb_next)):
                return  # one more frame on its way
        if trace is None and type(exception) in STOPS:
            return  # the end of an iteration or of an `await`, which nobody raised
        self._first_sight(state, code, exception, trace, top[0], top[2])

    def _first_sight(self, state, code, exception, trace, call: int, strand: int) -> Flight:
        origin = following = trace
        while following is not None:
            if not following.tb_frame.f_code.co_filename.startswith(AGENT):
                origin = following
            following = following.tb_next
        flight = Flight(self._next(), type(exception))
        where = code if origin is None else origin.tb_frame.f_code
        line = 0 if origin is None else _line_of(origin)
        # Near the recursion limit the encoder could only say that it does not know.
        described = _RECURSION if type(exception) is RecursionError else self._encoder.exception(exception)
        self._write(
            'E\t%d\t%d\t%d\t%d\t%d\t%s,"file":%s,"line":%d,"function":%s}\n'
            % (
                flight.id,
                self._spool.now(),
                call,
                0 if trace is None else _line_of(trace),
                strand,
                described[:-1],
                self._encoder.quote(self._scope.shown(where.co_filename)),
                line,
                self._encoder.quote(self._functions.names.of(where)),
            )
        )
        # Last, because writing may fail at the recursion limit: then a frame further down sees it first.
        state.inflight[id(exception)] = flight
        return flight

    def caught(self, code, exception, frame, offset: int) -> None:
        """A handler at `offset` of `code` was entered; of code that is not recorded, the place goes with it."""
        try:
            state = self._strands.local.state
        except AttributeError:
            return
        if not state.inflight:
            return
        flight = state.inflight.get(id(exception))
        if flight is None:
            return
        if flight.handled or not flight.came_by(traceback_of(exception)):
            del state.inflight[id(exception)]
            return
        flight.handled = True
        function = self._functions.by_code.get(id(code))
        line = frame.f_lineno or 0 if function is None or offset < 0 else function.line_at(offset)
        entry = state.top()
        payload = ""
        if entry is None or entry[1] is not code:
            if code.co_filename.startswith(AGENT):
                return  # our launcher, which stands for the interpreter
            payload = '{"file":%s,"function":%s}' % (
                self._encoder.quote(self._scope.shown(code.co_filename)),
                self._encoder.quote(self._functions.names.of(code)),
            )
        self._write(
            "A\t%d\t%d\t%d\t%d\t%d\t%s\n"
            % (
                flight.id,
                self._spool.now(),
                entry[0] if entry is not None else 0,
                line,
                entry[2] if entry is not None else state.id,
                payload,
            )
        )

    def raised_again(self, exception, trace) -> None:
        """A handler let `exception` go on: a bare `raise`, a `finally`, an `except` that does not match."""
        try:
            inflight = self._strands.local.state.inflight
        except AttributeError:
            return
        flight = inflight.get(id(exception))
        if flight is None:
            return
        if trace is None:
            # Another one at this address, which was never raised before: what a StopIteration in a generator becomes.
            del inflight[id(exception)]
        else:
            flight.handled = False

    def unwound(self, state, frame, exception, trace, call: int, strand: int) -> int:
        """The exception has just left the recorded `frame` of `call`; gives its id.

        The interpreter raises some without telling, such as what `except*` leaves over and the RuntimeError that a
        StopIteration in a generator becomes: those are first seen here. Where it goes on into code that is not
        recorded, the locals of its frames are written.
        """
        flight = state.inflight.get(id(exception))
        if flight is None or flight.kind is not type(exception) or (flight.handled and _TELLS_AGAIN):
            flight = self._first_sight(state, frame.f_code, exception, trace, call, strand)
            flight.untold = trace is None
        flight.handled = False
        flight.calls[id(frame)] = call, frame.f_code
        outer = frame.f_back
        if outer is None or id(outer.f_code) not in self._functions.by_code:
            if state.top() is None:
                self._last_left = (id(exception), flight.id)
            self._write_frames(flight, trace)
        return flight.id

    def _write_frames(self, flight: Flight, trace) -> None:
        frames = []
        while trace is not None:
            frames.append((trace.tb_frame, _line_of(trace)))
            trace = trace.tb_next
        if not frames:
            return
        frames.reverse()
        place = (frames[0][0].f_code.co_filename, frames[0][1])
        seen = self._places.get(place, 0)
        if seen >= EACH_PLACE:
            return
        self._places[place] = seen + 1
        for depth in range(flight.frames, min(len(frames), FRAMES)):
            self._write_frame(flight, depth, *frames[depth])
        flight.frames = len(frames)

    def _write_frame(self, flight: Flight, depth: int, frame, line: int) -> None:
        code = frame.f_code
        if not self.shows_locals(code, frame.f_globals):
            return
        self._write(
            'L\t%d\t%d\t%d\t%d\t%d\t{"file":%s,"function":%s,"locals":%s}\n'
            % (
                flight.id,
                self._spool.now(),
                flight.calls.get(id(frame), _NO_CALL)[0],
                line,
                depth,
                self._encoder.quote(self._scope.shown(code.co_filename)),
                self._encoder.quote(self._functions.names.of(code)),
                self.locals_of(frame),
            )
        )
