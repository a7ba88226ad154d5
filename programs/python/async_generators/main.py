"""Async generators: left half-way, closed by hand, thrown into, and finalised by the loop at its end."""

import asyncio


async def ticks(name):
    try:
        for i in range(5):
            await asyncio.sleep(0)
            yield i
    finally:
        print("closed", name)


async def main():
    async for tick in ticks("left"):
        if tick == 1:
            break
    by_hand = ticks("by hand")
    await by_hand.__anext__()
    await by_hand.aclose()
    thrown = ticks("thrown")
    await thrown.__anext__()
    try:
        await thrown.athrow(ValueError("in"))
    except ValueError as error:
        print(error)
    kept.append(ticks("by the loop"))
    await kept[0].__anext__()


kept = []
asyncio.run(main())
