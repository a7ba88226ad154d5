/* The extension module `_core`: its types. State is kept in objects that a recording owns, never in the module. */
#include "encode.h"

static int add_type(PyObject *module, PyType_Spec *spec, const char *name) {
    PyObject *type = PyType_FromSpec(spec);
    int failed;

    if (type == NULL) {
        return -1;
    }
    failed = PyObject_SetAttrString(module, name, type);
    Py_DECREF(type);
    return failed;
}

static int core_exec(PyObject *module) { return add_type(module, &encoder_spec, "Encoder"); }

static PyModuleDef_Slot core_slots[] = {
    {Py_mod_exec, core_exec},
#if defined(Py_mod_multiple_interpreters)
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#if defined(Py_GIL_DISABLED)
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef core_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_core",
    .m_doc = "The native half of the recorder.",
    .m_slots = core_slots,
};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&core_module); }
