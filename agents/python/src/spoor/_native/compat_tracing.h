/* Everything that differs between CPython 3.8 and 3.11 in what the engine for them reads and sets inside the interpreter,
   and nothing else. Sources: Include/internal/pycore_pystate.h and pycore_interp.h, Include/cpython/pystate.h,
   Python/ceval.c of each minor version. */
#ifndef SPOOR_COMPAT_TRACING_H
#define SPOOR_COMPAT_TRACING_H

#include "compat.h"

#define SPOOR_TRACING (!SPOOR_MONITORING)

#if SPOOR_TRACING

#if PY_VERSION_HEX >= 0x03090000
#include <internal/pycore_interp.h>
#else
#include <internal/pycore_pystate.h>
#endif
#include <opcode.h>

/* -- evaluation of frames (PEP 523) -- */

#if PY_VERSION_HEX >= 0x03090000
#define EVALUATE(name) PyObject *name(PyThreadState *thread, Frame *frame, int thrown)
#define BY_INTERPRETER(thread, frame, thrown) _PyEval_EvalFrameDefault(thread, frame, thrown)
#define BY(function, thread, frame, thrown) (function)(thread, frame, thrown)
#define EVALUATE_BEGINS(thread)
#else
#define EVALUATE(name) PyObject *name(Frame *frame, int thrown)
#define BY_INTERPRETER(thread, frame, thrown) _PyEval_EvalFrameDefault(frame, thrown)
#define BY(function, thread, frame, thrown) (function)(frame, thrown)
#define EVALUATE_BEGINS(thread) PyThreadState *thread = this_thread()
#endif

/* Before 3.11 every call of a Python function is one of C already. On 3.11 only a function that evaluates frames makes it
   so: then a recursion that the interpreter would have survived can use up the stack. */
#define RECURSES_BY_US (PY_VERSION_HEX >= 0x030B0000)

/* What evaluates frames now; _PyEval_EvalFrameDefault if nobody asked for anything else. */
static inline _PyFrameEvalFunction evaluation(PyInterpreterState *interpreter) {
    return interpreter->eval_frame != NULL ? interpreter->eval_frame : _PyEval_EvalFrameDefault;
}

static inline void set_evaluation(PyInterpreterState *interpreter, _PyFrameEvalFunction function) {
#if PY_VERSION_HEX >= 0x03090000
    _PyInterpreterState_SetEvalFrameFunc(interpreter, function);
#else
    interpreter->eval_frame = function;
#endif
}

/* -- the state of a frame -- */

/* Whether evaluating this frame of a generator function only makes the generator. */
static inline int makes_generator(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030B0000
    return frame->owner != FRAME_OWNED_BY_GENERATOR;
#else
    (void)frame;
    return 0;
#endif
}

/* Whether the frame of a generator has run before. */
static inline int has_begun(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030B0000
    return _Py_OPCODE(*frame->prev_instr) != RETURN_GENERATOR;
#else
    return frame->f_lasti >= 0;
#endif
}

/* Whether evaluating this frame, of any function, is no call of it: it has been called before. Since 3.11 a call of a generator
   function is evaluated, which makes the generator; before that, only what follows is. */
static inline int goes_on(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030B0000
    return frame->owner == FRAME_OWNED_BY_GENERATOR;
#else
    return has_begun(frame);
#endif
}

/* Whether a frame of a generator that has just come back will go on later. */
static inline int is_suspended(Frame *frame) {
#if PY_VERSION_HEX >= 0x030B0000
    return frame->owner == FRAME_OWNED_BY_GENERATOR && _PyFrame_GetGenerator(frame)->gi_frame_state == FRAME_SUSPENDED;
#elif PY_VERSION_HEX >= 0x030A0000
    return frame->f_state == FRAME_SUSPENDED;
#else
    return frame->f_stacktop != NULL;
#endif
}

/* The bytecode offset of the instruction that runs. */
static inline int offset_of(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030B0000
    return _PyInterpreterFrame_LASTI(frame) * (int)sizeof(_Py_CODEUNIT);
#elif PY_VERSION_HEX >= 0x030A0000
    return frame->f_lasti * (int)sizeof(_Py_CODEUNIT);
#else
    return frame->f_lasti;
#endif
}

/* The instruction that runs; -1: none yet. */
static inline int operation_of(const Frame *frame) {
    int offset = offset_of(frame);
#if PY_VERSION_HEX >= 0x030B0000
    /* None of those that are asked for below is ever replaced by a quicker one. */
    return offset < 0 ? -1 : _Py_OPCODE(_PyCode_CODE(frame->f_code)[offset / (int)sizeof(_Py_CODEUNIT)]);
#else
    return offset < 0 ? -1 : (unsigned char)PyBytes_AS_STRING(frame->f_code->co_code)[offset];
#endif
}

/* As YIELD in tracing.py and ITERATES in functions.py. */
static inline int is_yield(int operation) {
#if PY_VERSION_HEX < 0x030B0000
    if (operation == YIELD_FROM) {
        return 1;
    }
#endif
    return operation == YIELD_VALUE;
}

static inline int iterates(int operation) {
#if PY_VERSION_HEX < 0x030B0000
    if (operation == YIELD_FROM) {
        return 1;
    }
#else
    if (operation == SEND) {
        return 1;
    }
#endif
    return operation == FOR_ITER || operation == END_ASYNC_FOR;
}

/* The frame behind a frame object. */
static inline const Frame *frame_behind(PyFrameObject *object) {
#if PY_VERSION_HEX >= 0x030B0000
    return object->f_frame;
#else
    return object;
#endif
}

/* The object of a frame that an exception has just left, borrowed; `trace` is the exception's traceback. */
static inline PyObject *object_of(const Frame *frame, PyObject *trace) {
#if PY_VERSION_HEX >= 0x030B0000
    PyFrameObject *object = trace == NULL ? NULL : ((PyTracebackObject *)trace)->tb_frame;
    return object != NULL && object->f_frame == frame ? (PyObject *)object : NULL;
#else
    (void)trace;
    return (PyObject *)frame;
#endif
}

/* -- the hooks of a thread -- */

/* Whether the frame that runs looks for hooks of its thread. The interpreter sets it anew after every event. */
#if PY_VERSION_HEX >= 0x030A0000
#define LISTENS(thread) ((thread)->cframe->use_tracing)
#else
#define LISTENS(thread) ((thread)->use_tracing)
#endif
#if PY_VERSION_HEX >= 0x030B0000
#define LISTENS_YES 255 /* it is or'ed into opcodes */
#else
#define LISTENS_YES 1
#endif

/* Since 3.10 a frame that listens looks for a new line at every instruction. */
#define LISTENING_IS_SLOW (PY_VERSION_HEX >= 0x030A0000)

/* Up to 3.9 lines are only looked for while this count is not 0. The interpreter keeps it for hooks that it sets itself:
   one that we set is not in it. */
static inline void expect_lines(PyThreadState *thread, int more) {
#if PY_VERSION_HEX >= 0x030A0000
    (void)thread, (void)more;
#elif PY_VERSION_HEX >= 0x03090000
    thread->interp->ceval.tracing_possible += more;
#else
    (void)thread;
    _PyRuntime.ceval.tracing_possible += more;
#endif
}

#define COUNTS_HOOKS (PY_VERSION_HEX < 0x030A0000)

/* -- the recursion limit -- */

typedef struct {
    int overflowed;
} Depth;

/* Frames that our own code may use beyond what the program has left. */
#define OWN_DEPTH 200

static inline Depth depth_lend(PyThreadState *thread) {
    Depth before = {0};
#if PY_VERSION_HEX >= 0x030B0000
    thread->recursion_remaining += OWN_DEPTH;
#else
    thread->recursion_depth -= OWN_DEPTH;
#if PY_VERSION_HEX < 0x030A0000
    before.overflowed = thread->overflowed;
#endif
#endif
    return before;
}

static inline void depth_return(PyThreadState *thread, Depth before) {
#if PY_VERSION_HEX >= 0x030B0000
    (void)before;
    thread->recursion_remaining -= OWN_DEPTH;
#else
    thread->recursion_depth += OWN_DEPTH;
#if PY_VERSION_HEX < 0x030A0000
    thread->overflowed = (char)before.overflowed;
#else
    (void)before;
#endif
#endif
}

/* Whether the interpreter is going to refuse one more frame. */
static inline int is_at_limit(PyThreadState *thread) {
#if PY_VERSION_HEX >= 0x030B0000
    return thread->recursion_remaining <= 0 && !thread->recursion_headroom;
#elif PY_VERSION_HEX >= 0x030A0000
    return thread->recursion_depth >= thread->interp->ceval.recursion_limit && !thread->recursion_headroom;
#else
    return thread->recursion_depth >= Py_GetRecursionLimit() && !thread->overflowed;
#endif
}

#endif
#endif
