/*
 * serve/arrivals.c -- carriers' lists over the web interface: what arrives, who is on it, a file
 * that is loaded. node/arrivals.h knows the rules.
 */
#include "node/arrivals.h"
#include "document/bcbp.h"
#include "node/apply.h"
#include "reference/place.h"
#include "serve/serve_int.h"

static_assert(PTN_REQUEST_FILE_MAX == PTN_NODE_MANIFEST_MAX, "a body holds a file and no more");

#define LIMIT_DEFAULT 500u
#define LIMIT_MAX     1000u /* people of one answer: it stays under its cap */

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

static void field_if(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text_if(json, key, ptn_bytes_from_text(text));
}

static void date_if(struct ptn_json *json, const char *key, struct ptn_date date)
{
    char text[PTN_DATE_TEXT_SIZE];

    if (!ptn_date_is_none(date))
        field(json, key, ptn_date_write(date, text));
}

static void instant_if(struct ptn_json *json, const char *key, int64_t time_ms)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    if (time_ms != 0)
        field(json, key, ptn_instant_write(time_ms, text));
}

static void count(struct ptn_json *json, const char *key, size_t number)
{
    ptn_json_field_number(json, key, (int64_t)number);
}

/* A port's own time, as it was sent. */
static void local_if(struct ptn_json *json, const char *key, const struct ptn_manifest_time *time)
{
    char date[PTN_DATE_TEXT_SIZE];
    char text[PTN_DATE_TEXT_SIZE + 8];

    if (ptn_date_is_none(time->date))
        return;
    (void)ptn_date_write(time->date, date);
    if (time->has_time)
        (void)snprintf(text, sizeof(text), "%sT%02u:%02u", date, time->hour % 24u,
                       time->minute % 60u);
    else
        (void)snprintf(text, sizeof(text), "%s", date);
    field(json, key, text);
}

/* ---- a voyage ---- */

static void write_counts(struct ptn_json *json, const struct ptn_arrival_counts *counts,
                         bool discreet)
{
    ptn_json_key(json, "counts");
    ptn_json_object(json);
    count(json, "people", counts->people);
    count(json, "passengers", counts->passengers);
    count(json, "crew", counts->crew);
    count(json, "transit", counts->transit);
    count(json, "arrived", counts->arrived);
    count(json, "not_on_board", counts->not_on_board);
    count(json, "waiting", counts->waiting);
    count(json, "matches", discreet ? counts->trouble_discreet : counts->trouble); /* DECIDE-6 */
    count(json, "added", counts->added);
    count(json, "removed", counts->removed);
    count(json, "changed", counts->changed);
    count(json, "parts_missing", counts->parts_missing);
    ptn_json_object_end(json);
}

/* Into the open object. */
static void write_voyage(struct ptn_json *json, const struct ptn_arrival *voyage)
{
    field(json, "id", voyage->id);
    field(json, "name", voyage->name);
    field(json, "kind", voyage->ship ? "ship" : "flight");
    ptn_json_field_text_if(json, "carrier", voyage->carrier);
    ptn_json_field_text_if(json, "number", voyage->number);
    ptn_json_field_text_if(json, "ship", voyage->ship_name);
    ptn_json_field_text_if(json, "imo", voyage->imo);
    ptn_json_field_text_if(json, "from", voyage->from);
    ptn_json_field_text_if(json, "to", voyage->to);
    local_if(json, "departure", &voyage->departure);
    local_if(json, "arrival", &voyage->arrival);
    instant_if(json, "due", voyage->due_ms);
    ptn_json_field_bool(json, "leaves", voyage->leaves);
    field(json, "state", ptn_arrival_state_word(voyage->state));
    count(json, "version", voyage->version);
    instant_if(json, "received", voyage->received_ms);
}

enum ptn_call_step ptn_get_arrivals(struct ptn_call *call)
{
    struct ptn_arrivals *arrivals = ptn_node_arrivals(call->serve->plan.node);
    struct ptn_arrival *voyages = NULL;
    struct ptn_json json = { .out = &call->out };
    size_t voyage_count = 0;
    uint64_t let_go = 0;
    struct ptn_status status =
        ptn_arrivals_list(arrivals, call->arena, &voyages, &voyage_count, &let_go);

    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    ptn_json_object(&json);
    ptn_json_key(&json, "arrivals");
    ptn_json_array(&json);
    for (size_t i = 0; i < voyage_count; i++) {
        ptn_json_object(&json);
        write_voyage(&json, &voyages[i]);
        write_counts(&json, &voyages[i].counts, call->session.officer.discreet);
        ptn_json_object_end(&json);
    }
    ptn_json_array_end(&json);
    ptn_json_field_number(&json, "let_go", (int64_t)let_go);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* ---- boarding passes ---- */

/* "0204" is "204". */
static struct ptn_bytes without_zeros(struct ptn_bytes number)
{
    while (number.len > 1 && number.at[0] == '0')
        number = ptn_bytes_slice(number, 1, SIZE_MAX);
    return number;
}

/* The voyage of this leg, or NULL. */
static const struct ptn_arrival *voyage_of(const struct ptn_arrival *voyages, size_t voyage_count,
                                           const struct ptn_bcbp_leg *leg, struct ptn_date date)
{
    for (size_t i = 0; i < voyage_count; i++)
        if (!voyages[i].ship && ptn_bytes_equal(voyages[i].carrier, leg->carrier) &&
            ptn_bytes_equal(without_zeros(voyages[i].number), leg->number) &&
            ptn_date_equal(voyages[i].departure.date, date))
            return &voyages[i];
    return NULL;
}

enum ptn_call_step ptn_post_boarding_pass(struct ptn_call *call)
{
    const struct ptn_world *world = call->serve->world;
    struct ptn_date today = ptn_place_local_date(world->now_ms(world->context));
    struct ptn_json json = { .out = &call->out };
    const struct ptn_arrival *voyage = NULL;
    struct ptn_arrival *voyages = NULL;
    size_t voyage_count = 0;
    uint64_t let_go = 0;
    struct ptn_diag diag = { 0 };
    struct ptn_bytes text;
    struct ptn_bcbp pass;
    const struct ptn_bcbp_leg *leg = pass.legs;
    struct ptn_status status =
        ptn_request_pass_parse(ptn_buffer_bytes(&call->body), call->arena, &text, &diag);

    if (ptn_ok(status))
        status = ptn_bcbp_parse(text, &pass, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    status = ptn_arrivals_list(ptn_node_arrivals(call->serve->plan.node), call->arena, &voyages,
                               &voyage_count, &let_go);
    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    for (size_t i = 0; i < pass.leg_count && voyage == NULL; i++) {
        leg = &pass.legs[i];
        voyage = voyage_of(voyages, voyage_count, leg, ptn_bcbp_date(leg, today));
    }
    /* PASS-1: the flight, and nobody's name */
    ptn_json_object(&json);
    ptn_json_field_text(&json, "carrier", leg->carrier);
    ptn_json_field_text(&json, "number", leg->number);
    date_if(&json, "date", ptn_bcbp_date(leg, today));
    ptn_json_field_text_if(&json, "from", leg->from);
    ptn_json_field_text_if(&json, "to", leg->to);
    if (voyage != NULL)
        field(&json, "flight", voyage->id);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* ---- people ---- */

/* Into the open object. */
static void write_person(struct ptn_json *json, const struct ptn_arrival_person *person)
{
    const char sex[2] = { person->sex, '\0' };

    field(json, "role", ptn_arrival_role_word(person->role));
    ptn_json_field_text(json, "surname", person->surname);
    ptn_json_field_text(json, "given", person->given);
    date_if(json, "birth", person->birth);
    field_if(json, "sex", sex);
    field_if(json, "nationality", person->nationality);
    ptn_json_key(json, "documents");
    ptn_json_array(json);
    for (size_t i = 0; i < person->document_count; i++) {
        ptn_json_object(json);
        ptn_json_field_text_if(json, "type", person->documents[i].type);
        ptn_json_field_text(json, "number", person->documents[i].number);
        field_if(json, "issuer", person->documents[i].issuer);
        date_if(json, "expiry", person->documents[i].expiry);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_field_text_if(json, "birth_place", person->birth_place);
    ptn_json_field_text_if(json, "booking", person->booking);
    ptn_json_field_text_if(json, "rank", person->rank);
    ptn_json_field_text_if(json, "embark", person->embark);
    ptn_json_field_text_if(json, "debark", person->debark);
}

static void write_matches(struct ptn_json *json, const struct ptn_node_passenger *passenger,
                          bool leaves)
{
    ptn_json_key(json, "matches");
    ptn_json_array(json);
    for (size_t i = 0; i < passenger->match_count; i++) {
        const struct ptn_match *match = &passenger->matches[i];
        const struct ptn_list_effect *effect = leaves ? &match->on_exit : &match->on_entry;

        ptn_json_object(json);
        ptn_match_write_json_members(json, match, PTN_MATCH_BOTH);
        ptn_json_field_bool(json, "corroborated", match->corroborated);
        field(json, "action", ptn_list_action_word(effect->action));
        ptn_json_field_text(json, "effect", effect->text);
        ptn_json_field_text(json, "effect_sq", effect->text_sq);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_passenger(struct ptn_json *json, const struct ptn_node_passenger *passenger,
                            bool leaves)
{
    const struct ptn_arrival_row *row = &passenger->row;

    ptn_json_object(json);
    count(json, "row", row->number);
    field(json, "list", ptn_arrival_list_word(row->list));
    write_person(json, &row->person);
    count(json, "together", row->together);
    count(json, "trouble", row->trouble); /* as this officer may see it: node/arrivals.h */
    ptn_json_field_bool(json, "screened", row->screened);
    ptn_json_field_bool(json, "not_on_board", row->not_on_board);
    instant_if(json, "arrived", row->arrived_ms);
    write_matches(json, passenger, leaves);
    ptn_json_object_end(json);
}

static void write_changes(struct ptn_json *json, const struct ptn_arrival_whole *whole)
{
    ptn_json_key(json, "changes");
    ptn_json_array(json);
    for (size_t i = 0; i < whole->change_count; i++) {
        const struct ptn_arrival_change *change = &whole->changes[i];

        ptn_json_object(json);
        field(json, "change", ptn_arrival_change_word(change->kind));
        field(json, "list", ptn_arrival_list_word(change->list));
        if (change->kind != PTN_ARRIVAL_REMOVED) {
            ptn_json_key(json, "now");
            ptn_json_object(json);
            write_person(json, &change->now);
            ptn_json_object_end(json);
        }
        if (change->kind != PTN_ARRIVAL_ADDED) {
            ptn_json_key(json, "before");
            ptn_json_object(json);
            write_person(json, &change->before);
            ptn_json_object_end(json);
        }
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    count(json, "changes_left_out", whole->changes_left_out);
}

static void looked(struct ptn_node_looking *looking)
{
    ptn_call_done(looking->context);
}

static enum ptn_call_step finish_arrival(struct ptn_call *call)
{
    struct ptn_node_looking *looking = call->act;
    const struct ptn_arrival_whole *whole = &looking->whole;
    struct ptn_json json = { .out = &call->out };
    bool discreet = call->session.officer.discreet;

    if (!ptn_ok(looking->write.status)) { /* ACCESS-1: no look that is not recorded */
        ptn_node_look_release(looking);
        return ptn_call_not_written(call, &looking->write);
    }
    ptn_json_object(&json);
    write_voyage(&json, &whole->voyage);
    write_counts(&json, &whole->voyage.counts, discreet);
    ptn_json_key(&json, "source");
    ptn_json_object(&json);
    ptn_json_field_text(&json, "ledger", whole->origin);
    ptn_json_field_number(&json, "seq", (int64_t)whole->seq);
    ptn_json_object_end(&json);
    count(&json, "people", looking->people);
    ptn_json_key(&json, "rows");
    ptn_json_array(&json);
    for (size_t i = 0; i < looking->passenger_count; i++)
        write_passenger(&json, &looking->passengers[i], whole->voyage.leaves);
    ptn_json_array_end(&json);
    write_changes(&json, whole);
    ptn_json_object_end(&json);
    ptn_node_look_release(looking);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* A number of the query string, or fallback. False for what is none up to most. */
static bool take_number(struct ptn_call *call, const char *key, size_t fallback, size_t most,
                        size_t *ret_number)
{
    const char *text = MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, key);
    uint64_t number = fallback;

    if (text != NULL && !ptn_decimal_read(ptn_bytes_from_text(text), most, &number))
        return false;
    *ret_number = (size_t)number;
    return true;
}

enum ptn_call_step ptn_get_arrival(struct ptn_call *call)
{
    struct ptn_node_looking *looking = ptn_arena_take(call->arena, sizeof(*looking));
    struct ptn_lane_who who = ptn_call_who(call);
    const char *id = call->path + strlen(call->route->path);
    size_t from = 0;
    size_t limit = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (!take_number(call, "from", 0, 1000000, &from) ||
        !take_number(call, "limit", LIMIT_DEFAULT, LIMIT_MAX, &limit) || limit == 0)
        return ptn_call_problem(call, MHD_HTTP_BAD_REQUEST, "bad-request",
                                "from is a number, limit one from 1 to 1000", NULL);
    if (looking != NULL) {
        looking->done = looked;
        looking->context = call;
        call->act = looking;
        call->finish = finish_arrival;
        status = ptn_node_look(call->serve->plan.node, &who, id, from, limit, call->arena, looking);
    }
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    if (status.code == PTN_C_NOT_FOUND)
        return ptn_call_problem(call, MHD_HTTP_NOT_FOUND, "arrival-unknown",
                                "No carrier's list of that voyage is held here", NULL);
    call->retry_after_s = 1;
    return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "No memory for this now",
                            NULL);
}

/* ---- a file ---- */

static void loaded(struct ptn_node_loading *loading)
{
    ptn_call_done(loading->context);
}

static void write_loaded(struct ptn_json *json, const struct ptn_node_loaded *one)
{
    ptn_json_object(json);
    field(json, "type", one->type);
    field(json, "verdict", one->verdict);
    if (one->named) {
        field(json, "id", one->id);
        field(json, "name", one->name);
    }
    count(json, "people", one->people);
    ptn_json_key(json, "notes");
    ptn_json_array(json);
    for (size_t i = 0; i < one->note_count && i < sizeof(one->notes) / sizeof(one->notes[0]); i++) {
        ptn_json_object(json);
        field(json, "code", one->notes[i].code);
        field(json, "text", one->notes[i].text);
        count(json, "segment", one->notes[i].segment);
        count(json, "offset", one->notes[i].offset);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    count(json, "note_count", one->note_count);
    ptn_json_object_end(json);
}

static enum ptn_call_step finish_manifest(struct ptn_call *call)
{
    struct ptn_node_loading *loading = call->act;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(loading->write.status))
        return ptn_call_not_written(call, &loading->write);
    if (!ptn_ok(ptn_node_manifest_take(loading))) {
        call->retry_after_s = 1; /* recorded: it is there after a restart, or when sent again */
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                                "No memory for this now", NULL);
    }
    ptn_json_object(&json);
    ptn_json_key(&json, "messages");
    ptn_json_array(&json);
    for (size_t i = 0; i < loading->message_count && i < PTN_NODE_LOADED_MAX; i++)
        write_loaded(&json, &loading->messages[i]);
    ptn_json_array_end(&json);
    count(&json, "message_count", loading->message_count);
    ptn_answer_receipt(&json, call->ledger, loading->write.seq, PTN_KEPT_LOCAL);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* What is wrong with the file, in its sender's terms. */
static enum ptn_call_step unusable(struct ptn_call *call, const struct ptn_node_loading *loading,
                                   const struct ptn_diag *diag)
{
    size_t size = 1024;
    size_t len = 0;
    char *detail = ptn_arena_take(call->arena, size);

    for (size_t i = 0; detail != NULL && i < loading->message_count && i < PTN_NODE_LOADED_MAX; i++)
        for (size_t j = 0; j < loading->messages[i].note_count && j < 8 && len < size; j++) {
            const struct ptn_manifest_note *note = &loading->messages[i].notes[j];
            int wrote = snprintf(detail + len, size - len, "%s%s (%zu)", len == 0 ? "" : "; ",
                                 note->text, note->segment);

            len += wrote < 0 ? 0 : (size_t)wrote;
        }
    return ptn_call_problem(call, MHD_HTTP_UNPROCESSABLE_CONTENT, "manifest-unusable",
                            "Nothing in this file can be used", len > 0 ? detail : diag->text);
}

enum ptn_call_step ptn_call_no_messages(struct ptn_call *call)
{
    return ptn_call_problem(call, MHD_HTTP_CONFLICT, "messages-stopped",
                            "By order, no carriers' messages are taken in here", NULL);
}

enum ptn_call_step ptn_post_manifest(struct ptn_call *call)
{
    struct ptn_node_loading *loading = ptn_arena_take(call->arena, sizeof(*loading));
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_node_standing standing;
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_problem(call, MHD_HTTP_FORBIDDEN, "not-allowed",
                                "A carrier's file is loaded by a supervisor", NULL);
    if (ptn_apply_stops_messages(call->serve->plan.node))
        return ptn_call_no_messages(call);
    if (loading != NULL)
        status = ptn_node_standing(call->serve->plan.node, call->arena, &standing);
    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    call->ledger = standing.ledger;
    loading->done = loaded;
    loading->context = call;
    call->act = loading;
    call->finish = finish_manifest;
    status = ptn_node_manifest_load(call->serve->plan.node, &who, ptn_buffer_bytes(&call->body),
                                    call->arena, loading, &diag);
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return status.code == PTN_C_BAD_INPUT ? unusable(call, loading, &diag)
                                          : ptn_call_bad_body(call, status, &diag);
}

/* ---- at the lane ---- */

void ptn_answer_row_found(struct ptn_json *json, const struct ptn_lane_answer *answer)
{
    const struct ptn_arrival_found *found = &answer->arrival;

    ptn_json_field_bool(json, "not_listed", answer->not_listed);
    if (answer->filled)
        ptn_json_field_bool(json, "filled", true);
    if (found->how == PTN_ARRIVAL_NOT_FOUND)
        return;
    ptn_json_key(json, "arrival");
    ptn_json_object(json);
    write_voyage(json, &found->voyage);
    field(json, "how", ptn_arrival_how_word(found->how));
    count(json, "row", found->row.number);
    field(json, "list", ptn_arrival_list_word(found->row.list));
    field(json, "role", ptn_arrival_role_word(found->row.person.role));
    ptn_json_field_text_if(json, "rank", found->row.person.rank);
    ptn_json_field_text_if(json, "booking", found->row.person.booking);
    instant_if(json, "arrived", found->row.arrived_ms);
    ptn_json_field_bool(json, "not_on_board", found->row.not_on_board);
    ptn_json_field_bool(json, "others", found->others);
    ptn_json_key(json, "differs");
    ptn_json_array(json);
    for (size_t i = 0; i < found->differ_count; i++) {
        ptn_json_object(json);
        field(json, "field", found->differs[i].field);
        ptn_json_field_text(json, "wrote", found->differs[i].wrote);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
    ptn_json_object_end(json);
}
