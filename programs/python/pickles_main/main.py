"""Classes of __main__ are pickled and unpickled by their module's name."""

import pickle


class Point:
    def __init__(self, x):
        self.x = x

    def __reduce__(self):
        return Point, (self.x,)


copy = pickle.loads(pickle.dumps(Point(3)))
print(copy.x, type(copy) is Point, Point.__module__)
