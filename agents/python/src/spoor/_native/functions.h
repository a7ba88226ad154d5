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

/* How many more calls are recorded in full; the others as those of functions.Function. */
#define LEFT              \
    int64_t left;         \
    int64_t left_steps, left_turns;

typedef struct Function {
    PyObject *code; /* owned */
    PyObject *twin; /* functions.Function, owned */
    int64_t id;
    Piece name;
#if !FREE_THREADED
    LEFT
#endif
    uint8_t suspends, awaits, yields, body;
    uint8_t plain; /* it runs from start to end, in the strand of its caller, and is always drawn */
    uint8_t bare; /* and nothing of its values is wanted */
    uint8_t sets_trace; /* it names `settrace` (hooks.c) */
    int listens; /* how many more events its frames listen to for calls of native functions (tracing.c) */
#if !FREE_THREADED
    Counted *counter; /* of its calls that are only counted, in the state of this id; borrowed: the engine keeps all */
    int64_t counted_in; /* 0: there is none */
#endif
    Plan *plan; /* NULL: no parameters, or no values */
    unsigned gap_epoch; /* changes when the identity of a callee may be used again; never 0 */
    Met *met;
    int met_used, met_size;
    Seen *seen;
    int seen_used, seen_size;
#if FREE_THREADED
    APART(apart) /* what is above is only read, at nearly every call */
    LEFT
#endif
} Function;

/* From pointers to Functions, by open addressing; a power of two in size. */
#if FREE_THREADED
/* Nobody waits to look something up: a table that is too small is kept until the end, beside the one that took its place. */
typedef struct FunctionTable {
    struct FunctionTable *before;
    size_t size;
    Function *slots[];
} FunctionTable;

typedef struct {
    FunctionTable *table; /* NULL: none yet */
    size_t used;
} Functions;
#else
typedef struct {
    Function **slots;
    size_t size, used;
} Functions;
#endif

static inline size_t pointer_hash(const void *pointer) {
    uintptr_t bits = (uintptr_t)pointer >> 4;
    return (size_t)(bits ^ (bits >> 9));
}

#if FREE_THREADED

static inline FunctionTable *functions_table(const Functions *functions) {
    return __atomic_load_n(&functions->table, __ATOMIC_ACQUIRE);
}

static inline size_t functions_size(const Functions *functions) {
    const FunctionTable *table = functions_table(functions);
    return table == NULL ? 0 : table->size;
}

static inline Function *functions_at(const Functions *functions, size_t place) {
    return __atomic_load_n(&functions_table(functions)->slots[place], __ATOMIC_ACQUIRE);
}

static inline Function *functions_find(const Functions *functions, PyObject *code) {
    const FunctionTable *table = functions_table(functions);
    Function *found;

    if (table != NULL) {
        size_t mask = table->size - 1;
        for (size_t i = pointer_hash(code) & mask;
             (found = __atomic_load_n(&table->slots[i], __ATOMIC_ACQUIRE)) != NULL; i = (i + 1) & mask) {
            if (found->code == code) {
                return found;
            }
        }
    }
    return NULL;
}

#else

static inline size_t functions_size(const Functions *functions) { return functions->size; }

static inline Function *functions_at(const Functions *functions, size_t place) { return functions->slots[place]; }

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

#endif

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
