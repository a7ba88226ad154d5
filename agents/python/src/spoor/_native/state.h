/* One stack of execution, as strands.State of the pure-Python twin: the recorded calls that run in a thread or greenlet,
   innermost last. */
#ifndef SPOOR_STATE_H
#define SPOOR_STATE_H

#include "counters.h"
#include "digits.h"

struct Function;

typedef struct {
    int64_t call; /* 0: a frame that a forked child inherited; -1: below a root that was not drawn */
    PyObject *code; /* borrowed: its Function keeps it */
    int64_t strand;
    Counted *counter; /* of a call that is only counted, borrowed from `counted`; else NULL */
    int64_t start_ns;
    /* The digits of `call`, if it is recorded: they stand in its own records and in those of the calls that it makes. */
    Ordinal name;
} Entry;

typedef struct {
    PyObject_HEAD
    int64_t id;
    Entry *stack;
    Py_ssize_t depth, room;
    PyObject *inflight; /* dict: id(exception) -> exceptions.Flight */
    PyObject *counted; /* dict: (function id, why) -> Counted */
    PyObject *owner; /* weak reference to the greenlet, or None */
    int64_t shown_strand; /* whose digits these are */
    Ordinal strand_name;
    PyObject *last_task; /* weak reference to the task that was looked up last, or NULL */
    int64_t last_strand;
} State;

/* Thread-local, as `_thread._local` with the attributes `state` and `stack` (which is ignored). */
typedef struct {
    PyObject_HEAD
} Local;

extern SPOOR_HIDDEN PyType_Spec state_spec, local_spec;

/* What `Local.state` of the running thread was last, so that it need not be looked up. It holds while no state has gone:
   a thread of the operating system's can be given another state by the interpreter, but only after its first one went. */
typedef struct {
    Local *local;
    State *state;
    unsigned long gone;
} Latest;

extern SPOOR_HIDDEN __thread Latest latest __attribute__((tls_model("initial-exec")));
extern SPOOR_HIDDEN unsigned long states_gone;

/* The state of the running thread, borrowed; NULL without an exception if it has none. */
SPOOR_HIDDEN State *local_find(Local *local);

static inline State *local_state(Local *local) {
    return latest.local == local && latest.gone == states_gone ? latest.state : local_find(local);
}

SPOOR_HIDDEN int state_grow(State *state);

/* 0, or -1 when memory ran out. */
static inline int state_push(State *state, int64_t call, PyObject *code, int64_t strand, Counted *counter,
                             int64_t start_ns) {
    if (state->depth == state->room && state_grow(state) < 0) {
        return -1;
    }
    Entry *entry = &state->stack[state->depth++];
    entry->call = call;
    entry->code = code;
    entry->strand = strand;
    entry->counter = counter;
    entry->start_ns = start_ns;
    entry->name.digits = 0;
    return 0;
}

static inline Entry *state_top(State *state) { return state->depth ? &state->stack[state->depth - 1] : NULL; }

#endif
