"""Cancellation: a task that lets it pass, one that swallows it, and shielded work that goes on."""

import asyncio


async def forever():
    while True:
        await asyncio.sleep(10)


async def stubborn():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:  # probe: swallowed
        return "stayed"


async def quick():
    await asyncio.sleep(0)
    return "quick"


async def main():
    first = asyncio.create_task(forever())
    second = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    first.cancel()
    second.cancel()
    try:
        await first
    except asyncio.CancelledError:  # probe: passed
        print("first cancelled")
    print(await second, await asyncio.shield(quick()))


asyncio.run(main())
