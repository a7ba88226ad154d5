"""Direct and mutual recursion: every level is a call with its own parent."""


def factorial(n):
    return 1 if n == 0 else n * factorial(n - 1)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


print(factorial(4), even(3))
