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
    if (!counter_is_due(counter->count, counter->segment)) {
        return 0;
    }
#if FREE_THREADED
    return core_tell_counted(core, counter);
#else
    char text[COUNTER_ROOM];
    return core_update(core, (PyObject *)counter, counter->segment, counter->offset, text,
                       counted_numbers(counter, text));
#endif
}

static int count(Core *core, const Entry *entry, int raised) {
    counter_add(entry->counter, clock_now(&core->clock) - entry->start_ns);
    WRITE(entry->counter->raised, entry->counter->raised + raised);
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

/* -- whether it is drawn -- */

static int draw(Core *core) {
#if FREE_THREADED
    uint64_t *state = &LANE(core)->sample_state;
#else
    uint64_t *state = &core->sample_state;
#endif
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(*state >> 11) / 9007199254740992.0 < core->sample_fraction;
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
    WRITE(counter->count, counter->count + 1);
    if (step(core, counter) < 0) {
        return -1;
    }
    return state_push(state, (Entry){.call = -1, .code = function->code, .strand = strand, .name = NO_CALL});
}

/* -- the life -- */

/* The counter of a function whose calls are only counted, by this state. */
static Counted *find_counter(Core *core, Function *function, State *state) {
#if FREE_THREADED
    Counted *counter = counter_here(core, function, state);
    unsigned epoch = __atomic_load_n(&core->counting_epoch, __ATOMIC_ACQUIRE);

    if (counter == NULL) {
        counter = counter_of(core, function, state, __atomic_load_n(&core->counting_why, __ATOMIC_ACQUIRE));
        if (counter != NULL) {
            *place_of_counter(function, state) = (CounterHere){function, counter, epoch};
        }
    }
    return counter;
#else
    if (function->counted_in != state->id) {
        Counted *counter = counter_of(core, function, state, core->counting_why);
        if (counter == NULL) {
            return NULL;
        }
        function->counter = counter;
        function->counted_in = state->id;
    }
    return function->counter;
#endif
}

static __attribute__((noinline)) int begin_counted(Core *core, Function *function, State *state, int64_t strand) {
    Counted *counter = find_counter(core, function, state);

    if (counter == NULL) {
        return -1;
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
    Lane *lane = LANE(core);
    int64_t call = lane->next_call++;

#if FREE_THREADED
    if (UNLIKELY(lane->next_call >= lane->block_end)) {
        lane_next_block(core, lane);
        return call;
    }
#else
    function->left--; /* elsewhere it is done before, by `is_left` */
#endif
    piece_next(&lane->next_name);
    return call;
}

/* Whether the values of the next recorded call are not opened, as the function is called often. */
static inline int closes_next(const Core *core, const Function *function) {
#if FREE_THREADED
    int64_t calls = core->thrifty - latest.state->lane->left; /* as `is_left` found it */
#else
    int64_t calls = core->thrifty - function->left;
#endif
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
    entry->name = LANE(core)->next_name;
    set_entry(entry, function, take_call(core, function), strand, closed);
    line = line_begin(core, spare);
    at = put_call(core, line, 'C', &entry->name, clock_now(&core->clock));
    at = put_caller(at, state, &entry[-1].name, function, strand);
    at = core->values ? PUT(at, "{}\n") : PUT(at, "\n");
    return line_end(core, spare, line, at);
}

static ALWAYS_INLINE int begin_with_arguments(Core *core, Function *function, State *state, int64_t strand,
                                              const Frame *frame) {
    Lane *lane = LANE(core);
    const int closed = closes_next(core, function);
    const Piece name = lane->next_name;
    const int64_t call = take_call(core, function), shown_ns = lane->shown_ns;
    Py_ssize_t shown, digits, head;
    char *at;
    Out out;
    int failed;

    out_begin(&out);
    at = put_piece(put_kind(out.room, 'C'), &name);
    shown = at - out.room;
    at = put_piece(at, &lane->shown);
    digits = at - out.room;
    at = put_caller(at + SHOWN_DIGITS, state, &state->top->name, function, strand);
    head = at - out.room;
    out.at = at;
    failed = encode_arguments(lane->encoder, &out, function->plan, frame, closed);
    if (LIKELY(!failed && out_room(&out, 1))) {
        out_byte(&out, '\n');
        failed = state_room(state);
    }
    if (LIKELY(!failed && !out.broken)) {
        /* The time last, so that what it took to write the arguments is not in the call's own. */
        int64_t now = clock_now(&core->clock);
        uint64_t since = since_shown(lane, now);
        Entry *entry = ++state->top;
        entry->name = name;
        set_entry(entry, function, call, strand, closed);
        if (LIKELY(since < SHOWN_NS && lane->shown_ns == shown_ns)) {
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
    if (calls_async(core) && (function->awaits || (*strand == state->id && !is_called_by(frame, state->top->code)))) {
        int64_t task = calls_task(core, state);
        if (task < 0) {
            return -1;
        }
        *strand = task ? task : *strand;
    }
    if (function->suspends && READ(core->suspended.used) && forget(core, frame) < 0) {
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
    if (!READ(function->plain)) {
        int looked = look_closer(core, function, state, frame, &strand);
        if (looked <= 0) {
            return looked;
        }
    }
    if (!is_left(core, function)) {
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
    failed = encode_value(LANE(core)->encoder, &out, value, closed);
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
    while (READ(core->lost) && ++at <= depth) {
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
    told = entry.recorded && TAKE_ONE(function->left_steps);
    if (!told && entry.recorded && steps_begin(&entry, &state->top->name) < 0) {
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
    if (calls_async(core)) {
        int64_t task = calls_task(core, state);
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
