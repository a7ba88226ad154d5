/* The hooks of threads, which on CPython 3.8 to 3.11 tell what the evaluation of a frame cannot: exceptions inside it, the
   handlers that they enter, the native functions it calls. They are in place while recorded code runs, and cost nothing
   until such an event, for they are set without the switch that makes the interpreter look at every line. */
#include "tracing.h"

#if SPOOR_TRACING

/* What `trace` of this thread was before ours, to which everything goes on; and the thread whose own hook is ours. */
static __thread Py_tracefunc displaced;
static __thread uint64_t hooked;

/* -- exceptions in flight -- */

static Flying *flying_find(Tracing *tracing, const Frame *frame) {
    for (size_t i = tracing->flying_used; i-- > 0;) {
        if (tracing->flying[i].frame == frame) {
            return &tracing->flying[i];
        }
    }
    return NULL;
}

PyObject *flying_take(Tracing *tracing, PyThreadState *thread, const Frame *frame) {
    Flying *found = tracing->flying_used ? flying_find(tracing, frame) : NULL;
    PyObject *exception;

    if (found == NULL) {
        return NULL;
    }
    exception = found->exception;
    *found = tracing->flying[--tracing->flying_used];
    expect_lines(thread, -1);
    return exception;
}

static int flying_put(Tracing *tracing, PyThreadState *thread, const Frame *frame, PyObject *exception) {
    Flying *found = flying_find(tracing, frame);

    if (found != NULL) {
        PyObject *before = found->exception;
        found->exception = Py_NewRef(exception);
        Py_DECREF(before);
        return 0;
    }
    if (tracing->flying_used == tracing->flying_size) {
        size_t size = tracing->flying_size ? 2 * tracing->flying_size : 16;
        Flying *bigger = PyMem_RawRealloc(tracing->flying, size * sizeof *bigger);
        if (bigger == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        tracing->flying = bigger;
        tracing->flying_size = size;
    }
    tracing->flying[tracing->flying_used++] = (Flying){frame, Py_NewRef(exception)};
    expect_lines(thread, 1);
    return 0;
}

/* -- listening no longer -- */

static inline int is_others(const PyThreadState *thread) {
    return (thread->c_tracefunc != NULL && thread->c_tracefunc != on_event) ||
           (thread->c_profilefunc != NULL && thread->c_profilefunc != on_native);
}

#if LISTENING_IS_SLOW

static int stop_listening(void *ignored) {
    PyThreadState *thread = this_thread();
    Tracing *tracing = tracing_active;
    const Frame *frame = thread == NULL ? NULL : current_frame(thread);

    if (tracing != NULL && frame != NULL && !thread->tracing && !is_others(thread) && thread->c_profilefunc == NULL &&
        flying_find(tracing, frame) == NULL) {
        LISTENS(thread) = 0;
    }
    return 0;
}

/* The interpreter makes the frame listen again after each event, so that it can only be told otherwise between events.
   Where it does not get to that (it does so in the main thread), the frame listens until it calls a Python function. */
static void stop_listening_soon(void) { Py_AddPendingCall(stop_listening, NULL); }

#else

static void stop_listening_soon(void) {}

#endif

/* One more event of a function that listens for calls of native functions. 0, or -1 with an exception. */
static int listened(Tracing *tracing, PyThreadState *thread, Function *function) {
    PyObject *done;

    if (--function->listens > 0) {
        return 0;
    }
    if (thread->c_profilefunc == on_native) {
        thread->c_profilefunc = NULL;
    }
    stop_listening_soon();
    done = core_ask(tracing->core, "bind_gaps", function->twin, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* -- events -- */

/* `told` is (type, exception, traceback). */
static int raised(Tracing *tracing, PyThreadState *thread, PyFrameObject *object, PyObject *told) {
    const Frame *frame = frame_behind(object);
    PyObject *exception = PyTuple_GET_ITEM(told, 1), *trace = PyTuple_GET_ITEM(told, 2);
    PyObject *kind = (PyObject *)Py_TYPE(exception);
    int operation = operation_of(frame);
    int failed = 0;

    if (PyTraceBack_Check(trace) && ((PyTracebackObject *)trace)->tb_next != NULL && is_yield(operation)) {
        failed = exceptions_raised_again(tracing->core, exception, trace); /* thrown in, also if a `with` outside has it */
    }
    if ((kind == PyExc_StopIteration || kind == PyExc_StopAsyncIteration) && iterates(operation)) {
        return failed ? core_failed(tracing->core) : 0; /* the end of an iteration, which nobody raised */
    }
    if (!failed && kind != PyExc_GeneratorExit) {
        failed = exceptions_raised(tracing->core, code_of(frame), exception, trace);
    }
    if (failed) {
        return core_failed(tracing->core);
    }
    return tracing_active == tracing ? flying_put(tracing, thread, frame, exception) : 0;
}

static int at_line(Tracing *tracing, PyThreadState *thread, PyFrameObject *object) {
    PyObject *exception = flying_take(tracing, thread, frame_behind(object));
    int failed;

    if (exception == NULL) {
        return 0;
    }
    failed = core_tell_lost(tracing->core) < 0 ||
             exceptions_caught(tracing->core, code_of(frame_behind(object)), exception, -1) < 0;
    Py_DECREF(exception);
    stop_listening_soon();
    return failed ? core_failed(tracing->core) : 0;
}

void hide_agent(Core *core) {
    PyObject *type, *exception, *trace;

    PyErr_Fetch(&type, &exception, &trace);
    while (trace != NULL) {
        PyCodeObject *code = PyFrame_GetCode(((PyTracebackObject *)trace)->tb_frame);
        int ours = PyUnicode_Tailmatch(code->co_filename, core->agent_folder, 0, PY_SSIZE_T_MAX, -1) > 0;
        PyObject *next = (PyObject *)((PyTracebackObject *)trace)->tb_next;
        Py_DECREF(code);
        if (!ours) {
            break;
        }
        Py_XINCREF(next);
        Py_DECREF(trace);
        trace = next;
    }
    PyErr_Restore(type, exception, trace);
}

/* The interpreter has raised `thread->tracing` already. */
static int heard(PyFrameObject *object, int what, PyObject *argument) {
    Tracing *tracing = tracing_active;
    PyThreadState *thread;
    Function *function;
    Depth depth;
    int failed = 0;

    if (tracing == NULL || (what != PyTrace_EXCEPTION && what != PyTrace_LINE)) {
        return 0;
    }
    function = functions_find(&tracing->core->functions, code_of(frame_behind(object)));
    if (function == NULL || (what == PyTrace_LINE && !tracing->flying_used && function->listens <= 0)) {
        return 0;
    }
    thread = this_thread();
    depth = depth_lend(thread);
    if (what == PyTrace_EXCEPTION) {
        failed = raised(tracing, thread, object, argument);
    } else {
        failed = tracing->flying_used ? at_line(tracing, thread, object) : 0;
        if (!failed && LISTENING_IS_SLOW && function->listens > 0 && listened(tracing, thread, function) < 0) {
            failed = core_failed(tracing->core);
        }
    }
    depth_return(thread, depth);
    if (failed) {
        hide_agent(tracing->core);
    }
    return failed;
}

int on_event(PyObject *self, PyFrameObject *object, int what, PyObject *argument) {
    return heard(object, what, argument);
}

/* Instead of the hook of another tool. */
int on_displaced(PyObject *self, PyFrameObject *object, int what, PyObject *argument) {
    Py_tracefunc other = displaced;
    return heard(object, what, argument) < 0 ? -1 : other == NULL ? 0 : other(self, object, what, argument);
}

int on_native(PyObject *self, PyFrameObject *object, int what, PyObject *argument) {
    Tracing *tracing = tracing_active;
    const Frame *frame = frame_behind(object);
    PyThreadState *thread;
    Function *function;
    Depth depth;
    int failed;

    if (what != PyTrace_C_CALL || tracing == NULL) {
        return 0;
    }
    function = functions_find(&tracing->core->functions, code_of(frame));
    if (function == NULL || function->listens <= 0) {
        return 0;
    }
    thread = this_thread();
    depth = depth_lend(thread);
    /* Odd, so that it is another place than that of a call of Python code by the same instruction. */
    failed = gaps_call(tracing->core, function, argument, offset_of(frame) | 1) < 0 ||
             listened(tracing, thread, function) < 0;
    failed = failed ? core_failed(tracing->core) : 0;
    depth_return(thread, depth);
    if (failed) {
        hide_agent(tracing->core);
    }
    return failed;
}

/* -- which are in place -- */

/* Up to 3.9 the interpreter counts the hooks that it sets. One that it did not set leaves the count one too low when
   another tool takes its place: that is made good at the next occasion. Code that names `settrace` could not wait so
   long, and there our hook is counted. */
static inline void settle(PyThreadState *thread) {
#if COUNTS_HOOKS
    if (hooked == thread_number(thread) && thread->c_tracefunc != on_event) {
        hooked = 0;
        expect_lines(thread, 1);
    }
#endif
}

#define UNCOUNTED 1
#define COUNTED 2

/* 0: it has none of ours. */
static inline int events_of(PyThreadState *thread) {
    return thread->c_tracefunc != on_event ? 0 : hooked == thread_number(thread) ? UNCOUNTED : COUNTED;
}

static inline void set_events(PyThreadState *thread, int events) {
    int before = events_of(thread);

    if (before != events) {
        expect_lines(thread, (events == COUNTED) - (before == COUNTED));
        thread->c_tracefunc = events ? on_event : NULL;
        hooked = events == UNCOUNTED ? thread_number(thread) : 0;
    }
}

static inline Hooks hooks_now(PyThreadState *thread) {
    settle(thread);
    return (Hooks){(uint8_t)events_of(thread), thread->c_profilefunc == on_native, LISTENS(thread)};
}

Hooks hooks_set(PyThreadState *thread, const Function *function) {
    Hooks before = hooks_now(thread);
    int listens = function->listens > 0;

    if (thread->c_tracefunc == NULL || thread->c_tracefunc == on_event) {
        set_events(thread, COUNTS_HOOKS && function->sets_trace ? COUNTED : UNCOUNTED);
    } else if (thread->c_tracefunc != on_displaced) {
        displaced = thread->c_tracefunc;
        thread->c_tracefunc = on_displaced;
    }
    if (thread->c_profilefunc == NULL || thread->c_profilefunc == on_native) {
        thread->c_profilefunc = listens ? on_native : NULL;
    }
    if (!is_others(thread)) {
        LISTENS(thread) = listens ? LISTENS_YES : 0;
    }
    return before;
}

Hooks hooks_rest(PyThreadState *thread) {
    Hooks before = hooks_now(thread);

    if (thread->c_tracefunc == on_event) {
        set_events(thread, 0);
    }
    if (thread->c_profilefunc == on_native) {
        thread->c_profilefunc = NULL;
    }
    if (!is_others(thread)) {
        LISTENS(thread) = 0;
    }
    return before;
}

void hooks_restore(Tracing *tracing, PyThreadState *thread, Hooks before) {
    settle(thread);
    if (thread->c_tracefunc == NULL || thread->c_tracefunc == on_event) {
        set_events(thread, before.events);
    }
    if (thread->c_profilefunc == NULL || thread->c_profilefunc == on_native) {
        const Frame *frame = before.natives ? current_frame(thread) : NULL;
        Function *function = frame == NULL ? NULL : functions_find(&tracing->core->functions, code_of(frame));
        before.natives = function != NULL && function->listens > 0;
        thread->c_profilefunc = before.natives ? on_native : NULL;
    }
    if (!is_others(thread)) {
        LISTENS(thread) = before.listens && (before.natives || tracing->flying_used) ? LISTENS_YES : 0;
    }
}

void hooks_remove(Tracing *tracing) {
    PyThreadState *thread;

    for (thread = PyInterpreterState_ThreadHead(tracing->interpreter); thread != NULL; thread = PyThreadState_Next(thread)) {
        if (thread == this_thread() && thread->c_tracefunc == on_event) {
            set_events(thread, 0);
        } else if (thread->c_tracefunc == on_event) {
            thread->c_tracefunc = NULL;
        }
        if (thread->c_profilefunc == on_native) {
            thread->c_profilefunc = NULL;
        }
        if (thread->c_tracefunc == NULL && thread->c_profilefunc == NULL) {
            LISTENS(thread) = 0;
        }
    }
    while (tracing->flying_used) {
        PyObject *exception = tracing->flying[--tracing->flying_used].exception;
        expect_lines(this_thread(), -1);
        Py_DECREF(exception);
    }
}

#endif
