/* What is known of the classes whose instances are written by their fields, learned once for each class. */
#ifndef SPOOR_KINDS_H
#define SPOOR_KINDS_H

#include "named.h"

#define LABEL_ROOM 32
#define CLOSED_ROOM 48

/* The text before a field's value. */
typedef struct {
    PyObject *name; /* exact str, owned */
    PyObject *key; /* bytes `,"name":`, owned */
    Py_ssize_t wide; /* UTF-8 continuation bytes in it */
    int named; /* the name has a rule: `encode_named` decides about the value */
    /* The key once more, where it can be copied whole, with what is behind it: where it has no more bytes than this,
       all of them ASCII, and no rule. Else its size here is 0. */
    int size;
    char text[LABEL_ROOM];
} Label;

/* How the instances of a class are written: by the twin; by their fields; the same, with data that only C code can read
   beside them, so that they are written here only where they are closed; the same, where the fields are in a dict; the
   same, with no fields at all; as a dict, list or tuple with fields; as a named tuple, whose names are its slots; as an
   enum member; by nothing but their length. */
enum { BY_TWIN, PLAIN_FIELDS, CLOSED_ONLY, DICT_BESIDE, OPAQUE, BASED, NAMED_TUPLE, ENUM_MEMBER, SIZED };

/* One class. Counted, since the table may forget it while one of its instances is being written. */
typedef struct {
    Py_ssize_t users;
    PyTypeObject *type; /* owned: keeps the address taken */
    uint8_t form;
    uint8_t fieldless; /* of a BASED one: it has nothing but the part of its base */
    uint8_t is_instance; /* it is shown by its fields, or by nothing but class and identity */
    uint8_t direct; /* all of its fields are in one place, so that direct.c can read them */
    uint8_t wait; /* so many instances are not to be tried by direct.c, which met one that takes more */
    uint8_t luck, tries; /* drawn.c: how often instances were met as they were before */
    unsigned int relabelled; /* how often a place came to have another name */
    int has_dict;
    /* The class is as it was learned while these are the same: its version, or else its order of bases and how many
       names each of them has. */
    unsigned int version;
    PyObject *mro; /* owned */
    Py_ssize_t names;
    PyObject *head; /* bytes `{"$":"Name"`, owned */
    Py_ssize_t head_wide;
    /* `{"$":"Name","$id":"`, of what is closed so, where it is short and ASCII; else its size is 0. */
    uint8_t closed_size;
    char closed[CLOSED_ROOM];
    Py_ssize_t slot_count;
    Py_ssize_t *offsets; /* of the slots, from the base class down */
    Label *slots;
    /* Of the attributes, by their place in the object or in its dict; what stands at a place may change. */
    Label *places; /* MOST_INLINE; NULL where instances have no dict */
} Kind;

struct Kinds {
    unsigned int generation; /* changes when one is forgotten */
    size_t mask; /* places in the table less one */
    size_t used;
    Kind **table; /* owned, open addressing by the address of the class */
};

static inline Kind **place_of_kind(Kind **table, size_t mask, PyTypeObject *type) {
    size_t hash = ((size_t)type >> 4) * (size_t)0x9E3779B97F4A7C15ULL;
    size_t i = (hash >> 20) & mask;

    while (table[i] != NULL && table[i]->type != type) {
        i = (i + 1) & mask;
    }
    return &table[i];
}

/* What is known of a class, borrowed until anything else of these functions is called; NULL if nothing is. Runs nothing. */
static inline Kind *known_kind(const Encoder *encoder, PyTypeObject *type) {
    return *place_of_kind(encoder->kinds->table, encoder->kinds->mask, type);
}

/* A new reference, to be given to `kind_release`; NULL if the class cannot be known, with an exception only if that
   has to reach the caller. */
SPOOR_HIDDEN Kind *kind_of(Encoder *encoder, PyTypeObject *type);
SPOOR_HIDDEN void kind_release(Kind *kind);

/* Whether it is known already that values of this class are instances (`is_instance`). Runs nothing. */
static inline int is_seen_instance(const Encoder *encoder, PyTypeObject *type) {
    const Kind *kind = known_kind(encoder, type);
    return kind != NULL && kind->is_instance;
}

/* instances.c: one that is shown by nothing but its length. 1. */
SPOOR_HIDDEN int instance_length(Out *out, const Kind *kind, PyObject *object, Py_ssize_t depth);

/* Writes the text before the value of a field with this exact str as its name. 0: its value can be written as it is;
   1: its name has a rule; -1. */
SPOOR_HIDDEN int write_label(Encoder *encoder, Out *out, Label *label, PyObject *name);

static inline void label_clear(Label *label) {
    PyObject *name = label->name;
    PyObject *key = label->key;

    label->name = label->key = NULL;
    label->size = 0;
    Py_XDECREF(name);
    Py_XDECREF(key);
}

/* How many names the classes of `mro` other than object have, all together. */
SPOOR_HIDDEN Py_ssize_t count_names(PyObject *mro);

static inline int is_as_learned(Kind *kind) {
    unsigned int version = type_version(kind->type);

    if (version != 0 && version == kind->version) {
        return 1;
    }
    /* Most changes of a class are new values of names it has: a counter, a registry. */
    if (kind->type->tp_mro == kind->mro && count_names(kind->mro) == kind->names) {
        kind->version = version;
        return 1;
    }
    return 0;
}

#endif
