/* What nearly all values are that are not opened because their function is called often: instances of classes that are
   known, lists, tuples and dicts. Written here by copying alone; everything else as everywhere, at the depth HOT. */
#ifndef SPOOR_UNOPENED_H
#define SPOOR_UNOPENED_H

#include "digits.h"
#include "kinds.h"

#define MOST_UNOPENED 128 /* bytes */

static inline int put_unopened_container(Out *out, const char *kind, size_t size, Py_ssize_t length) {
    char *at = out->at;

    memcpy(at, kind, size);
    at = put_digits(at + size, (uint64_t)length);
    memcpy(at, ",\"why\":\"hot\"}", 13);
    out->at = at + 13;
    return 1;
}

#define PUT_UNOPENED(out, kind, length) \
    put_unopened_container(out, "{\"$\":\"" kind "\",\"len\":", sizeof("{\"$\":\"" kind "\",\"len\":") - 1, length)

/* 1: written; 0: it takes more. */
static inline int put_unopened(const Encoder *encoder, Out *out, PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    const Kind *kind = known_kind(encoder, type);

    if (UNLIKELY(!out_room(out, MOST_UNOPENED))) {
        return 0;
    }
    if (LIKELY(kind != NULL && kind->closed_size)) {
        memcpy(out->at, kind->closed, sizeof kind->closed);
        out->at += kind->closed_size;
        out_hexadecimal(out, (uint64_t)(uintptr_t)value);
        out_bytes(out, "\",\"$cut\":{\"why\":\"hot\"}}", 23);
        return 1;
    }
    if (type == &PyDict_Type && PyDict_GET_SIZE(value) > 0) {
        return PUT_UNOPENED(out, "dict", PyDict_GET_SIZE(value));
    }
    if (type == &PyList_Type && Py_SIZE(value) > 0) {
        return PUT_UNOPENED(out, "list", Py_SIZE(value));
    }
    return type == &PyTuple_Type && Py_SIZE(value) > 0 && PUT_UNOPENED(out, "tuple", Py_SIZE(value));
}

#endif
