"""Command lines without their secrets: `--password x`, `--token=x`, `KEY=x`, and secrets by their shape."""

from __future__ import annotations

from . import patterns

_OPTION = patterns.compile(r"--?([A-Za-z][\w.-]*)")
_ASSIGNMENT = patterns.compile(r"(-{0,2}([A-Za-z_][\w.-]*)=)(.+)", patterns.DOTALL)


def redact_arguments(arguments: list, redactor) -> list:
    """`arguments` with what follows or is assigned to a secret name, and what looks like a secret, replaced."""
    shown = []
    why = None
    for argument in arguments:
        if why is not None and argument and not argument.startswith("-"):
            shown.append("[redacted:%s]" % why)
            why = None
            continue
        option = _OPTION.fullmatch(argument)
        why = redactor.name(option.group(1)) if option is not None else None
        assignment = _ASSIGNMENT.fullmatch(argument)
        named = redactor.name(assignment.group(2)) if assignment is not None else None
        if named is not None:
            shown.append("%s[redacted:%s]" % (assignment.group(1), named))
        else:
            shown.append(redactor.text(argument))
    return shown
