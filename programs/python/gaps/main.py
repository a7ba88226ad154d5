"""What recorded code calls that is not recorded: native functions, library functions, classes, methods, with counts."""

import bisect
import collections
import textwrap


class Callable:
    def __call__(self):
        return 1


def calls():
    numbers = []
    for n in range(3):
        numbers.append(len("x" * n))
    counter = collections.Counter("ab")
    bisect.insort(numbers, 1)
    wrapped = textwrap.dedent("  text")
    return sorted(numbers), counter["a"], wrapped, Callable()(), own()


def own():
    return int("1")


calls()
