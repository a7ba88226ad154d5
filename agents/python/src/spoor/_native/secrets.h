/* Looks at the bytes of a text once, for two things: whether it may hold a secret, so that the twin's patterns must be
   asked, and whether JSON has to escape something in it. */
#ifndef SPOOR_SECRETS_H
#define SPOOR_SECRETS_H

#include "compat.h"

enum { MAY_HOLD_SECRET = 1, NEEDS_ESCAPES = 2 };

/* `look_and_copy` writes to so many bytes more than it is given. */
#define LOOK_SLACK 16

/* redaction_rules.HINTS joined by `|`: what these functions were written for. Where the twin looks for anything else,
   they must not be used. */
extern SPOOR_HIDDEN const char HINTS_KNOWN[];

/* The bytes are ASCII or UTF-8. Once MAY_HOLD_SECRET is in the result, the rest was not looked at. */
SPOOR_HIDDEN int look(const char *bytes, Py_ssize_t count);
SPOOR_HIDDEN int look_and_copy(const char *bytes, Py_ssize_t count, char *to);

#endif
