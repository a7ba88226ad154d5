/* Records whose numbers are overwritten in place (counters.py): gaps and calls that are counted only. The twin's spool
   places them; the callbacks count, and overwrite what is placed in the current segment. */
#ifndef SPOOR_COUNTERS_H
#define SPOOR_COUNTERS_H

#include "map.h"

#define COUNTER_STEP 63 /* written every (COUNTER_STEP + 1)th time */
#define COUNTER_ROOM 256

#if FREE_THREADED
/* Nothing is taken away from the numbers of a counter there, and nobody but its thread, or the holder of the guard, adds to
   them. What its record in place tells is what they are now, less what other records tell. */
typedef struct {
    Latch latch; /* of all that is here, and of where the record stands */
    long long others[3]; /* count, total and raised that other records tell */
    long long told[3]; /* the numbers, as they were when the last record was written */
} Told;
#define TOLD Told told;
#else
#define TOLD
#endif

typedef struct {
    PyObject_HEAD
    long long id; /* of the gap */
    long long function;
    PyObject *payload; /* str */
    long long count;
    long long bound;
    PyObject *segment; /* the twin's Segment in which it stands, or None */
    Py_ssize_t offset;
    TOLD
} Gap;

typedef struct {
    PyObject_HEAD
    long long function;
    long long thread;
    PyObject *why; /* str */
    long long count, total_ns, max_ns, raised;
    PyObject *segment;
    Py_ssize_t offset;
    TOLD
} Counted;

extern SPOOR_HIDDEN PyType_Spec gap_spec, counted_spec;

/* Whether the record of so many is to be written anew; `segment` is where it stands. */
static inline int counter_is_due(long long count, const PyObject *segment) {
    return (count & COUNTER_STEP) == 0 || segment == Py_None;
}

/* One call more, which took so long. */
static inline void counter_add(Counted *counter, int64_t took) {
    WRITE(counter->count, counter->count + 1);
    WRITE(counter->total_ns, counter->total_ns + took);
    if (took > counter->max_ns) {
        WRITE(counter->max_ns, took);
    }
}

/* The numbers as text, `text` having room for COUNTER_ROOM bytes; gives their length. On free-threaded builds, those that no
   record tells yet, which count as told from then on. */
SPOOR_HIDDEN int gap_numbers(Gap *gap, char *text);
SPOOR_HIDDEN int counted_numbers(Counted *counted, char *text);

#if FREE_THREADED
/* Brings the record in `segment`, whose map is told, up to date; where there is none, writes one, of this time. 1; 0: there
   is no room. Any thread may. */
SPOOR_HIDDEN int gap_tell(Gap *gap, PyObject *segment, Map *map, int64_t now);
SPOOR_HIDDEN int counted_tell(Counted *counted, PyObject *segment, Map *map, int64_t now);
#endif

#endif
