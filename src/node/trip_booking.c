/* What ferries expect: which vehicles, how many people in each, and which of them are through. */
#include "node/trip_int.h"

void ptn_trip_keep_text(char *to, size_t size, struct ptn_bytes text)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;

    while (len > 0 && len < text.len && (text.at[len] & 0xc0) == 0x80)
        len--;
    if (len > 0)
        memcpy(to, text.at, len);
    to[len] = '\0';
}

struct ptn_status ptn_trip_expect(struct ptn_node *node, const struct ptn_booking *rows,
                                  size_t count, int64_t time_ms)
{
    int64_t now_ms = node->world->now_ms(node->world->context);
    struct ptn_trips *trips = node->trips;
    struct ptn_trip_booking *all = calloc(PTN_TRIP_BOOKINGS_MAX, sizeof(*all));
    struct ptn_trip_booking *former;
    size_t known = 0;

    if (all == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (count > PTN_TRIP_BOOKINGS_MAX)
        count = PTN_TRIP_BOOKINGS_MAX;
    ptn_node_lock(node);
    for (size_t i = 0; i < trips->booking_count; i++)
        if (now_ms - trips->bookings[i].time_ms <= PTN_TRIP_BOOKING_MS &&
            trips->booking_count - i <= PTN_TRIP_BOOKINGS_MAX - count)
            all[known++] = trips->bookings[i];
    for (size_t i = 0; i < count; i++) {
        uint8_t key[PTN_PLATE_KEY_MAX];
        size_t len = ptn_plate_key(rows[i].plate, key);
        struct ptn_trip_booking *one = &all[known];

        if (len == 0)
            continue;
        *one = (struct ptn_trip_booking){ .people = rows[i].people,
                                          .kind = ptn_vehicle_kind_from_word(rows[i].kind),
                                          .time_ms = time_ms };
        ptn_trip_keep_text(one->key, sizeof(one->key), ptn_bytes_of(key, len));
        ptn_trip_keep_text(one->plate, sizeof(one->plate), rows[i].plate);
        ptn_trip_keep_text(one->reference, sizeof(one->reference), rows[i].reference);
        known++;
    }
    former = trips->bookings;
    trips->bookings = all;
    trips->booking_count = known;
    ptn_node_unlock(node);
    free(former);
    return PTN_OK;
}

/* The newest of this plate at that time that is not too old then, or NULL. Under the lock. */
static struct ptn_trip_booking *newest(const struct ptn_trips *trips, const char *key,
                                       int64_t now_ms)
{
    for (size_t i = trips->booking_count; i > 0 && key[0] != '\0'; i--) {
        struct ptn_trip_booking *booking = &trips->bookings[i - 1];

        if (booking->time_ms <= now_ms && strcmp(booking->key, key) == 0)
            return now_ms - booking->time_ms <= PTN_TRIP_BOOKING_MS ? booking : NULL;
    }
    return NULL;
}

void ptn_trip_find_booking(const struct ptn_node *node, struct ptn_trip *vehicle)
{
    const struct ptn_trip_booking *booking = newest(node->trips, vehicle->key, vehicle->time_ms);

    if (booking == NULL)
        return;
    memcpy(vehicle->booking, booking->reference, sizeof(vehicle->booking));
    vehicle->booked = booking->people;
}

void ptn_trip_came(struct ptn_node *node, const char *key, size_t occupants, int64_t time_ms)
{
    struct ptn_trip_booking *booking = newest(node->trips, key, time_ms);

    if (booking == NULL)
        return;
    booking->came_ms = time_ms;
    booking->occupants = (unsigned)occupants;
}

/* True when a later row of the same plate counts instead. */
static bool is_replaced(const struct ptn_trip_booking *rows, size_t count, size_t at)
{
    for (size_t i = at + 1; i < count; i++)
        if (strcmp(rows[i].key, rows[at].key) == 0)
            return true;
    return false;
}

/* A copy of all, so that they are gone through without the lock. NULL: no memory. Owned by the
 * caller. */
static struct ptn_trip_booking *copy_all(struct ptn_node *node, size_t *ret_count)
{
    struct ptn_trip_booking *copy = calloc(PTN_TRIP_BOOKINGS_MAX, sizeof(*copy));

    *ret_count = 0;
    if (copy == NULL)
        return NULL;
    ptn_node_lock(node);
    for (size_t i = 0; i < node->trips->booking_count; i++)
        copy[i] = node->trips->bookings[i];
    *ret_count = node->trips->booking_count;
    ptn_node_unlock(node);
    return copy;
}

static void tell(const struct ptn_trip_booking *booking, struct ptn_trip_expected *ret_expected)
{
    *ret_expected = (struct ptn_trip_expected){
        .people = booking->people,
        .kind = booking->kind,
        .came_ms = booking->came_ms,
        .occupants = booking->occupants,
    };
    memcpy(ret_expected->plate, booking->plate, sizeof(booking->plate));
    memcpy(ret_expected->reference, booking->reference, sizeof(booking->reference));
}

/* ACCESS-1: somebody looked at which vehicles are booked. */
static void note_expected(struct ptn_node *node, const struct ptn_lane_who *who, size_t shown)
{
    const struct ptn_access look = { .purpose = PTN_PURPOSE_BEFORE_ARRIVAL, .shown = shown };

    ptn_node_note_look(node, who, &look);
}

struct ptn_status ptn_trip_expected(struct ptn_node *node, const struct ptn_lane_who *who,
                                    struct ptn_arena *arena,
                                    struct ptn_trip_expectation *ret_expectation)
{
    int64_t now_ms = node->world->now_ms(node->world->context);
    struct ptn_trip_expectation all = { .count = 0 };
    struct ptn_trip_booking *known;
    size_t count;

    all.rows = ptn_arena_take(arena, PTN_TRIP_EXPECTED_MAX * sizeof(*all.rows));
    known = all.rows == NULL ? NULL : copy_all(node, &count);
    if (known == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    /* the newest file's first; of so many that not all are shown the oldest are left out */
    for (size_t i = count; i > 0 && all.count < PTN_TRIP_EXPECTED_MAX; i--) {
        const struct ptn_trip_booking *booking = &known[i - 1];

        if (now_ms - booking->time_ms > PTN_TRIP_BOOKING_MS || is_replaced(known, count, i - 1))
            continue;
        tell(booking, &all.rows[all.count++]);
        all.came += booking->came_ms != 0 ? 1 : 0;
    }
    free(known);
    all.more = all.count == PTN_TRIP_EXPECTED_MAX;
    if (all.count > 0)
        note_expected(node, who, all.count);
    *ret_expectation = all;
    return PTN_OK;
}
