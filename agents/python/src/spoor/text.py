"""JSON text of strings that the agent itself writes: names, paths, arguments."""

from __future__ import annotations

from _json import encode_basestring as _quote


def quote(text: str) -> str:
    """`text` as a JSON string in valid Unicode; lone surrogates (undecodable file names) become U+FFFD."""
    quoted = _quote(text)
    if quoted.isascii():
        return quoted
    try:
        quoted.encode("utf-8")
    except UnicodeEncodeError:
        return quoted.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return quoted
