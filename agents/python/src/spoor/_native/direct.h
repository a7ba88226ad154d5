/* Fields that take nothing but copying: what direct.c and drawn.c share. No Python code can run meanwhile, so that
   nothing needs a reference, and what is written is one moment of the object. */
#ifndef SPOOR_DIRECT_H
#define SPOOR_DIRECT_H

#include "digits.h"
#include "fields.h"
#include "scalars.h"

#define MOST_OF_SCALAR 32 /* bytes of what is written without asking for more room */

enum { SLOW, WRITTEN, LEFT_OUT };

/* Up to where the text of the fields may go before the next one is cut, as long as neither `start` nor `wide` of the
   text changes. */
static inline const char *limit_of(const Fields *fields) {
    const Out *out = fields->out;
    return out->start + fields->start.offset + fields->left + (out->wide - fields->start.wide);
}

/* direct.c: what is no number, None or bool, behind its label. */
SPOOR_HIDDEN int direct_other(Fields *fields, PyObject *value, PyTypeObject *type, Py_ssize_t left);

/* One field with its label. `at` and `limit` are kept by the caller, as out->at and limit_of; they move only if it is WRITTEN,
   but the text may have moved in any case. */
static ALWAYS_INLINE int direct_field(Fields *fields, const Label *label, PyObject *value, char **at,
                                      const char **limit) {
    Out *out = fields->out;
    PyTypeObject *type = Py_TYPE(value);
    char *next = *at;
    int64_t number;

    if (UNLIKELY(!label->size || fields->done >= fields->encoder->fields || next >= *limit)) {
        return SLOW;
    }
    if (UNLIKELY(out->end - next < LABEL_ROOM + MOST_OF_SCALAR)) {
        int grown;
        out->at = next;
        grown = out_room(out, LABEL_ROOM + MOST_OF_SCALAR);
        *at = next = out->at;
        *limit = limit_of(fields);
        if (!grown) {
            return SLOW;
        }
    }
    memcpy(next, label->text, LABEL_ROOM);
    next += label->size;
    if (type == &PyLong_Type && small_int(value, &number)) {
        if (number < 0) {
            *next++ = '-';
            number = -number;
        }
        *at = put_digits(next, (uint64_t)number);
    } else if (value == Py_None) {
        memcpy(next, "null", 4);
        *at = next + 4;
    } else if (type == &PyBool_Type) {
        memcpy(next, value == Py_True ? "true\0" : "false", 5);
        *at = next + (value == Py_True ? 4 : 5);
    } else {
        Py_ssize_t from = *at - out->start;
        int done;
        out->at = next;
        done = direct_other(fields, value, type, *limit - *at);
        *at = done == WRITTEN ? out->at : out->start + from;
        *limit = limit_of(fields);
        if (done != WRITTEN) {
            fields->left_out += done == LEFT_OUT;
            return done;
        }
    }
    fields->done++;
    return WRITTEN;
}

/* drawn.c: the fields of an object of which nothing but its own fields is shown, behind its head; and the head. As if drawn anew, but
   copied where the same was drawn lately. 1: written; 0: nothing was, because that is not worth a try here, or a field takes more. */
SPOOR_HIDDEN int drawn_write(Fields *fields, Kind *kind, const Row *row);
/* The head of an instance, with its identity. */
SPOOR_HIDDEN void direct_head(Out *out, const Kind *kind, PyObject *object, int with_identity);

#endif
