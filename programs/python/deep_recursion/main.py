"""Recursion close to the limit works as it does bare."""

import sys


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


print(sys.getrecursionlimit(), down(900))
