"""Dataclasses, named tuples, enums, slots: generated methods are not the project's code, hand-written ones are."""

import collections
import dataclasses
import enum
import typing


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0

    def __post_init__(self):
        self.norm = self.x + self.y


class Colour(enum.Enum):
    RED = 1
    BLUE = 2

    def shout(self):
        return self.name + "!"


Pair = collections.namedtuple("Pair", "left right")


class Typed(typing.NamedTuple):
    name: str
    size: int = 1

    def double(self):
        return self.size * 2


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


def take(*things):
    return things[0]


take(Point(1, 2), Colour.RED, Pair(1, 2), Typed("t"), Slotted(7))
print(Colour.BLUE.shout(), Typed("t", 4).double(), Point(1) == Point(1))
