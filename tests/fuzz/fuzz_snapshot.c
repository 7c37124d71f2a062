/*
 * Hostile snapshots: as given, and again with every digest put right, so that what the digests
 * guard is reached too. One that opens is shown and searched whole. Input that begins with 'F' is a
 * list of changes (offset, three bytes; value) to the bytes of a good one that is open; with 'P',
 * to those of a good one whose digests are put right before it is opened. Good ones are made here:
 * a file would be of the layout of its day.
 */
#include <stdlib.h>

#include "../unit/watch_samples.h"
#include "watch/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct ptn_snapshot *snapshot)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 24);
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Ismar Vorlandek"),
                                      .number = PTN_BYTES_LITERAL("A123456"),
                                      .plate = PTN_BYTES_LITERAL("UT999ZZ"),
                                      .birth = { 1950, 1, 1 },
                                      .nationality = "IRN",
                                      .kinds = PTN_SCREEN_ALL,
                                      .include_off = true };
    struct ptn_match *matches = NULL;
    struct ptn_list_entry entry;
    size_t count = 0;
    bool more;

    if (arena == NULL)
        abort();
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++)
        (void)ptn_snapshot_list(snapshot, i);
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).entry_count; i++) {
        if (!ptn_ok(ptn_snapshot_entry(snapshot, i, arena, &entry)))
            break;
        ptn_arena_clear(arena);
    }
    for (unsigned brute = 0; brute < 2; brute++) {
        struct ptn_status status;

        query.brute = brute != 0;
        status = ptn_screen(snapshot, &query, arena, &matches, &count, &more, NULL);
        if (!ptn_ok(status) && status.code != PTN_C_CORRUPT)
            abort();
    }
    ptn_arena_free(arena);
}

static void open_changed(struct ptn_bytes changes)
{
    static struct ptn_buffer good;
    struct ptn_snapshot *snapshot = NULL;
    uint8_t *bytes;

    if (good.len == 0)
        good = changing_bytes();
    bytes = aligned_alloc(64, good.len / 64 * 64 + 64);
    if (bytes == NULL)
        abort();
    memcpy(bytes, good.at, good.len);
    sample_change(changes, bytes, good.len);
    snapshot_reseal(bytes, good.len);
    if (ptn_ok(ptn_snapshot_open_bytes(ptn_bytes_of(bytes, good.len), &snapshot, NULL)))
        use(snapshot);
    else if (changes.len < 4)
        abort(); /* nothing was changed */
    ptn_snapshot_close(snapshot);
    free(bytes);
}

/* POST-8: what changed is put back at the end, and answers as before. */
static void change(struct ptn_bytes changes)
{
    static struct ptn_buffer good;
    static struct ptn_snapshot *snapshot;
    static struct ptn_arena *arena;
    static uint8_t *bytes;
    static uint64_t said;

    if (snapshot == NULL) {
        good = changing_bytes();
        arena = ptn_arena_new(1u << 24);
        bytes = aligned_alloc(64, good.len / 64 * 64 + 64);
        if (arena == NULL || bytes == NULL)
            abort();
        memcpy(bytes, good.at, good.len);
        if (!ptn_ok(ptn_snapshot_open_bytes(ptn_bytes_of(bytes, good.len), &snapshot, NULL)))
            abort();
        said = changing_ask(snapshot, arena);
    }
    sample_change(changes, bytes, good.len);
    (void)changing_ask(snapshot, arena);
    memcpy(bytes, good.at, good.len);
    if (changing_ask(snapshot, arena) != said)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL)
        abort();
    if (size > 0 && data[0] == 'F') {
        free(copy);
        change(ptn_bytes_of(data + 1, size - 1));
        return 0;
    }
    if (size > 0 && data[0] == 'P') {
        free(copy);
        open_changed(ptn_bytes_of(data + 1, size - 1));
        return 0;
    }
    for (unsigned resealed = 0; resealed < 2; resealed++) {
        struct ptn_snapshot *snapshot = NULL;

        if (size > 0)
            memcpy(copy, data, size);
        if (resealed != 0)
            snapshot_reseal(copy, size);
        if (ptn_ok(ptn_snapshot_open_bytes(ptn_bytes_of(copy, size), &snapshot, NULL)))
            use(snapshot);
        ptn_snapshot_close(snapshot);
    }
    free(copy);
    return 0;
}
