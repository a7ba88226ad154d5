"""Classes as programs write them, made at random: slots, inheritance, defaults, odd names, methods that must not run.

On 3.11 and newer an object that the pure-Python twin had to ask for its `__dict__` shows its fields afterwards in the
order in which it got them, no longer in that of its class. So objects with names that no code of their class tells get
them in one order.
"""

import abc
import types

NAMES = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "_private",
    "total",
    "id",
    "note",
    "items",
    "é_name",
    "名",
    "password",
    "token",
)
NAMES += (
    "api_key",
    "session",
    "x" * 70,
    "count",
    "_Base__hidden",
    "parent",
    "children",
    "value",
    "left",
    "right",
    "next",
)
# No code can tell these: they are set by name.
ODD_NAMES = (
    "$a",
    "$cut",
    "connect.sid",
    "with space",
    'quo"te',
    "back\\slash",
    "\udc80",
    "",
    "$" + "long" * 30,
    "class",
)
TITLES = ("Order", "Account", "lower", "Größe", "X", "Long" * 20, "_Node")


class Ran(BaseException):
    """A method of a generated class was called."""


def _run(*args, **kwargs):
    raise Ran


class HostileMeta(type):
    """Answers nothing. What it would have to answer is read behind its back."""

    __name__ = __module__ = __mro__ = __flags__ = property(_run)
    __hash__ = __eq__ = __instancecheck__ = __subclasscheck__ = __len__ = __iter__ = _run


class Default:
    """The value of a class attribute, unlike that of any field."""


class Made:
    """A class, and how its objects are filled."""

    def __init__(self, cls, names, slots, ordered):
        self.cls = cls
        self.names = names
        self.slots = slots
        self.ordered = ordered
        self.has_dict = bool(type.__dict__["__dictoffset__"].__get__(cls))


class Classes:
    def __init__(self, random, scalar):
        self.random = random
        self.scalar = scalar
        self.all = []
        self.of_builtins = {}
        # Objects that may change before they are met again, with what they are.
        self.changing = []
        self.serial = 0

    def instance(self, any_value, keep):
        random = self.random
        if len(self.all) < 3 or (len(self.all) < 8 and random.random() < 0.1):
            self.all.append(self.make())
        made = random.choice(self.all)
        if random.random() < 0.03:
            self.change(made)
        value = keep(object.__new__(made.cls))
        self.fill(made, value, any_value)
        if not made.ordered and len(self.changing) < 20:
            self.changing.append((made, value))
        return value

    def go_on(self, any_value):
        """What a program does between two records: some objects get other fields, or lose some."""
        for made, value in self.changing:
            if self.random.random() < 0.1:
                self.fill(made, value, any_value)

    def derived(self, base):
        found = self.of_builtins.get(base)
        if found is None:
            found = self.of_builtins[base] = type("My" + base.__name__, (base,), {})
        return found

    def make(self):
        """A class with up to three bases that are made for it."""
        random = self.random
        ordered = random.random() < 0.3
        names = random.sample(NAMES, random.choice((0, 1, 2, 3, 5, 8, 14)))
        if ordered:
            names += random.sample(ODD_NAMES, random.randrange(4))
        if random.random() < 0.05:
            names += ["field%d" % number for number in range(40)]
        meta = random.choice((type, type, type, HostileMeta, abc.ABCMeta))
        cls = object
        slots = []
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            body = self.methods()
            if random.random() < 0.3 and names:
                own = [name for name in names[: random.randrange(4)] if name.isidentifier() and name not in slots]
                slots.extend(own)
                body["__slots__"] = tuple(own) + random.choice(((), (), ("__dict__",) if cls is object else ()))
            if random.random() < 0.04:
                body["__dict__"] = property(_run)
            self.declare(body, [name for name in names if name not in slots], ordered)
            self.serial += 1
            bases = () if cls is object else (cls,)
            cls = type.__call__(meta, random.choice(TITLES) + str(self.serial), bases, body)
        made = Made(cls, [name for name in names if name not in slots], slots, ordered)
        if ordered and made.has_dict:
            # The class sees all names in the order in which they will come.
            first = object.__new__(cls)
            for name in made.names:
                object.__setattr__(first, name, None)
        if ordered and random.random() < 0.3 and names:
            name = random.choice(names)
            if name not in slots and name.isidentifier():
                type.__setattr__(cls, name, property(_run))
        return made

    def methods(self):
        body = {}
        if self.random.random() < 0.3:
            for name in (
                "__repr__",
                "__eq__",
                "__hash__",
                "__len__",
                "__iter__",
                "__bool__",
                "__getattr__",
                "__getattribute__",
            ):
                if self.random.random() < 0.4:
                    body[name] = _run
        if self.random.random() < 0.1:
            body["__class__"] = property(_run)
        if self.random.random() < 0.1:
            body["__setattr__"] = body["__delattr__"] = _run
        return body

    def declare(self, body, names, ordered):
        """Says in the class what fields there are, and gives some of them a default."""
        if not ordered:
            told = list(names)
            self.random.shuffle(told)
            body["__annotations__"] = dict.fromkeys(told, object)
        for name in names:
            if self.random.random() < 0.1:
                body[name] = Default()

    def change(self, made):
        """What programs do to classes: one more attribute, another value for one."""
        name = self.random.choice(("registry", "counter", "extra"))
        type.__setattr__(made.cls, name, self.random.choice((1, None, _run)))

    def fill(self, made, value, any_value):
        random = self.random
        for name in made.slots:
            if random.random() < 0.8:
                object.__setattr__(value, name, any_value())
        if not made.has_dict:
            return
        if random.random() < 0.04 and self.dict_of(made, value) is not None:
            self.replace_dict(made, value, any_value)
            return
        names = [name for name in made.names if random.random() < 0.85]
        if not made.ordered and random.random() < 0.3:
            random.shuffle(names)
        fields = None
        free = [name for name in names if self.is_free(made, name)]
        if random.random() < 0.1 or len(free) < len(names):
            fields = self.dict_of(made, value)
            if fields is None:
                names = free
        for name in names:
            item = self.default_of(made, name) if random.random() < 0.03 else any_value()
            if fields is not None:
                fields[name] = item
            else:
                object.__setattr__(value, name, item)
        if not made.ordered and names and fields is None:
            if random.random() < 0.2:
                object.__delattr__(value, random.choice(names))
            if random.random() < 0.1:
                name = random.choice(names)
                object.__setattr__(value, name, any_value())

    def is_free(self, made, name):
        """Whether setting the name runs nothing."""
        return type(self.default_of(made, name)) is not property

    def default_of(self, made, name):
        for base in type.__dict__["__mro__"].__get__(made.cls):
            body = type.__dict__["__dict__"].__get__(base)
            if name in body:
                return body[name]
        return None

    def dict_of(self, made, value):
        for base in type.__dict__["__mro__"].__get__(made.cls):
            found = type.__dict__["__dict__"].__get__(base).get("__dict__")
            if type(found) is types.GetSetDescriptorType:
                return found.__get__(value)
        return None

    def replace_dict(self, made, value, any_value):
        """A dict of the program's making in the place of the object's own."""
        fields = {"a": any_value(), "total": any_value()}
        if self.random.random() < 0.3:
            fields[5] = 1
        if self.random.random() < 0.3:
            fields[Name("odd")] = 2
        if self.random.random() < 0.3:
            fields = Fields(fields)
        for base in type.__dict__["__mro__"].__get__(made.cls):
            found = type.__dict__["__dict__"].__get__(base).get("__dict__")
            if type(found) is types.GetSetDescriptorType:
                found.__set__(value, fields)


class Name(str):
    """A name that is no exact text."""


class Fields(dict):
    """Is not asked."""

    __iter__ = items = keys = values = __len__ = __getitem__ = __contains__ = _run
