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

    if (!counter_is_due(counter->count, counter->segment)) {
        return 0;
    }
    return core_update(core, (PyObject *)counter, counter->segment, counter->offset, text,
                       counted_numbers(counter, text));
}

static int count(Core *core, const Entry *entry, int raised) {
    counter_add(entry->counter, clock_now(&core->clock) - entry->start_ns);
    entry->counter->raised += raised;
    return step(core, entry->counter);
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
    if (suspended_take(&core->suspended, frame, &stale) && stale.entry.recorded) {
        if (stale.entry.recorded == STEPPING && steps_end_at(core, &stale.entry, stale.when) < 0) {
            return -1;
        }
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
    for (const Entry *entry = state->top; entry != state->bottom; entry--) {
        Function *function = functions_find(&core->functions, entry->code);
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
    if (step(core, counter) < 0) {
        return -1;
    }
    return state_push(state, (Entry){.call = -1, .code = function->code, .strand = strand, .name = NO_CALL});
}

/* -- the life -- */

static __attribute__((noinline)) int begin_counted(Core *core, Function *function, State *state, int64_t strand) {
    Counted *counter = function->counter;

    if (function->counted_in != state->id) {
        counter = counter_of(core, function, state, core->counting_why);
        if (counter == NULL) {
            return -1;
        }
        function->counter = counter;
        function->counted_in = state->id;
    }
    if (state_room(state) < 0) {
        return -1;
    }
    /* What it calls is called by its caller, as far as records go. */
    state->top[1] = state->top[0];
    state->top++;
    state->top->code = function->code;
    state->top->strand = strand;
    state->top->recorded = 0;
    state->top->plain = !function->suspends;
    state->top->counter = counter;
    state->top->start_ns = clock_now(&core->clock);
    return 0;
}

/* A number for one more call, which is to be recorded. */
static inline int64_t take_call(Core *core, Function *function) {
    function->left--;
    piece_next(&core->next_name);
    return core->next_call++;
}

/* Whether the values of the next recorded call are not opened, as the function is called often. */
static inline int closes_next(const Core *core, const Function *function) {
    int64_t calls = core->thrifty - function->left;
    return calls > 0 && calls & (THRIFT - 1);
}

/* All but the name. */
static inline void set_entry(Entry *entry, const Function *function, int64_t call, int64_t strand, int closed) {
    entry->call = call;
    entry->code = function->code;
    entry->strand = strand;
    entry->recorded = 1;
    entry->plain = !function->suspends;
    entry->closed = (uint8_t)closed;
    entry->counter = NULL;
}

/* A record without arguments: nothing is known of them, or wanted. */
static int begin_bare(Core *core, Function *function, State *state, int64_t strand) {
    char spare[LINE_ROOM];
    char *line, *at;
    const int closed = closes_next(core, function);
    Entry *entry;

    if (state_room(state) < 0) {
        return -1;
    }
    entry = ++state->top;
    entry->name = core->next_name;
    set_entry(entry, function, take_call(core, function), strand, closed);
    line = line_begin(core, spare);
    at = put_call(core, line, 'C', &entry->name, clock_now(&core->clock));
    at = put_caller(at, state, &entry[-1].name, function, strand);
    at = core->values ? PUT(at, "{}\n") : PUT(at, "\n");
    return line_end(core, spare, line, at);
}

static ALWAYS_INLINE int begin_with_arguments(Core *core, Function *function, State *state, int64_t strand,
                                              const Frame *frame) {
    const int closed = closes_next(core, function);
    const Piece name = core->next_name;
    const int64_t call = take_call(core, function), shown_ns = core->shown_ns;
    Py_ssize_t shown, digits, head;
    char *at;
    Out out;
    int failed;

    out_begin(&out);
    at = put_piece(put_kind(out.room, 'C'), &name);
    shown = at - out.room;
    at = put_piece(at, &core->shown);
    digits = at - out.room;
    at = put_caller(at + SHOWN_DIGITS, state, &state->top->name, function, strand);
    head = at - out.room;
    out.at = at;
    failed = encode_arguments(core->encoder, &out, function->plan, frame, closed);
    if (LIKELY(!failed && out_room(&out, 1))) {
        out_byte(&out, '\n');
        failed = state_room(state);
    }
    if (LIKELY(!failed && !out.broken)) {
        /* The time last, so that what it took to write the arguments is not in the call's own. */
        int64_t now = clock_now(&core->clock);
        uint64_t since = since_shown(core, now);
        Entry *entry = ++state->top;
        entry->name = name;
        set_entry(entry, function, call, strand, closed);
        if (LIKELY(since < SHOWN_NS && core->shown_ns == shown_ns)) {
            put_six(out.start + digits, (uint32_t)since);
            failed = core_write(core, out.start, out.at - out.start, "", 0);
        } else {
            char again[LINE_ROOM];
            at = put_time(core, put_text(again, out.start, (size_t)shown), now);
            at = put_text(at, out.start + digits + SHOWN_DIGITS, (size_t)(head - digits - SHOWN_DIGITS));
            failed = core_write(core, again, at - again, out.start + head, out.at - out.start - head);
        }
    } else if (!failed) {
        PyErr_NoMemory();
        failed = -1;
    }
    out_end(&out);
    return failed;
}

/* Whether nothing is between a call and the one below it: then no task began to run there either. */
static inline int is_called_by(const Frame *frame, const PyObject *code) {
    const Frame *caller = frame == NULL ? NULL : caller_of(frame);
    return caller != NULL && code_of(caller) == code;
}

/* What is to be found out about a call that is not plain. 1: it is recorded; 0: it is not, and counted; -1. */
static __attribute__((noinline)) int look_closer(Core *core, Function *function, State *state, const Frame *frame,
                                                 int64_t *strand) {
    if (core->running_loop != NULL && (function->awaits || (*strand == state->id && !is_called_by(frame, state->top->code)))) {
        int64_t task = task_strand(core, state);
        if (task < 0) {
            return -1;
        }
        *strand = task ? task : *strand;
    }
    if (function->suspends && core->suspended.used && forget(core, frame) < 0) {
        return -1;
    }
    if (state->top->call < 0 || (core->sampling && !function->body && not_drawn(core, state))) {
        return skip(core, function, state, *strand) < 0 ? -1 : 0;
    }
    return 1;
}

int calls_begin(Core *core, Function *function, const Frame *frame) {
    State *state = core_state(core);
    int64_t strand;

    if (UNLIKELY(state == NULL) && (PyErr_Occurred() || (state = core_begin_state(core)) == NULL)) {
        return -1;
    }
    strand = state->top->strand;
    if (!function->plain) {
        int looked = look_closer(core, function, state, frame, &strand);
        if (looked <= 0) {
            return looked;
        }
    }
    if (function->left <= 0) {
        return begin_counted(core, function, state, strand);
    }
    return function->plan == NULL || frame == NULL ? begin_bare(core, function, state, strand)
                                                   : begin_with_arguments(core, function, state, strand, frame);
}

/* A record whose payload is a value. */
static int write_value(Core *core, const char *head, const char *at, PyObject *value, int closed) {
    Out out;
    int failed;

    out_begin(&out);
    failed = encode_value(core->encoder, &out, value, closed);
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

int calls_end(Core *core, Entry *entry, PyObject *value) {
    char spare[LINE_ROOM];
    char *line, *at;

    if (entry->counter != NULL) {
        return count(core, entry, 0);
    }
    if (!entry->recorded) {
        return 0;
    }
    if (steps_end(core, entry) < 0) {
        return -1;
    }
    if (core->values) {
        at = put_call(core, spare, 'R', &entry->name, clock_now(&core->clock));
        return write_value(core, spare, PUT(at, "\t\t\t\t"), value, entry->closed);
    }
    line = line_begin(core, spare);
    at = put_call(core, line, 'R', &entry->name, clock_now(&core->clock));
    return line_end(core, spare, line, PUT_ENDING(at, "\t\t\t\t\n"));
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

int calls_end_by(Core *core, Entry *entry, PyObject *exception, const LeftFrame *left) {
    Function *function;
    int64_t now, id;

    if (entry->counter != NULL) {
        return count(core, entry, 1);
    }
    if (!entry->recorded) {
        return 0;
    }
    if (steps_end(core, entry) < 0) {
        return -1;
    }
    function = functions_find(&core->functions, entry->code);
    if ((PyObject *)Py_TYPE(exception) == PyExc_GeneratorExit && function != NULL && function->suspends) {
        return write_closed(core, entry->call);
    }
    now = clock_now(&core->clock);
    id = left == NULL ? 0 : exceptions_left(core, entry, exception, left);
    return id < 0 ? -1 : write_left(core, entry->call, now, id);
}

int calls_take(Core *core, State *state, PyObject *code, Entry *entry) {
    ptrdiff_t depth = state->top - state->bottom, at = depth;

    while (at && state->bottom[at].code != code) {
        at--;
    }
    if (at == 0) {
        return 0;
    }
    *entry = state->bottom[at];
    state->top = state->bottom + at - 1;
    /* Frames that were left at the recursion limit, where the interpreter told nothing. */
    while (core->lost && ++at <= depth) {
        Entry gone = state->bottom[at]; /* still there: nothing is ever taken away from what is behind the top */
        if (gone.recorded && (steps_end(core, &gone) < 0 ||
                              write_left(core, gone.call, clock_now(&core->clock), 0) < 0)) {
            return -1;
        }
    }
    return 1;
}

int calls_suspend(Core *core, Function *function, const Frame *frame, PyObject *value) {
    State *state = core_state(core);
    char spare[LINE_ROOM];
    char *line, *at;
    Entry entry;
    int64_t now;
    int taken, told;

    if (state == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (LIKELY(state->top->code == function->code)) {
        entry = *state->top--;
    } else {
        taken = calls_take(core, state, function->code, &entry);
        if (taken <= 0) {
            return taken;
        }
    }
    now = clock_now(&core->clock);
    told = entry.recorded && function->left_steps > 0;
    if (told) {
        function->left_steps--;
    } else if (entry.recorded && steps_begin(&entry, &state->top->name) < 0) {
        return -1;
    }
    if (suspended_put(&core->suspended, &(Suspended){frame, entry, now, (uint8_t)told}) < 0) {
        entry_free_steps(&entry);
        return -1;
    }
    if (!told) {
        return 0;
    }
    if (core->values && function->yields) {
        at = put_call(core, spare, 'S', &entry.name, now);
        return write_value(core, spare, PUT(at, "\t\t\t\t"), value, entry.closed);
    }
    line = line_begin(core, spare);
    at = put_call(core, line, 'S', &entry.name, now);
    return line_end(core, spare, line, PUT_ENDING(at, "\t\t\t\t\n"));
}

int calls_resume(Core *core, Function *function, const Frame *frame) {
    Suspended suspended;
    State *state;
    int64_t strand, now = 0;
    int turned;
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
    turned = suspended.entry.recorded && suspended.told;
    if (suspended.entry.recorded) {
        now = clock_now(&core->clock);
        if (!suspended.told) {
            turned = steps_turn(core, function, &suspended, &state->top->name, now);
        }
    }
    if (turned < 0) {
        entry_free_steps(&suspended.entry);
        return -1;
    }
    if (turned) {
        line = line_begin(core, spare);
        at = put_call(core, line, 'U', &suspended.entry.name, now);
        *at++ = '\t';
        at = put_piece(at, &state->top->name);
        at = put_number(at, now - suspended.when);
        *at++ = '\t';
        at = put_strand(at, state, strand);
        *at++ = '\n';
        if (line_end(core, spare, line, at) < 0) {
            return -1;
        }
    }
    suspended.entry.strand = strand;
    return state_push(state, suspended.entry) < 0 ? -1 : 1;
}
