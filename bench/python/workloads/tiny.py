"""A function that does next to nothing with two integers, called a thousand times: the dearest case by proportion."""


def add(a, b):
    return a + b


def run():
    for i in range(500):
        add(i, 7)
