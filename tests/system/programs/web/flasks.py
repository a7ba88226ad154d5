"""A Flask application, with a blueprint and a pool of threads."""

from concurrent.futures import ThreadPoolExecutor

import shop
from flask import Blueprint, Flask

app = Flask(__name__)
blueprint = Blueprint("more", __name__, url_prefix="/more")
pool = ThreadPoolExecutor(1)


@app.route("/<item>")
def page(item):
    return shop.answer(item)


@app.route("/pool/<item>")
def in_pool(item):
    return pool.submit(shop.answer, item).result()


@app.route("/fails")
def fails():
    raise KeyError("no")


@app.route("/breaks")
def breaks():
    def parts():
        yield shop.answer("part")
        raise KeyError("in the middle")

    return parts()


@blueprint.route("/<item>")
def of_blueprint(item):
    return shop.answer(item)


app.register_blueprint(blueprint)
