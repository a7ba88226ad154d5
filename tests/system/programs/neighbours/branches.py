"""Code with branches that are taken and others that are not, in a thread and in a generator, too."""

import sys
import threading


def sign(n):
    if n > 0:
        return "+"
    if n < 0:
        return "-"
    return "0"


def signs(numbers):
    for n in numbers:
        try:
            if n > 100:
                raise ValueError(n)
            yield sign(n)
        except ValueError:
            yield "?"


def in_thread(into):
    into.append(sign(-1))


def main():
    into = list(signs([1, 2, 500]))
    thread = threading.Thread(target=in_thread, args=(into,))
    thread.start()
    thread.join()
    print("".join(into))


if __name__ == "__main__":
    main()
    sys.exit(6)
