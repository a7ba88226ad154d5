"""A small shop: enough classes, threads, a coroutine and mistakes to make a recording worth asking."""

import asyncio
import decimal
import json
import threading


class OutOfStock(Exception):
    """There are fewer pieces than were ordered."""


class Cart:
    def __init__(self, customer):
        self.customer = customer
        self.lines = []

    def add(self, name, price, *, count=1):
        self.lines.append((name, decimal.Decimal(price), count))
        return len(self.lines)

    def total(self, tax=decimal.Decimal("0.2")):
        return sum(price * count for _, price, count in self.lines) * (1 + tax)


class Stock:
    def __init__(self, pieces):
        self.pieces = dict(pieces)
        self.lock = threading.Lock()

    def take(self, name, count):
        with self.lock:
            if self.pieces.get(name, 0) < count:
                raise OutOfStock(f"{count} of {name} asked, {self.pieces.get(name, 0)} left")
            self.pieces[name] -= count


def discount(customer, amount):
    """The mistake to find: nobody thought of a customer without orders."""
    average = amount / customer["orders"]
    return amount * (decimal.Decimal("0.05") if average > 20 else 0)


def order(stock, cart):
    for name, _, count in cart.lines:
        try:
            stock.take(name, count)
        except OutOfStock as error:
            return {"customer": cart.customer["name"], "refused": str(error)}
    total = cart.total()
    return {"customer": cart.customer["name"], "total": str(total - discount(cart.customer, total))}


async def notify(receipt, password="correct horse battery staple"):
    await asyncio.sleep(0.02)
    return json.dumps(receipt)


async def notify_all(receipts):
    return await asyncio.gather(*(notify(receipt) for receipt in receipts))


def main():
    stock = Stock({"book": 5, "lamp": 1})
    receipts = []
    customers = [{"name": "Ada", "orders": 3}, {"name": "Grace", "orders": 9}, {"name": "Linus", "orders": 1}]

    def buy(customer):
        cart = Cart(customer)
        cart.add("book", "12.50", count=customer["orders"] // 2 + 1)
        cart.add("lamp", "40.00")
        receipts.append(order(stock, cart))

    threads = [threading.Thread(target=buy, args=(customer,), name=customer["name"]) for customer in customers]
    for thread in threads:
        thread.start()
        thread.join()
    for text in asyncio.run(notify_all(receipts)):
        print(text)
    cart = Cart({"name": "Edsger", "orders": 0})
    cart.add("book", "1.00")
    print(order(stock, cart))


if __name__ == "__main__":
    main()
