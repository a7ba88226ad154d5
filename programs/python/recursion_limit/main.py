"""The recursion limit is hit and handled; the program can go on."""


def endless(n):
    return endless(n + 1)


def attempt():
    try:
        endless(0)
    except RecursionError as error:
        return error.args[0]


print(attempt())
print(attempt())
