/* The record's text when it leaves the C stack, and the digits of numbers, two at a time. */
#include "digits.h"
#include "out.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

/* Sixteen digits, the highest first. */
#if defined(__SSE2__)
/* Each byte's upper and lower four bits side by side, then all to their characters at once. */
static inline __m128i sixteen_hexadecimal(uint64_t number) {
    __m128i bytes = _mm_cvtsi64_si128((long long)__builtin_bswap64(number)), four = _mm_set1_epi8(15);
    __m128i digits = _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi64(bytes, 4), four), _mm_and_si128(bytes, four));
    __m128i letters = _mm_and_si128(_mm_cmpgt_epi8(digits, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
    return _mm_add_epi8(_mm_add_epi8(digits, _mm_set1_epi8('0')), letters);
}

static inline void put_sixteen_hexadecimal(char *at, uint64_t number) {
    _mm_storeu_si128((__m128i *)at, sixteen_hexadecimal(number));
}
#else
static inline void put_sixteen_hexadecimal(char *at, uint64_t number) {
    for (int i = 16; i-- > 0; number >>= 4) {
        at[i] = "0123456789abcdef"[number & 15];
    }
}
#endif

void out_hexadecimal(Out *out, uint64_t number) {
    char digits[16];
    int count = (67 - __builtin_clzll(number | 1)) / 4;

#if defined(__SSE2__)
    /* As many as addresses mostly have. */
    if (LIKELY(count == 12)) {
        _mm_storeu_si128((__m128i *)out->at, _mm_srli_si128(sixteen_hexadecimal(number), 4));
        out->at += 12;
        return;
    }
#endif
    put_sixteen_hexadecimal(digits, number);
    out->at = put_few(out->at, digits + 16 - count, count);
}
