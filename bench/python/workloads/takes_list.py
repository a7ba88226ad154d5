"""A function that takes a list of twenty integers, as one that sums up measurements does."""

SERIES = [[start * 37 + step * 113 for step in range(20)] for start in range(50)]


def check(series):
    return 1


def run():
    for _ in range(10):
        for series in SERIES:
            check(series)
