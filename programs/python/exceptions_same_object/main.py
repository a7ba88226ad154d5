"""One exception object raised twice, raised after it was handled, and raised again elsewhere with its old traceback."""

ERROR = ValueError("shared")


def first():
    raise ERROR  # probe: first


def second():
    raise ERROR  # probe: second


for function in (first, second, first):
    try:
        function()
    except ValueError:
        print(function.__name__)


def loop():
    for _ in range(3):
        try:
            raise ValueError("fresh")  # probe: loop
        except ValueError:
            pass
    return "done"


loop()
