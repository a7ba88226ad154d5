/* The fields of one object: read where they are, so that no `__dict__` is built and nothing of the program's is asked.

   What takes nothing but copying comes first and needs no reference: scalars, and what is closed or left out. Everything
   else may let another thread run, and change the object. */
#include "direct.h"
#include "scalars.h"

static void write_cut(const Fields *fields, const char *why, Py_ssize_t more) {
    Out *out = fields->out;

    if (out_room(out, 64)) {
        out_bytes(out, ",\"$cut\":{\"why\":\"", 16);
        out_few(out, why, (Py_ssize_t)strlen(why));
        out_bytes(out, "\",\"more\":", 9);
        out_number(out, more);
        out_byte(out, '}');
    }
}

void fields_end(const Fields *fields) {
    if (fields->left_out) {
        write_cut(fields, "depth", fields->left_out + fields->nameless);
    } else if (fields->nameless) {
        write_cut(fields, "names", fields->nameless);
    }
    out_literal(fields->out, "}");
}

int fields_cut(const Fields *fields) {
    const char *why = fields->done >= fields->encoder->fields                         ? "fields"
                      : out_since(fields->out, fields->start) >= fields->left ? "bytes"
                                                                                      : NULL;
    if (why != NULL) {
        write_cut(fields, why, fields_count(fields) - fields->done);
    }
    return why != NULL;
}

/* -- what takes nothing but copying -- */

/* The value of a field, behind its key. */
static inline int quick_value(Fields *fields, PyObject *value, Py_ssize_t left) {
    PyTypeObject *type = Py_TYPE(value);

    if (type != &PyUnicode_Type && quick_scalar(fields->encoder, fields->out, value)) {
        return WRITTEN;
    }
    return direct_other(fields, value, type, left);
}

/* One field. 1: written or left out; 0: not. Labels change under our eyes where there is no lock of the interpreter's. */
static inline int quick_field(Fields *fields, Label *place, PyObject *name, PyObject *value) {
    Out *out = fields->out;
    OutMark mark;

    if (FREE_THREADED || place->name != name || place->named || fields->done >= fields->encoder->fields ||
        out_since(out, fields->start) >= fields->left) {
        return 0;
    }
    mark = out_mark(out);
    write_key(out, place->key, place->wide);
    switch (quick_value(fields, value, fields->left - out_between(fields->start, mark))) {
    case WRITTEN:
        fields->done++;
        return 1;
    case LEFT_OUT:
        fields->left_out++;
        out_rewind(out, mark);
        return 1;
    default:
        out_rewind(out, mark);
        return 0;
    }
}

/* -- what takes more -- */

/* Whether a picture of an object's own fields leaves this value out: another object, of which nothing but its class and
   identity would be shown. 1, 0 or -1. */
static int is_left_out(Encoder *encoder, PyObject *value) {
    Kind *kind;
    int is_instance;

    if (is_scalar(value) || PyList_CheckExact(value) || PyDict_CheckExact(value) || PyTuple_CheckExact(value)) {
        return 0;
    }
    kind = kind_of(encoder, Py_TYPE(value));
    if (kind == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    is_instance = kind->is_instance;
    kind_release(kind);
    return is_instance;
}

/* One more field, its references held by the caller. 1: written or passed over; 0: cut, nothing may follow; -1. `place`
   is where its label is kept, or NULL. */
static int write_field(Fields *fields, Label *place, PyObject *name, PyObject *value) {
    Encoder *encoder = fields->encoder;
    Out *out = fields->out;
    Label unkept = {.name = NULL};
    Py_ssize_t left = fields->left - out_since(out, fields->start);
    OutMark mark = out_mark(out);
    int named, is_text, failed;
    int passed = 0;

    if (fields_cut(fields)) {
        return 0;
    }
    if (!PyUnicode_CheckExact(name)) {
        fields->nameless++;
        return 1;
    }
    if (fields->own) {
        passed = is_left_out(encoder, value);
        if (passed < 0) {
            return -1;
        }
    }
    if (place != NULL && place->name != NULL && place->name != name) {
        fields->kind->relabelled++;
    }
    named = write_label(encoder, out, place == NULL ? &unkept : place, name);
    label_clear(&unkept);
    if (named < 0) {
        return -1;
    }
    if (passed) {
        int stays = named ? is_withheld(encoder, name, value) : 0;
        if (stays <= 0) {
            out_rewind(out, mark);
            fields->left_out++;
            return stays < 0 ? -1 : 1;
        }
    }
    fields->done++;
    is_text = fields->own && PyUnicode_CheckExact(value);
    if (is_text && named) {
        is_text = is_withheld(encoder, name, value);
        if (is_text < 0) {
            return -1;
        }
        is_text = !is_text;
    }
    if (is_text) {
        failed = encode_brief(encoder, out, value);
    } else if (named) {
        failed = encode_named(encoder, out, name, value, fields->depth, left, fields->path);
    } else {
        failed = encode_any(encoder, out, value, fields->depth, left, fields->path);
    }
    return failed ? -1 : 1;
}

/* -- the three places in which fields are -- */

static inline PyObject *in_slot(PyObject *object, Py_ssize_t offset) {
    return *(PyObject **)((char *)object + offset);
}

int fields_slots(Fields *fields, Kind *kind, PyObject *object) {
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

int fields_dict(Fields *fields, Kind *kind, PyObject *dict) {
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

int fields_attributes(Fields *fields, Kind *kind, PyObject *object) {
    /* Values in the object, with references: what is written of one of them can let another thread change the object,
       and then they are elsewhere. By their places. */
    PyObject *held[MOST_INLINE];
    PyObject **values;
    Row row;
    PyObject *dict = NULL;
    Py_ssize_t places = 0;
    Py_ssize_t first = 0;
    int result = 1;

    LOCKED(object)
    values = fields->encoder->dict_first && instance_dict(object) != NULL ? NULL : instance_values(object, &places);
    if (values == NULL) {
        places = 0;
        dict = instance_dict(object);
        Py_XINCREF(dict);
    } else {
        row = (Row){kind->places, shared_names(kind->type), values, places, 0, 0};
        first = direct_fields(fields, &row, 0);
        row.values = held;
    }
    for (Py_ssize_t i = first; i < places; i++) {
        held[i] = values[i];
        Py_XINCREF(held[i]);
    }
    UNLOCKED()
    if (dict != NULL) {
        result = fields_dict(fields, kind, dict);
        Py_DECREF(dict);
    }
    for (Py_ssize_t i = first; i < places && result == 1; i++) {
        i = direct_fields(fields, &row, i);
        if (i < places && held[i] != NULL) {
            result = write_field(fields, &kind->places[i], shared_name(kind->type, i), held[i]);
        }
    }
    for (Py_ssize_t i = first; i < places; i++) {
        Py_XDECREF(held[i]);
    }
    return result;
}

int fields_names(Fields *fields, Kind *kind, PyObject *tuple) {
    int result = 1;

    for (Py_ssize_t i = 0; i < kind->slot_count && result == 1; i++) {
        Label *label = &kind->slots[i];
        PyObject *value = PyTuple_GET_ITEM(tuple, i);
        if (!quick_field(fields, label, label->name, value)) {
            result = write_field(fields, label, label->name, value);
        }
    }
    return result;
}

int fields_are_known(const Kind *kind, PyObject *object) {
    Py_ssize_t places = 0;
    PyObject *dict;

    if (!kind->has_dict || instance_values(object, &places) != NULL) {
        return 1;
    }
    dict = instance_dict(object);
    return dict == NULL || PyDict_Check(dict);
}

Py_ssize_t fields_count(const Fields *fields) {
    const Kind *kind = fields->kind;
    PyObject **values;
    PyObject *dict;
    Py_ssize_t places = 0;
    Py_ssize_t count = 0;

    if (kind->form == NAMED_TUPLE) {
        return kind->slot_count;
    }
    if (fields->dict != NULL) {
        return PyDict_GET_SIZE(fields->dict);
    }
    for (Py_ssize_t i = 0; i < kind->slot_count; i++) {
        count += in_slot(fields->object, kind->offsets[i]) != NULL;
    }
    values = kind->has_dict ? instance_values(fields->object, &places) : NULL;
    for (Py_ssize_t i = 0; values != NULL && i < places; i++) {
        count += values[i] != NULL;
    }
    dict = kind->has_dict && values == NULL ? instance_dict(fields->object) : NULL;
    return dict != NULL && PyDict_Check(dict) ? count + PyDict_GET_SIZE(dict) : count;
}
