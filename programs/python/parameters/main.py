"""Every kind of parameter, defaults included, and arguments that a function rebinds before it returns."""


def plain(a, b=2):
    return a + b


def only(a, /, b, *, c=3, d):
    return (a, b, c, d)


def star(first, *rest, flag=False, **more):
    return len(rest)


def rebinds(items, n):
    n += 1
    items = None
    return n


def captured(x, y):
    def inner():
        return x

    return inner() + y


def deleted(secretless):
    del secretless
    return None


plain(1)
plain(b=5, a=4)
only(1, 2, d=4)
only(1, b="two", c=[3], d={"k": None})
star(0)
star(0, 1, 2, flag=True, x=1, y="z")
rebinds([1, 2], 1)
captured("x", "y")
deleted(1)
(lambda *args, **kwargs: (args, kwargs))(1, k=2)
