"""Where the daemon is, and what this process is to be called: what `spoor.init` was given, else the environment."""

from __future__ import annotations

import os
import sys

from ..errors import ConfigError

STATES = ("asleep", "awake", "held")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# The longest path of a socket that every system takes.
_LONGEST_PATH = 100


class Options:
    """`socket` is the path of the daemon's socket, or None where `url` (an Url) leads to a daemon elsewhere."""

    def __init__(self, name, daemon_url, start_state, token, root: str) -> None:
        told = os.environ
        if start_state not in STATES:
            raise ConfigError("live.start_state", "start_state is one of %s, not %r" % (", ".join(STATES), start_state))
        for value, what in ((name, "name"), (daemon_url, "daemon_url"), (token, "token")):
            if value is not None and type(value) is not str:
                raise ConfigError("live.%s" % what, "%s is a string, not %s" % (what, type(value).__name__))
        self.root = root
        self.start_state = start_state
        # None: after what was started, which is not known yet while an interpreter starts.
        self.name = name or told.get("SPOOR_NAME") or None
        url = daemon_url or told.get("SPOOR_DAEMON_URL") or None
        self.token = token or told.get("SPOOR_TOKEN") or None
        self.url = None if url is None else Url(url)
        self.socket = socket_path() if url is None else None
        if self.url is not None and any(c in "\r\n" for c in self.token or ""):
            raise ConfigError("live.token", "a token has no line breaks")

    @property
    def daemon(self) -> str:
        return self.socket if self.url is None else self.url.text


class Url:
    """`http(s)://host[:port][/path]`; plain http only to this machine."""

    def __init__(self, text: str) -> None:
        self.text = text
        scheme, separator, rest = text.partition("://")
        scheme = scheme.lower()
        if not separator or scheme not in ("http", "https"):
            raise self._wrong("is no http:// or https:// URL")
        authority, slash, path = rest.partition("/")
        if "@" in authority or "?" in text or "#" in text or not text.isprintable() or " " in text:
            raise self._wrong("has more than host, port and path")
        host, port = authority, ""
        if authority.startswith("["):
            host, closing, port = authority[1:].partition("]")
            if not closing or (port and not port.startswith(":")):
                raise self._wrong("has no host")
            port = port[1:]
        elif ":" in authority:
            host, _, port = authority.rpartition(":")
        if not host or (port and not (port.isdigit() and 0 < int(port) < 65536)):
            raise self._wrong("has no host, or a port that is none")
        self.secure = scheme == "https"
        self.host = host
        self.port = int(port) if port else (443 if self.secure else 80)
        self.authority = authority
        self.path = (slash + path).rstrip("/") + "/agents"
        if not self.secure and host not in _LOOPBACK and not _is_loopback(host):
            raise ConfigError(
                "live.insecure", "plain http would show the token and the program's values on the way to %s" % host
            )

    def _wrong(self, why: str) -> ConfigError:
        return ConfigError("live.daemon_url", "the daemon's URL %s" % why, url=self.text)


def _is_loopback(host: str) -> bool:
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdigit() and int(part) < 256 for part in parts)


def daemon_directory() -> str:
    told = os.environ
    if told.get("SPOOR_DAEMON_DIR"):
        return os.path.abspath(told["SPOOR_DAEMON_DIR"])
    if told.get("XDG_STATE_HOME"):
        base = told["XDG_STATE_HOME"]
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Application Support")
    else:
        base = os.path.expanduser("~/.local/state")
    return os.path.join(os.path.abspath(base), "spoor")


def socket_path() -> str:
    """Of the daemon on this machine (spec/control.md, Places)."""
    directory = daemon_directory()
    path = os.path.join(directory, "agents.sock")
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        return path
    from hashlib import sha256

    short = sha256(os.fsencode(directory)).hexdigest()[:8]
    return "/tmp/spoor-%d-%s/agents.sock" % (os.getuid(), short)
