/* The extension module `_core`: its types. State is kept in objects that a recording owns, never in the module. */
#include "tracing.h"

/* Which sources this was built from: native.py loads no others. build.py tells; whoever compiles by hand need not. */
#if !defined(SPOOR_SOURCES)
#define SPOOR_SOURCES ""
#endif

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

static int core_exec(PyObject *module) {
    return PyModule_AddStringConstant(module, "SOURCES", SPOOR_SOURCES) < 0 ||
                   PyModule_AddIntConstant(module, "FREE_THREADED", FREE_THREADED) < 0 ||
                   add_type(module, &encoder_spec, "Encoder") < 0 || add_type(module, &map_spec, "Map") < 0 ||
                   add_type(module, &gap_spec, "Gap") < 0 || add_type(module, &counted_spec, "Counted") < 0 ||
                   add_type(module, &state_spec, "State") < 0 || add_type(module, &local_spec, "Local") < 0 ||
                   add_type(module, &core_spec, "Core") < 0
#if SPOOR_MONITORING
                   || add_type(module, &callback_spec, "Callback") < 0
#else
                   || add_type(module, &tracing_spec, "Tracing") < 0
#endif
               ? -1
               : 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, core_exec},
#if defined(Py_mod_multiple_interpreters)
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#if FREE_THREADED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED}, /* see guard.h */
#endif
    {0, NULL},
};

static struct PyModuleDef core_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_core",
    .m_doc = "The native half of the recorder.",
    .m_slots = module_slots,
};

/* Before 3.9 the macro leaves it hidden like the rest. */
__attribute__((visibility("default"))) PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&core_module); }
