"""Coroutines, awaits that suspend and that do not, async generators, async with and async for."""

import asyncio


async def now(x):
    return x


async def later(x):
    await asyncio.sleep(0)
    return await now(x)


async def ticks(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


class Door:
    async def __aenter__(self):
        return "open"

    async def __aexit__(self, *error):
        return False


async def main():
    total = 0
    async for tick in ticks(2):
        total += tick
    async with Door() as state:
        print(state)
    return [i async for i in ticks(2)], await later("x"), total


print(asyncio.run(main()))
print(asyncio.run(now("second loop")))
