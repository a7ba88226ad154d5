"""Comprehensions: calls of their own before 3.12, part of their function since."""


def double(n):
    return n * 2


def all_kinds(items):
    return [double(i) for i in items], {i: double(i) for i in items}, {double(i) for i in items}


print(all_kinds([1, 2]))
print(list(double(i) for i in (3, 4)))
