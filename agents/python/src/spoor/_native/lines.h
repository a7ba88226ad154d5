/* Records as text: where they are put together, and what stands in those of calls. */
#ifndef SPOOR_LINES_H
#define SPOOR_LINES_H

#include "core.h"

#define CLOSED "{\"closed\":true}\n"

static inline char *put_number(char *at, int64_t number) { return put_digits(at, number < 0 ? 0 : (uint64_t)number); }

static inline char *put_text(char *at, const char *text, size_t length) {
    memcpy(at, text, length);
    return at + length;
}

#define PUT(at, literal) put_text(at, literal, sizeof(literal) - 1)

static inline char *put_kind(char *at, char kind) {
    uint16_t word = (uint16_t)((uint8_t)kind | '\t' << 8);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    word = (uint16_t)(word << 8 | word >> 8);
#endif
    memcpy(at, &word, 2);
    return at + 2;
}

/* `kind TAB id TAB t TAB` */
static inline char *put_head(char *at, char kind, int64_t id, int64_t t) {
    at = put_number(put_kind(at, kind), id);
    *at++ = '\t';
    at = put_number(at, t);
    *at++ = '\t';
    return at;
}

/* Records that follow each other closely share all but six digits of their time. */
#define SHOWN_NS 1000000
#define SHOWN_DIGITS 6

/* pieces.c. `show_time`: 0 where the time cannot be shown so. */
SPOOR_HIDDEN int show_time(Lane *lane, int64_t t);
SPOOR_HIDDEN void show_strand(State *state, int64_t strand);

static inline uint64_t since_shown(const Lane *lane, int64_t t) { return (uint64_t)t - (uint64_t)lane->shown_ns; }

/* -- the same from pieces: what each of them spills is overwritten by the next, and the last one spills NUL -- */

static inline char *put_shown(const Lane *lane, char *at, uint32_t since) {
    at = put_piece(at, &lane->shown);
    put_six(at, since);
    return at + SHOWN_DIGITS;
}

/* `strand TAB` */
static inline char *put_strand(char *at, State *state, int64_t strand) {
    if (UNLIKELY(strand != state->shown_strand)) {
        show_strand(state, strand);
    }
    memcpy(at, state->strand_text, sizeof state->strand_text);
    return at + state->strand_length;
}

/* The end of a record whose last columns are empty. */
#define PUT_ENDING(at, literal) put_ending(at, (const char[PIECE_ROOM]){literal}, sizeof(literal) - 1)

static inline char *put_ending(char *at, const char ending[PIECE_ROOM], int length) {
    memcpy(at, ending, PIECE_ROOM);
    return at + length;
}

static inline char *put_time(Core *core, char *at, int64_t t) {
    Lane *lane = LANE(core);
    uint64_t since = since_shown(lane, t);

    if (UNLIKELY(since >= SHOWN_NS)) {
        if (!show_time(lane, t)) {
            return put_number(at, t);
        }
        since = since_shown(lane, t);
    }
    return put_shown(lane, at, (uint32_t)since);
}

/* `kind TAB id TAB t`, of a call whose name is known. */
static inline char *put_call(Core *core, char *at, char kind, const Piece *name, int64_t t) {
    return put_time(core, put_piece(put_kind(at, kind), name), t);
}

/* `TAB parent TAB function TAB strand TAB` */
static inline char *put_caller(char *at, State *state, const Piece *parent, const Function *function, int64_t strand) {
    *at++ = '\t';
    at = put_piece(at, parent);
    at = put_piece(at, &function->name);
    return put_strand(at, state, strand);
}

/* A record without a payload is put together where it is going to stand, if there is room: in `spare` otherwise. */
static inline char *line_begin(Core *core, char *spare) {
    Map *place = LANE(core)->place;
    return LIKELY(map_begin_line(place)) ? place->next : spare;
}

static inline int line_end(Core *core, const char *spare, const char *start, char *end) {
    if (LIKELY(start != spare)) {
        map_end_line(LANE(core)->place, end);
        return 0;
    }
    return core_write(core, start, end - start, "", 0);
}

#endif
