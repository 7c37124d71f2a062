/*
 * serve/desk.h -- a centre's web server: people sign in and ask the view who crossed, and every
 * look is written down before it is answered (ACCESS-1).
 *
 * Loopback only, like a post's. A pool of threads answers browsers; each asks the view through one
 * read-only connection under a lock. What is to be written waits for the owner of the ledger, who
 * is the caller's thread: it watches ptn_desk_bell and calls ptn_desk_turn. Standard:
 * docs/format/view.md "Asking a centre".
 */
#ifndef PTN_SERVE_DESK_H
#define PTN_SERVE_DESK_H
#include "node/node.h"
#include "serve/board.h"

struct ptn_desk; /* opaque */

#define PTN_DESK_BATCH_MAX 64u /* records of one turn */

struct ptn_desk_plan {
    const struct ptn_world *world; /* Borrowed, like all of this */
    const char *dir;               /* the centre's folder */
    const char *view;              /* where the view is: ptn_view_open */
    const struct ptn_node_plan *centre;
    int listen_fd; /* ptn_serve_listen */
    unsigned port;
    bool (*asset_find)(struct ptn_bytes path, struct ptn_bytes *ret_bytes, const char **ret_type,
                       const char **ret_etag); /* pages; NULL: none */
    struct ptn_staffing *staffing;             /* who may sign in */
    struct ptn_board *board;                   /* what the centre has published; NULL: nothing is */
};

/*
 * ptn_desk_start(plan, ret_desk, reterr):
 * Start answering. OK; IO; NO_MEMORY. Owned: ptn_desk_stop.
 */
PTN_MUST_USE struct ptn_status ptn_desk_start(const struct ptn_desk_plan *plan,
                                              struct ptn_desk **ret_desk, struct ptn_diag *reterr);
/* What waits is refused. NULL is fine. */
void ptn_desk_stop(struct ptn_desk *desk);

/*
 * Tell how the country stands (docs/format/country.md): the next who asks is told so. Copied;
 * cheap. NO_MEMORY, IO: the former stays.
 */
PTN_MUST_USE struct ptn_status ptn_desk_tell(struct ptn_desk *desk, struct ptn_bytes country);

/* A descriptor that is readable when records wait. */
int ptn_desk_bell(const struct ptn_desk *desk);

/* Make these records durable, together or not at all; kind, retention and payload are set. */
typedef struct ptn_status (*ptn_desk_append_fn)(void *context,
                                                const struct ptn_writer_record *records,
                                                size_t count);

/* Owner only: write all that waits as one batch, and let those who wait go on. Returns how many
 * records were written. */
size_t ptn_desk_turn(struct ptn_desk *desk, ptn_desk_append_fn append, void *context);

/*
 * Owner only, when orders or the staff list have changed and now and then: sessions of whoever may
 * not stay end, which append writes down. They are refused already (STAFF-3).
 */
void ptn_desk_staff_look(struct ptn_desk *desk, ptn_desk_append_fn append, void *context);

/* When an entry was written, by keepers' clocks: seconds, 0: not known (node/country.h). */
struct ptn_desk_when {
    int64_t from_s, until_s;
};

/* Append the tlog-proof file of one entry of that ledger, and say when keepers saw it. NOT_FOUND:
 * no such ledger or entry here. */
typedef struct ptn_status (*ptn_desk_prove_fn)(void *context, struct ptn_bytes origin,
                                               uint64_t index, struct ptn_desk_when *ret_when,
                                               struct ptn_buffer *out);

/* Append one entry's payload, opened. NOT_FOUND: there is no such ledger, entry or payload here, or
 * no key opens it. */
typedef struct ptn_status (*ptn_desk_open_fn)(void *context, struct ptn_bytes origin,
                                              uint64_t index, unsigned *ret_kind,
                                              struct ptn_buffer *payload);

/* Owner only, when the bell rings: prove and open what is asked for, and let those who wait go on.
 */
void ptn_desk_prove_turn(struct ptn_desk *desk, ptn_desk_prove_fn prove, ptn_desk_open_fn open,
                         void *context);

/*
 * ---- a person's own copy (subject.c): docs/privacy.md ----
 *
 * The same at the desk and by `postern subject export`. Whoever hands it on has recorded the look
 * before (ACCESS-1): nothing here does.
 */

#define PTN_SUBJECT_JSON_MAX ((size_t)32 << 20) /* bytes; a crossing is some 300 */

/* Whose copy, made by whom. Borrowed. */
struct ptn_subject_ask {
    struct ptn_bytes issuer, number; /* of the document, exactly as it was read */
    struct ptn_date birth;           /* full */
    struct ptn_bytes officer;        /* user name */
    struct ptn_bytes centre;         /* its code */
    int64_t made_ms;
    bool demonstration; /* the pages say SPECIMEN */
};

struct ptn_view; /* view/view.h */

/*
 * ptn_subject_copy(view, board, ask, json, pdf, reterr):
 * Append what may be told, as one JSON object and as a PDF; either may be NULL. What may not be
 * told leaves no trace (SUBJECT-1).
 *
 * board  Orders to leave are looked for in it; takes its lock. NULL: none are.
 *
 * OK, also where nothing is held; the codes of ptn_view_tell; TOO_BIG: past a buffer's cap.
 */
PTN_MUST_USE struct ptn_status ptn_subject_copy(struct ptn_view *view, struct ptn_board *board,
                                                const struct ptn_subject_ask *ask,
                                                struct ptn_buffer *json, struct ptn_buffer *pdf,
                                                struct ptn_diag *reterr);
#endif
