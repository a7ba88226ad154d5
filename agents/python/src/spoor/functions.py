"""The functions of this process: every code object that is recorded, found by identity, defined once in the spool.

Looking code up by equality would be slow and wrong (equal code objects are common), so `id(code)` is the key and the
entry keeps the code alive.
"""

from __future__ import annotations

import sys

from . import active
from .operations import OPERATIONS
from .sequence import sequence
from .text import quote

OPTIMIZED, VARARGS, VARKEYWORDS = 0x1, 0x4, 0x8
GENERATOR, COROUTINE, ITERABLE_COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200
SUSPENDS = GENERATOR | COROUTINE | ITERABLE_COROUTINE | ASYNC_GENERATOR
AWAITS = COROUTINE | ITERABLE_COROUTINE | ASYNC_GENERATOR
COMPREHENSIONS = frozenset(("<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"))

# Where the end of an iteration is a StopIteration that nobody raised.
ITERATES = frozenset(OPERATIONS[n] for n in ("FOR_ITER", "SEND", "YIELD_FROM", "END_ASYNC_FOR") if n in OPERATIONS)
MOST_KEPT = 4096
# Of a function that is called often, values are opened at one call in so many (settings.Settings.thrifty).
THRIFT = 64
STOPS = (StopIteration, StopAsyncIteration)


def operation_at(code, offset: int) -> int:
    """The operation at a bytecode offset, also where that points into its inline cache (3.13 does that)."""
    operations = code.co_code
    while offset > 0 and not operations[offset]:
        offset -= 2
    return operations[offset]


class Function:
    """One recorded function. `left` is how many more calls of it are recorded in full, `left_steps` how many more times
    they may suspend themselves so, and `left_turns` how often it is told who resumes one after that."""

    __slots__ = (
        "awaits",
        "body",
        "code",
        "gaps",
        "id",
        "kind",
        "left",
        "left_steps",
        "left_turns",
        "lines",
        "module",
        "name",
        "plan",
        "simple",
        "sites",
        "suspends",
        "yields",
    )

    def __init__(self, id: int, code, module: str, name: str, left: int) -> None:
        flags = code.co_flags
        self.id = id
        self.code = code
        self.module = module
        self.name = name
        self.kind = kind_of(code, name)
        self.left = self.left_steps = self.left_turns = left
        self.suspends = bool(flags & SUSPENDS)
        self.awaits = bool(flags & AWAITS)
        # Whether an engine may begin a call without asking which task runs or whether it is drawn (see monitoring.py).
        self.simple = False
        # What a plain generator yields is the program's; what a coroutine or an async generator yields is the loop's.
        self.yields = flags & SUSPENDS == GENERATOR
        # The body of a module or class runs once, as part of loading, and is never a root that is sampled.
        self.body = self.kind in ("module", "class")
        self.plan = None
        # Call sites (offsets) and how often they were seen; callees that are not recorded (gaps.py).
        self.sites: dict = {}
        self.gaps: dict = {}
        self.lines: dict = {}

    def line_at(self, offset: int) -> int:
        """The line of a bytecode offset; 0 if it has none."""
        try:
            return self.lines[offset]
        except KeyError:
            line = self.lines[offset] = _line_at(self.code, offset)
            return line


def _line_at(code, offset: int) -> int:
    if hasattr(code, "co_lines"):
        # The first instruction of a handler has no line of its own: the next one that has tells.
        for _, end, line in code.co_lines():
            if offset < end and line is not None:
                return line
        return 0
    import dis

    found = code.co_firstlineno
    for start, line in dis.findlinestarts(code):
        if start > offset:
            break
        found = line
    return found


def kind_of(code, name: str) -> str:
    flags = code.co_flags
    short = code.co_name
    if short[:1] == "<":
        if short == "<module>":
            return "module"
        if short == "<lambda>":
            return "lambda"
        if short in COMPREHENSIONS:
            return "comprehension"
    if not flags & OPTIMIZED:
        return "class"
    if flags & SUSPENDS:
        if flags & ASYNC_GENERATOR:
            return "async_generator"
        return "coroutine" if flags & (COROUTINE | ITERABLE_COROUTINE) else "generator"
    owner = name.rpartition(".")[0]
    return "method" if owner and not owner.endswith("<locals>") else "function"


def parameters_of(code) -> list:
    """Names of the parameters in order, `*args` and `**kwargs` with their stars."""
    names = code.co_varnames
    count = code.co_argcount
    end = count + code.co_kwonlyargcount
    flags = code.co_flags
    if not flags & (VARARGS | VARKEYWORDS):
        return list(names[:end])
    found = list(names[:count])
    keywords = list(names[count:end])
    if flags & VARARGS:
        found.append("*" + names[end])
        end += 1
    found += keywords
    if flags & VARKEYWORDS:
        found.append("**" + names[end])
    return found


class Names:
    """Qualified names. Since 3.11 the code has it; before, it follows from the code that holds the code."""

    def __init__(self) -> None:
        self._static = {} if sys.version_info < (3, 11) else None

    def of(self, code) -> str:
        if self._static is None:
            return code.co_qualname
        found = self._static.get(id(code))
        if found is None:
            found = (code, code.co_name)
            self._walk(code, code.co_name)
        return found[1]

    def _walk(self, code, name: str) -> None:
        self._static[id(code)] = (code, name)
        if code.co_name == "<module>":
            prefix = ""
        else:
            prefix = name + (".<locals>." if code.co_flags & OPTIMIZED else ".")
        for constant in code.co_consts:
            if type(constant) is type(code) and id(constant) not in self._static:
                self._walk(constant, prefix + constant.co_name)


class Functions:
    """The registry. `by_code` maps `id(code)` to its Function, for code that is recorded only."""

    def __init__(self, scope, spool, plan_of, hot: int) -> None:
        self._scope = scope
        self._spool = spool
        self._plan_of = plan_of
        self.hot = hot
        self.all_simple = True
        self._next = sequence()
        self.names = Names()
        self.by_code: dict = {}
        # What functions have in common, ready-made: signatures; files with their modules.
        self._signatures: dict = {}
        self._places: dict = {}

    def look_up(self, code, module: str) -> Function | None:
        """The Function of `code`, defined in the spool on first sight; None if it is out of scope."""
        found = self.by_code.get(id(code))
        if found is not None:
            return found
        if not self._scope.records(code.co_filename, module) and id(code) not in active.traced:
            return None
        function = Function(self._next(), code, module, self.names.of(code), self.hot)
        function.plan, parameters = self._signature(code)
        function.simple = self.all_simple and not function.suspends
        self._define(function, parameters)
        # Another thread may have been quicker: its entry stands, and this definition is a second name of the same code.
        return self.by_code.setdefault(id(code), function)

    def none_simple(self) -> None:
        """From now on every call asks which task runs it (or whether it is drawn)."""
        self.all_simple = False
        for function in list(self.by_code.values()):
            function.simple = False

    def _signature(self, code) -> tuple:
        """(plan, the parameters as JSON); many functions have the same."""
        flags = code.co_flags & (VARARGS | VARKEYWORDS)
        count, keywords = code.co_argcount, code.co_kwonlyargcount
        end = count + keywords + (flags != 0) + (flags == VARARGS | VARKEYWORDS)
        key = (code.co_varnames[:end], count, keywords, flags)
        found = self._signatures.get(key)
        if found is None:
            parameters = ",".join([quote(name) for name in parameters_of(code)])
            # A module's or class's body has no parameters, and what it has for locals is the program's own namespace.
            found = (self._plan_of(code) if parameters else None, parameters)
            keep_some(self._signatures, key, found)
        return found

    def _define(self, function: Function, parameters: str) -> None:
        code = function.code
        key = (code.co_filename, function.module)
        place = self._places.get(key)
        if place is None:
            place = (quote(function.module), quote(self._scope.shown(code.co_filename)))
            keep_some(self._places, key, place)
        module, file = place
        line = (
            f'F\t{function.id}\t\t\t{code.co_firstlineno}\t\t{{"module":{module},"name":{quote(function.name)},'
            f'"file":{file},"kind":"{function.kind}","parameters":[{parameters}]}}\n'
        ).encode()
        try:
            self._spool.write(line)
        except ValueError:
            self._spool.overflow(line)

    def forked(self) -> None:
        """A forked child has a spool of its own: every function is defined again, with its id."""
        for function in list(self.by_code.values()):
            function.left = function.left_steps = function.left_turns = self.hot
            self._define(function, self._signature(function.code)[1])


def keep_some(kept: dict, key, value) -> None:
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value


def module_of(module_globals) -> str:
    """The name of the module whose globals these are; empty if it has none that is a plain string."""
    name = dict.get(module_globals, "__name__")
    return name if type(name) is str else ""
