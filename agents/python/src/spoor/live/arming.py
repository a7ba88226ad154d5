"""Which probes are wanted in this process, and whether it is awake: hands them to the engine of the probes, which is
imported with the first one, and tells the daemon how they stand and what they counted. On the link's thread only."""

from __future__ import annotations

from . import natives
from .hello import drawn

TICK_SECONDS = 0.25
COUNTS_SECONDS = 1.0
BUDGET = 0.02
# Of probes that are gone, counts are kept for a daemon that comes back; not of more than these.
_MOST_COUNTS = 1000


class Arming:
    def __init__(self, outbox, root: str, state: str, held: bool, send) -> None:
        """`send` takes a message and gives whether there was a daemon to take it."""
        self._outbox = outbox
        self._root = root
        self.state = state
        self.held = held
        self._send = send
        self._engine = None
        self._missing = ""
        self._wanted: list = []
        self._budget = BUDGET
        # Awake only because a probe came.
        self._by_itself = False
        # What is known of each probe, so that a daemon that comes back can be told all of it.
        self.states: dict = {}
        self._counts: dict = {}
        self._untold: set = set()
        self._next_tick = self._next_counts = 0.0
        self.new_connection()

    def new_connection(self) -> None:
        """The daemon at the other end may be another one, which knows nothing."""
        self._revision = -1
        self._said = None
        self._tell_all = True
        self._untold = set(self._counts)

    def forked(self) -> None:
        """In a child: its probes go on as they are, and count from zero."""
        self._counts = {}
        self.new_connection()
        if self._engine is not None:
            self._engine.after_fork_in_child()

    @property
    def ticks(self) -> bool:
        """Whether there is anything to be looked after."""
        return self._engine is not None and self.state == "awake" and bool(self._wanted)

    # -- what the daemon and the program say -------------------------------------------------------------------------

    def desired(self, message: dict) -> None:
        revision = message["revision"]
        if revision < self._revision:
            return
        self._revision = revision
        self._wanted = list(message["probes"])
        self._budget = message.get("budget", BUDGET)
        before = self.state, self.held
        # What the daemon says of the state counts when it changes: in between the program may have its own way.
        said = message.get("state")
        if said is not None and said != self._said:
            self.state, self.held, self._by_itself = said, said == "asleep", False
        self._said = said
        self._settle(before)
        self._tell_probes(True)

    def set_state(self, state: str, held: bool) -> None:
        """The program says it."""
        before = self.state, self.held
        self.state, self.held, self._by_itself = state, held, False
        self._settle(before)
        self._tell_probes(False)

    def _settle(self, before: tuple) -> None:
        if self._wanted and self.state == "asleep" and not self.held:
            self.state, self._by_itself = "awake", True
        elif not self._wanted and self._by_itself:
            self.state, self._by_itself = "asleep", False
        # Before it, for probes that go, and after it, for what counted until it was done.
        self.tell_counts()
        self._arm()
        self.tell_counts()
        if (self.state, self.held) != before:
            self._send(drawn({"type": "state", "state": self.state, "held": self.held}))

    def _arm(self) -> None:
        awake = self.state == "awake"
        if self._engine is None and awake and self._wanted:
            self._load()
        if self._engine is not None:
            with natives.busy:
                self._engine.desire(self._wanted, awake, self._budget)
            return
        found = {}
        for probe in self._wanted:
            state = {"id": probe["id"], "state": "asleep"}
            if awake:
                state.update(state="failed", code="unsupported", message=self._missing)
            found[probe["id"]] = state
        self._tell_all = self._tell_all or found != self.states
        self.states = found

    def _load(self) -> None:
        try:
            with natives.busy:
                from .probes import Probes

                self._engine = Probes(self._outbox, self._root)
        except Exception as error:
            self._missing = "there can be no probes in this process: %s: %s" % (type(error).__name__, error)

    def resolve(self, request: int, place: dict) -> None:
        if self._engine is None:
            self._load()
        found = {"found": False, "why": "unknown"}
        if self._engine is not None:
            with natives.busy:
                found = self._engine.resolve(place)
        told = {"type": "resolved", "request": request}
        told.update(found)
        self._send(drawn(told))

    # -- what is told ------------------------------------------------------------------------------------------------

    def _tell_probes(self, always: bool) -> None:
        changed = []
        if self._engine is not None:
            with natives.busy:
                changed = self._engine.changed_states()
            self.states.update([(state["id"], state) for state in changed])
            ids = {probe["id"] for probe in self._wanted}
            self.states = {name: state for name, state in self.states.items() if name in ids}
            changed = [state for state in changed if state["id"] in ids]
        if self._tell_all:
            changed = list(self.states.values())
        if changed or always:
            told = self._send(drawn({"type": "probes", "revision": max(0, self._revision), "probes": changed}))
            self._tell_all = not told

    def tell_counts(self) -> None:
        if self._engine is None:
            return
        with natives.busy:
            counts = self._engine.counts()
        if counts:
            self._counts.update(counts)
            self._untold.update(counts)
        if not self._untold:
            return
        told = {name: self._counts[name] for name in self._untold}
        if self._send(drawn({"type": "counts", "made": self._outbox.made, "probes": told})):
            self._untold = set()
            if len(self._counts) > _MOST_COUNTS:
                ids = {probe["id"] for probe in self._wanted}
                self._counts = {name: each for name, each in self._counts.items() if name in ids}

    # -- time ----------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> float | None:
        """Does what is due, and says when there will be something again; None: never, until somebody asks."""
        if not self.ticks:
            return None
        if now >= self._next_tick:
            self._next_tick = now + TICK_SECONDS
            with natives.busy:
                self._engine.tick()
            self._tell_probes(False)
            if now >= self._next_counts:
                self._next_counts = now + COUNTS_SECONDS
                self.tell_counts()
        return self._next_tick

    def abandon(self) -> None:
        """The interpreter ends, and the link's thread may not have come to `end`: from now on no probe is hit."""
        engine = self._engine
        if engine is not None:
            engine.abandon()

    def end(self) -> None:
        """Takes the probes away for good; what they still had to say is told first."""
        if self._engine is not None:
            with natives.busy:
                self._engine.desire(self._wanted, False, self._budget)
                self._engine.close()
            # After it: closing tells what metrics gathered last.
            self.tell_counts()
            self._engine = None
        self._wanted = []
        self.state = "asleep"
