"""A little work to be recorded, and what a program can see of how it was started."""

import os
import sys

# What carries the agents into children is in the environment; limits.md tells of it.
OURS = ("PYTHONPATH", "NODE_OPTIONS")


def double(x):
    return x * 2


def total(numbers):
    return sum([double(n) for n in numbers])


def tell_start():
    """Everything here must be the same whether or not the program is recorded."""
    main = sys.modules["__main__"]
    own = ("spoor", "__mp_main__")
    print("argv", sys.argv)
    print("orig_argv", [os.path.basename(word) for word in getattr(sys, "orig_argv", [])][1:])
    print("path", sys.path)
    print("flags", sys.flags)
    print("main", sorted(name for name in vars(main) if name not in ("total", "tell_start", "OURS")))
    print("file", getattr(main, "__file__", None), getattr(main, "__spec__", None) and main.__spec__.name)
    names = set(sys.modules) - set(sys.builtin_module_names)
    print("modules", sorted(name for name in names if name.split(".")[0] not in own))
    print("environment", sorted(name for name in os.environ if not name.startswith("SPOOR_") and name not in OURS))
    print("hooks", sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__)


def run():
    tell_start()
    print(total(range(3)))
    sys.stderr.write("to stderr\n")
    return 3
