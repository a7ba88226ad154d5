"""os._exit: no atexit function, no flush; the recording is whole up to that call."""

import os


def leave(code):
    os._exit(code)


leave(5)
