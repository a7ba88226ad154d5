"""The public functions for live probes: what `spoor.init()`, `wake()`, `sleep()`, `status()` and `shutdown()` do."""

from __future__ import annotations

import atexit
import os
import time
from _functools import partial

from ..errors import ConfigError, DaemonError
from ..interpreter import require_known
from ..project import find_project
from . import forks, lines
from .link import Link
from .options import Options

# So long the program waits for its own process: it is a matter of milliseconds, and bounded all the same.
PATIENCE_SECONDS = 2.0
EXIT_SECONDS = 0.25

# What `init` was given, None for what was left to the environment; empty where the environment started the link.
_given: dict = {}


def init(name, daemon_url, start_state, token, directory, wait) -> str:
    link = _current()
    if link is not None:
        _same(link, name=name, daemon_url=daemon_url, start_state=start_state, token=token, directory=directory)
    else:
        _start(Options(name, daemon_url, start_state or "asleep", token, find_project(directory)))
        _given.update(
            name=name, daemon_url=daemon_url, start_state=start_state, token=token, directory=directory, told=True
        )
    link = _current()
    if wait is not None:
        _wait_for(link, wait)
    return link.id


def prepare() -> None:
    """Imports what the link of the environment needs."""
    if os.environ.get("SPOOR_DAEMON_URL"):
        from . import websocket

        websocket.prepare(os.environ["SPOOR_DAEMON_URL"].lower().startswith("https:"))


def start_from_environment(root: str) -> None:
    """For `spoor run --live`, which names the project's root."""
    if _current() is None:
        _start(Options(None, None, "asleep", None, root))


def _start(options) -> None:
    require_known()
    if options.url is None:
        connect = partial(lines.connect, options.socket)
    else:
        from . import websocket

        websocket.prepare(options.url.secure)
        connect = partial(websocket.connect, options.url, options.token)
    try:
        link = Link(options, connect, os.environ.get("SPOOR_LIVE_PARENT") or None)
        link.start()
    except (OSError, RuntimeError) as error:
        raise ConfigError("live.unavailable", "this process can have no link: %s" % error, "environment") from error
    forks.current = link
    forks.watch()
    forks.tell_multiprocessing()
    atexit.register(forks.end_at_exit)


def _same(link, **asked) -> None:
    """A second `init`: harmless if it asks for the same."""
    if not _given:
        # The environment has started the link; the program may still say what it is called.
        _given.update(asked, told=True)
        if asked["name"] is not None and asked["name"] != link.options.name:
            link.options.name = asked["name"]
            link.ask("rename", PATIENCE_SECONDS)
        return
    differing = [key for key, value in asked.items() if value is not None and value != _given[key]]
    if differing:
        raise ConfigError(
            "live.already_started",
            "spoor.init() was called before in this process, with another %s; spoor.shutdown() first"
            % " and ".join(differing),
        )


def _wait_for(link, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not link.connected:
        if time.monotonic() >= until or link.over:
            raise DaemonError(
                "daemon.unreachable",
                "the daemon at %s: %s" % (link.options.daemon, link.problem or "no answer"),
                "environment",
                daemon=link.options.daemon,
            )
        time.sleep(0.005)


def _current():
    link = forks.current
    if link is not None:
        link.forked_unseen()
    return link


def _started():
    link = _current()
    if link is None:
        raise ConfigError("live.not_started", "spoor.init() was not called in this process")
    return link


def wake() -> None:
    _started().ask("wake", PATIENCE_SECONDS)


def sleep() -> None:
    _started().ask("sleep", PATIENCE_SECONDS)


def status() -> dict:
    link = _started()
    arming = link.arming
    return {
        "id": link.id,
        "name": link.name,
        "pid": link.pid,
        "parent": link.parent,
        "state": arming.state,
        "held": arming.held,
        "connected": link.connected,
        "daemon": link.options.daemon,
        "version": link.daemon_version,
        "problem": link.problem,
        "probes": {name: state["state"] for name, state in list(arming.states.items())},
        "waiting": link.outbox.unstored,
    }


def shutdown() -> None:
    link = _current()
    if link is None:
        return
    forks.current = None
    _given.clear()
    atexit.unregister(forks.end_at_exit)
    if os.environ.get("SPOOR_LIVE_PARENT") == link.id:
        del os.environ["SPOOR_LIVE_PARENT"]
    link.end("shutdown", EXIT_SECONDS)
