"""The errors that the agent's public functions raise.

Nothing here is ever raised into a program that did not call the agent itself.
"""

from __future__ import annotations

KINDS = ("usage", "environment", "target", "internal")


class SpoorError(Exception):
    """What went wrong, for a program and for a person.

    `code` is stable (`recording.already_started`); `kind` says who has to act: `usage` (the caller), `environment` (the
    machine), `target` (the traced program) or `internal` (the agent); `context` holds the particulars.
    """

    def __init__(self, code: str, message: str, kind: str = "usage", **context: object) -> None:
        super().__init__(message)
        self.code = code
        self.kind = kind
        self.context = context


class ConfigError(SpoorError):
    """What `spoor.init` was given, or the environment says, cannot be."""


class DaemonError(SpoorError):
    """The daemon is not there, or does not want this process."""


class ProbeError(SpoorError):
    """A probe cannot be what it is wanted to be."""
