/*
 * node/paper.h -- screening by hand at one post: packs made, sheets keyed, and the account of both.
 *
 * Like node/lane.h: every call computes its answer at once, queues what must be recorded, and
 * `done` is called when the record is durable or has failed; until then the answer is the node's.
 * Any thread may call. Rules: docs/format/paper.md.
 */
#ifndef PTN_NODE_PAPER_H
#define PTN_NODE_PAPER_H
#include "node/lane.h"
#include "paper/reconcile.h"

#define PTN_PAPER_LANE       "paper" /* stands where a lane's name would */
#define PTN_PAPER_LISTED_MAX 400u    /* people on a pack's look-up list: a short one is read */

/* ---- packs ---- */

struct ptn_pack_order {
    void (*done)(struct ptn_pack_order *order);
    void *context;
    struct ptn_bytes key; /* idempotency key; Borrowed until done; empty: none */
    bool again;           /* the same request as before: no pack was recorded anew */
    bool changed;         /* … and its look-up list would be another now: nothing was queued */

    struct ptn_pack record; /* filled; texts in the arena */
    struct ptn_buffer pdf;  /* Owned by the caller, initialised by it: its cap bounds the PDF */

    struct ptn_writer_request write; /* its status says whether the pack is recorded */
    struct ptn_node *node;           /* the node's own */
    void *job;
};

/*
 * ptn_paper_make_pack(node, who, sheets, arena, order, reterr):
 * Make the post's next pack: its look-up list from the lists in force, its sheets, its record. A
 * PDF counts only once it is recorded: its serials are then the post's.
 *
 * The same order by the same person with the same key is the same pack, also after a restart: drawn
 * anew by its record. PAPER-5.
 *
 * order  Zeroed but for done, context, key and pdf.
 * OK: done will be called, once. BUSY while another pack is on its way to the disk; BAD_INPUT and
 * order->changed: it was made, and the lists are others since; the codes of ptn_pack_print.
 */
PTN_MUST_USE struct ptn_status
ptn_paper_make_pack(struct ptn_node *node, const struct ptn_lane_who *who, unsigned sheets,
                    struct ptn_arena *arena, struct ptn_pack_order *order, struct ptn_diag *reterr);

/* ---- keying ---- */

struct ptn_paper_keying {
    void (*done)(struct ptn_paper_keying *keying);
    void *context;
    struct ptn_bytes key; /* idempotency key; Borrowed until done; empty: none */

    /* Why nothing was queued: faults of boxes, or whose turn it is not. */
    struct ptn_form_faults faults;
    enum ptn_paper_next next; /* FIRST, SECOND, THIRD: the turn that was taken */

    struct ptn_sheet sheet;
    const char *differs[PTN_SHEET_FIELDS_MAX]; /* from the first keying; a third view is needed */
    size_t differ_count;
    bool settled;
    bool again; /* the same request as before: no sheet or crossing was written anew */
    char crossing[PTN_LANE_ID_SIZE];
    bool missed; /* settled, and the lists in force now ask for more than was done */
    struct ptn_lane_answer screened; /* settled: the advice and the matches behind it */

    struct ptn_writer_request write;
    struct ptn_node *node; /* the node's own */
    struct ptn_crossing record;
};

/*
 * ptn_paper_key(node, who, form, arena, keying, reterr):
 * Key a sheet: the first, second or third turn, whichever it is. Settled sheets become crossings of
 * rung manual and are screened.
 *
 * The same form by the same person with the same key is told what came of it the first time, also
 * after a restart; when the sheet was settled by it, the person is screened anew for the answer,
 * and that look is recorded. PAPER-4.
 *
 * form    Borrowed until done.
 * keying  Zeroed but for done, context and key.
 * OK: done will be called, once, and the caller owes ptn_paper_release. BAD_INPUT with faults, or
 * with next saying why not; BUSY while another sheet is on its way to the disk; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_paper_key(struct ptn_node *node, const struct ptn_lane_who *who,
                                             const struct ptn_form *form, struct ptn_arena *arena,
                                             struct ptn_paper_keying *keying,
                                             struct ptn_diag *reterr);
void ptn_paper_release(struct ptn_paper_keying *keying);

/* What a recorded keying came to: "settled", "differs", "keyed-once". A literal. */
const char *ptn_paper_keying_word(const struct ptn_paper_keying *keying);

/* ---- the account ---- */

struct ptn_paper_telling {
    void (*done)(struct ptn_paper_telling *telling);
    void *context;
    struct ptn_sheets_told
        record; /* pack, first, count and state are the caller's; the rest is set */
    struct ptn_writer_request write;
    struct ptn_node *node; /* the node's own */
};

/*
 * Say that sheets were spoiled, are unused or are lost (second: who says so too). OK: done will be
 * called. BAD_INPUT when they may not be told so; BUSY; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_paper_tell(struct ptn_node *node, const struct ptn_lane_who *who,
                                              const struct ptn_officer *second,
                                              struct ptn_arena *arena,
                                              struct ptn_paper_telling *telling);

/* Print the account of all packs as ptn_paper_write_json does, after some of those who wait for a
 * second person were asked of the lists in force; whether it is closed. NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_paper_account(struct ptn_node *node, struct ptn_json *json,
                                                 bool *ret_closed);
#endif
