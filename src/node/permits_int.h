/*
 * node/permits_int.h -- visas and permits on record at a post, found by the document they were
 * given for.
 *
 * Learnt from the post's own ledger when it opens, and never changed after: any thread may ask.
 * Nothing of it is kept on disk beside the ledger. Where they come from: docs/format/import.md.
 */
#ifndef PTN_NODE_PERMITS_INT_H
#define PTN_NODE_PERMITS_INT_H
#include "decision/decide.h"
#include "node/permit_slots_int.h"
#include "record/permit.h"

#define PTN_PERMITS_MAX       200000u /* at one post; what is past them is not known to its lanes */
#define PTN_PERMITS_FOUND_MAX 8u      /* of one document that are looked at */

struct ptn_permits; /* opaque */

/*
 * ptn_permits_learn(permits, payload):
 * Take in one record of kind permit, in the ledger's order: a later one of the same issuer and
 * number is what holds. *permits is made when it is NULL. Owned: ptn_permits_free.
 *
 * OK; BAD_INPUT for a payload that is none; TOO_BIG past PTN_PERMITS_MAX; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_permits_learn(struct ptn_permits **permits,
                                                 struct ptn_bytes payload);
void ptn_permits_free(struct ptn_permits *permits);

size_t ptn_permits_count(const struct ptn_permits *permits);

/*
 * ptn_permits_find(permits, slots, check, arena, found, ret_count):
 * Put what is on record for the check's person, at this post and as centres publish it, behind the
 * *ret_count permits that are shown: those in
 * force today first, then by their last day. found has room for *ret_count + PTN_PERMITS_FOUND_MAX;
 * views live as long as permits and the arena. What is shown and on record by the same issuer and
 * number is not said twice: it is withdrawn when the record says so. Entries are counted in the
 * check's history. permits and slots may be NULL. *ret_count: how many there are then. NO_MEMORY,
 * IO.
 */
PTN_MUST_USE struct ptn_status ptn_permits_find(const struct ptn_permits *permits,
                                                const struct ptn_permit_slots *slots,
                                                const struct ptn_check *check,
                                                struct ptn_arena *arena,
                                                struct ptn_check_permit *found, size_t *ret_count);
#endif
