"""A FastAPI application whose answers are not completed. It has no middleware, which would complete them."""

import asyncio

import shop
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


@app.get("/breaks")
async def breaks():
    async def parts():
        yield shop.answer("part")
        raise KeyError("in the middle")

    return StreamingResponse(parts())


@app.get("/endless")
async def endless():
    async def parts():
        while True:
            yield shop.answer("part")
            await asyncio.sleep(0.02)

    return StreamingResponse(parts())
