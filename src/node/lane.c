/*
 * A scan: five calls in order (the MRZ, the lists, the stays, the advice, the records), all of them
 * pure over what is in memory and in mapped files. POST-1: nothing here waits.
 */
#include "node/apply.h"
#include "node/calls_int.h"
#include "node/cases_int.h"
#include "node/force_int.h"
#include "node/idle_int.h"
#include "node/past_int.h"
#include "node/permits_int.h"
#include "node/returning.h"
#include "node/stays_rows_int.h"
#include "node/trip_int.h"

#define DECISION_MAX 16384u /* bytes of an advice that is kept until its scan is settled */
#define EVENTS_MAX   2048u  /* crossings of one person that are looked at */

bool ptn_lane_is_name(struct ptn_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t byte = name.at[i];

        if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-'))
            return false;
    }
    return name.len > 0 && name.len <= PTN_LANE_NAME_MAX;
}

/* What one scan gathers on its way. */
struct scanning {
    struct ptn_node *node;
    const struct ptn_lane_who *who;
    const struct ptn_lane_scan *scan;
    struct ptn_arena *arena;
    struct ptn_lane_answer *answer;
    struct ptn_diag *reterr;
    struct ptn_check check;
    struct ptn_check_order *orders; /* to leave */
    bool has_key;
    uint8_t key[PTN_NODE_ID_LEN];
    struct ptn_record_id id;
    int64_t now_ms;
    enum ptn_rung rung; /* as it was at the top */
    bool in_trip;       /* the vehicle was screened by itself, the party is who sits there */
    struct ptn_trip_scan trip;
};

/* ---- 1. the document ---- */

/*
 * The birth in the century the MRZ's rule did not choose: offered where the rule makes a child of
 * whoever may be over a hundred, and nothing else in the document says which it is. True when the
 * officer's choice can be followed.
 */
static bool choose_century(struct scanning *scanning)
{
    struct ptn_lane_answer *answer = scanning->answer;
    struct ptn_date *birth = &answer->person.birth;
    struct ptn_date earlier = *birth;

    earlier.year = (uint16_t)(earlier.year - 100);
    if (answer->mrz.birth_confirmed || birth->year <= 100 ||
        scanning->check.today.year - birth->year > PTN_LANE_CENTURY_AGE ||
        !ptn_date_is_possible(earlier))
        return !scanning->scan->born_earlier;
    answer->other_birth = scanning->scan->born_earlier ? *birth : earlier;
    if (scanning->scan->born_earlier)
        *birth = earlier;
    return true;
}

/* CHIP-1. Of the files nothing is kept: what was found is among the reasons, which live as long as
 * the arena. */
static struct ptn_status read_chip(struct scanning *scanning)
{
    const struct ptn_lane_scan *scan = scanning->scan;
    const struct ptn_chip_files files = { .sod = scan->chip_sod, .groups = { scan->chip_dg1 } };
    struct ptn_chip_answer *chip;
    struct ptn_status status;

    scanning->check.chip_refused = scan->chip_refused;
    if (scan->chip_sod.len == 0)
        return PTN_OK;
    chip = ptn_arena_take(scanning->arena, sizeof(*chip));
    if (chip == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, scanning->reterr, 0, "no memory for the chip");
    status = ptn_chip_check(&files, scanning->node->authorities, scanning->check.today, chip,
                            scanning->reterr);
    if (!ptn_ok(status))
        return status;
    scanning->check.chip = chip;
    scanning->check.chip_copied = scan->chip_copied;
    scanning->check.chip_differs =
        chip->mrz[0] != '\0' && !ptn_chip_same_lines(chip, &scanning->answer->mrz);
    return PTN_OK;
}

static struct ptn_status read_document(struct scanning *scanning)
{
    struct ptn_lane_answer *answer = scanning->answer;
    struct ptn_check *check = &scanning->check;
    bool known_century = !scanning->scan->born_earlier;
    struct ptn_bytes *codes;
    struct ptn_status status;

    answer->person = scanning->scan->person;
    check->mrz = PTN_CHECK_MRZ_NONE;
    status =
        ptn_lane_fill(scanning->node, scanning->scan, scanning->now_ms, scanning->arena, answer);
    if (!ptn_ok(status))
        return ptn_fail(status.code, scanning->reterr, 0, "no such row of a carrier's list now");
    if (scanning->scan->mrz.len > 0) {
        status = ptn_mrz_parse(scanning->scan->mrz, check->today, &answer->mrz, scanning->reterr);
        if (!ptn_ok(status))
            return status;
        if (!answer->mrz.complete)
            return ptn_fail(PTN_C_BAD_INPUT, scanning->reterr, 0, "no document has these lines");
        codes = ptn_arena_take(scanning->arena, (answer->mrz.problem_count + 1u) * sizeof(*codes));
        if (codes == NULL)
            return ptn_fail(PTN_C_NO_MEMORY, scanning->reterr, 0, "no memory for the scan");
        for (size_t i = 0; i < answer->mrz.problem_count; i++)
            codes[i] = ptn_bytes_from_text(answer->mrz.problems[i].issue->code);
        answer->has_mrz = true;
        ptn_mrz_person(&answer->mrz, &answer->person);
        known_century = choose_century(scanning);
        check->mrz = answer->mrz.valid ? PTN_CHECK_MRZ_VALID : PTN_CHECK_MRZ_INVALID;
        check->mrz_problems = codes;
        check->mrz_problem_count = answer->mrz.problem_count;
    }
    if (!known_century)
        return ptn_fail(PTN_C_BAD_INPUT, scanning->reterr, 0,
                        "the birth can mean one century only");
    check->person = &answer->person;
    if (answer->person.surname.len + answer->person.given.len + answer->person.name.len +
            answer->person.document.number.len ==
        0)
        return ptn_fail(PTN_C_BAD_INPUT, scanning->reterr, 0,
                        "neither a name nor a document number");
    return PTN_OK;
}

/* TRIP-2: in a trip, who travels together is who sits there, and the vehicle is asked about once,
 * by itself. */
static struct ptn_status enter_trip(struct scanning *scanning)
{
    struct ptn_trip_scan *trip = &scanning->trip;

    if (scanning->scan->trip == NULL)
        return PTN_OK;
    if (!ptn_trip_enter(scanning->node, scanning->who, scanning->scan, &scanning->answer->person,
                        scanning->now_ms, trip)) {
        scanning->answer->no_trip = true;
        return ptn_fail(PTN_C_BAD_INPUT, scanning->reterr, 0,
                        "the trip is not open at this lane, or is full");
    }
    scanning->in_trip = true;
    scanning->check.plate = ptn_bytes_from_text(trip->plate);
    scanning->check.party = (struct ptn_check_party){ .known = true,
                                                      .adults = trip->adults,
                                                      .children = trip->children };
    return PTN_OK;
}

/* ---- 2. the lists ---- */

static struct ptn_status search_lists(struct scanning *scanning)
{
    struct ptn_screen_query query = {
        .plate = scanning->in_trip ? PTN_BYTES_NONE : scanning->scan->plate,
        .today = scanning->check.today,
    };
    const struct ptn_force *force = &scanning->answer->force;
    struct ptn_force_found found;
    struct ptn_status status =
        ptn_screen_query_person(&scanning->answer->person, scanning->answer->has_mrz,
                                scanning->arena, &query, scanning->reterr);

    if (ptn_ok(status)) /* without lists check.screened stays false: the advice says so */
        status = ptn_force_search(force, &query, scanning->now_ms, scanning->arena,
                                  &scanning->check, &found, scanning->reterr);
    if (!ptn_ok(status))
        return status;
    scanning->orders = found.orders;
    return ptn_force_ages(force, scanning->now_ms, scanning->arena, &scanning->check,
                          scanning->reterr);
}

/* ---- 3. the stays ---- */

/* By date, those after today left out: a clock that was set back must not stop a lane. */
static size_t sort_events(struct ptn_stay_event *events, size_t count, struct ptn_date today)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        struct ptn_stay_event event = events[i];
        size_t at = kept;

        if (ptn_date_compare(event.date, today) > 0)
            continue;
        while (at > 0 && ptn_date_compare(events[at - 1].date, event.date) > 0) {
            events[at] = events[at - 1];
            at--;
        }
        events[at] = event;
        kept++;
    }
    return kept;
}

/* Whoever went since an order was given has met it. */
static void mark_departed(struct scanning *scanning)
{
    const struct ptn_stay_history *history = &scanning->check.history;

    for (size_t i = 0; i < scanning->check.order_count; i++)
        for (size_t k = 0; k < history->event_count; k++)
            if (history->events[k].move == PTN_STAY_EXIT &&
                ptn_date_compare(history->events[k].date, scanning->orders[i].issued) >= 0)
                scanning->orders[i].departed = true;
}

/*
 * Everything known of the traveller's crossings, oldest first. What the post has forgotten opens
 * with a key out of the document, which takes a while, so not under the lock; what goes into that
 * table leaves the history under one lock. Without memory for the key those days are not known, and
 * the lane goes on.
 */
static struct ptn_status find_crossings(struct scanning *scanning, struct ptn_stay_event *events,
                                        size_t *ret_count)
{
    struct ptn_node *node = scanning->node;
    struct ptn_stay_event *lately = ptn_arena_take(scanning->arena, EVENTS_MAX * sizeof(*lately));
    uint8_t salt[PTN_SLOW_SALT_LEN];
    uint8_t slow[PTN_SLOW_KEY_LEN];
    size_t count = 0;
    size_t late_count;
    struct ptn_records_since since;
    bool any;

    if (lately == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ptn_node_lock(node);
    any = node->past.count > 0;
    if (any) {
        memcpy(salt, node->past.files[0].salt, sizeof(salt));
        ptn_node_unlock(node);
        any = ptn_ok(ptn_slow_key(salt, ptn_bytes_of(scanning->key, sizeof(scanning->key)), slow));
        ptn_node_lock(node);
    }
    since = node->since;
    late_count = ptn_history_find(&node->history, scanning->key, lately, EVENTS_MAX);
    if (any)
        count = ptn_past_find(&node->past, slow, events, EVENTS_MAX - late_count);
    else if (node->past.count > 0) /* a day by UTC ends on the next one here */
        ptn_records_shut(&since, ptn_past_last(&node->past) + 1, PTN_RECORDS_NO_KEY);
    scanning->check.history.known_since = ptn_records_first(&since);
    ptn_node_unlock(node);
    explicit_bzero(slow, sizeof(slow));
    memcpy(events + count, lately, late_count * sizeof(*lately));
    *ret_count = count + late_count;
    return PTN_OK;
}

/* Without the last crossing of that day and direction. */
static size_t leave_out(struct ptn_stay_event *events, size_t count, const struct ptn_check *check)
{
    for (size_t i = count; i-- > 0;) {
        if (events[i].move != check->direction || !ptn_date_equal(events[i].date, check->today))
            continue;
        memmove(events + i, events + i + 1, (count - i - 1) * sizeof(*events));
        return count - 1;
    }
    return count;
}

/*
 * What centres publish of this person's crossings, joined with the post's own. However old it is,
 * and without it, the lane goes on. The days since it was made are a gap: whoever may have left
 * elsewhere meanwhile has not stayed too long by it.
 */
static struct ptn_status recall_country(struct scanning *scanning)
{
    const struct ptn_stay_history *own = &scanning->check.history;
    struct ptn_stays_table *table = ptn_node_stays_enter(scanning->node);
    struct ptn_check_country *country = ptn_arena_take(scanning->arena, sizeof(*country));
    struct ptn_stay_period *gap = ptn_arena_take(scanning->arena, sizeof(*gap));
    struct ptn_stay_event *events = ptn_arena_take(scanning->arena, EVENTS_MAX * sizeof(*events));
    struct ptn_stays_said said;
    size_t count = 0;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (table == NULL)
        return PTN_OK;
    if (country != NULL && gap != NULL && events != NULL)
        status = ptn_stays_table_find(table, &scanning->answer->person, scanning->check.today,
                                      own->events, own->event_count, events, EVENTS_MAX, &count);
    said = ptn_stays_table_said(table);
    ptn_stays_table_leave(table);
    if (!ptn_ok(status))
        return status;
    *gap = (struct ptn_stay_period){ ptn_place_local_date(said.until_ms), scanning->check.today };
    *country = (struct ptn_check_country){
        .history = { .known = true,
                     .events = events,
                     .event_count = count,
                     .gaps = gap,
                     .gap_count = ptn_date_compare(gap->first, gap->last) < 0 ? 1 : 0,
                     .known_since = ptn_date_from_days(said.since) },
        .elsewhere = (unsigned)(count - own->event_count),
        .until_ms = said.until_ms,
        .age_s = scanning->now_ms > said.until_ms ? (scanning->now_ms - said.until_ms) / 1000 : 0,
    };
    scanning->check.country = country;
    return PTN_OK;
}

/* PAPER-6: the days on which this post, or by what centres publish any, screened by hand and whose
 * sheets are not all keyed. */
static struct ptn_status recall_paper(struct scanning *scanning)
{
    struct ptn_node *node = scanning->node;
    struct ptn_stays_table *table = ptn_node_stays_enter(node);
    struct ptn_stay_period *paper =
        ptn_arena_take(scanning->arena, PTN_PAPER_GAPS_MAX * sizeof(*paper));
    struct ptn_paper_gap gaps[PTN_PAPER_GAPS_MAX];
    size_t count;

    ptn_node_lock(node);
    count = ptn_paper_days_gaps(node->days, ptn_date_to_days(scanning->check.today), gaps);
    ptn_node_unlock(node);
    if (table != NULL) {
        const struct ptn_stays_said said = ptn_stays_table_said(table);

        for (size_t i = 0; i < said.gap_count; i++)
            count = ptn_paper_gaps_add(gaps, count, said.gaps[i]);
        ptn_stays_table_leave(table);
    }
    if (paper == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < count; i++)
        paper[i] = (struct ptn_stay_period){ ptn_date_from_days(gaps[i].first),
                                             ptn_date_from_days(gaps[i].last) };
    scanning->check.paper = paper;
    scanning->check.paper_count = count;
    return PTN_OK;
}

/* Whether the officer may say that the person entered on the day that a proof names: at exit, on a
 * paper day. */
static bool may_prove(const struct scanning *scanning)
{
    const struct ptn_lane_scan *scan = scanning->scan;
    bool paper = ptn_date_is_none(scan->entered);

    for (size_t i = 0; i < scanning->check.paper_count; i++)
        paper = paper || (ptn_date_compare(scanning->check.paper[i].first, scan->entered) <= 0 &&
                          ptn_date_compare(scanning->check.paper[i].last, scan->entered) >= 0);
    return scan->proof == PTN_PROOF_NONE ? ptn_date_is_none(scan->entered)
                                         : paper && scan->direction == PTN_DIRECTION_EXIT;
}

static struct ptn_status recall_stays(struct scanning *scanning)
{
    struct ptn_stay_history *history = &scanning->check.history;
    struct ptn_stay_event *events;
    size_t count = 0;
    struct ptn_status status = recall_paper(scanning);

    if (!ptn_ok(status))
        return ptn_fail(status.code, scanning->reterr, 0, "no memory for the scan");
    scanning->answer->no_paper = !may_prove(scanning);
    if (scanning->answer->no_paper)
        return ptn_fail(PTN_C_BAD_INPUT, scanning->reterr, 0,
                        "a proof is of an entry on a paper day, at exit");
    status.code = PTN_C_NO_MEMORY;
    scanning->has_key = ptn_history_key(&scanning->answer->person, scanning->key);
    if (!scanning->has_key)
        return PTN_OK; /* history.known stays false */
    events = ptn_arena_take(scanning->arena, EVENTS_MAX * sizeof(*events));
    if (events != NULL)
        status = find_crossings(scanning, events, &count);
    if (!ptn_ok(status))
        return ptn_fail(status.code, scanning->reterr, 0, "no memory for the scan");
    history->known = true;
    history->events = events;
    if (!ptn_date_is_none(scanning->scan->entered) && count < EVENTS_MAX)
        events[count++] = (struct ptn_stay_event){ scanning->scan->entered, PTN_STAY_ENTRY, false };
    history->event_count = sort_events(events, count, scanning->check.today);
    if (scanning->scan->is_known)
        history->event_count = leave_out(events, history->event_count, &scanning->check);
    mark_departed(scanning);
    status = recall_country(scanning);
    return ptn_ok(status) ? status
                          : ptn_fail(status.code, scanning->reterr, 0, "no memory for the scan");
}

/* What is on record beside what the officer states: after it, so that what was shown comes first.
 */
static struct ptn_status recall_permits(struct scanning *scanning)
{
    struct ptn_check *check = &scanning->check;
    struct ptn_check_permit *permits =
        ptn_arena_take(scanning->arena, (PTN_PERMITS_FOUND_MAX + 1) * sizeof(*permits));
    struct ptn_permit_slots *slots;
    struct ptn_status status;

    if (permits == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, scanning->reterr, 0, "no memory for the scan");
    if (check->permit_count > 0)
        permits[0] = check->permits[0];
    slots = ptn_node_permits_enter(scanning->node);
    status = ptn_permits_find(scanning->node->permits, slots, check, scanning->arena, permits,
                              &check->permit_count);
    ptn_permit_slots_leave(slots);
    check->permits = permits;
    return status;
}

/* ---- 4. the advice ---- */

static bool is_discreet(const struct ptn_match *match, enum ptn_direction direction)
{
    return (direction == PTN_DIRECTION_ENTRY ? match->on_entry.action : match->on_exit.action) ==
           PTN_LIST_ACTION_DISCREET;
}

/* What the second line said before of the matches this officer sees. It decides nothing. */
static struct ptn_status recall_cleared(struct scanning *scanning)
{
    struct ptn_lane_answer *answer = scanning->answer;
    struct ptn_cleared *cleared =
        ptn_arena_take(scanning->arena, (answer->match_count + 1) * sizeof(*cleared));

    if (cleared == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, scanning->reterr, 0, "no memory for the scan");
    for (size_t i = 0; i < answer->match_count; i++)
        cleared[i] = ptn_cases_cleared(scanning->node, &answer->person, answer->matches[i].list,
                                       answer->matches[i].entry);
    answer->cleared = cleared;
    return PTN_OK;
}

static struct ptn_status advise(struct scanning *scanning)
{
    struct ptn_lane_answer *answer = scanning->answer;
    struct ptn_status status = ptn_node_rules_run(
        scanning->node, answer->force.rules, &scanning->check, scanning->arena, scanning->reterr);

    if (ptn_ok(status))
        status = ptn_decide(&scanning->check, scanning->arena, &answer->advice, scanning->reterr);
    if (!ptn_ok(status))
        return status;
    answer->more = scanning->check.more_matches;
    answer->matches = ptn_arena_take(scanning->arena,
                                     (scanning->check.match_count + 1) * sizeof(*answer->matches));
    if (answer->matches == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, scanning->reterr, 0, "no memory for the scan");
    for (size_t i = 0; i < scanning->check.match_count; i++)
        if (scanning->who->officer->discreet ||
            !is_discreet(&scanning->check.matches[i], scanning->scan->direction)) /* DECIDE-6 */
            answer->matches[answer->match_count++] = scanning->check.matches[i];
    return recall_cleared(scanning);
}

/* ---- 5. the records ---- */

/* Keep the scan for its settlement; its place is part of its id. */
static struct ptn_status remember(struct scanning *scanning, const struct ptn_person *person)
{
    struct ptn_node *node = scanning->node;
    struct ptn_buffer bytes = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = ptn_person_write(person, &bytes);
    struct ptn_scan_slot slot = {
        .state = PTN_SCAN_OPEN,
        .time_ms = scanning->now_ms,
        .direction = scanning->scan->direction,
        .verdict = scanning->answer->advice.verdict,
        .report = (scanning->answer->advice.actions & PTN_ACTION_REPORT) != 0,
        /* a shore leave counts no day, also where it ends in a case */
        .exempt = ptn_decide_exempts(&scanning->check) ||
                  scanning->check.gangway == PTN_CHECK_SHORE_LEAVE ||
                  scanning->check.gangway == PTN_CHECK_SHORE_OTHER,
        .gangway = scanning->answer->gangway,
        .proof = scanning->scan->proof,
        .entered = scanning->scan->entered,
    };
    size_t place;

    if (!ptn_ok(status))
        return status;
    (void)snprintf(slot.lane, sizeof(slot.lane), "%s", scanning->who->lane);
    (void)snprintf(slot.plate, sizeof(slot.plate), "%.*s", (int)scanning->scan->plate.len,
                   scanning->scan->plate.len == 0 ? "" : (const char *)scanning->scan->plate.at);
    if (scanning->in_trip) {
        memcpy(slot.plate, scanning->trip.plate, sizeof(slot.plate));
        memcpy(slot.booking, scanning->trip.booking, sizeof(slot.booking));
        slot.trip = scanning->trip.id;
        slot.report = slot.report || scanning->trip.report;
    }
    if (slot.gangway.asked)
        (void)ptn_ok(
            ptn_record_id_parse(ptn_bytes_from_text(scanning->scan->call), &slot.call, NULL));
    if (scanning->answer->arrival.how != PTN_ARRIVAL_NOT_FOUND) {
        const struct ptn_bytes booking = scanning->answer->arrival.row.person.booking;

        memcpy(slot.voyage, scanning->answer->arrival.voyage.name, sizeof(slot.voyage));
        if (slot.booking[0] == '\0' && booking.len > 0 && booking.len < sizeof(slot.booking))
            memcpy(slot.booking, booking.at, booking.len); /* zeroed before */
    }
    slot.person = bytes.at;
    slot.person_len = bytes.len;
    node->world->random(node->world->context, slot.id.at, sizeof(slot.id.at));
    ptn_node_lock(node);
    place = node->scan_next++ % PTN_NODE_SCANS_MAX;
    slot.id.at[0] = (uint8_t)(place >> 8);
    slot.id.at[1] = (uint8_t)place;
    free(node->scans[place].person);
    free(node->scans[place].decision);
    node->scans[place] = slot;
    ptn_node_unlock(node);
    scanning->id = slot.id;
    if (scanning->in_trip)
        scanning->answer->trip = ptn_trip_join(node, &scanning->trip, slot.id, scanning->arena);
    (void)ptn_record_id_write(slot.id, scanning->answer->scan);
    return PTN_OK;
}

/* Keep the advice beside the scan, for the case it may become. A clear one needs none, and one too
 * long is in the ledger. */
static void remember_advice(struct scanning *scanning, struct ptn_bytes decision)
{
    struct ptn_node *node = scanning->node;
    struct ptn_scan_slot *slot =
        &node->scans[((size_t)scanning->id.at[0] << 8 | scanning->id.at[1]) % PTN_NODE_SCANS_MAX];
    uint8_t *copy;

    if (scanning->answer->advice.verdict == PTN_VERDICT_CLEAR || decision.len > DECISION_MAX)
        return;
    copy = malloc(decision.len);
    if (copy == NULL)
        return;
    memcpy(copy, decision.at, decision.len);
    ptn_node_lock(node);
    if (ptn_record_id_equal(slot->id, scanning->id) && slot->decision == NULL) {
        slot->decision = copy;
        slot->decision_len = decision.len;
        copy = NULL;
    }
    ptn_node_unlock(node);
    free(copy);
}

static struct ptn_status write_access(struct scanning *scanning, struct ptn_buffer *out)
{
    const struct ptn_access look = { .purpose = PTN_PURPOSE_FIRST_LINE,
                                     .record = scanning->id,
                                     .shown = 1 };

    return ptn_node_write_look(scanning->node, scanning->who, &look, out);
}

static void scan_done(struct ptn_writer_request *request)
{
    struct ptn_lane_answer *answer = request->context;

    answer->done(answer);
}

static struct ptn_status record(struct scanning *scanning)
{
    struct ptn_lane_answer *answer = scanning->answer;
    struct ptn_person person = ptn_lane_person_clean(&answer->person);
    struct ptn_buffer decision = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_buffer access = { .len_max = 4096 };
    struct ptn_status status = remember(scanning, &person);
    uint8_t *decision_at = NULL;
    uint8_t *access_at = NULL;

    if (ptn_ok(status))
        status = ptn_lane_decision_write(
            &(struct ptn_lane_advised){
                .check = &scanning->check,
                .advice = &answer->advice,
                .person = &person,
                .mrz = answer->has_mrz ? &answer->mrz : NULL,
                .who = scanning->who,
                .post = scanning->node->plan.code,
                .direction = scanning->scan->direction,
                .id = scanning->id,
                .time_ms = scanning->now_ms,
                .born_earlier = scanning->scan->born_earlier,
                .in_trip = scanning->in_trip,
            },
            scanning->arena, &decision);
    if (ptn_ok(status)) {
        remember_advice(scanning, ptn_buffer_bytes(&decision));
        status = write_access(scanning, &access);
    }
    if (ptn_ok(status)) {
        decision_at = (uint8_t *)ptn_arena_text(scanning->arena, ptn_buffer_bytes(&decision));
        access_at = (uint8_t *)ptn_arena_text(scanning->arena, ptn_buffer_bytes(&access));
        if (decision_at == NULL || access_at == NULL)
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    answer->write = (struct ptn_writer_request){ .done = scan_done, .context = answer };
    answer->write.record_count = 2;
    answer->write.has_rung = true;
    answer->write.rung = (uint8_t)scanning->rung;
    answer->write.records[0] =
        (struct ptn_writer_record){ PTN_RECORD_DECISION, PTN_RETENTION_CROSSING,
                                    ptn_bytes_of(decision_at, decision.len), false };
    answer->write.records[1] =
        (struct ptn_writer_record){ PTN_RECORD_ACCESS, PTN_RETENTION_AUDIT,
                                    ptn_bytes_of(access_at, access.len), false };
    ptn_buffer_release(&decision);
    ptn_buffer_release(&access);
    return status;
}

/* ---- the scan ---- */

struct ptn_status ptn_lane_prepare(struct ptn_node *node, const struct ptn_lane_who *who,
                                   const struct ptn_lane_scan *scan, struct ptn_arena *arena,
                                   struct ptn_lane_answer *answer, struct ptn_diag *reterr)
{
    struct scanning scanning = {
        .node = node, .who = who, .scan = scan, .arena = arena, .answer = answer, .reterr = reterr
    };
    struct ptn_status status;

    PTN_PRE(answer->done != NULL);

    if (node->locked) /* LOCK-2 */
        return ptn_fail(PTN_C_BUSY, reterr, 0, "the node's vault is locked");
    scanning.rung = ptn_apply_rung_at(node, scan->direction, who->lane);
    scanning.now_ms = node->world->now_ms(node->world->context);
    scanning.check.today =
        ptn_date_is_none(scan->on) ? ptn_place_local_date(scanning.now_ms) : scan->on;
    scanning.check.demonstration = node->plan.demonstration;
    scanning.check.direction =
        scan->direction == PTN_DIRECTION_EXIT ? PTN_STAY_EXIT : PTN_STAY_ENTRY;
    scanning.check.party = (struct ptn_check_party){ .known = scan->party_known,
                                                     .adults = scan->adults,
                                                     .children = scan->children };
    scanning.check.plate = scan->plate;
    scanning.check.permits = &scan->permit;
    scanning.check.permit_count = scan->permit_shown ? 1 : 0;
    scanning.check.post = ptn_bytes_from_text(node->plan.code);
    scanning.check.conditions = node->conditions;
    memcpy(scanning.check.own_state, node->plan.state, sizeof(scanning.check.own_state));
    answer->direction = scan->direction;
    ptn_force_enter(node, &answer->force);
    status = ptn_calls_begin(node, scan, answer, reterr);
    if (ptn_ok(status))
        status = read_document(&scanning);
    if (ptn_ok(status))
        status = read_chip(&scanning);
    if (ptn_ok(status))
        ptn_returning_met_document(node, answer->person.document.number, who->lane);
    if (ptn_ok(status))
        ptn_lane_find_row(node, scan, scanning.now_ms, arena, answer);
    if (ptn_ok(status))
        status = ptn_calls_meet(node, scan, arena, answer, &scanning.check, reterr);
    if (ptn_ok(status))
        status = enter_trip(&scanning);
    if (ptn_ok(status))
        status = search_lists(&scanning);
    if (ptn_ok(status))
        status = recall_stays(&scanning);
    if (ptn_ok(status))
        status = recall_permits(&scanning);
    if (ptn_ok(status))
        status = advise(&scanning);
    if (ptn_ok(status))
        status = record(&scanning);
    if (!ptn_ok(status))
        ptn_lane_answer_release(answer);
    return status;
}

/* ACCESS-2: at a lane. A sheet that is keyed was asked about by hand, days ago. */
struct ptn_status ptn_lane_scan(struct ptn_node *node, const struct ptn_lane_who *who,
                                const struct ptn_lane_scan *scan, struct ptn_arena *arena,
                                struct ptn_lane_answer *answer, struct ptn_diag *reterr)
{
    const int64_t now_ms = node->world->now_ms(node->world->context);
    struct ptn_status status;

    answer->slowed = !ptn_node_may_look(node, who);
    if (answer->slowed)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "many are asked about here and few settled");
    status = ptn_lane_prepare(node, who, scan, arena, answer, reterr);
    if (!ptn_ok(status))
        return status;
    ptn_node_looked(node, who, &answer->person, PTN_BYTES_NONE);
    for (size_t i = 0; i < answer->advice.reason_count; i++)
        ptn_node_rule_met(node, answer->advice.reasons[i].rule, now_ms);
    ptn_writer_submit(node, &answer->write);
    return PTN_OK;
}

void ptn_lane_answer_release(struct ptn_lane_answer *answer)
{
    ptn_force_leave(&answer->force);
}
