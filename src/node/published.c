/* node/published.c -- see published.h. */
#include "node/published_int.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)8 << 20)
#define ENTRY_LEN (PTN_RECORD_ID_TEXT_SIZE + 9u)

struct ptn_published *ptn_published_new(const struct ptn_world *world)
{
    struct ptn_published *published = calloc(1, sizeof(*published));

    if (published == NULL)
        return NULL;
    published->world = world;
    published->arena = ptn_arena_new(ARENA_MAX);
    published->changed = true;
    published->rows = ptn_rows_new();
    published->rules = ptn_published_rules_new();
    published->permits = ptn_published_permits_new();
    published->stays = ptn_published_stays_new();
    ptn_buffer_init(&published->payload, PTN_PAYLOAD_LEN_MAX);
    if (published->arena != NULL && published->rows != NULL && published->rules != NULL &&
        published->permits != NULL && published->stays != NULL)
        return published;
    ptn_published_free(published);
    return NULL;
}

static void release_set(struct ptn_published_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        explicit_bzero(set->at[i].payload, set->at[i].len);
        free(set->at[i].payload);
    }
    for (size_t i = 0; i < set->chunk_count; i++)
        ptn_overlay_chunk_leave_off(set->chunks[i]);
    free(set->at);
    free(set->chunks);
    free(set->dirty);
}

void ptn_published_free(struct ptn_published *published)
{
    if (published == NULL)
        return;
    release_set(&published->alerts);
    release_set(&published->leaves);
    free(published->confirmed);
    ptn_rows_base_free(published->based);
    ptn_rows_free(published->rows);
    ptn_published_rules_free(published->rules);
    ptn_published_permits_free(published->permits);
    ptn_published_stays_free(published->stays);
    ptn_overlay_rows_leave_off(published->lists);
    ptn_arena_free(published->arena);
    if (published->payload.at != NULL)
        explicit_bzero(published->payload.at, published->payload.capacity);
    ptn_buffer_release(&published->payload);
    free(published);
}

const char *ptn_published_fate_word(enum ptn_published_fate fate)
{
    switch (fate) {
    case PTN_PUBLISHED_IN_FORCE:
        return "in-force";
    case PTN_PUBLISHED_NOT_YET:
        return "not-yet";
    case PTN_PUBLISHED_WAITING:
        return "waiting";
    case PTN_PUBLISHED_DOUBTED:
        return "removal-not-confirmed";
    case PTN_PUBLISHED_EXPIRED:
        return "expired";
    case PTN_PUBLISHED_REPLACED:
        return "replaced";
    case PTN_PUBLISHED_REMOVED:
        break;
    }
    return "removed";
}

/* ---- records ---- */

struct ptn_status ptn_published_alert_of(const struct ptn_published_record *record,
                                         struct ptn_arena *arena, struct ptn_alert *ret_alert)
{
    return ptn_alert_parse(ptn_bytes_of(record->payload, record->len), arena, ret_alert, NULL);
}

struct ptn_status ptn_published_leave_of(const struct ptn_published_record *record,
                                         struct ptn_arena *arena, struct ptn_leave *ret_leave)
{
    return ptn_leave_parse(ptn_bytes_of(record->payload, record->len), arena, ret_leave, NULL);
}

static bool same_people(const struct ptn_alert *a, const struct ptn_alert *b)
{
    struct ptn_buffer one = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_buffer other = { .len_max = PTN_RECORD_LEN_MAX };
    bool same = a->identity_count == b->identity_count && ptn_bytes_equal(a->plate, b->plate);

    for (size_t i = 0; same && i < a->identity_count; i++)
        same = ptn_ok(ptn_person_write(&a->identities[i], &one)) &&
               ptn_ok(ptn_person_write(&b->identities[i], &other));
    same = same && ptn_bytes_equal(ptn_buffer_bytes(&one), ptn_buffer_bytes(&other));
    ptn_buffer_release(&one);
    ptn_buffer_release(&other);
    return same;
}

/* Whether newer says all that older does, for as long: then nobody loses a reason when older goes.
 */
static bool says_all(const struct ptn_alert *newer, const struct ptn_alert *older)
{
    return newer->act == PTN_ALERT_ENTERED && newer->action == older->action &&
           ptn_date_compare(newer->until, older->until) >= 0 &&
           (ptn_date_is_none(newer->from) ||
            (!ptn_date_is_none(older->from) && ptn_date_compare(newer->from, older->from) <= 0)) &&
           same_people(newer, older);
}

static void touch(struct ptn_published *published, struct ptn_published_set *set, size_t index)
{
    size_t chunk = set == &published->alerts ? index / PTN_OVERLAY_CHUNK : index;

    set->dirty[chunk] = true;
    published->changed = true;
}

/* All records of one id are looked at anew. */
static void touch_id(struct ptn_published *published, struct ptn_published_set *set,
                     struct ptn_record_id id)
{
    for (size_t i = 0; i < set->count; i++)
        if (ptn_record_id_equal(set->at[i].id, id))
            touch(published, set, i);
}

/* Of two versions one of which says all of the other, the later one stays (of equals, the one whose
 * name is smaller): the same whichever came first. */
static void compare_versions(struct ptn_published *published, size_t index,
                             const struct ptn_alert *alert)
{
    struct ptn_published_set *set = &published->alerts;
    struct ptn_published_record *record = &set->at[index];
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);

    for (size_t i = 0; arena != NULL && i < index; i++) {
        struct ptn_published_record *other = &set->at[i];
        struct ptn_alert before;
        bool later;

        ptn_arena_clear(arena);
        if (!ptn_record_id_equal(other->id, record->id) || other->act == PTN_ALERT_END ||
            !ptn_ok(ptn_published_alert_of(other, arena, &before)))
            continue;
        later = record->time_ms != other->time_ms
                    ? record->time_ms > other->time_ms
                    : memcmp(record->name.at, other->name.at, PTN_HASH_LEN) < 0;
        if (says_all(alert, &before) && (later || !says_all(&before, alert)))
            other->replaced = true;
        else if (alert->act != PTN_ALERT_END && says_all(&before, alert))
            record->replaced = true;
    }
    ptn_arena_free(arena);
}

/* Room for one more record, and for its chunk. */
static struct ptn_status make_room(struct ptn_published_set *set, size_t chunks)
{
    if (set->count == set->room) {
        size_t room = set->room == 0 ? 64 : 2 * set->room;
        struct ptn_published_record *more = realloc(set->at, room * sizeof(*more));

        if (more == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        set->at = more;
        set->room = room;
    }
    if (chunks > set->chunk_room) {
        size_t room = set->chunk_room == 0 ? 16 : 2 * set->chunk_room;
        struct ptn_overlay_chunk **more = realloc(set->chunks, room * sizeof(void *));
        bool *dirty;

        if (more == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        set->chunks = more;
        dirty = realloc(set->dirty, room * sizeof(*dirty));
        if (dirty == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        set->dirty = dirty;
        set->chunk_room = room;
    }
    while (set->chunk_count < chunks) {
        set->chunks[set->chunk_count] = NULL;
        set->dirty[set->chunk_count++] = false;
    }
    return PTN_OK;
}

static struct ptn_status keep(struct ptn_published *published, struct ptn_published_set *set,
                              struct ptn_published_record *record, struct ptn_bytes payload,
                              size_t max)
{
    size_t chunks = set == &published->alerts ? set->count / PTN_OVERLAY_CHUNK + 1 : set->count + 1;
    struct ptn_status status;

    if (set->count == max) {
        published->left_out++;
        return (struct ptn_status){ PTN_C_TOO_BIG };
    }
    status = make_room(set, chunks);
    if (ptn_ok(status)) {
        record->payload = malloc(payload.len + 1);
        status.code = record->payload == NULL ? PTN_C_NO_MEMORY : PTN_C_OK;
    }
    if (!ptn_ok(status))
        return status;
    if (payload.len > 0)
        memcpy(record->payload, payload.at, payload.len);
    record->len = payload.len;
    set->at[set->count++] = *record;
    if (record->time_ms > published->newest_ms)
        published->newest_ms = record->time_ms;
    touch_id(published, set, record->id);
    return PTN_OK;
}

static bool is_known(const struct ptn_published_set *set, const struct ptn_hash *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (ptn_hash_equal(&set->at[i].name, name))
            return true;
    return false;
}

static struct ptn_status add_alert(struct ptn_published *published, struct ptn_bytes payload,
                                   struct ptn_published_record *record, struct ptn_diag *reterr)
{
    struct ptn_alert alert;
    struct ptn_status status = ptn_alert_parse(payload, published->arena, &alert, reterr);

    if (!ptn_ok(status))
        return status;
    record->id = alert.id;
    record->time_ms = alert.time_ms;
    record->act = alert.act;
    record->from = alert.from;
    record->until = alert.until;
    status = keep(published, &published->alerts, record, payload, PTN_PUBLISHED_MAX);
    if (ptn_ok(status))
        compare_versions(published, published->alerts.count - 1, &alert);
    return status;
}

static struct ptn_status add_leave(struct ptn_published *published, struct ptn_bytes payload,
                                   struct ptn_published_record *record, struct ptn_diag *reterr)
{
    struct ptn_leave leave;
    struct ptn_status status = ptn_leave_parse(payload, published->arena, &leave, reterr);

    if (!ptn_ok(status))
        return status;
    record->id = leave.id;
    record->time_ms = leave.time_ms;
    record->act = leave.act;
    record->deadline_ms = leave.deadline_ms;
    return keep(published, &published->leaves, record, payload, PTN_PUBLISHED_LEAVES_MAX);
}

struct ptn_status ptn_published_add(struct ptn_published *published, enum ptn_record_kind kind,
                                    struct ptn_bytes payload, bool *ret_new,
                                    struct ptn_diag *reterr)
{
    struct ptn_published_record record = { .act = 0 };
    struct ptn_status status;

    *ret_new = false;
    if (kind != PTN_RECORD_ALERT && kind != PTN_RECORD_LEAVE && kind != PTN_RECORD_RULES)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "no alert, order to leave or rules");
    ptn_arena_clear(published->arena);
    status = ptn_sha256(&payload, 1, record.name.at);
    if (!ptn_ok(status))
        return status;
    if (kind == PTN_RECORD_RULES)
        return ptn_published_add_rules(published, payload, &record.name, ret_new, reterr);
    if (is_known(kind == PTN_RECORD_ALERT ? &published->alerts : &published->leaves, &record.name))
        return PTN_OK;
    status = kind == PTN_RECORD_ALERT ? add_alert(published, payload, &record, reterr)
                                      : add_leave(published, payload, &record, reterr);
    *ret_new = ptn_ok(status);
    return status;
}

struct ptn_status ptn_published_add_own(struct ptn_published *published, struct ptn_bytes payload)
{
    struct ptn_published_set *set = &published->alerts;
    struct ptn_hash name;
    bool new = false;
    struct ptn_status status = ptn_published_add(published, PTN_RECORD_ALERT, payload, &new, NULL);

    if (ptn_ok(status))
        status = ptn_sha256(&payload, 1, name.at);
    for (size_t i = 0; ptn_ok(status) && i < set->count; i++)
        if (ptn_hash_equal(&set->at[i].name, &name))
            set->at[i].own = true;
    return status;
}

/* ---- what takes away ---- */

bool ptn_published_is_confirmed(const struct ptn_published *published, const struct ptn_hash *name)
{
    for (size_t i = 0; i < published->confirmed_count; i++)
        if (ptn_hash_equal(&published->confirmed[i], name))
            return true;
    return false;
}

struct ptn_status ptn_published_confirm(struct ptn_published *published,
                                        const struct ptn_hash *name)
{
    struct ptn_published_set *sets[] = { &published->alerts, &published->leaves };
    struct ptn_row_name record;
    struct ptn_status status;

    memcpy(record.at, name->at, sizeof(record.at));
    status = ptn_rows_confirm(published->rows, &record);
    if (!ptn_ok(status) || ptn_published_is_confirmed(published, name))
        return status;
    if (published->confirmed_count == PTN_PUBLISHED_CONFIRMED)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    if (published->confirmed == NULL)
        published->confirmed = calloc(PTN_PUBLISHED_CONFIRMED, sizeof(*published->confirmed));
    if (published->confirmed == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    published->confirmed[published->confirmed_count++] = *name;
    ptn_published_rules_touch(published->rules);
    ptn_published_permits_touch(published->permits, name);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sets[k]->count; i++)
            if (ptn_hash_equal(&sets[k]->at[i].name, name))
                touch_id(published, sets[k], sets[k]->at[i].id);
    return PTN_OK;
}

/* Whether a record that came no earlier than this one speaks of the same alert and, when confirmed
 * is asked for, a note names it. */
static bool is_followed(const struct ptn_published *published,
                        const struct ptn_published_record *record, bool confirmed)
{
    const struct ptn_published_set *set = &published->alerts;

    for (size_t i = 0; i < set->count; i++) {
        const struct ptn_published_record *other = &set->at[i];

        if (other == record || other->time_ms < record->time_ms ||
            other->act == PTN_ALERT_WAITING || !ptn_record_id_equal(other->id, record->id))
            continue;
        if (!confirmed || ptn_published_is_confirmed(published, &other->name))
            return true;
    }
    return false;
}

enum ptn_published_fate ptn_published_fate_of(const struct ptn_published *published,
                                              const struct ptn_published_record *record,
                                              struct ptn_date today)
{
    if (is_followed(published, record, true))
        return PTN_PUBLISHED_REMOVED;
    if (record->replaced)
        return PTN_PUBLISHED_REPLACED;
    if (record->act == PTN_ALERT_WAITING)
        return PTN_PUBLISHED_WAITING;
    if (ptn_date_compare(record->until, today) < 0)
        return PTN_PUBLISHED_EXPIRED;
    if (!ptn_date_is_none(record->from) && ptn_date_compare(record->from, today) > 0)
        return PTN_PUBLISHED_NOT_YET;
    return is_followed(published, record, false) ? PTN_PUBLISHED_DOUBTED : PTN_PUBLISHED_IN_FORCE;
}

int64_t ptn_published_deadline(const struct ptn_published *published,
                               const struct ptn_published_record *order, bool *ret_annulled)
{
    const struct ptn_published_set *set = &published->leaves;
    int64_t deadline_ms = order->deadline_ms;
    int64_t since_ms = order->time_ms;

    *ret_annulled = false;
    for (size_t i = 0; i < set->count; i++) { /* what notes name counts as it says */
        const struct ptn_published_record *other = &set->at[i];

        if (!ptn_record_id_equal(other->id, order->id) || other->time_ms < since_ms ||
            !ptn_published_is_confirmed(published, &other->name))
            continue;
        if (other->act == PTN_LEAVE_ANNULLED)
            *ret_annulled = true;
        if (other->act == PTN_LEAVE_EXTENDED) {
            deadline_ms = other->deadline_ms;
            since_ms = other->time_ms;
        }
    }
    for (size_t i = 0; i < set->count; i++) { /* what none names can only be earlier */
        const struct ptn_published_record *other = &set->at[i];

        if (ptn_record_id_equal(other->id, order->id) && other->act == PTN_LEAVE_EXTENDED &&
            other->time_ms >= since_ms && other->deadline_ms < deadline_ms)
            deadline_ms = other->deadline_ms;
    }
    return deadline_ms;
}

/* ---- for lanes ---- */

static bool is_shown(enum ptn_published_fate fate)
{
    return fate == PTN_PUBLISHED_IN_FORCE || fate == PTN_PUBLISHED_DOUBTED;
}

/* The id of a version as a list's entry: the alert's, and the beginning of the record's name. */
static void entry_write(const struct ptn_published_record *record, char text[ENTRY_LEN + 1])
{
    char id[PTN_RECORD_ID_TEXT_SIZE];

    (void)snprintf(text, ENTRY_LEN + 1, "%s.%02x%02x%02x%02x", ptn_record_id_write(record->id, id),
                   record->name.at[0], record->name.at[1], record->name.at[2], record->name.at[3]);
}

static struct ptn_status build_alerts(struct ptn_published *published, size_t chunk)
{
    struct ptn_published_set *set = &published->alerts;
    struct ptn_alert alerts[PTN_OVERLAY_CHUNK];
    struct ptn_overlay_alert shown[PTN_OVERLAY_CHUNK];
    char ids[PTN_OVERLAY_CHUNK][ENTRY_LEN + 1];
    struct ptn_overlay_chunk *made = NULL;
    size_t count = 0;
    struct ptn_status status = PTN_OK;

    ptn_arena_clear(published->arena);
    for (size_t i = chunk * PTN_OVERLAY_CHUNK;
         ptn_ok(status) && i < set->count && i < (chunk + 1) * PTN_OVERLAY_CHUNK; i++) {
        struct ptn_published_record *record = &set->at[i];

        record->shown = record->act == PTN_ALERT_ENTERED &&
                        is_shown(ptn_published_fate_of(published, record, published->today));
        if (!record->shown)
            continue;
        status = ptn_published_alert_of(record, published->arena, &alerts[count]);
        entry_write(record, ids[count]);
        shown[count] = (struct ptn_overlay_alert){ &alerts[count], ids[count] };
        count++;
    }
    if (ptn_ok(status))
        status = ptn_overlay_chunk_alerts(published->world, shown, count, &made);
    if (!ptn_ok(status))
        return status;
    ptn_overlay_chunk_leave_off(set->chunks[chunk]);
    set->chunks[chunk] = made;
    set->dirty[chunk] = false;
    return PTN_OK;
}

static struct ptn_status build_leave(struct ptn_published *published, size_t index)
{
    struct ptn_published_set *set = &published->leaves;
    struct ptn_published_record *record = &set->at[index];
    struct ptn_overlay_chunk *made = NULL;
    struct ptn_leave leave;
    struct ptn_overlay_leave shown = { &leave, 0 };
    bool annulled = false;
    struct ptn_status status = PTN_OK;

    ptn_arena_clear(published->arena);
    shown.deadline_ms = ptn_published_deadline(published, record, &annulled);
    record->shown = record->act == PTN_LEAVE_ORDERED && !annulled;
    if (record->shown) {
        status = ptn_published_leave_of(record, published->arena, &leave);
        if (ptn_ok(status))
            status = ptn_overlay_chunk_leave(published->world, &shown, &made);
    }
    if (!ptn_ok(status))
        return status;
    ptn_overlay_chunk_leave_off(set->chunks[index]);
    set->chunks[index] = made;
    set->dirty[index] = false;
    return PTN_OK;
}

/* A day has begun: some alerts are new, some are over. */
static void turn_day(struct ptn_published *published, struct ptn_date today)
{
    struct ptn_published_set *set = &published->alerts;

    published->today = today;
    for (size_t i = 0; i < set->count; i++) {
        const struct ptn_published_record *record = &set->at[i];

        if (record->act == PTN_ALERT_ENTERED &&
            record->shown != is_shown(ptn_published_fate_of(published, record, today)))
            touch(published, set, i);
    }
}

static struct ptn_status gather_chunks(struct ptn_published *published,
                                       struct ptn_overlay **ret_overlay)
{
    const struct ptn_published_set *alerts = &published->alerts;
    const struct ptn_published_set *leaves = &published->leaves;
    size_t count = alerts->chunk_count + leaves->chunk_count;
    struct ptn_overlay_chunk **chunks = calloc(count + 1, sizeof(struct ptn_overlay_chunk *));
    size_t shown = 0;

    if (chunks == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < alerts->chunk_count; i++)
        chunks[i] = alerts->chunks[i];
    for (size_t i = 0; i < leaves->chunk_count; i++)
        chunks[alerts->chunk_count + i] = leaves->chunks[i];
    for (size_t i = 0; i < alerts->count; i++)
        shown += alerts->at[i].shown ? 1 : 0;
    *ret_overlay = ptn_overlay_new(chunks, count, published->newest_ms, shown);
    free(chunks);
    if (*ret_overlay != NULL)
        ptn_overlay_put_rows(*ret_overlay, published->lists);
    return (struct ptn_status){ *ret_overlay == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
}

/* POST-9: what has changed in memory since it was made is made again of the records. */
static void touch_damaged(struct ptn_published *published, struct ptn_published_set *set)
{
    for (size_t i = 0; i < set->chunk_count; i++)
        if (ptn_overlay_chunk_is_damaged(set->chunks[i])) {
            set->dirty[i] = true;
            published->changed = true;
        }
}

struct ptn_status ptn_published_overlay(struct ptn_published *published, struct ptn_date today,
                                        struct ptn_overlay **ret_overlay)
{
    struct ptn_status status = PTN_OK;

    *ret_overlay = NULL;
    if (!ptn_date_equal(today, published->today))
        turn_day(published, today);
    touch_damaged(published, &published->alerts);
    touch_damaged(published, &published->leaves);
    if (!published->changed)
        return PTN_OK;
    for (size_t i = 0; ptn_ok(status) && i < published->alerts.chunk_count; i++)
        if (published->alerts.dirty[i])
            status = build_alerts(published, i);
    for (size_t i = 0; ptn_ok(status) && i < published->leaves.chunk_count; i++)
        if (published->leaves.dirty[i])
            status = build_leave(published, i);
    if (ptn_ok(status))
        status = gather_chunks(published, ret_overlay);
    if (ptn_ok(status))
        published->changed = false;
    return status;
}

/* ---- for people ---- */

/* The end of that alert that no note names, if there is one. */
static void find_end(const struct ptn_published *published,
                     const struct ptn_published_record *record, struct ptn_arena *arena,
                     struct ptn_published_alert *out)
{
    const struct ptn_published_set *set = &published->alerts;

    for (size_t i = 0; i < set->count && !out->end_asked; i++) {
        struct ptn_alert end;

        if (set->at[i].act != PTN_ALERT_END || set->at[i].time_ms < record->time_ms ||
            !ptn_record_id_equal(set->at[i].id, record->id) ||
            !ptn_ok(ptn_published_alert_of(&set->at[i], arena, &end)))
            continue;
        out->end_asked = true;
        out->end_name = set->at[i].name;
        out->end_reason = end.reason;
        out->end_officer = end.officer;
    }
}

static bool tell(struct ptn_published *published, const struct ptn_published_record *record,
                 struct ptn_date today, struct ptn_published_alert *out)
{
    *out = (struct ptn_published_alert){ .name = record->name };
    ptn_arena_clear(published->arena);
    if (!ptn_ok(ptn_published_alert_of(record, published->arena, &out->alert)))
        return false;
    out->fate = ptn_published_fate_of(published, record, today);
    find_end(published, record, published->arena, out);
    return true;
}

void ptn_published_alerts(struct ptn_published *published, struct ptn_date today,
                          ptn_published_alert_fn take, void *context)
{
    const struct ptn_published_set *set = &published->alerts;
    bool more = true;

    for (size_t i = set->count; more && i > 0; i--) {
        struct ptn_published_alert one;

        if (set->at[i - 1].act != PTN_ALERT_END && tell(published, &set->at[i - 1], today, &one))
            more = take(context, &one);
    }
}

struct ptn_status ptn_published_alert(struct ptn_published *published, struct ptn_record_id id,
                                      struct ptn_date today, struct ptn_published_alert *ret_alert)
{
    const struct ptn_published_set *set = &published->alerts;
    const struct ptn_published_record *newest = NULL;

    for (size_t i = 0; i < set->count; i++)
        if (set->at[i].act != PTN_ALERT_END && ptn_record_id_equal(set->at[i].id, id) &&
            (newest == NULL || set->at[i].time_ms >= newest->time_ms))
            newest = &set->at[i];
    if (newest == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    return tell(published, newest, today, ret_alert) ? PTN_OK
                                                     : (struct ptn_status){ PTN_C_NO_MEMORY };
}

static void find_changes(struct ptn_published *published, const struct ptn_published_record *order,
                         struct ptn_published_order *out)
{
    const struct ptn_published_set *set = &published->leaves;

    for (size_t i = 0; i < set->count && out->change_count < PTN_PUBLISHED_CHANGES_MAX; i++) {
        const struct ptn_published_record *record = &set->at[i];
        struct ptn_published_change *change = &out->changes[out->change_count];

        if (record->act == PTN_LEAVE_ORDERED || !ptn_record_id_equal(record->id, order->id) ||
            !ptn_ok(ptn_published_leave_of(record, published->arena, &change->leave)))
            continue;
        change->name = record->name;
        change->in_force =
            record->act == PTN_LEAVE_PAPER ||
            ptn_published_is_confirmed(published, &record->name) ||
            (record->act == PTN_LEAVE_EXTENDED && record->deadline_ms <= out->deadline_ms);
        out->change_count++;
    }
}

void ptn_published_orders(struct ptn_published *published, ptn_published_order_fn take,
                          void *context)
{
    const struct ptn_published_set *set = &published->leaves;
    struct ptn_published_order *one = calloc(1, sizeof(*one));
    bool more = one != NULL;

    for (size_t i = set->count; more && i > 0; i--) {
        const struct ptn_published_record *record = &set->at[i - 1];

        *one = (struct ptn_published_order){ .name = record->name };
        ptn_arena_clear(published->arena);
        if (record->act != PTN_LEAVE_ORDERED ||
            !ptn_ok(ptn_published_leave_of(record, published->arena, &one->leave)))
            continue;
        one->deadline_ms = ptn_published_deadline(published, record, &one->annulled);
        find_changes(published, record, one);
        more = take(context, one);
    }
    free(one);
}

void ptn_published_standing(const struct ptn_published *published,
                            struct ptn_published_standing *ret_standing)
{
    struct ptn_published_standing standing = {
        .records = published->alerts.count + published->leaves.count,
        .left_out = published->left_out,
        .voided = published->voided,
        .unread = published->unread,
        .newest_ms = published->newest_ms,
    };

    for (size_t i = 0; i < published->alerts.count; i++)
        standing.doubted +=
            published->alerts.at[i].act == PTN_ALERT_END &&
                    !ptn_published_is_confirmed(published, &published->alerts.at[i].name)
                ? 1
                : 0;
    *ret_standing = standing;
}
