"""A chained exception ends the program: both tracebacks are printed."""


def parse(text):
    try:
        return int(text)  # probe: parse
    except ValueError as error:
        raise LookupError("no number: " + text) from error  # probe: lookup


parse("abc")
