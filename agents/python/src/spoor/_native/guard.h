/* On free-threaded builds: one thread at a time is in the native core. Elsewhere the interpreter's lock sees to that, and
   nothing of this is left.

   Callbacks hold the guard while they ask the engine, which is Python, and while an object's last reference goes; code of
   the program's may run there, and wait for a thread that waits for the guard. So nobody waits for ever: after a while
   a callback gives up, and what it would have recorded is counted as lost. */
#ifndef SPOOR_GUARD_H
#define SPOOR_GUARD_H

#include "compat.h"

#if FREE_THREADED

typedef struct Guard Guard;

/* A new one for one owner; NULL with an exception. */
SPOOR_HIDDEN Guard *guard_new(void);
/* The same for one owner more. */
SPOOR_HIDDEN Guard *guard_share(Guard *guard);
SPOOR_HIDDEN void guard_drop(Guard *guard);
/* 1: entered, as often as this thread likes; 0: it was given up. */
SPOOR_HIDDEN int guard_enter(Guard *guard);
SPOOR_HIDDEN void guard_leave(Guard *guard);
/* How often it was given up since this was asked last. */
SPOOR_HIDDEN long guard_given_up(Guard *guard);

/* A method `function##_guarded` that waits for its turn. */
#define GUARDED(type, function, argument)                                          \
    static PyObject *function##_guarded(type *self, PyObject *argument) {          \
        PyObject *result;                                                          \
        if (!guard_enter(self->guard)) {                                           \
            PyErr_SetString(PyExc_RuntimeError, "the native core is busy");        \
            return NULL;                                                           \
        }                                                                          \
        result = function(self, argument);                                         \
        guard_leave(self->guard);                                                  \
        return result;                                                             \
    }
#define METHOD(function) ((PyCFunction)function##_guarded)

#else

#define GUARDED(type, function, argument)
#define METHOD(function) ((PyCFunction)function)

#endif
#endif
