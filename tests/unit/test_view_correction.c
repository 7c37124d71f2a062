/* Goal: what was recorded wrong is shown with what is right, the row stays, and nobody makes a
 * count of days milder by typing alone. */
#include "view/search.h"

#include "view_setting.h"

#define ARENA_SIZE ((size_t)16 << 20)

static const struct ptn_stay_limit limit = { 90, 180 };
static const struct ptn_date today = { 2026, 11, 20 };

static void put(struct setting *setting, uint32_t kind)
{
    struct ptn_view_entry entry;

    assert_true(ptn_ok(made_seal(&setting->made, kind)));
    entry = made_as_entry(&setting->made);
    assert_true(ptn_ok(ptn_view_begin(setting->view, NULL)));
    assert_true(ptn_ok(ptn_view_apply(setting->view, &entry, NULL)));
    assert_true(ptn_ok(ptn_view_commit(setting->view, NULL)));
}

/* Person `who` crosses on 1 November: in with an even number, out with an odd one. */
static void cross(struct setting *setting, uint64_t seq, uint64_t who)
{
    assert_true(ptn_ok(made_trip(&setting->made, 1, seq, PEOPLE)));
    made_person(&setting->made, who);
    ptn_buffer_clear(&setting->made.payload);
    assert_true(ptn_ok(ptn_crossing_write(&setting->made.crossing, &setting->made.payload)));
    put(setting, PTN_RECORD_CROSSING);
}

/* The crossing of that number is said to be wrong; the nth time. */
static void say(struct setting *setting, uint64_t nth, uint64_t crossing, const char *second,
                enum ptn_direction direction, struct ptn_date date)
{
    struct ptn_correction correction = { .id = { { (uint8_t)(nth + 1) } },
                                         .time_ms = MADE_START_MS + (int64_t)nth * 1000,
                                         .post = PTN_BYTES_LITERAL("centre"),
                                         .officer = PTN_BYTES_LITERAL("ana"),
                                         .second = ptn_bytes_from_text(second),
                                         .reason = PTN_BYTES_LITERAL("a stamp"),
                                         .direction = direction,
                                         .date = date };
    struct made made = { .payload = { .len_max = 65536 } };

    assert_true(ptn_ok(made_trip(&made, 1, crossing, PEOPLE)));
    made_person(&made, 7);
    correction.of = made.crossing.id;
    correction.person = made.crossing.person;
    assert_true(ptn_ok(made_trip(&setting->made, 2, nth, PEOPLE)));
    ptn_buffer_clear(&setting->made.payload);
    assert_true(ptn_ok(ptn_correction_write(&correction, &setting->made.payload)));
    put(setting, PTN_RECORD_CORRECTION);
    ptn_buffer_release(&made.payload);
}

static struct ptn_view_history page_of(struct setting *setting, struct ptn_arena *arena,
                                       uint64_t who)
{
    struct made made = { .seq = 0 };
    struct ptn_view_who asked = { .count = 5 };
    const struct ptn_view_person *rows = NULL;
    struct ptn_view_history page = { .more = true };
    size_t count = 0;
    bool more = false;

    made_person(&made, who);
    asked.number = made.crossing.person.document.number;
    assert_true(ptn_ok(ptn_view_persons(setting->view, &asked, arena, &rows, &count, &more, NULL)));
    assert_int_equal(count, 1);
    assert_true(
        ptn_ok(ptn_view_person(setting->view, &rows[0].key, limit, today, arena, &page, NULL)));
    return page;
}

/* CORRECT-1 */
static void test_correction__one_person_alone_makes_nothing_milder(void **state)
{
    static const struct ptn_date october = { 2026, 10, 20 }, november = { 2026, 11, 15 };
    static const struct ptn_date none = { 0, 0, 0 };
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history page;

    assert_non_null(arena);
    cross(setting, 0, 7);
    page = page_of(setting, arena, 7);
    assert_true(page.stay_known && page.stay.inside && !page.stay_corrected);
    assert_int_equal(page.stay.used, 20);

    say(setting, 0, 0, "", PTN_DIRECTION_EXIT, none); /* away with it: shown, and no more */
    page = page_of(setting, arena, 7);
    assert_int_equal(page.correction_count, 1);
    assert_int_equal(page.crossings[0].crossing.direction, PTN_DIRECTION_ENTRY);
    assert_true(page.stay.inside && !page.stay_corrected);
    assert_int_equal(page.stay.used, 20);

    say(setting, 1, 0, "", 0, october); /* earlier in: more days */
    page = page_of(setting, arena, 7);
    assert_true(page.stay_corrected);
    assert_int_equal(page.stay.used, 32);

    say(setting, 2, 0, "", 0, november); /* another takes that back alone: it stays */
    page = page_of(setting, arena, 7);
    assert_int_equal(page.correction_count, 3);
    assert_int_equal(page.stay.used, 32);

    say(setting, 3, 0, "ben", 0, november); /* two people */
    page = page_of(setting, arena, 7);
    assert_int_equal(page.stay.used, 6);
    assert_true(page.stay_corrected);
    assert_int_equal(page.corrections[0].correction.time_ms, MADE_START_MS + 3000);

    say(setting, 4, 0, "ben", PTN_DIRECTION_EXIT, november);
    page = page_of(setting, arena, 7);
    assert_false(page.stay.inside);
    ptn_arena_free(arena);
}

/* What is harmless when it is said takes nothing away when more is known. */
static void test_correction__no_later_crossing_turns_it(void **state)
{
    static const struct ptn_date later = { 2026, 11, 25 };
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history page;

    assert_non_null(arena);
    say(setting, 0, 0, "", 0, later); /* before its crossing came: not before the 25th */
    cross(setting, 0, 7);
    page = page_of(setting, arena, 7);
    assert_true(page.stay_known && page.stay.inside);
    assert_int_equal(page.stay.used, 20);
    assert_int_equal(page.correction_count, 1);
    ptn_arena_free(arena);
}

/* VIEW-3: an erased correction is gone, and its crossing counts as before; VIEW-2: the order in
 * which ledgers come changes nothing (test_view_digest). Nobody is found by what was said. */
static void test_correction__an_erased_one_is_gone(void **state)
{
    static const struct ptn_date november = { 2026, 11, 15 };
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history page;

    assert_non_null(arena);
    cross(setting, 0, 7);
    say(setting, 0, 0, "ben", 0, november);
    assert_int_equal(page_of(setting, arena, 7).stay.used, 6);
    assert_true(ptn_ok(ptn_view_begin(setting->view, NULL)));
    assert_true(ptn_ok(ptn_view_forget(setting->view, ORIGIN_2, 0, NULL)));
    assert_true(ptn_ok(ptn_view_commit(setting->view, NULL)));
    page = page_of(setting, arena, 7);
    assert_int_equal(page.correction_count, 0);
    assert_int_equal(page.stay.used, 20);
    assert_int_equal(cursor_of(setting, ORIGIN_2).erased, 1);
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_correction__one_person_alone_makes_nothing_milder,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_correction__no_later_crossing_turns_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_correction__an_erased_one_is_gone, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
