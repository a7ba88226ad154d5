/* One stack of execution, as strands.State of the pure-Python twin: the recorded calls that run in a thread or greenlet,
   innermost last. */
#ifndef SPOOR_STATE_H
#define SPOOR_STATE_H

#include "counters.h"
#include "flights.h"
#include "lane.h"

struct Function;

/* What a recorded call did since its last `S`, `U` or `Y` record that is only counted. */
typedef struct {
    Piece resumer; /* who resumed it each time */
    int64_t count, waiting_ns;
} Steps;

typedef struct {
    /* `call`, or 0 where it is less, as it stands in its own records and in those of the calls that it makes. */
    Piece name;
    int64_t call; /* 0: a frame that a forked child inherited; -1: below a root that was not drawn */
    PyObject *code; /* borrowed: its Function keeps it */
    int64_t strand;
    uint8_t recorded; /* it has records of its own; STEPPING: and `steps` */
    uint8_t plain; /* its end may be dealt with as in plain.h */
    uint8_t closed; /* its values are not opened; only of those that are recorded with values */
    Counted *counter; /* of a call that is only counted, borrowed from `counted`; else NULL */
    union {
        int64_t start_ns; /* of such a one */
        Steps *steps; /* owned, by who has the entry: a stack, up to its top, or the table of those that are suspended */
    };
} Entry;

#define STEPPING 2

static inline void entry_free_steps(Entry *entry) {
    if (entry->recorded == STEPPING) {
        PyMem_RawFree(entry->steps);
        entry->recorded = 1;
    }
}

#if FREE_THREADED
#define COUNTERS_HERE 64 /* a power of two */

/* The counter of a function's calls that are only counted. */
typedef struct {
    const struct Function *function; /* NULL: none */
    Counted *counter; /* borrowed from `counted` */
    unsigned epoch; /* Core.counting_epoch when it was looked up */
} CounterHere;
#endif

typedef struct State {
    PyObject_HEAD
    int64_t id;
    Entry *bottom; /* who calls the outermost call: nobody */
    Entry *top; /* the innermost call */
    Entry *limit; /* behind the last that there is room for */
    Flights flights; /* the exceptions on their way */
    PyObject *counted; /* dict: (function id, why) -> Counted */
    PyObject *owner; /* weak reference to the greenlet, or None */
    int64_t shown_strand; /* what this is of: */
    char strand_text[PIECE_ROOM]; /* the strand and a tab */
    uint8_t strand_length;
    PyObject *last_task; /* weak reference to the task that was looked up last, or NULL */
    int64_t last_strand;
#if FREE_THREADED
    Lane *lane; /* NULL: none yet */
    CounterHere counters[COUNTERS_HERE]; /* those met last, by the function's id */
#endif
} State;

/* Thread-local, as `_thread._local` with the attributes `state` and `stack` (which is ignored). */
typedef struct {
    PyObject_HEAD
} Local;

extern SPOOR_HIDDEN PyType_Spec state_spec, local_spec;

/* What `Local.state` of the running thread was last, so that it need not be looked up. It holds while no state has gone:
   a thread of the operating system's can be given another state by the interpreter, but only after its first one went. */
typedef struct {
    const void *local; /* of a greenlet's, on free-threaded builds, the core that it is of */
    State *state;
    unsigned long gone;
} Latest;

/* Never are so many gone. */
#define NOTHING_FOUND {NULL, NULL, ~0UL}

extern SPOOR_HIDDEN __thread Latest latest __attribute__((tls_model("initial-exec")));
extern SPOOR_HIDDEN unsigned long states_gone;

/* The state of the running thread, borrowed; NULL without an exception if it has none. */
SPOOR_HIDDEN State *local_find(Local *local);

/* Whether it is `latest.state`. `local` may be NULL. */
static inline int local_is_latest(const void *local) { return latest.local == local && latest.gone == READ(states_gone); }

static inline State *local_state(Local *local) {
    return LIKELY(local_is_latest(local)) ? latest.state : local_find(local);
}

SPOOR_HIDDEN int state_grow(State *state);

/* Room for one entry more. 0, or -1 when memory ran out. */
static inline int state_room(State *state) {
    return LIKELY(state->top + 1 != state->limit) ? 0 : state_grow(state);
}

static inline int state_push(State *state, Entry entry) {
    if (state_room(state) < 0) {
        return -1;
    }
    *++state->top = entry;
    return 0;
}

/* The name of nobody's call. */
static const Piece NO_CALL = {"0\t", 2};

#endif
