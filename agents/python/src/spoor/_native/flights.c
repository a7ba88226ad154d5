/* A table from exceptions to what is known of their flight. */
#include "flights.h"

#include "compat_tracebacks.h"

static inline size_t home_of(const Flights *flights, const PyObject *exception) {
    uintptr_t bits = (uintptr_t)exception >> 4;
    return (size_t)(bits ^ (bits >> 9)) & (flights->size - 1);
}

/* Where it is, or would be. */
static Flight *place_of(const Flights *flights, const PyObject *exception) {
    size_t i = home_of(flights, exception);

    while (flights->slots[i].exception != NULL && flights->slots[i].exception != exception) {
        i = (i + 1) & (flights->size - 1);
    }
    return &flights->slots[i];
}

Flight *flights_find(const Flights *flights, const PyObject *exception) {
    Flight *found = flights->used ? place_of(flights, exception) : NULL;
    return found != NULL && found->exception != NULL ? found : NULL;
}

static int grow(Flights *flights) {
    Flights bigger = {NULL, flights->size ? 2 * flights->size : 16, flights->used};

    bigger.slots = PyMem_RawCalloc(bigger.size, sizeof *bigger.slots);
    if (bigger.slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < flights->size; i++) {
        if (flights->slots[i].exception != NULL) {
            *place_of(&bigger, flights->slots[i].exception) = flights->slots[i];
        }
    }
    PyMem_RawFree(flights->slots);
    *flights = bigger;
    return 0;
}

Flight *flights_put(Flights *flights, PyObject *exception, int64_t id) {
    Flight *flight;

    if (2 * (flights->used + 1) > flights->size && grow(flights) < 0) {
        return NULL;
    }
    flight = place_of(flights, exception);
    flights->used += flight->exception == NULL;
    *flight = (Flight){.exception = exception, .id = id, .left = flight->left, .left_size = flight->left_size};
    flight->kind = Py_TYPE(exception);
    return flight;
}

/* Those behind it move up, so that no gap breaks their chain. */
void flights_remove(Flights *flights, Flight *flight) {
    size_t mask = flights->size - 1, hole = (size_t)(flight - flights->slots);

    PyMem_RawFree(flight->left);
    flights->used--;
    for (size_t next = (hole + 1) & mask; flights->slots[next].exception != NULL; next = (next + 1) & mask) {
        size_t home = home_of(flights, flights->slots[next].exception);
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            flights->slots[hole] = flights->slots[next];
            hole = next;
        }
    }
    flights->slots[hole] = (Flight){.exception = NULL};
}

void flights_free(Flights *flights) {
    for (size_t i = 0; i < flights->size; i++) {
        PyMem_RawFree(flights->slots[i].left);
    }
    PyMem_RawFree(flights->slots);
    *flights = (Flights){NULL, 0, 0};
}

int flight_leaves(Flight *flight, const void *frame, const PyObject *code, int64_t call) {
    if (flight->left_used == flight->left_size) {
        size_t size = flight->left_size ? 2 * flight->left_size : 4;
        LeftCall *left = PyMem_RawRealloc(flight->left, size * sizeof *left);
        if (left == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        flight->left = left;
        flight->left_size = size;
    }
    flight->left[flight->left_used++] = (LeftCall){frame, code, call};
    return 0;
}

/* The latest first: it is that of the frame that was left last, which is asked for most. */
static const LeftCall *left_call(const Flight *flight, const void *frame) {
    for (size_t i = flight->left_used; i-- > 0;) {
        if (flight->left[i].frame == frame) {
            return &flight->left[i];
        }
    }
    return NULL;
}

int64_t flight_call(const Flight *flight, const void *frame) {
    const LeftCall *found = left_call(flight, frame);
    return found == NULL ? 0 : found->call;
}

int flight_came_by(const Flight *flight, PyObject *trace) {
    if (!flight->left_used || flight->untold) {
        return 1;
    }
    while (trace != NULL && PyTraceBack_Check(trace)) {
        const LeftCall *left = left_call(flight, ((PyTracebackObject *)trace)->tb_frame);
        if (left != NULL && left->code == traced_code((PyTracebackObject *)trace)) {
            return 1;
        }
        trace = (PyObject *)((PyTracebackObject *)trace)->tb_next;
    }
    return 0;
}
