#include "view/view.h"

#include "fault.h"
#include "view_setting.h"

static void test_view__counts_what_it_keeps_and_passes_over(void **state)
{
    struct setting *setting = *state;
    struct ptn_view_cursor cursor;

    assert_int_equal(cursor_of(setting, ORIGIN_1).next, 0);
    feed(setting, 1, 0, 100);
    feed(setting, 2, 0, 7);
    cursor = cursor_of(setting, ORIGIN_1);
    assert_int_equal(cursor.next, 100);
    assert_int_equal(cursor.passed, 10);
    assert_int_equal(cursor.unreadable, 0);
    assert_int_equal(cursor_of(setting, ORIGIN_2).kept, 7);
}

static void test_view__entry_counts_once_and_a_fork_is_refused(void **state)
{
    struct setting *setting = *state;
    struct ptn_view_entry entry;

    feed(setting, 1, 0, 30);
    feed(setting, 1, 0, 30);
    assert_int_equal(cursor_of(setting, ORIGIN_1).next, 30);
    assert_int_equal(cursor_of(setting, ORIGIN_1).kept, 27);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t seq = 0; seq < 30; seq++) {
        assert_int_equal(made_entry(&setting->made, 1, seq, PEOPLE).code, PTN_C_OK);
        setting->made.header.time_ms++;
        entry = made_as_entry(&setting->made);
        assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_CORRUPT);
    }
    /* the transaction goes on */
    assert_int_equal(apply(setting, 1, 30).code, PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(cursor_of(setting, ORIGIN_1).next, 31);
}

static void test_view__gap_is_refused_and_changes_nothing(void **state)
{
    struct setting *setting = *state;
    struct ptn_view_entry entry;

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(apply(setting, 1, 1).code, PTN_C_BAD_INPUT);
    assert_int_equal(apply(setting, 1, 0).code, PTN_C_OK);
    assert_int_equal(apply(setting, 1, 2).code, PTN_C_BAD_INPUT);
    assert_int_equal(made_entry(&setting->made, 1, 0, PEOPLE).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    entry.origin = "";
    assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(cursor_of(setting, ORIGIN_1).next, 1);
    assert_int_equal(cursor_of(setting, ORIGIN_2).next, 0);
}

static void test_view__unreadable_is_counted_and_can_be_mended(void **state)
{
    struct setting *setting = *state;
    struct ptn_view_entry entry;
    uint64_t found = 0;

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t seq = 0; seq < 6; seq++) {
        assert_int_equal(made_entry(&setting->made, 1, seq, PEOPLE).code, PTN_C_OK);
        entry = made_as_entry(&setting->made);
        if (seq == 2)
            entry.payload = PTN_BYTES_NONE;
        if (seq == 4)
            entry.payload.len--; /* no record */
        assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
    }
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(cursor_of(setting, ORIGIN_1).unreadable, 2);
    assert_int_equal(ptn_view_unreadable(setting->view, ORIGIN_1, 0, &found, NULL).code, PTN_C_OK);
    assert_int_equal(found, 2);
    assert_int_equal(ptn_view_unreadable(setting->view, ORIGIN_1, 3, &found, NULL).code, PTN_C_OK);
    assert_int_equal(found, 4);
    assert_int_equal(ptn_view_unreadable(setting->view, ORIGIN_1, 5, &found, NULL).code,
                     PTN_C_NOT_FOUND);

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(made_entry(&setting->made, 1, 2, PEOPLE).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    entry.payload = PTN_BYTES_NONE;
    assert_int_equal(ptn_view_mend(setting->view, &entry, NULL).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    assert_int_equal(ptn_view_mend(setting->view, &entry, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_mend(setting->view, &entry, NULL).code, PTN_C_OK);
    entry.seq = 6;
    assert_int_equal(ptn_view_mend(setting->view, &entry, NULL).code, PTN_C_NOT_FOUND);
    entry.seq = 3;
    assert_int_equal(ptn_view_mend(setting->view, &entry, NULL).code, PTN_C_CORRUPT);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(cursor_of(setting, ORIGIN_1).unreadable, 1);
    assert_int_equal(cursor_of(setting, ORIGIN_1).kept, 5);
}

/* VIEW-3. */
static void test_view__forgotten_entry_is_gone_from_the_file(void **state)
{
    struct setting *setting = *state;
    struct ptn_buffer file;
    char surname[64];
    char log[272];

    if (!is_a_file(setting))
        skip();
    feed(setting, 1, 0, 3);
    (void)snprintf(surname, sizeof(surname), "%s", setting->made.surname);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t seq = 0; seq < 3; seq++)
        assert_int_equal(ptn_view_forget(setting->view, ORIGIN_1, seq, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_forget(setting->view, ORIGIN_1, 1, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_forget(setting->view, ORIGIN_1, 3, NULL).code, PTN_C_NOT_FOUND);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    (void)snprintf(log, sizeof(log), "%s-wal", setting->path);
    ptn_buffer_init(&file, 10u << 20);
    assert_int_equal(ptn_world_real()->files->read(ptn_world_real()->context, log, &file).code,
                     PTN_C_OK);
    assert_int_equal(file.len, 0); /* no former page either */
    assert_int_equal(cursor_of(setting, ORIGIN_1).erased, 3);
    assert_int_equal(cursor_of(setting, ORIGIN_1).kept, 0);
    /* an erased entry is not mended, and comes again as what it was */
    feed(setting, 1, 0, 3);
    assert_int_equal(cursor_of(setting, ORIGIN_1).erased, 3);
    ptn_view_close(setting->view); /* the last one out writes the log into the file */
    setting->view = NULL;
    assert_int_equal(
        ptn_world_real()->files->read(ptn_world_real()->context, setting->path, &file).code,
        PTN_C_OK);
    assert_null(memmem(file.at, file.len, surname, strlen(surname)));
    assert_non_null(memmem(file.at, file.len, ORIGIN_1, strlen(ORIGIN_1)));
    ptn_buffer_release(&file);
}

static void test_view__rolled_back_or_closed_is_not_kept(void **state)
{
    struct setting *setting = *state;

    feed(setting, 1, 0, 10);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(apply(setting, 1, 10).code, PTN_C_OK);
    assert_int_equal(apply(setting, 2, 0).code, PTN_C_OK);
    assert_int_equal(cursor_of(setting, ORIGIN_2).next, 1);
    ptn_view_rollback(setting->view);
    assert_int_equal(cursor_of(setting, ORIGIN_1).next, 10);
    assert_int_equal(cursor_of(setting, ORIGIN_2).next, 0);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(apply(setting, 1, 10).code, PTN_C_OK);
    ptn_view_close(setting->view);
    setting->view = NULL;
    assert_int_equal(
        ptn_view_open(ptn_world_real(), setting->path, PTN_VIEW_WRITE, &setting->view, NULL).code,
        PTN_C_OK);
    assert_int_equal(cursor_of(setting, ORIGIN_1).next, 10);
    assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(cursor_of(setting, ORIGIN_1).next, 0);
    feed(setting, 1, 0, 20);
    assert_int_equal(cursor_of(setting, ORIGIN_1).next, 20);
}

static void test_view__readers_see_what_is_committed_and_writers_are_one(void **state)
{
    struct setting *setting = *state;
    struct ptn_view *reader = NULL;
    struct ptn_view_cursor cursor;
    char none[128];

    if (!is_a_file(setting))
        skip();
    (void)snprintf(none, sizeof(none), "%s/none.sqlite", setting->dir);
    assert_int_equal(ptn_view_open(ptn_world_real(), none, PTN_VIEW_READ, &reader, NULL).code,
                     PTN_C_BUSY);
    feed(setting, 1, 0, 5);
    assert_int_equal(
        ptn_view_open(ptn_world_real(), setting->path, PTN_VIEW_READ, &reader, NULL).code,
        PTN_C_OK);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(apply(setting, 1, 5).code, PTN_C_OK);
    assert_int_equal(ptn_view_cursor(reader, ORIGIN_1, &cursor, NULL).code, PTN_C_OK);
    assert_int_equal(cursor.next, 5);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_cursor(reader, ORIGIN_1, &cursor, NULL).code, PTN_C_OK);
    assert_int_equal(cursor.next, 6);
    ptn_view_close(reader);
}

static struct ptn_status note_ledger(void *context, const char *origin,
                                     const struct ptn_view_cursor *cursor)
{
    struct ptn_buffer *out = context;

    return ptn_buffer_addf(out, "%s %d\n", origin, (int)cursor->next);
}

static void test_view__ledgers_come_in_order_of_their_names(void **state)
{
    struct setting *setting = *state;
    struct ptn_buffer out;

    feed(setting, 2, 0, 4);
    feed(setting, 10, 0, 2);
    feed(setting, 1, 0, 3);
    ptn_buffer_init(&out, 1024);
    assert_int_equal(ptn_view_ledgers(setting->view, note_ledger, &out, NULL).code, PTN_C_OK);
    assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), "postern.example/post-1 3\n"
                                                     "postern.example/post-10 2\n"
                                                     "postern.example/post-2 4\n"));
    ptn_buffer_release(&out);
}

static void test_view__every_allocation_may_fail(void **state)
{
    struct setting *setting = *state;
    unsigned long nth = 0;
    bool fired;

    ptn_view_close(setting->view);
    do {
        struct ptn_status status;

        setting->view = NULL;
        fault_allocation(++nth, FAULT_ONCE);
        status =
            ptn_view_open(ptn_world_real(), setting->path, PTN_VIEW_WRITE, &setting->view, NULL);
        fired = fault_off();
        assert_int_equal(status.code, fired ? PTN_C_NO_MEMORY : PTN_C_OK);
    } while (fired);
    assert_true(nth > 5);
    for (nth = 1, fired = true; fired; nth++) {
        struct ptn_status status = ptn_view_begin(setting->view, NULL);

        assert_int_equal(status.code, PTN_C_OK);
        assert_int_equal(made_entry(&setting->made, 1, 0, PEOPLE).code, PTN_C_OK);
        fault_allocation(nth, FAULT_ONCE);
        status = apply(setting, 1, 0);
        if (ptn_ok(status))
            status = ptn_view_commit(setting->view, NULL);
        fired = fault_off();
        assert_int_equal(status.code, fired ? PTN_C_NO_MEMORY : PTN_C_OK);
        assert_int_equal(cursor_of(setting, ORIGIN_1).next, fired ? 0 : 1);
    }
    assert_true(nth > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_view__counts_what_it_keeps_and_passes_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_view__entry_counts_once_and_a_fork_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_view__gap_is_refused_and_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_view__unreadable_is_counted_and_can_be_mended, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_view__forgotten_entry_is_gone_from_the_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_view__rolled_back_or_closed_is_not_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_view__readers_see_what_is_committed_and_writers_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_view__ledgers_come_in_order_of_their_names, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_view__every_allocation_may_fail, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
