"""Starts this very script again in the way that its argument names, and shows what came of it."""

import os
import subprocess
import sys


def answer():
    return 42


def start(way):
    clean = {"PATH": os.environ.get("PATH", "")}
    me = [sys.executable, os.path.abspath(__file__), "child"]
    isolated = [sys.executable, "-I", os.path.abspath(__file__), "child", "--password", "tulip" + "mania7"]
    if way == "plain":
        subprocess.run(me, check=True)
    elif way == "isolated":
        subprocess.run(isolated, check=True)
    elif way == "no-environment":
        subprocess.run([sys.executable, "-E", os.path.abspath(__file__), "child"], check=True)
    elif way == "cleared":
        subprocess.run(me, env=clean, check=True)
    elif way == "shell":
        subprocess.run("exec '%s' -I '%s' child" % (sys.executable, os.path.abspath(__file__)), shell=True, check=True)
    elif way == "spawn":
        _, status = os.waitpid(os.posix_spawn(sys.executable, isolated, os.environ), 0)
        assert status == 0
    elif way == "spawn-cleared":
        _, status = os.waitpid(os.posix_spawn(sys.executable, me, clean), 0)
        assert status == 0
    elif way == "system":
        assert os.system("'%s' -I '%s' child" % (sys.executable, os.path.abspath(__file__))) == 0
    elif way == "exec":
        sys.stdout.flush()
        os.execv(sys.executable, isolated)
    elif way == "exec-cleared":
        sys.stdout.flush()
        os.execve(sys.executable, me, clean)
    elif way == "other":
        subprocess.run(["true"], env=clean, check=True)
    else:
        raise SystemExit("no such way: " + way)


if __name__ == "__main__":
    if sys.argv[1] == "child":
        print("child", answer())
    else:
        start(sys.argv[1])
        print("parent", answer())
