/* A spool file in memory: what `mmap.mmap` is to the pure-Python twin, with the same few methods, and a position that
   the native callbacks move themselves. */
#ifndef SPOOR_MAP_H
#define SPOOR_MAP_H

#include "compat.h"

#include <string.h>

typedef struct {
    PyObject_HEAD
    char *data; /* NULL once closed */
    Py_ssize_t size;
    Py_ssize_t at;
    unsigned generation; /* fork_generation when it was mapped: a child must not write to its parent's */
    Latch latch; /* of all that is above */
} Map;

extern SPOOR_HIDDEN PyType_Spec map_spec;

/* How many forks lie between the start and this process. Not in an object, because the handler that the C library calls
   in the child gets no argument. */
extern SPOOR_HIDDEN volatile unsigned fork_generation;
SPOOR_HIDDEN int watch_forks(void);

static inline int map_has_room(const Map *map, Py_ssize_t size) {
    return map->data != NULL && map->generation == fork_generation && map->size - map->at >= size;
}

/* Room for a record of at most `size` bytes, where it is going to stand; NULL if there is none, or not here. The map is
   the caller's until `map_advance`. */
static inline char *map_room(Map *map, Py_ssize_t size) {
    if (map == NULL) {
        return NULL;
    }
    LATCH(map->latch);
    if (!map_has_room(map, size)) {
        UNLATCH(map->latch);
        return NULL;
    }
    return map->data + map->at;
}

/* Overwrites what was written. 1; 0: the map is closed, or its parent's. */
static inline int map_put(Map *map, Py_ssize_t offset, const char *text, Py_ssize_t length) {
    int possible;

    LATCH(map->latch);
    possible = map->data != NULL && map->generation == fork_generation && offset + length <= map->size;
    if (possible) {
        memcpy(map->data + offset, text, (size_t)length);
    }
    UNLATCH(map->latch);
    return possible;
}

/* It ends here. What was written beyond, if anything, is at most `MAP_SPILL` bytes, and erased. */
#define MAP_SPILL 32

static inline void map_advance(Map *map, char *end) {
    memset(end, 0, MAP_SPILL);
    map->at = end - map->data;
    UNLATCH(map->latch);
}

/* A record in two parts. 1: written; 0: it does not fit, or may not be written here. */
static inline int map_write(Map *map, const char *head, Py_ssize_t head_size, const char *tail, Py_ssize_t tail_size) {
    int fits;

    if (map == NULL) {
        return 0;
    }
    LATCH(map->latch);
    fits = map_has_room(map, head_size + tail_size);
    if (fits) {
        memcpy(map->data + map->at, head, (size_t)head_size);
        memcpy(map->data + map->at + head_size, tail, (size_t)tail_size);
        map->at += head_size + tail_size;
    }
    UNLATCH(map->latch);
    return fits;
}

#endif
