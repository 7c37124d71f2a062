/* node/idle.c -- who asks about many and settles few (ACCESS-2). */
#include "node/idle_int.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/glance_int.h"
#include "node/node_int.h"

#define SLICE_MS INT64_C(300000)
#define SLICES   12u /* an hour */
#define SEEN     64u
#define WHO_MAX  128u /* lanes and officers; of more, whoever was quiet for longest makes room */

struct who {
    char name[PTN_STAFF_USER_MAX + 1]; /* empty: nobody */
    bool officer;
    int64_t asked_ms, active_ms;
    struct glance_slice asked[SLICES], settled[SLICES];
    uint64_t seen[SEEN]; /* a ring */
    size_t seen_count;   /* ever */
};

static_assert(PTN_IDLE_FREE > PTN_TRIP_SEATS_MAX, "a full coach is no list");

struct ptn_idle {
    struct who all[WHO_MAX];
    struct glance_slice looks[SLICES];
};

struct ptn_idle *ptn_idle_new(void)
{
    return calloc(1, sizeof(struct ptn_idle));
}

void ptn_idle_free(struct ptn_idle *idle)
{
    free(idle);
}

uint64_t ptn_idle_mark(const struct ptn_person *person, struct ptn_bytes plate)
{
    char birth[PTN_DATE_TEXT_SIZE];
    uint8_t digest[PTN_SHA256_LEN] = { 0 };
    const struct ptn_bytes parts[] = {
        person->surname,
        PTN_BYTES_LITERAL("|"),
        person->given,
        PTN_BYTES_LITERAL("|"),
        person->name,
        PTN_BYTES_LITERAL("|"),
        ptn_bytes_from_text(ptn_date_write(person->birth, birth)),
        PTN_BYTES_LITERAL("|"),
        person->document.number,
        PTN_BYTES_LITERAL("|"),
        plate,
    };
    uint64_t mark;

    (void)ptn_ok(ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), digest));
    memcpy(&mark, digest, sizeof(mark)); /* any bytes of a digest will do */
    return mark;
}

static bool is_who(const struct who *who, struct ptn_bytes name, bool officer)
{
    return who->officer == officer && ptn_bytes_is(name, who->name);
}

/* Nobody of that name is known: NULL. */
static const struct who *find(const struct ptn_idle *idle, struct ptn_bytes name, bool officer)
{
    for (size_t i = 0; i < WHO_MAX && name.len > 0; i++)
        if (is_who(&idle->all[i], name, officer))
            return &idle->all[i];
    return NULL;
}

/* The one of that name, made where it is not known; NULL: no name that counts. */
static struct who *meet(struct ptn_idle *idle, struct ptn_bytes name, bool officer, int64_t time_ms)
{
    struct who *quietest = &idle->all[0];

    if (name.len == 0 || name.len > PTN_STAFF_USER_MAX)
        return NULL;
    for (size_t i = 0; i < WHO_MAX; i++) {
        if (is_who(&idle->all[i], name, officer)) {
            quietest = &idle->all[i];
            break;
        }
        if (idle->all[i].active_ms < quietest->active_ms)
            quietest = &idle->all[i];
    }
    if (!is_who(quietest, name, officer)) {
        memset(quietest, 0, sizeof(*quietest));
        memcpy(quietest->name, name.at, name.len);
        quietest->officer = officer;
    }
    if (time_ms > quietest->active_ms)
        quietest->active_ms = time_ms;
    return quietest;
}

static bool was_seen(const struct who *who, uint64_t mark)
{
    for (size_t i = 0; i < SEEN && i < who->seen_count; i++)
        if (who->seen[i] == mark)
            return true;
    return false;
}

/* True when it counts as another. */
static bool look(struct who *who, uint64_t mark, int64_t time_ms)
{
    if (who == NULL)
        return false;
    if (time_ms > who->asked_ms)
        who->asked_ms = time_ms;
    if (was_seen(who, mark))
        return false;
    who->seen[who->seen_count++ % SEEN] = mark;
    glance_add(who->asked, SLICES, time_ms / SLICE_MS);
    return true;
}

void ptn_idle_looked(struct ptn_idle *idle, struct ptn_bytes lane, struct ptn_bytes officer,
                     uint64_t mark, int64_t time_ms)
{
    (void)look(meet(idle, officer, true, time_ms), mark, time_ms);
    if (look(meet(idle, lane, false, time_ms), mark, time_ms))
        glance_add(idle->looks, SLICES, time_ms / SLICE_MS);
}

void ptn_idle_settled(struct ptn_idle *idle, struct ptn_bytes lane, struct ptn_bytes officer,
                      int64_t time_ms)
{
    struct who *who = meet(idle, lane, false, time_ms);

    if (who != NULL)
        glance_add(who->settled, SLICES, time_ms / SLICE_MS);
    who = meet(idle, officer, true, time_ms);
    if (who != NULL)
        glance_add(who->settled, SLICES, time_ms / SLICE_MS);
}

static uint32_t hour_of(const struct glance_slice *slices, int64_t now_ms)
{
    return glance_count(slices, SLICES, now_ms / SLICE_MS - (int64_t)SLICES);
}

static bool is_over(const struct who *who, int64_t now_ms)
{
    uint32_t asked = hour_of(who->asked, now_ms);
    uint32_t settled = hour_of(who->settled, now_ms);

    return glance_is_idle(asked, settled, PTN_IDLE_FREE, PTN_IDLE_TIMES);
}

/* A clock that was set back makes nobody wait. */
static bool waits(const struct who *who, int64_t now_ms)
{
    return who != NULL && now_ms >= who->asked_ms && now_ms - who->asked_ms < PTN_LANE_SLOWED_MS &&
           is_over(who, now_ms);
}

bool ptn_idle_may(const struct ptn_idle *idle, struct ptn_bytes lane, struct ptn_bytes officer,
                  int64_t now_ms)
{
    return !waits(find(idle, lane, false), now_ms) && !waits(find(idle, officer, true), now_ms);
}

size_t ptn_idle_over(const struct ptn_idle *idle, int64_t now_ms,
                     struct ptn_shift_idle ret_over[PTN_SHIFT_IDLE_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < WHO_MAX; i++) {
        const struct who *who = &idle->all[i];

        if (who->name[0] == '\0' || !is_over(who, now_ms))
            continue;
        if (count < PTN_SHIFT_IDLE_MAX) {
            ret_over[count] = (struct ptn_shift_idle){ .officer = who->officer,
                                                       .asked = hour_of(who->asked, now_ms),
                                                       .settled = hour_of(who->settled, now_ms) };
            memcpy(ret_over[count].name, who->name, sizeof(ret_over[count].name));
        }
        count++;
    }
    return count;
}

uint32_t ptn_idle_looks(const struct ptn_idle *idle, int64_t now_ms)
{
    return hour_of(idle->looks, now_ms);
}

bool ptn_node_may_look(struct ptn_node *node, const struct ptn_lane_who *who)
{
    int64_t now_ms = node->world->now_ms(node->world->context);
    bool may;

    ptn_node_lock(node);
    may = ptn_idle_may(node->idle, ptn_bytes_from_text(who->lane),
                       ptn_bytes_from_text(who->officer->user), now_ms);
    ptn_node_unlock(node);
    return may;
}

void ptn_node_looked(struct ptn_node *node, const struct ptn_lane_who *who,
                     const struct ptn_person *person, struct ptn_bytes plate)
{
    const uint64_t mark = ptn_idle_mark(person, plate);
    int64_t now_ms = node->world->now_ms(node->world->context);

    ptn_node_lock(node);
    ptn_idle_looked(node->idle, ptn_bytes_from_text(who->lane),
                    ptn_bytes_from_text(who->officer->user), mark, now_ms);
    ptn_node_unlock(node);
}
