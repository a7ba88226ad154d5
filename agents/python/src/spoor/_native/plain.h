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

    if (UNLIKELY(!function->plain || function->left <= 0 || !local_is_latest(core->threads))) {
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
    *entry = (Entry){.name = core->next_name, .call = core->next_call++, .code = function->code,
                     .strand = caller->strand, .recorded = 1, .plain = 1};
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

/* The same for the return of a call of this code. */
static inline int plain_end(Core *core, PyObject *code) {
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
    since = plain_now(core);
    if (UNLIKELY(entry->code != code || !entry->plain || since >= SHOWN_NS || !map_begin_line(map))) {
        return 0;
    }
    state->top--;
    line = put_piece(put_kind(map->next, 'R'), &entry->name);
    line = put_shown(core, line, (uint32_t)since);
    map_end_line(map, PUT_ENDING(line, "\t\t\t\t\n"));
    return 1;
}

#endif
