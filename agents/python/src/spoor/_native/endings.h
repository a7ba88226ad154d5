/* How the names end whose values are withheld, as redaction compares them: in lower case, without `_`, `-`, `.`, space and
   the digits at the end. A name that ends so may still have no rule; one that does not has none. */
#ifndef SPOOR_ENDINGS_H
#define SPOOR_ENDINGS_H

#include "compat.h"

typedef struct {
    char *text; /* backwards */
    Py_ssize_t length;
} Ending;

typedef struct Endings {
    /* Rules that the functions here cannot decide about: every name may have one. */
    int any_name;
    /* Of their last three characters, five bits each; all of them if an ending is shorter. */
    uint8_t last_three[32 * 32 * 32 / 8];
    Py_ssize_t first[28]; /* where those begin in `all` that end with a letter */
    Ending *all;
    Py_ssize_t count;
} Endings;

/* From a tuple of str. NULL with an exception. */
SPOOR_HIDDEN Endings *endings_new(PyObject *texts);
SPOOR_HIDDEN void endings_free(Endings *endings);

/* Whether the ASCII text from `start` to `end` ends like a name that has a rule. It may reach beyond the name. */
SPOOR_HIDDEN int ends_secretly(const Endings *endings, const unsigned char *start, const unsigned char *end);

#endif
