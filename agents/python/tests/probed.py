"""Places probes in this very process, as the link would, and collects what they tell."""

import importlib.util
import itertools
import json
import sys

from spoor.live.probes import Probes

MONITORED = hasattr(sys, "monitoring")
_number = itertools.count()


class Events:
    """Stands where the outbox is: takes what it is given, or refuses while it is `full`."""

    def __init__(self):
        self.all = []
        self.full = False

    def put(self, name, payload, time):
        if self.full:
            return False
        self.all.append((name, json.loads(payload), time))
        return True

    def of(self, name):
        return [payload for each, payload, _ in self.all if each == name]

    @property
    def snapshots(self):
        return self.of("probe.hit.snapshot")

    def values(self, *names):
        """Of each snapshot the variables of these names."""
        return [
            tuple({**s["snapshot"]["arguments"], **s["snapshot"]["locals"]}[n] for n in names) for s in self.snapshots
        ]


class Live:
    """Probes in a project, with the shortest way to ask for them."""

    def __init__(self, root):
        self.root = root
        self.events = Events()
        self.probes = Probes(self.events, str(root))
        self.wanted = []
        self.states = {}

    def load(self, source, name=None):
        """Writes `source` as a file of the project and imports it."""
        name = name or "program_%d" % next(_number)
        path = self.root / (name + ".py")
        path.write_text(source)
        spec = importlib.util.spec_from_file_location(name, str(path))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    def line(self, file, marker):
        """The number of the line that ends with `# probe: marker`."""
        with open(str(file), encoding="utf-8") as lines:
            for number, text in enumerate(lines, 1):
                if text.rstrip().endswith("# probe: " + marker):
                    return number
        raise AssertionError(marker)

    def add(self, place, **more):
        """One probe more, a tracepoint unless told; gives its state."""
        probe = {
            "id": "p%d" % (len(self.wanted) + 1),
            "type": "tracepoint",
            "place": place,
            "tags": [],
            "condition": None,
            "rateLimit": {"perSecond": 1e6, "burst": 1e6},
            "hitLimit": None,
            "expiresInMs": 3_600_000,
            "expressions": [],
            "globals": [],
            "stack": {"frames": 0, "locals": 0},
            "waitForEnd": False,
            "values": "default",
        }
        probe.update(more)
        self.wanted.append(probe)
        return self.send()[probe["id"]]

    def at(self, module, marker, **more):
        line = self.line(module.__file__, marker)
        return self.add({"kind": "line", "file": module.__file__, "line": line}, **more)

    def function(self, name, **more):
        module = more.pop("module", None)
        place = {"kind": "function", "function": name}
        if module is not None:
            place["module"] = module
        return self.add(place, **more)

    def send(self, awake=True, budget=1000.0):
        self.probes.desire(self.wanted, awake, budget)
        return self.look()

    def look(self):
        for state in self.probes.changed_states():
            self.states[state.pop("id")] = state
        return self.states

    def counts(self, probe="p1"):
        self.probes.counts()
        counts = self.probes._told_counts[probe]
        assert counts["hits"] == counts["sent"] + counts["unmet"] + counts["limited"] + counts["dropped"]
        return counts
