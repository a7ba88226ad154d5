"""With a sampling rate of nothing only bodies of modules are recorded; everything else is counted."""


class Outer:
    def method(self):
        return inner(1)


def inner(n):
    return n


for _ in range(3):
    Outer().method()
print("done")
