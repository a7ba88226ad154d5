/* A table from code to its file and name, and one from instructions to their lines. */
#include "compat_tracebacks.h"
#include "core.h"

/* Code that a program makes and drops is kept by this table: so much of it. */
#define MOST_PLACES 4096

static Place *slot_for(const Places *places, PyObject *code) {
    size_t i = pointer_hash(code) & (places->size - 1);

    while (places->slots[i].code != NULL && places->slots[i].code != code) {
        i = (i + 1) & (places->size - 1);
    }
    return &places->slots[i];
}

void places_free(Places *places) {
    Places gone = *places;

    /* The last reference to code can run a callback of the program's, which finds an empty table. */
    *places = (Places){NULL, 0, 0, NULL};
    for (size_t i = 0; i < gone.size; i++) {
        Py_XDECREF(gone.slots[i].code);
        Py_XDECREF(gone.slots[i].file);
        Py_XDECREF(gone.slots[i].function);
    }
    PyMem_RawFree(gone.slots);
    PyMem_RawFree(gone.lines);
}

static int grow(Places *places) {
    Places bigger = {NULL, places->size ? 2 * places->size : 64, places->used, places->lines};

    bigger.slots = PyMem_RawCalloc(bigger.size, sizeof *bigger.slots);
    if (bigger.slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < places->size; i++) {
        if (places->slots[i].code != NULL) {
            *slot_for(&bigger, places->slots[i].code) = places->slots[i];
        }
    }
    PyMem_RawFree(places->slots);
    *places = bigger;
    return 0;
}

static Place *learn(Core *core, PyObject *code) {
    PyObject *told = core_ask(core, "place_of", code, NULL);
    Place *place = NULL;

    if (told == NULL) {
        return NULL;
    }
    if (!PyTuple_CheckExact(told) || PyTuple_GET_SIZE(told) != 2 || !PyBytes_CheckExact(PyTuple_GET_ITEM(told, 0)) ||
        !PyBytes_CheckExact(PyTuple_GET_ITEM(told, 1))) {
        PyErr_SetString(PyExc_TypeError, "a place is a pair of bytes");
        goto done;
    }
    if (core->places.used >= MOST_PLACES) {
        places_free(&core->places);
    }
    if (2 * (core->places.used + 1) > core->places.size && grow(&core->places) < 0) {
        goto done;
    }
    place = slot_for(&core->places, code);
    if (place->code == NULL) {
        *place = (Place){Py_NewRef(code), Py_NewRef(PyTuple_GET_ITEM(told, 0)), Py_NewRef(PyTuple_GET_ITEM(told, 1)), -1};
        core->places.used++;
    }
done:
    Py_DECREF(told);
    return place;
}

Place *place_of(Core *core, PyObject *code) {
    Place *found = core->places.size ? slot_for(&core->places, code) : NULL;
    return found != NULL && found->code != NULL ? found : learn(core, code);
}

/* -- lines -- */

/* Where the line of an instruction is to be kept; NULL if it is not to be: the address of code that goes is used again. */
static FoundLine *room_for_line(Core *core, PyObject *code, int offset) {
    Places *places = &core->places;

    if (functions_find(&core->functions, code) == NULL && (!places->size || slot_for(places, code)->code == NULL)) {
        return NULL;
    }
    if (places->lines == NULL) {
        places->lines = PyMem_RawCalloc(FOUND_LINES, sizeof *places->lines);
    }
    return places->lines == NULL ? NULL : &places->lines[(pointer_hash(code) + (size_t)offset / 2) & (FOUND_LINES - 1)];
}

int line_of_handler(Core *core, PyObject *code, int offset) {
    FoundLine *found = room_for_line(core, code, offset);

    if (found == NULL) {
        return line_from((PyCodeObject *)code, offset);
    }
    /* That of the instruction itself can be another, or none. */
    if (found->code != code || found->offset != ~offset) {
        *found = (FoundLine){code, ~offset, line_from((PyCodeObject *)code, offset)};
    }
    return found->line;
}

int line_of_trace(Core *core, const PyTracebackObject *trace) {
    PyObject *code = traced_code(trace);
    FoundLine *found = trace->tb_lineno == -1 ? room_for_line(core, code, trace->tb_lasti) : NULL;

    if (found == NULL) {
        return traced_line(trace);
    }
    if (found->code != code || found->offset != trace->tb_lasti) {
        *found = (FoundLine){code, trace->tb_lasti, traced_line(trace)};
    }
    return found->line;
}
