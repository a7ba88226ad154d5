"""Functions, methods of every binding, lambdas, class bodies, nested functions."""


def add(a, b):
    return a + b


class Box:
    """A class body is a call of its own."""

    size = add(1, 1)

    def __init__(self, width):
        self.width = width

    def area(self):
        return self.width * self.size

    @classmethod
    def of(cls, width):
        return cls(width)

    @staticmethod
    def free(x):
        return -x

    class Inner:
        def hello(self):
            return "hello"


def outer(n):
    def inner(m):
        return n + m

    return inner


print(add(1, 2), Box.of(3).area(), Box.free(4), Box.Inner().hello())
print(outer(10)(5), (lambda x: x * 2)(21))
