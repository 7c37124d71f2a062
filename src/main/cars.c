#include "main/cars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/travellers.h"
#include "reference/place.h"

#define LANE       "cars-1"
#define PEOPLE_MAX 5u
#define INSIDE_MAX 6u

struct car {
    char plate[PTN_COMING_PLATE_SIZE];
    char mrz[PEOPLE_MAX][PTN_MRZ_COMPOSED_SIZE];
    size_t people;
};

struct ptn_cars {
    struct ptn_node *node;
    struct ptn_serve *serve;
    struct ptn_coming *coming;
    struct ptn_arena *arena;
    struct ptn_lane_who who;
    void (*done)(void *context);
    void *context;
    struct car now;
    bool leaving;
    size_t scanned;
    struct car inside[INSIDE_MAX];
    size_t inside_count;
    struct ptn_trip_begun begun;
    enum ptn_verdict vehicle;
    struct ptn_trip_seat_act seats[PEOPLE_MAX];
    struct ptn_lane_scan scan;
    struct ptn_lane_answer answer;
    struct ptn_trip_record record;
};

struct ptn_cars *ptn_cars_new(struct ptn_node *node, struct ptn_serve *serve,
                              struct ptn_coming *coming, struct ptn_arena *arena,
                              const struct ptn_officer *officer, void (*done)(void *context),
                              void *context)
{
    struct ptn_cars *cars = calloc(1, sizeof(*cars));

    if (cars == NULL)
        return NULL;
    cars->node = node;
    cars->serve = serve;
    cars->coming = coming;
    cars->arena = arena;
    cars->who = (struct ptn_lane_who){ officer, LANE };
    cars->done = done;
    cars->context = context;
    return cars;
}

void ptn_cars_free(struct ptn_cars *cars)
{
    free(cars);
}

/* ---- a car ---- */

void ptn_car_plate(const struct ptn_node *node, char ret_plate[PTN_COMING_PLATE_SIZE])
{
    static const char letters[] = "BCDFGHJKLMNP";

    (void)snprintf(ret_plate, PTN_COMING_PLATE_SIZE, "UT %03u %c%c",
                   100 + ptn_traveller_draw(node, 800),
                   letters[ptn_traveller_draw(node, sizeof(letters) - 1)],
                   letters[ptn_traveller_draw(node, sizeof(letters) - 1)]);
}

/* One that is inside and leaves, the next one off a ferry, or a new one with up to five people. */
static bool choose_car(struct ptn_cars *cars)
{
    const struct ptn_world *world = ptn_node_world(cars->node);
    struct ptn_date today = ptn_place_local_date(world->now_ms(world->context));
    struct car *car = &cars->now;

    cars->leaving = cars->inside_count > 2 && ptn_traveller_draw(cars->node, 2) == 0;
    if (cars->leaving) {
        size_t at = ptn_traveller_draw(cars->node, (uint32_t)cars->inside_count);

        *car = cars->inside[at];
        cars->inside[at] = cars->inside[--cars->inside_count];
        return true;
    }
    car->people = ptn_coming_car(cars->coming, car->plate, car->mrz);
    if (car->people > 0)
        return true;
    ptn_car_plate(cars->node, car->plate);
    car->people = 1 + ptn_traveller_draw(cars->node, PEOPLE_MAX);
    for (size_t i = 0; i < car->people; i++)
        if (!ptn_traveller_invent(cars->node, cars->arena, today, car->mrz[i]))
            return false;
    return true;
}

/* ---- its way through the lane ---- */

static void let_go(struct ptn_cars *cars)
{
    ptn_trip_begun_release(&cars->begun);
    cars->done(cars->context);
}

static void recorded(struct ptn_trip_record *record)
{
    struct ptn_cars *cars = record->context;

    if (ptn_ok(record->write.status)) {
        if (!cars->leaving && cars->inside_count < INSIDE_MAX)
            cars->inside[cars->inside_count++] = cars->now;
        for (size_t i = 0; i < record->count; i++)
            ptn_serve_publish_crossing(cars->serve, &record->crossings[i]);
    }
    let_go(cars);
}

static void settle(struct ptn_cars *cars)
{
    bool clear = cars->vehicle == PTN_VERDICT_CLEAR;
    struct ptn_trip_settlement settlement = {
        .trip = cars->begun.trip,
        .seats = cars->seats,
        .seat_count = cars->scanned,
        .vehicle = clear ? PTN_LANE_RECORD : PTN_LANE_REFER,
        .vehicle_kind = clear ? PTN_REFERRAL_NONE : PTN_REFERRAL_VEHICLE,
        .key = ptn_bytes_from_text(cars->begun.trip),
    };

    cars->record = (struct ptn_trip_record){ .done = recorded, .context = cars };
    if (!ptn_ok(ptn_trip_settle(cars->node, &cars->who, &settlement, cars->arena, &cars->record)))
        let_go(cars);
}

static void scan_next(struct ptn_cars *cars);

static void scan_done(struct ptn_lane_answer *answer)
{
    struct ptn_cars *cars = answer->context;
    bool clear = answer->advice.verdict == PTN_VERDICT_CLEAR;
    bool kept = ptn_ok(answer->write.status) && answer->trip != NULL;
    struct ptn_trip_seat_act *seat = &cars->seats[cars->scanned];

    *seat = (struct ptn_trip_seat_act){
        .act = clear ? PTN_LANE_RECORD : PTN_LANE_REFER,
        .kind = clear ? PTN_REFERRAL_NONE : PTN_REFERRAL_CONDITIONS,
    };
    memcpy(seat->scan, answer->scan, sizeof(seat->scan));
    ptn_lane_answer_release(answer);
    if (!kept) { /* the disk is full or failing: nobody is waved through unrecorded */
        let_go(cars);
        return;
    }
    cars->scanned++;
    if (cars->scanned < cars->now.people)
        scan_next(cars);
    else
        settle(cars);
}

static void scan_next(struct ptn_cars *cars)
{
    cars->scan = (struct ptn_lane_scan){
        .mrz = ptn_bytes_from_text(cars->now.mrz[cars->scanned]),
        .direction = cars->leaving ? PTN_DIRECTION_EXIT : PTN_DIRECTION_ENTRY,
        .trip = cars->begun.trip,
    };
    cars->answer = (struct ptn_lane_answer){ .done = scan_done, .context = cars };
    if (!ptn_ok(
            ptn_lane_scan(cars->node, &cars->who, &cars->scan, cars->arena, &cars->answer, NULL)))
        let_go(cars);
}

bool ptn_cars_next(struct ptn_cars *cars)
{
    struct ptn_trip_start start = { .kind = PTN_VEHICLE_CAR };

    if (!choose_car(cars))
        return false;
    ptn_arena_clear(cars->arena);
    start.plate = ptn_bytes_from_text(cars->now.plate);
    start.direction = cars->leaving ? PTN_DIRECTION_EXIT : PTN_DIRECTION_ENTRY;
    cars->scanned = 0;
    cars->begun = (struct ptn_trip_begun){ .refusal = PTN_LANE_ACCEPTED };
    if (!ptn_ok(ptn_trip_begin(cars->node, &cars->who, &start, cars->arena, &cars->begun, NULL)))
        return false;
    cars->vehicle = cars->begun.advice.verdict;
    scan_next(cars);
    return true;
}
