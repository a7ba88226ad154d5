"""A shop that takes orders: a few classes that hold each other, dicts and lists, exceptions that are caught."""


class OutOfStock(Exception):
    pass


class Product:
    def __init__(self, sku, price, stock):
        self.sku = sku
        self.price = price
        self.stock = stock

    def take(self, quantity):
        if quantity > self.stock:
            raise OutOfStock(f"{self.sku}: {quantity} wanted, {self.stock} left")
        self.stock -= quantity
        return self.stock


class Customer:
    def __init__(self, number, name, discount):
        self.number = number
        self.name = name
        self.discount = discount
        self.orders = []


class Order:
    def __init__(self, number, customer, lines):
        self.number = number
        self.customer = customer
        self.lines = lines
        self.state = "new"

    def subtotal(self, products):
        return sum(products[sku].price * quantity for sku, quantity in self.lines)

    def total(self, products):
        amount = self.subtotal(products)
        return round(amount * (1 - self.customer.discount), 2)


class Shop:
    def __init__(self):
        self.products = {f"sku-{i}": Product(f"sku-{i}", 3 + i * 1.75, 4 * i + 3) for i in range(12)}
        self.customers = [Customer(i, f"customer {i}", 0.05 * (i % 3)) for i in range(6)]
        self.takings = 0.0
        self.refused = 0

    def place(self, number):
        customer = self.customers[number % len(self.customers)]
        lines = [(f"sku-{(number * k) % 12}", 1 + (number + k) % 3) for k in range(1, 4)]
        order = Order(number, customer, lines)
        try:
            self.reserve(order)
        except OutOfStock:
            self.refuse(order)
        else:
            self.charge(order)
        return order

    def reserve(self, order):
        for sku, quantity in order.lines:
            self.products[sku].take(quantity)

    def refuse(self, order):
        order.state = "refused"
        self.refused += 1

    def charge(self, order):
        order.state = "paid"
        self.takings += order.total(self.products)
        order.customer.orders.append(order)

    def summary(self):
        return {
            "takings": round(self.takings, 2),
            "refused": self.refused,
            "best": max(self.customers, key=spent).name,
        }


def spent(customer):
    return len(customer.orders)


def run():
    shop = Shop()
    for number in range(20):
        shop.place(number)
    return shop.summary()
