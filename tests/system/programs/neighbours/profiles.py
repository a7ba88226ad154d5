"""Brings a profiler of its own: what it sees must be what it sees without a recorder."""

import cProfile
import pstats
import sys

import branches


def by_hook():
    seen = []

    def hook(frame, event, argument):
        if frame.f_code.co_filename == branches.__file__:
            seen.append((event, frame.f_code.co_name))

    sys.setprofile(hook)
    branches.sign(4)
    sys.setprofile(None)
    return seen


def by_trace():
    seen = []

    def hook(frame, event, argument):
        if frame.f_code.co_filename == branches.__file__:
            seen.append((event, frame.f_lineno))
        return hook

    sys.settrace(hook)
    branches.sign(-4)
    sys.settrace(None)
    return seen


def by_profile():
    profile = cProfile.Profile()
    profile.runcall(branches.sign, 5)
    stats = pstats.Stats(profile).stats
    return [(name, calls[0]) for (file, _, name), calls in stats.items() if file == branches.__file__]


if __name__ == "__main__":
    print({"hook": by_hook, "trace": by_trace, "cProfile": by_profile}[sys.argv[1]]())
    print(branches.sign(7))
