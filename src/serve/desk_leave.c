/*
 * serve/desk_leave.c -- orders to leave at a centre's desk: given, changed, and who has met them,
 * by the crossings of the view. Standard: docs/format/published.md "Orders to leave".
 */
#include "serve/desk_int.h"

#define ORDERS_MAX 200u /* in one answer */

/* ---- as JSON ---- */

struct telling {
    struct ptn_visit *visit;
    struct ptn_json *json;
    struct ptn_view *view; /* NULL: none can be opened */
    int64_t now_ms;
    size_t orders, people;
};

static void write_name(struct ptn_json *json, const struct ptn_hash *name)
{
    struct ptn_buffer hex = { .len_max = (size_t)2 * PTN_HASH_LEN };

    if (ptn_ok(ptn_buffer_add_hex(&hex, ptn_bytes_of(name->at, PTN_HASH_LEN))))
        ptn_json_field_text(json, "record", ptn_buffer_bytes(&hex));
    ptn_buffer_release(&hex);
}

static void write_person(struct ptn_json *json, const struct ptn_person *person)
{
    char text[PTN_DATE_TEXT_SIZE];

    ptn_json_field_text_if(json, "surname", person->surname);
    ptn_json_field_text_if(json, "given", person->given);
    ptn_json_field_text_if(json, "name", person->name);
    if (!ptn_date_is_none(person->birth))
        ptn_json_field_text(json, "birth",
                            ptn_bytes_from_text(ptn_date_write(person->birth, text)));
    ptn_json_field_text_if(json, "nationality", ptn_bytes_from_text(person->nationality));
    ptn_json_field_text_if(json, "issuer", ptn_bytes_from_text(person->document.issuer));
    ptn_json_field_text_if(json, "number", person->document.number);
}

static void write_row(struct ptn_json *json, const struct ptn_leave_row *row)
{
    ptn_json_field_text(json, "state", ptn_bytes_from_text(ptn_leave_state_word(row->state)));
    if (row->crossing != NULL) {
        ptn_json_field_text(json, "post", row->crossing->crossing.post);
        ptn_json_field_number(json, "time_ms", row->crossing->crossing.time_ms);
        ptn_json_field_text(json, "ledger", ptn_bytes_from_text(row->crossing->origin));
        ptn_json_field_number(json, "entry", (int64_t)row->crossing->seq);
    }
    if (row->told != NULL) {
        ptn_json_field_text_if(json, "sheet", row->told->sheet);
        ptn_json_field_text(json, "told_by", row->told->officer);
    }
}

static void write_people(struct telling *telling, const struct ptn_published_order *order)
{
    const struct ptn_leave *leave = &order->leave;
    size_t count = leave->people_count + leave->dependant_count;

    ptn_json_key(telling->json, "people");
    ptn_json_array(telling->json);
    for (size_t i = 0; i < count; i++) {
        bool dependant = i >= leave->people_count;
        const struct ptn_person *person = ptn_leave_person(leave, i + 1);
        struct ptn_leave_row row =
            ptn_leave_row(telling->view, order, i + 1, telling->now_ms, telling->visit->arena);

        ptn_json_object(telling->json);
        ptn_json_field_number(telling->json, "nth", (int64_t)i + 1);
        ptn_json_field_bool(telling->json, "dependant", dependant);
        write_person(telling->json, person);
        write_row(telling->json, &row);
        ptn_json_object_end(telling->json);
        telling->people++;
    }
    ptn_json_array_end(telling->json);
}

static void write_changes(struct ptn_json *json, const struct ptn_published_order *order)
{
    ptn_json_key(json, "changes");
    ptn_json_array(json);
    for (size_t i = 0; i < order->change_count; i++) {
        const struct ptn_published_change *change = &order->changes[i];

        ptn_json_object(json);
        ptn_json_field_text(json, "act",
                            ptn_bytes_from_text(ptn_leave_act_word(change->leave.act)));
        write_name(json, &change->name);
        ptn_json_field_number(json, "time_ms", change->leave.time_ms);
        ptn_json_field_text(json, "officer", change->leave.officer);
        ptn_json_field_text_if(json, "reason", change->leave.reason);
        if (change->leave.deadline_ms != 0)
            ptn_json_field_number(json, "deadline_ms", change->leave.deadline_ms);
        ptn_json_field_bool(json, "in_force", change->in_force);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static bool write_order(void *context, const struct ptn_published_order *order)
{
    struct telling *telling = context;
    struct ptn_json *json = telling->json;
    const struct ptn_leave *leave = &order->leave;
    char text[PTN_RECORD_ID_TEXT_SIZE];
    char date[PTN_DATE_TEXT_SIZE];

    if (telling->orders++ == ORDERS_MAX)
        return false;
    ptn_json_object(json);
    ptn_json_field_text(json, "id", ptn_bytes_from_text(ptn_record_id_write(leave->id, text)));
    write_name(json, &order->name);
    ptn_json_field_text(json, "reference", leave->reference);
    ptn_json_field_text(json, "issuer", leave->issuer);
    ptn_json_field_text_if(json, "contact", leave->contact);
    ptn_json_field_text(json, "officer", leave->officer);
    ptn_json_field_number(json, "time_ms", leave->time_ms);
    ptn_json_field_number(json, "deadline_ms", order->deadline_ms);
    if (!ptn_date_is_none(leave->ban_until))
        ptn_json_field_text(json, "ban_until",
                            ptn_bytes_from_text(ptn_date_write(leave->ban_until, date)));
    ptn_json_field_bool(json, "protocol", leave->protocol);
    ptn_json_field_text_if(json, "liaison", leave->liaison);
    ptn_json_field_bool(json, "annulled", order->annulled);
    ptn_json_key(json, "points");
    ptn_json_array(json);
    for (size_t i = 0; i < leave->point_count; i++)
        ptn_json_text(json, leave->points[i]);
    ptn_json_array_end(json);
    write_changes(json, order);
    write_people(telling, order);
    ptn_json_object_end(json);
    return true;
}

void ptn_desk_get_leave(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_json json = { .out = &visit->out };
    struct telling telling = { visit, &json, NULL, ptn_desk_now_ms(desk), 0, 0 };
    struct ptn_status viewed;

    if (!ptn_visit_has_board(visit))
        return;
    ptn_json_object(&json);
    ptn_json_field_number(&json, "now_ms", telling.now_ms);
    ptn_json_key(&json, "orders");
    ptn_json_array(&json);
    viewed = ptn_desk_view_lock(desk);
    telling.view = ptn_ok(viewed) ? desk->view : NULL;
    ptn_published_orders(ptn_board_lock(desk->plan.board), write_order, &telling);
    ptn_board_unlock(desk->plan.board);
    if (ptn_ok(viewed))
        ptn_desk_view_unlock(desk, viewed);
    ptn_json_array_end(&json);
    ptn_json_object_end(&json);
    if (ptn_visit_looked(visit, "Compliance with orders to leave.", telling.people))
        ptn_visit_answered(visit, ptn_json_end(&json));
}

void ptn_desk_post_leave(struct ptn_visit *visit)
{
    struct ptn_desk *desk = visit->desk;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_record record = { .kind = PTN_RECORD_LEAVE,
                                        .retention = PTN_RETENTION_CASEWORK };
    struct ptn_json json = { .out = &visit->out };
    struct ptn_diag diag = { 0 };
    struct ptn_leave leave;
    char id[PTN_RECORD_ID_TEXT_SIZE];
    struct ptn_status status;

    if (!ptn_visit_has_board(visit))
        return;
    status = ptn_request_leave_parse(ptn_buffer_bytes(&visit->body), visit->arena, &leave, &diag);
    if (ptn_ok(status)) {
        if (ptn_record_id_is_none(leave.id))
            desk->plan.world->random(desk->plan.world->context, leave.id.at, sizeof(leave.id.at));
        leave.time_ms = ptn_desk_now_ms(desk);
        leave.post = ptn_bytes_from_text(desk->plan.centre->code);
        leave.officer = ptn_bytes_from_text(visit->session.officer.user);
        status = ptn_leave_validate(&leave, &diag);
    }
    if (!ptn_ok(status)) {
        ptn_visit_bad_body(visit, status, &diag);
        return;
    }
    status = ptn_leave_write(&leave, &payload);
    record.payload = ptn_buffer_bytes(&payload);
    if (ptn_ok(status))
        status = ptn_desk_write(desk, &record);
    ptn_buffer_release(&payload);
    if (!ptn_ok(status)) {
        ptn_visit_busy(visit, "not-recorded", "Nothing was recorded");
        return;
    }
    ptn_json_object(&json);
    ptn_json_field_text(&json, "id", ptn_bytes_from_text(ptn_record_id_write(leave.id, id)));
    ptn_json_field_text(&json, "act", ptn_bytes_from_text(ptn_leave_act_word(leave.act)));
    ptn_json_object_end(&json);
    ptn_visit_answered_as(visit, MHD_HTTP_CREATED, ptn_json_end(&json));
}
