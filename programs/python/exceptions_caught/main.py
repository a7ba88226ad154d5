"""Where an exception is caught: by type, not by the first handler, through finally and with, re-raised, chained."""

import contextlib


def raises(error):
    raise error  # probe: raise


def by_type():
    try:
        raises(ValueError(1))
    except KeyError:
        return "wrong"
    except ValueError:  # probe: by type
        return "right"


def not_matching():
    try:
        raises(ValueError(2))
    except KeyError:
        return "wrong"


def with_finally():
    try:
        raises(ValueError(3))
    finally:
        note("finally")


def note(text):
    return text


def again():
    try:
        raises(ValueError(4))
    except ValueError:
        raise


def chained():
    try:
        raises(ValueError(5))
    except ValueError as error:  # probe: cause
        raise KeyError("from") from error  # probe: chained


def suppressed():
    with contextlib.suppress(ValueError):
        raises(ValueError(6))
    return "suppressed"


class Swallows:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return True


def swallowed():
    with Swallows():
        raises(ValueError(7))
    return "swallowed"


def nested():
    try:
        try:
            raises(ValueError(8))
        except ValueError:  # probe: inner
            raises(TypeError(9))
    except TypeError as error:  # probe: outer
        return type(error.__context__).__name__


def with_else():
    try:
        note("try")
    except ValueError:
        return "wrong"
    else:
        return note("else")


def returns_in_finally():
    try:
        raises(ValueError(10))
    finally:
        return note("finally wins")  # noqa: B012


def attempt(function):
    try:
        return function()
    except Exception as error:  # probe: attempt
        return type(error).__name__


for function in (
    by_type,
    not_matching,
    with_finally,
    again,
    chained,
    suppressed,
    swallowed,
    nested,
    with_else,
    returns_in_finally,
):
    print(function.__name__, attempt(function))
