"""locals(), globals(), vars() and dir() show only what is the program's."""


def shows(a, b=2):
    c = a + b
    found = dict(locals())
    a = 10
    return sorted(found), sorted(locals()), locals()["a"]


class Body:
    one = 1
    names = sorted(name for name in locals() if not name.startswith("__"))


print(shows(1), Body.names)
print(sorted(name for name in globals() if not name.startswith("__")))
print(sorted(name for name in globals() if name.startswith("__")))
print(sorted(vars(Body)))
print(__name__, __package__, __spec__, type(__loader__).__name__, sorted(dir()) == sorted(globals()))
