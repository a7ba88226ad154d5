/* The locals of the frames that an exception left for good: of which frames they are written, and as which records. */
#include "compat_tracebacks.h"
#include "exception_values.h"
#include "lines.h"

/* As in exceptions.py: frames whose locals are written for one exception, and exceptions of one place that have them
   written. */
#define FRAMES 50
#define EACH_PLACE 25

static int write_locals(Core *core, Out *out, PyFrameObject *frame) {
    OutMark mark = out_mark(out);
    PyObject *told;
    int written = encode_variables(LANE(core)->encoder, out, frame);

    if (written != 0) {
        return written < 0 ? -1 : 0;
    }
    out_rewind(out, mark);
    told = core_ask(core, "locals_of", (PyObject *)frame, NULL);
    written = told == NULL ? -1 : out_text(out, told);
    Py_XDECREF(told);
    return written;
}

/* -- one frame -- */

/* Whether frames of this code are shown; -1. */
static int is_recorded(Core *core, PyObject *code, PyFrameObject *frame) {
    Place *place = place_of(core, code);
    PyObject *globals, *answer;
    int recorded;

    if (place == NULL || place->recorded >= 0) {
        return place == NULL ? -1 : place->recorded;
    }
    globals = PyObject_GetAttrString((PyObject *)frame, "f_globals");
    answer = globals == NULL ? NULL : core_ask(core, "shows_locals", code, globals, NULL);
    Py_XDECREF(globals);
    if (answer == NULL) {
        return -1;
    }
    recorded = answer == Py_True;
    Py_DECREF(answer);
    place = place_of(core, code); /* anew: that was Python code */
    if (place == NULL) {
        return -1;
    }
    place->recorded = (int8_t)recorded;
    return recorded;
}

static int write_text(Out *out, PyObject *text) {
    if (out_room(out, PyBytes_GET_SIZE(text))) {
        out_bytes(out, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text));
    }
    return 0;
}

static int write_frame(Core *core, Flight *flight, Py_ssize_t depth, PyTracebackObject *trace) {
    PyFrameObject *frame = trace->tb_frame;
    PyObject *code = traced_code(trace);
    int64_t id = flight->id, call = flight_call(flight, frame);
    int recorded = is_recorded(core, code, frame), failed = -1;
    char head[LINE_ROOM];
    char *at;
    Place *place;
    Out out;

    if (recorded <= 0) {
        return recorded;
    }
    out_begin(&out);
    place = place_of(core, code);
    if (place == NULL) {
        goto done;
    }
    out_literal(&out, "{\"file\":");
    write_text(&out, place->file);
    out_literal(&out, ",\"function\":");
    write_text(&out, place->function);
    out_literal(&out, ",\"locals\":");
    if (write_locals(core, &out, frame) < 0) {
        goto done;
    }
    out_literal(&out, "}\n");
    if (out.broken) {
        PyErr_NoMemory();
        goto done;
    }
    at = put_head(head, 'L', id, clock_now(&core->clock));
    at = put_number(at, call);
    *at++ = '\t';
    at = put_number(at, line_of_trace(core, trace));
    *at++ = '\t';
    at = put_number(at, depth);
    *at++ = '\t';
    failed = core_write(core, head, at - head, out.start, out.at - out.start);
done:
    out_end(&out);
    return failed;
}

/* -- all of them -- */

/* Whether exceptions that were raised where `trace` ends had their locals written often enough; counts this one. -1. */
static int is_known_well(Core *core, const PyTracebackObject *trace) {
    PyObject *place = Py_BuildValue("(Oi)", ((PyCodeObject *)traced_code(trace))->co_filename, line_of_trace(core, trace));
    PyObject *seen = place == NULL ? NULL : PyDict_GetItemWithError(core->failed_places, place);
    long times = seen == NULL ? 0 : PyLong_AsLong(seen);
    int known = PyErr_Occurred() ? -1 : times >= EACH_PLACE;

    if (!known) {
        PyObject *more = PyLong_FromLong(times + 1);
        known = more == NULL || PyDict_SetItem(core->failed_places, place, more) < 0 ? -1 : 0;
        Py_XDECREF(more);
    }
    Py_XDECREF(place);
    return known;
}

int failed_frames_write(Core *core, PyObject *exception, PyObject *traceback) {
    PyTracebackObject *last[FRAMES]; /* the innermost ones, owned, in a ring */
    PyTracebackObject *trace = (PyTracebackObject *)traceback;
    Py_ssize_t count = 0, first, most;
    State *state = core_state(core);
    Flight *flight;
    int known, failed = 0;

    for (; trace != NULL; trace = trace->tb_next) {
        last[count++ % FRAMES] = trace;
    }
    known = is_known_well(core, last[(count - 1) % FRAMES]);
    flight = state == NULL ? NULL : flights_find(&state->flights, exception);
    if (known || flight == NULL) {
        return known < 0 || PyErr_Occurred() ? -1 : 0;
    }
    most = count < FRAMES ? count : FRAMES;
    first = flight->frames;
    for (Py_ssize_t depth = 0; depth < most; depth++) {
        Py_INCREF(last[(count - 1 - depth) % FRAMES]);
    }
    for (Py_ssize_t depth = 0; depth < most; depth++) {
        trace = last[(count - 1 - depth) % FRAMES];
        /* Anew: Python code may have run. */
        flight = flights_find(&state->flights, exception);
        if (depth >= first && !failed && flight != NULL) {
            failed = write_frame(core, flight, depth, trace);
        }
        Py_DECREF(trace);
    }
    flight = flights_find(&state->flights, exception);
    if (flight != NULL) {
        flight->frames = count;
    }
    return failed;
}
