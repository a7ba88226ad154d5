"""What a program can see of its surroundings: modules, path, environment, hooks, threads, argv."""

import gc
import os
import signal
import sys

# Modules built into the interpreter may have been loaded by the agent: no file can hide them.
found = []
for name in sys.modules:
    if name.partition(".")[0] != "spoor" and name not in sys.builtin_module_names:
        found.append(name)
print(sorted(found))
found = []
for name in os.environ:
    if not name.startswith("SPOOR_") and name not in ("PYTHONPATH", "NODE_OPTIONS"):
        found.append(name)
print(sorted(found))
print(sys.path, sorted(sys.path_importer_cache))
print(sys.argv, sys.flags, sys.meta_path, sys.path_hooks, sys.warnoptions)
print(sys.excepthook is sys.__excepthook__, sys.stdout is sys.__stdout__, hasattr(sys, "last_value"))
print(sys.getrecursionlimit(), sys.getswitchinterval(), sys.dont_write_bytecode)
print(sorted(vars(__builtins__)))
print(os.getcwd() == os.path.dirname(os.path.abspath(__file__)))
print(gc.isenabled(), gc.get_threshold(), signal.getsignal(2), signal.getsignal(15))
