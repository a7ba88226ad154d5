"""Uses its package by a relative import."""

from . import STATE


def describe():
    return "member is " + STATE
