/* A table from code to its file and name. */
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
    *places = (Places){NULL, 0, 0};
    for (size_t i = 0; i < gone.size; i++) {
        Py_XDECREF(gone.slots[i].code);
        Py_XDECREF(gone.slots[i].file);
        Py_XDECREF(gone.slots[i].function);
    }
    PyMem_RawFree(gone.slots);
}

static int grow(Places *places) {
    Places bigger = {NULL, places->size ? 2 * places->size : 64, places->used};

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
