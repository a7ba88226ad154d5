"""Hides the module of that name."""

WHO = "program"
