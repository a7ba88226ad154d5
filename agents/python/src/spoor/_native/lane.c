/* The lanes of free-threaded builds: a thread's own file, numbers and encoder, and how it comes by them. Which segment a
   lane writes to is decided by lanes.py; no thread changes the lane of another, and whoever ends its segment stops the map,
   under its latch. */
#include "core.h"

#if FREE_THREADED

static Lane *lane_new(Core *core) {
    Lane *lane = PyMem_RawCalloc(1, sizeof *lane);
    PyObject *encoder;

    if (lane == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    encoder = PyObject_CallOneArg((PyObject *)Py_TYPE(core->lane.encoder), core->lane.encoder->twin);
    if (encoder == NULL) {
        PyMem_RawFree(lane);
        return NULL;
    }
    lane->encoder = (Encoder *)encoder;
    lane->place = &lane->closed;
    lane->shown_ns = NO_TIME_SHOWN;
    lane->taken = 1;
    lane->owners = 1;
    lane->generation = fork_generation;
    lane->number = __atomic_fetch_add(&core->lane_count, 1, __ATOMIC_RELAXED);
    lane->sample_state = (core->sample_state + 2 * (uint64_t)lane->number) | 1;
    lane_next_block(core, lane);
    lane->next = __atomic_load_n(&core->lanes, __ATOMIC_ACQUIRE);
    while (!__atomic_compare_exchange_n(&core->lanes, &lane->next, lane, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    }
    return lane;
}

static Lane *lane_free_one(Core *core) {
    for (Lane *lane = __atomic_load_n(&core->lanes, __ATOMIC_ACQUIRE); lane != NULL; lane = lane->next) {
        int taken = 0;
        if (__atomic_compare_exchange_n(&lane->taken, &taken, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            return lane;
        }
    }
    return NULL;
}

int lane_give(Core *core, State *state) {
    Lane *lane = lane_free_one(core);

    if (lane == NULL && (lane = lane_new(core)) == NULL) {
        return -1;
    }
    if (state->lane != NULL) {
        /* That was Python code: a signal handler's calls were recorded meanwhile. */
        __atomic_store_n(&lane->taken, 0, __ATOMIC_RELEASE);
        return 0;
    }
    __atomic_add_fetch(&lane->owners, 1, __ATOMIC_RELAXED);
    state->lane = lane;
    return 0;
}

static void drop(Lane *lane) {
    if (__atomic_sub_fetch(&lane->owners, 1, __ATOMIC_ACQ_REL) == 0) {
        PyMem_RawFree(lane);
    }
}

void lane_leave(Lane *lane) {
    if (lane->generation == fork_generation) {
        __atomic_store_n(&lane->taken, 0, __ATOMIC_RELEASE);
    }
    drop(lane);
}

void lanes_clear(Lane *lane) {
    for (; lane != NULL; lane = lane->next) {
        lane->place = &lane->closed;
        Py_CLEAR(lane->map);
        Py_CLEAR(lane->segment);
        Py_CLEAR(lane->encoder);
    }
}

void lanes_drop(Lane *lane) {
    while (lane != NULL) {
        Lane *next = lane->next;
        drop(lane);
        lane = next;
    }
}

void lanes_forget(Lane *lane) {
    for (; lane != NULL; lane = lane->next) {
        lane->taken = 1;
    }
}

int lanes_traverse(Lane *lane, visitproc visit, void *arg) {
    for (; lane != NULL; lane = lane->next) {
        Py_VISIT(lane->encoder);
        Py_VISIT(lane->map);
        Py_VISIT(lane->segment);
    }
    return 0;
}

void lane_next_block(Core *core, Lane *lane) {
    lane->next_call = __atomic_fetch_add(&core->next_block, CALL_BLOCK, __ATOMIC_RELAXED);
    lane->block_end = lane->next_call + CALL_BLOCK;
    piece_set(&lane->next_name, lane->next_call);
}

int lane_next_segment(Core *core, Lane *lane, Py_ssize_t size) {
    PyObject *number = PyLong_FromLong(lane->number), *room = PyLong_FromSsize_t(size);
    PyObject *before = Py_NewRef(lane->segment == NULL ? Py_None : lane->segment);
    PyObject *segment = NULL, *map = NULL;
    int found = -1;

    if (number != NULL && room != NULL) {
        segment = core_ask(core, "next_segment", before, room, number, NULL);
    }
    if (segment == Py_None) {
        found = 0;
    } else if (segment != NULL && (map = PyObject_GetAttrString(segment, "map")) != NULL) {
        lane->place = (Map *)map;
        Py_XSETREF(lane->map, map);
        Py_XSETREF(lane->segment, Py_NewRef(segment));
        found = 1;
    }
    Py_DECREF(before);
    Py_XDECREF(number);
    Py_XDECREF(room);
    Py_XDECREF(segment);
    return found;
}

#define TRIES 8

int core_write_slowly(Core *core, const char *head, Py_ssize_t head_size, const char *tail, Py_ssize_t tail_size) {
    for (int tries = 0; tries < TRIES && LANE(core) != &core->lane; tries++) {
        int found = lane_next_segment(core, LANE(core), head_size + tail_size);
        if (found <= 0) {
            if (found < 0) {
                return -1;
            }
            break;
        }
        /* Anew: in a child that was forked meanwhile it is another. */
        if (map_write(LANE(core)->place, head, head_size, tail, tail_size)) {
            return 0;
        }
    }
    return core_write_by_engine(core, head, head_size, tail, tail_size);
}

int core_tell_counted(Core *core, Counted *counter) {
    for (int tries = 0; tries < TRIES && LANE(core) != &core->lane; tries++) {
        Lane *lane = LANE(core);
        int found;
        if (counted_tell(counter, lane->segment, lane->place, clock_now(&core->clock))) {
            return 0;
        }
        found = lane_next_segment(core, lane, LINE_ROOM + COUNTER_ROOM);
        if (found <= 0) {
            if (found < 0) {
                return -1;
            }
            break;
        }
    }
    PyObject *done = core_ask(core, "update", (PyObject *)counter, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

#else

/* A file of C must not be empty. */
typedef int lanes_are_for_free_threaded_builds;

#endif
