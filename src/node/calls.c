/*
 * node/calls.c -- the calls of ships in memory, and who stands at a gangway.
 *
 * A call is learnt from its records, as they are written and again at every start. A person is
 * known again by their document's number and issuer, else by name and birth date: the list may come
 * again with either put right.
 */
#include "node/calls_int.h"
#include "node/idle_int.h"

#include <stdlib.h>

#define PEOPLE_ROOM 256u

static const char *const standing_words[PTN_CALLS_STANDING_COUNT] = {
    [PTN_CALLS_ABOARD] = "aboard",
    [PTN_CALLS_ASHORE] = "ashore",
    [PTN_CALLS_GONE] = "gone",
    [PTN_CALLS_NOT_ABOARD] = "missing",
};

const char *ptn_calls_standing_word(enum ptn_calls_standing standing)
{
    return standing_words[standing];
}

static void free_call(struct ptn_called *called)
{
    if (called == NULL)
        return;
    if (called->people != NULL)
        explicit_bzero(called->people, called->room * sizeof(*called->people));
    free(called->people);
    free(called->keys);
    free(called->entries);
    free(called);
}

void ptn_calls_close_all(struct ptn_node *node)
{
    for (size_t i = 0; node->calls != NULL && i < node->calls->count; i++)
        free_call(node->calls->at[i]);
    free(node->calls);
    node->calls = NULL;
}

struct ptn_called *ptn_calls_of(const struct ptn_node *node, struct ptn_record_id id)
{
    for (size_t i = 0; node->calls != NULL && i < node->calls->count; i++)
        if (ptn_record_id_equal(node->calls->at[i]->id, id))
            return node->calls->at[i];
    return NULL;
}

/* ---- people ---- */

static void set_text(char *at, size_t size, struct ptn_bytes text)
{
    struct ptn_bytes cut = ptn_bytes_slice(text, 0, size - 1);

    while (cut.len > 0 && cut.len < text.len && (text.at[cut.len] & 0xc0) == 0x80)
        cut.len--; /* never inside a letter */
    if (cut.len > 0)
        memcpy(at, cut.at, cut.len);
    at[cut.len] = '\0';
}

struct ptn_person ptn_aboard_person(const struct ptn_aboard *aboard)
{
    struct ptn_person person = aboard->facts;

    person.surname = ptn_bytes_from_text(aboard->surname);
    person.given = ptn_bytes_from_text(aboard->given);
    person.document.number = ptn_bytes_from_text(aboard->number);
    return person;
}

static uint32_t hash_on(uint32_t hash, struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ text.at[i]) * 16777619u;
    return hash;
}

static struct ptn_aboard_key key_of(const struct ptn_person *person)
{
    struct ptn_aboard_key key = { 0, 0 };

    if (person->document.number.len > 0)
        key.number = hash_on(2166136261u, person->document.number) | 1u;
    if (person->surname.len + person->given.len > 0)
        key.name = hash_on(hash_on(2166136261u, person->surname), person->given) | 1u;
    return key;
}

static bool is_same(const struct ptn_aboard *aboard, const struct ptn_person *person)
{
    const struct ptn_document *own = &aboard->facts.document;
    const struct ptn_document *other = &person->document;

    if (other->number.len > 0 && ptn_bytes_is(other->number, aboard->number) &&
        (own->issuer[0] == '\0' || other->issuer[0] == '\0' ||
         strcmp(own->issuer, other->issuer) == 0))
        return true;
    /* of two with one name and no number at all nobody can say which is which */
    return ptn_date_equal(person->birth, aboard->facts.birth) &&
           (ptn_date_is_full(person->birth) ||
            (other->number.len == 0 && aboard->number[0] == '\0')) &&
           ptn_bytes_is(person->surname, aboard->surname) &&
           ptn_bytes_is(person->given, aboard->given);
}

size_t ptn_calls_place(const struct ptn_called *called, const struct ptn_person *person)
{
    const struct ptn_aboard_key key = key_of(person);

    for (size_t i = 0; i < called->count; i++) {
        const struct ptn_aboard_key *own = &called->keys[i];

        if (((key.number != 0 && own->number == key.number) ||
             (key.name != 0 && own->name == key.name)) &&
            is_same(&called->people[i], person))
            return i;
    }
    return PTN_CALLS_PLACES_NONE;
}

/* The person's place, made where there is none. NONE: no memory, or too many. */
static size_t place_of(struct ptn_called *called, const struct ptn_person *person,
                       struct ptn_bytes where, bool crew)
{
    size_t place = ptn_calls_place(called, person);
    struct ptn_aboard *aboard;

    if (place != PTN_CALLS_PLACES_NONE || called->count == PTN_CALL_PEOPLE_MAX)
        return place;
    if (called->count == called->room) {
        size_t room = called->room == 0 ? PEOPLE_ROOM : called->room * 2;
        struct ptn_aboard *people = realloc(called->people, room * sizeof(*people));
        struct ptn_aboard_key *keys;

        if (people == NULL)
            return PTN_CALLS_PLACES_NONE;
        called->people = people;
        keys = realloc(called->keys, room * sizeof(*keys));
        if (keys == NULL)
            return PTN_CALLS_PLACES_NONE;
        called->keys = keys;
        called->room = room;
    }
    aboard = &called->people[called->count];
    memset(aboard, 0, sizeof(*aboard));
    aboard->facts = *person;
    aboard->facts.surname = aboard->facts.given = aboard->facts.name = PTN_BYTES_NONE;
    aboard->facts.document.number = aboard->facts.document.optional = PTN_BYTES_NONE;
    /* a name in one piece stands as the surname */
    set_text(aboard->surname, sizeof(aboard->surname),
             person->surname.len + person->given.len > 0 ? person->surname : person->name);
    set_text(aboard->given, sizeof(aboard->given), person->given);
    set_text(aboard->number, sizeof(aboard->number), person->document.number);
    set_text(aboard->place, sizeof(aboard->place), where);
    aboard->crew = crew;
    {
        const struct ptn_person kept = ptn_aboard_person(aboard);

        called->keys[called->count] = key_of(&kept);
    }
    return called->count++;
}

struct ptn_calls_counts ptn_calls_count(const struct ptn_called *called)
{
    struct ptn_calls_counts counts = { .referred = called->referred,
                                       .strangers = called->strangers };

    for (size_t i = 0; i < called->count; i++) {
        const struct ptn_aboard *aboard = &called->people[i];
        bool ashore = aboard->standing == PTN_CALLS_ASHORE;

        counts.out += aboard->was_out;
        counts.ashore += ashore;
        counts.ashore_crew += ashore && aboard->crew;
        counts.signed_off += aboard->standing == PTN_CALLS_GONE;
        counts.signed_on += aboard->signed_on;
        counts.uncounted += aboard->uncounted;
        counts.missing += aboard->standing == PTN_CALLS_NOT_ABOARD;
    }
    /* SHORE-4 */
    counts.all_aboard =
        counts.out > 0 && counts.ashore == 0 && counts.missing == 0 && counts.uncounted == 0;
    return counts;
}

/* ---- learning ---- */

static void let_go(struct ptn_node *node, size_t which)
{
    struct ptn_calls *calls = node->calls;
    struct ptn_called *called = calls->at[which];

    for (size_t i = 0; i < called->entry_count; i++)
        ptn_known_forget(node, called->entries[i]);
    free_call(called);
    memmove(&calls->at[which], &calls->at[which + 1],
            (calls->count - which - 1) * sizeof(struct ptn_called *));
    calls->count--;
}

/* Room for one more: the oldest that was closed goes, else the oldest. */
static void make_room(struct ptn_node *node)
{
    struct ptn_calls *calls = node->calls;
    size_t which = 0;

    if (calls->count < PTN_CALLS_MAX)
        return;
    while (which < calls->count && calls->at[which]->line.closed_ms == 0)
        which++;
    let_go(node, which == calls->count ? 0 : which);
}

bool ptn_calls_ready(struct ptn_node *node)
{
    if (node->calls == NULL)
        node->calls = calloc(1, sizeof(*node->calls));
    return node->calls != NULL;
}

static struct ptn_status learn_opened(struct ptn_node *node, const struct ptn_ship_call *record)
{
    struct ptn_called *called;
    struct ptn_calls_line *line;

    called = ptn_calls_ready(node) ? calloc(1, sizeof(*called)) : NULL;
    if (called == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    called->id = record->id;
    line = &called->line;
    (void)ptn_record_id_write(record->id, line->id);
    set_text(line->voyage, sizeof(line->voyage), record->voyage);
    ptn_arrivals_id(line->voyage, line->arrival);
    set_text(line->ship, sizeof(line->ship), record->ship);
    set_text(line->imo, sizeof(line->imo), record->imo);
    set_text(line->opened_by, sizeof(line->opened_by), record->supervisor);
    line->opened_ms = record->time_ms;
    line->sails_ms = record->sails_ms;
    line->passengers_enter = record->passengers_enter;
    make_room(node);
    node->calls->at[node->calls->count++] = called;
    return PTN_OK;
}

static struct ptn_status learn_person(struct ptn_called *called, const struct ptn_ship_call *record)
{
    size_t place = place_of(called, &record->person, record->place, record->crew);
    struct ptn_aboard *aboard;

    if (place == PTN_CALLS_PLACES_NONE)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    aboard = &called->people[place];
    switch (record->act) {
    case PTN_CALL_OUT:
        aboard->standing = PTN_CALLS_ASHORE;
        aboard->was_out = true;
        break;
    case PTN_CALL_IN:
        aboard->uncounted = aboard->uncounted || aboard->standing == PTN_CALLS_ABOARD;
        aboard->standing = PTN_CALLS_ABOARD;
        break;
    case PTN_CALL_SIGNED_OFF:
        aboard->standing = PTN_CALLS_GONE;
        break;
    case PTN_CALL_SIGNED_ON:
        aboard->standing = PTN_CALLS_ABOARD;
        aboard->signed_on = true;
        break;
    case PTN_CALL_MISSING:
        aboard->standing = PTN_CALLS_NOT_ABOARD;
        break;
    case PTN_CALL_OPENED:
    case PTN_CALL_REFERRED:
    case PTN_CALL_STRANGER:
    case PTN_CALL_CLOSED:
        return PTN_OK;
    }
    aboard->since_ms = record->act == PTN_CALL_MISSING ? record->since_ms : record->time_ms;
    if (record->act != PTN_CALL_MISSING)
        set_text(aboard->lane, sizeof(aboard->lane), record->lane);
    aboard->last = record->id;
    return PTN_OK;
}

static struct ptn_status learn(struct ptn_node *node, struct ptn_called *called,
                               const struct ptn_ship_call *record)
{
    switch (record->act) {
    case PTN_CALL_OPENED:
        return learn_opened(node, record);
    case PTN_CALL_REFERRED:
        called->referred++;
        return PTN_OK;
    case PTN_CALL_STRANGER:
        called->strangers++;
        return PTN_OK;
    case PTN_CALL_CLOSED:
        called->line.closed_ms = record->time_ms;
        set_text(called->line.closed_by, sizeof(called->line.closed_by), record->supervisor);
        return PTN_OK;
    case PTN_CALL_OUT:
    case PTN_CALL_IN:
    case PTN_CALL_SIGNED_OFF:
    case PTN_CALL_SIGNED_ON:
    case PTN_CALL_MISSING:
        break;
    }
    return learn_person(called, record);
}

/* Where its record lies, so that it need not be read at every start once it is over. Without memory
 * for it, it is. */
static void note_entry(struct ptn_called *called, uint64_t index)
{
    if (called->entry_count == called->entry_room) {
        size_t room = called->entry_room == 0 ? PEOPLE_ROOM : called->entry_room * 2;
        uint64_t *entries = realloc(called->entries, room * sizeof(*entries));

        if (entries == NULL)
            return;
        called->entries = entries;
        called->entry_room = room;
    }
    called->entries[called->entry_count++] = index;
}

void ptn_calls_turn(struct ptn_node *node)
{
    int64_t now_ms = node->world->now_ms(node->world->context);

    ptn_node_lock(node);
    for (size_t i = node->calls == NULL ? 0 : node->calls->count; i-- > 0;) {
        int64_t closed_ms = node->calls->at[i]->line.closed_ms;

        if (closed_ms != 0 && now_ms - closed_ms > PTN_ARRIVALS_KEEP_MS)
            let_go(node, i);
    }
    ptn_node_unlock(node);
}

struct ptn_status ptn_calls_learn(struct ptn_node *node, struct ptn_bytes payload, uint64_t index)
{
    struct ptn_ship_call record;
    struct ptn_called *called;
    struct ptn_status status = ptn_ship_call_parse(payload, &record, NULL);

    if (!ptn_ok(status))
        return status;
    called = ptn_calls_of(node, record.of);
    if ((called == NULL) != (record.act == PTN_CALL_OPENED))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    status = learn(node, called, &record);
    if (record.act == PTN_CALL_OUT || record.act == PTN_CALL_IN) /* the others have a crossing */
        ptn_idle_settled(node->idle, record.lane, record.officer, record.time_ms);
    called = ptn_calls_of(node, record.of);
    if (ptn_ok(status) && called != NULL)
        note_entry(called, index);
    if (ptn_ok(status) && record.act == PTN_CALL_CLOSED &&
        node->world->now_ms(node->world->context) - record.time_ms > PTN_ARRIVALS_KEEP_MS)
        for (size_t i = node->calls->count; i-- > 0;)
            if (node->calls->at[i] == called)
                let_go(node, i);
    return status;
}

/* ---- a scan at a gangway ---- */

struct ptn_status ptn_calls_begin(struct ptn_node *node, const struct ptn_lane_scan *scan,
                                  struct ptn_lane_answer *answer, struct ptn_diag *reterr)
{
    struct ptn_lane_gangway *gangway = &answer->gangway;
    struct ptn_record_id id;
    const struct ptn_called *called = NULL;

    if (scan->call == NULL)
        return PTN_OK;
    ptn_node_lock(node);
    if (ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(scan->call), &id, NULL)))
        called = ptn_calls_of(node, id);
    if (called != NULL && called->line.closed_ms == 0) {
        gangway->asked = true;
        gangway->for_good = scan->for_good;
        gangway->enters = called->line.passengers_enter;
        memcpy(gangway->voyage, called->line.arrival, sizeof(gangway->voyage));
    }
    ptn_node_unlock(node);
    answer->no_call = !gangway->asked;
    return answer->no_call ? ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no such call is open here")
                           : PTN_OK;
}

/* A child of a family travels with it, whoever of them stands there first. */
static void find_party(struct ptn_node *node, const struct ptn_arrival_row *row, const char *voyage,
                       struct ptn_arena *arena, struct ptn_check *check)
{
    struct ptn_arrival_booked booked = { .count = 0 };
    int64_t now_ms = node->world->now_ms(node->world->context);

    if (check->party.known || row->person.booking.len == 0 ||
        !ptn_ok(ptn_arrivals_booked(node->arrivals, row->person.booking, PTN_DIRECTION_ENTRY,
                                    now_ms, arena, &booked)) ||
        strcmp(booked.voyage.id, voyage) != 0)
        return;
    for (size_t i = 0; i < booked.count; i++)
        if (ptn_decide_age(booked.rows[i].person.birth, check->today) == PTN_DECIDE_ADULT)
            check->party = (struct ptn_check_party){ .known = true, .adults = 1, .children = 1 };
}

/* Found by the name alone, and the document that was read is not the list's: whoever has somebody's
 * name is not yet that passenger. */
static bool is_of_another(const struct ptn_lane_scan *scan, const struct ptn_lane_answer *answer)
{
    return !scan->picked && answer->arrival.how == PTN_ARRIVAL_BY_NAME &&
           answer->person.document.number.len > 0 &&
           ptn_arrival_person_as(&answer->arrival.row.person).document.number.len > 0;
}

struct ptn_status ptn_calls_meet(struct ptn_node *node, const struct ptn_lane_scan *scan,
                                 struct ptn_arena *arena, struct ptn_lane_answer *answer,
                                 struct ptn_check *check, struct ptn_diag *reterr)
{
    struct ptn_lane_gangway *gangway = &answer->gangway;
    const struct ptn_arrival_row *row = &answer->arrival.row;
    bool found = answer->arrival.how != PTN_ARRIVAL_NOT_FOUND;
    struct ptn_person person;
    struct ptn_record_id id;
    struct ptn_called *called;
    bool joins = scan->for_good && scan->direction == PTN_DIRECTION_EXIT;

    if (!gangway->asked)
        return PTN_OK;
    answer->not_listed = false; /* said by the advice */
    gangway->place = PTN_CALLS_PLACES_NONE;
    if (!found) {
        check->gangway = joins ? PTN_CHECK_CROSSING : PTN_CHECK_SHORE_STRANGER;
        return PTN_OK;
    }
    gangway->listed = !answer->arrival.others;
    gangway->crew = row->list == PTN_ARRIVAL_CREW || row->person.role == PTN_MANIFEST_CREW;
    find_party(node, row, gangway->voyage, arena, check);
    /* SHORE-1: who crosses, and a passenger who enters, is asked what everybody is asked */
    if (!scan->for_good && (gangway->crew || !gangway->enters))
        check->gangway =
            is_of_another(scan, answer) ? PTN_CHECK_SHORE_OTHER : PTN_CHECK_SHORE_LEAVE;
    person = ptn_arrival_person_as(&row->person);
    person = ptn_lane_person_clean(&person);
    ptn_node_lock(node);
    called = ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(scan->call), &id, NULL))
                 ? ptn_calls_of(node, id)
                 : NULL;
    if (called != NULL)
        gangway->place = place_of(
            called, &person, row->person.booking.len > 0 ? row->person.booking : row->person.rank,
            gangway->crew);
    if (gangway->place != PTN_CALLS_PLACES_NONE) {
        const struct ptn_aboard *aboard = &called->people[gangway->place];

        gangway->standing = aboard->standing;
        gangway->since_ms = aboard->since_ms;
        memcpy(gangway->lane, aboard->lane, sizeof(gangway->lane));
    }
    ptn_node_unlock(node);
    if (gangway->place == PTN_CALLS_PLACES_NONE)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the ship's people");
    return PTN_OK;
}

/* Which act of the call a settlement is. */
static enum ptn_call_act act_of(const struct ptn_scan_slot *slot, enum ptn_outcome outcome)
{
    bool joins = slot->gangway.for_good && slot->direction == PTN_DIRECTION_EXIT;

    if (outcome == PTN_OUTCOME_REFERRED)
        return slot->gangway.place == PTN_CALLS_PLACES_NONE && !joins ? PTN_CALL_STRANGER
                                                                      : PTN_CALL_REFERRED;
    return joins ? PTN_CALL_SIGNED_ON : PTN_CALL_SIGNED_OFF;
}

static struct ptn_bytes keep(struct ptn_arena *arena, struct ptn_bytes text)
{
    return ptn_bytes_of(ptn_arena_text(arena, text), text.len);
}

struct ptn_status ptn_calls_settling(struct ptn_node *node, const struct ptn_scan_slot *slot,
                                     const struct ptn_crossing *crossing, struct ptn_arena *arena,
                                     struct ptn_ship_call *ret_record)
{
    const struct ptn_called *called = ptn_calls_of(node, slot->call);
    struct ptn_ship_call record = {
        .of = slot->call,
        .time_ms = crossing->time_ms,
        .act = act_of(slot, crossing->outcome),
        .post = crossing->post,
        .lane = crossing->lane,
        .officer = crossing->officer,
        .supervisor = crossing->supervisor,
        .reason = crossing->reason,
        .person = crossing->person,
        .crew = slot->gangway.crew,
        .advice = crossing->advice,
        .advised = crossing->advised,
        .crossing = crossing->id,
    };

    node->world->random(node->world->context, record.id.at, sizeof(record.id.at));
    if (called != NULL && slot->gangway.place < called->count) {
        const struct ptn_aboard *aboard = &called->people[slot->gangway.place];

        record.person = ptn_aboard_person(aboard);
        record.person.surname = keep(arena, record.person.surname);
        record.person.given = keep(arena, record.person.given);
        record.person.document.number = keep(arena, record.person.document.number);
        record.place = keep(arena, ptn_bytes_from_text(aboard->place));
        if (record.person.surname.at == NULL || record.person.given.at == NULL ||
            record.person.document.number.at == NULL || record.place.at == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    *ret_record = record;
    return PTN_OK;
}
