#include "record/vehicle.h"

#include "record/fields_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_vehicle, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_vehicle, 2, trip, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_vehicle, 3, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_vehicle, 4, date, DAY, REQUIRED, 0),
    PTN_FIELD(ptn_vehicle, 5, direction, ENUM, REQUIRED, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_vehicle, 6, kind, ENUM, OPTIONAL, PTN_VEHICLE_KIND_COUNT),
    PTN_FIELD(ptn_vehicle, 7, plate, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 8, key, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 9, sign, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 10, vin, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 11, occupants, NUMBER, OPTIONAL, PTN_VEHICLE_OCCUPANTS_MAX),
    PTN_FIELD(ptn_vehicle, 12, advised, ENUM, OPTIONAL, PTN_VERDICT_COUNT),
    PTN_FIELD(ptn_vehicle, 13, list, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 14, entry, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 15, outcome, ENUM, REQUIRED, PTN_OUTCOME_FIRST_LINE_COUNT),
    PTN_FIELD(ptn_vehicle, 16, referral, ENUM, OPTIONAL, PTN_REFERRAL_COUNT),
    PTN_FIELD(ptn_vehicle, 17, reason, NOTE, OPTIONAL, PTN_RECORD_NOTE_MAX),
    PTN_FIELD(ptn_vehicle, 18, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 19, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 20, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 21, supervisor, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 22, booking, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_vehicle, 23, booked, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
};

/* The rules of a crossing, for a vehicle: record/crossing.c. */
static const char *fault(const void *object)
{
    const struct ptn_vehicle *vehicle = object;
    bool overridden = vehicle->outcome == PTN_OUTCOME_OVERRIDDEN;

    if ((vehicle->outcome == PTN_OUTCOME_REFERRED) != (vehicle->referral != PTN_REFERRAL_NONE))
        return "referral";
    if (vehicle->advised != PTN_VERDICT_CLEAR && vehicle->outcome == PTN_OUTCOME_RECORDED)
        return "outcome";
    if (overridden && vehicle->reason.len == 0)
        return "reason";
    if (overridden && vehicle->advised == PTN_VERDICT_STOP && vehicle->supervisor.len == 0)
        return "supervisor";
    return (vehicle->list.len == 0) != (vehicle->entry.len == 0) ? "list" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_vehicle, fields, fault);

struct ptn_status ptn_vehicle_validate(const struct ptn_vehicle *vehicle, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, vehicle, reterr);
}

struct ptn_status ptn_vehicle_parse(struct ptn_bytes bytes, struct ptn_vehicle *ret_vehicle,
                                    struct ptn_diag *reterr)
{
    struct ptn_vehicle vehicle = { .time_ms = 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &vehicle, NULL, reterr);

    if (ptn_ok(status))
        *ret_vehicle = vehicle;
    return status;
}

struct ptn_status ptn_vehicle_write(const struct ptn_vehicle *vehicle, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, vehicle, out);
}

static const char *const kind_words[PTN_VEHICLE_KIND_COUNT] = {
    [PTN_VEHICLE_UNKNOWN] = "unknown",       [PTN_VEHICLE_CAR] = "car",
    [PTN_VEHICLE_COACH] = "coach",           [PTN_VEHICLE_LORRY] = "lorry",
    [PTN_VEHICLE_MOTORCYCLE] = "motorcycle", [PTN_VEHICLE_BUS] = "bus",
    [PTN_VEHICLE_OTHER] = "other",
};

const char *ptn_vehicle_kind_word(enum ptn_vehicle_kind kind)
{
    return ptn_words_at(kind_words, PTN_VEHICLE_KIND_COUNT, kind);
}

enum ptn_vehicle_kind ptn_vehicle_kind_from_word(struct ptn_bytes word)
{
    return (enum ptn_vehicle_kind)ptn_words_find(kind_words, PTN_VEHICLE_KIND_COUNT, word);
}
