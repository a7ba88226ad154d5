"""run_in_executor and thread pools: the work belongs to the pool's thread and is named after it."""

import asyncio
import concurrent.futures


def blocking(n):
    return n * 10


def pooled(n):
    return n * 100


async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
        return await loop.run_in_executor(pool, blocking, 4)


print(asyncio.run(main()))
with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="direct") as pool:
    print(list(pool.map(pooled, [1, 2])))
