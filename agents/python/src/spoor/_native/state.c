/* The types `State` and `Local`. A thread's state is kept in the interpreter's dictionary for that thread, which is
   cleared when the thread ends. */
#include "state.h"

#include <stddef.h>
#include <structmember.h>

__thread Latest latest __attribute__((tls_model("initial-exec"))) = NOTHING_FOUND;
unsigned long states_gone = 0;

/* -- State(id) -- */

static PyObject *state_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    long long id;
    State *state;

    if (!PyArg_ParseTuple(args, "L", &id)) {
        return NULL;
    }
    state = (State *)type->tp_alloc(type, 0);
    if (state == NULL) {
        return NULL;
    }
    state->id = id;
    state->owner = Py_NewRef(Py_None);
    state->counted = PyDict_New();
    if (state->counted == NULL || state_grow(state) < 0) {
        Py_DECREF(state);
        return NULL;
    }
    return (PyObject *)state;
}

static int state_traverse(State *state, visitproc visit, void *arg) {
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(state));
#endif
    Py_VISIT(state->counted);
    Py_VISIT(state->owner);
    Py_VISIT(state->last_task);
    return 0;
}

static int state_clear(State *state) {
    Py_CLEAR(state->counted);
    Py_CLEAR(state->owner);
    Py_CLEAR(state->last_task);
    return 0;
}

static void state_dealloc(State *state) {
    PyTypeObject *type = Py_TYPE(state);
    PyObject_GC_UnTrack(state);
    __atomic_add_fetch(&states_gone, 1, __ATOMIC_RELAXED);
    state_clear(state);
#if FREE_THREADED
    if (state->lane != NULL) {
        lane_leave(state->lane);
    }
#endif
    flights_free(&state->flights);
    for (Entry *entry = state->bottom; entry != NULL && entry <= state->top; entry++) {
        entry_free_steps(entry);
    }
    PyMem_RawFree(state->bottom);
    type->tp_free(state);
    Py_DECREF(type);
}

int state_grow(State *state) {
    ptrdiff_t depth = state->top - state->bottom;
    ptrdiff_t room = state->bottom != NULL ? 2 * (state->limit - state->bottom) : 64;
    Entry *entries = PyMem_RawRealloc(state->bottom, (size_t)room * sizeof(Entry));

    if (entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (state->bottom == NULL) {
        *entries = (Entry){.name = NO_CALL, .strand = state->id};
    }
    state->bottom = entries;
    state->top = entries + depth;
    state->limit = entries + room;
    return 0;
}

static PyObject *state_top_call(State *state, PyObject *ignored) {
    if (state->top == state->bottom) {
        Py_RETURN_NONE;
    }
    return Py_BuildValue("LOL", (long long)state->top->call, state->top->code, (long long)state->top->strand);
}

static PyObject *state_nearest(State *state, PyObject *ignored) {
    for (const Entry *entry = state->top; entry != state->bottom; entry--) {
        if (entry->call > 0) {
            return PyLong_FromLongLong(entry->call);
        }
    }
    return PyLong_FromLong(0);
}

/* The frames of `other` go on here, as nobody's calls. */
static PyObject *state_inherit(State *state, PyObject *other) {
    if (Py_TYPE(other) != Py_TYPE(state)) {
        PyErr_SetString(PyExc_TypeError, "a State");
        return NULL;
    }
    for (ptrdiff_t i = 1; i <= ((State *)other)->top - ((State *)other)->bottom; i++) {
        Entry entry = {.code = ((State *)other)->bottom[i].code, .strand = state->id, .name = NO_CALL};
        if (state_push(state, entry) < 0) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

static PyMethodDef state_methods[] = {
    {"top", (PyCFunction)state_top_call, METH_NOARGS, "(call, code, strand) of the innermost call, or None."},
    {"nearest", (PyCFunction)state_nearest, METH_NOARGS, "The innermost call that is recorded, or 0."},
    {"inherit", (PyCFunction)state_inherit, METH_O, "Takes over the frames of another state, as nobody's calls."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef state_members[] = {
    {"id", T_LONGLONG, offsetof(State, id), READONLY, NULL},
    {"owner", T_OBJECT, offsetof(State, owner), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot state_slots[] = {
    {Py_tp_new, state_new},         {Py_tp_dealloc, state_dealloc}, {Py_tp_traverse, state_traverse},
    {Py_tp_clear, state_clear},     {Py_tp_methods, state_methods}, {Py_tp_members, state_members},
    {Py_tp_doc, "One stack of recorded calls."}, {0, NULL},
};

PyType_Spec state_spec = {"spoor._native._core.State", sizeof(State), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                          state_slots};

/* -- Local() -- */

State *local_find(Local *local) {
    PyObject *states = PyThreadState_GetDict();
    PyObject *found = states == NULL ? NULL : PyDict_GetItemWithError(states, (PyObject *)local);

    if (found != NULL) {
        latest = (Latest){local, (State *)found, READ(states_gone)};
    }
    return (State *)found;
}

static PyObject *local_get_state(Local *local, void *ignored) {
    State *state = local_state(local);
    if (state == NULL) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_AttributeError, "state");
        }
        return NULL;
    }
    return Py_NewRef((PyObject *)state);
}

static int local_set_state(Local *local, PyObject *state, void *ignored) {
    PyObject *states = PyThreadState_GetDict();

    if (states == NULL || state == NULL) {
        PyErr_SetString(PyExc_AttributeError, "state");
        return -1;
    }
    if (PyDict_SetItem(states, (PyObject *)local, state) < 0) {
        return -1;
    }
    latest = (Latest){local, (State *)state, READ(states_gone)};
    return 0;
}

static void local_dealloc(Local *local) {
    PyTypeObject *type = Py_TYPE(local);
    if (latest.local == local) {
        latest = (Latest)NOTHING_FOUND;
    }
    type->tp_free(local);
    Py_DECREF(type);
}

static PyGetSetDef local_getset[] = {
    {"state", (getter)local_get_state, (setter)local_set_state, "The State of the running thread.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot local_slots[] = {
    {Py_tp_new, PyType_GenericNew}, {Py_tp_dealloc, local_dealloc},
    {Py_tp_getset, local_getset},   {Py_tp_doc, "The state of each thread."}, {0, NULL},
};

PyType_Spec local_spec = {"spoor._native._core.Local", sizeof(Local), 0, Py_TPFLAGS_DEFAULT, local_slots};
