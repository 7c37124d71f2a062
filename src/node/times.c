/*
 * node/times.c -- when entries of followed ledgers were written, by keepers' clocks. The writer's
 * own clock is in no part of it. docs/format/times.md.
 */
#include "node/country.h"

#include <stdio.h>
#include <stdlib.h>

#include "mirror/wire.h"

#define MARKS_MAX   16384u /* of one ledger; even */
#define APART_S     10 /* marks closer together say little more: but for the last they are not kept */
#define SAVE_US     INT64_C(300000000)
#define FILE_MAGIC  "PTNTIME1"
#define MAGIC_LEN   8u
#define MARK_LEN    16u
#define LEDGERS_MAX 65536u
#define PATH_SIZE   1200u

/* At this time, by a quorum's cosignatures, the ledger had this size. */
struct mark {
    uint64_t size;
    int64_t time_s;
};

struct timed {
    struct ptn_hash id; /* of the origin */
    struct mark *marks; /* Owned; both members ascend */
    size_t count, room;
    bool changed;
    int64_t saved_us;
};

struct ptn_times {
    const struct ptn_world *world;
    char *dir; /* Owned: DIR/times */
    struct timed *ledgers;
    size_t count, room;
};

struct ptn_times *ptn_times_open(const struct ptn_world *world, const char *dir)
{
    struct ptn_times *times = calloc(1, sizeof(*times));
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof(path), "%s/times", dir);

    if (times == NULL || len < 0 || (size_t)len >= sizeof(path)) {
        free(times);
        return NULL;
    }
    times->world = world;
    times->dir = strdup(path);
    if (times->dir == NULL) {
        free(times);
        return NULL;
    }
    /* without the folder times are known for this run only */
    (void)ptn_ok(world->files->make_dir(world->context, path));
    return times;
}

/* ---- the file of one ledger ---- */

/* In DIR/times. */
static bool path_of(const char *dir, const struct ptn_hash *id, char path[PATH_SIZE])
{
    char hex[2 * PTN_HASH_LEN + 1];
    int len = snprintf(path, PATH_SIZE, "%s/%s", dir, ptn_hex_write(id->at, PTN_HASH_LEN, hex));

    return len > 0 && (size_t)len < PATH_SIZE;
}

static bool add(struct timed *ledger, struct mark mark)
{
    if (ledger->count == MARKS_MAX) { /* the older half keeps every second one */
        size_t to = 0;

        PTN_PRE(ledger->marks != NULL);
        for (size_t i = 0; i < MARKS_MAX; i++)
            if (i >= MARKS_MAX / 2 || i % 2 == 0)
                ledger->marks[to++] = ledger->marks[i];
        ledger->count = to;
    }
    if (ledger->count == ledger->room) {
        size_t room = ledger->room == 0 ? 64 : ledger->room * 2;
        struct mark *marks = realloc(ledger->marks, room * sizeof(*marks));

        if (marks == NULL)
            return false;
        memset(marks + ledger->count, 0, (room - ledger->count) * sizeof(*marks));
        ledger->marks = marks;
        ledger->room = room;
    }
    PTN_PRE(ledger->marks != NULL);
    ledger->marks[ledger->count++] = mark;
    return true;
}

struct ptn_status ptn_times_parse(struct ptn_bytes bytes,
                                  bool (*take)(void *context, uint64_t size, int64_t time_s),
                                  void *context)
{
    struct ptn_cursor cursor = ptn_cursor_at(bytes);
    struct ptn_bytes magic = PTN_BYTES_NONE;
    struct mark last = { 0, 0 };
    struct ptn_status status = ptn_cursor_take(&cursor, MAGIC_LEN, &magic);

    if (!ptn_ok(status) || !ptn_bytes_is(magic, FILE_MAGIC) ||
        (bytes.len - MAGIC_LEN) % MARK_LEN != 0 || (bytes.len - MAGIC_LEN) / MARK_LEN > MARKS_MAX)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    for (size_t left = (bytes.len - MAGIC_LEN) / MARK_LEN; ptn_ok(status) && left > 0; left--) {
        uint64_t size = 0;
        uint64_t time_s = 0;

        status = ptn_cursor_take_u64(&cursor, &size);
        if (ptn_ok(status))
            status = ptn_cursor_take_u64(&cursor, &time_s);
        if (!ptn_ok(status) || size <= last.size || time_s > INT64_MAX / 1000 ||
            (int64_t)time_s <= last.time_s)
            return (struct ptn_status){ PTN_C_BAD_INPUT };
        last = (struct mark){ size, (int64_t)time_s };
        if (!take(context, last.size, last.time_s))
            status.code = PTN_C_NO_MEMORY;
    }
    return status;
}

static bool take_mark(void *context, uint64_t size, int64_t time_s)
{
    return add(context, (struct mark){ size, time_s });
}

/* What was known when it was last written; nothing, when that is not there or not whole. */
static void load(struct ptn_times *times, struct timed *ledger)
{
    struct ptn_buffer bytes = { .len_max = MAGIC_LEN + (size_t)MARKS_MAX * MARK_LEN };
    char path[PATH_SIZE];

    if (path_of(times->dir, &ledger->id, path) &&
        ptn_ok(times->world->files->read(times->world->context, path, &bytes)) &&
        !ptn_ok(ptn_times_parse(ptn_buffer_bytes(&bytes), take_mark, ledger)))
        ledger->count = 0;
    ptn_buffer_release(&bytes);
}

/* Its loss makes bounds wider, nothing else: so it is not waited for. */
static void save(struct ptn_times *times, struct timed *ledger)
{
    struct ptn_buffer out = { .len_max = MAGIC_LEN + (size_t)MARKS_MAX * MARK_LEN };
    struct ptn_status status = ptn_buffer_add_text(&out, FILE_MAGIC);
    char path[PATH_SIZE];

    PTN_PRE(ledger->marks != NULL);
    for (size_t i = 0; ptn_ok(status) && i < ledger->count; i++) {
        status = ptn_buffer_add_u64(&out, ledger->marks[i].size);
        if (ptn_ok(status))
            status = ptn_buffer_add_u64(&out, (uint64_t)ledger->marks[i].time_s);
    }
    if (ptn_ok(status) && path_of(times->dir, &ledger->id, path) &&
        ptn_ok(times->world->files->put(times->world->context, path, ptn_buffer_bytes(&out))))
        ledger->changed = false;
    ledger->saved_us = times->world->monotonic_us(times->world->context);
    ptn_buffer_release(&out);
}

/* ---- ledgers ---- */

static struct timed *find(const struct ptn_times *times, struct ptn_bytes origin,
                          struct ptn_hash *ret_id)
{
    if (!ptn_ok(ptn_sha256(&origin, 1, ret_id->at)))
        return NULL;
    for (size_t i = 0; i < times->count; i++)
        if (ptn_hash_equal(&times->ledgers[i].id, ret_id))
            return &times->ledgers[i];
    return NULL;
}

static struct timed *find_or_make(struct ptn_times *times, struct ptn_bytes origin)
{
    struct ptn_hash id = { { 0 } };
    struct timed *ledger = find(times, origin, &id);

    if (ledger != NULL || times->count == LEDGERS_MAX)
        return ledger;
    if (times->count == times->room) {
        size_t room = times->room == 0 ? 16 : times->room * 2;
        struct timed *ledgers = realloc(times->ledgers, room * sizeof(*ledgers));

        if (ledgers == NULL)
            return NULL;
        times->ledgers = ledgers;
        times->room = room;
    }
    PTN_PRE(times->ledgers != NULL);
    ledger = &times->ledgers[times->count++];
    *ledger = (struct timed){ .id = id };
    load(times, ledger);
    return ledger;
}

void ptn_times_close(struct ptn_times *times)
{
    if (times == NULL)
        return;
    for (size_t i = 0; i < times->count; i++) {
        if (times->ledgers[i].changed)
            save(times, &times->ledgers[i]);
        free(times->ledgers[i].marks);
    }
    free(times->ledgers);
    free(times->dir);
    free(times);
}

/* The last mark always has the largest size seen, so that a ledger that falls silent has a bound
 * for its last entry too; it gives way to the next one while it stands close to the mark before it.
 */
static bool note(struct timed *ledger, struct mark seen)
{
    struct mark *last = ledger->count == 0 ? NULL : &ledger->marks[ledger->count - 1];

    if (last == NULL)
        return add(ledger, seen);
    if (seen.size <= last->size)
        return false;
    if (seen.time_s <= last->time_s)
        last->size = seen.size;
    else if (ledger->count > 1 && seen.time_s < last[-1].time_s + APART_S)
        *last = seen;
    else
        return add(ledger, seen);
    return true;
}

void ptn_times_saw(struct ptn_times *times, struct ptn_bytes origin, uint64_t size, int64_t time_s)
{
    struct timed *ledger = size == 0 || time_s <= 0 ? NULL : find_or_make(times, origin);

    if (ledger == NULL)
        return;
    ledger->changed = note(ledger, (struct mark){ size, time_s }) || ledger->changed;
    if (ledger->changed &&
        times->world->monotonic_us(times->world->context) - ledger->saved_us >= SAVE_US)
        save(times, ledger);
}

void ptn_times_turn(struct ptn_times *times, struct ptn_follow *follow)
{
    struct ptn_bytes origin;
    struct ptn_follow_head head;

    for (size_t i = 0; (origin = ptn_follow_origin(follow, i)).len > 0; i++)
        if (ptn_ok(ptn_follow_head(follow, origin, &head)))
            ptn_times_saw(times, origin, head.cosigned, head.seen_s);
}

/* TIME-1. */
bool ptn_times_bounds(const struct ptn_times *times, struct ptn_bytes origin, uint64_t index,
                      struct ptn_times_bounds *ret_bounds)
{
    struct ptn_times_bounds bounds = { 0, 0 };
    struct ptn_hash id = { { 0 } };
    const struct timed *ledger = find(times, origin, &id);
    size_t low = 0;
    size_t high = ledger == NULL ? 0 : ledger->count;

    while (low < high) { /* the first mark whose tree has the entry */
        size_t middle = low + (high - low) / 2;

        if (ledger->marks[middle].size > index)
            high = middle;
        else
            low = middle + 1;
    }
    if (ledger != NULL && low < ledger->count)
        bounds.until_s = ledger->marks[low].time_s;
    if (ledger != NULL && low > 0)
        bounds.from_s = ledger->marks[low - 1].time_s;
    *ret_bounds = bounds;
    return bounds.from_s != 0 || bounds.until_s != 0;
}

/* ---- without a node that runs ---- */

struct search {
    int64_t by_s;
    struct ptn_times_held *found;
};

static bool look_at_mark(void *context, uint64_t size, int64_t time_s)
{
    const struct search *search = context;

    search->found->passed = search->found->passed || time_s > search->by_s;
    if (time_s <= search->by_s) {
        search->found->size = size;
        search->found->time_s = time_s;
    }
    return true;
}

struct ptn_status ptn_times_held(const struct ptn_world *world, const char *dir,
                                 struct ptn_bytes origin, int64_t by_s,
                                 struct ptn_times_held *ret_held)
{
    struct ptn_buffer bytes = { .len_max = MAGIC_LEN + (size_t)MARKS_MAX * MARK_LEN };
    struct ptn_times_held held = { .size = 0 };
    struct search search = { by_s, &held };
    char times[PATH_SIZE], path[PATH_SIZE];
    struct ptn_hash id = { { 0 } };
    int len = snprintf(times, sizeof(times), "%s/times", dir);
    struct ptn_status status = ptn_sha256(&origin, 1, id.at);

    if (ptn_ok(status) && (len < 0 || (size_t)len >= sizeof(times) || !path_of(times, &id, path)))
        status.code = PTN_C_TOO_BIG;
    if (ptn_ok(status))
        status = world->files->read(world->context, path, &bytes);
    if (ptn_ok(status))
        status = ptn_times_parse(ptn_buffer_bytes(&bytes), look_at_mark, &search);
    ptn_buffer_release(&bytes);
    if (ptn_ok(status) && held.size == 0)
        status.code = PTN_C_NOT_FOUND;
    if (ptn_ok(status))
        *ret_held = held;
    return status;
}
