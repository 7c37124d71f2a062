/*
 * mirror/follow_int.h -- what is followed, and what each keeper showed of it.
 *
 * follow.c holds the copies and counts keepers; puller.c asks one keeper.
 */
#ifndef PTN_MIRROR_FOLLOW_INT_H
#define PTN_MIRROR_FOLLOW_INT_H
#include "mirror/follower.h"
#include "mirror/wire_int.h"

/* What one keeper showed of one ledger. */
struct shown {
    bool told;              /* it gave its heads at least once */
    bool listed;            /* among the heads being read */
    bool forked;            /* it shows another history: not asked for entries */
    int64_t again_ms;       /* forked only until then; 0: as long as it goes on well otherwise */
    uint64_t head;          /* by its heads */
    uint64_t size;          /* of its last well-signed checkpoint */
    struct ptn_hash root;   /* and root */
    int64_t time_s;         /* of its cosignature */
    char *line;             /* the cosignature, Owned; NULL: none */
    uint64_t agreed;        /* the largest of its sizes that the copy agrees with */
    int64_t agreed_s;       /* and its time */
    uint64_t payloads_from; /* missing payloads before this it does not have */
};

/* One ledger. */
struct followed {
    struct ptn_hash id;
    struct ptn_copy *copy; /* Owned */
    unsigned order;
    bool of_keeper;
    bool busy_entries; /* somebody asks for its entries now */
    bool busy_payloads;
    uint32_t suppliers;  /* which keepers brought what is held and not proved: one bit each */
    int solo;            /* only this keeper brings entries: to know whom to blame; -1: any */
    uint64_t note_next;  /* of_keeper: the next entry to look for a note in */
    uint64_t order_next; /* the same of who reads them before everybody (ptn_follow_order) */
    uint64_t cosigned;   /* by the quorum, as last counted */
    int64_t cosigned_s, seen_s;
    int64_t cosigned_since_ms; /* when this node knew */
    struct shown shown[PTN_FOLLOW_KEEPERS_MAX];
};

struct ptn_follow {
    const struct ptn_world *world;
    char *dir; /* Owned */
    uint32_t quorum;
    struct followed *ledgers; /* by order, then as added */
    size_t *by_id;            /* their places, sorted by id */
    size_t count, capacity;
    struct ptn_puller *pullers[PTN_FOLLOW_KEEPERS_MAX];
    unsigned puller_count;                  /* ever made: places are not used again */
    bool uncounted[PTN_FOLLOW_KEEPERS_MAX]; /* by place: its key is revoked */
    uint64_t changes;
    struct ptn_buffer scratch;
};

struct followed *ptn_follow_find(struct ptn_follow *follow, const struct ptn_hash *id);

/*
 * Count anew: which keepers' cosigned checkpoints the copy agrees with. *ret_liar: the place of one
 * whose does not, or -1. The codes of ptn_copy_root_at.
 */
struct ptn_status ptn_follow_count(struct ptn_follow *follow, struct followed *ledger,
                                   int *ret_liar);
#endif
