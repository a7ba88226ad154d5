"""Tracepoints: a snapshot of the frame at each hit, told at once or when the call ends."""

from __future__ import annotations

from time import perf_counter_ns as _clock

from ..exceptions import variables_of
from ..functions import OPTIMIZED
from .event_head import head_of
from .namespace import lookup
from .pictures import absent, globals_text
from .variables import forget_outer, own_names

SNAPSHOT = "probe.hit.snapshot"


def make(probe, site, file: str, where, ends):
    """The action of a tracepoint at a place: called with the frame and its variables. `ends`: open calls (ends.py)."""
    wanted = probe.wanted
    encoder = probe.encoder
    code = site.code
    head = head_of(probe, site, file)
    plan = encoder.plan(code)
    skip = frozenset(entry[0] for entry in plan)
    is_function = bool(own_names(code))
    shows_values = wanted.get("values", "default") != "none"
    expressions = _expressions(probe)
    names_of_globals = [name for name in wanted.get("globals", ()) if type(name) is str]
    stack = wanted.get("stack") or {"frames": 0, "locals": 0}
    frames, with_locals = stack["frames"], stack["locals"]
    waits = wanted.get("waitForEnd", False)
    here = where.here
    draw_stack = where.stack
    add = probe.tell

    def draw(outer, hit):
        names = outer.f_locals if outer.f_code.co_flags & OPTIMIZED else variables_of(outer)
        text = encoder.fields_of(names)
        if outer is not hit:
            forget_outer(names, own_names(outer.f_code))
        return text

    def snapshot(frame, names) -> str:
        text = ""
        if shows_values:
            if is_function:
                text = ',"arguments":' + encoder.args(plan, names) + ',"locals":' + encoder.fields_of(names, skip)
            else:
                text = ',"locals":' + encoder.fields_of(variables_of(frame))
        if names_of_globals:
            text += ',"globals":' + globals_text(encoder, names_of_globals, frame)
        if expressions:
            text += ',"expressions":' + _evaluated(probe, expressions, names, frame)
        return text

    def stack_of(frame) -> str:
        return ',"stack":' + draw_stack(frame, frames, with_locals, draw) + "}" if frames else "}"

    def now(frame, names):
        text = head + here() + ',"snapshot":{' + snapshot(frame, names)[1:] + "}"
        add(SNAPSHOT, text + stack_of(frame))

    def begin(frame, names):
        # The stack is that of the hit: when the call ends, generators may stand elsewhere.
        begun = head + here(), snapshot(frame, names), stack_of(frame), _clock()
        ends.open(frame, probe, lambda outcome, value: finish(begun, outcome, value))

    def finish(begun, outcome, value):
        text, shown, rest, began = begun
        took = _clock() - began
        if outcome == "returned":
            shown += ',"returnValue":' + (encoder.value(value) if shows_values else '{"$":"cut","why":"level"}')
        elif outcome == "raised":
            shown += ',"exception":' + encoder.exception(value)
        else:
            shown += ',"returnValue":' + absent(outcome, encoder)
        add(SNAPSHOT, text + ',"snapshot":{' + shown[1:] + '},"durationNs":%d' % took + rest)

    return begin if waits else now


def _expressions(probe) -> list:
    return [
        (probe.encoder.field_key(each["text"])[1:], probe.compiled("compile_expression", each["expression"]))
        for each in probe.wanted.get("expressions", ())
    ]


def _evaluated(probe, expressions, names, frame) -> str:
    from .expressions import EvaluationError, picture

    encoder = probe.encoder
    look = lookup(names, frame)
    out = ""
    for key, evaluate in expressions:
        try:
            shown = picture(evaluate(look), encoder)
        except EvaluationError as error:
            shown = absent(error.message, encoder)
            probe.erred("snapshot", error.message, error.column)
        out += "," + key + shown
    return "{" + out[1:] + "}"
