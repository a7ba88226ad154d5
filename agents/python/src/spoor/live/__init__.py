"""Probing this process while it lives: its link to the daemon (spec/control.md), and the probes in it.

Asleep, only the link's modules are imported; those of the probes come with the first probe. Nothing of the standard
library is imported here that is not written in C: a module of the program may have the name of one that is not.
"""
