/* Everything that differs between versions of CPython, and nothing else: other files ask no version.
   Sources of the layouts: Include/internal/pycore_frame.h, pycore_dict.h, pycore_object.h of each minor version. */
#ifndef SPOOR_COMPAT_H
#define SPOOR_COMPAT_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE 1
#endif
#include <Python.h>
#include <frameobject.h>
#include <stdint.h>

#define SPOOR_MONITORING (PY_VERSION_HEX >= 0x030C0000)

#if PY_VERSION_HEX >= 0x030E0000
#include <internal/pycore_interpframe.h>
#include <internal/pycore_stackref.h>
#elif PY_VERSION_HEX >= 0x030B0000
#include <internal/pycore_frame.h>
#endif
#if PY_VERSION_HEX >= 0x030B0000
#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_object.h>
#endif

/* Extensions are compiled with the headers of the core, whose macros must not leak into what is exported. */
#define SPOOR_HIDDEN __attribute__((visibility("hidden")))

/* -- frames -- */

#if PY_VERSION_HEX >= 0x030B0000
typedef struct _PyInterpreterFrame Frame;
#else
typedef PyFrameObject Frame;
#endif

/* The innermost Python frame of this thread, borrowed; NULL if there is none. */
static inline Frame *current_frame(PyThreadState *thread) {
#if PY_VERSION_HEX >= 0x030D0000
    return thread->current_frame;
#elif PY_VERSION_HEX >= 0x030B0000
    return thread->cframe->current_frame;
#else
    return thread->frame;
#endif
}

/* The code of a frame, borrowed; not always a code object on 3.13 and newer. Compare it, never look into it. */
static inline PyObject *code_of(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030E0000
    return PyStackRef_AsPyObjectBorrow(frame->f_executable);
#elif PY_VERSION_HEX >= 0x030D0000
    return frame->f_executable;
#else
    return (PyObject *)frame->f_code;
#endif
}

static inline PyObject *globals_of(const Frame *frame) { return frame->f_globals; }

/* What stands in a slot of the frame's variables, borrowed; NULL if it is not bound. A cell stands for itself. */
static inline PyObject *slot_of(const Frame *frame, int slot) {
#if PY_VERSION_HEX >= 0x030E0000
    _PyStackRef found = frame->localsplus[slot];
    return PyStackRef_IsNull(found) ? NULL : PyStackRef_AsPyObjectBorrow(found);
#elif PY_VERSION_HEX >= 0x030B0000
    return frame->localsplus[slot];
#else
    return frame->f_localsplus[slot];
#endif
}

/* Where a parameter stands among the frame's variables. Before 3.11 one that a closure uses is moved to a cell behind
   the variables, and its own slot is empty. */
static inline int slot_of_parameter(PyCodeObject *code, int place) {
#if PY_VERSION_HEX >= 0x030B0000
    (void)code;
#else
    if (code->co_cell2arg != NULL) {
        Py_ssize_t cells = PyTuple_GET_SIZE(code->co_cellvars);
        for (Py_ssize_t i = 0; i < cells; i++) {
            if (code->co_cell2arg[i] == place) {
                return code->co_nlocals + (int)i;
            }
        }
    }
#endif
    return place;
}

/* -- threads -- */

static inline PyThreadState *this_thread(void) {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

static inline uint64_t thread_number(PyThreadState *thread) { return thread->id; }

/* -- free-threaded builds: what may change under our eyes is locked while it is read -- */

#if defined(Py_GIL_DISABLED)
#define LOCKED(object) Py_BEGIN_CRITICAL_SECTION(object)
#define UNLOCKED() Py_END_CRITICAL_SECTION()
#else
#define LOCKED(object) {
#define UNLOCKED() }
#endif

/* -- the small things that came late -- */

#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *Py_NewRef(PyObject *object) {
    Py_INCREF(object);
    return object;
}
#endif
#if PY_VERSION_HEX < 0x03090000
#define PyObject_CallNoArgs(callable) _PyObject_CallNoArg(callable)
static inline PyObject *PyObject_CallOneArg(PyObject *callable, PyObject *argument) {
    return PyObject_CallFunctionObjArgs(callable, argument, NULL);
}
#define PyObject_Vectorcall _PyObject_Vectorcall
#endif

#endif
