/* Objects of which nothing but their own fields was drawn lately, with the text and what it was made of: most methods
   are called on an object that is as it was at the call before, or but for a field or two.

   A text is copied where what it shows is the same: values are compared, not addresses, for a value that is gone may have
   left its address to another. What cannot be compared in a word or two is drawn anew. */
#include "direct.h"

#define DRAWN_PLACES 256 /* a power of two */
#define DRAWN_TEXT 576 /* bytes of head and fields */
#define MOST_OF_END 64 /* of what follows */
#define NOT_THE_SAME ((PyTypeObject *)1) /* of what cannot be compared */
#define MOST_LUCK 15
#define TRIED 8 /* one object of so many, where objects are hardly ever met as they were */

/* What a field showed. Nothing of it is kept; `type` is only compared. */
typedef struct {
    PyTypeObject *type; /* NULL: there is none */
    uint64_t content;
} Sign;

struct Drawn {
    const PyObject *object; /* NULL: nothing */
    const Kind *kind;
    unsigned int version;    /* of its class */
    unsigned int generation; /* of what was known of classes */
    unsigned int relabelled; /* of its kind */
    uint8_t places;
    uint8_t shown; /* the places before the one at which it was cut; all of them if it was not */
    uint8_t cut;
    Py_ssize_t left, count; /* of one that was cut: the budget that it had, and how many fields there are */
    uint16_t head, size, closed; /* bytes of the head; with the fields; of all, `$cut` and brace included */
    uint16_t ends[MOST_INLINE]; /* of each field, from the start of the text on */
    Sign signs[MOST_INLINE];
    char text[DRAWN_TEXT + MOST_OF_END];
};

void drawn_free(Drawn *drawn) { PyMem_RawFree(drawn); }

static inline Drawn *place_of(Encoder *encoder, const PyObject *object) {
    uintptr_t bits = (uintptr_t)object >> 4;

    if (UNLIKELY(encoder->drawn == NULL)) {
        encoder->drawn = PyMem_RawCalloc(DRAWN_PLACES, sizeof(Drawn));
        if (encoder->drawn == NULL) {
            return NULL;
        }
    }
    return &encoder->drawn[(bits ^ bits >> 8) & (DRAWN_PLACES - 1)];
}

/* -- values -- */

/* Up to seven ASCII characters as they are, others by their hash where it is known: it has 64 bits and a secret key. 0: neither. */
static inline int text_content(PyObject *text, uint64_t *content) {
    Py_ssize_t length;
    Py_hash_t hash;

    if (!TEXT_IS_READY(text)) {
        return 0;
    }
    length = PyUnicode_GET_LENGTH(text);
    if (length < 8 && PyUnicode_IS_COMPACT_ASCII(text)) {
        /* There is a NUL behind the characters, and the object ends at a multiple of 8. */
        uint64_t bytes = 0;
        memcpy(&bytes, (const char *)((PyASCIIObject *)text + 1), (size_t)length);
        *content = bytes << 8 | (uint64_t)length;
        return 1;
    }
    hash = ((PyASCIIObject *)text)->hash;
    *content = (uint64_t)hash ^ (uint64_t)length << 56;
    return hash != -1;
}

/* What the text of a field shows of a value of this type. 0: it cannot be told so. */
static ALWAYS_INLINE int content_of(PyObject *value, PyTypeObject *type, uint64_t *content) {
    int64_t number;

    *content = 0;
    if (type == &PyLong_Type) {
        if (!small_int(value, &number)) {
            return 0;
        }
        *content = (uint64_t)number;
        return 1;
    }
    if (value == Py_None) {
        return 1;
    }
    if (type == &PyUnicode_Type) {
        return text_content(value, content);
    }
    if (type == &PyBool_Type) {
        *content = value == Py_True;
        return 1;
    }
    if (type == &PyFloat_Type) {
        memcpy(content, &((PyFloatObject *)value)->ob_fval, sizeof *content);
        return 1;
    }
    /* Of subclasses that are shown at all, a closed one shows no more than that. */
    if (type == &PyList_Type || PyType_HasFeature(type, Py_TPFLAGS_TUPLE_SUBCLASS)) {
        *content = (uint64_t)Py_SIZE(value);
        return 1;
    }
    if (PyType_HasFeature(type, Py_TPFLAGS_DICT_SUBCLASS)) {
        *content = (uint64_t)PyDict_GET_SIZE(value);
        return 1;
    }
    if (type == &PySet_Type || type == &PyFrozenSet_Type) {
        *content = (uint64_t)PySet_GET_SIZE(value);
        return 1;
    }
    return 0;
}

/* The type of an instance that is left out, of which nothing else counts. No address of a type is odd. */
static inline PyTypeObject *left_out_type(PyTypeObject *type) { return (PyTypeObject *)((uintptr_t)type | 1); }

static inline Sign sign_of(PyObject *value, int left_out) {
    Sign sign = {Py_TYPE(value), 0};

    if (left_out) {
        sign.type = left_out_type(sign.type);
    } else if (!content_of(value, sign.type, &sign.content)) {
        sign.type = NOT_THE_SAME;
    }
    return sign;
}

/* Whether a field shows the same as when the sign was made. */
static ALWAYS_INLINE int is_same(const Sign *sign, PyObject *value) {
    PyTypeObject *type;
    uint64_t content;

    if (value == NULL) {
        return sign->type == NULL;
    }
    type = Py_TYPE(value);
    if (type == sign->type) {
        return content_of(value, type, &content) && content == sign->content;
    }
    return sign->type == left_out_type(type);
}

/* -- objects -- */

/* The text is copied in pieces of this size, with what is behind it. */
#define PIECE 32

static inline char *copy_text(char *at, const char *text, Py_ssize_t size) {
    for (Py_ssize_t i = 0; i < size; i += PIECE) {
        memcpy(at + i, text + i, PIECE);
    }
    return at + size;
}

/* How many of the fields before `place` are shown, and how many not. */
static void count_before(Fields *fields, const Drawn *drawn, Py_ssize_t place) {
    uint16_t from = drawn->head;

    for (Py_ssize_t i = 0; i < place; i++) {
        fields->done += drawn->ends[i] != from;
        fields->left_out += drawn->ends[i] == from && drawn->signs[i].type != NULL;
        from = drawn->ends[i];
    }
}

/* The same once more. 1, or 0: memory ran out. */
static int copy_field(Fields *fields, const char *text, Py_ssize_t length, char **at, const char **limit) {
    Out *out = fields->out;

    if (out->end - *at < length) {
        out->at = *at;
        (void)out_room(out, length);
        *at = out->at;
        *limit = limit_of(fields);
        if (out->broken) {
            return 0;
        }
    }
    *at = put_few(*at, text, length);
    fields->done++;
    return 1;
}

/* The fields from a place on, of which those are copied that are the same, as far as it is `known` what they were. What is
   before them stands already, from `begin` on. 1, or 0: one takes more. */
static int draw(Fields *fields, const Row *row, Py_ssize_t place, Drawn *drawn, Py_ssize_t begin, Py_ssize_t known) {
    Out *out = fields->out;
    char *at = out->at;
    const char *limit = limit_of(fields);
    Py_ssize_t wide = out->wide;
    Py_ssize_t before = at - out->start - begin, size = before;
    uint16_t from = (uint16_t)before;
    int cut = 0;

    for (; place < row->places; place++) {
        Sign *sign = &drawn->signs[place];
        uint16_t until = drawn->ends[place];
        PyObject *value = row->values[place];

        if (value != NULL && (at >= limit || fields->done >= fields->encoder->fields)) {
            cut = 1;
            break;
        }
        if (place < known && is_same(sign, value)) {
            if (until == from) {
                fields->left_out += value != NULL;
            } else if (!copy_field(fields, drawn->text + from, until - from, &at, &limit)) {
                return 0;
            }
        } else if (value == NULL) {
            sign->type = NULL;
        } else {
            int done = row->labels[place].name != name_in(row->names, place)
                           ? SLOW
                           : direct_field(fields, &row->labels[place], value, &at, &limit);
            if (done == SLOW) {
                return 0;
            }
            *sign = sign_of(value, done == LEFT_OUT);
        }
        from = until;
        size = at - out->start - begin;
        if (size > DRAWN_TEXT) {
            return 0;
        }
        drawn->ends[place] = (uint16_t)size;
    }
    out->at = at;
    if (cut && fields_cut(fields)) {
        out_literal(out, "}");
    } else if (cut || row->more) {
        return 0;
    } else {
        fields_end(fields);
    }
    if (out->wide == wide && !out->broken) {
        drawn->size = (uint16_t)size;
        drawn->closed = (uint16_t)(out->at - out->start - begin);
        memcpy(drawn->text + before, out->start + begin + before, (size_t)(drawn->closed - before));
        drawn->shown = (uint8_t)place;
        drawn->cut = (uint8_t)cut;
        drawn->left = fields->left;
        drawn->count = cut ? fields_count(fields) : 0;
        drawn->object = fields->object;
    }
    return 1;
}

/* Up to which place the fields are the same as when they were drawn. */
static inline Py_ssize_t same_places(const Drawn *drawn, const Row *row) {
    Py_ssize_t place = 0;

    while (place < drawn->shown && is_same(&drawn->signs[place], row->values[place]) &&
           (!row->in_dict || row->labels[place].name == name_in(row->names, place))) {
        place++;
    }
    return place;
}

/* Whether a text of which all that it shows is the same ends where one would end now. */
static inline int ends_the_same(const Drawn *drawn, const Row *row, const Fields *fields) {
    if (!drawn->cut) {
        return drawn->size - drawn->head < fields->left;
    }
    return drawn->left == fields->left && row->values[drawn->shown] != NULL && drawn->count == fields_count(fields);
}

int drawn_write(Fields *fields, Kind *kind, const Row *row) {
    Encoder *encoder = fields->encoder;
    Out *out = fields->out;
    PyObject *object = fields->object;
    OutMark before = out_mark(out);
    Py_ssize_t place = 0;
    Drawn *drawn;
    int written;

    if ((!kind->luck && ++kind->tries % TRIED) || kind->head_wide || !out_room(out, DRAWN_TEXT + MOST_OF_END) ||
        (drawn = place_of(encoder, object)) == NULL) {
        return 0;
    }
    if (drawn->object == object && drawn->kind == kind && drawn->version == kind->version &&
        drawn->relabelled == kind->relabelled && drawn->generation == encoder->kinds->generation &&
        drawn->places == row->places) {
        Py_ssize_t known = drawn->shown;
        place = same_places(drawn, row);
        if (place == known) {
            if (ends_the_same(drawn, row, fields)) {
                kind->luck += kind->luck < MOST_LUCK;
                out->at = copy_text(out->at, drawn->text, drawn->closed);
                return 1;
            }
            place = 0;
        }
        drawn->object = NULL;
        out->at = copy_text(out->at, drawn->text, drawn->head);
        fields->start = out_mark(out);
        out->at = copy_text(out->start + before.offset, drawn->text, place ? drawn->ends[place - 1] : drawn->head);
        count_before(fields, drawn, place);
        if (row->in_dict) {
            known = place; /* behind it, names may have changed as well */
        }
        written = out->at - out->start - fields->start.offset < fields->left &&
                  draw(fields, row, place, drawn, before.offset, known);
    } else {
        kind->luck -= kind->luck > 0;
        drawn->object = NULL;
        drawn->kind = kind;
        drawn->version = kind->version;
        drawn->relabelled = kind->relabelled;
        drawn->generation = encoder->kinds->generation;
        drawn->places = (uint8_t)row->places;
        direct_head(out, kind, object, 1);
        fields->start = out_mark(out);
        drawn->head = (uint16_t)(fields->start.offset - before.offset);
        written = drawn->head <= DRAWN_TEXT;
        if (written) {
            memcpy(drawn->text, out->start + before.offset, drawn->head);
            written = draw(fields, row, 0, drawn, before.offset, 0);
        }
    }
    if (!written) {
        out_rewind(out, before);
    }
    return written;
}
