/* Tables with open addressing, all of them alike: at most two thirds full, doubled when they are. */
#include "functions.h"

void function_forget_sites(Function *function) {
    for (int i = 0; i < function->met_size; i++) {
        Py_XDECREF(function->met[i].gap);
    }
    PyMem_RawFree(function->met);
    PyMem_RawFree(function->seen);
    function->met = NULL;
    function->seen = NULL;
    function->met_used = function->met_size = function->seen_used = function->seen_size = 0;
}

void function_free(Function *function) {
    function_forget_sites(function);
    plan_free(function->plan);
    Py_XDECREF(function->code);
    Py_XDECREF(function->twin);
    PyMem_RawFree(function);
}

static void place(Function **slots, size_t size, Function *function) {
    size_t i = pointer_hash(function->code) & (size - 1);
    while (slots[i] != NULL) {
        i = (i + 1) & (size - 1);
    }
#if FREE_THREADED
    __atomic_store_n(&slots[i], function, __ATOMIC_RELEASE);
#else
    slots[i] = function;
#endif
}

#if FREE_THREADED

int functions_add(Functions *functions, Function *function) {
    FunctionTable *before = functions->table;

    if (before == NULL || 3 * (functions->used + 1) > 2 * before->size) {
        size_t size = before != NULL ? 2 * before->size : 256;
        FunctionTable *table = PyMem_RawCalloc(1, sizeof *table + size * sizeof table->slots[0]);
        if (table == NULL) {
            function_free(function);
            PyErr_NoMemory();
            return -1;
        }
        table->before = before;
        table->size = size;
        for (size_t i = 0; before != NULL && i < before->size; i++) {
            if (before->slots[i] != NULL) {
                place(table->slots, size, before->slots[i]);
            }
        }
        __atomic_store_n(&functions->table, table, __ATOMIC_RELEASE);
    }
    place(functions->table->slots, functions->table->size, function);
    functions->used++;
    return 0;
}

void functions_free(Functions *functions) {
    FunctionTable *table = functions->table;

    for (size_t i = 0; table != NULL && i < table->size; i++) {
        if (table->slots[i] != NULL) {
            function_free(table->slots[i]);
        }
    }
    while (table != NULL) {
        FunctionTable *before = table->before;
        PyMem_RawFree(table);
        table = before;
    }
    *functions = (Functions){NULL, 0};
}

#else

int functions_add(Functions *functions, Function *function) {
    if (3 * (functions->used + 1) > 2 * functions->size) {
        size_t size = functions->size ? 2 * functions->size : 256;
        Function **slots = PyMem_RawCalloc(size, sizeof *slots);
        if (slots == NULL) {
            function_free(function);
            PyErr_NoMemory();
            return -1;
        }
        for (size_t i = 0; i < functions->size; i++) {
            if (functions->slots[i] != NULL) {
                place(slots, size, functions->slots[i]);
            }
        }
        PyMem_RawFree(functions->slots);
        functions->slots = slots;
        functions->size = size;
    }
    place(functions->slots, functions->size, function);
    functions->used++;
    return 0;
}

void functions_free(Functions *functions) {
    for (size_t i = 0; i < functions->size; i++) {
        if (functions->slots[i] != NULL) {
            function_free(functions->slots[i]);
        }
    }
    PyMem_RawFree(functions->slots);
    *functions = (Functions){NULL, 0, 0};
}

#endif

static Seen *seen_at(Seen *seen, int size, int offset) {
    int i = (offset >> 1) & (size - 1);
    while (seen[i].offset != -1 && seen[i].offset != offset) {
        i = (i + 1) & (size - 1);
    }
    return &seen[i];
}

Seen *function_seen_slowly(Function *function, int offset) {
    Seen *found;

    if (3 * (function->seen_used + 1) > 2 * function->seen_size) {
        int size = function->seen_size ? 2 * function->seen_size : 8;
        Seen *bigger = PyMem_RawMalloc((size_t)size * sizeof *bigger);
        if (bigger == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        for (int i = 0; i < size; i++) {
            bigger[i] = (Seen){.offset = -1};
        }
        for (int i = 0; i < function->seen_size; i++) {
            if (function->seen[i].offset != -1) {
                *seen_at(bigger, size, function->seen[i].offset) = function->seen[i];
            }
        }
        PyMem_RawFree(function->seen);
        function->seen = bigger;
        function->seen_size = size;
    }
    found = seen_at(function->seen, function->seen_size, offset);
    if (found->offset == -1) {
        found->offset = offset;
        function->seen_used++;
    }
    return found;
}

static Met *met_at(Met *met, int size, void *key, void *name) {
    size_t i = (pointer_hash(key) + 31 * pointer_hash(name)) & (size_t)(size - 1);
    while ((met[i].key != NULL || met[i].name != NULL) && (met[i].key != key || met[i].name != name)) {
        i = (i + 1) & (size_t)(size - 1);
    }
    return &met[i];
}

Met *function_met(Function *function, void *key, void *name) {
    Met *found;

    if (3 * (function->met_used + 1) > 2 * function->met_size) {
        int size = function->met_size ? 2 * function->met_size : 8;
        Met *bigger = PyMem_RawCalloc((size_t)size, sizeof *bigger);
        if (bigger == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        for (int i = 0; i < function->met_size; i++) {
            Met *old = &function->met[i];
            if (old->key != NULL || old->name != NULL) {
                *met_at(bigger, size, old->key, old->name) = *old;
            }
        }
        PyMem_RawFree(function->met);
        function->met = bigger;
        function->met_size = size;
    }
    found = met_at(function->met, function->met_size, key, name);
    if (found->key == NULL && found->name == NULL) {
        function->met_used++;
        *found = (Met){key, name, NULL, 0};
    }
    return found;
}
