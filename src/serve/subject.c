/*
 * serve/subject.c -- a person's own copy: what a view and a board may tell, as JSON and on paper.
 *
 * SUBJECT-1: alerts, matches, advice and its reasons, reports and an officer's own words are never
 * read here, so a copy has no place where they are missing. Nor are ledgers' indices written: what
 * else was recorded beside a crossing could be counted by them.
 */
#include <stdlib.h>

#include "paper/subject_paper.h"
#include "reference/place.h"
#include "serve/desk_int.h"
#include "view/subject.h"

#define EVENTS_MAX 4096u /* crossings that days of stay are counted by; with more none are told */

/* Written from the top down: what follows a part begins it. */
struct copy {
    struct ptn_board *board;
    const struct ptn_subject_ask *ask;
    struct ptn_json json;
    struct ptn_subject_paper *paper; /* NULL: none is wanted */
    bool as_json;
    int part;                      /* at hand; -1: before the first */
    struct ptn_stay_event *events; /* from the end of the room on, the earliest first */
    size_t event_count;
    bool all_events;
    struct ptn_date on;
};

/* ---- fields ---- */

static void put_instant(struct copy *copy, const char *key, int64_t ms)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    if (copy->as_json)
        ptn_json_field_text(&copy->json, key, ptn_bytes_from_text(ptn_instant_write(ms, text)));
}

static void put_date(struct copy *copy, const char *key, struct ptn_date date)
{
    char text[PTN_DATE_TEXT_SIZE];

    if (copy->as_json && !ptn_date_is_none(date))
        ptn_json_field_text(&copy->json, key, ptn_bytes_from_text(ptn_date_write(date, text)));
}

static void put_text(struct copy *copy, const char *key, struct ptn_bytes text)
{
    if (copy->as_json)
        ptn_json_field_text_if(&copy->json, key, text);
}

static void put_word(struct copy *copy, const char *key, const char *word)
{
    put_text(copy, key, ptn_bytes_from_text(word));
}

static void begin_row(struct copy *copy)
{
    if (copy->as_json)
        ptn_json_object(&copy->json);
}

static void end_row(struct copy *copy)
{
    if (copy->as_json)
        ptn_json_object_end(&copy->json);
}

/* ---- days of stay ---- */

static void note_event(struct copy *copy, const struct ptn_crossing *crossing)
{
    struct ptn_stay_event event = {
        crossing->date,
        crossing->direction == PTN_DIRECTION_ENTRY ? PTN_STAY_ENTRY : PTN_STAY_EXIT,
        crossing->exempt,
    };
    size_t at;

    if (crossing->outcome == PTN_OUTCOME_REFERRED || crossing->outcome == PTN_OUTCOME_REFUSED ||
        ptn_date_compare(crossing->date, copy->on) > 0)
        return;
    if (copy->event_count == EVENTS_MAX) {
        copy->all_events = false;
        return;
    }
    /* rows come the latest first; a day that is out of that order (another system's) goes where it
     * belongs */
    at = EVENTS_MAX - ++copy->event_count;
    while (at + 1 < EVENTS_MAX && ptn_date_compare(copy->events[at + 1].date, event.date) < 0) {
        copy->events[at] = copy->events[at + 1];
        at++;
    }
    copy->events[at] = event;
}

static void tell_stay(struct copy *copy)
{
    struct ptn_stay_history history = { .known = true, .event_count = copy->event_count };
    struct ptn_stay stay;
    bool inside;

    if (copy->event_count == 0 || !copy->all_events)
        return;
    history.events = copy->events + (EVENTS_MAX - copy->event_count);
    inside = copy->events[EVENTS_MAX - 1].move == PTN_STAY_ENTRY;
    if (!ptn_ok(ptn_stays_count(&history, ptn_desk_stay_limit,
                                inside ? PTN_STAY_EXIT : PTN_STAY_ENTRY, copy->on, &stay, NULL)))
        return;
    begin_row(copy);
    put_date(copy, "on", copy->on);
    if (copy->as_json) {
        ptn_json_field_number(&copy->json, "used", stay.used);
        ptn_json_field_number(&copy->json, "left", stay.left);
        ptn_json_field_bool(&copy->json, "inside", stay.inside);
    }
    put_date(copy, "leave_by", stay.leave_by);
    end_row(copy);
    if (copy->paper != NULL)
        ptn_subject_paper_stay(copy->paper, stay.used, stay.left, copy->on);
}

/* ---- orders to leave ---- */

static bool is_named(const struct copy *copy, const struct ptn_leave *leave)
{
    for (size_t nth = 1; nth <= leave->people_count + leave->dependant_count; nth++) {
        const struct ptn_person *person = ptn_leave_person(leave, nth);

        if (ptn_bytes_equal(person->document.number, copy->ask->number) &&
            ptn_bytes_equal(ptn_bytes_from_text(person->document.issuer), copy->ask->issuer) &&
            (ptn_date_is_none(person->birth) || ptn_date_equal(person->birth, copy->ask->birth)))
            return true;
    }
    return false;
}

static bool tell_order(void *context, const struct ptn_published_order *order)
{
    struct copy *copy = context;
    const struct ptn_leave *leave = &order->leave;

    if (!is_named(copy, leave))
        return true;
    begin_row(copy);
    put_instant(copy, "time", leave->time_ms);
    put_text(copy, "issuer", leave->issuer);
    put_text(copy, "reference", leave->reference);
    put_text(copy, "contact", leave->contact);
    put_instant(copy, "deadline", order->deadline_ms);
    put_date(copy, "refused_until", leave->ban_until);
    if (copy->as_json)
        ptn_json_field_bool(&copy->json, "annulled", order->annulled);
    end_row(copy);
    if (copy->paper != NULL)
        ptn_subject_paper_order(copy->paper, leave, order->deadline_ms, order->annulled);
    return true;
}

static void tell_orders(struct copy *copy)
{
    if (copy->board == NULL)
        return;
    ptn_published_orders(ptn_board_lock(copy->board), tell_order, copy);
    ptn_board_unlock(copy->board);
}

/* ---- parts ---- */

/* All parts up to that one begin; those that a view has no rows for are told on the way. */
static void go_to(struct copy *copy, int part)
{
    static const char *const keys[PTN_SUBJECT_PART_COUNT] = {
        [PTN_SUBJECT_CROSSINGS] = "crossings", [PTN_SUBJECT_STAY] = "stay",
        [PTN_SUBJECT_ORDERS] = "orders",       [PTN_SUBJECT_CASES] = "cases",
        [PTN_SUBJECT_PERMITS] = "permits",     [PTN_SUBJECT_LOOKS] = "looks",
    };

    while (copy->part < part) {
        if (copy->as_json && copy->part >= 0)
            ptn_json_array_end(&copy->json);
        copy->part++;
        if (copy->as_json) {
            ptn_json_key(&copy->json, keys[copy->part]);
            ptn_json_array(&copy->json);
        }
        if (copy->paper != NULL)
            ptn_subject_paper_part(copy->paper, (enum ptn_subject_part)copy->part);
        if (copy->part == PTN_SUBJECT_STAY)
            tell_stay(copy);
        else if (copy->part == PTN_SUBJECT_ORDERS)
            tell_orders(copy);
    }
}

static struct ptn_status standing(const struct copy *copy)
{
    return copy->as_json ? copy->json.status : PTN_OK;
}

/* ---- rows of the view ---- */

static void put_person(struct copy *copy, const struct ptn_person *person)
{
    put_text(copy, "surname", person->surname);
    put_text(copy, "given", person->given);
    put_text(copy, "name", person->name);
    put_text(copy, "sex", ptn_bytes_of(&person->sex, person->sex == 0 ? 0 : 1));
    put_word(copy, "nationality", person->nationality);
    put_date(copy, "expiry", person->document.expiry);
}

/* In spite of what advice somebody was let pass is not theirs to read off: they passed. */
static const char *happened(const struct ptn_crossing *crossing)
{
    return crossing->outcome == PTN_OUTCOME_REFERRED  ? "second-line"
           : crossing->outcome == PTN_OUTCOME_REFUSED ? "refused"
                                                      : "crossed";
}

static struct ptn_status take_crossing(void *context, const struct ptn_view_crossing *row)
{
    struct copy *copy = context;
    const struct ptn_crossing *crossing = &row->crossing;
    const bool on_paper = row->rung == PTN_RUNG_MANUAL;

    go_to(copy, PTN_SUBJECT_CROSSINGS);
    begin_row(copy);
    put_instant(copy, "time", crossing->time_ms);
    put_text(copy, "post", crossing->post);
    put_text(copy, "lane", crossing->lane);
    put_word(copy, "direction", ptn_direction_word(crossing->direction));
    put_word(copy, "happened", happened(crossing));
    if (copy->as_json)
        ptn_json_field_bool(&copy->json, "on_paper", on_paper);
    put_person(copy, &crossing->person);
    put_text(copy, "plate", crossing->plate);
    put_text(copy, "voyage", crossing->voyage);
    put_text(copy, "booking", crossing->booking);
    put_text(copy, "imported", crossing->imported);
    end_row(copy);
    if (copy->paper != NULL)
        ptn_subject_paper_crossing(copy->paper, crossing, on_paper);
    note_event(copy, crossing);
    return standing(copy);
}

static struct ptn_status take_end(void *context, const struct ptn_view_case_step *row)
{
    struct copy *copy = context;

    go_to(copy, PTN_SUBJECT_CASES);
    begin_row(copy);
    put_instant(copy, "time", row->time_ms);
    put_text(copy, "post", row->post);
    put_word(copy, "outcome", ptn_case_outcome_word(row->outcome));
    put_text(copy, "ground", row->ground);
    end_row(copy);
    if (copy->paper != NULL)
        ptn_subject_paper_case(copy->paper, row->time_ms, row->outcome, row->ground, row->post);
    return standing(copy);
}

static struct ptn_status take_permit(void *context, const struct ptn_view_permit *row)
{
    struct copy *copy = context;
    const struct ptn_permit *permit = &row->permit;

    go_to(copy, PTN_SUBJECT_PERMITS);
    begin_row(copy);
    put_word(copy, "kind", ptn_permit_kind_word(permit->kind));
    put_word(copy, "issuer", permit->issuer);
    put_text(copy, "number", permit->number);
    put_word(copy, "status", ptn_permit_status_word(permit->status));
    put_date(copy, "from", permit->from);
    put_date(copy, "until", permit->until);
    put_text(copy, "imported", permit->imported);
    end_row(copy);
    if (copy->paper != NULL)
        ptn_subject_paper_permit(copy->paper, permit);
    return standing(copy);
}

static struct ptn_status take_look(void *context, const struct ptn_view_access *row)
{
    struct copy *copy = context;
    const struct ptn_access look = { .time_ms = row->time_ms,
                                     .purpose = row->purpose,
                                     .post = row->post,
                                     .lane = row->lane,
                                     .officer = row->officer };

    go_to(copy, PTN_SUBJECT_LOOKS);
    begin_row(copy);
    put_instant(copy, "time", row->time_ms);
    put_word(copy, "purpose", ptn_purpose_word(row->purpose));
    put_text(copy, "post", row->post);
    put_text(copy, "lane", row->lane);
    put_text(copy, "officer", row->officer);
    end_row(copy);
    if (copy->paper != NULL)
        ptn_subject_paper_look(copy->paper, &look);
    return standing(copy);
}

/* ---- all of it ---- */

static void put_head(struct copy *copy)
{
    const struct ptn_subject_ask *ask = copy->ask;

    begin_row(copy);
    put_word(copy, "what", "a person's own copy");
    put_instant(copy, "made", ask->made_ms);
    put_text(copy, "centre", ask->centre);
    put_text(copy, "officer", ask->officer);
    put_text(copy, "issuer", ask->issuer);
    put_text(copy, "number", ask->number);
    put_date(copy, "birth", ask->birth);
}

static struct ptn_status tell(struct copy *copy, struct ptn_view *view, struct ptn_diag *reterr)
{
    const struct ptn_view_document document = { copy->ask->issuer, copy->ask->number,
                                                copy->ask->birth };
    const struct ptn_view_teller teller = { copy, take_crossing, take_end, take_permit, take_look };
    struct ptn_status status;

    put_head(copy);
    status = ptn_view_tell(view, &document, &teller, reterr);
    if (!ptn_ok(status))
        return status;
    go_to(copy, PTN_SUBJECT_LOOKS);
    if (copy->as_json) {
        ptn_json_array_end(&copy->json);
        ptn_json_object_end(&copy->json);
        status = ptn_json_end(&copy->json);
    }
    return ptn_ok(status) ? PTN_OK : ptn_fail(status.code, reterr, 0, "the copy is too large");
}

struct ptn_status ptn_subject_copy(struct ptn_view *view, struct ptn_board *board,
                                   const struct ptn_subject_ask *ask, struct ptn_buffer *json,
                                   struct ptn_buffer *pdf, struct ptn_diag *reterr)
{
    const struct ptn_subject_title title = {
        ask->issuer, ask->number,  ask->birth,         ask->made_ms,
        ask->centre, ask->officer, ask->demonstration,
    };
    struct copy copy = { .board = board,
                         .ask = ask,
                         .json = { .out = json },
                         .as_json = json != NULL,
                         .part = -1,
                         .events = calloc(EVENTS_MAX, sizeof(*copy.events)),
                         .all_events = true,
                         .on = ptn_place_local_date(ask->made_ms) };
    struct ptn_status status, drawn;

    if (pdf != NULL && copy.events != NULL)
        copy.paper = ptn_subject_paper_open(&title, pdf);
    if (copy.events == NULL || (pdf != NULL && copy.paper == NULL)) {
        free(copy.events);
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a copy");
    }
    status = tell(&copy, view, reterr);
    drawn = ptn_subject_paper_close(copy.paper, ptn_ok(status) ? reterr : NULL);
    free(copy.events);
    return ptn_ok(status) ? drawn : status;
}
