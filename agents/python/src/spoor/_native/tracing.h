/* The engine for CPython 3.8 to 3.11: what its evaluation of frames (tracing.c) and its hooks of threads (hooks.c)
   share. */
#ifndef SPOOR_TRACING_H
#define SPOOR_TRACING_H

#include "compat_tracing.h"
#include "core.h"

#if SPOOR_TRACING

/* What is known of code that is not recorded: what Tracing.met answers (native_tracing.py). */
typedef enum {
    NOT_MET = -1,
    FOREIGN, /* a gap, if recorded code calls it */
    RECORDED, /* by now: it is among the core's functions */
    STARTS, /* foreign, and its start is looked at */
    RETURNS, /* foreign, and its return is looked at */
    SILENT, /* what an `import` statement runs: no call that the program wrote */
} Kind;

typedef struct {
    PyObject *code; /* owned, so that its address means this code; NULL: empty */
    Kind kind;
} Known;

/* From code to what is known of it, by open addressing; a power of two in size. */
typedef struct {
    Known *slots;
    size_t size, used;
} KnownCodes;

/* An exception in flight in a recorded frame, until a handler has it or the frame is left. */
typedef struct {
    const Frame *frame;
    PyObject *exception; /* owned */
} Flying;

typedef struct {
    PyObject_HEAD
    Core *core; /* owned */
    PyInterpreterState *interpreter;
    _PyFrameEvalFunction before; /* who evaluated frames before us */
    KnownCodes known;
    Flying *flying;
    size_t flying_used, flying_size;
    int told_too_deep;
} Tracing;

/* The recording that is fed, borrowed; NULL: none. The interpreter gives a function that evaluates frames nothing of its
   own, so there is one per process. */
extern SPOOR_HIDDEN Tracing *tracing_active;

extern SPOOR_HIDDEN PyType_Spec tracing_spec;

/* Between these our own Python code may run: it is not evaluated as the program's, no hook hears of it, and it uses
   nothing of what the program has left up to its recursion limit. An exception that is set is kept aside (owned). */
typedef struct {
    Depth depth;
    int listened;
    PyObject *type, *exception, *trace;
} Inside;

static inline void enter_agent(PyThreadState *thread, Inside *inside) {
    PyErr_Fetch(&inside->type, &inside->exception, &inside->trace);
    inside->depth = depth_lend(thread);
    inside->listened = LISTENS(thread);
    thread->tracing++;
    LISTENS(thread) = 0;
}

/* Takes our frames off the beginning of the traceback of the exception that is set. */
SPOOR_HIDDEN void hide_agent(Core *core);

/* 0, or -1 where an exception of the program's has come up (in a signal handler) and is to go on instead. */
static inline int leave_agent(Core *core, PyThreadState *thread, Inside *inside) {
    LISTENS(thread) = inside->listened;
    thread->tracing--;
    depth_return(thread, inside->depth);
    if (thread->curexc_type != NULL) {
        Py_XDECREF(inside->type);
        Py_XDECREF(inside->exception);
        Py_XDECREF(inside->trace);
        hide_agent(core);
        return -1;
    }
    if (inside->type != NULL) {
        PyErr_Restore(inside->type, inside->exception, inside->trace);
    }
    return 0;
}

/* -- hooks.c -- */

/* Which of our hooks a thread has while a frame runs. */
typedef struct {
    uint8_t events, natives;
    int listens;
} Hooks;

SPOOR_HIDDEN int on_event(PyObject *, PyFrameObject *, int, PyObject *);
SPOOR_HIDDEN int on_displaced(PyObject *, PyFrameObject *, int, PyObject *);
SPOOR_HIDDEN int on_native(PyObject *, PyFrameObject *, int, PyObject *);

/* A thread has them while recorded code runs in it, and some of them longer. */
static inline int has_hooks(const PyThreadState *thread) {
    return thread->c_tracefunc == on_event || thread->c_tracefunc == on_displaced;
}

/* A frame of `function` is about to run: it tells of exceptions, and of calls of native functions if it listens. */
SPOOR_HIDDEN Hooks hooks_set(PyThreadState *thread, const Function *function);
/* A frame that is not recorded is about to run. */
SPOOR_HIDDEN Hooks hooks_rest(PyThreadState *thread);
/* It has come back. */
SPOOR_HIDDEN void hooks_restore(Tracing *tracing, PyThreadState *thread, Hooks before);
/* No thread has any hook of ours from now on. */
SPOOR_HIDDEN void hooks_remove(Tracing *tracing);

/* What was in flight in this frame, owned; NULL if nothing was. */
SPOOR_HIDDEN PyObject *flying_take(Tracing *tracing, PyThreadState *thread, const Frame *frame);

#endif
#endif
