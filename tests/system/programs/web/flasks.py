"""A Flask application."""

import shop
from flask import Flask

app = Flask(__name__)


@app.route("/<item>")
def page(item):
    return shop.answer(item)
