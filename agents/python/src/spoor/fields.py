"""Reads the fields of an object without running its code, and without slowing it down.

`obj.__dict__` on CPython 3.11 to 3.13 builds a dictionary that the object keeps, and makes its attributes 2 to 13 times
slower for its lifetime. The garbage collector's view (`gc.get_referents`) visits the values where they are. So a
reader keeps, for each class and number of values, the attribute names seen before; if all of them can be read, the
picture is complete. Only an object that does not fit is asked for its `__dict__`, once, and its names are learned.

What was learned holds while no class of the object gets or loses a name, which its dict's length tells.
"""

from __future__ import annotations

import sys
from _operator import attrgetter, is_
from gc import get_referents

from .builtin_types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from .classes import (
    INLINE_VALUES,
    MANAGED_DICT,
    basicsize_of,
    dict_of,
    flags_of,
    is_c,
    mro_of,
)

_INLINE_FLAG = 0 if sys.version_info < (3, 11) else MANAGED_DICT if sys.version_info < (3, 13) else INLINE_VALUES
_OBJECT_SIZE = basicsize_of(object)
_IS_ABSTRACT = 1 << 20
# 3.11 keeps the list of weak references in the object, later versions in front of it.
_WEAKREF_SIZE = 8 if sys.version_info < (3, 12) else 0
_MOST_LAYOUTS = 32
# Of one number of fields: each is tried on an object that is like none of those before it.
_MOST_ALIKE = 8
_MOST_CANDIDATES = 64
_NONE = ()
_dictoffset_of = type.__dict__["__dictoffset__"].__get__
_OBJECT_BODY = dict_of(object)
_read = object.__getattribute__
_write = object.__setattr__
_missing = object()


class _Asked:
    def __init__(self):
        self.field = None


# The one of all classes since 3.15.
_SHARED_DICT = dict_of(_Asked)["__dict__"]


def _dict_is_visited():
    asked = _Asked()
    asked.__dict__  # noqa: B018
    return type(get_referents(asked)[0]) is dict


# Since 3.13 an object can keep its values and have a dict of them as well. Later versions of the collector visit the
# dict then, which has an order of its own; the native core looks at the same of the two.
DICT_COMES_FIRST = sys.version_info >= (3, 13) and _dict_is_visited()


class Layout:
    """The names of the fields of alike objects, in the order in which the collector visits them."""

    __slots__ = ("checked", "defaults", "get", "labels", "names")

    def __init__(self, names, labels, get, defaults):
        self.names = names
        # Their key texts, or None if the value of one of them may have to be withheld.
        self.labels = labels
        # Reads all of them, or raises AttributeError.
        self.get = get
        # (class dict, name, value there): what reading these names gives can be the class's value.
        self.defaults = defaults
        # One referent can also be the dict of the object.
        self.checked = bool(defaults) or len(names) == 1


def is_complete(cls):
    """Whether an object of this class has all its data where Python code put it."""
    for base in mro_of(cls):
        if base is not object and is_c(base):
            return False
    return True


class Reader:
    """How the instances of one class are read. `fit` answers for objects like those before, `read` for every one:
    `(count, pairs)`, pairs of name and value.

    `complete` is false for classes that keep data where only their C code can read it.
    """

    __slots__ = (
        "_bare",
        "_bodies",
        "_candidates",
        "_cls",
        "_get_dict",
        "_guards",
        "_inline",
        "_label",
        "_layouts",
        "_mro",
        "_plain",
        "_seen",
        "_slots",
        "complete",
    )

    def __init__(self, cls, label=None):
        self._cls = cls
        self._label = label
        self._learn()

    def _learn(self):
        # Number of fields and one: layouts, the last that fitted first.
        self._layouts = {}
        self._seen = []
        self._candidates = None
        cls = self._cls
        self._mro = mro = mro_of(cls)
        self._bodies = bodies = tuple([dict_of(base) for base in mro if base is not object])
        self._guards = tuple([(body, len(body)) for body in bodies])
        slots = []
        get_dict = None
        weakrefs = False
        self.complete = is_complete(cls)
        self._plain = True
        # Whether an instance can come and go without notice.
        self._bare = not flags_of(cls) & _IS_ABSTRACT
        for base in reversed(mro):
            if base is object:
                continue
            body = dict_of(base)
            found = body.get("__dict__")
            own = type(found) is GetSetDescriptorType and (found.__objclass__ is base or found is _SHARED_DICT)
            if own and get_dict is None:
                get_dict = found.__get__
            if is_c(base):
                continue
            if "__weakref__" in body:
                weakrefs = True
            if "__getattribute__" in body or "__getattr__" in body:
                self._plain = False
            if "__del__" in body:
                self._bare = False
            for name, found in body.items():
                if type(found) is MemberDescriptorType and type(name) is str and found.__objclass__ is base:
                    # A slot can have a second name in the class, which is no second field.
                    if found.__name__ == name:
                        slots.append((name, found.__get__))
        if get_dict is None and _dictoffset_of(cls):
            # The class has a `__dict__` of its own making in the place of the real one. The real one gives a dict, but
            # the program can have put one of a subclass there.
            get_dict = _visited_dict
        self._slots = tuple(slots)
        self._get_dict = get_dict
        flags = flags_of(cls)
        size = _OBJECT_SIZE + 8 * len(slots)
        self._inline = bool(
            get_dict is not None
            and _INLINE_FLAG
            and flags & _INLINE_FLAG
            and self.complete
            and basicsize_of(cls) in (size, size + (_WEAKREF_SIZE if weakrefs else 0))
        )

    def fit(self, obj):
        """`(labels, names, values)` of an object that has the fields of one before it, else None. `labels` are the key
        texts of the names, or None if one of the values may have to be withheld."""
        referents = get_referents(obj)
        layouts = self._layouts.get(len(referents))
        if layouts is None or self._slots:
            return None
        layout = layouts[0]
        if layout.checked:
            return self._fit(obj, referents)
        for body, size in self._guards:
            if len(body) != size:
                return None
        try:
            return layout.labels, layout.names, layout.get(obj)
        except AttributeError:
            return self._fit(obj, referents)

    def _fit(self, obj, referents):
        for body, size in self._guards:
            if len(body) != size:
                return None
        layouts = self._layouts.get(len(referents), _NONE)
        doubtful = None
        for layout in layouts:
            for body, name, value in layout.defaults:
                if body.get(name) is not value:
                    self._learn()
                    return None
            try:
                values = layout.get(obj)
            except AttributeError:
                continue
            if layout.checked and not _are(values, referents):
                continue
            found = layout.labels, layout.names, values
            if layout.defaults and _holds_default(layout, values):
                # The object may lack that field and have another of the same value.
                doubtful = doubtful or found
                continue
            if layout is not layouts[0]:
                others = [other for other in layouts if other is not layout]
                self._layouts[len(referents)] = (layout, *others)
            return found
        return doubtful

    def read(self, obj):
        """`(count, pairs)` of names and values."""
        for body, size in self._guards:
            if len(body) != size:
                # The class was changed: a name could be a property now, or a slot be gone.
                self._learn()
                return self.read(obj)
        if not self._slots:
            if self._inline:
                return self._inline_fields(obj, get_referents(obj))
            if self._get_dict is None:
                return 0, _NONE
            fields = self._get_dict(obj)
            return dict.__len__(fields), dict.items(fields)
        pairs = []
        for name, get in self._slots:
            try:
                pairs.append((name, get(obj)))
            except AttributeError:
                pass
        if self._inline:
            referents = get_referents(obj)
            for _name, value in pairs:
                for place, referent in enumerate(referents):
                    if referent is value:
                        del referents[place]
                        break
            count, more = self._inline_fields(obj, referents)
            count += len(pairs)
            pairs.extend(more)
            return count, pairs
        if self._get_dict is not None:
            pairs.extend(dict.items(self._get_dict(obj)))
        return len(pairs), pairs

    def _inline_fields(self, obj, referents):
        """The fields outside slots. `referents` are their values and the class, or the one dict if it was built."""
        count = len(referents) - 1
        if count == 0:
            return 0, _NONE
        if self._slots:
            found = self._fit(obj, referents)
            if found is not None:
                return count, zip(found[1], found[2])
        last = referents[-2]
        if type(last) is dict and self._is_own(obj, last):
            return len(last), last.items()
        # Names that the class's own code assigns or that other objects had, so that this object need not be asked.
        pairs = self._verified(obj, referents)
        if len(pairs) == count:
            return count, self._remember(pairs)
        if self._get_dict is _visited_dict:
            # Nobody tells whether a dict that the collector sees is the object's own or the value of a field.
            return count, _NONE
        fields = self._get_dict(obj)
        size = dict.__len__(fields)
        # The dict has them in the order in which this object got them.
        pairs = _placed(dict.items(fields), [id(value) for value in referents])
        if len(pairs) < size:
            pairs = dict.items(fields)
        elif size == count:
            pairs = self._remember(pairs)
        for name, _value in pairs:
            if len(self._seen) < _MOST_CANDIDATES and type(name) is str and name not in self._seen:
                self._seen.append(name)
                self._candidates = None
        return size, pairs

    def _is_own(self, obj, fields):
        """Whether this is the dict of the object, built before, and not the value of a field. Builds none."""
        for name, value in fields.items():
            if type(name) is not str or not self._safe(name):
                return False
            try:
                return _read(obj, name) is value and self._get_dict(obj) is fields
            except AttributeError:
                return False
        return False

    def _remember(self, pairs):
        """Learns these names and values of an object as a layout. Gives them in the order of the class."""
        for name, _value in pairs:
            if type(name) is not str or not self._safe(name):
                return pairs
        pairs = self._settled(pairs)
        names = [name for name, _value in pairs]
        count = len(names)
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts = {}
        labels = [self._label(name) for name in names] if self._label is not None else [None]
        defaults = tuple([entry for entry in map(self._entry, names) if entry[0] is not None])
        layout = Layout(names, None if None in labels else labels, self._getter(names), defaults)
        self._layouts[count + 1] = (layout, *self._layouts.get(count + 1, _NONE)[: _MOST_ALIKE - 1])
        return pairs

    def _settled(self, pairs):
        """The same names and values in the order in which the class first saw the names, also where two values are one
        object: the collector's view of the object does not tell that, but that of a new one with marks does."""
        if len({id(value) for _name, value in pairs}) == len(pairs) or not self._bare:
            return pairs
        bare = object.__new__(self._cls)
        marks = {}
        for name, _value in pairs:
            mark = object()
            marks[id(mark)] = name, mark
            _write(bare, name, mark)
        places = {}
        for place, referent in enumerate(get_referents(bare)):
            if id(referent) in marks:
                places[marks[id(referent)][0]] = place
        if len(places) < len(pairs):
            return pairs
        return sorted(pairs, key=lambda pair: places[pair[0]])

    def _getter(self, names):
        if self._plain and len(names) > 1:
            return attrgetter(*names)
        # Where the class has a `__getattr__`, and for one name, of which attrgetter would give the bare value.
        return lambda obj: [_read(obj, name) for name in names]

    def _entry(self, name):
        """(class dict, name, value there), the first two None and nothing where no class has that name."""
        for body in self._bodies:
            found = body.get(name, _missing)
            if found is not _missing:
                return body, name, found
        return None, name, None

    def _safe(self, name):
        """Whether reading the name as an attribute runs nothing, whatever the object holds."""
        if "." in name or name in _OBJECT_BODY:
            return False
        body, _name, found = self._entry(name)
        return body is None or is_plain_default(found)

    def _verified(self, obj, referents):
        """Name and value of those candidates that are the object's own and not defaults of its class."""
        own = [id(value) for value in referents]
        sure = []
        doubtful = []
        for body, name, default in self._candidates or self._find_candidates():
            if body is not None and body.get(name) is not default:
                continue
            try:
                value = _read(obj, name)
            except AttributeError:
                continue
            (doubtful if body is not None and value is default else sure).append((name, value))
        return _placed(sure + doubtful, own)

    def _find_candidates(self):
        names = list(self._seen)
        for body in reversed(self._bodies):
            # First what tells an order besides: values that are the same object can be told apart by it alone.
            init = body.get("__init__")
            if type(init) is FunctionType:
                # Methods are called there, and seldom assigned.
                names.extend(
                    [name for name in init.__code__.co_names if type(self._entry(name)[2]) is not FunctionType]
                )
            declared = body.get("__annotations__")
            if type(declared) is dict:
                names.extend([name for name in declared if type(name) is str])
            declared = body.get("__static_attributes__")
            if type(declared) is tuple:
                names.extend([name for name in declared if type(name) is str])
        found = [self._entry(name) for name in dict.fromkeys(names) if self._safe(name)]
        self._candidates = found = tuple(found[:_MOST_CANDIDATES])
        return found


def _placed(pairs, own):
    """Those names and values that are an object's own, whose identities are `own` as the collector visits them: in the
    order in which the class first saw them."""
    placed = []
    for name, value in pairs:
        if id(value) in own:
            place = own.index(id(value))
            own[place] = 0
            placed.append((place, name, value))
    placed.sort(key=_first)
    return [(name, value) for _place, name, value in placed]


def _are(values, referents):
    """Whether these are the values that the collector sees, in any order; the last referent is the class."""
    return all(map(is_, values, referents)) or sorted(map(id, values)) == sorted(map(id, referents[:-1]))


def _holds_default(layout, values):
    for _body, name, default in layout.defaults:
        if values[layout.names.index(name)] is default:
            return True
    return False


def _visited_dict(obj):
    # The values of slots come before it.
    for referent in reversed(get_referents(obj)):
        if type(referent) is dict:
            return referent
    return {}


def _first(entry):
    return entry[0]


def is_plain_default(value):
    """Whether a class attribute of this value leaves reading to the instance: its type has no `__get__`, or is a
    function's, which only binds."""
    cls = type(value)
    if cls is FunctionType:
        return True
    for base in mro_of(cls):
        body = dict_of(base)
        if "__get__" in body or "__set__" in body or "__delete__" in body:
            return False
    return True
