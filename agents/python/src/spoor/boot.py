"""Starts the recording and the link of live probes with the interpreter, and leaves no trace of what was imported.

This file is run by its path, before anything of the package is imported. Where the user's cache has the package's
modules in one bundle (bundle.py) they are taken from there: to find and read forty files costs more than to run what
is in them, and where no bytecode can be kept they would be compiled at each start. Otherwise they are imported.
"""

# No annotations by name: `__future__` would be imported by each start.
import _imp
import gc
import marshal
import os
import sys

AGENT = os.path.dirname(os.path.abspath(__file__))

facts: dict = {}
"""What the bundle tells besides code, and its users find out themselves without one: `sources_key` (native.py),
`patterns` (patterns.py), `operations` (operations.py)."""

_safe: set = set()


class Refused(Exception):
    """There is a file, and it must not be loaded; the message is the reason."""


def start_from_environment(before: set, this) -> None:
    """Starts a recording for the run in SPOOR_RUN, and lets the process be probed if there is SPOOR_LIVE.

    `before` names the modules that were loaded before the agent's; `this` is this module. Neither keeps the other from
    starting.
    """
    folders = set(sys.path_importer_cache)
    try:
        if os.environ.get("SPOOR_RUN"):
            _start_recording(before, folders, this)
    finally:
        if os.environ.get("SPOOR_LIVE"):
            try:
                _start_link(before, folders, this)
            except Exception as error:
                sys.stderr.write("spoor: the agent could not start; this process cannot be probed: %s\n" % (error,))


def _start_link(before: set, folders: set, this) -> None:
    if "spoor" not in sys.modules:
        _import_package(this)
    from .interpreter import require_known
    from .modules import forget_new

    try:
        require_known()
        lifecycle = _import_link()
    finally:
        forget_new(before, folders)
    lifecycle.start_from_environment(os.environ["SPOOR_LIVE"])


def _import_link():
    # What the probes will need of the standard library is there before the program can have files of those names.
    from . import operations, patterns  # noqa: F401
    from .live import lifecycle

    lifecycle.prepare()
    return lifecycle


def _start_recording(before: set, folders: set, this) -> None:
    forget_new = None
    # All that is made here stays; to look through it again and again takes a tenth of the start.
    collects = gc.isenabled()
    gc.disable()
    try:
        directory = os.environ["SPOOR_RUN"]
        cache = _cache_of(directory)
        bundle = None if cache is None else read_bundle(cache)
        if bundle is None:
            _import_package(this)
        else:
            _unpack(bundle, this)
        from .modules import forget_new
        from .recorder import Recorder
        from .settings import load

        recorder = Recorder(load(directory))
        if os.environ.get("SPOOR_LIVE"):
            try:
                _import_link()  # or the recorder would see it
            except Exception:
                pass  # it is tried again, and told, when the recording goes
    finally:
        if collects:
            gc.enable()
        if forget_new is not None:
            forget_new(before, folders)
    recorder.start()
    from . import active

    active.recorder = recorder


def parse(text: str):
    """The value that a JSON text stands for, as `json.loads` has it; that module would bring `re` along."""
    from _json import make_scanner

    text = text.strip(" \t\n\r")
    try:
        value, end = make_scanner(_Plain)(text, 0)
    except (StopIteration, SystemError):
        # The scanner of 3.10 and 3.11 has no error to raise where `json.decoder` is not imported.
        end = -1
    if end != len(text):
        raise ValueError("it is no JSON")
    return value


class _Plain:
    """What `_json` asks of a decoder."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: dict = {}


def _cache_of(directory: str) -> "str | None":
    """The cache that the run names. What is wrong with its configuration is told by settings.py."""
    try:
        told = parse(read(os.path.join(directory, "config.json")).decode("utf-8")).get("cache")
    except Exception:
        return None
    return told if type(told) is str else None


def _import_package(this) -> None:
    folder = os.path.dirname(AGENT)
    sys.path.insert(0, folder)
    try:
        import spoor
    finally:
        sys.path.remove(folder)
        sys.path_importer_cache.pop(folder, None)
    _enter(this, spoor)


def _enter(module, package) -> None:
    sys.modules[module.__name__] = module
    setattr(package, module.__name__.rpartition(".")[2], module)


# -- the bundle ------------------------------------------------------------------------------------------------------


def bundle_path(cache: str) -> str:
    """Of the bundle for this copy of the package and this interpreter."""
    place = _imp.source_hash(0x53706F6F72, os.fsencode(AGENT)).hex()
    return os.path.join(cache, "agent", "%s-%x%s" % (place, sys.hexversion, getattr(sys, "abiflags", "")))


def interpreter() -> tuple:
    """Whose bytecode it is; the path tells the version."""
    return sys.implementation.name, sys.modules["_frozen_importlib_external"].MAGIC_NUMBER


def read_bundle(cache: str) -> "list | None":
    """The modules of the bundle, as pairs of name and code in the order in which they are to be run; `facts` is set.

    None where there is none, where the files that it was made of have changed, or where somebody else could have
    written it.
    """
    if not hasattr(os, "geteuid"):
        return None
    path = bundle_path(cache)
    try:
        check_file(path)
        bundle = read(path)
        start = 8 + int.from_bytes(bundle[:8], "little")
        length, made_for, files, told = marshal.loads(bundle[8:start])
        if length != len(bundle) - start or made_for != interpreter():
            return None
        for name, size, changed in files:
            status = os.stat(AGENT + name)
            if status.st_size != size or status.st_ctime_ns != changed:
                return None
        modules = marshal.loads(memoryview(bundle)[start:])
    except (OSError, Refused, ValueError, TypeError, EOFError):
        return None
    facts.update(told)
    return modules


def _unpack(modules: list, this) -> None:
    """Makes the modules, each as importing it would have."""
    external = sys.modules["_frozen_importlib_external"]
    make, load = type(sys.__spec__), external.SourceFileLoader
    spec = make("spoor", load("spoor", os.path.join(AGENT, "__init__.py")), is_package=True)
    spec.submodule_search_locations.append(AGENT)
    package = _made(spec, spec.loader.path)
    package.__path__ = spec.submodule_search_locations
    sys.modules["spoor"] = package
    _enter(this, package)
    for name, code in modules:
        if name == "spoor":
            exec(code, package.__dict__)
            continue
        path = code.co_filename
        module = _made(make(name, load(name, path)), path)
        _enter(module, package)
        exec(code, module.__dict__)


def _made(spec, path: str):
    module = type(sys)(spec.name)
    spec.origin = module.__file__ = path
    spec._set_fileattr = True
    module.__spec__ = spec
    module.__loader__ = spec.loader
    module.__package__ = spec.parent
    return module


# -- whether a file of the cache may be loaded -------------------------------------------------------------------------

UNSAFE = "the %s could have been written by another user: %s"


def check_file(path: str, what: str = "bundle") -> None:
    """Raises Refused if somebody else could have put this file of the cache there, or put another in its place."""
    found = os.lstat(path)
    if found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022:
        raise Refused(UNSAFE % (what, path))
    check_folder(os.path.dirname(path), what)


def check_folder(folder: str, what: str) -> None:
    """The same of a folder of the cache: others could put files in it, or another folder in its place."""
    me = os.geteuid()
    folder = os.path.realpath(folder)
    sticky = 0
    looked_at = set()
    while (folder, sticky) not in _safe:
        found = os.stat(folder)
        # The sticky bit keeps others from renaming what is inside; a group with the user's own number is that user's.
        mine = found.st_uid == me and found.st_gid == me
        writable = found.st_mode & (0o002 if mine else 0o022) and not found.st_mode & sticky
        if found.st_uid not in (0, me) or writable:
            raise Refused(UNSAFE % (what, folder))
        looked_at.add((folder, sticky))
        above = os.path.dirname(folder)
        if above == folder:
            break
        folder, sticky = above, 0o1000
    _safe.update(looked_at)


def read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        pieces = []
        while True:
            piece = os.read(descriptor, 1 << 20)
            if not piece:
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)
            pieces.append(piece)
    finally:
        os.close(descriptor)
