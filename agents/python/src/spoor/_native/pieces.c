/* What happens seldom to the pieces of records: a number gets one digit more, the time or the strand another text. */
#include "lines.h"

/* 10…0 after 9…9. */
void piece_grow(Piece *piece) {
    if (piece->length < sizeof piece->text) {
        memset(piece->text, '0', piece->length);
        piece->text[piece->length++] = '\t';
        piece->text[0] = '1';
    }
}

int show_time(Lane *lane, int64_t t) {
    if (t < SHOWN_NS || t / SHOWN_NS > MOST_IN_PIECE) {
        return 0;
    }
    lane->shown_ns = t - t % SHOWN_NS;
    piece_set(&lane->shown, t / SHOWN_NS);
    lane->shown.text[--lane->shown.length] = 0;
    return 1;
}

void show_strand(State *state, int64_t strand) {
    Piece piece;

    piece_set(&piece, strand);
    state->shown_strand = strand;
    state->strand_length = piece.length;
    memset(state->strand_text, 0, sizeof state->strand_text);
    memcpy(state->strand_text, piece.text, piece.length);
}
