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
} Clock;

SPOOR_HIDDEN void clock_begin(Clock *clock, int64_t base_ns);
SPOOR_HIDDEN int64_t clock_anchor(Clock *clock);

#if defined(__x86_64__)
static inline uint64_t clock_ticks(void) { return __builtin_ia32_rdtsc(); }
#else
static inline uint64_t clock_ticks(void) { return 0; }
#endif

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
