/* What nearly all calls are: of a function that does not suspend itself, in a thread that is known, of a program without
   asyncio; recorded without arguments, or only counted. They are dealt with here, by code that calls nothing, so that
   it costs little where it stands, in the callbacks of the interpreter. Whatever is different, if only in that the time
   shows other leading digits, is told before anything was done, and calls.c does it. */
#ifndef SPOOR_PLAIN_H
#define SPOOR_PLAIN_H

#include "lines.h"

/* Nanoseconds since the run began; -1 where it takes more to know them. */
static inline int64_t plain_now(const Core *core) {
    const Clock *clock = &core->clock;
#if FREE_THREADED
    int64_t now = clock_read(clock);

    return LIKELY(now >= 0) ? now : -1;
#else
    uint64_t passed = clock_ticks() - clock->anchor_ticks;

    return LIKELY(passed < clock->window_ticks) ? clock->anchor_ns + (int64_t)((passed * clock->rate) >> 32) : -1;
#endif
}

/* The number of the next call is not that of this lane's next one. */
#if FREE_THREADED
#define ENDS_BLOCK(lane) ((lane)->next_call + 1 >= (lane)->block_end)
#else
#define ENDS_BLOCK(lane) 0
#endif

/* 1: the call has begun and is told; 0: nothing was done. */
static inline int plain_record(Core *core, Function *function, State *state) {
    Lane *lane = LANE(core);
    Map *map = lane->place;
    Entry *caller = state->top, *entry = caller + 1;
    int place = piece_place(&lane->next_name);
    uint64_t since = since_shown(lane, plain_now(core));
    char *line;

    if (UNLIKELY(since >= SHOWN_NS || place < 0 || ENDS_BLOCK(lane) || entry == state->limit ||
                 caller->strand != state->shown_strand || !map_begin_line(map))) {
        return 0;
    }
#if FREE_THREADED
    if (UNLIKELY(!TAKE_ONE(function->left))) {
        map_end_line(map, map->next);
        return 0;
    }
#else
    function->left--;
#endif
    state->top = entry;
    entry->name = lane->next_name;
    entry->call = lane->next_call++;
    entry->code = function->code;
    entry->strand = caller->strand;
    entry->recorded = entry->plain = 1;
    entry->counter = NULL;
    line = put_kind(map->next, 'C');
    line = put_piece(line, &lane->next_name);
    line = put_shown(lane, line, (uint32_t)since);
    *line++ = '\t';
    line = put_piece(line, &caller->name);
    line = put_piece(line, &function->name);
    line = put_strand(line, state, state->shown_strand);
    *line++ = '\n';
    map_end_line(map, line);
    piece_step(&lane->next_name, place);
    return 1;
}

static inline int plain_count(Core *core, Counted *counter, Function *function, State *state) {
    Entry *caller = state->top, *entry = caller + 1;
    int64_t now = plain_now(core);

    if (UNLIKELY(now < 0 || entry == state->limit || core->generation != fork_generation)) {
        return 0;
    }
    state->top = entry;
    entry->name = caller->name;
    entry->call = caller->call;
    entry->code = function->code;
    entry->strand = caller->strand;
    entry->recorded = 0;
    entry->plain = 1;
    entry->counter = counter;
    entry->start_ns = now;
    return 1;
}

static inline int plain_begin(Core *core, Function *function) {
    State *state = latest.state;

    if (UNLIKELY(!local_is_latest(READ(core->threads)))) {
        return 0;
    }
    if (READ(function->left) > 0) {
        return READ(function->bare) && plain_record(core, function, state);
    }
#if FREE_THREADED
    Counted *counter = counter_here(core, function, state);
    return READ(function->plain) && counter != NULL && plain_count(core, counter, function, state);
#else
    return function->plain && function->counted_in == state->id && plain_count(core, function->counter, function, state);
#endif
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

/* 1: it is done; 0: nothing was. */
static inline int plain_counted(Core *core, State *state, Counted *counter) {
    int64_t took = plain_now(core) - state->top->start_ns;

    if (UNLIKELY(took < 0 || counter_is_due(counter->count + 1, counter->segment) ||
                 core->generation != fork_generation)) {
        return 0;
    }
    state->top--;
    counter_add(counter, took);
    return 1;
}

/* The same for the return of a call of this code. */
static inline int plain_end(Core *core, PyObject *code, PyObject *value) {
    State *state = latest.state;
    const Entry *entry;
    uint64_t since;
    Lane *lane;
    char *line;
    Map *map;

    if (UNLIKELY(!local_is_latest(READ(core->threads)))) {
        return 0;
    }
    lane = LANE(core);
    map = lane->place;
    entry = state->top;
    if (UNLIKELY(entry->code != code || !entry->plain)) {
        return 0;
    }
    if (!entry->recorded) {
        return plain_counted(core, state, entry->counter);
    }
    since = since_shown(lane, plain_now(core));
    if (UNLIKELY(since >= SHOWN_NS || (core->values && !is_short(value)) || !map_begin_line(map))) {
        return 0;
    }
    state->top--;
    line = put_piece(put_kind(map->next, 'R'), &entry->name);
    line = put_shown(lane, line, (uint32_t)since);
    if (!core->values) {
        line = PUT_ENDING(line, "\t\t\t\t\n");
    } else {
        line = put_short(PUT_ENDING(line, "\t\t\t\t"), value);
        *line++ = '\n';
    }
    map_end_line(map, line);
    return 1;
}

#endif
