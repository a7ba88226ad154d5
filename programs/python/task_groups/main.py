"""TaskGroup and timeout: one member fails, the others are cancelled, the group raises an ExceptionGroup."""

import asyncio


async def fails():
    await asyncio.sleep(0)
    raise ValueError("member")  # probe: member


async def waits():
    try:
        await asyncio.sleep(10)
    finally:
        print("cancelled")


async def grouped():
    async with asyncio.TaskGroup() as group:
        group.create_task(waits(), name="waiter")
        group.create_task(fails(), name="failer")


async def slow():
    async with asyncio.timeout(0.01):
        await asyncio.sleep(10)


async def main():
    try:
        await grouped()
    except* ValueError as group:  # probe: group
        print(group.exceptions)
    try:
        await slow()
    except TimeoutError:  # probe: timeout
        print("timed out")


asyncio.run(main())
