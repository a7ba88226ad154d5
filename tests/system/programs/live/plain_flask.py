"""A Flask application that knows nothing of Spoor."""

import orders
from flask import Flask

app = Flask(__name__)


@app.route("/<int:user_id>")
def page(user_id):
    return orders.answer(user_id)
