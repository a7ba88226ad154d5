/* What is code, or code at work, as code_kinds.py of the twin writes it: functions, classes, generators, code. Names and places
   only. A name that is odd in any way is the twin's. */
#include "kinds.h"
#include "scalars.h"

#define LONGEST_NAME 200

/* A name that is an exact str, and short enough never to be cut. 1: written; 0: the twin must. */
static int write_name(Encoder *encoder, Out *out, PyObject *name) {
    return name != NULL && PyUnicode_CheckExact(name) && PyUnicode_GET_LENGTH(name) <= LONGEST_NAME &&
           PyUnicode_GET_LENGTH(name) <= encoder->text && quick_text(encoder, out, name);
}

/* 1: written, up to the closing brace; 0: not all of it. `module` is left out if it is no exact str, `line` if 0. */
static int write_named(Encoder *encoder, Out *out, const char *kind, PyObject *name, PyObject *module, int line) {
    Py_ssize_t length = (Py_ssize_t)strlen(kind);

    if (!out_room(out, length + 32)) {
        return 0;
    }
    out_bytes(out, "{\"$\":\"", 6);
    out_bytes(out, kind, length);
    out_bytes(out, "\",\"name\":", 9);
    if (!write_name(encoder, out, name)) {
        return 0;
    }
    if (module != NULL && PyUnicode_CheckExact(module)) {
        out_literal(out, ",\"module\":");
        if (!write_name(encoder, out, module)) {
            return 0;
        }
    }
    if (line && out_room(out, 40)) {
        out_bytes(out, ",\"line\":", 8);
        out_number(out, line);
    }
    return 1;
}

static int write_function(Encoder *encoder, Out *out, const char *kind, PyObject *function) {
    PyFunctionObject *of = (PyFunctionObject *)function;
    return write_named(encoder, out, kind, of->func_qualname, of->func_module,
                       ((PyCodeObject *)of->func_code)->co_firstlineno);
}

static int write_generator(Encoder *encoder, Out *out, const char *kind, PyObject *generator) {
    PyCodeObject *code = generator_code(generator);
    return code != NULL &&
           write_named(encoder, out, kind, ((PyGenObject *)generator)->gi_qualname, NULL, code->co_firstlineno);
}

/* A class made in Python, whose metaclass is `type` or of Python's making: nothing of it is asked. */
static int write_class(Encoder *encoder, Out *out, PyTypeObject *type) {
    PyObject *body = type_body(type);
    PyObject *module;

    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        /* One of the interpreter's own: `module.name`, or a name of builtins. */
        const char *dot = strrchr(type->tp_name, '.');
        PyObject *name = PyUnicode_FromString(dot == NULL ? type->tp_name : dot + 1);
        int written;
        module = dot == NULL ? PyUnicode_FromString("builtins")
                             : PyUnicode_FromStringAndSize(type->tp_name, dot - type->tp_name);
        written = name == NULL || module == NULL ? -1 : write_named(encoder, out, "class", name, module, 0);
        Py_XDECREF(name);
        Py_XDECREF(module);
        return written;
    }
    if (body == NULL || !PyDict_CheckExact(body)) {
        return 0;
    }
    module = PyDict_GetItemWithError(body, encoder->module_name);
    if (module == NULL) {
        PyErr_Clear();
        return 0;
    }
    if (!PyUnicode_CheckExact(module) || PyUnicode_GET_LENGTH(module) == 0) {
        return 0;
    }
    return write_named(encoder, out, "class", ((PyHeapTypeObject *)type)->ht_qualname, module, 0);
}

/* 1: written, up to its `self`; 0: not all of it. */
static int write_method(Encoder *encoder, Out *out, PyObject *method) {
    PyObject *function = PyMethod_GET_FUNCTION(method);

    if (!PyFunction_Check(function) || !write_function(encoder, out, "method", function)) {
        return 0;
    }
    out_literal(out, ",\"self\":");
    return 1;
}

/* All but methods. */
static int write_code(Encoder *encoder, Out *out, PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    int written = 0;

    if (PyType_Check(value)) {
        written = write_class(encoder, out, (PyTypeObject *)value);
    } else if (type == &PyFunction_Type) {
        written = write_function(encoder, out, "function", value);
    } else if (type == &PyGen_Type) {
        written = write_generator(encoder, out, "generator", value);
    } else if (type == &PyCoro_Type) {
        written = write_generator(encoder, out, "coroutine", value);
    } else if (type == &PyAsyncGen_Type) {
        written = write_generator(encoder, out, "async_generator", value);
    } else if (type == &PyCode_Type) {
        written = write_named(encoder, out, "code", ((PyCodeObject *)value)->co_name, NULL, ((PyCodeObject *)value)->co_firstlineno);
    } else if (type == &PyCFunction_Type) {
        PyObject *name = PyUnicode_InternFromString(((PyCFunctionObject *)value)->m_ml->ml_name);
        written = name == NULL ? -1 : write_named(encoder, out, "function", name, ((PyCFunctionObject *)value)->m_module, 0);
        Py_XDECREF(name);
    }
    return written;
}

/* The closing brace, or nothing at all. */
static int finish(Out *out, OutMark mark, int written) {
    if (written == 1) {
        out_literal(out, "}");
    } else {
        out_rewind(out, mark);
    }
    return written;
}

int encode_code_kind(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t left, const Path *path) {
    OutMark mark = out_mark(out);
    int written;

    if (Py_TYPE(value) != &PyMethod_Type) {
        written = write_code(encoder, out, value);
    } else {
        written = write_method(encoder, out, value);
        if (written == 1 && encode_any(encoder, out, PyMethod_GET_SELF(value), 0, left, path) < 0) {
            written = -1;
        }
    }
    return finish(out, mark, written);
}

int quick_code_kind(Encoder *encoder, Out *out, PyObject *value, const Path *path) {
    OutMark mark = out_mark(out);
    int written;

    if (Py_TYPE(value) != &PyMethod_Type) {
        written = write_code(encoder, out, value);
    } else {
        PyObject *owner = PyMethod_GET_SELF(value);
        written = write_method(encoder, out, value) &&
                  (is_scalar(owner) ? quick_scalar(encoder, out, owner)
                                    : encode_direct(encoder, out, owner, 0, 0, path, 0) ||
                                          (!PyMethod_Check(owner) && encode_closed(encoder, out, owner, 0, path)));
    }
    return finish(out, mark, written);
}
