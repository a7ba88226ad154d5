"""A project with a console script."""

import sys


def price(item):
    return len(item) * 2


def main():
    print([price(item) for item in sys.argv[1:]])
    return 5
