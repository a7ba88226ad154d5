"""Has the native core for this interpreter in the user's cache, compiled now if there is none. Run by the host, before
or after a program but never in it, as `python native_cache.py CACHE [again]`, or by a user of the package alone as
`python -m spoor.native_cache`; prints one line of JSON.

A failure is noted in the cache, so that programs can say why they were recorded by the pure twin, and so that it is
not tried again and again; `again` tries all the same.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time

if __package__ in (None, ""):
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from spoor import boot, bundle, native

KEPT = 24
"""Folders of libraries; those of sources that were edited since are deleted some day."""


def ensure(cache: str, again: bool) -> dict:
    """`core` is `native` or `python`, with the `reason`; `built` tells whether it was compiled now, in `seconds`.

    `library` is its path. Where there is none, `until` names the programs and files whose appearance would make it
    worth another try, and `tried` tells whether it was tried now.
    """
    found = {
        "version": "%d.%d.%d" % sys.version_info[:3],
        "executable": sys.executable,
        "supported": native.unsupported() is None,
        "core": "python",
        "reason": native.unsupported(),
        "library": None,
        "built": False,
        "seconds": 0.0,
        "tried": False,
        "until": [],
        "bundle": bundle.ensure(cache),
    }
    if not found["supported"]:
        return found
    module, found["reason"] = native.load("auto", cache)
    if module is None:
        started = time.monotonic()
        module = _under_lock(found, cache, again)
        found["seconds"] = round(time.monotonic() - started, 1)
    if module is not None:
        found["core"], found["library"] = "native", module.__file__
    return found


def _under_lock(found: dict, cache: str, again: bool):
    """One process compiles, the others wait for it and take what it made."""
    from spoor._native import build

    key = native.sources_key()
    folder = native.cache_folder(key, cache)
    try:
        os.makedirs(cache, mode=0o700, exist_ok=True)
        for each in (os.path.dirname(folder), folder):
            if not os.path.isdir(each):
                os.makedirs(each, mode=0o700, exist_ok=True)
        with open(os.path.join(folder, "lock"), "w") as lock:
            if _lock(lock):
                _clear(folder)
            module, reason = native.load("auto", cache)
            if module is not None:
                found["reason"] = reason
                return module
            why, *until = native.failure(folder)
            if why and not again and not any(_is_there(each) for each in until):
                found["reason"], found["until"] = why, until
                return None
            found["tried"] = True
            try:
                module = _build(build, folder, key)
                found["built"] = True
                found["reason"] = native.compiled_here()
                _forget(native.failure_path(folder))
                _delete_old(os.path.dirname(folder))
                return module
            except (build.Impossible, boot.Refused, ImportError) as error:
                found["reason"], found["until"] = str(error), list(getattr(error, "until", ()))
                native.note_failure(folder, str(error), tuple(found["until"]))
    except OSError as error:
        found["reason"] = "%s cannot be written (%s)" % (error.filename or cache, error.strerror)
    return None


def _build(build, folder: str, key: str):
    """Loads the library before it gets its name: if that is the end of a process, it is the end of this one."""
    fresh = os.path.join(folder, "fresh-%d" % os.getpid())
    os.makedirs(fresh, mode=0o700, exist_ok=True)
    try:
        made = build.build(fresh, [], key)
        module = native.load_file(made, key, False)
        target = os.path.join(folder, os.path.basename(made))
        os.replace(made + ".built", target + ".built")
        os.replace(made, target)
        module.__file__ = target
        return module
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _is_there(name: str) -> bool:
    return os.path.exists(name) if os.sep in name else shutil.which(name) is not None


def _lock(file) -> bool:
    """False where files cannot be locked: two may then compile at once, and each renames its own library into place."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        return True
    except (ImportError, OSError):
        return False


def _clear(folder: str) -> None:
    """Deletes what was left by somebody who was killed while compiling."""
    for name in os.listdir(folder):
        if name.startswith("fresh-"):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def _forget(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _delete_old(folder: str) -> None:
    def age(each: str) -> float:
        try:
            return -os.stat(each).st_mtime
        except OSError:
            return 0.0

    names = [name for name in os.listdir(folder) if re.fullmatch("[0-9a-f]{16}-[0-9a-f]+", name)]
    for each in sorted((os.path.join(folder, name) for name in names), key=age)[KEPT:]:
        shutil.rmtree(each, ignore_errors=True)


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else native.cache_root()
    print(json.dumps(ensure(folder, len(sys.argv) < 2 or "again" in sys.argv[2:])))
