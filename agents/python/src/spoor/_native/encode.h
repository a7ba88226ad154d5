/* Pictures of values, as spec/values.md says and as the pure-Python twin (values.py and what it uses) writes them, byte
   for byte.

   What programs have most is written here: scalars, texts, lists, dicts, tuples, sets, instances with plain fields.
   Everything else, and every text that may hold a secret, is handed to the twin's own functions, whose text is copied.
   No function here calls code of the program's. */
#ifndef SPOOR_ENCODE_H
#define SPOOR_ENCODE_H

#include "guard.h"
#include "out.h"

#define MAX_INT 9007199254740991LL
#define CUT_BYTES "{\"$\":\"cut\",\"why\":\"bytes\"}"
#define RECENT_NAMES 256 /* a power of two */
#define CYCLE "{\"$\":\"cycle\"}"
/* The depth of values that are not opened because the function they are of is called often, and any below it. */
#define HOT (-(1 << 30))

/* The containers and instances that a value is in, innermost first. */
typedef struct Path {
    const struct Path *outer;
    PyObject *object;
} Path;

typedef struct Kinds Kinds; /* instances.c: what is known of classes */
typedef struct Drawn Drawn; /* drawn.c: pictures of objects met lately */

/* A name whose key was written lately. */
typedef struct {
    PyObject *name; /* owned; NULL: empty */
    PyObject *key; /* bytes, borrowed from `names` */
    Py_ssize_t wide;
} RecentName;

typedef struct Encoder {
    PyObject_HEAD
    PyObject *twin; /* values.Encoder, for what is rare */
    PyObject *redactor;
    PyObject *rule; /* redactor.rule: name -> None or (why, text_only) */
    PyObject *other; /* twin.other */
    PyObject *string, *brief; /* twin.string, twin.brief */
    Py_ssize_t depth, items, fields, text, bytes; /* Limits */
    int shallow;
    int wide; /* `self` and `cls` are shown as other values are */
    int dict_first; /* of an object with values in itself and a dict of them as well: fields.DICT_COMES_FIRST */
    int all_suspect; /* the user has patterns of his own: the twin looks at every text */
    struct Endings *endings; /* of the names that have a rule */
    struct Heads *heads, *brief_heads;
    Kinds *kinds;
    Drawn *drawn; /* drawn.c; NULL before there is one */
    /* See named.c. */
    PyObject *names; /* dict: exact str -> bytes `,"name":`, or (those, rule) where the value may have to be withheld */
    RecentName recent[RECENT_NAMES];
#if FREE_THREADED
    Guard *guard;
#endif
    PyObject *strings_name, *heads_name, *module_name; /* the interned texts "strings", "heads" and "__module__" */
} Encoder;

extern SPOOR_HIDDEN PyType_Spec encoder_spec;

/* Every function below returns 0, or -1 with an exception set: MemoryError, KeyboardInterrupt and the like, which are
   not ours to swallow. `left` is the budget in characters, as in the twin. */

/* values.c. `encode_value`: a result or a yielded value (the twin's Encoder.value, or closed_value). `encode_any`, `encode_other`,
   `encode_own`: the twin's methods of these names. `encode_other` turns a failure into `unreadable`. */
SPOOR_HIDDEN int encode_value(Encoder *encoder, Out *out, PyObject *value, int closed);
SPOOR_HIDDEN int encode_any(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                            const Path *path);
SPOOR_HIDDEN int encode_other(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                              const Path *path, int own);
SPOOR_HIDDEN int encode_own(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t left);
/* Puts `{"$":"unreadable","why":"RuntimeError"}` where a value was begun and clears the exception; -1 if that one is not
   ours to swallow. */
SPOOR_HIDDEN int encode_unreadable(Out *out, OutMark mark);
/* Whether the exception that is set is one of the program's own, which must go on to it: a signal handler raised it while
   the twin was at work (agent_frames.is_the_programs). exception_values.c. */
SPOOR_HIDDEN int is_the_programs(void);
/* By the twin: twin.other(type(value), value, depth, left, path, own). */
SPOOR_HIDDEN int encode_by_twin(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                                const Path *path, int own);
/* Appends the UTF-8 of a str that the twin made (it holds no lone surrogates). */
SPOOR_HIDDEN int out_text(Out *out, PyObject *text);

/* text.c. `encode_string`: the twin's Encoder.string of an exact str. `may_hold_secret`: 0 if the twin's Redactor would
   find nothing in its first characters. */
SPOOR_HIDDEN int encode_string(Encoder *encoder, Out *out, PyObject *text);
/* The twin's Encoder.brief. `quick_brief`: 1: written; 0: it takes more. */
SPOOR_HIDDEN int encode_brief(Encoder *encoder, Out *out, PyObject *text);
SPOOR_HIDDEN int quick_brief(Encoder *encoder, Out *out, PyObject *text);
SPOOR_HIDDEN int may_hold_secret(Encoder *encoder, PyObject *text, Py_ssize_t length);

/* containers.c: exact and subclassed list, tuple, dict, set, frozenset (the twin's *_text functions). */
SPOOR_HIDDEN int encode_list(Encoder *encoder, Out *out, PyObject *list, Py_ssize_t depth, Py_ssize_t left,
                             const Path *path);
SPOOR_HIDDEN int encode_tuple(Encoder *encoder, Out *out, PyObject *tuple, Py_ssize_t depth, Py_ssize_t left,
                              const Path *path);
SPOOR_HIDDEN int encode_dict(Encoder *encoder, Out *out, PyObject *dict, Py_ssize_t depth, Py_ssize_t left,
                             const Path *path);
SPOOR_HIDDEN int encode_set(Encoder *encoder, Out *out, PyObject *set, Py_ssize_t depth, Py_ssize_t left,
                            const Path *path);

/* A list or tuple, or a dict, that takes nothing but copying. 1: written; 0: nothing was. Runs nothing. */
SPOOR_HIDDEN int quick_sequence(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                                const Path *path);
SPOOR_HIDDEN int quick_dict(Encoder *encoder, Out *out, PyObject *dict, Py_ssize_t depth, Py_ssize_t left,
                            const Path *path);

/* `*args` and the arguments of an exception: a tuple, as the list that it reads like. */
SPOOR_HIDDEN int encode_rest(Encoder *encoder, Out *out, PyObject *tuple, Py_ssize_t depth, Py_ssize_t left,
                             const Path *path);

/* named.c: names that values are bound to. `key_of` gives the bytes `,"name":` of an exact str whose value is never
   withheld and that can be a key as it is (borrowed from the encoder's cache), else NULL without an exception; on an
   error NULL with one. `encode_named`: the twin's Encoder.named. `withheld`: the twin's Redactor.withheld. */
SPOOR_HIDDEN PyObject *key_of(Encoder *encoder, PyObject *name);
SPOOR_HIDDEN int encode_named(Encoder *encoder, Out *out, PyObject *name, PyObject *value, Py_ssize_t depth,
                              Py_ssize_t left, const Path *path);
SPOOR_HIDDEN int withheld(PyObject *value, int text_only);

/* instances.c: instances with plain fields. 1: written; 0: not one of those (nothing was written, the twin must); -1.
   `kinds_new` / `kinds_free` own what is learned of classes. */
SPOOR_HIDDEN int encode_instance(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                                 const Path *path, int own);
SPOOR_HIDDEN Kinds *kinds_new(void);
SPOOR_HIDDEN void kinds_free(Kinds *kinds);
SPOOR_HIDDEN int kinds_traverse(Kinds *kinds, visitproc visit, void *arg);

/* direct.c: those that take nothing but copying. 1: written; 0: nothing was, `encode_instance` must. Runs nothing. */
SPOOR_HIDDEN int encode_direct(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                               const Path *path, int own);

/* closed.c: those that are not opened, and are no scalars, lists, tuples or dicts. 1: written; 0: nothing was. Runs nothing. */
SPOOR_HIDDEN int encode_closed(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, const Path *path);

/* drawn.c */

SPOOR_HIDDEN void drawn_free(Drawn *drawn);

/* code_kinds.c: functions, methods, built-in functions, classes, generators. 1, 0 and -1 as above. */
SPOOR_HIDDEN int encode_code_kind(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t left, const Path *path);
/* The same of those that take nothing but copying. Runs nothing. */
SPOOR_HIDDEN int quick_code_kind(Encoder *encoder, Out *out, PyObject *value, const Path *path);

#define KEY_ROOM 32

/* arguments.c: what is to be known of a function's parameters (made from the twin's Encoder.plan), and their values. */
typedef struct {
    PyObject *name; /* exact str, owned */
    PyObject *key; /* bytes `,"name":`, owned */
    PyObject *why; /* bytes of the reason, owned, or NULL */
    Py_ssize_t wide; /* UTF-8 continuation bytes in the key */
    /* The key once more, where it can be copied whole, with what is behind it; else its size here is 0. */
    uint8_t size;
    char text[KEY_ROOM];
    int slot; /* in the frame's variables */
    uint8_t cell; /* the slot may hold a cell */
    uint8_t how; /* PLAIN, OWN, NAMED, REST */
    uint8_t text_only; /* of the rule of a NAMED one */
} Parameter;

enum { PLAIN, OWN, NAMED, REST };

typedef struct {
    int count;
    Parameter parameters[];
} Plan;

/* NULL with an exception on failure. `entries` is the tuple that the twin's Encoder.plan gives for `code`. */
SPOOR_HIDDEN Plan *plan_new(PyCodeObject *code, PyObject *entries);
SPOOR_HIDDEN void plan_free(Plan *plan);
/* The JSON object of the arguments of `frame`, or of those in a dict by name (a plan for that needs no code: NULL). */
SPOOR_HIDDEN int encode_arguments(Encoder *encoder, Out *out, const Plan *plan, const Frame *frame, int closed);
SPOOR_HIDDEN int encode_mapped_arguments(Encoder *encoder, Out *out, const Plan *plan, PyObject *values, int closed);

/* UTF-8 continuation bytes in a bytes object. */
static inline Py_ssize_t wide_of(PyObject *bytes) {
    Py_ssize_t wide = 0;
    for (Py_ssize_t i = 0; i < PyBytes_GET_SIZE(bytes); i++) {
        wide += ((unsigned char)PyBytes_AS_STRING(bytes)[i] & 0xC0) == 0x80;
    }
    return wide;
}

/* The end of something that has a length, or a type, and is not opened. */
static inline void end_closed(Out *out, Py_ssize_t depth) {
    if (depth <= HOT) {
        out_literal(out, ",\"why\":\"hot\"}");
    } else {
        out_literal(out, "}");
    }
}

/* The end of an instance that is not. */
static inline void end_closed_instance(Out *out, Py_ssize_t depth) {
    if (depth <= HOT) {
        out_literal(out, ",\"$cut\":{\"why\":\"hot\"}}");
    } else {
        out_literal(out, "}");
    }
}

static inline int is_in(const Path *path, PyObject *object) {
    for (; path != NULL; path = path->outer) {
        if (path->object == object) {
            return 1;
        }
    }
    return 0;
}

#endif
