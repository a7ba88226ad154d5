/* Looks at the bytes of a text once, for two things: whether it may hold a secret, so that the twin's patterns must be
   asked, and whether JSON has to escape something in it. */
#ifndef SPOOR_SECRETS_H
#define SPOOR_SECRETS_H

#include "endings.h"

enum { MAY_HOLD_SECRET = 1, NEEDS_ESCAPES = 2 };

/* `look_and_copy` writes to so many bytes more than it is given. */
#define LOOK_SLACK 16

/* The shapes that these functions were written for: what `shapes_key` gives for the text of redaction_rules.SHAPES. Where
   there are others, every text may hold a secret. */
#define SHAPES_KNOWN 0x1024be0ad203550aULL
SPOOR_HIDDEN uint64_t shapes_key(const char *text);

/* The bytes are ASCII or UTF-8. Once MAY_HOLD_SECRET is in the result, the rest was not looked at. */
SPOOR_HIDDEN int look(const Endings *endings, const char *bytes, Py_ssize_t count);
SPOOR_HIDDEN int look_and_copy(const Endings *endings, const char *bytes, Py_ssize_t count, char *to);

#endif
