"""The variables of a frame of the program.

Up to 3.12 `f_locals` of a function leaves a dictionary in its frame, which keeps arguments alive until the call ends
and is what `locals()` of the program returns. `forget` empties it again, unless the program itself holds it.
"""

from __future__ import annotations

import sys

from ..functions import OPTIMIZED

# Before 3.12 the interpreter keeps that dictionary for a trace function itself, and takes the variables back from it.
_COPIES = sys.version_info[:2] == (3, 12)
_count = sys.getrefcount


def own_names(code) -> frozenset:
    """The names of the variables that a dictionary of locals of this code is made of; empty where it is no copy."""
    if not code.co_flags & OPTIMIZED:
        return frozenset()
    return frozenset(code.co_varnames + code.co_cellvars + code.co_freevars)


def _references() -> int:
    """What `forget` counts where nobody but the frame holds the dictionary."""
    frame = sys._getframe()
    names = frame.f_locals
    return _seen(names)


def _seen(names) -> int:
    return _count(names)


def forget(names, own: frozenset) -> None:
    """Leaves the frame that `names` is from as it was found. To be called last, from where `names` is a variable."""
    if own and _count(names) <= _ALONE:
        if names.keys() <= own:
            names.clear()
        else:
            # `exec` and `locals()[...] = ...` put names of their own there, which stay.
            for name in own:
                names.pop(name, None)


def keep(names, own: frozenset) -> None:
    """Where nothing is left in a frame, or what is left must stay."""


_ALONE = _references() if sys.version_info < (3, 13) else 0
# Of a frame further out; of the one that is hit.
forget_outer = forget if sys.version_info < (3, 13) else keep
forget = forget if _COPIES else keep


def namespace_of(frame):
    """The names of a frame whose variables are no copy: a module's or class's body. What a metaclass made for them may
    run code of the program's when it is asked, and is left alone."""
    names = frame.f_locals
    return names if type(names) is dict else {}
