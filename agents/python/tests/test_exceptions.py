"""Exceptions as both cores follow them: the same records, whatever becomes of an exception and of its address."""

import os
import re

import pytest
from recording import in_order, record

if os.environ.get("SPOOR_TEST_CORE") != "native":
    pytest.skip("the round of the native core runs these", allow_module_level=True)

LIBRARY = """
def catches(function, *args):
    try:
        return function(*args)
    except ValueError:
        return None
def raises(n):
    raise ValueError(n)
def raises_and_catches():
    try:
        raises(1)
    except ValueError:
        pass
def many(n):
    kept = []
    for i in range(n):
        try:
            raises(i)
        except ValueError as error:
            kept.append(error)
def passes_on(function):
    try:
        return function()
    finally:
        n = 1
"""
PROGRAMS = {
    "caught where it was raised, and further out": """
def raises(n, *rest, key=None): raise ValueError("n = %d" % n, n)
def through(n): return raises(n, 1, 2, key=n)
def catches(n):
    try: through(n)
    except (KeyError, ValueError) as error: return str(error)
for n in range(5): catches(n)
def own():
    try: {}["missing"]
    except KeyError: pass
own(); own()
""",
    "finally, with and an except that does not match": """
class Manager:
    def __init__(self, swallows): self.swallows = swallows
    def __enter__(self): return self
    def __exit__(self, *told): return self.swallows
def again(kind):
    try:
        try:
            with Manager(False):
                raise kind
        finally:
            kind = None
    except OSError:
        pass
    except ValueError:
        raise
def swallowed():
    with Manager(True):
        again(ValueError("v"))
again(OSError(2, "No such file", "/a"))
swallowed()
""",
    "raised from another one": """
class Trouble(Exception): pass
def wraps(cause):
    try: int("x")
    except ValueError as error:
        raise Trouble("wrapped") from (error if cause else None)
def replaces():
    try: int("y")
    except ValueError: raise Trouble("instead")
for function in (lambda: wraps(True), lambda: wraps(False), replaces):
    try: function()
    except Trouble as error: print(error)
""",
    "one object again and again": """
shared = ValueError("shared")
def first(): raise shared
def second():
    try: first()
    except ValueError: pass
    raise shared
for _ in range(3):
    try: second()
    except ValueError: pass
def swallows(): return hasattr(Odd(), "field")
class Odd:
    @property
    def field(self): raise AttributeError("none")
swallows(); swallows()
""",
    "many that live at once": """
import library
def fails(n):
    local = [n]
    raise (ValueError if n % 3 else KeyError)(n)
def collect(n):
    kept = []
    for i in range(n):
        try: fails(i)
        except Exception as error: kept.append(error)
    return kept
def again(errors):
    for error in errors:
        try: raise error
        except (ValueError, KeyError): pass
kept = collect(200)
again(kept[::2])
del kept[::3]
again(collect(100) + kept)
def flies(kept):
    try:
        try: fails(1)
        finally:
            del kept[::2]
            library.many(40)
    except ValueError: pass
for _ in range(100): flies(collect(60))
""",
    "into and out of code that is not recorded": """
import library
def fails(n, depth=2):
    local = {"n": n, "password": "secret", "text": "x" * 300}
    seen = lambda: local
    return fails(n, depth - 1) if depth else library.raises(local["n"])
class Holder:
    def method(self, n): return fails(n)
def inner():
    try: library.passes_on(lambda: fails(3, 0))
    except ValueError: pass
def outer(): return library.passes_on(lambda: fails(4, 1))
library.catches(outer)
for n in range(40): library.catches(Holder().method, n)
inner()
library.raises_and_catches()
def calls(): library.raises_and_catches()
calls(); calls()
class Body:
    try: library.raises("in the body")
    except ValueError: held = 5
def asks_for_locals(n):
    locals()["n"]
    raise ValueError(n)
library.catches(asks_for_locals, 3)
""",
    "generators": """
def numbers(n):
    try:
        for i in range(n): yield i
    except ValueError as error:
        yield error
    finally:
        n = 0
def uses():
    generator = numbers(3)
    next(generator)
    print(generator.throw(ValueError("in")))
    generator.close()
    for _ in numbers(2): pass
    try: next(numbers(0))
    except StopIteration: pass
    list(numbers(4))
def delegates():
    return (yield from numbers(2))
def stops():
    yield 1
    raise StopIteration
def meets():
    generator = delegates()
    next(generator)
    try: generator.throw(KeyError("k"))
    except KeyError: pass
    try: list(stops())
    except RuntimeError: pass
def meets_many():
    for _ in range(20):
        try: raise RuntimeError(1)
        except RuntimeError: pass
        try: list(stops())
        except RuntimeError: pass
uses(); meets(); meets_many()
""",
    "tasks that are cancelled": """
import asyncio
async def sleeps():
    try: await asyncio.sleep(5)
    except asyncio.CancelledError:
        raise
async def fails():
    await asyncio.sleep(0)
    raise ValueError("in a task")
async def main():
    task = asyncio.ensure_future(sleeps())
    await asyncio.sleep(0)
    task.cancel()
    try: await task
    except asyncio.CancelledError: pass
    print(await asyncio.gather(fails(), fails(), return_exceptions=True))
asyncio.run(main())
""",
    "of a thread, and fatal": """
import threading
def fails(n): return 1 / n
thread = threading.Thread(target=fails, args=(0,))
thread.start(); thread.join(); del thread
def last(text, *, token="t"):
    number = len(text)
    return fails(number - number)
last("end")
""",
}


MAKES_CLASSES = """
import gc, weakref
kept = []
def fails(n):
    class Own(Exception): pass
    kept.append(weakref.ref(Own))
    space = {}
    exec(compile("def f(): raise kind(1)", "made%d.py" % n, "exec"), {"kind": Own}, space)
    try: space["f"]()
    except Own: pass
for n in range(3000): fails(n)
gc.collect()
print(sum(reference() is not None for reference in kept) < 100)
"""


def told(recorded):
    """Everything about exceptions but times and addresses."""
    lines = b"".join(in_order(recorded.files.values())).decode()
    # Threads with files of their own take numbers by the block.
    calls = {str(call["id"]): str(place) for place, call in enumerate(recorded.of("C"), 1)}
    found = []
    for line in lines.splitlines():
        columns = line.split("\t")
        if columns[0] in "EAXL":
            at = 1 if columns[0] == "X" else 3
            columns[at] = calls.get(columns[at], columns[at])
        if columns[0] in "EAXL" or (columns[0] == "Z" and "exit" in columns[6]):
            columns[2] = ""
            found.append(re.sub(r'("\$id":"|0x)[0-9a-f]+', r"\1", "\t".join(columns)))
    return found


@pytest.mark.parametrize("values", ["default", "none"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_both_cores_tell_the_same(tmp_path, name, values):
    seen = []
    for core in ("python", "native"):
        folder = tmp_path / core
        folder.mkdir()
        (folder / "library.py").write_text(LIBRARY)
        recorded = record(folder, PROGRAMS[name], exclude=["library"], core=core, values=values)
        assert recorded.of("E") and recorded.of("H")[0]["payload"]["core"] == core
        seen.append(told(recorded))
    assert seen[1] == [line.replace(str(tmp_path / "python"), str(tmp_path / "native")) for line in seen[0]]


def test_classes_of_exceptions_are_not_kept(tmp_path):
    recorded = record(tmp_path, MAKES_CLASSES)
    assert recorded.out == "True\n", recorded.err
    assert len(recorded.of("E")) == 3000
