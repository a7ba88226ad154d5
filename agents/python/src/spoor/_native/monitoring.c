/* The callbacks of `sys.monitoring` (PEP 669), one object each, of a type that is called without any wrapping. What is
   rare, such as the first sight of code, is the engine's: the methods of native_engine.py. None may
   raise an error of ours, and only those of local events may answer DISABLE. */
#include "compat_tracebacks.h"
#include "plain.h"

#if SPOOR_MONITORING

#include <stddef.h>
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
#if FREE_THREADED
    vectorcallfunc guarded; /* what happens while this thread is the only one in the guarded part of the core */
    int (*is_of_ours)(Core *core, PyObject *const *args); /* whether that is to happen; NULL: always */
#endif
    Core *core; /* owned */
} Callback;

#define CORE(callable) (((Callback *)(callable))->core)

static PyObject *nothing(void) { Py_RETURN_NONE; }

/* After an exception in a callback: None, or NULL where it is the program's own. */
static PyObject *failure(Core *core) { return core_failed(core) < 0 ? NULL : nothing(); }

static PyObject *answered(Core *core, PyObject *answer) {
    if (answer == NULL) {
        return failure(core);
    }
    Py_DECREF(answer);
    return nothing();
}

/* Whether the traceback of an exception begins in a file of ours, or goes on in one behind its first frame. */
static int shows_agent(Core *core, PyObject *exception) {
    PyObject *trace = ((PyBaseExceptionObject *)exception)->traceback;
    int shown = 0;

    if (!READ(core->exposed) || trace == NULL || !PyTraceBack_Check(trace)) {
        return 0;
    }
    for (PyTracebackObject *at = (PyTracebackObject *)trace; at != NULL && !shown; at = at->tb_next) {
        PyCodeObject *code = PyFrame_GetCode(at->tb_frame);
        shown = PyUnicode_Tailmatch(code->co_filename, core->agent_folder, 0, PY_SSIZE_T_MAX, -1) > 0;
        Py_DECREF(code);
        if ((PyObject *)at != trace) {
            break;
        }
    }
    return shown;
}

/* Takes frames of ours out of its traceback, before the program can look at it. */
static int hide(Core *core, PyObject *exception) {
    PyObject *done;

    if (!shows_agent(core, exception)) {
        return 0;
    }
    done = core_ask(core, "hide_agent", exception, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* First sight of code, or of code whose start is watched. */
static PyObject *first_sight(Core *core, PyObject *code) {
    const Frame *frame = frame_of(code);
    PyObject *globals = frame == NULL ? NULL : globals_of(frame);
    PyObject *answer;
    Function *function;

    if (foreign_is(&core->foreign, code, globals)) {
        return Py_NewRef(core->disable);
    }
    answer = core_ask(core, "met", code, NULL);
    if (answer == NULL) {
        return failure(core);
    }
    if (answer != Py_True) {
        PyObject *wanted = answer == Py_False ? core->disable : Py_None;
        if (answer == Py_False) {
            foreign_keep(&core->foreign, code, globals);
        }
        Py_DECREF(answer);
        return Py_NewRef(wanted);
    }
    Py_DECREF(answer);
    function = functions_find(&core->functions, code);
    if (function != NULL && calls_begin(core, function, frame_of(code)) < 0) {
        return failure(core);
    }
    return nothing();
}

#if FREE_THREADED

/* Counts what the guard was given up for. */
static void tell_given_up(Core *core) {
    long given_up = guard_given_up(core->guard);

    if (given_up) {
        PyObject *done;
        WRITE(core->lost, core->lost + given_up);
        done = PyObject_CallMethod(core->engine, "lose", "l", core->lost);
        Py_XDECREF(done);
        PyErr_Clear();
    }
}

static PyObject *first_sight_guarded(Core *core, PyObject *code) {
    PyObject *answer;
    Function *function;

    if (!guard_enter(core->guard)) {
        return nothing();
    }
    function = functions_find(&core->functions, code); /* another thread may have been quicker */
    if (function == NULL) {
        answer = first_sight(core, code);
    } else {
        answer = calls_begin(core, function, frame_of(code)) < 0 ? failure(core) : nothing();
    }
    if (answer != NULL) {
        tell_given_up(core);
    }
    guard_leave(core->guard);
    return answer;
}

#define FIRST_SIGHT first_sight_guarded

#else
#define FIRST_SIGHT first_sight
#endif

/* The end of code that is not recorded, but watched. */
static PyObject *returned(Core *core, PyObject *code, PyObject *value) {
    PyObject *answer;

#if FREE_THREADED
    if (!guard_enter(core->guard)) {
        return nothing();
    }
#endif
    answer = answered(core, core_ask(core, "returned", code, value, NULL));
#if FREE_THREADED
    guard_leave(core->guard);
#endif
    return answer;
}

/* The start of a call could not be written. */
static SELDOM PyObject *start_failed(Core *core, PyObject *code) {
    PyObject *answer = failure(core);

    if (answer != NULL) {
        State *state = core_state(core);
        if (state != NULL && state_push(state, (Entry){.code = code, .name = NO_CALL}) == 0) {
            return answer; /* its end finds it */
        }
        PyErr_Clear();
    }
    return answer;
}

static __attribute__((noinline)) PyObject *start_otherwise(Core *core, Function *function, PyObject *code) {
    if (core_watch_fork(core) < 0) {
        return failure(core);
    }
    if (function == NULL) {
        return FIRST_SIGHT(core, code);
    }
    return LIKELY(calls_begin(core, function, frame_of(code)) == 0) ? nothing() : start_failed(core, code);
}

static PyObject *on_start(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);
    Function *function = functions_find(&core->functions, args[0]);

    if (LIKELY(function != NULL && plain_begin(core, function))) {
        return nothing();
    }
    return start_otherwise(core, function, args[0]);
}

static __attribute__((noinline)) PyObject *return_otherwise(Core *core, PyObject *code, PyObject *value) {
    State *state;
    Entry entry;
    int taken = 0;

    if (core_watch_fork(core) < 0) {
        return failure(core);
    }
    state = core_state(core);
    if (state != NULL && state->top->code == code) {
        entry = *state->top--;
        return calls_end(core, &entry, value) < 0 ? failure(core) : nothing();
    }
    if (PyErr_Occurred()) {
        return failure(core);
    }
    if (functions_find(&core->functions, code) == NULL) {
        return returned(core, code, value);
    }
    taken = state == NULL ? 0 : calls_take(core, state, code, &entry);
    if (taken < 0 || (taken && calls_end(core, &entry, value) < 0)) {
        return failure(core);
    }
    return nothing();
}

static PyObject *on_return(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);

    return LIKELY(plain_end(core, args[0], args[2])) ? nothing() : return_otherwise(core, args[0], args[2]);
}

static PyObject *on_yield(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);
    Function *function = functions_find(&core->functions, args[0]);
    const Frame *frame = frame_of(args[0]);

    if (core_watch_fork(core) < 0) {
        return failure(core);
    }
    if (function != NULL && frame != NULL && calls_suspend(core, function, frame, args[2]) < 0) {
        return failure(core);
    }
    return nothing();
}

static PyObject *on_resume(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);
    Function *function = functions_find(&core->functions, args[0]);
    const Frame *frame = frame_of(args[0]);

    if (core_watch_fork(core) < 0) {
        return failure(core);
    }
    if (function != NULL && frame != NULL && calls_resume(core, function, frame) < 0) {
        return failure(core);
    }
    return nothing();
}

static PyObject *on_throw(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);
    Function *function = functions_find(&core->functions, args[0]);
    const Frame *frame = frame_of(args[0]);
    PyObject *trace;

    if (function == NULL) {
        return nothing();
    }
    if (core_watch_fork(core) < 0 || (frame != NULL && calls_resume(core, function, frame) < 0)) {
        return failure(core);
    }
    trace = ((PyBaseExceptionObject *)args[2])->traceback;
    /* In flight again, also if a `with` outside has it. */
    return trace != NULL && exceptions_raised_again(core, args[2], trace) < 0 ? failure(core) : nothing();
}

static PyObject *on_unwind(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);
    const Frame *frame;
    LeftFrame left;
    State *state;
    Entry entry;
    int taken;

    if (functions_find(&core->functions, args[0]) == NULL) {
        return nothing();
    }
    if (core_watch_fork(core) < 0) {
        return failure(core);
    }
    state = core_state(core);
    if (state == NULL) {
        return PyErr_Occurred() ? failure(core) : nothing();
    }
    taken = calls_take(core, state, args[0], &entry);
    frame = visible(current_frame(this_thread()));
    if (frame != NULL) {
        left = (LeftFrame){object_behind(frame), ((PyBaseExceptionObject *)args[2])->traceback, outside(frame)};
    }
    if (taken < 0 || (taken && calls_end_by(core, &entry, args[2], frame == NULL ? NULL : &left) < 0)) {
        return failure(core);
    }
    return nothing();
}

enum { UNKNOWN, ENDS_ITERATION, IS_RAISED };

/* Whether a StopIteration at this place is the end of an iteration, which nobody raised. The engine knows operations;
   what it said of a place is kept as that of a callee that there can be none of. */
static int ends_iteration(Core *core, PyObject *code, PyObject *offset, PyObject *exception) {
    static char place;
    PyObject *kind = (PyObject *)Py_TYPE(exception);
    Function *function;
    PyObject *answer;
    Met *met;
    int at = (int)PyLong_AsLong(offset);

    if (kind != PyExc_StopIteration && kind != PyExc_StopAsyncIteration) {
        return 0;
    }
    function = functions_find(&core->functions, code);
    met = function == NULL ? NULL : function_met(function, &place, (void *)(uintptr_t)at);
    if (met == NULL) {
        PyErr_Clear();
        return 0;
    }
    if (met->epoch == UNKNOWN) {
        answer = core_ask(core, "ends_iteration", code, offset, NULL);
        if (answer == NULL) {
            return -1;
        }
        /* That was Python code: the table may have moved. */
        met = function_met(function, &place, (void *)(uintptr_t)at);
        if (met != NULL) {
            met->epoch = answer == Py_True ? ENDS_ITERATION : IS_RAISED;
        }
        Py_DECREF(answer);
    }
    return met != NULL && met->epoch == ENDS_ITERATION;
}

static PyObject *on_raise(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);
    int ends;

    if (hide(core, args[2]) < 0) {
        return failure(core);
    }
    if (functions_find(&core->functions, args[0]) == NULL || (PyObject *)Py_TYPE(args[2]) == PyExc_GeneratorExit) {
        return nothing();
    }
    ends = ends_iteration(core, args[0], args[1], args[2]);
    if (ends < 0 || (!ends && exceptions_raised(core, args[0], args[2],
                                                ((PyBaseExceptionObject *)args[2])->traceback) < 0)) {
        return failure(core);
    }
    return nothing();
}

static PyObject *on_reraise(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);
    return exceptions_raised_again(core, args[2], ((PyBaseExceptionObject *)args[2])->traceback) < 0 ? failure(core) : nothing();
}

static PyObject *on_handled(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);

    if (hide(core, args[2]) < 0 || core_tell_lost(core) < 0 ||
        exceptions_caught(core, args[0], args[2], (int)PyLong_AsLong(args[1])) < 0) {
        return failure(core);
    }
    return nothing();
}

static PyObject *on_call(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    Core *core = CORE(self);
    Function *function = functions_find(&core->functions, args[0]);
    int watching;

    if (function == NULL || core_watch_fork(core) < 0) {
        return PyErr_Occurred() ? failure(core) : nothing();
    }
    watching = gaps_call(core, function, args[2], (int)PyLong_AsLong(args[1]));
    if (watching < 0) {
        return failure(core);
    }
    return Py_NewRef(watching ? Py_None : core->disable);
}

#if FREE_THREADED

/* Which events of these kinds are looked at at all: most are of code that is not recorded. */
static int is_known(Core *core, PyObject *const *args) { return functions_find(&core->functions, args[0]) != NULL; }

static int is_raised(Core *core, PyObject *const *args) { return READ(core->exposed) || is_known(core, args); }

static int is_in_flight(Core *core, PyObject *const *args) {
    const State *state = core_state(core);
    PyErr_Clear();
    return READ(core->exposed) || READ(core->lost) != READ(core->lost_told) ||
           (state != NULL && flights_find(&state->flights, args[2]) != NULL);
}

static PyObject *guarded(PyObject *self, PyObject *const *args, size_t count, PyObject *names) {
    const Callback *callback = (Callback *)self;
    Core *core = callback->core;
    PyObject *answer;

    if (!callback->is_of_ours(core, args) || !guard_enter(core->guard)) {
        return nothing();
    }
    answer = callback->guarded(self, args, count, names);
    if (answer != NULL) {
        tell_given_up(core);
    }
    guard_leave(core->guard);
    return answer;
}

/* Exceptions and calls of what is not recorded are told by tables that threads share: one at a time is there. */
#define WHEN(is_of_ours) , is_of_ours
#else
#define WHEN(is_of_ours)
#endif

static const struct {
    const char *name;
    vectorcallfunc call;
#if FREE_THREADED
    int (*is_of_ours)(Core *core, PyObject *const *args); /* NULL: threads do not disturb each other there */
#endif
} CALLBACKS[] = {
    {"start", on_start WHEN(NULL)},       {"return", on_return WHEN(NULL)},         {"yield", on_yield WHEN(NULL)},
    {"resume", on_resume WHEN(NULL)},     {"throw", on_throw WHEN(NULL)},           {"raise", on_raise WHEN(is_raised)},
    {"reraise", on_reraise WHEN(NULL)},   {"handled", on_handled WHEN(is_in_flight)}, {"unwind", on_unwind WHEN(is_known)},
    {"call", on_call WHEN(is_known)},
};

/* Callback(core, name) */
static PyObject *callback_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    PyObject *core;
    const char *name;
    Callback *callback;

    if (!PyArg_ParseTuple(args, "Os", &core, &name)) {
        return NULL;
    }
    if (strcmp(Py_TYPE(core)->tp_name, core_spec.name) != 0) {
        PyErr_SetString(PyExc_TypeError, "a Core");
        return NULL;
    }
    for (size_t i = 0; i < sizeof CALLBACKS / sizeof CALLBACKS[0]; i++) {
        if (strcmp(CALLBACKS[i].name, name) == 0) {
            callback = (Callback *)type->tp_alloc(type, 0);
            if (callback != NULL) {
                callback->vectorcall = CALLBACKS[i].call;
#if FREE_THREADED
                if (CALLBACKS[i].is_of_ours != NULL) {
                    callback->guarded = CALLBACKS[i].call;
                    callback->is_of_ours = CALLBACKS[i].is_of_ours;
                    callback->vectorcall = guarded;
                }
#endif
                callback->core = (Core *)Py_NewRef(core);
            }
            return (PyObject *)callback;
        }
    }
    PyErr_Format(PyExc_ValueError, "there is no callback %s", name);
    return NULL;
}

static int callback_traverse(Callback *callback, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(callback));
    Py_VISIT(callback->core);
    return 0;
}

static void callback_dealloc(Callback *callback) {
    PyTypeObject *type = Py_TYPE(callback);
    PyObject_GC_UnTrack(callback);
    Py_CLEAR(callback->core);
    type->tp_free(callback);
    Py_DECREF(type);
}

static PyMemberDef callback_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Callback, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot callback_slots[] = {
    {Py_tp_new, callback_new},
    {Py_tp_dealloc, callback_dealloc},
    {Py_tp_traverse, callback_traverse},
    {Py_tp_members, callback_members},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_doc, "Callback(core, name): one callback of sys.monitoring."},
    {0, NULL},
};

PyType_Spec callback_spec = {"spoor._native._core.Callback", sizeof(Callback), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL, callback_slots};

#endif
