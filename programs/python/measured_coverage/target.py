"""What is measured."""


def branchy(n):
    if n:
        return "yes"
    return "no"
