/* A table of the starts of long texts, one place for each hash: a newer one takes the place of an older. */
#include "heads.h"

#define PLACES 16 /* a power of two */
/* What is longer is not kept. */
#define MOST_SEEN 8192
#define MOST_SHOWN 8192

typedef struct {
    char *seen; /* the characters as they are in the text, then what is shown; owned */
    size_t seen_bytes; /* with `length`, they also tell how wide its characters are */
    Py_ssize_t length; /* of the text */
    Py_ssize_t shown_bytes, wide;
} Head;

struct Heads {
    Head places[PLACES];
};

Heads *heads_new(void) { return PyMem_RawCalloc(1, sizeof(Heads)); }

void heads_free(Heads *heads) {
    if (heads != NULL) {
        for (int i = 0; i < PLACES; i++) {
            PyMem_RawFree(heads->places[i].seen);
        }
        PyMem_RawFree(heads);
    }
}

/* From its length and some of its characters; never from its address. */
static size_t place_of(const char *seen, size_t bytes, Py_ssize_t length) {
    uint64_t first, middle, last;

    memcpy(&first, seen, 8);
    memcpy(&middle, seen + bytes / 2, 8);
    memcpy(&last, seen + bytes - 8, 8);
    first = (first ^ middle << 1 ^ last << 2 ^ (uint64_t)length << 3) * 0x9E3779B97F4A7C15ULL;
    return (size_t)(first >> 32) & (PLACES - 1);
}

int heads_write(const Heads *heads, Out *out, PyObject *text, Py_ssize_t seen) {
    size_t bytes = (size_t)seen * (size_t)PyUnicode_KIND(text);
    const char *data = PyUnicode_DATA(text);
    const Head *head;

    if (bytes < 16) {
        return 0;
    }
    head = &heads->places[place_of(data, bytes, PyUnicode_GET_LENGTH(text))];
    if (head->seen_bytes != bytes || head->length != PyUnicode_GET_LENGTH(text) ||
        memcmp(head->seen, data, bytes) != 0) {
        return 0;
    }
    if (out_room(out, head->shown_bytes)) {
        out_bytes(out, head->seen + bytes, head->shown_bytes);
        out->wide += head->wide;
    }
    return 1;
}

void heads_keep(Heads *heads, const Out *out, OutMark mark, PyObject *text, Py_ssize_t seen) {
    size_t bytes = (size_t)seen * (size_t)PyUnicode_KIND(text);
    Py_ssize_t shown = out->at - out->start - mark.offset;
    const char *data = PyUnicode_DATA(text);
    Head *head;
    char *room;

    if (out->broken || bytes < 16 || bytes > MOST_SEEN || shown < 0 || shown > MOST_SHOWN) {
        return;
    }
    head = &heads->places[place_of(data, bytes, PyUnicode_GET_LENGTH(text))];
    room = PyMem_RawRealloc(head->seen, bytes + (size_t)shown);
    if (room == NULL) {
        return;
    }
    memcpy(room, data, bytes);
    memcpy(room + bytes, out->start + mark.offset, (size_t)shown);
    *head = (Head){room, bytes, PyUnicode_GET_LENGTH(text), shown, out->wide - mark.wide};
}
