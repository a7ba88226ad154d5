/* Learns classes: asks the twin how it writes their instances, and finds the slots and labels of those that have plain
   fields. A class that is in any way unusual is left to the twin.

   No attribute of a class is asked for, since its metaclass may answer: its type struct is read. */
#include "kinds.h"

#define MOST_KINDS 4096
#define FIRST_MASK 63

Kinds *kinds_new(void) {
    Kinds *kinds = PyMem_Calloc(1, sizeof(Kinds));

    if (kinds == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    kinds->mask = FIRST_MASK;
    kinds->table = PyMem_Calloc(kinds->mask + 1, sizeof(Kind *));
    if (kinds->table == NULL) {
        PyMem_Free(kinds);
        PyErr_NoMemory();
        return NULL;
    }
    return kinds;
}

void kind_release(Kind *kind) {
    if (--kind->users > 0) {
        return;
    }
    for (Py_ssize_t i = 0; i < kind->slot_count; i++) {
        label_clear(&kind->slots[i]);
    }
    for (int i = 0; kind->places != NULL && i < MOST_INLINE; i++) {
        label_clear(&kind->places[i]);
    }
    PyMem_Free(kind->places);
    PyMem_Free(kind->slots);
    PyMem_Free(kind->offsets);
    Py_XDECREF(kind->head);
    Py_XDECREF(kind->mro);
    Py_XDECREF((PyObject *)kind->type);
    PyMem_Free(kind);
}

static void table_free(Kind **table, size_t mask) {
    for (size_t i = 0; i <= mask; i++) {
        if (table[i] != NULL) {
            kind_release(table[i]);
        }
    }
    PyMem_Free(table);
}

void kinds_free(Kinds *kinds) {
    if (kinds != NULL) {
        table_free(kinds->table, kinds->mask);
        PyMem_Free(kinds);
    }
}

int kinds_traverse(Kinds *kinds, visitproc visit, void *arg) {
    if (kinds != NULL) {
        for (size_t i = 0; i <= kinds->mask; i++) {
            if (kinds->table[i] != NULL) {
                Py_VISIT(kinds->table[i]->type);
                Py_VISIT(kinds->table[i]->mro);
            }
        }
    }
    return 0;
}

/* -- the table -- */

static void add(Kinds *kinds, Kind *kind) {
    *place_of_kind(kinds->table, kinds->mask, kind->type) = kind;
    kinds->used++;
}

/* Takes over the reference. */
static int keep(Kinds *kinds, Kind *kind) {
    Kind **place = place_of_kind(kinds->table, kinds->mask, kind->type);

    if (*place != NULL) {
        Kind *before = *place;
        *place = kind;
        kinds->generation++;
        kind_release(before);
        return 0;
    }
    if (kinds->used >= MOST_KINDS || kinds->used * 2 > kinds->mask) {
        size_t mask = kinds->used >= MOST_KINDS ? FIRST_MASK : kinds->mask * 2 + 1;
        Kind **table = PyMem_Calloc(mask + 1, sizeof(Kind *));
        Kind **before = kinds->table;
        size_t before_mask = kinds->mask;
        if (table == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        kinds->table = table;
        kinds->mask = mask;
        if (mask > before_mask) {
            for (size_t i = 0; i <= before_mask; i++) {
                if (before[i] != NULL) {
                    *place_of_kind(table, mask, before[i]->type) = before[i];
                }
            }
            PyMem_Free(before);
        } else {
            kinds->used = 0;
            kinds->generation++;
            /* The last reference to a class can run code of the program's, which can be recorded: the new table is
               in its place by now. */
            add(kinds, kind);
            table_free(before, before_mask);
            return 0;
        }
    }
    add(kinds, kind);
    return 0;
}

/* -- learning -- */

/* 0 and no exception if there is one that is not to reach the program; else -1. */
static int pass_on_or_clear(void) {
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError) || is_the_programs()) {
        return -1;
    }
    PyErr_Clear();
    return 0;
}

static Py_ssize_t count_wide(PyObject *bytes) {
    const char *at = PyBytes_AS_STRING(bytes);
    Py_ssize_t wide = 0;

    for (Py_ssize_t i = PyBytes_GET_SIZE(bytes); i > 0; i--, at++) {
        wide += ((unsigned char)*at & 0xC0) == 0x80;
    }
    return wide;
}

Py_ssize_t count_names(PyObject *mro) {
    Py_ssize_t names = 0;

    for (Py_ssize_t i = PyTuple_GET_SIZE(mro) - 1; i >= 0; i--) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        if (base != (PyObject *)&PyBaseObject_Type) {
            PyObject *body = type_body((PyTypeObject *)base);
            names += body == NULL ? 0 : PyDict_GET_SIZE(body);
        }
    }
    return names;
}

/* Whether all classes but object are written in Python, and the dict of instances, if they have one, is where it is
   expected and reached by the usual `__dict__`, which the twin reads. */
static int has_usual_bases(PyTypeObject *type) {
    PyObject *mro = type->tp_mro;
    int usual_dict = 0;

    if (mro == NULL || !PyTuple_CheckExact(mro) || type->tp_itemsize != 0) {
        return 0;
    }
    for (Py_ssize_t i = PyTuple_GET_SIZE(mro) - 1; i >= 0; i--) {
        PyObject *base = PyTuple_GET_ITEM(mro, i);
        PyObject *body;
        PyObject *key, *found;
        Py_ssize_t at = 0;
        if (base == (PyObject *)&PyBaseObject_Type) {
            continue;
        }
        if (!PyType_Check(base) || is_c_type((PyTypeObject *)base)) {
            return 0;
        }
        body = type_body((PyTypeObject *)base);
        if (body == NULL || !PyDict_CheckExact(body)) {
            return 0;
        }
        /* Looked for without hashing: a class body can hold keys of any kind. */
        while (!usual_dict && PyDict_Next(body, &at, &key, &found)) {
            usual_dict = Py_TYPE(found) == &PyGetSetDescr_Type && PyDescr_TYPE(found) == (PyTypeObject *)base &&
                         PyUnicode_CheckExact(key) && PyUnicode_CompareWithASCIIString(key, "__dict__") == 0;
        }
    }
    return type->tp_dictoffset == 0 || (usual_dict && has_known_dict(type));
}

/* An attribute of the function by which the twin writes the instances of a class, or NULL without an exception. */
static PyObject *said(PyObject *write, const char *name) {
    PyObject *found = PyFunction_Check(write) ? PyObject_GetAttrString(write, name) : NULL;

    if (found == Py_None) {
        Py_CLEAR(found);
    }
    PyErr_Clear();
    return found;
}

/* Whether nothing of an instance of this class, which is written in C, is kept in a dict. */
static int has_no_dict(PyTypeObject *type) {
    PyObject *mro = type->tp_mro;

    if (type->tp_dictoffset != 0 || mro == NULL || !PyTuple_CheckExact(mro) || !is_c_type(type)) {
        return 0;
    }
    for (Py_ssize_t i = PyTuple_GET_SIZE(mro) - 1; i >= 0; i--) {
        PyObject *body = type_body((PyTypeObject *)PyTuple_GET_ITEM(mro, i));
        if (body == NULL || !PyDict_CheckExact(body) || PyDict_GetItemString(body, "__dict__") != NULL) {
            return 0;
        }
    }
    return 1;
}

static int label_set(Encoder *encoder, Label *label, PyObject *name) {
    PyObject *key = key_of(encoder, name);
    PyObject *text = NULL;
    Label before;
    int named = 0;

    if (key != NULL) {
        Py_INCREF(key);
    } else {
        if (PyErr_Occurred()) {
            return -1;
        }
        text = PyObject_CallMethod(encoder->twin, "field_key", "O", name);
        if (text == NULL) {
            return -1;
        }
        key = PyUnicode_AsUTF8String(text);
        Py_DECREF(text);
        if (key == NULL) {
            return -1;
        }
        named = 1;
    }
    /* Only now: the twin may have let another thread make the same label. */
    before = *label;
    label->name = Py_NewRef(name);
    label->key = key;
    label->wide = count_wide(key);
    label->named = named;
    label->size = 0;
    if (!named && label->wide == 0 && PyBytes_GET_SIZE(key) <= LABEL_ROOM) {
        label->size = (int)PyBytes_GET_SIZE(key);
        memcpy(label->text, PyBytes_AS_STRING(key), (size_t)label->size);
    }
    label_clear(&before);
    return 0;
}

/* The member descriptors of the classes, from the base class down, as the twin's Reader finds them. 1: they are all
   that an instance has beside its dict; 0: they are not; -1. */
static int find_slots(Encoder *encoder, Kind *kind) {
    PyTypeObject *type = kind->type;
    Py_ssize_t expected = type->tp_basicsize - (Py_ssize_t)sizeof(PyObject);
    Py_ssize_t word = (Py_ssize_t)sizeof(PyObject *);

    expected -= (type->tp_weaklistoffset > 0 ? word : 0) + (type->tp_dictoffset > 0 ? word : 0);
    if (expected < 0 || expected % word != 0) {
        return 0;
    }
    expected /= word;
    if (expected == 0) {
        return 1;
    }
    kind->offsets = PyMem_Calloc((size_t)expected, sizeof(Py_ssize_t));
    kind->slots = PyMem_Calloc((size_t)expected, sizeof(Label));
    if (kind->offsets == NULL || kind->slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = PyTuple_GET_SIZE(kind->mro) - 1; i >= 0; i--) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(kind->mro, i);
        PyObject *name, *found;
        Py_ssize_t at = 0;
        while (base != &PyBaseObject_Type && PyDict_Next(base->tp_dict, &at, &name, &found)) {
            PyMemberDef *member;
            int failed;
            if (Py_TYPE(found) != &PyMemberDescr_Type || PyDescr_TYPE(found) != base || !PyUnicode_CheckExact(name)) {
                continue;
            }
            member = ((PyMemberDescrObject *)found)->d_member;
            if (PyUnicode_Compare(name, PyDescr_NAME(found)) != 0) {
                continue; /* another name for a slot */
            }
            if (kind->slot_count >= expected || member->type != T_OBJECT_EX ||
                member->offset < (Py_ssize_t)sizeof(PyObject) || member->offset + word > type->tp_basicsize) {
                return 0;
            }
            kind->offsets[kind->slot_count++] = member->offset;
            Py_INCREF(name);
            failed = label_set(encoder, &kind->slots[kind->slot_count - 1], name);
            Py_DECREF(name);
            if (failed) {
                return -1;
            }
        }
    }
    return kind->slot_count == expected;
}

/* Whether what Python code gave the instances of a class besides its built-in part is a dict at a known place, and no
   slots. */
static int has_dict_beside(PyTypeObject *type) {
    PyObject *mro = type->tp_mro;
    int usual_dict = 0;

    for (Py_ssize_t i = PyTuple_GET_SIZE(mro) - 1; i >= 0; i--) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *body = type_body(base);
        PyObject *name, *found;
        Py_ssize_t at = 0;
        if (body == NULL || !PyDict_CheckExact(body)) {
            return 0;
        }
        while (base != &PyBaseObject_Type && PyDict_Next(body, &at, &name, &found)) {
            if (Py_TYPE(found) == &PyMemberDescr_Type && PyDescr_TYPE(found) == base && !is_c_type(base)) {
                return 0;
            }
            usual_dict |= Py_TYPE(found) == &PyGetSetDescr_Type && PyDescr_TYPE(found) == base &&
                          PyUnicode_CheckExact(name) && PyUnicode_CompareWithASCIIString(name, "__dict__") == 0;
        }
    }
    return usual_dict && (has_known_dict(type) || type->tp_dictoffset > 0);
}

/* The names of a named tuple, as labels. 0, or -1. */
static int take_names(Encoder *encoder, Kind *kind, PyObject *names) {
    kind->slots = PyMem_Calloc((size_t)PyTuple_GET_SIZE(names) + 1, sizeof(Label));
    if (kind->slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        kind->slot_count = i + 1;
        if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(names, i))) {
            return 0;
        }
        if (label_set(encoder, &kind->slots[i], PyTuple_GET_ITEM(names, i)) != 0) {
            return -1;
        }
    }
    kind->form = NAMED_TUPLE;
    return 0;
}

static void learn_closed(Kind *kind) {
    static const char IDENTITY[] = ",\"$id\":\"";
    Py_ssize_t size = kind->head == NULL ? 0 : PyBytes_GET_SIZE(kind->head);

    if (kind->head_wide || size + 8 > CLOSED_ROOM ||
        (kind->form != PLAIN_FIELDS && kind->form != CLOSED_ONLY && kind->form != DICT_BESIDE && kind->form != OPAQUE)) {
        return;
    }
    memcpy(kind->closed, PyBytes_AS_STRING(kind->head), (size_t)size);
    memcpy(kind->closed + size, IDENTITY, 8);
    kind->closed_size = (uint8_t)(size + 8);
}

/* Finds out how instances of the class are written, from the function by which the twin writes them. 0, or -1. */
static int learn_form(Encoder *encoder, Kind *kind, PyObject *write) {
    PyObject *head = NULL; /* owned */
    PyObject *named = NULL; /* owned: (head, names) */
    int usual = has_usual_bases(kind->type);
    PyObject *instance = said(write, "instance");
    int form = BY_TWIN;
    int failed = 0;

    kind->is_instance = instance == Py_True;
    Py_XDECREF(instance);
    if (usual && (head = said(write, "plain")) != NULL) {
        form = PLAIN_FIELDS;
    } else if (!usual && (head = said(write, "closed")) != NULL) {
        form = has_no_dict(kind->type) ? OPAQUE : has_dict_beside(kind->type) ? DICT_BESIDE : CLOSED_ONLY;
    } else if (usual && (head = said(write, "enum")) != NULL) {
        form = ENUM_MEMBER;
    } else if ((head = said(write, "sized")) != NULL) {
        form = kind->type->tp_as_sequence != NULL && kind->type->tp_as_sequence->sq_length != NULL ? SIZED : BY_TWIN;
    } else if ((named = said(write, "based")) != NULL && PyTuple_CheckExact(named) && PyTuple_GET_SIZE(named) == 2) {
        head = Py_NewRef(PyTuple_GET_ITEM(named, 0));
        form = BASED;
        kind->fieldless = (uint8_t)has_no_dict(kind->type);
        if (!kind->fieldless && !has_dict_beside(kind->type)) {
            form = BY_TWIN;
        }
    } else if ((named = said(write, "named")) != NULL && PyTuple_CheckExact(named) && PyTuple_GET_SIZE(named) == 2 &&
               PyTuple_CheckExact(PyTuple_GET_ITEM(named, 1))) {
        head = Py_NewRef(PyTuple_GET_ITEM(named, 0));
        form = NAMED_TUPLE;
    }
    if (form == BY_TWIN || !PyUnicode_CheckExact(head)) {
        goto done;
    }
    kind->head = PyUnicode_AsUTF8String(head);
    if (kind->head == NULL) {
        failed = -1;
        goto done;
    }
    kind->head_wide = count_wide(kind->head);
    if (form == NAMED_TUPLE) {
        failed = take_names(encoder, kind, PyTuple_GET_ITEM(named, 1));
        goto done;
    }
    if (form == PLAIN_FIELDS) {
        int found = find_slots(encoder, kind);
        if (found <= 0) {
            failed = found;
            goto done;
        }
    }
    if (form == PLAIN_FIELDS || form == DICT_BESIDE || form == BASED) {
        if ((kind->has_dict || form != PLAIN_FIELDS) && (kind->places = PyMem_Calloc(MOST_INLINE, sizeof(Label))) == NULL) {
            PyErr_NoMemory();
            failed = -1;
            goto done;
        }
    }
    kind->direct = !FREE_THREADED && form == PLAIN_FIELDS && !(kind->has_dict && kind->slot_count > 0) &&
                   kind->slot_count <= MOST_INLINE;
    kind->luck = 1;
    kind->form = (uint8_t)form;
    learn_closed(kind);
done:
    Py_XDECREF(head);
    Py_XDECREF(named);
    return failed;
}

static Kind *learn(Encoder *encoder, PyTypeObject *type) {
    Kind *kind = PyMem_Calloc(1, sizeof(Kind));
    PyObject *found = NULL;

    if (kind == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    kind->users = 1;
    kind->type = (PyTypeObject *)Py_NewRef((PyObject *)type);
    if (type->tp_mro == NULL || !PyTuple_CheckExact(type->tp_mro)) {
        return kind;
    }
    kind->version = type_version(type);
    kind->mro = Py_NewRef(type->tp_mro);
    kind->names = count_names(kind->mro);
    kind->has_dict = has_known_dict(type);
    found = PyObject_CallMethod(encoder->twin, "known", "O", (PyObject *)type);
    if (found != NULL && PyTuple_CheckExact(found) && PyTuple_GET_SIZE(found) == 2) {
        (void)learn_form(encoder, kind, PyTuple_GET_ITEM(found, 1));
    }
    Py_XDECREF(found);
    if (PyErr_Occurred()) {
        kind->form = BY_TWIN;
        if (pass_on_or_clear() != 0) {
            kind_release(kind);
            return NULL;
        }
    }
    return kind;
}

Kind *kind_of(Encoder *encoder, PyTypeObject *type) {
    Kinds *kinds = encoder->kinds;
    Kind *kind;

    LOCKED((PyObject *)encoder)
    kind = *place_of_kind(kinds->table, kinds->mask, type);
    if (kind == NULL || (kind->form != BY_TWIN && !is_as_learned(kind))) {
        kind = learn(encoder, type);
        if (kind != NULL && keep(kinds, kind) != 0) {
            kind_release(kind);
            kind = NULL;
        }
    }
    if (kind != NULL) {
        kind->users++;
    }
    UNLOCKED()
    return kind;
}

int write_label(Encoder *encoder, Out *out, Label *label, PyObject *name) {
    int named = -1;

    LOCKED((PyObject *)encoder)
    if (label->name == name || label_set(encoder, label, name) == 0) {
        named = label->named;
        write_key(out, label->key, label->wide);
    }
    UNLOCKED()
    return named;
}
