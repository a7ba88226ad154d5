"""Beside it."""


def join(words):
    return "+".join(words)
