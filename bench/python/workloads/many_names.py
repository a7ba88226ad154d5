"""A function that takes dicts of many kinds in turn, as one that logs or serialises does: seventy-five names."""

KINDS = [{f"{field}_of_{kind}": kind for field in ("count", "first", "last", "owner", "state")} for kind in range(15)]


def check(record):
    return 1


def run():
    for _ in range(20):
        for record in KINDS:
            check(record)
