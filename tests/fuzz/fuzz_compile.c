/*
 * A list that can be read compiles, and what was compiled opens and can be searched, whatever the
 * list says. The first byte chooses the format, as in fuzz_list.
 */
#include <stdlib.h>

#include "watch/screen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void search(const struct ptn_snapshot *snapshot)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 24);
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Ismar Vorlandek"),
                                      .birth = { 1950, 2, 1 },
                                      .kinds = PTN_SCREEN_ALL,
                                      .include_off = true };
    struct ptn_match *matches;
    size_t count;
    bool more;

    if (arena == NULL ||
        !ptn_ok(ptn_screen(snapshot, &query, arena, &matches, &count, &more, NULL)))
        abort();
    ptn_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_world *world = ptn_world_seeded(1, INT64_C(1790000000000));
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("L"), .path = "/list" };
    struct ptn_list_summary summary;
    struct ptn_snapshot *snapshot = NULL;
    bool read;

    if (world == NULL || builder == NULL)
        abort();
    if (size == 0) {
        ptn_snapshot_builder_free(builder);
        ptn_world_seeded_free(world);
        return 0;
    }
    input.format = (enum ptn_list_format)((data[0] - (unsigned)'a') % PTN_LIST_FORMAT_COUNT);
    if (!ptn_ok(world->files->replace(world->context, "/list", ptn_bytes_of(data + 1, size - 1))))
        abort();
    read = ptn_ok(ptn_snapshot_builder_add(builder, &input, &summary, NULL));
    if (read && !ptn_ok(ptn_snapshot_builder_save(builder, "/snap", NULL)))
        abort();
    if (read && !ptn_ok(ptn_snapshot_open(world, "/snap", &snapshot, NULL)))
        abort();
    if (snapshot != NULL)
        search(snapshot);
    ptn_snapshot_close(snapshot);
    ptn_snapshot_builder_free(builder);
    ptn_world_seeded_free(world);
    return 0;
}
