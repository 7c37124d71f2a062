/* Years of birth that only a calendar counted from the Hijra has: which days they can mean, and
 * what that says of a match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "watch/list_int.h"
#include "watch/screen_int.h"

static struct ptn_birth_span span(struct ptn_date date)
{
    return (struct ptn_birth_span){ ptn_date_to_days(ptn_date_first(date)),
                                    ptn_date_to_days(ptn_date_last(date)), false };
}

static bool holds(struct ptn_birth_span meant, struct ptn_date day)
{
    int32_t days = ptn_date_to_days(day);

    return meant.first <= days && days <= meant.last;
}

static void test_hijra__known_days_lie_in_what_is_meant(void **state)
{
    static const struct {
        struct ptn_date hijra;
        struct ptn_date day;
        unsigned way; /* 0: lunar, 1: solar */
    } cases[] = {
        { { 1402, 6, 24 }, { 1982, 4, 18 }, 0 },  /* Umm al-Qura */
        { { 1400, 1, 1 }, { 1979, 11, 20 }, 0 },  /* the Grand Mosque is seized */
        { { 1445, 1, 1 }, { 2023, 7, 19 }, 0 },   /* a new year */
        { { 1385, 0, 0 }, { 1965, 5, 2 }, 0 },    /* its first day */
        { { 1385, 0, 0 }, { 1966, 4, 21 }, 0 },   /* its last */
        { { 1357, 11, 22 }, { 1979, 2, 11 }, 1 }, /* the day of the revolution */
        { { 1385, 0, 0 }, { 2006, 3, 21 }, 1 },   { { 1385, 0, 0 }, { 2007, 3, 20 }, 1 },
        { { 1402, 1, 0 }, { 2023, 3, 21 }, 1 },   { { 1402, 1, 0 }, { 2023, 4, 20 }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_birth_span meant[PTN_HIJRA_WAYS];

        assert_true(ptn_is_hijra(span(cases[i].hijra)));
        ptn_hijra_read(span(cases[i].hijra), meant);
        assert_true(holds(meant[cases[i].way], cases[i].day));
        assert_false(holds(meant[1 - cases[i].way], cases[i].day));
        if (cases[i].hijra.day != 0)
            assert_in_range(meant[cases[i].way].last - meant[cases[i].way].first, 0, 6);
    }
    assert_false(ptn_is_hijra(span((struct ptn_date){ 1965, 0, 0 })));
    assert_false(ptn_is_hijra(span((struct ptn_date){ 1249, 0, 0 })));
    assert_false(ptn_is_hijra(span((struct ptn_date){ 1500, 0, 0 })));
}

/* Each year of either calendar goes on where the one before ends. */
static void test_hijra__years_follow_each_other(void **state)
{
    (void)state;
    for (unsigned year = PTN_HIJRA_YEAR_FIRST; year < PTN_HIJRA_YEAR_LAST; year++) {
        struct ptn_birth_span now[PTN_HIJRA_WAYS];
        struct ptn_birth_span next[PTN_HIJRA_WAYS];

        ptn_hijra_read(span((struct ptn_date){ (uint16_t)year, 0, 0 }), now);
        ptn_hijra_read(span((struct ptn_date){ (uint16_t)(year + 1), 0, 0 }), next);
        assert_in_range(next[0].first - now[0].first, 354, 355);
        assert_in_range(next[1].first - now[1].first, 365, 366);
        for (size_t i = 0; i < PTN_HIJRA_WAYS; i++)
            assert_in_range(now[i].last - next[i].first, 1, 8);
    }
}

/* A list of one person of that birth, as a snapshot. */
static struct ptn_snapshot *listed(struct ptn_date born, enum ptn_alias alias,
                                   struct ptn_buffer *bytes)
{
    const struct ptn_list_name names[] = {
        { alias == PTN_ALIAS_WEAK ? PTN_BYTES_LITERAL("Somebody Else")
                                  : PTN_BYTES_LITERAL("VORLANDEK, Ismar"),
          PTN_ALIAS_PRIMARY },
        { PTN_BYTES_LITERAL("VORLANDEK, Ismar"), alias },
    };
    const struct ptn_list_birth birth = { ptn_date_first(born), ptn_date_last(born), false };
    const struct ptn_list_entry entry = { .id = PTN_BYTES_LITERAL("1"),
                                          .names = names,
                                          .name_count = 2,
                                          .births = &birth,
                                          .birth_count = 1,
                                          .has_action = true,
                                          .on_entry = PTN_LIST_ACTION_REFER,
                                          .on_exit = PTN_LIST_ACTION_REFER };
    const struct ptn_list_profile profile = ptn_list_profile_of(PTN_LIST_POSTERN);
    const struct ptn_snapshot_made made = { PTN_BYTES_LITERAL("N"), &profile, 1, &entry, 1 };
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(ptn_world_real());
    struct ptn_snapshot *snapshot = NULL;

    ptn_buffer_init(bytes, (size_t)1 << 22);
    assert_true(ptn_ok(ptn_snapshot_builder_make(builder, &made, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_write(builder, bytes, NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(bytes), &snapshot, NULL)));
    return snapshot;
}

/* WATCH-7. */
static void test_hijra__what_fits_is_said_and_identifies_nobody(void **state)
{
    static const struct {
        struct ptn_date listed;
        struct ptn_date traveller;
        const char *rule;
        unsigned score;
    } cases[] = {
        { { 1385, 0, 0 }, { 1965, 6, 1 }, "birth.hijra", 9600 }, /* lunar */
        { { 1385, 0, 0 }, { 2006, 6, 1 }, "birth.hijra", 9600 }, /* solar */
        { { 1385, 0, 0 }, { 1965, 0, 0 }, "birth.hijra", 9600 },
        { { 1385, 0, 0 }, { 1962, 6, 1 }, "birth.near", 8600 },
        { { 1385, 0, 0 }, { 1990, 6, 1 }, "birth.differs", 7400 },
        { { 1402, 6, 24 }, { 1982, 4, 18 }, "birth.hijra", 9600 },
        { { 1402, 6, 24 }, { 1982, 5, 18 }, "birth.near", 8600 },
        { { 1965, 6, 1 }, { 1385, 0, 0 }, "birth.hijra", 9600 }, /* in the document */
        { { 2006, 6, 1 }, { 1385, 0, 0 }, "birth.hijra", 9600 },
        { { 1990, 6, 1 }, { 1385, 0, 0 }, "birth.differs", 7400 },
        { { 1385, 0, 0 }, { 1385, 0, 0 }, "birth.hijra", 9600 }, /* in both */
        { { 1385, 0, 0 }, { 1345, 0, 0 }, "birth.differs", 7400 },
    };
    struct ptn_arena *arena = ptn_arena_new((size_t)1 << 22);

    (void)state;
    for (size_t i = 0; i < 4 * sizeof(cases) / sizeof(cases[0]); i++) {
        enum ptn_alias alias = i % 2 == 0 ? PTN_ALIAS_STRONG : PTN_ALIAS_WEAK;
        const char *rule = cases[i / 4].rule;
        struct ptn_buffer bytes;
        struct ptn_snapshot *snapshot = listed(cases[i / 4].listed, alias, &bytes);
        struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("VORLANDEK, Ismar"),
                                          .birth = cases[i / 4].traveller,
                                          .brute = i % 4 > 1 };
        bool fits = strcmp(rule, "birth.hijra") == 0;
        struct ptn_match *matches = NULL;
        size_t count = 0;
        bool more = false;
        bool said = false;

        ptn_arena_clear(arena);
        assert_true(ptn_ok(ptn_screen(snapshot, &query, arena, &matches, &count, &more, NULL)));
        assert_int_equal(count, alias == PTN_ALIAS_STRONG || fits);
        if (count == 1) {
            assert_int_equal(matches[0].score, alias == PTN_ALIAS_WEAK ? 7500 : cases[i / 4].score);
            assert_false(matches[0].corroborated);
            for (size_t k = 0; k < matches[0].why_count; k++)
                said = said || strcmp(matches[0].why[k].rule, rule) == 0;
            assert_true(said);
        }
        ptn_snapshot_close(snapshot);
        ptn_buffer_release(&bytes);
    }
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hijra__known_days_lie_in_what_is_meant),
        cmocka_unit_test(test_hijra__years_follow_each_other),
        cmocka_unit_test(test_hijra__what_fits_is_said_and_identifies_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
