"""Five hundred calls of a native function from one recorded function; the unit is one such call."""

UNITS = 500


def run():
    sign = abs
    for i in range(UNITS):
        sign(i)
