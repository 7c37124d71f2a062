/* node/shift.c -- what a post knows of its shift, learnt from its own records as they are written.
 */
#include "node/shift.h"

#include <stdlib.h>

#include "node/glance_int.h"
#include "node/idle_int.h"
#include "node/node_int.h"
#include "node/paper.h"

#define SLICE_MS (10 * MINUTE_MS)
#define SLICES   6u
#define MINUTES  60u
#define TEN      10
#define DAY_MS   (24 * HOUR_MS)

struct lane {
    struct ptn_shift_lane lane;
    struct glance_slice slices[SLICES]; /* of ten minutes */
};

struct ptn_shift_memory {
    struct lane lanes[PTN_SHIFT_LANES_MAX]; /* by name */
    size_t lane_count;
    struct glance_slice minutes[MINUTES];
    struct glance_slice referrals[PTN_REFERRAL_COUNT][GLANCE_HOURS];
    int64_t counted_ms;             /* crossings are counted from here on; 0: none yet */
    struct ptn_shift_standing sums; /* what is handed out but lanes and the two sums of minutes */
};

struct ptn_shift_memory *ptn_shift_memory_new(void)
{
    return calloc(1, sizeof(struct ptn_shift_memory));
}

void ptn_shift_memory_free(struct ptn_shift_memory *shift)
{
    free(shift);
}

static void set_text(char *at, size_t size, struct ptn_bytes text)
{
    size_t len = text.len < size ? text.len : size - 1;

    if (len > 0)
        memcpy(at, text.at, len);
    at[len] = '\0';
}

/* The lane of that name, made when there is room; NULL: there is none. */
static struct lane *lane_of(struct ptn_shift_memory *shift, struct ptn_bytes name)
{
    size_t at = 0;

    if (name.len == 0 || name.len > PTN_LANE_NAME_MAX)
        return NULL;
    while (at < shift->lane_count &&
           ptn_bytes_compare(ptn_bytes_from_text(shift->lanes[at].lane.name), name) < 0)
        at++;
    if (at < shift->lane_count && ptn_bytes_is(name, shift->lanes[at].lane.name))
        return &shift->lanes[at];
    if (shift->lane_count == PTN_SHIFT_LANES_MAX)
        return NULL;
    memmove(&shift->lanes[at + 1], &shift->lanes[at],
            (shift->lane_count - at) * sizeof(shift->lanes[0]));
    memset(&shift->lanes[at], 0, sizeof(shift->lanes[0]));
    set_text(shift->lanes[at].lane.name, sizeof(shift->lanes[at].lane.name), name);
    shift->lane_count++;
    return &shift->lanes[at];
}

/* ---- learning ---- */

static void learn_override(struct ptn_shift_standing *sums, int64_t time_ms, struct ptn_bytes lane,
                           struct ptn_bytes officer, struct ptn_bytes supervisor)
{
    struct ptn_shift_override *override = &sums->overrides[0];

    memmove(&sums->overrides[1], &sums->overrides[0],
            (PTN_SHIFT_OVERRIDES_MAX - 1) * sizeof(sums->overrides[0]));
    if (sums->override_count < PTN_SHIFT_OVERRIDES_MAX)
        sums->override_count++;
    sums->overrides_made++;
    override->time_ms = time_ms;
    set_text(override->lane, sizeof(override->lane), lane);
    set_text(override->officer, sizeof(override->officer), officer);
    set_text(override->supervisor, sizeof(override->supervisor), supervisor);
}

/* SHIFT-1. */
void ptn_shift_learn_crossing(struct ptn_node *node, const struct ptn_crossing *crossing)
{
    struct ptn_shift_memory *shift = node->shift;
    struct ptn_shift_standing *sums = &shift->sums;
    struct lane *lane;

    if (ptn_bytes_is(crossing->lane, PTN_PAPER_LANE) ||
        crossing->time_ms < node->world->now_ms(node->world->context) - DAY_MS)
        return; /* a sheet, keyed now and crossed then; or no shift's any more */
    ptn_idle_settled(node->idle, crossing->lane, crossing->officer, crossing->time_ms);
    if (shift->counted_ms == 0 || crossing->time_ms < shift->counted_ms)
        shift->counted_ms = crossing->time_ms;
    lane = lane_of(shift, crossing->lane);
    if (lane != NULL) {
        glance_add(lane->slices, SLICES, crossing->time_ms / SLICE_MS);
        if (crossing->time_ms > lane->lane.active_ms)
            lane->lane.active_ms = crossing->time_ms;
    }
    glance_add(shift->minutes, MINUTES, crossing->time_ms / MINUTE_MS);
    if (crossing->outcome == PTN_OUTCOME_REFERRED)
        glance_add(shift->referrals[crossing->referral], GLANCE_HOURS, crossing->time_ms / HOUR_MS);
    if (crossing->time_ms < sums->handed_ms)
        return;
    sums->crossings++;
    if (crossing->outcome == PTN_OUTCOME_OVERRIDDEN)
        learn_override(sums, crossing->time_ms, crossing->lane, crossing->officer,
                       crossing->supervisor);
}

void ptn_shift_learn_vehicle(struct ptn_node *node, struct ptn_bytes payload)
{
    struct ptn_shift_standing *sums = &node->shift->sums;
    struct ptn_vehicle vehicle;

    if (!ptn_ok(ptn_vehicle_parse(payload, &vehicle, NULL)) ||
        vehicle.time_ms < node->world->now_ms(node->world->context) - DAY_MS)
        return;
    ptn_idle_settled(node->idle, vehicle.lane, vehicle.officer, vehicle.time_ms);
    if (vehicle.outcome == PTN_OUTCOME_OVERRIDDEN && vehicle.time_ms >= sums->handed_ms)
        learn_override(sums, vehicle.time_ms, vehicle.lane, vehicle.officer, vehicle.supervisor);
}

static void hand_over(struct ptn_shift_standing *sums, const struct ptn_shift_entry *entry)
{
    sums->crossings = 0;
    sums->overrides_made = 0;
    sums->override_count = 0;
    sums->handed_ms = entry->time_ms;
    set_text(sums->handed_by, sizeof(sums->handed_by), entry->officer);
    set_text(sums->handed_to, sizeof(sums->handed_to), entry->second);
    set_text(sums->words, sizeof(sums->words), entry->words);
    sums->handed_lists_h = entry->lists_age_h;
}

/* Under the lock, or before all others. */
static void learn(struct ptn_shift_memory *shift, const struct ptn_shift_entry *entry)
{
    struct ptn_shift_wait *wait = &shift->sums.waits[entry->direction];
    struct lane *lane;

    switch (entry->act) {
    case PTN_SHIFT_LANE_OPENED:
    case PTN_SHIFT_LANE_CLOSED:
        lane = lane_of(shift, entry->lane);
        if (lane == NULL)
            return;
        lane->lane.told = true;
        lane->lane.open = entry->act == PTN_SHIFT_LANE_OPENED;
        lane->lane.category = entry->category;
        lane->lane.since_ms = entry->time_ms;
        return;
    case PTN_SHIFT_HANDED_OVER:
        hand_over(&shift->sums, entry);
        return;
    case PTN_SHIFT_WAIT:
        *wait = (struct ptn_shift_wait){ true, (uint32_t)entry->minutes, entry->method,
                                         entry->time_ms };
        return;
    }
}

void ptn_shift_learn(struct ptn_node *node, struct ptn_bytes payload)
{
    struct ptn_shift_entry entry;

    if (ptn_ok(ptn_shift_entry_parse(payload, &entry, NULL)))
        learn(node->shift, &entry);
}

/* ---- how it stands ---- */

void ptn_shift_standing(struct ptn_node *node, struct ptn_shift_standing *ret_standing)
{
    const struct ptn_shift_memory *shift = node->shift;
    uint64_t sheets[PTN_SHEET_STATE_COUNT] = { 0 };
    int64_t now_ms = node->world->now_ms(node->world->context);
    int64_t minute = now_ms / MINUTE_MS;

    ptn_node_lock(node);
    *ret_standing = shift->sums;
    ret_standing->lane_count = shift->lane_count;
    for (size_t i = 0; i < shift->lane_count; i++) {
        ret_standing->lanes[i] = shift->lanes[i].lane;
        ret_standing->lanes[i].hour =
            glance_count(shift->lanes[i].slices, SLICES, now_ms / SLICE_MS - (int64_t)SLICES);
    }
    for (size_t i = 0; i < PTN_REFERRAL_COUNT; i++)
        ret_standing->referrals[i] = glance_count(shift->referrals[i], GLANCE_HOURS,
                                                  now_ms / HOUR_MS - (int64_t)GLANCE_HOURS);
    ret_standing->hour = glance_count(shift->minutes, MINUTES, minute - (int64_t)MINUTES);
    ret_standing->ten = glance_count(shift->minutes, MINUTES, minute - TEN);
    ret_standing->began_ms =
        shift->counted_ms > shift->sums.handed_ms ? shift->counted_ms : shift->sums.handed_ms;
    ret_standing->packs = ptn_paper_count(node->paper, sheets);
    ret_standing->looks = ptn_idle_looks(node->idle, now_ms);
    ret_standing->idle_count = ptn_idle_over(node->idle, now_ms, ret_standing->idle);
    ptn_node_unlock(node);
    for (size_t i = 0; i < PTN_SHEET_STATE_COUNT; i++)
        ret_standing->sheets += sheets[i];
    ret_standing->sheets_open =
        sheets[PTN_SHEET_MISSING] + sheets[PTN_SHEET_KEYED_ONCE] + sheets[PTN_SHEET_DIFFERS];
    for (size_t i = 0; i < PTN_DIRECTION_COUNT; i++)
        ret_standing->waits[i].known = ret_standing->waits[i].known &&
                                       now_ms - ret_standing->waits[i].time_ms < PTN_SHIFT_WAIT_MS;
}

/* ---- telling ---- */

static void tell_done(struct ptn_writer_request *request)
{
    struct ptn_shift_telling *telling = request->context;
    struct ptn_node *node = telling->node;

    if (ptn_ok(request->status)) {
        ptn_node_lock(node);
        learn(node->shift, &telling->entry);
        ptn_node_unlock(node);
    }
    telling->done(telling);
}

/* Whether there is room for a lane of that name. */
static bool has_room(struct ptn_node *node, struct ptn_bytes name)
{
    bool room;

    ptn_node_lock(node);
    room = node->shift->lane_count < PTN_SHIFT_LANES_MAX;
    for (size_t i = 0; i < node->shift->lane_count && !room; i++)
        room = ptn_bytes_is(name, node->shift->lanes[i].lane.name);
    ptn_node_unlock(node);
    return room;
}

static struct ptn_bytes keep(struct ptn_arena *arena, const char *text)
{
    return ptn_bytes_from_text(ptn_arena_text(arena, ptn_bytes_from_text(text)));
}

/* Of the oldest list, in whole hours; 0 without memory for asking. */
static uint64_t lists_age_h(struct ptn_node *node, struct ptn_arena *arena)
{
    struct ptn_node_standing standing = { .list_count = 0 };
    int64_t oldest_s = 0;

    if (!ptn_ok(ptn_node_standing(node, arena, &standing)))
        return 0;
    for (size_t i = 0; i < standing.list_count; i++)
        if (standing.lists[i].age_s > oldest_s)
            oldest_s = standing.lists[i].age_s;
    oldest_s /= 3600;
    return oldest_s > PTN_SHIFT_LISTS_AGE_MAX ? PTN_SHIFT_LISTS_AGE_MAX : (uint64_t)oldest_s;
}

struct ptn_status ptn_shift_tell(struct ptn_node *node, const struct ptn_lane_who *who,
                                 const struct ptn_officer *second, struct ptn_arena *arena,
                                 struct ptn_shift_telling *telling, struct ptn_diag *reterr)
{
    struct ptn_shift_entry *entry = &telling->entry;
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status;

    PTN_PRE(telling->done != NULL);
    telling->node = node;
    node->world->random(node->world->context, entry->id.at, sizeof(entry->id.at));
    entry->time_ms = node->world->now_ms(node->world->context);
    entry->lists_age_h = entry->act == PTN_SHIFT_HANDED_OVER ? lists_age_h(node, arena) : 0;
    entry->post = ptn_bytes_from_text(node->plan.code);
    entry->officer = keep(arena, who->officer->user);
    entry->second = second == NULL ? PTN_BYTES_NONE : keep(arena, second->user);
    if (entry->lane.len > 0 && (!ptn_lane_is_name(entry->lane) || !has_room(node, entry->lane)))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "lane");
    status = ptn_shift_entry_validate(entry, reterr);
    telling->write = (struct ptn_writer_request){ .done = tell_done, .context = telling };
    if (ptn_ok(status))
        status = ptn_node_put(&telling->write, PTN_RECORD_SHIFT, ptn_shift_entry_write(entry, &out),
                              &out, arena);
    if (ptn_ok(status))
        ptn_writer_submit(node, &telling->write);
    return status;
}
