"""Tasks: each is a strand, and its first call has the call that created it for a parent, not the loop."""

import asyncio


async def work(name, turns):
    for _ in range(turns):
        await asyncio.sleep(0)
    return step(name)


def step(name):
    return name.upper()


def spawn():
    return asyncio.get_running_loop().create_task(work("by loop", 1))


async def main():
    both = await asyncio.gather(work("one", 2), work("two", 1))
    task = asyncio.create_task(work("three", 1))
    other = spawn()
    wrapped = asyncio.ensure_future(work("four", 1))
    return both, await task, await other, await wrapped


print(asyncio.run(main()))
