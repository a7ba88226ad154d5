"""What the live servers here serve: a function in the hot path of every request."""

import os


def total(user_id, items):
    amount = len(items) * user_id
    return amount  # probe: total


def answer(user_id):
    items = ["tea", "bread", "wine"]
    return "%d owes %d to %d\n" % (user_id, total(user_id, items), os.getpid())
