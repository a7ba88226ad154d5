/* Values that are written without calling anything of Python's: whoever writes many of them, as the loops over lists and
   dicts, tries these first and needs no reference to the value meanwhile. */
#ifndef SPOOR_SCALARS_H
#define SPOOR_SCALARS_H

#include "encode.h"

/* An exact str. 1: written; 0: it may hold a secret or is odd, `encode_string` asks the twin. */
SPOOR_HIDDEN int quick_text(Encoder *encoder, Out *out, PyObject *text);
/* What `encode_string` does after that. */
SPOOR_HIDDEN int encode_suspicious(Encoder *encoder, Out *out, PyObject *text);
/* An exact int of more than 30 bits. 1: written; 0: the twin must. */
SPOOR_HIDDEN int quick_int(Out *out, PyObject *number);
/* Bytes that are short and printable ASCII. 1: written; 0: they are not, or may hold a secret; -1. Runs nothing. */
SPOOR_HIDDEN int quick_bytes(Encoder *encoder, Out *out, PyObject *bytes);
/* 1: written; 0: memory ran out, or the number is none. */
SPOOR_HIDDEN int quick_float(Out *out, double number);

/* 1: written; 0: this value takes more. */
static inline int quick_scalar(Encoder *encoder, Out *out, PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    int64_t number;

    if (type == &PyLong_Type) {
        if (!small_int(value, &number)) {
            return quick_int(out, value);
        }
        if (out_room(out, 21)) {
            out_number(out, number);
        }
        return 1;
    }
    if (type == &PyUnicode_Type) {
        return quick_text(encoder, out, value);
    }
    if (value == Py_None) {
        out_literal(out, "null");
        return 1;
    }
    if (type == &PyBool_Type) {
        if (value == Py_True) {
            out_literal(out, "true");
        } else {
            out_literal(out, "false");
        }
        return 1;
    }
    return type == &PyFloat_Type && quick_float(out, PyFloat_AS_DOUBLE(value));
}

/* What `encode_any` does with a value that `quick_scalar` did not write; its reference is held by the caller. */
static inline int encode_slowly(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                                const Path *path) {
    return PyUnicode_CheckExact(value) ? encode_suspicious(encoder, out, value)
                                       : encode_other(encoder, out, value, depth, left, path, 0);
}

/* Scalars are written whatever is left of the budget. */
static inline int is_scalar(PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    return type == &PyLong_Type || type == &PyUnicode_Type || value == Py_None || type == &PyBool_Type ||
           type == &PyFloat_Type;
}

#endif
