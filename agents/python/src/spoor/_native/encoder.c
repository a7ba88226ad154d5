/* The Python type `Encoder`: what the C functions need of a twin (values.Encoder), and doors to them for tests. */
#include "exception_values.h"
#include "heads.h"
#include "named.h"
#include "scalars.h"
#include "secrets.h"
#include "state.h"

static int read_size(PyObject *object, const char *name, Py_ssize_t *size) {
    PyObject *found = PyObject_GetAttrString(object, name);

    if (found == NULL) {
        return -1;
    }
    *size = PyLong_AsSsize_t(found);
    Py_DECREF(found);
    return *size == -1 && PyErr_Occurred() ? -1 : 0;
}

/* What secrets are, as Redactor.facts tells: the shapes as text, and how names end. */
static int read_facts(Encoder *self) {
    PyObject *facts = PyObject_CallMethod(self->redactor, "facts", NULL);
    const char *shapes;
    int failed = -1;

    if (facts == NULL) {
        return -1;
    }
    if (!PyTuple_CheckExact(facts) || PyTuple_GET_SIZE(facts) != 2) {
        PyErr_SetString(PyExc_TypeError, "facts are a pair");
        goto done;
    }
    shapes = PyUnicode_AsUTF8(PyTuple_GET_ITEM(facts, 0));
    self->endings = shapes == NULL ? NULL : endings_new(PyTuple_GET_ITEM(facts, 1));
    if (self->endings == NULL) {
        goto done;
    }
    self->all_suspect = shapes_key(shapes) != SHAPES_KNOWN;
    failed = 0;
done:
    Py_DECREF(facts);
    return failed;
}

static int encoder_read(Encoder *self) {
    Py_ssize_t dict_first, wide;
    PyObject *shallow;

    if (read_size(self->twin, "depth", &self->depth) < 0 || read_size(self->twin, "items", &self->items) < 0 ||
        read_size(self->twin, "fields", &self->fields) < 0 || read_size(self->twin, "length", &self->text) < 0 ||
        read_size(self->twin, "bytes", &self->bytes) < 0) {
        return -1;
    }
    shallow = PyObject_GetAttrString(self->twin, "shallow");
    if (shallow == NULL) {
        return -1;
    }
    self->shallow = shallow == Py_True;
    Py_DECREF(shallow);
    if (read_size(self->twin, "dict_first", &dict_first) < 0 || read_size(self->twin, "wide", &wide) < 0) {
        return -1;
    }
    self->dict_first = dict_first != 0;
    self->wide = wide != 0;
    self->redactor = PyObject_GetAttrString(self->twin, "redactor");
    self->other = PyObject_GetAttrString(self->twin, "other");
    self->string = PyObject_GetAttrString(self->twin, "string");
    self->brief = PyObject_GetAttrString(self->twin, "brief");
    if (self->redactor == NULL || self->other == NULL || self->string == NULL || self->brief == NULL) {
        return -1;
    }
    if (read_facts(self) < 0) {
        return -1;
    }
    self->rule = PyObject_GetAttrString(self->redactor, "rule");
    self->names = PyDict_New();
    self->strings_name = PyUnicode_InternFromString("strings");
    self->heads_name = PyUnicode_InternFromString("heads");
    self->module_name = PyUnicode_InternFromString("__module__");
    self->heads = heads_new();
    self->brief_heads = heads_new();
    self->kinds = kinds_new();
    return self->heads == NULL || self->brief_heads == NULL || self->heads_name == NULL || self->rule == NULL ||
                   self->names == NULL || self->strings_name == NULL || self->module_name == NULL || self->kinds == NULL
               ? -1
               : 0;
}

static PyObject *encoder_new(PyTypeObject *type, PyObject *args, PyObject *named) {
    PyObject *twin;
    Encoder *self;

    (void)named;
    if (!PyArg_ParseTuple(args, "O:Encoder", &twin)) {
        return NULL;
    }
    self = (Encoder *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->twin = Py_NewRef(twin);
#if FREE_THREADED
    self->guard = guard_new();
    if (self->guard == NULL) {
        Py_DECREF(self);
        return NULL;
    }
#endif
    if (encoder_read(self) < 0) {
        if (!PyErr_Occurred()) {
            PyErr_NoMemory();
        }
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int encoder_traverse(Encoder *self, visitproc visit, void *arg) {
    VISIT_TYPE(self);
    Py_VISIT(self->twin);
    Py_VISIT(self->redactor);
    Py_VISIT(self->rule);
    Py_VISIT(self->other);
    Py_VISIT(self->string);
    Py_VISIT(self->brief);
    Py_VISIT(self->names);
    return self->kinds == NULL ? 0 : kinds_traverse(self->kinds, visit, arg);
}

static int encoder_clear(Encoder *self) {
    if (self->kinds != NULL) {
        Kinds *kinds = self->kinds;
        self->kinds = NULL;
        kinds_free(kinds);
    }
    if (self->names != NULL) {
        names_forget(self);
    }
    Py_CLEAR(self->twin);
    Py_CLEAR(self->redactor);
    Py_CLEAR(self->rule);
    Py_CLEAR(self->other);
    Py_CLEAR(self->string);
    Py_CLEAR(self->brief);
    Py_CLEAR(self->names);
    Py_CLEAR(self->strings_name);
    Py_CLEAR(self->heads_name);
    Py_CLEAR(self->module_name);
    return 0;
}

static void encoder_dealloc(Encoder *self) {
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    encoder_clear(self);
#if FREE_THREADED
    guard_drop(self->guard);
#endif
    endings_free(self->endings);
    heads_free(self->heads);
    heads_free(self->brief_heads);
    drawn_free(self->drawn);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The record as a str; `failed` is what the function gave that wrote it. */
static PyObject *to_text(Out *out, int failed) {
    PyObject *text = NULL;

    if (out->broken && !failed) {
        PyErr_NoMemory();
    } else if (!failed) {
        text = PyUnicode_DecodeUTF8(out->start, out->at - out->start, NULL);
        if (text != NULL && PyUnicode_GET_LENGTH(text) != out_characters(out)) {
            Py_CLEAR(text);
            PyErr_SetString(PyExc_SystemError, "characters were miscounted");
        }
    }
    out_end(out);
    return text;
}

static PyObject *value_as_text(Encoder *self, PyObject *value, int closed) {
    Out out;

    out_begin(&out);
    return to_text(&out, encode_value(self, &out, value, closed));
}

static PyObject *encoder_value(Encoder *self, PyObject *value) { return value_as_text(self, value, 0); }

static PyObject *encoder_closed_value(Encoder *self, PyObject *value) { return value_as_text(self, value, 1); }

/* outermost(value, depth, left, holder=None): a value that is in nothing but `holder`. */
static PyObject *encoder_outermost(Encoder *self, PyObject *args) {
    PyObject *value, *holder = NULL;
    Py_ssize_t depth, left;
    Path path = {NULL, NULL};
    Out out;

    if (!PyArg_ParseTuple(args, "Onn|O:outermost", &value, &depth, &left, &holder)) {
        return NULL;
    }
    path.object = holder;
    out_begin(&out);
    return to_text(&out, encode_any(self, &out, value, depth, left, holder == NULL ? NULL : &path));
}

static PyObject *args_as_text(Encoder *self, PyObject *args, int closed) {
    PyObject *entries, *values, *text;
    Plan *plan;
    Out out;

    if (!PyArg_ParseTuple(args, "O!O!:args", &PyTuple_Type, &entries, &PyDict_Type, &values)) {
        return NULL;
    }
    plan = plan_new(NULL, entries);
    if (plan == NULL) {
        return NULL;
    }
    out_begin(&out);
    text = to_text(&out, encode_mapped_arguments(self, &out, plan, values, closed));
    plan_free(plan);
    return text;
}

/* args(entries, values): as the twin's. */
static PyObject *encoder_args(Encoder *self, PyObject *args) { return args_as_text(self, args, 0); }

static PyObject *encoder_closed_args(Encoder *self, PyObject *args) { return args_as_text(self, args, 1); }

/* arguments(entries): those of the function that calls this, read from its frame. */
static PyObject *encoder_arguments(Encoder *self, PyObject *entries) {
    Frame *frame = current_frame(this_thread());
    PyObject *text;
    Plan *plan;
    Out out;

    if (frame == NULL || !PyCode_Check(code_of(frame))) {
        PyErr_SetString(PyExc_RuntimeError, "there is no frame");
        return NULL;
    }
    plan = plan_new((PyCodeObject *)code_of(frame), entries);
    if (plan == NULL) {
        return NULL;
    }
    out_begin(&out);
    text = to_text(&out, encode_arguments(self, &out, plan, frame, 0));
    plan_free(plan);
    return text;
}

static PyObject *encoder_may_hold_secret(Encoder *self, PyObject *text) {
    if (!PyUnicode_CheckExact(text)) {
        PyErr_SetString(PyExc_TypeError, "not a text");
        return NULL;
    }
    return PyBool_FromLong(may_hold_secret(self, text, PyUnicode_GET_LENGTH(text)));
}

static PyObject *encoder_exception(Encoder *self, PyObject *error) {
    Out out;
    int failed;

    if (!PyExceptionInstance_Check(error)) {
        PyErr_SetString(PyExc_TypeError, "not an exception");
        return NULL;
    }
    out_begin(&out);
    failed = encode_exception(self, &out, error);
    out_literal(&out, "}");
    return to_text(&out, failed);
}

/* variables(frame): None where the twin must. */
static PyObject *encoder_variables(Encoder *self, PyObject *frame) {
    Out out;
    int written;

    if (!PyFrame_Check(frame)) {
        PyErr_SetString(PyExc_TypeError, "not a frame");
        return NULL;
    }
    out_begin(&out);
    written = encode_variables(self, &out, (PyFrameObject *)frame);
    if (written == 0) {
        out_end(&out);
        Py_RETURN_NONE;
    }
    return to_text(&out, written < 0 ? -1 : 0);
}

GUARDED(Encoder, encoder_value, value)
GUARDED(Encoder, encoder_closed_value, value)
GUARDED(Encoder, encoder_exception, error)
GUARDED(Encoder, encoder_variables, frame)
GUARDED(Encoder, encoder_outermost, args)
GUARDED(Encoder, encoder_args, args)
GUARDED(Encoder, encoder_closed_args, args)
GUARDED(Encoder, encoder_arguments, entries)
GUARDED(Encoder, encoder_may_hold_secret, text)

/* The twin asks for what is in a value while one of a thread's own encoders waits for it: that one does it. */
static PyObject *encoder_outermost_here(Encoder *self, PyObject *args) {
#if FREE_THREADED
    const Lane *lane = latest.state != NULL && latest.gone == READ(states_gone) ? latest.state->lane : NULL;

    if (lane == NULL || lane->encoder == NULL || lane->encoder->twin != self->twin) {
        return encoder_outermost_guarded(self, args);
    }
    self = lane->encoder;
#endif
    return encoder_outermost(self, args);
}

static PyMethodDef encoder_methods[] = {
    {"value", METHOD(encoder_value), METH_O, "JSON text of a result, as the twin's."},
    {"closed_value", METHOD(encoder_closed_value), METH_O, "The same of a function that is called often, as the twin's."},
    {"exception", METHOD(encoder_exception), METH_O, "JSON text of an exception, as the twin's."},
    {"variables", METHOD(encoder_variables), METH_O, "Those of a frame, as the twin's fields_of; None: the twin must."},
    {"outermost", (PyCFunction)encoder_outermost_here, METH_VARARGS, "outermost(value, depth, left, holder): as the twin's."},
    {"args", METHOD(encoder_args), METH_VARARGS, "args(plan, values): JSON text of arguments, as the twin's."},
    {"closed_args", METHOD(encoder_closed_args), METH_VARARGS, "The same of a function that is called often."},
    {"arguments", METHOD(encoder_arguments), METH_O, "arguments(plan): those of the function that calls this."},
    {"may_hold_secret", METHOD(encoder_may_hold_secret), METH_O, "Whether the twin is asked about a text."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef encoder_members[] = {
    {"twin", T_OBJECT_EX, offsetof(Encoder, twin), READONLY, "The encoder in Python."},
    {"all_suspect", T_INT, offsetof(Encoder, all_suspect), READONLY, "Whether the twin looks at every text."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot encoder_slots[] = {
    {Py_tp_new, encoder_new},           {Py_tp_dealloc, encoder_dealloc}, {Py_tp_traverse, encoder_traverse},
    {Py_tp_clear, encoder_clear},       {Py_tp_methods, encoder_methods}, {Py_tp_members, encoder_members},
    {Py_tp_doc, "Encoder(twin): values as JSON text."}, {0, NULL},
};

PyType_Spec encoder_spec = {
    .name = "spoor._native._core.Encoder",
    .basicsize = sizeof(Encoder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = encoder_slots,
};
