"""What probes may cost: a share of one core. Above it the dearest probe is taken off its places."""

from __future__ import annotations

# Seconds over which the share is looked at.
WINDOW = 5.0


class Budget:
    def __init__(self) -> None:
        self.share = 0.02
        # id(probe) -> list of (when, cost so far), the oldest first.
        self._seen: dict = {}

    def forked(self) -> None:
        self._seen = {}

    def over(self, probes: list, now: float) -> list:
        """[(probe, message)]: none, or the dearest."""
        spent = []
        seen = {}
        for probe in probes:
            marks = self._seen.get(id(probe)) or [(now, probe.counts.cost_ns, 0)]
            marks.append((now, probe.counts.cost_ns, probe.dearest_ns))
            probe.dearest_ns = 0
            while len(marks) > 2 and marks[1][0] <= now - WINDOW:
                marks.pop(0)
            seen[id(probe)] = marks
            cost = marks[-1][1] - marks[0][1]
            # A single dear hit is no reason: a collection of garbage may have fallen into it.
            spent.append((cost - max(mark[2] for mark in marks[1:]), cost, probe))
        self._seen = seen
        allowed = self.share * WINDOW * 1e9
        if not spent or sum(each[0] for each in spent) <= allowed:
            return []
        _, cost, probe = max(spent, key=lambda each: each[0])
        message = "its hits took %.0f ms in the last %.0f s; all probes together may take %.0f ms (%g %% of a core)" % (
            cost / 1e6,
            WINDOW,
            allowed / 1e6,
            self.share * 100,
        )
        self._seen.pop(id(probe), None)
        return [(probe, message)]
