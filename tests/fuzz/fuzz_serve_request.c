/* Request bodies: the first byte chooses the kind, the rest is the body. */
#include <stdlib.h>

#include "serve/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Most kinds; the rest are sign-in and the lane's. */
static struct ptn_status parse_other(unsigned kind, struct ptn_bytes body, struct ptn_arena *arena,
                                     struct ptn_diag *diag)
{
    union {
        struct ptn_request_search search;
        struct ptn_request_person person;
        struct ptn_request_subject subject;
        struct ptn_request_identity identity;
        struct ptn_request_attachment attachment;
        struct ptn_request_looks looks;
        struct ptn_request_correction correction;
        struct ptn_apply_step step;
        struct ptn_hash name;
        struct ptn_request_code code;
        struct ptn_request_gate_lane gate_lane;
        struct ptn_request_why why;
        struct ptn_request_find find;
        struct ptn_typed typed;
        struct ptn_trip_start trip;
        struct ptn_request_trip_record record;
        struct ptn_request_two two;
        struct ptn_request_report report;
        struct ptn_chips_given given;
        struct ptn_request_call call;
        struct ptn_bytes text;
    } got;

    switch (kind) {
    case 6:
        return ptn_request_search_parse(body, arena, &got.search, diag);
    case 7:
        return ptn_request_person_parse(body, arena, &got.person, diag);
    case 8:
        return ptn_request_step_parse(body, arena, &got.step, diag);
    case 9:
        return ptn_request_confirm_parse(body, arena, &got.name, diag);
    case 10:
        return ptn_request_code_parse(body, arena, &got.code, diag);
    case 11:
        return ptn_request_gate_lane_parse(body, arena, &got.gate_lane, diag);
    case 12:
        return ptn_request_purpose_parse(body, arena, &got.why, diag);
    case 13:
        return ptn_request_find_parse(body, arena, &got.find, diag);
    case 14: /* what stands in the box is no JSON */
        return ptn_typed_read(body, arena, &got.typed, diag);
    case 15:
        return ptn_request_trip_parse(body, arena, &got.trip, diag);
    case 16:
        return ptn_request_trip_record_parse(body, arena, &got.record, diag);
    case 17:
        if (ptn_ok(ptn_request_vouching_parse(body, arena, &got.two, diag)))
            return PTN_OK;
        return ptn_request_extension_parse(body, arena, &got.two, diag);
    case 18:
        return ptn_request_pass_parse(body, arena, &got.text, diag);
    case 19:
        return ptn_request_call_open_parse(body, arena, &got.call, diag);
    case 20:
        return ptn_request_tally_parse(body, arena, &got.call, diag);
    case 21:
        return ptn_request_call_close_parse(body, arena, &got.call, diag);
    case 22:
        return ptn_request_call_search_parse(body, arena, &got.text, diag);
    case 23:
        return ptn_request_subject_parse(body, arena, &got.subject, diag);
    case 24:
        return ptn_request_identity_parse(body, arena, &got.identity, diag);
    case 25:
        return ptn_request_looks_parse(body, arena, &got.looks, diag);
    case 26:
        return ptn_request_correction_parse(body, arena, &got.correction, diag);
    case 27:
        return ptn_request_attachment_parse(body, arena, &got.attachment, diag);
    case 28: /* a header */
        return ptn_request_name_parse(body, arena, &got.text, diag);
    case 29:
        return ptn_request_chip_parse(body, arena, &got.given, diag);
    default:
        return ptn_request_report_parse(body, arena, &got.report, diag);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_bytes body;
    union {
        struct ptn_request_sign_in sign_in;
        struct ptn_lane_scan scan;
        struct ptn_request_settlement settlement;
        struct ptn_bytes mrz;
    } got;
    struct ptn_diag diag = { 0 };
    struct ptn_status status;
    unsigned kind;

    if (arena == NULL || size == 0) {
        ptn_arena_free(arena);
        return 0;
    }
    body = ptn_bytes_of(data + 1, size - 1);
    kind = data[0] >= 250   ? 23u + (data[0] - 250u) % 6
           : data[0] >= 240 ? 17
           : data[0] >= 235 ? data[0] - 217u
           : data[0] >= 230 ? 29
                            : data[0] % 48 % 17;
    switch (kind) {
    case 0:
        status = ptn_request_sign_in_parse(body, false, arena, &got.sign_in, &diag);
        break;
    case 1:
        status = ptn_request_sign_in_parse(body, true, arena, &got.sign_in, &diag);
        break;
    case 2:
        status = ptn_request_mrz_parse(body, arena, &got.mrz, &diag);
        break;
    case 3:
        status = ptn_request_scan_parse(body, arena, &got.scan, &diag);
        break;
    case 4:
        status = ptn_request_settlement_parse(body, arena, &got.settlement, &diag);
        break;
    default:
        status = parse_other(kind, body, arena, &diag);
        break;
    }
    if (!ptn_ok(status) && diag.text == NULL)
        abort(); /* a refusal that does not say why */
    ptn_arena_free(arena);
    return 0;
}
