"""Recursion: the Fibonacci number of twenty by the definition, 21,891 calls."""


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def run():
    if fib(20) != 6765:
        raise AssertionError("fib(20)")
