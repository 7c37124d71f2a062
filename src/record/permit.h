/*
 * record/permit.h -- a visa or permit that somebody holds, as the system that gave it says.
 *
 * What a traveller showed is part of an advice (decision.h); this is what is on record beside them.
 * A permit is named by who gave it and its number: a later record of the same is what holds. Pure.
 * Texts are Borrowed from the bytes read. Standard: docs/format/records.md "permit".
 */
#ifndef PTN_RECORD_PERMIT_H
#define PTN_RECORD_PERMIT_H
#include "record/decision.h" /* enum ptn_permit_kind */

enum ptn_permit_status {
    PTN_PERMIT_VALID = 1,
    PTN_PERMIT_WITHDRAWN = 2, /* revoked or annulled: who shows it is asked about it */
};
#define PTN_PERMIT_STATUS_COUNT 3u

struct ptn_permit {
    struct ptn_record_id id;
    enum ptn_permit_kind kind; /* never NONE */
    char issuer[4];            /* the State that gave it */
    struct ptn_bytes number;
    enum ptn_permit_status status;
    struct ptn_date from;      /* its first day; none: not known */
    struct ptn_date until;     /* its last day */
    uint64_t days;             /* of stay it allows; 0: not limited by it */
    uint64_t entries;          /* it allows; 0: any number */
    uint64_t entries_used;     /* of these, when the record was made */
    struct ptn_person person;  /* who holds it, with the document it was given for */
    struct ptn_bytes imported; /* the system it was taken from */
};

/* BAD_INPUT or TOO_BIG with the field's name in text. */
PTN_MUST_USE struct ptn_status ptn_permit_validate(const struct ptn_permit *permit,
                                                   struct ptn_diag *reterr);
/* The codes and promises of ptn_crossing_parse and _write. */
PTN_MUST_USE struct ptn_status
ptn_permit_parse(struct ptn_bytes bytes, struct ptn_permit *ret_permit, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_permit_write(const struct ptn_permit *permit,
                                                struct ptn_buffer *out);

/* "valid", "withdrawn" and back (0 for no known word). Literals. */
const char *ptn_permit_status_word(enum ptn_permit_status status);
enum ptn_permit_status ptn_permit_status_from_word(struct ptn_bytes word);

/* ---- published ---- */

#define PTN_PERMITS_SLOTS_MAX 196608u /* bytes of slots in one record */

/* Permits as a centre publishes them: each opens with the document of its holder. What slots are:
 * docs/format/permits.md. */
struct ptn_permits_published {
    int64_t time_ms;
    struct ptn_bytes post;    /* the centre's code */
    struct ptn_bytes officer; /* who published them */
    uint8_t salt[PTN_SHA256_LEN];
    struct ptn_bytes slots;
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status
ptn_permits_published_validate(const struct ptn_permits_published *permits,
                               struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_permits_published_parse(struct ptn_bytes bytes, struct ptn_permits_published *ret_permits,
                            struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_permits_published_write(const struct ptn_permits_published *permits, struct ptn_buffer *out);
#endif
