/* Where code is from, as records of exceptions name it: asked of the twin once for each code object. */
#ifndef SPOOR_PLACES_H
#define SPOOR_PLACES_H

#include "compat.h"

typedef struct {
    PyObject *code; /* owned, so that its address means this code; NULL: empty */
    PyObject *file, *function; /* bytes: JSON texts, owned */
    int8_t recorded; /* whether the locals of its frames are written; -1: nobody has asked */
} Place;

/* By open addressing; a power of two in size. */
typedef struct {
    Place *slots;
    size_t size, used;
} Places;

struct Core;

/* The place of `code`, asked of the engine if need be: it stands until Python code runs again. NULL with an exception. */
SPOOR_HIDDEN Place *place_of(struct Core *core, PyObject *code);
SPOOR_HIDDEN void places_free(Places *places);

#endif
