"""Context managers: classes, contextlib.contextmanager, ExitStack; __exit__ is called with the exception."""

import contextlib


class Managed:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self.name

    def __exit__(self, kind, error, trace):
        return kind is ValueError


@contextlib.contextmanager
def generated(name):
    try:
        yield name
    except KeyError:  # probe: generated
        print("saw KeyError")


def body(error):
    raise error


with Managed("a") as a, generated("b") as b:
    print(a, b)
with Managed("c"):
    body(ValueError("swallowed"))
with generated("d"):
    body(KeyError("swallowed too"))
with contextlib.ExitStack() as stack:
    stack.enter_context(Managed("e"))
    stack.callback(print, "callback")
