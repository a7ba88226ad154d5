/* Instances of classes that are written in Python, and of those that build on a built-in type: by the form that their
   class has. Their fields are fields.c's. */
#include "direct.h"
#include "scalars.h"

/* The fields of an open instance. 1; 0: not as expected, nothing was written; -1. */
static int write_open(Encoder *encoder, Out *out, Kind *kind, PyObject *object, Py_ssize_t depth, Py_ssize_t left,
                      const Path *path, int own) {
    Fields fields = {.encoder = encoder, .out = out, .depth = depth - 1, .left = left, .path = path, .own = own,
                     .kind = kind, .object = object};
    OutMark before = out_mark(out);
    int result;

    if (!fields_are_known(kind, object)) {
        return 0;
    }
    direct_head(out, kind, object, own);
    fields.start = out_mark(out);
    result = fields_slots(&fields, kind, object);
    if (result == 1 && kind->has_dict) {
        result = fields_attributes(&fields, kind, object);
    }
    if (result < 0) {
        return -1;
    }
    if (result == 2) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
        return encode_unreadable(out, before) == 0 ? 1 : -1;
    }
    if (result == 1) {
        fields_end(&fields);
    } else {
        out_literal(out, "}");
    }
    return 1;
}

/* A named tuple, whose length is that of its names. 1, or -1. */
static int write_named(Encoder *encoder, Out *out, Kind *kind, PyObject *tuple, Py_ssize_t depth, Py_ssize_t left,
                       const Path *path) {
    Fields fields = {.encoder = encoder, .out = out, .depth = depth - 1, .left = left, .path = path, .kind = kind,
                     .object = tuple};
    int result;

    write_key(out, kind->head, kind->head_wide);
    fields.start = out_mark(out);
    result = fields_names(&fields, kind, tuple);
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
    Fields fields = {.encoder = encoder, .out = out, .depth = depth - 1, .left = left, .path = &inner, .own = own,
                     .kind = kind, .object = object};
    OutMark before = out_mark(out);
    PyObject *dict = NULL;
    int result = 1;

    if (!kind->fieldless && !(kind->form == BASED && depth <= 0) && !find_dict(kind, object, &dict)) {
        return 0;
    }
    /* What follows can let another thread give the object another dict. */
    Py_XINCREF(dict);
    direct_head(out, kind, object, own || (kind->form == DICT_BESIDE && (dict == NULL || PyDict_GET_SIZE(dict) == 0)));
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
        fields.dict = dict;
        fields.start = out_mark(out);
        result = fields_dict(&fields, kind, dict);
        if (result < 0) {
            goto done;
        }
        if (result == 2) {
            PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
            result = encode_unreadable(out, before) == 0 ? 1 : -1;
            goto done;
        }
        if (result == 1) {
            fields_end(&fields);
            goto done;
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

int instance_length(Out *out, const Kind *kind, PyObject *object, Py_ssize_t depth) {
    Py_ssize_t length = kind->type->tp_as_sequence->sq_length(object);

    out_literal(out, "{\"$\":\"");
    write_key(out, kind->head, kind->head_wide);
    if (length == 0) {
        out_literal(out, "\",\"items\":[]}");
    } else if (out_room(out, 40)) {
        out_bytes(out, "\",\"len\":", 8);
        out_number(out, length);
        end_closed(out, depth);
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
            end_closed_instance(out, depth);
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
        /* Most are empty wherever they are met. */
        return closed || kind->type->tp_as_sequence->sq_length(value) == 0 ? instance_length(out, kind, value, depth) : 0;
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
    own |= depth == 1;
    if (closed || kind->form == OPAQUE) {
        direct_head(out, kind, value, 1);
        end_closed_instance(out, depth);
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
