"""chdir, and a relative file name run after it: still the program's own code."""

import os
import runpy

os.mkdir("elsewhere")
os.chdir("elsewhere")


def here(x):
    return os.path.basename(os.getcwd())


print(here(1))
print(runpy.run_path("../extra.py")["VALUE"])
os.chdir("..")
os.rmdir("elsewhere")
