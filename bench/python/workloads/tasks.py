"""An asyncio program: producers put orders into a bounded queue, workers take them, check them and price them under a
semaphore, and a collector gathers results. One loop lives through all runs, as in a server."""

import asyncio

loop = asyncio.new_event_loop()


class Desk:
    def __init__(self):
        self.prices = {f"sku-{i}": 3 + i * 1.75 for i in range(12)}
        self.taken = 0

    async def price(self, order):
        await asyncio.sleep(0)
        return sum(self.prices[sku] * count for sku, count in order["lines"])

    def check(self, order):
        self.taken += 1
        return len(order["lines"]) > 0


async def produce(queue, first, count):
    for number in range(first, first + count):
        await queue.put({"id": number, "lines": [(f"sku-{number % 12}", 1 + number % 3), ("sku-1", 2)]})


async def work(queue, desk, gate, done):
    while True:
        order = await queue.get()
        if order is None:
            return
        async with gate:
            if desk.check(order):
                done.append((order["id"], await desk.price(order)))


async def serve():
    queue, gate, desk, done = asyncio.Queue(8), asyncio.Semaphore(2), Desk(), []
    workers = [asyncio.ensure_future(work(queue, desk, gate, done)) for _ in range(3)]
    await asyncio.gather(*(produce(queue, 100 * i, 10) for i in range(3)))
    for _ in workers:
        await queue.put(None)
    await asyncio.gather(*workers)
    return done


def run():
    if len(loop.run_until_complete(serve())) != 30:
        raise AssertionError("orders were lost")
