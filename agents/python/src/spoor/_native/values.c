/* Any value: which of the other files writes it, or that the twin does. */
#include "exception_values.h"
#include "kinds.h"
#include "scalars.h"
#include "unopened.h"

/* Nothing is nested deeper than the limit `depth`; one that a user set very high must not end the C stack. The twin
   meets Python's recursion limit instead, and says the same. */
#define MOST_NESTED 400

int encode_unreadable(Out *out, OutMark mark) {
    PyObject *type = PyErr_Occurred();
    const char *name, *at;

    if (type == NULL || PyErr_GivenExceptionMatches(type, PyExc_MemoryError) ||
        !PyErr_GivenExceptionMatches(type, PyExc_Exception) || is_the_programs()) {
        return -1;
    }
    name = ((PyTypeObject *)type)->tp_name;
    at = strrchr(name, '.');
    name = at == NULL ? name : at + 1;
    for (at = name; *at; at++) {
        if (!Py_ISALNUM(*at) && *at != '_') {
            /* A signal handler of the program's raised a class with a name that is none. */
            name = "Exception";
            break;
        }
    }
    out_rewind(out, mark);
    if (out_room(out, (Py_ssize_t)strlen(name) + 40)) {
        out_literal(out, "{\"$\":\"unreadable\",\"why\":\"");
        out_bytes(out, name, (Py_ssize_t)strlen(name));
        out_bytes(out, "\"}", 2);
    }
    PyErr_Clear();
    return 0;
}

int encode_by_twin(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left, const Path *path,
                   int own) {
    PyObject *ids = NULL, *text = NULL; /* owned */
    Py_ssize_t count = 0;
    int failed = -1;

    for (const Path *at = path; at != NULL; at = at->outer) {
        count++;
    }
    ids = PyTuple_New(count);
    if (ids == NULL) {
        goto done;
    }
    for (const Path *at = path; at != NULL; at = at->outer) {
        PyObject *id = PyLong_FromVoidPtr(at->object);
        if (id == NULL) {
            goto done;
        }
        PyTuple_SET_ITEM(ids, --count, id);
    }
    text = PyObject_CallFunction(encoder->other, "OOnnOO", (PyObject *)Py_TYPE(value), value, depth, left, ids,
                                 own ? Py_True : Py_False);
    if (text != NULL) {
        failed = out_text(out, text);
    }
done:
    Py_XDECREF(ids);
    Py_XDECREF(text);
    return failed;
}

int quick_bytes(Encoder *encoder, Out *out, PyObject *bytes) {
    Py_ssize_t size = PyBytes_GET_SIZE(bytes);
    const unsigned char *at = (const unsigned char *)PyBytes_AS_STRING(bytes);
    OutMark mark = out_mark(out);
    PyObject *text;
    int written = 0;

    if (size > 256 || size > encoder->text) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        if (!(at[i] >= 32 && at[i] < 127) && at[i] != '\t' && at[i] != '\n' && at[i] != '\r') {
            return 0;
        }
    }
    text = PyUnicode_DecodeLatin1((const char *)at, size, NULL);
    if (text == NULL) {
        return -1;
    }
    if (out_room(out, 64)) {
        out_bytes(out, "{\"$\":\"bytes\",\"len\":", 19);
        out_number(out, size);
        out_bytes(out, ",\"text\":", 8);
        written = quick_text(encoder, out, text);
    }
    Py_DECREF(text);
    if (written) {
        out_literal(out, "}");
    } else {
        out_rewind(out, mark);
    }
    return written;
}

static int encode_kind(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left, const Path *path,
                       int own) {
    PyTypeObject *type = Py_TYPE(value);
    int written;

    if (type == &PyDict_Type) {
        return encode_dict(encoder, out, value, depth, left, path);
    }
    if (type == &PyList_Type) {
        return encode_list(encoder, out, value, depth, left, path);
    }
    if (type == &PyTuple_Type) {
        return encode_tuple(encoder, out, value, depth, left, path);
    }
    if (type == &PySet_Type || type == &PyFrozenSet_Type) {
        return encode_set(encoder, out, value, depth, left, path);
    }
    if (type == &PyBytes_Type && (written = quick_bytes(encoder, out, value)) != 0) {
        return written < 0 ? -1 : 0;
    }
    if (PyExceptionInstance_Check(value)) {
        return encode_exception_value(encoder, out, value, depth, left, path);
    }
    if (!is_scalar(value)) {
        written = is_seen_instance(encoder, type) ? 0 : encode_code_kind(encoder, out, value, left, path);
        if (written == 0) {
            written = encode_instance(encoder, out, value, depth, left, path, own);
        }
        if (written != 0) {
            return written < 0 ? -1 : 0;
        }
    }
    return encode_by_twin(encoder, out, value, depth, left, path, own);
}

static int is_nested_deeply(const Path *path) {
    int levels = 0;
    while (path != NULL && levels <= MOST_NESTED) {
        path = path->outer;
        levels++;
    }
    return levels > MOST_NESTED;
}

int encode_other(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left, const Path *path,
                 int own) {
    OutMark mark = out_mark(out);
    int failed;

    if (encode_direct(encoder, out, value, depth, left, path, own)) {
        return 0;
    }
    if (encoder->depth > MOST_NESTED && is_nested_deeply(path)) {
        PyErr_SetString(PyExc_RecursionError, "nested too deeply");
        return encode_unreadable(out, mark);
    }
    failed = encode_kind(encoder, out, value, depth, left, path, own);
    return failed ? encode_unreadable(out, mark) : 0;
}

int encode_any(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    return quick_scalar(encoder, out, value) ? 0 : encode_slowly(encoder, out, value, depth, left, path);
}

int encode_own(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t left) {
    if (is_scalar(value)) {
        return encode_any(encoder, out, value, 0, left, NULL);
    }
    if (encoder->shallow) {
        PyTypeObject *type = Py_TYPE(value);
        if (type == &PyList_Type || type == &PyDict_Type || type == &PyTuple_Type || type == &PySet_Type ||
            type == &PyFrozenSet_Type) {
            return encode_other(encoder, out, value, 0, left, NULL, 0);
        }
    }
    return encode_other(encoder, out, value, 1, left, NULL, 1);
}

int encode_value(Encoder *encoder, Out *out, PyObject *value, int closed) {
    OutMark mark = out_mark(out);
    int failed;

    if (quick_scalar(encoder, out, value)) {
        return 0;
    }
    if (closed && put_unopened(encoder, out, value)) {
        return 0;
    }
    failed = encoder->shallow && !closed && !is_scalar(value)
                 ? encode_own(encoder, out, value, encoder->bytes)
                 : encode_slowly(encoder, out, value, closed ? HOT : encoder->depth, encoder->bytes, NULL);
    return failed ? encode_unreadable(out, mark) : 0;
}
