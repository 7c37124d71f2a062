/*
 * mirror/keeper_int.h -- the parts of a keeper: who may ask, what is held, what was said already.
 *
 * keeper.c opens and dispatches, keeper_held.c holds the copies, keeper_write.c takes,
 * keeper_read.c gives, keeper_note.c writes the keeper's own ledger.
 */
#ifndef PTN_MIRROR_KEEPER_INT_H
#define PTN_MIRROR_KEEPER_INT_H
#include "mirror/away.h"
#include "mirror/erasing.h"
#include "mirror/keeper.h"
#include "mirror/wire_int.h"
#include "record/notice.h"
#include "trust/standing.h"

/* One origin of the roster, with its copy when there is one. */
struct held {
    struct ptn_hash id;    /* SHA-256 of the origin */
    char *origin;          /* Owned */
    struct ptn_vkey key;   /* its name is origin */
    bool listed;           /* on the roster in force: may still write */
    bool there;            /* a copy lies on the disk */
    bool corrupt;          /* it failed its own proof: nothing more is signed */
    struct ptn_copy *copy; /* NULL: not open now */
    uint64_t used;         /* the keeper's turn at which it was last asked for */
    bool shown;            /* it has a cosigned checkpoint */
    uint64_t shown_size;
    uint64_t pending_size; /* of the largest checkpoint that it was given */
    int64_t behind_ms;     /* since when that is larger than what is shown; 0: it is not */
    int64_t cosigned_ms;   /* in this run */
    bool forked;           /* a REFUSED entry holds evidence against it */
    uint64_t missing;      /* payloads under it that are not here */
    uint64_t lost[PTN_WIRE_MISSING_MAX]; /* entries whose payloads their writer has lost, as it said
                                            in this run: not waited for */
    size_t lost_count;
    unsigned refused;   /* REFUSED entries of it, ever */
    uint64_t swept;     /* erasures: of that size it was looked through … */
    uint64_t swept_for; /* … for what was in force then */
    int64_t day_ms;     /* when the day of the quota began */
    uint64_t day_bytes; /* taken since */
};

/* A set of digests with a number each: notes taken, checkpoints refused. */
struct seen {
    struct seen_slot {
        struct ptn_hash hash;
        uint64_t index;
        bool used;
    } * slots;
    size_t count;
    size_t capacity; /* a power of two, or 0 */
};

bool ptn_seen_find(const struct seen *seen, const struct ptn_hash *hash, uint64_t *ret_index);
/* Room for one more first, so that what is durable is never forgotten. NO_MEMORY. */
struct ptn_status ptn_seen_reserve(struct seen *seen);
void ptn_seen_add(struct seen *seen, const struct ptn_hash *hash, uint64_t index);

struct ptn_keeper {
    const struct ptn_world *world;
    const struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_keeper_limits limits;
    uint64_t (*disk_free)(void *context);
    bool (*erased)(void *context, const struct ptn_hash *sha256);
    void *context;
    char *dir; /* Owned */
    struct ptn_hasher *hasher;

    struct ptn_arena *arena; /* of the roster in force */
    struct ptn_buffer note;  /* its note: what the roster's views look into */
    struct ptn_roster roster;
    struct ptn_buffer waiting[PTN_ROSTER_WAITING_MAX]; /* versions after it that are over, and would
                                                          trust more: until a later one comes */
    size_t waiting_count;
    bool roster_left;      /* a later version is among the notes, and did not follow when it came */
    struct ptn_away *away; /* Owned */
    uint64_t away_version;
    struct ptn_bytes name;        /* the keeper's own origin; of the ledger */
    struct ptn_hash id;           /* its SHA-256 */
    struct ptn_bytes mirror_name; /* of note */
    struct ptn_bytes only;        /* a site keeper's post; empty: every origin */

    struct held *held; /* sorted by id */
    size_t held_count;
    size_t open_count;
    uint64_t turn;

    struct seen notes; /* by the digest of the whole note: its entry */
    struct seen texts; /* by the digest of the text: in how many writings it was taken */
    struct seen evidence;
    uint64_t own_size;

    struct ptn_erasing *erasing; /* Owned */
    size_t sweep_at;             /* the next copy to look through; held_count: the own ledger */
    bool sweep_more;             /* something was left in this round */

    uint64_t changes;
    char boot[17]; /* of tokens: this run's */
    uint64_t refused_for[PTN_KEEPER_REFUSAL_COUNT], evidence_count;
    struct ptn_wire_package *package; /* too large for a stack */
    struct ptn_bytes *leaves;         /* PTN_LEDGER_BATCH_MAX of them, views into a body */
    struct ptn_buffer scratch;
    struct ptn_buffer scratch2;
};

/* ---- answers ---- */

/* Set the status and a one-line body. */
struct ptn_status ptn_keeper_say(struct ptn_keeper *keeper, struct ptn_exchange *exchange,
                                 unsigned status, const char *line);

/* One more answer of that status, which is 400 or above. */
void ptn_keeper_count_refusal(struct ptn_keeper *keeper, unsigned status);

/* The answer to a failure of our own: 507 for a full disk, 503 for the rest. */
struct ptn_status ptn_keeper_trouble(struct ptn_keeper *keeper, struct held *held,
                                     struct ptn_exchange *exchange, struct ptn_status status);

/* False, and answered, when the disk is near its end. */
bool ptn_keeper_has_room(struct ptn_keeper *keeper, struct ptn_exchange *exchange);

/* ---- what is held ---- */

/* Make the table from the roster in force; what was held before stays. NO_MEMORY, IO: as before. */
struct ptn_status ptn_keeper_list(struct ptn_keeper *keeper);
struct held *ptn_keeper_find(struct ptn_keeper *keeper, const struct ptn_hash *id);

/* The origin's copy, opened, and made when create is true. NOT_FOUND; the codes of ptn_copy_open.
 */
struct ptn_status ptn_keeper_copy(struct ptn_keeper *keeper, struct held *held, bool create,
                                  struct ptn_copy **ret_copy);
/* Look into every copy that is there once: what each shows. */
struct ptn_status ptn_keeper_look(struct ptn_keeper *keeper, struct ptn_diag *reterr);
void ptn_keeper_let_go(struct ptn_keeper *keeper);
/* The copy took a checkpoint, or what is shown grew: how far it is behind, and since when. */
void ptn_keeper_look_behind(struct ptn_keeper *keeper, struct held *held,
                            const struct ptn_copy *copy);

/* ---- verbs ---- */

struct ptn_status ptn_keeper_add_checkpoint(struct ptn_keeper *keeper,
                                            const struct ptn_keeper_peer *who,
                                            struct ptn_exchange *exchange);
struct ptn_status ptn_keeper_add_entries(struct ptn_keeper *keeper,
                                         const struct ptn_keeper_peer *who,
                                         struct ptn_exchange *exchange);
/* Sign what is whole and not signed yet: a crash came between, or a stick brought it. */
struct ptn_status ptn_keeper_catch_up(struct ptn_keeper *keeper, struct held *held,
                                      struct ptn_copy *copy);
struct ptn_status ptn_keeper_put_payloads(struct ptn_keeper *keeper,
                                          const struct ptn_keeper_peer *who,
                                          const struct ptn_wire_path *path,
                                          struct ptn_exchange *exchange);
/* The writer says which payloads it has lost: what comes after them need not wait. */
struct ptn_status ptn_keeper_post_lost(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                                       const struct ptn_wire_path *path,
                                       struct ptn_exchange *exchange);
struct ptn_status ptn_keeper_get(struct ptn_keeper *keeper, const struct ptn_wire_path *path,
                                 struct ptn_exchange *exchange);
struct ptn_status ptn_keeper_get_heads(struct ptn_keeper *keeper, const struct ptn_wire_path *path,
                                       struct ptn_exchange *exchange);
struct ptn_status ptn_keeper_post_note(struct ptn_keeper *keeper, const struct ptn_keeper_peer *who,
                                       struct ptn_exchange *exchange);

/* ---- the keeper's own ledger ---- */

/* Read it whole: notes, evidence, rosters. */
struct ptn_status ptn_keeper_remember(struct ptn_keeper *keeper, struct ptn_diag *reterr);

/* Take up the roster in the note when it follows the one in force; *ret_taken says so. Only
 * failures of our own are failures. */
struct ptn_status ptn_keeper_take_roster(struct ptn_keeper *keeper, struct ptn_bytes note,
                                         bool *ret_taken);

/* ---- who is turned away ---- */

/* NO_MEMORY, IO. */
struct ptn_status ptn_keeper_away_open(struct ptn_keeper *keeper);
/* Judge the orders anew, by the roster in force. */
void ptn_keeper_away_list(struct ptn_keeper *keeper);
/* A note that may be an order. remembered: of an earlier run; ptn_keeper_away_list comes when all
 * are. NO_MEMORY. */
struct ptn_status ptn_keeper_take_order(struct ptn_keeper *keeper, struct ptn_bytes note,
                                        int64_t seen_ms, bool remembered);

/* Forget the versions that wait. */
void ptn_keeper_waiting_clear(struct ptn_keeper *keeper);

/* Append a record to the own ledger. The ledger's codes. */
struct ptn_status ptn_keeper_append(struct ptn_keeper *keeper, enum ptn_record_kind kind,
                                    struct ptn_bytes payload, uint64_t *ret_index);

/* Keep a signed checkpoint that was refused, with the evidence of a fork or, without one (empty),
 * with what the copy stands on. Bounded, each once; what cannot be kept is refused all the same. */
void ptn_keeper_keep_refused(struct ptn_keeper *keeper, struct held *held, struct ptn_bytes refused,
                             struct ptn_bytes evidence, struct ptn_bytes stands);
#endif
