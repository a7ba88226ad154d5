"""The program uses sys.setprofile and cProfile: it counts what it would count bare."""

import cProfile
import pstats
import sys


def leaf(n):
    return abs(n)


def branch(n):
    return leaf(n) + leaf(-n)


events = []


def profiler(frame, event, argument):
    if frame.f_code.co_name in ("leaf", "branch"):
        events.append((event, frame.f_code.co_name))


sys.setprofile(profiler)
branch(1)
sys.setprofile(None)
print(events)
profile = cProfile.Profile()
profile.enable()
branch(2)
profile.disable()
stats = pstats.Stats(profile).stats
counts = []
for key, value in stats.items():
    counts.append((key[2], value[0]))
print(sorted(counts))
branch(3)
