"""Modules beside the script with names of the standard library's are the program's, although the agent has used those."""

import json
import os
import opcode
import queue

here = os.path.dirname(os.path.abspath(__file__))
for module in (json, opcode, queue):
    print(module.__name__, os.path.dirname(os.path.abspath(module.__file__)) == here, module.WHO)


def use(value):
    return json.dumps(value)


print(use({"a": 1}))
