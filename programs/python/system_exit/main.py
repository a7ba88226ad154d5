"""sys.exit deep in the program: caught by nobody, finally clauses run, the code is its own."""

import sys


def deep(n):
    if n == 0:
        sys.exit(7)  # probe: exit
    deep(n - 1)


def guarded():
    try:
        deep(2)
    finally:
        print("finally")


try:
    sys.exit("caught")
except SystemExit as error:
    print(error.code)
guarded()
