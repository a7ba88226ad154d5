/* Sixteen bytes of a text at once, by SSE2 where the compiler has it: sorted into digits, bytes that JSON escapes, and hits,
   which are the bytes that stand in the shapes of secrets and are rare elsewhere (secrets.c). */
#ifndef SPOOR_SIXTEEN_H
#define SPOOR_SIXTEEN_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* A bit for each of sixteen bytes. */
typedef struct {
    uint32_t digits, escapes, hits;
} Bits;

#if defined(__SSE2__)

#define IN_RANGE(bytes, first, last)                                                              \
    _mm_cmpeq_epi8(_mm_min_epu8(_mm_sub_epi8(bytes, _mm_set1_epi8(first)), _mm_set1_epi8((last) - (first))), \
                   _mm_sub_epi8(bytes, _mm_set1_epi8(first)))
#define IS(bytes, byte) _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte))

typedef __m128i Chunk;

static inline Chunk load(const unsigned char *at) { return _mm_loadu_si128((const __m128i *)at); }

/* Fewer than sixteen bytes, and nothing read beside them. */
static inline Chunk load_few(const unsigned char *at, Py_ssize_t count) {
    uint64_t low = 0, high = 0;
    if (count >= 8) {
        memcpy(&low, at, 8);
        memcpy(&high, at + count - 8, 8);
        high = count > 8 ? high >> (8 * (16 - count)) : 0;
    } else if (count >= 4) {
        uint32_t first, last;
        memcpy(&first, at, 4);
        memcpy(&last, at + count - 4, 4);
        low = first | (uint64_t)last << (8 * (count - 4));
    } else if (count > 0) {
        low = at[0] | (uint64_t)at[count / 2] << (8 * (count / 2)) | (uint64_t)at[count - 1] << (8 * (count - 1));
    }
    return _mm_set_epi64x((long long)high, (long long)low);
}

static inline void store(char *to, Chunk chunk) { _mm_storeu_si128((__m128i *)to, chunk); }

static inline Bits sort(Chunk bytes) {
    Chunk digits = IN_RANGE(bytes, '0', '9');
    Chunk escapes = _mm_or_si128(IN_RANGE(bytes, 0, 31), _mm_or_si128(IS(bytes, '"'), IS(bytes, '\\')));
    /* From `-` to `=` are `-./`, the digits, `:;<=`. */
    Chunk hits = _mm_andnot_si128(digits, IN_RANGE(bytes, '-', '='));
    hits = _mm_or_si128(hits, _mm_or_si128(IN_RANGE(bytes, 'A', 'B'), IN_RANGE(bytes, 'J', 'K')));
    hits = _mm_or_si128(hits, _mm_or_si128(IS(bytes, '_'), IS(bytes, 'b')));
    return (Bits){(uint32_t)_mm_movemask_epi8(digits), (uint32_t)_mm_movemask_epi8(escapes),
                  (uint32_t)_mm_movemask_epi8(hits)};
}

/* Paths and sentences are full of `/` and `.`: hits stay that are another byte, `/` before an `a`, or `.` behind one of
   `9Gs`. What stands beside the sixteen is not known. */
static inline uint32_t likely(Chunk bytes) {
    uint32_t slashes = (uint32_t)_mm_movemask_epi8(IS(bytes, '/'));
    uint32_t dots = (uint32_t)_mm_movemask_epi8(IS(bytes, '.'));
    uint32_t as = (uint32_t)_mm_movemask_epi8(IS(bytes, 'a'));
    uint32_t ends =
        (uint32_t)_mm_movemask_epi8(_mm_or_si128(IS(bytes, '9'), _mm_or_si128(IS(bytes, 'G'), IS(bytes, 's'))));
    return ~((slashes & ~(as >> 1 | 0x8000)) | (dots & ~(ends << 1 | 1)));
}

#else

typedef struct {
    unsigned char bytes[16];
} Chunk;

static inline Chunk load(const unsigned char *at) {
    Chunk chunk;
    memcpy(&chunk, at, 16);
    return chunk;
}

static inline Chunk load_few(const unsigned char *at, Py_ssize_t count) {
    Chunk chunk = {{0}};
    memcpy(&chunk, at, (size_t)count);
    return chunk;
}

static inline void store(char *to, Chunk chunk) { memcpy(to, &chunk, 16); }

static inline Bits sort(Chunk chunk) {
    Bits bits = {0, 0, 0};
    for (int i = 0; i < 16; i++) {
        unsigned char byte = chunk.bytes[i];
        uint32_t digit = byte >= '0' && byte <= '9';
        uint32_t hit = (byte >= '-' && byte <= '=' && !digit) || byte == 'A' || byte == 'B' || byte == 'J' ||
                       byte == 'K' || byte == '_' || byte == 'b';
        bits.digits |= digit << i;
        bits.escapes |= (uint32_t)(byte < 32 || byte == '"' || byte == '\\') << i;
        bits.hits |= hit << i;
    }
    return bits;
}

static inline uint32_t likely(Chunk chunk) {
    (void)chunk;
    return 0xFFFF;
}

#endif

#endif
