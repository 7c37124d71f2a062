/* Trips that are open: their vehicle, and who sits there. */

#include "node/apply.h"
#include "node/force_int.h"
#include "node/idle_int.h"
#include "node/trip_int.h"

struct ptn_status ptn_trips_open(struct ptn_node *node)
{
    node->trips = calloc(1, sizeof(*node->trips));
    if (node->trips == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    return PTN_OK;
}

void ptn_trips_close(struct ptn_node *node)
{
    if (node->trips != NULL)
        free(node->trips->bookings);
    free(node->trips);
    node->trips = NULL;
}

struct ptn_trip *ptn_trip_find(struct ptn_node *node, struct ptn_record_id id)
{
    size_t place = ((size_t)id.at[0] << 8 | id.at[1]) % PTN_TRIPS_MAX;
    struct ptn_trip *trip = &node->trips->at[place];

    return trip->state != PTN_TRIP_FREE && ptn_record_id_equal(trip->id, id) ? trip : NULL;
}

struct ptn_trip *ptn_trip_open_at(struct ptn_node *node, struct ptn_record_id id, const char *lane,
                                  int64_t now_ms)
{
    struct ptn_trip *trip = ptn_trip_find(node, id);

    return trip != NULL && trip->state == PTN_TRIP_OPEN && strcmp(trip->lane, lane) == 0 &&
                   now_ms - trip->time_ms <= PTN_NODE_SCAN_MS
               ? trip
               : NULL;
}

/* ---- beginning ---- */

/* The place of a new trip: a free one or one that is over, else the oldest. Under the lock. */
static struct ptn_trip *make_room(struct ptn_node *node, size_t *ret_place)
{
    struct ptn_trips *trips = node->trips;
    size_t place = trips->next;

    for (size_t i = 0; i < PTN_TRIPS_MAX; i++) {
        size_t at = (trips->next + i) % PTN_TRIPS_MAX;

        if (trips->at[at].state == PTN_TRIP_FREE || trips->at[at].state == PTN_TRIP_OVER) {
            place = at;
            break;
        }
        /* what is on its way to the disk stays */
        if (trips->at[place].state == PTN_TRIP_SETTLING ||
            trips->at[at].time_ms < trips->at[place].time_ms)
            place = trips->at[at].state == PTN_TRIP_SETTLING ? place : at;
    }
    trips->next = (place + 1) % PTN_TRIPS_MAX;
    *ret_place = place;
    return &trips->at[place];
}

/* ---- the vehicle ---- */

const struct ptn_match *ptn_trip_gravest(const struct ptn_check *check)
{
    const struct ptn_match *gravest = NULL;
    enum ptn_list_action most = PTN_LIST_ACTION_NONE;

    for (size_t i = 0; i < check->match_count; i++) {
        const struct ptn_match *match = &check->matches[i];
        enum ptn_list_action action =
            check->direction == PTN_STAY_EXIT ? match->on_exit.action : match->on_entry.action;

        if (gravest != NULL && action <= most)
            continue;
        gravest = match;
        most = action;
    }
    return gravest;
}

/* The vehicle as it will be written down, and the advice for it. */
static struct ptn_status look(struct ptn_node *node, const struct ptn_trip_start *start,
                              struct ptn_trip *vehicle, struct ptn_arena *arena,
                              struct ptn_trip_begun *begun, struct ptn_diag *reterr)
{
    int64_t now_ms = node->world->now_ms(node->world->context);
    struct ptn_screen_query query = { .plate = start->plate };
    struct ptn_check check = {
        .direction = start->direction == PTN_DIRECTION_EXIT ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
        .today = ptn_place_local_date(now_ms),
        .mrz = PTN_CHECK_MRZ_VALID, /* there is no document that could be misread */
        .plate = start->plate,
    };
    const struct ptn_match *gravest;
    struct ptn_force_found found;
    struct ptn_status status;

    ptn_force_enter(node, &begun->force);
    query.today = check.today;
    status = ptn_force_search(&begun->force, &query, now_ms, arena, &check, &found, reterr);
    if (ptn_ok(status))
        status = ptn_decide_vehicle(&check, arena, &begun->advice, reterr);
    if (!ptn_ok(status))
        return status;
    vehicle->verdict = begun->advice.verdict;
    vehicle->report = (begun->advice.actions & PTN_ACTION_REPORT) != 0;
    gravest = ptn_trip_gravest(&check);
    if (gravest != NULL && gravest->entry.len > 0) {
        ptn_trip_keep_text(vehicle->list, sizeof(vehicle->list), gravest->list);
        ptn_trip_keep_text(vehicle->entry, sizeof(vehicle->entry), gravest->entry);
    }
    return PTN_OK;
}

/* ACCESS-1: somebody asked the lists about a vehicle, and saw so many whom a carrier booked in it.
 * The trip's id says which. */
static void note_look(struct ptn_node *node, const struct ptn_lane_who *who,
                      struct ptn_record_id trip, size_t shown)
{
    const struct ptn_access look = { .purpose = PTN_PURPOSE_FIRST_LINE,
                                     .record = trip,
                                     .shown = shown };

    ptn_node_note_look(node, who, &look);
}

/* Put the vehicle where its trip is, or in a new one. Under the lock. */
static enum ptn_lane_refusal place_vehicle(struct ptn_node *node, const struct ptn_lane_who *who,
                                           const struct ptn_trip_start *start,
                                           struct ptn_trip *vehicle)
{
    struct ptn_trip *trip;
    size_t place;

    if (start->trip != NULL) {
        struct ptn_record_id id;

        if (!ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(start->trip), &id, NULL)))
            return PTN_LANE_TRIP_UNKNOWN;
        trip = ptn_trip_open_at(node, id, who->lane, vehicle->time_ms);
        if (trip == NULL || trip->direction != start->direction)
            return PTN_LANE_TRIP_UNKNOWN;
        vehicle->id = trip->id;
        memcpy(vehicle->seats, trip->seats, sizeof(trip->seats));
        vehicle->seat_count = trip->seat_count;
        *trip = *vehicle;
        return PTN_LANE_ACCEPTED;
    }
    trip = make_room(node, &place);
    vehicle->id.at[0] = (uint8_t)(place >> 8);
    vehicle->id.at[1] = (uint8_t)place;
    *trip = *vehicle;
    return PTN_LANE_ACCEPTED;
}

static void say_begun(const struct ptn_trip *vehicle, struct ptn_trip_begun *begun)
{
    (void)ptn_record_id_write(vehicle->id, begun->trip);
    begun->direction = vehicle->direction;
    begun->has_vehicle = vehicle->plate[0] != '\0';
    memcpy(begun->plate, vehicle->plate, sizeof(begun->plate));
    memcpy(begun->key, vehicle->key, sizeof(begun->key));
    begun->state = ptn_plate_sign_state(ptn_bytes_from_text(vehicle->sign));
    begun->vin = ptn_vin_check(ptn_bytes_from_text(vehicle->vin));
    begun->kind = vehicle->kind;
    memcpy(begun->booking, vehicle->booking, sizeof(begun->booking));
    begun->booked = vehicle->booked;
}

struct ptn_status ptn_trip_begin(struct ptn_node *node, const struct ptn_lane_who *who,
                                 const struct ptn_trip_start *start, struct ptn_arena *arena,
                                 struct ptn_trip_begun *begun, struct ptn_diag *reterr)
{
    const struct ptn_person nobody = { .sex = 0 };
    struct ptn_trip *vehicle = ptn_arena_take(arena, sizeof(*vehicle));
    uint8_t key[PTN_PLATE_KEY_MAX];
    size_t key_len = ptn_plate_key(start->plate, key);
    struct ptn_status status = PTN_OK;

    if (vehicle == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for the trip");
    if (start->plate.len > 0 && key_len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the plate has no letter and no digit");
    if (key_len > 0 && !ptn_node_may_look(node, who)) { /* ACCESS-2: a question like a person */
        begun->refusal = PTN_LANE_SLOWED;
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "many are asked about here and few settled");
    }
    if (key_len > 0)
        ptn_node_looked(node, who, &nobody, ptn_bytes_of(key, key_len));
    *vehicle = (struct ptn_trip){
        .state = PTN_TRIP_OPEN,
        .time_ms = node->world->now_ms(node->world->context),
        .direction = start->direction,
        .kind = start->kind,
    };
    ptn_trip_keep_text(vehicle->lane, sizeof(vehicle->lane), ptn_bytes_from_text(who->lane));
    ptn_trip_keep_text(vehicle->plate, sizeof(vehicle->plate), start->plate);
    ptn_trip_keep_text(vehicle->key, sizeof(vehicle->key), ptn_bytes_of(key, key_len));
    ptn_trip_keep_text(vehicle->sign, sizeof(vehicle->sign), start->sign);
    ptn_trip_keep_text(vehicle->vin, sizeof(vehicle->vin), start->vin);
    node->world->random(node->world->context, vehicle->id.at, sizeof(vehicle->id.at));
    if (key_len > 0)
        status = look(node, start, vehicle, arena, begun, reterr);
    if (ptn_ok(status)) {
        ptn_node_lock(node);
        ptn_trip_find_booking(node, vehicle);
        begun->refusal = place_vehicle(node, who, start, vehicle);
        ptn_node_unlock(node);
        if (begun->refusal != PTN_LANE_ACCEPTED)
            status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no such trip is open at this lane");
    }
    /* without memory for it the lane goes on: it is only said less */
    if (ptn_ok(status) &&
        !ptn_ok(ptn_arrivals_booked(node->arrivals, ptn_bytes_from_text(vehicle->booking),
                                    vehicle->direction, vehicle->time_ms, arena, &begun->list)))
        begun->list.count = 0;
    if (ptn_ok(status) && key_len > 0)
        note_look(node, who, vehicle->id, begun->list.count);
    if (ptn_ok(status))
        say_begun(vehicle, begun);
    else
        ptn_trip_begun_release(begun);
    return status;
}

void ptn_trip_begun_release(struct ptn_trip_begun *begun)
{
    ptn_force_leave(&begun->force);
}

/* ---- who sits there ---- */

static void count(const struct ptn_trip *trip, const struct ptn_trip_seat *without,
                  unsigned *ret_adults, unsigned *ret_children)
{
    *ret_adults = 0;
    *ret_children = 0;
    for (size_t i = 0; i < trip->seat_count; i++) {
        const struct ptn_trip_seat *seat = &trip->seats[i];

        if (seat == without)
            continue;
        *ret_adults += seat->age == PTN_DECIDE_ADULT ? 1 : 0;
        *ret_children += seat->age == PTN_DECIDE_MINOR ? 1 : 0;
    }
}

/* The seat of the same document, or NULL. */
static struct ptn_trip_seat *same_document(struct ptn_trip *trip, const struct ptn_trip_scan *scan)
{
    for (size_t i = 0; i < trip->seat_count && scan->has_key; i++)
        if (trip->seats[i].has_key && !trip->seats[i].settled &&
            memcmp(trip->seats[i].key, scan->key, sizeof(scan->key)) == 0)
            return &trip->seats[i];
    return NULL;
}

/* TRIP-2. */
bool ptn_trip_is_stale(const struct ptn_node *node, const struct ptn_trip *trip,
                       const struct ptn_trip_seat *seat)
{
    unsigned adults;
    unsigned children;

    if (seat->settled)
        return false;
    count(trip, NULL, &adults, &children);
    if (seat->age == PTN_DECIDE_MINOR)
        return (adults > 0) != (seat->adults > 0) || (adults == 0 && children != seat->children);
    /* a country's own rules may ask who travels together */
    return (adults != seat->adults || children != seat->children) && ptn_node_rules_ask_party(node);
}

bool ptn_trip_enter(struct ptn_node *node, const struct ptn_lane_who *who,
                    const struct ptn_lane_scan *scan, const struct ptn_person *person,
                    int64_t now_ms, struct ptn_trip_scan *ret_scan)
{
    struct ptn_trip_scan entering = { .has_key = false };
    struct ptn_trip_seat *same;
    struct ptn_trip *trip;
    bool room;

    if (!ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(scan->trip), &entering.id, NULL)))
        return false;
    entering.has_key = ptn_history_key(person, entering.key);
    entering.age = ptn_decide_age(person->birth, ptn_place_local_date(now_ms));
    ptn_node_lock(node);
    trip = ptn_trip_open_at(node, entering.id, who->lane, now_ms);
    room = trip != NULL && trip->direction == scan->direction;
    if (room) {
        same = same_document(trip, &entering);
        room = same != NULL || trip->seat_count < PTN_TRIP_SEATS_MAX;
        count(trip, same, &entering.adults, &entering.children);
        entering.adults += entering.age == PTN_DECIDE_ADULT ? 1 : 0;
        entering.children += entering.age == PTN_DECIDE_MINOR ? 1 : 0;
        entering.report = trip->report && (trip->seat_count == 0 || same == trip->seats);
        memcpy(entering.plate, trip->plate, sizeof(entering.plate));
        memcpy(entering.booking, trip->booking, sizeof(entering.booking));
    }
    ptn_node_unlock(node);
    if (room)
        *ret_scan = entering;
    return room;
}

/* Under the lock. */
static struct ptn_trip_seat *take_seat(struct ptn_trip *trip, const struct ptn_trip_scan *scan,
                                       struct ptn_record_id id)
{
    struct ptn_trip_seat *seat = same_document(trip, scan);

    if (seat == NULL && trip->seat_count == PTN_TRIP_SEATS_MAX)
        return NULL;
    if (seat == NULL)
        seat = &trip->seats[trip->seat_count++];
    *seat = (struct ptn_trip_seat){
        .scan = id,
        .has_key = scan->has_key,
        .age = scan->age,
        .adults = scan->adults,
        .children = scan->children,
    };
    memcpy(seat->key, scan->key, sizeof(seat->key));
    return seat;
}

const struct ptn_trip_seats *ptn_trip_join(struct ptn_node *node, const struct ptn_trip_scan *scan,
                                           struct ptn_record_id id, struct ptn_arena *arena)
{
    struct ptn_trip_seats *seats = ptn_arena_take(arena, sizeof(*seats));
    struct ptn_trip_seat *seat = NULL;
    struct ptn_trip *trip;
    char(*again)[PTN_LANE_ID_SIZE] =
        ptn_arena_take(arena, (size_t)PTN_TRIP_SEATS_MAX * sizeof(*again));

    if (seats == NULL || again == NULL)
        return NULL;
    *seats = (struct ptn_trip_seats){ .ask_again = again };
    ptn_node_lock(node);
    trip = ptn_trip_find(node, scan->id);
    if (trip != NULL && trip->state == PTN_TRIP_OPEN)
        seat = take_seat(trip, scan, id);
    if (seat != NULL) {
        trip->time_ms = node->world->now_ms(node->world->context);
        seats->seat = (size_t)(seat - trip->seats) + 1;
        seats->count = trip->seat_count;
        seats->booked = trip->booked;
        seats->vehicle = trip->verdict;
        count(trip, NULL, &seats->adults, &seats->children);
        for (size_t i = 0; i < trip->seat_count; i++)
            if (ptn_trip_is_stale(node, trip, &trip->seats[i]))
                (void)ptn_record_id_write(trip->seats[i].scan, again[seats->ask_again_count++]);
    }
    ptn_node_unlock(node);
    return seat == NULL ? NULL : seats;
}

void ptn_trip_settled(struct ptn_node *node, struct ptn_record_id id, struct ptn_record_id scan)
{
    struct ptn_trip *trip = ptn_trip_find(node, id);

    for (size_t i = 0; trip != NULL && i < trip->seat_count; i++)
        if (ptn_record_id_equal(trip->seats[i].scan, scan))
            trip->seats[i].settled = true;
}
