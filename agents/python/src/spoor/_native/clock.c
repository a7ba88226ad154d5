/* Keeps the time stamp counter in step with the system's clock: every 50 ms both are read and compared. Between two
   comparisons the rate of the last second holds, so that the two differ by microseconds at most; time never goes back, for
   any thread. */
#include "clock.h"
#include "map.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* With a rate below 2^33 (counters quicker than 500 MHz), ticks times rate stay below 2^64. */
#define WINDOW_NS 50000000
#define LEARNING_NS 1000000
#define BASELINE_NS 1000000000

static int64_t system_ns(void) {
    struct timespec now;
#if defined(__APPLE__)
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Whether the kernel keeps its own time by the counter; it then has made sure that the counter is steady and the same
   on every core. */
static int kernel_counts_ticks(void) {
#if defined(__x86_64__) && defined(__linux__)
    char name[8] = {0};
    int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (file < 0) {
        return 0;
    }
    length = read(file, name, sizeof name - 1);
    close(file);
    return length >= 3 && name[0] == 't' && name[1] == 's' && name[2] == 'c' && (length == 3 || name[3] == '\n');
#else
    return 0;
#endif
}

void clock_begin(Clock *clock, int64_t base_ns) {
    clock->base_ns = base_ns;
    clock->window_ticks = 0;
    clock->countable = kernel_counts_ticks();
    clock->first_ticks = clock_ticks();
    clock->first_ns = system_ns() - base_ns;
    clock->anchor_ns = clock->first_ns;
#if FREE_THREADED
    clock->generation = fork_generation;
#endif
}

#if FREE_THREADED
#define BEGIN_CHANGE(clock) \
    (WRITE((clock)->changes, (clock)->changes + 1), __atomic_thread_fence(__ATOMIC_RELEASE))
#define END_CHANGE(clock) __atomic_store_n(&(clock)->changes, (clock)->changes + 1, __ATOMIC_RELEASE)
#else
#define BEGIN_CHANGE(clock) ((void)0)
#define END_CHANGE(clock) ((void)0)
#endif

static int64_t anchor(Clock *clock) {
    uint64_t ticks = clock_ticks();
    int64_t now = system_ns() - clock->base_ns;
    int64_t passed_ns = now - clock->first_ns;
    uint64_t passed_ticks = ticks - clock->first_ticks;

    if (!clock->countable || passed_ns < LEARNING_NS) {
        return now;
    }
    if (passed_ticks < (uint64_t)passed_ns / 2) {
        WRITE(clock->countable, 0);
        WRITE(clock->window_ticks, 0); /* slower than 500 MHz, or it went back */
        return now;
    }
    if (clock->window_ticks && now < clock->anchor_ns + (int64_t)(((clock->window_ticks) * clock->rate) >> 32)) {
        now = clock->anchor_ns + (int64_t)((clock->window_ticks * clock->rate) >> 32); /* it ran a little fast */
    }
    BEGIN_CHANGE(clock);
    WRITE(clock->rate, (uint64_t)(((double)passed_ns / (double)passed_ticks) * 4294967296.0));
    WRITE(clock->window_ticks, (uint64_t)((double)passed_ticks / (double)passed_ns * WINDOW_NS));
    WRITE(clock->anchor_ticks, ticks);
    WRITE(clock->anchor_ns, now);
    END_CHANGE(clock);
    if (passed_ns > BASELINE_NS) {
        clock->first_ticks = ticks;
        clock->first_ns = now;
        /* The rate just learned holds until the new baseline is long enough. */
        clock->first_ticks -= passed_ticks / 8;
        clock->first_ns -= passed_ns / 8;
    }
    return now;
}

#if FREE_THREADED

int64_t clock_anchor(Clock *clock) {
    int64_t now;

    if (!READ(clock->countable)) {
        return system_ns() - clock->base_ns;
    }
    if (READ(clock->generation) != fork_generation) {
        /* A forked child: the thread that set the anchor may not be in it. */
        clock->latch = (Latch){0};
        clock->changes &= ~1u;
        clock->window_ticks = 0;
        clock->generation = fork_generation;
    }
    LATCH(clock->latch);
    now = clock_read(clock); /* another thread may have set it */
    if (now == TIME_UNKNOWN) {
        now = anchor(clock);
    }
    UNLATCH(clock->latch);
    return now;
}

#else

int64_t clock_anchor(Clock *clock) { return anchor(clock); }

#endif
