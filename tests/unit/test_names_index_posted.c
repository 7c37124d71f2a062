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

static void post(struct posted *posted, uint32_t word, const uint8_t *bytes, size_t len,
                 uint32_t name_count)
{
    posted->word = word;
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

/* A form that has these names. */
static void post_names(struct posted *posted, const uint32_t *names, uint32_t count)
{
    static uint8_t bytes[5 * COUNT_MAX + 16];
    size_t len = 0;
    uint32_t word = ptn_posted_write(names, count, 0, bytes, &len);

    assert_in_range(len, 0, ptn_posted_size_max(count));
    post(posted, word, bytes, len, names[count - 1] + 1);
}

/* What is read, as names; UINT32_MAX when it is refused. */
static uint32_t read_names(const struct posted *posted, uint32_t room, uint32_t *ret_names)
{
    static uint32_t eights[COUNT_MAX];
    uint32_t eight_count = ptn_posted_count(&posted->view, 0);
    uint32_t count = 0;

    if (!ptn_posted_read(&posted->view, 0, room, eights))
        return UINT32_MAX;
    for (uint32_t i = 0; i < eight_count; i++) {
        assert_true(i == 0 || ptn_eight_number(eights[i]) > ptn_eight_number(eights[i - 1]));
        for (uint32_t left = ptn_eight_bits(eights[i]); left != 0; left &= left - 1)
            ret_names[count++] = ptn_eight_name(eights[i], left);
    }
    return count;
}

static void test_names_index_posted__is_read_as_it_was_written(void **state)
{
    static uint32_t names[COUNT_MAX];
    static uint32_t read[COUNT_MAX];

    (void)state;
    for (uint32_t count = 1; count < COUNT_MAX; count++) {
        struct posted posted;
        uint32_t eights;

        make_names(names, count);
        post_names(&posted, names, count);
        eights = ptn_posted_count(&posted.view, 0);
        assert_in_range(eights, (count + 7) / 8, count);
        assert_int_equal(read_names(&posted, COUNT_MAX, read), count);
        assert_memory_equal(read, names, count * sizeof(*names));
        if (eights > 1) /* it has grown since */
            assert_int_equal(read_names(&posted, eights - 1, read), UINT32_MAX);
        posted.view.counts[PTN_SECTION_NAMES]--; /* the last one does not exist */
        assert_true(ptn_posted_count(&posted.view, 0) == UINT32_MAX ||
                    read_names(&posted, COUNT_MAX, read) == UINT32_MAX);
        free(posted.bytes);
    }
}

static void test_names_index_posted__the_largest_name_and_step(void **state)
{
    const uint32_t names[] = { 0, PTN_INDEX_NAMES_MAX - 1 };
    uint32_t read[2];
    struct posted posted;

    (void)state;
    post_names(&posted, names, 2);
    assert_int_equal(ptn_posted_count(&posted.view, 0), 2);
    assert_int_equal(read_names(&posted, COUNT_MAX, read), 2);
    assert_memory_equal(read, names, sizeof(names));
    free(posted.bytes);
}

static void test_names_index_posted__one_eight_or_none_takes_no_bytes(void **state)
{
    const uint32_t names[] = { 9, 11, 15 };
    uint32_t read[COUNT_MAX] = { 77 };
    struct posted posted;

    (void)state;
    post(&posted, PTN_POSTED_NONE, (const uint8_t *)"", 0, 10);
    assert_int_equal(ptn_posted_count(&posted.view, 0), 0);
    assert_int_equal(read_names(&posted, COUNT_MAX, read), 0);
    free(posted.bytes);
    post_names(&posted, names, 3);
    assert_int_equal(posted.view.counts[PTN_SECTION_POSTED], 0);
    assert_int_equal(ptn_posted_count(&posted.view, 0), 1);
    assert_int_equal(read_names(&posted, COUNT_MAX, read), 3);
    assert_memory_equal(read, names, sizeof(names));
    posted.view.counts[PTN_SECTION_NAMES] = 15;
    assert_int_equal(read_names(&posted, COUNT_MAX, read), UINT32_MAX);
    posted.word = 0; /* a list behind the end */
    assert_int_equal(ptn_posted_count(&posted.view, 0), UINT32_MAX);
    free(posted.bytes);
}

/* Names read from any bytes ascend and exist, and nothing outside the bytes is read. */
static void test_names_index_posted__hostile_bytes_stay_inside(void **state)
{
    static uint32_t names[COUNT_MAX];
    static uint32_t read[8 * COUNT_MAX];
    static uint8_t bytes[5 * COUNT_MAX + 16];

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t count = 2 + random_below(round % 8 == 0 ? COUNT_MAX - 2 : 30);
        struct posted posted;
        uint32_t word;
        size_t len;

        make_names(names, count);
        word = ptn_posted_write(names, count, 0, bytes, &len);
        for (unsigned i = 0; len > 0 && i < 1 + random_below(4); i++)
            bytes[random_below((uint32_t)len)] = (uint8_t)random_below(256);
        if (random_below(2) == 0)
            len = random_below((uint32_t)len + 1);
        if (random_below(16) == 0)
            word ^= 1u << random_below(32);
        post(&posted, word, bytes, len, COUNT_MAX + random_below(2) * 100000);
        count = ptn_posted_count(&posted.view, 0);
        if (count <= COUNT_MAX)
            count = read_names(&posted, COUNT_MAX, read);
        for (uint32_t i = 0; count != UINT32_MAX && i < count; i++) {
            assert_in_range(read[i], 0, posted.view.counts[PTN_SECTION_NAMES] - 1);
            assert_true(i == 0 || read[i] > read[i - 1]);
        }
        free(posted.bytes);
    }
}

/* Cut at any name, a list is what it was: on one side the names below, on the other those from it
 * on. */
static void test_names_index_posted__a_cut_parts_an_eight(void **state)
{
    static uint32_t names[COUNT_MAX];
    static uint32_t eights[COUNT_MAX + 1];

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        uint32_t count = 1 + random_below(round % 2 == 0 ? COUNT_MAX - 1 : 40);
        uint32_t *end = eights;
        struct posted posted;
        const uint32_t *cut;
        uint32_t at;
        uint32_t seen = 0;

        make_names(names, count);
        post_names(&posted, names, count);
        assert_true(ptn_posted_read(&posted.view, 0, COUNT_MAX, eights));
        at = names[random_below(count)] + random_below(3);
        end += ptn_posted_count(&posted.view, 0);
        cut = ptn_eights_cut(eights, &end, at);
        for (const uint32_t *eight = eights; eight < end; eight++)
            for (uint32_t left = ptn_eight_bits(*eight); left != 0; left &= left - 1) {
                assert_int_equal(ptn_eight_name(*eight, left), names[seen++]);
                assert_int_equal(names[seen - 1] >= at, eight >= cut);
            }
        assert_int_equal(seen, count);
        assert_true(cut == eights || ptn_eight_end(cut[-1]) <= at);
        assert_true(cut == end || ptn_eight_first(*cut) >= at);
        assert_ptr_equal(ptn_eights_cut(eights, &end, at), cut); /* it is cut already */
        free(posted.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_index_posted__is_read_as_it_was_written),
        cmocka_unit_test(test_names_index_posted__the_largest_name_and_step),
        cmocka_unit_test(test_names_index_posted__one_eight_or_none_takes_no_bytes),
        cmocka_unit_test(test_names_index_posted__hostile_bytes_stay_inside),
        cmocka_unit_test(test_names_index_posted__a_cut_parts_an_eight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
