/* The fields of one object, wherever they are: in slots, in the object itself, in a dict. */
#ifndef SPOOR_FIELDS_H
#define SPOOR_FIELDS_H

#include "kinds.h"

/* One object while its fields are written. */
typedef struct {
    Encoder *encoder;
    Out *out;
    OutMark start; /* behind the head, which costs nothing */
    Py_ssize_t depth, left; /* of the fields */
    const Path *path;
    Kind *kind;
    PyObject *object; /* whose fields they are, counted only if one is cut */
    PyObject *dict; /* all of them are in this one, or NULL */
    Py_ssize_t done; /* those that are shown */
    Py_ssize_t left_out; /* those that are not, because they hold other instances and `own` is set */
    Py_ssize_t nameless; /* those that are not, because their names are no texts */
    int own;
} Fields;

/* Fields side by side. */
typedef struct {
    const Label *labels;
    Names names;
    PyObject *const *values; /* NULL: not bound */
    Py_ssize_t places;
    uint8_t in_dict; /* another object of the class can have other names at these places */
    uint8_t more; /* and there are others behind them */
} Row;

/* Whether the fields are where they are expected. */
SPOOR_HIDDEN int fields_are_known(const Kind *kind, PyObject *object);

/* Write `,"name":value` for each field. 1: all that are to be shown; 0: cut, and that was said; 2: another thread changed
   the dict meanwhile; -1. */
SPOOR_HIDDEN int fields_slots(Fields *fields, Kind *kind, PyObject *object);
SPOOR_HIDDEN int fields_attributes(Fields *fields, Kind *kind, PyObject *object);
SPOOR_HIDDEN int fields_dict(Fields *fields, Kind *kind, PyObject *dict);
/* direct.c: fields by their places, from `place` on, until one takes more than copying; gives the place of that one. */
SPOOR_HIDDEN Py_ssize_t direct_fields(Fields *fields, const Row *row, Py_ssize_t place);
/* Of a named tuple, whose names are the slots of its kind. */
SPOOR_HIDDEN int fields_names(Fields *fields, Kind *kind, PyObject *tuple);

/* Before another one: whether none may follow, which is said then. */
SPOOR_HIDDEN int fields_cut(const Fields *fields);
/* How many there are, shown or not. */
SPOOR_HIDDEN Py_ssize_t fields_count(const Fields *fields);
/* After the last of them: whether some are not shown, and why; the closing brace. */
SPOOR_HIDDEN void fields_end(const Fields *fields);

#endif
