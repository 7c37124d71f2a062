/*
 * view/view.h -- what many ledgers say, in tables that can be searched: fed by replay, derived,
 * safe to delete.
 *
 * A view is fed entry by entry, in the order of each ledger; ledgers may come in any order among
 * each other, in any pieces, any number of times: each entry counts once (VIEW-1), and the same
 * entries give the same view (VIEW-2). Where each ledger stands is kept in the same transaction as
 * its rows, so after a crash the view says itself what it still needs. An open view is one
 * thread's; one view may write while others read. Standard: docs/format/view.md.
 */
#ifndef PTN_VIEW_VIEW_H
#define PTN_VIEW_VIEW_H
#include "base/world.h"
#include "ledger/ledger.h"

/* Longest origin, entries of one ledger, ledgers of one view. */
#define PTN_VIEW_ORIGIN_MAX  255u
#define PTN_VIEW_ENTRIES_MAX ((uint64_t)1 << 40)
#define PTN_VIEW_LEDGERS_MAX 65536u

struct ptn_view;

enum ptn_view_use {
    PTN_VIEW_READ,  /* sees what is committed; BUSY when no view has been made there yet */
    PTN_VIEW_WRITE, /* reads and writes; made when missing */
};

/**
 * ptn_view_open(world, where, use, ret_view, reterr):
 * Open the view. One that another version of Postern made (or other tables of names) is emptied
 * when opened for writing: it is filled again by replay, as its cursors say.
 *
 * world   Borrowed until close.
 * where   Path of a SQLite file, or a PostgreSQL database as "postgresql://…" (libpq's own form):
 * the same tables, answers and digests.
 *
 * OK; BUSY: another writes it, or to read: there is none or one of another version; CORRUPT: the
 * file is damaged: remove it and replay; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_view_open(const struct ptn_world *world, const char *where,
                                             enum ptn_view_use use, struct ptn_view **ret_view,
                                             struct ptn_diag *reterr);

/* NULL is fine. What was applied and not committed is not kept. */
void ptn_view_close(struct ptn_view *view);

/* ---- feeding ---- */

/*
 * One transaction: begin, any number of apply, forget and mend, commit. A commit that is not OK, or
 * any call that says IO, NO_MEMORY, BUSY or CORRUPT for the file, has rolled all of it back; ask
 * the cursors again. ptn_view_rollback gives a transaction up; without one it does nothing.
 */
PTN_MUST_USE struct ptn_status ptn_view_begin(struct ptn_view *view, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_view_commit(struct ptn_view *view, struct ptn_diag *reterr);
void ptn_view_rollback(struct ptn_view *view);

/* One entry of a ledger. All Borrowed. */
struct ptn_view_entry {
    const char *origin;
    uint64_t seq;
    const struct ptn_ledger_header *header;
    struct ptn_bytes payload; /* opened; empty: gone, or it could not be opened */
};

/**
 * ptn_view_apply(view, entry, reterr):
 * Take one entry into the view. Needs ptn_view_begin.
 *
 * An entry that is there already is passed over (OK). A kind the view has no use for is counted. A
 * payload that is not there, or that is no record of its kind, is counted as not readable: the view
 * goes on, and ptn_view_mend can fill it in.
 *
 * OK; BAD_INPUT: a gap (seq is past the cursor), an origin no ledger has, a seq past the limit:
 * nothing changed; CORRUPT: another entry stands there already, a fork (the transaction goes on,
 * nothing changed), or the file is damaged (rolled back); TOO_BIG: more ledgers than fit; IO;
 * NO_MEMORY; BUSY.
 */
PTN_MUST_USE struct ptn_status
ptn_view_apply(struct ptn_view *view, const struct ptn_view_entry *entry, struct ptn_diag *reterr);

/*
 * The payload of an entry that was not readable has come. OK: filled in, or still not readable, or
 * it was readable already; NOT_FOUND: the entry has not been applied; the rest as apply.
 */
PTN_MUST_USE struct ptn_status
ptn_view_mend(struct ptn_view *view, const struct ptn_view_entry *entry, struct ptn_diag *reterr);

/*
 * An erasure is in force: what the entry said goes from the view, and what nothing else says any
 * more with it. OK, also when it was not readable or of no use; NOT_FOUND: not applied yet. An
 * erased entry is not mended.
 */
PTN_MUST_USE struct ptn_status ptn_view_forget(struct ptn_view *view, const char *origin,
                                               uint64_t seq, struct ptn_diag *reterr);

/* The first entry from `from` on that was not readable. NOT_FOUND: none. */
PTN_MUST_USE struct ptn_status ptn_view_unreadable(struct ptn_view *view, const char *origin,
                                                   uint64_t from, uint64_t *ret_seq,
                                                   struct ptn_diag *reterr);

/* Where one ledger stands in the view. kept + passed + unreadable + erased = next. */
struct ptn_view_cursor {
    uint64_t next;       /* the entry wanted next */
    uint64_t kept;       /* entries that are rows of the view */
    uint64_t passed;     /* of a kind the view has no use for */
    uint64_t unreadable; /* payload missing, not opened, or no record */
    uint64_t erased;
};

/* All zero for a ledger never seen. Within a transaction: as it stands so far. */
PTN_MUST_USE struct ptn_status ptn_view_cursor(struct ptn_view *view, const char *origin,
                                               struct ptn_view_cursor *ret_cursor,
                                               struct ptn_diag *reterr);

/* Told of each ledger of the view, in byte order of the origins. */
typedef struct ptn_status (*ptn_view_ledger_fn)(void *context, const char *origin,
                                                const struct ptn_view_cursor *cursor);
PTN_MUST_USE struct ptn_status ptn_view_ledgers(struct ptn_view *view, ptn_view_ledger_fn each,
                                                void *context, struct ptn_diag *reterr);

/* ---- what it comes to ---- */

struct ptn_view_head {
    const char *origin;
    uint64_t size; /* entries before this index count */
};

/**
 * ptn_view_digest(view, heads, head_count, out, ret_digest, reterr):
 * Append the view's digest at these heads, as text: the heads, and for each table, month and class
 * how many rows there are and a digest of them in order. Two views that have been fed the same
 * entries and erasures give the same text, whatever the order, the pieces or the engine. Not within
 * a transaction.
 *
 * heads       Borrowed. NULL, 0: every ledger of the view as it stands.
 * out         Its cap bounds the text: some 120 bytes a line.
 * ret_digest  SHA-256 of the text.
 *
 * OK; NOT_FOUND: the view has not come so far in one of them; BAD_INPUT: an origin twice; TOO_BIG;
 * NO_MEMORY; IO; BUSY; CORRUPT. Cost: reads every row of these ledgers once.
 */
PTN_MUST_USE struct ptn_status ptn_view_digest(struct ptn_view *view,
                                               const struct ptn_view_head *heads, size_t head_count,
                                               struct ptn_buffer *out,
                                               uint8_t ret_digest[PTN_SHA256_LEN],
                                               struct ptn_diag *reterr);

/* Empty the view: all cursors are 0 again. Not within a transaction. */
PTN_MUST_USE struct ptn_status ptn_view_clear(struct ptn_view *view, struct ptn_diag *reterr);
#endif
