"""Exceptions in generators: raised inside, passing through `yield from`, StopIteration turned into RuntimeError."""


def bad(n):
    yield n
    raise ValueError("bad %d" % n)  # probe: bad


def through(n):
    yield from bad(n)


def stops():
    yield 1
    raise StopIteration("no")


def consume(generator):
    try:
        for _ in generator:
            pass
    except (ValueError, RuntimeError) as error:  # probe: consume
        return type(error).__name__


print(consume(bad(1)), consume(through(2)), consume(stops()))
