/*
 * record/again.h -- a missed match: a crossing that was let through, and an entry of a list that
 * came here later.
 *
 * Pure. Texts are Borrowed from the bytes read. Standard: docs/format/records.md "again".
 */
#ifndef PTN_RECORD_AGAIN_H
#define PTN_RECORD_AGAIN_H
#include "record/person.h"
#include "record/record.h"

struct ptn_screened_again {
    struct ptn_record_id id;
    int64_t time_ms; /* when it was found */
    struct ptn_bytes post;
    struct ptn_record_id crossing;
    int64_t crossed_ms;
    enum ptn_direction direction;
    enum ptn_rung rung; /* of the crossing */
    struct ptn_bytes list, entry;
    uint64_t score;       /* 1/10000 */
    int64_t published_ms; /* the entry, or the edition of its list */
    bool then;            /* it was in force nationally when the person crossed */
    bool discreet;
    struct ptn_bytes action; /* what it asks for, in that direction: "inquiry" */
    struct ptn_person person;
    struct ptn_bytes
        plate; /* the entry is about the vehicle in which the person crossed; else empty */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_screened_again_validate(const struct ptn_screened_again *again,
                                                           struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_screened_again_parse(struct ptn_bytes bytes,
                                                        struct ptn_screened_again *ret_again,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_screened_again_write(const struct ptn_screened_again *again,
                                                        struct ptn_buffer *out);
#endif
