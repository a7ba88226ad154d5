"""Eager tasks (3.12): the coroutine's first steps run inside the call that creates the task."""

import asyncio


async def direct(n):
    return n + 1


async def suspends(n):
    await asyncio.sleep(0)
    return n + 2


async def main():
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    done = asyncio.create_task(direct(1))
    later = asyncio.create_task(suspends(1))
    return await done, await later


print(asyncio.run(main()))
