/* Any bytes as each list a sweep looks with; what is accepted is made ready and asked. The first
 * byte chooses the list. */
#include <stdint.h>
#include <stdlib.h>

#include "incident/evidence.h"
#include "incident/indicators.h"
#include "incident/manifest.h"
#include "incident/sweep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static struct ptn_status hit(void *context, const struct ptn_indicator *indicator)
{
    must(indicator->value.len > 0 && indicator->score <= 100);
    (*(size_t *)context)++;
    return PTN_OK;
}

static void ask(struct ptn_indicators *indicators, struct ptn_bytes text)
{
    static const char *const paths[] = { "Windows/Temp/svcsstat.exe", "usr/bin/x", "a" };
    size_t hits = 0, unfinished = 0;

    for (size_t i = 0; i < ptn_indicators_lack_count(indicators); i++)
        must(ptn_indicators_lack(indicators, i).why != NULL);
    must(ptn_ok(ptn_indicators_ready(indicators, NULL, 0, NULL)));
    for (size_t i = 0; i < 3; i++)
        must(ptn_ok(ptn_indicators_match_name(indicators, ptn_bytes_from_text(paths[i]), hit, &hits,
                                              &unfinished)));
    must(ptn_ok(ptn_indicators_match_text(indicators, text, hit, &hits)));
    (void)ptn_indicators_find_hash(indicators, (const uint8_t *)"0123456789abcdef", 16);
}

/* What is accepted is written again as the same lines. */
static void manifest(struct ptn_bytes text)
{
    struct ptn_manifest *manifest = ptn_manifest_new();
    struct ptn_buffer out = { .len_max = 1u << 24 };

    must(manifest != NULL);
    if (ptn_ok(ptn_manifest_read(manifest, text, NULL))) {
        ptn_manifest_ready(manifest);
        for (size_t i = 0; i < ptn_manifest_count(manifest); i++) {
            const struct ptn_manifest_file *file = ptn_manifest_at(manifest, i);

            must(ptn_manifest_find(manifest, file->path) == file);
            must(ptn_ok(ptn_manifest_add_line(&out, file->digest, file->path)));
        }
        must(ptn_bytes_equal(ptn_buffer_bytes(&out), text));
    }
    ptn_buffer_release(&out);
    ptn_manifest_free(manifest);
}

static void packages(struct ptn_bytes text)
{
    struct ptn_manifest *manifest = ptn_manifest_new();
    size_t bad = 0;

    must(manifest != NULL);
    must(ptn_ok(ptn_manifest_read_md5sums(manifest, ptn_bytes_from_text("specimen"), text, &bad)));
    (void)ptn_ok(ptn_manifest_divert(manifest, text));
    ptn_manifest_ready(manifest);
    for (size_t i = 0; i < ptn_manifest_count(manifest); i++)
        must(ptn_manifest_find(manifest, ptn_manifest_at(manifest, i)->path) != NULL);
    ptn_manifest_free(manifest);
}

static struct ptn_status gap(void *context, uint64_t after, uint64_t before)
{
    (void)context;
    must(before > after + 1);
    return PTN_OK;
}

/* What is accepted is written again as the same bytes. */
static void taken(struct ptn_bytes text)
{
    struct ptn_arena *arena = ptn_arena_new(64u << 20);
    struct ptn_buffer out = { .len_max = 1u << 24 };
    struct ptn_taken manifest;
    struct ptn_taken_note note;
    struct ptn_taken_named named;

    must(arena != NULL);
    if (ptn_ok(ptn_taken_parse(text, arena, &manifest, NULL))) {
        must(ptn_ok(ptn_taken_write(&manifest, arena, &out)));
        must(ptn_bytes_equal(ptn_buffer_bytes(&out), text));
    }
    ptn_buffer_clear(&out);
    if (ptn_ok(ptn_taken_note_parse(text, &note, NULL))) {
        must(ptn_ok(ptn_taken_note_write(&note, &out)));
        must(ptn_bytes_equal(ptn_buffer_bytes(&out), text));
    }
    (void)ptn_ok(ptn_taken_named_read(text, arena, &named, NULL));
    ptn_buffer_release(&out);
    ptn_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes text = ptn_bytes_of(data + 1, size > 0 ? size - 1 : 0);
    unsigned list = size > 0 ? data[0] % 8u : 0;
    struct ptn_indicators *indicators;
    uint64_t entries = 0;

    if (size == 0)
        return 0;
    if (list == 4)
        manifest(text);
    else if (list == 5)
        packages(text);
    else if (list == 7)
        taken(text);
    else if (list == 6)
        must(ptn_ok(ptn_journal_gaps(text, gap, NULL, &entries)));
    if (list > 3)
        return 0;
    indicators = ptn_indicators_new();
    must(indicators != NULL);
    if (ptn_ok(ptn_indicators_read(indicators, (enum ptn_indicator_list)list, "list", text, NULL)))
        ask(indicators, text);
    ptn_indicators_free(indicators);
    return 0;
}
