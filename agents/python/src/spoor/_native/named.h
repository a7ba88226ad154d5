/* Names as keys, and what is known of them: behind `key_of` and `encode_named`, for those who write keys as well. */
#ifndef SPOOR_NAMED_H
#define SPOOR_NAMED_H

#include "encode.h"

typedef struct {
    PyObject *key; /* bytes `,"name":`, owned; NULL: it cannot be a key as it is */
    PyObject *rule; /* (why, text_only), owned; NULL: its value is never withheld */
    Py_ssize_t wide; /* UTF-8 continuation bytes in the key */
} Name;

/* All about an exact str. 0, or -1. May run the twin. */
SPOOR_HIDDEN int name_find(Encoder *encoder, PyObject *name, Name *found);

/* Whether the value under this name is withheld. 1, 0 or -1. */
SPOOR_HIDDEN int is_withheld(Encoder *encoder, PyObject *name, PyObject *value);

/* Drops all names that were learned. */
SPOOR_HIDDEN void names_forget(Encoder *encoder);

static inline void name_release(Name *found) {
    Py_XDECREF(found->key);
    Py_XDECREF(found->rule);
}

/* A name has two pairs of places, and may stand anywhere in them: addresses differ from start to start, and names that come
   by turns must not drive each other out because of theirs. */
static inline size_t recent_place(PyObject *name) {
    return (size_t)(((uint64_t)(uintptr_t)name >> 4) * 0x9E3779B97F4A7C15ULL >> 56) & (RECENT_NAMES - 1);
}

static inline size_t other_recent_place(PyObject *name) {
    return (size_t)(((uint64_t)(uintptr_t)name >> 4) * 0x9E3779B97F4A7C15ULL >> 40) & (RECENT_NAMES - 1);
}

static inline void write_key(Out *out, PyObject *key, Py_ssize_t wide) {
    Py_ssize_t size = PyBytes_GET_SIZE(key);
    if (out_room(out, size)) {
        out_few(out, PyBytes_AS_STRING(key), size);
        out->wide += wide;
    }
}

/* Where a name stands among those met lately; NULL: nowhere. */
static inline const RecentName *recent_find(const Encoder *encoder, PyObject *name) {
    size_t place = recent_place(name);
    int found = LIKELY(encoder->recent[place].name == name) || encoder->recent[place ^= 1].name == name ||
                encoder->recent[place = other_recent_place(name)].name == name ||
                encoder->recent[place ^= 1].name == name;
    return found ? &encoder->recent[place] : NULL;
}

/* Writes the key of a name that was met lately and whose value is never withheld: names are mostly interned, so that
   this very object comes again. 0: it is another, `name_find` knows. Runs nothing. */
static inline int write_recent_key(Encoder *encoder, Out *out, PyObject *name) {
    const RecentName *recent = recent_find(encoder, name);

    if (recent == NULL) {
        return 0;
    }
    write_key(out, recent->key, recent->wide);
    return 1;
}

/* The value under a name with this rule, redacted if the rule withholds it. */
SPOOR_HIDDEN int encode_ruled(Encoder *encoder, Out *out, PyObject *rule, PyObject *value, Py_ssize_t depth,
                              Py_ssize_t left, const Path *path);
SPOOR_HIDDEN int write_redacted(Out *out, PyObject *why);

#endif
