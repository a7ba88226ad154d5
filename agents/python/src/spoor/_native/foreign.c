/* A table of files and modules, found by the identities of their names: code of one file shares one object as its
   `co_filename`, and the functions of one module find the same `__name__`. */
#include "foreign.h"

int foreign_begin(Foreign *foreign, PyObject *traced, PyObject *special) {
    foreign->places = PyMem_RawCalloc(FOREIGN_PLACES, sizeof *foreign->places);
    foreign->name = PyUnicode_InternFromString("__name__");
    foreign->traced = Py_NewRef(traced);
    foreign->special = Py_NewRef(special);
    if (foreign->places == NULL) {
        PyErr_NoMemory();
    }
    return foreign->places == NULL || foreign->name == NULL ? -1 : 0;
}

void foreign_free(Foreign *foreign) {
    for (int i = 0; foreign->places != NULL && i < FOREIGN_PLACES; i++) {
        Py_XDECREF(foreign->places[i].file);
        Py_XDECREF(foreign->places[i].module);
    }
    PyMem_RawFree(foreign->places);
    Py_XDECREF(foreign->traced);
    Py_XDECREF(foreign->special);
    Py_XDECREF(foreign->name);
    *foreign = (Foreign){NULL, NULL, NULL, NULL};
}

/* The place of code's file and module, which are told; the module is NULL where it has no name, as in the namespaces
   that templates run in. NULL where that is not all that decides about the code: whether the main module is recorded
   depends on how the program was started. */
static ForeignPlace *place_of(const Foreign *foreign, PyObject *code, PyObject *globals, PyObject **file, PyObject **module) {
    uintptr_t bits;

    *file = ((PyCodeObject *)code)->co_filename;
    *module = globals == NULL ? NULL : PyDict_GetItemWithError(globals, foreign->name);
    if (globals == NULL || (*module == NULL && PyErr_Occurred()) || !PyUnicode_CheckExact(*file) ||
        (*module != NULL && (!PyUnicode_CheckExact(*module) ||
                             PyUnicode_CompareWithASCIIString(*module, "__main__") == 0))) {
        PyErr_Clear();
        return NULL;
    }
    bits = (uintptr_t)*file >> 4;
    return &foreign->places[(bits ^ bits >> 10) & (FOREIGN_PLACES - 1)];
}

int foreign_is(const Foreign *foreign, PyObject *code, PyObject *globals) {
    PyObject *file, *module;
    ForeignPlace *place = place_of(foreign, code, globals, &file, &module);
    int special;

    if (place == NULL || place->file != file || place->module != module || PyDict_GET_SIZE(foreign->traced)) {
        return 0;
    }
    special = PySet_Contains(foreign->special, ((PyCodeObject *)code)->co_name);
    PyErr_Clear();
    return !special;
}

void foreign_keep(Foreign *foreign, PyObject *code, PyObject *globals) {
    PyObject *file, *module;
    ForeignPlace *place = place_of(foreign, code, globals, &file, &module);

    if (place != NULL && !PyDict_GET_SIZE(foreign->traced)) {
        ForeignPlace before = *place;
        *place = (ForeignPlace){Py_NewRef(file), module};
        Py_XINCREF(module);
        Py_XDECREF(before.file);
        Py_XDECREF(before.module);
    }
}
