"""Events of what went wrong with a probe, or was not told: at most one of each kind a second."""

from __future__ import annotations

from time import time as _now

PAUSE = 1.0


def tell_errors(probe, outbox, now) -> None:
    """`now` is monotonic time in seconds; None: the last chance, the pause does not count."""
    if not probe.errors and not probe.limited:
        return
    if now is not None and now - probe.errors_told < PAUSE:
        return
    probe.errors_told = now or 0.0
    quote = probe.encoder.quote
    start = '{"probeId":%s,"probeType":"%s",' % (quote(probe.id), probe.type)
    time = _now() * 1000.0
    errors, probe.errors = probe.errors, {}
    for kind, (why, column, count) in errors.items():
        where = "" if column is None else '"column":%d,' % column
        text = start + '"error":%s,%s"count":%d}' % (quote(why), where, count)
        if not outbox.put("probe.error." + kind, text, time):
            probe.errors.setdefault(kind, (why, column, count))
    reasons, probe.limited = probe.limited, {}
    for why in reasons:
        total = probe.counts.dropped.value if why == "queue" else probe.counts.limited.value
        before = probe.limited_told.get(why == "queue", 0)
        text = start + '"why":"%s","count":%d}' % (why, total - before)
        if outbox.put("probe.error.rateLimit", text, time):
            probe.limited_told[why == "queue"] = total
        else:
            probe.limited[why] = True
