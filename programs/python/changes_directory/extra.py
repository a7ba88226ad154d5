"""Run by its relative path from another directory."""


def compute():
    return 6 * 7


VALUE = compute()
