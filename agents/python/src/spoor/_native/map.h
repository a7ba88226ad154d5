/* A spool file in memory: what `mmap.mmap` is to the pure-Python twin, with the same few methods, and a position that
   the native callbacks move themselves. */
#ifndef SPOOR_MAP_H
#define SPOOR_MAP_H

#include "compat.h"

#include <string.h>

typedef struct {
    PyObject_HEAD
    char *next; /* where the next record is to stand; NULL, as the three below, once closed */
    char *last; /* in front of it there is room for a line */
    char *end;
    char *data;
    Py_ssize_t size;
    unsigned generation; /* fork_generation when it was mapped: a child must not write to its parent's */
    Latch latch; /* of all that is above */
} Map;

extern SPOOR_HIDDEN PyType_Spec map_spec;

/* How many forks lie between the start and this process. Not in an object, because the handler that the C library calls
   in the child gets no argument. */
extern SPOOR_HIDDEN volatile unsigned fork_generation;
SPOOR_HIDDEN int watch_forks(void);

/* Room for the longest record without a payload: a kind, five numbers, tabs and a mark. */
#define LINE_ROOM 192

/* The latch of a parent's map may have been taken by a thread that the child does not have. */
#if FREE_THREADED
#define IS_OURS(map) ((map)->generation == fork_generation)
#else
#define IS_OURS(map) 1
#endif

/* 1: there is room for a line at `next`, and the map is the caller's until `map_end_line`; 0: not so. */
static inline int map_begin_line(Map *map) {
    if (UNLIKELY(!IS_OURS(map))) {
        return 0;
    }
    LATCH(map->latch);
    if (LIKELY(map->next < map->last && map->generation == fork_generation)) {
        return 1;
    }
    UNLATCH(map->latch);
    return 0;
}

/* The line ends here; what is behind it is NUL. */
static inline void map_end_line(Map *map, char *end) {
    map->next = end;
    UNLATCH(map->latch);
}

/* Overwrites what was written. 1; 0: the map is closed, or its parent's. */
static inline int map_put(Map *map, Py_ssize_t offset, const char *text, Py_ssize_t length) {
    int possible;

    if (!IS_OURS(map)) {
        return 0;
    }
    LATCH(map->latch);
    possible = map->data != NULL && map->generation == fork_generation && offset + length <= map->size;
    if (possible) {
        memcpy(map->data + offset, text, (size_t)length);
    }
    UNLATCH(map->latch);
    return possible;
}

/* A record in two parts. 1: written; 0: it does not fit, or may not be written here. */
static inline int map_write(Map *map, const char *head, Py_ssize_t head_size, const char *tail, Py_ssize_t tail_size) {
    int fits;

    if (!IS_OURS(map)) {
        return 0;
    }
    LATCH(map->latch);
    fits = map->end - map->next >= head_size + tail_size && map->generation == fork_generation;
    if (fits) {
        memcpy(map->next, head, (size_t)head_size);
        memcpy(map->next + head_size, tail, (size_t)tail_size);
        map->next += head_size + tail_size;
    }
    UNLATCH(map->latch);
    return fits;
}

#if FREE_THREADED
/* Appends a record and tells where it stands; -1: it does not fit, or may not be written here. */
static inline Py_ssize_t map_append(Map *map, const char *line, Py_ssize_t size) {
    Py_ssize_t offset = -1;

    if (!IS_OURS(map)) {
        return -1;
    }
    LATCH(map->latch);
    if (map->end - map->next >= size) {
        offset = map->next - map->data;
        memcpy(map->next, line, (size_t)size);
        map->next += size;
    }
    UNLATCH(map->latch);
    return offset;
}
#endif

#endif
