/* Where code is from, as records of exceptions name it: asked of the twin once for each code object; and the lines of its
   instructions. */
#ifndef SPOOR_PLACES_H
#define SPOOR_PLACES_H

#include "compat.h"

typedef struct {
    PyObject *code; /* owned, so that its address means this code; NULL: empty */
    PyObject *file, *function; /* bytes: JSON texts, owned */
    int8_t recorded; /* whether the locals of its frames are written; -1: nobody has asked */
} Place;

/* The line that was found for an instruction: to find it, the interpreter reads its table from the beginning of the code. */
typedef struct {
    const PyObject *code; /* NULL: empty. Compared only: it is in the table of places or in that of functions */
    int offset;
    int line;
} FoundLine;

#define FOUND_LINES 512 /* a power of two */

/* By open addressing; a power of two in size. */
typedef struct {
    Place *slots;
    size_t size, used;
    FoundLine *lines; /* FOUND_LINES, each where its hash says, a newer one instead of an older; NULL before there is one */
} Places;

struct Core;

/* The place of `code`, asked of the engine if need be: it stands until Python code runs again. NULL with an exception. */
SPOOR_HIDDEN Place *place_of(struct Core *core, PyObject *code);
SPOOR_HIDDEN void places_free(Places *places);

/* The line of a handler at a bytecode offset of `code`, and the one that a traceback tells; 0 if there is none. */
SPOOR_HIDDEN int line_of_handler(struct Core *core, PyObject *code, int offset);
SPOOR_HIDDEN int line_of_trace(struct Core *core, const PyTracebackObject *trace);

#endif
