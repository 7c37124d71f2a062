#include "main/travellers.h"

#include <stdio.h>
#include <stdlib.h>

#include "document/mrz.h"
#include "main/cars.h"
#include "main/coming.h"
#include "main/cruise.h"
#include "node/lane.h"
#include "reference/place.h"

#define INSIDE_MAX 32u /* travellers who may leave again */
#define CAR_IN     3u  /* one in so many comes by car, where there are any */
#define GAP_MIN_MS 3000
#define GAP_MAX_MS 9000

enum state { WAITING, SCANNING, SETTLING, DRIVING };

struct traveller {
    char mrz[PTN_MRZ_COMPOSED_SIZE];
};

struct ptn_travellers {
    struct ptn_node *node;
    struct ptn_serve *serve;
    struct ptn_arena *arena;
    struct ptn_coming *coming; /* NULL: no carrier sends anything */
    struct ptn_cars *cars;     /* NULL: nobody drives here */
    struct ptn_cruise *cruise; /* NULL: no ship lies here */
    enum state state;
    int64_t next_ms;
    struct traveller now;
    bool leaving;
    struct traveller inside[INSIDE_MAX];
    size_t inside_count;
    struct ptn_officer officer;
    struct ptn_lane_scan scan;
    struct ptn_lane_answer answer;
    struct ptn_lane_crossing crossing;
};

static void pause_now(void *context)
{
    struct ptn_travellers *travellers = context;

    travellers->state = WAITING;
}

struct ptn_travellers *ptn_travellers_new(struct ptn_node *node, struct ptn_serve *serve)
{
    struct ptn_travellers *travellers = calloc(1, sizeof(*travellers));

    if (travellers == NULL)
        return NULL;
    travellers->node = node;
    travellers->serve = serve;
    travellers->arena = ptn_arena_new(8u << 20);
    (void)snprintf(travellers->officer.user, sizeof(travellers->officer.user), "demonstration");
    (void)snprintf(travellers->officer.name, sizeof(travellers->officer.name), "Demonstration");
    if (travellers->arena == NULL) {
        free(travellers);
        return NULL;
    }
    travellers->coming = ptn_coming_new(node);
    travellers->cruise = ptn_cruise_new(node);
    if (ptn_node_plan_of(node)->kind != PTN_POST_AIRPORT)
        travellers->cars = ptn_cars_new(node, serve, travellers->coming, travellers->arena,
                                        &travellers->officer, pause_now, travellers);
    return travellers;
}

void ptn_travellers_free(struct ptn_travellers *travellers)
{
    if (travellers == NULL)
        return;
    ptn_coming_free(travellers->coming);
    ptn_cruise_free(travellers->cruise);
    ptn_cars_free(travellers->cars);
    ptn_arena_free(travellers->arena);
    free(travellers);
}

/* ---- people who do not exist ---- */

uint32_t ptn_traveller_draw(const struct ptn_node *node, uint32_t below)
{
    const struct ptn_world *world = ptn_node_world(node);
    uint32_t number;

    world->random(world->context, (uint8_t *)&number, sizeof(number));
    return number % below;
}

static void make_name(const struct ptn_node *node, unsigned syllables, char *at, size_t size)
{
    static const char *const parts[] = { "ZU",  "VOR", "MEL", "TIQ", "RAN", "OSH", "LU",  "DRE",
                                         "KAV", "IMO", "YEL", "BRU", "FEX", "GOL", "NIV", "PYR",
                                         "SUT", "WEN", "XAL", "HOD", "QUE", "CIV", "JAX", "EBU" };
    size_t len = 0;

    for (unsigned i = 0; i < syllables; i++)
        len += (size_t)snprintf(at + len, size - len, "%s",
                                parts[ptn_traveller_draw(node, sizeof(parts) / sizeof(parts[0]))]);
}

/* Compose a passport of Utopia. False when it did not come out. */
static bool make_traveller(const struct ptn_node *node, struct ptn_date today,
                           char ret_mrz[PTN_MRZ_COMPOSED_SIZE])
{
    char surname[24];
    char given[24];
    char number[10];
    struct ptn_mrz_fields fields = {
        .format = PTN_MRZ_TD3,
        .type = "P",
        .issuer = "UTO",
        .nationality = "UTO",
        .surname = surname,
        .given = given,
        .number = number,
        .birth = { (uint16_t)(today.year - 20 - ptn_traveller_draw(node, 50)),
                   (uint8_t)(1 + ptn_traveller_draw(node, 12)),
                   (uint8_t)(1 + ptn_traveller_draw(node, 28)) },
        .expiry = { (uint16_t)(today.year + 1 + ptn_traveller_draw(node, 8)),
                    (uint8_t)(1 + ptn_traveller_draw(node, 12)),
                    (uint8_t)(1 + ptn_traveller_draw(node, 28)) },
        .sex = ptn_traveller_draw(node, 2) == 0 ? 'F' : 'M',
    };

    make_name(node, 3, surname, sizeof(surname));
    make_name(node, 2, given, sizeof(given));
    (void)snprintf(number, sizeof(number), "G%07u", ptn_traveller_draw(node, 10000000));
    return ptn_ok(ptn_mrz_compose(&fields, ret_mrz, NULL));
}

bool ptn_traveller_invent(struct ptn_node *node, struct ptn_arena *arena, struct ptn_date today,
                          char ret_mrz[PTN_MRZ_COMPOSED_SIZE])
{
    for (unsigned tries = 0; tries < 8; tries++) {
        struct ptn_mrz mrz;
        struct ptn_person person;

        ptn_arena_clear(arena);
        if (!make_traveller(node, today, ret_mrz) ||
            !ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(ret_mrz), today, &mrz, NULL)))
            continue;
        ptn_mrz_person(&mrz, &person);
        if (mrz.valid && ptn_lane_resembles_nobody(node, &person, arena))
            return true;
    }
    return false;
}

/* Somebody new whom nobody on the lists resembles, or somebody who is inside and leaves. */
static bool next_traveller(struct ptn_travellers *travellers)
{
    const struct ptn_world *world = ptn_node_world(travellers->node);
    struct ptn_date today = ptn_place_local_date(world->now_ms(world->context));

    travellers->leaving =
        travellers->inside_count > 4 && ptn_traveller_draw(travellers->node, 2) == 0;
    if (travellers->leaving) {
        size_t at = ptn_traveller_draw(travellers->node, (uint32_t)travellers->inside_count);

        travellers->now = travellers->inside[at];
        travellers->inside[at] = travellers->inside[--travellers->inside_count];
        return true;
    }
    if (ptn_traveller_draw(travellers->node, 3) > 0 &&
        ptn_coming_next(travellers->coming, travellers->now.mrz))
        return true; /* of those who have just arrived */
    return ptn_traveller_invent(travellers->node, travellers->arena, today, travellers->now.mrz);
}

/* ---- their way through the lane ---- */

static void crossing_done(struct ptn_lane_crossing *crossing)
{
    struct ptn_travellers *travellers = crossing->context;

    if (ptn_ok(crossing->write.status)) {
        if (!travellers->leaving && crossing->outcome == PTN_OUTCOME_RECORDED &&
            travellers->inside_count < INSIDE_MAX)
            travellers->inside[travellers->inside_count++] = travellers->now;
        ptn_serve_publish_crossing(travellers->serve, crossing);
    }
    pause_now(travellers);
}

static void settle(struct ptn_travellers *travellers)
{
    struct ptn_lane_who who = { &travellers->officer, PTN_LANE_AUTOMATIC };
    bool clear = travellers->answer.advice.verdict == PTN_VERDICT_CLEAR;
    struct ptn_lane_settlement settlement = {
        .scan = travellers->answer.scan,
        .act = clear ? PTN_LANE_RECORD : PTN_LANE_REFER,
        .kind = clear ? PTN_REFERRAL_NONE : PTN_REFERRAL_CONDITIONS,
    };

    travellers->state = SETTLING;
    travellers->crossing =
        (struct ptn_lane_crossing){ .done = crossing_done, .context = travellers };
    if (!ptn_ok(ptn_lane_settle(travellers->node, &who, &settlement, travellers->arena,
                                &travellers->crossing)))
        pause_now(travellers);
}

static void scan_done(struct ptn_lane_answer *answer)
{
    struct ptn_travellers *travellers = answer->context;
    bool kept = ptn_ok(answer->write.status);

    ptn_lane_answer_release(answer);
    if (kept)
        settle(travellers);
    else
        pause_now(travellers); /* the disk is full or failing: nobody is waved through unrecorded */
}

void ptn_travellers_step(struct ptn_travellers *travellers, int64_t now_ms)
{
    struct ptn_lane_who who;

    if (travellers == NULL)
        return;
    ptn_coming_step(travellers->coming, now_ms);
    ptn_cruise_step(travellers->cruise, now_ms);
    if (travellers->state != WAITING || now_ms < travellers->next_ms)
        return;
    travellers->next_ms = now_ms + GAP_MIN_MS +
                          (int64_t)ptn_traveller_draw(travellers->node, GAP_MAX_MS - GAP_MIN_MS);
    if (travellers->cars != NULL && ptn_traveller_draw(travellers->node, CAR_IN) == 0) {
        travellers->state = DRIVING;
        if (!ptn_cars_next(travellers->cars))
            pause_now(travellers);
        return;
    }
    if (!next_traveller(travellers))
        return;
    ptn_arena_clear(travellers->arena);
    who = (struct ptn_lane_who){ &travellers->officer, PTN_LANE_AUTOMATIC };
    travellers->scan = (struct ptn_lane_scan){
        .mrz = ptn_bytes_from_text(travellers->now.mrz),
        .direction = travellers->leaving ? PTN_DIRECTION_EXIT : PTN_DIRECTION_ENTRY,
    };
    travellers->answer = (struct ptn_lane_answer){ .done = scan_done, .context = travellers };
    travellers->state = SCANNING;
    if (!ptn_ok(ptn_lane_scan(travellers->node, &who, &travellers->scan, travellers->arena,
                              &travellers->answer, NULL)))
        pause_now(travellers);
}
