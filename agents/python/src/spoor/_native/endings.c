/* Whether a name can have a rule of redaction, from its end. */
#include "endings.h"

static int is_lower(int c) { return c >= 'a' && c <= 'z'; }

static int is_digit(int c) { return c >= '0' && c <= '9'; }

static int is_separator(int c) { return c == '_' || c == '-' || c == '.' || c == ' '; }

static int lower(int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

/* Digits share one of the 32 with what cannot stand in an ending. */
static unsigned code(int c) { return is_lower(c) ? (unsigned)(c - 'a' + 1) : 0; }

static unsigned last_three(int last, int second, int third) {
    return code(last) << 10 | code(second) << 5 | code(third);
}

/* 1: it can be compared here; 0: no ASCII name ends so; -1: it can not. */
static int is_plain(const char *text, Py_ssize_t length) {
    int plain = length > 0 && is_lower((unsigned char)text[length - 1]);

    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80) {
            return 0;
        }
        if (!is_lower(c) && !is_digit(c)) {
            plain = 0;
        }
    }
    return plain ? 1 : -1;
}

static int add(Endings *endings, const char *text, Py_ssize_t length) {
    Ending *ending = &endings->all[endings->count];

    if (length < 3) {
        memset(endings->last_three, 0xFF, sizeof endings->last_three);
    } else {
        unsigned bit = last_three(text[length - 1], text[length - 2], text[length - 3]);
        endings->last_three[bit / 8] |= (uint8_t)(1 << bit % 8);
    }
    ending->text = PyMem_Malloc((size_t)length);
    if (ending->text == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        ending->text[i] = text[length - 1 - i];
    }
    ending->length = length;
    endings->count++;
    return 0;
}

Endings *endings_new(PyObject *texts) {
    Endings *endings = PyMem_Calloc(1, sizeof *endings);
    Py_ssize_t count = PyTuple_Check(texts) ? PyTuple_GET_SIZE(texts) : 0;

    if (endings != NULL) {
        endings->all = PyMem_Calloc((size_t)count + 1, sizeof *endings->all);
    }
    if (endings == NULL || endings->all == NULL) {
        endings_free(endings);
        PyErr_NoMemory();
        return NULL;
    }
    /* An empty list is none that redaction would give. */
    endings->any_name = count == 0;
    for (int letter = 'a'; letter <= 'z'; letter++) {
        endings->first[code(letter)] = endings->count;
        for (Py_ssize_t i = 0; i < count; i++) {
            Py_ssize_t length;
            const char *text = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(texts, i), &length);
            int plain;

            if (text == NULL) {
                endings_free(endings);
                return NULL;
            }
            plain = is_plain(text, length);
            if (plain < 0) {
                endings->any_name = 1;
            } else if (plain && text[length - 1] == letter && add(endings, text, length) < 0) {
                endings_free(endings);
                return NULL;
            }
        }
    }
    endings->first[code('z') + 1] = endings->count;
    return endings;
}

void endings_free(Endings *endings) {
    if (endings == NULL) {
        return;
    }
    for (Py_ssize_t i = 0; i < endings->count; i++) {
        PyMem_Free(endings->all[i].text);
    }
    PyMem_Free(endings->all);
    PyMem_Free(endings);
}

/* The place behind the next character to compare, or `start`. */
static inline const unsigned char *before(const unsigned char *start, const unsigned char *at) {
    while (at > start && is_separator(at[-1])) {
        at--;
    }
    return at;
}

static int ends_with(const Ending *ending, const unsigned char *start, const unsigned char *at) {
    for (Py_ssize_t i = 0; i < ending->length; i++) {
        at = before(start, at);
        if (at == start || lower(at[-1]) != ending->text[i]) {
            return 0;
        }
        at--;
    }
    return 1;
}

int ends_secretly(const Endings *endings, const unsigned char *start, const unsigned char *end) {
    int last, second, third;
    unsigned bit;
    const unsigned char *at;

    if (endings->any_name) {
        return 1;
    }
    while (end > start && (is_separator(end[-1]) || is_digit(end[-1]))) {
        end--;
    }
    if (end == start || !is_lower(last = lower(end[-1]))) {
        return 0;
    }
    at = before(start, end - 1);
    second = at > start ? lower(*--at) : 0;
    at = before(start, at);
    third = at > start ? lower(at[-1]) : 0;
    bit = last_three(last, second, third);
    if (!(endings->last_three[bit / 8] >> bit % 8 & 1)) {
        return 0;
    }
    for (Py_ssize_t i = endings->first[code(last)]; i < endings->first[code(last) + 1]; i++) {
        if (ends_with(&endings->all[i], start, end)) {
            return 1;
        }
    }
    return 0;
}
