/*
 * node/glance_int.h -- what a glance remembers: one place a post, centre or keeper, and the newest
 * orders. Private to node/glance*.c.
 */
#ifndef PTN_NODE_GLANCE_INT_H
#define PTN_NODE_GLANCE_INT_H
#include "node/glance.h"
#include "node/shift.h"
#include "paper/days.h"
#include "record/crossing.h"
#include "record/notice.h"
#include "record/stage.h"
#include "trust/order.h"

#define GLANCE_MINUTES     60u
#define GLANCE_HOURS       12u
#define GLANCE_LANES       64u
#define GLANCE_ANSWERS     PTN_GLANCE_ORDERS
#define GLANCE_NAME_SIZE   128u
#define GLANCE_LANE_SIZE   17u
#define GLANCE_SIGNERS_MAX 12u
#define MINUTE_MS          INT64_C(60000)
#define HOUR_MS            (60 * MINUTE_MS)

/* How many in one slice of time; the slice's own number says which. */
struct glance_slice {
    int64_t at;
    uint32_t count;
};

struct glance_lane {
    char name[GLANCE_LANE_SIZE];
    int64_t active_ms;
};

/* How long a queue was, when it was measured; time 0: never. */
struct glance_wait {
    uint32_t minutes;
    enum ptn_wait_method method;
    int64_t time_ms;
};

/* What a post said of one order, last. */
struct glance_answer {
    struct ptn_hash order;
    int64_t time_ms;
    enum ptn_receipt_fate fate;
    enum ptn_receipt_hand hand;
    char why[24];
};

struct glance_place {
    char origin[PTN_NOTE_NAME_LEN_MAX + 1];
    char code[PTN_NODE_CODE_MAX + 1];
    char name[GLANCE_NAME_SIZE];
    enum ptn_roster_role role;
    int64_t heard_ms;   /* the time of its newest entry */
    int64_t started_ms; /* that of its newest start, which said what it is called */
    bool locked;        /* and that it is locked */
    int64_t delay_ms;   /* the least of late between an entry's own time and its coming here; below
                           zero: its clock is ahead */
    bool delay_known;
    enum ptn_rung entry, exit;
    uint64_t cause;
    int64_t rung_ms;
    enum ptn_rung_hands hands;
    int64_t crossing_ms;
    struct glance_slice minutes[GLANCE_MINUTES]; /* crossings */
    struct glance_slice looks[GLANCE_MINUTES];   /* advice given: people asked about at lanes */
    struct glance_slice tallies[GLANCE_MINUTES]; /* people counted at a gangway: no crossing */
    struct glance_slice referrals[GLANCE_HOURS]; /* to the second line, but matches */
    struct glance_slice matches[GLANCE_HOURS];   /* referred for a match */
    struct glance_lane lanes[GLANCE_LANES];
    size_t lane_count;
    int64_t lists_ms; /* when lists last came into force */
    struct glance_wait waits[PTN_DIRECTION_COUNT];
    uint64_t sheets, filed;      /* printed; keyed, spoiled, unused or lost */
    struct ptn_paper_days *days; /* Owned; NULL: not a post */
    struct glance_answer answers[GLANCE_ANSWERS];
    size_t answer_count;        /* ever */
    enum ptn_stage_step stage;  /* of its way back from an attack; 0: none is known */
    int64_t stage_ms, decoy_ms; /* when it came there, when a decoy was last touched; 0: never */
    unsigned forks;             /* pieces of evidence that keepers hold against its ledger */
};

/* One ledger; a spare's belongs to the place it stands in for. */
struct glance_ledger {
    char origin[PTN_NOTE_NAME_LEN_MAX + 1];
    uint64_t next;
    int64_t waits_ms; /* since when for a payload; 0: it does not */
    size_t place;
};

struct glance_order {
    struct ptn_hash name;
    struct ptn_buffer text; /* Owned */
    struct ptn_order order; /* views into text */
    int64_t seen_ms;        /* when the first keeper wrote it down */
    unsigned keepers;       /* in how many keepers' ledgers it stands */
    size_t signer_count;
    char signers[GLANCE_SIGNERS_MAX][64]; /* whose signature is good */
};

struct ptn_glance {
    struct glance_place *places; /* Owned */
    size_t place_count, place_room;
    struct glance_ledger *ledgers; /* Owned */
    size_t ledger_count, ledger_room;
    struct glance_order orders[PTN_GLANCE_ORDERS]; /* oldest first */
    size_t order_count;
    struct ptn_buffer payload;
};

/* glance_orders.c: a note of a keeper's ledger. OK also for what is no order; NO_MEMORY. */
PTN_MUST_USE struct ptn_status glance_take_note(struct ptn_glance *glance,
                                                const struct ptn_country *country,
                                                struct ptn_bytes payload, int64_t time_ms);
/* What it said last of an order; and the same from a receipt's payload. */
void glance_answer(struct glance_place *place, const struct ptn_order_receipt *receipt);
void glance_take_receipt(struct glance_place *place, struct ptn_bytes payload);
void glance_write_orders(const struct ptn_glance *glance, struct ptn_json *json);
/* How many orders the post has not answered for longer than a minute. */
unsigned glance_unanswered(const struct ptn_glance *glance, const struct glance_place *place,
                           int64_t now_ms);
void glance_release_orders(struct ptn_glance *glance);

/* A wait that was measured there; an older one than is known is passed over. */
void glance_wait(struct glance_place *place, enum ptn_direction direction, uint32_t minutes,
                 enum ptn_wait_method method, int64_t time_ms);

/* The place of a node, by its own origin; NULL. */
const struct glance_place *glance_place_find(const struct ptn_glance *glance,
                                             struct ptn_bytes origin);

/* One more in the slice of that number; one from before what is kept is passed over. */
void glance_add(struct glance_slice *slices, size_t slice_count, int64_t at);

/* Whether so many were asked about beyond those who were settled, and times as many for each of
 * these (ACCESS-2). */
static inline bool glance_is_idle(uint32_t asked, uint32_t settled, uint32_t free_of,
                                  uint32_t times)
{
    return asked > settled && asked - settled > free_of && (asked - settled) / times >= settled;
}

/* How many in the slices after since (a slice's number). */
uint32_t glance_count(const struct glance_slice *slices, size_t slice_count, int64_t since);
#endif
