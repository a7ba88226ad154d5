# Started by the interpreter itself at start-up, because the directory of this file is on PYTHONPATH; it starts the
# agent and then gives way to the sitecustomize that it hides, if there is one. Every Python that a recorded program
# starts reads this file, also 2.7: it must parse everywhere, hold no other module, and never raise an error of ours.
import sys


def _spoor_start():
    import os

    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != here]
    sys.path_importer_cache.pop(here, None)
    if sys.version_info < (3, 8) or not (os.environ.get("SPOOR_RUN") or os.environ.get("SPOOR_LIVE")):
        return
    before = set(sys.modules)
    path = os.path.join(os.path.dirname(here), "boot.py")
    boot = type(sys)("spoor.boot")
    boot.__file__, boot.__package__ = path, "spoor"
    loader = sys.modules["_frozen_importlib_external"].SourceFileLoader("spoor.boot", path)
    exec(loader.get_code("spoor.boot"), boot.__dict__)
    boot.start_from_environment(before, boot)


try:
    _spoor_start()
except Exception:
    sys.stderr.write("spoor: the agent could not start; this process is not recorded: %s\n" % (sys.exc_info()[1],))
del _spoor_start

# The sitecustomize that a plain start would have found. Where there is none this raises the very ImportError that
# `site` expects then, and nothing of this file stays in sys.modules.
sys.modules.pop("sitecustomize", None)
import sitecustomize  # noqa: E402, F401
