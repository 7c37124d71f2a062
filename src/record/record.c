#include "record/record.h"

#include "record/access.h"
#include "record/again.h"
#include "record/alert.h"
#include "record/case.h"
#include "record/crossing.h"
#include "record/decision.h"
#include "record/edition.h"
#include "record/fields_int.h"
#include "record/message.h"
#include "record/notice.h"
#include "record/permit.h"
#include "record/stage.h"
#include "record/vehicle.h"
#include "record/words_int.h"

/* ---- kinds ---- */

struct kind {
    const char *word;
    enum ptn_retention retention;
};

static const struct kind kinds[PTN_RECORD_KIND_COUNT] = {
    [PTN_RECORD_CROSSING] = { "crossing", PTN_RETENTION_CROSSING },
    [PTN_RECORD_DECISION] = { "decision", PTN_RETENTION_CROSSING },
    [PTN_RECORD_ACCESS] = { "access", PTN_RETENTION_AUDIT },
    [PTN_RECORD_SESSION] = { "session", PTN_RETENTION_AUDIT },
    [PTN_RECORD_REPORT] = { "report", PTN_RETENTION_REPORT },
    [PTN_RECORD_LIST_LOADED] = { "list-loaded", PTN_RETENTION_OPERATION },
    [PTN_RECORD_NODE_STARTED] = { "node-started", PTN_RETENTION_OPERATION },
    [PTN_RECORD_EPOCH] = { "epoch", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_NOTE] = { "note", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_ALERT] = { "alert", PTN_RETENTION_CASEWORK },
    [PTN_RECORD_LEAVE] = { "leave", PTN_RETENTION_CASEWORK },
    [PTN_RECORD_LIST] = { "list", PTN_RETENTION_OPERATION },
    [PTN_RECORD_AGAIN] = { "again", PTN_RETENTION_REPORT },
    [PTN_RECORD_REFUSED] = { "refused", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_DIGEST] = { "digest", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_RECEIPT] = { "receipt", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_RUNG] = { "rung", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_SUCCESSOR] = { "successor", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_PACK] = { "pack", PTN_RETENTION_OPERATION },
    [PTN_RECORD_SHEET] = { "sheet", PTN_RETENTION_CASEWORK },
    [PTN_RECORD_SHEETS_TOLD] = { "sheets-told", PTN_RETENTION_OPERATION },
    [PTN_RECORD_MESSAGE] = { "message", PTN_RETENTION_CASEWORK },
    [PTN_RECORD_FINDINGS] = { "findings", PTN_RETENTION_OPERATION },
    [PTN_RECORD_STAGE] = { "stage", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_VEHICLE] = { "vehicle", PTN_RETENTION_CROSSING },
    [PTN_RECORD_SHIFT] = { "shift", PTN_RETENTION_OPERATION },
    [PTN_RECORD_CASE] = { "case", PTN_RETENTION_CASEWORK },
    [PTN_RECORD_STAFF] = { "staff", PTN_RETENTION_AUDIT },
    [PTN_RECORD_PERMIT] = { "permit", PTN_RETENTION_REPORT },
    [PTN_RECORD_ERASURE] = { "erasure", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_ERASED] = { "erased", PTN_RETENTION_PUBLIC },
    [PTN_RECORD_RULES] = { "rules", PTN_RETENTION_OPERATION },
    [PTN_RECORD_PERMITS] = { "permits", PTN_RETENTION_OPERATION },
    [PTN_RECORD_STAYS] = { "stays", PTN_RETENTION_OPERATION },
    [PTN_RECORD_IDENTITY] = { "identity", PTN_RETENTION_CASEWORK },
    [PTN_RECORD_CORRECTION] = { "correction", PTN_RETENTION_CASEWORK },
    [PTN_RECORD_CALL] = { "ship-call", PTN_RETENTION_CASEWORK },
    [PTN_RECORD_ATTACHMENT] = { "attachment-part", PTN_RETENTION_CASEWORK },
};

static bool kind_is_known(enum ptn_record_kind kind)
{
    return (unsigned)kind < PTN_RECORD_KIND_COUNT && kinds[kind].word != NULL;
}

enum ptn_retention ptn_record_retention(enum ptn_record_kind kind)
{
    PTN_PRE(kind_is_known(kind));
    return kinds[kind].retention;
}

const char *ptn_record_kind_word(enum ptn_record_kind kind)
{
    return kind_is_known(kind) ? kinds[kind].word : "unknown";
}

/* Room for a payload of any kind, read to be checked. */
union any_record {
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
    struct ptn_view_digest_record digest;
    struct ptn_order_receipt receipt;
    struct ptn_rung_moved moved;
    struct ptn_successor successor;
    struct ptn_pack pack;
    struct ptn_sheet sheet;
    struct ptn_sheets_told told;
    struct ptn_shift_entry shift;
    struct ptn_carrier_message message;
    struct ptn_findings findings;
    struct ptn_stage_moved stage;
    struct ptn_vehicle vehicle;
    struct ptn_ship_call call;
    struct ptn_case_step step;
    struct ptn_attachment_part part;
    struct ptn_identity identity;
    struct ptn_correction correction;
    struct ptn_alert alert;
    struct ptn_leave leave;
    struct ptn_screened_again again;
    struct ptn_list_edition edition;
    struct ptn_permit permit;
    struct ptn_permits_published permits;
    struct ptn_rules_edition rules;
    struct ptn_stays_edition stays;
    struct ptn_erasure_due due;
    struct ptn_erasure_done done;
};

/* Long, because every kind has its case and the compiler misses none of them. */
/* NOLINTNEXTLINE(readability-function-size) */
struct ptn_status ptn_record_check(enum ptn_record_kind kind, struct ptn_bytes payload,
                                   struct ptn_arena *arena, struct ptn_diag *reterr)
{
    union any_record any;

    switch (kind) {
    case PTN_RECORD_CROSSING:
        return ptn_crossing_parse(payload, &any.crossing, reterr);
    case PTN_RECORD_DECISION:
        return ptn_decision_parse(payload, arena, &any.decision, reterr);
    case PTN_RECORD_ACCESS:
        return ptn_access_parse(payload, &any.access, reterr);
    case PTN_RECORD_SESSION:
        return ptn_session_parse(payload, &any.session, reterr);
    case PTN_RECORD_STAFF:
        return ptn_staff_event_parse(payload, &any.staff, reterr);
    case PTN_RECORD_REPORT:
        return ptn_report_parse(payload, &any.report, reterr);
    case PTN_RECORD_LIST_LOADED:
        return ptn_list_loaded_parse(payload, arena, &any.loaded, reterr);
    case PTN_RECORD_NODE_STARTED:
        return ptn_node_started_parse(payload, &any.started, reterr);
    case PTN_RECORD_EPOCH:
        return ptn_record_epoch_parse(payload, arena, &any.epoch, reterr);
    case PTN_RECORD_NOTE:
        return ptn_handed_note_parse(payload, &any.note, reterr);
    case PTN_RECORD_REFUSED:
        return ptn_record_refused_parse(payload, &any.refused, reterr);
    case PTN_RECORD_DIGEST:
        return ptn_view_digest_record_parse(payload, arena, &any.digest, reterr);
    case PTN_RECORD_SUCCESSOR:
        return ptn_successor_parse(payload, &any.successor, reterr);
    case PTN_RECORD_RECEIPT:
        return ptn_order_receipt_parse(payload, &any.receipt, reterr);
    case PTN_RECORD_RUNG:
        return ptn_rung_moved_parse(payload, &any.moved, reterr);
    case PTN_RECORD_ERASURE:
        return ptn_erasure_due_parse(payload, &any.due, reterr);
    case PTN_RECORD_ERASED:
        return ptn_erasure_done_parse(payload, &any.done, reterr);
    case PTN_RECORD_PACK:
        return ptn_pack_parse(payload, &any.pack, reterr);
    case PTN_RECORD_SHEET:
        return ptn_sheet_parse(payload, &any.sheet, reterr);
    case PTN_RECORD_SHEETS_TOLD:
        return ptn_sheets_told_parse(payload, &any.told, reterr);
    case PTN_RECORD_SHIFT:
        return ptn_shift_entry_parse(payload, &any.shift, reterr);
    case PTN_RECORD_MESSAGE:
        return ptn_carrier_message_parse(payload, &any.message, reterr);
    case PTN_RECORD_FINDINGS:
        return ptn_findings_parse(payload, &any.findings, reterr);
    case PTN_RECORD_STAGE:
        return ptn_stage_moved_parse(payload, &any.stage, reterr);
    case PTN_RECORD_VEHICLE:
        return ptn_vehicle_parse(payload, &any.vehicle, reterr);
    case PTN_RECORD_CALL:
        return ptn_ship_call_parse(payload, &any.call, reterr);
    case PTN_RECORD_CASE:
        return ptn_case_step_parse(payload, arena, &any.step, reterr);
    case PTN_RECORD_ATTACHMENT:
        return ptn_attachment_part_parse(payload, &any.part, reterr);
    case PTN_RECORD_IDENTITY:
        return ptn_identity_parse(payload, &any.identity, reterr);
    case PTN_RECORD_CORRECTION:
        return ptn_correction_parse(payload, &any.correction, reterr);
    case PTN_RECORD_ALERT:
        return ptn_alert_parse(payload, arena, &any.alert, reterr);
    case PTN_RECORD_LEAVE:
        return ptn_leave_parse(payload, arena, &any.leave, reterr);
    case PTN_RECORD_LIST:
        return ptn_list_edition_parse(payload, &any.edition, reterr);
    case PTN_RECORD_AGAIN:
        return ptn_screened_again_parse(payload, &any.again, reterr);
    case PTN_RECORD_RULES:
        return ptn_rules_edition_parse(payload, &any.rules, reterr);
    case PTN_RECORD_PERMITS:
        return ptn_permits_published_parse(payload, &any.permits, reterr);
    case PTN_RECORD_STAYS:
        return ptn_stays_edition_parse(payload, &any.stays, reterr);
    case PTN_RECORD_PERMIT:
        return ptn_permit_parse(payload, &any.permit, reterr);
    }
    return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "kind of record is not known");
}

/* ---- words ---- */

const char *ptn_rung_word(enum ptn_rung rung)
{
    static const char *const words[PTN_RUNG_COUNT] = { "normal", "local", "manual" };

    return ptn_words_at(words, PTN_RUNG_COUNT, rung);
}

const char *ptn_direction_word(enum ptn_direction direction)
{
    static const char *const words[PTN_DIRECTION_COUNT] = { NULL, "entry", "exit" };

    return ptn_words_at(words, PTN_DIRECTION_COUNT, direction);
}

/* ---- ids ---- */

const char *ptn_record_id_write(struct ptn_record_id id, char text[PTN_RECORD_ID_TEXT_SIZE])
{
    return ptn_hex_write(id.at, sizeof(id.at), text);
}

static unsigned hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - (unsigned)'0';
    return digit >= 'a' && digit <= 'f' ? digit - (unsigned)'a' + 10 : 16;
}

struct ptn_status ptn_record_id_parse(struct ptn_bytes text, struct ptn_record_id *ret_id,
                                      struct ptn_diag *reterr)
{
    struct ptn_record_id id = { { 0 } };

    if (text.len != 2 * sizeof(id.at))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, text.len, "an id has 32 hex digits");
    for (size_t i = 0; i < text.len; i++) {
        unsigned value = hex_value(text.at[i]);

        if (value > 15)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, i, "not a lower-case hex digit");
        id.at[i / 2] = (uint8_t)((unsigned)id.at[i / 2] << 4 | value);
    }
    if (ptn_record_id_is_none(id))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "an id is never zero");
    *ret_id = id;
    return PTN_OK;
}

/* ---- the header ---- */

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_record_header, 1, version, ENUM, REQUIRED, PTN_RECORD_VERSION + 1),
    PTN_FIELD(ptn_record_header, 2, kind, ENUM, REQUIRED, PTN_RECORD_KIND_COUNT),
    PTN_FIELD(ptn_record_header, 3, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_record_header, 4, rung, ENUM, ALWAYS, PTN_RUNG_COUNT),
    PTN_FIELD(ptn_record_header, 5, retention, ENUM, REQUIRED, PTN_RETENTION_COUNT),
};

static const char *fault(const void *object)
{
    const struct ptn_record_header *header = object;

    if (!kind_is_known(header->kind))
        return "kind";
    if (header->retention == ptn_record_retention(header->kind))
        return NULL;
    /* as ledgers have it that are older than the class */
    return header->retention == PTN_RETENTION_CROSSING &&
                   ptn_record_retention(header->kind) == PTN_RETENTION_CASEWORK
               ? NULL
               : "retention";
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_record_header, fields, fault);

struct ptn_record_header ptn_record_header_of(enum ptn_record_kind kind, int64_t time_ms,
                                              enum ptn_rung rung)
{
    return (struct ptn_record_header){ PTN_RECORD_VERSION, kind, time_ms, rung,
                                       ptn_record_retention(kind) };
}

struct ptn_status ptn_record_header_validate(const struct ptn_record_header *header,
                                             struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, header, reterr);
}

struct ptn_status ptn_record_header_parse(struct ptn_bytes bytes,
                                          struct ptn_record_header *ret_header,
                                          struct ptn_diag *reterr)
{
    struct ptn_record_header header = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &header, NULL, reterr);

    if (ptn_ok(status))
        *ret_header = header;
    return status;
}

struct ptn_status ptn_record_header_write(const struct ptn_record_header *header,
                                          struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, header, out);
}
