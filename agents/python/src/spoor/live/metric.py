"""Metrics: samples taken at hits, gathered by the link's thread into one series for each set of labels, and told once a
second at most. What could not be told is kept and told with the next."""

from __future__ import annotations

from _collections import deque
from time import perf_counter_ns as _clock
from time import time as _now

from .namespace import lookup

METRIC = "probe.hit.metric"
PAUSE = 1.0
# Sets of labels of one probe; the samples of further ones are gathered under OTHER.
MOST_SERIES = 200
OTHER = "(other)"
# Samples that wait to be gathered; further ones are dropped.
MOST_WAITING = 100_000
LONGEST_LABEL = 128
# Where a timer or a histogram was given none: seconds, as Prometheus has them.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Series:
    """What was gathered of one set of labels since it was last told."""

    __slots__ = ("buckets", "last", "least", "most", "samples", "sum")

    def __init__(self, buckets: int) -> None:
        self.samples = 0
        self.sum = 0
        self.least = self.most = self.last = None
        self.buckets = [0] * (buckets + 1)

    def take(self, value, bounds) -> None:
        self.samples += 1
        self.sum += value
        self.last = value
        if self.least is None or value < self.least:
            self.least = value
        if self.most is None or value > self.most:
            self.most = value
        at = 0
        while at < len(bounds) and value > bounds[at]:
            at += 1
        self.buckets[at] += 1


class Gathering:
    """The samples of one probe, from all its places."""

    def __init__(self, probe) -> None:
        metric = probe.wanted["metric"]
        self.probe = probe
        self.kind = metric["kind"]
        bounded = self.kind in ("histogram", "timer")
        self.bounds = tuple(sorted(metric.get("buckets") or BUCKETS)) if bounded else ()
        quote = probe.encoder.quote
        self.head = '{"probeId":%s,"probeType":"metric","tags":[%s],"metric":%s,"kind":"%s","labels":' % (
            quote(probe.id),
            ",".join([quote(tag) for tag in probe.wanted.get("tags", ()) if type(tag) is str]),
            quote(metric["name"]),
            self.kind,
        )
        self.names = [label["name"] for label in metric["labels"]]
        self.waiting: deque = deque()
        self.series: dict = {}
        self.told = 0.0

    # -- on the program's threads ---------------------------------------------------------------------------------

    def take(self, value, labels: tuple, place: str) -> None:
        if len(self.waiting) >= MOST_WAITING:
            self.probe.counts.dropped.add()
            self.probe.limited["queue"] = True
        else:
            self.waiting.append((value, labels, place))

    # -- on the link's thread -------------------------------------------------------------------------------------

    def flush(self, now) -> None:
        """`now` as monotonic seconds; None: the last chance, what cannot be told is dropped."""
        waiting = self.waiting
        for _ in range(len(waiting)):
            value, labels, place = waiting.popleft()
            series = self.series.get((labels, place))
            if series is None:
                if len(self.series) >= MOST_SERIES:
                    labels = (OTHER,) * len(labels)
                    self.probe.erred("snapshot", "more than %d sets of labels: the rest is %s" % (MOST_SERIES, OTHER))
                series = self.series.setdefault((labels, place), Series(len(self.bounds)))
            series.take(value, self.bounds)
        if now is not None and now - self.told < PAUSE:
            return
        self.told = now or 0.0
        time = _now() * 1000.0
        for (labels, place), series in list(self.series.items()):
            if not series.samples:
                continue
            if self.probe.outbox.put(METRIC, self._payload(labels, place, series), time):
                self.probe.counts.many_sent += series.samples
            elif now is None:
                for _ in range(series.samples):
                    self.probe.counts.dropped.add()
            else:
                continue
            # The set of labels is kept, and counts towards their bound.
            self.series[labels, place] = Series(len(self.bounds))

    def _payload(self, labels: tuple, place: str, series: Series) -> str:
        encoder = self.probe.encoder
        named = ",".join([encoder.quote(n) + ":" + encoder.quote(v) for n, v in zip(self.names, labels)])
        text = "%s{%s},%s" % (self.head, named, place)
        for name, value in (("sum", series.sum), ("min", series.least), ("max", series.most), ("last", series.last)):
            text += '"%s":%s,' % (name, encoder.value(value))
        text += '"samples":%d' % series.samples
        if self.bounds:
            # What is above the last bound is in `samples` alone.
            counts = zip(self.bounds, series.buckets)
            shown = ['{"le":%s,"count":%d}' % (encoder.value(le), count) for le, count in counts]
            text += ',"buckets":[%s]' % ",".join(shown)
        return text + "}"


def make(probe, site, file: str, ends):
    """The action of a metric at a place. Raises Unsupported."""
    if probe.gathering is None:
        probe.gathering = Gathering(probe)
        probe.flush = probe.gathering.flush
    metric = probe.wanted["metric"]
    encoder = probe.encoder
    number = probe.compiled("compile_number", metric["expression"])
    labels = [probe.compiled("compile_expression", label["expression"]) for label in metric["labels"]]
    place = '"file":%s,"line":%d,"function":%s,' % (
        encoder.quote(file),
        site.line or site.code.co_firstlineno,
        encoder.quote(site.name),
    )
    take = probe.gathering.take
    times = probe.waits

    def labels_of(look) -> tuple:
        if not labels:
            return ()
        from .expressions import drawn

        return tuple([drawn(label(look), encoder)[:LONGEST_LABEL] for label in labels])

    def act(frame, names):
        look = lookup(names, frame)
        try:
            shown = labels_of(look)
            if times:
                began = _clock()
                ends.open(frame, probe, lambda outcome, value: take((_clock() - began) / 1e9, shown, place))
                return
            value = 1 if number is None else number(look)
        except Exception as error:
            probe.unevaluated(error)
            return
        take(value, shown, place)

    return act
