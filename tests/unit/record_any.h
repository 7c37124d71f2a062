/*
 * tests/unit/record_any.h -- any kind of record, for tests that want all of them: random good ones,
 * and reading one to write it again. Used by unit tests and by the fuzz target.
 */
#ifndef TESTS_UNIT_RECORD_ANY_H
#define TESTS_UNIT_RECORD_ANY_H
#include "base/world.h"
#include "record/access.h"
#include "record/again.h"
#include "record/alert.h"
#include "record/case.h"
#include "record/crossing.h"
#include "record/decision.h"
#include "record/edition.h"
#include "record/message.h"
#include "record/notice.h"
#include "record/permit.h"
#include "record/stage.h"
#include "record/vehicle.h"

/* Beside the kinds: 0 the header, and one past them a person. */
#define ANY_HEADER 0u
#define ANY_PERSON PTN_RECORD_KIND_COUNT
#define ANY_COUNT  (PTN_RECORD_KIND_COUNT + 1u)

/* Numbers between the kinds may be free. */
static inline bool any_is_kind(unsigned any)
{
    return strcmp(ptn_record_kind_word((enum ptn_record_kind)any), "unknown") != 0;
}

static inline bool any_exists(unsigned any)
{
    return any == ANY_HEADER || any == ANY_PERSON || any_is_kind(any);
}

/* Parse the payload and append what it is written as. The parser's codes, or the writer's. */
static inline struct ptn_status any_rewrite(unsigned any, struct ptn_bytes payload,
                                            struct ptn_arena *arena, struct ptn_buffer *out,
                                            struct ptn_diag *reterr)
{
    struct ptn_record_header header;
    struct ptn_crossing crossing;
    struct ptn_decision decision;
    struct ptn_access access;
    struct ptn_session session;
    struct ptn_staff_event staff;
    struct ptn_report report;
    struct ptn_list_loaded loaded;
    struct ptn_node_started started;
    struct ptn_record_epoch epoch;
    struct ptn_handed_note note;
    struct ptn_record_refused refused;
    struct ptn_alert alert;
    struct ptn_leave leave;
    struct ptn_screened_again again;
    struct ptn_list_edition edition;
    struct ptn_view_digest_record digest;
    struct ptn_successor successor;
    struct ptn_order_receipt receipt;
    struct ptn_permit permit;
    struct ptn_identity identity;
    struct ptn_correction correction;
    struct ptn_permits_published permits;
    struct ptn_stays_edition stays;
    struct ptn_rules_edition rules;
    struct ptn_erasure_due due;
    struct ptn_erasure_done done;
    struct ptn_findings findings;
    struct ptn_stage_moved stage;
    struct ptn_rung_moved moved;
    struct ptn_pack pack;
    struct ptn_sheet sheet;
    struct ptn_sheets_told told;
    struct ptn_shift_entry shift;
    struct ptn_carrier_message message;
    struct ptn_vehicle vehicle;
    struct ptn_ship_call call;
    struct ptn_case_step step;
    struct ptn_attachment_part part;
    struct ptn_person person;
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(payload);
    struct ptn_status status;

    switch (any) {
    case ANY_HEADER:
        status = ptn_record_header_parse(payload, &header, reterr);
        return ptn_ok(status) ? ptn_record_header_write(&header, out) : status;
    case PTN_RECORD_CROSSING:
        status = ptn_crossing_parse(payload, &crossing, reterr);
        return ptn_ok(status) ? ptn_crossing_write(&crossing, out) : status;
    case PTN_RECORD_DECISION:
        status = ptn_decision_parse(payload, arena, &decision, reterr);
        return ptn_ok(status) ? ptn_decision_write(&decision, out) : status;
    case PTN_RECORD_ACCESS:
        status = ptn_access_parse(payload, &access, reterr);
        return ptn_ok(status) ? ptn_access_write(&access, out) : status;
    case PTN_RECORD_SESSION:
        status = ptn_session_parse(payload, &session, reterr);
        return ptn_ok(status) ? ptn_session_write(&session, out) : status;
    case PTN_RECORD_STAFF:
        status = ptn_staff_event_parse(payload, &staff, reterr);
        return ptn_ok(status) ? ptn_staff_event_write(&staff, out) : status;
    case PTN_RECORD_REPORT:
        status = ptn_report_parse(payload, &report, reterr);
        return ptn_ok(status) ? ptn_report_write(&report, out) : status;
    case PTN_RECORD_LIST_LOADED:
        status = ptn_list_loaded_parse(payload, arena, &loaded, reterr);
        return ptn_ok(status) ? ptn_list_loaded_write(&loaded, out) : status;
    case PTN_RECORD_NODE_STARTED:
        status = ptn_node_started_parse(payload, &started, reterr);
        return ptn_ok(status) ? ptn_node_started_write(&started, out) : status;
    case PTN_RECORD_EPOCH:
        status = ptn_record_epoch_parse(payload, arena, &epoch, reterr);
        return ptn_ok(status) ? ptn_record_epoch_write(&epoch, out) : status;
    case PTN_RECORD_NOTE:
        status = ptn_handed_note_parse(payload, &note, reterr);
        return ptn_ok(status) ? ptn_handed_note_write(&note, out) : status;
    case PTN_RECORD_ALERT:
        status = ptn_alert_parse(payload, arena, &alert, reterr);
        return ptn_ok(status) ? ptn_alert_write(&alert, out) : status;
    case PTN_RECORD_LEAVE:
        status = ptn_leave_parse(payload, arena, &leave, reterr);
        return ptn_ok(status) ? ptn_leave_write(&leave, out) : status;
    case PTN_RECORD_LIST:
        status = ptn_list_edition_parse(payload, &edition, reterr);
        return ptn_ok(status) ? ptn_list_edition_write(&edition, out) : status;
    case PTN_RECORD_AGAIN:
        status = ptn_screened_again_parse(payload, &again, reterr);
        return ptn_ok(status) ? ptn_screened_again_write(&again, out) : status;
    case PTN_RECORD_RULES:
        status = ptn_rules_edition_parse(payload, &rules, reterr);
        return ptn_ok(status) ? ptn_rules_edition_write(&rules, out) : status;
    case PTN_RECORD_PERMITS:
        status = ptn_permits_published_parse(payload, &permits, reterr);
        return ptn_ok(status) ? ptn_permits_published_write(&permits, out) : status;
    case PTN_RECORD_STAYS:
        status = ptn_stays_edition_parse(payload, &stays, reterr);
        return ptn_ok(status) ? ptn_stays_edition_write(&stays, out) : status;
    case PTN_RECORD_CORRECTION:
        status = ptn_correction_parse(payload, &correction, reterr);
        return ptn_ok(status) ? ptn_correction_write(&correction, out) : status;
    case PTN_RECORD_IDENTITY:
        status = ptn_identity_parse(payload, &identity, reterr);
        return ptn_ok(status) ? ptn_identity_write(&identity, out) : status;
    case PTN_RECORD_PERMIT:
        status = ptn_permit_parse(payload, &permit, reterr);
        return ptn_ok(status) ? ptn_permit_write(&permit, out) : status;
    case PTN_RECORD_ERASURE:
        status = ptn_erasure_due_parse(payload, &due, reterr);
        return ptn_ok(status) ? ptn_erasure_due_write(&due, out) : status;
    case PTN_RECORD_ERASED:
        status = ptn_erasure_done_parse(payload, &done, reterr);
        return ptn_ok(status) ? ptn_erasure_done_write(&done, out) : status;
    case PTN_RECORD_REFUSED:
        status = ptn_record_refused_parse(payload, &refused, reterr);
        return ptn_ok(status) ? ptn_record_refused_write(&refused, out) : status;
    case PTN_RECORD_DIGEST:
        status = ptn_view_digest_record_parse(payload, arena, &digest, reterr);
        return ptn_ok(status) ? ptn_view_digest_record_write(&digest, out) : status;
    case PTN_RECORD_RECEIPT:
        status = ptn_order_receipt_parse(payload, &receipt, reterr);
        return ptn_ok(status) ? ptn_order_receipt_write(&receipt, out) : status;
    case PTN_RECORD_RUNG:
        status = ptn_rung_moved_parse(payload, &moved, reterr);
        return ptn_ok(status) ? ptn_rung_moved_write(&moved, out) : status;
    case PTN_RECORD_SUCCESSOR:
        status = ptn_successor_parse(payload, &successor, reterr);
        return ptn_ok(status) ? ptn_successor_write(&successor, out) : status;
    case PTN_RECORD_PACK:
        status = ptn_pack_parse(payload, &pack, reterr);
        return ptn_ok(status) ? ptn_pack_write(&pack, out) : status;
    case PTN_RECORD_SHEET:
        status = ptn_sheet_parse(payload, &sheet, reterr);
        return ptn_ok(status) ? ptn_sheet_write(&sheet, out) : status;
    case PTN_RECORD_FINDINGS:
        status = ptn_findings_parse(payload, &findings, reterr);
        return ptn_ok(status) ? ptn_findings_write(&findings, out) : status;
    case PTN_RECORD_STAGE:
        status = ptn_stage_moved_parse(payload, &stage, reterr);
        return ptn_ok(status) ? ptn_stage_moved_write(&stage, out) : status;
    case PTN_RECORD_SHEETS_TOLD:
        status = ptn_sheets_told_parse(payload, &told, reterr);
        return ptn_ok(status) ? ptn_sheets_told_write(&told, out) : status;
    case PTN_RECORD_SHIFT:
        status = ptn_shift_entry_parse(payload, &shift, reterr);
        return ptn_ok(status) ? ptn_shift_entry_write(&shift, out) : status;
    case PTN_RECORD_MESSAGE:
        status = ptn_carrier_message_parse(payload, &message, reterr);
        return ptn_ok(status) ? ptn_carrier_message_write(&message, out) : status;
    case PTN_RECORD_VEHICLE:
        status = ptn_vehicle_parse(payload, &vehicle, reterr);
        return ptn_ok(status) ? ptn_vehicle_write(&vehicle, out) : status;
    case PTN_RECORD_CALL:
        status = ptn_ship_call_parse(payload, &call, reterr);
        return ptn_ok(status) ? ptn_ship_call_write(&call, out) : status;
    case PTN_RECORD_ATTACHMENT:
        status = ptn_attachment_part_parse(payload, &part, reterr);
        return ptn_ok(status) ? ptn_attachment_part_write(&part, out) : status;
    case PTN_RECORD_CASE:
        status = ptn_case_step_parse(payload, arena, &step, reterr);
        return ptn_ok(status) ? ptn_case_step_write(&step, out) : status;
    default:
        status = ptn_person_parse(&reader, &person, reterr);
        if (ptn_ok(status))
            status = ptn_cbor_end(&reader, reterr);
        return ptn_ok(status) ? ptn_person_write(&person, out) : status;
    }
}

/* ---- random good ones ---- */

struct any_source {
    const struct ptn_world *world;
    struct ptn_arena *arena;
};

/* 0 to below - 1. */
static inline uint64_t any_below(const struct any_source *source, uint64_t below)
{
    uint64_t number;

    source->world->random(source->world->context, (uint8_t *)&number, sizeof(number));
    return number % below;
}

static inline struct ptn_bytes any_text(const struct any_source *source, size_t len_min,
                                        size_t len_max)
{
    static const char *const pieces[] = {
        "A", "z", "0", " ", "<", "\xc3\xab", "\xe1\x83\x90", "\xf0\x9f\x9b\x82"
    };
    uint8_t *at = ptn_arena_take(source->arena, len_max + 4);
    size_t aim = len_min + any_below(source, len_max - len_min + 1);
    size_t len = 0;

    while (at != NULL && len < aim) {
        const char *piece = pieces[any_below(source, sizeof(pieces) / sizeof(pieces[0]))];

        if (len + strlen(piece) > len_max)
            piece = "x";
        memcpy(at + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return ptn_bytes_of(at, at == NULL ? 0 : len);
}

static inline struct ptn_bytes any_word(const struct any_source *source)
{
    return any_text(source, 1, PTN_RECORD_WORD_MAX);
}

/* Empty as often as not. */
static inline struct ptn_bytes any_word_if(const struct any_source *source)
{
    return any_below(source, 2) == 0 ? PTN_BYTES_NONE : any_word(source);
}

static inline struct ptn_record_id any_id(const struct any_source *source)
{
    struct ptn_record_id id;

    source->world->random(source->world->context, id.at, sizeof(id.at));
    return id;
}

static inline struct ptn_date any_day(const struct any_source *source)
{
    return ptn_date_from_days((int32_t)any_below(source, 40000));
}

static inline struct ptn_date any_date(const struct any_source *source)
{
    struct ptn_date date = any_day(source);

    date.year = any_below(source, 4) == 0 ? 0 : date.year;
    date.month = any_below(source, 4) == 0 ? 0 : date.month;
    date.day = any_below(source, 4) == 0 ? 0 : date.day;
    return date;
}

static inline struct ptn_person any_person(const struct any_source *source)
{
    static const char *const codes[] = { "", "D", "ALB", "XXA" };
    struct ptn_person person = { 0 };

    person.surname = any_text(source, 0, PTN_PERSON_NAME_MAX);
    person.given = any_word_if(source);
    person.name = any_word_if(source);
    person.birth = any_date(source);
    person.sex = "MF"[any_below(source, 3)];
    strcpy(person.nationality, codes[any_below(source, 4)]);
    person.document.kind = (enum ptn_document_kind)any_below(source, PTN_DOCUMENT_KIND_COUNT);
    strcpy(person.document.code, any_below(source, 2) == 0 ? "" : "PD");
    strcpy(person.document.issuer, codes[any_below(source, 4)]);
    person.document.number = any_word(source);
    person.document.expiry = any_date(source);
    person.document.optional = any_word_if(source);
    return person;
}

static inline int64_t any_time(const struct any_source *source)
{
    return 1 + (int64_t)any_below(source, 253402300799999);
}

static inline struct ptn_status any_write_crossing(const struct any_source *source,
                                                   struct ptn_buffer *out)
{
    struct ptn_crossing crossing = { 0 };

    crossing.id = any_id(source);
    if (any_below(source, 4) > 0) {
        crossing.advice = any_id(source);
        crossing.advised = (enum ptn_verdict)any_below(source, PTN_VERDICT_COUNT);
    }
    crossing.time_ms = any_time(source);
    crossing.date = any_day(source);
    crossing.direction = (enum ptn_direction)(1 + any_below(source, 2));
    crossing.outcome = (enum ptn_outcome)(1 + any_below(source, 3));
    if (crossing.outcome == PTN_OUTCOME_RECORDED)
        crossing.advised = PTN_VERDICT_CLEAR;
    if (crossing.outcome == PTN_OUTCOME_REFERRED)
        crossing.referral = (enum ptn_referral_kind)(1 + any_below(source, PTN_REFERRAL_COUNT - 1));
    crossing.reason = any_text(source, 1, PTN_RECORD_NOTE_MAX);
    crossing.post = any_word(source);
    crossing.lane = any_word_if(source);
    crossing.officer = any_word(source);
    crossing.supervisor = any_word(source);
    crossing.plate = any_word_if(source);
    crossing.imported = any_word_if(source);
    crossing.trip = any_below(source, 2) == 0 ? any_id(source) : crossing.trip;
    crossing.exempt = any_below(source, 2) == 0;
    crossing.proof = (enum ptn_entry_proof)(crossing.time_ms % PTN_PROOF_COUNT);
    if (crossing.proof > PTN_PROOF_STUB)
        crossing.entered = crossing.date;
    crossing.person = any_person(source);
    return ptn_crossing_write(&crossing, out);
}

static inline struct ptn_status any_write_decision(const struct any_source *source,
                                                   struct ptn_buffer *out)
{
    struct ptn_decision decision = { 0 };
    struct ptn_decision_reason reasons[3] = { 0 };
    struct ptn_decision_fact facts[3][2] = { 0 };
    struct ptn_decision_match matches[2] = { 0 };
    struct ptn_decision_list lists[3] = { 0 };
    struct ptn_bytes actions[2];

    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 2; k++)
            facts[i][k] = (struct ptn_decision_fact){ any_word(source), any_word_if(source) };
        reasons[i] =
            (struct ptn_decision_reason){ any_word(source),
                                          (enum ptn_verdict)any_below(source, PTN_VERDICT_COUNT),
                                          any_below(source, 2) == 0,
                                          any_word_if(source),
                                          facts[i],
                                          any_below(source, 3) };
        lists[i] = (struct ptn_decision_list){ any_word(source), any_word_if(source), true,
                                               any_below(source, 3), any_below(source, 100000) };
    }
    for (size_t i = 0; i < 2; i++) {
        matches[i] =
            (struct ptn_decision_match){ any_word(source),         any_word_if(source),
                                         any_word(source),         any_word_if(source),
                                         any_below(source, 10001), any_below(source, 2) == 0 };
        actions[i] = any_word(source);
    }
    decision.id = any_id(source);
    decision.time_ms = any_time(source);
    decision.date = any_day(source);
    decision.direction = (enum ptn_direction)(1 + any_below(source, 2));
    decision.post = any_word(source);
    decision.lane = any_word_if(source);
    decision.officer = any_word(source);
    decision.person = any_person(source);
    decision.mrz = any_word_if(source);
    decision.plate = any_word_if(source);
    decision.reasons = reasons;
    decision.reason_count = any_below(source, 4);
    for (size_t i = 0; i < decision.reason_count; i++)
        if (reasons[i].verdict > decision.verdict)
            decision.verdict = reasons[i].verdict;
    decision.actions = actions;
    decision.action_count = any_below(source, 3);
    decision.matches = matches;
    decision.match_count = any_below(source, 3);
    decision.more_matches = any_below(source, 2) == 0;
    decision.stay_applies = any_below(source, 2) == 0;
    if (decision.stay_applies && any_below(source, 2) == 0)
        decision.stay =
            (struct ptn_decision_stay){ true, any_below(source, 91), any_below(source, 91),
                                        any_day(source), PTN_DATE_NONE };
    decision.lists = lists;
    decision.born_earlier = any_below(source, 2) == 0;
    if (any_below(source, 2) == 0)
        decision.permit = (struct ptn_decision_permit){
            .kind = (enum ptn_permit_kind)(1 + any_below(source, PTN_PERMIT_COUNT - 1)),
            .issuer = "ALB",
            .number = any_word_if(source),
            .valid_until = any_date(source),
            .days = any_below(source, 91),
            .entries = any_below(source, 3),
            .used_before = any_below(source, 2) == 0,
        };
    decision.list_count = any_below(source, 4);
    return ptn_decision_write(&decision, out);
}

static inline struct ptn_status any_write_access(const struct any_source *source,
                                                 struct ptn_buffer *out)
{
    struct ptn_access access = { 0 };

    access.id = any_id(source);
    access.time_ms = any_time(source);
    access.purpose = (enum ptn_purpose)(1 + any_below(source, PTN_PURPOSE_COUNT - 1));
    access.officer = any_word(source);
    access.post = any_word(source);
    access.lane = any_word_if(source);
    if (any_below(source, 2) == 0)
        access.record = any_id(source);
    if (any_below(source, 2) == 0)
        access.person = any_person(source);
    access.shown = any_below(source, 100);
    access.reason = any_text(source, 1, PTN_RECORD_NOTE_MAX);
    return ptn_access_write(&access, out);
}

static inline struct ptn_status any_write_session(const struct any_source *source,
                                                  struct ptn_buffer *out)
{
    struct ptn_session session = { 0 };

    session.event = (enum ptn_session_event)(1 + any_below(source, PTN_SESSION_EVENT_COUNT - 1));
    if (session.event != PTN_SESSION_REFUSED)
        session.id = any_id(source);
    if (session.event == PTN_SESSION_RELIEVED)
        session.former = any_word(source);
    session.time_ms = any_time(source);
    session.user = any_word(source);
    session.role = any_word(source);
    session.post = any_word(source);
    session.lane = any_word_if(source);
    return ptn_session_write(&session, out);
}

static inline struct ptn_status any_write_staff(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_staff_event event = { .time_ms = any_time(source),
                                     .act = (enum ptn_staff_act)(
                                         1 + any_below(source, PTN_STAFF_ACT_COUNT - 1)),
                                     .post = any_word(source),
                                     .list = { 1 },
                                     .version = 1 + any_below(source, 1000) };

    if (event.act == PTN_STAFF_REFUSED)
        event.why = any_word(source);
    else
        event.until_ms = any_time(source);
    if (event.act == PTN_STAFF_TAKEN)
        event.people = 1 + any_below(source, 240);
    if (event.act == PTN_STAFF_EXTENDED || event.act == PTN_STAFF_VOUCHED) {
        event.officer = any_word(source);
        event.second =
            ptn_bytes_is(event.officer, "s") ? PTN_BYTES_LITERAL("t") : PTN_BYTES_LITERAL("s");
    }
    return ptn_staff_event_write(&event, out);
}

static inline struct ptn_status any_write_report(const struct any_source *source,
                                                 struct ptn_buffer *out)
{
    struct ptn_report report = { 0 };

    report.id = any_id(source);
    report.crossing = any_id(source);
    report.time_ms = any_time(source);
    report.post = any_word(source);
    report.lane = any_word_if(source);
    report.officer = any_word(source);
    report.note = any_text(source, 1, PTN_RECORD_NOTE_MAX);
    return ptn_report_write(&report, out);
}

static inline struct ptn_status any_write_list_loaded(const struct any_source *source,
                                                      struct ptn_buffer *out)
{
    struct ptn_list_loaded loaded = { 0 };
    struct ptn_list_loaded_list lists[3];

    for (size_t i = 0; i < 3; i++)
        lists[i] = (struct ptn_list_loaded_list){ any_word(source), any_word_if(source),
                                                  any_word_if(source), any_below(source, 100000),
                                                  any_below(source, 2) };
    loaded.time_ms = any_time(source);
    loaded.post = any_word(source);
    loaded.officer = any_word_if(source);
    loaded.snapshot_len = 1 + any_below(source, 1000000);
    memset(loaded.snapshot_sha256, 1 + (int)any_below(source, 255), sizeof(loaded.snapshot_sha256));
    loaded.lists = lists;
    loaded.list_count = any_below(source, 4);
    return ptn_list_loaded_write(&loaded, out);
}

static inline struct ptn_status any_write_node_started(const struct any_source *source,
                                                       struct ptn_buffer *out)
{
    struct ptn_node_started started = { .time_ms = any_time(source) };
    uint64_t flags;

    started.post = any_word(source);
    started.name = any_word(source);
    started.program = any_word(source);
    flags = any_below(source, 4);
    started.after_crash = (flags & 1) != 0;
    started.locked = (flags & 2) != 0;
    return ptn_node_started_write(&started, out);
}

static inline struct ptn_status any_write_epoch(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_record_epoch_box boxes[3];
    struct ptn_record_epoch epoch = { any_below(source, UINT32_MAX), any_below(source, 256), boxes,
                                      1 + any_below(source, 3) };

    source->world->random(source->world->context, (uint8_t *)boxes, sizeof(boxes));
    return ptn_record_epoch_write(&epoch, out);
}

static inline struct ptn_status any_write_note(const struct any_source *source,
                                               struct ptn_buffer *out)
{
    struct ptn_handed_note note = { any_word_if(source), any_text(source, 1, 5000) };

    return ptn_handed_note_write(&note, out);
}

static inline const struct ptn_person *any_people(const struct any_source *source, size_t count)
{
    struct ptn_person *people = ptn_arena_take(source->arena, (count + 1) * sizeof(*people));

    for (size_t i = 0; people != NULL && i < count; i++)
        people[i] = any_person(source);
    return people;
}

static inline struct ptn_status any_write_alert(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_alert alert = { .id = any_id(source), .time_ms = any_time(source) };

    alert.act = (enum ptn_alert_act)(1 + any_below(source, PTN_ALERT_ACT_COUNT - 1));
    alert.post = any_word(source);
    alert.officer = PTN_BYTES_LITERAL("ana");
    alert.second = any_below(source, 2) == 0 ? PTN_BYTES_NONE : PTN_BYTES_LITERAL("ben");
    alert.reason = any_word(source);
    if (alert.act == PTN_ALERT_END)
        return ptn_alert_write(&alert, out);
    alert.owner = any_text(source, 1, PTN_RECORD_LINE_MAX);
    alert.basis = any_word(source);
    alert.purpose = any_word(source);
    alert.action = (enum ptn_alert_action)(1 + any_below(source, PTN_ALERT_ACTION_COUNT - 1));
    alert.until = any_day(source);
    alert.from = any_below(source, 2) == 0 ? PTN_DATE_NONE : alert.until;
    alert.review = any_below(source, 2) == 0 ? PTN_DATE_NONE : any_day(source);
    alert.plate = any_word(source);
    alert.imported = any_word_if(source);
    alert.identity_count = any_below(source, 4);
    alert.identities = any_people(source, alert.identity_count);
    return ptn_alert_write(&alert, out);
}

static inline struct ptn_status any_write_leave(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_leave leave = { .id = any_id(source), .time_ms = any_time(source) };
    const struct ptn_bytes points[2] = { any_word(source), any_word(source) };

    leave.act = (enum ptn_leave_act)(1 + any_below(source, PTN_LEAVE_ACT_COUNT - 1));
    leave.post = any_word(source);
    leave.officer = PTN_BYTES_LITERAL("ana");
    leave.reason = any_word(source);
    if (leave.act == PTN_LEAVE_ORDERED || leave.act == PTN_LEAVE_EXTENDED)
        leave.deadline_ms = any_time(source);
    if (leave.act == PTN_LEAVE_PAPER) {
        leave.nth = 1 + any_below(source, 128);
        leave.sheet = any_word_if(source);
    }
    if (leave.act != PTN_LEAVE_ORDERED)
        return ptn_leave_write(&leave, out);
    leave.reference = any_word(source);
    leave.issuer = any_word(source);
    leave.contact = any_word_if(source);
    leave.ban_until = any_below(source, 2) == 0 ? PTN_DATE_NONE : any_day(source);
    leave.points = points;
    leave.point_count = any_below(source, 3);
    leave.protocol = any_below(source, 2) == 0;
    leave.liaison = any_word(source);
    leave.people_count = 1 + any_below(source, 3);
    leave.people = any_people(source, leave.people_count);
    leave.dependant_count = any_below(source, 3);
    leave.dependants = any_people(source, leave.dependant_count);
    return ptn_leave_write(&leave, out);
}

static inline struct ptn_status any_write_again(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_screened_again again = { .id = any_id(source), .time_ms = any_time(source) };

    again.post = any_word(source);
    again.crossing = any_id(source);
    again.crossed_ms = any_time(source);
    again.direction = (enum ptn_direction)(1 + any_below(source, 2));
    again.rung = (enum ptn_rung)any_below(source, PTN_RUNG_COUNT);
    again.list = any_word(source);
    again.entry = any_word(source);
    again.score = 1 + any_below(source, 10000);
    again.published_ms = any_time(source);
    again.then = again.published_ms <= again.crossed_ms;
    again.discreet = any_below(source, 2) == 0;
    again.action = any_word(source);
    again.person = any_person(source);
    if (any_below(source, 2) == 0)
        again.plate = any_word(source);
    return ptn_screened_again_write(&again, out);
}

static inline struct ptn_status any_write_refused(const struct any_source *source,
                                                  struct ptn_buffer *out)
{
    struct ptn_record_refused refused = { .origin = any_word(source),
                                          .why = (enum ptn_refused_why)(1 + any_below(source, 2)),
                                          .refused = any_text(source, 1, 300) };

    if (refused.why == PTN_REFUSED_FORK)
        refused.evidence = any_text(source, 1, 300);
    else
        refused.held = any_text(source, 1, 300);
    return ptn_record_refused_write(&refused, out);
}

static inline struct ptn_status any_write_digest(const struct any_source *source,
                                                 struct ptn_buffer *out)
{
    struct ptn_ledger_head heads[2] = { { PTN_BYTES_LITERAL("u/a"), any_below(source, 3) },
                                        { PTN_BYTES_LITERAL("u/b"), any_below(source, 1000) } };
    struct ptn_view_digest_record digest = { .time_ms = 1 + (int64_t)any_below(source, 1u << 30),
                                             .sha256 = { 1 },
                                             .heads = heads,
                                             .head_count = any_below(source, 3) };

    return ptn_view_digest_record_write(&digest, out);
}

static inline struct ptn_status any_write_successor(const struct any_source *source,
                                                    struct ptn_buffer *out)
{
    struct ptn_successor successor = { .time_ms = 1 + (int64_t)any_below(source, 1u << 30),
                                       .origin = any_word(source),
                                       .least = any_below(source, 3) };

    if (successor.least > 0)
        successor.checkpoint = any_text(source, 1, 300);
    return ptn_successor_write(&successor, out);
}

static inline struct ptn_status any_write_due(const struct any_source *source,
                                              struct ptn_buffer *out)
{
    const struct ptn_erasure_due due = { .time_ms = any_time(source),
                                         .order = any_text(source, 1, 300),
                                         .entry = any_text(source, 1, 100),
                                         .seen = any_text(source, 1, 300),
                                         .now = any_text(source, 1, 300) };

    return ptn_erasure_due_write(&due, out);
}

static inline struct ptn_status any_write_done(const struct any_source *source,
                                               struct ptn_buffer *out)
{
    struct ptn_erasure_done done = { .time_ms = any_time(source),
                                     .erased = any_below(source, 600),
                                     .left = any_below(source, 3) };

    source->world->random(source->world->context, done.order, sizeof(done.order));
    return ptn_erasure_done_write(&done, out);
}

static inline struct ptn_status any_write_receipt(const struct any_source *source,
                                                  struct ptn_buffer *out)
{
    struct ptn_order_receipt receipt = { .time_ms = any_time(source),
                                         .fate = (enum ptn_receipt_fate)(1 + any_below(source, 5)),
                                         .why = any_word(source),
                                         .hand =
                                             (enum ptn_receipt_hand)(1 + any_below(source, 4)) };

    source->world->random(source->world->context, receipt.order, sizeof(receipt.order));
    receipt.missing = any_word_if(source);
    return ptn_order_receipt_write(&receipt, out);
}

static inline struct ptn_status any_write_findings(const struct any_source *source,
                                                   struct ptn_buffer *out)
{
    struct ptn_findings findings = { .time_ms = any_time(source),
                                     .files = any_below(source, 3),
                                     .length = any_below(source, UINT32_MAX),
                                     .findings = any_below(source, 2000),
                                     .gaps = any_below(source, 3),
                                     .sealed = any_below(source, 2) == 0 };

    source->world->random(source->world->context, findings.manifest, PTN_SHA256_LEN);
    return ptn_findings_write(&findings, out);
}

static inline struct ptn_status any_write_stage(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_stage_moved stage = {
        .time_ms = any_time(source),
        .step = (enum ptn_stage_step)(1 + any_below(source, PTN_STAGE_STEP_COUNT - 1)),
    };

    if (stage.step == PTN_STAGE_STEP_DOWN) {
        source->world->random(source->world->context, stage.certificate, PTN_SHA256_LEN);
        stage.credentials = any_text(source, 1, 300);
    }
    if (stage.step == PTN_STAGE_STEP_DOWN || stage.step == PTN_STAGE_STEP_GATE)
        source->world->random(source->world->context, stage.program, PTN_SHA256_LEN);
    if (stage.step == PTN_STAGE_STEP_ACCOUNT || stage.step == PTN_STAGE_STEP_FORMER) {
        stage.issued = any_below(source, 1000);
        stage.open = any_below(source, stage.issued + 1);
    }
    if (stage.step == PTN_STAGE_STEP_LANE) {
        stage.lane = any_word(source);
        stage.direction = (enum ptn_direction)(1 + any_below(source, 2));
    }
    return ptn_stage_moved_write(&stage, out);
}

static inline struct ptn_status any_write_moved(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_rung_moved moved = { .time_ms = any_time(source),
                                    .entry = (enum ptn_rung)any_below(source, PTN_RUNG_COUNT),
                                    .exit = (enum ptn_rung)any_below(source, PTN_RUNG_COUNT),
                                    .cause = any_below(source, 5),
                                    .hands = (enum ptn_rung_hands)any_below(source, 4) };

    if (moved.hands != PTN_RUNG_HANDS_NONE)
        moved.own = any_text(source, 1, 300);
    return ptn_rung_moved_write(&moved, out);
}

static inline struct ptn_status any_write_edition(const struct any_source *source,
                                                  struct ptn_buffer *out)
{
    struct ptn_list_edition edition = { .time_ms = any_time(source),
                                        .post = any_word(source),
                                        .officer = any_word(source),
                                        .list = any_word(source),
                                        .edition = 1 + any_below(source, 3),
                                        .parts = 1 + any_below(source, PTN_LIST_EDITION_PARTS_MAX),
                                        .count = any_below(source, PTN_LIST_EDITION_ROWS_MAX),
                                        .root = { 1 },
                                        .profile = any_word(source),
                                        .on_entry = any_word(source),
                                        .on_exit = any_word(source) };

    edition.part = any_below(source, edition.parts);
    edition.former[0] = edition.edition == 1 ? 0 : 7;
    if (any_below(source, 2) == 0)
        edition.rows = any_text(source, 1, 300);
    if (any_below(source, 2) == 0)
        edition.gone = ptn_bytes_of("0123456789abcdef0123456789abcdef", PTN_SHA256_LEN);
    return ptn_list_edition_write(&edition, out);
}

static inline struct ptn_status any_write_pack(const struct any_source *source,
                                               struct ptn_buffer *out)
{
    struct ptn_pack pack = { 0 };

    pack.id = any_id(source);
    pack.number = 1 + any_below(source, PTN_PACK_NUMBER_MAX);
    pack.sheets = 1 + any_below(source, PTN_PACK_SHEETS_MAX);
    pack.time_ms = any_time(source);
    pack.expires = any_day(source);
    pack.post = any_word(source);
    pack.officer = any_word(source);
    pack.check = any_word(source);
    pack.listed = any_below(source, 1000);
    return ptn_pack_write(&pack, out);
}

static inline struct ptn_status any_write_sheet(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_sheet sheet = { 0 };

    sheet.id = any_id(source);
    sheet.pack = 1 + any_below(source, PTN_PACK_NUMBER_MAX);
    sheet.number = 1 + any_below(source, PTN_PACK_SHEETS_MAX);
    sheet.turn = (enum ptn_keying)(1 + any_below(source, 3));
    sheet.keyed_ms = any_time(source);
    sheet.keyed_by = any_word(source);
    sheet.post = any_word(source);
    sheet.officer = any_word(source);
    sheet.time_ms = any_time(source);
    sheet.date = any_day(source);
    sheet.direction = (enum ptn_direction)(1 + any_below(source, 2));
    sheet.outcome = (enum ptn_outcome)(1 + any_below(source, 3));
    if (sheet.outcome == PTN_OUTCOME_REFERRED)
        sheet.referral = (enum ptn_referral_kind)(1 + any_below(source, PTN_REFERRAL_COUNT - 1));
    sheet.reason = any_text(source, 1, PTN_RECORD_NOTE_MAX);
    sheet.plate = any_word_if(source);
    sheet.person = any_person(source);
    if (sheet.turn == PTN_KEYING_THIRD ||
        (sheet.turn == PTN_KEYING_SECOND && any_below(source, 2) > 0))
        sheet.crossing = any_id(source);
    return ptn_sheet_write(&sheet, out);
}

static inline struct ptn_status any_write_sheets_told(const struct any_source *source,
                                                      struct ptn_buffer *out)
{
    struct ptn_sheets_told told = { 0 };

    told.id = any_id(source);
    told.pack = 1 + any_below(source, PTN_PACK_NUMBER_MAX);
    told.first = 1 + any_below(source, PTN_PACK_SHEETS_MAX);
    told.count = 1 + any_below(source, PTN_PACK_SHEETS_MAX - told.first + 1);
    told.state = (enum ptn_sheets_state)(1 + any_below(source, 3));
    told.time_ms = any_time(source);
    told.post = any_word(source);
    told.officer = PTN_BYTES_LITERAL("one");
    if (told.state == PTN_SHEETS_LOST)
        told.second = PTN_BYTES_LITERAL("another");
    return ptn_sheets_told_write(&told, out);
}

static inline struct ptn_status any_write_message(const struct any_source *source,
                                                  struct ptn_buffer *out)
{
    struct ptn_carrier_message message = { .time_ms = any_time(source) };
    uint8_t raw[300];

    source->world->random(source->world->context, raw, sizeof(raw));
    source->world->random(source->world->context, message.sha256, sizeof(message.sha256));
    message.id = any_id(source);
    message.type = (enum ptn_message_type)any_below(source, PTN_MESSAGE_TYPE_COUNT);
    message.verdict =
        (enum ptn_message_verdict)(1 + any_below(source, PTN_MESSAGE_VERDICT_COUNT - 1));
    message.sender = any_word_if(source);
    message.reference = any_word_if(source);
    message.journey = any_word_if(source);
    message.people = any_below(source, 600);
    message.notes = any_below(source, 3);
    message.parts = 1 + any_below(source, PTN_MESSAGE_PARTS_MAX);
    message.part = 1 + any_below(source, message.parts);
    message.envelope = ptn_bytes_of(raw, (size_t)any_below(source, 100));
    message.raw = ptn_bytes_of(raw, (size_t)(1 + any_below(source, sizeof(raw))));
    if (message.verdict == PTN_MESSAGE_QUARANTINED && any_below(source, 2) > 0)
        message.raw = PTN_BYTES_NONE;
    message.length = sizeof(raw) + any_below(source, 1000);
    message.boarding = any_word_if(source);
    return ptn_carrier_message_write(&message, out);
}

static inline struct ptn_status any_write_vehicle(const struct any_source *source,
                                                  struct ptn_buffer *out)
{
    struct ptn_vehicle vehicle = { .time_ms = any_time(source) };

    vehicle.id = any_id(source);
    vehicle.trip = any_id(source);
    vehicle.date = any_day(source);
    vehicle.direction = (enum ptn_direction)(1 + any_below(source, 2));
    vehicle.kind = (enum ptn_vehicle_kind)any_below(source, PTN_VEHICLE_KIND_COUNT);
    vehicle.plate = any_word(source);
    vehicle.key = any_word(source);
    vehicle.sign = any_word_if(source);
    vehicle.vin = any_word_if(source);
    vehicle.occupants = any_below(source, PTN_VEHICLE_OCCUPANTS_MAX + 1);
    vehicle.advised = (enum ptn_verdict)any_below(source, PTN_VERDICT_COUNT);
    vehicle.outcome = (enum ptn_outcome)(1 + any_below(source, 3));
    if (vehicle.outcome == PTN_OUTCOME_RECORDED)
        vehicle.advised = PTN_VERDICT_CLEAR;
    if (vehicle.outcome == PTN_OUTCOME_REFERRED)
        vehicle.referral = (enum ptn_referral_kind)(1 + any_below(source, PTN_REFERRAL_COUNT - 1));
    if (any_below(source, 2) == 0) {
        vehicle.list = any_word(source);
        vehicle.entry = any_word(source);
    }
    vehicle.reason = any_text(source, 1, PTN_RECORD_NOTE_MAX);
    vehicle.post = any_word(source);
    vehicle.lane = any_word_if(source);
    vehicle.officer = any_word(source);
    vehicle.supervisor = any_word(source);
    vehicle.booking = any_word_if(source);
    vehicle.booked = any_below(source, 9);
    return ptn_vehicle_write(&vehicle, out);
}

static inline struct ptn_status any_write_ship_call(const struct any_source *source,
                                                    struct ptn_buffer *out)
{
    struct ptn_ship_call call = { .time_ms = any_time(source) };

    call.id = any_id(source);
    call.act = (enum ptn_call_act)(1 + any_below(source, PTN_CALL_ACT_COUNT - 1));
    call.of = call.act == PTN_CALL_OPENED ? call.id : any_id(source);
    call.post = any_word(source);
    call.lane = any_word_if(source);
    call.officer = any_word(source);
    call.supervisor = any_word(source);
    call.reason = any_text(source, 1, PTN_RECORD_NOTE_MAX);
    if (call.act == PTN_CALL_OPENED) {
        call.voyage = any_word(source);
        call.ship = any_word_if(source);
        call.imo = any_word(source);
        call.sails_ms = any_below(source, 2) == 0 ? 0 : any_time(source);
        call.passengers_enter = any_below(source, 2) == 0;
        return ptn_ship_call_write(&call, out);
    }
    if (call.act == PTN_CALL_CLOSED) {
        call.ashore = any_below(source, 9);
        call.uncounted = any_below(source, PTN_CALL_PEOPLE_MAX + 1);
        return ptn_ship_call_write(&call, out);
    }
    call.person = any_person(source);
    call.place = any_word_if(source);
    call.crew = any_below(source, 2) == 0;
    if (call.act == PTN_CALL_MISSING) {
        call.since_ms = any_time(source);
        return ptn_ship_call_write(&call, out);
    }
    call.advice = any_id(source);
    call.advised = (enum ptn_verdict)any_below(source, PTN_VERDICT_COUNT);
    if (call.act != PTN_CALL_OUT && call.act != PTN_CALL_IN)
        call.crossing = any_id(source);
    return ptn_ship_call_write(&call, out);
}

static inline struct ptn_status any_write_shift(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_shift_entry shift = { .id = any_id(source),
                                     .time_ms = any_time(source),
                                     .act = (enum ptn_shift_act)(1 + any_below(source, 4)),
                                     .post = any_word(source),
                                     .officer = any_word(source) };

    if (shift.act == PTN_SHIFT_LANE_OPENED || shift.act == PTN_SHIFT_LANE_CLOSED)
        shift.lane = any_word(source);
    if (shift.act == PTN_SHIFT_LANE_OPENED)
        shift.category = (enum ptn_lane_category)(1 + any_below(source, 6));
    if (shift.act == PTN_SHIFT_HANDED_OVER) {
        shift.words = any_text(source, 1, 200);
        shift.lists_age_h = any_below(source, PTN_SHIFT_LISTS_AGE_MAX);
        shift.second =
            ptn_bytes_is(shift.officer, "s") ? PTN_BYTES_LITERAL("t") : PTN_BYTES_LITERAL("s");
    }
    if (shift.act == PTN_SHIFT_WAIT) {
        shift.direction = (enum ptn_direction)(1 + any_below(source, 2));
        shift.minutes = any_below(source, PTN_SHIFT_MINUTES_MAX + 1);
        shift.method = (enum ptn_wait_method)(1 + any_below(source, 3));
    }
    return ptn_shift_entry_write(&shift, out);
}

static inline void any_case_ending(const struct any_source *source, struct ptn_case_step *step)
{
    step->outcome = (enum ptn_case_outcome)(1 + any_below(source, PTN_CASE_OUTCOME_COUNT - 1));
    if (step->outcome == PTN_CASE_ADMITTED || step->outcome == PTN_CASE_REFUSED)
        step->crossing = any_id(source);
    if (step->outcome == PTN_CASE_REFUSED) {
        step->ground = PTN_BYTES_LITERAL("C");
        step->second = PTN_BYTES_LITERAL("another");
    }
}

static inline struct ptn_attachment any_attachment(const struct any_source *source)
{
    struct ptn_attachment attachment = { .size = 1 + any_below(source, PTN_ATTACHMENT_LEN_MAX) };
    uint8_t *places = ptn_arena_take(source->arena, PTN_ATTACHMENT_PLACES_MAX);

    source->world->random(source->world->context, attachment.sha256, sizeof(attachment.sha256));
    attachment.type =
        (enum ptn_attachment_type)(1 + any_below(source, PTN_ATTACHMENT_TYPE_COUNT - 1));
    attachment.name = any_text(source, 1, PTN_ATTACHMENT_NAME_MAX);
    attachment.places = ptn_bytes_of(places, ptn_attachment_parts(attachment.size) * 8);
    memset(places, 0, PTN_ATTACHMENT_PLACES_MAX);
    for (size_t i = 0; i < attachment.places.len / 8; i++)
        places[i * 8 + 7] = (uint8_t)(i * 3 + 1);
    return attachment;
}

static inline struct ptn_status any_write_part(const struct any_source *source,
                                               struct ptn_buffer *out)
{
    const struct ptn_attachment_part part = {
        .id = any_id(source),
        .of = any_id(source),
        .part = 1 + any_below(source, PTN_ATTACHMENT_PARTS_MAX),
        .bytes = any_text(source, 1, 4096),
    };

    return ptn_attachment_part_write(&part, out);
}

static inline struct ptn_status any_write_case(const struct any_source *source,
                                               struct ptn_buffer *out)
{
    struct ptn_bytes rules[2] = { any_word(source), any_word(source) };
    struct ptn_decision_match match = { any_word(source),         any_word_if(source),
                                        any_word(source),         any_word_if(source),
                                        any_below(source, 10001), any_below(source, 2) == 0 };
    struct ptn_case_step step = { .time_ms = any_time(source) };

    step.id = any_id(source);
    step.of = any_id(source);
    step.act = (enum ptn_case_act)(1 + any_below(source, PTN_CASE_ACT_COUNT - 1));
    step.post = any_word(source);
    step.lane = any_word_if(source);
    step.officer = PTN_BYTES_LITERAL("one");
    step.words = any_text(source, 1, PTN_RECORD_NOTE_MAX);
    if (step.act == PTN_CASE_OPENED || step.act == PTN_CASE_NOT_SAME)
        step.person = any_person(source);
    if (step.act == PTN_CASE_OPENED) {
        step.kind = (enum ptn_referral_kind)(1 + any_below(source, PTN_REFERRAL_COUNT - 1));
        step.urgency = (enum ptn_case_urgency)(1 + any_below(source, 3));
        step.scan = any_id(source);
        step.advised = (enum ptn_verdict)any_below(source, PTN_VERDICT_COUNT);
        step.direction = (enum ptn_direction)(1 + any_below(source, 2));
        step.plate = any_word_if(source);
        step.exempt = any_below(source, 2) == 0;
        step.rules = rules;
        step.rule_count = any_below(source, 3);
        step.matches = &match;
        step.match_count = any_below(source, 2);
    }
    if (step.act == PTN_CASE_TICKED)
        step.item = any_word(source);
    if (step.act == PTN_CASE_ATTACHED)
        step.attachment = any_attachment(source);
    if (step.act == PTN_CASE_NOT_SAME) {
        step.list = any_word(source);
        step.edition = any_word_if(source);
        step.entry = any_word(source);
    }
    if (step.act == PTN_CASE_ENDED)
        any_case_ending(source, &step);
    return ptn_case_step_write(&step, out);
}

static inline struct ptn_status any_write_identity(const struct any_source *source,
                                                   struct ptn_buffer *out)
{
    struct ptn_identity identity = { .id = any_id(source), .time_ms = any_time(source) };

    identity.act = (enum ptn_identity_act)(1 + any_below(source, PTN_IDENTITY_ACT_COUNT - 1));
    identity.lessens = identity.act == PTN_IDENTITY_JOINED && any_below(source, 2) == 0;
    if (identity.act == PTN_IDENTITY_PARTED)
        identity.of = any_id(source);
    if (identity.act == PTN_IDENTITY_PARTED || identity.lessens)
        identity.second = PTN_BYTES_LITERAL("another one");
    identity.post = any_word(source);
    identity.officer = any_word(source);
    identity.reason = any_text(source, 1, 200);
    identity.one = any_person(source);
    identity.other = any_person(source);
    return ptn_identity_write(&identity, out);
}

static inline struct ptn_status any_write_correction(const struct any_source *source,
                                                     struct ptn_buffer *out)
{
    struct ptn_correction correction = { .id = any_id(source),
                                         .time_ms = any_time(source),
                                         .of = any_id(source),
                                         .post = any_word(source),
                                         .officer = any_word(source),
                                         .reason = any_text(source, 1, 200),
                                         .person = any_person(source) };

    if (any_below(source, 2) == 0)
        correction.second = PTN_BYTES_LITERAL("another one");
    if (any_below(source, 2) == 0)
        correction.right = any_person(source);
    if (any_below(source, 2) == 0)
        correction.date = (struct ptn_date){ 2026, 11, (uint8_t)(1 + any_below(source, 28)) };
    correction.direction = (enum ptn_direction)(1 + any_below(source, PTN_DIRECTION_COUNT - 1));
    return ptn_correction_write(&correction, out);
}

static inline struct ptn_status any_write_permit(const struct any_source *source,
                                                 struct ptn_buffer *out)
{
    struct ptn_permit permit = { .id = any_id(source), .issuer = "ALB" };

    permit.kind = (enum ptn_permit_kind)(1 + any_below(source, PTN_PERMIT_COUNT - 1));
    permit.number = any_word(source);
    permit.status = (enum ptn_permit_status)(1 + any_below(source, PTN_PERMIT_STATUS_COUNT - 1));
    permit.until = any_day(source);
    permit.from = any_below(source, 2) == 0 ? PTN_DATE_NONE : permit.until;
    permit.days = any_below(source, 91);
    permit.entries = any_below(source, 3);
    permit.entries_used = any_below(source, 3);
    permit.person = any_person(source);
    permit.person.birth.year = 1980;
    permit.person.birth.day = 0;
    strcpy(permit.person.document.issuer, "UTO");
    permit.imported = any_word(source);
    return ptn_permit_write(&permit, out);
}

static inline struct ptn_status any_write_stays(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_stays_edition stays = { .time_ms = any_time(source), .edition = 1 };

    stays.post = any_word(source);
    stays.since = any_day(source);
    source->world->random(source->world->context, stays.salt, sizeof(stays.salt));
    stays.rows = any_text(source, 1, 4096);
    stays.rows.len -= stays.rows.len % PTN_STAYS_ROW_LEN;
    if (stays.rows.len == 0 || any_below(source, 2) == 1)
        stays.until_ms = stays.time_ms;
    if (stays.until_ms % 2 == 1)
        stays.gaps = PTN_BYTES_LITERAL("\0\0\x50\1\0\0\x50\2\0\0\x50\x10\0\0\x50\x10");
    return ptn_stays_edition_write(&stays, out);
}

static inline struct ptn_status any_write_permits(const struct any_source *source,
                                                  struct ptn_buffer *out)
{
    struct ptn_permits_published permits = { .time_ms = any_time(source) };

    permits.post = any_word(source);
    permits.officer = any_word(source);
    source->world->random(source->world->context, permits.salt, sizeof(permits.salt));
    permits.slots = any_text(source, 1, 4096);
    return ptn_permits_published_write(&permits, out);
}

static inline struct ptn_status any_write_rules(const struct any_source *source,
                                                struct ptn_buffer *out)
{
    struct ptn_rules_edition edition = { .time_ms = any_time(source) };

    edition.post = any_word(source);
    edition.officer = PTN_BYTES_LITERAL("arta");
    edition.second = any_below(source, 2) == 0 ? PTN_BYTES_NONE : PTN_BYTES_LITERAL("bora");
    edition.version = any_word(source);
    edition.rules = any_text(source, 1, 4096);
    if (any_below(source, 2) == 0)
        edition.gone = PTN_BYTES_LITERAL("0123456789abcdef0123456789abcdef");
    return ptn_rules_edition_write(&edition, out);
}

/* Append a random record of the kind, one that its rules allow. */
static inline struct ptn_status any_write(unsigned any, const struct any_source *source,
                                          struct ptn_buffer *out)
{
    struct ptn_record_header header;
    struct ptn_person person;
    unsigned kind;

    switch (any) {
    case ANY_HEADER:
        do
            kind = 1 + (unsigned)any_below(source, PTN_RECORD_KIND_COUNT - 1);
        while (!any_is_kind(kind));
        header = ptn_record_header_of((enum ptn_record_kind)kind, any_time(source),
                                      (enum ptn_rung)any_below(source, PTN_RUNG_COUNT));
        return ptn_record_header_write(&header, out);
    case PTN_RECORD_CROSSING:
        return any_write_crossing(source, out);
    case PTN_RECORD_DECISION:
        return any_write_decision(source, out);
    case PTN_RECORD_ACCESS:
        return any_write_access(source, out);
    case PTN_RECORD_SESSION:
        return any_write_session(source, out);
    case PTN_RECORD_STAFF:
        return any_write_staff(source, out);
    case PTN_RECORD_REPORT:
        return any_write_report(source, out);
    case PTN_RECORD_LIST_LOADED:
        return any_write_list_loaded(source, out);
    case PTN_RECORD_NODE_STARTED:
        return any_write_node_started(source, out);
    case PTN_RECORD_EPOCH:
        return any_write_epoch(source, out);
    case PTN_RECORD_NOTE:
        return any_write_note(source, out);
    case PTN_RECORD_ALERT:
        return any_write_alert(source, out);
    case PTN_RECORD_LEAVE:
        return any_write_leave(source, out);
    case PTN_RECORD_LIST:
        return any_write_edition(source, out);
    case PTN_RECORD_AGAIN:
        return any_write_again(source, out);
    case PTN_RECORD_REFUSED:
        return any_write_refused(source, out);
    case PTN_RECORD_DIGEST:
        return any_write_digest(source, out);
    case PTN_RECORD_RECEIPT:
        return any_write_receipt(source, out);
    case PTN_RECORD_RULES:
        return any_write_rules(source, out);
    case PTN_RECORD_PERMITS:
        return any_write_permits(source, out);
    case PTN_RECORD_STAYS:
        return any_write_stays(source, out);
    case PTN_RECORD_CORRECTION:
        return any_write_correction(source, out);
    case PTN_RECORD_IDENTITY:
        return any_write_identity(source, out);
    case PTN_RECORD_PERMIT:
        return any_write_permit(source, out);
    case PTN_RECORD_ERASURE:
        return any_write_due(source, out);
    case PTN_RECORD_ERASED:
        return any_write_done(source, out);
    case PTN_RECORD_RUNG:
        return any_write_moved(source, out);
    case PTN_RECORD_SUCCESSOR:
        return any_write_successor(source, out);
    case PTN_RECORD_PACK:
        return any_write_pack(source, out);
    case PTN_RECORD_SHEET:
        return any_write_sheet(source, out);
    case PTN_RECORD_FINDINGS:
        return any_write_findings(source, out);
    case PTN_RECORD_STAGE:
        return any_write_stage(source, out);
    case PTN_RECORD_SHEETS_TOLD:
        return any_write_sheets_told(source, out);
    case PTN_RECORD_SHIFT:
        return any_write_shift(source, out);
    case PTN_RECORD_MESSAGE:
        return any_write_message(source, out);
    case PTN_RECORD_VEHICLE:
        return any_write_vehicle(source, out);
    case PTN_RECORD_CALL:
        return any_write_ship_call(source, out);
    case PTN_RECORD_CASE:
        return any_write_case(source, out);
    case PTN_RECORD_ATTACHMENT:
        return any_write_part(source, out);
    default:
        person = any_person(source);
        return ptn_person_write(&person, out);
    }
}
#endif
