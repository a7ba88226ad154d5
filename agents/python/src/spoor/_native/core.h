/* One recording's native half: everything that the callbacks need, in one object that its engine owns. */
#ifndef SPOOR_CORE_H
#define SPOOR_CORE_H

#include "clock.h"
#include "foreign.h"
#include "functions.h"
#include "guard.h"
#include "lane.h"
#include "places.h"
#include "state.h"

/* A suspended generator or coroutine, by its frame, which stays where it is for the generator's life. */
typedef struct {
    const Frame *frame; /* NULL: empty */
    Entry entry;
    int64_t when;
    uint8_t told; /* whether that was recorded */
} Suspended;

typedef struct {
    Suspended *slots;
    size_t size, used;
    Latch latch;
} SuspendedCalls;

typedef struct Core {
    PyObject_HEAD
    /* What every call needs comes first. */
    Local *threads; /* `local` if it is a Local, else NULL; borrowed */
    Functions functions;
    int values; /* whether calls are written with them; exceptions are in any case */
    Lane lane; /* its place is `map` if that is a Map, else `nowhere`. On free-threaded builds of nobody: see LANE */
    Clock clock;
    /* The engine's methods for what is rare (native_engine.py), owned. */
    PyObject *engine;
    Map nowhere; /* closed: nothing has room there */
    PyObject *map; /* Map of the current segment, or None */
    PyObject *segment; /* the Segment it belongs to, or None */
    PyObject *local; /* Local, or the twin's GreenletStates */
    Foreign foreign;
    Places places;
    int64_t next_exception;
    /* The one that left a stack of calls altogether last: its address, and its id. */
    const PyObject *last_left;
    int64_t last_left_id;
    PyObject *failed_places; /* dict: (file, line) -> how often the locals of frames were written for it */
    int64_t hot;
    int64_t thrifty; /* settings.Settings.thrifty */
    PyObject *counting_why;
    PyObject *running_loop, *current_task; /* asyncio's, or NULL */
    int sampling;
    int plain; /* there are neither tasks nor calls that are not drawn */
    uint64_t sample_state;
    double sample_fraction;
    unsigned generation; /* fork_generation that the recorder knows of */
    long gap_bound;
    long lost, lost_told; /* lost: mirrors recorder.lost */
    int exposed; /* a callback has raised into the program: tracebacks may show frames of ours */
    PyObject *disable; /* sys.monitoring.DISABLE, or None */
    PyObject *agent_folder; /* str: files of ours begin so */
    PyTypeObject *method_wrapper; /* types.MethodWrapperType, which not every version exports; borrowed, as it is static */
#if FREE_THREADED
    Guard *guard; /* the encoder's */
    Lane *lanes; /* all of them, the newest first */
    int lane_count;
    unsigned counting_epoch; /* changes with `counting_why` */
    char apart[64];
    int64_t next_block; /* of numbers of calls */
#endif
    APART(apart_too)
    SuspendedCalls suspended;
} Core;

/* The lane of the running thread, once `core_state` has been asked for its state. */
#if FREE_THREADED
static inline Lane *lane_here(Core *core) {
    State *state = latest.state;
    return LIKELY(state != NULL && state->lane != NULL) ? state->lane : &core->lane;
}
#define LANE(core) lane_here(core)
#else
#define LANE(core) (&(core)->lane)
#endif

extern SPOOR_HIDDEN PyType_Spec core_spec, callback_spec;

/* The running frame, if it is one of `code`: others may fire events without a frame (Cython does). */
static inline const Frame *frame_of(PyObject *code) {
    const Frame *frame = current_frame(this_thread());
    return frame != NULL && code_of(frame) == code ? frame : NULL;
}

/* -- core.c -- */

/* Appends a record of two parts. 0, or -1 with an exception of the program's (a signal handler may run). */
SPOOR_HIDDEN int core_write_slowly(Core *core, const char *head, Py_ssize_t head_size, const char *tail,
                                   Py_ssize_t tail_size);

static inline int core_write(Core *core, const char *head, Py_ssize_t head_size, const char *tail,
                             Py_ssize_t tail_size) {
    return map_write(LANE(core)->place, head, head_size, tail, tail_size)
               ? 0
               : core_write_slowly(core, head, head_size, tail, tail_size);
}

/* The same by the engine, to the process' own segment. */
SPOOR_HIDDEN int core_write_by_engine(Core *core, const char *head, Py_ssize_t head_size, const char *tail,
                                      Py_ssize_t tail_size);
#if FREE_THREADED
/* Brings the record of a counter of this thread up to date. 0, or -1 with an exception. */
SPOOR_HIDDEN int core_tell_counted(Core *core, Counted *counter);
#endif

/* The state of the running thread or greenlet, borrowed; NULL without an exception if it has none yet. */
SPOOR_HIDDEN State *core_find_state(Core *core);
/* The same, made if there is none; NULL with an exception. */
SPOOR_HIDDEN State *core_begin_state(Core *core);

static inline State *core_state(Core *core) {
#if FREE_THREADED
    Local *threads = READ(core->threads);
    State *state = threads != NULL ? local_state(threads) : core_find_state(core);
    return UNLIKELY(state != NULL && state->lane == NULL) && lane_give(core, state) < 0 ? NULL : state;
#else
    return core->threads != NULL ? local_state(core->threads) : core_find_state(core);
#endif
}

/* A forked child notices that it is one. */
SPOOR_HIDDEN int core_forked(Core *core);

static inline int core_watch_fork(Core *core) {
    return core->generation == fork_generation ? 0 : core_forked(core);
}

/* Calls a method of the engine; arguments end with NULL. A new reference, or NULL with an exception. */
SPOOR_HIDDEN PyObject *core_ask(Core *core, const char *method, ...);
/* An exception is set in a callback: at the recursion limit the record is lost and counted, anything else of ours ends
   the recording; what the program's own code raised goes on to it (-1). */
SPOOR_HIDDEN int core_failed(Core *core);
/* Tells of records that were lost since this was told last. 0, or -1 with an exception. */
SPOOR_HIDDEN int core_tell_lost_slowly(Core *core);

static inline int core_tell_lost(Core *core) {
    return READ(core->lost) == READ(core->lost_told) ? 0 : core_tell_lost_slowly(core);
}

/* Brings a counter's record up to date, of which the numbers are `text`. */
SPOOR_HIDDEN int core_update(Core *core, PyObject *counter, PyObject *segment, Py_ssize_t offset, const char *text,
                             int length);

/* -- exceptions.c: exceptions in flight (exceptions.py). All give 0, or -1 with an exception. -- */

/* The frame of a call that an exception has just left. */
typedef struct {
    const void *object; /* the frame's own, as tracebacks know it */
    PyObject *trace; /* the exception's traceback, or NULL: the exception itself may not have it yet */
    const Frame *outer; /* where it goes on, or NULL */
} LeftFrame;

/* It was raised in recorded `code`, or comes through it; `trace` is its traceback, or NULL. */
SPOOR_HIDDEN int exceptions_raised(Core *core, PyObject *code, PyObject *exception, PyObject *trace);
/* The running frame, which is one of `code`, entered a handler at `offset`; -1: at the line that it is in. */
SPOOR_HIDDEN int exceptions_caught(Core *core, PyObject *code, PyObject *exception, int offset);
/* A handler let it go on: a bare `raise`, a `finally`, an `except` that does not match. */
SPOOR_HIDDEN int exceptions_raised_again(Core *core, PyObject *exception, PyObject *trace);
/* It left the frame of a recorded call. Its id, or -1 with an exception. */
SPOOR_HIDDEN int64_t exceptions_left(Core *core, const Entry *entry, PyObject *exception, const LeftFrame *left);

/* -- failed_frames.c: 0, or -1 with an exception. -- */

/* Writes the locals of the frames that an exception left for good, innermost first. */
SPOOR_HIDDEN int failed_frames_write(Core *core, PyObject *exception, PyObject *trace);

/* -- calls.c: the life of a call (calls.py). All give 0, or -1 with an exception. -- */

/* `frame` is where its arguments are; NULL if nobody knows. */
SPOOR_HIDDEN int calls_begin(Core *core, Function *function, const Frame *frame);
SPOOR_HIDDEN int calls_end(Core *core, Entry *entry, PyObject *value);
/* `left` is the frame that the exception left; NULL if nobody knows. */
SPOOR_HIDDEN int calls_end_by(Core *core, Entry *entry, PyObject *exception, const LeftFrame *left);
SPOOR_HIDDEN int calls_suspend(Core *core, Function *function, const Frame *frame, PyObject *value);
/* 1: resumed; 0: `frame` is not that of a suspended call. */
SPOOR_HIDDEN int calls_resume(Core *core, Function *function, const Frame *frame);
/* Removes the topmost entry of `code`: 1 and the entry, or 0. */
SPOOR_HIDDEN int calls_take(Core *core, State *state, PyObject *code, Entry *entry);

#if FREE_THREADED
static inline CounterHere *place_of_counter(const Function *function, State *state) {
    return &state->counters[(uint64_t)function->id & (COUNTERS_HERE - 1)];
}

/* NULL: it has to be looked up. */
static inline Counted *counter_here(const Core *core, const Function *function, State *state) {
    const CounterHere *here = place_of_counter(function, state);
    return here->function == function && here->epoch == READ(core->counting_epoch) ? here->counter : NULL;
}
#endif

/* Whether one more call is recorded in full. */
static inline int is_left(Core *core, Function *function) {
#if FREE_THREADED
    Lane *lane = LANE(core);
    lane->left = READ(function->left) > 0 ? __atomic_fetch_sub(&function->left, 1, __ATOMIC_RELAXED) : 0;
    return lane->left > 0;
#else
    return function->left > 0;
#endif
}

/* -- steps.c: suspensions that are only counted -- */

/* From now on those of this call are. 0, or -1 with an exception. */
SPOOR_HIDDEN int steps_begin(Entry *entry, const Piece *resumer);
/* A call goes on whose suspension was not recorded. 1: it is now, since somebody else resumes it than the last time, for
   whom the time that it runs from here on is not to count; 0; -1 with an exception. */
SPOOR_HIDDEN int steps_turn(Core *core, Function *function, Suspended *suspended, const Piece *resumer, int64_t now);
/* The call ends, or did then, without our knowing. 0, or -1 with an exception. */
SPOOR_HIDDEN int steps_end_at(Core *core, Entry *entry, int64_t when);

static inline int steps_end(Core *core, Entry *entry) {
    return LIKELY(entry->recorded != STEPPING) ? 0 : steps_end_at(core, entry, clock_now(&core->clock));
}

/* -- tasks.c -- */

/* Whether the program uses asyncio. */
static inline int calls_async(const Core *core) {
#if FREE_THREADED
    return __atomic_load_n(&core->running_loop, __ATOMIC_ACQUIRE) != NULL;
#else
    return core->running_loop != NULL;
#endif
}

/* The strand of the asyncio task that runs here, 0 if none does; -1 with an exception. */
SPOOR_HIDDEN int64_t calls_task(Core *core, State *state);

/* -- suspended.c -- */

/* 0, or -1 when memory ran out. */
SPOOR_HIDDEN int suspended_put(SuspendedCalls *calls, const Suspended *call);
/* Takes out what is suspended at `frame`: 1 and it, or 0. */
SPOOR_HIDDEN int suspended_take(SuspendedCalls *calls, const Frame *frame, Suspended *taken);
SPOOR_HIDDEN void suspended_free(SuspendedCalls *suspended);
/* In a forked child: empties the table. */
SPOOR_HIDDEN void suspended_forget(SuspendedCalls *suspended);

/* -- gaps.c: 1: go on watching this site; 0: not any more; -1. -- */

SPOOR_HIDDEN int gaps_call(Core *core, Function *function, PyObject *callee, int offset);
/* The same for a callee of which only the code is known, and the globals. */
SPOOR_HIDDEN int gaps_call_of_code(Core *core, Function *function, PyObject *code, PyObject *globals, int offset);

#endif
