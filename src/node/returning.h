/*
 * node/returning.h -- a post's way back from an attack: what its gate lacks, which lanes its return
 * has let in, and the decoys that nobody has a reason to touch.
 *
 * RETURN-1 to RETURN-4. The owner's thread judges, with every judging of the orders (apply.h); what
 * others read is under the node's lock. Rules: docs/format/release.md. What is written down:
 * record/stage.h.
 */
#ifndef PTN_NODE_RETURNING_H
#define PTN_NODE_RETURNING_H
#include "base/text.h"
#include "incident/gate.h"
#include "node/apply.h"

#define PTN_RETURNING_LANES_MAX  64u
#define PTN_RETURNING_NAMES_MAX  16u /* orders that are told to screens */
#define PTN_RETURNING_DECOYS_MAX 64u
#define PTN_RETURNING_FILE_MAX   16384u   /* bytes of DIR/decoys */
#define PTN_DECOYS_FILE          "decoys" /* sealed where the folder has a lock */

/* ---- told by whoever runs the node: owner only ---- */

/* The digest of the executable that runs. Without it nothing is known to be released. */
void ptn_returning_program(struct ptn_node *node, const uint8_t sha256[PTN_SHA256_LEN]);

/* How the ledger that this one succeeds stands in its copy here, and whether a keeper holds another
 * history of the own one. Call it when that may have changed. */
struct ptn_returning_ledgers {
    bool tail;   /* all that keepers showed of the former is here, and a quorum answered */
    bool forked; /* either of the two */
};
void ptn_returning_ledgers(struct ptn_node *node, const struct ptn_returning_ledgers *ledgers);

/* The origin of the ledger that this one succeeds; empty: none. Borrowed until close. */
struct ptn_bytes ptn_returning_former(const struct ptn_node *node);

/* ---- from any thread ---- */

struct ptn_returning {
    bool wanted; /* an order with cause attack stands: the gate counts */
    size_t missing_count;
    struct ptn_gate_row missing[PTN_GATE_COUNT]; /* literals */
    enum ptn_stage stage;
    int64_t attack_ms;  /* since when what is missing is counted; 0: no attack is known */
    int64_t stage_ms;   /* when the stage began; 0: none under way */
    int64_t steady_ms;  /* when it will have run long enough; 0: a direction has no lane yet */
    int64_t system_ms;  /* when this identity began, if that was since; 0: not yet */
    int64_t service_ms; /* when all lanes were back; 0: not yet */
    int64_t backlog_ms; /* when every sheet was accounted for; 0: not yet */
    unsigned places;    /* lanes that may be let in, each way */
    size_t attack_count, return_count;
    struct ptn_hash attacks[PTN_RETURNING_NAMES_MAX]; /* what a restore ends, a close closes */
    struct ptn_hash returns[PTN_RETURNING_NAMES_MAX]; /* what an advance names */
};

/* A copy of how it stands. */
void ptn_returning_now(struct ptn_node *node, struct ptn_returning *ret_now);

/* The same as one JSON object, lanes let in as well: {"open","missing":[{"word","text","text_sq",
 * "remedy","remedy_sq"}],…}: openapi.json "Gate". */
void ptn_returning_write(struct ptn_node *node, struct ptn_json *json);

/*
 * The supervisor names a lane that the return lets in, one way. Again is fine. OK: let in.
 * NOT_FOUND when no return is under way; BAD_INPUT when no such lane has signed in since the node's
 * start; BUSY when as many as the stage allows are in.
 */
PTN_MUST_USE struct ptn_status ptn_returning_let_in(struct ptn_node *node, const char *name,
                                                    enum ptn_direction direction);

/* A lane signed in. */
void ptn_returning_lane(struct ptn_node *node, const char *name);

/* Somebody signed in as this user, or asked about this document, at a lane (NULL: not known). A
 * decoy steps the post down at once. */
void ptn_returning_met_officer(struct ptn_node *node, struct ptn_bytes user, const char *lane);
void ptn_returning_met_document(struct ptn_node *node, struct ptn_bytes number, const char *lane);

/* ---- decoys ---- */

enum ptn_decoy_kind { PTN_DECOY_OFFICER, PTN_DECOY_DOCUMENT };

struct ptn_decoy {
    enum ptn_decoy_kind kind;
    struct ptn_bytes name; /* Borrowed */
};

/* Read the next line of DIR/decoys. OK; NOT_FOUND at the end; BAD_INPUT. Pure. */
PTN_MUST_USE struct ptn_status ptn_decoy_parse(struct ptn_cursor *cursor,
                                               struct ptn_decoy *ret_decoy);

/* Add a decoy to DIR/decoys; a running node knows it after its next start. BAD_INPUT for a name
 * that no line holds; TOO_BIG past PTN_RETURNING_DECOYS_MAX; IO; NO_MEMORY. */
PTN_MUST_USE struct ptn_status ptn_decoy_add(const struct ptn_world *world, const char *dir,
                                             enum ptn_decoy_kind kind, struct ptn_bytes name,
                                             struct ptn_diag *reterr);
#endif
