/*
 * paper/reconcile.h -- what has become of every sheet of every pack: learnt from records in the
 * order in which they were written, asked before a sheet is keyed, printed when a post returns.
 *
 * In memory, bounded by the packs there are; one thread's at a time. Rules: docs/format/paper.md.
 */
#ifndef PTN_PAPER_RECONCILE_H
#define PTN_PAPER_RECONCILE_H
#include "base/text.h"
#include "paper/sheet_entry.h"

enum ptn_sheet_state {
    PTN_SHEET_MISSING, /* nobody has said anything of it */
    PTN_SHEET_KEYED_ONCE,
    PTN_SHEET_DIFFERS, /* two keyed it and saw different things */
    PTN_SHEET_SETTLED,
    PTN_SHEET_SPOILED,
    PTN_SHEET_UNUSED,
    PTN_SHEET_LOST,
};
#define PTN_SHEET_STATE_COUNT 7u

/* "missing", "keyed-once", "differs", "settled", "spoiled", "unused", "lost": a literal. */
const char *ptn_sheet_state_word(enum ptn_sheet_state state);

/* All sheets of one post. Opaque; NULL: no memory. */
struct ptn_paper;
struct ptn_paper *ptn_paper_new(void);
void ptn_paper_free(struct ptn_paper *paper);

/*
 * Learn from one record that was written. OK; NO_MEMORY; BAD_INPUT for a record that cannot follow
 * what is known (a sheet of a pack that nobody made): it is left out, and was written by somebody
 * who did not ask first.
 */
PTN_MUST_USE struct ptn_status ptn_paper_pack(struct ptn_paper *paper, const struct ptn_pack *pack);
PTN_MUST_USE struct ptn_status ptn_paper_sheet(struct ptn_paper *paper,
                                               const struct ptn_sheet *sheet);
PTN_MUST_USE struct ptn_status ptn_paper_told(struct ptn_paper *paper,
                                              const struct ptn_sheets_told *told);

/* The number of the next pack: one more than the largest there is. */
unsigned ptn_paper_next_pack(const struct ptn_paper *paper);

/* A pack as its record says. */
struct ptn_paper_made {
    unsigned number, sheets;
    int64_t time_ms;
    struct ptn_date expires;
    const char *check; /* lives until the next record is learnt */
};

/* Was the pack of that id made? The same request has the same id. PAPER-5. */
bool ptn_paper_made_before(const struct ptn_paper *paper, struct ptn_record_id id,
                           struct ptn_paper_made *ret_made);

/* What may be done next with a sheet. */
enum ptn_paper_next {
    PTN_PAPER_FIRST,
    PTN_PAPER_SECOND,
    PTN_PAPER_THIRD,
    PTN_PAPER_NO_PACK,     /* no such pack or sheet at this post */
    PTN_PAPER_SETTLED,     /* it is settled */
    PTN_PAPER_PUT_ASIDE,   /* it was told spoiled or unused */
    PTN_PAPER_SAME_PERSON, /* whoever keyed it before may not key it again */
    PTN_PAPER_SUPERVISOR, /* two saw different things: a supervisor settles it (the caller's to say)
                           */
};

/*
 * Who keys the sheet next, if this person may. For a second or third turn ret_before is what the
 * first (and for a third ret_other what the second) keyed; views live until the next record is
 * learnt.
 */
enum ptn_paper_next ptn_paper_may_key(const struct ptn_paper *paper, struct ptn_serial serial,
                                      struct ptn_bytes keyed_by, struct ptn_sheet *ret_before,
                                      struct ptn_sheet *ret_other);

/* What came of one keying, as far as it is told again: nothing of the person. */
struct ptn_paper_keyed {
    enum ptn_keying turn;
    struct ptn_record_id crossing; /* none: it did not settle the sheet */
    const char *const *differs;    /* literals; the list lives until the paper is freed */
    size_t differ_count;
};

/* Was the keying of that id written for this sheet? The same request has the same id. PAPER-4. */
bool ptn_paper_keyed_before(const struct ptn_paper *paper, struct ptn_serial serial,
                            struct ptn_record_id id, struct ptn_paper_keyed *ret_keyed);

/* Whether sheets may be told to be in that state: none of them is keyed. */
bool ptn_paper_may_tell(const struct ptn_paper *paper, unsigned pack, unsigned first,
                        unsigned count, enum ptn_sheets_state state);

/* How many sheets of all packs are in each state; returns the packs. */
size_t ptn_paper_count(const struct ptn_paper *paper, uint64_t ret_counts[PTN_SHEET_STATE_COUNT]);

/* True when no sheet is missing, keyed once or different. */
bool ptn_paper_accounted(const struct ptn_paper *paper);

/* ---- who is keyed next ---- */

/*
 * A sheet that waits for a second or third person and was not screened against the lists of that
 * edition yet: its first keying as it was recorded. False: none. ret_record lives until the next
 * record is learnt.
 */
bool ptn_paper_unscreened(const struct ptn_paper *paper, uint64_t edition,
                          struct ptn_serial *ret_serial, struct ptn_bytes *ret_record);
/* Those lists ask for more than to let the person pass, or do not. */
void ptn_paper_screened(struct ptn_paper *paper, struct ptn_serial serial, uint64_t edition,
                        bool asks);

/*
 * Print {"accounted","issued",…counts,"packs":[{"pack","made","expires","check","issued",…counts,
 * "open":[{"serial","state"}]}],"next":[{"serial","state","because"}]} (docs/format/paper.md):
 * every sheet that is not accounted for is named. next: those that wait for another person, in the
 * order in which they are wanted, PTN_PAPER_NEXT_MAX at most; today: as of that day. NO_MEMORY.
 */
#define PTN_PAPER_NEXT_MAX 100u
PTN_MUST_USE struct ptn_status ptn_paper_write_json(const struct ptn_paper *paper,
                                                    struct ptn_date today, struct ptn_json *json);
#endif
