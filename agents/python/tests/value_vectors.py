"""Reads the cases of spec/vectors for values and redaction, and makes and writes the value of one."""

import json
import os
import re

import native_core
from spoor.redaction import Redactor
from spoor.values import Encoder, Limits

VECTORS = os.path.join(os.path.dirname(__file__), "..", "..", "..", "spec", "vectors")


def load(name):
    with open(os.path.join(VECTORS, name), encoding="utf-8") as file:
        return json.load(file)


def value_cases():
    for name in sorted(os.listdir(os.path.join(VECTORS, "values"))):
        # Some are of JavaScript only.
        yield from (case for case in load("values/" + name)["cases"] if "python" in case["make"])


def encoder(limits=None):
    return native_core.of_this_round(Encoder(Limits(**(limits or {})), Redactor()))


def written(enc, case):
    """The JSON text of a case, with identities as `*`."""
    space = {"__name__": "app"}
    exec(case.get("setup", {}).get("python", ""), space)
    made = eval(case["make"]["python"], space)
    how = case.get("how", "value")
    args, value = (enc.closed_args, enc.closed_value) if case.get("often") else (enc.args, enc.value)
    if how == "args":
        text = args(enc.plan(made[0].__code__), made[1])
    elif how == "exception":
        text = enc.exception(made)
    elif how == "self":

        def method(self):
            pass

        text = args(enc.plan(method.__code__), {"self": made})[8:-1]
    else:
        text = value(made)
    return re.sub(r'"\$id":"[0-9a-f]+"', '"$id":"*"', text)
