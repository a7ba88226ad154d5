"""Both cores write the same bytes: random graphs of values, under random limits, as result, as argument and `self`, as
locals and in exceptions.

SPOOR_TEST_SEED is the seed of the first of SPOOR_TEST_WORLDS worlds; a failure names the world it happened in, which is
made again alone with these set to that seed and 1.
"""

import gc
import os
import random

import native_core
import pytest
from random_values import Values
from spoor.redaction import Redactor
from spoor.values import Encoder, Limits

native_core.load()

# A few thousand graphs take a few seconds.
WORLDS = int(os.environ.get("SPOOR_TEST_WORLDS") or 100)
SEED = int(os.environ.get("SPOOR_TEST_SEED") or random.SystemRandom().randrange(10**9))
GRAPHS = 30
REDACTORS = (Redactor(), Redactor(("*fish", "alpha"), ("colou?r", "[0-9]{3}"), ("token",)))


def plain(a, b=1, *args, **kw):
    pass


def method(self, a, *, password=None, token=None):
    pass


def constructor(cls, self, items, secret_key):
    pass


FUNCTIONS = (plain, method, constructor)


def some_limits(chance):
    def one_of(*values):
        return chance.choice(values) if chance.random() < 0.5 else None

    if chance.random() < 0.25:
        return Limits()
    return Limits(
        chance.choice(("full", "default", "default", "shallow", "none")),
        depth=one_of(0, 1, 2, 3, 4, 6),
        items=one_of(0, 1, 2, 5, 20, 30),
        fields=one_of(0, 1, 2, 5, 20),
        text=one_of(0, 1, 7, 8, 16, 64, 65, 255, 256, 257, 300, 1000),
        bytes=one_of(0, 1, 2, 7, 20, 50, 51, 100, 512, 2000, 100000),
    )


class Pair:
    """The two encoders, with the same limits. The twin of the native one is not the one that it is held against."""

    def __init__(self, chance):
        self.chance = chance
        self.limits = some_limits(chance)
        redactor = REDACTORS[chance.random() < 0.15]
        self.native = native_core.Encoder(Encoder(self.limits, redactor))
        self.twin = Encoder(self.limits, redactor)

    def differ(self, value, function, values):
        """Where the two write different texts. The native one is first, because the other may build a `__dict__`."""
        yield "value", self.native.value(value), self.twin.value(value)
        yield "closed value", self.native.closed_value(value), self.twin.closed_value(value)
        plan = self.twin.plan(function.__code__)
        yield "args of " + function.__name__, self.native.args(plan, values), self.twin.args(plan, values)
        args = self.native.closed_args(plan, values), self.twin.closed_args(plan, values)
        yield "closed args of " + function.__name__, *args
        yield "locals", self.native.fields_of(values), self.twin.fields_of(values)
        frame = failed(values)
        shown = self.native.variables(frame)
        if shown is not None or max(map(len, (*values, "extra"))) <= self.limits.text:
            # Else one of the names is no key as it is, and all is left to the twin.
            yield "variables", shown or "", self.twin.fields_of(frame.f_locals)
        for error in self.chance.sample(list(errors(value, *values.values())), 2):
            yield "exception", self.native.exception(error), self.twin.exception(error)
            yield "exception in a list", self.native.value([error]), self.twin.value([error])

    def told(self):
        return ", ".join(["%s=%r" % (name, getattr(self.limits, name)) for name in self.limits.__slots__])


class Named(Exception):
    """What an exception of a program's may claim of itself, and keep."""

    def __init__(self, *args, **kw):
        super().__init__(*args)
        self.kept = kw


class Unusual(Named, KeyError):
    __module__ = None


class Disk(OSError):
    pass


Named.__qualname__ = 'Outer."Named" \udc80é'
Disk.__module__ = "token=abcdefgh12345678"


def errors(value, *more):
    """Exceptions made with, and from, these values."""
    yield ValueError(value, *more)
    yield Unusual(value)
    yield Disk(2, value)
    yield SyntaxError(value)
    for error in (
        Named(),
        KeyError(value),
        OSError(2, "No such", "/a/é", None, value),
        SyntaxError("s", ("f", 1, 2, "t")),
    ):
        error.__context__ = Unusual()
        yield error
        error.__cause__ = Named()
        error.args = (error, value)
        yield error
        error.__cause__ = None
        error.filename = error
        yield error


def failed(values):
    """A frame that an exception left, with these values as variables: some of them in cells."""
    names = sorted(values)
    inner = "lambda: (%s)" % ", ".join([*names[::2], "extra"])
    source = "def frame(%s):\n extra = %s\n unbound = unbound\n return %s" % (", ".join(names), names[0], inner)
    made = {}
    exec(source, made)
    try:
        made["frame"](**values)
    except UnboundLocalError as error:
        return error.__traceback__.tb_next.tb_frame


def arguments(chance, values, function, graph):
    code = function.__code__
    names = code.co_varnames
    made = {name: values.any(1) for name in names if chance.random() < 0.9}
    if "args" in names:
        made["args"] = tuple([values.any(1) for _ in range(chance.randrange(4))])
        made["kw"] = {"k": graph, "password": values.any(1)}
    made[names[0]] = graph
    return made


def world(seed):
    """Graphs of the same classes, each written under several limits. Gives what was told differently."""
    chance = random.Random(seed)
    pairs = [Pair(chance) for _ in range(3)]
    values = Values(chance, [pair.limits.text for pair in pairs])
    for number in range(GRAPHS):
        graph = values.graph()
        function = chance.choice(FUNCTIONS)
        given = arguments(chance, values, function, graph)
        for pair in pairs:
            for how, native, twin in pair.differ(graph, function, given):
                if native != twin:
                    return "seed %d, graph %d, %s, %s\n%s" % (seed, number, how, pair.told(), apart(native, twin))
        values.go_on()
    return None


def apart(native, twin):
    """The neighbourhood of the first difference."""
    at = 0
    while native[at : at + 1] == twin[at : at + 1] != "":
        at += 1
    start = max(0, at - 120)
    return "native …%a…\ntwin   …%a…" % (native[start : at + 120], twin[start : at + 120])


@pytest.mark.parametrize("part", range(4))
def test_random_graphs(part):
    print("SPOOR_TEST_SEED=%d" % SEED)
    found = list(filter(None, [world(SEED + number) for number in range(part, WORLDS, 4)]))
    gc.collect()
    if found:
        pytest.fail("%d worlds are told differently\n%s" % (len(found), "\n".join(found[:3])), pytrace=False)
