/* Any bytes as an interchange: it ends, stays inside its bounds, and what it gives prints as JSON.
 */
#include <stdint.h>
#include <stdlib.h>

#include "message/manifest.h"

#define ARENA_MAX    (4u << 20)
#define MESSAGES_MAX 100000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const struct ptn_manifest *manifest)
{
    struct ptn_buffer line;
    struct ptn_json json = { .out = &line };

    ptn_buffer_init(&line, 64u << 20);
    ptn_manifest_write(manifest, PTN_BYTES_LITERAL("fuzz"), &json);
    if (!ptn_ok(ptn_json_end(&json)))
        abort();
    ptn_buffer_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));

    if (arena == NULL || manifest == NULL)
        abort();
    if (ptn_ok(ptn_manifest_reader_new(ptn_bytes_of(data, size), &reader, NULL))) {
        for (size_t i = 0; i < MESSAGES_MAX; i++) {
            ptn_arena_clear(arena);
            if (!ptn_ok(ptn_manifest_next(reader, arena, manifest)))
                break;
            print(manifest);
        }
    }
    ptn_manifest_reader_free(reader);
    free(manifest);
    ptn_arena_free(arena);
    return 0;
}
