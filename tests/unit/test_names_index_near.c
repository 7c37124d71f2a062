/* Many forms compared at once give what one form at a time gives, and both give every form that is
 * alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "names/index_near_int.h"

#define NAMES     900u
#define FORMS_MAX 6000u
#define WAYS      3u /* enum ptn_block_way */

static uint64_t seed = 11;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) * limit >> 31);
}

static const char *const pieces[] = {
    "ka", "m",  "ri",  "sha", "lo",  "d",  "in", "مح",  "مد", "ع",
    "김", "영", "ива", "нов", "van", "th", "e",  "dou", "z",  "ba"
};

static void make_word(char text[64])
{
    unsigned count = 1 + random_below(5);
    unsigned first = random_below(sizeof(pieces) / sizeof(pieces[0]));
    size_t len = 0;

    for (unsigned i = 0; i < count; i++) {
        const char *piece =
            pieces[(first + random_below(3)) % (sizeof(pieces) / sizeof(pieces[0]))];

        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    text[len] = '\0';
}

struct found {
    bool forms[FORMS_MAX];
};

static void on_near(void *context, uint32_t form)
{
    struct found *found = context;

    assert_true(form < FORMS_MAX);
    found->forms[form] = true;
}

static void look_up(const struct ptn_index_view *view, const struct ptn_name_part *part,
                    struct ptn_near_seen *seen)
{
    static struct found found[WAYS];

    for (unsigned i = 0; i < WAYS; i++) {
        memset(&found[i], 0, sizeof(found[i]));
        seen->way = (enum ptn_block_way)i;
        assert_true(ptn_near_forms(view, part, false, false, seen, on_near, &found[i]));
    }
    assert_memory_equal(&found[PTN_BLOCK_WIDEST], &found[PTN_BLOCK_NOWHERE], sizeof(found[0]));
    assert_memory_equal(&found[PTN_BLOCK_HALVES], &found[PTN_BLOCK_NOWHERE], sizeof(found[0]));
    for (uint32_t i = 0; i < view->part_form_count; i++) {
        struct ptn_name_part form = view->forms[i];

        form.variant = 0;
        if (form.full_count > 0 && ptn_part_likeness(part, &form, false).similarity > 0)
            assert_true(found[0].forms[i]);
    }
}

static void test_names_index_near__finds_all_that_is_alike_both_ways(void **state)
{
    static char texts[NAMES][64];
    struct ptn_index_name names[NAMES];
    struct ptn_near_seen seen = { .at = NULL };
    struct ptn_buffer blob;
    struct ptn_index index;
    struct ptn_index_view view;

    (void)state;
    for (uint32_t i = 0; i < NAMES; i++) {
        make_word(texts[i]);
        names[i] = (struct ptn_index_name){ ptn_bytes_from_text(texts[i]), i, 0 };
    }
    ptn_buffer_init(&blob, (size_t)64 << 20);
    assert_int_equal(ptn_index_build(names, NAMES, &blob, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_index_open(ptn_buffer_bytes(&blob), &index, NULL).code, PTN_C_OK);
    view = ptn_index_view_of(&index);
    seen.at = calloc((size_t)view.counts[PTN_SECTION_SKELETONS] + 1, sizeof(*seen.at));
    assert_non_null(seen.at);
    for (unsigned i = 0; i < 300; i++) {
        struct ptn_name name;
        char text[64];

        make_word(text);
        ptn_name_read(ptn_bytes_from_text(text), PTN_NAME_FREE, &name);
        for (unsigned k = 0; k < name.part_count; k++)
            if (name.parts[k].full_count > 0) {
                name.parts[k].variant = 0;
                look_up(&view, &name.parts[k], &seen);
            }
    }
    free(seen.at);
    ptn_buffer_release(&blob);
}

/* What is alike of what a look-up finds. */
struct alike {
    const struct ptn_index_view *view;
    const struct ptn_name_part *part;
    bool joined;
    bool forms[FORMS_MAX];
};

static void on_alike(void *context, uint32_t form)
{
    struct alike *alike = context;

    assert_true(form < FORMS_MAX);
    if (ptn_part_likeness(alike->part, &alike->view->forms[form], alike->joined).similarity == 0)
        return;
    assert_false(alike->forms[form]); /* each form comes once */
    alike->forms[form] = true;
}

/* Returns how many forms from the first of its skeleton on are alike. */
static unsigned compare_many(const struct ptn_index_view *view, struct ptn_near_many *many,
                             struct ptn_near_seen *seen, uint32_t first, uint32_t form,
                             bool among_joins)
{
    static struct alike alike[2];
    const enum ptn_block_way way = seen->way;
    unsigned count = 0;

    for (unsigned i = 0; i < 2; i++) {
        memset(&alike[i], 0, sizeof(alike[i]));
        alike[i].view = view;
        alike[i].part = &view->forms[form];
        alike[i].joined = among_joins;
    }
    assert_true(ptn_near_many_forms(many, alike[0].part, on_alike, &alike[0]));
    seen->way = PTN_BLOCK_NOWHERE;
    assert_true(ptn_near_forms(view, alike[1].part, false, among_joins, seen, on_alike, &alike[1]));
    seen->way = way;
    for (unsigned i = 0; i < 2; i++)
        memset(alike[i].forms, 0, first); /* where no blocks are compared, all of them come */
    assert_memory_equal(alike[0].forms, alike[1].forms, sizeof(alike[0].forms));
    for (uint32_t i = first; i < FORMS_MAX; i++)
        count += alike[0].forms[i];
    return count;
}

/* What the index says is near a form is what a look-up finds alike (variants aside). */
static void check_list(const struct ptn_index_view *view, struct ptn_near_seen *seen, uint32_t form)
{
    static struct alike alike;
    bool is_join = form >= view->part_form_count;
    struct ptn_near_list list;

    assert_true(ptn_near_list_of(view, form, &list));
    if (view->forms[form].variant != 0 || view->forms[form].full_count == 0)
        return;
    memset(&alike, 0, sizeof(alike));
    alike.view = view;
    alike.part = &view->forms[form];
    for (unsigned among = 0; among < (is_join ? 1u : 2u); among++) {
        alike.joined = is_join || among == 1;
        assert_true(ptn_near_forms(view, alike.part, is_join, among == 1, seen, on_alike, &alike));
    }
    while (ptn_near_next(&list)) {
        unsigned similarity;

        assert_true(alike.forms[list.form]);
        alike.forms[list.form] = false;
        similarity = ptn_part_likeness(&view->forms[list.form], alike.part,
                                       is_join || list.form >= view->part_form_count)
                         .similarity;
        assert_int_equal(list.similarity, ptn_near_similarity(ptn_near_step(similarity)));
    }
    for (uint32_t i = 0; i < FORMS_MAX; i++)
        assert_false(alike.forms[i]);
}

static void test_names_index_near__forms_of_one_skeleton_find_together_what_each_finds(void **state)
{
    static char texts[NAMES][130];
    struct ptn_index_name names[NAMES];
    struct ptn_near_seen seen = { .at = NULL };
    struct ptn_near_many *many;
    struct ptn_buffer blob;
    struct ptn_index index;
    struct ptn_index_view view;
    unsigned found[2] = { 0, 0 };

    (void)state;
    for (uint32_t i = 0; i < NAMES; i++) {
        make_word(texts[i]);
        strcat(texts[i], " ");
        make_word(texts[i] + strlen(texts[i]));
        names[i] = (struct ptn_index_name){ ptn_bytes_from_text(texts[i]), i, 0 };
    }
    ptn_buffer_init(&blob, (size_t)64 << 20);
    assert_int_equal(ptn_index_build(names, NAMES, &blob, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_index_open(ptn_buffer_bytes(&blob), &index, NULL).code, PTN_C_OK);
    view = ptn_index_view_of(&index);
    seen.at = calloc((size_t)view.counts[PTN_SECTION_SKELETONS] + 1, sizeof(*seen.at));
    many = ptn_near_many_new(&view, &seen);
    assert_true(seen.at != NULL && many != NULL);
    for (uint32_t i = 0; i < view.part_skeleton_count; i++)
        for (unsigned turn = 0; turn < 2 * WAYS; turn++) {
            const struct ptn_index_skeleton *skeleton = &view.skeletons[i];
            const unsigned among = turn % 2;

            seen.way = (enum ptn_block_way)(turn / 2);
            assert_true(ptn_near_many_gather(many, skeleton->first_form, among == 1));
            for (uint32_t f = 0; f < skeleton->form_count; f++)
                found[among] += compare_many(&view, many, &seen, skeleton->first_form,
                                             skeleton->first_form + f, among == 1);
        }
    assert_true(found[0] > view.part_form_count && found[1] > 0);
    for (uint32_t i = 0; i < view.counts[PTN_SECTION_FORMS]; i++)
        check_list(&view, &seen, i);
    ptn_near_many_free(many);
    free(seen.at);
    ptn_buffer_release(&blob);
}

/* Edits between two skeletons, the slow way. */
static unsigned edits(uint64_t a, unsigned a_len, uint64_t b, unsigned b_len)
{
    unsigned rows[PTN_SKELETON_MAX + 1][PTN_SKELETON_MAX + 1];

    for (unsigned i = 0; i <= a_len; i++)
        for (unsigned j = 0; j <= b_len; j++) {
            unsigned best = i + j;

            if (i > 0 && rows[i - 1][j] + 1 < best)
                best = rows[i - 1][j] + 1;
            if (j > 0 && rows[i][j - 1] + 1 < best)
                best = rows[i][j - 1] + 1;
            if (i > 0 && j > 0) {
                bool other = (a >> (3 * (i - 1)) & 7u) != (b >> (3 * (j - 1)) & 7u);

                if (rows[i - 1][j - 1] + other < best)
                    best = rows[i - 1][j - 1] + other;
            }
            rows[i][j] = best;
        }
    return rows[a_len][b_len];
}

static uint64_t random_skeleton(unsigned len, unsigned classes)
{
    uint64_t skeleton = 0;

    for (unsigned i = 0; i < len; i++)
        skeleton |= (uint64_t)(1 + random_below(classes)) << (3 * i);
    return skeleton;
}

static void test_names_index_near__skeletons_fit_as_the_edits_between_them_say(void **state)
{
    unsigned fitting = 0;

    (void)state;
    for (unsigned n = 0; n < 300000; n++) {
        unsigned a_len = random_below(PTN_SKELETON_MAX + 1);
        unsigned b_len = a_len + random_below(5);
        unsigned classes = 1 + random_below(7);
        uint64_t a = random_skeleton(a_len, classes);
        uint64_t b;
        unsigned longer;
        unsigned apart;

        b_len = b_len < 2 ? 0 : b_len - 2 > PTN_SKELETON_MAX ? PTN_SKELETON_MAX : b_len - 2;
        b = random_below(2) == 0 ? random_skeleton(b_len, classes)
                                 : a & ((1ull << (3 * b_len)) - 1);
        if (b_len > a_len && b == a)
            b |= random_skeleton(b_len, classes) >> (3 * a_len) << (3 * a_len);
        if (b_len > 0 && random_below(2) == 0) {
            unsigned place = 3 * random_below(b_len);

            b = (b & ~(7ull << place)) | (uint64_t)(1 + random_below(7)) << place;
        }
        longer = a_len > b_len ? a_len : b_len;
        apart = edits(a, a_len, b, b_len);
        assert_int_equal(ptn_skeletons_fit(a, a_len, b, b_len, false),
                         apart <= ptn_skeleton_edits(longer));
        assert_int_equal(ptn_skeletons_fit(b, b_len, a, a_len, true), apart <= PTN_EDITS_JOINED);
        fitting += apart <= ptn_skeleton_edits(longer);
    }
    assert_in_range(fitting, 30000, 270000); /* both cases are met */
}

static void test_names_index_near__a_similarity_in_steps_is_never_less(void **state)
{
    (void)state;
    for (unsigned similarity = PTN_NEAR_LEAST; similarity <= PTN_SCORE_ONE; similarity++) {
        unsigned step = ptn_near_step(similarity);

        assert_true(step <= PTN_NEAR_STEPS);
        assert_true(ptn_near_similarity(step) >= similarity);
        assert_true(ptn_near_similarity(step) <= PTN_SCORE_ONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_index_near__finds_all_that_is_alike_both_ways),
        cmocka_unit_test(
            test_names_index_near__forms_of_one_skeleton_find_together_what_each_finds),
        cmocka_unit_test(test_names_index_near__skeletons_fit_as_the_edits_between_them_say),
        cmocka_unit_test(test_names_index_near__a_similarity_in_steps_is_never_less),
    };

    return cmocka_run_group_tests_name("names_index_near", tests, NULL, NULL);
}
