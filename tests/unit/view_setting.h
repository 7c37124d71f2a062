/*
 * tests/unit/view_setting.h -- a view in a folder of its own, for tests of view/; or in the empty
 * PostgreSQL database that POSTERN_VIEW names (tests/view/postgres.py).
 */
#ifndef TESTS_UNIT_VIEW_SETTING_H
#define TESTS_UNIT_VIEW_SETTING_H
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "view_made.h"

#define PEOPLE   40u
#define ORIGIN_1 "postern.example/post-1"
#define ORIGIN_2 "postern.example/post-2"

struct setting {
    char dir[64];
    char path[256];
    struct ptn_view *view;
    struct made made;
};

static inline void view_open(struct setting *setting)
{
    struct ptn_status status;

    for (unsigned tries = 0; tries < 500; tries++) {
        status =
            ptn_view_open(ptn_world_real(), setting->path, PTN_VIEW_WRITE, &setting->view, NULL);
        if (status.code != PTN_C_BUSY) /* a server takes a moment to notice that a writer is gone */
            break;
        (void)usleep(10000);
    }
    assert_int_equal(status.code, PTN_C_OK);
}

static inline bool is_a_file(const struct setting *setting)
{
    return setting->path[0] == '/';
}

static inline void view_reopen(struct setting *setting)
{
    ptn_view_close(setting->view);
    setting->view = NULL;
    view_open(setting);
}

static inline int set_up(void **state)
{
    struct setting *setting = calloc(1, sizeof(*setting));

    assert_non_null(setting);
    (void)snprintf(setting->dir, sizeof(setting->dir), "/tmp/ptn-view-XXXXXX");
    assert_non_null(mkdtemp(setting->dir));
    if (getenv("POSTERN_VIEW") == NULL)
        (void)snprintf(setting->path, sizeof(setting->path), "%s/view.sqlite", setting->dir);
    else
        (void)snprintf(setting->path, sizeof(setting->path), "%s", getenv("POSTERN_VIEW"));
    ptn_buffer_init(&setting->made.payload, 65536);
    view_open(setting);
    assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
    *state = setting;
    return 0;
}

static inline int tear_down(void **state)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    struct setting *setting = *state;
    char path[264];

    ptn_view_close(setting->view);
    for (size_t i = 0; i < 3 && is_a_file(setting); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", setting->path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(setting->dir);
    ptn_buffer_release(&setting->made.payload);
    free(setting);
    return 0;
}

static inline struct ptn_status apply(struct setting *setting, uint64_t ledger, uint64_t seq)
{
    struct ptn_view_entry entry;

    assert_int_equal(made_entry(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    return ptn_view_apply(setting->view, &entry, NULL);
}

static inline void feed(struct setting *setting, uint64_t ledger, uint64_t from, uint64_t to)
{
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t seq = from; seq < to; seq++)
        assert_int_equal(apply(setting, ledger, seq).code, PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
}

static inline struct ptn_view_cursor cursor_of(struct setting *setting, const char *origin)
{
    struct ptn_view_cursor cursor;

    assert_int_equal(ptn_view_cursor(setting->view, origin, &cursor, NULL).code, PTN_C_OK);
    assert_int_equal(cursor.kept + cursor.passed + cursor.unreadable + cursor.erased, cursor.next);
    return cursor;
}
#endif
