"""A package that can be started with -m."""
