"""Five hundred calls of a Python function out of scope from one recorded function; the unit is one such call."""

from unrecorded import nothing

UNITS = 500


def run():
    for i in range(UNITS):
        nothing(i)
