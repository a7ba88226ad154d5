/* The exceptions on their way in one stack of execution, as exceptions.Flight of the pure-Python twin. One is known by its
   address while it is in flight; no reference to it is kept, since that would keep its frames and their locals alive. */
#ifndef SPOOR_FLIGHTS_H
#define SPOOR_FLIGHTS_H

#include "compat.h"

typedef struct {
    const void *frame; /* the address of its frame object, which the exception's traceback keeps alive */
    const PyObject *code; /* its Function keeps it */
    int64_t call;
} LeftCall;

typedef struct {
    const PyObject *exception; /* NULL: empty */
    const PyTypeObject *kind; /* compared only: the class of one that is gone may be gone as well */
    int64_t id;
    Py_ssize_t frames; /* how many had their locals written */
    uint8_t handled; /* a handler was entered and has not let it go on: the next exception at this address is another one */
    uint8_t untold; /* first seen when it left a call, which its traceback will not show */
    size_t left_used, left_size;
    LeftCall *left; /* the calls that it left */
} Flight;

/* By the address of the exception, by open addressing; a power of two in size. Flights move when one is put or removed. */
typedef struct {
    Flight *slots;
    size_t size, used;
} Flights;

/* NULL: it is not known. */
SPOOR_HIDDEN Flight *flights_find(const Flights *flights, const PyObject *exception);
/* A new flight, instead of the one that was known at this address; NULL when memory ran out. */
SPOOR_HIDDEN Flight *flights_put(Flights *flights, PyObject *exception, int64_t id);
SPOOR_HIDDEN void flights_remove(Flights *flights, Flight *flight);
SPOOR_HIDDEN void flights_free(Flights *flights);

/* It left the frame of this call. 0, or -1 when memory ran out. */
SPOOR_HIDDEN int flight_leaves(Flight *flight, const void *frame, const PyObject *code, int64_t call);
/* Of the frame that it left; 0 if that is no call that is recorded. */
SPOOR_HIDDEN int64_t flight_call(const Flight *flight, const void *frame);
/* Whether a traceback leads through a frame that this flight left; else it is another exception at its address. That one's
   frames can be at the same addresses, but none of them is of recorded code: it would have been seen there. */
SPOOR_HIDDEN int flight_came_by(const Flight *flight, PyObject *trace);

#endif
