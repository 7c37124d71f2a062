/*
 * tests/fuzz/fuzz_index.c -- an index under attack. Input that begins with 'M' is a list of changes
 * (offset, two bytes; value) to the bytes of an index of invented names: open and find must not
 * touch a byte outside them. Any other input is a list of names, a line each: what the index of
 * them finds for every line is what a scan finds.
 */
#include <stdlib.h>

#include "names/index.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

#define NAMES_MAX 40u
#define TOP       8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names are of one cohort after the other, and scores lowered by it. */
#define COHORTS 4u
static uint16_t most[PTN_INDEX_COHORTS] = { 10000, 7400, 9500, 8600 };

static unsigned adjust(void *context, uint32_t name, unsigned name_score)
{
    (void)context;
    return name_score * most[name % COHORTS] / PTN_SCORE_ONE;
}

static void ask_both(const struct ptn_index *index, struct ptn_index_scratch *scratch,
                     struct ptn_bytes text, bool lowered, bool must_agree)
{
    struct ptn_index_hit hits[2][TOP];
    size_t counts[2] = { 0, 0 };
    bool more[2] = { false, false };
    struct ptn_name name;
    struct ptn_index_query query = { &name, PTN_SCORE_MINIMUM, TOP, NULL, NULL, NULL };
    bool good;

    if (lowered) {
        query.adjust = adjust;
        query.cohort_most = most;
    }
    ptn_name_read(text, text.len == 39 ? PTN_NAME_MRZ : PTN_NAME_FREE, &name);
    good = ptn_ok(ptn_index_find(index, &query, scratch, hits[0], &counts[0], &more[0]));
    good = ptn_ok(ptn_index_scan(index, &query, scratch, hits[1], &counts[1], &more[1])) && good;
    if (must_agree)
        REQUIRE(good && counts[0] == counts[1] && more[0] == more[1] &&
                memcmp(hits[0], hits[1], counts[0] * sizeof(hits[0][0])) == 0);
}

static void mutate_index(struct ptn_bytes changes)
{
    static const char *const texts[] = { "Xiao Ping Chen", "Abd al-Rahman Salim", "J. R. Lind" };
    struct ptn_index_name names[NAMES_MAX];
    struct ptn_buffer blob;
    struct ptn_index index;
    struct ptn_index_scratch *scratch = NULL;

    for (uint32_t i = 0; i < NAMES_MAX; i++)
        names[i] =
            (struct ptn_index_name){ ptn_bytes_from_text(texts[i % 3]), i, (uint8_t)(i % COHORTS) };
    ptn_buffer_init(&blob, 1u << 20);
    if (!ptn_ok(ptn_index_build(names, NAMES_MAX, &blob, NULL)))
        abort();
    for (size_t i = 0; i + 3 <= changes.len; i += 3)
        blob.at[(size_t)(changes.at[i] << 8 | changes.at[i + 1]) % blob.len] = changes.at[i + 2];
    if (ptn_ok(ptn_index_open(ptn_buffer_bytes(&blob), &index, NULL)))
        scratch = ptn_index_scratch_new(&index);
    for (uint32_t i = 0; scratch != NULL && i < 6; i++)
        ask_both(&index, scratch, names[i].text, i >= 3, false);
    ptn_index_scratch_free(scratch);
    ptn_buffer_release(&blob);
}

static void index_lines(struct ptn_bytes text)
{
    struct ptn_cursor cursor = ptn_cursor_at(text);
    struct ptn_index_name names[NAMES_MAX];
    struct ptn_index_scratch *scratch;
    struct ptn_buffer blob;
    struct ptn_index index;
    uint32_t count = 0;

    while (count < NAMES_MAX && ptn_ok(ptn_cursor_take_line(&cursor, &names[count].text))) {
        names[count].cohort = (uint8_t)(count % COHORTS);
        names[count].entry = count / 2;
        count++;
    }
    ptn_buffer_init(&blob, 16u << 20);
    REQUIRE(ptn_ok(ptn_index_build(names, count, &blob, NULL)));
    REQUIRE(ptn_ok(ptn_index_open(ptn_buffer_bytes(&blob), &index, NULL)));
    scratch = ptn_index_scratch_new(&index);
    for (uint32_t i = 0; scratch != NULL && i < 2 * count; i++)
        ask_both(&index, scratch, names[i / 2].text, i % 2 != 0, true);
    ptn_index_scratch_free(scratch);
    ptn_buffer_release(&blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'M')
        mutate_index(ptn_bytes_of(data + 1, size - 1));
    else
        index_lines(ptn_bytes_of(data, size));
    return 0;
}
