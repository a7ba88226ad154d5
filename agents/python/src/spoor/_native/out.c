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

/* Eight digits, the highest first: each four bits in a byte of their own, then all bytes to their characters at once. */
static inline void put_eight_hexadecimal(char *at, uint32_t number) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t digits = number, letters;
    digits = (digits & 0xFFFF0000) << 16 | (digits & 0xFFFF);
    digits = (digits << 8 | digits) & 0x00FF00FF00FF00FFULL;
    digits = (digits << 4 | digits) & 0x0F0F0F0F0F0F0F0FULL;
    letters = (digits + 0x0606060606060606ULL) >> 4 & 0x0101010101010101ULL;
    digits = __builtin_bswap64(digits + 0x3030303030303030ULL + letters * 0x27);
    memcpy(at, &digits, 8);
#else
    for (int i = 8; i-- > 0; number >>= 4) {
        at[i] = "0123456789abcdef"[number & 15];
    }
#endif
}

void out_hexadecimal(Out *out, uint64_t number) {
    char digits[16];
    int count = (67 - __builtin_clzll(number | 1)) / 4;

    put_eight_hexadecimal(digits, (uint32_t)(number >> 32));
    put_eight_hexadecimal(digits + 8, (uint32_t)number);
    out->at = put_few(out->at, digits + 16 - count, count);
}
