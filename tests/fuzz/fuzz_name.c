/*
 * tests/fuzz/fuzz_name.c -- any bytes as two names (the first line feed parts them), free and from
 * a machine readable zone. Besides memory, checks what must hold for every pair (NAMES-2): limits,
 * symmetry, one with itself, and reasons that cover each part once.
 */
#include <stdlib.h>

#include "names/score.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const struct ptn_name *name, struct ptn_bytes text)
{
    REQUIRE(name->part_count <= PTN_NAME_PARTS_MAX);
    for (unsigned i = 0; i < name->part_count; i++) {
        const struct ptn_name_part *part = &name->parts[i];
        char sound[PTN_NAME_SOUND_SIZE];

        REQUIRE(part->symbol_count >= 1 && part->symbol_count <= PTN_NAME_SYMBOLS_MAX);
        REQUIRE(part->weight >= 1 && part->at + part->len <= text.len && part->len > 0);
        REQUIRE(strlen(ptn_name_sound(part, sound)) < sizeof(sound));
    }
    REQUIRE(ptn_score(name, name, NULL) == (name->part_count > 0 ? PTN_SCORE_ONE : 0));
}

static unsigned check_pairs(const struct ptn_name *a, const struct ptn_name *b,
                            struct ptn_score_why *why)
{
    unsigned score = ptn_score(a, b, why);
    unsigned a_seen = why->a_left;
    unsigned b_seen = why->b_left;

    for (unsigned i = 0; i < why->pair_count; i++) {
        const struct ptn_score_pair *pair = &why->pairs[i];
        unsigned a_parts = ((1u << pair->a_count) - 1u) << pair->a_first;
        unsigned b_parts = ((1u << pair->b_count) - 1u) << pair->b_first;

        REQUIRE((a_seen & a_parts) == 0 && (b_seen & b_parts) == 0);
        REQUIRE(pair->rule < PTN_SCORE_RULE_COUNT && pair->similarity <= PTN_SCORE_ONE);
        a_seen |= a_parts;
        b_seen |= b_parts;
    }
    REQUIRE(a_seen == (1u << a->part_count) - 1u && b_seen == (1u << b->part_count) - 1u);
    REQUIRE(score <= PTN_SCORE_ONE && (!why->one_shared || score < PTN_SCORE_MINIMUM));
    return score;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes whole = ptn_bytes_of(data, size);
    const uint8_t *feed = size == 0 ? NULL : memchr(data, '\n', size);
    struct ptn_bytes first =
        feed == NULL ? whole : ptn_bytes_slice(whole, 0, (size_t)(feed - data));
    struct ptn_bytes second = ptn_bytes_slice(whole, first.len + 1, size);

    for (unsigned form = PTN_NAME_FREE; form <= PTN_NAME_MRZ; form++) {
        struct ptn_name a;
        struct ptn_name b;
        struct ptn_score_why there;
        struct ptn_score_why back;

        ptn_name_read(first, (enum ptn_name_form)form, &a);
        ptn_name_read(second, PTN_NAME_FREE, &b);
        check_name(&a, first);
        check_name(&b, second);
        REQUIRE(check_pairs(&a, &b, &there) == check_pairs(&b, &a, &back));
        REQUIRE(there.a_left == back.b_left && there.b_left == back.a_left);
    }
    return 0;
}
