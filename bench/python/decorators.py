"""Stands in for tools that trace by decorators, of which FlowTrace is one: every function of some modules is wrapped,
and each call writes a line of JSON as it begins and one as it ends, in FlowTrace's format, to a buffered file.

It is a stand-in of our own, since there is no package of FlowTrace for Python; arguments and results are shown by
`repr`, cut at 256 characters. Coroutines and generators are wrapped as what they are: calls that give one.
"""

import functools
import json
import os
import threading
import time
import types


def start(modules):
    """Wraps everything that the modules define; returns a function that empties the file."""
    path = os.path.join(os.environ["BENCH_SCRATCH"], f"decorators-{os.getpid()}.jsonl")
    file = open(path, "w", encoding="utf-8")
    for module in modules:
        for name, value in list(vars(module).items()):
            if isinstance(value, types.FunctionType) and value.__module__ == module.__name__ and name != "run":
                setattr(module, name, wrap(value, file))
            elif isinstance(value, type) and value.__module__ == module.__name__:
                wrap_class(value, file)

    def between():
        file.seek(0)
        file.truncate()

    return between


def wrap_class(owner, file):
    for name, value in list(vars(owner).items()):
        if name == "__repr__":
            continue  # it is called to show arguments, and would be shown calling itself
        if isinstance(value, types.FunctionType):
            setattr(owner, name, wrap(value, file))
        elif isinstance(value, (staticmethod, classmethod)):
            setattr(owner, name, type(value)(wrap(value.__func__, file)))


def shown(value):
    return repr(value)[:256]


def wrap(function, file):
    module, name = function.__module__, function.__qualname__

    def tell(event, **more):
        line = {"timestamp": int(time.time() * 1000), "event": event, "thread": threading.current_thread().name}
        line.update(module=module, function=name, **more)
        file.write(json.dumps(line) + "\n")

    @functools.wraps(function)
    def traced(*positional, **named):
        values = [shown(value) for value in positional] + [f"{key}={shown(value)}" for key, value in named.items()]
        tell("ENTER", args=json.dumps(values))
        start = time.perf_counter_ns()
        try:
            result = function(*positional, **named)
        except BaseException as error:
            tell("EXCEPTION", exception=shown(error), durationMicros=(time.perf_counter_ns() - start) // 1000)
            raise
        micros = (time.perf_counter_ns() - start) // 1000
        tell("EXIT", result=shown(result), durationMicros=micros, durationMillis=micros // 1000)
        return result

    return traced
