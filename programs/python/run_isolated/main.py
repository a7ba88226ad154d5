"""-I and -S keep sitecustomize out: started through the launcher, the program notices nothing of it."""

import os
import sys


def look():
    main = sys.modules["__main__"]
    here = os.path.dirname(os.path.abspath(__file__))
    return [
        sys.argv[1:],
        __name__,
        __package__,
        __spec__,
        __file__ == os.path.abspath("main.py"),
        main.__dict__ is globals(),
        sys.path.count(here),
        sorted(globals()),
        sys.flags.isolated,
        sys.flags.no_site,
        type(__loader__).__name__,
    ]


print(look())
raise LookupError("end")
