/* The record's text when it leaves the C stack, and the digits of numbers, two at a time. */
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

static const char PAIRS[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

void out_number(Out *out, int64_t number) {
    char digits[20];
    char *at = digits + sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    while (rest >= 100) {
        uint64_t pair = rest % 100;
        rest /= 100;
        at -= 2;
        memcpy(at, PAIRS + 2 * pair, 2);
    }
    if (rest >= 10) {
        at -= 2;
        memcpy(at, PAIRS + 2 * rest, 2);
    } else {
        *--at = (char)('0' + rest);
    }
    if (number < 0) {
        out_byte(out, '-');
    }
    out_bytes(out, at, digits + sizeof digits - at);
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
