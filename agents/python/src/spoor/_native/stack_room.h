/* How much of the running thread's stack is left, for an engine that makes calls of Python functions calls of C. */
#ifndef SPOOR_STACK_ROOM_H
#define SPOOR_STACK_ROOM_H

#include <pthread.h>
#include <stddef.h>
#include <sys/resource.h>

/* Left to the program's own C functions: this, or a quarter of a smaller stack. */
#define STACK_KEPT ((size_t)1 << 20)

typedef struct {
    char *low, *high, *floor; /* NULL: not known yet */
} StackRoom;

static __thread StackRoom stack_room __attribute__((tls_model("initial-exec")));

static void stack_measure(char *here) {
    char *low = NULL;
    size_t size = 0;
#if defined(__APPLE__)
    size = pthread_get_stacksize_np(pthread_self());
    low = (char *)pthread_get_stackaddr_np(pthread_self()) - size;
#elif defined(__linux__)
    pthread_attr_t attributes;
    void *address;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        if (pthread_attr_getstack(&attributes, &address, &size) == 0) {
            low = address;
        }
        pthread_attr_destroy(&attributes);
    }
#endif
    if (low == NULL || here < low || here >= low + size) {
        /* Not a stack of the system's (a coroutine in C): nothing is known of its end. */
        stack_room = (StackRoom){here, here, here};
        return;
    }
    stack_room = (StackRoom){low, low + size, low + (size / 4 < STACK_KEPT ? size / 4 : STACK_KEPT)};
}

static inline int stack_is_short(void) {
    char *here = __builtin_frame_address(0);

    if (__builtin_expect(stack_room.floor == NULL, 0)) {
        stack_measure(here);
    }
    return here < stack_room.floor && here >= stack_room.low;
}

#endif
