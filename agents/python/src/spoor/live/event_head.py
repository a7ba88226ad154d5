"""What the payload of every hit of a probe at one place begins with (spec/control.md, Events)."""

from __future__ import annotations


def head_of(probe, site, file: str) -> str:
    """JSON text, without the closing brace and with a comma at its end."""
    quote = probe.encoder.quote
    return '{"probeId":%s,"probeType":"%s","file":%s,"line":%d,"function":%s,"tags":[%s],' % (
        quote(probe.id),
        probe.type,
        quote(file),
        site.line or site.code.co_firstlineno,
        quote(site.name),
        ",".join([quote(tag) for tag in probe.wanted.get("tags", ()) if type(tag) is str]),
    )
