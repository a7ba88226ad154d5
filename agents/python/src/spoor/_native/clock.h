/* Run time in nanoseconds, on the clock that the processes of a run share (CLOCK_MONOTONIC, as clock.py). Where the
   kernel itself keeps that clock by the processor's time stamp counter, the counter is read instead: 14 ns for 35. */
#ifndef SPOOR_CLOCK_H
#define SPOOR_CLOCK_H

#include "compat.h"

typedef struct {
    uint64_t anchor_ticks;
    int64_t anchor_ns;
    uint64_t window_ticks; /* after so many ticks the anchor is set anew; 0: the counter is not to be used, or its rate is not known */
    uint64_t rate; /* nanoseconds per tick, times 2^32 */
    int64_t base_ns; /* the run's clock_ns */
    int countable; /* the counter may be used */
    uint64_t first_ticks;
    int64_t first_ns;
#if FREE_THREADED
    unsigned changes; /* odd while the anchor is set */
    unsigned generation; /* fork_generation that the latch is of */
    Latch latch; /* of setting the anchor */
#endif
} Clock;

SPOOR_HIDDEN void clock_begin(Clock *clock, int64_t base_ns);
SPOOR_HIDDEN int64_t clock_anchor(Clock *clock);

#if defined(__x86_64__)
static inline uint64_t clock_ticks(void) { return __builtin_ia32_rdtsc(); }
#else
static inline uint64_t clock_ticks(void) { return 0; }
#endif

#if FREE_THREADED
/* Threads share one clock, so that what one does after another is later: the order of records of different files is told
   by their times. TIME_UNKNOWN: the anchor is to be set anew, or is being set. */
#define TIME_UNKNOWN INT64_MIN

static inline int64_t clock_read(const Clock *clock) {
    unsigned changes = __atomic_load_n(&clock->changes, __ATOMIC_ACQUIRE);
    uint64_t anchor_ticks = READ(clock->anchor_ticks), window = READ(clock->window_ticks), rate = READ(clock->rate);
    int64_t anchor_ns = READ(clock->anchor_ns);
    uint64_t passed;

    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (UNLIKELY(changes & 1 || READ(clock->changes) != changes)) {
        return TIME_UNKNOWN;
    }
    passed = clock_ticks() - anchor_ticks;
    return LIKELY(passed < window) ? anchor_ns + (int64_t)((passed * rate) >> 32) : TIME_UNKNOWN;
}

static inline int64_t clock_now(Clock *clock) {
    int64_t now = clock_read(clock);
    return LIKELY(now != TIME_UNKNOWN) ? now : clock_anchor(clock);
}
#else
/* Nanoseconds since the run began. */
static inline int64_t clock_now(Clock *clock) {
    if (LIKELY(clock->window_ticks != 0)) {
        uint64_t passed = clock_ticks() - clock->anchor_ticks;
        if (LIKELY(passed < clock->window_ticks)) {
            return clock->anchor_ns + (int64_t)((passed * clock->rate) >> 32);
        }
    }
    return clock_anchor(clock);
}
#endif

#endif
