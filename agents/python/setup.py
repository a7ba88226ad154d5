"""Builds the native core with the package where that is possible: without a compiler, without Python's headers, or for
an interpreter that can have none, the package is whole all the same, and the pure-Python twin records.

Everything else about the package is in pyproject.toml.
"""

import os
import shutil
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "src"))

from spoor import native  # noqa: E402
from spoor._native import build  # noqa: E402


class BuildCore(build_ext):
    """Leaves the compiling to build.py, which everybody else uses as well."""

    def build_extension(self, ext):
        target = self.get_ext_fullpath(ext.name)
        self.announce("building the native core into %s" % os.path.dirname(target), level=2)
        unsupported = native.unsupported()
        if unsupported is not None:
            raise CompileError(unsupported)
        try:
            made = build.build(os.path.dirname(target), [])
        except build.Impossible as error:
            native.note_failure(os.path.dirname(target), str(error))
            raise CompileError("%s (the package works without)" % error) from None
        assert os.path.basename(made) == os.path.basename(target), (made, target)

    def copy_extensions_to_source(self):
        """For `pip install -e`: beside the sources goes also what build.py tells of the library."""
        for ext in self.extensions:
            name = self.get_ext_filename(self.get_ext_fullname(ext.name))
            made = os.path.join(self.build_lib, name)
            if os.path.exists(made + ".built"):
                place = os.path.join(HERE, "src", os.path.dirname(name))
                os.makedirs(place, exist_ok=True)
                shutil.copy(made + ".built", place)
        super().copy_extensions_to_source()


SOURCES = [os.path.relpath(source, HERE) for source in build.sources()]

setup(
    cmdclass={"build_ext": BuildCore},
    ext_modules=[Extension("spoor._native.lib._core", sources=SOURCES, optional=True)],
)
