/* Everything that differs between versions of CPython in how tracebacks and the frames in them are read, and nothing else.
   Sources: Include/cpython/traceback.h, Include/internal/pycore_frame.h, Objects/frameobject.c of each minor version. */
#ifndef SPOOR_COMPAT_TRACEBACKS_H
#define SPOOR_COMPAT_TRACEBACKS_H

#include "compat.h"

/* The code of the frame in a traceback, borrowed: the frame keeps it. */
static inline PyObject *traced_code(const PyTracebackObject *trace) {
    PyCodeObject *code = PyFrame_GetCode(trace->tb_frame);
    Py_DECREF(code);
    return (PyObject *)code;
}

static inline Py_ssize_t code_size(PyCodeObject *code) {
#if PY_VERSION_HEX >= 0x030B0000
    return _PyCode_NBYTES(code);
#else
    return PyBytes_GET_SIZE(code->co_code);
#endif
}

/* The line of a bytecode offset; 0 if it has none. The first instruction of a handler has no line of its own: the next one
   that has tells. */
static inline int line_from(PyCodeObject *code, int offset) {
    Py_ssize_t end = code_size(code);
    int line;

    while ((line = PyCode_Addr2Line(code, offset)) < 0 && offset < end) {
        offset += (int)sizeof(uint16_t);
    }
    return line < 0 ? 0 : line;
}

/* The line that a traceback tells; 0 if that is none. Since 3.11 it is only found out when it is asked for. */
static inline int traced_line(const PyTracebackObject *trace) {
    int line = trace->tb_lineno;

    if (line == -1) {
        line = PyCode_Addr2Line((PyCodeObject *)traced_code(trace), trace->tb_lasti);
    }
    return line < 0 ? 0 : line;
}

/* What a traceback of an exception that goes through this frame has as its frame; if it has none, its own address will do,
   which is no object's. */
static inline const void *object_behind(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030B0000
    return frame->frame_obj != NULL ? (const void *)frame->frame_obj : (const void *)frame;
#else
    return frame;
#endif
}

/* The frame itself, or else the first one outside it that a program could see; NULL if there is none. */
static inline const Frame *visible(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030B0000
    while (frame != NULL && _PyFrame_IsIncomplete((Frame *)frame)) {
        frame = frame->previous;
    }
#endif
    return frame;
}

static inline const Frame *outside(const Frame *frame) {
#if PY_VERSION_HEX >= 0x030B0000
    return visible(frame->previous);
#else
    return frame->f_back;
#endif
}

/* -- the variables of a function's frame, in the order in which `f_locals` of a frame has them that nobody asked before -- */

static inline const Frame *frame_of_object(PyFrameObject *object) {
#if PY_VERSION_HEX >= 0x030B0000
    return object->f_frame;
#else
    return object;
#endif
}

static inline PyCodeObject *code_of_object(PyFrameObject *object) { return (PyCodeObject *)code_of(frame_of_object(object)); }

/* Whether they are only where the functions below look. */
static inline int has_plain_variables(PyFrameObject *object) {
    const Frame *frame = frame_of_object(object);
#if PY_VERSION_HEX >= 0x030D0000
    if (object->f_extra_locals != NULL) {
        return 0;
    }
#endif
    return frame != NULL && (code_of_object(object)->co_flags & CO_OPTIMIZED) != 0 && frame->f_locals == NULL;
}

static inline int variables_of(PyFrameObject *object) {
    PyCodeObject *code = code_of_object(object);
#if PY_VERSION_HEX >= 0x030B0000
    return code->co_nlocalsplus;
#else
    return code->co_nlocals + (int)PyTuple_GET_SIZE(code->co_cellvars) + (int)PyTuple_GET_SIZE(code->co_freevars);
#endif
}

/* The value of a variable, borrowed, and its name; NULL if it is not bound. */
static inline PyObject *variable_at(PyFrameObject *object, int place, PyObject **name) {
    PyCodeObject *code = code_of_object(object);
    PyObject *value = slot_of(frame_of_object(object), place);
#if PY_VERSION_HEX >= 0x030B0000
    int kind = PyBytes_AS_STRING(code->co_localspluskinds)[place];
    int in_cell = (kind & (CO_FAST_CELL | CO_FAST_FREE)) != 0;
    *name = PyTuple_GET_ITEM(code->co_localsplusnames, place);
#else
    int cell = place - code->co_nlocals, in_cell = cell >= 0;
    int cells = (int)PyTuple_GET_SIZE(code->co_cellvars);
    *name = cell < 0       ? PyTuple_GET_ITEM(code->co_varnames, place)
            : cell < cells ? PyTuple_GET_ITEM(code->co_cellvars, cell)
                           : PyTuple_GET_ITEM(code->co_freevars, cell - cells);
#endif
    return in_cell && value != NULL && PyCell_Check(value) ? PyCell_GET(value) : value;
}

#endif
