#include "serve/request_int.h"

#define FILE_NAME_MAX 4096u /* bytes of its header */

/* ---- sign-in and relief ---- */

struct ptn_status ptn_request_sign_in_parse(struct ptn_bytes body, bool relief,
                                            struct ptn_arena *arena,
                                            struct ptn_request_sign_in *ret_request,
                                            struct ptn_diag *reterr)
{
    static const char *const fields[] = { "user", "password", "language", "lane", NULL };
    static const char *const relief_fields[] = { "user", "password", "language", NULL };
    static const char *const languages[] = { "en", "sq", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_sign_in request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, relief ? relief_fields : fields);
    ptn_body_credentials(&reading, root, &request.user, &request.password);
    if (json_object_get(root, "language") != NULL) {
        request.language_known = true;
        request.albanian =
            ptn_body_word(&reading, ptn_body_text(&reading, root, "language", 8, "language"),
                          languages, "language") == 1;
    }
    if (!relief) {
        request.lane = ptn_body_text(&reading, root, "lane", PTN_LANE_NAME_MAX, "lane");
        if (!ptn_lane_is_name(request.lane))
            ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "lane");
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
    struct ptn_body reading = { arena, reterr, PTN_OK };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    struct ptn_bytes mrz;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    mrz = ptn_body_text(&reading, root, "mrz", 512, "mrz");
    if (json_object_get(root, "mrz") == NULL)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "mrz is needed");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_mrz = mrz;
    return reading.status;
}

/* ---- scans ---- */

static void read_document(struct ptn_body *reading, json_t *object, struct ptn_document *document)
{
    static const char *const fields[] = { "kind", "issuer", "number", "expiry", NULL };
    struct ptn_bytes kind = ptn_body_text(reading, object, "kind", 32, "document.kind");

    ptn_body_only(reading, object, fields);
    document->kind = ptn_document_kind_from_word(kind);
    if (kind.len > 0 && document->kind == PTN_DOCUMENT_UNKNOWN)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "document.kind");
    ptn_body_code(reading, ptn_body_text(reading, object, "issuer", 3, "document.issuer"),
                  document->issuer, "document.issuer");
    document->number = ptn_body_text(reading, object, "number", 40, "document.number");
    document->expiry = ptn_body_date(reading, object, "expiry", "document.expiry");
}

static void read_person(struct ptn_body *reading, json_t *object, struct ptn_person *person)
{
    static const char *const fields[] = { "surname", "given",       "name",     "birth",
                                          "sex",     "nationality", "document", NULL };
    static const char *const sexes[] = { "", "M", "F", NULL };
    static const char sex_letters[] = { 0, 'M', 'F' };
    json_t *document = ptn_body_object(reading, object, "document", "document");

    ptn_body_only(reading, object, fields);
    person->surname = ptn_body_text(reading, object, "surname", 200, "surname");
    person->given = ptn_body_text(reading, object, "given", 200, "given");
    person->name = ptn_body_text(reading, object, "name", 300, "name");
    person->birth = ptn_body_date(reading, object, "birth", "birth");
    person->sex = sex_letters[ptn_body_word(
        reading, ptn_body_text(reading, object, "sex", 1, "sex"), sexes, "sex")];
    ptn_body_code(reading, ptn_body_text(reading, object, "nationality", 3, "nationality"),
                  person->nationality, "nationality");
    if (document != NULL)
        read_document(reading, document, &person->document);
}

static void read_party(struct ptn_body *reading, json_t *object, struct ptn_lane_scan *scan)
{
    static const char *const fields[] = { "adults", "children", NULL };

    ptn_body_only(reading, object, fields);
    scan->party_known = true;
    scan->adults = ptn_body_count(reading, object, "adults", 100, "party.adults");
    scan->children = ptn_body_count(reading, object, "children", 100, "party.children");
}

/* The fields and words of docs/format/decide.md; kind must be said. */
static void read_permit(struct ptn_body *reading, json_t *object, struct ptn_lane_scan *scan)
{
    static const char *const fields[] = { "kind", "issuer",  "number",       "from",        "until",
                                          "days", "entries", "entries_used", "used_before", NULL };
    static const char *const kinds[] = { "short-visa", "long-visa", "residence", "transit-visa",
                                         NULL };
    struct ptn_check_permit *permit = &scan->permit;

    ptn_body_only(reading, object, fields);
    scan->permit_shown = true;
    permit->kind = (enum ptn_check_permit_kind)ptn_body_word(
        reading, ptn_body_text(reading, object, "kind", 12, "permit.kind"), kinds, "permit.kind");
    ptn_body_code(reading, ptn_body_text(reading, object, "issuer", 3, "permit.issuer"),
                  permit->issuer, "permit.issuer");
    permit->number = ptn_body_text(reading, object, "number", 40, "permit.number");
    permit->valid_from = ptn_body_day(reading, object, "from", "permit.from");
    permit->valid_until = ptn_body_day(reading, object, "until", "permit.until");
    permit->days = ptn_body_count(reading, object, "days", 1000, "permit.days");
    permit->entries = ptn_body_count(reading, object, "entries", 1000, "permit.entries");
    permit->entries_used =
        ptn_body_count(reading, object, "entries_used", 1000, "permit.entries_used");
    permit->used_before = ptn_body_flag(reading, object, "used_before", "permit.used_before");
}

/* One file of a chip, in base64; empty when it is missing. */
static struct ptn_bytes read_chip_file(struct ptn_body *reading, json_t *object, const char *key,
                                       const char *what)
{
    struct ptn_bytes text = ptn_body_text(reading, object, key, PTN_REQUEST_BODY_MAX, what);
    struct ptn_buffer file = { .len_max = PTN_REQUEST_BODY_MAX };
    struct ptn_bytes kept = PTN_BYTES_NONE;
    char *copy = NULL;

    if (text.len == 0 || !ptn_ok(ptn_base64_read(text, &file, NULL)))
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, what);
    else
        copy = ptn_arena_text(reading->arena, ptn_buffer_bytes(&file));
    if (copy != NULL)
        kept = ptn_bytes_of(copy, file.len);
    else
        ptn_body_refuse(reading, PTN_C_NO_MEMORY, what); /* what was refused before stays so */
    ptn_buffer_release(&file);
    return kept;
}

/* None where nothing is said. */
static enum ptn_chip_proof read_chip_proof(struct ptn_body *reading, json_t *object,
                                           const char *what)
{
    static const char *const words[] = { "none", "given", "failed", NULL };
    struct ptn_bytes word = ptn_body_text(reading, object, "proof", 8, what);

    return word.len == 0 ? PTN_CHIP_PROOF_NONE
                         : (enum ptn_chip_proof)ptn_body_word(reading, word, words, what);
}

static void read_chip(struct ptn_body *reading, json_t *object, struct ptn_lane_scan *scan)
{
    static const char *const fields[] = { "state", "sod", "dg1", "proof", NULL };
    static const char *const states[] = { "read", "refused", NULL };
    const struct ptn_bytes state = ptn_body_text(reading, object, "state", 8, "chip.state");

    ptn_body_only(reading, object, fields);
    if (scan->mrz.len == 0)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "chip is beside mrz");
    scan->chip_refused = state.len > 0 && ptn_body_word(reading, state, states, "chip.state") == 1;
    if (scan->chip_refused && json_object_size(object) > 1)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "a refused chip gives no files");
    if (scan->chip_refused)
        return;
    scan->chip_sod = read_chip_file(reading, object, "sod", "chip.sod");
    scan->chip_dg1 = read_chip_file(reading, object, "dg1", "chip.dg1");
    scan->chip_copied = read_chip_proof(reading, object, "chip.proof") == PTN_CHIP_PROOF_FAILED;
}

/* The same, checked and left in base64. */
static struct ptn_bytes read_packed(struct ptn_body *reading, json_t *object, const char *key)
{
    (void)read_chip_file(reading, object, key, key);
    return ptn_body_text(reading, object, key, PTN_REQUEST_BODY_MAX, key);
}

struct ptn_status ptn_request_chip_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_chips_given *ret_given, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "id", "state", NULL };
    static const char *const read_fields[] = { "id", "state", "sod", "dg1", "proof", NULL };
    static const char *const states[] = { "read", "no-chip", "refused", "failed", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_chips_given given = { .id = NULL };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    given.id = (const char *)ptn_body_id(&reading, root, "id", "id").at; /* a NUL is after it */
    given.state = (enum ptn_chips_state)(
        PTN_CHIPS_READ + ptn_body_word(&reading, ptn_body_text(&reading, root, "state", 8, "state"),
                                       states, "state"));
    ptn_body_only(&reading, root, given.state == PTN_CHIPS_READ ? read_fields : fields);
    if (given.state == PTN_CHIPS_READ) {
        given.sod = read_packed(&reading, root, "sod");
        given.dg1 = read_packed(&reading, root, "dg1");
        given.proof = read_chip_proof(&reading, root, "proof");
        if (given.sod.len + given.dg1.len > PTN_REQUEST_CHIP_MAX)
            ptn_body_refuse(&reading, PTN_C_TOO_BIG, "sod and dg1 are too long");
    }
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_given = given;
    return reading.status;
}

/* A row of a carrier's list, as GET /v1/arrivals/{id} numbers it. */
static void read_arrival(struct ptn_body *reading, json_t *object, struct ptn_lane_scan *scan)
{
    static const char *const fields[] = { "voyage", "version", "row", NULL };
    struct ptn_bytes voyage = ptn_body_text(reading, object, "voyage", 32, "arrival.voyage");

    ptn_body_only(reading, object, fields);
    if (voyage.len != sizeof(scan->voyage) - 1)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "arrival.voyage has 32 hex digits");
    else
        memcpy(scan->voyage, voyage.at, voyage.len);
    scan->version = ptn_body_count(reading, object, "version", 1000000, "arrival.version");
    scan->row = ptn_body_count(reading, object, "row", 1000000, "arrival.row");
    scan->picked = true;
}

/* What the officer saw of an entry on paper. */
static void read_proof(struct ptn_body *reading, json_t *object, struct ptn_lane_scan *scan)
{
    static const char *const fields[] = { "kind", "entered", NULL };

    ptn_body_only(reading, object, fields);
    scan->proof =
        ptn_entry_proof_from_word(ptn_body_text(reading, object, "kind", 16, "proof.kind"));
    if (scan->proof == PTN_PROOF_NONE)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "proof.kind is stub, stamp or ticket");
    if (scan->direction != PTN_DIRECTION_EXIT)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "proof is of an entry, asked for at exit");
    scan->entered = ptn_body_day(reading, object, "entered", "proof.entered");
}

struct ptn_status ptn_request_scan_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_lane_scan *ret_scan, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "mrz",          "person",   "direction",
                                          "party",        "vehicle",  "permit",
                                          "born_earlier", "arrival",  "trip",
                                          "call",         "for_good", "flight",
                                          "proof",        "chip",     NULL };
    static const char *const vehicle_fields[] = { "plate", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_lane_scan scan = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    json_t *part;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    scan.mrz = ptn_body_text(&reading, root, "mrz", 512, "mrz");
    scan.direction = ptn_body_direction(&reading, root);
    scan.trip = ptn_body_id_text(&reading, root, "trip");
    scan.call = ptn_body_id_text(&reading, root, "call");
    scan.flight = ptn_body_id_text(&reading, root, "flight");
    scan.for_good = ptn_body_flag(&reading, root, "for_good", "for_good");
    if ((scan.trip != NULL && scan.call != NULL) || (scan.for_good && scan.call == NULL))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "call is alone, and for_good is of a call");
    scan.born_earlier = ptn_body_flag(&reading, root, "born_earlier", "born_earlier");
    if (scan.born_earlier && scan.mrz.len == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "born_earlier is for mrz");
    part = ptn_body_object(&reading, root, "arrival", "arrival");
    if (part != NULL)
        read_arrival(&reading, part, &scan);
    part = ptn_body_object(&reading, root, "person", "person");
    if ((part != NULL || scan.picked) == (scan.mrz.len > 0))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "either mrz or person is needed");
    if (part != NULL)
        read_person(&reading, part, &scan.person);
    part = ptn_body_object(&reading, root, "party", "party");
    if (part != NULL)
        read_party(&reading, part, &scan);
    part = ptn_body_object(&reading, root, "vehicle", "vehicle");
    if (part != NULL) {
        ptn_body_only(&reading, part, vehicle_fields);
        scan.plate = ptn_body_text(&reading, part, "plate", 20, "vehicle.plate");
    }
    part = ptn_body_object(&reading, root, "permit", "permit");
    if (part != NULL)
        read_permit(&reading, part, &scan);
    part = ptn_body_object(&reading, root, "chip", "chip");
    if (part != NULL)
        read_chip(&reading, part, &scan);
    part = ptn_body_object(&reading, root, "proof", "proof");
    if (part != NULL)
        read_proof(&reading, part, &scan);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_scan = scan;
    return reading.status;
}

/* ---- reports ---- */

struct ptn_status ptn_request_report_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                           struct ptn_request_report *ret_request,
                                           struct ptn_diag *reterr)
{
    static const char *const fields[] = { "crossing", "note", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_report request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.crossing = ptn_body_id(&reading, root, "crossing", "crossing");
    request.note = ptn_bytes_trim(ptn_body_text(&reading, root, "note", 2000, "note"));
    if (request.note.len == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "note is needed");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

/* ---- the ladder and the way back ---- */

static enum ptn_cause cause_of(struct ptn_body *reading, json_t *root)
{
    enum ptn_cause cause = ptn_cause_find(ptn_body_text(reading, root, "cause", 16, "cause"));

    if (cause == PTN_CAUSE_NONE)
        ptn_body_refuse(reading, PTN_C_BAD_INPUT, "cause");
    return cause;
}

struct ptn_status ptn_request_step_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                         struct ptn_apply_step *ret_step, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "rung", "cause", "reason", NULL };
    static const char *const rungs[] = { "local", "manual", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_apply_step step = { .hands = PTN_RUNG_HANDS_NONE };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    step.rung = ptn_body_word(&reading, ptn_body_text(&reading, root, "rung", 8, "rung"), rungs,
                              "rung") == 0
                    ? PTN_RUNG_LOCAL
                    : PTN_RUNG_MANUAL;
    step.cause = cause_of(&reading, root);
    step.reason =
        ptn_bytes_trim(ptn_body_text(&reading, root, "reason", PTN_ORDER_REASON_MAX, "reason"));
    if (step.reason.len == 0 || memchr(step.reason.at, '\n', step.reason.len) != NULL)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "reason is needed, in one line");
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_step = step;
    return reading.status;
}

struct ptn_status ptn_request_confirm_parse(struct ptn_bytes body, struct ptn_arena *arena,
                                            struct ptn_hash *ret_name, struct ptn_diag *reterr)
{
    static const char *const fields[] = { "order", NULL };
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_buffer name = { .len_max = PTN_HASH_LEN };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    if (!ptn_ok(
            ptn_hex_read(ptn_body_text(&reading, root, "order", (size_t)2 * PTN_HASH_LEN, "order"),
                         &name, NULL)) ||
        name.len != PTN_HASH_LEN)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "order");
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
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_gate_lane request = { .name = "" };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    struct ptn_bytes lane;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    lane = ptn_body_text(&reading, root, "lane", PTN_LANE_NAME_MAX, "lane");
    if (lane.len == 0 || lane.len > PTN_LANE_NAME_MAX)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "lane is needed");
    else
        memcpy(request.name, lane.at, lane.len);
    request.direction =
        ptn_body_word(&reading, ptn_body_text(&reading, root, "direction", 8, "direction"),
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
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_code request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.number = ptn_body_count(&reading, root, "number", PTN_APPLY_CODES_MAX, "number");
    request.digits = ptn_body_text(&reading, root, "digits", 32, "digits");
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
    struct ptn_body reading = { arena, reterr, PTN_OK };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    unsigned sheets;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    sheets = ptn_body_count(&reading, root, "sheets", PTN_PACK_SHEETS_MAX, "sheets");
    if (sheets == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "sheets is a number from 1 to 999");
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
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_form form = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    struct ptn_bytes *const boxes[] = {
        &form.serial, &form.surname, &form.given,    &form.line,   &form.issuer, &form.direction,
        &form.time,   &form.outcome, &form.referral, &form.reason, &form.plate,  &form.officer
    };

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    for (size_t i = 0; fields[i] != NULL; i++)
        *boxes[i] = ptn_body_text(&reading, root, fields[i], 500, fields[i]);
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
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_told request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.pack = ptn_body_count(&reading, root, "pack", PTN_PACK_NUMBER_MAX, "pack");
    request.first = ptn_body_count(&reading, root, "first", PTN_PACK_SHEETS_MAX, "first");
    request.count = ptn_body_count(&reading, root, "count", PTN_PACK_SHEETS_MAX, "count");
    request.state = ptn_sheets_state_from_word(ptn_body_text(&reading, root, "state", 16, "state"));
    if (request.pack == 0 || request.first == 0 || request.count == 0 || request.state == 0)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "pack, first, count and state are needed");
    request.has_second =
        ptn_body_person(&reading, root, "second", &request.second, &request.password);
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
    struct ptn_body reading = { arena, reterr, PTN_OK };
    struct ptn_request_case request = { 0 };
    json_t *root = ptn_body_load(&reading, body, PTN_REQUEST_BODY_MAX);
    struct ptn_bytes outcome;

    if (root == NULL)
        return reading.status;
    ptn_body_only(&reading, root, fields);
    request.act = ptn_case_act_from_word(ptn_body_text(&reading, root, "step", 16, "step"));
    if (request.act == 0 || request.act == PTN_CASE_OPENED)
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "step is none that can be done");
    request.words = ptn_body_text(&reading, root, "words", PTN_RECORD_NOTE_MAX, "words");
    request.item = ptn_body_text(&reading, root, "item", PTN_RECORD_WORD_MAX, "item");
    request.list = ptn_body_text(&reading, root, "list", PTN_RECORD_WORD_MAX, "list");
    request.entry = ptn_body_text(&reading, root, "entry", PTN_RECORD_WORD_MAX, "entry");
    request.ground = ptn_body_text(&reading, root, "ground", PTN_RECORD_WORD_MAX, "ground");
    outcome = ptn_body_text(&reading, root, "outcome", 16, "outcome");
    request.outcome = ptn_case_outcome_from_word(outcome);
    if ((request.act == PTN_CASE_ENDED) != (request.outcome != PTN_CASE_NO_OUTCOME))
        ptn_body_refuse(&reading, PTN_C_BAD_INPUT, "outcome belongs to the step ended");
    request.has_second =
        ptn_body_person(&reading, root, "second", &request.second, &request.password);
    json_decref(root);
    if (ptn_ok(reading.status))
        *ret_request = request;
    return reading.status;
}

static unsigned hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - (unsigned)'0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - (unsigned)'a' + 10 : 16;
}

struct ptn_status ptn_request_name_parse(struct ptn_bytes header, struct ptn_arena *arena,
                                         struct ptn_bytes *ret_name, struct ptn_diag *reterr)
{
    uint8_t *name = ptn_arena_take(arena, header.len + 1);
    size_t len = 0;

    if (header.len > FILE_NAME_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, FILE_NAME_MAX, "X-Postern-Name is too long");
    if (name == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < header.len; i++) {
        unsigned high =
            header.at[i] == '%' && header.len - i > 2 ? hex_value(header.at[i + 1]) : 16;
        unsigned low = high < 16 ? hex_value(header.at[i + 2]) : 16;

        if (header.at[i] == '%' && low > 15)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "X-Postern-Name: % and no hex digits");
        name[len++] = low < 16 ? (uint8_t)(high << 4 | low) : header.at[i];
        i += low < 16 ? 2 : 0;
    }
    *ret_name = ptn_bytes_of(name, len);
    return PTN_OK;
}
