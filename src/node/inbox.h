/*
 * node/inbox.h -- a gateway's work: files that carriers laid down are read, judged message by
 * message, written to the gateway's own ledger, answered, and put away.
 *
 * Stepped, by the one thread that owns the ledger. A crash at any point loses no message and writes
 * none twice. Folders, order of writes and what counts as a duplicate: docs/format/inbox.md.
 */
#ifndef PTN_NODE_INBOX_H
#define PTN_NODE_INBOX_H
#include "ledger/ledger.h"

struct ptn_inbox; /* opaque */

/*
 * ptn_inbox_open(world, dir, ledger, ret_inbox, reterr):
 * Make the folders that are missing, read what was taken in before, and settle what a crash cut
 * off. world and ledger are Borrowed until close; dir is copied.
 *
 * OK; BAD_INPUT for a file of codes that cannot be used; CORRUPT when what was taken in before is
 * not what this program wrote; IO; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_inbox_open(const struct ptn_world *world, const char *dir,
                                              struct ptn_ledger *ledger,
                                              struct ptn_inbox **ret_inbox,
                                              struct ptn_diag *reterr);
void ptn_inbox_close(struct ptn_inbox *inbox);

/*
 * ptn_inbox_turn(inbox, ret_more, reterr):
 * Take in one batch. *ret_more: files wait, call again; else look again in a second or so.
 *
 * OK; IO, BUSY or NO_MEMORY: nothing of the batch is in the ledger, or, when ptn_ledger_state says
 * STOPPED, that is known only after opening anew; with FULL call again later. CORRUPT: raise the
 * alarm.
 */
PTN_MUST_USE struct ptn_status ptn_inbox_turn(struct ptn_inbox *inbox, bool *ret_more,
                                              struct ptn_diag *reterr);

/* Counts since the start; nothing personal. */
struct ptn_inbox_standing {
    uint64_t waiting; /* files that lay in the inbox when it was last looked at, less those done */
    uint64_t files, messages;
    uint64_t accepted, noted, quarantined;
    uint64_t duplicates, tests, answers;
    uint64_t sets_waiting; /* messages of which parts are missing */
    uint64_t sets_late;    /* whose parts never came */
};

void ptn_inbox_standing(const struct ptn_inbox *inbox, struct ptn_inbox_standing *ret_standing);
#endif
