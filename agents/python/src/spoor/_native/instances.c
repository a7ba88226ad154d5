/* Instances of classes that are written in Python, by their fields: read where they are, so that no `__dict__` is built
   and nothing of the program's is asked. */
#include "kinds.h"

/* One instance while its fields are written. */
typedef struct {
    Encoder *encoder;
    Out *out;
    OutMark start; /* behind the head, which costs nothing */
    Py_ssize_t depth, left; /* of the fields */
    const Path *path;
    Py_ssize_t count; /* of the fields */
    Py_ssize_t done;
} Fields;

static int write_value(Fields *fields, PyObject *value, Py_ssize_t left) {
    Encoder *encoder = fields->encoder;
    Out *out = fields->out;

    if (PyUnicode_CheckExact(value)) {
        return encode_string(encoder, out, value);
    }
    if (value == Py_None) {
        out_literal(out, "null");
        return 0;
    }
    if (PyBool_Check(value)) {
        if (value == Py_True) {
            out_literal(out, "true");
        } else {
            out_literal(out, "false");
        }
        return 0;
    }
    if (PyLong_CheckExact(value)) {
        int overflow;
        long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (!overflow && number >= -MAX_INT && number <= MAX_INT) {
            if (out_room(out, 21)) {
                out_number(out, number);
            }
            return 0;
        }
    }
    return encode_any(encoder, out, value, fields->depth, left, fields->path);
}

static void write_cut(Out *out, const char *why, Py_ssize_t more) {
    if (out_room(out, 64)) {
        out_bytes(out, ",\"$cut\":{\"why\":\"", 16);
        out_bytes(out, why, (Py_ssize_t)strlen(why));
        out_bytes(out, "\",\"more\":", 9);
        out_number(out, more);
        out_byte(out, '}');
    }
}

/* One more field, its references held by the caller. 1: written or passed over; 0: cut, nothing may follow; -1. `place`
   is where its label is kept, or NULL. */
static int write_field(Fields *fields, Label *place, PyObject *name, PyObject *value) {
    Encoder *encoder = fields->encoder;
    Out *out = fields->out;
    Label unkept = {NULL, NULL, 0, 0};
    Py_ssize_t left = fields->left - out_since(out, fields->start);
    int named;

    if (fields->done >= encoder->fields) {
        write_cut(out, "fields", fields->count - fields->done);
        return 0;
    }
    if (left <= 0) {
        write_cut(out, "bytes", fields->count - fields->done);
        return 0;
    }
    if (!PyUnicode_CheckExact(name)) {
        return 1;
    }
    fields->done++;
    named = write_label(encoder, out, place == NULL ? &unkept : place, name);
    label_clear(&unkept);
    if (named < 0) {
        return -1;
    }
    if (named) {
        return encode_named(encoder, out, name, value, fields->depth, left, fields->path) == 0 ? 1 : -1;
    }
    return write_value(fields, value, left) == 0 ? 1 : -1;
}

/* -- the three places in which fields are -- */

static inline PyObject *in_slot(PyObject *object, Py_ssize_t offset) {
    return *(PyObject **)((char *)object + offset);
}

/* As write_field. */
static int write_slots(Fields *fields, Kind *kind, PyObject *object) {
    int result = 1;

    for (Py_ssize_t i = 0; i < kind->slot_count && result > 0; i++) {
        PyObject *value = in_slot(object, kind->offsets[i]);
        if (value != NULL) {
            Py_INCREF(value);
            result = write_field(fields, &kind->slots[i], kind->slots[i].name, value);
            Py_DECREF(value);
        }
    }
    return result;
}

/* The values in the object, with references: what is written of one of them can let another thread change the object. */
typedef struct {
    Py_ssize_t count;
    PyObject *values[MOST_INLINE];
    uint8_t places[MOST_INLINE];
} Held;

static void hold(Held *held, PyObject **values, Py_ssize_t places) {
    held->count = 0;
    for (Py_ssize_t i = 0; i < places; i++) {
        if (values[i] != NULL) {
            held->values[held->count] = Py_NewRef(values[i]);
            held->places[held->count++] = (uint8_t)i;
        }
    }
}

static void let_go(Held *held) {
    for (Py_ssize_t i = 0; i < held->count; i++) {
        Py_DECREF(held->values[i]);
    }
}

/* As write_field. */
static int write_held(Fields *fields, Kind *kind, Held *held) {
    int result = 1;

    for (Py_ssize_t i = 0; i < held->count && result > 0; i++) {
        Py_ssize_t place = held->places[i];
        result = write_field(fields, &kind->places[place], shared_name(kind->type, place), held->values[i]);
    }
    return result;
}

/* As write_field; 2 if another thread changed the dict meanwhile. */
static int write_dict(Fields *fields, Kind *kind, PyObject *dict) {
    Py_ssize_t used = PyDict_GET_SIZE(dict);
    Py_ssize_t at = 0;
    Py_ssize_t place = 0;
    PyObject *name, *value;
    int result = 1;

    while (result == 1 && PyDict_Next(dict, &at, &name, &value)) {
        Py_INCREF(name);
        Py_INCREF(value);
        result = write_field(fields, place < MOST_INLINE ? &kind->places[place] : NULL, name, value);
        Py_DECREF(name);
        Py_DECREF(value);
        place++;
        if (result == 1 && PyDict_GET_SIZE(dict) != used) {
            result = 2;
        }
    }
    return result;
}

/* -- all of it -- */

static void write_head(Out *out, Kind *kind) {
    Py_ssize_t length = PyBytes_GET_SIZE(kind->head);

    if (out_room(out, length)) {
        out_bytes(out, PyBytes_AS_STRING(kind->head), length);
        out->wide += kind->head_wide;
    }
}

static void write_identity(Out *out, PyObject *object) {
    if (out_room(out, 32)) {
        out_bytes(out, ",\"$id\":\"", 8);
        out_hexadecimal(out, (uint64_t)(uintptr_t)object);
        out_byte(out, '"');
    }
}

/* The fields of an open instance. 1; 0: not as expected, nothing was written; -1. */
static int write_fields(Encoder *encoder, Out *out, Kind *kind, PyObject *object, Py_ssize_t depth, Py_ssize_t left,
                        const Path *path, int own) {
    Fields fields = {encoder, out, {0, 0}, depth - 1, left, path, 0, 0};
    OutMark before = out_mark(out);
    Py_ssize_t places = 0;
    PyObject **values = kind->has_dict ? instance_values(object, &places) : NULL;
    PyObject *dict = NULL;
    Held held;
    int result;

    held.count = 0;
    if (values != NULL) {
        if (places > MOST_INLINE) {
            return 0;
        }
        hold(&held, values, places);
        fields.count = held.count;
    } else if (kind->has_dict) {
        dict = instance_dict(object);
        if (dict != NULL) {
            if (!PyDict_CheckExact(dict)) {
                return 0;
            }
            Py_INCREF(dict);
            fields.count = PyDict_GET_SIZE(dict);
        }
    }
    for (Py_ssize_t i = 0; i < kind->slot_count; i++) {
        fields.count += in_slot(object, kind->offsets[i]) != NULL;
    }
    write_head(out, kind);
    if (own) {
        write_identity(out, object);
    }
    fields.start = out_mark(out);
    result = write_slots(&fields, kind, object);
    if (result == 1 && held.count > 0) {
        result = write_held(&fields, kind, &held);
    } else if (result == 1 && dict != NULL) {
        result = write_dict(&fields, kind, dict);
    }
    let_go(&held);
    Py_XDECREF(dict);
    if (result < 0) {
        return -1;
    }
    if (result == 2) {
        out_rewind(out, before);
        out_literal(out, "{\"$\":\"unreadable\",\"why\":\"RuntimeError\"}");
        return 1;
    }
    if (result == 1 && fields.done < fields.count) {
        /* Their names are no texts. */
        write_cut(out, "names", fields.count - fields.done);
    }
    out_literal(out, "}");
    return 1;
}

int encode_instance(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left, const Path *path,
                    int own) {
    Path inner = {path, value};
    Kind *kind = kind_of(encoder, Py_TYPE(value));
    int result;

    if (kind == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (!kind->plain) {
        result = 0;
    } else if (depth <= 0) {
        write_head(out, kind);
        write_identity(out, value);
        out_literal(out, "}");
        result = 1;
    } else if (is_in(path, value)) {
        out_literal(out, CYCLE);
        result = 1;
    } else {
        result = write_fields(encoder, out, kind, value, depth, left, &inner, own);
    }
    kind_release(kind);
    return result;
}
