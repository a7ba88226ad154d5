/* The life of a call: it begins, suspends and resumes, ends; or is only counted. The same records in the same cases as
   calls.py writes. */
#include "lines.h"

/* -- counting -- */

static Counted *counter_of(Core *core, Function *function, State *state, PyObject *why) {
    PyObject *key = Py_BuildValue("(LO)", (long long)function->id, why);
    PyObject *found, *made = NULL;

    if (key == NULL) {
        return NULL;
    }
    found = PyDict_GetItemWithError(state->counted, key);
    if (found == NULL && !PyErr_Occurred()) {
        /* It is the engine's registry that keeps it from now on. */
        made = core_ask(core, "counter", PyTuple_GET_ITEM(key, 0), state, why, NULL);
        found = made != NULL && PyDict_SetItem(state->counted, key, made) == 0 ? made : NULL;
    }
    Py_XDECREF(made);
    Py_DECREF(key);
    return (Counted *)found;
}

static int step(Core *core, Counted *counter) {
    char text[COUNTER_ROOM];

    if ((counter->count & COUNTER_STEP) && counter->segment != Py_None) {
        return 0;
    }
    return core_update(core, (PyObject *)counter, counter->segment, counter->offset, text,
                       counted_numbers(counter, text));
}

static int count(Core *core, const Entry *entry, int raised) {
    Counted *counter = entry->counter;
    int64_t took = clock_now(&core->clock) - entry->start_ns;

    counter->count++;
    counter->total_ns += took;
    counter->raised += raised;
    if (took > counter->max_ns) {
        counter->max_ns = took;
    }
    return step(core, counter);
}

/* -- suspended calls -- */

static int write_closed(Core *core, int64_t call) {
    char spare[LINE_ROOM];
    char *line = line_begin(core, spare);
    char *at = put_head(line, 'X', call, clock_now(&core->clock));
    at = PUT(at, "\t0\t\t" CLOSED);
    return line_end(core, spare, line, at);
}

/* A new generator where a suspended one was: that one was dropped without an event (gh-140373). */
static int forget(Core *core, const Frame *frame) {
    Suspended stale;
    if (suspended_take(&core->suspended, frame, &stale) && stale.entry.call > 0 && stale.entry.counter == NULL) {
        return write_closed(core, stale.entry.call);
    }
    return 0;
}

/* -- which strand, and whether it is drawn -- */

/* The strand of the asyncio task that runs here, 0 if none does; -1. */
static int64_t task_strand(Core *core, State *state) {
    PyObject *loop = NULL, *task = NULL, *strand = NULL, *before = NULL;
    int64_t found = -1;

    loop = PyObject_CallNoArgs(core->running_loop);
    if (loop == NULL) {
        goto done;
    }
    if (loop == Py_None) {
        found = 0;
        goto done;
    }
    task = PyObject_CallOneArg(core->current_task, loop);
    if (task == NULL) {
        goto done;
    }
    if (task == Py_None) {
        found = 0;
        goto done;
    }
    if (state->last_task != NULL && weak_target(state->last_task) == task) {
        found = state->last_strand;
        goto done;
    }
    strand = core_ask(core, "task_strand", NULL);
    if (strand == NULL) {
        goto done;
    }
    found = PyLong_AsLongLong(strand);
    if (found > 0) {
        before = state->last_task;
        state->last_task = PyWeakref_NewRef(task, NULL);
        state->last_strand = found;
        if (state->last_task == NULL) {
            PyErr_Clear(); /* a loop of the program's own may have tasks that cannot be referred to weakly */
        }
    }
done:
    Py_XDECREF(loop);
    Py_XDECREF(task);
    Py_XDECREF(strand);
    Py_XDECREF(before);
    return found;
}

static int draw(Core *core) {
    core->sample_state = core->sample_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(core->sample_state >> 11) / 9007199254740992.0 < core->sample_fraction;
}

/* Whether a call on this stack is a root (only bodies of modules and classes below it) that is not recorded. */
static int not_drawn(Core *core, State *state) {
    for (Py_ssize_t i = 0; i < state->depth; i++) {
        Function *function = functions_find(&core->functions, state->stack[i].code);
        if (function == NULL || !function->body) {
            return 0;
        }
    }
    return !draw(core);
}

static int skip(Core *core, Function *function, State *state, int64_t strand) {
    PyObject *why = PyUnicode_InternFromString("sampled");
    Counted *counter = why == NULL ? NULL : counter_of(core, function, state, why);

    Py_XDECREF(why);
    if (counter == NULL) {
        return -1;
    }
    counter->count++;
    return step(core, counter) < 0 ? -1 : state_push(state, -1, function->code, strand, NULL, 0);
}

/* -- the life -- */

int calls_begin(Core *core, Function *function, const Frame *frame) {
    State *state = core_state(core);
    Encoder *encoder = ENCODER(core);
    int64_t parent = 0, strand, call;
    Entry *top;
    Ordinal name;
    char head[LINE_ROOM];
    char *line, *at;
    Out out;
    int failed;

    if (state == NULL && (PyErr_Occurred() || (state = core_begin_state(core)) == NULL)) {
        return -1;
    }
    strand = state->id;
    top = state_top(state);
    if (top != NULL) {
        parent = top->call;
        strand = top->strand;
    }
    if (core->running_loop != NULL && (function->awaits || strand == state->id)) {
        int64_t task = task_strand(core, state);
        if (task < 0) {
            return -1;
        }
        strand = task ? task : strand;
    }
    if (function->suspends && core->suspended.used && forget(core, frame) < 0) {
        return -1;
    }
    if (parent < 0 || (core->sampling && !function->body && not_drawn(core, state))) {
        return skip(core, function, state, strand);
    }
    if (function->left <= 0) {
        Counted *counter = counter_of(core, function, state, core->counting_why);
        return counter == NULL ? -1
                               : state_push(state, parent, function->code, strand, counter, clock_now(&core->clock));
    }
    function->left--;
    call = core->next_call++;
    name = core->next_name;
    ordinal_next(&core->next_name);
    if (function->plan == NULL || frame == NULL) {
        if (state_push(state, call, function->code, strand, NULL, 0) < 0) {
            return -1;
        }
        state_top(state)->name = name;
        line = line_begin(core, head);
        at = put_start(core, line, state, function, clock_now(&core->clock));
        at = encoder != NULL ? PUT(at, "\t{}\n") : PUT(at, "\t\n");
        return line_end(core, head, line, at);
    }
    /* The arguments first, so that what it takes to write them is not in the call's own time. */
    out_begin(&out);
    failed = encode_arguments(encoder, &out, function->plan, frame);
    if (!failed && out_room(&out, 1)) {
        out_byte(&out, '\n');
        failed = state_push(state, call, function->code, strand, NULL, 0);
        if (!failed && !out.broken) {
            state_top(state)->name = name;
            at = put_start(core, head, state, function, clock_now(&core->clock));
            *at++ = '\t';
            failed = core_write(core, head, at - head, out.start, out.at - out.start);
        }
    }
    if (out.broken && !failed) {
        PyErr_NoMemory();
        failed = -1;
    }
    out_end(&out);
    return failed;
}

/* A record whose payload is a value. */
static int write_value(Core *core, const char *head, const char *at, PyObject *value) {
    Out out;
    int failed;

    out_begin(&out);
    failed = encode_value(ENCODER(core), &out, value);
    if (!failed && out_room(&out, 1)) {
        out_byte(&out, '\n');
        if (out.broken) {
            PyErr_NoMemory();
            failed = -1;
        } else {
            failed = core_write(core, head, at - head, out.start, out.at - out.start);
        }
    }
    out_end(&out);
    return failed;
}

int calls_end(Core *core, const Entry *entry, PyObject *value) {
    char head[LINE_ROOM];
    char *line = head;
    char *at;

    if (entry->counter != NULL) {
        return count(core, entry, 0);
    }
    if (entry->call <= 0) {
        return 0;
    }
    if (ENCODER(core) == NULL) {
        line = line_begin(core, head);
    }
    at = put_call(core, line, 'R', entry, clock_now(&core->clock));
    at = PUT(at, "\t\t\t");
    if (ENCODER(core) != NULL) {
        return write_value(core, head, at, value);
    }
    *at++ = '\n';
    return line_end(core, head, line, at);
}

static int write_left(Core *core, int64_t call, int64_t t, int64_t raised) {
    char spare[LINE_ROOM];
    char *line = line_begin(core, spare);
    char *at = put_head(line, 'X', call, t);

    *at++ = '\t';
    at = put_number(at, raised);
    at = PUT(at, "\t\t\n");
    return line_end(core, spare, line, at);
}

int calls_end_by(Core *core, const Entry *entry, PyObject *exception, PyObject *frame, PyObject *trace) {
    Function *function;
    PyObject *call = NULL, *strand = NULL, *raised = NULL;
    int64_t now, id = 0;
    int failed = -1;

    if (entry->counter != NULL) {
        return count(core, entry, 1);
    }
    if (entry->call <= 0) {
        return 0;
    }
    function = functions_find(&core->functions, entry->code);
    if ((PyObject *)Py_TYPE(exception) == PyExc_GeneratorExit && function != NULL && function->suspends) {
        return write_closed(core, entry->call);
    }
    now = clock_now(&core->clock);
    call = PyLong_FromLongLong(entry->call);
    strand = PyLong_FromLongLong(entry->strand);
    if (call == NULL || strand == NULL) {
        goto done;
    }
    raised = core_ask(core, "unwound", exception, call, strand, frame, trace, NULL);
    if (raised == NULL) {
        goto done;
    }
    id = PyLong_AsLongLong(raised);
    failed = write_left(core, entry->call, now, id);
done:
    Py_XDECREF(call);
    Py_XDECREF(strand);
    Py_XDECREF(raised);
    return failed;
}

int calls_take(Core *core, State *state, PyObject *code, Entry *entry) {
    for (Py_ssize_t i = state->depth; i-- > 0;) {
        if (state->stack[i].code == code) {
            Py_ssize_t above = state->depth;
            *entry = state->stack[i];
            state->depth = i;
            /* Frames that were left at the recursion limit, where the interpreter told nothing. */
            for (Py_ssize_t lost = i + 1; core->lost && lost < above && lost < state->room; lost++) {
                Entry gone = state->stack[lost];
                if (gone.call > 0 && gone.counter == NULL &&
                    write_left(core, gone.call, clock_now(&core->clock), 0) < 0) {
                    return -1;
                }
            }
            return 1;
        }
    }
    return 0;
}

int calls_suspend(Core *core, Function *function, const Frame *frame, PyObject *value) {
    State *state = core_state(core);
    char head[LINE_ROOM];
    char *at;
    Entry entry;
    int64_t now;
    int taken;

    if (state == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    taken = calls_take(core, state, function->code, &entry);
    if (taken <= 0) {
        return taken;
    }
    now = clock_now(&core->clock);
    if (suspended_put(&core->suspended, frame, &entry, now) < 0) {
        return -1;
    }
    if (entry.call <= 0 || entry.counter != NULL) {
        return 0;
    }
    at = put_call(core, head, 'S', &entry, now);
    at = PUT(at, "\t\t\t");
    if (ENCODER(core) != NULL && function->yields) {
        return write_value(core, head, at, value);
    }
    *at++ = '\n';
    return core_write(core, head, at - head, "", 0);
}

int calls_resume(Core *core, Function *function, const Frame *frame) {
    Suspended suspended;
    State *state;
    Entry *top;
    int64_t strand, now, resumer;
    char spare[LINE_ROOM];
    char *line, *at;

    if (!suspended_take(&core->suspended, frame, &suspended) || suspended.entry.code != function->code) {
        return 0;
    }
    state = core_state(core);
    if (state == NULL && (PyErr_Occurred() || (state = core_begin_state(core)) == NULL)) {
        return -1;
    }
    strand = suspended.entry.strand;
    if (core->running_loop != NULL) {
        int64_t task = task_strand(core, state);
        if (task < 0) {
            return -1;
        }
        strand = task ? task : strand;
    }
    if (suspended.entry.call > 0 && suspended.entry.counter == NULL) {
        now = clock_now(&core->clock);
        top = state_top(state);
        resumer = top != NULL && top->call > 0 ? top->call : 0;
        line = line_begin(core, spare);
        at = put_call(core, line, 'U', &suspended.entry, now);
        at = put_number(at, resumer);
        *at++ = '\t';
        at = put_number(at, now - suspended.when);
        *at++ = '\t';
        at = put_number(at, strand);
        at = PUT(at, "\t\n");
        if (line_end(core, spare, line, at) < 0) {
            return -1;
        }
    }
    if (state_push(state, suspended.entry.call, suspended.entry.code, strand, suspended.entry.counter,
                   suspended.entry.start_ns) < 0) {
        return -1;
    }
    state_top(state)->name = suspended.entry.name;
    return 1;
}
