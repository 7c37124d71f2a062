/* What the index finds is what a scan of every name finds, in the same order; names are made from
 * syllables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "names_ways.h"

#define NAMES     400u
#define QUESTIONS 1500u /* more with PTN_NAMES_QUESTIONS */
#define TOP_MAX   60u
#define TEXT_MAX  200u

struct list {
    char texts[NAMES][TEXT_MAX];
    struct ptn_index_name names[NAMES];
    struct ptn_buffer blob;
    struct ptn_index index;
    struct ptn_index_scratch *scratch;
};

static uint64_t seed;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) * limit >> 31);
}

static const char *const words[] = {
    "Muhammad", "Ali",     "al-",     "Abd",   "bin",    "Hassan", "Xiao",   "Ping",
    "Kim",      "de",      "Jong",    "Un",    "Ivanov", "Ivan",   "Sergey", "Sergei",
    "محمد",     "عبدالله", "الدين",   "علي",   "Юрий",   "Петров", "김정은", "이",
    "דוד",      "Георги",  "Gjergj",  "J.",    "A",      "Ltd",    "Haji",   "Abdul",
    "rahman",   "Salim",   "Παύλος",  "Hoxha", "Đorđe",  "小平",   "12",     "Mohamed",
    "o",        "Lee",     "van der", "S.A.",  "Yi",     "Wei",    "ไทย",    "Abdulrahman",
};

static const char *const syllables[] = { "ba", "ko", "shi", "ra", "mu",  "tel", "zan", "qar",
                                         "ji", "lu", "ven", "o",  "kha", "din", "gho", "the" };

/* A name of known words and made ones, so that parts repeat, resemble and join. */
static void make_name(char text[TEXT_MAX])
{
    unsigned parts = 1 + random_below(5);
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < parts && len < TEXT_MAX - 60; i++) {
        if (random_below(2) == 0) {
            len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s",
                                    words[random_below(sizeof(words) / sizeof(words[0]))]);
        } else {
            unsigned count = 1 + random_below(4);

            for (unsigned k = 0; k < count; k++)
                len += (size_t)snprintf(
                    text + len, TEXT_MAX - len, "%s",
                    syllables[random_below(sizeof(syllables) / sizeof(syllables[0]))]);
        }
        if (random_below(8) != 0)
            len += (size_t)snprintf(text + len, TEXT_MAX - len, random_below(9) == 0 ? "-" : " ");
    }
}

static void mutate(char text[TEXT_MAX])
{
    size_t len = strlen(text);

    for (unsigned i = random_below(4); i > 0 && len > 2 && len < TEXT_MAX - 8; i--) {
        size_t at = random_below((uint32_t)len);

        if (random_below(2) == 0) {
            memmove(text + at, text + at + 1, len - at);
            len--;
        } else {
            memmove(text + at + 1, text + at, len - at + 1);
            text[at] = "aeiouyhstkn -"[random_below(13)];
            len++;
        }
    }
}

#define COHORTS 9u

/* What evidence leaves of scores in each cohort, chosen anew for each question. */
static uint16_t most_left[PTN_INDEX_COHORTS];

static void choose_most(void)
{
    static const uint16_t levels[] = { 10000, 9700, 9500, 8600, 7400, 0 };

    for (unsigned i = 0; i < PTN_INDEX_COHORTS; i++)
        most_left[i] = levels[random_below(6)];
}

static unsigned cohort_of(uint32_t name)
{
    return name * 7 % COHORTS * 28;
}

/* Scores go down by evidence beside the name; some names are left out whole. */
static unsigned adjust(void *context, uint32_t name, unsigned name_score)
{
    unsigned most = name_score * most_left[cohort_of(name)] / PTN_SCORE_ONE;

    (void)context;
    return name % 7 == 0 ? 0 : most - most * (name % 5) / 40;
}

static int set_up(void **state)
{
    struct list *list = calloc(1, sizeof(*list));

    if (list == NULL)
        return 1;
    seed = 42;
    for (uint32_t i = 0; i < NAMES; i++) {
        make_name(list->texts[i]);
        list->names[i] = (struct ptn_index_name){ ptn_bytes_from_text(list->texts[i]),
                                                  i * 3 / 7 * 2, (uint8_t)cohort_of(i) };
    }
    ptn_buffer_init(&list->blob, 64u << 20);
    if (!ptn_ok(ptn_index_build(list->names, NAMES, &list->blob, NULL)) ||
        !ptn_ok(ptn_index_open(ptn_buffer_bytes(&list->blob), &list->index, NULL)))
        return 1;
    list->scratch = ptn_index_scratch_new(&list->index);
    *state = list;
    return list->scratch == NULL;
}

static int tear_down(void **state)
{
    struct list *list = *state;

    ptn_index_scratch_free(list->scratch);
    ptn_buffer_release(&list->blob);
    free(list);
    return 0;
}

static void ask_both(const struct list *list, const char *text, enum ptn_name_form form,
                     unsigned threshold, size_t top, ptn_index_adjust_fn adjust_fn)
{
    struct ptn_index_hit hits[2][TOP_MAX];
    size_t count[2] = { 99, 99 };
    bool more[2] = { false, true };
    struct ptn_name name;
    struct ptn_index_query query = { &name,     threshold, top,
                                     adjust_fn, NULL,      adjust_fn == NULL ? NULL : most_left };

    choose_way(list->scratch, random_below);
    ptn_name_read(ptn_bytes_from_text(text), form, &name);
    assert_int_equal(
        ptn_index_find(&list->index, &query, list->scratch, hits[0], &count[0], &more[0]).code,
        PTN_C_OK);
    assert_int_equal(
        ptn_index_scan(&list->index, &query, list->scratch, hits[1], &count[1], &more[1]).code,
        PTN_C_OK);
    if (count[0] != count[1] || more[0] != more[1] ||
        memcmp(hits[0], hits[1], count[0] * sizeof(hits[0][0])) != 0)
        fail_msg("\"%s\" at %u, top %zu: found %zu, scanned %zu", text, threshold, top, count[0],
                 count[1]);
}

/* NAMES-1. */
static void test_names_index__finds_what_a_scan_finds(void **state)
{
    const struct list *list = *state;
    const char *wanted = getenv("PTN_NAMES_QUESTIONS");
    unsigned count = wanted == NULL ? QUESTIONS : (unsigned)strtoul(wanted, NULL, 10);

    seed = 7;
    for (unsigned i = 0; i < count; i++) {
        char text[TEXT_MAX];

        if (random_below(3) == 0)
            make_name(text);
        else
            memcpy(text, list->texts[random_below(NAMES)], sizeof(text));
        mutate(text);
        choose_most();
        ask_both(list, text, PTN_NAME_FREE, PTN_SCORE_MINIMUM + 100 * random_below(31),
                 1 + random_below(TOP_MAX), random_below(3) == 0 ? adjust : NULL);
    }
}

/* NAMES-1. */
static void test_names_index__answers_hostile_questions_like_a_scan(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "a",
        "...",
        "al",
        "bin ben ibn al el",
        "van der de la",
        "J. R. R.",
        "Ali Ali Ali Ali Ali Ali Ali Ali Ali Ali Ali Ali Ali Ali Ali Ali Ali",
        "\xff\xfe\xed\xa0\x80",
        "bababababababababababababababababababababababababababababa",
        "0",
        "Ltd LLC GmbH",
    };
    const struct list *list = *state;
    char *long_text = malloc(10001);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ask_both(list, texts[i], PTN_NAME_FREE, PTN_SCORE_MINIMUM, TOP_MAX, NULL);
    assert_non_null(long_text);
    memcpy(long_text, "\xe2\x80",
           2); /* right-to-left override, made here so that no editor obeys it */
    memcpy(long_text + 2, "\xae mahuM ilA", 12);
    ask_both(list, long_text, PTN_NAME_FREE, PTN_SCORE_MINIMUM, TOP_MAX, NULL);
    memset(long_text, 'a', 10000);
    long_text[10000] = '\0';
    ask_both(list, long_text, PTN_NAME_FREE, PTN_SCORE_MINIMUM, TOP_MAX, NULL);
    for (size_t i = 0; i < 10000; i += 2)
        memcpy(long_text + i, "\xcc\x81", 2); /* 5,000 combining marks */
    ask_both(list, long_text, PTN_NAME_FREE, PTN_SCORE_MINIMUM, TOP_MAX, NULL);
    for (size_t i = 0; i + 4 <= 10000; i += 4)
        memcpy(long_text + i, "Ali ", 4);
    ask_both(list, long_text, PTN_NAME_FREE, PTN_SCORE_MINIMUM, TOP_MAX, NULL);
    free(long_text);
}

static void test_names_index__finds_a_name_the_zone_cut_short(void **state)
{
    const struct list *list = *state;

    for (uint32_t i = 0; i < NAMES; i += 4) {
        char text[40] = "AAAAAAAAAAAAAAAAAAAA<<";
        size_t len = strlen(text);

        for (const char *at = list->texts[i]; *at != '\0' && len < 39; at++)
            if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z'))
                text[len++] = (char)(*at & ~32);
            else if (*at == ' ')
                text[len++] = '<';
        text[len] = '\0';
        ask_both(list, text, PTN_NAME_MRZ, PTN_SCORE_MINIMUM, TOP_MAX, NULL);
        ask_both(list, text + 9, PTN_NAME_MRZ, PTN_SCORE_MINIMUM, TOP_MAX, NULL);
    }
}

/* Titles that weigh more together than an index keeps: the name is found all the same. */
static void test_names_index__many_titles_hide_nobody(void **state)
{
    static const char text[] = "abu abou abo abi umm um abu abou abo Gjergj Hoxhabakoshi";
    const struct ptn_index_name name = {
        PTN_BYTES_LITERAL("abu abou abo abi umm um abu abou abo Gjergj Hoxhabakoshi"), 0, 0
    };
    struct list list = { .scratch = NULL };

    (void)state;
    ptn_buffer_init(&list.blob, 64u << 20);
    assert_true(ptn_ok(ptn_index_build(&name, 1, &list.blob, NULL)));
    assert_true(ptn_ok(ptn_index_open(ptn_buffer_bytes(&list.blob), &list.index, NULL)));
    list.scratch = ptn_index_scratch_new(&list.index);
    assert_non_null(list.scratch);
    ask_both(&list, text, PTN_NAME_FREE, PTN_SCORE_ONE, 1, NULL);
    ptn_index_scratch_free(list.scratch);
    ptn_buffer_release(&list.blob);
}

static void test_names_index__same_names_give_same_bytes(void **state)
{
    const struct list *list = *state;
    struct ptn_buffer again;

    ptn_buffer_init(&again, 64u << 20);
    assert_int_equal(ptn_index_build(list->names, NAMES, &again, NULL).code, PTN_C_OK);
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&again), ptn_buffer_bytes(&list->blob)));
    ptn_buffer_release(&again);
}

static void test_names_index__an_index_of_nothing_answers_nothing(void **state)
{
    struct ptn_buffer blob;
    struct ptn_index index;
    struct ptn_index_scratch *scratch;
    struct ptn_index_hit hit;
    struct ptn_name name;
    struct ptn_index_query query = { &name, 0, 1, NULL, NULL, NULL };
    size_t count = 9;
    bool more = true;

    (void)state;
    ptn_buffer_init(&blob, 1u << 20);
    assert_int_equal(ptn_index_build(NULL, 0, &blob, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_index_open(ptn_buffer_bytes(&blob), &index, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_index_name_count(&index), 0);
    scratch = ptn_index_scratch_new(&index);
    assert_non_null(scratch);
    ptn_name_read(PTN_BYTES_LITERAL("Ali"), PTN_NAME_FREE, &name);
    assert_int_equal(ptn_index_find(&index, &query, scratch, &hit, &count, &more).code, PTN_C_OK);
    assert_int_equal(count, 0);
    assert_false(more);
    ptn_index_scratch_free(scratch);
    ptn_buffer_release(&blob);
}

static void test_names_index__a_cap_is_kept_and_the_buffer_left_as_it_was(void **state)
{
    const struct list *list = *state;
    struct ptn_buffer out;
    struct ptn_diag diag = { 0 };

    ptn_buffer_init(&out, list->blob.len + 7);
    assert_int_equal(ptn_buffer_add_u64(&out, 5).code, PTN_C_OK);
    assert_int_equal(ptn_index_build(list->names, NAMES, &out, &diag).code, PTN_C_TOO_BIG);
    assert_int_equal(out.len, 8);
    assert_non_null(diag.text);
    ptn_buffer_release(&out);
}

static void test_names_index__damaged_bytes_are_refused_or_answered_without_harm(void **state)
{
    const struct list *list = *state;
    size_t len = list->blob.len;
    uint64_t *copy = malloc(len);
    struct ptn_index index;

    assert_non_null(copy);
    for (size_t cut = 0; cut < 240; cut += 8) {
        memcpy(copy, list->blob.at, len);
        assert_int_equal(ptn_index_open(ptn_bytes_of(copy, cut), &index, NULL).code, PTN_C_CORRUPT);
    }
    assert_int_equal(
        ptn_index_open(ptn_bytes_of(copy, len - PTN_INDEX_ALIGNMENT), &index, NULL).code,
        PTN_C_CORRUPT);
    seed = 3;
    for (unsigned i = 0; i < 300; i++) {
        struct ptn_index_scratch *scratch;
        struct ptn_index_hit hits[TOP_MAX];
        struct ptn_name name;
        struct ptn_index_query query = { &name, 0, TOP_MAX, NULL, NULL, NULL };
        size_t count;
        bool more;

        memcpy(copy, list->blob.at, len);
        for (unsigned k = 0; k < 20; k++)
            ((uint8_t *)copy)[random_below((uint32_t)len)] = (uint8_t)random_below(256);
        if (!ptn_ok(ptn_index_open(ptn_bytes_of(copy, len), &index, NULL)))
            continue;
        scratch = ptn_index_scratch_new(&index);
        assert_non_null(scratch);
        for (unsigned k = 0; k < 4; k++) {
            ptn_name_read(ptn_bytes_from_text(list->texts[random_below(NAMES)]), PTN_NAME_FREE,
                          &name);
            (void)ptn_ok(ptn_index_find(&index, &query, scratch, hits, &count, &more));
        }
        (void)ptn_ok(ptn_index_scan(&index, &query, scratch, hits, &count, &more));
        ptn_index_scratch_free(scratch);
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_index__finds_what_a_scan_finds),
        cmocka_unit_test(test_names_index__answers_hostile_questions_like_a_scan),
        cmocka_unit_test(test_names_index__finds_a_name_the_zone_cut_short),
        cmocka_unit_test(test_names_index__many_titles_hide_nobody),
        cmocka_unit_test(test_names_index__same_names_give_same_bytes),
        cmocka_unit_test(test_names_index__an_index_of_nothing_answers_nothing),
        cmocka_unit_test(test_names_index__a_cap_is_kept_and_the_buffer_left_as_it_was),
        cmocka_unit_test(test_names_index__damaged_bytes_are_refused_or_answered_without_harm),
    };

    return cmocka_run_group_tests_name("names_index", tests, set_up, tear_down);
}
