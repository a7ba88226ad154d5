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
    if (kind != NULL && kind->is_instance) {
        if (fields->own) {
            return LEFT_OUT;
        }
        if (encode_direct(encoder, out, value, fields->depth, left, fields->path, 0)) {
            return WRITTEN;
        }
    }
    return encode_closed(encoder, out, value, fields->depth, fields->path);
}

Py_ssize_t direct_fields(Fields *fields, const Row *row, Py_ssize_t place) {
    char *at = fields->out->at;
    const char *limit = limit_of(fields);

    for (; place < row->places && !FREE_THREADED; place++) {
        PyObject *value = row->values[place];
        if (value != NULL && (row->labels[place].name != name_in(row->names, place) ||
                              !direct_field(fields, &row->labels[place], value, &at, &limit))) {
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

/* Where the fields of an object are; `room` is for what does not lie side by side. 0: nowhere that is known. */
static int find_row(const Encoder *encoder, const Kind *kind, PyObject *object, PyObject *(*room)[MOST_INLINE], Row *row) {
    PyObject **values = NULL;
    PyObject *dict;
    Py_ssize_t places = 0;

    if (!kind->has_dict) {
        for (Py_ssize_t i = 0; i < kind->slot_count; i++) {
            room[0][i] = *(PyObject **)((char *)object + kind->offsets[i]);
        }
        *row = (Row){kind->slots, {(const char *)kind->slots, sizeof *kind->slots}, room[0], kind->slot_count, 0, 0};
        return 1;
    }
    if (!encoder->dict_first || instance_dict(object) == NULL) {
        values = instance_values(object, &places);
    }
    if (values != NULL) {
        *row = (Row){kind->places, shared_names(kind->type), values, places, 0, 0};
        return 1;
    }
    dict = instance_dict(object);
    if (dict == NULL || !PyDict_CheckExact(dict)) {
        return 0;
    }
    *row = (Row){.labels = kind->places, .values = room[0], .in_dict = 1};
    row->places = dict_entries(dict, MOST_INLINE, room[1], room[0], &row->names);
    row->more = PyDict_GET_SIZE(dict) > row->places;
    return 1;
}

int encode_direct(Encoder *encoder, Out *out, PyObject *object, Py_ssize_t depth, Py_ssize_t left, const Path *path,
                  int own) {
    Kind *kind = FREE_THREADED ? NULL : known_kind(encoder, Py_TYPE(object));
    Path inner = {path, object};
    PyObject *room[2][MOST_INLINE]; /* values, names */
    Fields fields;
    Row row;

    if (kind == NULL || !kind->direct || !is_as_learned(kind)) {
        return 0;
    }
    if (depth <= 0) {
        direct_head(out, kind, object, 1);
        end_closed_instance(out, depth);
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
    if (!find_row(encoder, kind, object, room, &row)) {
        return 0;
    }
    fields = (Fields){.encoder = encoder, .out = out, .start = out_mark(out), .depth = depth - 1, .left = left,
                      .path = &inner, .own = own || depth == 1, .kind = kind, .object = object};
    if (depth != 1 || !drawn_write(&fields, kind, &row)) {
        OutMark before = out_mark(out);
        direct_head(out, kind, object, fields.own);
        fields.start = out_mark(out);
        fields.done = fields.left_out = 0;
        if (direct_fields(&fields, &row, 0) == row.places && !row.more) {
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
