/* The arguments of a call, as the twin's Encoder.args: read from the frame's variables by their places. */
#include "scalars.h"
#include "unopened.h"

void plan_free(Plan *plan) {
    if (plan == NULL) {
        return;
    }
    for (int i = 0; i < plan->count; i++) {
        Py_XDECREF(plan->parameters[i].name);
        Py_XDECREF(plan->parameters[i].key);
        Py_XDECREF(plan->parameters[i].why);
    }
    PyMem_Free(plan);
}

/* `entry` is (name, key text, how, rule). */
static int parameter_set(Parameter *parameter, PyObject *entry) {
    PyObject *name, *key, *rule;
    long how;

    if (!PyTuple_CheckExact(entry) || PyTuple_GET_SIZE(entry) != 4) {
        PyErr_SetString(PyExc_TypeError, "a parameter is no tuple of four");
        return -1;
    }
    name = PyTuple_GET_ITEM(entry, 0);
    key = PyTuple_GET_ITEM(entry, 1);
    rule = PyTuple_GET_ITEM(entry, 3);
    how = PyLong_AsLong(PyTuple_GET_ITEM(entry, 2));
    if (how == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (!PyUnicode_CheckExact(name) || how < PLAIN || how > REST) {
        PyErr_SetString(PyExc_TypeError, "a parameter without a name or a way");
        return -1;
    }
    parameter->name = Py_NewRef(name);
    parameter->how = (uint8_t)how;
    parameter->key = PyUnicode_AsUTF8String(key);
    if (parameter->key == NULL) {
        return -1;
    }
    parameter->wide = wide_of(parameter->key);
    if (!parameter->wide && PyBytes_GET_SIZE(parameter->key) <= KEY_ROOM) {
        parameter->size = (uint8_t)PyBytes_GET_SIZE(parameter->key);
        memcpy(parameter->text, PyBytes_AS_STRING(parameter->key), parameter->size);
    }
    if (how == NAMED) {
        if (!PyTuple_CheckExact(rule) || PyTuple_GET_SIZE(rule) != 2) {
            PyErr_SetString(PyExc_TypeError, "a rule is no pair");
            return -1;
        }
        parameter->text_only = PyTuple_GET_ITEM(rule, 1) == Py_True;
        parameter->why = PyUnicode_AsUTF8String(PyTuple_GET_ITEM(rule, 0));
        if (parameter->why == NULL) {
            return -1;
        }
    }
    return 0;
}

Plan *plan_new(PyCodeObject *code, PyObject *entries) {
    PyObject *names = NULL, *cells = NULL; /* owned */
    Plan *plan = NULL;
    Py_ssize_t count, place = 0;

    if (!PyTuple_CheckExact(entries)) {
        PyErr_SetString(PyExc_TypeError, "a plan is a tuple");
        return NULL;
    }
    count = PyTuple_GET_SIZE(entries);
    plan = PyMem_Calloc(1, sizeof *plan + (size_t)count * sizeof(Parameter));
    if (plan == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    plan->count = (int)count;
    if (code != NULL) {
        names = PyObject_GetAttrString((PyObject *)code, "co_varnames");
        cells = PyObject_GetAttrString((PyObject *)code, "co_cellvars");
        if (names == NULL || cells == NULL) {
            goto failed;
        }
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        Parameter *parameter = &plan->parameters[i];
        int is_cell;
        if (parameter_set(parameter, PyTuple_GET_ITEM(entries, i)) < 0) {
            goto failed;
        }
        if (code == NULL) {
            continue;
        }
        /* Parameters stand first and in order; the plan leaves some of them out. */
        while (place < PyTuple_GET_SIZE(names) &&
               PyUnicode_Compare(PyTuple_GET_ITEM(names, place), parameter->name) != 0) {
            place++;
        }
        if (place == PyTuple_GET_SIZE(names)) {
            PyErr_SetString(PyExc_ValueError, "a parameter that the function does not have");
            goto failed;
        }
        is_cell = PySequence_Contains(cells, parameter->name);
        if (is_cell < 0) {
            goto failed;
        }
        parameter->cell = (uint8_t)is_cell;
        parameter->slot = slot_of_parameter(code, (int)place);
    }
    Py_XDECREF(names);
    Py_XDECREF(cells);
    return plan;
failed:
    Py_XDECREF(names);
    Py_XDECREF(cells);
    plan_free(plan);
    return NULL;
}

static void write_cut(Out *out) { out_literal(out, CUT_BYTES); }

/* Everything but a scalar of a plain parameter, which is written already. `left` is what is left before the key. */
static int write_special(Encoder *encoder, Out *out, const Parameter *parameter, PyObject *value, Py_ssize_t left,
                         int closed) {
    Py_ssize_t depth = closed ? HOT : encoder->depth;

    if (parameter->how == OWN) {
        return closed ? encode_any(encoder, out, value, HOT, left, NULL) : encode_own(encoder, out, value, left);
    }
    if (parameter->how == NAMED && withheld(value, parameter->text_only)) {
        out_literal(out, "{\"$\":\"redacted\",\"why\":\"");
        if (out_room(out, PyBytes_GET_SIZE(parameter->why) + 2)) {
            out_few(out, PyBytes_AS_STRING(parameter->why), PyBytes_GET_SIZE(parameter->why));
            out_bytes(out, "\"}", 2);
        }
        return 0;
    }
    if (left <= 0 && !is_scalar(value)) {
        write_cut(out);
        return 0;
    }
    if (parameter->how == REST && PyTuple_CheckExact(value)) {
        return encode_rest(encoder, out, value, depth, left, NULL);
    }
    return parameter->how == PLAIN ? encode_slowly(encoder, out, value, depth, left, NULL)
                                   : encode_any(encoder, out, value, depth, left, NULL);
}

static ALWAYS_INLINE int write_argument(Encoder *encoder, Out *out, const Parameter *parameter, PyObject *value,
                                 OutMark start, int closed) {
    OutMark mark = out_mark(out);
    int failed;

    if (LIKELY(parameter->size)) {
        if (out_room(out, KEY_ROOM)) {
            memcpy(out->at, parameter->text, KEY_ROOM);
            out->at += parameter->size;
        }
    } else if (out_room(out, PyBytes_GET_SIZE(parameter->key))) {
        out_few(out, PyBytes_AS_STRING(parameter->key), PyBytes_GET_SIZE(parameter->key));
        out->wide += parameter->wide;
    }
    if (parameter->how == PLAIN && quick_scalar(encoder, out, value)) {
        return 0;
    }
    if (closed && (parameter->how == OWN || (parameter->how == PLAIN && out_between(start, mark) < encoder->bytes)) &&
        put_unopened(encoder, out, value)) {
        return 0;
    }
    Py_INCREF(value);
    failed = write_special(encoder, out, parameter, value, encoder->bytes - out_between(start, mark), closed);
    Py_DECREF(value);
    return failed;
}

static int arguments_failed(Out *out, OutMark start) {
    OutMark mark;

    out_rewind(out, start);
    out_literal(out, "{\"$cut\":");
    mark = out_mark(out);
    if (encode_unreadable(out, mark) < 0) {
        return -1;
    }
    out_literal(out, "}");
    return 0;
}

/* The braces around the arguments written since `start`, or the mark of a failure. */
static inline int close_arguments(Out *out, OutMark start, int failed) {
    if (UNLIKELY(failed)) {
        return arguments_failed(out, start);
    }
    if (out->at - out->start == start.offset) {
        out_literal(out, "{");
    } else {
        out_patch(out, start, '{');
    }
    out_literal(out, "}");
    return 0;
}

static ALWAYS_INLINE int write_arguments(Encoder *encoder, Out *out, const Plan *plan, const Frame *frame, int closed) {
    OutMark start = out_mark(out);
    int failed = 0;

    for (int i = 0; i < plan->count && !failed; i++) {
        const Parameter *parameter = &plan->parameters[i];
        PyObject *value = slot_of(frame, parameter->slot);
        if (value != NULL && parameter->cell && PyCell_Check(value)) {
            value = PyCell_GET(value);
        }
        if (value != NULL) {
            failed = write_argument(encoder, out, parameter, value, start, closed);
        }
    }
    return close_arguments(out, start, failed);
}

int encode_arguments(Encoder *encoder, Out *out, const Plan *plan, const Frame *frame, int closed) {
    return closed ? write_arguments(encoder, out, plan, frame, 1) : write_arguments(encoder, out, plan, frame, 0);
}

int encode_mapped_arguments(Encoder *encoder, Out *out, const Plan *plan, PyObject *values, int closed) {
    OutMark start = out_mark(out);
    int failed = 0;

    for (int i = 0; i < plan->count && !failed; i++) {
        PyObject *value = PyDict_GetItemWithError(values, plan->parameters[i].name);
        if (value != NULL) {
            failed = write_argument(encoder, out, &plan->parameters[i], value, start, closed);
        } else if (PyErr_Occurred()) {
            failed = -1;
        }
    }
    return close_arguments(out, start, failed);
}
