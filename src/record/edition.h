/*
 * record/edition.h -- a part of an edition of a list, rules of the country, and stays, as a centre
 * publishes them.
 *
 * Pure. Everything is Borrowed from the bytes read. What rows are and when an edition counts:
 * watch/rows.h. Standard: docs/format/editions.md, docs/format/rules.md "Published",
 * docs/format/stays.md, docs/format/records.md "list", "rules", "stays".
 */
#ifndef PTN_RECORD_EDITION_H
#define PTN_RECORD_EDITION_H
#include "record/record.h"

#define PTN_LIST_EDITION_PARTS_MAX 4096u
#define PTN_LIST_EDITION_ROWS_MAX  1000000u
#define PTN_LIST_EDITION_BLOB_MAX  196608u /* bytes of rows, or of names, in one part */

struct ptn_list_edition {
    int64_t time_ms;
    struct ptn_bytes post;    /* the centre's code */
    struct ptn_bytes officer; /* who published it */
    struct ptn_bytes second;  /* who agreed that it shrinks; may be empty, never the officer */
    struct ptn_bytes list;
    uint64_t edition; /* from 1 */
    uint64_t part;    /* from 0 */
    uint64_t parts;
    uint64_t count; /* rows of the whole edition */
    uint8_t root[PTN_SHA256_LEN];
    uint8_t former[PTN_SHA256_LEN];     /* zero: edition 1, and only there */
    int64_t published_ms;               /* when the publisher made it; 0: it does not say */
    struct ptn_bytes profile;           /* its key */
    struct ptn_bytes on_entry, on_exit; /* words of actions */
    struct ptn_bytes set_by, set_reason;
    struct ptn_bytes rows; /* canonical rows, one after another */
    struct ptn_bytes gone; /* names of rows, PTN_SHA256_LEN bytes each */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_list_edition_validate(const struct ptn_list_edition *edition,
                                                         struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_list_edition_parse(struct ptn_bytes bytes,
                                                      struct ptn_list_edition *ret_edition,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_list_edition_write(const struct ptn_list_edition *edition,
                                                      struct ptn_buffer *out);

/* ---- rules ---- */

#define PTN_RULES_EDITION_BLOB_MAX 196608u /* bytes of rules in one record */
#define PTN_RULES_EDITION_GONE_MAX 32768u  /* bytes of names */

/* Rules that are new, and names of published ones that their publisher wants to go: which does
 * nothing until an offline note names the record. */
struct ptn_rules_edition {
    int64_t time_ms;
    struct ptn_bytes post;    /* the centre's code */
    struct ptn_bytes officer; /* who published it */
    struct ptn_bytes second; /* who agreed that it meets so many; may be empty, never the officer */
    struct ptn_bytes version; /* of the file it was made from */
    struct ptn_bytes rules;   /* in the one form of docs/format/rules.md, one after another */
    struct ptn_bytes gone;    /* PTN_SHA256_LEN bytes each */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_rules_edition_validate(const struct ptn_rules_edition *edition,
                                                          struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_rules_edition_parse(struct ptn_bytes bytes,
                                                       struct ptn_rules_edition *ret_edition,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_rules_edition_write(const struct ptn_rules_edition *edition,
                                                       struct ptn_buffer *out);

/* ---- stays ---- */

#define PTN_STAYS_ROW_LEN          20u
#define PTN_STAYS_GAP_LEN          8u
#define PTN_STAYS_GAPS_LEN_MAX     512u        /* bytes of them */
#define PTN_STAYS_EDITIONS_MAX     1000000000u /* of one salt */
#define PTN_STAYS_EDITION_ROWS_MAX 196600u     /* bytes of rows in one record: 9,830 */

/* Crossings of the whole country, each in a row that opens with the traveller's document: those
 * that are new since the edition before. What a row is: docs/format/stays.md. */
struct ptn_stays_edition {
    int64_t time_ms;
    struct ptn_bytes post; /* the centre's code */
    uint64_t edition;      /* from 1 */
    struct ptn_date since; /* the rows of all editions reach back to this day */
    int64_t until_ms; /* all that the centre knew then is in the editions so far; 0: not said */
    uint8_t salt[PTN_SHA256_LEN];
    struct ptn_bytes rows; /* PTN_STAYS_ROW_LEN bytes each; may be none where until_ms is said */
    /* With until_ms: days on which some post screened by hand and sheets are not all keyed, those
     * of all former editions replaced. PTN_STAYS_GAP_LEN bytes each: first and last day since
     * 1970-01-01, by four bytes, ascending, none touching the next. */
    struct ptn_bytes gaps;
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_stays_edition_validate(const struct ptn_stays_edition *edition,
                                                          struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_stays_edition_parse(struct ptn_bytes bytes,
                                                       struct ptn_stays_edition *ret_edition,
                                                       struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_stays_edition_write(const struct ptn_stays_edition *edition,
                                                       struct ptn_buffer *out);
#endif
