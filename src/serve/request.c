#include "serve/request.h"

#include <jansson.h>

#include "base/text.h"

/* One body while it is read. The first failure sticks. */
struct reading {
    struct ptn_arena *arena;
    struct ptn_diag *reterr;
    struct ptn_status status;
};

static void refuse(struct reading *reading, enum ptn_code code, const char *text)
{
    if (ptn_ok(reading->status))
        reading->status = ptn_fail(code, reading->reterr, 0, text);
}

/* The object a body holds, or NULL. Owned. */
static json_t *load(struct reading *reading, struct ptn_bytes body)
{
    json_error_t error;
    json_t *root;

    if (body.len > PTN_REQUEST_BODY_MAX) {
        refuse(reading, PTN_C_TOO_BIG, "the body is too big");
        return NULL;
    }
    root = json_loadb(body.len == 0 ? "" : (const char *)body.at, body.len, JSON_REJECT_DUPLICATES,
                      &error);
    if (root == NULL) {
        reading->status =
            ptn_fail(PTN_C_BAD_INPUT, reading->reterr,
                     error.position < 0 ? 0 : (size_t)error.position, "the body is not JSON");
        return NULL;
    }
    if (!json_is_object(root)) {
        refuse(reading, PTN_C_BAD_INPUT, "the body is not an object");
        json_decref(root);
        return NULL;
    }
    return root;
}

/* Refuse an object with a field that is not in the NULL-ended list. */
static void only_fields(struct reading *reading, json_t *object, const char *const *names)
{
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        size_t i = 0;

        while (names[i] != NULL && strcmp(names[i], json_object_iter_key(at)) != 0)
            i++;
        if (names[i] == NULL)
            refuse(reading, PTN_C_BAD_INPUT, "a field that this request does not have");
    }
}

static struct ptn_bytes kept(struct reading *reading, const char *text, size_t len)
{
    char *copy = ptn_arena_text(reading->arena, ptn_bytes_of(text, len));

    if (copy == NULL) {
        refuse(reading, PTN_C_NO_MEMORY, "no memory for the request");
        return PTN_BYTES_NONE;
    }
    return ptn_bytes_of(copy, len);
}

/* A text field of at most len_max bytes; empty when it is missing. what names it in a refusal. */
static struct ptn_bytes text_of(struct reading *reading, json_t *object, const char *key,
                                size_t len_max, const char *what)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        return PTN_BYTES_NONE;
    if (!json_is_string(value)) {
        refuse(reading, PTN_C_BAD_INPUT, what);
        return PTN_BYTES_NONE;
    }
    if (json_string_length(value) > len_max) {
        refuse(reading, PTN_C_TOO_BIG, what);
        return PTN_BYTES_NONE;
    }
    return kept(reading, json_string_value(value), json_string_length(value));
}

/* The object under key, or NULL. Borrowed. */
static json_t *object_of(struct reading *reading, json_t *object, const char *key, const char *what)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        return NULL;
    if (!json_is_object(value)) {
        refuse(reading, PTN_C_BAD_INPUT, what);
        return NULL;
    }
    return value;
}

/* A whole number from 0 to most; 0 when it is missing. */
static unsigned count_of(struct reading *reading, json_t *object, const char *key, unsigned most,
                         const char *what)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > most) {
        refuse(reading, PTN_C_BAD_INPUT, what);
        return 0;
    }
    return (unsigned)json_integer_value(value);
}

/* Which of the words a text is; words is NULL-ended. Refuses when it is none of them. */
static size_t word_of(struct reading *reading, struct ptn_bytes text, const char *const *words,
                      const char *what)
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (ptn_bytes_is(text, words[i]))
            return i;
    refuse(reading, PTN_C_BAD_INPUT, what);
    return 0;
}

static struct ptn_date date_of(struct reading *reading, json_t *object, const char *key,
                               const char *what)
{
    struct ptn_bytes text = text_of(reading, object, key, 10, what);
    struct ptn_date date = PTN_DATE_NONE;

    if (text.len > 0 && !ptn_ok(ptn_date_parse(text, &date, NULL)))
        refuse(reading, PTN_C_BAD_INPUT, what);
    return date;
}

/* A date with all its parts that a calendar has, or none. */
static struct ptn_date day_of(struct reading *reading, json_t *object, const char *key,
                              const char *what)
{
    struct ptn_date date = date_of(reading, object, key, what);

    if (!ptn_date_is_none(date) && !(ptn_date_is_full(date) && ptn_date_is_possible(date)))
        refuse(reading, PTN_C_BAD_INPUT, what);
    return date;
}

/* A State's code: up to three capital letters. */
static void code_of(struct reading *reading, json_t *object, const char *key, char ret_code[4],
                    const char *what)
{
    struct ptn_bytes text = text_of(reading, object, key, 3, what);

    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 'A' || text.at[i] > 'Z')
            refuse(reading, PTN_C_BAD_INPUT, what);
    if (text.len > 0)
        memcpy(ret_code, text.at, text.len);
    ret_code[text.len] = '\0';
}

/* Ids are 32 lower-case hex digits. */
static struct ptn_bytes id_of(struct reading *reading, json_t *object, const char *key,
                              const char *what)
{
    struct ptn_bytes text = text_of(reading, object, key, PTN_LANE_ID_SIZE - 1, what);

    if (text.len != PTN_LANE_ID_SIZE - 1)
        refuse(reading, PTN_C_BAD_INPUT, what);
    for (size_t i = 0; i < text.len; i++)
        if (!((text.at[i] >= '0' && text.at[i] <= '9') || (text.at[i] >= 'a' && text.at[i] <= 'f')))
            refuse(reading, PTN_C_BAD_INPUT, what);
    return text;
}

/* ---- sign-in and relief ---- */

static bool is_lane_name(struct ptn_bytes lane)
{
    if (lane.len == 0 || lane.len > PTN_LANE_NAME_MAX)
        return false;
    for (size_t i = 0; i < lane.len; i++) {
        uint8_t byte = lane.at[i];

        if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-'))
            return false;
    }
    return true;
}

static void read_credentials(struct reading *reading, json_t *object, struct ptn_bytes *user,
                             struct ptn_bytes *password)
{
    *user = text_of(reading, object, "user", PTN_STAFF_USER_MAX, "user");
    *password = text_of(reading, object, "password", 256, "password");
    if (user->len == 0 || password->len == 0)
        refuse(reading, PTN_C_BAD_INPUT, "user and password are needed");
}

struct ptn_status ptn_request_sign_in_parse(struct ptn_bytes body, bool relief,
                                            struct ptn_arena *arena,
                                            struct ptn_request_sign_in *ret_request,
                                            struct ptn_diag *reterr)
{
    static const char *const fields[] = { "user", "password", "language", "lane", NULL };
    static const char *const relief_fields[] = { "user", "password", "language", NULL };
    static const char *const languages[] = { "en", "sq", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_sign_in request = { 0 };
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, relief ? relief_fields : fields);
    read_credentials(&reading, root, &request.user, &request.password);
    if (json_object_get(root, "language") != NULL) {
        request.language_known = true;
        request.albanian = word_of(&reading, text_of(&reading, root, "language", 8, "language"),
                                   languages, "language") == 1;
    }
    if (!relief) {
        request.lane = text_of(&reading, root, "lane", PTN_LANE_NAME_MAX, "lane");
        if (!is_lane_name(request.lane))
            refuse(&reading, PTN_C_BAD_INPUT, "lane");
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- MRZ marks ---- */

struct ptn_status ptn_request_mrz_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                        struct ptn_bytes *ret_mrz, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "mrz", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    json_t *root = load(&reading, body);
    struct ptn_bytes mrz;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    mrz = text_of(&reading, root, "mrz", 512, "mrz");
    if (json_object_get(root, "mrz") == NULL)
        refuse(&reading, PTN_C_BAD_INPUT, "mrz is needed");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_mrz = mrz;
    return reading.status;
}

/* ---- scans ---- */

static void read_document(struct reading *reading, json_t *object, struct ptn_document *document)
{
    static const char *const fields[] = { "kind", "issuer", "number", "expiry", NULL };
    struct ptn_bytes kind = text_of(reading, object, "kind", 32, "document.kind");

    only_fields(reading, object, fields);
    document->kind = ptn_document_kind_from_word(kind);
    if (kind.len > 0 && document->kind == PTN_DOCUMENT_UNKNOWN)
        refuse(reading, PTN_C_BAD_INPUT, "document.kind");
    code_of(reading, object, "issuer", document->issuer, "document.issuer");
    document->number = text_of(reading, object, "number", 40, "document.number");
    document->expiry = date_of(reading, object, "expiry", "document.expiry");
}

static void read_person(struct reading *reading, json_t *object, struct ptn_person *person)
{
    static const char *const fields[] = { "surname", "given",       "name",     "birth",
                                          "sex",     "nationality", "document", NULL };
    static const char *const sexes[] = { "", "M", "F", NULL };
    static const char sex_letters[] = { 0, 'M', 'F' };
    json_t *document = object_of(reading, object, "document", "document");

    only_fields(reading, object, fields);
    person->surname = text_of(reading, object, "surname", 200, "surname");
    person->given = text_of(reading, object, "given", 200, "given");
    person->name = text_of(reading, object, "name", 300, "name");
    person->birth = date_of(reading, object, "birth", "birth");
    person->sex =
        sex_letters[word_of(reading, text_of(reading, object, "sex", 1, "sex"), sexes, "sex")];
    code_of(reading, object, "nationality", person->nationality, "nationality");
    if (document != NULL)
        read_document(reading, document, &person->document);
}

static void read_party(struct reading *reading, json_t *object, struct ptn_lane_scan *scan)
{
    static const char *const fields[] = { "adults", "children", NULL };

    only_fields(reading, object, fields);
    scan->party_known = true;
    scan->adults = count_of(reading, object, "adults", 100, "party.adults");
    scan->children = count_of(reading, object, "children", 100, "party.children");
}

static bool flag_of(struct reading *reading, json_t *object, const char *key, const char *what)
{
    json_t *value = json_object_get(object, key);

    if (value != NULL && !json_is_boolean(value))
        refuse(reading, PTN_C_BAD_INPUT, what);
    return json_is_true(value);
}

/* The fields and words of docs/format/decide.md; kind must be said. */
static void read_permit(struct reading *reading, json_t *object, struct ptn_lane_scan *scan)
{
    static const char *const fields[] = { "kind", "issuer",  "number",       "from",        "until",
                                          "days", "entries", "entries_used", "used_before", NULL };
    static const char *const kinds[] = { "short-visa", "long-visa", "residence", "transit-visa",
                                         NULL };
    struct ptn_check_permit *permit = &scan->permit;

    only_fields(reading, object, fields);
    scan->permit_shown = true;
    permit->kind = (enum ptn_check_permit_kind)word_of(
        reading, text_of(reading, object, "kind", 12, "permit.kind"), kinds, "permit.kind");
    code_of(reading, object, "issuer", permit->issuer, "permit.issuer");
    permit->number = text_of(reading, object, "number", 40, "permit.number");
    permit->valid_from = day_of(reading, object, "from", "permit.from");
    permit->valid_until = day_of(reading, object, "until", "permit.until");
    permit->days = count_of(reading, object, "days", 1000, "permit.days");
    permit->entries = count_of(reading, object, "entries", 1000, "permit.entries");
    permit->entries_used = count_of(reading, object, "entries_used", 1000, "permit.entries_used");
    permit->used_before = flag_of(reading, object, "used_before", "permit.used_before");
}

/* A row of a carrier's list, as GET /v1/arrivals/{id} numbers it. */
static void read_arrival(struct reading *reading, json_t *object, struct ptn_lane_scan *scan)
{
    static const char *const fields[] = { "voyage", "version", "row", NULL };
    struct ptn_bytes voyage = text_of(reading, object, "voyage", 32, "arrival.voyage");

    only_fields(reading, object, fields);
    if (voyage.len != sizeof(scan->voyage) - 1)
        refuse(reading, PTN_C_BAD_INPUT, "arrival.voyage has 32 hex digits");
    else
        memcpy(scan->voyage, voyage.at, voyage.len);
    scan->version = count_of(reading, object, "version", 1000000, "arrival.version");
    scan->row = count_of(reading, object, "row", 1000000, "arrival.row");
    scan->picked = true;
}

struct ptn_status ptn_request_scan_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_lane_scan *ret_scan, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "mrz",    "person",       "direction", "party", "vehicle",
                                          "permit", "born_earlier", "arrival",   "trip",  NULL };
    static const char *const vehicle_fields[] = { "plate", NULL };
    static const char *const directions[] = { "entry", "exit", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_lane_scan scan = { 0 };
    json_t *root = load(&reading, body);
    json_t *part;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    scan.mrz = text_of(&reading, root, "mrz", 512, "mrz");
    scan.direction = word_of(&reading, text_of(&reading, root, "direction", 5, "direction"),
                             directions, "direction") == 0
                         ? PTN_DIRECTION_ENTRY
                         : PTN_DIRECTION_EXIT;
    if (json_object_get(root, "trip") != NULL)
        scan.trip = (const char *)id_of(&reading, root, "trip", "trip").at;
    scan.born_earlier = flag_of(&reading, root, "born_earlier", "born_earlier");
    if (scan.born_earlier && scan.mrz.len == 0)
        refuse(&reading, PTN_C_BAD_INPUT, "born_earlier is for mrz");
    part = object_of(&reading, root, "arrival", "arrival");
    if (part != NULL)
        read_arrival(&reading, part, &scan);
    part = object_of(&reading, root, "person", "person");
    if ((part != NULL || scan.picked) == (scan.mrz.len > 0))
        refuse(&reading, PTN_C_BAD_INPUT, "either mrz or person is needed");
    if (part != NULL)
        read_person(&reading, part, &scan.person);
    part = object_of(&reading, root, "party", "party");
    if (part != NULL)
        read_party(&reading, part, &scan);
    part = object_of(&reading, root, "vehicle", "vehicle");
    if (part != NULL) {
        only_fields(&reading, part, vehicle_fields);
        scan.plate = text_of(&reading, part, "plate", 20, "vehicle.plate");
    }
    part = object_of(&reading, root, "permit", "permit");
    if (part != NULL)
        read_permit(&reading, part, &scan);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_scan = scan;
    return reading.status;
}

/* ---- settlements ---- */

struct ptn_status ptn_request_settlement_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                               struct ptn_request_settlement *ret_request,
                                               struct ptn_diag *reterr)
{
    static const char *const fields[] = { "scan", "act", "kind", "reason", "supervisor", NULL };
    static const char *const supervisor_fields[] = { "user", "password", NULL };
    static const char *const acts[] = { "record", "refer", "override", NULL };
    static const enum ptn_lane_act act_numbers[] = { PTN_LANE_RECORD, PTN_LANE_REFER,
                                                     PTN_LANE_OVERRIDE };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_settlement request = { 0 };
    json_t *root = load(&reading, body);
    json_t *supervisor;
    struct ptn_bytes kind;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    request.scan = id_of(&reading, root, "scan", "scan");
    request.act =
        act_numbers[word_of(&reading, text_of(&reading, root, "act", 8, "act"), acts, "act")];
    kind = text_of(&reading, root, "kind", 16, "kind");
    request.kind = ptn_referral_kind_from_word(kind);
    if (kind.len > 0 && request.kind == PTN_REFERRAL_NONE)
        refuse(&reading, PTN_C_BAD_INPUT, "kind");
    request.reason = ptn_bytes_trim(text_of(&reading, root, "reason", 500, "reason"));
    supervisor = object_of(&reading, root, "supervisor", "supervisor");
    if (supervisor != NULL) {
        only_fields(&reading, supervisor, supervisor_fields);
        request.has_supervisor = true;
        read_credentials(&reading, supervisor, &request.supervisor, &request.password);
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- trips ---- */

static const char *const direction_words[] = { "entry", "exit", NULL };

static enum ptn_direction direction_of(struct reading *reading, json_t *root)
{
    return word_of(reading, text_of(reading, root, "direction", 5, "direction"), direction_words,
                   "direction") == 0
               ? PTN_DIRECTION_ENTRY
               : PTN_DIRECTION_EXIT;
}

/* An id under key as text with a NUL; NULL when it is missing. */
static const char *id_text_of(struct reading *reading, json_t *object, const char *key)
{
    if (json_object_get(object, key) == NULL)
        return NULL;
    return (const char *)id_of(reading, object, key, key).at;
}

/* A record takes no control characters, U+0080 to U+009F among them. */
static void one_line(struct reading *reading, struct ptn_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t letter = ptn_utf8_next(text, &at);

        if (letter < 0x20 || (letter >= 0x7f && letter < 0xa0))
            refuse(reading, PTN_C_BAD_INPUT, "a vehicle's text has control characters");
    }
}

struct ptn_status ptn_request_trip_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_trip_start *ret_start, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "trip", "direction", "vehicle", NULL };
    static const char *const vehicle_fields[] = { "plate", "sign", "vin", "kind", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_trip_start start = { .trip = NULL };
    json_t *root = load(&reading, body);
    json_t *vehicle;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    start.trip = id_text_of(&reading, root, "trip");
    start.direction = direction_of(&reading, root);
    vehicle = object_of(&reading, root, "vehicle", "vehicle");
    if (vehicle != NULL) {
        struct ptn_bytes kind = text_of(&reading, vehicle, "kind", 16, "vehicle.kind");

        only_fields(&reading, vehicle, vehicle_fields);
        start.plate = ptn_bytes_trim(
            text_of(&reading, vehicle, "plate", PTN_TRIP_PLATE_MAX, "vehicle.plate"));
        start.sign =
            ptn_bytes_trim(text_of(&reading, vehicle, "sign", PTN_TRIP_SIGN_MAX, "vehicle.sign"));
        start.vin =
            ptn_bytes_trim(text_of(&reading, vehicle, "vin", PTN_TRIP_VIN_MAX, "vehicle.vin"));
        start.kind = ptn_vehicle_kind_from_word(kind);
        if (kind.len > 0 && start.kind == PTN_VEHICLE_UNKNOWN)
            refuse(&reading, PTN_C_BAD_INPUT, "vehicle.kind");
        if (start.plate.len == 0)
            refuse(&reading, PTN_C_BAD_INPUT, "vehicle.plate is needed");
        one_line(&reading, start.plate);
        one_line(&reading, start.sign);
        one_line(&reading, start.vin);
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_start = start;
    return reading.status;
}

/* "act", "kind" and "reason" of an object; record where it says no act. */
static enum ptn_lane_act act_of(struct reading *reading, json_t *object,
                                enum ptn_referral_kind *ret_kind, struct ptn_bytes *ret_reason)
{
    static const char *const acts[] = { "record", "refer", "override", NULL };
    static const enum ptn_lane_act act_numbers[] = { PTN_LANE_RECORD, PTN_LANE_REFER,
                                                     PTN_LANE_OVERRIDE };
    struct ptn_bytes act = text_of(reading, object, "act", 8, "act");
    struct ptn_bytes kind = text_of(reading, object, "kind", 16, "kind");

    *ret_kind = ptn_referral_kind_from_word(kind);
    if (kind.len > 0 && *ret_kind == PTN_REFERRAL_NONE)
        refuse(reading, PTN_C_BAD_INPUT, "kind");
    *ret_reason = ptn_bytes_trim(text_of(reading, object, "reason", 500, "reason"));
    return act.len == 0 ? PTN_LANE_RECORD : act_numbers[word_of(reading, act, acts, "act")];
}

static void read_seats(struct reading *reading, json_t *root,
                       struct ptn_trip_settlement *settlement)
{
    static const char *const fields[] = { "scan", "act", "kind", "reason", NULL };
    json_t *seats = json_object_get(root, "seats");
    struct ptn_trip_seat_act *acts =
        ptn_arena_take(reading->arena, (size_t)PTN_TRIP_SEATS_MAX * sizeof(*acts));
    size_t count = seats == NULL ? 0 : json_array_size(seats);

    if (acts == NULL) {
        refuse(reading, PTN_C_NO_MEMORY, "no memory for the request");
        return;
    }
    if (seats == NULL || !json_is_array(seats) || count > PTN_TRIP_SEATS_MAX) {
        refuse(reading, PTN_C_BAD_INPUT, "seats is a list");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *seat = json_array_get(seats, i);
        struct ptn_bytes scan;

        if (!json_is_object(seat)) {
            refuse(reading, PTN_C_BAD_INPUT, "seats is a list of objects");
            return;
        }
        only_fields(reading, seat, fields);
        scan = id_of(reading, seat, "scan", "seats.scan");
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
    static const char *const supervisor_fields[] = { "user", "password", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_trip_record request = { .has_supervisor = false };
    struct ptn_trip_settlement *settlement = &request.settlement;
    json_t *root = load(&reading, body);
    json_t *part;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    settlement->trip = id_text_of(&reading, root, "trip");
    if (settlement->trip == NULL)
        refuse(&reading, PTN_C_BAD_INPUT, "trip is needed");
    read_seats(&reading, root, settlement);
    part = object_of(&reading, root, "vehicle", "vehicle");
    settlement->vehicle = PTN_LANE_RECORD;
    if (part != NULL) {
        only_fields(&reading, part, vehicle_fields);
        settlement->vehicle =
            act_of(&reading, part, &settlement->vehicle_kind, &settlement->vehicle_reason);
    }
    part = object_of(&reading, root, "supervisor", "supervisor");
    if (part != NULL) {
        only_fields(&reading, part, supervisor_fields);
        request.has_supervisor = true;
        read_credentials(&reading, part, &request.supervisor, &request.password);
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- reports ---- */

struct ptn_status ptn_request_report_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                           struct ptn_request_report *ret_request,
                                           struct ptn_diag *reterr)
{
    static const char *const fields[] = { "crossing", "note", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_report request = { 0 };
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    request.crossing = id_of(&reading, root, "crossing", "crossing");
    request.note = ptn_bytes_trim(text_of(&reading, root, "note", 2000, "note"));
    if (request.note.len == 0)
        refuse(&reading, PTN_C_BAD_INPUT, "note is needed");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- a centre's questions ---- */

static struct ptn_request_why why_of(struct reading *reading, json_t *root)
{
    static const char *const words[] = { "second-line", "search", "oversight", "subject", NULL };
    static const enum ptn_purpose purposes[] = { PTN_PURPOSE_SECOND_LINE, PTN_PURPOSE_SEARCH,
                                                 PTN_PURPOSE_OVERSIGHT, PTN_PURPOSE_SUBJECT };
    struct ptn_request_why why = {
        .reason =
            ptn_bytes_trim(text_of(reading, root, "reason", PTN_REQUEST_REASON_MAX, "reason")),
    };

    why.purpose = purposes[word_of(reading, text_of(reading, root, "purpose", 20, "purpose"), words,
                                   "purpose is second-line, search, oversight or subject")];
    if (why.reason.len == 0)
        refuse(reading, PTN_C_BAD_INPUT, "reason is needed");
    return why;
}

/* The same, or neither of the two: then the purpose of the shift is meant. */
static struct ptn_request_why why_or_none(struct reading *reading, json_t *root)
{
    static const struct ptn_request_why none = { 0 };

    if (json_object_get(root, "purpose") == NULL && json_object_get(root, "reason") == NULL)
        return none;
    return why_of(reading, root);
}

static int64_t instant_of(struct reading *reading, json_t *root, const char *key, const char *what)
{
    struct ptn_bytes text = text_of(reading, root, key, PTN_INSTANT_TEXT_SIZE, what);
    int64_t instant_ms = 0;

    if (text.len > 0 && (!ptn_ok(ptn_instant_parse(text, &instant_ms, NULL)) || instant_ms <= 0))
        refuse(reading, PTN_C_BAD_INPUT, what);
    return instant_ms;
}

/* "A" or "A.B", whole numbers of at most 19 digits. */
static void next_of(struct reading *reading, json_t *root, int64_t next[2])
{
    struct ptn_bytes text = text_of(reading, root, "next", PTN_REQUEST_NEXT_MAX, "next");
    size_t digits = 0;
    size_t which = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '.' && which == 0 && digits > 0) {
            which = 1;
            digits = 0;
            continue;
        }
        digits++;
        if (text.at[i] < '0' || text.at[i] > '9' || digits > 18) {
            refuse(reading, PTN_C_BAD_INPUT, "next");
            return;
        }
        next[which] = next[which] * 10 + (text.at[i] - '0');
    }
    if (text.len > 0 && digits == 0)
        refuse(reading, PTN_C_BAD_INPUT, "next");
}

struct ptn_status ptn_request_search_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                           struct ptn_request_search *ret_request,
                                           struct ptn_diag *reterr)
{
    static const char *const fields[] = { "purpose", "reason", "find",  "name", "birth",
                                          "number",  "issuer", "plate", "post", "from",
                                          "to",      "count",  "next",  NULL };
    static const char *const finds[] = { "people", "crossings", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_search request = { 0 };
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    request.why = why_or_none(&reading, root);
    request.people = word_of(&reading, text_of(&reading, root, "find", 20, "find"), finds,
                             "find is people or crossings") == 0;
    request.name = ptn_bytes_trim(text_of(&reading, root, "name", 500, "name"));
    request.number = ptn_bytes_trim(text_of(&reading, root, "number", 60, "number"));
    request.issuer = ptn_bytes_trim(text_of(&reading, root, "issuer", 3, "issuer"));
    request.plate = ptn_bytes_trim(text_of(&reading, root, "plate", 60, "plate"));
    request.post = ptn_bytes_trim(text_of(&reading, root, "post", 60, "post"));
    request.birth = date_of(&reading, root, "birth", "birth");
    request.from_ms = instant_of(&reading, root, "from", "from");
    request.to_ms = instant_of(&reading, root, "to", "to");
    request.count = count_of(&reading, root, "count", PTN_REQUEST_ROWS_MAX, "count");
    next_of(&reading, root, request.next);
    if (request.count == 0)
        request.count = PTN_REQUEST_ROWS_MAX;
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_person_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                           struct ptn_request_person *ret_request,
                                           struct ptn_diag *reterr)
{
    static const char *const fields[] = { "purpose", "reason", "key", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_person request = { 0 };
    struct ptn_buffer key;
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    request.why = why_or_none(&reading, root);
    ptn_buffer_init(&key, sizeof(request.key));
    if (!ptn_ok(ptn_hex_read(text_of(&reading, root, "key", 32, "key"), &key, NULL)) ||
        key.len != sizeof(request.key))
        refuse(&reading, PTN_C_BAD_INPUT, "key is 32 hex digits");
    else
        memcpy(request.key, key.at, sizeof(request.key));
    ptn_buffer_release(&key);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_purpose_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                            struct ptn_request_why *ret_why,
                                            struct ptn_diag *reterr)
{
    static const char *const fields[] = { "purpose", "reason", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_why why;
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    why = why_of(&reading, root);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_why = why;
    return reading.status;
}

struct ptn_status ptn_request_find_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_request_find *ret_request,
                                         struct ptn_diag *reterr)
{
    static const char *const fields[] = { "text", "post", "from", "to", "count", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_find request = { 0 };
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    request.text = ptn_bytes_trim(text_of(&reading, root, "text", 500, "text"));
    request.post = ptn_bytes_trim(text_of(&reading, root, "post", 60, "post"));
    request.from_ms = instant_of(&reading, root, "from", "from");
    request.to_ms = instant_of(&reading, root, "to", "to");
    request.count = count_of(&reading, root, "count", PTN_REQUEST_ROWS_MAX, "count");
    if (request.count == 0)
        request.count = PTN_REQUEST_ROWS_MAX;
    if (request.text.len == 0)
        refuse(&reading, PTN_C_BAD_INPUT, "text is needed");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- orders ---- */

static enum ptn_cause cause_of(struct reading *reading, json_t *root)
{
    enum ptn_cause cause = ptn_cause_find(text_of(reading, root, "cause", 16, "cause"));

    if (cause == PTN_CAUSE_NONE)
        refuse(reading, PTN_C_BAD_INPUT, "cause");
    return cause;
}

struct ptn_status ptn_request_step_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_apply_step *ret_step, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "rung", "cause", "reason", NULL };
    static const char *const rungs[] = { "local", "manual", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_apply_step step = { .hands = PTN_RUNG_HANDS_NONE };
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    step.rung = word_of(&reading, text_of(&reading, root, "rung", 8, "rung"), rungs, "rung") == 0
                    ? PTN_RUNG_LOCAL
                    : PTN_RUNG_MANUAL;
    step.cause = cause_of(&reading, root);
    step.reason = ptn_bytes_trim(text_of(&reading, root, "reason", PTN_ORDER_REASON_MAX, "reason"));
    if (step.reason.len == 0 || memchr(step.reason.at, '\n', step.reason.len) != NULL)
        refuse(&reading, PTN_C_BAD_INPUT, "reason is needed, in one line");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_step = step;
    return reading.status;
}

struct ptn_status ptn_request_confirm_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                            struct ptn_hash *ret_name, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "order", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_buffer name = { .len_max = PTN_HASH_LEN };
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    if (!ptn_ok(ptn_hex_read(text_of(&reading, root, "order", (size_t)2 * PTN_HASH_LEN, "order"),
                             &name, NULL)) ||
        name.len != PTN_HASH_LEN)
        refuse(&reading, PTN_C_BAD_INPUT, "order");
    else
        memcpy(ret_name->at, name.at, PTN_HASH_LEN);
    ptn_buffer_release(&name);
    json_decref(root);
    return reading.status;
}

struct ptn_status ptn_request_gate_lane_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                              struct ptn_request_gate_lane *ret_request,
                                              struct ptn_diag *reterr)
{
    static const char *const fields[] = { "lane", "direction", NULL };
    static const char *const directions[] = { "entry", "exit", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_gate_lane request = { .name = "" };
    json_t *root = load(&reading, body);
    struct ptn_bytes lane;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    lane = text_of(&reading, root, "lane", PTN_LANE_NAME_MAX, "lane");
    if (lane.len == 0 || lane.len > PTN_LANE_NAME_MAX)
        refuse(&reading, PTN_C_BAD_INPUT, "lane is needed");
    else
        memcpy(request.name, lane.at, lane.len);
    request.direction = word_of(&reading, text_of(&reading, root, "direction", 8, "direction"),
                                directions, "direction") == 0
                            ? PTN_DIRECTION_ENTRY
                            : PTN_DIRECTION_EXIT;
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

struct ptn_status ptn_request_code_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_request_code *ret_request,
                                         struct ptn_diag *reterr)
{
    static const char *const fields[] = { "number", "digits", "cause", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_code request = { 0 };
    json_t *root = load(&reading, body);

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    request.number = count_of(&reading, root, "number", PTN_APPLY_CODES_MAX, "number");
    request.digits = text_of(&reading, root, "digits", 32, "digits");
    request.cause = cause_of(&reading, root);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- screening by hand ---- */

struct ptn_status ptn_request_pack_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         unsigned *ret_sheets, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "sheets", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    json_t *root = load(&reading, body);
    unsigned sheets;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    sheets = count_of(&reading, root, "sheets", PTN_PACK_SHEETS_MAX, "sheets");
    if (sheets == 0)
        refuse(&reading, PTN_C_BAD_INPUT, "sheets is a number from 1 to 999");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_sheets = sheets;
    return reading.status;
}

struct ptn_status ptn_request_sheet_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                          struct ptn_form *ret_form, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "serial",    "surname", "given",   "line",     "issuer",
                                          "direction", "time",    "outcome", "referral", "reason",
                                          "plate",     "officer", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_form form = { 0 };
    json_t *root = load(&reading, body);
    struct ptn_bytes *const boxes[] = {
        &form.serial, &form.surname, &form.given,    &form.line,   &form.issuer, &form.direction,
        &form.time,   &form.outcome, &form.referral, &form.reason, &form.plate,  &form.officer
    };

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    for (size_t i = 0; fields[i] != NULL; i++)
        *boxes[i] = text_of(&reading, root, fields[i], 500, fields[i]);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_form = form;
    return reading.status;
}

struct ptn_status ptn_request_told_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_request_told *ret_request,
                                         struct ptn_diag *reterr)
{
    static const char *const fields[] = { "pack", "first", "count", "state", "second", NULL };
    static const char *const second_fields[] = { "user", "password", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_told request = { 0 };
    json_t *root = load(&reading, body);
    json_t *second;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    request.pack = count_of(&reading, root, "pack", PTN_PACK_NUMBER_MAX, "pack");
    request.first = count_of(&reading, root, "first", PTN_PACK_SHEETS_MAX, "first");
    request.count = count_of(&reading, root, "count", PTN_PACK_SHEETS_MAX, "count");
    request.state = ptn_sheets_state_from_word(text_of(&reading, root, "state", 16, "state"));
    if (request.pack == 0 || request.first == 0 || request.count == 0 || request.state == 0)
        refuse(&reading, PTN_C_BAD_INPUT, "pack, first, count and state are needed");
    second = object_of(&reading, root, "second", "second");
    if (second != NULL) {
        only_fields(&reading, second, second_fields);
        request.has_second = true;
        read_credentials(&reading, second, &request.second, &request.password);
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- the second line ---- */

struct ptn_status ptn_request_case_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_request_case *ret_request,
                                         struct ptn_diag *reterr)
{
    static const char *const fields[] = { "step",    "words",  "item",   "list", "entry",
                                          "outcome", "ground", "second", NULL };
    static const char *const second_fields[] = { "user", "password", NULL };
    struct reading reading = { arena, reterr, PTN_OK };
    struct ptn_request_case request = { 0 };
    json_t *root = load(&reading, body);
    struct ptn_bytes outcome;
    json_t *second;

    if (root == NULL)
        return reading.status;
    only_fields(&reading, root, fields);
    request.act = ptn_case_act_from_word(text_of(&reading, root, "step", 16, "step"));
    if (request.act == 0 || request.act == PTN_CASE_OPENED)
        refuse(&reading, PTN_C_BAD_INPUT, "step is none that can be done");
    request.words = text_of(&reading, root, "words", PTN_RECORD_NOTE_MAX, "words");
    request.item = text_of(&reading, root, "item", PTN_RECORD_WORD_MAX, "item");
    request.list = text_of(&reading, root, "list", PTN_RECORD_WORD_MAX, "list");
    request.entry = text_of(&reading, root, "entry", PTN_RECORD_WORD_MAX, "entry");
    request.ground = text_of(&reading, root, "ground", PTN_RECORD_WORD_MAX, "ground");
    outcome = text_of(&reading, root, "outcome", 16, "outcome");
    request.outcome = ptn_case_outcome_from_word(outcome);
    if ((request.act == PTN_CASE_ENDED) != (request.outcome != PTN_CASE_NO_OUTCOME))
        refuse(&reading, PTN_C_BAD_INPUT, "outcome belongs to the step ended");
    second = object_of(&reading, root, "second", "second");
    if (second != NULL) {
        only_fields(&reading, second, second_fields);
        request.has_second = true;
        read_credentials(&reading, second, &request.second, &request.password);
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}
