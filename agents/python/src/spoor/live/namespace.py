"""What expressions find by a name at a hit: the variables of the frame, then the globals of its module."""

from __future__ import annotations

# Of exact dictionaries and of subclasses, whose own `__getitem__` would be code of the program's.
_item = dict.__getitem__


def lookup(names, frame):
    """`look(name)`, as expressions.py wants it."""
    variables = frame.f_globals

    def look(name):
        try:
            return names[name]
        except KeyError:
            return _item(variables, name)

    return look


def reads_only(syntax, own: frozenset) -> bool:
    """Whether an expression reads no names but these variables: then the frame's own look-up is enough, and quicker."""
    if type(syntax) is not list or not syntax:
        return True
    if syntax[0] == "name":
        return syntax[1] in own
    if syntax[0] == "value":
        return True
    return all(reads_only(part, own) for part in syntax)
