"""The extension module `_core` for tests of its parts, compiled into the tests' cache where it is not there yet."""

import os

import pytest
from spoor import native

CACHE = os.environ.get("SPOOR_TEST_CACHE") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..", "..", ".cache", "spoor")
)
_loaded = []


def load():
    """The module. Skips the tests that ask where this is the round of the pure twin, or where nothing compiles."""
    reason = native.unsupported()
    if reason is None and os.environ.get("SPOOR_TEST_CORE") == "python":
        reason = "the round of the native core runs these"
    if reason is not None:
        pytest.skip(reason, allow_module_level=True)
    if not _loaded:
        key = native.sources_key()
        folder = native.cache_folder(key, CACHE)
        path = os.path.join(folder, native.library_name())
        _loaded.append(native.load_file(path if os.path.exists(path) else _compile(folder, key), key, False))
    return _loaded[0]


def _compile(folder, key):
    from spoor._native import build

    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return build.build(folder, [], key)
    except build.Impossible as reason:
        pytest.skip("no native core: %s" % reason, allow_module_level=True)


def keeps_what_was_freed():
    """Whether AddressSanitizer is in this process: then its size tells nothing, and no address comes again."""
    try:
        with open("/proc/self/maps") as file:
            return "libasan" in file.read()
    except OSError:
        return False


def of_this_round(twin):
    """An encoder for the tests that hold for both: `twin` itself, or the native one in the round of the native core."""
    return Encoder(twin) if os.environ.get("SPOOR_TEST_CORE") == "native" else twin


class Encoder:
    """The native encoder, and its twin for what that alone does."""

    def __init__(self, twin):
        self._twin = twin
        self._native = load().Encoder(twin)
        self.value = self._native.value
        self.closed_value = self._native.closed_value
        self.exception = self._native.exception
        self.variables = self._native.variables
        # As native_engine.py does.
        twin.outermost = self._native.outermost

    def args(self, plan, values):
        # Its own recorder reads them from the frame.
        return self._native.args(plan, dict(values))

    def closed_args(self, plan, values):
        return self._native.closed_args(plan, dict(values))

    def __getattr__(self, name):
        return getattr(self._twin, name)
