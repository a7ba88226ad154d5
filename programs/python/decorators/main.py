"""Decorators, functools.wraps, properties, descriptors, lru_cache, partial: who calls whom through them."""

import functools


def twice(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        function(*args, **kwargs)
        return function(*args, **kwargs)

    return wrapper


@twice
def greet(name):
    return "hello " + name


class Account:
    def __init__(self):
        self._total = 0

    @property
    def total(self):
        return self._total

    @total.setter
    def total(self, value):
        self._total = value


class Positive:
    def __get__(self, instance, owner):
        return instance._n if instance is not None else self

    def __set__(self, instance, value):
        instance._n = abs(value)


class Holder:
    n = Positive()


@functools.lru_cache(maxsize=None)
def square(n):
    return n * n


def power(base, exponent):
    return base**exponent


greet("Ada")
account = Account()
account.total = 5
print(account.total)
holder = Holder()
holder.n = -3
print(holder.n, Holder.n is Holder.__dict__["n"])
print(square(3), square(3), functools.partial(power, exponent=3)(2))
