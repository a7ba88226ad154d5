/* The text of records of calls, put together from digits that were written before: a call's number stands in its own
   records and in those of the calls that it makes, and most records of a tenth of a second share all but eight digits of
   their time. */
#ifndef SPOOR_LINES_H
#define SPOOR_LINES_H

#include "core.h"

/* Room for the longest record without a payload: a kind, five numbers, tabs and a mark. */
#define LINE_ROOM 192
#define CLOSED "{\"closed\":true}\n"

static inline char *put_number(char *at, int64_t number) { return put_digits(at, number < 0 ? 0 : (uint64_t)number); }

static inline char *put_text(char *at, const char *text, size_t length) {
    memcpy(at, text, length);
    return at + length;
}

#define PUT(at, literal) put_text(at, literal, sizeof(literal) - 1)

/* `kind TAB id TAB t TAB` */
static inline char *put_head(char *at, char kind, int64_t id, int64_t t) {
    *at++ = kind;
    *at++ = '\t';
    at = put_number(at, id);
    *at++ = '\t';
    at = put_number(at, t);
    *at++ = '\t';
    return at;
}

#define TENTH_NS 100000000

/* Most records of a tenth of a second share all but eight digits of their time. */
static inline char *put_other_time(Core *core, char *at, int64_t t) {
    if (t < TENTH_NS) {
        return put_number(at, t);
    }
    core->shown_ns = t - t % TENTH_NS;
    ordinal_set(&core->tenths_name, (uint64_t)(t / TENTH_NS));
    at = put_ordinal(at, &core->tenths_name);
    put_eight(at, (uint32_t)(t - core->shown_ns));
    return at + 8;
}

static inline char *put_time(Core *core, char *at, int64_t t) {
    uint64_t since = (uint64_t)(t - core->shown_ns);

    if (since >= TENTH_NS || core->shown_ns == 0) {
        return put_other_time(core, at, t);
    }
    at = put_ordinal(at, &core->tenths_name);
    put_eight(at, (uint32_t)since);
    return at + 8;
}

/* The same for a call whose digits are known. */
static inline char *put_call(Core *core, char *at, char kind, const Entry *entry, int64_t t) {
    at[0] = kind;
    at[1] = '\t';
    at = put_ordinal(at + 2, &entry->name);
    *at++ = '\t';
    at = put_time(core, at, t);
    *at++ = '\t';
    return at;
}

/* `C TAB id TAB t TAB parent TAB function TAB strand`; the entry is on the stack already. */
static inline char *put_start(Core *core, char *at, State *state, const Function *function, int64_t t) {
    const Entry *entry = &state->stack[state->depth - 1];

    at = put_call(core, at, 'C', entry, t);
    if (state->depth > 1 && entry[-1].name.digits) {
        at = put_ordinal(at, &entry[-1].name);
    } else {
        at = put_number(at, state->depth > 1 ? entry[-1].call : 0);
    }
    memcpy(at, function->text, sizeof function->text);
    at += function->digits;
    if (entry->strand != state->shown_strand) {
        state->shown_strand = entry->strand;
        ordinal_set(&state->strand_name, (uint64_t)entry->strand);
    }
    return put_ordinal(at, &state->strand_name);
}

/* A record without a payload is put together where it is going to stand, if there is room: in `spare` otherwise. */
static inline char *line_begin(Core *core, char *spare) {
    char *place = map_room(MAP(core), LINE_ROOM);
    return place != NULL ? place : spare;
}

static inline int line_end(Core *core, const char *spare, const char *start, char *end) {
    if (start != spare) {
        map_advance(MAP(core), end);
        return 0;
    }
    return core_write(core, start, end - start, "", 0);
}

#endif
