"""What the link says: JSON text of its messages, and who this process is."""

from __future__ import annotations

import os
import sys
from _json import make_encoder

from .. import active
from ..boot import parse
from ..header import command_line
from ..identity import native_start
from ..text import quote
from ..version import VERSION

PROTOCOL = 1
FEATURES = ["lines", "functions", "conditions", "stack", "end", "metrics"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def _refuse(value):
    raise TypeError(type(value).__name__)


_encode = make_encoder(None, _refuse, quote, None, ":", ",", False, False, False)


def drawn(message: dict) -> bytes:
    """The message as JSON. Raises TypeError, ValueError for what is none."""
    return "".join(_encode(message, 0)).encode("utf-8")


def read(message: bytes) -> dict:
    """The message of the daemon. Raises ValueError."""
    found = parse(message.decode("utf-8"))
    if type(found) is not dict:
        raise ValueError("a message is an object")
    return found


def new_id() -> str:
    """Of this process; it leaves the program's random numbers alone."""
    return "%d-%s" % (os.getpid(), "".join([_LETTERS[byte % 36] for byte in os.urandom(6)]))


def redacted(arguments: list) -> list:
    # Costs some milliseconds: only where there is a daemon to tell.
    from ..arguments import redact_arguments
    from ..redaction import Redactor

    return redact_arguments(arguments, Redactor())


def name_of(words: list) -> str:
    """What was started: `manage` of `python manage.py runserver`, `gunicorn`, `uvicorn` of `-m uvicorn`, else
    `python`."""
    launcher = os.path.join("_launch", "launch.py")
    words = list(words)
    while words:
        word = words.pop(0)
        if word == "-m":
            return words[0] if words else "python"
        if word in ("-", "-c"):
            break
        if word in ("-W", "-X", "--check-hash-based-pycs"):
            del words[:1]
        elif not word.startswith("-") and not word.endswith(launcher):
            name = os.path.basename(word)
            if name == "__main__.py":
                name = os.path.basename(os.path.dirname(word))
            return name[:-3] if name.endswith(".py") else name
    return "python"


def _directory() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


class Process:
    """Who this process is: what of `hello` stays the same over its life, and in its children."""

    def __init__(self, name, root: str) -> None:
        words = command_line()
        self.name = name or name_of(words)
        self.argv = redacted(words)
        self.root = root

    def hello(self, link) -> bytes:
        identity, arming = link.id, link.arming
        recorder = active.recorder
        run = None
        if recorder is not None and recorder.on:
            run = {"directory": recorder.settings.directory, "process": recorder.spool.key}
        return drawn(
            {
                "type": "hello",
                "protocol": PROTOCOL,
                "id": identity,
                "parent": link.parent,
                "client": {
                    "hostname": os.uname().nodename,
                    "applicationName": self.name,
                    "applicationInstanceId": identity,
                    "agentVersion": VERSION,
                    "runtime": "python",
                    "runtimeVersion": "%d.%d.%d" % sys.version_info[:3],
                },
                "pid": os.getpid(),
                "nativeStart": native_start(),
                "ppid": os.getppid(),
                "root": self.root,
                "argv": self.argv,
                "cwd": _directory(),
                "startedAt": link.started_at,
                "state": arming.state,
                "held": arming.held,
                "engine": "monitoring" if hasattr(sys, "monitoring") else "tracing",
                "features": FEATURES,
                "run": run,
                "firstEvent": link.outbox.first,
            }
        )

    def started(self, state: str) -> str:
        """The payload of `agent.status.started`."""
        told = {"pid": os.getpid(), "root": self.root, "argv": self.argv, "state": state}
        return drawn(told).decode("utf-8")
