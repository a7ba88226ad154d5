"""Compares two versions of a text line by line with `own_difflib`: the standard library's difflib, copied beside the
workloads by the bench, so that a library known to all runs as the project's own code."""

import own_difflib

MODULES = ("own_difflib",)

OLD = [f"line {i}: the quick brown fox jumps over {i * i % 97} lazy dogs\n" for i in range(60)]
NEW = [line.replace("lazy", "busy") if i % 5 == 0 else line for i, line in enumerate(OLD) if i % 11 != 3]


def run():
    for _ in own_difflib.ndiff(OLD, NEW):
        pass
