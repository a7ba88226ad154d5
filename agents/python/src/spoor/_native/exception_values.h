/* Exceptions as values and in records, without `str(error)`, which runs the program's code: as exception_values.py. */
#ifndef SPOOR_EXCEPTION_VALUES_H
#define SPOOR_EXCEPTION_VALUES_H

#include "encode.h"

/* The twin's Encoder.exception, without the brace at its end. 0, or -1 as for the functions in encode.h. */
SPOOR_HIDDEN int encode_exception(Encoder *encoder, Out *out, PyObject *error);
/* An exception that is a value: the twin's value_text. */
SPOOR_HIDDEN int encode_exception_value(Encoder *encoder, Out *out, PyObject *error, Py_ssize_t depth, Py_ssize_t left,
                                        const Path *path);
/* variables.c: the twin's Encoder.fields_of the locals of a function's frame. 1: written; 0: the twin must; -1. */
SPOOR_HIDDEN int encode_variables(Encoder *encoder, Out *out, PyFrameObject *frame);
/* The twin's Encoder.quote of an exact str: whole, redacted. */
SPOOR_HIDDEN int encode_quoted(Encoder *encoder, Out *out, PyObject *text);

#endif
