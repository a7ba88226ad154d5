/* The record's text when it leaves the C stack, and the digits of numbers, two at a time. */
#include "digits.h"
#include "out.h"

int out_grow(Out *out, Py_ssize_t bytes) {
    Py_ssize_t used = out->at - out->start;
    Py_ssize_t size = out->end - out->start;
    char *bigger;

    if (out->broken) {
        /* The room on the stack takes what nobody will read, as long as it lasts. */
        out->at = out->start;
        return bytes <= size;
    }
    while (size - used < bytes) {
        size *= 2;
    }
    bigger = PyMem_RawMalloc((size_t)size);
    if (bigger == NULL) {
        out->broken = 1;
        out->at = out->start;
        return bytes <= out->end - out->start;
    }
    memcpy(bigger, out->start, (size_t)used);
    out_end(out);
    out->start = bigger;
    out->at = bigger + used;
    out->end = bigger + size;
    return 1;
}

void out_free(Out *out) { PyMem_RawFree(out->start); }

void out_insert(Out *out, OutMark mark, const char *bytes, Py_ssize_t count) {
    if (out_room(out, count) && !out->broken) {
        char *at = out->start + mark.offset;
        memmove(at + count, at, (size_t)(out->at - at));
        memcpy(at, bytes, (size_t)count);
        out->at += count;
    }
}

void out_number(Out *out, int64_t number) {
    if (number < 0) {
        out_byte(out, '-');
    }
    out->at = put_digits(out->at, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void out_hexadecimal(Out *out, uint64_t number) {
    char digits[16];
    char *at = digits + sizeof digits;

    do {
        *--at = "0123456789abcdef"[number & 15];
        number >>= 4;
    } while (number);
    out_bytes(out, at, digits + sizeof digits - at);
}
