/* Suspensions that are only counted: a generator can yield a million times in one call (calls.py; spec/spool.md,
   Suspensions that are only counted). */
#include "lines.h"

int steps_begin(Entry *entry, const Piece *resumer) {
    if (entry->recorded != STEPPING) {
        Steps *steps = PyMem_RawCalloc(1, sizeof *steps);
        if (steps == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        steps->resumer = *resumer;
        entry->steps = steps;
        entry->recorded = STEPPING;
    }
    return 0;
}

static int write_steps(Core *core, const Entry *entry, int64_t when) {
    const Steps *steps = entry->steps;
    char spare[LINE_ROOM];
    char *line, *at;

    if (!steps->count) {
        return 0;
    }
    line = line_begin(core, spare);
    at = put_call(core, line, 'Y', &entry->name, when);
    *at++ = '\t';
    at = put_piece(at, &steps->resumer);
    at = put_number(at, steps->count);
    at = put_number(PUT(at, "\t\t{\"waiting_ns\":"), steps->waiting_ns);
    return line_end(core, spare, line, PUT(at, "}\n"));
}

int steps_turn(Core *core, Function *function, Suspended *suspended, const Piece *resumer, int64_t now) {
    Steps *steps = suspended->entry.steps;
    char spare[LINE_ROOM];
    char *line, *at;

    if (memcmp(&steps->resumer, resumer, sizeof *resumer) == 0 || !TAKE_ONE(function->left_turns)) {
        steps->count++;
        steps->waiting_ns += now - suspended->when;
        return 0;
    }
    if (write_steps(core, &suspended->entry, suspended->when) < 0) {
        return -1;
    }
    *steps = (Steps){*resumer, 0, 0};
    line = line_begin(core, spare);
    at = put_call(core, line, 'S', &suspended->entry.name, suspended->when);
    return line_end(core, spare, line, PUT_ENDING(at, "\t\t\t\t\n")) < 0 ? -1 : 1;
}

int steps_end_at(Core *core, Entry *entry, int64_t when) {
    int failed = write_steps(core, entry, when);
    entry_free_steps(entry);
    return failed;
}
