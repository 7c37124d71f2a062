/*
 * Goal: base and delta of published lists are folded while editions come, and nobody on them is
 * lost: not by an edition that comes meanwhile, not by a disk that fails, not by a kill -9 at any
 * moment; and a base that answers otherwise is not used.
 */
#include "node/published_int.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"

#define PEOPLE 400u

/* 2026-11-28, 12:00 and 03:30 in Tirana */
#define NOON_MS  INT64_C(1795863600000)
#define NIGHT_MS INT64_C(1795833000000)

struct setting {
    struct ptn_world world;
    struct ptn_files files;
    struct ptn_published *published;
    struct ptn_arena *arena;
    char folder[64];
    char path[96];
    unsigned count;   /* people on the list, from 0 */
    unsigned missing; /* of these one is left out from the last edition on; PEOPLE: none */
    int64_t edition_ms;
};

static int64_t clock_ms = NOON_MS;
static int64_t since_us;

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_ms;
}

static int64_t monotonic_us(void *context)
{
    (void)context;
    return since_us;
}

static void begin(struct setting *setting)
{
    *setting = (struct setting){ .missing = PEOPLE, .edition_ms = INT64_C(1795000000000) };
    setting->world = *ptn_world_real();
    setting->files = *setting->world.files;
    setting->world.files = &setting->files;
    setting->world.now_ms = now_ms;
    setting->world.monotonic_us = monotonic_us;
    clock_ms = NOON_MS;
    since_us = 1;
    (void)snprintf(setting->folder, sizeof(setting->folder), "/tmp/postern-fold-XXXXXX");
    assert_non_null(mkdtemp(setting->folder));
    (void)snprintf(setting->path, sizeof(setting->path), "%s/published.snap", setting->folder);
    setting->published = ptn_published_new(&setting->world);
    setting->arena = ptn_arena_new((size_t)64 << 20);
    assert_non_null(setting->published);
    assert_non_null(setting->arena);
}

static void remove_file(const struct setting *setting, const char *suffix)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s%s", setting->path, suffix);
    (void)unlink(path);
}

/* With what a killed writer left. */
static void remove_all(const struct setting *setting)
{
    DIR *folder = opendir(setting->folder);
    const struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    (void)closedir(folder);
}

static void end(struct setting *setting)
{
    ptn_published_free(setting->published);
    ptn_arena_free(setting->arena);
    remove_all(setting);
    assert_int_equal(rmdir(setting->folder), 0);
}

/* ---- a list that grows ---- */

static void name_of(unsigned number, char name[64])
{
    static const char *const parts[] = { "ba", "ki", "lo", "mun", "ne",  "pir", "ra", "sho",
                                         "ti", "vu", "za", "dre", "fli", "gos", "hu", "jal" };
    const char *a = parts[number % 16];
    const char *b = parts[number / 16 % 16];
    const char *c = parts[(number * 7 + 3) % 16];

    (void)snprintf(name, 64, "%s%s%s %s%s%s", a, b, c, c, b, a);
}

static void id_of(unsigned number, char id[16])
{
    (void)snprintf(id, 16, "P%04u", number);
}

static struct ptn_snapshot *compile(struct setting *setting, struct ptn_buffer *bytes)
{
    struct ptn_list_profile profile = ptn_list_profile_of(PTN_LIST_POSTERN);
    struct ptn_list_entry *entries = ptn_arena_take(setting->arena, PEOPLE * sizeof(*entries));
    struct ptn_list_name *names = ptn_arena_take(setting->arena, PEOPLE * sizeof(*names));
    char(*texts)[64] = ptn_arena_take(setting->arena, PEOPLE * sizeof(*texts));
    char(*ids)[16] = ptn_arena_take(setting->arena, PEOPLE * sizeof(*ids));
    struct ptn_snapshot_made made = { PTN_BYTES_LITERAL("wanted"), &profile, setting->edition_ms,
                                      entries, 0 };
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(&setting->world);
    struct ptn_snapshot *snapshot = NULL;

    for (unsigned i = 0; i < setting->count; i++) {
        if (i == setting->missing)
            continue;
        name_of(i, texts[i]);
        id_of(i, ids[i]);
        names[i] = (struct ptn_list_name){ ptn_bytes_from_text(texts[i]), PTN_ALIAS_PRIMARY };
        entries[made.count++] = (struct ptn_list_entry){ .kind = PTN_ENTRY_PERSON,
                                                         .id = ptn_bytes_from_text(ids[i]),
                                                         .names = &names[i],
                                                         .name_count = 1 };
    }
    ptn_buffer_init(bytes, (size_t)16 << 20);
    assert_true(ptn_ok(ptn_snapshot_builder_make(builder, &made, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_write(builder, bytes, NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(bytes), &snapshot, NULL)));
    return snapshot;
}

static struct ptn_status take_part(void *context, struct ptn_bytes payload)
{
    return ptn_published_add_list(context, 0, payload);
}

/* The next edition, with so many people. */
static void edition(struct setting *setting, unsigned count)
{
    struct ptn_rows_plan plan = { .edition = { .post = PTN_BYTES_LITERAL("centre"),
                                               .officer = PTN_BYTES_LITERAL("ana"),
                                               .second = PTN_BYTES_LITERAL("ben"),
                                               .list = PTN_BYTES_LITERAL("wanted") } };
    struct ptn_rows_difference difference;
    struct ptn_snapshot *snapshot;
    struct ptn_buffer bytes;

    setting->count = count;
    setting->edition_ms += 1000;
    ptn_arena_clear(setting->arena);
    snapshot = compile(setting, &bytes);
    plan.edition.time_ms = setting->edition_ms;
    plan.snapshot = snapshot;
    assert_true(ptn_ok(ptn_rows_publish(ptn_published_rows(setting->published), &plan, take_part,
                                        setting->published, &difference, NULL)));
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&bytes);
}

static struct ptn_status put_in_force(struct setting *setting)
{
    return ptn_published_lists(setting->published, setting->path, NULL);
}

static bool is_found(struct setting *setting, unsigned number)
{
    char name[64];
    char id[16];
    struct ptn_screen_query query = { .top = PTN_SCREEN_TOP_MAX };
    struct ptn_match *matches = NULL;
    size_t count = 0;
    bool more = false;

    name_of(number, name);
    id_of(number, id);
    query.name = ptn_bytes_from_text(name);
    ptn_arena_clear(setting->arena);
    assert_true(ptn_ok(ptn_overlay_rows_screen(setting->published->lists, &query, setting->arena,
                                               &matches, &count, &more, NULL)));
    for (size_t i = 0; i < count; i++)
        if (matches[i].entry.len >= 5 && memcmp(matches[i].entry.at, id, 5) == 0)
            return true;
    return false;
}

/* All of them, and nobody who is not on it. */
static void expect(struct setting *setting, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!is_found(setting, i))
            fail_msg("person %u of %u is not found", i, count);
    assert_false(is_found(setting, count));
}

static struct ptn_status fold(struct setting *setting)
{
    struct ptn_published_fold *fold = ptn_published_fold_begin(setting->published, setting->path);

    assert_non_null(fold);
    ptn_published_fold_work(fold);
    return ptn_published_fold_end(setting->published, fold, NULL);
}

static bool has_delta(const struct setting *setting)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s" PTN_PUBLISHED_DELTA, setting->path);
    assert_int_equal(access(path, F_OK) == 0,
                     ptn_overlay_rows_delta(setting->published->lists) != NULL);
    return access(path, F_OK) == 0;
}

/* ---- tests ---- */

static void test_fold__base_and_delta_become_one(void **state)
{
    struct ptn_published_lists_standing standing;
    struct setting setting;

    (void)state;
    begin(&setting);
    edition(&setting, 60);
    assert_true(ptn_ok(put_in_force(&setting)));
    assert_false(has_delta(&setting)); /* the first is compiled whole */
    edition(&setting, 70);
    setting.missing = 5; /* stays, not confirmed */
    edition(&setting, 72);
    assert_true(ptn_ok(put_in_force(&setting)));
    assert_true(has_delta(&setting));
    expect(&setting, 72);
    assert_true(ptn_ok(fold(&setting)));
    assert_false(has_delta(&setting));
    expect(&setting, 72);
    assert_int_equal(ptn_overlay_rows_list_count(setting.published->lists), 2);
    ptn_published_lists_standing(setting.published, &standing);
    assert_int_equal(standing.delta, 0);
    assert_int_equal(standing.folded_ms, NOON_MS);
    assert_int_equal(standing.folds_refused, 0);
    edition(&setting, 75); /* and on from there */
    assert_true(ptn_ok(put_in_force(&setting)));
    assert_true(has_delta(&setting));
    expect(&setting, 75);
    end(&setting);
}

/* DELTA-3: who came while it was made is in the delta beside the new base. */
static void test_fold__an_edition_that_comes_meanwhile_is_kept(void **state)
{
    struct ptn_published_fold *fold;
    struct ptn_snapshot *base = NULL;
    struct setting setting;

    (void)state;
    begin(&setting);
    edition(&setting, 60);
    assert_true(ptn_ok(put_in_force(&setting)));
    edition(&setting, 70);
    assert_true(ptn_ok(put_in_force(&setting)));
    fold = ptn_published_fold_begin(setting.published, setting.path);
    ptn_published_fold_work(fold);
    edition(&setting, 80);
    assert_true(ptn_ok(put_in_force(&setting)));
    expect(&setting, 80);
    edition(&setting, 81); /* not in force yet */
    assert_true(ptn_ok(ptn_published_fold_end(setting.published, fold, NULL)));
    expect(&setting, 81);
    assert_true(has_delta(&setting));
    assert_true(ptn_ok(ptn_snapshot_open(&setting.world, setting.path, &base, NULL)));
    assert_int_equal(ptn_snapshot_info(base).entry_count, 70);
    ptn_snapshot_close(base);
    end(&setting);
}

static void test_fold__at_night_or_when_much_changed(void **state)
{
    struct setting setting;

    (void)state;
    begin(&setting);
    assert_false(ptn_published_fold_due(setting.published));
    edition(&setting, 60);
    assert_true(ptn_ok(put_in_force(&setting)));
    clock_ms = NIGHT_MS;
    assert_false(ptn_published_fold_due(setting.published)); /* nothing to fold */
    edition(&setting, 61);
    assert_true(ptn_ok(put_in_force(&setting)));
    assert_true(ptn_published_fold_due(setting.published));
    for (unsigned hour = 0; hour < 24; hour++) {
        clock_ms = NIGHT_MS + (int64_t)hour * INT64_C(3600000);
        assert_int_equal(ptn_published_fold_due(setting.published), hour == 0);
    }
    setting.published->changes =
        (struct ptn_rows_changes){ .added = 1001, .base = (size_t)1001 * 16 };
    assert_false(ptn_published_fold_due(setting.published));
    setting.published->changes.gone = 1;
    setting.published->changes.base--;
    assert_true(ptn_published_fold_due(setting.published));
    edition(&setting, 62); /* not put in force yet */
    assert_false(ptn_published_fold_due(setting.published));
    end(&setting);
}

/* The base that is written is another one than was made. */
static const struct setting *spoiled;

static struct ptn_status spoiling_replace(void *context, const char *path, struct ptn_bytes bytes)
{
    if (strstr(path, PTN_PUBLISHED_FOLDED) != NULL)
        bytes = ptn_snapshot_bytes(ptn_overlay_rows_base(spoiled->published->lists));
    return ptn_world_real()->files->replace(context, path, bytes);
}

/* DELTA-2. */
static void test_fold__a_base_that_answers_otherwise_is_not_used(void **state)
{
    struct ptn_published_lists_standing standing;
    struct setting setting;

    (void)state;
    begin(&setting);
    spoiled = &setting;
    edition(&setting, 60);
    assert_true(ptn_ok(put_in_force(&setting)));
    edition(&setting, 70);
    assert_true(ptn_ok(put_in_force(&setting)));
    setting.files.replace = spoiling_replace;
    clock_ms = NIGHT_MS;
    assert_true(ptn_published_fold_due(setting.published));
    assert_int_equal(fold(&setting).code, PTN_C_CORRUPT);
    expect(&setting, 70);
    assert_true(has_delta(&setting));
    ptn_published_lists_standing(setting.published, &standing);
    assert_int_equal(standing.folds_refused, 1);
    assert_int_equal(standing.folded_ms, 0);
    assert_false(ptn_published_fold_due(setting.published)); /* not at once again */
    since_us += INT64_C(3600) * 1000000;
    assert_true(ptn_published_fold_due(setting.published));
    setting.files.replace = ptn_world_real()->files->replace;
    assert_true(ptn_ok(fold(&setting)));
    expect(&setting, 70);
    ptn_published_lists_standing(setting.published, &standing);
    assert_int_equal(standing.folds_refused, 0);
    end(&setting);
}

/* DELTA-2: also where an edition came meanwhile, so that what it has cannot be compared. */
static void test_fold__it_is_asked_whatever_came_meanwhile(void **state)
{
    struct ptn_published_fold *fold;
    struct setting setting;

    (void)state;
    begin(&setting);
    spoiled = &setting;
    edition(&setting, 60);
    assert_true(ptn_ok(put_in_force(&setting)));
    edition(&setting, 70);
    assert_true(ptn_ok(put_in_force(&setting)));
    fold = ptn_published_fold_begin(setting.published, setting.path);
    setting.files.replace = spoiling_replace;
    ptn_published_fold_work(fold);
    setting.files.replace = ptn_world_real()->files->replace;
    edition(&setting, 71);
    assert_true(ptn_ok(put_in_force(&setting)));
    assert_int_equal(ptn_published_fold_end(setting.published, fold, NULL).code, PTN_C_CORRUPT);
    expect(&setting, 71);
    end(&setting);
}

static struct ptn_status failing_replace(void *context, const char *path, struct ptn_bytes bytes)
{
    if (strstr(path, PTN_PUBLISHED_DELTA) != NULL)
        return (struct ptn_status){ PTN_C_IO };
    return ptn_world_real()->files->replace(context, path, bytes);
}

/* DELTA-3: the new base lies on the disk, what came meanwhile could not be written beside it. */
static void test_fold__a_disk_that_fails_in_between_is_made_whole(void **state)
{
    struct ptn_published_fold *fold;
    struct ptn_published *writer;
    struct setting setting;

    (void)state;
    begin(&setting);
    edition(&setting, 60);
    assert_true(ptn_ok(put_in_force(&setting)));
    edition(&setting, 70);
    assert_true(ptn_ok(put_in_force(&setting)));
    fold = ptn_published_fold_begin(setting.published, setting.path);
    ptn_published_fold_work(fold);
    edition(&setting, 71);
    assert_true(ptn_ok(put_in_force(&setting)));
    setting.files.replace = failing_replace;
    assert_int_equal(ptn_published_fold_end(setting.published, fold, NULL).code, PTN_C_IO);
    expect(&setting, 71);
    setting.files.replace = ptn_world_real()->files->replace;
    edition(&setting, 72);
    assert_true(ptn_ok(put_in_force(&setting)));
    expect(&setting, 72);
    writer = setting.published; /* and so whoever starts from it */
    setting.published = ptn_published_new(&setting.world);
    assert_true(ptn_ok(ptn_published_open_lists(setting.published, setting.path, NULL)));
    expect(&setting, 72);
    ptn_published_free(setting.published);
    setting.published = writer;
    end(&setting);
}

/* Whatever fails, whoever was in force is; and the next try is as good as the first. */
static void test_fold__what_fails_loses_nobody(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        struct ptn_status status = { PTN_C_IO };

        for (unsigned long nth = 1; !ptn_ok(status); nth++) {
            struct setting setting;
            bool failed;

            begin(&setting);
            edition(&setting, 12);
            assert_true(ptn_ok(put_in_force(&setting)));
            edition(&setting, 14);
            if (kind == 0)
                fault_allocation(nth, FAULT_ONCE);
            else
                fault_call(nth, FAULT_ONCE, EIO);
            status = put_in_force(&setting);
            if (ptn_ok(status)) {
                struct ptn_published_fold *fold =
                    ptn_published_fold_begin(setting.published, setting.path);

                status.code = PTN_C_NO_MEMORY;
                if (fold != NULL) {
                    ptn_published_fold_work(fold);
                    status = ptn_published_fold_end(setting.published, fold, NULL);
                }
            }
            failed = fault_off();
            assert_true(failed || ptn_ok(status));
            for (unsigned i = 0; i < 12; i++)
                assert_true(is_found(&setting, i));
            assert_true(ptn_ok(put_in_force(&setting)));
            expect(&setting, 14);
            if (ptn_overlay_rows_delta(setting.published->lists) != NULL)
                assert_true(ptn_ok(fold(&setting)));
            expect(&setting, 14);
            end(&setting);
            assert_in_range(nth, 1, 5000);
        }
    }
}

/* A post that is killed has, before it has read a ledger, whoever was in force: DELTA-3. */
static void test_fold__killed_at_any_moment_nobody_is_lost(void **state)
{
    struct setting setting;
    unsigned known = 40;
    unsigned bases = 0;

    (void)state;
    begin(&setting);
    edition(&setting, known);
    assert_true(ptn_ok(put_in_force(&setting)));
    for (unsigned round = 0; round < 40; round++) {
        struct ptn_published *reader;
        int channel[2];
        unsigned told = 0;
        pid_t child;
        int ended = 0;

        assert_int_equal(pipe(channel), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            for (unsigned count = known + 1; count < PEOPLE; count++) {
                edition(&setting, count);
                if (!ptn_ok(put_in_force(&setting)) ||
                    write(channel[1], &count, sizeof(count)) != sizeof(count) ||
                    (count % 2 == 0 && !ptn_ok(fold(&setting))))
                    _exit(1);
            }
            _exit(0);
        }
        (void)close(channel[1]);
        (void)usleep(3000 + 4777u * (round % 20));
        (void)kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &ended, 0), child);
        assert_true(WIFSIGNALED(ended) || WEXITSTATUS(ended) == 0);
        while (read(channel[0], &told, sizeof(told)) == (ssize_t)sizeof(told))
            continue;
        (void)close(channel[0]);
        reader = setting.published;
        setting.published = ptn_published_new(&setting.world);
        assert_true(ptn_ok(ptn_published_open_lists(setting.published, setting.path, NULL)));
        for (unsigned i = 0; i < (told == 0 ? known : told); i++)
            if (!is_found(&setting, i))
                fail_msg("round %u: person %u of %u is lost", round, i, told);
        bases +=
            ptn_snapshot_info(ptn_overlay_rows_base(setting.published->lists)).entry_count > known
                ? 1
                : 0;
        ptn_published_free(setting.published);
        setting.published = reader;
        remove_file(&setting, PTN_PUBLISHED_DELTA);
        setting.published->adrift = true; /* what the child left is made anew */
        assert_true(ptn_ok(put_in_force(&setting)));
    }
    print_message("# %u of 40 were killed after a fold\n", bases);
    end(&setting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold__base_and_delta_become_one),
        cmocka_unit_test(test_fold__an_edition_that_comes_meanwhile_is_kept),
        cmocka_unit_test(test_fold__at_night_or_when_much_changed),
        cmocka_unit_test(test_fold__a_base_that_answers_otherwise_is_not_used),
        cmocka_unit_test(test_fold__it_is_asked_whatever_came_meanwhile),
        cmocka_unit_test(test_fold__a_disk_that_fails_in_between_is_made_whole),
        cmocka_unit_test(test_fold__what_fails_loses_nobody),
        cmocka_unit_test(test_fold__killed_at_any_moment_nobody_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
