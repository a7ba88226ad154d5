/* The engine for CPython 3.8 to 3.11: a function that evaluates the frames of all threads (PEP 523), writes the start and
   the end of those that are recorded and leaves the rest to the interpreter. What is rare is the engine's: the methods
   of native_tracing.py. */
#include "compat_tracebacks.h"
#include "plain.h"
#include "tracing.h"

#if SPOOR_TRACING

#include <stddef.h>

#if RECURSES_BY_US
#include "stack_room.h"
#endif

Tracing *tracing_active = NULL;

/* A function is listened to for calls of native functions until it has made so many times the bound of a call site: up to
   then its frames are slower. */
#define LISTEN_FOR 4

static EVALUATE(evaluate);

/* -- what is known of code -- */

static Known *known_at(const KnownCodes *known, PyObject *code) {
    size_t mask = known->size - 1;
    size_t i = pointer_hash(code) & mask;

    while (known->slots[i].code != NULL && known->slots[i].code != code) {
        i = (i + 1) & mask;
    }
    return &known->slots[i];
}

static inline Kind known_find(const KnownCodes *known, PyObject *code) {
    Known *found;

    if (!known->used) {
        return NOT_MET;
    }
    found = known_at(known, code);
    return found->code == NULL ? NOT_MET : found->kind;
}

static void known_free(KnownCodes *known) {
    KnownCodes old = *known;

    *known = (KnownCodes){NULL, 0, 0};
    for (size_t i = 0; i < old.size; i++) {
        Py_XDECREF(old.slots[i].code);
    }
    PyMem_RawFree(old.slots);
}

/* Programs that make code all the time would be kept from letting it go. */
#define MOST_KNOWN 50000

static int known_put(KnownCodes *known, PyObject *code, Kind kind) {
    Known *slot;

    if (known->used >= MOST_KNOWN) {
        known_free(known);
    }
    if (3 * (known->used + 1) > 2 * known->size) {
        KnownCodes bigger = {NULL, known->size ? 2 * known->size : 1024, known->used};
        bigger.slots = PyMem_RawCalloc(bigger.size, sizeof *bigger.slots);
        if (bigger.slots == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        for (size_t i = 0; i < known->size; i++) {
            if (known->slots[i].code != NULL) {
                *known_at(&bigger, known->slots[i].code) = known->slots[i];
            }
        }
        PyMem_RawFree(known->slots);
        *known = bigger;
    }
    slot = known_at(known, code);
    if (slot->code == NULL) {
        slot->code = Py_NewRef(code);
        known->used++;
    }
    slot->kind = kind;
    return 0;
}

/* First sight of code; NOT_MET with an exception of the program's. */
static Kind meet(Tracing *tracing, PyThreadState *thread, const Frame *frame) {
    PyObject *code = code_of(frame), *answer;
    Foreign *foreign = &tracing->core->foreign;
    long kind;
    Inside inside;

    enter_agent(thread, &inside);
    if (foreign_is(foreign, code, globals_of(frame))) {
        kind = known_put(&tracing->known, code, FOREIGN) < 0 ? (core_failed(tracing->core), SILENT) : FOREIGN;
        return leave_agent(tracing->core, thread, &inside) < 0 ? NOT_MET : (Kind)kind;
    }
    answer = core_ask(tracing->core, "met", code, globals_of(frame), NULL);
    kind = answer == NULL ? -1 : PyLong_AsLong(answer);
    Py_XDECREF(answer);
    if (kind == RECORDED) {
        Function *function = functions_find(&tracing->core->functions, code);
        PyObject *name = PyUnicode_FromString("settrace");
        int found = name == NULL ? -1 : PySequence_Contains(((PyCodeObject *)code)->co_names, name);
        Py_XDECREF(name);
        if (function == NULL || found < 0) {
            kind = -1;
        } else {
            function->listens = LISTEN_FOR * (int)tracing->core->gap_bound;
            function->sets_trace = (uint8_t)found;
        }
    }
    if (kind == FOREIGN) {
        foreign_keep(foreign, code, globals_of(frame));
    }
    if (kind < 0 || (kind != RECORDED && known_put(&tracing->known, code, (Kind)kind) < 0)) {
        kind = core_failed(tracing->core) < 0 ? NOT_MET : SILENT;
    }
    return leave_agent(tracing->core, thread, &inside) < 0 ? NOT_MET : (Kind)kind;
}

/* -- code that is not recorded -- */

/* The arguments of a call that is about to begin, by name. */
static PyObject *arguments_of(const Frame *frame) {
    PyCodeObject *code = (PyCodeObject *)code_of(frame);
    PyObject *names = PyObject_GetAttrString((PyObject *)code, "co_varnames");
    PyObject *found = PyDict_New();
    int count = code->co_argcount + code->co_kwonlyargcount + !!(code->co_flags & CO_VARARGS) +
                !!(code->co_flags & CO_VARKEYWORDS);

    for (int i = 0; names != NULL && found != NULL && i < count; i++) {
        PyObject *value = slot_of(frame, slot_of_parameter(code, i));
        if (value != NULL && PyCell_Check(value)) {
            value = PyCell_GET(value);
        }
        if (value != NULL && PyDict_SetItem(found, PyTuple_GET_ITEM(names, i), value) < 0) {
            Py_CLEAR(found);
        }
    }
    if (names == NULL) {
        Py_CLEAR(found);
    }
    Py_XDECREF(names);
    return found;
}

/* What is to be told before such a frame runs. An exception that is set afterwards is the program's. */
static void before_foreign(Tracing *tracing, const Frame *frame, Kind kind, Function *caller, int offset) {
    Core *core = tracing->core;
    PyObject *code = code_of(frame), *names, *answer;

    if (caller != NULL && kind != SILENT && !goes_on(frame) &&
        gaps_call_of_code(core, caller, code, globals_of(frame), offset) < 0 && core_failed(core) < 0) {
        return;
    }
    if (kind == STARTS && !goes_on(frame)) {
        names = arguments_of(frame);
        answer = names == NULL ? NULL : core_ask(core, "starts", code, names, NULL);
        Py_XDECREF(names);
        Py_XDECREF(answer);
        if (answer == NULL) {
            core_failed(core);
        }
    }
}

static PyObject *evaluate_foreign(Tracing *tracing, PyThreadState *thread, Frame *frame, int thrown, Kind kind) {
    const Frame *outer = current_frame(thread);
    Function *caller = outer == NULL ? NULL : functions_find(&tracing->core->functions, code_of(outer));
    /* Where greenlets switch, a recorded frame may go on without anything coming back from here. */
    int rests = tracing->core->threads != NULL;
    PyObject *code, *result, *answer;
    Inside inside;
    Hooks before;

    if (caller != NULL || kind == STARTS) {
        enter_agent(thread, &inside);
        before_foreign(tracing, frame, kind, caller, caller == NULL ? 0 : offset_of(outer));
        if (leave_agent(tracing->core, thread, &inside) < 0) {
            return NULL;
        }
    }
    code = Py_NewRef(code_of(frame));
    if (rests) {
        before = hooks_rest(thread);
    }
    result = BY(tracing->before, thread, frame, thrown);
    if (rests && tracing_active == tracing) {
        hooks_restore(tracing, thread, before);
    }
    if (kind == RETURNS && result != NULL && tracing_active == tracing) {
        enter_agent(thread, &inside);
        answer = core_ask(tracing->core, "returned", code, result, NULL);
        if (answer == NULL) {
            core_failed(tracing->core);
        }
        Py_XDECREF(answer);
        if (leave_agent(tracing->core, thread, &inside) < 0) {
            Py_CLEAR(result);
        }
    }
    Py_DECREF(code);
    return result;
}

/* -- recorded code -- */

static int begin(Core *core, Function *function, const Frame *frame) {
    State *state;

    if (core_watch_fork(core) < 0) {
        return core_failed(core);
    }
    if (function->suspends) {
        int resumed = calls_resume(core, function, frame);
        if (resumed || has_begun(frame)) {
            return resumed < 0 ? core_failed(core) : 0;
        }
    }
    if (calls_begin(core, function, frame) == 0) {
        return 0;
    }
    if (core_failed(core) < 0) {
        return -1;
    }
    state = core_state(core);
    if (state == NULL || state_push(state, (Entry){.code = function->code, .name = NO_CALL}) < 0) {
        PyErr_Clear();
    }
    return 0;
}

/* Takes the entry of a call off the stack: 1 and it; 0; -1. */
static int take(Core *core, PyObject *code, Entry *entry) {
    State *state = core_state(core);

    if (state != NULL && state->top->code == code) {
        *entry = *state->top--;
        return 1;
    }
    return state == NULL ? (PyErr_Occurred() ? -1 : 0) : calls_take(core, state, code, entry);
}

static int end(Core *core, Function *function, Frame *frame, PyObject *value) {
    Entry entry;
    int taken;

    if (core_watch_fork(core) < 0) {
        return core_failed(core);
    }
    if (function->suspends && is_suspended(frame)) {
        return calls_suspend(core, function, frame, value) < 0 ? core_failed(core) : 0;
    }
    taken = take(core, function->code, &entry);
    return taken < 0 || (taken && calls_end(core, &entry, value) < 0) ? core_failed(core) : 0;
}

/* An exception, kept aside in `inside`, leaves the frame. */
static int end_by(Core *core, PyThreadState *thread, Function *function, const Frame *frame, Inside *inside) {
    Entry entry;
    LeftFrame left;
    int taken = core_watch_fork(core) < 0 ? -1 : take(core, function->code, &entry);

    if (taken > 0 && inside->type != NULL) {
        PyErr_NormalizeException(&inside->type, &inside->exception, &inside->trace);
        left = (LeftFrame){object_of(frame, inside->trace), inside->trace, visible(current_frame(thread))};
        taken = calls_end_by(core, &entry, inside->exception, left.object == NULL ? NULL : &left);
    }
    return taken < 0 ? core_failed(core) : 0;
}

static PyObject *evaluate_recorded(Tracing *tracing, PyThreadState *thread, Frame *frame, int thrown, Function *function) {
    PyObject *result, *flying;
    Inside inside;
    Hooks before;

    if ((function->suspends && makes_generator(frame)) || is_at_limit(thread)) {
        return BY(tracing->before, thread, frame, thrown);
    }
    if (!plain_begin(tracing->core, function)) {
        enter_agent(thread, &inside);
        begin(tracing->core, function, frame);
        if (leave_agent(tracing->core, thread, &inside) < 0) {
            return NULL;
        }
        if (tracing_active != tracing) {
            return BY_INTERPRETER(thread, frame, thrown);
        }
    }
    before = hooks_set(thread, function);
    result = BY(tracing->before, thread, frame, thrown);
    if (tracing_active != tracing) {
        return result;
    }
    flying = flying_take(tracing, thread, frame);
    if (flying != NULL || result == NULL || !plain_end(tracing->core, function->code, result)) {
        enter_agent(thread, &inside);
        if (result == NULL) {
            end_by(tracing->core, thread, function, frame, &inside);
        } else {
            end(tracing->core, function, frame, result);
        }
        Py_XDECREF(flying);
        if (leave_agent(tracing->core, thread, &inside) < 0) {
            Py_CLEAR(result);
        }
    }
    if (tracing_active == tracing) {
        hooks_restore(tracing, thread, before);
    }
    return result;
}

/* -- the function itself -- */

#if RECURSES_BY_US

/* The rest of this stack is left to the interpreter, which needs none of it for calls of Python functions by each other
   while nobody evaluates frames. Other threads are not recorded either until it has come back. */
static PyObject *evaluate_deep(Tracing *tracing, PyThreadState *thread, Frame *frame, int thrown) {
    PyInterpreterState *interpreter = tracing->interpreter;
    PyObject *result, *answer;
    Inside inside;

    if (!tracing->told_too_deep) {
        tracing->told_too_deep = 1;
        enter_agent(thread, &inside);
        answer = core_ask(tracing->core, "too_deep", NULL);
        if (answer == NULL) {
            core_failed(tracing->core);
        }
        Py_XDECREF(answer);
        if (leave_agent(tracing->core, thread, &inside) < 0) {
            return NULL;
        }
    }
    set_evaluation(interpreter, _PyEval_EvalFrameDefault);
    result = BY_INTERPRETER(thread, frame, thrown);
    if (tracing_active == tracing) {
        set_evaluation(interpreter, evaluate);
    }
    return result;
}

#endif

static EVALUATE(evaluate) {
    EVALUATE_BEGINS(thread);
    Tracing *tracing = tracing_active;
    Function *function;
    PyObject *code;
    Kind kind;

    if (tracing == NULL) {
        return BY_INTERPRETER(thread, frame, thrown);
    }
    if (thread->tracing) {
        return BY(tracing->before, thread, frame, thrown);
    }
#if RECURSES_BY_US
    if (stack_is_short()) {
        return evaluate_deep(tracing, thread, frame, thrown);
    }
#endif
    code = code_of(frame);
    function = functions_find(&tracing->core->functions, code);
    if (function == NULL) {
        kind = known_find(&tracing->known, code);
        if (kind == NOT_MET && !is_at_limit(thread)) {
            kind = meet(tracing, thread, frame);
            if (kind == NOT_MET) {
                return NULL;
            }
            function = kind == RECORDED ? functions_find(&tracing->core->functions, code) : NULL;
        }
    }
    if (function != NULL) {
        return evaluate_recorded(tracing, thread, frame, thrown, function);
    }
    if (has_hooks(thread) || kind == STARTS || kind == RETURNS) {
        return evaluate_foreign(tracing, thread, frame, thrown, kind);
    }
    return BY(tracing->before, thread, frame, thrown);
}

/* -- Tracing(core) -- */

static PyObject *tracing_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    PyObject *core;
    Tracing *tracing;

    if (!PyArg_ParseTuple(args, "O", &core)) {
        return NULL;
    }
    if (strcmp(Py_TYPE(core)->tp_name, core_spec.name) != 0) {
        PyErr_SetString(PyExc_TypeError, "a Core");
        return NULL;
    }
    tracing = (Tracing *)type->tp_alloc(type, 0);
    if (tracing != NULL) {
        tracing->core = (Core *)Py_NewRef(core);
    }
    return (PyObject *)tracing;
}

static int tracing_traverse(Tracing *tracing, visitproc visit, void *arg) {
    VISIT_TYPE(tracing);
    Py_VISIT(tracing->core);
    return 0;
}

static PyObject *tracing_start(Tracing *tracing, PyObject *ignored) {
    PyThreadState *thread = this_thread();

    tracing->interpreter = thread->interp;
    tracing->before = evaluation(thread->interp);
    if (tracing->before == evaluate) {
        tracing->before = _PyEval_EvalFrameDefault;
    }
    tracing_active = tracing;
    set_evaluation(thread->interp, evaluate);
    Py_RETURN_NONE;
}

/* Whether frames were still evaluated by us. */
static PyObject *tracing_stop(Tracing *tracing, PyObject *ignored) {
    int ours;

    if (tracing_active != tracing) {
        Py_RETURN_TRUE;
    }
    tracing_active = NULL;
    ours = evaluation(tracing->interpreter) == evaluate;
    if (ours) {
        set_evaluation(tracing->interpreter, tracing->before);
    }
    hooks_remove(tracing);
    return PyBool_FromLong(ours);
}

static PyObject *tracing_forget(Tracing *tracing, PyObject *code) {
    if (known_find(&tracing->known, code) != NOT_MET && known_put(&tracing->known, code, NOT_MET) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static void tracing_dealloc(Tracing *tracing) {
    PyTypeObject *type = Py_TYPE(tracing);

    PyObject_GC_UnTrack(tracing);
    if (tracing_active == tracing) {
        Py_XDECREF(tracing_stop(tracing, NULL));
    }
    known_free(&tracing->known);
    PyMem_RawFree(tracing->flying);
    Py_CLEAR(tracing->core);
    type->tp_free(tracing);
    Py_DECREF(type);
}

static PyMethodDef tracing_methods[] = {
    {"start", (PyCFunction)tracing_start, METH_NOARGS, "From now on every frame of this interpreter is seen."},
    {"stop", (PyCFunction)tracing_stop, METH_NOARGS, "No frame is seen any more; whether they were until now."},
    {"forget", (PyCFunction)tracing_forget, METH_O, "This code is looked at again when it is called next."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot tracing_slots[] = {
    {Py_tp_new, tracing_new},           {Py_tp_dealloc, tracing_dealloc},
    {Py_tp_traverse, tracing_traverse}, {Py_tp_methods, tracing_methods},
    {Py_tp_doc, "Tracing(core): sees the frames of an interpreter before 3.12."}, {0, NULL},
};

PyType_Spec tracing_spec = {"spoor._native._core.Tracing", sizeof(Tracing), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                            tracing_slots};

#endif
