"""A function that takes and returns a dict with five keys, as handlers of requests do."""

ORDERS = [
    {"id": i, "customer": f"customer {i}", "total": i * 1.25, "paid": i % 2 == 0, "note": None} for i in range(50)
]


def check(order):
    return order


def run():
    for _ in range(10):
        for order in ORDERS:
            check(order)
