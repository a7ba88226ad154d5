"""The version of the agent; the npm and PyPI packages carry the same."""

VERSION = "0.1.0"
