/*
 * What a post forgets (SEAL-4): after that nothing on it opens those days, the centre still does,
 * and its lanes know every traveller's days as before, for the document opens them. Cut off
 * anywhere, nothing is lost and nothing is forgotten by halves.
 */
#include <unistd.h>

#include "ledger/ledger_int.h"
#include "node/past_int.h"
#include "node_forgets.h"

static void assert_same_stay(const struct ptn_stay *a, const struct ptn_stay *b)
{
    assert_int_equal(a->known, b->known);
    assert_int_equal(a->used, b->used);
    assert_int_equal(a->left, b->left);
    assert_int_equal(a->unknown_days, b->unknown_days);
    assert_int_equal(a->unseen_days, b->unseen_days);
    assert_int_equal(a->unmatched, b->unmatched);
    assert_int_equal(a->inside, b->inside);
    assert_int_equal(a->entry_known, b->entry_known);
    assert_int_equal(a->over_days, b->over_days);
    assert_true(ptn_date_equal(a->leave_by, b->leave_by));
    assert_true(ptn_date_equal(a->known_since, b->known_since));
}

/* Another way in: a vault opened anew, as by whoever has carried the folder off. */
static bool thief_opens(struct forgets *post, uint64_t index)
{
    struct ptn_vault *vault = NULL;
    bool opens;

    assert_true(ptn_ok(ptn_vault_open(&post->world, post->dir, &vault, NULL)));
    opens = forgets_opens(post, vault, post->dir, index);
    ptn_vault_close(vault);
    return opens;
}

static size_t past_rows(const struct forgets *post)
{
    size_t rows = 0;

    for (size_t i = 0; i < post->node->past.count; i++)
        rows += post->node->past.files[i].row_count;
    return rows;
}

static void remove_known(const struct forgets *post)
{
    char path[DIR_SIZE + 16];

    (void)snprintf(path, sizeof(path), "%s/stays.known", post->dir);
    (void)remove(path);
}

static void test_forget__the_lanes_know_what_the_post_cannot_read(void **state)
{
    struct forgets *post = *state;
    uint64_t places[3];
    struct ptn_stay before, after;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    places[0] = forgets_newest(post);
    forgets_ms += DAY;
    forgets_cross(post, 1, PTN_DIRECTION_EXIT);
    forgets_cross(post, 2, PTN_DIRECTION_ENTRY);
    places[1] = forgets_newest(post);
    forgets_ms += 4 * DAY;
    forgets_cross(post, 3, PTN_DIRECTION_ENTRY);
    places[2] = forgets_newest(post);
    before = forgets_ask(post, 2, PTN_DIRECTION_EXIT, NULL);
    assert_int_equal(before.used, 5);
    /* at nine in the morning of the sixth day the second has been over for 57 hours, the first 81
     */
    forgets_vouch(post, BEGIN + 5 * DAY);
    assert_int_equal(post->node->history.count, 1);
    assert_int_equal(past_rows(post), 3);
    for (unsigned twice = 0; twice < 2; twice++) {
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(thief_opens(post, places[i]), i == 2);
            assert_true(forgets_opens(post, post->vault, post->dir, places[i]));
        }
        after = forgets_ask(post, 2, PTN_DIRECTION_EXIT, NULL);
        assert_same_stay(&before, &after);
        assert_true(after.entry_known);
        after = forgets_ask(post, 1, PTN_DIRECTION_ENTRY, NULL);
        assert_int_equal(after.used, 2);
        assert_int_equal(after.unmatched, 0);
        forgets_again(post);
    }
}

/* A clock of the post's own says nothing; nor does half a day. */
static void test_forget__only_a_time_that_keepers_vouch_for_counts(void **state)
{
    struct forgets *post = *state;
    uint64_t place;
    size_t files;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    place = forgets_newest(post);
    forgets_ms += 3650 * DAY;
    for (unsigned i = 0; i < 300; i++)
        (void)ptn_node_step(post->node);
    forgets_again(post);
    assert_true(thief_opens(post, place));
    assert_int_equal(post->node->past.count, 0);
    forgets_ms = BEGIN + 4 * DAY;
    forgets_vouch(post, BEGIN + 4 * DAY - 9 * HOUR -
                            1); /* the day has been over for 72 hours less 1 ms */
    assert_true(thief_opens(post, place));
    forgets_vouch(post, BEGIN - 100 * DAY);
    assert_true(thief_opens(post, place));
    forgets_vouch(post, BEGIN + 4 * DAY - 9 * HOUR);
    assert_false(thief_opens(post, place));
    files = post->node->past.count;
    assert_int_equal(past_rows(post), 1);
    /* again and again, and an earlier time: nothing more */
    forgets_vouch(post, BEGIN + 4 * DAY);
    forgets_vouch(post, BEGIN);
    forgets_again(post);
    forgets_vouch(post, BEGIN + 4 * DAY);
    assert_int_equal(post->node->past.count, files);
}

/* What the lane shows of its last crossings names nobody of those days, nor does what it kept of
 * scans; the rows are there, for a report that is due. */
static void test_forget__what_was_shown_is_forgotten_too(void **state)
{
    struct forgets *post = *state;
    size_t scans = 0;
    size_t named = 0;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    forgets_ms += 5 * DAY;
    forgets_cross(post, 2, PTN_DIRECTION_ENTRY);
    forgets_vouch(post, forgets_ms);
    assert_int_equal(post->node->line_count, 2);
    assert_string_equal(post->node->lines[0].name, "");
    assert_string_equal(post->node->lines[1].name, "VONTRELI, ELISIDA");
    assert_false(ptn_record_id_is_none(post->node->lines[0].id));
    for (size_t i = 0; i < PTN_NODE_SCANS_MAX; i++) {
        scans += post->node->scans[i].state != PTN_SCAN_EMPTY ? 1 : 0;
        named += post->node->scans[i].person != NULL ? 1 : 0;
    }
    assert_int_equal(scans, 1);
    assert_int_equal(named, 1);
}

/* Where nobody else could read it, nothing is kept from the post itself. */
static void test_forget__a_post_by_itself_reads_on(void **state)
{
    struct forgets *post = *state;
    uint64_t place;

    post->alone = true;
    forgets_readers(post);
    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    place = forgets_newest(post);
    forgets_ms += 9 * DAY;
    forgets_vouch(post, forgets_ms);
    assert_true(thief_opens(post, place));
    assert_int_equal(forgets_ask(post, 1, PTN_DIRECTION_EXIT, NULL).used, 10);
}

static void test_forget__never_is_never(void **state)
{
    struct forgets *post = *state;
    uint64_t place;

    forgets_free(post);
    post = *state = forgets_new(PTN_NODE_FORGETS_NEVER);
    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    place = forgets_newest(post);
    forgets_ms += 900 * DAY;
    forgets_vouch(post, forgets_ms);
    assert_true(thief_opens(post, place));
    assert_int_equal(post->node->history.count, 1);
}

/* ---- STAYS-1: a twin that forgets nothing says the same of everybody ---- */

#define TRAVELLERS 12u

static uint64_t seed_next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static unsigned below(uint64_t *seed, unsigned limit)
{
    return (unsigned)(seed_next(seed) % limit);
}

static void compare_all(struct forgets *post, struct forgets *twin)
{
    for (unsigned i = 0; i < TRAVELLERS; i++)
        for (unsigned way = PTN_DIRECTION_ENTRY; way <= PTN_DIRECTION_EXIT; way++) {
            const struct ptn_stay a = forgets_ask(post, i, (enum ptn_direction)way, NULL);
            const struct ptn_stay b = forgets_ask(twin, i, (enum ptn_direction)way, NULL);

            assert_same_stay(&a, &b);
        }
}

static void test_forget__a_twin_that_forgets_nothing_says_the_same(void **state)
{
    struct forgets *post = *state;
    struct forgets *twin = forgets_new(PTN_NODE_FORGETS_NEVER);
    bool inside[TRAVELLERS] = { false };
    uint64_t seed = 20261128;

    for (unsigned day = 0; day < 150; day += 1 + below(&seed, 9)) {
        forgets_ms = BEGIN + day * DAY;
        for (unsigned i = below(&seed, 4); i > 0; i--) {
            unsigned who = below(&seed, TRAVELLERS);
            enum ptn_direction way = inside[who] ? PTN_DIRECTION_EXIT : PTN_DIRECTION_ENTRY;

            if (below(&seed, 9) == 0) /* an entry or exit is missing */
                way = way == PTN_DIRECTION_EXIT ? PTN_DIRECTION_ENTRY : PTN_DIRECTION_EXIT;
            inside[who] = way == PTN_DIRECTION_ENTRY;
            forgets_cross(post, who, way);
            forgets_cross(twin, who, way);
        }
        if (below(&seed, 3) == 0)
            forgets_vouch(post, forgets_ms - below(&seed, 4) * DAY);
        if (below(&seed, 4) == 0) {
            ptn_node_close(post->node);
            if (below(&seed, 2) == 0)
                remove_known(post);
            forgets_open(post);
        }
    }
    assert_true(post->node->past.count > 8);
    assert_true(past_rows(post) > 20);
    compare_all(post, twin);
    forgets_free(twin);
}

/* ---- cut off ---- */

static const struct ptn_files *real_files;
static unsigned cut_at; /* the operation that is the last one; 0: none */
static unsigned operations;

static struct ptn_status cut(void)
{
    if (cut_at != 0 && ++operations > cut_at)
        return (struct ptn_status){ PTN_C_IO };
    return PTN_OK;
}

static struct ptn_status cut_replace(void *context, const char *path, struct ptn_bytes bytes)
{
    return ptn_ok(cut()) ? real_files->replace(context, path, bytes)
                         : (struct ptn_status){ PTN_C_IO };
}

static struct ptn_status cut_remove(void *context, const char *path)
{
    return ptn_ok(cut()) ? real_files->remove(context, path) : (struct ptn_status){ PTN_C_IO };
}

static struct ptn_status cut_make_dir(void *context, const char *path)
{
    return ptn_ok(cut()) ? real_files->make_dir(context, path) : (struct ptn_status){ PTN_C_IO };
}

/* STAYS-1. After each operation on files that forgetting does, the disk does nothing more and the
 * machine stops. What is there then is a post that knows everybody's days, and forgets on. */
static void test_forget__cut_off_anywhere_nothing_is_lost(void **state)
{
    struct forgets *post = *state;
    struct ptn_files files = *ptn_world_real()->files;
    char command[4 * DIR_SIZE];
    struct ptn_stay before[3];
    uint64_t places[2];
    bool finished = false;

    real_files = ptn_world_real()->files;
    files.replace = cut_replace;
    files.remove = cut_remove;
    files.make_dir = cut_make_dir;
    forgets_cross(post, 0, PTN_DIRECTION_ENTRY);
    places[0] = forgets_newest(post);
    forgets_ms += DAY;
    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    places[1] = forgets_newest(post);
    forgets_cross(post, 0, PTN_DIRECTION_EXIT);
    forgets_ms += 9 * DAY;
    forgets_cross(post, 2, PTN_DIRECTION_ENTRY);
    for (unsigned i = 0; i < 3; i++)
        before[i] = forgets_ask(post, i, PTN_DIRECTION_EXIT, NULL);
    ptn_node_close(post->node);
    (void)snprintf(command, sizeof(command), "cp -a %s %s.kept", post->dir, post->dir);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    for (unsigned nth = 1; !finished; nth++) {
        assert_true(nth < 40);
        (void)snprintf(command, sizeof(command), "rm -rf %s && cp -a %s.kept %s", post->dir,
                       post->dir, post->dir);
        assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
        forgets_open(post);
        post->world.files = &files;
        operations = 0;
        cut_at = nth;
        forgets_vouch(post, forgets_ms);
        finished = operations <= cut_at; /* it went through */
        post->node->learnt = false;      /* killed: it writes nothing at its end */
        ptn_node_close(post->node);
        cut_at = 0;
        post->world.files = real_files;
        if (nth % 2 == 0)
            remove_known(post);
        forgets_open(post);
        for (unsigned i = 0; i < 3; i++) {
            struct ptn_stay after = forgets_ask(post, i, PTN_DIRECTION_EXIT, NULL);

            assert_same_stay(&before[i], &after);
        }
        forgets_vouch(post, forgets_ms);
        assert_false(thief_opens(post, places[0]) || thief_opens(post, places[1]));
        assert_int_equal(past_rows(post), 3);
        for (unsigned i = 0; i < 3; i++) {
            struct ptn_stay after = forgets_ask(post, i, PTN_DIRECTION_EXIT, NULL);

            assert_same_stay(&before[i], &after);
        }
        ptn_node_close(post->node);
    }
    forgets_open(post);
}

/* ---- the file ---- */

static void test_past__bytes_that_are_no_file_are_refused(void **state)
{
    struct forgets *post = *state;
    struct ptn_buffer bytes = { .len_max = 1u << 20 };
    struct ptn_past_file file = { .from = 0 };
    char path[DIR_SIZE + 32];

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    forgets_cross(post, 2, PTN_DIRECTION_ENTRY);
    forgets_ms += 5 * DAY;
    forgets_vouch(post, forgets_ms);
    (void)snprintf(path, sizeof(path), "%s/stays/2026-11-04.past", post->dir);
    assert_true(ptn_ok(post->world.files->read(post->world.context, path, &bytes)));
    assert_true(ptn_ok(ptn_past_parse(ptn_buffer_bytes(&bytes), &file)));
    assert_int_equal(file.row_count, 2);
    assert_int_equal(file.day, 20760 + 1);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(ptn_past_parse(ptn_bytes_of(bytes.at, len), &file).code, PTN_C_BAD_INPUT);
    for (size_t at = 0; at < bytes.len; at++) {
        bytes.at[at] ^= 0x10;
        assert_int_equal(ptn_past_parse(ptn_buffer_bytes(&bytes), &file).code, PTN_C_BAD_INPUT);
        bytes.at[at] ^= 0x10;
    }
    ptn_buffer_release(&bytes);
}

/* Without the document a row says nothing: not whose, not when, not which are one traveller's. */
static void test_past__a_row_opens_with_the_document_only(void **state)
{
    struct forgets *post = *state;
    const struct ptn_past_file *file;
    struct ptn_person person = forgets_person(1);
    uint8_t key[PTN_NODE_ID_LEN];
    uint8_t slow[PTN_SLOW_KEY_LEN];
    struct ptn_stay_event events[8];

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    forgets_cross(post, 1, PTN_DIRECTION_EXIT);
    forgets_ms += 5 * DAY;
    forgets_vouch(post, forgets_ms);
    file = &post->node->past.files[0];
    assert_true(ptn_history_key(&person, key));
    for (size_t at = 0; at + sizeof(key) <= file->bytes.len; at++)
        assert_int_not_equal(memcmp(file->bytes.at + at, key, sizeof(key)), 0);
    assert_int_not_equal(memcmp(file->rows + 16, file->rows + PTN_PAST_ROW_LEN + 16, 4), 0);
    assert_true(ptn_ok(ptn_slow_key(file->salt, ptn_bytes_of(key, sizeof(key)), slow)));
    assert_int_equal(ptn_past_find(&post->node->past, slow, events, 8), 2);
    assert_int_equal(events[0].move, PTN_STAY_ENTRY);
    assert_int_equal(events[1].move, PTN_STAY_EXIT);
    assert_int_equal(ptn_past_find(&post->node->past, slow, events, 1), 1);
    assert_int_equal(events[0].move, PTN_STAY_EXIT); /* the newest one */
    slow[0] ^= 1;
    assert_int_equal(ptn_past_find(&post->node->past, slow, events, 8), 0);
}

/* ---- STAYS-2: what is wrong with the table is not known, and nothing else ---- */

static void past_path(const struct forgets *post, const char *day, char path[DIR_SIZE + 32])
{
    (void)snprintf(path, DIR_SIZE + 32, "%s/stays/%s.past", post->dir, day);
}

static void test_forget__a_damaged_file_is_a_day_until_which_nothing_is_known(void **state)
{
    struct forgets *post = *state;
    char path[DIR_SIZE + 32];
    struct ptn_stay stay;
    FILE *file;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    forgets_ms += 5 * DAY;
    forgets_vouch(post, forgets_ms); /* up to 4 November */
    forgets_cross(post, 2, PTN_DIRECTION_ENTRY);
    forgets_ms += 5 * DAY;
    forgets_vouch(post, forgets_ms);
    assert_int_equal(post->node->past.count, 2);
    forgets_again(post);
    stay = forgets_ask(post, 1, PTN_DIRECTION_EXIT, NULL);
    assert_true(stay.entry_known);
    assert_int_equal(stay.used, 11);
    past_path(post, "2026-11-04", path);
    for (unsigned known = 0; known < 2; known++) {
        ptn_node_close(post->node);
        if (known == 1)
            remove_known(post);
        file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, 80, SEEK_SET), 0);
        assert_int_equal(fputc('?', file), '?');
        assert_int_equal(fclose(file), 0);
        forgets_open(post);
        assert_int_equal(post->node->past.count, 1);
        stay = forgets_ask(post, 1, PTN_DIRECTION_EXIT, NULL);
        assert_false(stay.entry_known);
        assert_int_equal(stay.over_days, 0);
        assert_true(stay.unseen_days > 160);
        assert_int_equal(ptn_date_to_days(stay.known_since), 20760 + 3);
        stay = forgets_ask(post, 2, PTN_DIRECTION_EXIT, NULL);
        assert_true(stay.entry_known);
        assert_int_equal(stay.used, 6);
    }
}

static void test_forget__who_is_erased_leaves_the_table(void **state)
{
    static const struct ptn_hash order = { { 7 } };
    struct forgets *post = *state;
    struct ptn_ledger_header header;
    struct ptn_erasure erasure;
    char path[DIR_SIZE + 32];
    uint64_t erased = 0;
    struct ptn_stay stay;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    erasure.index = forgets_newest(post);
    forgets_ms += 5 * DAY;
    forgets_vouch(post, forgets_ms);
    past_path(post, "2026-11-04", path);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(ptn_ok(ptn_ledger_read(post->node->ledger, erasure.index, &header, NULL, NULL)));
    erasure.sealed_sha256 = header.sealed_sha256;
    assert_true(ptn_ok(ptn_ledger_erase(post->node->ledger, &erasure, 1, &order, &erased, NULL)));
    assert_int_equal(erased, 1);
    /* at the next day that is forgotten, or the next start */
    forgets_ms += DAY;
    forgets_vouch(post, forgets_ms);
    assert_int_equal(past_rows(post), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    forgets_again(post);
    assert_int_equal(past_rows(post), 0);
    stay = forgets_ask(post, 1, PTN_DIRECTION_EXIT, NULL);
    assert_false(stay.entry_known);
    assert_int_equal(ptn_date_to_days(stay.known_since), 20760 + 3);
}

/* A clock that was set back writes entries of a day that is forgotten: they go with the next. */
static void test_forget__a_day_that_comes_again_goes_with_the_next(void **state)
{
    struct forgets *post = *state;
    uint64_t place;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    forgets_ms += 5 * DAY;
    forgets_vouch(post, forgets_ms);
    forgets_ms -= 5 * DAY - HOUR;
    forgets_cross(post, 2, PTN_DIRECTION_ENTRY);
    place = forgets_newest(post);
    forgets_again(post);
    assert_true(forgets_ask(post, 2, PTN_DIRECTION_EXIT, NULL).entry_known);
    forgets_ms += 5 * DAY;
    forgets_vouch(post, forgets_ms);
    assert_true(forgets_ask(post, 2, PTN_DIRECTION_EXIT, NULL).entry_known);
    forgets_ms += DAY;
    forgets_vouch(post, forgets_ms);
    assert_false(thief_opens(post, place));
    assert_int_equal(past_rows(post), 2);
    forgets_again(post);
    remove_known(post);
    assert_true(forgets_ask(post, 2, PTN_DIRECTION_EXIT, NULL).entry_known);
    assert_true(forgets_ask(post, 1, PTN_DIRECTION_EXIT, NULL).entry_known);
}

/* Two years on, a file goes; what it knew is not known any more. */
static void test_forget__what_no_stay_needs_any_more_goes(void **state)
{
    struct forgets *post = *state;

    forgets_cross(post, 1, PTN_DIRECTION_ENTRY);
    forgets_ms += 5 * DAY;
    forgets_vouch(post, forgets_ms);
    forgets_ms += (PTN_PAST_DAYS + 1) * DAY;
    forgets_vouch(post, forgets_ms);
    forgets_ms += DAY;
    forgets_vouch(post, forgets_ms);
    assert_int_equal(past_rows(post), 0);
    assert_false(forgets_ask(post, 1, PTN_DIRECTION_EXIT, NULL).entry_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forget__the_lanes_know_what_the_post_cannot_read,
                                        forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__only_a_time_that_keepers_vouch_for_counts,
                                        forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__what_was_shown_is_forgotten_too, forgets_begin,
                                        forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__a_post_by_itself_reads_on, forgets_begin,
                                        forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__never_is_never, forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__a_twin_that_forgets_nothing_says_the_same,
                                        forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(test_past__bytes_that_are_no_file_are_refused,
                                        forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(test_past__a_row_opens_with_the_document_only,
                                        forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__cut_off_anywhere_nothing_is_lost,
                                        forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(
            test_forget__a_damaged_file_is_a_day_until_which_nothing_is_known, forgets_begin,
            forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__who_is_erased_leaves_the_table, forgets_begin,
                                        forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__a_day_that_comes_again_goes_with_the_next,
                                        forgets_begin, forgets_end),
        cmocka_unit_test_setup_teardown(test_forget__what_no_stay_needs_any_more_goes,
                                        forgets_begin, forgets_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
