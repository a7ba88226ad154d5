"""A coroutine that gives way two hundred times, called by another, without an event loop.

The unit is one `await` that suspends both.
"""

import asyncio

UNITS = 200


async def inner(turns):
    for _ in range(turns):
        await asyncio.sleep(0)


async def outer(turns):
    await inner(turns)


def run():
    coroutine = outer(UNITS)
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        pass
