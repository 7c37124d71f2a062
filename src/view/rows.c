/*
 * view/rows.c -- from a record to the rows that say the same.
 */
#include "record/access.h"
#include "record/case.h"
#include "record/crossing.h"
#include "record/decision.h"
#include "reference/plate.h"
#include "view/view_int.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t place_of(const uint8_t *bytes)
{
    return (size_t)(bytes[0] | bytes[1] << 8) & ((1u << PTN_VIEW_SEEN_BITS) - 1);
}

/* ---- persons ---- */

struct ptn_status ptn_view_key_of(struct ptn_view *view, const struct ptn_bytes *parts,
                                  size_t count, uint8_t key[PTN_VIEW_KEY_LEN],
                                  struct ptn_diag *reterr)
{
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_hasher_digest(view->hasher, parts, count, digest);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "a key cannot be hashed");
    memcpy(key, digest, PTN_VIEW_KEY_LEN);
    return PTN_OK;
}

struct ptn_status ptn_view_subject(struct ptn_view *view, const struct ptn_person *person,
                                   uint8_t at[PTN_VIEW_KEY_LEN], struct ptn_bytes *ret_subject,
                                   struct ptn_diag *reterr)
{
    char birth[PTN_DATE_TEXT_SIZE];
    const struct ptn_bytes parts[] = {
        ptn_bytes_from_text(person->document.issuer),
        PTN_BYTES_LITERAL("|"),
        person->document.number,
        PTN_BYTES_LITERAL("|"),
        ptn_bytes_from_text(ptn_date_write(person->birth, birth)),
    };
    struct ptn_status status;

    *ret_subject = PTN_BYTES_NONE;
    if (person->document.number.len == 0)
        return PTN_OK;
    status = ptn_view_key_of(view, parts, COUNT(parts), at, reterr);
    if (ptn_ok(status))
        *ret_subject = ptn_bytes_of(at, PTN_VIEW_KEY_LEN);
    return status;
}

static struct ptn_status put_form(struct ptn_view *view, const struct ptn_view_form *form,
                                  struct ptn_diag *reterr)
{
    int64_t *seen = &view->seen->forms[(uint64_t)form->id & ((1u << PTN_VIEW_SEEN_BITS) - 1)];
    const struct ptn_sql_value values[] = {
        ptn_sql_number(form->id),
        ptn_sql_blob(ptn_bytes_of(form->part.symbols, form->part.symbol_count)),
        ptn_sql_text(form->spelling),
        ptn_sql_blob(ptn_bytes_of(&form->part, sizeof(form->part))),
    };
    int64_t keys[PTN_VIEW_KEYS_MAX];
    struct ptn_status status;
    bool is_new = true;
    size_t count;

    if (*seen == form->id)
        return PTN_OK;
    status = ptn_view_put(view, PTN_SQL_PUT_FORM, values, COUNT(values), &is_new, reterr);
    count = is_new ? ptn_view_form_keys(&form->part, keys) : 0;
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        const struct ptn_sql_value key[] = { ptn_sql_number(keys[i]), ptn_sql_number(form->id) };

        status = ptn_view_put(view, PTN_SQL_PUT_FORM_KEY, key, 2, NULL, reterr);
    }
    if (ptn_ok(status))
        *seen = form->id;
    return status;
}

struct ptn_status ptn_view_put_person(struct ptn_view *view, const struct ptn_person *person,
                                      uint8_t at[PTN_VIEW_KEY_LEN], struct ptn_bytes *ret_key,
                                      struct ptn_diag *reterr)
{
    struct ptn_view_forms forms;
    struct ptn_status status;
    struct ptn_bytes cbor;
    bool is_new = true;
    uint8_t *seen;

    *ret_key = PTN_BYTES_NONE;
    if (ptn_person_is_none(person))
        return PTN_OK;
    ptn_buffer_clear(&view->person);
    status = ptn_person_write(person, &view->person);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the person cannot be written down");
    cbor = ptn_buffer_bytes(&view->person);
    status = ptn_view_key_of(view, &cbor, 1, at, reterr);
    if (!ptn_ok(status))
        return status;
    *ret_key = ptn_bytes_of(at, PTN_VIEW_KEY_LEN);
    seen = view->seen->persons[place_of(at)];
    if (memcmp(seen, at, PTN_VIEW_KEY_LEN) == 0)
        return PTN_OK;
    {
        const struct ptn_sql_value values[] = {
            ptn_sql_blob(*ret_key),
            ptn_sql_text(person->document.number),
            ptn_sql_text(ptn_bytes_from_text(person->document.issuer)),
            ptn_sql_number(ptn_view_day_number(person->birth)),
            ptn_sql_blob(cbor),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_PERSON, values, COUNT(values), &is_new, reterr);
    }
    forms.count = 0;
    if (ptn_ok(status) && is_new)
        status = ptn_view_forms_of(view, person, &forms, reterr);
    for (size_t i = 0; ptn_ok(status) && i < forms.count; i++) {
        const struct ptn_sql_value values[] = {
            ptn_sql_number(forms.at[i].id),
            ptn_sql_number(ptn_view_day_number(person->birth)),
            ptn_sql_blob(*ret_key),
        };

        status = put_form(view, &forms.at[i], reterr);
        if (ptn_ok(status))
            status = ptn_view_put(view, PTN_SQL_PUT_PART, values, COUNT(values), NULL, reterr);
    }
    if (ptn_ok(status))
        memcpy(seen, at, PTN_VIEW_KEY_LEN);
    return status;
}

static struct ptn_status drop_form(struct ptn_view *view, const struct ptn_view_form *form,
                                   struct ptn_diag *reterr)
{
    const struct ptn_sql_value id = ptn_sql_number(form->id);
    struct ptn_sql_value used = { .type = PTN_SQL_NUMBER };
    struct ptn_status status =
        ptn_view_ask_one(view, PTN_SQL_IS_FORM_USED, &id, 1, &used, 1, reterr);
    int64_t keys[PTN_VIEW_KEYS_MAX];
    size_t count;

    ptn_view_ask_end(view);
    if (!ptn_ok(status) || used.number != 0)
        return status;
    view->seen->forms[(uint64_t)form->id & ((1u << PTN_VIEW_SEEN_BITS) - 1)] = 0;
    status = ptn_view_run(view, PTN_SQL_DROP_FORM, &id, 1, reterr);
    count = ptn_view_form_keys(&form->part, keys);
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        const struct ptn_sql_value key[] = { ptn_sql_number(keys[i]), id };

        status = ptn_view_run(view, PTN_SQL_DROP_FORM_KEY, key, 2, reterr);
    }
    return status;
}

struct ptn_status ptn_view_drop_person(struct ptn_view *view, const uint8_t key[PTN_VIEW_KEY_LEN],
                                       struct ptn_diag *reterr)
{
    const struct ptn_sql_value who = ptn_sql_blob(ptn_bytes_of(key, PTN_VIEW_KEY_LEN));
    struct ptn_sql_value cbor = { .type = PTN_SQL_BLOB };
    struct ptn_cbor_reader reader;
    struct ptn_view_forms forms = { .count = 0 };
    struct ptn_person person;
    struct ptn_status status =
        ptn_view_ask_one(view, PTN_SQL_GET_PERSON, &who, 1, &cbor, 1, reterr);

    ptn_buffer_clear(&view->person);
    if (ptn_ok(status))
        status = ptn_buffer_add(&view->person, cbor.bytes);
    ptn_view_ask_end(view);
    reader = ptn_cbor_reader_at(ptn_buffer_bytes(&view->person));
    if (!ptn_ok(status) || !ptn_ok(ptn_person_parse(&reader, &person, NULL)))
        return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the view lacks a person a row speaks of");
    status = ptn_view_forms_of(view, &person, &forms, reterr);
    for (size_t i = 0; ptn_ok(status) && i < forms.count; i++) {
        const struct ptn_sql_value values[] = { ptn_sql_number(forms.at[i].id),
                                                ptn_sql_number(ptn_view_day_number(person.birth)),
                                                who };

        status = ptn_view_run(view, PTN_SQL_DROP_PART, values, COUNT(values), reterr);
        if (ptn_ok(status))
            status = drop_form(view, &forms.at[i], reterr);
    }
    memset(view->seen->persons[place_of(key)], 0, PTN_VIEW_KEY_LEN);
    return ptn_ok(status) ? ptn_view_run(view, PTN_SQL_DROP_PERSON, &who, 1, reterr) : status;
}

/* ---- what an access names ---- */

static struct ptn_view_recent *recent_place(struct ptn_view *view, const struct ptn_record_id *id)
{
    return &view->seen
                ->recent[(size_t)(id->at[0] | id->at[1] << 8) & ((1u << PTN_VIEW_RECENT_BITS) - 1)];
}

static void note_recent(struct ptn_view *view, const struct ptn_record_id *id, int64_t at)
{
    *recent_place(view, id) = (struct ptn_view_recent){ *id, at };
}

/* Whether the record that an access names must be looked for by its id. What is not remembered is
 * far: an answer never hangs on what was remembered. */
static bool is_far(struct ptn_view *view, const struct ptn_record_id *record, int64_t at)
{
    const struct ptn_view_recent *recent = recent_place(view, record);

    if (ptn_record_id_is_none(*record))
        return false;
    return recent->at == 0 || memcmp(&recent->id, record, sizeof(*record)) != 0 ||
           at - recent->at >= PTN_VIEW_NEAR || recent->at - at >= PTN_VIEW_NEAR;
}

/* ---- crossings ---- */

struct ptn_status ptn_view_plate_key(struct ptn_bytes plate, struct ptn_buffer *out)
{
    uint8_t key[PTN_PLATE_KEY_MAX];

    return ptn_buffer_add(out, ptn_bytes_of(key, ptn_plate_key(plate, key)));
}

static struct ptn_status put_crossing(struct ptn_view *view, int64_t at, int64_t tag,
                                      const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    struct ptn_crossing crossing;
    uint8_t key[PTN_VIEW_KEY_LEN];
    struct ptn_bytes person = PTN_BYTES_NONE;
    struct ptn_status status = ptn_crossing_parse(entry->payload, &crossing, reterr);

    if (ptn_ok(status))
        status = ptn_view_put_person(view, &crossing.person, key, &person, reterr);
    ptn_buffer_clear(&view->text);
    if (ptn_ok(status))
        status = ptn_view_plate_key(crossing.plate, &view->text);
    ptn_buffer_clear(&view->voyage);
    if (ptn_ok(status))
        status = ptn_view_voyage_key(crossing.voyage, &view->voyage);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&crossing.id),
            ptn_view_id_value(&crossing.advice),
            ptn_sql_number(crossing.advised),
            ptn_sql_number(crossing.time_ms),
            ptn_sql_number(ptn_view_day_number(crossing.date)),
            ptn_sql_number(crossing.direction),
            ptn_sql_number(crossing.outcome),
            ptn_sql_number(crossing.referral),
            ptn_sql_text(crossing.reason),
            ptn_sql_text(crossing.post),
            ptn_sql_text(crossing.lane),
            ptn_sql_text(crossing.officer),
            ptn_sql_text(crossing.supervisor),
            ptn_sql_text(crossing.plate),
            ptn_sql_text(ptn_buffer_bytes(&view->text)),
            ptn_sql_number(crossing.exempt ? 1 : 0),
            ptn_sql_blob(person),
            ptn_sql_text(crossing.voyage),
            ptn_sql_text(ptn_buffer_bytes(&view->voyage)),
            ptn_sql_text(crossing.imported),
            ptn_view_id_value(&crossing.trip),
            ptn_sql_text(crossing.booking),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_CROSSING, values, COUNT(values), NULL, reterr);
        note_recent(view, &crossing.id, at);
    }
    return status;
}

/* ---- decisions ---- */

/* The ids of the reasons everybody may see, a space between; and whether there were others. */
static struct ptn_status rules_of(const struct ptn_decision *decision, struct ptn_buffer *out,
                                  bool *ret_discreet)
{
    struct ptn_status status = PTN_OK;

    *ret_discreet = false;
    for (size_t i = 0; ptn_ok(status) && i < decision->reason_count; i++) {
        const struct ptn_decision_reason *reason = &decision->reasons[i];

        if (reason->discreet) {
            *ret_discreet = true;
            continue;
        }
        if (out->len > 0)
            status = ptn_buffer_add_u8(out, ' ');
        if (ptn_ok(status))
            status = ptn_buffer_add(out, reason->rule);
    }
    for (size_t i = 0; i < decision->match_count; i++)
        *ret_discreet = *ret_discreet || decision->matches[i].discreet;
    return status;
}

static struct ptn_status put_decision(struct ptn_view *view, int64_t at, int64_t tag,
                                      const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    struct ptn_decision decision;
    uint8_t key[PTN_VIEW_KEY_LEN];
    struct ptn_bytes person = PTN_BYTES_NONE;
    bool discreet = false;
    struct ptn_status status;

    ptn_arena_clear(view->arena);
    status = ptn_decision_parse(entry->payload, view->arena, &decision, reterr);
    if (ptn_ok(status))
        status = ptn_view_put_person(view, &decision.person, key, &person, reterr);
    ptn_buffer_clear(&view->text);
    if (ptn_ok(status))
        status = rules_of(&decision, &view->text, &discreet);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&decision.id),
            ptn_sql_number(decision.time_ms),
            ptn_sql_number(ptn_view_day_number(decision.date)),
            ptn_sql_number(decision.direction),
            ptn_sql_number(decision.verdict),
            ptn_sql_number(discreet ? 1 : 0),
            ptn_sql_text(ptn_buffer_bytes(&view->text)),
            ptn_sql_text(decision.post),
            ptn_sql_text(decision.lane),
            ptn_sql_text(decision.officer),
            ptn_sql_text(decision.plate),
            ptn_sql_blob(person),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_DECISION, values, COUNT(values), NULL, reterr);
        note_recent(view, &decision.id, at);
    }
    return status;
}

/* ---- accesses ---- */

static struct ptn_status put_access(struct ptn_view *view, int64_t at, int64_t tag,
                                    const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    struct ptn_access access;
    uint8_t key[PTN_VIEW_KEY_LEN];
    struct ptn_bytes subject = PTN_BYTES_NONE;
    struct ptn_status status = ptn_access_parse(entry->payload, &access, reterr);

    if (ptn_ok(status))
        status = ptn_view_subject(view, &access.person, key, &subject, reterr);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&access.id),
            ptn_sql_number(access.time_ms),
            ptn_sql_number(access.purpose),
            ptn_sql_number((int64_t)access.shown),
            ptn_view_id_value(&access.record),
            ptn_sql_blob(subject),
            ptn_sql_text(access.officer),
            ptn_sql_text(access.post),
            ptn_sql_text(access.lane),
            ptn_sql_text(access.reason),
            ptn_sql_number(is_far(view, &access.record, at) ? 1 : 0),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_ACCESS, values, COUNT(values), NULL, reterr);
    }
    return status;
}

/* ---- cases ---- */

static struct ptn_status put_case(struct ptn_view *view, int64_t at, int64_t tag,
                                  const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    const struct ptn_ledger_header *header = entry->header;
    struct ptn_case_step step;
    uint8_t key[PTN_VIEW_KEY_LEN];
    struct ptn_bytes person = PTN_BYTES_NONE;
    struct ptn_status status;

    ptn_arena_clear(view->arena);
    status = ptn_case_step_parse(entry->payload, view->arena, &step, reterr);
    if (ptn_ok(status))
        status = ptn_view_put_person(view, &step.person, key, &person, reterr);
    if (ptn_ok(status)) {
        const struct ptn_sql_value values[] = {
            PTN_VIEW_ENTRY_VALUES(at, tag, header),
            ptn_view_id_value(&step.id),
            ptn_view_id_value(&step.of),
            ptn_sql_number(step.time_ms),
            ptn_sql_number(step.act),
            ptn_sql_number(step.kind),
            ptn_sql_number(step.direction),
            ptn_sql_number(step.outcome),
            ptn_sql_text(step.ground),
            ptn_sql_text(step.post),
            ptn_sql_text(step.lane),
            ptn_sql_text(step.officer),
            ptn_sql_text(step.second),
            ptn_sql_text(step.words),
            ptn_sql_text(step.act == PTN_CASE_ATTACHED ? step.attachment.name : step.item),
            ptn_sql_text(step.list),
            ptn_sql_text(step.edition),
            ptn_sql_text(step.entry),
            ptn_view_id_value(&step.crossing),
            ptn_sql_blob(person),
        };

        status = ptn_view_put(view, PTN_SQL_PUT_CASE, values, COUNT(values), NULL, reterr);
    }
    return status;
}

struct ptn_status ptn_view_put_rows(struct ptn_view *view, int64_t at, int64_t tag,
                                    const struct ptn_view_entry *entry, struct ptn_diag *reterr)
{
    switch (entry->header->kind) {
    case PTN_RECORD_CROSSING:
        return put_crossing(view, at, tag, entry, reterr);
    case PTN_RECORD_DECISION:
        return put_decision(view, at, tag, entry, reterr);
    case PTN_RECORD_ACCESS:
        return put_access(view, at, tag, entry, reterr);
    case PTN_RECORD_CASE:
        return put_case(view, at, tag, entry, reterr);
    case PTN_RECORD_PACK:
    case PTN_RECORD_SHEET:
    case PTN_RECORD_SHEETS_TOLD:
        return ptn_view_put_sheet(view, at, tag, entry, reterr);
    case PTN_RECORD_AGAIN:
        return ptn_view_put_late(view, at, tag, entry, reterr);
    case PTN_RECORD_PERMIT:
        return ptn_view_put_permit(view, at, tag, entry, reterr);
    case PTN_RECORD_CORRECTION:
        return ptn_view_put_correction(view, at, tag, entry, reterr);
    case PTN_RECORD_IDENTITY:
        return ptn_view_put_identity(view, at, tag, entry, reterr);
    default:
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "a kind the view has no use for");
    }
}
