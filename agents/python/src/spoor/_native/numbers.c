/* Numbers as JSON. Floats are written as `repr` does: the shortest decimal that reads back as the same number. */
#include <math.h>

#include "scalars.h"

int quick_int(Out *out, PyObject *number) {
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);

    if (overflow || !out_room(out, 64)) {
        return 0;
    }
    if (value >= -MAX_INT && value <= MAX_INT) {
        out_number(out, value);
    } else {
        out_literal(out, "{\"$\":\"int\",\"digits\":\"");
        out_number(out, value);
        out_literal(out, "\"}");
    }
    return 1;
}

/* The shortest decimal that reads back as this number, and of those the closest: what `repr` writes. Digit by digit and
   exact: the number is `bits` / 2^shift and its neighbours are one bit away. With every place behind the point, `rest` (what
   the digits so far leave, in bits / 2^shift) and the distance of the neighbours (`power`) are ten times as much; the
   first decimal that is nearer than half of that distance is the one. 0: the number is outside the range where 64 bits
   hold all this, or in the middle between two answers. */
static int write_shortest(Out *out, double number) {
    uint64_t raw, bits, whole, rest, one;
    uint64_t fraction = 0, power = 1;
    int shift, places = 0;
    char digits[20];

    memcpy(&raw, &number, sizeof raw);
    shift = 1075 - (int)(raw >> 52 & 0x7FF);
    bits = raw & 0xFFFFFFFFFFFFF;
    if (number == 0) {
        out_bytes(out, "-0.0" + !(raw >> 63), 3 + (raw >> 63));
        return 1;
    }
    if (shift < 1 || shift > 60) {
        return 0;
    }
    /* The lower neighbour of a power of two is only half as far away; but those in this range end after 8 places, and
       no shorter decimal is near them. */
    bits |= 0x10000000000000;
    one = (uint64_t)1 << shift;
    whole = bits >> shift;
    rest = bits & (one - 1);
    if (rest != 0) {
        do {
            if (places == 18) {
                return 0;
            }
            rest *= 10;
            fraction = fraction * 10 + (rest >> shift);
            rest &= one - 1;
            power *= 10;
            places++;
        } while (rest * 2 > power && (one - rest) * 2 > power);
        if (rest * 2 == power || (one - rest) * 2 == power || rest * 2 == one) {
            return 0;
        }
        if (rest * 2 > one) {
            fraction++;
            if (fraction == power) {
                return 0;
            }
        }
    } else {
        places = 1;
    }
    for (int i = places - 1; i >= 0; i--) {
        digits[i] = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    if (raw >> 63) {
        out_byte(out, '-');
    }
    out_number(out, (int64_t)whole);
    out_byte(out, '.');
    memcpy(out->at, digits, 20);
    out->at += places;
    return 1;
}

int quick_float(Out *out, double number) {
    char *text;

    if (!out_room(out, 64)) {
        return 0;
    }
    if (!isfinite(number)) {
        if (isnan(number)) {
            out_literal(out, "{\"$\":\"float\",\"value\":\"NaN\"}");
        } else if (number > 0) {
            out_literal(out, "{\"$\":\"float\",\"value\":\"Infinity\"}");
        } else {
            out_literal(out, "{\"$\":\"float\",\"value\":\"-Infinity\"}");
        }
        return 1;
    }
    if (write_shortest(out, number)) {
        return 1;
    }
    text = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (text == NULL) {
        PyErr_Clear();
        return 0;
    }
    out_few(out, text, (Py_ssize_t)strlen(text));
    PyMem_Free(text);
    return 1;
}
