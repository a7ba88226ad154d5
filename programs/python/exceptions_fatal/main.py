"""An exception that nobody catches ends the program: traceback and exit code are the program's own."""


def total(prices, rate):
    base = sum(prices)
    return divide(base, rate)  # probe: total


def divide(a, b):
    return a / b  # probe: divide


def main():
    prices = [1, 2]
    note = "kept"
    return total(prices, 0)


main()
