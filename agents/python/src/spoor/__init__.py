"""Records what this program does, from within: `start()` and `stop()`, `with recording():`, `@trace`. Lets it be probed
while it lives: `init()`, `wake()`, `sleep()`, `status()`, `shutdown()`.

Nothing here is needed under `spoor run` and `spoor run --live`, for a program that does not know of it.
"""

from __future__ import annotations

from .errors import ConfigError, DaemonError, ProbeError, SpoorError
from .version import VERSION as __version__

__all__ = [
    "ConfigError",
    "DaemonError",
    "ProbeError",
    "SpoorError",
    "__version__",
    "init",
    "recording",
    "shutdown",
    "sleep",
    "start",
    "status",
    "stop",
    "trace",
    "wake",
]


def start(directory: str | None = None, **settings: object) -> str:
    """Starts recording this process; returns the path of the run's directory.

    `directory` is the project (default: found upward from the working directory). `settings` are those of
    `spoor.config.json`, in snake case: include, exclude, values, hot, hot_values, sample, size_bytes, core. Raises
    SpoorError `recording.already_started` if a recording runs, also one of `spoor run`.
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


def init(
    name: str | None = None,
    daemon_url: str | None = None,
    start_state: str | None = None,
    token: str | None = None,
    directory: str | None = None,
    wait: float | None = None,
) -> str:
    """Lets this process, and what it forks, be probed; returns its id. Costs nothing until there is a probe.

    `name`: what it is called (default: SPOOR_NAME, else what was started). `daemon_url`: `https://…` of a daemon
    elsewhere (default: SPOOR_DAEMON_URL, else the user's own on this machine), which wants a `token` (SPOOR_TOKEN).
    `start_state`: `asleep` (default: until there is a probe), `awake`, or `held` (until somebody wakes it).
    `directory`: the project (default: found upward from the working directory).

    A daemon that is not there is dialled again and again, and `status()` says so; with `wait` (seconds) that is a
    DaemonError `daemon.unreachable` when they are over. Once is enough: again with the same settings does nothing, with
    others raises ConfigError `live.already_started`.
    """
    from .live import lifecycle

    return lifecycle.init(name, daemon_url, start_state, token, directory, wait)


def wake() -> None:
    """Arms the probes of this process. Raises ConfigError `live.not_started` before `init`."""
    from .live import lifecycle

    lifecycle.wake()


def sleep() -> None:
    """Takes the probes of this process out of it until somebody wakes it: it runs as if they had never been. Raises
    ConfigError `live.not_started` before `init`."""
    from .live import lifecycle

    lifecycle.sleep()


def status() -> dict:
    """How the link stands: id, name, pid, parent, state, held, connected, daemon, version (the daemon's), problem (why
    it is not connected), probes (their states by id), waiting (events). Raises ConfigError `live.not_started`."""
    from .live import lifecycle

    return lifecycle.status()


def shutdown() -> None:
    """Ends what `init` began: probes, thread and connection are gone when it returns. Harmless without `init`."""
    from .live import lifecycle

    lifecycle.shutdown()
