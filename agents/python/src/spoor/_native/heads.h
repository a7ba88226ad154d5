/* Starts of long texts that were looked at lately, with what is shown of them: a program that parses hands one long text to
   a thousand calls. Copies, because a text of the program's must not be kept alive. */
#ifndef SPOOR_HEADS_H
#define SPOOR_HEADS_H

#include "out.h"

typedef struct Heads Heads;

/* NULL when memory ran out. */
SPOOR_HIDDEN Heads *heads_new(void);
SPOOR_HIDDEN void heads_free(Heads *heads);

/* Writes what is shown of a text, of which the first `seen` characters decide together with its length. 0: not known. */
SPOOR_HIDDEN int heads_write(const Heads *heads, Out *out, PyObject *text, Py_ssize_t seen);
/* Keeps what was written since `mark` for this text, in which there is no secret. */
SPOOR_HIDDEN void heads_keep(Heads *heads, const Out *out, OutMark mark, PyObject *text, Py_ssize_t seen);

#endif
