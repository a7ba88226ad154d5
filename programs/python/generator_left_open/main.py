"""A generator that is suspended when the program ends, and one that is dropped while suspended."""


def numbers(name):
    yield 1
    yield 2


def first(generator):
    for value in generator:
        return value


kept = numbers("kept")
first(kept)
first(numbers("dropped"))
first(numbers("dropped too"))
print("end")
