/* node/glance_write.c -- the country as JSON: posts by trouble, the orders, the keepers. What is
 * trouble, and what needs a person, is decided here and nowhere else. */
#include "node/glance_int.h"

#include <stdlib.h>

#define QUIET_MS     (60 * MINUTE_MS) /* nothing written for so long */
#define ACTIVE_MS    (15 * MINUTE_MS) /* a lane that crossed somebody since then is at work */
#define DECOY_MS     (24 * HOUR_MS)
#define LISTS_OLD_MS (24 * HOUR_MS)
#define CLOCK_MS     INT64_C(5000) /* a clock may be ahead by so much */
#define LOOKS_FREE   360u          /* people asked about in an hour beyond those who were settled */
#define LOOKS_TIMES  3u            /* and so many for each of these */

/* What can be wrong, gravest first: the weight sorts, a person is needed from PERSON up. */
enum trouble {
    TROUBLE_FORKED,
    TROUBLE_DECOY, /* touched within a day */
    TROUBLE_UNANSWERED,
    TROUBLE_LOOKS,   /* lanes ask about many people and settle few: is a list read out there? */
    TROUBLE_UNKNOWN, /* nothing was ever heard of it */
    TROUBLE_LOCKED,  /* it started locked: it screens nobody */
    TROUBLE_MANUAL,
    TROUBLE_CLOCK,
    TROUBLE_LISTS,
    TROUBLE_LOCAL,
    TROUBLE_LAG,
    TROUBLE_QUORUM,
    TROUBLE_SHEETS,
    TROUBLE_QUIET,
    TROUBLE_COUNT,
};

static const struct {
    const char *word;
    unsigned weight;
    bool person;
} troubles[TROUBLE_COUNT] = {
    [TROUBLE_FORKED] = { "forked", 512, true },
    [TROUBLE_DECOY] = { "decoy", 384, true },
    [TROUBLE_UNANSWERED] = { "unanswered", 256, true },
    [TROUBLE_LOOKS] = { "looks", 192, true },
    [TROUBLE_UNKNOWN] = { "unknown", 128, true },
    [TROUBLE_LOCKED] = { "locked", 96, true },
    [TROUBLE_MANUAL] = { "manual", 64, true },
    [TROUBLE_CLOCK] = { "clock", 32, true },
    [TROUBLE_LISTS] = { "lists", 24, true },
    [TROUBLE_LOCAL] = { "local", 16, false },
    [TROUBLE_LAG] = { "lag", 8, false },
    [TROUBLE_QUORUM] = { "quorum", 4, false },
    [TROUBLE_SHEETS] = { "sheets", 2, false },
    [TROUBLE_QUIET] = { "quiet", 1, false },
};

/* One post, worked out. */
struct row {
    const struct glance_place *place;
    struct ptn_bytes origin;
    struct ptn_follow_head head;
    bool head_known;
    unsigned troubles; /* bits by enum trouble */
    unsigned weight;
    bool person;
};

static bool has(unsigned set, enum trouble one)
{
    return (set & (1u << one)) != 0;
}

static enum ptn_rung lower(const struct glance_place *place)
{
    return place->entry > place->exit ? place->entry : place->exit;
}

/* ACCESS-2, from headers alone: whoever follows the ledger sees it, with or without its keys. */
static bool asks_idly(const struct glance_place *place, int64_t now_ms)
{
    const int64_t since = now_ms / MINUTE_MS - (int64_t)GLANCE_MINUTES;
    const uint32_t looks = glance_count(place->looks, GLANCE_MINUTES, since);
    const uint32_t settled = glance_count(place->minutes, GLANCE_MINUTES, since) +
                             glance_count(place->tallies, GLANCE_MINUTES, since);

    return glance_is_idle(looks, settled, LOOKS_FREE, LOOKS_TIMES);
}

static unsigned find_troubles(const struct ptn_glance *glance, const struct row *row,
                              int64_t now_ms)
{
    const struct glance_place *place = row->place;
    unsigned set = 0;

    if ((place != NULL && place->forks > 0) || (row->head_known && row->head.forked))
        set |= 1u << TROUBLE_FORKED;
    if (place == NULL || place->heard_ms == 0)
        return set | 1u << TROUBLE_UNKNOWN;
    if (place->decoy_ms != 0 && now_ms - place->decoy_ms < DECOY_MS)
        set |= 1u << TROUBLE_DECOY;
    if (glance_unanswered(glance, place, now_ms) > 0)
        set |= 1u << TROUBLE_UNANSWERED;
    if (asks_idly(place, now_ms))
        set |= 1u << TROUBLE_LOOKS;
    if (place->locked)
        set |= 1u << TROUBLE_LOCKED;
    if (lower(place) == PTN_RUNG_MANUAL)
        set |= 1u << TROUBLE_MANUAL;
    if (lower(place) == PTN_RUNG_LOCAL)
        set |= 1u << TROUBLE_LOCAL;
    if (place->delay_known && place->delay_ms < -CLOCK_MS)
        set |= 1u << TROUBLE_CLOCK;
    if (place->lists_ms != 0 && now_ms - place->lists_ms > LISTS_OLD_MS)
        set |= 1u << TROUBLE_LISTS;
    if (row->head_known && row->head.shown > row->head.size)
        set |= 1u << TROUBLE_LAG;
    if (row->head_known && row->head.size > row->head.cosigned)
        set |= 1u << TROUBLE_QUORUM;
    if (place->sheets > place->filed)
        set |= 1u << TROUBLE_SHEETS;
    if (now_ms - place->heard_ms > QUIET_MS)
        set |= 1u << TROUBLE_QUIET;
    return set;
}

static int by_trouble(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;

    if (left->weight != right->weight)
        return left->weight > right->weight ? -1 : 1;
    return ptn_bytes_compare(left->origin, right->origin);
}

/* ---- one post ---- */

static void write_lag(struct ptn_json *json, const struct row *row)
{
    const struct ptn_follow_head *head = &row->head;
    bool behind = head->shown > head->size;

    if (!row->head_known)
        return;
    ptn_json_field_number(json, "entries", (int64_t)head->size);
    ptn_json_field_number(json, "lag", behind ? (int64_t)(head->shown - head->size) : 0);
    ptn_json_field_number(json, "cosigned", (int64_t)head->cosigned);
}

static void write_work(struct ptn_json *json, const struct glance_place *place, int64_t now_ms)
{
    uint64_t active = 0;

    for (size_t i = 0; i < place->lane_count; i++)
        active += now_ms - place->lanes[i].active_ms < ACTIVE_MS ? 1 : 0;
    ptn_json_field_number(json, "lanes", (int64_t)active);
    ptn_json_field_number(
        json, "hour",
        glance_count(place->minutes, GLANCE_MINUTES, now_ms / MINUTE_MS - (int64_t)GLANCE_MINUTES));
    ptn_json_field_number(
        json, "looks",
        glance_count(place->looks, GLANCE_MINUTES, now_ms / MINUTE_MS - (int64_t)GLANCE_MINUTES));
    ptn_json_field_number(
        json, "matches",
        glance_count(place->matches, GLANCE_HOURS, now_ms / HOUR_MS - (int64_t)GLANCE_HOURS));
    ptn_json_field_number(
        json, "referrals",
        glance_count(place->referrals, GLANCE_HOURS, now_ms / HOUR_MS - (int64_t)GLANCE_HOURS));
    ptn_json_field_number(json, "sheets", (int64_t)place->sheets);
    ptn_json_field_number(json, "sheets_open",
                          place->sheets > place->filed ? (int64_t)(place->sheets - place->filed)
                                                       : 0);
    if (place->crossing_ms != 0)
        ptn_json_field_number(json, "crossing_ms", place->crossing_ms);
    if (place->lists_ms != 0)
        ptn_json_field_number(json, "lists_ms", place->lists_ms);
    if (place->delay_known)
        ptn_json_field_number(json, "delay_ms", place->delay_ms);
}

static void write_waits(struct ptn_json *json, const struct glance_place *place, int64_t now_ms)
{
    ptn_json_key(json, "waits");
    ptn_json_array(json);
    for (unsigned i = 1; i < PTN_DIRECTION_COUNT; i++) {
        const struct glance_wait *wait = &place->waits[i];

        if (wait->time_ms == 0 || now_ms - wait->time_ms > PTN_SHIFT_WAIT_MS)
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "direction",
                            ptn_bytes_from_text(ptn_direction_word((enum ptn_direction)i)));
        ptn_json_field_number(json, "minutes", wait->minutes);
        ptn_json_field_text(json, "method",
                            ptn_bytes_from_text(ptn_wait_method_word(wait->method)));
        ptn_json_field_number(json, "time_ms", wait->time_ms);
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

static void write_row(struct ptn_json *json, const struct row *row, int64_t now_ms)
{
    static const char *const hands[PTN_RUNG_HANDS_COUNT] = { "orders", "node", "supervisor",
                                                             "code" };
    const struct glance_place *place = row->place;

    ptn_json_object(json);
    ptn_json_field_text(json, "origin", row->origin);
    ptn_json_field_bool(json, "person", row->person);
    ptn_json_key(json, "trouble");
    ptn_json_array(json);
    for (unsigned i = 0; i < TROUBLE_COUNT; i++)
        if (has(row->troubles, (enum trouble)i))
            ptn_json_text(json, ptn_bytes_from_text(troubles[i].word));
    ptn_json_array_end(json);
    if (place != NULL) {
        ptn_json_field_text(json, "code", ptn_bytes_from_text(place->code));
        ptn_json_field_text(json, "name", ptn_bytes_from_text(place->name));
    }
    if (place != NULL && place->heard_ms != 0) {
        ptn_json_field_number(json, "heard_ms", place->heard_ms);
        ptn_json_field_text(json, "rung", ptn_bytes_from_text(ptn_rung_word(lower(place))));
        ptn_json_field_text(json, "rung_entry", ptn_bytes_from_text(ptn_rung_word(place->entry)));
        ptn_json_field_text(json, "rung_exit", ptn_bytes_from_text(ptn_rung_word(place->exit)));
        ptn_json_field_text(json, "cause",
                            ptn_bytes_from_text(ptn_cause_word((enum ptn_cause)place->cause)));
        ptn_json_field_number(json, "rung_ms", place->rung_ms);
        ptn_json_field_text(json, "hands", ptn_bytes_from_text(hands[place->hands]));
        ptn_json_field_number(json, "forks", place->forks);
        if (place->stage != 0) {
            ptn_json_field_text(json, "stage",
                                ptn_bytes_from_text(ptn_stage_step_word(place->stage)));
            ptn_json_field_number(json, "stage_ms", place->stage_ms);
        }
        write_work(json, place, now_ms);
        write_waits(json, place, now_ms);
        write_lag(json, row);
    }
    ptn_json_object_end(json);
}

/* Posts that this node follows, or is. */
static void write_posts(const struct ptn_glance *glance, const struct ptn_country *country,
                        struct ptn_follow *follow, const char *here, int64_t now_ms,
                        struct ptn_json *json)
{
    const struct ptn_roster *roster = &country->roster;
    struct row *rows = calloc(roster->node_count + 1, sizeof(*rows));
    size_t count = 0;

    if (rows == NULL)
        json->status = (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; rows != NULL && i < roster->node_count; i++) {
        struct row *row = &rows[count];

        if (roster->nodes[i].role != PTN_ROSTER_POST)
            continue;
        row->origin = roster->nodes[i].ledger.name;
        row->place = glance_place_find(glance, row->origin);
        row->head_known =
            follow != NULL && ptn_ok(ptn_follow_head(follow, row->origin, &row->head));
        if (follow != NULL && !row->head_known && !ptn_bytes_is(row->origin, here))
            continue;
        count++;
        row->troubles = find_troubles(glance, row, now_ms);
        for (unsigned one = 0; one < TROUBLE_COUNT; one++)
            if (has(row->troubles, (enum trouble)one)) {
                row->weight += troubles[one].weight;
                row->person = row->person || troubles[one].person;
            }
    }
    if (rows != NULL)
        qsort(rows, count, sizeof(*rows), by_trouble);
    ptn_json_key(json, "posts");
    ptn_json_array(json);
    for (size_t i = 0; i < count; i++)
        write_row(json, &rows[i], now_ms);
    ptn_json_array_end(json);
    free(rows);
}

/* ---- keepers, the centre ---- */

static void write_others(const struct ptn_glance *glance, const struct ptn_country *country,
                         enum ptn_roster_role role, const char *here, int64_t now_ms,
                         struct ptn_json *json)
{
    ptn_json_array(json);
    for (size_t i = 0; i < country->roster.node_count; i++) {
        const struct ptn_roster_node *node = &country->roster.nodes[i];
        const struct glance_place *place = glance_place_find(glance, node->ledger.name);

        if (node->role != role)
            continue;
        ptn_json_object(json);
        ptn_json_field_text(json, "origin", node->ledger.name);
        /* nobody follows the own ledger: whoever writes this is there */
        ptn_json_field_number(json, "heard_ms",
                              ptn_bytes_is(node->ledger.name, here) ? now_ms
                              : place == NULL                       ? 0
                                                                    : place->heard_ms);
        ptn_json_field_number(json, "forks", place == NULL ? 0 : place->forks);
        if (role == PTN_ROSTER_CENTRE)
            ptn_json_field_bool(json, "publishing",
                                ptn_bytes_equal(country->roster.publishing, node->ledger.name));
        ptn_json_object_end(json);
    }
    ptn_json_array_end(json);
}

struct ptn_status ptn_glance_write(struct ptn_glance *glance, const struct ptn_country *country,
                                   struct ptn_follow *follow, const char *here, int64_t now_ms,
                                   struct ptn_buffer *out)
{
    struct ptn_json json = { .out = out };
    const struct ptn_roster *roster = &country->roster;

    ptn_json_object(&json);
    ptn_json_field_number(&json, "time_ms", now_ms);
    ptn_json_field_text(&json, "here", ptn_bytes_from_text(here));
    ptn_json_field_text(&json, "country", roster->origin);
    ptn_json_field_number(&json, "roster", roster->version);
    ptn_json_key(&json, "quorum");
    ptn_json_object(&json);
    ptn_json_field_number(&json, "n", roster->quorum_n);
    ptn_json_field_number(&json, "q", roster->quorum_q);
    ptn_json_object_end(&json);
    ptn_json_key(&json, "centres");
    write_others(glance, country, PTN_ROSTER_CENTRE, here, now_ms, &json);
    ptn_json_key(&json, "keepers");
    write_others(glance, country, PTN_ROSTER_KEEPER, here, now_ms, &json);
    write_posts(glance, country, follow, here, now_ms, &json);
    glance_write_orders(glance, &json);
    ptn_json_object_end(&json);
    return ptn_json_end(&json);
}
