"""Its __main__: `-m package`."""

import sys

from . import part


def main(arguments):
    return part.join(arguments)


print(main(sys.argv[1:]), __name__, __package__, __spec__.name)
