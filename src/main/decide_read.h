/*
 * main/decide_read.h -- one traveller of `postern decide`, from JSON to a check:
 * docs/format/decide.md.
 */
#ifndef PTN_MAIN_DECIDE_READ_H
#define PTN_MAIN_DECIDE_READ_H
#include <jansson.h>

#include "decision/decide.h"
#include "document/mrz.h"
#include "record/person.h"

struct ptn_decide_traveller {
    struct ptn_check check;
    struct ptn_person person;
    struct ptn_mrz mrz;
    bool has_mrz;
    struct ptn_bytes id;
};

/* What is wrong with a traveller: a code word and a sentence, both literals. */
struct ptn_decide_fault {
    const char *code;
    const char *text;
};

/*
 * ptn_decide_read(root, today, arena, ret_traveller, ret_fault):
 * Fill a traveller. Its views point into root and the arena; its own pointers into itself, so it
 * must not move. The caller adds conditions, lists and rules. False with *ret_fault set when it
 * cannot be read.
 */
bool ptn_decide_read(json_t *root, struct ptn_date today, struct ptn_arena *arena,
                     struct ptn_decide_traveller *ret_traveller,
                     struct ptn_decide_fault *ret_fault);

/* One crossing of somebody: a line of --stays. The event, and whose it is; false when it cannot be
 * read. */
struct ptn_decide_crossing {
    struct ptn_bytes number; /* Borrowed from root */
    char issuer[4];
    struct ptn_date birth, expiry;
    struct ptn_stay_event event;
};

bool ptn_decide_read_crossing(json_t *root, struct ptn_decide_crossing *ret_crossing);

/* Put events in order of date, those of one day as they came; those after today are left out.
 * Returns how many stay. */
size_t ptn_decide_sort(struct ptn_stay_event *events, size_t event_count, struct ptn_date today);
#endif
