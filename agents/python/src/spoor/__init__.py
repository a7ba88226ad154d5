"""Records what this program does, from within: `start()` and `stop()`, `with recording():`, `@trace`.

Nothing here is needed under `spoor run`, which records a program that does not know of it.
"""

from __future__ import annotations

from .errors import SpoorError
from .version import VERSION as __version__

__all__ = ["SpoorError", "__version__", "recording", "start", "stop", "trace"]


def start(directory: str | None = None, **settings: object) -> str:
    """Starts recording this process; returns the path of the run's directory.

    `directory` is the project (default: found upward from the working directory). `settings` are those of
    `spoor.config.json`, in snake case: include, exclude, values, hot, sample, size_bytes, core. Raises SpoorError
    `recording.already_started` if a recording runs, also one of `spoor run`.
    """
    from . import embedded

    return embedded.start(directory, settings)


def stop() -> None:
    """Ends the recording that `start` began. Raises SpoorError `recording.not_started` if there is none of ours."""
    from . import embedded

    embedded.stop()


def recording(directory: str | None = None, **settings: object):
    """A context manager: records what runs in its block. Gives the path of the run's directory."""
    from . import embedded

    return embedded.Recording(directory, settings)


def trace(target):
    """Decorates one function or class: it is recorded although its module is out of scope. Returns `target` itself."""
    from . import embedded

    return embedded.trace(target)
