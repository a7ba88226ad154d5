/* The text of an exception, from the arguments that it was made with and the fields that its built-in class keeps. */
#include "exception_values.h"
#include "scalars.h"

/* A field of OSError or SyntaxError. */
typedef struct {
    const char *key;
    PyObject *value; /* borrowed; NULL: none */
} Known;

#define MOST_KNOWN 4

/* -- whose it is -- */

/* Whether a frame is the agent's, or that of a library function that the agent called: its module tells. */
static int is_agents(PyTracebackObject *trace) {
    static const char *const library[] = {"os", "posixpath", "genericpath", "codecs", "dis", "opcode"};
    PyObject *globals = PyObject_GetAttrString((PyObject *)trace->tb_frame, "f_globals");
    PyObject *name = globals == NULL ? NULL : PyDict_GetItemString(globals, "__name__");
    int found = 0;

    if (name != NULL && PyUnicode_CheckExact(name)) {
        PyObject *ours = PyUnicode_FromString("spoor.");
        found = ours != NULL && PyUnicode_Tailmatch(name, ours, 0, PY_SSIZE_T_MAX, -1) > 0;
        Py_XDECREF(ours);
        for (size_t i = 0; i < sizeof library / sizeof library[0] && !found; i++) {
            found = PyUnicode_CompareWithASCIIString(name, library[i]) == 0;
        }
    }
    Py_XDECREF(globals);
    PyErr_Clear();
    return found;
}

int is_the_programs(void) {
    PyObject *type, *error, *trace;
    PyTracebackObject *innermost = NULL;
    int found = 0;

    PyErr_Fetch(&type, &error, &trace);
    if (trace != NULL && PyTraceBack_Check(trace)) {
        innermost = (PyTracebackObject *)trace;
        while (innermost->tb_next != NULL) {
            innermost = innermost->tb_next;
        }
        found = !is_agents(innermost);
    }
    PyErr_Restore(type, error, trace);
    return found;
}

/* -- texts of any length -- */

/* Whether a text in quotes is its own JSON, and too short to be worth more than a look. */
static int is_plain(PyObject *text) {
    const unsigned char *at;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);

    if (!PyUnicode_IS_COMPACT_ASCII(text) || length > 256) {
        return 0;
    }
    at = (const unsigned char *)((PyASCIIObject *)text + 1);
    for (Py_ssize_t i = 0; i < length; i++) {
        if (at[i] < 0x20 || at[i] == '"' || at[i] == '\\') {
            return 0;
        }
    }
    return 1;
}

int encode_quoted(Encoder *encoder, Out *out, PyObject *text) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    PyObject *quoted;
    int failed;

    if (is_plain(text) && !may_hold_secret(encoder, text, length)) {
        if (out_room(out, length + 2)) {
            out_byte(out, '"');
            out_few(out, (const char *)((PyASCIIObject *)text + 1), length);
            out_byte(out, '"');
        }
        return 0;
    }
    quoted = PyObject_CallMethod(encoder->twin, "quote", "O", text);
    failed = quoted == NULL ? -1 : out_text(out, quoted);
    Py_XDECREF(quoted);
    return failed;
}

/* -- classes -- */

/* The part of a static class's name before the last dot, or behind it. */
static PyObject *part_of_name(PyTypeObject *type, int module) {
    const char *dot = strrchr(type->tp_name, '.');

    if (module) {
        return dot == NULL ? PyUnicode_FromString("builtins")
                           : PyUnicode_FromStringAndSize(type->tp_name, dot - type->tp_name);
    }
    return PyUnicode_FromString(dot == NULL ? type->tp_name : dot + 1);
}

static int is_on_heap(const PyTypeObject *type) { return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0; }

/* The twin's qualname_of; a new reference. */
static PyObject *qualname_of(PyTypeObject *type) {
    PyObject *name;

    if (!is_on_heap(type)) {
        return part_of_name(type, 0);
    }
    name = ((PyHeapTypeObject *)type)->ht_qualname;
    /* That of a subclass is read as str reads it. */
    return PyUnicode_CheckExact(name) ? Py_NewRef(name) : PyUnicode_FromObject(name);
}

/* The twin's module_of; a new reference. */
static PyObject *module_of(PyTypeObject *type) {
    PyObject *body, *name, *found;

    if (!is_on_heap(type)) {
        return part_of_name(type, 1);
    }
    body = type_body(type);
    name = body == NULL ? NULL : PyUnicode_InternFromString("__module__");
    if (name == NULL) {
        return body == NULL ? PyUnicode_FromString("") : NULL;
    }
    found = PyDict_GetItemWithError(body, name);
    Py_DECREF(name);
    if (found != NULL && PyUnicode_CheckExact(found)) {
        return Py_NewRef(found);
    }
    return PyErr_Occurred() ? NULL : PyUnicode_FromString("");
}

/* Takes over `text`. */
static int quote_own(Encoder *encoder, Out *out, PyObject *text) {
    int failed = text == NULL ? -1 : encode_quoted(encoder, out, text);
    Py_XDECREF(text);
    return failed;
}

/* -- messages -- */

static Known *find_known(PyObject *error, Known *known) {
    PyTypeObject *type = Py_TYPE(error);

    if (PyType_IsSubtype(type, (PyTypeObject *)PyExc_OSError)) {
        PyOSErrorObject *of = (PyOSErrorObject *)error;
        known[0] = (Known){",\"errno\":", of->myerrno};
        known[1] = (Known){",\"strerror\":", of->strerror};
        known[2] = (Known){",\"filename\":", of->filename};
        known[3] = (Known){",\"filename2\":", of->filename2};
    } else if (PyType_IsSubtype(type, (PyTypeObject *)PyExc_SyntaxError)) {
        PySyntaxErrorObject *of = (PySyntaxErrorObject *)error;
        known[0] = (Known){",\"msg\":", of->msg};
        known[1] = (Known){",\"filename\":", of->filename};
        known[2] = (Known){",\"lineno\":", of->lineno};
        known[3] = (Known){",\"offset\":", of->offset};
    } else {
        return NULL;
    }
    return known;
}

static int is_text(PyObject *value) { return value != NULL && PyUnicode_CheckExact(value); }

/* Takes over `text`. */
static int write_made(Encoder *encoder, Out *out, PyObject *text) {
    int failed = text == NULL ? -1 : encode_string(encoder, out, text);
    Py_XDECREF(text);
    return failed;
}

static int write_message(Encoder *encoder, Out *out, PyObject *error, PyObject *args, const Known *known) {
    PyObject *first;
    int failed = 0;

    if (known != NULL && known[0].key[2] == 'e') {
        PyObject *number = known[0].value, *words = known[1].value, *name = known[2].value;
        if (number != NULL && PyLong_CheckExact(number) && is_text(words)) {
            return write_made(encoder, out,
                              is_text(name) ? PyUnicode_FromFormat("[Errno %S] %U: %U", number, words, name)
                                            : PyUnicode_FromFormat("[Errno %S] %U", number, words));
        }
    } else if (known != NULL && is_text(known[0].value)) {
        first = Py_NewRef(known[0].value);
        return write_made(encoder, out, first);
    }
    if (PyTuple_GET_SIZE(args) == 0) {
        out_literal(out, "\"\"");
        return 0;
    }
    first = PyTuple_GET_ITEM(args, 0);
    if (PyTuple_GET_SIZE(args) > 1 || !is_scalar(first) ||
        (PyLong_CheckExact(first) && _PyLong_NumBits(first) > 256)) {
        out_literal(out, "null");
        return 0;
    }
    first = PyUnicode_CheckExact(first) ? Py_NewRef(first) : PyObject_Repr(first);
    failed = write_made(encoder, out, first);
    return failed;
}

/* -- the whole -- */

static int write_parts(Encoder *encoder, Out *out, PyObject *error, PyObject *args, Py_ssize_t depth, Py_ssize_t left,
                       const Path *path) {
    PyBaseExceptionObject *parts = (PyBaseExceptionObject *)error;
    Path inner = {path, error};
    Known room[MOST_KNOWN];
    Known *known = find_known(error, room);
    PyObject *from;
    OutMark mark;
    int failed;

    mark = out_mark(out);
    out_literal(out, "\"type\":");
    if (quote_own(encoder, out, qualname_of(Py_TYPE(error))) < 0) {
        return -1;
    }
    out_literal(out, ",\"module\":");
    if (quote_own(encoder, out, module_of(Py_TYPE(error))) < 0) {
        return -1;
    }
    out_literal(out, ",\"message\":");
    if (write_message(encoder, out, error, args, known) < 0) {
        return -1;
    }
    left -= out_since(out, mark) + 1; /* a brace stands before the mark */
    out_literal(out, ",\"args\":");
    mark = out_mark(out);
    if (encode_rest(encoder, out, args, depth > 1 ? depth : 1, left, &inner) < 0 && encode_unreadable(out, mark) < 0) {
        return -1;
    }
    left -= out_since(out, mark);
    for (int i = 0; known != NULL && i < MOST_KNOWN; i++) {
        PyObject *value = known[i].value;
        if (value != NULL && value != Py_None) {
            if (out_room(out, 16)) {
                out_bytes(out, known[i].key, (Py_ssize_t)strlen(known[i].key));
            }
            Py_INCREF(value);
            failed = encode_any(encoder, out, value, 0, left, &inner);
            Py_DECREF(value);
            if (failed) {
                return -1;
            }
        }
    }
    if (parts->cause != NULL && parts->cause != Py_None) {
        out_literal(out, ",\"cause\":");
        from = parts->cause;
    } else if (!parts->suppress_context && parts->context != NULL && parts->context != Py_None) {
        out_literal(out, ",\"context\":");
        from = parts->context;
    } else {
        return 0;
    }
    return quote_own(encoder, out, qualname_of(Py_TYPE(from)));
}

static int write_exception(Encoder *encoder, Out *out, PyObject *error, Py_ssize_t depth, Py_ssize_t left,
                           const Path *path) {
    PyObject *args = ((PyBaseExceptionObject *)error)->args;
    int failed;

    if (args == NULL || !PyTuple_Check(args)) {
        PyErr_SetString(PyExc_TypeError, "an exception has no arguments");
        return -1;
    }
    Py_INCREF(args);
    failed = write_parts(encoder, out, error, args, depth, left, path);
    Py_DECREF(args);
    return failed;
}

int encode_exception(Encoder *encoder, Out *out, PyObject *error) {
    OutMark mark = out_mark(out);

    out_literal(out, "{");
    if (write_exception(encoder, out, error, encoder->depth, encoder->bytes, NULL) == 0) {
        return 0;
    }
    out_rewind(out, mark);
    out_literal(out, "{\"type\":\"unknown\",\"module\":\"\",\"message\":null,\"args\":");
    return encode_unreadable(out, out_mark(out));
}

int encode_exception_value(Encoder *encoder, Out *out, PyObject *error, Py_ssize_t depth, Py_ssize_t left,
                           const Path *path) {
    int failed;

    if (depth > 0 && is_in(path, error)) {
        out_literal(out, CYCLE);
        return 0;
    }
    out_literal(out, "{\"$\":\"exception\",");
    if (depth <= 0) {
        out_literal(out, "\"type\":");
        failed = quote_own(encoder, out, qualname_of(Py_TYPE(error)));
    } else {
        failed = write_exception(encoder, out, error, depth - 1, left, path);
    }
    end_closed(out, depth);
    return failed;
}
