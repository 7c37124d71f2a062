/*
 * node/again.c -- see again.h. One place in the ledger, read forward. Whatever comes into force
 * sends the reading back to the beginning of the window once it has reached the end, so that no
 * hail of alerts keeps it from the newest crossings.
 */
#include "node/again.h"

#include "node/force_int.h"
#include "record/vehicle.h"

#define ADVICES     4096u /* the last ones, each waits for its crossing */
#define ADVICE_LEAD (INT64_C(3600) * 1000)
#define ARENA_MAX   ((size_t)8 << 20)
#define FOUND_FIRST 1024u /* places, a power of two */
#define FOUND_MAX   ((size_t)1 << 20)

struct advice {
    struct ptn_record_id id;
    uint8_t *payload; /* Owned */
    size_t len;
};

/* Digests of what was found: open addressing, 0 is free. */
struct found_set {
    uint64_t *at; /* Owned */
    size_t count, room;
};

enum reading {
    READING_NOT,   /* nothing was read yet */
    READING_KNOWN, /* what was found earlier */
    READING_CROSSINGS,
};

struct ptn_again {
    struct ptn_again_plan plan;
    enum reading reading;
    uint64_t at, size;          /* in the ledger */
    bool news;                  /* something came into force since the reading began */
    struct ptn_force force;     /* as of the last step */
    struct advice *advices;     /* Owned; ADVICES, a ring */
    size_t advice_count;        /* ever */
    struct ptn_vehicle vehicle; /* the last one read: views into vehicle_payload */
    struct ptn_buffer vehicle_payload;
    bool vehicle_waits; /* for the first of its people who was let through */
    struct found_set written;
    struct ptn_arena *arena;
    struct ptn_buffer payload, out;
    struct ptn_again_standing standing;
};

struct ptn_again *ptn_again_new(const struct ptn_again_plan *plan)
{
    struct ptn_again *again = calloc(1, sizeof(*again));

    PTN_PRE(plan->found != NULL && (plan->node != NULL || plan->snapshot != NULL));
    if (again == NULL)
        return NULL;
    again->plan = *plan;
    ptn_buffer_init(&again->payload, PTN_PAYLOAD_LEN_MAX);
    ptn_buffer_init(&again->out, PTN_RECORD_LEN_MAX);
    ptn_buffer_init(&again->vehicle_payload, PTN_PAYLOAD_LEN_MAX);
    again->advices = calloc(ADVICES, sizeof(*again->advices));
    again->written.at = calloc(FOUND_FIRST, sizeof(uint64_t));
    again->written.room = FOUND_FIRST;
    again->arena = ptn_arena_new(ARENA_MAX);
    if (again->advices != NULL && again->written.at != NULL && again->arena != NULL)
        return again;
    ptn_again_free(again);
    return NULL;
}

static void wipe(struct ptn_buffer *buffer)
{
    if (buffer->at != NULL)
        explicit_bzero(buffer->at, buffer->capacity);
    ptn_buffer_release(buffer);
}

static void forget(struct advice *advice)
{
    if (advice->payload != NULL)
        explicit_bzero(advice->payload, advice->len);
    free(advice->payload);
    *advice = (struct advice){ .payload = NULL };
}

void ptn_again_free(struct ptn_again *again)
{
    if (again == NULL)
        return;
    ptn_force_leave(&again->force);
    for (size_t i = 0; again->advices != NULL && i < ADVICES; i++)
        forget(&again->advices[i]);
    free(again->advices);
    free(again->written.at);
    ptn_arena_free(again->arena);
    wipe(&again->payload);
    wipe(&again->out);
    wipe(&again->vehicle_payload);
    free(again);
}

void ptn_again_standing(const struct ptn_again *again, struct ptn_again_standing *ret_standing)
{
    *ret_standing = again->standing;
    ret_standing->left = again->size - again->at;
}

/* ---- what was found ---- */

static void put(struct found_set *set, uint64_t digest)
{
    size_t at = (size_t)digest & (set->room - 1);

    while (set->at[at] != 0 && set->at[at] != digest)
        at = (at + 1) & (set->room - 1);
    set->count += set->at[at] == 0 ? 1 : 0;
    set->at[at] = digest;
}

static bool has(const struct found_set *set, uint64_t digest)
{
    size_t at = (size_t)digest & (set->room - 1);

    while (set->at[at] != 0 && set->at[at] != digest)
        at = (at + 1) & (set->room - 1);
    return set->at[at] == digest;
}

/* Room for one more. Half of the places stay free. */
static bool make_room(struct found_set *set)
{
    struct found_set wider = { .room = set->room * 2 };

    if (set->count * 2 < set->room)
        return true;
    if (wider.room > FOUND_MAX)
        return false;
    wider.at = calloc(wider.room, sizeof(uint64_t));
    if (wider.at == NULL)
        return false;
    for (size_t i = 0; i < set->room; i++)
        if (set->at[i] != 0)
            put(&wider, set->at[i]);
    free(set->at);
    *set = wider;
    return true;
}

/* Versions of one alert are one entry: the version stands behind the last dot. */
static struct ptn_bytes entry_of(struct ptn_bytes list, struct ptn_bytes entry)
{
    if (ptn_bytes_is(list, PTN_OVERLAY_ALERTS))
        for (size_t i = entry.len; i > 0; i--)
            if (entry.at[i - 1] == '.')
                return ptn_bytes_of(entry.at, i - 1);
    return entry;
}

static bool same_entry(struct ptn_bytes list_a, struct ptn_bytes entry_a, struct ptn_bytes list_b,
                       struct ptn_bytes entry_b)
{
    return ptn_bytes_equal(list_a, list_b) &&
           ptn_bytes_equal(entry_of(list_a, entry_a), entry_of(list_b, entry_b));
}

static uint64_t digest_of(struct ptn_record_id crossing, struct ptn_bytes list,
                          struct ptn_bytes entry)
{
    const struct ptn_bytes parts[] = { ptn_bytes_of(crossing.at, sizeof(crossing.at)), list,
                                       PTN_BYTES_LITERAL("\n"), entry_of(list, entry) };
    uint8_t sha256[PTN_SHA256_LEN] = { 0 };
    uint64_t digest = 0;

    if (ptn_ok(ptn_sha256(parts, 4, sha256)))
        memcpy(&digest, sha256, sizeof(digest));
    return digest == 0 ? 1 : digest;
}

static void learn_found(struct ptn_again *again, struct ptn_bytes payload)
{
    struct ptn_screened_again record;

    if (!ptn_ok(ptn_screened_again_parse(payload, &record, NULL)) || !make_room(&again->written)) {
        again->standing.left_out++;
        return;
    }
    put(&again->written, digest_of(record.crossing, record.list, record.entry));
    if (again->plan.known != NULL)
        again->plan.known(again->plan.context, payload);
}

/* ---- the advice behind a crossing ---- */

static void learn_advice(struct ptn_again *again, struct ptn_bytes payload)
{
    struct advice *advice = &again->advices[again->advice_count % ADVICES];
    struct ptn_decision decision;

    ptn_arena_clear(again->arena);
    if (!ptn_ok(ptn_decision_parse(payload, again->arena, &decision, NULL)))
        return;
    forget(advice);
    advice->payload = malloc(payload.len + 1);
    if (advice->payload == NULL)
        return; /* its crossing is screened as one without advice: rather once too often */
    memcpy(advice->payload, payload.at, payload.len);
    advice->len = payload.len;
    advice->id = decision.id;
    again->advice_count++;
}

/* The decision, read into the arena; false: there is none. */
static bool find_advice(const struct ptn_again *again, struct ptn_record_id id,
                        struct ptn_decision *ret_decision)
{
    size_t kept = again->advice_count < ADVICES ? again->advice_count : ADVICES;

    if (ptn_record_id_is_none(id))
        return false;
    for (size_t i = 1; i <= kept; i++) {
        const struct advice *one = &again->advices[(again->advice_count - i) % ADVICES];

        if (one->payload != NULL && ptn_record_id_equal(one->id, id))
            return ptn_ok(ptn_decision_parse(ptn_bytes_of(one->payload, one->len), again->arena,
                                             ret_decision, NULL));
    }
    return false;
}

/* ---- the same lists, the same answer? ---- */

/* The snapshot holds this list, in this edition. */
static bool holds(const struct ptn_snapshot *snapshot, struct ptn_bytes list,
                  struct ptn_bytes edition)
{
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++) {
        struct ptn_snapshot_list one = ptn_snapshot_list(snapshot, i);

        if (ptn_bytes_equal(one.name, list))
            return ptn_bytes_equal(one.edition, edition);
    }
    return false;
}

bool ptn_again_same_lists(const struct ptn_snapshot *snapshot, const struct ptn_decision *decision)
{
    size_t held = 0;

    for (size_t i = 0; i < decision->list_count; i++)
        held += holds(snapshot, decision->lists[i].list, decision->lists[i].edition);
    return held == ptn_snapshot_info(snapshot).list_count;
}

static uint64_t recorded_score(const struct ptn_decision *decision, const struct ptn_match *match)
{
    for (size_t i = 0; i < decision->match_count; i++)
        if (ptn_bytes_equal(decision->matches[i].list, match->list) &&
            ptn_bytes_equal(decision->matches[i].entry, match->entry))
            return decision->matches[i].score;
    return 0;
}

static uint64_t score_again(const struct ptn_match *matches, size_t count,
                            const struct ptn_decision_match *recorded)
{
    for (size_t i = 0; i < count; i++)
        if (ptn_bytes_equal(matches[i].list, recorded->list) &&
            ptn_bytes_equal(matches[i].entry, recorded->entry))
            return matches[i].score;
    return 0;
}

size_t ptn_again_compare(const struct ptn_snapshot *snapshot, const struct ptn_decision *decision,
                         const struct ptn_match *matches, size_t count, ptn_again_differs_fn take,
                         void *context)
{
    size_t different = 0;

    for (size_t i = 0; i < decision->match_count; i++) {
        const struct ptn_decision_match *recorded = &decision->matches[i];
        uint64_t now = score_again(matches, count, recorded);

        if (now == recorded->score || !holds(snapshot, recorded->list, recorded->edition))
            continue;
        if (take != NULL)
            take(context, recorded->list, recorded->entry, recorded->score, now);
        different++;
    }
    for (size_t i = 0; i < count; i++) {
        if (recorded_score(decision, &matches[i]) != 0)
            continue;
        if (take != NULL)
            take(context, matches[i].list, matches[i].entry, 0, matches[i].score);
        different++;
    }
    return different;
}

/* ---- one crossing ---- */

struct screening {
    struct ptn_again *again;
    const struct ptn_crossing *crossing;
    const struct ptn_decision *decision; /* NULL: none is known */
    enum ptn_rung rung;
    const struct ptn_vehicle *vehicle; /* of the trip, when that is what is asked about; or NULL */
    struct ptn_check check;
    size_t written;
};

/* Whom, or which vehicle, the lane asked about. */
static struct ptn_status ask(const struct screening *screening, struct ptn_screen_query *query)
{
    const struct ptn_crossing *crossing = screening->crossing;
    const struct ptn_decision *decision = screening->decision;

    if (screening->vehicle != NULL) {
        query->plate = screening->vehicle->plate;
        return PTN_OK;
    }
    if (ptn_record_id_is_none(crossing->trip))
        query->plate = crossing->plate;
    return ptn_screen_query_person(decision != NULL ? &decision->person : &crossing->person,
                                   decision != NULL && decision->mrz.len > 0,
                                   screening->again->arena, query, NULL);
}

/* As at the lane. A trip's vehicle was asked about by itself and stands in its own record. */
static struct ptn_status search(struct screening *screening)
{
    struct ptn_again *again = screening->again;
    const struct ptn_crossing *crossing = screening->crossing;
    const struct ptn_decision *decision = screening->decision;
    struct ptn_screen_query query = { .today = crossing->date, .brute = again->plan.brute };
    struct ptn_check *check = &screening->check;
    const struct ptn_snapshot *file = again->force.file;
    struct ptn_force_found found;
    struct ptn_status status = ask(screening, &query);

    if (ptn_ok(status))
        status = ptn_force_search(&again->force, &query, crossing->time_ms, again->arena, check,
                                  &found, NULL);
    if (!ptn_ok(status) || screening->vehicle != NULL || decision == NULL || file == NULL ||
        !ptn_again_same_lists(file, decision))
        return status;
    if (ptn_again_compare(file, decision, check->matches, found.file_count, NULL, NULL) == 0)
        again->standing.same++;
    else
        again->standing.differs++;
    return PTN_OK;
}

/* The edition a match is of. */
static bool is_of(const struct ptn_snapshot_list *list, const struct ptn_match *match)
{
    return ptn_bytes_equal(ptn_overlay_list_name(list->name), match->list) &&
           ptn_bytes_equal(list->edition, match->edition);
}

/* When the edition was made that a match is of, of a published list or of one of the folder's; 0:
 * it is of none. */
static int64_t edition_ms(const struct ptn_force *force, const struct ptn_match *match)
{
    size_t count = force->file == NULL ? 0 : ptn_snapshot_info(force->file).list_count;

    for (size_t i = 0; i < ptn_overlay_list_count(force->overlay); i++) {
        struct ptn_snapshot_list list = ptn_overlay_list(force->overlay, i);

        if (is_of(&list, match))
            return list.edition_ms;
    }
    for (size_t i = 0; i < count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(force->file, i);

        if (is_of(&list, match))
            return list.edition_ms;
    }
    return 0;
}

/* When what matches was published: an alert, or the edition of its list. */
static int64_t published_ms(const struct screening *screening, const struct ptn_match *match)
{
    const struct ptn_again *again = screening->again;
    int64_t now_ms = again->plan.world->now_ms(again->plan.world->context);
    struct ptn_check_list registers[PTN_NODE_REGISTER_COUNT];
    int64_t when_ms = ptn_overlay_published_ms(again->force.overlay, match);

    if (when_ms == 0)
        when_ms = edition_ms(&again->force, match);
    if (when_ms == 0 && again->force.lists != NULL)
        for (size_t i = 0, count = ptn_node_registers_lists(&again->force.lists->registers, now_ms,
                                                            registers);
             i < count; i++)
            if (ptn_bytes_equal(registers[i].list, match->list))
                when_ms = now_ms - registers[i].age_s * 1000;
    return when_ms > 0 ? when_ms : 1;
}

/* The gravest that the lane had stands in the vehicle's record, and whatever had come by then was
 * beside it. */
static bool vehicle_was_shown(const struct screening *screening, const struct ptn_match *match)
{
    const struct ptn_vehicle *vehicle = screening->vehicle;

    return vehicle->entry.len > 0 &&
           (same_entry(vehicle->list, vehicle->entry, match->list, match->entry) ||
            published_ms(screening, match) <= screening->crossing->time_ms);
}

/* The lane had it, or had as many as it shows that fitted better. */
static bool was_shown(const struct screening *screening, const struct ptn_match *match)
{
    const struct ptn_decision *decision = screening->decision;
    uint64_t least = PTN_SCREEN_SCORE_MAX;

    if (screening->vehicle != NULL)
        return vehicle_was_shown(screening, match);
    if (decision == NULL)
        return false;
    for (size_t i = 0; i < decision->match_count; i++) {
        const struct ptn_decision_match *shown = &decision->matches[i];

        if (same_entry(shown->list, shown->entry, match->list, match->entry))
            return true;
        least = shown->score < least ? shown->score : least;
    }
    return decision->more_matches && match->score < least;
}

/* Nothing newer than a moment could have been at the lane: then nobody missed anything. */
static bool was_fresh(const struct screening *screening, const struct ptn_match *match)
{
    const struct ptn_decision *decision = screening->decision;

    if (screening->rung != PTN_RUNG_NORMAL || decision == NULL)
        return false;
    if (ptn_bytes_is(match->list, PTN_OVERLAY_ALERTS))
        return true; /* what centres publish comes by itself, and its line is watched */
    for (size_t i = 0; i < decision->list_count; i++)
        if (ptn_bytes_equal(decision->lists[i].list, match->list))
            return decision->lists[i].age_known && decision->lists[i].age_s <= PTN_AGAIN_FRESH_S;
    return false;
}

static struct ptn_status write_down(struct screening *screening, const struct ptn_match *match,
                                    const struct ptn_list_effect *effect, int64_t when_ms)
{
    struct ptn_again *again = screening->again;
    const struct ptn_crossing *crossing = screening->crossing;
    const struct ptn_world *world = again->plan.world;
    uint64_t digest = digest_of(crossing->id, match->list, match->entry);
    struct ptn_screened_again found = {
        .time_ms = world->now_ms(world->context),
        .post = crossing->post,
        .crossing = crossing->id,
        .crossed_ms = crossing->time_ms,
        .direction = crossing->direction,
        .rung = screening->rung,
        .list = match->list,
        .entry = match->entry,
        .score = match->score,
        .published_ms = when_ms,
        .then = when_ms <= crossing->time_ms,
        .discreet = effect->action == PTN_LIST_ACTION_DISCREET,
        .action = ptn_bytes_from_text(ptn_list_action_word(effect->action)),
        .person = crossing->person,
    };
    struct ptn_status status;

    if (screening->vehicle != NULL)
        found.plate = screening->vehicle->plate;
    if (has(&again->written, digest))
        return PTN_OK;
    if (!make_room(&again->written))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    world->random(world->context, found.id.at, sizeof(found.id.at));
    ptn_buffer_clear(&again->out);
    status = ptn_screened_again_write(&found, &again->out);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG) {
        again->standing.left_out++; /* a list with an entry id that no record takes */
        return PTN_OK;
    }
    if (ptn_ok(status))
        status = again->plan.found(again->plan.context, &found, ptn_buffer_bytes(&again->out));
    if (!ptn_ok(status))
        return status;
    put(&again->written, digest);
    again->standing.found++;
    screening->written++;
    return PTN_OK;
}

static struct ptn_status weigh(struct screening *screening, const struct ptn_match *match)
{
    const struct ptn_list_effect *effect =
        screening->crossing->direction == PTN_DIRECTION_EXIT ? &match->on_exit : &match->on_entry;
    int64_t when_ms;

    if (effect->action == PTN_LIST_ACTION_NONE || effect->action == PTN_LIST_ACTION_OFF ||
        was_shown(screening, match))
        return PTN_OK;
    when_ms = published_ms(screening, match);
    if (when_ms > screening->crossing->time_ms && was_fresh(screening, match))
        return PTN_OK;
    return write_down(screening, match, effect, when_ms);
}

/* What is asked about, with all that matches it now. */
static struct ptn_status compare(struct screening *screening)
{
    struct ptn_status status;

    screening->check = (struct ptn_check){ .match_count = 0 };
    status = search(screening);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG) {
        screening->again->standing.left_out++; /* nothing to search by */
        return PTN_OK;
    }
    screening->again->standing.screened += screening->vehicle == NULL ? 1 : 0;
    for (size_t i = 0;
         ptn_ok(status) && i < screening->check.match_count && screening->written < PTN_AGAIN_EACH;
         i++)
        status = weigh(screening, &screening->check.matches[i]);
    return status;
}

/* Its people follow in the same batch. One that was sent to the second line goes on there. */
static void learn_vehicle(struct ptn_again *again, struct ptn_bytes payload)
{
    ptn_buffer_clear(&again->vehicle_payload);
    again->vehicle_waits = ptn_ok(ptn_buffer_add(&again->vehicle_payload, payload)) &&
                           ptn_ok(ptn_vehicle_parse(ptn_buffer_bytes(&again->vehicle_payload),
                                                    &again->vehicle, NULL)) &&
                           again->vehicle.outcome != PTN_OUTCOME_REFERRED;
}

static struct ptn_status screen(struct ptn_again *again, enum ptn_rung rung,
                                struct ptn_bytes payload)
{
    struct ptn_crossing crossing;
    struct ptn_decision decision;
    struct screening screening = { .again = again, .crossing = &crossing, .rung = rung };
    struct ptn_status status;

    if (!ptn_ok(ptn_crossing_parse(payload, &crossing, NULL))) {
        again->standing.left_out++;
        return PTN_OK;
    }
    /* whoever was sent to the second line crosses, if at all, in a record of its own */
    if (crossing.outcome != PTN_OUTCOME_RECORDED && crossing.outcome != PTN_OUTCOME_OVERRIDDEN)
        return PTN_OK;
    ptn_arena_clear(again->arena);
    if (find_advice(again, crossing.advice, &decision))
        screening.decision = &decision;
    status = compare(&screening);
    if (ptn_ok(status) && again->vehicle_waits && !ptn_record_id_is_none(crossing.trip) &&
        ptn_record_id_equal(crossing.trip, again->vehicle.trip)) {
        screening.vehicle = &again->vehicle;
        status = compare(&screening);
        again->vehicle_waits = !ptn_ok(status);
    }
    return status;
}

/* ---- the ledger ---- */

/* The first entry that counts: entries stand in the order of time, but for a clock set back. */
static struct ptn_status begin(struct ptn_again *again)
{
    const struct ptn_world *world = again->plan.world;
    int64_t since_ms = world->now_ms(world->context) - PTN_AGAIN_WINDOW_MS - ADVICE_LEAD;
    uint64_t low = 0;
    uint64_t high = again->size;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct ptn_ledger_header header;
        struct ptn_status status = ptn_ledger_read(again->plan.ledger, middle, &header, NULL, NULL);

        if (status.code == PTN_C_IO || status.code == PTN_C_NO_MEMORY)
            return status;
        if (!ptn_ok(status) || header.time_ms >= since_ms)
            high = middle;
        else
            low = middle + 1;
    }
    again->at = low;
    again->vehicle_waits = false;
    again->news = false;
    return PTN_OK;
}

static bool wants(const struct ptn_again *again, const struct ptn_ledger_header *header)
{
    const struct ptn_world *world = again->plan.world;

    if (again->reading == READING_KNOWN)
        return header->kind == PTN_RECORD_AGAIN;
    return header->kind == PTN_RECORD_DECISION ||
           ((header->kind == PTN_RECORD_CROSSING || header->kind == PTN_RECORD_VEHICLE) &&
            header->time_ms >= world->now_ms(world->context) - PTN_AGAIN_WINDOW_MS);
}

/* One entry. *ret_crossing: it was a crossing that counts. */
static struct ptn_status take(struct ptn_again *again, bool *ret_crossing)
{
    struct ptn_ledger *ledger = again->plan.ledger;
    struct ptn_ledger_header header;
    struct ptn_status status = ptn_ledger_read(ledger, again->at, &header, NULL, NULL);
    struct ptn_bytes payload;

    *ret_crossing = false;
    if (ptn_ok(status) && (!header.has_payload || !wants(again, &header)))
        return PTN_OK;
    ptn_buffer_clear(&again->payload);
    if (ptn_ok(status))
        status = ptn_ledger_read(ledger, again->at, &header, &again->payload, NULL);
    if (status.code == PTN_C_IO || status.code == PTN_C_NO_MEMORY)
        return status;
    if (!ptn_ok(status)) { /* erased; or damaged, which is others' alarm */
        again->standing.left_out += status.code == PTN_C_NOT_FOUND ? 0 : 1;
        return PTN_OK;
    }
    payload = ptn_buffer_bytes(&again->payload);
    if (header.kind == PTN_RECORD_AGAIN)
        learn_found(again, payload);
    else if (header.kind == PTN_RECORD_DECISION)
        learn_advice(again, payload);
    else if (header.kind == PTN_RECORD_VEHICLE)
        learn_vehicle(again, payload);
    else {
        *ret_crossing = true;
        return screen(again, (enum ptn_rung)header.rung, payload);
    }
    return PTN_OK;
}

/* At the end of what there is. True: there is another reading to do. */
static bool turn_back(struct ptn_again *again)
{
    if (again->reading == READING_KNOWN) {
        again->reading = READING_CROSSINGS;
        again->news = true;
    } else {
        again->standing.readings++;
    }
    return again->news;
}

/* What is in force now, held until the next look. */
static void look_for_news(struct ptn_again *again)
{
    struct ptn_force force = { .file = again->plan.snapshot };

    if (again->plan.node != NULL)
        ptn_force_enter(again->plan.node, &force);
    if (force.file != again->force.file || force.overlay != again->force.overlay ||
        force.lists != again->force.lists)
        again->news = true;
    ptn_force_leave(&again->force);
    again->force = force;
}

struct ptn_status ptn_again_step(struct ptn_again *again, bool *ret_more)
{
    size_t crossings = 0;
    struct ptn_status status;

    *ret_more = false;
    look_for_news(again);
    status = ptn_ledger_size(again->plan.ledger, &again->size, NULL);
    if (ptn_ok(status) && again->reading == READING_NOT) {
        status = begin(again);
        if (ptn_ok(status))
            again->reading = READING_KNOWN;
    }
    for (size_t looks = 0; ptn_ok(status) && looks < PTN_AGAIN_LOOKS && crossings < PTN_AGAIN_STEP;
         looks++) {
        bool crossing = false;

        if (again->at >= again->size) {
            if (!turn_back(again))
                return PTN_OK;
            status = begin(again);
            continue;
        }
        status = take(again, &crossing);
        crossings += crossing ? 1 : 0;
        again->at += ptn_ok(status) ? 1 : 0;
    }
    *ret_more = true;
    return status;
}
