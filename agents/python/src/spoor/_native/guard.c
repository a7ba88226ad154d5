/* The guard of free-threaded builds: a lock that its thread may take again, that is waited for only so long, and that is
   free in a forked child. */
#include "guard.h"

#if FREE_THREADED

#include "map.h"

#define LONGEST_US 500000

struct Guard {
    PyThread_type_lock lock;
    unsigned long owner; /* thread identifier, 0: nobody. Only its own thread finds its own there */
    long depth;
    long given_up;
    long owners;
    unsigned generation; /* fork_generation that the lock is of */
};

Guard *guard_new(void) {
    Guard *guard = PyMem_RawCalloc(1, sizeof *guard);

    if (guard == NULL || (guard->lock = PyThread_allocate_lock()) == NULL) {
        PyMem_RawFree(guard);
        PyErr_NoMemory();
        return NULL;
    }
    guard->owners = 1;
    guard->generation = fork_generation;
    return guard;
}

Guard *guard_share(Guard *guard) {
    __atomic_add_fetch(&guard->owners, 1, __ATOMIC_RELAXED);
    return guard;
}

void guard_drop(Guard *guard) {
    if (guard != NULL && __atomic_sub_fetch(&guard->owners, 1, __ATOMIC_ACQ_REL) == 0) {
        PyThread_free_lock(guard->lock);
        PyMem_RawFree(guard);
    }
}

/* In a forked child nobody else is left, but the lock may be held by a thread that is not. */
static void begin_in_child(Guard *guard) {
    PyThread_type_lock lock = PyThread_allocate_lock();

    guard->generation = fork_generation;
    guard->owner = 0;
    guard->depth = 0;
    if (lock != NULL) {
        guard->lock = lock; /* the old one cannot be freed while it is held */
    }
}

int guard_enter(Guard *guard) {
    unsigned long me = PyThread_get_thread_ident();
    PyLockStatus taken;

    if (guard->generation != fork_generation) {
        begin_in_child(guard);
    }
    if (__atomic_load_n(&guard->owner, __ATOMIC_RELAXED) == me) {
        guard->depth++;
        return 1;
    }
    if (!PyThread_acquire_lock(guard->lock, NOWAIT_LOCK)) {
        Py_BEGIN_ALLOW_THREADS
        taken = PyThread_acquire_lock_timed(guard->lock, LONGEST_US, 0);
        Py_END_ALLOW_THREADS
        if (taken != PY_LOCK_ACQUIRED) {
            __atomic_add_fetch(&guard->given_up, 1, __ATOMIC_RELAXED);
            return 0;
        }
    }
    __atomic_store_n(&guard->owner, me, __ATOMIC_RELAXED);
    guard->depth = 1;
    return 1;
}

void guard_leave(Guard *guard) {
    /* Not so where a signal handler forked below a callback: the child began anew. */
    if (__atomic_load_n(&guard->owner, __ATOMIC_RELAXED) == PyThread_get_thread_ident() && --guard->depth == 0) {
        __atomic_store_n(&guard->owner, 0, __ATOMIC_RELAXED);
        PyThread_release_lock(guard->lock);
    }
}

long guard_given_up(Guard *guard) { return __atomic_exchange_n(&guard->given_up, 0, __ATOMIC_RELAXED); }

#else

/* A file of C must not be empty. */
typedef int guard_is_for_free_threaded_builds;

#endif
