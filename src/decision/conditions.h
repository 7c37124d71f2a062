/*
 * decision/conditions.h -- who may enter with what: documents accepted, visa needed, days allowed,
 * by nationality and kind of document, from a dated data file that a country changes
 * (docs/format/conditions.md).
 *
 * Reading allocates one block; looking up is pure and any thread may do it.
 */
#ifndef PTN_DECISION_CONDITIONS_H
#define PTN_DECISION_CONDITIONS_H
#include "record/person.h"

/* Rows of a file; the world has about 200 States and a handful of kinds of document. */
#define PTN_CONDITIONS_ROW_MAX  8192u
#define PTN_CONDITIONS_FILE_MAX (1u << 20)

/* One row. Views live as long as the table. */
struct ptn_condition {
    char nationality[4]; /* "*" for every nationality without a row of its own */
    enum ptn_document_kind document;
    bool visa_needed;
    unsigned days, window_days;  /* 0: no limit of days */
    unsigned margin_days;        /* the document must be valid this long after today */
    struct ptn_date from, until; /* in force, both included; no date: open */
    struct ptn_bytes source;     /* id of a source named in the file */
};

/* Opaque. */
struct ptn_conditions;

/*
 * ptn_conditions_load(file, ret_conditions, reterr):
 * Read a conditions file. The bytes are copied.
 *
 * ret_conditions  Owned by the caller: ptn_conditions_free. Set on success only.
 *
 * OK; BAD_INPUT (reterr's offset is the line, from 1); TOO_BIG past a limit; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_conditions_load(struct ptn_bytes file,
                                                   struct ptn_conditions **ret_conditions,
                                                   struct ptn_diag *reterr);
void ptn_conditions_free(struct ptn_conditions *conditions);

/* The file shipped with the program (data/reference/entry-conditions.tsv), as bytes for
 * ptn_conditions_load. */
struct ptn_bytes ptn_conditions_shipped(void);

/* The day the file says it was last checked, and the State it is for. */
struct ptn_date ptn_conditions_date(const struct ptn_conditions *conditions);
const char *ptn_conditions_state(const struct ptn_conditions *conditions);

/*
 * The row in force on a day for a nationality and a kind of document: the nationality's own rows
 * first, then "*". NULL: this kind of document is not accepted from that nationality.
 */
const struct ptn_condition *ptn_conditions_find(const struct ptn_conditions *conditions,
                                                const char *nationality,
                                                enum ptn_document_kind document,
                                                struct ptn_date on);

/* True when visas (permit false) or residence permits (permit true) of that State stand in for the
 * country's own. */
bool ptn_conditions_stands_in(const struct ptn_conditions *conditions, const char *issuer,
                              bool permit, struct ptn_date on);
#endif
