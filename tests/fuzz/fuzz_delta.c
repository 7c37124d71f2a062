/*
 * Hostile deltas beside a base of two lists: as given, with every digest put right, so that what
 * the digests guard is reached too, and as patches of a good delta, which are worth something
 * whatever the layout is by now. One that opens is searched, folded and checked.
 */
#include <stdlib.h>

#include "../unit/watch_samples.h"
#include "watch/delta_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static const struct ptn_snapshot *make_base(void)
{
    static struct ptn_buffer bytes = { .len_max = (size_t)1 << 22 };
    struct ptn_list_name names[] = { { PTN_BYTES_LITERAL("VORLANDEK, Ismar"), PTN_ALIAS_PRIMARY },
                                     { PTN_BYTES_LITERAL("BREGASI, Lule"), PTN_ALIAS_STRONG } };
    const struct ptn_list_number number = { .type = PTN_NUMBER_PASSPORT,
                                            .number = PTN_BYTES_LITERAL("A123456") };
    const struct ptn_list_profile profile = ptn_list_profile_of(PTN_LIST_POSTERN);
    struct ptn_world *world = ptn_world_seeded(1, INT64_C(1790000000000));
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_snapshot *base = NULL;

    for (unsigned list = 0; list < 2; list++) {
        struct ptn_list_entry entries[4] = { { .id = PTN_BYTES_LITERAL("1") },
                                             { .id = PTN_BYTES_LITERAL("2") },
                                             { .id = PTN_BYTES_LITERAL("3") },
                                             { .id = PTN_BYTES_LITERAL("4") } };
        struct ptn_snapshot_made made = { list == 0 ? PTN_BYTES_LITERAL("N")
                                                    : PTN_BYTES_LITERAL("wanted"),
                                          &profile, INT64_C(1780000000000), entries, 4 };

        for (size_t i = 0; i < 4; i++) {
            entries[i].names = names;
            entries[i].name_count = 1 + i % 2;
            entries[i].numbers = &number;
            entries[i].number_count = i / 2;
        }
        must(ptn_ok(ptn_snapshot_builder_make(builder, &made, NULL)));
    }
    must(ptn_ok(ptn_snapshot_builder_write(builder, &bytes, NULL)));
    ptn_snapshot_builder_free(builder);
    ptn_world_seeded_free(world);
    must(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&bytes), &base, NULL)));
    return base;
}

static void use(const struct ptn_snapshot *base, const struct ptn_delta *delta)
{
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Ismar Vorlandek"),
                                      .number = PTN_BYTES_LITERAL("A123456"),
                                      .kinds = PTN_SCREEN_ALL,
                                      .top = 2,
                                      .include_off = true };
    struct ptn_arena *arena = ptn_arena_new((size_t)1 << 24);
    struct ptn_buffer folded = { .len_max = (size_t)1 << 26 };
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_match *matches = NULL;
    size_t count = 0;
    bool same = false;

    must(arena != NULL);
    for (unsigned brute = 0; brute < 2; brute++) {
        struct ptn_status status;
        bool more = false;

        query.brute = brute != 0;
        status = ptn_delta_screen(base, delta, &query, arena, &matches, &count, &more, NULL);
        must(ptn_ok(status) || status.code == PTN_C_CORRUPT);
    }
    for (size_t i = 0; i < ptn_snapshot_info(ptn_delta_snapshot(delta)).list_count; i++)
        (void)ptn_delta_list(delta, i);
    if (ptn_ok(ptn_delta_fold(base, delta, ptn_world_real(), &folded, NULL)) &&
        ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&folded), &snapshot, NULL)))
        (void)ptn_ok(ptn_delta_check(base, delta, snapshot, &same));
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&folded);
    ptn_arena_free(arena);
}

static void reseal(const struct ptn_snapshot *base, uint8_t *bytes, size_t len)
{
    size_t count = len < 96 ? 0 : ptn_le32(bytes + 12);
    size_t at = (96 + 4 * count + 63) / 64 * 64;
    uint8_t digest[PTN_SHA256_LEN];

    if (len < 96 || at > len || len - at < PTN_SNAPSHOT_HEADER_LEN)
        return;
    snapshot_reseal(bytes + at, len - at);
    memcpy(bytes + 24, base->bytes.at + PTN_SNAPSHOT_DIGEST_AT, PTN_SHA256_LEN);
    const struct ptn_bytes parts[] = { ptn_bytes_of(bytes, 64),
                                       ptn_bytes_of(bytes + at + 32, PTN_SHA256_LEN),
                                       ptn_bytes_of(bytes + 96, 4 * count) };
    if (ptn_ok(ptn_sha256(parts, 3, digest)))
        memcpy(bytes + 64, digest, sizeof(digest));
}

static void try(const struct ptn_snapshot *base, const uint8_t *bytes, size_t len)
{
    struct ptn_delta *delta = NULL;

    if (ptn_ok(ptn_delta_open_bytes(ptn_bytes_of(bytes, len), base, &delta, NULL)))
        use(base, delta);
    ptn_delta_close(delta);
}

/* Two entries of the base have gone, all of them have come once more. */
static struct ptn_bytes make_delta(const struct ptn_snapshot *base)
{
    static const uint32_t gone[] = { 1, 5 };
    static struct ptn_buffer bytes = { .len_max = (size_t)1 << 22 };
    struct ptn_delta *delta = NULL;

    must(ptn_ok(ptn_delta_write(base, gone, 2, ptn_snapshot_bytes(base), &bytes, NULL)));
    must(ptn_ok(ptn_delta_open_bytes(ptn_buffer_bytes(&bytes), base, &delta, NULL)));
    use(base, delta);
    ptn_delta_close(delta);
    return ptn_buffer_bytes(&bytes);
}

static void try_patched(const struct ptn_snapshot *base, struct ptn_bytes good, const uint8_t *data,
                        size_t size)
{
    uint8_t *copy = aligned_alloc(64, (good.len / 64 + 1) * 64);

    must(copy != NULL);
    memcpy(copy, good.at, good.len);
    sample_change(ptn_bytes_of(data, size), copy, good.len);
    reseal(base, copy, good.len);
    try(base, copy, good.len);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ptn_snapshot *base;
    static struct ptn_bytes good;
    uint8_t *copy = aligned_alloc(64, (size / 64 + 1) * 64);

    must(copy != NULL);
    if (base == NULL) {
        base = make_base();
        good = make_delta(base);
    }
    if (size > 0)
        memcpy(copy, data, size);
    try(base, copy, size);
    reseal(base, copy, size);
    try(base, copy, size);
    free(copy);
    try_patched(base, good, data, size);
    return 0;
}
