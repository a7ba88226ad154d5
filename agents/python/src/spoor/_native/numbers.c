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

/* Six places after the point and nine before it at most: any two decimals of 15 digits are different floats
   (DBL_DIG), so one that reads back as this number is the shortest once its zeros are taken off. Both steps are exact
   but for the rounding of the division, which is the one that reading a decimal does. 0: the number has more digits. */
static int write_short(Out *out, double number) {
    double amount = fabs(number);
    double scaled;
    int64_t digits;
    int places = 3;
    char fraction[6];

    if (amount >= 1e9 || (amount < 1e-3 && amount != 0)) {
        return 0;
    }
    scaled = (double)(int64_t)(amount * 1e3 + 0.5);
    if (scaled / 1e3 != amount) {
        scaled = (double)(int64_t)(amount * 1e6 + 0.5);
        places = 6;
        if (scaled / 1e6 != amount) {
            return 0;
        }
    }
    digits = (int64_t)scaled;
    for (int i = places - 1; i >= 0; i--) {
        fraction[i] = (char)('0' + digits % 10);
        digits /= 10;
    }
    while (places > 1 && fraction[places - 1] == '0') {
        places--;
    }
    if (signbit(number)) {
        out_byte(out, '-');
    }
    out_number(out, digits);
    out_byte(out, '.');
    out_few(out, fraction, places);
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
    if (write_short(out, number)) {
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
