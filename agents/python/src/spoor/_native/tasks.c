/* Which asyncio task runs: its strand, which the engine knows, is looked up anew only when the task is another. */
#include "core.h"

int64_t calls_task(Core *core, State *state) {
    PyObject *loop = NULL, *task = NULL, *strand = NULL, *before = NULL;
    int64_t found = -1;

    loop = PyObject_CallNoArgs(core->running_loop);
    if (loop == NULL) {
        goto done;
    }
    if (loop == Py_None) {
        found = 0;
        goto done;
    }
    task = PyObject_CallOneArg(core->current_task, loop);
    if (task == NULL) {
        goto done;
    }
    if (task == Py_None) {
        found = 0;
        goto done;
    }
    if (state->last_task != NULL && weak_target(state->last_task) == task) {
        found = state->last_strand;
        goto done;
    }
    strand = core_ask(core, "task_strand", NULL);
    if (strand == NULL) {
        goto done;
    }
    found = PyLong_AsLongLong(strand);
    if (found > 0) {
        before = state->last_task;
        state->last_task = PyWeakref_NewRef(task, NULL);
        state->last_strand = found;
        if (state->last_task == NULL) {
            PyErr_Clear(); /* a loop of the program's own may have tasks that cannot be referred to weakly */
        }
    }
done:
    Py_XDECREF(loop);
    Py_XDECREF(task);
    Py_XDECREF(strand);
    Py_XDECREF(before);
    return found;
}
