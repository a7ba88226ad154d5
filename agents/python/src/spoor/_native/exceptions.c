/* Exceptions in flight: the first sight of each, the handlers it enters, the calls it leaves. The same records in the same
   cases as exceptions.py writes. */
#include "compat_tracebacks.h"
#include "exception_values.h"
#include "lines.h"

/* Whether a handler that lets an exception go on is told before the exception leaves the call. */
#define TELLS_AGAIN SPOOR_MONITORING
#define RECURSION                                                                                   \
    "{\"type\":\"RecursionError\",\"module\":\"builtins\",\"message\":\"maximum recursion depth exceeded\"," \
    "\"args\":[\"maximum recursion depth exceeded\"]"

/* The innermost call, or NULL. */
static const Entry *innermost(const State *state) {
    return state == NULL || state->top == state->bottom ? NULL : state->top;
}

/* The next of a traceback, or NULL. */
static PyTracebackObject *following(const PyTracebackObject *trace) { return trace->tb_next; }

static PyTracebackObject *trace_from(PyObject *trace) {
    return trace != NULL && PyTraceBack_Check(trace) ? (PyTracebackObject *)trace : NULL;
}

static int is_agent(const Core *core, PyObject *code) {
    return PyUnicode_Tailmatch(((PyCodeObject *)code)->co_filename, core->agent_folder, 0, PY_SSIZE_T_MAX, -1) > 0;
}

/* Where it was raised: the innermost frame that is not ours; NULL if there is none. */
static PyTracebackObject *origin_of(const Core *core, PyTracebackObject *trace) {
    PyTracebackObject *last = trace, *origin = NULL;

    while (last != NULL && following(last) != NULL) {
        last = following(last);
    }
    if (last == NULL || !is_agent(core, traced_code(last))) {
        return last;
    }
    for (; trace != NULL; trace = following(trace)) {
        if (!is_agent(core, traced_code(trace))) {
            origin = trace;
        }
    }
    return origin;
}

/* What it is, without the brace at its end. */
static int describe(Core *core, Out *out, PyObject *exception) {
    if ((PyObject *)Py_TYPE(exception) == PyExc_RecursionError) {
        out_literal(out, RECURSION); /* what the twin says, which cannot look at anything there */
        return 0;
    }
    return encode_exception(LANE(core)->encoder, out, exception);
}

static void write_place(Out *out, PyObject *text) {
    if (out_room(out, PyBytes_GET_SIZE(text))) {
        out_bytes(out, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text));
    }
}

/* `kind TAB id TAB now TAB call TAB line TAB strand TAB` and the payload, which is whole up to the end of the line. */
static int write_record(Core *core, char kind, int64_t id, int64_t call, int line, int64_t strand, Out *payload) {
    char head[LINE_ROOM];
    char *at = put_head(head, kind, id, clock_now(&core->clock));

    at = put_number(at, call);
    *at++ = '\t';
    at = put_number(at, line);
    *at++ = '\t';
    at = put_number(at, strand);
    *at++ = '\t';
    out_literal(payload, "\n");
    if (payload->broken) {
        PyErr_NoMemory();
        return -1;
    }
    return core_write(core, head, at - head, payload->start, payload->at - payload->start);
}

/* Its id, or -1 with an exception. */
static int64_t first_sight(Core *core, PyObject *code, PyObject *exception, PyTracebackObject *trace, int64_t call,
                           int64_t strand) {
    PyTracebackObject *origin = origin_of(core, trace);
    PyObject *where = Py_NewRef(origin == NULL ? code : traced_code(origin)); /* owned */
    int64_t id = 0;
    State *state;
    Place *place;
    Flight *flight = NULL;
    Out out;

    out_begin(&out);
    if (describe(core, &out, exception) < 0) {
        goto done;
    }
    place = place_of(core, where);
    if (place == NULL) {
        goto done;
    }
    id = core->next_exception++;
    out_literal(&out, ",\"file\":");
    write_place(&out, place->file);
    out_literal(&out, ",\"line\":");
    if (out_room(&out, 24)) {
        out_number(&out, origin == NULL ? 0 : line_of_trace(core, origin));
    }
    out_literal(&out, ",\"function\":");
    write_place(&out, place->function);
    out_literal(&out, "}");
    if (write_record(core, 'E', id, call, trace == NULL ? 0 : line_of_trace(core, trace), strand, &out) < 0) {
        goto done;
    }
    /* Last, because writing may fail at the recursion limit: then a frame further down sees it first. */
    state = core_state(core);
    flight = state == NULL ? NULL : flights_put(&state->flights, exception, id);
done:
    out_end(&out);
    Py_DECREF(where);
    return flight == NULL && PyErr_Occurred() ? -1 : id;
}

int exceptions_raised(Core *core, PyObject *code, PyObject *exception, PyObject *traceback) {
    State *state = core_state(core);
    PyTracebackObject *trace = trace_from(traceback);
    const Entry *top = innermost(state);
    Flight *flight;
    PyObject *kind = (PyObject *)Py_TYPE(exception);

    if (top == NULL || top->call < 0 || !PyExceptionInstance_Check(exception)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    flight = flights_find(&state->flights, exception);
    if (flight != NULL && !flight->handled && trace != NULL &&
        (flight->untold || (following(trace) != NULL && flight_came_by(flight, (PyObject *)following(trace))))) {
        return 0; /* one more frame on its way */
    }
    if (trace == NULL && (kind == PyExc_StopIteration || kind == PyExc_StopAsyncIteration)) {
        return 0; /* the end of an iteration or of an `await`, which nobody raised */
    }
    return first_sight(core, code, exception, trace, top->call, top->strand) < 0 ? -1 : 0;
}

/* Of the handler. 0: it has none. */
static int line_of(Core *core, PyObject *code, int offset) {
    PyFrameObject *frame;
    int line;

    if (offset >= 0 && functions_find(&core->functions, code) != NULL) {
        return line_of_handler(core, code, offset);
    }
    frame = PyEval_GetFrame(); /* borrowed */
    line = frame == NULL ? 0 : PyFrame_GetLineNumber(frame);
    return line < 0 ? 0 : line;
}

int exceptions_caught(Core *core, PyObject *code, PyObject *exception, int offset) {
    State *state = core_state(core);
    Flight *flight = state == NULL ? NULL : flights_find(&state->flights, exception);
    const Entry *top;
    Place *place;
    Out out;
    int64_t id, call = 0, strand;
    int line, failed = -1;

    if (flight == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (flight->handled || !flight_came_by(flight, ((PyBaseExceptionObject *)exception)->traceback)) {
        flights_remove(&state->flights, flight);
        return 0;
    }
    flight->handled = 1;
    id = flight->id;
    strand = state->id;
    top = innermost(state);
    if (top != NULL) {
        call = top->call;
        strand = top->strand;
    }
    out_begin(&out);
    if (top == NULL || top->code != code) {
        if (is_agent(core, code)) {
            failed = 0; /* our launcher, which stands for the interpreter */
            goto done;
        }
        place = place_of(core, code);
        if (place == NULL) {
            goto done;
        }
        out_literal(&out, "{\"file\":");
        write_place(&out, place->file);
        out_literal(&out, ",\"function\":");
        write_place(&out, place->function);
        out_literal(&out, "}");
    }
    line = line_of(core, code, offset);
    failed = PyErr_Occurred() ? -1 : write_record(core, 'A', id, call, line, strand, &out);
done:
    out_end(&out);
    return failed;
}

int exceptions_raised_again(Core *core, PyObject *exception, PyObject *trace) {
    State *state = core_state(core);
    Flight *flight = state == NULL ? NULL : flights_find(&state->flights, exception);

    if (flight != NULL && trace_from(trace) == NULL) {
        /* Another one at this address, which was never raised before: what a StopIteration in a generator becomes. */
        flights_remove(&state->flights, flight);
    } else if (flight != NULL) {
        flight->handled = 0;
    }
    return PyErr_Occurred() ? -1 : 0;
}

int64_t exceptions_left(Core *core, const Entry *entry, PyObject *exception, const LeftFrame *left) {
    State *state = core_state(core);
    Flight *flight = state == NULL ? NULL : flights_find(&state->flights, exception);
    PyTracebackObject *trace = trace_from(left->trace);
    int64_t id;

    /* The interpreter raises some without telling, such as what `except*` leaves over and the RuntimeError that a
       StopIteration in a generator becomes: those are first seen here. */
    if (flight == NULL || flight->kind != Py_TYPE(exception) || (flight->handled && TELLS_AGAIN)) {
        if (PyErr_Occurred() || first_sight(core, entry->code, exception, trace, entry->call, entry->strand) < 0) {
            return -1;
        }
        state = core_state(core);
        flight = state == NULL ? NULL : flights_find(&state->flights, exception);
        if (flight == NULL) {
            return PyErr_Occurred() ? -1 : 0;
        }
        flight->untold = trace == NULL;
    }
    flight->handled = 0;
    id = flight->id;
    if (flight_leaves(flight, left->object, entry->code, entry->call) < 0) {
        return -1;
    }
    if (left->outer == NULL || functions_find(&core->functions, code_of(left->outer)) == NULL) {
        if (innermost(state) == NULL) {
            core->last_left = exception;
            core->last_left_id = id;
        }
        if (trace != NULL && failed_frames_write(core, exception, (PyObject *)trace) < 0) {
            return -1;
        }
    }
    return id;
}
