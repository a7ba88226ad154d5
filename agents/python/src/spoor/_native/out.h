/* The text of one record while it is put together: on the C stack as long as it fits there, so that a record that is
   begun inside another one (a signal handler of the program's may run while ours waits) has a place of its own.

   Nothing is checked at the end of a run of small writes but the room asked for at its start: `out_room(out, n)` first,
   then `out_byte`, `out_bytes`, `out_number` up to n bytes. */
#ifndef SPOOR_OUT_H
#define SPOOR_OUT_H

#include <string.h>

#include "compat.h"

#define OUT_INLINE 2048

typedef struct {
    char *at;
    char *end;
    char *start;
    /* UTF-8 continuation bytes so far. Budgets count characters: (at - start) - wide. */
    Py_ssize_t wide;
    /* Memory ran out: what follows goes nowhere, and the record must not be written. */
    int broken;
    char room[OUT_INLINE];
} Out;

static inline void out_begin(Out *out) {
    out->at = out->start = out->room;
    out->end = out->room + OUT_INLINE;
    out->wide = 0;
    out->broken = 0;
}

SPOOR_HIDDEN int out_grow(Out *out, Py_ssize_t bytes);
SPOOR_HIDDEN void out_free(Out *out);

static inline void out_end(Out *out) {
    if (out->start != out->room) {
        out_free(out);
    }
}

/* Room for so many bytes; 0 if memory ran out. */
static inline int out_room(Out *out, Py_ssize_t bytes) { return out->end - out->at >= bytes || out_grow(out, bytes); }

static inline Py_ssize_t out_characters(const Out *out) { return (out->at - out->start) - out->wide; }

static inline void out_byte(Out *out, char byte) { *out->at++ = byte; }

static inline void out_bytes(Out *out, const char *bytes, Py_ssize_t count) {
    memcpy(out->at, bytes, (size_t)count);
    out->at += count;
}

/* Where there are mostly fewer than 32, such as a key: a call of memcpy would take longer than the copy. Gives where
   they end. */
static inline char *put_few(char *at, const char *bytes, Py_ssize_t count) {
    if (count >= 8) {
        if (count > 32) {
            memcpy(at, bytes, (size_t)count);
        } else if (count > 16) {
            memcpy(at, bytes, 16);
            memcpy(at + count - 16, bytes + count - 16, 16);
        } else {
            memcpy(at, bytes, 8);
            memcpy(at + count - 8, bytes + count - 8, 8);
        }
    } else if (count >= 4) {
        memcpy(at, bytes, 4);
        memcpy(at + count - 4, bytes + count - 4, 4);
    } else {
        for (Py_ssize_t i = 0; i < count; i++) {
            at[i] = bytes[i];
        }
    }
    return at + count;
}

static inline void out_few(Out *out, const char *bytes, Py_ssize_t count) { out->at = put_few(out->at, bytes, count); }

/* ASCII literals; the room is asked for here. */
#define out_literal(out, text) (out_room(out, sizeof(text) - 1) ? out_bytes(out, text, sizeof(text) - 1) : (void)0)

/* At most 20 digits and a sign, without asking for room. */
SPOOR_HIDDEN void out_number(Out *out, int64_t number);
SPOOR_HIDDEN void out_hexadecimal(Out *out, uint64_t number);

/* A place to go back to, with `out_rewind`. */
typedef struct {
    Py_ssize_t offset;
    Py_ssize_t wide;
} OutMark;

static inline OutMark out_mark(const Out *out) { return (OutMark){out->at - out->start, out->wide}; }

static inline void out_rewind(Out *out, OutMark mark) {
    out->at = out->start + mark.offset;
    out->wide = mark.wide;
}

/* Puts another byte where the mark was set: the comma in front of a first item becomes a bracket. */
static inline void out_patch(Out *out, OutMark mark, char byte) {
    if (!out->broken) {
        out->start[mark.offset] = byte;
    }
}

/* Puts text in front of what was written since a mark; ASCII. */
SPOOR_HIDDEN void out_insert(Out *out, OutMark mark, const char *bytes, Py_ssize_t count);

/* Characters between two marks. */
static inline Py_ssize_t out_between(OutMark mark, OutMark later) {
    return (later.offset - mark.offset) - (later.wide - mark.wide);
}

/* Characters since a mark. */
static inline Py_ssize_t out_since(const Out *out, OutMark mark) {
    return out_between(mark, out_mark(out));
}

#endif
