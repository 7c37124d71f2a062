/*
 * node/shift.h -- the shift at one post: its lanes and for whom they are, how many cross, what went
 * to the second line, how long the queue is, and who handed over to whom.
 *
 * Like node/paper.h: a telling is queued, and `done` is called when its record is durable or has
 * failed. Any thread may call. Nothing here names a traveller: of crossings only when, at which
 * lane and how they were settled is kept. Records: docs/format/records.md "shift".
 */
#ifndef PTN_NODE_SHIFT_H
#define PTN_NODE_SHIFT_H
#include "node/lane.h"
#include "record/notice.h"

#define PTN_SHIFT_LANES_MAX     64u
#define PTN_SHIFT_OVERRIDES_MAX 8u
#define PTN_SHIFT_IDLE_MAX      8u
#define PTN_SHIFT_WAIT_MS       (INT64_C(30) * 60000) /* a wait measured longer ago is not known */

struct ptn_shift_lane {
    char name[PTN_LANE_NAME_MAX + 1];
    bool told; /* a supervisor has said whether it is open */
    bool open;
    enum ptn_lane_category category;
    int64_t since_ms;  /* when it was told so; 0: never */
    int64_t active_ms; /* of its newest crossing; 0: none is known */
    uint32_t hour;     /* crossings of the last 60 minutes, by slices of ten */
};

struct ptn_shift_override {
    int64_t time_ms;
    char lane[PTN_LANE_NAME_MAX + 1];
    char officer[PTN_STAFF_USER_MAX + 1];
    char supervisor[PTN_STAFF_USER_MAX + 1]; /* empty: it needed none */
};

/* Who asked about many people in the last hour and settled few of them (ACCESS-2). */
struct ptn_shift_idle {
    char name[PTN_STAFF_USER_MAX + 1]; /* of the lane, or the officer's user name */
    bool officer;                      /* wherever they sat */
    uint32_t asked, settled;
};

struct ptn_shift_wait {
    bool known; /* measured in the last PTN_SHIFT_WAIT_MS */
    uint32_t minutes;
    enum ptn_wait_method method;
    int64_t time_ms;
};

struct ptn_shift_standing {
    struct ptn_shift_lane lanes[PTN_SHIFT_LANES_MAX]; /* by name */
    size_t lane_count;
    uint32_t hour, ten;      /* crossings of the last 60 and 10 minutes */
    int64_t began_ms;        /* when the shift began, or since when is counted: the later */
    uint32_t crossings;      /* since then */
    uint32_t overrides_made; /* since then */
    struct ptn_shift_override overrides[PTN_SHIFT_OVERRIDES_MAX]; /* the newest first */
    size_t override_count;
    uint32_t referrals[PTN_REFERRAL_COUNT]; /* of the last 12 hours, by kind */
    struct ptn_shift_wait waits[PTN_DIRECTION_COUNT];
    int64_t handed_ms; /* 0: no hand-over is known */
    char handed_by[PTN_STAFF_USER_MAX + 1], handed_to[PTN_STAFF_USER_MAX + 1];
    char words[PTN_RECORD_NOTE_MAX + 1];
    uint64_t handed_lists_h;             /* how old the oldest list was then, in hours */
    uint64_t packs, sheets, sheets_open; /* made; their sheets; of them not accounted for */
    uint32_t looks;                      /* people asked about in the last hour, once each */
    struct ptn_shift_idle idle[PTN_SHIFT_IDLE_MAX];
    size_t idle_count; /* how many there are: more than fit there perhaps */
};

/* A copy of how it stands now. */
void ptn_shift_standing(struct ptn_node *node, struct ptn_shift_standing *ret_standing);

struct ptn_shift_telling {
    void (*done)(struct ptn_shift_telling *telling);
    void *context;
    struct ptn_shift_entry entry; /* what is told: act and its own fields; the rest is set */
    struct ptn_writer_request write;
    struct ptn_node *node; /* the node's own */
};

/*
 * ptn_shift_tell(node, who, second, arena, telling, reterr):
 * Write it down. second: who takes the shift over, signed in for this; NULL: nobody.
 *
 * OK: done will be called, once. BAD_INPUT with the field's name for what cannot be told so, for a
 * lane's name that is none, and for one lane too many; NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_shift_tell(struct ptn_node *node, const struct ptn_lane_who *who,
                                              const struct ptn_officer *second,
                                              struct ptn_arena *arena,
                                              struct ptn_shift_telling *telling,
                                              struct ptn_diag *reterr);
#endif
