"""What a program can see of its surroundings: modules, path, environment, hooks, threads, descriptors, argv."""
import os
import sys

# Modules built into the interpreter may have been loaded by the agent: no file can hide them.
print(
    sorted(
        name
        for name in sys.modules
        if name.partition(".")[0] != "spoor" and name not in sys.builtin_module_names
    )
)
print([p for p in sys.path if "spoor" in p and not p.startswith(os.getcwd())], len(sys.path))
print(sorted(name for name in os.environ if not name.startswith("SPOOR_") and name != "PYTHONPATH"))
print(sorted(p for p in sys.path_importer_cache if not p.startswith(os.getcwd())) == sorted(
    p for p in sys.path_importer_cache if "spoor/_boot" not in p and not p.startswith(os.getcwd())))
print(sys.argv, sys.flags, sys.meta_path, sys.path_hooks)
print(sys.excepthook is sys.__excepthook__, sys.stdout is sys.__stdout__, sys.getrecursionlimit(), sys.getswitchinterval())
print(sorted(vars(__builtins__)), sys.warnoptions, hasattr(sys, "last_value"), os.getcwd() == os.path.dirname(os.path.abspath(__file__)))
import gc
import signal

print(gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), [signal.getsignal(s) for s in (2, 10, 12, 15)])
