"""A FastAPI application, with middleware that answers in a task of its own."""

import asyncio

import shop
from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


app = FastAPI()
app.add_middleware(Passing)


async def answered(item):
    return shop.answer(item)


@app.get("/items/{item}")
async def page(item: str):
    return await asyncio.create_task(answered(item))


@app.get("/fails")
async def fails():
    raise ValueError("no")
