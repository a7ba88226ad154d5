/* What is shown of values that are not opened, where that takes nothing but copying: sets, bytes, code, and instances of
   every form whose insides are not wanted. Neither Python code nor another thread can run meanwhile. */
#include "direct.h"

/* An instance at a depth at which nothing of it is opened. 1: written; 0: it takes more. */
static int write_instance(Out *out, Kind *kind, PyObject *value, Py_ssize_t depth, const Path *path, Encoder *encoder) {
    switch (kind->form) {
    case PLAIN_FIELDS:
    case OPAQUE:
    case CLOSED_ONLY:
        direct_head(out, kind, value, 1);
        end_closed_instance(out, depth);
        return 1;
    case NAMED_TUPLE:
        if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != kind->slot_count) {
            return 0;
        }
        write_key(out, kind->head, kind->head_wide);
        end_closed_instance(out, depth);
        return 1;
    case BASED:
        if (!PyDict_Check(value)) {
            return 0;
        }
        if (is_in(path, value)) {
            out_literal(out, CYCLE);
            return 1;
        }
        direct_head(out, kind, value, 0);
        out_literal(out, ",\"$value\":");
        if (!quick_dict(encoder, out, value, depth, 0, path)) {
            return 0;
        }
        out_literal(out, "}");
        return 1;
    case SIZED:
        return instance_length(out, kind, value, depth);
    default:
        return 0;
    }
}

int encode_closed(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, const Path *path) {
    PyTypeObject *type = Py_TYPE(value);
    OutMark mark = out_mark(out);
    int written = 0;
    Kind *kind;

    if (FREE_THREADED || is_scalar(value) || type == &PyList_Type || type == &PyDict_Type || type == &PyTuple_Type ||
        PyExceptionInstance_Check(value)) {
        return 0;
    }
    if (type == &PySet_Type || type == &PyFrozenSet_Type) {
        return (depth <= 0 || PySet_GET_SIZE(value) == 0) && encode_set(encoder, out, value, depth, 0, path) == 0;
    }
    if (type == &PyBytes_Type) {
        written = quick_bytes(encoder, out, value);
    } else {
        kind = known_kind(encoder, type);
        if (kind == NULL || !kind->is_instance) {
            written = quick_code_kind(encoder, out, value, path);
        }
        if (written == 0 && kind != NULL && kind->form != BY_TWIN && is_as_learned(kind) &&
            (depth <= 0 || kind->form == OPAQUE ||
             (kind->form == SIZED && kind->type->tp_as_sequence->sq_length(value) == 0))) {
            written = write_instance(out, kind, value, depth, path, encoder);
        }
    }
    if (written < 0) {
        PyErr_Clear(); /* memory ran out: whoever does it with references says so */
    }
    if (written <= 0) {
        out_rewind(out, mark);
        return 0;
    }
    return 1;
}
