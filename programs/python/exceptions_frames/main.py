"""The variables of the calls that an exception left, and the line at which it left each."""

from concurrent.futures import ThreadPoolExecutor


class Cart:
    def __init__(self, owner):
        self.owner = owner

    def total(self, prices):
        total = 0
        for index, price in enumerate(prices):
            total += self.checked(price)  # probe: total
        late = "never"
        return total, late

    def checked(self, price):
        password = "hunter2"
        if price < 0:
            raise ValueError(price, len(password))  # probe: checked
        return price


def steps(limit):
    step = 0
    while True:
        step += 1
        yield step
        if step == limit:
            raise RuntimeError("limit")  # probe: steps


def consume(limit):
    seen = []
    for step in steps(limit):  # probe: consume
        seen.append(step)


def applied():
    factor = [2]

    def apply(value):
        doubled = factor[value] * 2  # probe: apply
        return doubled

    return list(map(apply, [0, 1]))  # probe: applied


def destructured(pair, *rest):
    first, [second] = pair
    try:
        first += 1
        return second.missing  # probe: native
    except AttributeError as error:
        count = len(rest)
        raise LookupError(count, first) from error  # probe: again


with ThreadPoolExecutor(1) as pool:
    for action in [
        lambda: Cart("ann").total([1, 2, -3]),  # probe: cart
        lambda: consume(2),
        applied,
        lambda: destructured([1, [2]], 3, 4),
    ]:
        print(type(pool.submit(action).exception()).__name__)
