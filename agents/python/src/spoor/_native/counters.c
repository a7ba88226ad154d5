/* The types `Gap` and `Counted`: the twin's classes of these names (counters.py), with numbers that C can count. */
#include "counters.h"

#include <stddef.h>
#include <structmember.h>

/* The decimal digits of a number, with `fill` in front up to a width; gives where they end. */
static char *digits(char *at, long long number, int width, char fill) {
    char text[24];
    int length = 0;
    unsigned long long rest = number < 0 ? 0 : (unsigned long long)number;

    do {
        text[length++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    for (int i = length; i < width; i++) {
        *at++ = fill;
    }
    while (length) {
        *at++ = text[--length];
    }
    return at;
}

static char *words(char *at, const char *text) {
    size_t length = strlen(text);
    memcpy(at, text, length);
    return at + length;
}

int gap_numbers(const Gap *gap, char *text) {
    char *at = digits(text, gap->count, 12, '0');
    *at++ = '\t';
    at = digits(at, gap->bound, 0, ' ');
    return (int)(at - text);
}

int counted_numbers(const Counted *counted, char *text) {
    char *at = digits(text, counted->count, 12, '0');
    Py_ssize_t length = PyUnicode_IS_COMPACT_ASCII(counted->why) ? PyUnicode_GET_LENGTH(counted->why) : 0;

    *at++ = '\t';
    at = digits(at, counted->thread, 0, ' ');
    at = words(at, "\t{\"why\":\"");
    if (length < 32) {
        memcpy(at, PyUnicode_DATA(counted->why), (size_t)length);
        at += length;
    }
    at = digits(words(at, "\",\"total_ns\":"), counted->total_ns, 20, ' ');
    at = digits(words(at, ",\"max_ns\":"), counted->max_ns, 20, ' ');
    at = digits(words(at, ",\"raised\":"), counted->raised, 20, ' ');
    *at++ = '}';
    return (int)(at - text);
}

/* -- Gap(id, caller, payload) -- */

static PyObject *gap_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    long long id, function;
    PyObject *payload;
    Gap *gap;

    if (!PyArg_ParseTuple(args, "LLU", &id, &function, &payload)) {
        return NULL;
    }
    gap = (Gap *)type->tp_alloc(type, 0);
    if (gap != NULL) {
        gap->id = id;
        gap->function = function;
        gap->payload = Py_NewRef(payload);
        gap->segment = Py_NewRef(Py_None);
    }
    return (PyObject *)gap;
}

static void gap_dealloc(Gap *gap) {
    PyTypeObject *type = Py_TYPE(gap);
    Py_XDECREF(gap->payload);
    Py_XDECREF(gap->segment);
    type->tp_free(gap);
    Py_DECREF(type);
}

static PyObject *gap_numbers_of(Gap *gap, PyObject *ignored) {
    char text[COUNTER_ROOM];
    return PyBytes_FromStringAndSize(text, gap_numbers(gap, text));
}

/* (before, after): the record in two parts; the numbers stand between them. */
static PyObject *parts(PyObject *before, PyObject *after) {
    PyObject *pair = NULL, *first = NULL, *second = NULL;

    if (before == NULL || after == NULL) {
        goto done;
    }
    first = PyUnicode_AsUTF8String(before);
    second = PyUnicode_AsUTF8String(after);
    if (first != NULL && second != NULL) {
        pair = PyTuple_Pack(2, first, second);
    }
done:
    Py_XDECREF(before);
    Py_XDECREF(after);
    Py_XDECREF(first);
    Py_XDECREF(second);
    return pair;
}

static PyObject *gap_draw(Gap *gap, PyObject *t) {
    return parts(PyUnicode_FromFormat("G\t%lld\t%S\t%lld\t", gap->id, t, gap->function),
                 PyUnicode_FromFormat("\t%U\n", gap->payload));
}

static PyObject *gap_restart(Gap *gap, PyObject *ignored) {
    gap->count = 0;
    Py_RETURN_NONE;
}

static PyMethodDef gap_methods[] = {
    {"numbers", (PyCFunction)gap_numbers_of, METH_NOARGS, "The numbers as they stand in the record."},
    {"draw", (PyCFunction)gap_draw, METH_O, "The record around its numbers."},
    {"restart", (PyCFunction)gap_restart, METH_NOARGS, "Begins at zero in a new segment."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef gap_members[] = {
    {"id", T_LONGLONG, offsetof(Gap, id), READONLY, NULL},
    {"count", T_LONGLONG, offsetof(Gap, count), 0, NULL},
    {"bound", T_LONGLONG, offsetof(Gap, bound), 0, NULL},
    {"segment", T_OBJECT, offsetof(Gap, segment), 0, NULL},
    {"offset", T_PYSSIZET, offsetof(Gap, offset), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot gap_slots[] = {
    {Py_tp_new, gap_new},         {Py_tp_dealloc, gap_dealloc},
    {Py_tp_methods, gap_methods}, {Py_tp_members, gap_members},
    {Py_tp_doc, "Calls of one unrecorded callee by one function."}, {0, NULL},
};

PyType_Spec gap_spec = {"spoor._native._core.Gap", sizeof(Gap), 0, Py_TPFLAGS_DEFAULT, gap_slots};

/* -- Counted(function, thread, why) -- */

static PyObject *counted_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    long long function, thread;
    PyObject *why;
    Counted *counted;

    if (!PyArg_ParseTuple(args, "LLU", &function, &thread, &why)) {
        return NULL;
    }
    counted = (Counted *)type->tp_alloc(type, 0);
    if (counted != NULL) {
        counted->function = function;
        counted->thread = thread;
        counted->why = Py_NewRef(why);
        counted->segment = Py_NewRef(Py_None);
    }
    return (PyObject *)counted;
}

static void counted_dealloc(Counted *counted) {
    PyTypeObject *type = Py_TYPE(counted);
    Py_XDECREF(counted->why);
    Py_XDECREF(counted->segment);
    type->tp_free(counted);
    Py_DECREF(type);
}

static PyObject *counted_numbers_of(Counted *counted, PyObject *ignored) {
    char text[COUNTER_ROOM];
    return PyBytes_FromStringAndSize(text, counted_numbers(counted, text));
}

static PyObject *counted_draw(Counted *counted, PyObject *t) {
    return parts(PyUnicode_FromFormat("N\t%lld\t%S\t\t", counted->function, t), PyUnicode_FromString("\n"));
}

static PyObject *counted_restart(Counted *counted, PyObject *ignored) {
    counted->count = counted->total_ns = counted->max_ns = counted->raised = 0;
    Py_RETURN_NONE;
}

static PyMethodDef counted_methods[] = {
    {"numbers", (PyCFunction)counted_numbers_of, METH_NOARGS, "The numbers as they stand in the record."},
    {"draw", (PyCFunction)counted_draw, METH_O, "The record around its numbers."},
    {"restart", (PyCFunction)counted_restart, METH_NOARGS, "Begins at zero in a new segment."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef counted_members[] = {
    {"function", T_LONGLONG, offsetof(Counted, function), READONLY, NULL},
    {"count", T_LONGLONG, offsetof(Counted, count), 0, NULL},
    {"segment", T_OBJECT, offsetof(Counted, segment), 0, NULL},
    {"offset", T_PYSSIZET, offsetof(Counted, offset), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot counted_slots[] = {
    {Py_tp_new, counted_new},         {Py_tp_dealloc, counted_dealloc},
    {Py_tp_methods, counted_methods}, {Py_tp_members, counted_members},
    {Py_tp_doc, "Calls of one function in one thread that were only counted and timed."}, {0, NULL},
};

PyType_Spec counted_spec = {"spoor._native._core.Counted", sizeof(Counted), 0, Py_TPFLAGS_DEFAULT, counted_slots};
