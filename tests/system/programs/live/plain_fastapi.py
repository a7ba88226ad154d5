"""A FastAPI application that knows nothing of Spoor: one route runs on the loop, one on threads."""

import orders
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/threads/{user_id}", response_class=PlainTextResponse)
def on_threads(user_id: int):
    return orders.answer(user_id)


@app.get("/{user_id}", response_class=PlainTextResponse)
async def page(user_id: int):
    return orders.answer(user_id)
