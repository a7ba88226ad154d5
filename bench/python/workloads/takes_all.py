"""A function that takes a text, a dict, a list and an object at once: those of its four neighbours."""

from takes_dict import ORDERS as DICTS
from takes_list import SERIES
from takes_object import ORDERS as OBJECTS
from takes_text import LINES


def check(line, order, series, thing):
    return 1


def run():
    for _ in range(10):
        for at in range(30):
            check(LINES[at], DICTS[at], SERIES[at], OBJECTS[at])
