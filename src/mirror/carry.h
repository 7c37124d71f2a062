/*
 * mirror/carry.h -- ledgers on a stick: the files a keeper serves, written to a folder and read
 * from one.
 *
 * Only files, through the world. Nothing on a stick is believed: what comes in is proved as if a
 * stranger had sent it. Both ways can be cut at any point and run again. Standard:
 * docs/format/carry.md; C2SP tlog-tiles.
 */
#ifndef PTN_MIRROR_CARRY_H
#define PTN_MIRROR_CARRY_H
#include "ledger/copy.h"
#include "mirror/wire.h"

struct ptn_carry_report {
    uint64_t size;    /* out: entries under the checkpoint written; in: entries proved afterwards */
    uint64_t files;   /* out: written; in: read */
    uint64_t entries; /* in: taken now */
    uint64_t payloads; /* in: taken now */
    uint64_t missing; /* payloads named by those entries and not there: out, here; in, afterwards */
    uint64_t damaged; /* in: payload files on the stick that are not what the entries name */
};

/*
 * ptn_carry_out_ledger(world, ledger, stick, ret_report, reterr), ptn_carry_out_copy(…):
 * Write all of a ledger under STICK/postern. stick must be there. The ledger may be a reader beside
 * a live writer; what is under its last checkpoint at the time of the call is carried.
 *
 * OK; NOT_FOUND when nothing is signed yet; IO: the stick or the ledger, reterr says which;
 * CORRUPT; NO_MEMORY. *ret_report is set on any of them.
 */
PTN_MUST_USE struct ptn_status ptn_carry_out_ledger(const struct ptn_world *world,
                                                    struct ptn_ledger *ledger, const char *stick,
                                                    struct ptn_carry_report *ret_report,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_carry_out_copy(const struct ptn_world *world,
                                                  struct ptn_copy *copy, const char *stick,
                                                  struct ptn_carry_report *ret_report,
                                                  struct ptn_diag *reterr);

/*
 * ptn_carry_in(world, copy, stick, ret_report, reterr):
 * Take what the stick has of the copy's ledger. *ret_report is set on any outcome.
 *
 * OK: everything under the stick's checkpoint is here, but for payloads (missing, damaged).
 * NOT_FOUND: the stick has no checkpoint of this ledger. BAD_INPUT: its checkpoint is not signed by
 * the ledger's key, or a file is missing or not one. CORRUPT: what it has leads to another root
 * than the one signed, or shows a fork (ptn_copy_standing's evidence_count tells). What was taken
 * before stays. IO, NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_carry_in(const struct ptn_world *world, struct ptn_copy *copy,
                                            const char *stick, struct ptn_carry_report *ret_report,
                                            struct ptn_diag *reterr);

/* True when the stick has a checkpoint of that origin. */
bool ptn_carry_has(const struct ptn_world *world, const char *stick, struct ptn_bytes origin);
#endif
