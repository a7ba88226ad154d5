"""Exceptions that are raised, pass through four frames and are caught, all out of scope; the unit is one exception."""

from unrecorded import catching

UNITS = 100


def run():
    for _ in range(UNITS):
        catching()
