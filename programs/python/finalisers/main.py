"""__del__ runs at the same moments and in the same order as bare."""


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


def scope(name):
    noisy = Noisy(name)
    print("in", noisy.name)


def chain(noisy):
    noisy = Noisy("second")
    print("rebound")
    return noisy


scope("one")
chain(Noisy("first"))
print("between")
items = [Noisy("a"), Noisy("b")]
items.clear()
print("end")
