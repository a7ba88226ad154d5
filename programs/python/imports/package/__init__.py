"""A package whose __init__ runs code."""


def ready():
    return "ready"


STATE = ready()
