/* Records whose numbers are overwritten in place (counters.py): gaps and calls that are counted only. The twin's spool
   places them; the callbacks count, and overwrite what is placed in the current segment. */
#ifndef SPOOR_COUNTERS_H
#define SPOOR_COUNTERS_H

#include "map.h"

#define COUNTER_STEP 63 /* written every (COUNTER_STEP + 1)th time */
#define COUNTER_ROOM 256

typedef struct {
    PyObject_HEAD
    long long id; /* of the gap */
    long long function;
    PyObject *payload; /* str */
    long long count;
    long long bound;
    PyObject *segment; /* the twin's Segment in which it stands, or None */
    Py_ssize_t offset;
} Gap;

typedef struct {
    PyObject_HEAD
    long long function;
    long long thread;
    PyObject *why; /* str */
    long long count, total_ns, max_ns, raised;
    PyObject *segment;
    Py_ssize_t offset;
} Counted;

extern SPOOR_HIDDEN PyType_Spec gap_spec, counted_spec;

/* Whether the record of so many is to be written anew; `segment` is where it stands. */
static inline int counter_is_due(long long count, const PyObject *segment) {
    return (count & COUNTER_STEP) == 0 || segment == Py_None;
}

/* One call more, which took so long. */
static inline void counter_add(Counted *counter, int64_t took) {
    counter->count++;
    counter->total_ns += took;
    if (took > counter->max_ns) {
        counter->max_ns = took;
    }
}

/* The numbers as text, `text` having room for COUNTER_ROOM bytes; gives their length. */
SPOOR_HIDDEN int gap_numbers(const Gap *gap, char *text);
SPOOR_HIDDEN int counted_numbers(const Counted *counted, char *text);

#endif
