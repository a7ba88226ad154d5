"""The recursion limit is hit and handled; the program can go on."""


def endless(n):
    return endless(n + 1)


def attempt():
    try:
        endless(0)
    except RecursionError as error:
        return type(error).__name__


print(attempt())
print(attempt())
