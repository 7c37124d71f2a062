/* serve/trips.c -- people who cross together, over the web interface. node/lane.h knows the rules.
 */
#include "node/apply.h"
#include "reference/state.h"
#include "serve/serve_int.h"

static void field(struct ptn_json *json, const char *key, const char *text)
{
    ptn_json_field_text(json, key, ptn_bytes_from_text(text));
}

/* ---- beginning ---- */

/* Who stands on a carrier's list under the vehicle's booking, into the open object. */
static void write_list(struct ptn_json *json, const struct ptn_arrival_booked *list)
{
    if (list->count == 0)
        return;
    field(json, "voyage", list->voyage.id);
    ptn_json_key(json, "list");
    ptn_json_array(json);
    for (size_t i = 0; i < list->count; i++) {
        const struct ptn_arrival_row *row = &list->rows[i];

        ptn_json_object(json);
        ptn_json_field_number(json, "row", row->number);
        ptn_json_field_text(json, "surname", row->person.surname);
        ptn_json_field_text(json, "given", row->person.given);
        ptn_json_field_bool(json, "arrived", row->arrived_ms != 0);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_vehicle(struct ptn_json *json, const struct ptn_trip_begun *begun)
{
    const struct ptn_state *state = begun->state == NULL ? NULL : ptn_state_find(begun->state);

    ptn_json_key(json, "vehicle");
    ptn_json_object(json);
    field(json, "plate", begun->plate);
    field(json, "key", begun->key);
    field(json, "kind", ptn_vehicle_kind_word(begun->kind));
    if (state != NULL)
        field(json, "state", state->alpha3);
    field(json, "vin", ptn_vin_word(begun->vin));
    if (begun->booking[0] != '\0') {
        ptn_json_key(json, "booking");
        ptn_json_object(json);
        field(json, "reference", begun->booking);
        ptn_json_field_number(json, "people", begun->booked);
        write_list(json, &begun->list);
        ptn_json_object_end(json);
    }
    ptn_json_object_end(json);
}

enum ptn_call_step ptn_post_trip(struct ptn_call *call)
{
    struct ptn_trip_start start;
    struct ptn_trip_begun begun = { .refusal = PTN_LANE_ACCEPTED };
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_json json = { .out = &call->out };
    struct ptn_diag diag = { 0 };
    struct ptn_status status =
        ptn_request_trip_parse(ptn_buffer_bytes(&call->body), call->arena, &start, &diag);

    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    status = ptn_trip_begin(call->serve->plan.node, &who, &start, call->arena, &begun, &diag);
    if (!ptn_ok(status) && begun.refusal != PTN_LANE_ACCEPTED)
        return ptn_call_refused(call, status, begun.refusal);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    ptn_json_object(&json);
    field(&json, "trip", begun.trip);
    field(&json, "direction", ptn_direction_word(begun.direction));
    if (begun.has_vehicle)
        write_vehicle(&json, &begun);
    ptn_json_key(&json, "advice");
    ptn_advice_write_json(&json, &begun.advice, call->session.officer.discreet);
    ptn_json_object_end(&json);
    ptn_trip_begun_release(&begun);
    return ptn_call_answered(call, ptn_json_end(&json));
}

void ptn_answer_trip(struct ptn_json *json, const struct ptn_trip_seats *seats)
{
    if (seats == NULL)
        return;
    ptn_json_key(json, "trip");
    ptn_json_object(json);
    ptn_json_field_number(json, "seat", (int64_t)seats->seat);
    ptn_json_field_number(json, "seats", (int64_t)seats->count);
    ptn_json_field_number(json, "adults", seats->adults);
    ptn_json_field_number(json, "children", seats->children);
    if (seats->booked > 0)
        ptn_json_field_number(json, "booked", seats->booked);
    field(json, "vehicle", ptn_verdict_word(seats->vehicle));
    ptn_json_key(json, "ask_again");
    ptn_json_array(json);
    for (size_t i = 0; i < seats->ask_again_count; i++)
        ptn_json_text(json, ptn_bytes_from_text(seats->ask_again[i]));
    ptn_json_array_end(json);
    ptn_json_object_end(json);
}

/* ---- what a ferry expects ---- */

static void loaded(struct ptn_bookings_loading *loading)
{
    ptn_call_done(loading->context);
}

static enum ptn_call_step finish_bookings(struct ptn_call *call)
{
    struct ptn_bookings_loading *loading = call->act;
    const struct ptn_bookings *bookings = &loading->bookings;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(loading->write.status))
        return ptn_call_not_written(call, &loading->write);
    if (!ptn_ok(ptn_bookings_take(loading))) {
        call->retry_after_s = 1; /* recorded: it is there after a restart, or when sent again */
        return ptn_call_problem(call, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                                "No memory for this now", NULL);
    }
    ptn_json_object(&json);
    ptn_json_field_number(&json, "bookings", (int64_t)bookings->count);
    ptn_json_field_number(&json, "left_out", (int64_t)bookings->left_out);
    ptn_json_key(&json, "notes");
    ptn_json_array(&json);
    for (size_t i = 0; i < bookings->note_count; i++) {
        ptn_json_object(&json);
        ptn_json_field_number(&json, "line", (int64_t)bookings->notes[i].line);
        field(&json, "text", bookings->notes[i].text);
        ptn_json_object_end(&json);
    }
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

enum ptn_call_step ptn_post_bookings(struct ptn_call *call)
{
    struct ptn_bookings_loading *loading = ptn_arena_take(call->arena, sizeof(*loading));
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_diag diag = { 0 };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (call->session.officer.role != PTN_STAFF_SUPERVISOR)
        return ptn_call_not_supervisor(call);
    if (ptn_apply_stops_messages(call->serve->plan.node))
        return ptn_call_no_messages(call);
    if (loading != NULL) {
        loading->done = loaded;
        loading->context = call;
        call->act = loading;
        call->finish = finish_bookings;
        status = ptn_bookings_load(call->serve->plan.node, &who, ptn_buffer_bytes(&call->body),
                                   call->arena, loading, &diag);
    }
    if (ptn_ok(status))
        return PTN_CALL_WAITING;
    call->finish = NULL;
    return ptn_call_bad_body(call, status, &diag);
}

enum ptn_call_step ptn_get_bookings(struct ptn_call *call)
{
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_json json = { .out = &call->out };
    struct ptn_trip_expectation all;
    struct ptn_status status = ptn_trip_expected(call->serve->plan.node, &who, call->arena, &all);

    if (!ptn_ok(status))
        return ptn_call_answered(call, status);
    ptn_json_object(&json);
    ptn_json_field_number(&json, "came", (int64_t)all.came);
    ptn_json_field_bool(&json, "more", all.more);
    ptn_json_key(&json, "bookings");
    ptn_json_array(&json);
    for (size_t i = 0; i < all.count; i++) {
        const struct ptn_trip_expected *row = &all.rows[i];
        char text[PTN_INSTANT_TEXT_SIZE];

        ptn_json_object(&json);
        field(&json, "plate", row->plate);
        field(&json, "reference", row->reference);
        field(&json, "kind", ptn_vehicle_kind_word(row->kind));
        ptn_json_field_number(&json, "people", row->people);
        if (row->came_ms != 0) {
            field(&json, "came", ptn_instant_write(row->came_ms, text));
            ptn_json_field_number(&json, "occupants", row->occupants);
        }
        ptn_json_object_end(&json);
    }
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* ---- recording ---- */

struct recording {
    struct ptn_request_trip_record request;
    struct ptn_trip_record record;
};

/* On the owner's thread. */
static void trip_recorded(struct ptn_trip_record *record)
{
    struct ptn_call *call = record->context;

    if (ptn_ok(record->write.status) && !record->again)
        for (size_t i = 0; i < record->count; i++)
            ptn_serve_publish_crossing(call->serve, &record->crossings[i]);
    ptn_call_done(call);
}

static enum ptn_call_step finish_trip(struct ptn_call *call)
{
    const struct recording *recording = call->act;
    const struct ptn_trip_record *record = &recording->record;
    struct ptn_json json = { .out = &call->out };

    if (!ptn_ok(call->checked))
        return ptn_call_wrong_password(call, call->session.lane);
    if (!ptn_ok(call->status_of_act))
        return ptn_call_refused(call, call->status_of_act, record->refusal);
    if (!ptn_ok(record->write.status))
        return ptn_call_not_written(call, &record->write);
    ptn_metrics_time(&call->serve->metrics.settle, ptn_serve_now(call->serve) - call->began_us);
    ptn_json_object(&json);
    field(&json, "trip", record->trip);
    ptn_json_field_number(&json, "occupants", (int64_t)record->occupants);
    if (record->has_vehicle && !record->again)
        field(&json, "vehicle", ptn_outcome_word(record->vehicle_outcome));
    ptn_answer_receipt(&json, call->ledger, record->seq, record->kept);
    ptn_json_key(&json, "crossings");
    ptn_json_array(&json);
    for (size_t i = 0; i < record->count; i++)
        ptn_answer_crossing(&json, &record->crossings[i], call->ledger);
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    return ptn_call_answered(call, ptn_json_end(&json));
}

/* Queue it. True when trip_recorded will be called. */
static bool settle(struct ptn_call *call, const struct ptn_officer *supervisor)
{
    struct recording *recording = call->act;
    struct ptn_lane_who who = ptn_call_who(call);
    struct ptn_trip_settlement *settlement = &recording->request.settlement;
    struct ptn_status status;

    settlement->supervisor = supervisor;
    settlement->key = call->key.len > 0 ? call->key : ptn_bytes_from_text(settlement->trip);
    recording->record.done = trip_recorded;
    recording->record.context = call;
    call->status_of_act = PTN_OK; /* before the call can be done */
    status =
        ptn_trip_settle(call->serve->plan.node, &who, settlement, call->arena, &recording->record);
    if (!ptn_ok(status))
        call->status_of_act = status;
    return ptn_ok(status);
}

enum ptn_call_step ptn_post_trip_record(struct ptn_call *call)
{
    struct ptn_diag diag = { 0 };
    enum ptn_call_step step = PTN_CALL_WAITING;
    struct recording *recording = ptn_arena_take(call->arena, sizeof(*recording));
    struct ptn_status status;

    if (recording == NULL)
        return ptn_call_answered(call, (struct ptn_status){ PTN_C_NO_MEMORY });
    *recording = (struct recording){ .request = { .has_supervisor = false } };
    status = ptn_request_trip_record_parse(ptn_buffer_bytes(&call->body), call->arena,
                                           &recording->request, &diag);
    if (!ptn_ok(status))
        return ptn_call_bad_body(call, status, &diag);
    call->act = recording;
    call->finish = finish_trip;
    call->perform = settle;
    if (ptn_call_begin(call, recording->request.has_supervisor, recording->request.supervisor,
                       recording->request.password, &step))
        return step;
    return ptn_call_refused(call, call->status_of_act, recording->record.refusal);
}
