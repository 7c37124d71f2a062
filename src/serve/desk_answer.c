/* serve/desk_answer.c -- what a view says, in the interface's words. Pure. */
#include "serve/desk_int.h"

static void write_instant(struct ptn_json *json, const char *key, int64_t instant_ms)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    ptn_json_field_text(json, key, ptn_bytes_from_text(ptn_instant_write(instant_ms, text)));
}

static void write_date_if(struct ptn_json *json, const char *key, struct ptn_date date)
{
    char text[PTN_DATE_TEXT_SIZE];

    if (!ptn_date_is_none(date))
        ptn_json_field_text(json, key, ptn_bytes_from_text(ptn_date_write(date, text)));
}

static void write_key(struct ptn_json *json, const struct ptn_view_key *key)
{
    struct ptn_record_id id;
    char text[PTN_RECORD_ID_TEXT_SIZE];

    memcpy(id.at, key->at, sizeof(id.at));
    ptn_json_field_text(json, "key", ptn_bytes_from_text(ptn_record_id_write(id, text)));
}

/* Fields of a person, into an open object. */
static void write_person(struct ptn_json *json, const struct ptn_person *person)
{
    ptn_json_field_text_if(json, "surname", person->surname);
    ptn_json_field_text_if(json, "given", person->given);
    ptn_json_field_text_if(json, "name", person->name);
    write_date_if(json, "birth", person->birth);
    if (person->sex != 0)
        ptn_json_field_text(json, "sex", ptn_bytes_of(&person->sex, 1));
    ptn_json_field_text_if(json, "nationality", ptn_bytes_from_text(person->nationality));
    ptn_json_field_text_if(json, "issuer", ptn_bytes_from_text(person->document.issuer));
    ptn_json_field_text_if(json, "number", person->document.number);
    write_date_if(json, "expiry", person->document.expiry);
}

void ptn_desk_answer_person(struct ptn_json *json, const struct ptn_view_key *key,
                            const struct ptn_person *person)
{
    write_key(json, key);
    write_person(json, person);
}

static void write_place(struct ptn_json *json, const char *origin, uint64_t seq)
{
    ptn_json_field_text(json, "ledger", ptn_bytes_from_text(origin));
    ptn_json_field_number(json, "entry", (int64_t)seq);
}

void ptn_desk_answer_person_row(struct ptn_json *json, const struct ptn_view_person *row)
{
    write_key(json, &row->key);
    write_person(json, &row->person);
    ptn_json_key(json, "score");
    ptn_json_decimal(json, row->score, 4);
    if (row->joined > 0)
        ptn_json_field_number(json, "joined", (int64_t)row->joined);
    if (row->last_ms == 0)
        return;
    write_instant(json, "last", row->last_ms);
    ptn_json_field_text(json, "direction",
                        ptn_bytes_from_text(ptn_direction_word(row->last_direction)));
}

void ptn_desk_answer_people(struct ptn_json *json, const struct ptn_view_person *rows, size_t count)
{
    ptn_json_key(json, "people");
    ptn_json_array(json);
    for (size_t i = 0; i < count; i++) {
        ptn_json_object(json);
        ptn_desk_answer_person_row(json, &rows[i]);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

void ptn_desk_answer_crossing_row(struct ptn_json *json, const struct ptn_view_crossing *row)
{
    const struct ptn_crossing *crossing = &row->crossing;

    write_instant(json, "time", crossing->time_ms);
    ptn_json_field_text(json, "post", crossing->post);
    ptn_json_field_text_if(json, "lane", crossing->lane);
    ptn_json_field_text(json, "direction",
                        ptn_bytes_from_text(ptn_direction_word(crossing->direction)));
    ptn_json_field_text(json, "outcome", ptn_bytes_from_text(ptn_outcome_word(crossing->outcome)));
    if (crossing->referral != PTN_REFERRAL_NONE)
        ptn_json_field_text(json, "referral",
                            ptn_bytes_from_text(ptn_referral_kind_word(crossing->referral)));
    ptn_json_field_text(json, "rung", ptn_bytes_from_text(ptn_rung_word(row->rung)));
    ptn_json_field_text(json, "officer", crossing->officer);
    ptn_json_field_text_if(json, "plate", crossing->plate);
    ptn_json_field_text_if(json, "voyage", crossing->voyage);
    ptn_json_field_text_if(json, "booking", crossing->booking);
    ptn_json_field_text_if(json, "imported", crossing->imported);
    write_key(json, &row->person);
    write_person(json, &crossing->person);
    write_place(json, row->origin, row->seq);
}

void ptn_desk_answer_sheet_row(struct ptn_json *json, const struct ptn_view_sheet *row)
{
    static const char *const states[PTN_VIEW_SHEET_STATE_COUNT] = {
        [PTN_VIEW_SHEET_KEYED] = "keyed",     [PTN_VIEW_SHEET_SPOILED] = "spoiled",
        [PTN_VIEW_SHEET_UNUSED] = "unused",   [PTN_VIEW_SHEET_LOST] = "lost",
        [PTN_VIEW_SHEET_PRINTED] = "printed",
    };

    ptn_json_field_text(json, "state",
                        ptn_bytes_from_text(row->settled ? "settled" : states[row->state]));
    write_instant(json, "told", row->time_ms);
    ptn_json_field_text(json, "post", row->post);
    ptn_json_field_text(json, "officer", row->officer);
    ptn_json_field_text_if(json, "second", row->second);
    if (row->settled) {
        write_instant(json, "time", row->said_ms);
        ptn_json_field_text(json, "direction",
                            ptn_bytes_from_text(ptn_direction_word(row->direction)));
        ptn_json_field_text(json, "outcome", ptn_bytes_from_text(ptn_outcome_word(row->outcome)));
        write_key(json, &row->key);
        write_person(json, &row->person);
    }
    write_place(json, row->origin, row->seq);
}

void ptn_desk_answer_crossings(struct ptn_json *json, const struct ptn_view_crossing *rows,
                               size_t count)
{
    ptn_json_key(json, "crossings");
    ptn_json_array(json);
    for (size_t i = 0; i < count; i++) {
        ptn_json_object(json);
        ptn_desk_answer_crossing_row(json, &rows[i]);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

/* The view has the ids, a space between. */
static void write_reasons(struct ptn_json *json, struct ptn_bytes rules)
{
    ptn_json_key(json, "reasons");
    ptn_json_array(json);
    while (rules.len > 0) {
        const uint8_t *end = memchr(rules.at, ' ', rules.len);
        size_t len = end == NULL ? rules.len : (size_t)(end - rules.at);

        ptn_answer_rule(json, ptn_bytes_slice(rules, 0, len));
        rules = ptn_bytes_slice(rules, len + 1, rules.len);
    }
    ptn_json_array_end(json);
}

static void write_decisions(struct ptn_json *json, const struct ptn_view_history *history,
                            bool discreet)
{
    ptn_json_key(json, "decisions");
    ptn_json_array(json);
    for (size_t i = 0; i < history->decision_count; i++) {
        const struct ptn_view_decision *decision = &history->decisions[i];

        ptn_json_object(json);
        write_instant(json, "time", decision->time_ms);
        ptn_json_field_text(json, "post", decision->post);
        ptn_json_field_text(json, "direction",
                            ptn_bytes_from_text(ptn_direction_word(decision->direction)));
        ptn_json_field_text(json, "advice",
                            ptn_bytes_from_text(ptn_verdict_word(decision->verdict)));
        ptn_json_field_text_if(json, "rules", decision->rules);
        write_reasons(json, decision->rules);
        if (discreet)
            ptn_json_field_bool(json, "discreet", decision->discreet);
        ptn_json_field_text(json, "officer", decision->officer);
        write_place(json, decision->origin, decision->seq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_permits(struct ptn_json *json, const struct ptn_view_history *history)
{
    char date[PTN_DATE_TEXT_SIZE];

    ptn_json_key(json, "permits");
    ptn_json_array(json);
    for (size_t i = 0; i < history->permit_count; i++) {
        const struct ptn_permit *permit = &history->permits[i].permit;

        ptn_json_object(json);
        ptn_json_field_text(json, "kind", ptn_bytes_from_text(ptn_permit_kind_word(permit->kind)));
        ptn_json_field_text(json, "issuer", ptn_bytes_from_text(permit->issuer));
        ptn_json_field_text(json, "number", permit->number);
        ptn_json_field_text(json, "status",
                            ptn_bytes_from_text(ptn_permit_status_word(permit->status)));
        if (!ptn_date_is_none(permit->from))
            ptn_json_field_text(json, "from",
                                ptn_bytes_from_text(ptn_date_write(permit->from, date)));
        ptn_json_field_text(json, "until",
                            ptn_bytes_from_text(ptn_date_write(permit->until, date)));
        if (permit->days > 0)
            ptn_json_field_number(json, "days", (int64_t)permit->days);
        if (permit->entries > 0)
            ptn_json_field_number(json, "entries", (int64_t)permit->entries);
        if (permit->entries_used > 0)
            ptn_json_field_number(json, "entries_used", (int64_t)permit->entries_used);
        ptn_json_field_text(json, "imported", permit->imported);
        write_place(json, history->permits[i].origin, history->permits[i].seq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

/* discreet: of whom somebody is not, too: the match may have been a discreet one. */
static void write_cases(struct ptn_json *json, const struct ptn_view_history *history,
                        bool discreet)
{
    char id[PTN_RECORD_ID_TEXT_SIZE];

    ptn_json_key(json, "cases");
    ptn_json_array(json);
    for (size_t i = 0; i < history->case_count; i++) {
        const struct ptn_view_case_step *step = &history->cases[i];

        ptn_json_object(json);
        ptn_json_field_text(json, "case", ptn_bytes_from_text(ptn_record_id_write(step->of, id)));
        write_instant(json, "time", step->time_ms);
        ptn_json_field_text(json, "step", ptn_bytes_from_text(ptn_case_act_word(step->act)));
        if (step->kind != PTN_REFERRAL_NONE)
            ptn_json_field_text(json, "kind",
                                ptn_bytes_from_text(ptn_referral_kind_word(step->kind)));
        if (step->outcome != PTN_CASE_NO_OUTCOME)
            ptn_json_field_text(json, "outcome",
                                ptn_bytes_from_text(ptn_case_outcome_word(step->outcome)));
        ptn_json_field_text_if(json, "ground", step->ground);
        ptn_json_field_text(json, "post", step->post);
        ptn_json_field_text(json, "officer", step->officer);
        ptn_json_field_text_if(json, "second", step->second);
        ptn_json_field_text_if(json, "words", step->words);
        ptn_json_field_text_if(json, "item", step->item);
        if (discreet) {
            ptn_json_field_text_if(json, "list", step->list);
            ptn_json_field_text_if(json, "edition", step->edition);
            ptn_json_field_text_if(json, "listed", step->entry);
        }
        write_place(json, step->origin, step->seq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_looks(struct ptn_json *json, const struct ptn_view_history *history)
{
    ptn_json_key(json, "looks");
    ptn_json_array(json);
    for (size_t i = 0; i < history->access_count; i++) {
        const struct ptn_view_access *access = &history->accesses[i];

        ptn_json_object(json);
        write_instant(json, "time", access->time_ms);
        ptn_json_field_text(json, "purpose",
                            ptn_bytes_from_text(ptn_purpose_word(access->purpose)));
        ptn_json_field_text(json, "post", access->post);
        ptn_json_field_text(json, "officer", access->officer);
        ptn_json_field_text_if(json, "reason", access->reason);
        write_place(json, access->origin, access->seq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_last(struct ptn_json *json, int64_t last_ms, const char *origin, uint64_t seq)
{
    write_instant(json, "last", last_ms);
    write_place(json, origin, seq);
}

static void write_companions(struct ptn_json *json, const struct ptn_view_history *history)
{
    static const char *const links[PTN_VIEW_LINK_COUNT] = {
        [PTN_VIEW_BY_TRIP] = "trips",
        [PTN_VIEW_BY_BOOKING] = "bookings",
        [PTN_VIEW_BY_LANE] = "lanes",
    };

    ptn_json_key(json, "companions");
    ptn_json_array(json);
    for (size_t i = 0; i < history->companion_count; i++) {
        const struct ptn_view_companion *one = &history->companions[i];

        ptn_json_object(json);
        ptn_desk_answer_person(json, &one->key, &one->person);
        for (size_t k = 0; k < PTN_VIEW_LINK_COUNT; k++)
            if (one->times[k] > 0)
                ptn_json_field_number(json, links[k], (int64_t)one->times[k]);
        ptn_json_field_text(json, "direction",
                            ptn_bytes_from_text(ptn_direction_word(one->last_direction)));
        write_last(json, one->last_ms, one->origin, one->seq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_field_bool(json, "more_companions", history->more_companions);
}

static void write_users(struct ptn_json *json, const struct ptn_view_history *history)
{
    ptn_json_key(json, "users");
    ptn_json_array(json);
    for (size_t i = 0; i < history->user_count; i++) {
        const struct ptn_view_user *one = &history->users[i];

        ptn_json_object(json);
        ptn_desk_answer_person(json, &one->key, &one->person);
        ptn_json_field_number(json, "crossings", (int64_t)one->crossings);
        write_last(json, one->last_ms, one->origin, one->seq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_side(struct ptn_json *json, const char *side, const struct ptn_view_key *key,
                       const struct ptn_person *person)
{
    ptn_json_key(json, side);
    ptn_json_object(json);
    ptn_desk_answer_person(json, key, person);
    ptn_json_object_end(json);
}

static void write_identities(struct ptn_json *json, const struct ptn_view_history *history)
{
    char id[PTN_RECORD_ID_TEXT_SIZE];

    ptn_json_key(json, "identities");
    ptn_json_array(json);
    for (size_t i = 0; i < history->identity_count; i++) {
        ptn_json_object(json);
        ptn_desk_answer_person(json, &history->identities[i].key, &history->identities[i].person);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_field_bool(json, "more_identities", history->more_identities);
    ptn_json_key(json, "joinings");
    ptn_json_array(json);
    for (size_t i = 0; i < history->joining_count; i++) {
        const struct ptn_view_joining *joining = &history->joinings[i];
        const struct ptn_identity *decision = &joining->decision;

        ptn_json_object(json);
        ptn_json_field_text(json, "id", ptn_bytes_from_text(ptn_record_id_write(decision->id, id)));
        ptn_json_field_text(json, "act", ptn_bytes_from_text(ptn_identity_act_word(decision->act)));
        if (!ptn_record_id_is_none(decision->of))
            ptn_json_field_text(json, "of",
                                ptn_bytes_from_text(ptn_record_id_write(decision->of, id)));
        ptn_json_field_bool(json, "standing", joining->standing);
        ptn_json_field_bool(json, "lessens", decision->lessens);
        write_instant(json, "time", decision->time_ms);
        ptn_json_field_text(json, "post", decision->post);
        ptn_json_field_text(json, "officer", decision->officer);
        ptn_json_field_text_if(json, "second", decision->second);
        ptn_json_field_text(json, "reason", decision->reason);
        write_side(json, "one", &joining->one_key, &decision->one);
        write_side(json, "other", &joining->other_key, &decision->other);
        write_place(json, joining->origin, joining->seq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

/* Which crossing it is of, where that stands on the page. */
static void write_corrected(struct ptn_json *json, const struct ptn_view_history *history,
                            struct ptn_record_id of)
{
    for (size_t i = 0; i < history->crossing_count; i++)
        if (ptn_record_id_equal(history->crossings[i].crossing.id, of)) {
            ptn_json_key(json, "of");
            ptn_json_object(json);
            write_place(json, history->crossings[i].origin, history->crossings[i].seq);
            ptn_json_object_end(json);
            return;
        }
}

static void write_corrections(struct ptn_json *json, const struct ptn_view_history *history)
{
    ptn_json_key(json, "corrections");
    ptn_json_array(json);
    for (size_t i = 0; i < history->correction_count; i++) {
        const struct ptn_view_correction *row = &history->corrections[i];
        const struct ptn_correction *correction = &row->correction;

        ptn_json_object(json);
        write_instant(json, "time", correction->time_ms);
        write_corrected(json, history, correction->of);
        ptn_json_key(json, "person");
        ptn_json_object(json);
        write_person(json, &correction->person);
        ptn_json_object_end(json);
        if (!ptn_person_is_none(&correction->right)) {
            ptn_json_key(json, "right");
            ptn_json_object(json);
            write_person(json, &correction->right);
            ptn_json_object_end(json);
        }
        if (correction->direction != 0)
            ptn_json_field_text(json, "direction",
                                ptn_bytes_from_text(ptn_direction_word(correction->direction)));
        write_date_if(json, "date", correction->date);
        ptn_json_field_text(json, "post", correction->post);
        ptn_json_field_text(json, "officer", correction->officer);
        ptn_json_field_text_if(json, "second", correction->second);
        ptn_json_field_text(json, "reason", correction->reason);
        write_place(json, row->origin, row->seq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

void ptn_desk_answer_history(struct ptn_json *json, const struct ptn_view_history *history,
                             bool discreet, bool looks)
{
    ptn_json_key(json, "person");
    ptn_json_object(json);
    write_person(json, &history->person);
    ptn_json_object_end(json);
    ptn_desk_answer_crossings(json, history->crossings, history->crossing_count);
    write_decisions(json, history, discreet);
    write_cases(json, history, discreet);
    write_permits(json, history);
    write_identities(json, history);
    write_corrections(json, history);
    write_companions(json, history);
    write_users(json, history);
    if (looks)
        write_looks(json, history);
    if (history->stay_known) {
        ptn_json_key(json, "stay");
        ptn_json_object(json);
        ptn_json_field_number(json, "used", history->stay.used);
        ptn_json_field_number(json, "left", history->stay.left);
        ptn_json_field_bool(json, "inside", history->stay.inside);
        write_date_if(json, "leave_by", history->stay.leave_by);
        ptn_json_field_bool(json, "corrected", history->stay_corrected);
        ptn_json_object_end(json);
    }
    ptn_json_field_bool(json, "more", history->more);
}
