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

static inline int draw_gap(const Gap *gap, long long count, char *text) {
    char *at = digits(text, count, 12, '0');
    *at++ = '\t';
    at = digits(at, READ(gap->bound), 0, ' ');
    return (int)(at - text);
}

static inline int draw_counted(const Counted *counted, long long count, long long total_ns, long long raised,
                               char *text) {
    char *at = digits(text, count, 12, '0');
    Py_ssize_t length = PyUnicode_IS_COMPACT_ASCII(counted->why) ? PyUnicode_GET_LENGTH(counted->why) : 0;

    *at++ = '\t';
    at = digits(at, counted->thread, 0, ' ');
    at = words(at, "\t{\"why\":\"");
    if (length < 32) {
        memcpy(at, PyUnicode_DATA(counted->why), (size_t)length);
        at += length;
    }
    at = digits(words(at, "\",\"total_ns\":"), total_ns, 20, ' ');
    at = digits(words(at, ",\"max_ns\":"), READ(counted->max_ns), 20, ' ');
    at = digits(words(at, ",\"raised\":"), raised, 20, ' ');
    *at++ = '}';
    return (int)(at - text);
}

#if FREE_THREADED

/* What no record tells yet, for a record of the twin's spool, after which all is told. */
static void tell_others(Told *told, long long numbers[3]) {
    for (int i = 0; i < 3; i++) {
        long long now = numbers[i];
        numbers[i] = now - told->told[i];
        told->others[i] += numbers[i];
        WRITE(told->told[i], now);
    }
}

int gap_numbers(Gap *gap, char *text) {
    long long numbers[3] = {READ(gap->count), 0, 0};
    int length;

    LATCH(gap->told.latch);
    tell_others(&gap->told, numbers);
    length = draw_gap(gap, numbers[0], text);
    UNLATCH(gap->told.latch);
    return length;
}

int counted_numbers(Counted *counted, char *text) {
    long long numbers[3] = {READ(counted->count), READ(counted->total_ns), READ(counted->raised)};
    int length;

    LATCH(counted->told.latch);
    tell_others(&counted->told, numbers);
    length = draw_counted(counted, numbers[0], numbers[1], numbers[2], text);
    UNLATCH(counted->told.latch);
    return length;
}

#else

int gap_numbers(Gap *gap, char *text) { return draw_gap(gap, gap->count, text); }

int counted_numbers(Counted *counted, char *text) {
    return draw_counted(counted, counted->count, counted->total_ns, counted->raised, text);
}

#endif

#if FREE_THREADED

#define TOLD_ROOM 1024 /* a longer record is the engine's to write */

/* What is told of a counter, once its record says what `numbers` are. */
typedef struct {
    Told *told;
    PyObject **segment;
    Py_ssize_t *offset;
    long long numbers[3];
} Telling;

/* `line` is the record, whose numbers begin at `before` and are `length` characters. */
static int tell_anew(const Telling *telling, PyObject *segment, Map *map, const char *line, Py_ssize_t size, int before) {
    Py_ssize_t offset = map_append(map, line, size);

    if (offset < 0) {
        return 0;
    }
    *telling->segment = Py_NewRef(segment);
    *telling->offset = offset + before;
    memcpy(telling->told->told, telling->numbers, sizeof telling->numbers);
    return 1;
}

static int tell_here(const Telling *telling, PyObject *segment, Map *map, const char *numbers, int length) {
    if (*telling->segment != segment || !map_put(map, *telling->offset, numbers, length)) {
        /* What the last record told stands. */
        memcpy(telling->told->others, telling->told->told, sizeof telling->numbers);
        *telling->segment = Py_None; /* which nobody has to let go of */
        return 0;
    }
    memcpy(telling->told->told, telling->numbers, sizeof telling->numbers);
    return 1;
}

int gap_tell(Gap *gap, PyObject *segment, Map *map, int64_t now) {
    Py_ssize_t size = PyUnicode_IS_COMPACT_ASCII(gap->payload) ? PyUnicode_GET_LENGTH(gap->payload) : TOLD_ROOM;
    Telling telling = {&gap->told, &gap->segment, &gap->offset, {0}};
    char line[TOLD_ROOM + 2 * COUNTER_ROOM], *at = line;
    PyObject *before;
    int told, start;

    LATCH(gap->told.latch);
    before = gap->segment;
    telling.numbers[0] = READ(gap->count);
    told = tell_here(&telling, segment, map, line, draw_gap(gap, telling.numbers[0] - gap->told.others[0], line));
    if (!told && size < TOLD_ROOM) {
        at = digits(words(line, "G\t"), gap->id, 0, ' ');
        *at++ = '\t';
        at = digits(at, now, 0, ' ');
        *at++ = '\t';
        at = digits(at, gap->function, 0, ' ');
        *at++ = '\t';
        start = (int)(at - line);
        at += draw_gap(gap, telling.numbers[0] - gap->told.others[0], at);
        *at++ = '\t';
        memcpy(at, PyUnicode_DATA(gap->payload), (size_t)size);
        at += size;
        *at++ = '\n';
        told = tell_anew(&telling, segment, map, line, at - line, start);
    }
    before = gap->segment == before ? NULL : before;
    UNLATCH(gap->told.latch);
    Py_XDECREF(before);
    return told;
}

static int draw_shown(const Counted *counted, const long long numbers[3], char *text) {
    const long long *others = counted->told.others;
    return draw_counted(counted, numbers[0] - others[0], numbers[1] - others[1], numbers[2] - others[2], text);
}

int counted_tell(Counted *counted, PyObject *segment, Map *map, int64_t now) {
    Telling telling = {&counted->told, &counted->segment, &counted->offset, {0}};
    char line[2 * COUNTER_ROOM], *at = line;
    PyObject *before;
    int told, start;

    LATCH(counted->told.latch);
    before = counted->segment;
    telling.numbers[0] = READ(counted->count);
    telling.numbers[1] = READ(counted->total_ns);
    telling.numbers[2] = READ(counted->raised);
    told = tell_here(&telling, segment, map, line, draw_shown(counted, telling.numbers, line));
    if (!told) {
        at = digits(words(line, "N\t"), counted->function, 0, ' ');
        *at++ = '\t';
        at = digits(at, now, 0, ' ');
        *at++ = '\t';
        *at++ = '\t';
        start = (int)(at - line);
        at += draw_shown(counted, telling.numbers, at);
        *at++ = '\n';
        told = tell_anew(&telling, segment, map, line, at - line, start);
    }
    before = counted->segment == before ? NULL : before;
    UNLATCH(counted->told.latch);
    Py_XDECREF(before);
    return told;
}

#endif

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
#if !FREE_THREADED
    gap->count = 0;
#endif
    Py_RETURN_NONE;
}

#if FREE_THREADED

/* To the twin's spool, a counter is what no record tells yet, and stands nowhere. */
static PyObject *gap_count(Gap *gap, void *ignored) {
    return PyLong_FromLongLong(READ(gap->count) - READ(gap->told.told[0]));
}

static PyObject *counted_count(Counted *counted, void *ignored) {
    return PyLong_FromLongLong(READ(counted->count) - READ(counted->told.told[0]));
}

static PyObject *stands_nowhere(PyObject *counter, void *ignored) { Py_RETURN_NONE; }

static PyGetSetDef gap_getset[] = {
    {"count", (getter)gap_count, NULL, NULL, NULL},
    {"segment", stands_nowhere, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyGetSetDef counted_getset[] = {
    {"count", (getter)counted_count, NULL, NULL, NULL},
    {"segment", stands_nowhere, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

#endif

static PyMethodDef gap_methods[] = {
    {"numbers", (PyCFunction)gap_numbers_of, METH_NOARGS, "The numbers as they stand in the record."},
    {"draw", (PyCFunction)gap_draw, METH_O, "The record around its numbers."},
    {"restart", (PyCFunction)gap_restart, METH_NOARGS, "Begins at zero in a new segment."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef gap_members[] = {
    {"id", T_LONGLONG, offsetof(Gap, id), READONLY, NULL},
    {"bound", T_LONGLONG, offsetof(Gap, bound), 0, NULL},
#if !FREE_THREADED
    {"count", T_LONGLONG, offsetof(Gap, count), 0, NULL},
    {"segment", T_OBJECT, offsetof(Gap, segment), 0, NULL},
    {"offset", T_PYSSIZET, offsetof(Gap, offset), 0, NULL},
#endif
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot gap_slots[] = {
    {Py_tp_new, gap_new},         {Py_tp_dealloc, gap_dealloc},
    {Py_tp_methods, gap_methods}, {Py_tp_members, gap_members},
#if FREE_THREADED
    {Py_tp_getset, gap_getset},
#endif
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
#if !FREE_THREADED
    counted->count = counted->total_ns = counted->max_ns = counted->raised = 0;
#endif
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
#if !FREE_THREADED
    {"count", T_LONGLONG, offsetof(Counted, count), 0, NULL},
    {"segment", T_OBJECT, offsetof(Counted, segment), 0, NULL},
    {"offset", T_PYSSIZET, offsetof(Counted, offset), 0, NULL},
#endif
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot counted_slots[] = {
    {Py_tp_new, counted_new},         {Py_tp_dealloc, counted_dealloc},
    {Py_tp_methods, counted_methods}, {Py_tp_members, counted_members},
#if FREE_THREADED
    {Py_tp_getset, counted_getset},
#endif
    {Py_tp_doc, "Calls of one function in one thread that were only counted and timed."}, {0, NULL},
};

PyType_Spec counted_spec = {"spoor._native._core.Counted", sizeof(Counted), 0, Py_TPFLAGS_DEFAULT, counted_slots};
