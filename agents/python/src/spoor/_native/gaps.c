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

    if ((gap->count & COUNTER_STEP) && gap->segment != Py_None) {
        return 0;
    }
    return core_update(core, (PyObject *)gap, gap->segment, gap->offset, text, gap_numbers(gap, text));
}

int gaps_call(Core *core, Function *function, PyObject *callee, int offset) {
    Seen *seen = function_seen(function, offset);
    PyObject *found = NULL;
    Callee identity;
    Site *site;

    if (seen == NULL) {
        return -1;
    }
    if (seen->seen < 0) {
        return 0;
    }
    if (Py_TYPE(callee) == &PyMethod_Type) {
        callee = PyMethod_GET_FUNCTION(callee);
    }
    if (Py_TYPE(callee) != &PyFunction_Type || functions_find(&core->functions, PyFunction_GET_CODE(callee)) == NULL) {
        identity = identify(core, callee);
        site = function_site(function, offset, identity.key, identity.name);
        if (site == NULL) {
            return -1;
        }
        if (site->epoch != core->gap_epoch) {
            unsigned epoch = core->gap_epoch;
            found = core_ask(core, "find_gap", function->twin, callee, NULL);
            if (found == NULL) {
                return -1;
            }
            /* That was Python code: the tables may have moved. */
            site = function_site(function, offset, identity.key, identity.name);
            seen = function_seen(function, offset);
            if (site == NULL || seen == NULL) {
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
            if (update(core, site->gap) < 0) {
                return -1;
            }
            seen = function_seen(function, offset);
        }
    }
    if (seen->seen < 0) {
        return 0; /* another thread has just reached the bound */
    }
    if (++seen->seen >= core->gap_bound) {
        seen->seen = -1;
        found = core_ask(core, "bind_gaps", function->twin, NULL);
        Py_XDECREF(found);
        return found == NULL ? -1 : 0;
    }
    return 1;
}
