/* Names that values are bound to: what is written for them as keys, and whether the values are withheld. The twin
   decides about each name once. */
#include "endings.h"
#include "named.h"
#include "scalars.h"

/* As values.py: names of no more characters are kept, and so many of them. */
#define SHORT_NAME 64
#define MOST_NAMES 4096

void names_forget(Encoder *encoder) {
    for (size_t i = 0; i < RECENT_NAMES; i++) {
        Py_CLEAR(encoder->recent[i].name);
    }
    PyDict_Clear(encoder->names);
}

static int keep(Encoder *encoder, PyObject *name, const Name *found) {
    PyObject *entry;
    int failed;

    if (PyDict_GET_SIZE(encoder->names) >= MOST_NAMES) {
        names_forget(encoder);
    }
    entry = found->rule == NULL ? Py_NewRef(found->key) : PyTuple_Pack(2, found->key, found->rule);
    if (entry == NULL) {
        return -1;
    }
    /* The twin may have let another thread learn the name, whose entry may be among `recent` by now. */
    failed = PyDict_SetDefault(encoder->names, name, entry) == NULL ? -1 : 0;
    Py_DECREF(entry);
    return failed;
}

/* The key of an ASCII name that holds no secret and has no rule for certain, as most. 1: made; 0: the twin must; -1. */
static int learn_quickly(Encoder *encoder, PyObject *name, Name *found) {
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    const unsigned char *text;
    Out out;

    if (!PyUnicode_IS_COMPACT_ASCII(name) || length > SHORT_NAME || length > encoder->text || encoder->all_suspect) {
        return 0;
    }
    text = (const unsigned char *)((PyASCIIObject *)name + 1);
    if (ends_secretly(encoder->endings, text, text + length)) {
        return 0;
    }
    out_begin(&out);
    out_byte(&out, ',');
    if (!quick_text(encoder, &out, name)) {
        return 0;
    }
    out_byte(&out, ':');
    if (length > 0 && text[0] == '$') {
        out_insert(&out, (OutMark){2, 0}, "$", 1);
    }
    found->key = PyBytes_FromStringAndSize(out.start, out.at - out.start);
    out_end(&out);
    return found->key == NULL ? -1 : 1;
}

/* Asks the twin. A name with a secret in it is not kept. */
static int ask(Encoder *encoder, PyObject *name, Name *found) {
    PyObject *text = PyObject_CallMethod(encoder->twin, "plain_key", "O", name);

    if (text == NULL) {
        return -1;
    }
    if (text != Py_None) {
        found->key = PyUnicode_AsUTF8String(text);
        if (found->key == NULL) {
            Py_DECREF(text);
            return -1;
        }
        found->wide = wide_of(found->key);
    }
    Py_DECREF(text);
    found->rule = PyObject_CallOneArg(encoder->rule, name);
    if (found->rule == NULL) {
        return -1;
    }
    if (found->rule == Py_None) {
        Py_CLEAR(found->rule);
    } else if (!PyTuple_CheckExact(found->rule) || PyTuple_GET_SIZE(found->rule) != 2) {
        PyErr_SetString(PyExc_TypeError, "a rule is no pair");
        return -1;
    }
    return 0;
}

static int learn(Encoder *encoder, PyObject *name, Name *found) {
    int made = learn_quickly(encoder, name, found);

    if (made < 0 || (made == 0 && ask(encoder, name, found) < 0)) {
        return -1;
    }
    return found->key != NULL && PyUnicode_GET_LENGTH(name) <= SHORT_NAME ? keep(encoder, name, found) : 0;
}

/* Makes room at a place by moving what is there to the other one of the pair; gives what was there. */
static RecentName recent_push(Encoder *encoder, size_t place, RecentName recent) {
    RecentName gone = encoder->recent[place ^ 1];

    encoder->recent[place ^ 1] = encoder->recent[place];
    encoder->recent[place] = recent;
    return gone;
}

static void recent_add(Encoder *encoder, RecentName recent) {
    size_t place = recent_place(recent.name), first;
    RecentName moved;

    Py_INCREF(recent.name);
    moved = recent_push(encoder, place, recent);
    if (moved.name != NULL) {
        first = recent_place(moved.name);
        moved = recent_push(encoder, (first | 1) == (place | 1) ? other_recent_place(moved.name) : first, moved);
        Py_XDECREF(moved.name);
    }
}

int name_find(Encoder *encoder, PyObject *name, Name *found) {
    PyObject *entry = PyDict_GetItemWithError(encoder->names, name);

    *found = (Name){NULL, NULL, 0};
    if (entry == NULL) {
        if (PyErr_Occurred() || learn(encoder, name, found) < 0) {
            name_release(found);
            return -1;
        }
        return 0;
    }
    if (PyTuple_CheckExact(entry)) {
        found->key = Py_NewRef(PyTuple_GET_ITEM(entry, 0));
        found->rule = Py_NewRef(PyTuple_GET_ITEM(entry, 1));
        found->wide = wide_of(found->key);
        return 0;
    }
    found->key = Py_NewRef(entry);
    found->wide = wide_of(entry);
    if (recent_find(encoder, name) == NULL) {
        recent_add(encoder, (RecentName){name, entry, found->wide});
    }
    return 0;
}

PyObject *key_of(Encoder *encoder, PyObject *name) {
    Name found;
    PyObject *entry = PyDict_GetItemWithError(encoder->names, name);

    if (entry == NULL) {
        if (PyErr_Occurred() || name_find(encoder, name, &found) < 0) {
            return NULL;
        }
        name_release(&found);
        entry = PyDict_GetItemWithError(encoder->names, name);
    }
    return entry != NULL && PyBytes_CheckExact(entry) ? entry : NULL;
}

int write_redacted(Out *out, PyObject *why) {
    int failed = 0;

    out_literal(out, "{\"$\":\"redacted\",\"why\":\"");
    if (PyUnicode_CheckExact(why)) {
        failed = out_text(out, why);
    } else if (out_room(out, PyBytes_GET_SIZE(why))) {
        out_bytes(out, PyBytes_AS_STRING(why), PyBytes_GET_SIZE(why));
    }
    out_literal(out, "\"}");
    return failed;
}

int encode_ruled(Encoder *encoder, Out *out, PyObject *rule, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                 const Path *path) {
    if (withheld(value, PyTuple_GET_ITEM(rule, 1) == Py_True)) {
        return write_redacted(out, PyTuple_GET_ITEM(rule, 0));
    }
    return encode_any(encoder, out, value, depth, left, path);
}

int is_withheld(Encoder *encoder, PyObject *name, PyObject *value) {
    Name found;
    int is;

    if (name_find(encoder, name, &found) < 0) {
        return -1;
    }
    is = found.rule != NULL && withheld(value, PyTuple_GET_ITEM(found.rule, 1) == Py_True);
    name_release(&found);
    return is;
}

int encode_named(Encoder *encoder, Out *out, PyObject *name, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                 const Path *path) {
    Name found;
    int failed;

    if (name_find(encoder, name, &found) < 0) {
        return -1;
    }
    failed = found.rule == NULL ? encode_any(encoder, out, value, depth, left, path)
                                : encode_ruled(encoder, out, found.rule, value, depth, left, path);
    name_release(&found);
    return failed;
}

int withheld(PyObject *value, int text_only) {
    PyTypeObject *type = Py_TYPE(value);
    PyObject *mro = type->tp_mro;

    if (value == Py_None || type == &PyBool_Type || type == &PyType_Type || type == &PyFunction_Type ||
        type == &PyCFunction_Type || type == &PyMethod_Type || type == &PyModule_Type) {
        return 0;
    }
    /* Not the flags of built-in subclasses: the first of these classes in the order of bases decides, as in the twin. */
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        if (base == (PyObject *)&PyUnicode_Type) {
            return PyUnicode_GET_LENGTH(value) > 0 || !TEXT_IS_READY(value);
        }
        if (base == (PyObject *)&PyBytes_Type || base == (PyObject *)&PyByteArray_Type) {
            return Py_SIZE(value) > 0;
        }
        if (base == (PyObject *)&PyList_Type || base == (PyObject *)&PyTuple_Type) {
            return !text_only && Py_SIZE(value) > 0;
        }
        if (base == (PyObject *)&PyDict_Type) {
            return !text_only && PyDict_GET_SIZE(value) > 0;
        }
        if (base == (PyObject *)&PySet_Type || base == (PyObject *)&PyFrozenSet_Type) {
            return !text_only && PySet_GET_SIZE(value) > 0;
        }
    }
    return !text_only;
}
