/* Texts as JSON, in UTF-8. A text that may hold a secret, and one with lone surrogates, is the twin's. */
#include "heads.h"
#include "scalars.h"
#include "secrets.h"

/* As values.py: texts of no more characters are shown whole if the limit allows it, and looked up among those that the
   twin has drawn; of longer ones so many characters beyond the limit are searched for secrets. */
#define LONG_TEXT 256
#define BRIEF_TEXT 64 /* characters of one among the own fields of an object */
#define LOOKAHEAD 1024

/* How much longer JSON makes a byte. */
static const uint8_t LONGER[256] = {
    5, 5, 5, 5, 5, 5, 5, 5, 1, 1, 1, 5, 1, 1, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
    ['"'] = 1, ['\\'] = 1,
};

/* The bytes before escaping begin at `from` (an offset) and go to the end of what is written: escapes them there. */
static void escape_from(Out *out, Py_ssize_t from) {
    static const char HEX[] = "0123456789abcdef";
    static const char LETTERS[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    Py_ssize_t count = out->at - out->start - from;
    const unsigned char *read;
    char *write;
    Py_ssize_t more = 0;

    for (const unsigned char *at = (unsigned char *)out->start + from; at < (unsigned char *)out->at; at++) {
        more += LONGER[*at];
    }
    if (!out_room(out, more) || out->broken) {
        return;
    }
    /* From the end, so that nothing is overwritten before it was read; what is left when both meet stands already. */
    read = (unsigned char *)out->start + from + count;
    write = out->start + from + count + more;
    out->at = write;
    while (write != (char *)read) {
        unsigned char byte = *--read;
        switch (LONGER[byte]) {
        case 0:
            *--write = (char)byte;
            break;
        case 1:
            *--write = byte < 32 ? LETTERS[byte] : (char)byte;
            *--write = '\\';
            break;
        default:
            write -= 6;
            memcpy(write, "\\u00", 4);
            write[4] = HEX[byte >> 4];
            write[5] = HEX[byte & 15];
        }
    }
}

/* For one width of characters, so that the loop is made for each of them. */
static inline Py_ssize_t to_utf8_from(int kind, const void *data, Py_ssize_t count, char *to) {
    unsigned char *at = (unsigned char *)to;

    for (Py_ssize_t i = 0; i < count; i++) {
        Py_UCS4 character = PyUnicode_READ(kind, data, i);
        if (character < 0x80) {
            *at++ = (unsigned char)character;
        } else if (character < 0x800) {
            *at++ = (unsigned char)(0xC0 | character >> 6);
            *at++ = (unsigned char)(0x80 | (character & 0x3F));
        } else if (character < 0x10000) {
            if (character >= 0xD800 && character <= 0xDFFF) {
                return -1;
            }
            *at++ = (unsigned char)(0xE0 | character >> 12);
            *at++ = (unsigned char)(0x80 | (character >> 6 & 0x3F));
            *at++ = (unsigned char)(0x80 | (character & 0x3F));
        } else {
            *at++ = (unsigned char)(0xF0 | character >> 18);
            *at++ = (unsigned char)(0x80 | (character >> 12 & 0x3F));
            *at++ = (unsigned char)(0x80 | (character >> 6 & 0x3F));
            *at++ = (unsigned char)(0x80 | (character & 0x3F));
        }
    }
    return (char *)at - to;
}

/* How many bytes so many characters of a text can take. */
static Py_ssize_t most_bytes(PyObject *text, Py_ssize_t count) {
    int kind = (int)PyUnicode_KIND(text);
    return count * (kind == PyUnicode_1BYTE_KIND ? 2 : kind == PyUnicode_2BYTE_KIND ? 3 : 4);
}

/* UTF-8 of the first `count` characters of a text that is not ASCII; -1 if there are lone surrogates. `to` has room for
   `most_bytes`. Not PyUnicode_AsUTF8, which would leave its result in the program's text. */
static Py_ssize_t to_utf8(PyObject *text, Py_ssize_t count, char *to) {
    const void *data = PyUnicode_DATA(text);

    switch ((int)PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
        return to_utf8_from(PyUnicode_1BYTE_KIND, data, count, to);
    case PyUnicode_2BYTE_KIND:
        return to_utf8_from(PyUnicode_2BYTE_KIND, data, count, to);
    default:
        return to_utf8_from(PyUnicode_4BYTE_KIND, data, count, to);
    }
}

/* Where the first `count` characters of UTF-8 end. */
static Py_ssize_t bytes_of(const char *bytes, Py_ssize_t count) {
    const char *at = bytes;
    for (; count; count--) {
        unsigned char first = (unsigned char)*at;
        at += first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    }
    return at - bytes;
}

static const char *ascii_of(PyObject *text) { return (const char *)((PyASCIIObject *)text + 1); }

/* The first `count` characters in quotes, after a look at the first `seen`. 1: written; 0: not, because they may hold a
   secret or hold lone surrogates. */
static int quote_start(Encoder *encoder, Out *out, PyObject *text, Py_ssize_t count, Py_ssize_t seen) {
    OutMark mark = out_mark(out);
    Py_ssize_t from;
    int found;

    if (PyUnicode_IS_COMPACT_ASCII(text)) {
        if (!out_room(out, count + LOOK_SLACK + 2)) {
            return 1;
        }
        out_byte(out, '"');
        found = seen == count ? look_and_copy(encoder->endings, ascii_of(text), count, out->at)
                             : look(encoder->endings, ascii_of(text), seen);
        if (found & MAY_HOLD_SECRET) {
            out->at--;
            return 0;
        }
        if (seen != count) {
            memcpy(out->at, ascii_of(text), (size_t)count);
        }
        from = out->at - out->start;
        out->at += count;
    } else {
        Py_ssize_t bytes;
        if (!out_room(out, most_bytes(text, seen) + 2)) {
            return 1;
        }
        out_byte(out, '"');
        bytes = to_utf8(text, seen, out->at);
        found = bytes < 0 ? MAY_HOLD_SECRET : look(encoder->endings, out->at, bytes);
        if (found & MAY_HOLD_SECRET) {
            out_rewind(out, mark);
            return 0;
        }
        if (seen != count) {
            bytes = bytes_of(out->at, count);
        }
        from = out->at - out->start;
        out->at += bytes;
        out->wide += bytes - count;
    }
    if (found) {
        escape_from(out, from);
        if (!out_room(out, 1)) {
            return 1;
        }
    }
    out_byte(out, '"');
    return 1;
}

/* How many characters of a long text decide what is shown of it. */
static Py_ssize_t seen_of(const Encoder *encoder, PyObject *text) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    return length > encoder->text + LOOKAHEAD ? encoder->text + LOOKAHEAD : length;
}

static int is_long(const Encoder *encoder, PyObject *text) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    return length > LONG_TEXT || length > encoder->text;
}

/* The first `shown` characters of a text; it is said how long it is if there are more. The start that decides is long
   enough to be worth keeping in `heads`, or they are NULL. 1: written; 0: not. */
static int quick_start(Encoder *encoder, Heads *heads, Out *out, PyObject *text, Py_ssize_t shown) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_ssize_t seen = seen_of(encoder, text);
    OutMark mark = out_mark(out);
    int written;

    if (heads != NULL && heads_write(heads, out, text, seen)) {
        return 1;
    }
    if (length <= shown) {
        written = quote_start(encoder, out, text, length, seen);
    } else {
        if (out_room(out, 64)) {
            out_literal(out, "{\"$\":\"str\",\"len\":");
            out_number(out, length);
            out_literal(out, ",\"head\":");
        }
        written = quote_start(encoder, out, text, shown, seen);
        out_literal(out, "}");
    }
    if (!written) {
        out_rewind(out, mark);
        return 0;
    }
    if (heads != NULL) {
        heads_keep(heads, out, mark, text, seen);
    }
    return 1;
}

#if defined(Py_GIL_DISABLED)
#define KEPT(heads) NULL /* they are shared by threads */
#else
#define KEPT(heads) (heads)
#endif

int quick_text(Encoder *encoder, Out *out, PyObject *text) {
    if (encoder->all_suspect || !TEXT_IS_READY(text)) {
        return 0;
    }
    if (is_long(encoder, text)) {
        return quick_start(encoder, KEPT(encoder->heads), out, text, encoder->text);
    }
    return quote_start(encoder, out, text, PyUnicode_GET_LENGTH(text), PyUnicode_GET_LENGTH(text));
}

static Py_ssize_t brief_length(const Encoder *encoder) { return encoder->text < BRIEF_TEXT ? encoder->text : BRIEF_TEXT; }

int quick_brief(Encoder *encoder, Out *out, PyObject *text) {
    Py_ssize_t shown = brief_length(encoder);

    if (!TEXT_IS_READY(text) || PyUnicode_GET_LENGTH(text) <= shown) {
        return quick_text(encoder, out, text);
    }
    if (encoder->all_suspect) {
        return 0;
    }
    return quick_start(encoder, is_long(encoder, text) ? KEPT(encoder->brief_heads) : NULL, out, text, shown);
}

/* The value under a key of one of the twin's dicts, which the twin replaces when it is full; a new reference, or NULL. */
static PyObject *find_in(Encoder *encoder, PyObject *attribute, PyObject *key) {
    PyObject *dict = PyObject_GetAttr(encoder->twin, attribute);
    PyObject *found = NULL;

    if (dict != NULL && PyDict_CheckExact(dict)) {
        found = PyDict_GetItemWithError(dict, key);
        Py_XINCREF(found);
    }
    Py_XDECREF(dict);
    return found;
}

/* Keeps what was written of a text that the twin was given, if it found nothing in its start. */
static void keep_if_harmless(Encoder *encoder, Heads *heads, const Out *out, OutMark mark, PyObject *text) {
    PyObject *start, *found;

    if (heads == NULL || encoder->all_suspect || !TEXT_IS_READY(text) || !is_long(encoder, text)) {
        return;
    }
    start = PyUnicode_Substring(text, 0, seen_of(encoder, text));
    found = start == NULL ? NULL : find_in(encoder, encoder->heads_name, start);
    if (found != NULL) {
        heads_keep(heads, out, mark, text, seen_of(encoder, text));
    }
    Py_XDECREF(start);
    Py_XDECREF(found);
    PyErr_Clear();
}

int encode_suspicious(Encoder *encoder, Out *out, PyObject *text) {
    PyObject *found = NULL;
    OutMark mark = out_mark(out);
    int is_short = TEXT_IS_READY(text) && !is_long(encoder, text);
    int failed;

    if (is_short) {
        found = find_in(encoder, encoder->strings_name, text);
        if (found == NULL && PyErr_Occurred()) {
            return -1;
        }
    }
    if (found == NULL) {
        found = PyObject_CallOneArg(encoder->string, text);
        if (found == NULL) {
            return -1;
        }
    }
    failed = out_text(out, found);
    Py_DECREF(found);
    if (!failed) {
        keep_if_harmless(encoder, KEPT(encoder->heads), out, mark, text);
    }
    return failed;
}

int encode_brief(Encoder *encoder, Out *out, PyObject *text) {
    OutMark mark = out_mark(out);
    PyObject *found;
    int failed;

    if (quick_brief(encoder, out, text)) {
        return 0;
    }
    if (TEXT_IS_READY(text) && PyUnicode_GET_LENGTH(text) <= brief_length(encoder)) {
        return encode_suspicious(encoder, out, text);
    }
    found = PyObject_CallOneArg(encoder->brief, text);
    if (found == NULL) {
        return -1;
    }
    failed = out_text(out, found);
    Py_DECREF(found);
    if (!failed) {
        keep_if_harmless(encoder, KEPT(encoder->brief_heads), out, mark, text);
    }
    return failed;
}

int encode_string(Encoder *encoder, Out *out, PyObject *text) {
    return quick_text(encoder, out, text) ? 0 : encode_suspicious(encoder, out, text);
}

int may_hold_secret(Encoder *encoder, PyObject *text, Py_ssize_t length) {
    Out out;
    Py_ssize_t bytes;
    int found = MAY_HOLD_SECRET;

    if (encoder->all_suspect) {
        return 1;
    }
    if (PyUnicode_IS_COMPACT_ASCII(text)) {
        return look(encoder->endings, ascii_of(text), length) & MAY_HOLD_SECRET;
    }
    out_begin(&out);
    if (TEXT_IS_READY(text) && out_room(&out, most_bytes(text, length))) {
        bytes = to_utf8(text, length, out.at);
        found = bytes < 0 ? MAY_HOLD_SECRET : look(encoder->endings, out.at, bytes);
    }
    out_end(&out);
    return found & MAY_HOLD_SECRET;
}

int out_text(Out *out, PyObject *text) {
    Py_ssize_t length;
    Py_ssize_t bytes;

    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "not a text");
        return -1;
    }
    length = PyUnicode_GET_LENGTH(text);
    if (PyUnicode_IS_COMPACT_ASCII(text)) {
        if (out_room(out, length)) {
            out_bytes(out, ascii_of(text), length);
        }
        return 0;
    }
    if (out_room(out, most_bytes(text, length))) {
        bytes = to_utf8(text, length, out->at);
        if (bytes < 0) {
            PyErr_SetString(PyExc_ValueError, "lone surrogates");
            return -1;
        }
        out->at += bytes;
        out->wide += bytes - length;
    }
    return 0;
}
