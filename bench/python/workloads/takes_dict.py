"""A function that takes a dict with five keys, as one that handles a request does."""

ORDERS = [
    {"id": i, "customer": f"customer {i}", "total": i * 1.25, "paid": i % 2 == 0, "note": None} for i in range(50)
]


def check(order):
    return 1


def run():
    for _ in range(10):
        for order in ORDERS:
            check(order)
