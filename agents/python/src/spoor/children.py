"""Children that the agents cannot follow: Python started with -I, -E or -S, Python or Node in an environment without
them.

The command is left as it is, for it is the program's; what is missing from the recording is told in a `D` record
instead.
"""

from __future__ import annotations

import os
import sys

from . import patterns
from .agent_frames import is_the_programs
from .arguments import redact_arguments
from .text import quote

_PYTHON = patterns.compile(r"(?:python|pypy)(?:[23](?:\.\d+)?)?t?d?(?:\.exe)?")
# In the text of a shell: an interpreter's name, and flags behind it.
_IN_SHELL = patterns.compile(
    r"(?:^|[\s/'\"])(?:python|pypy)[\d.]*['\"]?(?=\s|$)((?:\s+-[bBdhiIOPqRsStuvxE]+(?=\s|$))*)"
)
_NODE = frozenset(("node", "nodejs", "node.exe"))
# How the agent gets into Node.
_NODE_AGENT = "register.cjs"
_EVENTS = frozenset(("os.exec", "os.posix_spawn", "os.system"))
_TEXTS = (str, bytes)
LONGEST_NOTE = 400


class Children:
    def __init__(self, recorder) -> None:
        self._recorder = recorder
        self._told: set = set()
        self._hooked = False
        self._carries_node = _NODE_AGENT in os.environ.get("NODE_OPTIONS", "")
        self._boot = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_boot")

    def look(self, words: list, environment, shell: bool = False) -> None:
        """A command is about to be started; `environment` is None where it inherits this process's."""
        if not shell and os.path.basename(words[0]) in _NODE:
            if not self._carried_to_node(environment):
                self._tell(words, "its environment is without SPOOR_RUN and the NODE_OPTIONS of this process")
            return
        if shell:
            found = _IN_SHELL.search(words[0])
            if found is None:
                return
            flags = "".join(found.group(1).replace("-", "").split())
        elif _PYTHON.fullmatch(os.path.basename(words[0])):
            flags = _flags_of(words[1:])
        elif _starts_python(words[0]):
            flags = ""
        else:
            return
        isolating = [letter for letter in "IES" if letter in flags]
        if isolating:
            self._tell(words, " and ".join(["-" + letter for letter in isolating]) + " keeps the recorder out of it")
        elif not self._carried(environment):
            self._tell(words, "its environment is without SPOOR_RUN and the PYTHONPATH of this process")

    def _carried(self, environment) -> bool:
        """Whether `sitecustomize` starts the agent in that environment; mappings of the program's own are not asked."""
        texts = _texts_of(environment)
        return texts is None or ("SPOOR_RUN" in texts and self._boot in texts.get("PYTHONPATH", "").split(os.pathsep))

    def _carried_to_node(self, environment) -> bool:
        """The same for Node, where this process had what carries its agent at all."""
        texts = _texts_of(environment)
        if texts is None or not self._carries_node:
            return True
        return "SPOOR_RUN" in texts and _NODE_AGENT in texts.get("NODE_OPTIONS", "")

    def _tell(self, words: list, why: str) -> None:
        command = " ".join(redact_arguments(words, self._recorder.redactor))
        note = "a child process is not recorded: %s (%s)" % (why, command)
        if note in self._told or len(self._told) > 100:
            return
        self._told.add(note)
        spool = self._recorder.spool
        shown = quote(note if len(note) <= LONGEST_NOTE else note[: LONGEST_NOTE - 1] + "…")
        line = ('D\t\t%d\t\t1\t\t{"why":"not_injected","note":%s}\n' % (spool.now(), shown)).encode("utf-8")
        try:
            spool.write(line)
        except ValueError:
            spool.overflow(line)

    # -- where commands are seen ---------------------------------------------------------------------------------

    def popen(self, names: dict) -> None:
        """`subprocess.Popen._execute_child` begins, with these locals."""
        words = _words(names.get("args"))
        if not words:
            return
        if names.get("shell"):
            self.look([" ".join(words)], names.get("env"), True)
            return
        executable = _text(names.get("executable"))
        self.look([executable or words[0], *words[1:]], names.get("env"))

    def spawned(self, names: dict) -> None:
        """`multiprocessing.util.spawnv_passfds` begins: a child of multiprocessing has the flags of its parent."""
        words = _words(names.get("args"))
        if words:
            self.look(words, None)

    def watch(self) -> None:
        """The program is about to call a native function that starts programs: only an audit hook sees its arguments.

        Such a hook cannot be removed and is asked about every event from then on, so that it comes no earlier than
        this.
        """
        if self._hooked:
            return
        self._hooked = True
        sys.addaudithook(self._audited)

    def _audited(self, event: str, arguments: tuple) -> None:
        if event in _EVENTS and self._recorder.on:
            try:
                if event == "os.system":
                    words = _words(arguments[0])
                    if words:
                        self.look(words, None, True)
                else:
                    path, words, environment = arguments[0], _words(arguments[1]), arguments[2]
                    self.look([_text(path) or "?", *words[1:]], environment)
            except Exception as error:
                # An error of ours would stop the program from starting its child.
                if is_the_programs(error):
                    raise


def _texts_of(environment):
    """The variables of a child; None for a mapping of the program's own."""
    if environment is None or environment is os.environ:
        environment = os.environ._data
    elif type(environment) is not dict:
        return None
    return {_text(name): _text(value) for name, value in dict.items(environment)}


def _text(word) -> str:
    if type(word) is str:
        return word
    return os.fsdecode(word) if type(word) is bytes else ""


def _words(arguments) -> list:
    """The words of a command as far as they are plain text; nothing of the program's is asked to become text."""
    if type(arguments) in _TEXTS:
        return [_text(arguments)]
    if type(arguments) not in (list, tuple):
        return []
    return [_text(word) or "?" for word in arguments]


def _flags_of(words: list) -> str:
    """The letters of the interpreter's own flags, up to what it is to run."""
    letters = ""
    argument = False
    for word in words:
        if argument:
            argument = False
            continue
        if not word.startswith("-") or word == "-" or word.startswith("--"):
            break
        for i, letter in enumerate(word[1:], 2):
            if letter in "cm":
                return letters
            if letter in "WX":
                argument = len(word) == i
                break
            letters += letter
    return letters


def _starts_python(path: str) -> bool:
    """Whether a file is a script whose first line names Python."""
    if "/" not in path:
        return False
    try:
        with open(path, "rb") as file:
            first = file.readline(256)
    except OSError:
        return False
    return first.startswith(b"#!") and (b"python" in first or b"pypy" in first)
