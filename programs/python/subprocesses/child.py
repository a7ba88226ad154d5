"""The second program."""

import sys


def triple(n):
    return n * 3


print(triple(int(sys.argv[1])))
