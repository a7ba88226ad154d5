/* Parts of records that stay the same for long, ready to be copied: numbers of calls, functions and strands, and the
   first digits of the time. */
#ifndef SPOOR_PIECES_H
#define SPOOR_PIECES_H

#include "digits.h"

/* A few characters, copied sixteen at once whatever there are of them: what is behind them is NUL, and what comes next
   overwrites it. */
typedef struct {
    char text[15];
    uint8_t length;
} Piece;

#define PIECE_ROOM 16
/* Numbers of a program stay far below it: so many calls would fill a thousand disks. */
#define MOST_IN_PIECE 99999999999999

static inline char *put_piece(char *at, const Piece *piece) {
    memcpy(at, piece, sizeof *piece);
    return at + piece->length;
}

/* A number from 0 on, and a tab. */
static inline void piece_set(Piece *piece, int64_t number) {
    char *end;

    *piece = (Piece){{0}, 0};
    end = put_digits(piece->text, number < 0 ? 0 : number > MOST_IN_PIECE ? MOST_IN_PIECE : (uint64_t)number);
    *end++ = '\t';
    piece->length = (uint8_t)(end - piece->text);
}

/* Where the digit is that the next number has one more of, those behind it being nines; -1 if all are. */
static inline int piece_place(const Piece *piece) {
    int place = piece->length - 2;

    while (UNLIKELY(piece->text[place] == '9') && place-- > 0) {
    }
    return place;
}

/* The next number. */
static inline void piece_step(Piece *piece, int place) {
    piece->text[place]++;
    while (UNLIKELY(++place < piece->length - 1)) {
        piece->text[place] = '0';
    }
}

SPOOR_HIDDEN void piece_grow(Piece *piece);

static inline void piece_next(Piece *piece) {
    int place = piece_place(piece);

    if (LIKELY(place >= 0)) {
        piece_step(piece, place);
    } else {
        piece_grow(piece);
    }
}

#endif
