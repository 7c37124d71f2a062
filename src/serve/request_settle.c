/* serve/request_settle.c -- what is done with whoever was scanned: alone, or in a vehicle with
 * others. */
#include "base/text.h"
#include "serve/request_int.h"

/* ---- settlements ---- */

/* "act", "kind" and "reason" of an object; record where it says no act. */
static enum ptn_lane_act act_of(struct ptn_body *reading, json_t *object,
                                enum ptn_referral_kind *ret_kind, struct ptn_bytes *ret_reason)
{
    static const char *const acts[] = { "record", "refer", "override", NULL };
    static const enum ptn_lane_act act_numbers[] = { PTN_LANE_RECORD, PTN_LANE_REFER,
                                                     PTN_LANE_OVERRIDE };
    struct ptn_bytes act = ptn_body_text(reading, object, "act", 8, "act");
    struct ptn_bytes kind = ptn_body_text(reading, object, "kind", 16, "kind");

    *ret_kind = ptn_referral_kind_from_word(kind);
    if (kind.len > 0 && *ret_kind == PTN_REFERRAL_NONE)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "kind");
    *ret_reason = ptn_bytes_trim(ptn_body_text(reading, object, "reason", 500, "reason"));
    return act.len == 0 ? PTN_LANE_RECORD : act_numbers[ptn_body_word(reading, act, acts, "act")];
}

struct ptn_status ptn_request_settlement_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                               struct ptn_request_settlement *ret_request,
                                               struct ptn_diag *reterr)
{
    static const char *const fields[] = { "scan", "act", "kind", "reason", "supervisor", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_settlement request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.scan = ptn_body_id(&reading, root, "scan", "scan");
    if (json_string_length(json_object_get(root, "act")) == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "act");
    request.act = act_of(&reading, root, &request.kind, &request.reason);
    request.has_supervisor =
        ptn_body_person(&reading, root, "supervisor", &request.supervisor, &request.password);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- two people on the spot ---- */

/* fields: what the two are called here, and NULL. */
static struct ptn_status two_people(struct ptn_bytes body, struct ptn_arena *arena,
                                    const char *const fields[3],
                                    struct ptn_request_two *ret_request, struct ptn_diag *reterr)
{
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_two request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    if (!ptn_body_person(&reading, root, fields[0], &request.user, &request.password))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, fields[0]);
    if (!ptn_body_person(&reading, root, fields[1], &request.second, &request.second_password))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, fields[1]);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_extension_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                              struct ptn_request_two *ret_request,
                                              struct ptn_diag *reterr)
{
    static const char *const fields[] = { "supervisor", "second", NULL };

    return two_people(body, arena, fields, ret_request, reterr);
}

struct ptn_status ptn_request_vouching_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                             struct ptn_request_two *ret_request,
                                             struct ptn_diag *reterr)
{
    static const char *const fields[] = { "by", "second", NULL };

    return two_people(body, arena, fields, ret_request, reterr);
}

/* ---- trips ---- */

/* A record takes no control characters, U+0080 to U+009F among them. */
static void one_line(struct ptn_body *reading, struct ptn_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t letter = ptn_utf8_next(text, &at);

        if (letter < 0x20 || (letter >= 0x7f && letter < 0xa0))
            ptn_body_refuse(reading, PTN_C_BAD_INPUT, "a vehicle's text has control characters");
    }
}

struct ptn_status ptn_request_trip_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_trip_start *ret_start, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "trip", "direction", "vehicle", NULL };
    static const char *const vehicle_fields[] = { "plate", "sign", "vin", "kind", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_trip_start start = { .trip = NULL };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    json_t *vehicle;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    start.trip = ptn_body_id_text(&reading, root, "trip");
    start.direction = ptn_body_direction(&reading, root);
    vehicle = ptn_body_object(&reading, root, "vehicle", "vehicle");
    if (vehicle != NULL) {
        struct ptn_bytes kind = ptn_body_text(&reading, vehicle, "kind", 16, "vehicle.kind");

        ptn_body_only(&reading, vehicle, vehicle_fields);
        start.plate = ptn_bytes_trim(
            ptn_body_text(&reading, vehicle, "plate", PTN_TRIP_PLATE_MAX, "vehicle.plate"));
        start.sign = ptn_bytes_trim(
            ptn_body_text(&reading, vehicle, "sign", PTN_TRIP_SIGN_MAX, "vehicle.sign"));
        start.vin = ptn_bytes_trim(
            ptn_body_text(&reading, vehicle, "vin", PTN_TRIP_VIN_MAX, "vehicle.vin"));
        start.kind = ptn_vehicle_kind_from_word(kind);
        if (kind.len > 0 && start.kind == PTN_VEHICLE_UNKNOWN)
            ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "vehicle.kind");
        if (start.plate.len == 0)
            ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "vehicle.plate is needed");
        one_line(&reading, start.plate);
        one_line(&reading, start.sign);
        one_line(&reading, start.vin);
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_start = start;
    return reading.status;
}

static void read_seats(struct ptn_body *reading, json_t *root,
                       struct ptn_trip_settlement *settlement)
{
    static const char *const fields[] = { "scan", "act", "kind", "reason", NULL };
    json_t *seats = json_object_get(root, "seats");
    struct ptn_trip_seat_act *acts =
        ptn_arena_take(reading->arena, (size_t)PTN_TRIP_SEATS_MAX * sizeof(*acts));
    size_t count = seats == NULL ? 0 : json_array_size(seats);

    if (acts == NULL) {
        ptn_body_refuse(reading, PTN_C_NO_MEMORY, "no memory for the request");
        return;
    }
    if (seats == NULL || !json_is_array(seats) || count > PTN_TRIP_SEATS_MAX) {
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "seats is a list");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *seat = json_array_get(seats, i);
        struct ptn_bytes scan;

        if (!json_is_object(seat)) {
            ptn_body_refuse(reading, PTN_C_BAD_INPUT, "seats is a list of objects");
            return;
        }
        ptn_body_only(reading, seat, fields);
        scan = ptn_body_id(reading, seat, "scan", "seats.scan");
        acts[i] = (struct ptn_trip_seat_act){ .act = PTN_LANE_RECORD };
        if (ptn_ok(reading->status))
            memcpy(acts[i].scan, scan.at, sizeof(acts[i].scan) - 1);
        acts[i].act = act_of(reading, seat, &acts[i].kind, &acts[i].reason);
    }
    settlement->seats = acts;
    settlement->seat_count = count;
}

struct ptn_status ptn_request_trip_record_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                                struct ptn_request_trip_record *ret_request,
                                                struct ptn_diag *reterr)
{
    static const char *const fields[] = { "trip", "seats", "vehicle", "supervisor", NULL };
    static const char *const vehicle_fields[] = { "act", "kind", "reason", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_trip_record request = { .has_supervisor = false };
    struct ptn_trip_settlement *settlement = &request.settlement;
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    json_t *part;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    settlement->trip = ptn_body_id_text(&reading, root, "trip");
    if (settlement->trip == NULL)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "trip is needed");
    read_seats(&reading, root, settlement);
    part = ptn_body_object(&reading, root, "vehicle", "vehicle");
    settlement->vehicle = PTN_LANE_RECORD;
    if (part != NULL) {
        ptn_body_only(&reading, part, vehicle_fields);
        settlement->vehicle =
            act_of(&reading, part, &settlement->vehicle_kind, &settlement->vehicle_reason);
    }
    request.has_supervisor =
        ptn_body_person(&reading, root, "supervisor", &request.supervisor, &request.password);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}
