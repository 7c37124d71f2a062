#include "base/world.h"

#include <stdlib.h>

/* A file or folder in memory. Folders hold no bytes; what lies in one is told by its path. */
struct entry {
    struct entry *next;
    char *path;
    bool is_folder;
    uint8_t *at;
    size_t len;
};

struct held_lock {
    struct held_lock *next;
    char *dir;
    int number;
};

/* world comes first: the pointer handed out is the pointer freed. */
struct seeded {
    struct ptn_world world;
    int64_t now_ms;
    int64_t monotonic_us;
    uint64_t random[4];
    uint64_t fail_in; /* 0: never */
    struct entry *entries;
    struct held_lock *locks;
    int lock_number;
};

struct ptn_map {
    uint8_t at[1]; /* as many as the file has */
};

/* ---- randomness ---- */

/* SplitMix64: spreads one seed over the state. */
static uint64_t split_mix(uint64_t *state)
{
    uint64_t mixed;

    *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = *state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static uint64_t rotate_left(uint64_t value, unsigned by)
{
    return value << by | value >> (64 - by);
}

/* xoshiro256**. */
static uint64_t next_random(uint64_t state[4])
{
    uint64_t result = rotate_left(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

static void fill_random(void *context, uint8_t *at, size_t len)
{
    struct seeded *seeded = context;

    while (len > 0) {
        uint64_t word = next_random(seeded->random);
        size_t step = len < sizeof(word) ? len : sizeof(word);

        for (size_t i = 0; i < step; i++)
            at[i] = (uint8_t)(word >> (8 * i));
        at += step;
        len -= step;
    }
}

/* ---- files ---- */

/* True when this operation is the one that is to fail. */
static bool fails_now(struct seeded *seeded)
{
    if (seeded->fail_in == 0)
        return false;
    seeded->fail_in--;
    return seeded->fail_in == 0;
}

/* The link that points to the entry at this path, or to NULL at the end. */
static struct entry **find(struct seeded *seeded, const char *path)
{
    struct entry **link = &seeded->entries;

    while (*link != NULL && strcmp((*link)->path, path) != 0)
        link = &(*link)->next;
    return link;
}

/* A path's folder must have been made, but for the root and the folder one is in. */
static bool folder_is_there(struct seeded *seeded, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash == path)
        return true;
    for (const struct entry *entry = seeded->entries; entry != NULL; entry = entry->next)
        if (entry->is_folder &&
            ptn_bytes_is(ptn_bytes_of(path, (size_t)(slash - path)), entry->path))
            return true;
    return false;
}

static void entry_free(struct entry *entry)
{
    if (entry == NULL)
        return;
    free(entry->path);
    free(entry->at);
    free(entry);
}

/* A new entry with copies of path and bytes; NULL: no memory. */
static struct entry *entry_new(const char *path, bool is_folder, struct ptn_bytes bytes)
{
    struct entry *entry = calloc(1, sizeof(*entry));

    if (entry == NULL)
        return NULL;
    entry->is_folder = is_folder;
    entry->path = strdup(path);
    entry->at = malloc(bytes.len == 0 ? 1 : bytes.len);
    if (entry->path == NULL || entry->at == NULL) {
        entry_free(entry);
        return NULL;
    }
    if (bytes.len > 0)
        memcpy(entry->at, bytes.at, bytes.len);
    entry->len = bytes.len;
    return entry;
}

/* What is to be read, unless this is the call that fails. */
static struct ptn_status find_file(struct seeded *seeded, const char *path,
                                   const struct entry **ret_entry)
{
    const struct entry *entry = *find(seeded, path);

    if (fails_now(seeded))
        return (struct ptn_status){ PTN_C_IO };
    if (entry == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (entry->is_folder)
        return (struct ptn_status){ PTN_C_IO };
    *ret_entry = entry;
    return PTN_OK;
}

static struct ptn_status files_read(void *context, const char *path, struct ptn_buffer *out)
{
    const struct entry *entry = NULL;
    struct ptn_status status = find_file(context, path, &entry);

    if (!ptn_ok(status))
        return status;
    return ptn_buffer_add(out, ptn_bytes_of(entry->at, entry->len));
}

/*
 * Counts as two operations for ptn_world_fail_nth: the first failing leaves the former file, the
 * second (the folder's fsync) the new one.
 */
static struct ptn_status files_replace(void *context, const char *path, struct ptn_bytes bytes)
{
    struct seeded *seeded = context;
    struct entry **link = find(seeded, path);
    struct entry *former = *link;
    struct entry *entry;

    if (fails_now(seeded) || !folder_is_there(seeded, path) ||
        (former != NULL && former->is_folder))
        return (struct ptn_status){ PTN_C_IO };
    entry = entry_new(path, /* is_folder= */ false, bytes);
    if (entry == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (former != NULL)
        entry->next = former->next;
    *link = entry;
    entry_free(former);
    return (struct ptn_status){ fails_now(seeded) ? PTN_C_IO : PTN_C_OK };
}

static struct ptn_status files_settle(void *context, const char *dir)
{
    struct seeded *seeded = context;
    const struct entry *folder = *find(seeded, dir);

    if (fails_now(seeded))
        return (struct ptn_status){ PTN_C_IO };
    return (struct ptn_status){ folder != NULL && folder->is_folder ? PTN_C_OK : PTN_C_NOT_FOUND };
}

static struct ptn_status files_make_dir(void *context, const char *path)
{
    struct seeded *seeded = context;
    struct entry **link = find(seeded, path);

    if (fails_now(seeded))
        return (struct ptn_status){ PTN_C_IO };
    if (*link != NULL)
        return (struct ptn_status){ (*link)->is_folder ? PTN_C_OK : PTN_C_IO };
    if (!folder_is_there(seeded, path))
        return (struct ptn_status){ PTN_C_IO };
    *link = entry_new(path, /* is_folder= */ true, PTN_BYTES_NONE);
    return (struct ptn_status){ *link == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
}

static struct ptn_status files_remove(void *context, const char *path)
{
    struct seeded *seeded = context;
    struct entry **link = find(seeded, path);
    struct entry *entry = *link;

    if (fails_now(seeded))
        return (struct ptn_status){ PTN_C_IO };
    if (entry == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (entry->is_folder)
        return (struct ptn_status){ PTN_C_IO };
    *link = entry->next;
    entry_free(entry);
    return PTN_OK;
}

static struct ptn_status files_list(void *context, const char *dir,
                                    bool (*each)(void *each_context, const char *name),
                                    void *each_context)
{
    struct seeded *seeded = context;
    const struct entry *folder = *find(seeded, dir);
    size_t len = strlen(dir);

    if (fails_now(seeded))
        return (struct ptn_status){ PTN_C_IO };
    if (folder == NULL || !folder->is_folder)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    for (const struct entry *entry = seeded->entries; entry != NULL; entry = entry->next)
        if (!entry->is_folder && strncmp(entry->path, dir, len) == 0 && entry->path[len] == '/' &&
            strchr(entry->path + len + 1, '/') == NULL &&
            !each(each_context, entry->path + len + 1))
            break;
    return PTN_OK;
}

static struct ptn_status files_move(void *context, const char *from, const char *to)
{
    struct seeded *seeded = context;
    struct entry *entry = *find(seeded, from);
    struct entry *former = *find(seeded, to);
    char *path;

    if (fails_now(seeded) || !folder_is_there(seeded, to) || (entry != NULL && entry->is_folder) ||
        (former != NULL && former->is_folder))
        return (struct ptn_status){ PTN_C_IO };
    if (entry == NULL)
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    if (entry == former)
        return PTN_OK;
    path = strdup(to);
    if (path == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (former != NULL) {
        *find(seeded, to) = former->next;
        entry_free(former);
    }
    free(entry->path);
    entry->path = path;
    return PTN_OK;
}

static bool files_exists(void *context, const char *path)
{
    return *find(context, path) != NULL;
}

/* A copy, since a mapped file keeps its bytes when its name goes to another. */
static struct ptn_status files_map(void *context, const char *path, struct ptn_map **ret_map,
                                   struct ptn_bytes *ret_bytes)
{
    const struct entry *entry = NULL;
    struct ptn_map *map;
    struct ptn_status status = find_file(context, path, &entry);

    if (!ptn_ok(status))
        return status;
    map = malloc(sizeof(*map) + entry->len);
    if (map == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (entry->len > 0)
        memcpy(map->at, entry->at, entry->len);
    *ret_map = map;
    *ret_bytes = ptn_bytes_of(map->at, entry->len);
    return PTN_OK;
}

static struct ptn_status files_read_at(void *context, const char *path, uint64_t offset, size_t len,
                                       struct ptn_buffer *out)
{
    const struct entry *entry = NULL;
    struct ptn_status status = find_file(context, path, &entry);

    if (!ptn_ok(status))
        return status;
    if (offset >= entry->len)
        return PTN_OK;
    return ptn_buffer_add(
        out, ptn_bytes_slice(ptn_bytes_of(entry->at, entry->len), (size_t)offset, len));
}

static void files_unmap(void *context, struct ptn_map *map)
{
    (void)context;
    free(map);
}

static void files_pass(void *context, struct ptn_map *map, size_t offset)
{
    (void)context; /* all of it is memory */
    (void)map;
    (void)offset;
}

static struct ptn_status files_lock(void *context, const char *dir, int *ret_lock)
{
    struct seeded *seeded = context;
    struct held_lock *lock = seeded->locks;

    if (fails_now(seeded))
        return (struct ptn_status){ PTN_C_IO };
    for (; lock != NULL; lock = lock->next)
        if (strcmp(lock->dir, dir) == 0)
            return (struct ptn_status){ PTN_C_BUSY };
    lock = calloc(1, sizeof(*lock));
    if (lock == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    lock->dir = strdup(dir);
    if (lock->dir == NULL) {
        free(lock);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    lock->number = seeded->lock_number++;
    lock->next = seeded->locks;
    seeded->locks = lock;
    *ret_lock = lock->number;
    return PTN_OK;
}

static void lock_free(struct held_lock *lock)
{
    free(lock->dir);
    free(lock);
}

static void files_unlock(void *context, int lock)
{
    struct seeded *seeded = context;

    for (struct held_lock **link = &seeded->locks; *link != NULL; link = &(*link)->next) {
        struct held_lock *held = *link;

        if (held->number == lock) {
            *link = held->next;
            lock_free(held);
            return;
        }
    }
}

static const struct ptn_files seeded_files = {
    .read = files_read,
    .replace = files_replace,
    .put = files_replace, /* nothing here is ever lost by a power cut */
    .settle = files_settle,
    .make_dir = files_make_dir,
    .remove = files_remove,
    .list = files_list,
    .move = files_move,
    .exists = files_exists,
    .map = files_map,
    .hold = files_map, /* a copy already */
    .read_at = files_read_at,
    .unmap = files_unmap,
    .pass = files_pass,
    .lock = files_lock,
    .unlock = files_unlock,
};

/* ---- clock and the whole ---- */

static int64_t now_ms(void *context)
{
    return ((const struct seeded *)context)->now_ms;
}

static int64_t monotonic_us(void *context)
{
    return ((const struct seeded *)context)->monotonic_us;
}

struct ptn_world *ptn_world_seeded(uint64_t seed, int64_t start_ms)
{
    struct seeded *seeded = calloc(1, sizeof(*seeded));

    if (seeded == NULL)
        return NULL;
    seeded->world = (struct ptn_world){
        .context = seeded,
        .now_ms = now_ms,
        .monotonic_us = monotonic_us,
        .random = fill_random,
        .files = &seeded_files,
    };
    seeded->now_ms = start_ms;
    for (size_t i = 0; i < 4; i++)
        seeded->random[i] = split_mix(&seed);
    return &seeded->world;
}

void ptn_world_advance(struct ptn_world *world, int64_t step_ms)
{
    struct seeded *seeded = world->context;

    seeded->now_ms += step_ms;
    /* A clock set back is a fault worth playing; the monotonic one never follows it. */
    if (step_ms > 0)
        seeded->monotonic_us += step_ms * 1000;
}

void ptn_world_fail_nth(struct ptn_world *world, uint64_t nth)
{
    ((struct seeded *)world->context)->fail_in = nth;
}

void ptn_world_seeded_free(struct ptn_world *world)
{
    struct seeded *seeded = world == NULL ? NULL : world->context;

    if (seeded == NULL)
        return;
    while (seeded->entries != NULL) {
        struct entry *entry = seeded->entries;

        seeded->entries = entry->next;
        entry_free(entry);
    }
    while (seeded->locks != NULL) {
        struct held_lock *lock = seeded->locks;

        seeded->locks = lock->next;
        lock_free(lock);
    }
    free(seeded);
}
