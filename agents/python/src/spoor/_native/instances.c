/* Instances of classes that are written in Python, by their fields: read where they are, so that no `__dict__` is built
   and nothing of the program's is asked. */
#include "kinds.h"
#include "scalars.h"

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

static void write_cut(Out *out, const char *why, Py_ssize_t more) {
    if (out_room(out, 64)) {
        out_bytes(out, ",\"$cut\":{\"why\":\"", 16);
        out_bytes(out, why, (Py_ssize_t)strlen(why));
        out_bytes(out, "\",\"more\":", 9);
        out_number(out, more);
        out_byte(out, '}');
    }
}

/* One more field if that takes nothing but copying, so that nobody needs to hold references. 1: written; 0: not.
   Labels change under our eyes where there is no lock of the interpreter's. */
static inline int quick_field(Fields *fields, Label *place, PyObject *name, PyObject *value) {
    Out *out = fields->out;
    OutMark mark;

    if (FREE_THREADED || place->name != name || place->named || fields->done >= fields->encoder->fields ||
        out_since(out, fields->start) >= fields->left) {
        return 0;
    }
    mark = out_mark(out);
    write_key(out, place->key, place->wide);
    if (!quick_scalar(fields->encoder, out, value)) {
        out_rewind(out, mark);
        return 0;
    }
    fields->done++;
    return 1;
}

/* One more field, its references held by the caller. 1: written or passed over; 0: cut, nothing may follow; -1. `place`
   is where its label is kept, or NULL. */
static int write_field(Fields *fields, Label *place, PyObject *name, PyObject *value) {
    Encoder *encoder = fields->encoder;
    Out *out = fields->out;
    Label unkept = {NULL, NULL, 0, 0};
    Py_ssize_t left = fields->left - out_since(out, fields->start);
    int named, failed;

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
    failed = named ? encode_named(encoder, out, name, value, fields->depth, left, fields->path)
                   : encode_any(encoder, out, value, fields->depth, left, fields->path);
    return failed ? -1 : 1;
}

/* -- the three places in which fields are -- */

static inline PyObject *in_slot(PyObject *object, Py_ssize_t offset) {
    return *(PyObject **)((char *)object + offset);
}

/* As write_field. */
static int write_slots(Fields *fields, Kind *kind, PyObject *object) {
    int result = 1;

    for (Py_ssize_t i = 0; i < kind->slot_count && result == 1; i++) {
        Label *label = &kind->slots[i];
        PyObject *value;
        LOCKED(object)
        value = in_slot(object, kind->offsets[i]);
        if (value != NULL && quick_field(fields, label, label->name, value)) {
            value = NULL;
        }
        Py_XINCREF(value);
        UNLOCKED()
        if (value != NULL) {
            result = write_field(fields, label, label->name, value);
            Py_DECREF(value);
        }
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
    int more = 1;

    while (more && result == 1) {
        Label *label = place < MOST_INLINE ? &kind->places[place] : NULL;
        place++;
        LOCKED(dict)
        more = PyDict_Next(dict, &at, &name, &value);
        if (more && label != NULL && quick_field(fields, label, name, value)) {
            name = NULL;
        } else if (more) {
            Py_INCREF(name);
            Py_INCREF(value);
        }
        UNLOCKED()
        if (more && name != NULL) {
            result = write_field(fields, label, name, value);
            Py_DECREF(name);
            Py_DECREF(value);
            if (result == 1 && PyDict_GET_SIZE(dict) != used) {
                result = 2;
            }
        }
    }
    return result;
}

/* As write_dict. */
static int write_attributes(Fields *fields, Kind *kind, PyObject *object) {
    /* Values in the object, with references: what is written of one of them can let another thread change the object,
       and then they are elsewhere. */
    PyObject *held[MOST_INLINE];
    uint8_t held_places[MOST_INLINE];
    PyObject **values;
    PyObject *dict = NULL;
    Py_ssize_t places = 0;
    int count = 0;
    int result = 1;

    LOCKED(object)
    values = fields->encoder->dict_first && instance_dict(object) != NULL ? NULL : instance_values(object, &places);
    if (values == NULL) {
        dict = instance_dict(object);
        Py_XINCREF(dict);
    }
    for (Py_ssize_t i = 0; values != NULL && i < places; i++) {
        if (values[i] == NULL ||
            (count == 0 && quick_field(fields, &kind->places[i], shared_name(kind->type, i), values[i]))) {
            continue;
        }
        held_places[count] = (uint8_t)i;
        held[count++] = Py_NewRef(values[i]);
    }
    UNLOCKED()
    if (dict != NULL) {
        result = write_dict(fields, kind, dict);
        Py_DECREF(dict);
    }
    for (int i = 0; i < count && result == 1; i++) {
        Label *label = &kind->places[held_places[i]];
        PyObject *name = shared_name(kind->type, held_places[i]);
        if (!quick_field(fields, label, name, held[i])) {
            result = write_field(fields, label, name, held[i]);
        }
    }
    for (int i = 0; i < count; i++) {
        Py_DECREF(held[i]);
    }
    return result;
}

/* How many fields there are now; -1: they are not where they are expected. */
static Py_ssize_t count_fields(const Kind *kind, PyObject *object) {
    PyObject **values;
    PyObject *dict;
    Py_ssize_t places = 0;
    Py_ssize_t count = 0;

    for (Py_ssize_t i = 0; i < kind->slot_count; i++) {
        count += in_slot(object, kind->offsets[i]) != NULL;
    }
    if (!kind->has_dict) {
        return count;
    }
    values = instance_values(object, &places);
    if (values != NULL) {
        for (Py_ssize_t i = 0; i < places; i++) {
            count += values[i] != NULL;
        }
        return count;
    }
    dict = instance_dict(object);
    if (dict == NULL) {
        return count;
    }
    return PyDict_Check(dict) ? count + PyDict_GET_SIZE(dict) : -1;
}

/* -- all of it -- */

static void write_identity(Out *out, PyObject *object) {
    if (out_room(out, 32)) {
        out_bytes(out, ",\"$id\":\"", 8);
        out_hexadecimal(out, (uint64_t)(uintptr_t)object);
        out_byte(out, '"');
    }
}

/* The fields of an open instance. 1; 0: not as expected, nothing was written; -1. */
static int write_open(Encoder *encoder, Out *out, Kind *kind, PyObject *object, Py_ssize_t depth, Py_ssize_t left,
                      const Path *path, int own) {
    Fields fields = {encoder, out, {0, 0}, depth - 1, left, path, count_fields(kind, object), 0};
    OutMark before = out_mark(out);
    int result;

    if (fields.count < 0) {
        return 0;
    }
    write_key(out, kind->head, kind->head_wide);
    if (own) {
        write_identity(out, object);
    }
    fields.start = out_mark(out);
    result = write_slots(&fields, kind, object);
    if (result == 1 && kind->has_dict) {
        result = write_attributes(&fields, kind, object);
    }
    if (result < 0) {
        return -1;
    }
    if (result == 2) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
        return encode_unreadable(out, before) == 0 ? 1 : -1;
    }
    if (result == 1 && fields.done < fields.count) {
        /* Their names are no texts. */
        write_cut(out, "names", fields.count - fields.done);
    }
    out_literal(out, "}");
    return 1;
}

/* A named tuple, whose length is that of its names. 1, or -1. */
static int write_named(Encoder *encoder, Out *out, Kind *kind, PyObject *tuple, Py_ssize_t depth, Py_ssize_t left,
                       const Path *path) {
    Fields fields = {encoder, out, {0, 0}, depth - 1, left, path, kind->slot_count, 0};
    int result = 1;

    write_key(out, kind->head, kind->head_wide);
    fields.start = out_mark(out);
    for (Py_ssize_t i = 0; i < kind->slot_count && result == 1; i++) {
        Label *label = &kind->slots[i];
        PyObject *value = PyTuple_GET_ITEM(tuple, i);
        if (!quick_field(&fields, label, label->name, value)) {
            result = write_field(&fields, label, label->name, value);
        }
    }
    out_literal(out, "}");
    return result < 0 ? -1 : 1;
}

/* The dict of an object that C code made with one, borrowed, NULL if it was never built. 0: it has none yet, but values
   of fields in itself, whose order the twin knows better. */
static int find_dict(const Kind *kind, PyObject *object, PyObject **dict) {
    Py_ssize_t places = 0;

    if (kind->has_dict) {
        if (instance_values(object, &places) != NULL) {
            return 0;
        }
        *dict = instance_dict(object);
    } else {
        *dict = *(PyObject **)((char *)object + kind->type->tp_dictoffset);
    }
    return *dict == NULL || PyDict_CheckExact(*dict);
}

/* An instance with a part that its built-in base keeps, or with data of C code, and then fields in a dict. 1, 0 or -1. */
static int write_mixed(Encoder *encoder, Out *out, Kind *kind, PyObject *object, Py_ssize_t depth, Py_ssize_t left,
                       const Path *path, int own) {
    Path inner = {path, object};
    Fields fields = {encoder, out, {0, 0}, depth - 1, left, &inner, 0, 0};
    OutMark before = out_mark(out);
    PyObject *dict = NULL;
    int result = 1;

    if (!kind->fieldless && !(kind->form == BASED && depth <= 0) && !find_dict(kind, object, &dict)) {
        return 0;
    }
    /* What follows can let another thread give the object another dict. */
    Py_XINCREF(dict);
    write_key(out, kind->head, kind->head_wide);
    if (own || (kind->form == DICT_BESIDE && (dict == NULL || PyDict_GET_SIZE(dict) == 0))) {
        write_identity(out, object);
    }
    if (kind->form == BASED) {
        Py_ssize_t part_depth = own ? 0 : depth;
        OutMark part;
        out_literal(out, ",\"$value\":");
        part = out_mark(out);
        result = PyDict_Check(object)   ? encode_dict(encoder, out, object, part_depth, left, path)
                 : PyList_Check(object) ? encode_list(encoder, out, object, part_depth, left, path)
                                        : encode_tuple(encoder, out, object, part_depth, left, path);
        if (result < 0) {
            goto done;
        }
        fields.left -= out_since(out, part) + 10;
        result = 1;
    }
    if (dict != NULL && PyDict_GET_SIZE(dict) > 0) {
        fields.count = PyDict_GET_SIZE(dict);
        fields.start = out_mark(out);
        result = write_dict(&fields, kind, dict);
        if (result < 0) {
            goto done;
        }
        if (result == 2) {
            PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
            result = encode_unreadable(out, before) == 0 ? 1 : -1;
            goto done;
        }
        if (result == 1 && fields.done < fields.count) {
            write_cut(out, "names", fields.count - fields.done);
        }
    }
    out_literal(out, "}");
    result = 1;
done:
    Py_XDECREF(dict);
    return result;
}

static inline int is_named(PyObject *name, const char *wanted) {
    return PyUnicode_CheckExact(name) && PyUnicode_CompareWithASCIIString(name, wanted) == 0;
}

/* The value of a field of an enum member, borrowed; NULL if it has none of this name. */
static PyObject *member_field(const Kind *kind, PyObject *member, const char *wanted) {
    Py_ssize_t places = 0;
    PyObject **values = kind->has_dict ? instance_values(member, &places) : NULL;
    PyObject *dict, *name, *value;
    Py_ssize_t at = 0;

    if (values == NULL) {
        dict = kind->has_dict ? instance_dict(member) : NULL;
        if (dict == NULL || !PyDict_CheckExact(dict)) {
            return NULL;
        }
        /* Not looked up, since other keys of the program's could be asked whether they are equal. */
        while (PyDict_Next(dict, &at, &name, &value)) {
            if (is_named(name, wanted)) {
                return value;
            }
        }
        return NULL;
    }
    for (Py_ssize_t i = 0; i < places; i++) {
        if (values[i] != NULL && is_named(shared_name(kind->type, i), wanted)) {
            return values[i];
        }
    }
    return NULL;
}

/* 1, 0 or -1. */
static int write_member(Encoder *encoder, Out *out, Kind *kind, PyObject *member, Py_ssize_t depth, Py_ssize_t left,
                        const Path *path) {
    Path inner = {path, member};
    OutMark before = out_mark(out);
    PyObject *name = member_field(kind, member, "_name_");
    PyObject *value = member_field(kind, member, "_value_");
    int failed;

    if (name == NULL || value == NULL || !PyUnicode_CheckExact(name) || PyUnicode_GET_LENGTH(name) > encoder->text) {
        return 0;
    }
    write_key(out, kind->head, kind->head_wide);
    out_literal(out, ",\"name\":");
    if (!quick_text(encoder, out, name)) {
        out_rewind(out, before);
        return 0;
    }
    out_literal(out, ",\"value\":");
    Py_INCREF(value);
    failed = encode_any(encoder, out, value, depth - 1, left, &inner);
    Py_DECREF(value);
    out_literal(out, "}");
    return failed < 0 ? -1 : 1;
}

/* 1, or 0. */
static int write_length(Out *out, Kind *kind, PyObject *object) {
    Py_ssize_t length = kind->type->tp_as_sequence->sq_length(object);

    out_literal(out, "{\"$\":\"");
    write_key(out, kind->head, kind->head_wide);
    if (length == 0) {
        out_literal(out, "\",\"items\":[]}");
    } else if (out_room(out, 40)) {
        out_bytes(out, "\",\"len\":", 8);
        out_number(out, length);
        out_byte(out, '}');
    }
    return 1;
}

static int write_by_form(Encoder *encoder, Out *out, Kind *kind, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                         const Path *path, int own) {
    Path inner = {path, value};
    int closed = depth <= 0;

    switch (kind->form) {
    case NAMED_TUPLE:
        if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != kind->slot_count) {
            return 0;
        }
        if (closed) {
            write_key(out, kind->head, kind->head_wide);
            out_literal(out, "}");
            return 1;
        }
        break;
    case BASED:
        if (is_in(path, value)) {
            out_literal(out, CYCLE);
            return 1;
        }
        return write_mixed(encoder, out, kind, value, depth, left, path, own);
    case ENUM_MEMBER:
        return write_member(encoder, out, kind, value, depth, left, path);
    case SIZED:
        return closed ? write_length(out, kind, value) : 0;
    case CLOSED_ONLY:
        if (!closed) {
            return 0;
        }
        break;
    case BY_TWIN:
        return 0;
    }
    if (!closed && is_in(path, value)) {
        out_literal(out, CYCLE);
        return 1;
    }
    if (closed || kind->form == OPAQUE) {
        write_key(out, kind->head, kind->head_wide);
        write_identity(out, value);
        out_literal(out, "}");
        return 1;
    }
    if (kind->form == NAMED_TUPLE) {
        return write_named(encoder, out, kind, value, depth, left, &inner);
    }
    if (kind->form == DICT_BESIDE) {
        return write_mixed(encoder, out, kind, value, depth, left, path, own);
    }
    return write_open(encoder, out, kind, value, depth, left, &inner, own);
}

int encode_instance(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left, const Path *path,
                    int own) {
    Kind *kind = kind_of(encoder, Py_TYPE(value));
    int result;

    if (kind == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    result = write_by_form(encoder, out, kind, value, depth, left, path, own);
    kind_release(kind);
    return result;
}
