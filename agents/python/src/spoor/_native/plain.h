/* What nearly all calls without values are: of a function that does not suspend itself, in a thread that is known, of a
   program without asyncio. Their records are written here, by code that calls nothing, so that it costs little where
   it stands, in the callbacks of the interpreter. Whatever is different, if only in that the time shows other leading
   digits, is told before anything was done, and calls.c does it. */
#ifndef SPOOR_PLAIN_H
#define SPOOR_PLAIN_H

#include "lines.h"

/* Nanoseconds since the time whose leading digits are shown; SHOWN_NS or more where it takes more to know them, or
   other leading digits to show them. */
static inline uint64_t plain_now(const Core *core) {
    const Clock *clock = &core->clock;
    uint64_t passed = clock_ticks() - clock->anchor_ticks;

    return LIKELY(passed < clock->window_ticks)
               ? since_shown(core, clock->anchor_ns + (int64_t)((passed * clock->rate) >> 32))
               : SHOWN_NS;
}

/* 1: the call has begun and stands there; 0: nothing was done. */
static inline int plain_begin(Core *core, Function *function) {
    Map *map = core->place;
    State *state;
    Entry *caller, *entry;
    uint64_t since;
    int place;
    char *line;

    if (UNLIKELY(!function->bare || function->left <= 0 || !local_is_latest(core->threads))) {
        return 0;
    }
    state = latest.state;
    caller = state->top;
    entry = caller + 1;
    place = piece_place(&core->next_name);
    since = plain_now(core);
    if (UNLIKELY(since >= SHOWN_NS || place < 0 || entry == state->limit || caller->strand != state->shown_strand ||
                 !map_begin_line(map))) {
        return 0;
    }
    function->left--;
    state->top = entry;
    entry->name = core->next_name;
    entry->call = core->next_call++;
    entry->code = function->code;
    entry->strand = caller->strand;
    entry->recorded = entry->plain = 1;
    entry->counter = NULL;
    line = put_kind(map->next, 'C');
    line = put_piece(line, &core->next_name);
    line = put_shown(core, line, (uint32_t)since);
    *line++ = '\t';
    line = put_piece(line, &caller->name);
    line = put_piece(line, &function->name);
    line = put_strand(line, state);
    *line++ = '\n';
    map_end_line(map, line);
    piece_step(&core->next_name, place);
    return 1;
}

/* A result of few characters is written here, too. */
static inline int is_short(PyObject *value) {
    int64_t number;
    return value == Py_None || (Py_TYPE(value) == &PyLong_Type && small_int(value, &number)) || PyBool_Check(value);
}

static inline char *put_short(char *at, PyObject *value) {
    int64_t number;

    if (Py_TYPE(value) == &PyLong_Type && small_int(value, &number)) {
        *at = '-';
        return put_digits(at + (number < 0), (uint64_t)(number < 0 ? -number : number));
    }
    return value == Py_None ? PUT(at, "null") : value == Py_True ? PUT(at, "true") : PUT(at, "false");
}

/* The same for the return of a call of this code. */
static inline int plain_end(Core *core, PyObject *code, PyObject *value) {
    Map *map = core->place;
    State *state;
    const Entry *entry;
    uint64_t since;
    char *line;

    if (UNLIKELY(!local_is_latest(core->threads))) {
        return 0;
    }
    state = latest.state;
    entry = state->top;
    if (UNLIKELY(entry->code != code || !entry->plain || (core->encoder != NULL && !is_short(value)))) {
        return 0;
    }
    since = plain_now(core);
    if (UNLIKELY(since >= SHOWN_NS || !map_begin_line(map))) {
        return 0;
    }
    state->top--;
    line = put_piece(put_kind(map->next, 'R'), &entry->name);
    line = put_shown(core, line, (uint32_t)since);
    if (core->encoder == NULL) {
        line = PUT_ENDING(line, "\t\t\t\t\n");
    } else {
        line = put_short(PUT_ENDING(line, "\t\t\t\t"), value);
        *line++ = '\n';
    }
    map_end_line(map, line);
    return 1;
}

#endif
