"""A function that takes a text of 43 characters, as one that looks at a line of input does."""

PANGRAM = "the quick brown fox jumps over the lazy dog"
LINES = [PANGRAM[at:] + PANGRAM[:at] for at in range(30)]


def check(line):
    return 1


def run():
    for _ in range(10):
        for line in LINES:
            check(line)
