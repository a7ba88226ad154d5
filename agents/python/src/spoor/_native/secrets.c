/* The trigger of redaction (redaction_rules.HINTS, generated from spec/redaction.json) without a regular expression.

   Sixteen bytes at a time are sorted into digits, bytes that JSON escapes, and bytes that stand in one of the hints and
   are rare elsewhere; only those are looked at one by one. It never says no where a hint matches. It says maybe a little
   more often than they do: `://x@`, `s://hooks` and `-----BEGIN` are left to the wider hints that they match as well. */
#include "secrets.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

const char HINTS_KNOWN[] =
    "-----BEGIN|yJ[A-Za-z0-9_-]{8}|A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}"
    "|_(?<=(?:h[pousr]|at|ve|st|pm|hf|v1|ca|pa|ss)_)[A-Za-z0-9]{10}"
    "|-(?<=(?:sk|at|tt|dt|rt|bt|x[a-z]|pp|pi|PX|ey)-)[A-Za-z0-9]"
    "|:(?<=s:)//hooks|/api/webhooks/|_(?<=whsec_)|AIza|ya29\\.|SG\\.[A-Za-z0-9_-]|SK[0-9a-f]{32}"
    "|_(?<=dckr_pat_)|hvs\\.[A-Za-z0-9_-]|://[^/]*@|Bearer |bearer |Basic |basic "
    "|3[0-9]{3}[ -]?[0-9]{4}|4[0-9]{3}[ -]?[0-9]{4}|5[0-9]{3}[ -]?[0-9]{4}|6[0-9]{3}[ -]?[0-9]{4}"
    "|2[0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}|-[0-9]{2}-[0-9]{4}"
    "|=|:(?<![0-9]:)|:(?<=[0-9]:)[^0-9]|--[A-Za-z]|</[A-Za-z]";

enum { DIGIT = 1, UPPER = 2, LOWER = 4, HEX = 8, WORD = 16 };

/* What a byte is. WORD: [A-Za-z0-9_-]; HEX: [0-9a-f]. */
#define D (DIGIT | HEX | WORD)
#define U (UPPER | WORD)
#define L (LOWER | WORD)
#define H (LOWER | HEX | WORD)
static const uint8_t CLASS[256] = {
    ['-'] = WORD, ['_'] = WORD,                                                                           /* */
    ['0'] = D, D, D, D, D, D, D, D, D, D,                                                                 /* */
    ['A'] = U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,                 /* */
    ['a'] = H, H, H, H, H, H, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
};
#undef D
#undef U
#undef L
#undef H

/* The text, and how far one may look. */
typedef struct {
    const unsigned char *start, *end;
} Text;

static inline int is_a(const unsigned char *at, int classes) { return CLASS[*at] & classes; }

/* Whether `count` bytes of these classes follow. */
static int are(Text text, const unsigned char *at, int count, int classes) {
    if (text.end - at < count) {
        return 0;
    }
    for (int i = 0; i < count; i++) {
        if (!is_a(at + i, classes)) {
            return 0;
        }
    }
    return 1;
}

#define FOLLOWS(text, at, literal) \
    ((text).end - (at) >= (Py_ssize_t)sizeof(literal) - 1 && memcmp(at, literal, sizeof(literal) - 1) == 0)
#define ENDS(text, at, literal)                                       \
    ((at) - (text).start >= (Py_ssize_t)sizeof(literal) - 1 && \
     memcmp((at) - (sizeof(literal) - 1), literal, sizeof(literal) - 1) == 0)
#define PAIR(a, b) ((a) << 8 | (b))

/* The two bytes in front of `at`, or 0. */
static inline int pair_before(Text text, const unsigned char *at) {
    return at - text.start >= 2 ? PAIR(at[-2], at[-1]) : 0;
}

static int is_dash_suspicious(Text text, const unsigned char *at) {
    Py_ssize_t after = text.end - at - 1;
    if (after < 1) {
        return 0;
    }
    if (at[1] == '-') {
        return after >= 2 && is_a(at + 2, UPPER | LOWER);
    }
    if (is_a(at + 1, DIGIT) && after >= 7 && is_a(at + 2, DIGIT) && at[3] == '-' && are(text, at + 4, 4, DIGIT)) {
        return 1;
    }
    if (!is_a(at + 1, DIGIT | UPPER | LOWER)) {
        return 0;
    }
    switch (pair_before(text, at)) {
    case PAIR('s', 'k'):
    case PAIR('a', 't'):
    case PAIR('t', 't'):
    case PAIR('d', 't'):
    case PAIR('r', 't'):
    case PAIR('b', 't'):
    case PAIR('p', 'p'):
    case PAIR('p', 'i'):
    case PAIR('P', 'X'):
    case PAIR('e', 'y'):
        return 1;
    default:
        return at - text.start >= 2 && at[-2] == 'x' && is_a(at - 1, LOWER);
    }
}

static int is_underscore_suspicious(Text text, const unsigned char *at) {
    switch (pair_before(text, at)) {
    case PAIR('e', 'c'):
        return ENDS(text, at, "whsec");
    case PAIR('a', 't'):
        if (ENDS(text, at, "dckr_pat")) {
            return 1;
        }
        break;
    case PAIR('h', 'p'):
    case PAIR('h', 'o'):
    case PAIR('h', 'u'):
    case PAIR('h', 's'):
    case PAIR('h', 'r'):
    case PAIR('v', 'e'):
    case PAIR('s', 't'):
    case PAIR('p', 'm'):
    case PAIR('h', 'f'):
    case PAIR('v', '1'):
    case PAIR('c', 'a'):
    case PAIR('p', 'a'):
    case PAIR('s', 's'):
        break;
    default:
        return 0;
    }
    return are(text, at + 1, 10, DIGIT | UPPER | LOWER);
}

/* A byte that stands in a hint, digits apart. */
static int is_suspicious(Text text, const unsigned char *at) {
    switch (*at) {
    case '=':
        return 1;
    case ':':
        return !(at > text.start && is_a(at - 1, DIGIT) && (at + 1 == text.end || is_a(at + 1, DIGIT)));
    case '-':
        return is_dash_suspicious(text, at);
    case '_':
        return is_underscore_suspicious(text, at);
    case '.':
        if (at == text.start) {
            return 0;
        }
        switch (at[-1]) {
        case '9':
            return ENDS(text, at, "ya29");
        case 'G':
            return ENDS(text, at, "SG") && are(text, at + 1, 1, WORD);
        case 's':
            return ENDS(text, at, "hvs") && are(text, at + 1, 1, WORD);
        default:
            return 0;
        }
    case '/':
        return FOLLOWS(text, at, "/api/webhooks/");
    case '<':
        return FOLLOWS(text, at, "</") && are(text, at + 2, 1, UPPER | LOWER);
    case 'A':
        if (FOLLOWS(text, at, "AIza")) {
            return 1;
        }
        return (FOLLOWS(text, at, "AKIA") || FOLLOWS(text, at, "ASIA") || FOLLOWS(text, at, "ABIA") ||
                FOLLOWS(text, at, "ACCA")) &&
               are(text, at + 4, 16, UPPER | DIGIT);
    case 'B':
    case 'b':
        return FOLLOWS(text, at + 1, "earer ") || FOLLOWS(text, at + 1, "asic ");
    case 'J':
        return at > text.start && at[-1] == 'y' && are(text, at + 1, 8, WORD);
    case 'K':
        return at > text.start && at[-1] == 'S' && are(text, at + 1, 32, HEX);
    default:
        return 0;
    }
}

/* Whether what begins at the first of four digits may be the number of a card. */
static int is_card(Text text, const unsigned char *at) {
    int groups = *at == '2' ? 2 : *at >= '3' && *at <= '6' ? 1 : 0;
    if (!groups) {
        return 0;
    }
    at += 4;
    while (groups--) {
        if (at < text.end && (*at == ' ' || *at == '-')) {
            at++;
        }
        if (!are(text, at, 4, DIGIT)) {
            return 0;
        }
        at += 4;
    }
    return 1;
}

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

static inline int look_at(const char *bytes, Py_ssize_t count, char *to, int copy) {
    Text text = {(const unsigned char *)bytes, (const unsigned char *)bytes + count};
    uint32_t digits = 0, escapes = 0;

    for (const unsigned char *at = text.start; at < text.end; at += 16) {
        Py_ssize_t left = text.end - at;
        Chunk chunk = left >= 16 ? load(at) : load_few(at, left);
        Bits bits = sort(chunk);
        uint32_t fours;

        if (copy) {
            store(to, chunk);
            to += 16;
        }
        if (left < 16) {
            bits.escapes &= (1u << left) - 1;
        }
        escapes |= bits.escapes;
        /* Bits 16 to 31 are this chunk's: the last of four digits in a row. */
        digits = digits >> 16 | bits.digits << 16;
        fours = digits & digits << 1;
        fours = (fours & fours << 2) >> 16;
        for (; fours; fours &= fours - 1) {
            if (is_card(text, at + __builtin_ctz(fours) - 3)) {
                return MAY_HOLD_SECRET;
            }
        }
        if (bits.hits) {
            bits.hits &= likely(chunk);
        }
        for (; bits.hits; bits.hits &= bits.hits - 1) {
            if (is_suspicious(text, at + __builtin_ctz(bits.hits))) {
                return MAY_HOLD_SECRET;
            }
        }
    }
    return escapes ? NEEDS_ESCAPES : 0;
}

int look(const char *bytes, Py_ssize_t count) { return look_at(bytes, count, NULL, 0); }

int look_and_copy(const char *bytes, Py_ssize_t count, char *to) { return look_at(bytes, count, to, 1); }
