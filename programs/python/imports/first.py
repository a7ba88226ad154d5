"""Half of a circle of imports."""

import second


def combine(x):
    return x + 1


value = second.base()
