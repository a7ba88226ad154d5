"""A function that takes an object with four attributes."""


class Order:
    def __init__(self, number, customer, total, paid):
        self.number = number
        self.customer = customer
        self.total = total
        self.paid = paid


ORDERS = [Order(i, f"customer {i}", i * 1.25, i % 2 == 0) for i in range(50)]


def check(order):
    return 1


def run():
    for _ in range(10):
        for order in ORDERS:
            check(order)
