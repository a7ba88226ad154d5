"""Exception groups: except* takes a part, the rest goes on."""


def group():
    raise ExceptionGroup("several", [ValueError(1), KeyError("k"), ExceptionGroup("inner", [TypeError(2)])])


def handle():
    try:
        group()
    except* ValueError as part:
        print("values", len(part.exceptions))
    except* TypeError as part:
        print("types", len(part.exceptions))


try:
    handle()
except ExceptionGroup as rest:
    print("rest", rest.exceptions)
try:
    raise ExceptionGroup("again", [OSError(1)])
except* OSError:
    print("all taken")
