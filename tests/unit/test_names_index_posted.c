/* The list of names under a form is read as it was written; bytes that are no list are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "names/index_posted_int.h"

#define COUNT_MAX 700u

static uint64_t seed = 5;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) * limit >> 31);
}

/* One form, and its list in exactly so many bytes. */
struct posted {
    uint32_t word;
    uint8_t *bytes;
    struct ptn_index_view view;
};

static void post(struct posted *posted, const uint8_t *bytes, size_t len, uint32_t name_count)
{
    posted->word = 0;
    posted->bytes = malloc(len + 1);
    assert_non_null(posted->bytes);
    memcpy(posted->bytes, bytes, len);
    posted->bytes = realloc(posted->bytes, len == 0 ? 1 : len);
    posted->view = (struct ptn_index_view){ .postings = &posted->word, .posted = posted->bytes };
    posted->view.counts[PTN_SECTION_POSTED] = (uint32_t)len;
    posted->view.counts[PTN_SECTION_NAMES] = name_count;
}

/* Names that ascend by one, by little, by much or by any of these. */
static void make_names(uint32_t *names, uint32_t count)
{
    static const uint32_t steps[] = { 1, 200, 300, 20000, 70000 };
    uint32_t most = 1 + random_below(5);
    uint32_t name = random_below(300);

    for (uint32_t i = 0; i < count; i++) {
        names[i] = name;
        name += 1 + random_below(steps[random_below(most)]);
        if (name > PTN_INDEX_NAMES_MAX - 80000 * (count - i))
            name = names[i] + 1;
    }
}

static void test_names_index_posted__is_read_as_it_was_written(void **state)
{
    static uint32_t names[COUNT_MAX];
    static uint32_t read[COUNT_MAX + PTN_POSTED_SLACK];
    static uint8_t bytes[4 * COUNT_MAX + 16];

    (void)state;
    for (uint32_t count = 2; count < COUNT_MAX; count++) {
        struct posted posted;
        size_t len;

        make_names(names, count);
        len = ptn_posted_write(names, count, bytes);
        assert_in_range(len, 1, ptn_posted_size_max(count));
        post(&posted, bytes, len, names[count - 1] + 1);
        assert_int_equal(ptn_posted_count(&posted.view, 0), count);
        assert_true(ptn_posted_read(&posted.view, 0, read));
        assert_memory_equal(read, names, count * sizeof(*names));
        posted.view.counts[PTN_SECTION_NAMES]--; /* the last one does not exist */
        assert_true(ptn_posted_count(&posted.view, 0) == UINT32_MAX ||
                    !ptn_posted_read(&posted.view, 0, read));
        free(posted.bytes);
    }
}

static void test_names_index_posted__the_largest_name_and_step(void **state)
{
    const uint32_t names[] = { 0, PTN_INDEX_NAMES_MAX - 1 };
    uint32_t read[2 + PTN_POSTED_SLACK];
    uint8_t bytes[32] = { 0 };
    struct posted posted;

    (void)state;
    post(&posted, bytes, ptn_posted_write(names, 2, bytes), PTN_INDEX_NAMES_MAX);
    assert_int_equal(ptn_posted_count(&posted.view, 0), 2);
    assert_true(ptn_posted_read(&posted.view, 0, read));
    assert_memory_equal(read, names, sizeof(names));
    free(posted.bytes);
}

static void test_names_index_posted__one_name_or_none_takes_no_bytes(void **state)
{
    uint32_t read[1 + PTN_POSTED_SLACK] = { 77 };
    struct posted posted;

    (void)state;
    post(&posted, (const uint8_t *)"", 0, 10);
    posted.word = PTN_POSTED_NONE;
    assert_int_equal(ptn_posted_count(&posted.view, 0), 0);
    assert_true(ptn_posted_read(&posted.view, 0, read));
    posted.word = PTN_POSTED_ONE | 9;
    assert_int_equal(ptn_posted_count(&posted.view, 0), 1);
    assert_true(ptn_posted_read(&posted.view, 0, read));
    assert_int_equal(read[0], 9);
    posted.word = PTN_POSTED_ONE | 10;
    assert_false(ptn_posted_read(&posted.view, 0, read));
    posted.word = 0; /* a list behind the end */
    assert_int_equal(ptn_posted_count(&posted.view, 0), UINT32_MAX);
    free(posted.bytes);
}

/* Names read from any bytes ascend and exist, and nothing outside the bytes is read. */
static void test_names_index_posted__hostile_bytes_stay_inside(void **state)
{
    static uint32_t names[COUNT_MAX];
    static uint32_t read[COUNT_MAX + PTN_POSTED_SLACK];
    static uint8_t bytes[4 * COUNT_MAX + 16];

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t count = 2 + random_below(round % 8 == 0 ? COUNT_MAX - 2 : 30);
        struct posted posted;
        size_t len;

        make_names(names, count);
        len = ptn_posted_write(names, count, bytes);
        for (unsigned i = 0; i < 1 + random_below(4); i++)
            bytes[random_below((uint32_t)len)] = (uint8_t)random_below(256);
        if (random_below(2) == 0)
            len = random_below((uint32_t)len + 1);
        post(&posted, bytes, len, COUNT_MAX + random_below(2) * 100000);
        count = ptn_posted_count(&posted.view, 0);
        if (count <= COUNT_MAX && ptn_posted_read(&posted.view, 0, read))
            for (uint32_t i = 0; i < count; i++) {
                assert_in_range(read[i], 0, posted.view.counts[PTN_SECTION_NAMES] - 1);
                assert_true(i == 0 || read[i] > read[i - 1]);
            }
        free(posted.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_index_posted__is_read_as_it_was_written),
        cmocka_unit_test(test_names_index_posted__the_largest_name_and_step),
        cmocka_unit_test(test_names_index_posted__one_name_or_none_takes_no_bytes),
        cmocka_unit_test(test_names_index_posted__hostile_bytes_stay_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
