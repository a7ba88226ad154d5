"""Objects die exactly when the last reference of the program's goes: prints in which order they did."""

import gc
import types
import weakref

gc.disable()
died = []


class Thing:
    def method(self):
        return self

    def __call__(self):
        return 1


def make(name):
    thing = Thing()
    weakref.finalize(thing, died.append, name)
    return thing


def use(thing):
    return thing


def fails(thing):
    raise ValueError(thing)


def each(thing):
    yield thing


def by_module():
    module = types.ModuleType("made")
    weakref.finalize(module, died.append, "module")
    exec("def f():\n    return 1\nclass C:\n    def m(self):\n        return 1\n", module.__dict__)
    module.f()
    module.C().m()


def by_closure():
    thing = make("closure")
    inner = lambda: thing  # noqa: E731
    return inner()


def main():
    thing = make("argument")
    use(thing)
    del thing
    thing = make("self")
    thing.method()
    del thing
    thing = make("callable")
    use(thing)()
    del thing
    thing = make("exception")
    try:
        fails(thing)
    except ValueError:
        pass
    del thing
    iterator = each(make("generator"))
    next(iterator)
    del iterator
    by_module()
    by_closure()
    print(died)


main()
