/* Lists, tuples, dicts and sets. The comma in front of the first item is written like the others and becomes the opening
   bracket at the end, so that what was written so far is what the twin counts.

   Items are borrowed while no Python code can run, which is until one of them is no scalar. */
#include "digits.h"
#include "named.h"
#include "scalars.h"

/* What differs between the kinds of sequences. */
typedef struct {
    const char *name; /* NULL: a list, which is a bare array if it is whole */
    const char *inside; /* the key of its items, with comma and colon */
    PyObject *value; /* stands in the path */
    Py_ssize_t length;
} Sequence;

#define ITEMS ",\"items\":"

/* `{"$":"tuple"` and `,"len":5` if wanted. */
static void write_head(Out *out, const char *name, Py_ssize_t length, int with_length) {
    if (!out_room(out, 64)) {
        return;
    }
    out_literal(out, "{\"$\":\"");
    out_bytes(out, name, (Py_ssize_t)strlen(name));
    out_byte(out, '"');
    if (with_length) {
        out_literal(out, ",\"len\":");
        out_number(out, length);
    }
}

/* What is written of a sequence that is not opened or empty. 1: written; 0: it is to be opened. */
static int write_closed(Out *out, const Sequence *sequence, Py_ssize_t depth, const Path *path) {
    if (sequence->length == 0) {
        if (sequence->name == NULL) {
            out_literal(out, "[]");
        } else {
            write_head(out, sequence->name, 0, 0);
            out_literal(out, ITEMS "[]}");
        }
        return 1;
    }
    if (depth <= 0) {
        if (sequence->name != NULL) {
            write_head(out, sequence->name, sequence->length, 1);
        } else if (out_room(out, 64)) {
            out_literal(out, "{\"$\":\"list\",\"len\":");
            out_number(out, sequence->length);
        }
        end_closed(out, depth);
        return 1;
    }
    if (is_in(path, sequence->value)) {
        out_literal(out, CYCLE);
        return 1;
    }
    return 0;
}

/* The brackets around what was written since `mark`, where `count` items are. */
static void close_sequence(Encoder *encoder, Out *out, OutMark mark, const Sequence *sequence, Py_ssize_t count) {
    char head[96];
    Out before;

    if (out->broken || !out_room(out, 64)) {
        return;
    }
    if (out->at - out->start == mark.offset) {
        out_byte(out, '[');
    } else {
        out_patch(out, mark, '[');
    }
    out_byte(out, ']');
    if (count == sequence->length && sequence->name == NULL) {
        return;
    }
    before.broken = 0;
    before.wide = 0;
    before.at = before.start = head;
    before.end = head + sizeof head;
    write_head(&before, sequence->name == NULL ? "list" : sequence->name, sequence->length, count != sequence->length);
    out_bytes(&before, sequence->inside, (Py_ssize_t)strlen(sequence->inside));
    out_insert(out, mark, head, before.at - head);
    if (count < sequence->length && count < encoder->items) {
        out_literal(out, ",\"why\":\"bytes\"");
    }
    out_literal(out, "}");
}

/* One item, with its comma. `item` is held by the caller as far as `LOCKED` goes. */
static int write_item(Encoder *encoder, Out *out, PyObject *item, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    int failed;

    if (out_room(out, 32)) {
        out_byte(out, ',');
    }
    if (quick_scalar(encoder, out, item)) {
        return 0;
    }
    Py_INCREF(item);
    failed = encode_slowly(encoder, out, item, depth, left, path);
    Py_DECREF(item);
    return failed;
}

/* Ints of one digit at the start of `items`, which need no look at anything else. Gives how many were written before
   something else came or the budget ended. */
static Py_ssize_t write_small_ints(Out *out, PyObject *const *items, Py_ssize_t most, Py_ssize_t left) {
    Py_ssize_t count = 0;
    const char *limit = out->at + left;
    int64_t number;

    while (count < most && Py_TYPE(items[count]) == &PyLong_Type && small_int(items[count], &number) &&
           out->at < limit) {
        if (out->end - out->at < 16) {
            Py_ssize_t rest = limit - out->at;
            if (!out_room(out, 16)) {
                break;
            }
            limit = out->at + rest;
        }
        *out->at++ = ',';
        if (number < 0) {
            *out->at++ = '-';
            number = -number;
        }
        out->at = put_digits(out->at, (uint64_t)number);
        count++;
    }
    return count;
}

/* Those of a list or tuple; `name` is NULL for a list. */
static int write_sequence(Encoder *encoder, Out *out, const char *name, PyObject *value, Py_ssize_t depth,
                          Py_ssize_t left, const Path *path) {
    int is_list = PyList_Check(value);
    Sequence sequence = {name, ITEMS, value, Py_SIZE(value)};
    Path inner = {path, value};
    OutMark mark = out_mark(out);
    Py_ssize_t count = 0;
    Py_ssize_t most = sequence.length < encoder->items ? sequence.length : encoder->items;

    if (write_closed(out, &sequence, depth, path)) {
        return 0;
    }
    for (;; count++) {
        PyObject *item = NULL;
        Py_ssize_t now;
        int failed;

        LOCKED(value);
        /* The list may have become shorter. */
        now = Py_SIZE(value) < most ? Py_SIZE(value) : most;
        if (count < now) {
            PyObject **items = is_list ? ((PyListObject *)value)->ob_item : ((PyTupleObject *)value)->ob_item;
            count += write_small_ints(out, items + count, now - count, left - out_since(out, mark));
            if (count < now && out_since(out, mark) < left) {
                item = items[count];
                HOLD(item);
            }
        }
        UNLOCKED();
        if (item == NULL) {
            break;
        }
        failed = write_item(encoder, out, item, depth - 1, left - out_since(out, mark), &inner);
        LET_GO(item);
        if (failed) {
            return -1;
        }
    }
    close_sequence(encoder, out, mark, &sequence, count);
    return 0;
}

int quick_sequence(Encoder *encoder, Out *out, PyObject *value, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    int is_list = PyList_CheckExact(value);
    Sequence sequence = {is_list ? NULL : "tuple", ITEMS, value, Py_SIZE(value)};
    PyObject **items = is_list ? ((PyListObject *)value)->ob_item : ((PyTupleObject *)value)->ob_item;
    Path inner = {path, value};
    OutMark mark = out_mark(out);
    Py_ssize_t most = sequence.length < encoder->items ? sequence.length : encoder->items;
    Py_ssize_t count = 0;

    if (write_closed(out, &sequence, depth, path)) {
        return 1;
    }
    while (count += write_small_ints(out, items + count, most - count, left - out_since(out, mark)),
           count < most && out_since(out, mark) < left) {
        Py_ssize_t written = out_since(out, mark);
        if (out_room(out, 32)) {
            out_byte(out, ',');
        }
        if (!quick_scalar(encoder, out, items[count]) &&
            !encode_direct(encoder, out, items[count], depth - 1, left - written, &inner, 0) &&
            !encode_closed(encoder, out, items[count], depth - 1, &inner)) {
            out_rewind(out, mark);
            return 0;
        }
        count++;
    }
    close_sequence(encoder, out, mark, &sequence, count);
    return 1;
}

int encode_list(Encoder *encoder, Out *out, PyObject *list, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    return write_sequence(encoder, out, NULL, list, depth, left, path);
}

int encode_tuple(Encoder *encoder, Out *out, PyObject *tuple, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    return write_sequence(encoder, out, "tuple", tuple, depth, left, path);
}

int encode_rest(Encoder *encoder, Out *out, PyObject *tuple, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    return write_sequence(encoder, out, NULL, tuple, depth, left, path);
}

int encode_set(Encoder *encoder, Out *out, PyObject *set, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    Sequence sequence = {PyFrozenSet_CheckExact(set) ? "frozenset" : "set", ITEMS, set, PySet_GET_SIZE(set)};
    Path inner = {path, set};
    OutMark mark = out_mark(out);
    Py_ssize_t count = 0, place = 0;
    Py_ssize_t most = sequence.length < encoder->items ? sequence.length : encoder->items;

    if (write_closed(out, &sequence, depth, path)) {
        return 0;
    }
    while (count < most) {
        Py_ssize_t written = out_since(out, mark);
        PyObject *item = NULL;
        int found, failed;

        if (written >= left) {
            break;
        }
        LOCKED(set);
        found = next_of_set(set, &place, &item);
        if (found) {
            HOLD(item);
        }
        UNLOCKED();
        if (!found) {
            break;
        }
        failed = write_item(encoder, out, item, depth - 1, left - written, &inner);
        LET_GO(item);
        if (failed) {
            return -1;
        }
        count++;
    }
    close_sequence(encoder, out, mark, &sequence, count);
    return 0;
}

/* The next key and value of a dict, which are borrowed (held, on free-threaded builds). 1: found; 0: there are no more;
   -1: the dict changed meanwhile, as an iterator would say. */
static int next_entry(PyObject *dict, Py_ssize_t length, Py_ssize_t *place, PyObject **key, PyObject **value) {
    int found = 0;

    LOCKED(dict);
    if (PyDict_GET_SIZE(dict) != length) {
        found = -1;
    } else if (next_of_dict(dict, place, key, value)) {
        found = 1;
        HOLD(*key);
        HOLD(*value);
    }
    UNLOCKED();
    if (found < 0) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
    }
    return found;
}

/* As `[key,value]` pairs, because a key is no plain text. `path` and `depth` are those of the entries. */
static int write_entries(Encoder *encoder, Out *out, PyObject *dict, Py_ssize_t length, Py_ssize_t depth,
                         Py_ssize_t left, const Path *path) {
    Sequence sequence = {"dict", ",\"entries\":", dict, length};
    OutMark mark = out_mark(out);
    Py_ssize_t count = 0, place = 0;

    while (count < encoder->items && left > 0) {
        OutMark entry = out_mark(out);
        PyObject *key, *value;
        int failed;
        int found = next_entry(dict, length, &place, &key, &value);

        if (found < 0) {
            return -1;
        }
        if (!found) {
            break;
        }
        Py_INCREF(key);
        Py_INCREF(value);
        LET_GO(key);
        LET_GO(value);
        out_literal(out, ",[");
        failed = encode_any(encoder, out, key, depth, left, path);
        if (!failed) {
            out_literal(out, ",");
            failed = PyUnicode_CheckExact(key) ? encode_named(encoder, out, key, value, depth, left, path)
                                               : encode_any(encoder, out, value, depth, left, path);
        }
        Py_DECREF(key);
        Py_DECREF(value);
        if (failed) {
            return -1;
        }
        out_literal(out, "]");
        left -= out_since(out, entry);
        count++;
    }
    close_sequence(encoder, out, mark, &sequence, count);
    return 0;
}

/* A key that was not met lately, and its value. 1: written; 0: it cannot be a key as it is; -1. */
static int write_entry(Encoder *encoder, Out *out, PyObject *key, PyObject *value, Py_ssize_t depth, Py_ssize_t left,
                       const Path *path) {
    Name found;
    int failed = 0;

    if (!PyUnicode_CheckExact(key)) {
        return 0;
    }
    if (name_find(encoder, key, &found) < 0) {
        return -1;
    }
    if (found.key == NULL) {
        name_release(&found);
        return 0;
    }
    write_key(out, found.key, found.wide);
    failed = found.rule == NULL ? encode_any(encoder, out, value, depth, left, path)
                                : encode_ruled(encoder, out, found.rule, value, depth, left, path);
    name_release(&found);
    return failed ? -1 : 1;
}

static void close_dict(Out *out, OutMark mark, const char *why, Py_ssize_t more) {
    int is_empty = out->at - out->start == mark.offset;

    if (out->broken || !out_room(out, 64)) {
        return;
    }
    if (is_empty) {
        out_byte(out, '{');
    } else {
        out_patch(out, mark, '{');
    }
    if (more) {
        if (!is_empty) {
            out_byte(out, ',');
        }
        out_literal(out, "\"$cut\":{\"why\":\"");
        out_bytes(out, why, 5);
        out_literal(out, "\",\"more\":");
        out_number(out, more);
        out_byte(out, '}');
    }
    out_byte(out, '}');
}

/* What is written of a dict that is not opened or empty. 1: written; 0: it is to be opened. */
static int write_closed_dict(Out *out, PyObject *dict, Py_ssize_t depth, const Path *path) {
    if (PyDict_GET_SIZE(dict) == 0) {
        out_literal(out, "{}");
        return 1;
    }
    if (depth <= 0) {
        write_head(out, "dict", PyDict_GET_SIZE(dict), 1);
        end_closed(out, depth);
        return 1;
    }
    if (is_in(path, dict)) {
        out_literal(out, CYCLE);
        return 1;
    }
    return 0;
}

int quick_dict(Encoder *encoder, Out *out, PyObject *dict, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    Py_ssize_t length = PyDict_GET_SIZE(dict);
    Py_ssize_t most = length < encoder->items ? length : encoder->items;
    Py_ssize_t count = 0, place = 0, written = 0;
    PyObject *key, *value;
    Path inner = {path, dict};
    OutMark mark = out_mark(out);

    if (write_closed_dict(out, dict, depth, path)) {
        return 1;
    }
    while (count < most && (written = out_since(out, mark)) < left && next_of_dict(dict, &place, &key, &value)) {
        if (!write_recent_key(encoder, out, key) ||
            !(quick_scalar(encoder, out, value) ||
              encode_direct(encoder, out, value, depth - 1, left - written, &inner, 0) ||
              encode_closed(encoder, out, value, depth - 1, &inner))) {
            out_rewind(out, mark);
            return 0;
        }
        count++;
    }
    close_dict(out, mark, count < most ? "bytes" : "items", length - count);
    return 1;
}

int encode_dict(Encoder *encoder, Out *out, PyObject *dict, Py_ssize_t depth, Py_ssize_t left, const Path *path) {
    Py_ssize_t length = PyDict_GET_SIZE(dict);
    Py_ssize_t most = length < encoder->items ? length : encoder->items;
    Py_ssize_t count = 0, place = 0;
    Path inner = {path, dict};
    OutMark mark = out_mark(out);

    if (write_closed_dict(out, dict, depth, path)) {
        return 0;
    }
    for (; count < most; count++) {
        Py_ssize_t written = out_since(out, mark);
        PyObject *key, *value;
        int found, done, has_key;

        if (written >= left) {
            close_dict(out, mark, "bytes", length - count);
            return 0;
        }
        found = next_entry(dict, length, &place, &key, &value);
        if (found < 0) {
            return -1;
        }
        if (!found) {
            break;
        }
        has_key = write_recent_key(encoder, out, key);
        if (has_key && quick_scalar(encoder, out, value)) {
            LET_GO(key);
            LET_GO(value);
            continue;
        }
        Py_INCREF(key);
        Py_INCREF(value);
        LET_GO(key);
        LET_GO(value);
        if (has_key) {
            done = encode_slowly(encoder, out, value, depth - 1, left - written, &inner) < 0 ? -1 : 1;
        } else {
            done = write_entry(encoder, out, key, value, depth - 1, left - written, &inner);
        }
        Py_DECREF(key);
        Py_DECREF(value);
        if (done < 0) {
            return -1;
        }
        if (!done) {
            out_rewind(out, mark);
            return write_entries(encoder, out, dict, length, depth - 1, left, &inner);
        }
    }
    close_dict(out, mark, "items", length - most);
    return 0;
}
