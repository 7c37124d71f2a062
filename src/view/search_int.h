/*
 * view/search_int.h -- what the files that answer questions share. Private to view/.
 */
#ifndef PTN_VIEW_SEARCH_INT_H
#define PTN_VIEW_SEARCH_INT_H
#include "view/search.h"
#include "view/view_int.h"

/* A question that is open: rows taken one by one into an arena. */
struct ptn_view_ask {
    struct ptn_view *view;
    struct ptn_arena *arena;
    struct ptn_sql_value row[PTN_SQL_VALUES_MAX];
    size_t column_count;
    struct ptn_status status; /* the first failure; everything after it does nothing */
    struct ptn_diag *reterr;
};

/* types: a letter a column, 'n' number, 'b' bytes, 't' text. */
void ptn_view_ask_start(struct ptn_view_ask *ask, enum ptn_sql_statement which, const char *types,
                        const struct ptn_sql_value *values, size_t count);
/* True when there is another row; false at the end and after a failure. */
bool ptn_view_ask_next(struct ptn_view_ask *ask);
void ptn_view_ask_fail(struct ptn_view_ask *ask, enum ptn_code code, const char *text);

/* Columns of the row at hand, checked; copies live in the arena. */
struct ptn_bytes ptn_view_ask_text(struct ptn_view_ask *ask, size_t column);
struct ptn_record_id ptn_view_ask_id(struct ptn_view_ask *ask, size_t column);
struct ptn_date ptn_view_ask_date(struct ptn_view_ask *ask, size_t column);
/* least <= the number < count; else CORRUPT, and least */
unsigned ptn_view_ask_enum(struct ptn_view_ask *ask, size_t column, unsigned least, unsigned count);
/* The ledger's name and the index of a place. */
const char *ptn_view_ask_place(struct ptn_view_ask *ask, size_t column, uint64_t *ret_seq);
struct ptn_view_key ptn_view_ask_key(struct ptn_view_ask *ask, size_t column);
/* A person from a column of canonical CBOR. */
void ptn_view_ask_person(struct ptn_view_ask *ask, size_t column, struct ptn_person *ret_person);

/* permits.c: the visas and permits on record under one document (values: number, issuer, birth,
 * limit), or of one description (values: key, limit). Returns how many. */
size_t ptn_view_take_permits(struct ptn_view_ask *ask, bool by_document,
                             const struct ptn_sql_value *values, struct ptn_view_permit *ret_rows,
                             size_t max);

/* The same row by row: asked for, and one that is at hand. */
void ptn_view_start_permits(struct ptn_view_ask *ask, bool by_document,
                            const struct ptn_sql_value *values);
void ptn_view_take_permit(struct ptn_view_ask *ask, struct ptn_view_permit *ret_row);

/* correction.c: those of one description's document, added to the history and to rows, which has
 * room for PTN_VIEW_CORRECTION_MAX. */
struct ptn_status ptn_view_take_corrections(struct ptn_view *view, struct ptn_arena *arena,
                                            const struct ptn_view_identity *whose,
                                            struct ptn_view_history *history,
                                            struct ptn_view_correction *rows,
                                            struct ptn_diag *reterr);

/* identity.c: which descriptions belong to the page of this one, and by whose decision: the
 * history's identities and joinings. Two descriptions are of one page when they have a document's
 * number, issuer and birth in common, else word for word. */
struct ptn_status ptn_view_take_identities(struct ptn_view *view, struct ptn_arena *arena,
                                           const struct ptn_view_identity *own,
                                           struct ptn_view_history *history,
                                           struct ptn_diag *reterr);
int ptn_view_identity_order(const struct ptn_view_identity *a, const struct ptn_view_identity *b);
/* How many joinings of each of these rows stand, into the rows. */
struct ptn_status ptn_view_count_joined(struct ptn_view *view, struct ptn_arena *arena,
                                        struct ptn_view_person *rows, size_t count,
                                        struct ptn_diag *reterr);

/* company.c: who crossed with the person of this history, whose identities and crossings stand in
 * it; and who used their documents. */
struct ptn_status ptn_view_take_company(struct ptn_view *view, struct ptn_arena *arena,
                                        struct ptn_view_history *history, struct ptn_diag *reterr);

/* One read transaction and the origins as they stand in it. */
struct ptn_status ptn_view_read_begin(struct ptn_view *view, struct ptn_diag *reterr);
void ptn_view_read_end(struct ptn_view *view);

/* The rows of one of the find_ statements into ret_rows, which has room for max; ret_seen counts
 * those with the ones that were there already. */
size_t ptn_view_take_crossings(struct ptn_view_ask *ask, struct ptn_view_crossing *ret_rows,
                               size_t max, size_t *ret_seen);
/* The one at hand. */
void ptn_view_take_crossing(struct ptn_view_ask *ask, struct ptn_view_crossing *ret_row);
/* What their statements give, a letter a column. */
#define PTN_VIEW_CROSSING_TYPES "nnnbbnnnnnnttttttnbbttbt"
#endif
