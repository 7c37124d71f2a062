/*
 * record/vehicle.h -- a vehicle's crossing: the car, coach or lorry that people crossed in.
 *
 * Pure. Texts are Borrowed from the bytes read. Written in one batch with the crossings of its
 * occupants, which name the same trip. Standard: docs/format/records.md "vehicle".
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
#endif
