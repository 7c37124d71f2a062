/* node/trip_int.h -- the trips that are open, and how lane and settlement meet them. Private. */
#ifndef PTN_NODE_TRIP_INT_H
#define PTN_NODE_TRIP_INT_H
#include "node/node_int.h"

#define PTN_TRIPS_MAX 64u /* open at once; the oldest is forgotten first */

struct ptn_trip_seat {
    struct ptn_record_id scan;
    bool has_key; /* of the document: scanned again, it keeps its seat */
    uint8_t key[PTN_NODE_ID_LEN];
    enum ptn_decide_age age;
    unsigned adults, children; /* the party its advice was given for, this one counted */
    bool settled;
};

enum ptn_trip_state { PTN_TRIP_FREE, PTN_TRIP_OPEN, PTN_TRIP_SETTLING, PTN_TRIP_OVER };

struct ptn_trip {
    enum ptn_trip_state state;
    struct ptn_record_id id; /* its first two bytes say its place */
    int64_t time_ms;         /* of the last scan */
    char lane[PTN_LANE_NAME_MAX + 1];
    enum ptn_direction direction;
    char plate[PTN_RECORD_WORD_MAX + 1]; /* empty: no vehicle */
    char key[PTN_RECORD_WORD_MAX + 1];
    char sign[PTN_TRIP_SIGN_MAX + 1];
    char vin[PTN_TRIP_VIN_MAX + 1];
    enum ptn_vehicle_kind kind;
    enum ptn_verdict verdict; /* of the vehicle */
    bool report;              /* a discreet check on it */
    char booking[PTN_BOOKING_TEXT_MAX + 1];
    unsigned booked;
    char list[PTN_RECORD_WORD_MAX + 1], entry[PTN_RECORD_WORD_MAX + 1]; /* the gravest match */
    struct ptn_trip_seat seats[PTN_TRIP_SEATS_MAX];
    size_t seat_count;
};

struct ptn_trip_booking {
    char key[PTN_RECORD_WORD_MAX + 1]; /* of the plate */
    char plate[PTN_BOOKING_TEXT_MAX + 1];
    char reference[PTN_BOOKING_TEXT_MAX + 1];
    unsigned people;
    enum ptn_vehicle_kind kind;
    int64_t time_ms; /* when the file came */
    int64_t came_ms; /* when the vehicle was recorded here; 0: not yet */
    unsigned occupants;
};

struct ptn_trips {
    struct ptn_trip_booking *bookings; /* Owned; the newest last */
    size_t booking_count;
    size_t next;
    struct ptn_trip at[PTN_TRIPS_MAX];
};

PTN_MUST_USE struct ptn_status ptn_trips_open(struct ptn_node *node);
void ptn_trips_close(struct ptn_node *node);

/* As much of a text as there is room for, in whole characters. */
void ptn_trip_keep_text(char *to, size_t size, struct ptn_bytes text);

/* The booking of its plate, into the vehicle. Under the lock. */
void ptn_trip_find_booking(const struct ptn_node *node, struct ptn_trip *vehicle);
/* A vehicle with that key of its plate is recorded: who expected it is told. Under the lock. */
void ptn_trip_came(struct ptn_node *node, const char *key, size_t occupants, int64_t time_ms);

/* The trip of this id, or NULL. Under the lock. */
struct ptn_trip *ptn_trip_find(struct ptn_node *node, struct ptn_record_id id);

/* The one that is open at this lane and not too old, or NULL. Under the lock. */
struct ptn_trip *ptn_trip_open_at(struct ptn_node *node, struct ptn_record_id id, const char *lane,
                                  int64_t now_ms);

/* True when who sits there now would change what this seat's advice stands on. Under the lock. */
bool ptn_trip_is_stale(const struct ptn_node *node, const struct ptn_trip *trip,
                       const struct ptn_trip_seat *seat);

/* What one scan needs of its trip and brings to it. */
struct ptn_trip_scan {
    struct ptn_record_id id;
    char plate[PTN_RECORD_WORD_MAX + 1];
    char booking[PTN_BOOKING_TEXT_MAX + 1];
    bool report;
    bool has_key;
    uint8_t key[PTN_NODE_ID_LEN];
    enum ptn_decide_age age;
    unsigned adults, children; /* with this one */
};

/* False: no such trip is open at this lane in this direction, or it is full. */
bool ptn_trip_enter(struct ptn_node *node, const struct ptn_lane_who *who,
                    const struct ptn_lane_scan *scan, const struct ptn_person *person,
                    int64_t now_ms, struct ptn_trip_scan *ret_scan);

/* Take the seat. NULL when the trip is gone meanwhile, or memory is short. */
const struct ptn_trip_seats *ptn_trip_join(struct ptn_node *node, const struct ptn_trip_scan *scan,
                                           struct ptn_record_id id, struct ptn_arena *arena);

/* A seat's crossing is durable. Under the lock. */
void ptn_trip_settled(struct ptn_node *node, struct ptn_record_id id, struct ptn_record_id scan);
#endif
