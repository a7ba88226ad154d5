/* The variables of a function's frame, read from where the interpreter keeps them. What would make it build a dictionary of
   them, or has done so, is left to the twin. */
#include "compat_tracebacks.h"
#include "exception_values.h"
#include "named.h"
#include "scalars.h"

/* As in values.py: budgets of a record for the locals of a frame. */
#define LOCALS_BUDGETS 4

static int is_own(PyObject *name) {
    return PyUnicode_CompareWithASCIIString(name, "self") == 0 || PyUnicode_CompareWithASCIIString(name, "cls") == 0;
}

/* The value of one variable. 0, or -1. */
static int write_value(Encoder *encoder, Out *out, PyObject *name, PyObject *rule, PyObject *value, Py_ssize_t left) {
    if (rule != NULL && withheld(value, PyTuple_GET_ITEM(rule, 1) == Py_True)) {
        return write_redacted(out, PyTuple_GET_ITEM(rule, 0));
    }
    if (encoder->shallow || (!encoder->wide && is_own(name))) {
        return encode_own(encoder, out, value, left);
    }
    return encode_any(encoder, out, value, encoder->depth, left, NULL);
}

int encode_variables(Encoder *encoder, Out *out, PyFrameObject *frame) {
    Py_ssize_t left = encoder->bytes * LOCALS_BUDGETS;
    OutMark start = out_mark(out), before;
    int count = variables_of(frame), more = 0, failed = 0;

    if (!has_plain_variables(frame)) {
        return 0;
    }
    for (int i = 0; i < count && !failed; i++) {
        PyObject *name, *value = variable_at(frame, i, &name);
        Name found;
        if (value == NULL || PyUnicode_GET_LENGTH(name) == 0 || PyUnicode_READ_CHAR(name, 0) == '.') {
            continue;
        }
        if (left <= 0 && !is_scalar(value)) {
            more++;
            continue;
        }
        Py_INCREF(value);
        before = out_mark(out);
        failed = name_find(encoder, name, &found);
        if (!failed) {
            failed = 1; /* it cannot be a key as it is */
            if (found.key != NULL) {
                write_key(out, found.key, found.wide);
                failed = write_value(encoder, out, name, found.rule, value, left);
            }
            name_release(&found);
        }
        Py_DECREF(value);
        left -= out_since(out, before);
    }
    if (failed) {
        return failed < 0 ? -1 : 0;
    }
    if (more && out_room(out, 64)) {
        out_literal(out, ",\"$cut\":{\"why\":\"bytes\",\"more\":");
        out_number(out, more);
        out_literal(out, "}");
    }
    if (out_since(out, start) == 0) {
        out_literal(out, "{");
    } else {
        out_patch(out, start, '{');
    }
    out_literal(out, "}");
    return 1;
}
