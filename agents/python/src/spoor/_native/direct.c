/* Instances whose fields are all in one place, and take nothing but copying: scalars, short containers of them, other
   instances of this kind. This is where programs of many small methods spend their recording.

   Whatever is not so is told before anything was decided, and instances.c and fields.c do it. */
#include "direct.h"

#define PASSED_BY 31 /* instances of a class that are not tried after one that took more */

int direct_other(Fields *fields, PyObject *value, PyTypeObject *type, Py_ssize_t left) {
    Encoder *encoder = fields->encoder;
    Out *out = fields->out;
    const Kind *kind;

    if (type == &PyUnicode_Type) {
        return fields->own ? quick_brief(encoder, out, value) : quick_text(encoder, out, value);
    }
    if (type == &PyFloat_Type) {
        return quick_float(out, PyFloat_AS_DOUBLE(value));
    }
    if (type == &PyLong_Type) {
        return quick_int(out, value);
    }
    if (type == &PyList_Type || type == &PyTuple_Type) {
        return quick_sequence(encoder, out, value, fields->depth, left, fields->path);
    }
    if (type == &PyDict_Type) {
        return quick_dict(encoder, out, value, fields->depth, left, fields->path);
    }
    kind = known_kind(encoder, type);
    if (kind == NULL || !kind->is_instance) {
        return SLOW;
    }
    return fields->own ? LEFT_OUT : encode_direct(encoder, out, value, fields->depth, left, fields->path, 0);
}

Py_ssize_t direct_fields(Fields *fields, const Kind *kind, const Label *labels, PyObject *const *values,
                         Py_ssize_t place, Py_ssize_t places) {
    char *at = fields->out->at;
    const char *limit = limit_of(fields);

    for (; place < places && !FREE_THREADED; place++) {
        if (values[place] != NULL && (labels[place].name != name_at(kind, labels, place) ||
                                      !direct_field(fields, &labels[place], values[place], &at, &limit))) {
            break;
        }
    }
    fields->out->at = at;
    return place;
}

void direct_head(Out *out, const Kind *kind, PyObject *object, int with_identity) {
    write_key(out, kind->head, kind->head_wide);
    if (with_identity && out_room(out, 32)) {
        out_bytes(out, ",\"$id\":\"", 8);
        out_hexadecimal(out, (uint64_t)(uintptr_t)object);
        out_byte(out, '"');
    }
}

/* The values of the slots, side by side as those in an object are. */
static Py_ssize_t gather(const Kind *kind, PyObject *object, PyObject **values) {
    for (Py_ssize_t i = 0; i < kind->slot_count; i++) {
        values[i] = *(PyObject **)((char *)object + kind->offsets[i]);
    }
    return kind->slot_count;
}

int encode_direct(Encoder *encoder, Out *out, PyObject *object, Py_ssize_t depth, Py_ssize_t left, const Path *path,
                  int own) {
    Kind *kind = FREE_THREADED ? NULL : known_kind(encoder, Py_TYPE(object));
    Path inner = {path, object};
    PyObject *in_slots[MOST_INLINE];
    PyObject **values = in_slots;
    const Label *labels;
    Py_ssize_t places = 0;
    Fields fields;

    if (kind == NULL || !kind->direct || kind->version == 0 || kind->version != type_version(kind->type)) {
        return 0;
    }
    if (depth <= 0) {
        direct_head(out, kind, object, 1);
        out_literal(out, "}");
        return 1;
    }
    if (is_in(path, object)) {
        out_literal(out, CYCLE);
        return 1;
    }
    if (kind->wait) {
        kind->wait--;
        return 0;
    }
    if (kind->has_dict) {
        values = encoder->dict_first && instance_dict(object) != NULL ? NULL : instance_values(object, &places);
        labels = kind->places;
        if (values == NULL) {
            return 0;
        }
    } else {
        places = gather(kind, object, in_slots);
        labels = kind->slots;
    }
    fields = (Fields){.encoder = encoder, .out = out, .start = out_mark(out), .depth = depth - 1, .left = left,
                      .path = &inner, .own = own || depth == 1, .kind = kind, .object = object};
    if (depth != 1 || !drawn_write(&fields, kind, labels, values, places)) {
        OutMark before = out_mark(out);
        direct_head(out, kind, object, fields.own);
        fields.start = out_mark(out);
        fields.done = fields.left_out = 0;
        if (direct_fields(&fields, kind, labels, values, 0, places) == places) {
            fields_end(&fields);
        } else if (fields_cut(&fields)) {
            out_literal(out, "}");
        } else {
            out_rewind(out, before);
            kind->wait = PASSED_BY;
            return 0;
        }
    }
    return 1;
}
