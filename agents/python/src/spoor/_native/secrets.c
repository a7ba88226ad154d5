/* Whether a text may hold a secret, without a regular expression: what each of the shapes in redaction_rules.SHAPES must
   contain, or nearly. What is found so, the twin decides about; what is not, it would not find either.

   Sixteen bytes at a time are sorted into digits, bytes that JSON escapes, and bytes that stand in one of the shapes and
   are rare elsewhere; only those are looked at one by one. */
#include "secrets.h"

#include "sixteen.h"

uint64_t shapes_key(const char *text) {
    /* FNV-1a */
    uint64_t key = 14695981039346656037ULL;
    for (; *text; text++) {
        key = (key ^ (unsigned char)*text) * 1099511628211ULL;
    }
    return key;
}

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
    const Endings *endings;
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

/* Whether a word of this many bytes ends at `at`: no letter or digit is in front of it. */
static inline int begins_word(Text text, const unsigned char *at, int length) {
    return at - text.start == length || !is_a(at - length - 1, DIGIT | UPPER | LOWER);
}

#define ENDS_WORD(text, at, word) (ENDS(text, at, word) && begins_word(text, at, sizeof(word) - 1))

/* Shapes `header` and `pair`: a name with a rule in front of a separator, maybe in quotes. */
static int is_named(Text text, const unsigned char *at) {
    while (at > text.start && (at[-1] == ' ' || at[-1] == '\t')) {
        at--;
    }
    if (at > text.start && (at[-1] == '"' || at[-1] == '\'')) {
        at--;
    }
    while (at > text.start && at[-1] == '\\') {
        at--;
    }
    return ends_secretly(text.endings, text.start, at);
}

/* Shapes `option` and `element`: a name, which has at most 64 characters, and what comes behind it. */
static int is_name_before(Text text, const unsigned char *name, int closing) {
    const unsigned char *at = name;

    while (at < text.end && at - name < 65 && (is_a(at, WORD) || *at == '.')) {
        at++;
    }
    if (at == text.end || (closing ? *at != '>' : *at != ' ' && *at != '\t' && *at != '"' && *at != '\'')) {
        return 0;
    }
    return ends_secretly(text.endings, name, at);
}

static int is_dash_suspicious(Text text, const unsigned char *at) {
    const unsigned char *next = at + 1;

    if (next == text.end) {
        return 0;
    }
    if (*next == '-' && are(text, next + 1, 1, UPPER | LOWER) &&
        (is_name_before(text, next + 1, 0) || FOLLOWS(text, next + 1, "BEGIN"))) {
        return 1;
    }
    if (at - text.start >= 3 && are(text, at - 3, 3, DIGIT) && are(text, next, 2, DIGIT) && FOLLOWS(text, at + 3, "-") &&
        are(text, at + 4, 4, DIGIT)) {
        return 1;
    }
    switch (pair_before(text, at)) {
    case PAIR('s', 'k'):
        return ENDS_WORD(text, at, "sk") && are(text, next, 1, DIGIT | UPPER | LOWER);
    case PAIR('a', 't'):
        return ENDS_WORD(text, at, "glpat");
    case PAIR('t', 't'):
        return ENDS_WORD(text, at, "glptt");
    case PAIR('d', 't'):
        return ENDS_WORD(text, at, "gldt");
    case PAIR('r', 't'):
        return ENDS_WORD(text, at, "glrt");
    case PAIR('b', 't'):
        return ENDS_WORD(text, at, "glcbt");
    case PAIR('p', 'p'):
        return ENDS_WORD(text, at, "xapp");
    case PAIR('p', 'i'):
        return ENDS_WORD(text, at, "pypi") && FOLLOWS(text, next, "AgE");
    case PAIR('P', 'X'):
        return ENDS_WORD(text, at, "GOCSPX");
    case PAIR('e', 'y'):
        return ENDS_WORD(text, at, "key") && are(text, next, 32, HEX);
    default:
        return at - text.start >= 4 && at[-2] == 'x' && ENDS(text, at - 1, "xox");
    }
}

static int is_underscore_suspicious(Text text, const unsigned char *at) {
    const unsigned char *next = at + 1;

    switch (pair_before(text, at)) {
    case PAIR('e', 'c'):
        return ENDS_WORD(text, at, "whsec");
    case PAIR('a', 't'):
        return ENDS_WORD(text, at, "dckr_pat") || ENDS_WORD(text, at, "github_pat") ||
               (ENDS_WORD(text, at, "shpat") && are(text, next, 32, DIGIT | UPPER | LOWER));
    case PAIR('c', 'a'):
    case PAIR('p', 'a'):
    case PAIR('s', 's'):
        return are(text, next, 32, DIGIT | UPPER | LOWER);
    case PAIR('h', 'p'):
    case PAIR('h', 'o'):
    case PAIR('h', 'u'):
    case PAIR('h', 's'):
    case PAIR('h', 'r'):
    case PAIR('p', 'm'):
    case PAIR('h', 'f'):
        return are(text, next, 20, DIGIT | UPPER | LOWER);
    case PAIR('v', 'e'):
    case PAIR('s', 't'):
        return are(text, next, 10, DIGIT | UPPER | LOWER);
    case PAIR('v', '1'):
        return are(text, next, 64, HEX);
    default:
        return 0;
    }
}

/* Shape `url-credentials`: a name, a colon, a password and `@` behind `://`. */
static int has_credentials(Text text, const unsigned char *at) {
    int has_colon = 0;

    for (; at < text.end; at++) {
        switch (*at) {
        case '@':
            return has_colon;
        case ':':
            has_colon = 1;
            break;
        case ' ':
        case '\t':
        case '\n':
        case '\r':
        case '\f':
        case '\v':
        case '/':
        case '?':
        case '#':
        case '"':
        case '\'':
        case '<':
        case '>':
            return 0;
        default:
            break;
        }
    }
    return 0;
}

/* A byte that stands in a shape, digits apart. */
static int is_suspicious(Text text, const unsigned char *at) {
    const unsigned char *next = at + 1;

    switch (*at) {
    case '=':
        return is_named(text, at);
    case ':':
        if (is_named(text, at)) {
            return 1;
        }
        if (FOLLOWS(text, next, "//")) {
            return has_credentials(text, at + 3);
        }
        return at - text.start >= 8 && is_a(at - 1, DIGIT) && are(text, at - 8, 8, DIGIT) && are(text, next, 35, WORD);
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
            return ENDS_WORD(text, at, "ya29") && are(text, next, 20, WORD);
        case 'G':
            return ENDS_WORD(text, at, "SG") && are(text, next, 16, WORD);
        case 's':
            return (ENDS_WORD(text, at, "hvs") && are(text, next, 20, WORD)) ||
                   (ENDS(text, at, "hooks") && FOLLOWS(text, at, ".slack.com/"));
        default:
            return 0;
        }
    case '/':
        return FOLLOWS(text, at, "/api/webhooks/");
    case '<':
        return are(text, next, 1, UPPER | LOWER) && is_name_before(text, next, 1);
    case 'A':
        if (FOLLOWS(text, at, "AIza")) {
            return are(text, at + 4, 35, WORD);
        }
        return (FOLLOWS(text, at, "AKIA") || FOLLOWS(text, at, "ASIA") || FOLLOWS(text, at, "ABIA") ||
                FOLLOWS(text, at, "ACCA")) &&
               are(text, at + 4, 16, UPPER | DIGIT);
    case 'B':
    case 'b':
        return FOLLOWS(text, next, "earer ") || FOLLOWS(text, next, "asic ");
    case 'J':
        return at > text.start && at[-1] == 'y' && are(text, next, 8, WORD);
    case 'K':
        return at > text.start && at[-1] == 'S' && are(text, next, 32, HEX);
    default:
        return 0;
    }
}

/* Whether what begins with the first of four digits may be the number of a card: 13 at least, one by one or in groups. */
static int is_card(Text text, const unsigned char *at) {
    int digits = 0;

    if (*at < '2' || *at > '6' || (at > text.start && (is_a(at - 1, DIGIT | UPPER | LOWER) || at[-1] == '.'))) {
        return 0;
    }
    while (at < text.end && is_a(at, DIGIT)) {
        if (++digits == 13) {
            return 1;
        }
        at++;
        if (at < text.end && (*at == ' ' || *at == '-')) {
            at++;
        }
    }
    return 0;
}

static inline int look_at(const Endings *endings, const char *bytes, Py_ssize_t count, char *to, int copy) {
    Text text = {(const unsigned char *)bytes, (const unsigned char *)bytes + count, endings};
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

int look(const Endings *endings, const char *bytes, Py_ssize_t count) {
    return look_at(endings, bytes, count, NULL, 0);
}

int look_and_copy(const Endings *endings, const char *bytes, Py_ssize_t count, char *to) {
    return look_at(endings, bytes, count, to, 1);
}
