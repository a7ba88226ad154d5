"""wait_for: in time, and too late. Before 3.12 it makes a task of its own, since then it does not."""

import asyncio


async def forever():
    while True:
        await asyncio.sleep(10)


async def quick():
    await asyncio.sleep(0)
    return "quick"


async def main():
    print(await asyncio.wait_for(quick(), 5))
    try:
        await asyncio.wait_for(forever(), 0.01)
    except asyncio.TimeoutError:  # probe: timeout
        print("timeout")


asyncio.run(main())
