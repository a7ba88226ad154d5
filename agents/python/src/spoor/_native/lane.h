/* What writing a record changes: the place where the next one goes, the number of the next call, the digits of the time,
   the encoder and what it has learned. Where the interpreter has a lock there is one, in the core. On free-threaded builds
   each thread has one of its own, with a file of its own (spec/spool.md, Files of several threads), so that threads that
   record calls do not wait for each other. */
#ifndef SPOOR_LANE_H
#define SPOOR_LANE_H

#include "encode.h"
#include "map.h"
#include "pieces.h"

struct Core;
struct State;

typedef struct Lane {
    Map *place; /* of the current segment, or one that is closed */
    Encoder *encoder; /* owned */
    int64_t next_call;
    Piece next_name; /* the same as text */
    int64_t shown_ns; /* the beginning of the time whose digits these are, without the last six */
    Piece shown;
#if FREE_THREADED
    int64_t block_end; /* numbers of calls are taken by the block; this one is no longer of ours */
    int64_t left; /* of its function, before the call that begins was taken from it */
    uint64_t sample_state;
    PyObject *map; /* `place`, owned; NULL: there is none */
    PyObject *segment; /* the Segment it belongs to, owned; NULL as well */
    struct Lane *next; /* all of a core */
    int number; /* from 0 on, in each process */
    int taken; /* by a state */
    unsigned generation; /* fork_generation that its threads are of */
    int owners; /* the core, and the states that had it */
    Map closed;
#endif
} Lane;

#define NO_TIME_SHOWN INT64_MAX /* no time is so near to it */

#if FREE_THREADED

#define CALL_BLOCK 64

/* Gives a state a lane, which may be one that a thread that ended has left. 0, or -1 with an exception. */
SPOOR_HIDDEN int lane_give(struct Core *core, struct State *state);
/* The state is gone. */
SPOOR_HIDDEN void lane_leave(Lane *lane);
/* The core is going: nothing of it is kept by its lanes, nor are they. */
SPOOR_HIDDEN void lanes_clear(Lane *lanes);
SPOOR_HIDDEN void lanes_drop(Lane *lanes);
/* In a forked child: those that there are belong to threads of the parent, for good. */
SPOOR_HIDDEN void lanes_forget(Lane *lanes);
SPOOR_HIDDEN int lanes_traverse(Lane *lanes, visitproc visit, void *arg);
/* The last number of a block is taken: the next block. */
SPOOR_HIDDEN void lane_next_block(struct Core *core, Lane *lane);
/* Lets the lane go on in a segment in which there is room for a record of this size, or may be. 1; 0: there can be none
   such; -1 with an exception. Python code runs. */
SPOOR_HIDDEN int lane_next_segment(struct Core *core, Lane *lane, Py_ssize_t size);

#endif
#endif
