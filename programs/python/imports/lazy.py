"""Imported by a function at its first call."""

LOADED = True
