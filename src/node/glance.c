/* node/glance.c -- entries as they come, into what is remembered of each place. */
#include "node/glance_int.h"
#include "reference/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENT_MS  INT64_C(86400000) /* of who crossed there since, nothing is known */
#define PLACES_MAX PTN_ROSTER_NODE_MAX
#define LIVE_MS    (5 * MINUTE_MS) /* an entry younger than this came as it was written */
#define WAIT_MS    INT64_C(10000)  /* for a payload that is on its way */

struct ptn_glance *ptn_glance_new(void)
{
    struct ptn_glance *glance = calloc(1, sizeof(*glance));

    if (glance == NULL)
        return NULL;
    ptn_buffer_init(&glance->payload, PTN_PAYLOAD_LEN_MAX);
    return glance;
}

void ptn_glance_free(struct ptn_glance *glance)
{
    if (glance == NULL)
        return;
    glance_release_orders(glance);
    ptn_buffer_release(&glance->payload);
    for (size_t i = 0; i < glance->place_count; i++)
        ptn_paper_days_free(glance->places[i].days);
    free(glance->places);
    free(glance->ledgers);
    free(glance);
}

/* ---- places ---- */

/* Room for one more of size bytes; the array moves. NULL: no memory, the array is as before. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
    size_t wanted = *room == 0 ? 16 : *room * 2;
    uint8_t *more = array;

    if (count < *room)
        return array;
    more = realloc(array, wanted * size);
    if (more == NULL)
        return NULL;
    memset(more + *room * size, 0, (wanted - *room) * size);
    *room = wanted;
    return more;
}

const struct glance_place *glance_place_find(const struct ptn_glance *glance,
                                             struct ptn_bytes origin)
{
    for (size_t i = 0; i < glance->place_count; i++)
        if (ptn_bytes_is(origin, glance->places[i].origin))
            return &glance->places[i];
    return NULL;
}

static void copy_text(char *at, size_t size, struct ptn_bytes text)
{
    size_t len = text.len < size ? text.len : size - 1;

    while (len < text.len && len > 0 && (text.at[len] & 0xc0u) == 0x80u)
        len--; /* not through a character */
    if (len > 0)
        memcpy(at, text.at, len);
    at[len] = '\0';
}

/* The last part of an origin is what the node is called until it says better. */
static struct ptn_bytes code_of(struct ptn_bytes origin)
{
    const uint8_t *slash = memrchr(origin.at, '/', origin.len);

    return slash == NULL ? origin
                         : ptn_bytes_slice(origin, (size_t)(slash - origin.at) + 1, origin.len);
}

static struct ptn_status add_place(struct ptn_glance *glance, const struct ptn_roster_node *node,
                                   size_t *ret_place)
{
    struct glance_place *place =
        glance->place_count < PLACES_MAX
            ? grow(glance->places, glance->place_count, &glance->place_room, sizeof(*place))
            : NULL;
    struct ptn_paper_days *days = NULL;
    size_t at = 0;

    if (place == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    glance->places = place;
    if (node->role == PTN_ROSTER_POST) {
        days = ptn_paper_days_new();
        if (days == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    /* by name, so that whoever writes of them names them in the same order: GLANCE-1 */
    while (at < glance->place_count &&
           ptn_bytes_compare(ptn_bytes_from_text(place[at].origin), node->ledger.name) < 0)
        at++;
    place += at;
    memmove(place + 1, place, (glance->place_count - at) * sizeof(*place));
    memset(place, 0, sizeof(*place));
    for (size_t i = 0; i < glance->ledger_count; i++)
        glance->ledgers[i].place += glance->ledgers[i].place >= at ? 1 : 0;
    copy_text(place->origin, sizeof(place->origin), node->ledger.name);
    copy_text(place->code, sizeof(place->code), code_of(node->ledger.name));
    copy_text(place->name, sizeof(place->name), code_of(node->ledger.name));
    place->role = node->role;
    place->days = days;
    glance->place_count++;
    *ret_place = at;
    return PTN_OK;
}

/* The ledger of that origin, met for the first time or again. NOT_FOUND: a stranger's. */
static struct ptn_status ledger_of(struct ptn_glance *glance, const struct ptn_country *country,
                                   struct ptn_bytes origin, size_t *ret_ledger)
{
    const struct ptn_roster_node *node;
    const struct glance_place *known;
    struct glance_ledger *ledger;
    size_t place = 0;
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; i < glance->ledger_count; i++)
        if (ptn_bytes_is(origin, glance->ledgers[i].origin)) {
            *ret_ledger = i;
            return PTN_OK;
        }
    node = ptn_country_node(country, origin);
    if (node == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    ledger = grow(glance->ledgers, glance->ledger_count, &glance->ledger_room, sizeof(*ledger));
    if (ledger == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    glance->ledgers = ledger;
    known = glance_place_find(glance, node->ledger.name);
    if (known != NULL)
        place = (size_t)(known - glance->places);
    else
        status = add_place(glance, node, &place);
    if (!ptn_ok(status))
        return status;
    ledger += glance->ledger_count;
    copy_text(ledger->origin, sizeof(ledger->origin), origin);
    ledger->place = place;
    *ret_ledger = glance->ledger_count++;
    return PTN_OK;
}

struct ptn_status ptn_glance_here(struct ptn_glance *glance, const struct ptn_country *country,
                                  const struct ptn_glance_here *here, int64_t now_ms)
{
    struct glance_place *place;
    size_t ledger;
    struct ptn_status status =
        ledger_of(glance, country, ptn_bytes_from_text(here->origin), &ledger);

    if (!ptn_ok(status))
        return status;
    place = &glance->places[glance->ledgers[ledger].place];
    copy_text(place->code, sizeof(place->code), ptn_bytes_from_text(here->code));
    copy_text(place->name, sizeof(place->name), ptn_bytes_from_text(here->name));
    place->heard_ms = now_ms;
    place->entry = here->entry;
    place->exit = here->exit;
    place->cause = here->cause;
    place->rung_ms = here->rung_ms;
    place->crossing_ms = here->crossing_ms;
    place->lists_ms = here->lists_ms;
    place->sheets = here->sheets;
    place->filed = here->sheets - here->sheets_open;
    place->minutes[0] = (struct glance_slice){ now_ms / MINUTE_MS, here->hour };
    place->looks[0] = (struct glance_slice){ now_ms / MINUTE_MS, here->looks };
    place->matches[0] = (struct glance_slice){ now_ms / HOUR_MS, here->matches };
    place->referrals[0] = (struct glance_slice){ now_ms / HOUR_MS, here->referrals };
    place->lane_count = here->lanes < GLANCE_LANES ? here->lanes : GLANCE_LANES;
    for (size_t i = 0; i < place->lane_count; i++)
        place->lanes[i].active_ms = now_ms;
    for (unsigned i = 1; i < PTN_DIRECTION_COUNT; i++)
        if (here->waits[i].known)
            glance_wait(place, (enum ptn_direction)i, here->waits[i].minutes, here->waits[i].method,
                        here->waits[i].time_ms);
    return PTN_OK;
}

struct ptn_status ptn_glance_answer(struct ptn_glance *glance, const struct ptn_country *country,
                                    const char *origin, const struct ptn_order_receipt *receipt)
{
    size_t ledger;
    struct ptn_status status = ledger_of(glance, country, ptn_bytes_from_text(origin), &ledger);

    if (ptn_ok(status))
        glance_answer(&glance->places[glance->ledgers[ledger].place], receipt);
    return status;
}

/* ---- counting ---- */

void glance_add(struct glance_slice *slices, size_t slice_count, int64_t at)
{
    struct glance_slice *slice = &slices[(size_t)at % slice_count];

    if (at < slice->at)
        return; /* from before what is kept */
    if (at > slice->at) {
        slice->at = at;
        slice->count = 0;
    }
    slice->count++;
}

uint32_t glance_count(const struct glance_slice *slices, size_t slice_count, int64_t since)
{
    uint32_t count = 0;

    for (size_t i = 0; i < slice_count; i++)
        if (slices[i].at > since)
            count += slices[i].count;
    return count;
}

static void count_lane(struct glance_place *place, struct ptn_bytes name, int64_t time_ms)
{
    struct glance_lane *oldest = &place->lanes[0];

    for (size_t i = 0; i < place->lane_count; i++) {
        if (ptn_bytes_is(name, place->lanes[i].name)) {
            oldest = &place->lanes[i];
            break;
        }
        if (place->lanes[i].active_ms < oldest->active_ms)
            oldest = &place->lanes[i];
    }
    if (!ptn_bytes_is(name, oldest->name)) {
        if (place->lane_count < GLANCE_LANES)
            oldest = &place->lanes[place->lane_count++];
        copy_text(oldest->name, sizeof(oldest->name), name);
        oldest->active_ms = 0;
    }
    if (time_ms > oldest->active_ms)
        oldest->active_ms = time_ms;
}

/* ---- entries ---- */

static void take_crossing(struct glance_place *place, const struct ptn_ledger_header *header,
                          const struct ptn_buffer *payload)
{
    struct ptn_crossing crossing;
    int64_t time_ms = header->time_ms;

    if (payload != NULL && ptn_ok(ptn_crossing_parse(ptn_buffer_bytes(payload), &crossing, NULL))) {
        time_ms = crossing.time_ms; /* a sheet's own time, not that of its keying */
        if (crossing.lane.len > 0)
            count_lane(place, crossing.lane, time_ms);
        if (crossing.outcome == PTN_OUTCOME_REFERRED)
            glance_add(crossing.referral == PTN_REFERRAL_MATCH ? place->matches : place->referrals,
                       GLANCE_HOURS, time_ms / HOUR_MS);
    } else if (header->rung == PTN_RUNG_MANUAL) {
        return; /* when it was is sealed */
    }
    glance_add(place->minutes, GLANCE_MINUTES, time_ms / MINUTE_MS);
    if (time_ms > place->crossing_ms)
        place->crossing_ms = time_ms;
}

static void take_moved(struct glance_place *place, struct ptn_bytes payload)
{
    struct ptn_rung_moved moved;

    if (!ptn_ok(ptn_rung_moved_parse(payload, &moved, NULL)) || moved.time_ms < place->rung_ms)
        return;
    place->entry = moved.entry;
    place->exit = moved.exit;
    place->cause = moved.cause;
    place->rung_ms = moved.time_ms;
    place->hands = moved.hands;
    if (place->days != NULL) /* without memory the next one says so */
        (void)ptn_ok(
            ptn_paper_days_moved(place->days, moved.time_ms,
                                 moved.entry == PTN_RUNG_MANUAL || moved.exit == PTN_RUNG_MANUAL));
}

static void take_paper(struct glance_place *place, enum ptn_record_kind kind,
                       struct ptn_bytes payload)
{
    union {
        struct ptn_pack pack;
        struct ptn_sheet sheet;
        struct ptn_sheets_told told;
    } any;

    if (kind == PTN_RECORD_PACK && ptn_ok(ptn_pack_parse(payload, &any.pack, NULL))) {
        place->sheets += any.pack.sheets;
        if (place->days != NULL)
            (void)ptn_ok(ptn_paper_days_pack(place->days, &any.pack));
    } else if (kind == PTN_RECORD_SHEET && ptn_ok(ptn_sheet_parse(payload, &any.sheet, NULL))) {
        place->filed += ptn_record_id_is_none(any.sheet.crossing) ? 0 : 1;
        if (place->days != NULL)
            ptn_paper_days_sheet(place->days, &any.sheet);
    } else if (kind == PTN_RECORD_SHEETS_TOLD &&
               ptn_ok(ptn_sheets_told_parse(payload, &any.told, NULL))) {
        place->filed += any.told.count;
        if (place->days != NULL)
            ptn_paper_days_told(place->days, &any.told);
    }
}

static void take_shift(struct glance_place *place, struct ptn_bytes payload)
{
    struct ptn_shift_entry entry;

    if (!ptn_ok(ptn_shift_entry_parse(payload, &entry, NULL)) || entry.act != PTN_SHIFT_WAIT)
        return;
    glance_wait(place, entry.direction, (uint32_t)entry.minutes, entry.method, entry.time_ms);
}

void glance_wait(struct glance_place *place, enum ptn_direction direction, uint32_t minutes,
                 enum ptn_wait_method method, int64_t time_ms)
{
    struct glance_wait *wait = &place->waits[direction];

    if (time_ms >= wait->time_ms)
        *wait = (struct glance_wait){ minutes, method, time_ms };
}

static void take_stage(struct glance_place *place, struct ptn_bytes payload)
{
    struct ptn_stage_moved moved;

    if (!ptn_ok(ptn_stage_moved_parse(payload, &moved, NULL)))
        return;
    if (moved.step == PTN_STAGE_STEP_DECOY && moved.time_ms > place->decoy_ms)
        place->decoy_ms = moved.time_ms;
    if ((moved.step == PTN_STAGE_STEP_DOWN ||
         (moved.step >= PTN_STAGE_STEP_GATE && moved.step <= PTN_STAGE_STEP_ALL)) &&
        moved.time_ms >= place->stage_ms) {
        place->stage = moved.step;
        place->stage_ms = moved.time_ms;
    }
}

static void take_started(struct glance_place *place, struct ptn_bytes payload)
{
    struct ptn_node_started started;

    if (!ptn_ok(ptn_node_started_parse(payload, &started, NULL)) ||
        started.time_ms < place->started_ms)
        return;
    place->started_ms = started.time_ms;
    place->locked = started.locked;
    copy_text(place->code, sizeof(place->code), started.post);
    copy_text(place->name, sizeof(place->name), started.name);
}

/* A fork that a keeper refused, counted at the place whose ledger it is, be it heard of or not. */
static struct ptn_status take_refused(struct ptn_glance *glance, const struct ptn_country *country,
                                      struct ptn_bytes payload)
{
    struct ptn_record_refused refused;
    const struct ptn_roster_node *node = NULL;
    const struct glance_place *known;
    size_t at = 0;
    struct ptn_status status = PTN_OK;

    if (ptn_ok(ptn_record_refused_parse(payload, &refused, NULL)) &&
        refused.why == PTN_REFUSED_FORK)
        node = ptn_country_node(country, refused.origin);
    if (node == NULL)
        return PTN_OK;
    known = glance_place_find(glance, node->ledger.name);
    if (known != NULL)
        at = (size_t)(known - glance->places);
    else
        status = add_place(glance, node, &at);
    if (ptn_ok(status))
        glance->places[at].forks++;
    return status;
}

/* What everybody's entries say alike: when they were heard, and by which clock. */
static void take_time(struct glance_place *place, int64_t time_ms, int64_t now_ms)
{
    int64_t delay_ms = now_ms - time_ms;

    if (time_ms > place->heard_ms)
        place->heard_ms = time_ms;
    if (delay_ms > LIVE_MS)
        return; /* read long after: it says nothing of the clock */
    if (!place->delay_known || delay_ms < place->delay_ms)
        place->delay_ms = delay_ms;
    else
        place->delay_ms += (delay_ms - place->delay_ms) / 64; /* a clock set right is believed */
    place->delay_known = true;
}

bool ptn_glance_wants(const struct ptn_ledger_header *header, int64_t now_ms)
{
    switch (header->kind) {
    case PTN_RECORD_CROSSING:
        return header->time_ms > now_ms - (int64_t)GLANCE_HOURS * HOUR_MS;
    case PTN_RECORD_NOTE:
    case PTN_RECORD_REFUSED:
    case PTN_RECORD_RECEIPT:
    case PTN_RECORD_RUNG:
    case PTN_RECORD_NODE_STARTED:
    case PTN_RECORD_PACK:
    case PTN_RECORD_SHEET:
    case PTN_RECORD_SHEETS_TOLD:
    case PTN_RECORD_SHIFT:
    case PTN_RECORD_STAGE:
        return true;
    default:
        return false;
    }
}

static struct ptn_status take_payload(struct ptn_glance *glance, const struct ptn_country *country,
                                      size_t at, uint32_t kind, struct ptn_bytes payload,
                                      int64_t time_ms)
{
    struct glance_place *place = &glance->places[at];

    switch (kind) {
    case PTN_RECORD_NOTE:
        return glance_take_note(glance, country, payload, time_ms);
    case PTN_RECORD_REFUSED:
        return take_refused(glance, country, payload);
    case PTN_RECORD_RECEIPT:
        glance_take_receipt(place, payload);
        break;
    case PTN_RECORD_RUNG:
        take_moved(place, payload);
        break;
    case PTN_RECORD_NODE_STARTED:
        take_started(place, payload);
        break;
    case PTN_RECORD_STAGE:
        take_stage(place, payload);
        break;
    case PTN_RECORD_SHIFT:
        take_shift(place, payload);
        break;
    case PTN_RECORD_PACK:
    case PTN_RECORD_SHEET:
    case PTN_RECORD_SHEETS_TOLD:
        take_paper(place, (enum ptn_record_kind)kind, payload);
        break;
    default:
        break;
    }
    return PTN_OK;
}

static struct ptn_status take_entry(struct ptn_glance *glance, const struct ptn_country *country,
                                    size_t at, const struct ptn_ledger_header *header,
                                    const struct ptn_buffer *payload, int64_t now_ms)
{
    struct glance_place *place = &glance->places[at];

    take_time(place, header->time_ms, now_ms);
    if (header->kind == PTN_RECORD_DECISION)
        glance_add(place->looks, GLANCE_MINUTES, header->time_ms / MINUTE_MS);
    if (header->kind == PTN_RECORD_CALL)
        glance_add(place->tallies, GLANCE_MINUTES, header->time_ms / MINUTE_MS);
    if (header->kind == PTN_RECORD_CROSSING)
        take_crossing(place, header, payload);
    else if (header->kind == PTN_RECORD_LIST_LOADED && header->time_ms > place->lists_ms)
        place->lists_ms = header->time_ms;
    else if (payload != NULL)
        return take_payload(glance, country, at, header->kind, ptn_buffer_bytes(payload),
                            header->time_ms);
    return PTN_OK;
}

struct ptn_status ptn_glance_take(struct ptn_glance *glance, const struct ptn_country *country,
                                  struct ptn_bytes origin, const struct ptn_ledger_header *header,
                                  const struct ptn_buffer *payload, int64_t now_ms)
{
    size_t ledger;
    struct ptn_status status = ledger_of(glance, country, origin, &ledger);

    if (!ptn_ok(status))
        return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
    return take_entry(glance, country, glance->ledgers[ledger].place, header, payload, now_ms);
}

/* Read the payload of an entry that is wanted. False: it is still on its way, ask again. */
static bool open_wanted(struct ptn_glance *glance, struct glance_ledger *ledger,
                        struct ptn_copy *copy, const struct ptn_vault *vault,
                        struct ptn_ledger_header *header, int64_t now_ms)
{
    ptn_buffer_clear(&glance->payload);
    if (ptn_copy_read(copy, ledger->next, header, &glance->payload, NULL).code == PTN_C_NOT_FOUND) {
        if (ledger->waits_ms == 0)
            ledger->waits_ms = now_ms;
        if (now_ms - ledger->waits_ms < WAIT_MS)
            return false;
    }
    ledger->waits_ms = 0;
    ptn_buffer_clear(&glance->payload);
    (void)ptn_ok(ptn_copy_open_payload(copy, vault, ledger->next, header, &glance->payload, NULL));
    return true;
}

struct ptn_status ptn_glance_turn(struct ptn_glance *glance, const struct ptn_country *country,
                                  struct ptn_copy *copy, const struct ptn_vault *vault, size_t max,
                                  int64_t now_ms, size_t *ret_read, struct ptn_diag *reterr)
{
    struct ptn_bytes origin = ptn_bytes_from_text(ptn_copy_origin(copy));
    struct ptn_copy_standing standing;
    struct glance_ledger *ledger;
    size_t count = 0;
    size_t at;
    struct ptn_status status = ledger_of(glance, country, origin, &at);

    *ret_read = 0;
    if (!ptn_ok(status))
        return status.code == PTN_C_NOT_FOUND ? PTN_OK : status;
    ledger = &glance->ledgers[at];
    ptn_copy_standing(copy, &standing);
    for (; ptn_ok(status) && count < max && ledger->next < standing.size; count++) {
        struct ptn_ledger_header header;
        bool wanted;

        status = ptn_copy_read(copy, ledger->next, &header, NULL, reterr);
        wanted = ptn_ok(status) && header.has_payload && ptn_glance_wants(&header, now_ms);
        if (wanted && !open_wanted(glance, ledger, copy, vault, &header, now_ms))
            break;
        if (ptn_ok(status))
            status =
                take_entry(glance, country, ledger->place, &header,
                           wanted && glance->payload.len > 0 ? &glance->payload : NULL, now_ms);
        if (ptn_ok(status))
            ledger->next++;
    }
    if (glance->payload.at != NULL)
        explicit_bzero(glance->payload.at, glance->payload.capacity);
    *ret_read = count;
    return status;
}

size_t ptn_glance_gaps(const struct ptn_glance *glance, const struct ptn_country *country,
                       int64_t now_ms, struct ptn_paper_gap ret_gaps[PTN_PAPER_GAPS_MAX])
{
    const int32_t today = ptn_date_to_days(ptn_place_local_date(now_ms));
    struct ptn_paper_gap gaps[PTN_PAPER_GAPS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < glance->place_count; i++) {
        const struct glance_place *place = &glance->places[i];
        size_t more;

        if (place->days == NULL ||
            ptn_country_node(country, ptn_bytes_from_text(place->origin)) == NULL)
            continue;
        more = ptn_paper_days_gaps(place->days, today, gaps);
        for (size_t k = 0; k < more; k++)
            count = ptn_paper_gaps_add(ret_gaps, count, gaps[k]);
        if (place->heard_ms > 0 && now_ms - place->heard_ms > SILENT_MS)
            count = ptn_paper_gaps_add(
                ret_gaps, count,
                (struct ptn_paper_gap){ ptn_date_to_days(ptn_place_local_date(place->heard_ms)),
                                        today });
    }
    return count;
}
