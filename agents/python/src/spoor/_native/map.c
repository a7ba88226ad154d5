/* The type `Map` and the watch over forks. A map keeps no descriptor: programs close descriptors they do not know. */
#include "map.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

volatile unsigned fork_generation = 0;

static void in_child(void) { fork_generation++; }

int watch_forks(void) {
    static int watching = 0;

    if (!watching) {
        if (pthread_atfork(NULL, NULL, in_child) != 0) {
            PyErr_NoMemory();
            return -1;
        }
        watching = 1;
    }
    return 0;
}

static PyObject *map_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    int descriptor;
    Py_ssize_t size;
    void *data;
    Map *map;

    if (!PyArg_ParseTuple(args, "in", &descriptor, &size)) {
        return NULL;
    }
    data = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (data == MAP_FAILED) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    map = (Map *)type->tp_alloc(type, 0);
    if (map == NULL) {
        munmap(data, (size_t)size);
        return NULL;
    }
    map->next = map->data = data;
    map->end = map->data + size;
    map->last = map->end - LINE_ROOM + 1;
    map->size = size;
    map->generation = fork_generation;
    return (PyObject *)map;
}

static void unmap(Map *map) {
    if (map->data != NULL) {
        munmap(map->data, (size_t)map->size);
        map->next = map->last = map->end = map->data = NULL;
    }
}

static PyObject *map_close(Map *map, PyObject *ignored) {
    if (!IS_OURS(map)) {
        unmap(map);
        Py_RETURN_NONE;
    }
    LATCH(map->latch);
    unmap(map);
    UNLATCH(map->latch);
    Py_RETURN_NONE;
}

/* From now on nothing fits any more; what was written stays, and so does the position. */
static PyObject *map_stop(Map *map, PyObject *ignored) {
    if (IS_OURS(map)) {
        LATCH(map->latch);
        map->end = map->next;
        map->last = map->data;
        UNLATCH(map->latch);
    }
    Py_RETURN_NONE;
}

static void map_dealloc(Map *map) {
    PyTypeObject *type = Py_TYPE(map);
    if (map->data != NULL) {
        munmap(map->data, (size_t)map->size);
    }
    type->tp_free(map);
    Py_DECREF(type);
}

static int is_open(Map *map) {
    if (map->data == NULL) {
        PyErr_SetString(PyExc_ValueError, "the segment is closed");
        return 0;
    }
    return 1;
}

static PyObject *map_write_bytes(Map *map, PyObject *line) {
    if (!PyBytes_CheckExact(line)) {
        PyErr_SetString(PyExc_TypeError, "a record is bytes");
        return NULL;
    }
    if (!map_write(map, PyBytes_AS_STRING(line), PyBytes_GET_SIZE(line), "", 0)) {
        PyErr_SetString(PyExc_ValueError, "the record does not fit, or the segment is closed");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *map_tell(Map *map, PyObject *ignored) {
    Py_ssize_t told;

    if (!is_open(map) || !IS_OURS(map)) {
        return PyErr_Occurred() ? NULL : PyLong_FromSsize_t(map->next - map->data);
    }
    LATCH(map->latch);
    told = map->next - map->data;
    UNLATCH(map->latch);
    return PyLong_FromSsize_t(told);
}

/* Only what segment.py needs: `seek(0, SEEK_END)`, from where on nothing fits any more. */
static PyObject *map_seek(Map *map, PyObject *args) {
    Py_ssize_t offset;
    int whence = 0;

    if (!PyArg_ParseTuple(args, "n|i", &offset, &whence) || !is_open(map)) {
        return NULL;
    }
    LATCH(map->latch);
    offset += whence == 2 ? map->size : whence == 1 ? map->next - map->data : 0;
    if (offset < 0 || offset > map->size) {
        UNLATCH(map->latch);
        PyErr_SetString(PyExc_ValueError, "beyond the segment");
        return NULL;
    }
    if (map->data != NULL) {
        map->next = map->data + offset;
    }
    UNLATCH(map->latch);
    return PyLong_FromSsize_t(offset);
}

static PyObject *search(Map *map, PyObject *args, int from_end) {
    const char *wanted;
    Py_ssize_t length, low = 0, high = map->size, found = -1;

    if (!PyArg_ParseTuple(args, "y#|nn", &wanted, &length, &low, &high) || !is_open(map)) {
        return NULL;
    }
    low = low < 0 ? 0 : low;
    high = high > map->size ? map->size : high;
    LATCH(map->latch);
    high = map->data == NULL ? 0 : high;
    for (Py_ssize_t i = from_end ? high - length : low; i >= low && i + length <= high; i += from_end ? -1 : 1) {
        if (memcmp(map->data + i, wanted, (size_t)length) == 0) {
            found = i;
            break;
        }
    }
    UNLATCH(map->latch);
    return PyLong_FromSsize_t(found);
}

static PyObject *map_find(Map *map, PyObject *args) { return search(map, args, 0); }
static PyObject *map_rfind(Map *map, PyObject *args) { return search(map, args, 1); }

/* `map[a:b] = bytes` of the same length: counters and the reserve are overwritten in place. */
static int map_set(Map *map, PyObject *where, PyObject *bytes) {
    Py_ssize_t start, stop, step, length;

    if (bytes == NULL || !PySlice_Check(where) || !PyBytes_CheckExact(bytes)) {
        PyErr_SetString(PyExc_TypeError, "only map[a:b] = bytes");
        return -1;
    }
    if (!is_open(map) || PySlice_Unpack(where, &start, &stop, &step) < 0) {
        return -1;
    }
    length = PySlice_AdjustIndices(map->size, &start, &stop, step);
    if (step != 1 || length != PyBytes_GET_SIZE(bytes) || map->generation != fork_generation) {
        PyErr_SetString(PyExc_ValueError, "not a place in this segment");
        return -1;
    }
    return map_put(map, start, PyBytes_AS_STRING(bytes), length) ? 0 : is_open(map) - 1;
}

static PyMethodDef map_methods[] = {
    {"write", (PyCFunction)map_write_bytes, METH_O, "Appends one record; ValueError where it does not fit."},
    {"tell", (PyCFunction)map_tell, METH_NOARGS, "How much is written."},
    {"seek", (PyCFunction)map_seek, METH_VARARGS, "Moves the position, as mmap.seek."},
    {"find", (PyCFunction)map_find, METH_VARARGS, "As mmap.find."},
    {"rfind", (PyCFunction)map_rfind, METH_VARARGS, "As mmap.rfind."},
    {"stop", (PyCFunction)map_stop, METH_NOARGS, "Nothing fits from now on."},
    {"close", (PyCFunction)map_close, METH_NOARGS, "Unmaps."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot map_slots[] = {
    {Py_tp_new, map_new},       {Py_tp_dealloc, map_dealloc},    {Py_tp_methods, map_methods},
    {Py_mp_ass_subscript, map_set}, {Py_tp_doc, "Map(descriptor, size): a file mapped for writing."},
    {0, NULL},
};

PyType_Spec map_spec = {"spoor._native._core.Map", sizeof(Map), 0, Py_TPFLAGS_DEFAULT, map_slots};
