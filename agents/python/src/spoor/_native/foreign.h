/* Files of which nothing is recorded, so that most code that is not recorded is judged without a word of Python. */
#ifndef SPOOR_FOREIGN_H
#define SPOOR_FOREIGN_H

#include "compat.h"

#define FOREIGN_PLACES 1024 /* a power of two */

/* Of code: its file and the name of its module, the very objects; both owned. */
typedef struct {
    PyObject *file; /* NULL: empty */
    PyObject *module;
} ForeignPlace;

typedef struct {
    PyObject *traced; /* code that is recorded wherever it is (active.py); owned, as the next two */
    PyObject *special; /* names of code that is looked at one by one (special.py) */
    PyObject *name; /* "__name__" */
    ForeignPlace *places; /* by the file; the newer takes the place of an older with the same hash */
} Foreign;

/* 0, or -1 with an exception. */
SPOOR_HIDDEN int foreign_begin(Foreign *foreign, PyObject *traced, PyObject *special);
SPOOR_HIDDEN void foreign_free(Foreign *foreign);

/* Whether code is known not to be recorded, nor special. */
SPOOR_HIDDEN int foreign_is(const Foreign *foreign, PyObject *code, PyObject *globals);
/* This code is not recorded, so that none of its file and module is. */
SPOOR_HIDDEN void foreign_keep(Foreign *foreign, PyObject *code, PyObject *globals);

#endif
