/*
 * record/vehicle.h -- a vehicle's crossing: the car, coach or lorry that people crossed in; and
 * what is done in the call of a ship that lies in port.
 *
 * Pure. Texts are Borrowed from the bytes read. Written in one batch with the crossings of its
 * occupants, which name the same trip. Standard: docs/format/records.md "vehicle", "ship-call".
 */
#ifndef PTN_RECORD_VEHICLE_H
#define PTN_RECORD_VEHICLE_H
#include "record/crossing.h"

enum ptn_vehicle_kind {
    PTN_VEHICLE_UNKNOWN = 0,
    PTN_VEHICLE_CAR = 1,
    PTN_VEHICLE_COACH = 2,
    PTN_VEHICLE_LORRY = 3,
    PTN_VEHICLE_MOTORCYCLE = 4,
    PTN_VEHICLE_BUS = 5, /* of a regular line */
    PTN_VEHICLE_OTHER = 6,
};
#define PTN_VEHICLE_KIND_COUNT 7u

#define PTN_VEHICLE_OCCUPANTS_MAX 200u

struct ptn_vehicle {
    struct ptn_record_id id;
    struct ptn_record_id trip; /* its occupants' crossings name it */
    int64_t time_ms;           /* when the officer settled it */
    struct ptn_date date;      /* the post's civil day then; full */
    enum ptn_direction direction;
    enum ptn_vehicle_kind kind;
    struct ptn_bytes plate;       /* as written */
    struct ptn_bytes key;         /* as it is compared: reference/plate.h's normal form */
    struct ptn_bytes sign;        /* nationality sign, "AL"; may be empty */
    struct ptn_bytes vin;         /* may be empty */
    uint64_t occupants;           /* how many crossings name the trip when this is written */
    enum ptn_verdict advised;     /* what the lists said of the vehicle itself */
    struct ptn_bytes list, entry; /* the gravest alert on it; both or neither */
    enum ptn_outcome outcome;
    enum ptn_referral_kind referral; /* set when and only when REFERRED */
    struct ptn_bytes reason;         /* must be there when OVERRIDDEN */
    struct ptn_bytes post, lane, officer;
    struct ptn_bytes supervisor; /* must be there when a STOP was OVERRIDDEN */
    struct ptn_bytes booking;    /* the ferry's; may be empty */
    uint64_t booked;             /* people the booking names; 0: none known */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_vehicle_validate(const struct ptn_vehicle *vehicle,
                                                    struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status
ptn_vehicle_parse(struct ptn_bytes bytes, struct ptn_vehicle *ret_vehicle, struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_vehicle_write(const struct ptn_vehicle *vehicle,
                                                 struct ptn_buffer *out);

/* "car", "coach" …; "unknown". And back (UNKNOWN for no known word). Literals. */
const char *ptn_vehicle_kind_word(enum ptn_vehicle_kind kind);
enum ptn_vehicle_kind ptn_vehicle_kind_from_word(struct ptn_bytes word);

/* ---- a ship in port ---- */

/* A ship's call is its records, in the order of the ledger. A tally is no crossing: who goes ashore
 * and comes back while the ship is in port has not entered. */
enum ptn_call_act {
    PTN_CALL_OPENED = 1,
    PTN_CALL_OUT = 2,        /* a person went ashore */
    PTN_CALL_IN = 3,         /* and came back aboard */
    PTN_CALL_SIGNED_OFF = 4, /* left the ship for good: a crossing says so, too */
    PTN_CALL_SIGNED_ON = 5,  /* joined it: likewise */
    PTN_CALL_REFERRED = 6,   /* was to leave or join for good, and was sent to the second line */
    PTN_CALL_STRANGER = 7,   /* stood at the gangway, on no list: sent to the second line */
    PTN_CALL_MISSING = 8,    /* was ashore when the call was closed */
    PTN_CALL_CLOSED = 9,
};
#define PTN_CALL_ACT_COUNT  10u /* acts are 1 to one less */
#define PTN_CALL_PEOPLE_MAX 20000u

struct ptn_ship_call {
    struct ptn_record_id id;
    struct ptn_record_id of; /* the call: the id of the record that opened it */
    int64_t time_ms;
    enum ptn_call_act act;
    struct ptn_bytes post;
    struct ptn_bytes lane;       /* may be empty */
    struct ptn_bytes officer;    /* user name */
    struct ptn_bytes supervisor; /* who answers for it: set when OPENED or CLOSED, and when a person
                                    passed against STOP */
    struct ptn_bytes reason;     /* the officer's own words: set when a person passed against the
                                    advice; may be set when CLOSED */

    /* OPENED, and only then */
    struct ptn_bytes voyage; /* as arrivals.md names it */
    struct ptn_bytes ship;   /* its name; may be empty */
    struct ptn_bytes imo;    /* seven digits */
    int64_t sails_ms;        /* when it means to; 0: not said */
    bool passengers_enter;   /* its passengers meet the conditions of entry; the crew never do */

    /* of a person: all acts but OPENED and CLOSED */
    struct ptn_person person; /* as the ship's list has them, else as scanned */
    struct ptn_bytes place;   /* cabin, booking or rank; may be empty */
    bool crew;
    struct ptn_record_id advice; /* the decision; none: MISSING */
    enum ptn_verdict advised;
    struct ptn_record_id crossing; /* SIGNED_OFF, SIGNED_ON, REFERRED, STRANGER: what says so */
    int64_t since_ms;              /* MISSING: when they were counted out */

    /* CLOSED: how it stood */
    uint64_t ashore;    /* of whom each has a record MISSING */
    uint64_t uncounted; /* came in whom nobody had counted out */
};

/* The codes and promises of ptn_crossing_*. */
PTN_MUST_USE struct ptn_status ptn_ship_call_validate(const struct ptn_ship_call *call,
                                                      struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_ship_call_parse(struct ptn_bytes bytes,
                                                   struct ptn_ship_call *ret_call,
                                                   struct ptn_diag *reterr);
PTN_MUST_USE struct ptn_status ptn_ship_call_write(const struct ptn_ship_call *call,
                                                   struct ptn_buffer *out);

/* "opened", "out", "signed-off" …: a literal. */
const char *ptn_call_act_word(enum ptn_call_act act);
#endif
