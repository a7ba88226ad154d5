"""A Python that starts a Python: two processes, the second a child of the first."""

import subprocess
import sys


def ask(n):
    return subprocess.run([sys.executable, "child.py", str(n)], stdout=subprocess.PIPE, check=True).stdout


print(ask(4).decode().strip())
