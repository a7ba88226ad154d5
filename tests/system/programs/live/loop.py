"""A loop that says what it works out: for as long as there is no file `stop`, or so many times as it is told. With
`live` it lets itself be probed, begins when there is a file `go`, and ends when there is a file `end`."""

import os
import sys
import time


def step(number, total):
    total = (total * 31 + number) % 1000003
    return total  # probe: step


def every_third(number):
    rest = number % 3
    return rest  # probe: third


def main(limit):
    number = total = 0
    while number < limit:
        number += 1
        total = step(number, total)
        total += every_third(number)
        if number % 100 == 0:
            print(number, total, flush=True)
            if limit == ENDLESS and os.path.exists("stop"):
                break
        if limit == ENDLESS:
            time.sleep(0.0005)
    print("done", flush=True)


def wait_for(name):
    while not os.path.exists(name):
        time.sleep(0.01)


ENDLESS = 10**9
if sys.argv[1] == "live":
    import spoor

    spoor.init(name="loop")
    wait_for("go")
    main(ENDLESS)
    wait_for("end")
else:
    main(int(sys.argv[1]))
