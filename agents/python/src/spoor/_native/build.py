"""Compiles the native core for one interpreter with the compiler that is there. Run by the interpreter it is for:

    python build.py FOLDER [FLAG...]

writes FOLDER/_core<EXT_SUFFIX> and prints its path. Everything that it needs is the standard library, a C compiler and
Python's own headers.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ("-O3", "-std=gnu11", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread", "-Wall", "-Wextra", "-Wno-unused-parameter")


def sources() -> list:
    return sorted(os.path.join(HERE, name) for name in os.listdir(HERE) if name.endswith(".c"))


def include_folders() -> list:
    base = sysconfig.get_path("include")
    return [base, os.path.join(base, "internal")]


def command(target: str, extra: list) -> list:
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    includes = ["-I" + folder for folder in include_folders()]
    linking = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    return [*compiler, *FLAGS, *includes, *extra, *sources(), "-o", target, *linking]


def build(folder: str, extra: list) -> str:
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, "_core" + (sysconfig.get_config_var("EXT_SUFFIX") or ".so"))
    unfinished = "%s.%d" % (target, os.getpid())
    subprocess.run(command(unfinished, extra), check=True)
    os.replace(unfinished, target)  # never half a library under the final name
    return target


if __name__ == "__main__":
    print(build(sys.argv[1], sys.argv[2:]))
