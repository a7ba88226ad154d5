"""A Flask application that lets itself be probed, by one line."""

import orders
import spoor
from flask import Flask

spoor.init(name="shop")
app = Flask(__name__)


@app.route("/<int:user_id>")
def page(user_id):
    return orders.answer(user_id)
