/* Decimal digits of a number, straight to where they belong: how many there are is known before the first is written. */
#ifndef SPOOR_DIGITS_H
#define SPOOR_DIGITS_H

#include "compat.h"

#include <string.h>

#define MOST_DIGITS 20

static const char DIGIT_PAIRS[201] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* Of a number from 1 on. */
static inline int digits_of(uint64_t number) {
    static const uint64_t POWERS[20] = {
        1ULL,
        10ULL,
        100ULL,
        1000ULL,
        10000ULL,
        100000ULL,
        1000000ULL,
        10000000ULL,
        100000000ULL,
        1000000000ULL,
        10000000000ULL,
        100000000000ULL,
        1000000000000ULL,
        10000000000000ULL,
        100000000000000ULL,
        1000000000000000ULL,
        10000000000000000ULL,
        100000000000000000ULL,
        1000000000000000000ULL,
        10000000000000000000ULL,
    };
    /* log10(2) is about 1233 / 4096: right, or one too many. */
    int guess = ((64 - __builtin_clzll(number)) * 1233) >> 12;
    return guess + (number >= POWERS[guess]);
}

/* Gives where they end. */
static inline char *put_digits(char *at, uint64_t number) {
    char *end, *next;

    if (number < 10) {
        *at = (char)('0' + number);
        return at + 1;
    }
    if (number < 100) {
        memcpy(at, DIGIT_PAIRS + 2 * number, 2);
        return at + 2;
    }
    next = end = at + digits_of(number);
    do {
        uint64_t rest = number / 100;
        next -= 2;
        memcpy(next, DIGIT_PAIRS + 2 * (number - 100 * rest), 2);
        number = rest;
    } while (number >= 100);
    if (number >= 10) {
        memcpy(next - 2, DIGIT_PAIRS + 2 * number, 2);
    } else {
        next[-1] = (char)('0' + number);
    }
    return end;
}

/* The six digits of a number below a million, zeros in front. */
static inline void put_six(char *at, uint32_t number) {
    uint32_t upper = number / 10000, middle;

    number -= 10000 * upper;
    middle = number * 5243 >> 19;
    memcpy(at, DIGIT_PAIRS + 2 * upper, 2);
    memcpy(at + 2, DIGIT_PAIRS + 2 * middle, 2);
    memcpy(at + 4, DIGIT_PAIRS + 2 * (number - 100 * middle), 2);
}

#endif
