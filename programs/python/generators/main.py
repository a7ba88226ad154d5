"""Generators: exhausted, partly consumed, closed, thrown into, delegating, never started, with a return value."""

import gc


def count(n):
    for i in range(n):
        yield i
    return "done"


def delegate(n):
    result = yield from count(n)
    yield result


def careful():
    try:
        yield 1
        yield 2
    finally:
        print("cleaned")


def catching():
    while True:
        try:
            yield "ready"
        except ValueError as error:
            print("inside", error.args)


def echo():
    got = None
    while got != "stop":
        got = yield got
    return "echoed"


def feed(generator):
    return next(generator)


print(list(count(3)))
print(list(delegate(2)))

closed = careful()
print(next(closed))
closed.close()

thrown = catching()
next(thrown)
print(thrown.throw(ValueError("thrown")))
try:
    thrown.throw(KeyError("out"))  # probe: throw
except KeyError as error:  # probe: caught
    print("outside", error.args)

talk = echo()
next(talk)
print(talk.send("a"))
try:
    talk.send("stop")
except StopIteration as stop:
    print(stop.value)

never = count(1)
del never

shared = count(3)
print(feed(shared), next(shared))

unstarted = count(2)
try:
    unstarted.throw(ValueError("before the start"))
except ValueError as error:
    print(error)

collected = careful()
next(collected)
del collected
gc.collect()

print(sum(i * i for i in range(3)))
