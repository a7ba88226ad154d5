"""contextvars: a context belongs to the program; recording neither adds to it nor changes it."""

import asyncio
import contextvars

request = contextvars.ContextVar("request", default="none")


def show():
    return request.get()


async def handle(name):
    request.set(name)
    await asyncio.sleep(0)
    return show()


async def main():
    return await asyncio.gather(handle("a"), handle("b"))


print(len(contextvars.copy_context()))
print(asyncio.run(main()), show())
context = contextvars.copy_context()
context.run(request.set, "inside")
print(context.run(show), show(), len(context))
