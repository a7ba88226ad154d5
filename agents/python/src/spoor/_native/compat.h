/* Everything that differs between versions of CPython, and nothing else: other files ask no version.
   Sources of the layouts: Include/internal/pycore_frame.h, pycore_dict.h, pycore_object.h of each minor version. */
#ifndef SPOOR_COMPAT_H
#define SPOOR_COMPAT_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include <Python.h>
#include <frameobject.h>
#include <stdint.h>
#include <structmember.h>

#define SPOOR_MONITORING (PY_VERSION_HEX >= 0x030C0000)

#if PY_VERSION_HEX >= 0x030E0000
#include <internal/pycore_frame.h>
#include <internal/pycore_interpframe.h>
#include <internal/pycore_stackref.h>
#elif PY_VERSION_HEX >= 0x030B0000
#include <internal/pycore_frame.h>
#endif
#if PY_VERSION_HEX >= 0x030B0000
#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_object.h>
#endif

/* Extensions are compiled with the headers of the core, whose macros must not leak into what is exported. */
#define SPOOR_HIDDEN __attribute__((visibility("hidden")))

/* Which way nearly all calls go, so that it lies in one piece. */
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define SELDOM __attribute__((noinline, cold))

/* -- frames -- */

#if PY_VERSION_HEX >= 0x030B0000
typedef struct _PyInterpreterFrame Frame;
#else
typedef PyFrameObject Frame;
#endif

/* The innermost Python frame of this thread, borrowed; NULL if there is none. */
static inline Frame *current_frame(PyThreadState *thread) {
#if PY_VERSION_HEX >= 0x030D0000
    return thread->current_frame;
#elif PY_VERSION_HEX >= 0x030B0000
    return thread->cframe->current_frame;
#else
    return thread->frame;
#endif
}

/* The code of a frame, borrowed; not always a code object on 3.13 and newer. Compare it, never look into it. */
static inline PyObject *code_of(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030E0000
    return PyStackRef_AsPyObjectBorrow(frame->f_executable);
#elif PY_VERSION_HEX >= 0x030D0000
    return frame->f_executable;
#else
    return (PyObject *)frame->f_code;
#endif
}

/* The frame that called one that runs, borrowed; NULL if there is none, or it does not say. */
static inline const Frame *caller_of(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030C0000
    return frame->previous;
#elif PY_VERSION_HEX >= 0x030B0000
    (void)frame;
    return NULL; /* it is told once the frame is evaluated */
#else
    return frame->f_back;
#endif
}

static inline PyObject *globals_of(const Frame *frame) { return frame->f_globals; }

/* What stands in a slot of the frame's variables, borrowed; NULL if it is not bound. A cell stands for itself. */
static inline PyObject *slot_of(const Frame *frame, int slot) {
#if PY_VERSION_HEX >= 0x030E0000
    _PyStackRef found = frame->localsplus[slot];
    return PyStackRef_IsNull(found) ? NULL : PyStackRef_AsPyObjectBorrow(found);
#elif PY_VERSION_HEX >= 0x030B0000
    return frame->localsplus[slot];
#else
    return frame->f_localsplus[slot];
#endif
}

/* Where a parameter stands among the frame's variables. Before 3.11 one that a closure uses is moved to a cell behind
   the variables, and its own slot is empty. */
static inline int slot_of_parameter(PyCodeObject *code, int place) {
#if PY_VERSION_HEX >= 0x030B0000
    (void)code;
#else
    if (code->co_cell2arg != NULL) {
        Py_ssize_t cells = PyTuple_GET_SIZE(code->co_cellvars);
        for (Py_ssize_t i = 0; i < cells; i++) {
            if (code->co_cell2arg[i] == place) {
                return code->co_nlocals + (int)i;
            }
        }
    }
#endif
    return place;
}

/* -- instances: where the values of attributes are. Nothing here builds the dict of an object -- */

/* Shared keys hold no more names (SHARED_KEYS_MAX_SIZE in pycore_dict.h); values in the object never are more. */
#define MOST_INLINE 32
#if PY_VERSION_HEX >= 0x030B0000
_Static_assert(SHARED_KEYS_MAX_SIZE <= MOST_INLINE, "an object can keep more values");
#endif

/* Whether instances have a dict, or values where one would be, in a place that the functions below know. */
static inline int has_known_dict(const PyTypeObject *type) {
#if PY_VERSION_HEX >= 0x030B0000
    return (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) != 0;
#else
    return type->tp_dictoffset > 0;
#endif
}

/* The values of an object that keeps them in itself, in the order in which its class first saw the names; some of them
   NULL. `count` is how many places there are. NULL if the object does not: then `instance_dict` tells. */
static inline PyObject **instance_values(PyObject *object, Py_ssize_t *count) {
#if PY_VERSION_HEX >= 0x030B0000
    PyTypeObject *type = Py_TYPE(object);
    PyDictKeysObject *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
    PyDictValues *values = NULL;
    if (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT) || keys == NULL) {
        return NULL;
    }
    *count = keys->dk_nentries;
#if PY_VERSION_HEX >= 0x030D0000
    if (!(type->tp_flags & Py_TPFLAGS_INLINE_VALUES)) {
        return NULL;
    }
    values = _PyObject_InlineValues(object);
    if (!values->valid) {
        return NULL;
    }
    if (*count > values->capacity) {
        *count = values->capacity;
    }
#elif PY_VERSION_HEX >= 0x030C0000
    PyDictOrValues found = *_PyObject_DictOrValuesPointer(object);
    if (!_PyDictOrValues_IsValues(found)) {
        return NULL;
    }
    values = _PyDictOrValues_GetValues(found);
#else
    values = *_PyObject_ValuesPointer(object);
    if (values == NULL) {
        return NULL;
    }
#endif
    return values->values;
#else
    (void)object, (void)count;
    return NULL;
#endif
}

/* The name that belongs to a place among the values of a class's instances, borrowed. */
static inline PyObject *shared_name(PyTypeObject *type, Py_ssize_t place) {
#if PY_VERSION_HEX >= 0x030B0000
    return DK_UNICODE_ENTRIES(((PyHeapTypeObject *)type)->ht_cached_keys)[place].me_key;
#else
    (void)type, (void)place;
    return NULL;
#endif
}

/* Names that stand side by side, each so many bytes behind the one before. */
typedef struct {
    const char *first;
    size_t step;
} Names;

static inline PyObject *name_in(Names names, Py_ssize_t place) {
    return *(PyObject *const *)(names.first + (size_t)place * names.step);
}

/* Those of the values that a class's instances keep in themselves. */
static inline Names shared_names(PyTypeObject *type) {
#if PY_VERSION_HEX >= 0x030B0000
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(((PyHeapTypeObject *)type)->ht_cached_keys);
    return (Names){(const char *)&entries->me_key, sizeof *entries};
#else
    (void)type;
    return (Names){NULL, 0};
#endif
}

/* The dict of an object without values in itself, borrowed; NULL if it has none or none was built yet. */
static inline PyObject *instance_dict(PyObject *object) {
#if PY_VERSION_HEX >= 0x030D0000
    return (PyObject *)_PyObject_GetManagedDict(object);
#elif PY_VERSION_HEX >= 0x030C0000
    return _PyDictOrValues_GetDict(*_PyObject_DictOrValuesPointer(object));
#elif PY_VERSION_HEX >= 0x030B0000
    return *_PyObject_ManagedDictPointer(object);
#else
    return *(PyObject **)((char *)object + Py_TYPE(object)->tp_dictoffset);
#endif
}

/* The entries of a dict in their order, as far as there is room for, borrowed; gives how many. `keys` is the room for their
   keys, which may be elsewhere. Safe as long as nothing else runs. */
static inline Py_ssize_t dict_entries(PyObject *dict, Py_ssize_t room, PyObject **keys, PyObject **values, Names *names) {
    Py_ssize_t count = 0, place = 0;
#if PY_VERSION_HEX >= 0x030B0000
    PyDictKeysObject *table = ((PyDictObject *)dict)->ma_keys;
    /* The table that all empty dicts share has no entries, not even an address where they could be. */
    if (((PyDictObject *)dict)->ma_values == NULL && DK_IS_UNICODE(table) && table->dk_nentries > 0 &&
        table->dk_nentries == ((PyDictObject *)dict)->ma_used) {
        PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(table);
        *names = (Names){(const char *)&entries->me_key, sizeof *entries};
        for (; count < table->dk_nentries && count < room; count++) {
            values[count] = entries[count].me_value;
        }
        return count;
    }
#endif
    *names = (Names){(const char *)keys, sizeof *keys};
    while (count < room && PyDict_Next(dict, &place, &keys[count], &values[count])) {
        count++;
    }
    return count;
}

/* A number that changes whenever a class or a base of it is changed; 0 says nothing. */
static inline unsigned int type_version(const PyTypeObject *type) {
#if PY_VERSION_HEX < 0x030C0000
    if (!(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG)) {
        return 0;
    }
#endif
    return type->tp_version_tag;
}

/* Whether a class is written in C, so that it cannot be made or changed from Python: as classes.is_c. */
static inline int is_c_type(const PyTypeObject *type) {
#if PY_VERSION_HEX >= 0x030A0000
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) != 0;
#else
    return !(type->tp_flags & Py_TPFLAGS_HEAPTYPE);
#endif
}

/* -- classes and code -- */

/* What a class says of itself, borrowed. Since 3.12 the dict of a class of the interpreter's own is not in its struct. */
static inline PyObject *type_body(PyTypeObject *type) {
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *body = PyType_GetDict(type);
    Py_XDECREF(body); /* the class keeps it */
    return body;
#else
    return type->tp_dict;
#endif
}

/* The code of a generator, coroutine or asynchronous generator, borrowed; NULL if it has none any more. */
static inline PyCodeObject *generator_code(PyObject *generator) {
#if PY_VERSION_HEX >= 0x030C0000
    PyCodeObject *code = PyGen_GetCode((PyGenObject *)generator);
    Py_XDECREF(code); /* its frame keeps it */
    return code;
#else
    return (PyCodeObject *)((PyGenObject *)generator)->gi_code;
#endif
}

/* -- threads -- */

static inline PyThreadState *this_thread(void) {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

static inline uint64_t thread_number(PyThreadState *thread) { return thread->id; }

/* What a weak reference refers to, borrowed; None once that is gone. */
static inline PyObject *weak_target(PyObject *reference) { return ((PyWeakReference *)reference)->wr_object; }

/* -- free-threaded builds: what may change under our eyes is locked while it is read -- */

#if defined(Py_GIL_DISABLED)
#define FREE_THREADED 1
#define LOCKED(object) Py_BEGIN_CRITICAL_SECTION(object);
#define UNLOCKED() Py_END_CRITICAL_SECTION();
/* What was read from a container under its lock, while it is looked at; with the GIL nobody can take it away until
   Python code runs. */
#define HOLD(object) Py_INCREF(object)
#define LET_GO(object) Py_DECREF(object)
/* For a few instructions that neither wait nor run anything else. */
typedef PyMutex Latch;
#define LATCH(latch) PyMutex_Lock(&(latch))
#define UNLATCH(latch) PyMutex_Unlock(&(latch))
/* What several threads look at and one or more change, and of which any value that it had lately will do. */
#define READ(place) __atomic_load_n(&(place), __ATOMIC_RELAXED)
#define WRITE(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELAXED)
/* One less, if there is any. 1; 0: there was none. */
#define TAKE_ONE(place) (READ(place) > 0 && __atomic_fetch_sub(&(place), 1, __ATOMIC_RELAXED) > 0)
/* Between what threads read and what they change: it must not be in the same line of the processor's cache. */
#define APART(name) char name[64];
#else
#define FREE_THREADED 0
#define LOCKED(object) {
#define UNLOCKED() }
#define HOLD(object) ((void)0)
#define LET_GO(object) ((void)0)
typedef char Latch;
#define LATCH(latch) ((void)0)
#define UNLATCH(latch) ((void)0)
#define READ(place) (place)
#define WRITE(place, value) ((place) = (value))
#define TAKE_ONE(place) ((place) > 0 ? ((place)--, 1) : 0)
#define APART(name)
#endif

/* -- texts, numbers, sets -- */

#if PY_VERSION_HEX < 0x030B0000
#include <longintrepr.h>
#endif
#if PY_VERSION_HEX >= 0x030D0000
#include <internal/pycore_setobject.h>
#endif

/* The value of an exact int of one digit (30 bits), which nearly all are; 0 if it has more. */
static inline int small_int(PyObject *number, int64_t *value) {
#if PY_VERSION_HEX >= 0x030C0000
    if (PyUnstable_Long_IsCompact((PyLongObject *)number)) {
        *value = PyUnstable_Long_CompactValue((PyLongObject *)number);
        return 1;
    }
#else
    Py_ssize_t digits = Py_SIZE(number);
    if (digits >= -1 && digits <= 1) {
        *value = digits == 0 ? 0 : (int64_t)digits * ((PyLongObject *)number)->ob_digit[0];
        return 1;
    }
#endif
    return 0;
}

/* Before 3.12 a str made by an old C function may have no characters yet, and reading it would change it. */
#if PY_VERSION_HEX >= 0x030C0000
#define TEXT_IS_READY(text) 1
#else
#define TEXT_IS_READY(text) PyUnicode_IS_READY(text)
#endif

/* The next entry of a dict, borrowed, as PyDict_Next gives it and with the same places; nearly all dicts have text keys
   and values of their own, and those are read here. Safe on a dict that changes: the place is checked each time. */
static inline int next_of_dict(PyObject *dict, Py_ssize_t *place, PyObject **key, PyObject **value) {
#if PY_VERSION_HEX >= 0x030B0000 && !defined(Py_GIL_DISABLED)
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    if (((PyDictObject *)dict)->ma_values == NULL && DK_IS_UNICODE(keys)) {
        PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
        for (Py_ssize_t i = *place; i < keys->dk_nentries; i++) {
            if (entries[i].me_value != NULL) {
                *place = i + 1;
                *key = entries[i].me_key;
                *value = entries[i].me_value;
                return 1;
            }
        }
        return 0;
    }
#endif
    return PyDict_Next(dict, place, key, value);
}

/* The next member of a set or frozenset, borrowed. Safe on a set that changes: places are checked each time. */
static inline int next_of_set(PyObject *set, Py_ssize_t *place, PyObject **member) {
    Py_hash_t hash;
    return _PySet_NextEntry(set, place, member, &hash);
}

/* -- the small things that came late -- */

/* Instances own their class; before 3.9 a traversal must not say so. */
#if PY_VERSION_HEX >= 0x03090000
#define VISIT_TYPE(self) Py_VISIT(Py_TYPE(self))
#else
#define VISIT_TYPE(self) ((void)(self))
#endif

#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *Py_NewRef(PyObject *object) {
    Py_INCREF(object);
    return object;
}
#endif
#if PY_VERSION_HEX < 0x03090000
#define PyObject_CallNoArgs(callable) _PyObject_CallNoArg(callable)
static inline PyObject *PyObject_CallOneArg(PyObject *callable, PyObject *argument) {
    return PyObject_CallFunctionObjArgs(callable, argument, NULL);
}
#define PyObject_Vectorcall _PyObject_Vectorcall
static inline PyCodeObject *PyFrame_GetCode(PyFrameObject *frame) {
    Py_INCREF(frame->f_code);
    return frame->f_code;
}
#endif

#endif
