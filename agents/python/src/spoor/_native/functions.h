/* The recorded functions by their code objects: what the callbacks need of functions.Function, and the call sites that
   are counted for gaps. */
#ifndef SPOOR_FUNCTIONS_H
#define SPOOR_FUNCTIONS_H

#include "counters.h"
#include "encode.h"
#include "pieces.h"

/* What a function called: `key` and `name` tell callees apart (gaps.c). Both NULL: empty. */
typedef struct {
    void *key;
    void *name;
    Gap *gap; /* owned; NULL for a callee that is recorded */
    unsigned epoch; /* Function.gap_epoch when it was met: identities of collected classes are used again */
} Met;

typedef struct {
    int offset; /* -1: empty */
    unsigned epoch; /* as that of a Met; 0: nothing is known of the last callee */
    long seen; /* -1: not counted any more */
    /* The callee that was met here last, which is the only one of most sites; its gap is its Met's. */
    void *key;
    void *name;
    Gap *gap;
} Seen;

/* functions.THRIFT */
#define THRIFT 64 /* a power of two */

typedef struct Function {
    PyObject *code; /* owned */
    PyObject *twin; /* functions.Function, owned */
    int64_t id;
    Piece name;
    int64_t left; /* how many more calls are recorded in full */
    int64_t left_steps, left_turns; /* as those of functions.Function */
    uint8_t suspends, awaits, yields, body;
    uint8_t plain; /* it runs from start to end, in the strand of its caller, and is always drawn */
    uint8_t bare; /* and nothing of its values is wanted */
    uint8_t sets_trace; /* it names `settrace` (hooks.c) */
    int listens; /* how many more events its frames listen to for calls of native functions (tracing.c) */
    Counted *counter; /* of its calls that are only counted, in the state of this id; borrowed: the engine keeps all */
    int64_t counted_in; /* 0: there is none */
    Plan *plan; /* NULL: no parameters, or no values */
    unsigned gap_epoch; /* changes when the identity of a callee may be used again; never 0 */
    Met *met;
    int met_used, met_size;
    Seen *seen;
    int seen_used, seen_size;
} Function;

/* From pointers to Functions, by open addressing; a power of two in size. */
typedef struct {
    Function **slots;
    size_t size, used;
} Functions;

static inline size_t pointer_hash(const void *pointer) {
    uintptr_t bits = (uintptr_t)pointer >> 4;
    return (size_t)(bits ^ (bits >> 9));
}

static inline Function *functions_find(const Functions *functions, PyObject *code) {
    if (functions->size) {
        size_t mask = functions->size - 1;
        for (size_t i = pointer_hash(code) & mask; functions->slots[i] != NULL; i = (i + 1) & mask) {
            if (functions->slots[i]->code == code) {
                return functions->slots[i];
            }
        }
    }
    return NULL;
}

/* Takes over `function`. 0, or -1 when memory ran out (it is freed then). */
SPOOR_HIDDEN int functions_add(Functions *functions, Function *function);
SPOOR_HIDDEN void functions_free(Functions *functions);
SPOOR_HIDDEN void function_free(Function *function);

/* The entry of a call site, made if there is none; NULL when memory ran out. */
SPOOR_HIDDEN Seen *function_seen_slowly(Function *function, int offset);

static inline Seen *function_seen(Function *function, int offset) {
    if (function->seen_size) {
        Seen *found = &function->seen[(offset >> 1) & (function->seen_size - 1)];
        if (LIKELY(found->offset == offset)) {
            return found;
        }
    }
    return function_seen_slowly(function, offset);
}

/* The entry of a callee, made if there is none; NULL when memory ran out. */
SPOOR_HIDDEN Met *function_met(Function *function, void *key, void *name);
SPOOR_HIDDEN void function_forget_sites(Function *function);

#endif
