"""Hides the module of that name."""

WHO = "program"


def dumps(value):
    return "own"
