"""The program uses sys.settrace itself: it sees what it would see bare. Up to 3.11 that displaces the recording, and that is told."""

import sys


def traced(n):
    m = n + 1
    return m


def before(n):
    return traced(n)


events = []


def tracer(frame, event, argument):
    if frame.f_code.co_name == "traced":
        events.append(event)
    return tracer


before(1)
sys.settrace(tracer)
traced(2)
sys.settrace(None)
print(events)
traced(3)
