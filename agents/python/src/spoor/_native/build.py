"""Compiles the native core for one interpreter with the compiler that is there. Run by the interpreter it is for:

    python build.py FOLDER [FLAG...]

writes FOLDER/_core<EXT_SUFFIX>, what native.py asks about it beside it, and prints its path. Everything that it needs
is the standard library, a C compiler and Python's own headers.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
if __name__ == "__main__":
    sys.path[0] = os.path.dirname(os.path.dirname(HERE))

from spoor import native  # noqa: E402

FLAGS = ("-O3", "-std=gnu11", "-fPIC", "-fvisibility=hidden", "-pthread", "-DNDEBUG")
WARNINGS = ("-Wall", "-Wextra", "-Wno-unused-parameter")
COMPILERS = ("cc", "gcc", "clang")
LONGEST_S = 120


class Impossible(Exception):
    """The message says why there can be no library, in a clause. `until` names what would have to be there before it
    is worth another try: programs, or paths of files; empty if only other sources could help."""

    def __init__(self, why: str, until: tuple = ()) -> None:
        super().__init__(why)
        self.until = until


def sources() -> list:
    return sorted(os.path.join(HERE, name) for name in os.listdir(HERE) if name.endswith(".c"))


def include_folders() -> list:
    base = sysconfig.get_path("include")
    return [base, os.path.join(base, "internal")]


def compiler() -> list:
    """Its command line: $CC, or the one that built this Python, or what is called one here."""
    for told in (os.environ.get("CC"), sysconfig.get_config_var("CC"), *COMPILERS):
        words = shlex.split(told or "")
        if words and shutil.which(words[0]):
            return words
        if words and told == os.environ.get("CC"):
            raise Impossible("no C compiler (CC is %s)" % told, (words[0],))
    raise Impossible("no C compiler", COMPILERS)


def headers() -> list:
    """The options that name the folders of Python's headers, those of its inside included."""
    folders = include_folders()
    for needed in (os.path.join(folders[0], "Python.h"), os.path.join(folders[1], "pycore_frame.h")):
        if not os.path.exists(needed) and (sys.version_info >= (3, 11) or "internal" not in needed):
            raise Impossible("no headers of Python %d.%d" % sys.version_info[:2], (needed,))
    return ["-I" + folder for folder in folders]


def build(folder: str, extra: list, key: str | None = None) -> str:
    """Compiles into `folder` with further options for the compiler; returns the path of the library. Raises
    Impossible, or OSError if `folder` cannot be written."""
    key = key or native.sources_key()
    start = [*compiler(), *FLAGS]
    options = [*WARNINGS, *headers(), '-DSPOOR_SOURCES="%s"' % key, *extra]
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, native.library_name())
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder) as work:
        objects = [os.path.join(work, os.path.basename(source)[:-2] + ".o") for source in sources()]
        _run_all([[*start, *options, "-c", source, "-o", made] for source, made in zip(sources(), objects)])
        linking = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
        unfinished = os.path.join(work, os.path.basename(target))
        _run_all([[*start, *extra, "-shared", *objects, "-o", unfinished, *linking]])
        _finish(unfinished, key)
        # Never half a library under the final name; and the word on it first, for it is looked at first.
        os.replace(unfinished + ".built", target + ".built")
        os.replace(unfinished, target)
    return target


def _finish(library: str, key: str) -> None:
    """Brings the library to the disk, and writes beside it what native.py asks for before it lets the linker see it."""
    os.chmod(library, 0o644)
    with open(library, "rb") as file:
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    with open(library + ".built", "w", encoding="ascii") as file:
        file.write("%s %x %d\n" % (key, sys.hexversion, size))


def _run_all(commands: list) -> None:
    """Runs them, as many at once as there are processors. Raises Impossible with the first complaint."""
    until = time.monotonic() + LONGEST_S
    waiting, running = list(reversed(commands)), []
    env = dict(os.environ, LC_ALL="C")
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                output = tempfile.TemporaryFile()
                # A session of its own: what the compiler starts can then be ended with it.
                running.append(
                    (
                        subprocess.Popen(waiting.pop(), stdout=output, stderr=output, env=env, start_new_session=True),
                        output,
                    )
                )
            process, output = running[0]
            try:
                code = process.wait(timeout=max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise Impossible("the C compiler took longer than %d s" % LONGEST_S) from None
            running.pop(0)
            with output:
                output.seek(0)
                said = output.read().decode("utf-8", "replace")
            if code:
                raise Impossible("the C compiler failed: %s" % _first_error(said, code))
            sys.stderr.write(said)
    finally:
        for process, output in running:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except OSError:
                pass
            process.wait()
            output.close()


def _first_error(said: str, code: int) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for sign in (": error:", "multiple definition", "undefined", "error", ""):
        for line in lines:
            if sign in line and "collect2" not in line:
                return line.replace(HERE + os.sep, "")[:300]
    return "exit code %d" % code


if __name__ == "__main__":
    try:
        print(build(sys.argv[1], sys.argv[2:]))
    except Impossible as reason:
        sys.exit("build.py: %s" % reason)
