/*
 * What happens, one after the other; what waits for the disk is PAUSED until it is answered:
 *
 *   LOOKING -> MAKING -> sent -> opened -> IN_PORT -> (out, in, out …) -> SAILING -> closed -> AWAY
 *      +---- a call of a former run is open ---+                                               |
 *              ^------------------------------- another ship ----------------------------------+
 */
#include "main/cruise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "main/travellers.h"
#include "node/arrivals.h"
#include "reference/place.h"

#define PASSENGERS 260u
#define CREW       40u
#define PEOPLE     (PASSENGERS + CREW)
#define ASHORE_MAX 60u /* at once: what a look at the page still takes in */
#define A_STEP     2u  /* people made at once: lanes wait for this thread */
#define GAP_MS     2500
#define STAY_MS    (INT64_C(3) * 3600 * 1000)
#define AWAY_MS    (INT64_C(10) * 60000)
#define FILE_MAX   131072u
#define ARENA_MAX  (16u << 20)
#define NUMBER_MAX 41u
#define SHIP       "MV Utopia Queen"
#define IMO        "9999993" /* its check digit is right, and no ship has it */
#define LANE       "gangway"

/* The two of the tray who are on board, one of them under another spelling than a list has. */
static const char *const specimens[] = {
    "P<UTOJEVRELOFF<<TICHORAD<<<<<<<<<<<<<<<<<<<<\nU007015337UTO7010011M3203189<<<<<<<<<<<<<<04",
    "P<UTOVONTRELI<<ELIZIDA<<<<<<<<<<<<<<<<<<<<<<\nU004129073UTO9004126F3404115<<<<<<<<<<<<<<06",
};
#define SPECIMENS (sizeof(specimens) / sizeof(specimens[0]))

enum state { LOOKING, MAKING, IN_PORT, SAILING, AWAY, PAUSED };

struct ptn_cruise {
    struct ptn_node *node;
    struct ptn_arena *arena;
    enum state state, after; /* after: what it goes on with when the disk has answered */
    int64_t now_ms, next_ms; /* monotonic */
    size_t made_count;
    struct ptn_buffer file;
    struct ptn_officer officer;
    char call[PTN_LANE_ID_SIZE];
    char arrival[PTN_ARRIVAL_ID_SIZE];
    int64_t sails_ms;
    char ashore[ASHORE_MAX][NUMBER_MAX]; /* documents' numbers */
    size_t ashore_count, out; /* out: the place of who stands at the gangway to come back */
    bool comes_back;
    struct ptn_node_loading loading;
    struct ptn_calls_doing doing;
    struct ptn_calls_look look;
    struct ptn_lane_scan scan;
    struct ptn_lane_answer answer;
};

struct ptn_cruise *ptn_cruise_new(struct ptn_node *node)
{
    struct ptn_cruise *cruise;

    if (ptn_node_plan_of(node)->kind != PTN_POST_SEAPORT)
        return NULL;
    cruise = calloc(1, sizeof(*cruise));
    if (cruise == NULL)
        return NULL;
    cruise->node = node;
    cruise->arena = ptn_arena_new(ARENA_MAX);
    ptn_buffer_init(&cruise->file, FILE_MAX);
    (void)snprintf(cruise->officer.user, sizeof(cruise->officer.user), "demonstration");
    (void)snprintf(cruise->officer.name, sizeof(cruise->officer.name), "Demonstration");
    cruise->officer.role = PTN_STAFF_SUPERVISOR;
    if (cruise->arena == NULL) {
        free(cruise);
        return NULL;
    }
    return cruise;
}

void ptn_cruise_free(struct ptn_cruise *cruise)
{
    if (cruise == NULL)
        return;
    ptn_arena_free(cruise->arena);
    ptn_buffer_release(&cruise->file);
    free(cruise);
}

static int64_t wall_ms(const struct ptn_cruise *cruise)
{
    const struct ptn_world *world = ptn_node_world(cruise->node);

    return world->now_ms(world->context);
}

/* Nothing more for so long, and then this. */
static void go_on(struct ptn_cruise *cruise, enum state state, int64_t wait_ms)
{
    cruise->state = state;
    cruise->next_ms = cruise->now_ms + wait_ms;
}

static struct ptn_lane_who who_of(const struct ptn_cruise *cruise)
{
    return (struct ptn_lane_who){ &cruise->officer, LANE };
}

/* ---- the ship's lists ---- */

static struct ptn_status write_row(struct ptn_cruise *cruise, const struct ptn_person *person,
                                   struct ptn_date date, unsigned voyage)
{
    const struct ptn_document *paper = &person->document;
    size_t index = cruise->made_count;
    bool crew = index >= PASSENGERS;
    static const char *const ranks[] = { "Waiter", "Able seaman", "Cook", "Engineer",
                                         "Second mate" };
    char birth[PTN_DATE_TEXT_SIZE];
    char expiry[PTN_DATE_TEXT_SIZE];
    char cabin[24];

    /* two to a cabin */
    (void)snprintf(cabin, sizeof(cabin), "%zu", 4100 + index / 2);
    return ptn_buffer_addf(
        &cruise->file,
        "%u;" SHIP ";" IMO ";Q%04u;ITBRI;ALDRZ;%04u-%02u-%02uT%02u:00;%.*s;%.*s;%s;%c;UTO;Passport;"
        "%.*s;UTO;%s;%s;%s\n",
        crew ? 5u : 6u, voyage % 10000u, date.year, date.month, date.day, 8u,
        (int)person->surname.len, (const char *)person->surname.at, (int)person->given.len,
        (const char *)person->given.at, ptn_date_write(person->birth, birth),
        person->sex == 0 ? 'X' : person->sex, (int)paper->number.len,
        (const char *)paper->number.at, ptn_date_write(paper->expiry, expiry), crew ? "" : cabin,
        crew ? ranks[index % 5] : "");
}

/* One more of its people into the file. */
static void make_one(struct ptn_cruise *cruise)
{
    struct ptn_date today = ptn_place_local_date(wall_ms(cruise));
    unsigned voyage = (unsigned)(wall_ms(cruise) / STAY_MS);
    char mrz[PTN_MRZ_COMPOSED_SIZE];
    struct ptn_person person;
    struct ptn_mrz read;

    ptn_arena_clear(cruise->arena);
    if (cruise->made_count == 0) {
        ptn_buffer_clear(&cruise->file);
        if (!ptn_ok(ptn_buffer_add_text(
                &cruise->file,
                "Form;Name of ship;IMO number;Voyage number;Last port;Port of arrival;Date of "
                "arrival;Family name;Given names;Date of birth;Gender;Nationality;Nature of "
                "identity document;Number of identity document;Issuing State;Document "
                "expiry;Reservation;Rank\n")))
            return;
    }
    if (cruise->made_count < SPECIMENS)
        (void)snprintf(mrz, sizeof(mrz), "%s", specimens[cruise->made_count]);
    else if (!ptn_traveller_invent(cruise->node, cruise->arena, today, mrz))
        return;
    if (!ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(mrz), today, &read, NULL)))
        return;
    ptn_mrz_person(&read, &person);
    if (ptn_ok(write_row(cruise, &person, today, voyage)))
        cruise->made_count++;
}

/* ---- opening ---- */

static void opened(struct ptn_calls_doing *doing)
{
    struct ptn_cruise *cruise = doing->context;

    if (!ptn_ok(doing->write.status)) {
        go_on(cruise, AWAY, AWAY_MS);
        return;
    }
    memcpy(cruise->call, doing->line.id, sizeof(cruise->call));
    memcpy(cruise->arrival, doing->line.arrival, sizeof(cruise->arrival));
    cruise->sails_ms = doing->line.sails_ms;
    cruise->ashore_count = 0;
    go_on(cruise, IN_PORT, GAP_MS);
}

static void sent(struct ptn_node_loading *loading)
{
    struct ptn_cruise *cruise = loading->context;
    const struct ptn_lane_who who = who_of(cruise);
    struct ptn_calls_ask ask = { .act = PTN_CALL_OPENED,
                                 .imo = PTN_BYTES_LITERAL(IMO),
                                 .sails_ms = wall_ms(cruise) + STAY_MS };

    if (!ptn_ok(loading->write.status) || loading->message_count == 0 ||
        !ptn_ok(ptn_node_manifest_take(loading))) {
        go_on(cruise, AWAY, AWAY_MS);
        return;
    }
    ask.arrival = loading->messages[0].id;
    cruise->doing = (struct ptn_calls_doing){ .done = opened, .context = cruise };
    if (!ptn_ok(ptn_calls_do(cruise->node, &who, &ask, cruise->arena, &cruise->doing)))
        go_on(cruise, AWAY, AWAY_MS);
}

static void send_lists(struct ptn_cruise *cruise)
{
    const struct ptn_lane_who who = who_of(cruise);

    cruise->made_count = 0;
    cruise->state = PAUSED;
    ptn_arena_clear(cruise->arena);
    cruise->loading = (struct ptn_node_loading){ .done = sent, .context = cruise };
    if (!ptn_ok(ptn_node_manifest_load(cruise->node, &who, ptn_buffer_bytes(&cruise->file),
                                       cruise->arena, &cruise->loading, NULL)))
        go_on(cruise, AWAY, AWAY_MS);
}

/* ---- a call that is open already ---- */

static void looked(struct ptn_calls_look *look)
{
    struct ptn_cruise *cruise = look->context;

    cruise->ashore_count = 0;
    for (size_t i = 0; i < look->count && cruise->ashore_count < ASHORE_MAX; i++)
        (void)snprintf(cruise->ashore[cruise->ashore_count++], NUMBER_MAX, "%.*s",
                       (int)look->people[i].person.document.number.len,
                       (const char *)look->people[i].person.document.number.at);
    go_on(cruise, IN_PORT, GAP_MS);
}

static void look_for_call(struct ptn_cruise *cruise)
{
    const struct ptn_lane_who who = who_of(cruise);
    struct ptn_calls_line *lines = NULL;
    size_t count = 0;

    ptn_arena_clear(cruise->arena);
    go_on(cruise, MAKING, 0);
    if (!ptn_ok(ptn_calls_list(cruise->node, cruise->arena, &lines, &count)))
        return;
    for (size_t i = 0; i < count; i++) {
        if (lines[i].closed_ms != 0 || strcmp(lines[i].opened_by, cruise->officer.user) != 0)
            continue;
        memcpy(cruise->call, lines[i].id, sizeof(cruise->call));
        memcpy(cruise->arrival, lines[i].arrival, sizeof(cruise->arrival));
        cruise->sails_ms = lines[i].sails_ms;
        cruise->state = PAUSED;
        cruise->look = (struct ptn_calls_look){ .done = looked, .context = cruise };
        if (!ptn_ok(ptn_calls_look(cruise->node, &who, cruise->call, cruise->arena, &cruise->look)))
            go_on(cruise, MAKING, 0);
        return;
    }
}

/* ---- at the gangway ---- */

static void tallied(struct ptn_calls_doing *doing)
{
    struct ptn_cruise *cruise = doing->context;
    bool written = ptn_ok(doing->write.status);

    if (written && cruise->comes_back)
        memcpy(cruise->ashore[cruise->out], cruise->ashore[--cruise->ashore_count], NUMBER_MAX);
    else if (written)
        (void)snprintf(cruise->ashore[cruise->ashore_count++], NUMBER_MAX, "%.*s",
                       (int)doing->person.person.document.number.len,
                       (const char *)doing->person.person.document.number.at);
    go_on(cruise, cruise->after, GAP_MS);
}

static void scanned(struct ptn_lane_answer *answer)
{
    struct ptn_cruise *cruise = answer->context;
    const struct ptn_lane_who who = who_of(cruise);
    const struct ptn_calls_ask ask = { .act = cruise->comes_back ? PTN_CALL_IN : PTN_CALL_OUT,
                                       .call = cruise->call,
                                       .scan = answer->scan };
    bool clear = answer->advice.verdict == PTN_VERDICT_CLEAR && ptn_ok(answer->write.status);

    ptn_lane_answer_release(answer);
    cruise->doing = (struct ptn_calls_doing){ .done = tallied, .context = cruise };
    /* who is not clear, or counted so already, turns round: people decide that, not a demonstration
     */
    if (!clear || !ptn_ok(ptn_calls_do(cruise->node, &who, &ask, cruise->arena, &cruise->doing)))
        go_on(cruise, cruise->after, GAP_MS);
}

static void let_pass(struct ptn_cruise *cruise, bool comes_back)
{
    const struct ptn_lane_who who = who_of(cruise);
    bool crew = ptn_traveller_draw(cruise->node, 8) == 0;

    cruise->comes_back = comes_back;
    cruise->after = cruise->state;
    cruise->state = PAUSED;
    ptn_arena_clear(cruise->arena);
    cruise->scan = (struct ptn_lane_scan){
        .direction = comes_back ? PTN_DIRECTION_EXIT : PTN_DIRECTION_ENTRY,
        .call = cruise->call,
    };
    if (comes_back) {
        cruise->out = ptn_traveller_draw(cruise->node, (uint32_t)cruise->ashore_count);
        cruise->scan.person.document.number = ptn_bytes_from_text(cruise->ashore[cruise->out]);
    } else { /* the specimens are left to whoever looks */
        cruise->scan.picked = true;
        memcpy(cruise->scan.voyage, cruise->arrival, sizeof(cruise->scan.voyage));
        cruise->scan.row =
            crew ? PTN_ARRIVAL_ROW_CREW + ptn_traveller_draw(cruise->node, CREW)
                 : (unsigned)SPECIMENS +
                       ptn_traveller_draw(cruise->node, PASSENGERS - (unsigned)SPECIMENS);
    }
    cruise->answer = (struct ptn_lane_answer){ .done = scanned, .context = cruise };
    if (!ptn_ok(
            ptn_lane_scan(cruise->node, &who, &cruise->scan, cruise->arena, &cruise->answer, NULL)))
        go_on(cruise, cruise->after, GAP_MS);
}

static void closed(struct ptn_calls_doing *doing)
{
    struct ptn_cruise *cruise = doing->context;

    go_on(cruise, AWAY, AWAY_MS);
}

/* All but one are back: she sails without them. */
static void sail(struct ptn_cruise *cruise)
{
    const struct ptn_lane_who who = who_of(cruise);
    const struct ptn_calls_ask ask = { .act = PTN_CALL_CLOSED,
                                       .call = cruise->call,
                                       .reason = PTN_BYTES_LITERAL("sailed") };

    if (cruise->ashore_count > 1) {
        let_pass(cruise, true);
        return;
    }
    cruise->state = PAUSED;
    ptn_arena_clear(cruise->arena);
    cruise->doing = (struct ptn_calls_doing){ .done = closed, .context = cruise };
    if (!ptn_ok(ptn_calls_do(cruise->node, &who, &ask, cruise->arena, &cruise->doing)))
        go_on(cruise, AWAY, AWAY_MS);
}

void ptn_cruise_step(struct ptn_cruise *cruise, int64_t now_ms)
{
    bool full;

    if (cruise == NULL)
        return;
    cruise->now_ms = now_ms;
    if (cruise->state == PAUSED || now_ms < cruise->next_ms)
        return;
    switch (cruise->state) {
    case LOOKING:
    case AWAY:
        look_for_call(cruise);
        return;
    case MAKING:
        for (unsigned i = 0; i < A_STEP && cruise->made_count < PEOPLE; i++)
            make_one(cruise);
        if (cruise->made_count == PEOPLE)
            send_lists(cruise);
        return;
    case IN_PORT:
        if (cruise->sails_ms != 0 && wall_ms(cruise) >= cruise->sails_ms) {
            go_on(cruise, SAILING, 0);
            return;
        }
        full = cruise->ashore_count == ASHORE_MAX;
        let_pass(cruise,
                 cruise->ashore_count > 8 && (full || ptn_traveller_draw(cruise->node, 3) == 0));
        return;
    case SAILING:
        sail(cruise);
        return;
    case PAUSED:
        return;
    }
}
