/* Goal: what may be told of a person is what their page has of their own document, but for what
 * may not; on either engine. */
#include "view/subject.h"

#include "view/search.h"
#include "view_setting.h"

#define ARENA_SIZE ((size_t)16 << 20)
#define LEDGERS    3u
#define ENTRIES    300u

struct told {
    size_t crossings, ends, permits, looks;
    int64_t before_ms; /* each kind comes the latest first */
    size_t fails_at;   /* the row that is refused, from 1; 0: none */
};

static struct ptn_status count(struct told *told, size_t *kind, int64_t ms)
{
    assert_true(*kind == 0 || ms <= told->before_ms);
    told->before_ms = ms;
    (*kind)++;
    if (told->fails_at > 0 && --told->fails_at == 0)
        return (struct ptn_status){ PTN_C_TOO_BIG };
    return PTN_OK;
}

static struct ptn_status take_crossing(void *context, const struct ptn_view_crossing *row)
{
    struct told *told = context;

    return count(told, &told->crossings, row->crossing.time_ms);
}

static struct ptn_status take_end(void *context, const struct ptn_view_case_step *row)
{
    struct told *told = context;

    assert_int_equal(row->act, PTN_CASE_ENDED);
    assert_true(ptn_bytes_is(row->ground, "H"));
    assert_int_equal(row->words.len, 0);
    return count(told, &told->ends, row->time_ms);
}

static struct ptn_status take_permit(void *context, const struct ptn_view_permit *row)
{
    struct told *told = context;

    assert_true(ptn_bytes_is(row->permit.number, "D0077001"));
    told->permits++;
    return PTN_OK;
}

static struct ptn_status take_look(void *context, const struct ptn_view_access *row)
{
    struct told *told = context;

    assert_true(ptn_bytes_is(row->officer, "ana"));
    assert_int_equal(row->reason.len, 0);
    return count(told, &told->looks, row->time_ms);
}

static struct ptn_status tell(struct setting *setting, const struct ptn_person *person,
                              struct told *told)
{
    const struct ptn_view_document document = {
        ptn_bytes_from_text(person->document.issuer),
        person->document.number,
        person->birth,
    };
    const struct ptn_view_teller teller = { told, take_crossing, take_end, take_permit, take_look };

    return ptn_view_tell(setting->view, &document, &teller, NULL);
}

static size_t ends_of(const struct ptn_view_history *page)
{
    size_t ends = 0;

    for (size_t i = 0; i < page->case_count; i++)
        ends += page->cases[i].act == PTN_CASE_ENDED;
    return ends;
}

/* SUBJECT-1 keeps out by the question; what it lets in is all of it. */
static void test_subject__what_may_be_told_is_what_the_page_has(void **state)
{
    static const struct ptn_stay_limit limit = { 90, 180 };
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct told all = { 0 };

    assert_non_null(arena);
    for (uint64_t ledger = 1; ledger <= LEDGERS; ledger++)
        feed(setting, ledger, 0, ENTRIES);
    for (uint64_t who = 0; who < PEOPLE; who++) {
        struct made made = { .seq = 0 };
        struct ptn_view_who asked = { .count = 10 };
        const struct ptn_view_person *rows = NULL;
        struct ptn_view_history page;
        struct told told = { 0 };
        size_t row_count = 0;
        bool more = false;

        ptn_arena_clear(arena);
        made_person(&made, who);
        asked.number = made.crossing.person.document.number;
        assert_true(ptn_ok(tell(setting, &made.crossing.person, &told)));
        assert_true(
            ptn_ok(ptn_view_persons(setting->view, &asked, arena, &rows, &row_count, &more, NULL)));
        if (row_count == 0) {
            assert_int_equal(told.crossings + told.looks + told.ends + told.permits, 0);
            continue;
        }
        assert_true(ptn_ok(ptn_view_person(setting->view, &rows[0].key, limit,
                                           (struct ptn_date){ 2026, 11, 20 }, arena, &page, NULL)));
        assert_int_equal(told.crossings, page.crossing_count);
        assert_int_equal(told.looks, page.access_count);
        assert_int_equal(told.permits, page.permit_count);
        assert_int_equal(told.ends, ends_of(&page));
        all.crossings += told.crossings;
        all.looks += told.looks;
        all.permits += told.permits;
        all.ends += told.ends;
    }
    assert_true(all.crossings > 150 && all.looks > 150 && all.permits > 5 && all.ends > 10);
    ptn_arena_free(arena);
}

static void test_subject__who_takes_can_end_it(void **state)
{
    struct setting *setting = *state;
    struct made made = { .seq = 0 };
    struct told told = { .fails_at = 2 };

    for (uint64_t ledger = 1; ledger <= LEDGERS; ledger++)
        feed(setting, ledger, 0, ENTRIES);
    for (uint64_t who = 0; who < PEOPLE && told.crossings < 3; who++) {
        made_person(&made, who);
        told = (struct told){ .fails_at = 0 };
        assert_true(ptn_ok(tell(setting, &made.crossing.person, &told)));
    }
    assert_true(told.crossings >= 3);
    told = (struct told){ .fails_at = 2 };
    assert_int_equal(tell(setting, &made.crossing.person, &told).code, PTN_C_TOO_BIG);
    assert_int_equal(told.crossings, 2);
    told = (struct told){ .fails_at = 0 }; /* and the view answers as before */
    assert_true(ptn_ok(tell(setting, &made.crossing.person, &told)));
    assert_true(told.crossings >= 3);
}

static void test_subject__a_whole_document_is_needed(void **state)
{
    struct setting *setting = *state;
    struct made made = { .seq = 0 };
    struct ptn_person person;
    struct told told = { 0 };

    feed(setting, 1, 0, ENTRIES);
    made_person(&made, 3);
    person = made.crossing.person;
    person.birth.day = 0;
    assert_int_equal(tell(setting, &person, &told).code, PTN_C_BAD_INPUT);
    person = made.crossing.person;
    person.document.issuer[0] = '\0';
    assert_int_equal(tell(setting, &person, &told).code, PTN_C_BAD_INPUT);
    person = made.crossing.person;
    person.document.number = PTN_BYTES_NONE;
    assert_int_equal(tell(setting, &person, &told).code, PTN_C_BAD_INPUT);
    assert_int_equal(told.crossings + told.looks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_subject__what_may_be_told_is_what_the_page_has, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_subject__who_takes_can_end_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_subject__a_whole_document_is_needed, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
