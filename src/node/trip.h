/*
 * node/trip.h -- people who cross together: a car, a coach, a ferry's vehicle, a family on foot.
 *
 * A trip belongs to one lane and one direction. Its scans come by ptn_lane_scan with its id,
 * without pause; each is screened by itself and takes a seat. The vehicle is screened by itself,
 * once. One act records vehicle and people in one batch: all are durable or none (TRIP-1). Trips
 * live in memory: what is not recorded when the node stops was not accepted, and is scanned again.
 *
 *   begin -> scans, each with its seat -> record -> over
 *
 * Any thread may call. Standard: docs/format/records.md "vehicle".
 */
#ifndef PTN_NODE_TRIP_H
#define PTN_NODE_TRIP_H
#include "node/lane.h"
#include "record/vehicle.h"
#include "reference/plate.h"

#define PTN_TRIP_SEATS_MAX 120u
#define PTN_TRIP_SIGN_MAX  8u
#define PTN_TRIP_VIN_MAX   40u
#define PTN_TRIP_PLATE_MAX 40u

/* ---- beginning ---- */

/* All Borrowed during the call. */
struct ptn_trip_start {
    const char *trip; /* one that is open: it gets another vehicle; NULL: a new one */
    enum ptn_direction direction;
    struct ptn_bytes plate; /* empty: on foot, or not read yet */
    struct ptn_bytes sign, vin;
    enum ptn_vehicle_kind kind;
};

/* What is known of the vehicle, at once. */
struct ptn_trip_begun {
    enum ptn_lane_refusal refusal;
    char trip[PTN_LANE_ID_SIZE];
    enum ptn_direction direction;
    bool has_vehicle;
    char plate[PTN_RECORD_WORD_MAX + 1]; /* as given */
    char key[PTN_RECORD_WORD_MAX + 1];   /* as compared */
    const char *state;                   /* of the sign; NULL: no State has it, or there is none */
    enum ptn_vin vin;
    enum ptn_vehicle_kind kind;
    struct ptn_advice advice; /* for the vehicle; of no vehicle: clear, without reasons */
    struct ptn_node *node;    /* the node's own, like lists */
    void *lists;
};

/*
 * ptn_trip_begin(node, who, start, arena, begun, reterr): open a trip at this lane, or give an open
 * one its vehicle, and screen the plate. The look is noted in the ledger; nobody waits for that.
 * begun is zeroed by the caller, who owes ptn_trip_begun_release after OK. BAD_INPUT with refusal
 * set when the trip is not open here, else for a plate without a letter or digit; NO_MEMORY. The
 * oldest trip is forgotten when too many are open.
 */
PTN_MUST_USE struct ptn_status ptn_trip_begin(struct ptn_node *node, const struct ptn_lane_who *who,
                                              const struct ptn_trip_start *start,
                                              struct ptn_arena *arena, struct ptn_trip_begun *begun,
                                              struct ptn_diag *reterr);
void ptn_trip_begun_release(struct ptn_trip_begun *begun);

/* ---- who sits there ---- */

/* As it stands when a scan has taken its seat. From the arena of the scan's answer. */
struct ptn_trip_seats {
    size_t seat; /* of this scan, from 1: a document scanned twice keeps its seat */
    size_t count;
    unsigned adults, children;
    /* Scans whose advice would be another now that others sit there too: to be asked again. */
    char (*ask_again)[PTN_LANE_ID_SIZE];
    size_t ask_again_count;
};

/* ---- recording ---- */

/* One seat's act. The key of the settlement is the trip's. */
struct ptn_trip_seat_act {
    char scan[PTN_LANE_ID_SIZE];
    enum ptn_lane_act act;
    enum ptn_referral_kind kind;
    struct ptn_bytes reason;
};

/* All Borrowed until done. */
struct ptn_trip_settlement {
    const char *trip;
    const struct ptn_trip_seat_act *seats; /* everybody who is not settled yet, each once */
    size_t seat_count;
    enum ptn_lane_act vehicle; /* RECORD where it is clear */
    enum ptn_referral_kind vehicle_kind;
    struct ptn_bytes vehicle_reason;
    const struct ptn_officer *supervisor; /* or NULL */
    struct ptn_bytes key;                 /* never empty */
};

struct ptn_trip_record {
    void (*done)(struct ptn_trip_record *record); /* set by the caller, like context */
    void *context;

    enum ptn_lane_refusal refusal;
    char refused[PTN_LANE_ID_SIZE]; /* which scan; empty: the trip, or its vehicle */
    char trip[PTN_LANE_ID_SIZE];
    bool has_vehicle;
    enum ptn_outcome vehicle_outcome;
    size_t occupants;                    /* who crossed in it, whenever they were settled */
    struct ptn_lane_crossing *crossings; /* in the order of the settlement's seats */
    size_t count;
    bool again;   /* recorded before with this key: the first answer */
    uint64_t seq; /* of the batch's last entry */
    enum ptn_kept kept;

    struct ptn_writer_request write;
    struct ptn_node *node; /* the node's own, like those below */
    struct ptn_record_id id;
    struct ptn_bytes *keys; /* of the seats */
    size_t waiting;
};

/*
 * Record the whole trip: its vehicle and a crossing for each seat, one batch. record is zeroed but
 * for done and context. OK: done will be called, once. BAD_INPUT with refusal set, and nothing is
 * written or changed: NOT_CLEAR where a seat or the vehicle needs an act of its own, TRIP_CHANGED
 * when others sit there than seats names, ASK_AGAIN when an advice stands on a party that has
 * changed. BUSY: the same key is on its way to the disk. NO_MEMORY.
 */
PTN_MUST_USE struct ptn_status ptn_trip_settle(struct ptn_node *node,
                                               const struct ptn_lane_who *who,
                                               const struct ptn_trip_settlement *settlement,
                                               struct ptn_arena *arena,
                                               struct ptn_trip_record *record);
#endif
