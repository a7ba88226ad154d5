/* Generators and coroutines that are suspended, by their frames: a table with open addressing. */
#include "core.h"

static Suspended *suspended_at(SuspendedCalls *calls, const Frame *frame) {
    size_t mask = calls->size - 1;
    size_t i = pointer_hash(frame) & mask;

    while (calls->slots[i].frame != NULL && calls->slots[i].frame != frame) {
        i = (i + 1) & mask;
    }
    return &calls->slots[i];
}

static int put(SuspendedCalls *calls, const Suspended *call) {
    Suspended *slot;

    if (3 * (calls->used + 1) > 2 * calls->size) {
        SuspendedCalls bigger = {.size = calls->size ? 2 * calls->size : 64};
        bigger.slots = PyMem_RawCalloc(bigger.size, sizeof *bigger.slots);
        if (bigger.slots == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        for (size_t i = 0; i < calls->size; i++) {
            if (calls->slots[i].frame != NULL) {
                *suspended_at(&bigger, calls->slots[i].frame) = calls->slots[i];
            }
        }
        PyMem_RawFree(calls->slots);
        calls->slots = bigger.slots;
        calls->size = bigger.size;
    }
    slot = suspended_at(calls, call->frame);
    if (slot->frame == NULL) {
        WRITE(calls->used, calls->used + 1);
    } else {
        entry_free_steps(&slot->entry);
    }
    *slot = *call;
    return 0;
}

int suspended_put(SuspendedCalls *calls, const Suspended *call) {
    int failed;

    LATCH(calls->latch);
    failed = put(calls, call);
    UNLATCH(calls->latch);
    return failed;
}

/* Those behind it move up, so that no gap breaks their chain. */
static int take(SuspendedCalls *calls, const Frame *frame, Suspended *taken) {
    size_t mask = calls->size - 1, hole, next;
    Suspended *slot;

    if (!calls->used) {
        return 0;
    }
    slot = suspended_at(calls, frame);
    if (slot->frame == NULL) {
        return 0;
    }
    *taken = *slot;
    WRITE(calls->used, calls->used - 1);
    hole = (size_t)(slot - calls->slots);
    for (next = (hole + 1) & mask; calls->slots[next].frame != NULL; next = (next + 1) & mask) {
        size_t home = pointer_hash(calls->slots[next].frame) & mask;
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            calls->slots[hole] = calls->slots[next];
            hole = next;
        }
    }
    calls->slots[hole].frame = NULL;
    return 1;
}

int suspended_take(SuspendedCalls *calls, const Frame *frame, Suspended *taken) {
    int found;

    LATCH(calls->latch);
    found = take(calls, frame, taken);
    UNLATCH(calls->latch);
    return found;
}

void suspended_forget(SuspendedCalls *calls) {
#if FREE_THREADED
    /* A thread that is not in the child may have been about to change the table: it is left as it is. */
    *calls = (SuspendedCalls){.slots = NULL};
#else
    suspended_free(calls);
#endif
}

void suspended_free(SuspendedCalls *suspended) {
    for (size_t i = 0; i < suspended->size; i++) {
        if (suspended->slots[i].frame != NULL) {
            entry_free_steps(&suspended->slots[i].entry);
        }
    }
    PyMem_RawFree(suspended->slots);
    *suspended = (SuspendedCalls){.slots = NULL};
}
