"""A FastAPI application, with middleware that answers in a task of its own, endpoints in threads of a pool, a router
that is included and an application that is mounted, and a websocket."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import shop
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.middleware.base import BaseHTTPMiddleware


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


app = FastAPI()
app.add_middleware(Passing)
router = APIRouter(prefix="/more")
mounted = FastAPI()
pool = ThreadPoolExecutor(1)


async def answered(item):
    return shop.answer(item)


@app.get("/items/{item}")
async def page(item: str):
    return await asyncio.create_task(answered(item))


@app.get("/fails")
async def fails():
    raise ValueError("no")


@app.get("/thread/{item}")
def in_thread(item: str):
    return shop.answer(item)


@app.get("/pools/{item}")
async def in_pools(item: str):
    first = await asyncio.get_running_loop().run_in_executor(None, shop.answer, item)
    return first + await asyncio.wrap_future(pool.submit(copy_context().run, shop.answer, item))


@router.get("/{item}")
async def of_router(item: str):
    return shop.answer(item)


@mounted.get("/{item}")
def of_mounted(item: str):
    return shop.answer(item)


@app.websocket("/socket")
async def socket(connection: WebSocket):
    await connection.accept()
    await connection.send_text(shop.answer(await connection.receive_text()))
    await connection.close()


app.include_router(router)
app.mount("/mounted", mounted)
