"""The probes of this process: keeps the set that the daemon wants, places each, says how it stands, and leaves nothing.

All but the hits runs on the link's thread; code that is loaded later is met on the thread that runs it (`_met`). The
two share dictionaries whose single steps are atomic, and no lock.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from _weakref import ref
from time import monotonic

from ..functions import module_of
from . import actions
from .armed import Armed
from .budget import Budget
from .counts import Counts
from .ends import Ends
from .errors_told import tell_errors
from .firing import own_this_thread, own_threads
from .loaded import Loaded, Paths, pieces_of
from .pictures import Pictures
from .placing import WAITING, failed, files_that_fit, fits, function_sites, place, place_line, placed
from .probe import Probe, Unsupported, fingerprint
from .sources import process_began
from .where import Where

# Code objects that one probe stands in at most: a program that makes the same code again and again would be filled.
MOST_SITES = 1000
_ASLEEP = {"state": "asleep"}


def engine_of(met, ends):
    if hasattr(sys, "monitoring"):
        from .monitored import MonitoredCode

        return MonitoredCode(met, ends)
    from .traced import TracedCode

    return TracedCode(met, ends)


class Probes:
    def __init__(self, outbox, root: str, redactor=None) -> None:
        self._outbox = outbox
        self._pictures = Pictures(redactor)
        self._paths = Paths(root)
        self._began = process_began()
        self._where = Where(self._pictures.of("default"), self._paths)
        self._ends = Ends()
        self._engine = engine_of(self._met, self._ends)
        self._budget = Budget()
        # By id: the probes that are wanted; fingerprints of what was sent; what each counted, for good.
        self._probes: dict = {}
        self._prints: dict = {}
        self._counts: dict = {}
        self._told_states: dict = {}
        self._told_counts: dict = {}
        # Those that could not even be compiled: id -> state.
        self._refused: dict = {}
        # id(code) -> {(probe id, line): (site, fire, waits, code)}
        self._sites: dict = {}
        # id(code) -> weak reference: code of files with probes that was looked at.
        self._seen: dict = {}
        self._awake = False

    # -- what the link asks --------------------------------------------------------------------------------------------

    def desire(self, probes: list, awake: bool, budget: float) -> None:
        """The whole set of probes, each as spec/control.md has it; `budget` is a share of one core."""
        own_this_thread()
        self._budget.share = budget
        touched: dict = {}
        wanted = {each["id"]: each for each in probes}
        for identity in [each for each in self._prints if each not in wanted]:
            self._drop(identity, touched)
            self._prints.pop(identity)
            self._told_states.pop(identity, None)
        fresh = []
        for identity, each in wanted.items():
            mark = fingerprint(each)
            if self._prints.get(identity) == mark:
                if identity in self._probes:
                    self._probes[identity].receive(each)
                continue
            self._drop(identity, touched)
            self._prints[identity] = mark
            try:
                counts = self._counts.setdefault(identity, Counts())
                encoder = self._pictures.of(each.get("values", "default"))
                self._probes[identity] = Probe(each, counts, self._outbox, encoder)
                fresh.append(self._probes[identity])
            except (Unsupported, KeyError, TypeError, ValueError) as error:
                self._refused[identity] = failed("unsupported", _why(error)).state
        if not awake:
            self._sleep()
        else:
            if not self._awake:
                fresh = [each for each in self._probes.values() if each.state == _ASLEEP]
            self._awake = True
            self._arm(fresh, touched)

    def resolve(self, wanted: dict) -> dict:
        """Where a place is in what is loaded, as the `resolved` of spec/control.md without its type."""
        own_this_thread()
        found = place(wanted, Loaded(self._paths, [wanted]).look(), self._paths, self._began)
        state = found.state
        if state["state"] == "placed":
            return {"found": True, "file": state["file"], "line": state["line"], "function": state["function"]}
        if state["state"] == "waiting":
            return {"found": False, "why": "unknown"}
        if state["code"] == "ambiguous":
            return {"found": False, "why": "ambiguous", "files": state["files"]}
        return {
            "found": False,
            "why": "no_code",
            "file": found.file or "",
            "nearest": state.get("nearest", []),
        }

    def changed_states(self) -> list:
        """The states that changed since this was last asked."""
        found = []
        states = {identity: probe.state for identity, probe in list(self._probes.items())}
        states.update(self._refused)
        note = self._engine.note()
        for identity, state in states.items():
            if note is not None and state["state"] == "placed":
                state = dict(state, note=note)
            if self._told_states.get(identity) != state:
                self._told_states[identity] = state
                found.append(dict(state, id=identity))
        return found

    def counts(self) -> dict | None:
        """What all probes counted since they were first armed; None if nothing changed since this was last asked."""
        told = {identity: counts.told() for identity, counts in list(self._counts.items())}
        if told == self._told_counts:
            return None
        self._told_counts = told
        return told

    def tick(self) -> None:
        """Every quarter of a second while awake: what ends, what is told at intervals, what costs too much."""
        now = monotonic()
        touched: dict = {}
        for probe in list(self._probes.values()):
            if not probe.on or probe.state == _ASLEEP:
                continue
            if now >= probe.expires_at:
                self._end(probe, {"state": "ended", "why": "expired"}, touched)
            elif probe.hit_limit is not None and probe.hit_limit.reached:
                self._end(probe, {"state": "ended", "why": "hit_limit"}, touched)
        for probe, message in self._budget.over([p for p in self._probes.values() if p.on], now):
            probe.limited["budget"] = True
            self._end(probe, {"state": "over_budget", "message": message}, touched)
        self._rearm(touched)
        self._engine.settle()
        self._ends.give_up()
        for probe in list(self._probes.values()):
            if probe.flush is not None:
                probe.flush(now)
            tell_errors(probe, self._outbox, now)

    def close(self) -> None:
        """Nothing is left: no hook, no reference to the program's code. Counts can still be asked for."""
        self._sleep()
        for probe in list(self._probes.values()):
            if probe.flush is not None:
                probe.flush(None)
            tell_errors(probe, self._outbox, None)
        self._probes, self._prints, self._refused = {}, {}, {}
        own_threads.discard(get_ident())

    def after_fork_in_child(self) -> None:
        """The child is a process of its own: it counts from zero. Its probes stay until its link has the set."""
        own_threads.clear()
        self._ends.forked()
        self._where.forked()
        self._counts.clear()
        self._told_counts = {}
        self._told_states = {}
        touched: dict = {}
        for identity, old in list(self._probes.items()):
            probe = Probe(old.wanted, self._counts.setdefault(identity, Counts()), self._outbox, old.encoder)
            probe.on, probe.state, probe.file, probe.expires_at = old.on, old.state, old.file, old.expires_at
            old.on = False
            self._probes[identity] = probe
            for entries in list(self._sites.values()):
                for key, (site, _fire, waits, code) in list(entries.items()):
                    if key[0] == identity:
                        entries[key] = (site, self._fire(probe, site), waits, code)
                        touched[id(code)] = code
        self._rearm(touched)
        self._budget.forked()

    # -- placing -------------------------------------------------------------------------------------------------------

    def _arm(self, fresh: list, touched: dict) -> None:
        if not any(probe.on for probe in self._probes.values()):
            self._rearm(touched)
            self._engine.close()
            return
        try:
            self._engine.start()
        except Unsupported as error:
            for probe in fresh:
                probe.state = failed("unsupported", str(error)).state
            return
        for probe in fresh:
            probe.state = WAITING
        self._engine.wait_for(self._interest, self._names())
        if fresh:
            # Whatever is loaded from here on is met where it starts; what was before is found now.
            loaded = Loaded(self._paths, [probe.place for probe in fresh]).look()
            for probe in fresh:
                found = place(probe.place, loaded, self._paths, self._began)
                self._settle_on(probe, found, touched)
            for file in {probe.file for probe in self._probes.values()}:
                self._note_seen(loaded.files.get(file, ()))
        self._rearm(touched)

    def _note_seen(self, pieces) -> None:
        seen = self._seen
        for piece in pieces:
            key = id(piece.code)
            seen[key] = ref(piece.code, lambda _, key=key: seen.pop(key, None))

    def _settle_on(self, probe, found, touched: dict) -> None:
        """Takes over a Placed; `touched` collects the code whose probes changed."""
        probe.file = found.file
        try:
            fires = [(site, self._fire(probe, site)) for site in found.sites]
        except Unsupported as error:
            probe.state = failed("unsupported", str(error)).state
            return
        probe.sites += len(fires)
        for site, fire in fires:
            key = (probe.id, site.line)
            self._sites.setdefault(id(site.code), {})[key] = (site, fire, probe.waits, site.code)
            touched[id(site.code)] = site.code
        probe.state = found.state

    def _fire(self, probe, site):
        return actions.fire(probe, site, probe.file, self._where, self._ends, self._paths)

    def _armed(self, code) -> Armed | None:
        entries = list(self._sites.get(id(code), {}).values())
        return Armed(code, [entry[:3] for entry in entries]) if entries else None

    def _rearm(self, touched: dict) -> None:
        if touched:
            self._engine.arm([(code, self._armed(code)) for code in list(touched.values())])

    def _drop(self, identity: str, touched: dict) -> None:
        self._refused.pop(identity, None)
        probe = self._probes.pop(identity, None)
        if probe is not None:
            probe.on = False
            if probe.flush is not None:
                probe.flush(None)
            tell_errors(probe, self._outbox, None)
            self._unplace(probe, touched)

    def _unplace(self, probe, touched: dict) -> None:
        for key, entries in list(self._sites.items()):
            for entry in [each for each in list(entries) if each[0] == probe.id]:
                touched[key] = entries.pop(entry)[3]
            if not entries:
                self._sites.pop(key, None)

    def _end(self, probe, state: dict, touched: dict) -> None:
        probe.on = False
        probe.state = state
        self._unplace(probe, touched)

    def abandon(self) -> None:
        """On the thread that ends the interpreter."""
        self._engine.abandon()

    def _sleep(self) -> None:
        self._awake = False
        self._engine.close()
        self._ends.close()
        self._sites.clear()
        self._seen.clear()
        self._where.forget()
        for probe in list(self._probes.values()):
            probe.sites = 0
            if probe.on:
                probe.state = _ASLEEP

    # -- code that is loaded later, on the thread that runs it ---------------------------------------------------------

    def _names(self) -> list:
        places = [probe.place for probe in self._probes.values() if probe.on]
        return [each["function"].rpartition(".")[2] for each in places if each["kind"] == "function"]

    def _interest(self, filename: str) -> bool:
        """Whether a line probe may be in code of this file."""
        ending = filename.rpartition("/")[2]
        for probe in list(self._probes.values()):
            if probe.place["kind"] == "line" and probe.place["file"].rpartition("/")[2] == ending:
                if fits(probe.place["file"], self._paths.real(filename), self._paths):
                    return True
        return False

    def _met(self, code, frame) -> None:
        if id(code) in self._seen:
            return
        path = self._paths.real(code.co_filename)
        pieces = pieces_of(code, module_of(frame.f_globals))
        self._note_seen(pieces)
        touched: dict = {}
        for probe in list(self._probes.values()):
            state = probe.state["state"]
            # One that failed has another chance only when its very file is loaded again.
            if not probe.on or not (state in ("waiting", "placed") or (state == "failed" and probe.file == path)):
                continue
            if probe.place["kind"] == "function":
                sites = function_sites(probe.place, pieces)
            elif probe.file not in (None, path) or not files_that_fit(probe.place["file"], [path], self._paths):
                continue
            else:
                # It is loaded from the file as it is now.
                found = place_line(path, probe.place["line"], pieces, False)
                sites = found.sites
                if not sites and code.co_name == "<module>" and state != "placed":
                    probe.state = found.state
            if sites and probe.sites < MOST_SITES:
                self._join(probe, sites, path, touched)
        for each in touched.values():
            self._engine.watch(each, self._armed(each))

    def _join(self, probe, sites: list, path: str, touched: dict) -> None:
        self._settle_on(probe, placed(probe.file or path, sites), touched)


def _why(error) -> str:
    return str(error) if type(error) is Unsupported else "it is malformed: %s" % type(error).__name__
