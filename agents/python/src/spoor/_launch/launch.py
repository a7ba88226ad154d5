"""Runs a script, `-m module` or `-c command` with the agent, where the interpreter's flags keep `sitecustomize` out
(-I, -E, -S).

The program finds what a plain start would give it: `__main__`, `sys.argv`, `sys.path[0]`, and tracebacks without this
file.
"""

import os
import sys

# As the interpreter puts it on the path, which it finds through symbolic links.
_here = os.path.dirname(os.path.realpath(__file__))


def _start_agent():
    agent = os.path.dirname(_here)
    boot_folder = os.path.join(agent, "_boot")  # on PYTHONPATH, which only -E and -I keep out
    sys.path[:] = [p for p in sys.path if os.path.realpath(p) != boot_folder]
    before = set(sys.modules)
    path = os.path.join(agent, "boot.py")
    boot = type(sys)("spoor.boot")
    boot.__file__, boot.__package__ = path, "spoor"
    loader = sys.modules["_frozen_importlib_external"].SourceFileLoader("spoor.boot", path)
    exec(loader.get_code("spoor.boot"), boot.__dict__)
    boot.start_from_environment(before, boot)


def _prepare(arguments):
    """Sets up argv and path; returns a function of no arguments that gives the code object and the names of
    `__main__`."""
    first = arguments[0] if arguments else ""
    if hasattr(sys, "orig_argv"):
        del sys.orig_argv[len(sys.orig_argv) - len(sys.argv)]
    # With -I and -P the interpreter puts nothing in front of the path; otherwise this file's folder stands there now.
    added = bool(sys.path) and os.path.realpath(sys.path[0]) == _here
    if added:
        del sys.path[0]
    if first == "-c":
        sys.argv[:] = ["-c", *arguments[2:]]
        if added:
            sys.path.insert(0, "")
        return lambda: _compile_command(arguments[1])
    if first == "-m":
        sys.argv[:] = ["-m", *arguments[2:]]
        if added:
            sys.path.insert(0, os.getcwd())
        return lambda: _find_module(arguments[1])
    sys.argv[:] = arguments
    if os.path.isdir(first) or first.endswith((".zip", ".pyz", ".egg")):
        sys.path.insert(0, first)
        return lambda: _find_module("__main__")
    if added:
        sys.path.insert(0, os.path.dirname(os.path.realpath(first)))
    return lambda: _read_script(first)


def _compile_command(text):
    if sys.version_info >= (3, 14):
        from textwrap import dedent

        text = dedent(text)
    code = compile(text + "\n", "<string>", "exec", dont_inherit=True)
    if sys.version_info >= (3, 13):
        # The interpreter does it so that tracebacks show the lines of a command.
        import linecache

        by_code = hasattr(linecache, "_make_key") or hasattr(linecache, "_code_key")
        linecache._register_code(code if by_code else "<string>", text, "<string>")
    return code, {}


def _read_script(path):
    if sys.version_info >= (3, 9):
        path = os.path.abspath(path)  # as the interpreter does
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    return code, {"__file__": path, "__cached__": None, "__loader__": _loader(path)}


def _loader(path):
    from importlib.machinery import SourceFileLoader

    return SourceFileLoader("__main__", path)


def _find_module(name):
    import runpy

    _, spec, code = runpy._get_main_module_details() if name == "__main__" else runpy._get_module_details(name)
    sys.argv[0] = spec.origin
    return code, {
        "__file__": spec.origin,
        "__spec__": spec,
        "__cached__": spec.cached,
        "__loader__": spec.loader,
        "__package__": spec.parent,
    }


def _report(error):
    """What the interpreter does with an exception that nobody caught, without the frames of this file."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    sys.excepthook(type(error), error, trace)
    if isinstance(error, KeyboardInterrupt) and os.name == "posix":
        import signal

        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    sys.exit(1)


def _main():
    arguments = sys.argv[1:]
    load = _prepare(arguments)
    try:
        _start_agent()
    except Exception as error:
        sys.stderr.write("spoor: the agent could not start; this process is not recorded: %s\n" % (error,))
    # A module of its own for the program: this one goes on being used until the end.
    sys.modules["__main__"] = main = type(sys)("__main__")
    names = main.__dict__
    names.update(__builtins__=sys.modules["builtins"], __package__=None)
    if sys.version_info < (3, 14):
        names["__annotations__"] = {}
    try:
        code, more = load()
        names.update(more)
        if sys.version_info >= (3, 15):
            names.pop("__cached__", None)
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        _report(error)


_module_of_this_file = sys.modules["__main__"]
_main()
