/* Decimal digits of a number, straight to where they belong: how many there are is known before the first is written. */
#ifndef SPOOR_DIGITS_H
#define SPOOR_DIGITS_H

#include <stdint.h>
#include <string.h>

#define MOST_DIGITS 20

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
    int guess = ((64 - __builtin_clzll(number | 1)) * 1233) >> 12;
    return guess + (number >= POWERS[guess]) + (number == 0);
}

/* Gives where they end. */
static inline char *put_digits(char *at, uint64_t number) {
    static const char PAIRS[201] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
        "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    char *end = at + digits_of(number);
    char *next = end;

    while (number >= 100) {
        uint64_t rest = number / 100;
        next -= 2;
        memcpy(next, PAIRS + 2 * (number - 100 * rest), 2);
        number = rest;
    }
    if (number >= 10) {
        memcpy(next - 2, PAIRS + 2 * number, 2);
    } else {
        next[-1] = (char)('0' + number);
    }
    return end;
}

/* The eight digits of a number below 10^8, zeros in front: 4 + 4, then 2 + 2, then 1 + 1 at once in one word. */
static inline void put_eight(char *at, uint32_t number) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t digits = number / 10000 | (uint64_t)(number % 10000) << 32;
    uint64_t upper = ((digits * 10486) >> 20) & 0x7F0000007FULL;
    digits = upper | (digits - 100 * upper) << 16;
    upper = ((digits * 103) >> 10) & 0x000F000F000F000FULL;
    digits = upper | (digits - 10 * upper) << 8 | 0x3030303030303030ULL;
    memcpy(at, &digits, 8);
#else
    for (int i = 8; i-- > 0; number /= 10) {
        at[i] = (char)('0' + number % 10);
    }
#endif
}

/* The same as put_digits, quicker for what has more than eight. */
static inline char *put_long(char *at, uint64_t number) {
    if (number < 100000000) {
        return put_digits(at, number);
    }
    at = put_digits(at, number / 100000000);
    put_eight(at, (uint32_t)(number % 100000000));
    return at + 8;
}

/* A number that only grows by one, as text. */
typedef struct {
    uint8_t digits;
    char text[MOST_DIGITS - 1];
} Ordinal;

static inline char *put_ordinal(char *at, const Ordinal *ordinal) {
    memcpy(at, ordinal->text, sizeof ordinal->text);
    return at + ordinal->digits;
}

static inline void ordinal_set(Ordinal *ordinal, uint64_t number) {
    ordinal->digits = (uint8_t)(put_digits(ordinal->text, number) - ordinal->text);
}

static inline void ordinal_next(Ordinal *ordinal) {
    int i = ordinal->digits;

    while (i-- > 0) {
        if (ordinal->text[i] != '9') {
            ordinal->text[i]++;
            return;
        }
        ordinal->text[i] = '0';
    }
    ordinal->text[0] = '1';
    ordinal->text[ordinal->digits++] = '0';
}

#endif
