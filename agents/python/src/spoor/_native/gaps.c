/* Calls of what is not recorded, counted per call site until its bound. What a callee is called and where it is from is
   found out once, by gaps.py; here callees are told apart by the addresses of what does not change. */
#include "lines.h"

/* Objects/descrobject.c keeps this layout to itself. */
typedef struct {
    PyObject_HEAD
    PyWrapperDescrObject *descriptor;
    PyObject *self;
} MethodWrapper;

typedef struct {
    void *key;
    void *name;
} Callee;

/* What tells `callee` apart, as the keys of gaps.py do. */
static Callee identify(const Core *core, PyObject *callee) {
    PyTypeObject *type = Py_TYPE(callee);

    if (type == &PyFunction_Type) {
        return (Callee){PyFunction_GET_CODE(callee), NULL};
    }
    if (type == &PyCFunction_Type) {
        PyObject *owner = ((PyCFunctionObject *)callee)->m_self;
        int shared = owner != NULL && (Py_TYPE(owner) == &PyModule_Type || PyType_Check(owner));
        void *key = owner == NULL ? NULL : shared ? (void *)owner : (void *)Py_TYPE(owner);
        return (Callee){key, ((PyCFunctionObject *)callee)->m_ml};
    }
    if (type == core->method_wrapper) {
        MethodWrapper *wrapper = (MethodWrapper *)callee;
        return (Callee){Py_TYPE(wrapper->self), wrapper->descriptor->d_base};
    }
    if (type == &PyMethodDescr_Type || type == &PyWrapperDescr_Type || type == &PyClassMethodDescr_Type ||
        PyType_Check(callee)) {
        return (Callee){callee, NULL};
    }
    return (Callee){type, NULL};
}

#if FREE_THREADED

/* 1: the engine did it, which is Python code; 0: it is done; -1. The record is in this thread's own segment. */
static int update(Core *core, Gap *gap) {
    const Lane *lane = LANE(core);

    if (!counter_is_due(gap->count, gap->segment) ||
        (lane->segment != NULL && gap_tell(gap, lane->segment, lane->place, clock_now(&core->clock)))) {
        return 0;
    }
    return core_update(core, (PyObject *)gap, Py_None, 0, "", 0) < 0 ? -1 : 1;
}

#else

#define PLACED_ROOM 1024 /* a longer record is the engine's to write */

/* The record of a gap that has none in this segment, as Spool._place writes it. 1; 0: the engine must. */
static int place(Core *core, Gap *gap, const char *numbers, int length) {
    char line[PLACED_ROOM], *at;
    Py_ssize_t size = PyUnicode_IS_COMPACT_ASCII(gap->payload) ? PyUnicode_GET_LENGTH(gap->payload) : PLACED_ROOM;
    Map *map = core->lane.place;
    Py_ssize_t before = map->next - map->data, offset;

    if (core->segment == Py_None || size > PLACED_ROOM - LINE_ROOM) {
        return 0;
    }
    at = put_head(line, 'G', gap->id, clock_now(&core->clock));
    at = put_number(at, gap->function);
    *at++ = '\t';
    offset = before + (at - line);
    at = put_text(at, numbers, (size_t)length);
    *at++ = '\t';
    at = put_text(at, PyUnicode_DATA(gap->payload), (size_t)size);
    *at++ = '\n';
    if (!map_write(map, line, at - line, "", 0)) {
        return 0;
    }
    gap->offset = offset;
    Py_XSETREF(gap->segment, Py_NewRef(core->segment));
    return 1;
}

/* 1: the engine did it, which is Python code; 0: it is done; -1. */
static int update(Core *core, Gap *gap) {
    char text[COUNTER_ROOM];
    int length;

    if (!counter_is_due(gap->count, gap->segment)) {
        return 0;
    }
    length = gap_numbers(gap, text);
    if (gap->segment == Py_None && place(core, gap, text, length)) {
        return 0;
    }
    return core_update(core, (PyObject *)gap, gap->segment, gap->offset, text, length) < 0 ? -1 : 1;
}

#endif

/* What is called, for the question that is asked of the engine: a callee, or code and the globals it runs in. */
typedef struct {
    const char *question;
    PyObject *what, *globals;
} Called;

/* As `update`. `seen` is that of this place; what it knows of the callee holds as long as no identity is used again. */
static int count_call(Core *core, Function *function, Callee identity, const Called *called, int offset, Seen *seen) {
    Gap *gap = seen->gap;
    int asked = 0, updated;

    if (UNLIKELY(seen->epoch != function->gap_epoch || seen->key != identity.key || seen->name != identity.name)) {
        Met *met = function_met(function, identity.key, identity.name);
        if (met == NULL) {
            return -1;
        }
        if (met->epoch != function->gap_epoch) {
            unsigned epoch = function->gap_epoch;
            PyObject *found = core_ask(core, called->question, function->twin, called->what, called->globals, NULL);
            if (found == NULL) {
                return -1;
            }
            /* That was Python code: the tables may have moved. */
            asked = 1;
            met = function_met(function, identity.key, identity.name);
            seen = met == NULL ? NULL : function_seen(function, offset);
            if (seen == NULL) {
                Py_DECREF(found);
                return -1;
            }
            seen->epoch = 0; /* the gap that it knows may be the one that goes */
            Py_XDECREF(met->gap);
            met->gap = found == Py_None ? NULL : (Gap *)found;
            met->epoch = epoch;
            if (found == Py_None) {
                Py_DECREF(found);
            }
        }
        gap = met->gap;
        seen->epoch = met->epoch;
        seen->key = identity.key;
        seen->name = identity.name;
        seen->gap = gap;
    }
    if (gap == NULL) {
        return asked;
    }
    WRITE(gap->count, gap->count + 1);
    updated = update(core, gap);
    return updated < 0 ? -1 : asked | updated;
}

/* One more call was seen here. `asked`: Python code may have run since `seen` was found. */
static int step(Core *core, Function *function, int offset, Seen *seen, int asked) {
    PyObject *done;

    if (asked < 0) {
        return -1;
    }
    if (asked && (seen = function_seen(function, offset)) == NULL) {
        return -1;
    }
    if (seen->seen < 0) {
        return 0; /* another thread has just reached the bound */
    }
    if (++seen->seen >= core->gap_bound) {
        seen->seen = -1;
        done = core_ask(core, "bind_gaps", function->twin, NULL);
        Py_XDECREF(done);
        return done == NULL ? -1 : 0;
    }
    return 1;
}

int gaps_call(Core *core, Function *function, PyObject *callee, int offset) {
    Seen *seen = function_seen(function, offset);
    int asked = 0;

    if (seen == NULL || seen->seen < 0) {
        return seen == NULL ? -1 : 0;
    }
    if (Py_TYPE(callee) == &PyMethod_Type) {
        callee = PyMethod_GET_FUNCTION(callee);
    }
    if (Py_TYPE(callee) != &PyFunction_Type || functions_find(&core->functions, PyFunction_GET_CODE(callee)) == NULL) {
        Called called = {"find_gap", callee, NULL};
        asked = count_call(core, function, identify(core, callee), &called, offset, seen);
    }
    return step(core, function, offset, seen, asked);
}

int gaps_call_of_code(Core *core, Function *function, PyObject *code, PyObject *globals, int offset) {
    Called called = {"find_gap_of_code", code, globals};
    Seen *seen = function_seen(function, offset);

    if (seen == NULL || seen->seen < 0) {
        return seen == NULL ? -1 : 0;
    }
    return step(core, function, offset, seen,
                count_call(core, function, (Callee){code, NULL}, &called, offset, seen));
}
