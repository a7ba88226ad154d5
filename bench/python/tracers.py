"""Starts each peer as its documentation says, told to record the workload's functions and little else.

`start(mode, workload)` returns a function to be called between two measurements, outside the time measured, or None. A
peer that is not installed for this interpreter raises ImportError.
"""

import os
import sys


class Unavailable(Exception):
    pass


def start(mode, workload):
    if mode.startswith("engine-"):
        import skeletons

        return skeletons.start(mode[len("engine-") :], workload)
    return PEERS[mode](workload)


_profiles = []


def cprofile(workload):
    import cProfile

    # One for the process, however many workloads it runs.
    if not _profiles:
        _profiles.append(cProfile.Profile())
        _profiles[0].enable()


def modules_of(workload):
    """The modules whose functions are to be recorded: the workload's, and those of its folder that it is made of."""
    return [sys.modules[name] for name in (workload.__name__, *getattr(workload, "MODULES", ()))]


def viztracer(workload, ignore_c_function=True, **options):
    from viztracer import VizTracer

    # Nothing is saved: parsing and writing its file comes at the end of a program and is not in these figures. Its
    # buffer is a ring of the last million events; what it overwrites costs it as much as what it keeps.
    tracer = VizTracer(verbose=0, ignore_c_function=ignore_c_function, **options)
    tracer.start()

    def between():
        tracer.stop()
        tracer.clear()
        tracer.start()

    return between


def viztracer_native(workload):
    return viztracer(workload, ignore_c_function=False)


def viztracer_values(workload):
    return viztracer(workload, log_func_args=True, log_func_retval=True)


def hunter(workload):
    import hunter

    # CallPrinter shows arguments and results; with repr cut at 256 characters, as Spoor cuts texts.
    sink = open(os.devnull, "w")
    hunter.trace(
        module_in=tuple(module.__name__ for module in modules_of(workload)),
        kind_in=("call", "return", "exception"),
        action=hunter.CallPrinter(stream=sink, repr_limit=256),
    )


def breadcrumb(workload):
    if sys.version_info < (3, 12):
        raise Unavailable("breadcrumb starts no tracer before 3.12")
    from breadcrumb.instrumentation.pep669_backend import PEP669Backend
    from breadcrumb.integration import start_integration
    from breadcrumb.storage.async_writer import TraceWriter

    # As `breadcrumb.init` does it, but for what it drops: a function's events after 100 calls in ten seconds, and every
    # event while 10,000 are queued. Without either it does for every call what it does for the first.
    backend = PEP669Backend(
        capture_args=True,
        capture_returns=True,
        capture_exceptions=True,
        include_patterns=[module.__name__ for module in modules_of(workload)],
        auto_filter_enabled=False,
    )
    database = os.path.join(os.environ["BENCH_SCRATCH"], "breadcrumb.duckdb")
    writer = TraceWriter(db_path=database, queue_size=10_000_000, backend_ref=backend)
    writer.start()
    start_integration(backend, writer=writer)


def decorators(workload):
    import decorators

    return decorators.start(modules_of(workload))


PEERS = {
    "cprofile": cprofile,
    "decorators": decorators,
    "viztracer": viztracer,
    "viztracer-native": viztracer_native,
    "viztracer-values": viztracer_values,
    "hunter": hunter,
    "breadcrumb": breadcrumb,
}
