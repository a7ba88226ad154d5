/* The type `Core`: what the engine sets up and tells, and the ways from the callbacks back to the engine. */
#include "core.h"

#include <stdarg.h>
#include <stddef.h>

/* -- back to the engine -- */

PyObject *core_ask(Core *core, const char *method, ...) {
    PyObject *arguments[6] = {core->engine};
    PyObject *name = PyUnicode_InternFromString(method);
    PyObject *bound, *result = NULL;
    size_t count = 1;
    va_list more;

    if (name == NULL) {
        return NULL;
    }
    va_start(more, method);
    while (count < 6 && (arguments[count] = va_arg(more, PyObject *)) != NULL) {
        count++;
    }
    va_end(more);
    bound = PyObject_GetAttr(core->engine, name);
    if (bound != NULL) {
        result = PyObject_Vectorcall(bound, arguments + 1, (count - 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    }
    Py_XDECREF(bound);
    Py_DECREF(name);
    return result;
}

int core_write_by_engine(Core *core, const char *head, Py_ssize_t head_size, const char *tail, Py_ssize_t tail_size) {
    PyObject *line = PyBytes_FromStringAndSize(NULL, head_size + tail_size);
    PyObject *done;

    if (line == NULL) {
        return -1;
    }
    memcpy(PyBytes_AS_STRING(line), head, (size_t)head_size);
    memcpy(PyBytes_AS_STRING(line) + head_size, tail, (size_t)tail_size);
    done = core_ask(core, "write", line, NULL);
    Py_DECREF(line);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

#if !FREE_THREADED
int core_write_slowly(Core *core, const char *head, Py_ssize_t head_size, const char *tail, Py_ssize_t tail_size) {
    return core_write_by_engine(core, head, head_size, tail, tail_size);
}
#endif

int core_update(Core *core, PyObject *counter, PyObject *segment, Py_ssize_t offset, const char *text, int length) {
    PyObject *done;

#if !FREE_THREADED
    if (segment != Py_None && segment == core->segment && map_put(core->lane.place, offset, text, length)) {
        return 0;
    }
#endif
    done = core_ask(core, "update", counter, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

State *core_find_state(Core *core) {
    PyObject *state = PyObject_GetAttrString(core->local, "state");

    if (state == NULL) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyErr_Clear();
        }
        return NULL;
    }
    Py_DECREF(state); /* the twin's registry of greenlets, or of threads, holds it */
#if FREE_THREADED
    latest = (Latest){core, (State *)state, READ(states_gone)};
#endif
    return (State *)state;
}

State *core_begin_state(Core *core) {
    PyObject *state = core_ask(core, "begin_state", NULL);
    Py_XDECREF(state);
#if FREE_THREADED
    if (state != NULL) {
        state = (PyObject *)core_state(core);
        if (state == NULL && !PyErr_Occurred()) {
            PyErr_SetString(PyExc_RuntimeError, "a thread without a state");
        }
    }
#endif
    return (State *)state;
}

int core_forked(Core *core) {
    PyObject *done;

    core->generation = fork_generation;
    done = core_ask(core, "forked_unseen", NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int core_failed(Core *core) {
    PyObject *type, *error, *trace, *done;

    if (PyErr_ExceptionMatches(PyExc_RecursionError)) {
        PyErr_Clear();
        WRITE(core->lost, core->lost + 1);
        done = PyObject_CallMethod(core->engine, "lose", "l", core->lost);
        Py_XDECREF(done);
        PyErr_Clear();
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_Exception)) {
        WRITE(core->exposed, 1);
        return -1;
    }
    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    if (trace != NULL) {
        PyException_SetTraceback(error, trace);
    }
    done = core_ask(core, "fail", error, NULL);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    Py_XDECREF(done);
    if (done == NULL) {
        WRITE(core->exposed, 1);
    }
    return done == NULL ? -1 : 0;
}

int core_tell_lost_slowly(Core *core) {
    PyObject *done;

    WRITE(core->lost_told, READ(core->lost));
    done = core_ask(core, "tell_lost", NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* -- Core(engine, local, clock_ns, hot, thrifty, gap_bound, sample, seed, encoder, values, disable, folder, method_wrapper,
   traced, special) -- */

static PyObject *core_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *names[] = {"engine", "local",   "clock_ns", "hot",     "thrifty", "gap_bound",      "sample",
                            "seed",   "encoder", "values",   "disable", "folder",  "method_wrapper", "traced",
                            "special", NULL};
    PyObject *engine, *local, *encoder, *disable, *folder, *method_wrapper, *traced, *special;
    long long clock_ns, hot, thrifty, gap_bound;
    unsigned long long seed;
    double sample;
    int values;
    Core *core;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OOLLLLdKOpOUO!O!O!", names, &engine, &local, &clock_ns, &hot, &thrifty, &gap_bound,
                                     &sample, &seed, &encoder, &values, &disable, &folder, &PyType_Type, &method_wrapper,
                                     &PyDict_Type, &traced, &PyFrozenSet_Type, &special)) {
        return NULL;
    }
    core = (Core *)type->tp_alloc(type, 0);
    if (core == NULL) {
        return NULL;
    }
    core->engine = Py_NewRef(engine);
    core->lane.encoder = (Encoder *)Py_NewRef(encoder);
    core->values = values;
    core->disable = Py_NewRef(disable);
    core->agent_folder = Py_NewRef(folder);
    core->method_wrapper = (PyTypeObject *)method_wrapper;
    core->map = Py_NewRef(Py_None);
    core->lane.place = &core->nowhere;
    core->segment = Py_NewRef(Py_None);
    core->local = Py_NewRef(local);
    core->threads = strcmp(Py_TYPE(local)->tp_name, local_spec.name) == 0 ? (Local *)local : NULL;
    core->counting_why = PyUnicode_InternFromString("hot");
    core->next_exception = 1;
    core->lane.shown_ns = NO_TIME_SHOWN;
    core->lane.next_call = 1;
    piece_set(&core->lane.next_name, 1);
    core->hot = hot;
    core->thrifty = thrifty;
    core->gap_bound = (long)gap_bound;
    core->sampling = sample < 1;
    core->sample_fraction = sample;
    core->sample_state = seed | 1;
    core->generation = fork_generation;
    clock_begin(&core->clock, clock_ns);
    core->plain = !core->sampling;
#if FREE_THREADED
    core->guard = guard_share(core->lane.encoder->guard);
    core->next_block = 1;
    core->counting_epoch = 1;
#endif
    core->failed_places = PyDict_New();
    if (core->counting_why == NULL || core->failed_places == NULL || watch_forks() < 0 ||
        foreign_begin(&core->foreign, traced, special) < 0) {
        Py_DECREF(core);
        return NULL;
    }
    return (PyObject *)core;
}

static int core_traverse(Core *core, visitproc visit, void *arg) {
#if PY_VERSION_HEX >= 0x03090000
    Py_VISIT(Py_TYPE(core));
#endif
    Py_VISIT(core->engine);
    Py_VISIT(core->lane.encoder);
#if FREE_THREADED
    if (lanes_traverse(core->lanes, visit, arg)) {
        return 1;
    }
#endif
    Py_VISIT(core->map);
    Py_VISIT(core->segment);
    Py_VISIT(core->local);
    Py_VISIT(core->running_loop);
    Py_VISIT(core->current_task);
    return 0;
}

static int core_clear(Core *core) {
    core->threads = NULL;
    core->lane.place = &core->nowhere;
    Py_CLEAR(core->engine);
    Py_CLEAR(core->lane.encoder);
#if FREE_THREADED
    lanes_clear(core->lanes);
#endif
    Py_CLEAR(core->map);
    Py_CLEAR(core->segment);
    Py_CLEAR(core->local);
    Py_CLEAR(core->running_loop);
    Py_CLEAR(core->current_task);
    return 0;
}

static void core_dealloc(Core *core) {
    PyTypeObject *type = Py_TYPE(core);
    PyObject_GC_UnTrack(core);
    core_clear(core);
    Py_CLEAR(core->counting_why);
    Py_CLEAR(core->disable);
    Py_CLEAR(core->agent_folder);
    Py_CLEAR(core->failed_places);
    places_free(&core->places);
#if FREE_THREADED
    guard_drop(core->guard);
    lanes_drop(core->lanes);
#endif
    functions_free(&core->functions);
    foreign_free(&core->foreign);
    suspended_free(&core->suspended);
    type->tp_free(core);
    Py_DECREF(type);
}

static void replace(PyObject **place, PyObject *by) {
    PyObject *before = *place;
    *place = Py_NewRef(by);
    Py_XDECREF(before);
}

/* The same for what others may be looking at: there was nothing before. */
static void publish(PyObject **place, PyObject *object) {
#if FREE_THREADED
    __atomic_store_n(place, Py_NewRef(object), __ATOMIC_RELEASE);
#else
    replace(place, object);
#endif
}

static PyObject *core_add(Core *core, PyObject *args) {
    PyObject *code, *twin, *entries;
    long long id, left;
    int suspends, awaits, yields, body;
    Function *function;

    if (!PyArg_ParseTuple(args, "O!OLLppppO", &PyCode_Type, &code, &twin, &id, &left, &suspends, &awaits, &yields,
                          &body, &entries)) {
        return NULL;
    }
    if (functions_find(&core->functions, code) != NULL) {
        Py_RETURN_NONE; /* another thread was quicker */
    }
    function = PyMem_RawCalloc(1, sizeof *function);
    if (function == NULL) {
        return PyErr_NoMemory();
    }
    if (entries != Py_None && core->values) {
        function->plan = plan_new((PyCodeObject *)code, entries);
        if (function->plan == NULL) {
            PyMem_RawFree(function);
            return NULL;
        }
    }
    function->code = Py_NewRef(code);
    function->twin = Py_NewRef(twin);
    if (PyObject_IS_GC(twin)) {
        /* It stays, and nothing that it holds leads back to it: the collector need not look at thousands of them in
           each round. */
        PyObject_GC_UnTrack(twin);
    }
    function->id = id;
    piece_set(&function->name, id);
    function->left = left;
    function->left_steps = function->left_turns = left;
    function->suspends = (uint8_t)suspends;
    function->awaits = (uint8_t)awaits;
    function->yields = (uint8_t)yields;
    function->body = (uint8_t)body;
    function->gap_epoch = 1;
    function->plain = core->plain && !suspends;
    function->bare = function->plain && !core->values;
    if (functions_add(&core->functions, function) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *core_use_segment(Core *core, PyObject *args) {
    PyObject *segment, *map;

    if (!PyArg_ParseTuple(args, "OO", &segment, &map)) {
        return NULL;
    }
#if !FREE_THREADED /* there, each thread finds out for itself: it asks when its lane has no room any more */
    replace(&core->segment, segment);
    core->lane.place = &core->nowhere;
    replace(&core->map, map);
    core->lane.place = map == Py_None ? &core->nowhere : (Map *)map;
#endif
    Py_RETURN_NONE;
}

static PyObject *core_use_local(Core *core, PyObject *local) {
    WRITE(core->threads, NULL);
    replace(&core->local, local);
    WRITE(core->threads, strcmp(Py_TYPE(local)->tp_name, local_spec.name) == 0 ? (Local *)local : NULL);
    Py_RETURN_NONE;
}

static PyObject *core_use_asyncio(Core *core, PyObject *args) {
    PyObject *loop, *task;

    if (!PyArg_ParseTuple(args, "OO", &loop, &task)) {
        return NULL;
    }
    if (FREE_THREADED && core->running_loop != NULL) {
        Py_RETURN_NONE; /* other threads may be about to call what is there */
    }
    replace(&core->current_task, task);
    publish(&core->running_loop, loop);
    WRITE(core->plain, 0);
    for (size_t i = 0; i < functions_size(&core->functions); i++) {
        Function *function = functions_at(&core->functions, i);
        if (function != NULL) {
            WRITE(function->plain, 0);
            WRITE(function->bare, 0);
        }
    }
    Py_RETURN_NONE;
}

static void set_left(Core *core, int64_t left, int forget_sites) {
    for (size_t i = 0; i < functions_size(&core->functions); i++) {
        Function *function = functions_at(&core->functions, i);
        if (function != NULL) {
            WRITE(function->left, left);
            WRITE(function->left_steps, left);
            WRITE(function->left_turns, left);
#if !FREE_THREADED
            function->counted_in = 0;
#endif
            if (forget_sites) {
                function_forget_sites(function);
            }
        }
    }
}

static PyObject *core_count_only(Core *core, PyObject *why) {
#if FREE_THREADED
    /* What was there is kept: it may be looked at at this moment. */
    __atomic_store_n(&core->counting_why, Py_NewRef(why), __ATOMIC_RELEASE);
    __atomic_add_fetch(&core->counting_epoch, 1, __ATOMIC_RELAXED);
#else
    replace(&core->counting_why, why);
#endif
    WRITE(core->hot, 0);
    set_left(core, 0, 0);
    Py_RETURN_NONE;
}

static PyObject *core_has_forked(Core *core, PyObject *ignored) {
    core->generation = fork_generation;
    PyDict_Clear(core->failed_places);
    suspended_forget(&core->suspended);
#if FREE_THREADED
    lanes_forget(core->lanes);
    core->lane_count = 0;
#endif
    set_left(core, core->hot, 1);
    Py_RETURN_NONE;
}

static PyObject *core_forget_gaps(Core *core, PyObject *code) {
    Function *function = functions_find(&core->functions, code);
    if (function != NULL) {
        WRITE(function->gap_epoch, READ(function->gap_epoch) + (READ(function->gap_epoch) == UINT_MAX ? 2 : 1));
    }
    Py_RETURN_NONE;
}

static PyObject *core_last_left(Core *core, PyObject *ignored) {
    PyObject *identity = PyLong_FromVoidPtr((void *)core->last_left);
    return identity == NULL ? NULL : Py_BuildValue("(NL)", identity, (long long)core->last_left_id);
}

#if FREE_THREADED
/* False: the twin's spool has to write a record of it. */
static PyObject *core_tell(Core *core, PyObject *counter) {
    State *state = core_state(core);
    Lane *lane = state == NULL ? NULL : state->lane;
    const char *kind = Py_TYPE(counter)->tp_name;

    if (PyErr_Occurred()) {
        return NULL;
    }
    if (lane == NULL || lane->segment == NULL) {
        Py_RETURN_FALSE;
    }
    if (strcmp(kind, gap_spec.name) == 0) {
        return PyBool_FromLong(gap_tell((Gap *)counter, lane->segment, lane->place, clock_now(&core->clock)));
    }
    return PyBool_FromLong(strcmp(kind, counted_spec.name) == 0 &&
                           counted_tell((Counted *)counter, lane->segment, lane->place, clock_now(&core->clock)));
}
#endif

static PyObject *core_now(Core *core, PyObject *ignored) { return PyLong_FromLongLong(clock_now(&core->clock)); }

GUARDED(Core, core_add, args)
GUARDED(Core, core_use_local, local)
GUARDED(Core, core_use_asyncio, args)
GUARDED(Core, core_has_forked, ignored)

static PyMethodDef core_methods[] = {
    {"add", METHOD(core_add), METH_VARARGS,
     "add(code, function, id, left, suspends, awaits, yields, body, plan): records this code from now on."},
    {"use_segment", (PyCFunction)core_use_segment, METH_VARARGS, "use_segment(segment, map): where records go."},
    {"use_local", METHOD(core_use_local), METH_O, "Where the states of threads or greenlets are."},
    {"use_asyncio", METHOD(core_use_asyncio), METH_VARARGS, "use_asyncio(running_loop, current_task)."},
    {"count_only", (PyCFunction)core_count_only, METH_O, "From now on calls are counted, for this reason."},
    {"forked", METHOD(core_has_forked), METH_NOARGS, "In a forked child: begins anew."},
    {"forget_gaps", (PyCFunction)core_forget_gaps, METH_O,
     "The identity of a callee of the function with this code may be used again."},
    {"last_left", (PyCFunction)core_last_left, METH_NOARGS, "As exceptions.Exceptions.last_left."},
#if FREE_THREADED
    {"tell", (PyCFunction)core_tell, METH_O, "Brings a counter's record in this thread's segment up to date, if it can."},
#endif
    {"now", (PyCFunction)core_now, METH_NOARGS, "Nanoseconds since the run began."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot core_slots[] = {
    {Py_tp_new, core_new},         {Py_tp_dealloc, core_dealloc}, {Py_tp_traverse, core_traverse},
    {Py_tp_clear, core_clear},     {Py_tp_methods, core_methods}, {Py_tp_doc, "The native half of one recording."},
    {0, NULL},
};

PyType_Spec core_spec = {"spoor._native._core.Core", sizeof(Core), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                         core_slots};
