"""Greenlets switch stacks without the interpreter's knowledge: each has its own calls."""

from greenlet import greenlet


def ping(n):
    for i in range(n):
        said.append(step("ping", i))
        pong_greenlet.switch()
    return "ping done"


def pong():
    i = 0
    while True:
        said.append(step("pong", i))
        i += 1
        ping_greenlet.switch()


def step(name, i):
    return "%s %d" % (name, i)


def fails():
    raise ValueError("in greenlet")


said = []
ping_greenlet = greenlet(ping)
pong_greenlet = greenlet(pong)
print(ping_greenlet.switch(2), said)
try:
    greenlet(fails).switch()
except ValueError as error:
    print(error)
