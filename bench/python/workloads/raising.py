"""A function that raises and a caller that catches, two hundred times; the unit is one exception with its call."""

UNITS = 200


def refuse(number):
    raise ValueError(f"not {number}")


def run():
    for i in range(UNITS):
        try:
            refuse(i)
        except ValueError:
            pass
