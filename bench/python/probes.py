"""What a hit of a live probe costs, and what code without one pays: bare and probed turns of the same loops, in turns
in this process. Prints a JSON object: nanoseconds a turn over bare, by what was measured, the least of the rounds."""

import json
import os
import sys
import time

HERE = os.path.abspath(__file__)


def work(number, text, rate, items, flag):
    total = number + 1
    if total < 0:
        return text  # probe: never
    return total  # probe: hit


def elsewhere(number, text, rate, items, flag):
    total = number + 1
    if total < 0:
        return text
    return total


def line_of(marker):
    with open(HERE, encoding="utf-8") as file:
        return next(at for at, line in enumerate(file, 1) if line.rstrip().endswith("# probe: " + marker))


def run(function, turns):
    began = time.thread_time()
    for number in range(turns):
        function(number, "a text", 1.5, None, True)
    return (time.thread_time() - began) / turns * 1e9


class Sink:
    def put(self, name, payload, when):
        return True


def probe(marker, **more):
    wanted = {
        "id": "p",
        "type": "tracepoint",
        "place": {"kind": "line", "file": HERE, "line": line_of(marker)},
        "tags": [],
        "condition": None,
        "rateLimit": {"perSecond": 1e9, "burst": 1e9},
        "hitLimit": None,
        "expiresInMs": 3_600_000,
        "expressions": [],
        "globals": [],
        "stack": {"frames": 0, "locals": 0},
        "waitForEnd": False,
        "values": "default",
    }
    wanted.update(more)
    return wanted


FALSE = ["compare", ["name", "number", 1], [["<", ["value", 0], 8]]]
NAME = ["name", "number", 1]
MESSAGE = ["number is ", {"text": "number", "expression": NAME}]
METRIC = {"name": "n", "kind": "gauge", "expression": NAME, "labels": [], "buckets": []}
MODES = {
    "false condition": (work, 20000, probe("hit", condition=FALSE)),
    "snapshot, five variables": (work, 3000, probe("hit", values="default")),
    "snapshot and 20 frames": (work, 2000, probe("hit", stack={"frames": 20, "locals": 0})),
    "logpoint, one variable": (work, 3000, probe("hit", type="logpoint", message=MESSAGE)),
    "metric": (work, 3000, probe("hit", type="metric", metric=METRIC)),
    "beyond the rate": (work, 20000, probe("hit", rateLimit={"perSecond": 0, "burst": 1})),
    "other lines of the function": (work, 50000, probe("never")),
    "other functions": (elsewhere, 50000, probe("hit")),
}


def main():
    sys.path.insert(0, os.environ["SPOOR_SOURCES"])
    from spoor.live.probes import Probes

    rounds_wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    probes = Probes(Sink(), os.path.dirname(HERE))
    least = {}
    for _ in range(rounds_wanted):
        for name, (function, turns, wanted) in MODES.items():
            bare = run(function, turns)
            probes.desire([wanted], True, 1e9)
            state = probes.changed_states()[-1]
            assert state["state"] == "placed", state
            run(function, turns // 10)
            probed = run(function, turns)
            probes.tick()
            probes.desire([], True, 1e9)
            probes.changed_states()
            asleep = run(function, turns)
            least.setdefault(name, []).append((bare, probed, asleep))
    probes.close()
    result = {}
    for name, rounds in least.items():
        bare = min(each[0] for each in rounds)
        result[name] = round(min(each[1] for each in rounds) - bare, 1)
        if name == "other functions":
            result["asleep again"] = round(min(each[2] for each in rounds) - bare, 1)
    result["bare"] = round(min(each[0] for rounds in least.values() for each in rounds), 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
