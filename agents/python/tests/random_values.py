"""Values of every kind a program can have, nested at random from a seed: what both cores must write alike."""

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import pathlib
import re
import types
import uuid

from random_classes import Classes
from random_code import code
from value_vectors import load

NUMBERS = (0, 1, -1, 7, 99, 100, 12345, 2**30 - 1, 2**30, -(2**30), 2**53 - 1, 2**53, -(2**53), 1 - 2**53, 2**62, 2**63)
NUMBERS += (2**255, 2**256 - 1, 2**256, -(2**256), 2**300 + 1, -(2**2000), 10**18, 4503599627370496)
FLOATS = (0.0, -0.0, 1.0, 1.5, 0.1, 1e16, 1e15, 123456789012345.6, 1e-7, 0.0001, 5e-324, 1.7976931348623157e308)
FLOATS += (float("nan"), float("inf"), float("-inf"), 1 / 3, -2.5e-10, 1e22, 100.0)
# One of each width that a text can have, and what JSON has to escape.
LETTERS = ("abcdefgh XYZ 019_-./", 'a"\\\n\t\r\b\f\x00\x1f\x7f', "aéßÿ ", "aЖ漢\u2028 ", "a🙂🦄", "a\ud800b\udc80")
KEYS = ("a", "b", "name", "id", "total", "$", "$a", "$cut", "é", "漢", "🙂", "\udc80", "", " ", "a b", 'q"', "password")
KEYS += ("token", "session_id", "api_key", "x" * 64, "y" * 65, "z" * 300, "user.email", "Authorization", "pin")
FIXED = (
    datetime.date(2024, 1, 2),
    datetime.datetime(2024, 1, 2, 3, 4, 5, 60, datetime.timezone.utc),
    datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    datetime.time(3, 4, 5),
    datetime.timedelta(-1, 3),
    datetime.timezone.utc,
    decimal.Decimal("1.50"),
    fractions.Fraction(1, 3),
    uuid.UUID(int=5),
    pathlib.PurePosixPath("/a/b"),
    re.compile("a+"),
    range(3),
    slice(1, None, 2),
    Ellipsis,
    NotImplemented,
    1 + 2j,
    complex("nan"),
    memoryview(b"abc"),
    array.array("i", [1, 2]),
    types.SimpleNamespace(a=1, b="x"),
    types.MappingProxyType({"a": 1}),
    {"a": 1}.keys(),
    functools.partial(int, "5"),
    len,
    "x".join,
    re,
    int,
    object(),
)


class Colour(enum.Enum):
    RED = 1
    TEXT = "green"


class Flag(enum.IntFlag):
    ONE = 1
    TWO = 2


Point = collections.namedtuple("Point", "x y")
Secret = collections.namedtuple("Secret", "user password")


@dataclasses.dataclass
class Order:
    id: object
    total: object
    note: object = None


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: object
    b: object


class Thing:
    def method(self):
        yield


def _texts(file):
    for case in load(file)["texts"]:
        yield case.get("before", "") + "".join(case.get("secret", ())) + case.get("text", "") + case.get("after", "")


SECRETS = tuple(_texts("redaction/secrets.json"))
INNOCENTS = tuple(_texts("redaction/innocents.json"))


class Values:
    """Random values. Those of one of these share classes and objects, so that caches are met again and cycles close."""

    def __init__(self, random, lengths=(256,)):
        self.random = random
        # What texts may be cut at.
        self.lengths = lengths
        self.texts = [self.new_text() for _ in range(60)]
        self.classes = Classes(random, self.scalar)
        # What may come up again, also inside itself.
        self.met = []
        # What objects of the program's own modules would be.
        self.makers = (
            (20, self.scalar),
            (6, self.list),
            (6, self.dict),
            (3, self.tuple),
            (2, self.set),
            (10, self.instance),
            (2, self.standard),
            (2, lambda depth: code(random, self.text)),
            (2, self.derived),
            (1, self.bytes),
            (2, self.again),
        )
        self.kinds = [maker for weight, maker in self.makers for _ in range(weight)]
        self.outer = self.kinds[20:]
        self.counts = [0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6] * 4 + [9, 9, 21, 25]

    def graph(self):
        """A value that is seldom a scalar."""
        return self.random.choice(self.outer)(self.random.choice((1, 2, 2, 3, 4)))

    def go_on(self):
        """What a program does between two records."""
        self.classes.go_on(lambda: self.any(1))

    def any(self, depth):
        return self.random.choice(self.kinds)(depth) if depth > 0 else self.scalar()

    def scalar(self, depth=0):
        pick = self.random.random()
        if pick < 0.3:
            return self.random.choice(NUMBERS) if pick < 0.15 else self.random.randrange(-1000, 1000)
        if pick < 0.75:
            return self.text()
        if pick < 0.9:
            return self.random.choice((None, True, False))
        return self.random.choice(FLOATS) if pick < 0.95 else self.random.uniform(-1000, 1000)

    def text(self):
        if self.random.random() < 0.9:
            return self.random.choice(self.texts)
        return self.new_text()

    def new_text(self):
        random = self.random
        pick = random.random()
        if pick < 0.1:
            return random.choice(SECRETS)
        if pick < 0.15:
            return random.choice(INNOCENTS)
        letters = random.choice(LETTERS) if pick < 0.6 else LETTERS[0]
        if pick < 0.3:
            # About as long as a limit, and with a secret about where it is cut.
            length = random.choice((*self.lengths, 64, 256, self.lengths[0] + 1024)) + random.randrange(-2, 3)
            text = "".join(random.choices(letters, k=8)) * (max(length, 0) // 8 + 1)
            text = text[: max(length, 0)]
            return text if pick < 0.22 else text[: -random.randrange(40) or None] + random.choice(SECRETS)
        return "".join(random.choices(letters, k=random.choice((0, 1, 2, 5, 9, 20))))

    def count(self):
        return self.random.choice(self.counts)

    def keep(self, value):
        if len(self.met) < 40 and self.random.random() < 0.3:
            self.met.append(value)
        return value

    def again(self, depth):
        return self.random.choice(self.met) if self.met else None

    def list(self, depth):
        made = self.keep([])
        pick = self.random.random()
        if pick < 0.3:
            # Of one kind, which is written by other loops.
            of = self.random.choice((lambda: self.random.randrange(100), self.text, self.scalar))
            made.extend([of() for _ in range(self.count() if self.random.random() < 0.98 else 110)])
        else:
            made.extend([self.any(depth - 1) for _ in range(self.count())])
        return made

    def tuple(self, depth):
        return self.keep(tuple([self.any(depth - 1) for _ in range(self.count())]))

    def set(self, depth):
        members = [self.hashable() for _ in range(self.count())]
        return set(members) if self.random.random() < 0.6 else frozenset(members)

    def hashable(self):
        pick = self.random.random()
        if pick < 0.8:
            return self.scalar()
        return (self.scalar(), self.scalar()) if pick < 0.9 else self.random.choice((Colour.RED, int, frozenset((1,))))

    def dict(self, depth):
        made = self.keep({})
        odd = self.random.random() < 0.15
        for _ in range(self.count()):
            pick = self.random.random()
            if odd and pick < 0.3:
                key = self.hashable()
            elif pick < 0.7:
                key = self.random.choice(KEYS)
            else:
                key = "key%d" % self.random.randrange(50)
            made[key] = self.any(depth - 1)
        return made

    def bytes(self, depth):
        random = self.random
        kind = random.choice((bytes, bytearray))
        if random.random() < 0.3:
            return kind(random.choice(SECRETS).encode("utf-8", "surrogatepass"))
        letters = random.choice((b"abc \n", bytes(range(256))))
        return kind(random.choices(letters, k=random.choice((0, 1, 5, 40, *self.lengths, 700))))

    def instance(self, depth):
        return self.classes.instance(lambda: self.any(depth - 1), self.keep)

    def standard(self, depth):
        pick = self.random.randrange(10)
        if pick < 4:
            return self.random.choice(FIXED)
        if pick == 4:
            return self.random.choice((Colour.RED, Colour.TEXT, Flag.ONE, Flag.ONE | Flag.TWO))
        if pick == 5:
            return self.random.choice((Point, Secret))(self.any(depth - 1), self.any(depth - 1))
        if pick == 6:
            return self.random.choice((Order, Frozen))(self.any(depth - 1), self.any(depth - 1))
        if pick == 7:
            thing = Thing()
            return self.random.choice((thing.method, Thing.method, thing.method(), Thing, Values.graph, thing))
        if pick == 8:
            error = self.random.choice((ValueError, KeyError, OSError, Exception))(*[self.any(depth - 1)] * (depth > 1))
            return error
        return slice(self.any(depth - 1), self.any(depth - 1))

    def derived(self, depth):
        """An instance of a subclass of a built-in class, with fields of its own."""
        kind = self.random.randrange(8)
        if kind == 0:
            made = self.classes.derived(list)(self.list(depth))
        elif kind == 1:
            made = self.classes.derived(dict)(self.dict(depth))
        elif kind == 2:
            made = self.classes.derived(tuple)(self.tuple(depth))
        elif kind == 3:
            made = self.classes.derived(str)(self.text())
        elif kind == 4:
            made = self.classes.derived(int)(self.random.choice(NUMBERS))
        elif kind == 5:
            made = self.classes.derived(set)(self.set(depth))
        elif kind == 6:
            return self.random.choice((collections.OrderedDict, collections.Counter))({"a": 1, "b": 2})
        else:
            return self.random.choice((collections.deque, collections.defaultdict(list).__class__))()
        if self.random.random() < 0.5:
            made.extra = self.any(depth - 1)
        return made
