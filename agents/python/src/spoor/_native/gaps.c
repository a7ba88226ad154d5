/* Calls of what is not recorded, counted per call site until its bound. What a callee is called and where it is from is
   found out once, by gaps.py; here callees are told apart by the addresses of what does not change. */
#include "core.h"

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

static int update(Core *core, Gap *gap) {
    char text[COUNTER_ROOM];

    if (!counter_is_due(gap->count, gap->segment)) {
        return 0;
    }
    return core_update(core, (PyObject *)gap, gap->segment, gap->offset, text, gap_numbers(gap, text));
}

/* What is called, for the question that is asked of the engine: a callee, or code and the globals it runs in. */
typedef struct {
    const char *question;
    PyObject *what, *globals;
} Called;

static int count_call(Core *core, Function *function, Callee identity, const Called *called, int offset) {
    Site *site = function_site(function, offset, identity.key, identity.name);

    if (site == NULL) {
        return -1;
    }
    if (site->epoch != core->gap_epoch) {
        unsigned epoch = core->gap_epoch;
        PyObject *found = core_ask(core, called->question, function->twin, called->what, called->globals, NULL);
        if (found == NULL) {
            return -1;
        }
        /* That was Python code: the tables may have moved. */
        site = function_site(function, offset, identity.key, identity.name);
        if (site == NULL) {
            Py_DECREF(found);
            return -1;
        }
        Py_XDECREF(site->gap);
        site->gap = found == Py_None ? NULL : (Gap *)found;
        site->epoch = epoch;
        if (found == Py_None) {
            Py_DECREF(found);
        }
    }
    if (site->gap != NULL) {
        site->gap->count++;
        return update(core, site->gap);
    }
    return 0;
}

/* Whether this call site is still counted; -1. */
static int is_counted(Function *function, int offset) {
    Seen *seen = function_seen(function, offset);
    return seen == NULL ? -1 : seen->seen >= 0;
}

/* One more call was seen here. */
static int step(Core *core, Function *function, int offset) {
    Seen *seen = function_seen(function, offset); /* anew: Python code may have run */
    PyObject *done;

    if (seen == NULL) {
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
    int counted = is_counted(function, offset);

    if (counted <= 0) {
        return counted;
    }
    if (Py_TYPE(callee) == &PyMethod_Type) {
        callee = PyMethod_GET_FUNCTION(callee);
    }
    if (Py_TYPE(callee) != &PyFunction_Type || functions_find(&core->functions, PyFunction_GET_CODE(callee)) == NULL) {
        Called called = {"find_gap", callee, NULL};
        if (count_call(core, function, identify(core, callee), &called, offset) < 0) {
            return -1;
        }
    }
    return step(core, function, offset);
}

int gaps_call_of_code(Core *core, Function *function, PyObject *code, PyObject *globals, int offset) {
    Called called = {"find_gap_of_code", code, globals};
    int counted = is_counted(function, offset);

    if (counted <= 0) {
        return counted;
    }
    return count_call(core, function, (Callee){code, NULL}, &called, offset) < 0 ? -1 : step(core, function, offset);
}
