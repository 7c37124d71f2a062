/*
 * record/stage.h -- a post's way back from an attack, step by step, as its ledger tells it.
 *
 * Pure. Texts are Borrowed from the bytes read. It names nobody: its class is PUBLIC, so that
 * whoever follows the ledger, the node's own successor too, reads it. Standard:
 * docs/format/records.md "stage".
 */
#ifndef PTN_RECORD_STAGE_H
#define PTN_RECORD_STAGE_H
#include "record/record.h"

enum ptn_stage_step {
    PTN_STAGE_STEP_DOWN = 1,    /* an order with cause attack came into force: what must change */
    PTN_STAGE_STEP_ACCOUNT = 2, /* the account of paper sheets, as it is now */
    PTN_STAGE_STEP_GATE = 3,    /* the gate is open */
    PTN_STAGE_STEP_CANARY = 4,  /* a return came into force */
    PTN_STAGE_STEP_HALF = 5,
    PTN_STAGE_STEP_ALL = 6,
    PTN_STAGE_STEP_LANE = 7,   /* a lane was let in */
    PTN_STAGE_STEP_DECOY = 8,  /* a decoy was touched */
    PTN_STAGE_STEP_FORMER = 9, /* the former node's account, as its ledger ends */
};
#define PTN_STAGE_STEP_COUNT 10u /* steps are 1 to one less */

struct ptn_stage_moved {
    int64_t time_ms;
    enum ptn_stage_step step;
    uint8_t program[PTN_SHA256_LEN];     /* DOWN, GATE: the executable that runs; zero: unknown */
    uint8_t certificate[PTN_SHA256_LEN]; /* DOWN: the digest of the key shown on the wire */
    struct ptn_bytes credentials; /* DOWN: a line of 32 hex digits for each password's hash */
    struct ptn_bytes lane;        /* LANE, and the lane of a DECOY; else empty */
    enum ptn_direction direction; /* LANE: set; else 0 */
    uint64_t issued, open;        /* ACCOUNT, FORMER: sheets; of them not accounted for */
};

/* The codes and promises of ptn_crossing_*. BAD_INPUT also for a field of another step. */
PTN_MUST_USE struct ptn_status ptn_stage_moved_validate(const struct ptn_stage_moved *moved,
                                                        struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_stage_moved_parse(struct ptn_bytes bytes,
                                                     struct ptn_stage_moved *ret_moved,
                                                     struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_stage_moved_write(const struct ptn_stage_moved *moved,
                                                     struct ptn_buffer *out);

/* "down", "account", "gate", "canary", "half", "all", "lane", "decoy", "former": a literal. */
const char *ptn_stage_step_word(enum ptn_stage_step step);
#endif
