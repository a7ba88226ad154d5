"""Which project a process belongs to."""

from __future__ import annotations

import os

from .errors import SpoorError

_MARKERS = (".spoor", "spoor.config.json", "pyproject.toml", "setup.py", "package.json", ".git")


def find_project(directory: str | None) -> str:
    """The project's root: `directory`, or the nearest folder upward that looks like one, or the working directory."""
    if directory is not None:
        if not os.path.isdir(directory):
            raise SpoorError("project.not_found", "%s is not a directory" % directory, path=directory)
        return os.path.realpath(directory)
    here = folder = os.path.realpath(os.getcwd())
    while True:
        if any(os.path.exists(os.path.join(folder, marker)) for marker in _MARKERS):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return here
        folder = above
