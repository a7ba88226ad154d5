"""Huge strings, containers and integers as arguments and results: cut in the recording, whole in the program."""


def echo(value):
    return value


print(len(echo("x" * 5_000_000)))
print(len(echo(list(range(100_000)))))
print(len(echo(dict.fromkeys(range(10_000)))))
print(len(echo(b"y" * 1_000_000)))
print(echo(1 << 4000) == 1 << 4000)
nested = []
for _ in range(10_000):
    nested = [nested]
print(len(echo(nested)))
cycle = []
cycle.append(cycle)
print(echo(cycle) is cycle)
print(ascii(echo("lone \ud800 surrogate")))
print(echo(float("nan")), echo(float("inf")))
