"""What every server here serves."""

import os


def price(item):
    return len(item) * 2


def answer(path):
    item = path.strip("/")
    return "%s costs %d\n" % (item, price(item))


def who():
    return str(os.getpid())
