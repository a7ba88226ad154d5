"""Names, kinds and parameters of functions, the same on every version."""

import sys

import pytest
from spoor.functions import Names, kind_of, parameters_of

SOURCE = """
def plain(a, b=1): pass
def kinds(a, /, b, *rest, c, d=2, **more): pass
class Box:
    def method(self): pass
    class Inner:
        def deep(self):
            def local(): pass
            return lambda x: x
def generator():
    yield
async def coroutine(): pass
async def async_generator():
    yield
g = (x for x in ())
"""
EXPECTED = {
    "<module>": "module",
    "plain": "function",
    "kinds": "function",
    "Box": "class",
    "Box.method": "method",
    "Box.Inner": "class",
    "Box.Inner.deep": "method",
    "Box.Inner.deep.<locals>.local": "function",
    "Box.Inner.deep.<locals>.<lambda>": "lambda",
    "generator": "generator",
    "coroutine": "coroutine",
    "async_generator": "async_generator",
    "<genexpr>": "comprehension",
}


def all_codes(code):
    yield code
    for constant in code.co_consts:
        if type(constant) is type(code):
            yield from all_codes(constant)


def test_qualified_names_and_kinds():
    names = Names()
    module = compile(SOURCE, "m.py", "exec")
    found = {}
    for code in all_codes(module):
        name = names.of(code) if code is not module else names.of(module)
        found[name] = kind_of(code, name)
    assert found == EXPECTED


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="since 3.11 the code itself has its qualified name")
def test_a_function_met_without_its_module_has_its_own_name():
    module = compile(SOURCE, "m.py", "exec")
    method = next(code for code in all_codes(module) if code.co_name == "deep")
    assert Names().of(method) == "deep"


def test_parameters():
    codes = {code.co_name: code for code in all_codes(compile(SOURCE, "m.py", "exec"))}
    assert parameters_of(codes["plain"]) == ["a", "b"]
    assert parameters_of(codes["kinds"]) == ["a", "b", "*rest", "c", "d", "**more"]
    assert parameters_of(codes["generator"]) == []
