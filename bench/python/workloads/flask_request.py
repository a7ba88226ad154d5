"""A Flask application that answers requests of its own test client: routing, a handler, a few functions of the project,
JSON. The unit is one request; nearly all of its code is that of libraries."""

from flask import Flask, jsonify, request

UNITS = 8

app = Flask(__name__)
client = app.test_client()
STOCK = {f"sku-{i}": {"price": 3 + i * 1.75, "left": 4 * i + 3} for i in range(12)}


class Basket:
    def __init__(self, customer):
        self.customer = customer
        self.lines = []

    def add(self, sku, count):
        self.lines.append((sku, count))

    def total(self):
        return sum(price_of(sku) * count for sku, count in self.lines)


def price_of(sku):
    return STOCK[sku]["price"]


def parse(arguments):
    return [(sku, int(count)) for sku, count in arguments.items() if sku in STOCK]


@app.get("/basket/<customer>")
def basket(customer):
    found = Basket(customer)
    for sku, count in parse(request.args):
        found.add(sku, count)
    return jsonify(customer=found.customer, total=found.total(), lines=len(found.lines))


def run():
    for number in range(UNITS):
        answer = client.get(f"/basket/c{number}?sku-1=2&sku-{number}=1&sku-9=4&other=1")
        if answer.status_code != 200:
            raise AssertionError(answer.status)
