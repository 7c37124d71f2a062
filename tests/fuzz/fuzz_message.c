/* Any bytes as an interchange: it ends, stays inside its bounds, and what it gives prints as JSON;
 * its answer is an interchange that is read without a note about its form; its parts join. */
#include <stdint.h>
#include <stdlib.h>

#include "message/assembly.h"
#include "message/cards.h"
#include "message/reply.h"

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

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Notes of an answer, which may only be about what was echoed. */
static void check_answer(struct ptn_bytes answer)
{
    static const char *const allowed[] = { "date", "flight-carrier", "flight-half" };
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));

    must(arena != NULL && manifest != NULL);
    must(ptn_ok(ptn_manifest_reader_new(answer, &reader, NULL)));
    must(ptn_ok(ptn_manifest_next(reader, arena, manifest)));
    must(manifest->type == PTN_MANIFEST_CUSRES);
    must(manifest->verdict != PTN_MANIFEST_QUARANTINED);
    for (size_t i = 0; i < manifest->note_count; i++) {
        bool good = false;

        for (size_t k = 0; k < sizeof(allowed) / sizeof(allowed[0]); k++)
            good = good || strcmp(manifest->notes[i].code, allowed[k]) == 0;
        must(good);
    }
    ptn_manifest_reader_free(reader);
    free(manifest);
    ptn_arena_free(arena);
}

static void answer_it(const struct ptn_manifest *manifest)
{
    struct ptn_reply_codes codes;
    struct ptn_buffer out;
    struct ptn_reply reply = { .codes = &codes, .out = &out };

    ptn_buffer_init(&out, 64u << 20);
    must(ptn_ok(ptn_reply_codes_parse(ptn_reply_codes_shipped(), &codes, NULL)));
    if (ptn_reply_possible(manifest)) {
        ptn_reply_add(&reply, manifest, 0, NULL);
        must(ptn_ok(ptn_reply_end(&reply)));
        check_answer(ptn_buffer_bytes(&out));
    }
    must(ptn_ok(ptn_reply_reject(manifest, PTN_BYTES_LITERAL("fuzz"), &out)));
    ptn_buffer_release(&out);
}

static void join(struct ptn_bytes whole)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));

    must(arena != NULL && manifest != NULL);
    if (ptn_ok(ptn_manifest_reader_new(whole, &reader, NULL))) {
        ptn_manifest_reader_join(reader);
        while (ptn_ok(ptn_manifest_next(reader, arena, manifest)))
            ptn_arena_clear(arena);
    }
    ptn_manifest_reader_free(reader);
    free(manifest);
    ptn_arena_free(arena);
}

/* Numbers of cards are hidden once and for all, digit by digit. */
static void hide_cards(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    size_t count = 0;
    size_t hidden = 0;

    must(copy != NULL);
    memcpy(copy, data, size);
    must(ptn_ok(ptn_cards_count(ptn_bytes_of(data, size), &count)));
    must(ptn_ok(ptn_cards_mask(copy, size, &hidden)) && hidden == count);
    for (size_t i = 0; i < size; i++)
        must(copy[i] == data[i] || (copy[i] == 'X' && data[i] >= '0' && data[i] <= '9'));
    must(ptn_ok(ptn_cards_mask(copy, size, &hidden)) && hidden == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_assembly *assembly = ptn_assembly_new(1u << 20);
    struct ptn_assembly_set set;
    struct ptn_reply_codes codes;
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));

    must(assembly != NULL && arena != NULL && manifest != NULL);
    hide_cards(data, size);
    if (ptn_ok(ptn_manifest_reader_new(ptn_bytes_of(data, size), &reader, NULL))) {
        for (size_t i = 0; i < MESSAGES_MAX; i++) {
            ptn_arena_clear(arena);
            if (!ptn_ok(ptn_manifest_next(reader, arena, manifest)))
                break;
            print(manifest);
            answer_it(manifest);
            must(manifest->sent.begin <= manifest->sent.end && manifest->sent.end <= size);
            if (manifest->sent.part > 0 &&
                ptn_ok(
                    ptn_assembly_add(assembly, &manifest->sent, ptn_bytes_of(data, size), 0, &set)))
                join(set.whole);
        }
    }
    while (ptn_assembly_late(assembly, 0, &set))
        join(set.whole);
    (void)ptn_ok(ptn_reply_codes_parse(ptn_bytes_of(data, size), &codes, NULL));
    ptn_assembly_free(assembly);
    ptn_manifest_reader_free(reader);
    free(manifest);
    ptn_arena_free(arena);
    return 0;
}
