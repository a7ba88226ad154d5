"""A generator that yields five hundred numbers; the unit is one yield with its resume."""

UNITS = 500


def numbers(count):
    at = 0
    while at < count:
        yield at
        at += 1


def run():
    for _ in numbers(UNITS):
        pass
