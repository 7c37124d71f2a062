/* node/calls_do.c -- what is done in a ship's call, and who looks at its people. */
#include <stdlib.h>

#include "base/text.h"
#include "node/apply.h"
#include "node/calls_int.h"
#include "node/cases_int.h"
#include "record/access.h"

/* ---- lines ---- */

static struct ptn_calls_line line_of(const struct ptn_called *called)
{
    struct ptn_calls_line line = called->line;

    line.counts = ptn_calls_count(called);
    return line;
}

struct ptn_status ptn_calls_list(struct ptn_node *node, struct ptn_arena *arena,
                                 struct ptn_calls_line **ret_lines, size_t *ret_count)
{
    struct ptn_calls_line *lines = ptn_arena_take(arena, PTN_CALLS_MAX * sizeof(*lines));
    size_t count = 0;

    if (lines == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ptn_node_lock(node);
    for (unsigned closed = 0; closed < 2 && node->calls != NULL; closed++)
        for (size_t i = node->calls->count; i-- > 0;)
            if ((node->calls->at[i]->line.closed_ms != 0) == (closed == 1))
                lines[count++] = line_of(node->calls->at[i]);
    ptn_node_unlock(node);
    *ret_lines = lines;
    *ret_count = count;
    return PTN_OK;
}

/* ---- looking ---- */

static bool copy_text(struct ptn_arena *arena, struct ptn_bytes *text)
{
    char *copy = ptn_arena_text(arena, *text);

    *text = ptn_bytes_of(copy, copy == NULL ? 0 : text->len);
    return copy != NULL;
}

/* Into the arena. False: no memory. */
static bool copy_person(const struct ptn_aboard *aboard, struct ptn_arena *arena,
                        struct ptn_calls_person *ret_person)
{
    struct ptn_calls_person person = { .person = ptn_aboard_person(aboard),
                                       .place = ptn_bytes_from_text(aboard->place),
                                       .crew = aboard->crew,
                                       .signed_on = aboard->signed_on,
                                       .standing = aboard->standing,
                                       .since_ms = aboard->since_ms,
                                       .lane = ptn_bytes_from_text(aboard->lane),
                                       .uncounted = aboard->uncounted };

    if (!copy_text(arena, &person.person.surname) || !copy_text(arena, &person.person.given) ||
        !copy_text(arena, &person.person.document.number) || !copy_text(arena, &person.place) ||
        !copy_text(arena, &person.lane))
        return false;
    *ret_person = person;
    return true;
}

static int by_since(const void *a, const void *b)
{
    const struct ptn_calls_person *left = a;
    const struct ptn_calls_person *right = b;

    return (left->since_ms > right->since_ms) - (left->since_ms < right->since_ms);
}

static void looked(struct ptn_writer_request *request)
{
    struct ptn_calls_look *look = request->context;

    look->done(look);
}

/* ACCESS-1: who is shown, and to whom. */
static struct ptn_status submit_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                     struct ptn_arena *arena, struct ptn_calls_look *look)
{
    const struct ptn_access access = { .purpose = PTN_PURPOSE_FIRST_LINE, .shown = look->count };
    struct ptn_status status;

    look->write = (struct ptn_writer_request){ .done = looked, .context = look };
    status = ptn_node_put_look(node, who, &access, arena, &look->write);
    if (!ptn_ok(status))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ptn_writer_submit(node, &look->write);
    return PTN_OK;
}

/* Under the lock. NULL with the refusal: there is no such call. */
static struct ptn_called *find_text(struct ptn_node *node, const char *text,
                                    enum ptn_calls_refusal *ret_refusal)
{
    struct ptn_record_id id;
    struct ptn_called *called = NULL;

    if (text != NULL && ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(text), &id, NULL)))
        called = ptn_calls_of(node, id);
    *ret_refusal = called == NULL ? PTN_CALLS_UNKNOWN : PTN_CALLS_ACCEPTED;
    return called;
}

struct ptn_status ptn_calls_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                 const char *id, struct ptn_arena *arena,
                                 struct ptn_calls_look *look)
{
    const struct ptn_called *called;
    bool whole = true;

    PTN_PRE(look->done != NULL);
    look->people = ptn_arena_take(arena, PTN_CALLS_SHOWN_MAX * sizeof(*look->people));
    if (look->people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    look->count = 0;
    look->left_out = 0;
    ptn_node_lock(node);
    called = find_text(node, id, &look->refusal);
    for (size_t i = 0; called != NULL && whole && i < called->count; i++) {
        enum ptn_calls_standing standing = called->people[i].standing;

        if (standing != PTN_CALLS_ASHORE && standing != PTN_CALLS_NOT_ABOARD)
            continue;
        if (look->count == PTN_CALLS_SHOWN_MAX)
            look->left_out++;
        else
            whole = copy_person(&called->people[i], arena, &look->people[look->count++]);
    }
    if (called != NULL)
        look->line = line_of(called);
    ptn_node_unlock(node);
    if (called == NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (!whole)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    qsort(look->people, look->count, sizeof(*look->people), by_since);
    return submit_look(node, who, arena, look);
}

/* ---- looking somebody up ---- */

static bool letter_is(uint8_t a, uint8_t b)
{
    if (a >= 'a' && a <= 'z')
        a = (uint8_t)(a - 'a' + 'A');
    if (b >= 'a' && b <= 'z')
        b = (uint8_t)(b - 'a' + 'A');
    return a == b;
}

static bool holds(struct ptn_bytes text, struct ptn_bytes part)
{
    for (size_t at = 0; at + part.len <= text.len; at++) {
        size_t i = 0;

        while (i < part.len && letter_is(text.at[at + i], part.at[i]))
            i++;
        if (i == part.len)
            return true;
    }
    return false;
}

static bool is_wanted(const struct ptn_arrival_person *person, struct ptn_bytes text)
{
    for (size_t i = 0; i < person->document_count; i++)
        if (holds(person->documents[i].number, text))
            return true;
    return holds(person->surname, text) || holds(person->given, text) ||
           holds(person->booking, text);
}

/* How the row's person stands. Under the lock. */
static void stand(const struct ptn_called *called, struct ptn_calls_person *person)
{
    size_t place = ptn_calls_place(called, &person->person);

    if (place == PTN_CALLS_PLACES_NONE)
        return;
    person->standing = called->people[place].standing;
    person->since_ms = called->people[place].since_ms;
    person->signed_on = called->people[place].signed_on;
    person->uncounted = called->people[place].uncounted;
}

static void take_row(const struct ptn_arrival_whole *whole, const struct ptn_arrival_row *row,
                     struct ptn_calls_person *ret_person)
{
    const struct ptn_person person = ptn_arrival_person_as(&row->person);

    *ret_person = (struct ptn_calls_person){
        .person = ptn_lane_person_clean(&person),
        .place = row->person.booking.len > 0 ? row->person.booking : row->person.rank,
        .crew = row->list == PTN_ARRIVAL_CREW || row->person.role == PTN_MANIFEST_CREW,
        .version = whole->voyage.version,
        .row = row->number,
    };
}

struct ptn_status ptn_calls_search(struct ptn_node *node, const struct ptn_lane_who *who,
                                   const char *id, struct ptn_bytes text, size_t limit,
                                   struct ptn_arena *arena, struct ptn_calls_look *look)
{
    struct ptn_arrival_whole whole = { .row_count = 0 };
    const struct ptn_called *called;
    struct ptn_status status;

    PTN_PRE(look->done != NULL);
    PTN_PRE(limit <= PTN_CALLS_SHOWN_MAX);
    look->people = ptn_arena_take(arena, (limit + 1) * sizeof(*look->people));
    if (look->people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    look->count = 0;
    look->left_out = 0;
    ptn_node_lock(node);
    called = find_text(node, id, &look->refusal);
    if (called != NULL)
        look->line = line_of(called);
    ptn_node_unlock(node);
    if (called == NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    status = ptn_arrivals_open(node->arrivals, look->line.arrival, false, arena, &whole);
    if (status.code == PTN_C_NOT_FOUND)
        look->refusal = PTN_CALLS_NO_LIST;
    if (!ptn_ok(status))
        return (struct ptn_status){ status.code == PTN_C_NOT_FOUND ? PTN_C_BAD_INPUT
                                                                   : PTN_C_NO_MEMORY };
    for (size_t i = 0; i < whole.row_count; i++) {
        if (!is_wanted(&whole.rows[i].person, text))
            continue;
        if (look->count == limit)
            look->left_out++;
        else
            take_row(&whole, &whole.rows[i], &look->people[look->count++]);
    }
    ptn_node_lock(node);
    called = find_text(node, id, &look->refusal);
    for (size_t i = 0; called != NULL && i < look->count; i++)
        stand(called, &look->people[i]);
    ptn_node_unlock(node);
    return submit_look(node, who, arena, look);
}

/* ---- after the disk ---- */

/* On the owner's thread: what was written is learnt, and whoever was busy is not any more. */
static void written(struct ptn_writer_request *request)
{
    struct ptn_calls_doing *doing = request->context;
    struct ptn_node *node = doing->node;
    const struct ptn_writer_record *records =
        request->many != NULL ? request->many : request->records;
    struct ptn_scan_slot *slot;
    struct ptn_called *called;
    bool whole = true;

    ptn_node_lock(node);
    for (size_t i = 0; ptn_ok(request->status) && i < request->record_count; i++)
        /* without room for it now, the next start learns it */
        if (records[i].kind == PTN_RECORD_CASE)
            (void)ptn_ok(ptn_cases_learn(node, records[i].payload, request->seq + i));
        else
            (void)ptn_ok(ptn_calls_learn(node, records[i].payload, request->seq + i));
    if (doing->record.act == PTN_CALL_OPENED && node->calls != NULL)
        node->calls->opening = false;
    called = ptn_calls_of(node, doing->record.of);
    if (called != NULL && doing->place < called->count) {
        called->people[doing->place].busy = false;
        whole = copy_person(&called->people[doing->place], doing->arena, &doing->person);
    } else if (called != NULL) {
        called->busy = false;
    }
    if (called != NULL)
        doing->line = line_of(called);
    slot = ptn_record_id_is_none(doing->scan) ? NULL : ptn_node_scan_find(node, doing->scan);
    if (slot != NULL && slot->state == PTN_SCAN_SETTLING)
        slot->state = ptn_ok(request->status) ? PTN_SCAN_SETTLED : PTN_SCAN_OPEN;
    ptn_node_unlock(node);
    if (!whole)
        doing->person = (struct ptn_calls_person){ .since_ms = 0 };
    doing->seq = request->seq;
    doing->done(doing);
}

static struct ptn_bytes keep(struct ptn_arena *arena, struct ptn_bytes text)
{
    return ptn_bytes_of(ptn_arena_text(arena, text), text.len);
}

/* What every record of an act has. */
static struct ptn_ship_call begin_record(const struct ptn_node *node,
                                         const struct ptn_lane_who *who,
                                         const struct ptn_calls_ask *ask, struct ptn_arena *arena)
{
    struct ptn_ship_call record = {
        .time_ms = node->world->now_ms(node->world->context),
        .act = ask->act,
        .post = ptn_bytes_from_text(node->plan.code),
        .lane = keep(arena, ptn_bytes_from_text(who->lane)),
        .officer = keep(arena, ptn_bytes_from_text(who->officer->user)),
        .reason = keep(arena, ask->reason),
    };

    node->world->random(node->world->context, record.id.at, sizeof(record.id.at));
    return record;
}

static struct ptn_status put(struct ptn_calls_doing *doing, struct ptn_arena *arena)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    return ptn_node_put(&doing->write, PTN_RECORD_CALL, ptn_ship_call_write(&doing->record, &out),
                        &out, arena);
}

static struct ptn_status refuse(struct ptn_calls_doing *doing, enum ptn_calls_refusal refusal)
{
    doing->refusal = refusal;
    return (struct ptn_status){ PTN_C_BAD_INPUT };
}

/* ---- opening ---- */

/* The voyage's ship, and that the list and the supervisor name one. */
static enum ptn_calls_refusal take_ship(struct ptn_node *node, const struct ptn_calls_ask *ask,
                                        struct ptn_arena *arena, struct ptn_ship_call *record)
{
    struct ptn_arrival_whole whole;
    struct ptn_bytes listed;
    struct ptn_bytes read = ptn_imo_digits(ask->imo);

    if (ask->arrival == NULL ||
        !ptn_ok(ptn_arrivals_open(node->arrivals, ask->arrival, false, arena, &whole)))
        return PTN_CALLS_NO_LIST;
    listed = ptn_imo_digits(whole.voyage.imo);
    if (!whole.voyage.ship || (ask->imo.len > 0 && read.len == 0) || read.len + listed.len == 0)
        return PTN_CALLS_NO_SHIP;
    if (read.len > 0 && listed.len > 0 && !ptn_bytes_equal(read, listed))
        return PTN_CALLS_OTHER_SHIP;
    record->imo = keep(arena, listed.len > 0 ? listed : read);
    record->voyage = keep(arena, ptn_bytes_from_text(whole.voyage.name));
    record->ship = keep(arena, whole.voyage.ship_name);
    return record->imo.at == NULL || record->voyage.at == NULL || record->ship.at == NULL
               ? PTN_CALLS_FULL
               : PTN_CALLS_ACCEPTED;
}

/* Under the lock. */
static bool is_open_already(const struct ptn_node *node, struct ptn_bytes voyage)
{
    for (size_t i = 0; node->calls != NULL && i < node->calls->count; i++)
        if (node->calls->at[i]->line.closed_ms == 0 &&
            ptn_bytes_is(voyage, node->calls->at[i]->line.voyage))
            return true;
    return false;
}

/* SHORE-3: of two who open a voyage's call at once, one does. */
static struct ptn_status take_opening(struct ptn_node *node, struct ptn_bytes voyage,
                                      bool *ret_already)
{
    struct ptn_status status = PTN_OK;

    ptn_node_lock(node);
    *ret_already = is_open_already(node, voyage);
    if (!*ret_already) {
        if (!ptn_calls_ready(node))
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
        else if (node->calls->opening)
            status = (struct ptn_status){ PTN_C_BUSY };
        else
            node->calls->opening = true;
    }
    ptn_node_unlock(node);
    return status;
}

static struct ptn_status open_call(struct ptn_node *node, const struct ptn_lane_who *who,
                                   const struct ptn_calls_ask *ask, struct ptn_arena *arena,
                                   struct ptn_calls_doing *doing)
{
    struct ptn_ship_call *record = &doing->record;
    enum ptn_calls_refusal refusal;
    bool already;
    struct ptn_status status;

    if (who->officer->role != PTN_STAFF_SUPERVISOR)
        return refuse(doing, PTN_CALLS_NOT_ALLOWED);
    *record = begin_record(node, who, ask, arena);
    record->reason = PTN_BYTES_NONE;
    record->of = record->id;
    record->supervisor = record->officer;
    record->sails_ms = ask->sails_ms;
    record->passengers_enter = ask->passengers_enter;
    refusal = take_ship(node, ask, arena, record);
    if (refusal == PTN_CALLS_FULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (refusal != PTN_CALLS_ACCEPTED)
        return refuse(doing, refusal);
    status = take_opening(node, record->voyage, &already);
    if (already)
        return refuse(doing, PTN_CALLS_STANDS);
    if (!ptn_ok(status))
        return status;
    status = put(doing, arena);
    if (ptn_ok(status)) {
        ptn_writer_submit(node, &doing->write);
    } else {
        ptn_node_lock(node);
        node->calls->opening = false;
        ptn_node_unlock(node);
    }
    return status;
}

/* ---- tallying ---- */

/* SHORE-2: what an advice asks before somebody passes against it. */
static enum ptn_calls_refusal may_pass(const struct ptn_scan_slot *slot,
                                       const struct ptn_calls_ask *ask)
{
    if (slot->verdict == PTN_VERDICT_CLEAR)
        return PTN_CALLS_ACCEPTED;
    if (ask->reason.len == 0)
        return ask->supervisor != NULL ? PTN_CALLS_NEEDS_REASON : PTN_CALLS_NOT_CLEAR;
    return ptn_node_may_override(slot, ask->supervisor) ? PTN_CALLS_ACCEPTED
                                                        : PTN_CALLS_NEEDS_SUPERVISOR;
}

/* Does this scan speak of this call, here and now, and in this direction? */
static enum ptn_calls_refusal is_for(const struct ptn_scan_slot *slot,
                                     const struct ptn_lane_who *who,
                                     const struct ptn_calls_ask *ask,
                                     const struct ptn_calls_doing *doing)
{
    enum ptn_direction direction =
        ask->act == PTN_CALL_OUT ? PTN_DIRECTION_ENTRY : PTN_DIRECTION_EXIT;

    if (slot == NULL || strcmp(slot->lane, who->lane) != 0 || !slot->gangway.asked ||
        slot->gangway.for_good || slot->direction != direction ||
        !ptn_record_id_equal(slot->call, doing->record.of) ||
        doing->record.time_ms - slot->time_ms > PTN_NODE_SCAN_MS)
        return PTN_CALLS_SCAN_UNKNOWN;
    if (slot->state != PTN_SCAN_OPEN)
        return PTN_CALLS_ALREADY_SETTLED;
    if (slot->gangway.place == PTN_CALLS_PLACES_NONE)
        return PTN_CALLS_NOT_LISTED;
    if (!slot->gangway.listed)
        return PTN_CALLS_WHICH;
    return may_pass(slot, ask);
}

/* Counted so already? Whoever comes in that nobody counted out is counted in once. */
static bool stands_so(const struct ptn_aboard *aboard, enum ptn_call_act act)
{
    switch (aboard->standing) {
    case PTN_CALLS_ASHORE:
        return act == PTN_CALL_OUT;
    case PTN_CALLS_ABOARD:
        return act == PTN_CALL_IN && aboard->since_ms != 0;
    case PTN_CALLS_GONE:
    case PTN_CALLS_NOT_ABOARD:
        break;
    }
    return true;
}

/* Take the scan and the person for this tally: SHORE-3. Under the lock. */
static struct ptn_status take_tally(struct ptn_node *node, const struct ptn_lane_who *who,
                                    const struct ptn_calls_ask *ask, struct ptn_arena *arena,
                                    struct ptn_calls_doing *doing)
{
    struct ptn_scan_slot *slot = ptn_node_scan_find(node, doing->scan);
    struct ptn_called *called = find_text(node, ask->call, &doing->refusal);
    struct ptn_aboard *aboard;

    if (called == NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (called->line.closed_ms != 0)
        return refuse(doing, PTN_CALLS_OVER);
    doing->record.of = called->id;
    for (size_t i = 0; ask->key.len > 0 && i < called->count; i++)
        if (ptn_record_id_equal(called->people[i].last, doing->record.id)) {
            doing->again = true;
            doing->line = line_of(called);
            return copy_person(&called->people[i], arena, &doing->person)
                       ? PTN_OK
                       : (struct ptn_status){ PTN_C_NO_MEMORY };
        }
    doing->refusal = is_for(slot, who, ask, doing);
    if (doing->refusal != PTN_CALLS_ACCEPTED)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    aboard = &called->people[slot->gangway.place];
    if (aboard->busy || called->busy)
        return (struct ptn_status){ PTN_C_BUSY };
    if (!copy_person(aboard, arena, &doing->former))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (stands_so(aboard, ask->act))
        return refuse(doing, PTN_CALLS_STANDS_SO);
    doing->place = slot->gangway.place;
    doing->record.person = doing->former.person;
    doing->record.place = doing->former.place;
    doing->record.crew = aboard->crew;
    doing->record.advice = slot->id;
    doing->record.advised = slot->verdict;
    if (slot->verdict == PTN_VERDICT_CLEAR)
        doing->record.reason = PTN_BYTES_NONE;
    aboard->busy = true;
    slot->state = PTN_SCAN_SETTLING;
    return PTN_OK;
}

/* Nothing was queued: the scan and the person go back. */
static void give_back(struct ptn_node *node, const struct ptn_calls_doing *doing)
{
    struct ptn_scan_slot *slot;
    struct ptn_called *called;

    ptn_node_lock(node);
    slot = ptn_node_scan_find(node, doing->scan);
    if (slot != NULL && slot->state == PTN_SCAN_SETTLING)
        slot->state = PTN_SCAN_OPEN;
    called = ptn_calls_of(node, doing->record.of);
    if (called != NULL && doing->place < called->count)
        called->people[doing->place].busy = false;
    ptn_node_unlock(node);
}

static struct ptn_status tally(struct ptn_node *node, const struct ptn_lane_who *who,
                               const struct ptn_calls_ask *ask, struct ptn_arena *arena,
                               struct ptn_calls_doing *doing)
{
    enum ptn_direction direction =
        ask->act == PTN_CALL_OUT ? PTN_DIRECTION_ENTRY : PTN_DIRECTION_EXIT;
    struct ptn_status status;

    if (ask->scan == NULL ||
        !ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(ask->scan), &doing->scan, NULL)))
        return refuse(doing, PTN_CALLS_SCAN_UNKNOWN);
    doing->record = begin_record(node, who, ask, arena);
    doing->record.id = ptn_node_lane_id(node, who, "tally", ask->key);
    if (ask->supervisor != NULL)
        doing->record.supervisor = keep(arena, ptn_bytes_from_text(ask->supervisor->user));
    ptn_node_lock(node);
    status = take_tally(node, who, ask, arena, doing);
    ptn_node_unlock(node);
    if (!ptn_ok(status))
        return status;
    if (doing->again) {
        doing->write.status = PTN_OK;
        doing->done(doing);
        return PTN_OK;
    }
    if (doing->record.advised != PTN_VERDICT_STOP)
        doing->record.supervisor = PTN_BYTES_NONE;
    doing->write.has_rung = true;
    doing->write.rung = (uint8_t)ptn_apply_rung_at(node, direction, who->lane);
    status = put(doing, arena);
    if (ptn_ok(status))
        ptn_writer_submit(node, &doing->write);
    else
        give_back(node, doing);
    return status;
}

/* ---- closing ---- */

/* One who is missing, and the case of it. */
static struct ptn_status put_missing(struct ptn_node *node, const struct ptn_ship_call *closing,
                                     const struct ptn_calls_person *person, struct ptn_arena *arena,
                                     struct ptn_writer_request *write)
{
    const struct ptn_bytes rule = PTN_BYTES_LITERAL(PTN_CASE_RULE_MISSING);
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_ship_call missing = {
        .of = closing->of,
        .time_ms = closing->time_ms,
        .act = PTN_CALL_MISSING,
        .post = closing->post,
        .lane = closing->lane,
        .officer = closing->officer,
        .person = person->person,
        .place = person->place,
        .crew = person->crew,
        .since_ms = person->since_ms,
    };
    struct ptn_case_step step = {
        .time_ms = closing->time_ms,
        .act = PTN_CASE_OPENED,
        .post = closing->post,
        .lane = closing->lane,
        .officer = closing->officer,
        .kind = PTN_REFERRAL_CONDITIONS,
        .urgency = PTN_CASE_AT_ONCE,
        .direction = PTN_DIRECTION_ENTRY,
        .person = person->person,
        .rules = &rule,
        .rule_count = 1,
    };
    struct ptn_status status;

    node->world->random(node->world->context, missing.id.at, sizeof(missing.id.at));
    node->world->random(node->world->context, step.id.at, sizeof(step.id.at));
    step.of = missing.id;
    status = ptn_node_put(write, PTN_RECORD_CALL, ptn_ship_call_write(&missing, &out), &out, arena);
    if (ptn_ok(status))
        status =
            ptn_node_put(write, PTN_RECORD_CASE, ptn_case_step_write(&step, &out), &out, arena);
    return status;
}

/* Who is ashore, at most PTN_CALLS_CLOSE_MAX of them, and the call taken for it. */
static struct ptn_status take_call(struct ptn_node *node, const struct ptn_calls_ask *ask,
                                   struct ptn_arena *arena, struct ptn_calls_doing *doing,
                                   struct ptn_calls_person *people, size_t *ret_count)
{
    struct ptn_called *called = find_text(node, ask->call, &doing->refusal);

    if (called == NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (called->line.closed_ms != 0)
        return refuse(doing, PTN_CALLS_OVER);
    if (called->busy)
        return (struct ptn_status){ PTN_C_BUSY };
    for (size_t i = 0; i < called->count; i++) {
        if (called->people[i].busy)
            return (struct ptn_status){ PTN_C_BUSY };
        if (called->people[i].standing != PTN_CALLS_ASHORE)
            continue;
        if (*ret_count == PTN_CALLS_CLOSE_MAX)
            doing->left++;
        else if (!copy_person(&called->people[i], arena, &people[(*ret_count)++]))
            return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    doing->record.of = called->id;
    doing->record.ashore = ptn_calls_count(called).missing + *ret_count;
    doing->record.uncounted = ptn_calls_count(called).uncounted;
    called->busy = true;
    return PTN_OK;
}

static void release_call(struct ptn_node *node, struct ptn_record_id id)
{
    struct ptn_called *called;

    ptn_node_lock(node);
    called = ptn_calls_of(node, id);
    if (called != NULL)
        called->busy = false;
    ptn_node_unlock(node);
}

/* All records of the close as one request. */
static struct ptn_status gather(struct ptn_node *node, const struct ptn_calls_person *people,
                                size_t count, struct ptn_arena *arena,
                                struct ptn_calls_doing *doing)
{
    struct ptn_writer_record *many =
        ptn_arena_take(arena, (2 * PTN_CALLS_CLOSE_MAX + 1) * sizeof(*many));
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_writer_request one = { .record_count = 0 };
    size_t written = 0;
    struct ptn_status status = { many == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };

    static_assert(2 * PTN_CALLS_CLOSE_MAX + 1 <= PTN_WRITER_MANY_MAX, "a close is one request");
    for (size_t i = 0; ptn_ok(status) && i < count; i++) {
        one.record_count = 0;
        status = put_missing(node, &doing->record, &people[i], arena, &one);
        for (size_t k = 0; ptn_ok(status) && k < one.record_count; k++)
            many[written++] = one.records[k];
    }
    if (ptn_ok(status) && doing->left == 0) {
        one.record_count = 0;
        status = ptn_node_put(&one, PTN_RECORD_CALL, ptn_ship_call_write(&doing->record, &out),
                              &out, arena);
        if (ptn_ok(status))
            many[written++] = one.records[0];
    }
    doing->write.many = many;
    doing->write.record_count = written;
    return status;
}

static struct ptn_status close_call(struct ptn_node *node, const struct ptn_lane_who *who,
                                    const struct ptn_calls_ask *ask, struct ptn_arena *arena,
                                    struct ptn_calls_doing *doing)
{
    struct ptn_calls_person *people = ptn_arena_take(arena, PTN_CALLS_CLOSE_MAX * sizeof(*people));
    size_t count = 0;
    struct ptn_status status;

    if (who->officer->role != PTN_STAFF_SUPERVISOR)
        return refuse(doing, PTN_CALLS_NOT_ALLOWED);
    if (people == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    doing->record = begin_record(node, who, ask, arena);
    doing->record.supervisor = doing->record.officer;
    ptn_node_lock(node);
    status = take_call(node, ask, arena, doing, people, &count);
    ptn_node_unlock(node);
    if (!ptn_ok(status))
        return status;
    status = gather(node, people, count, arena, doing);
    if (ptn_ok(status))
        ptn_writer_submit(node, &doing->write);
    else
        release_call(node, doing->record.of);
    return status;
}

/* ---- all of it ---- */

struct ptn_status ptn_calls_do(struct ptn_node *node, const struct ptn_lane_who *who,
                               const struct ptn_calls_ask *ask, struct ptn_arena *arena,
                               struct ptn_calls_doing *doing)
{
    PTN_PRE(doing->done != NULL);

    doing->node = node;
    doing->arena = arena;
    doing->refusal = PTN_CALLS_ACCEPTED;
    doing->place = PTN_CALLS_PLACES_NONE;
    doing->left = 0;
    doing->write = (struct ptn_writer_request){ .done = written, .context = doing };
    switch (ask->act) {
    case PTN_CALL_OPENED:
        return open_call(node, who, ask, arena, doing);
    case PTN_CALL_OUT:
    case PTN_CALL_IN:
        return tally(node, who, ask, arena, doing);
    case PTN_CALL_CLOSED:
        return close_call(node, who, ask, arena, doing);
    case PTN_CALL_SIGNED_OFF:
    case PTN_CALL_SIGNED_ON:
    case PTN_CALL_REFERRED:
    case PTN_CALL_STRANGER:
    case PTN_CALL_MISSING:
        break;
    }
    return refuse(doing, PTN_CALLS_NOT_ALLOWED);
}
