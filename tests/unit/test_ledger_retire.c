/* FOLLOW-5: what a ledger's own key signed, and the ledger does not have, retires it; nothing else
 * does. */
#include "ledger/ledger.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ORIGIN "postern.example/qafe-thane"
#define GOOD(call)                                                                                 \
    do {                                                                                           \
        struct ptn_status good_ = (call);                                                          \
        if (!ptn_ok(good_))                                                                        \
            fail_msg("%s: %s", #call, ptn_code_word(good_.code));                                  \
    } while (false)

static const char *const files[] = { "ledger.sqlite", "ledger.head" };

/* A post's folder and its ledger, with the files of another time kept beside. */
struct post {
    char dir[64];
    struct ptn_world world;
    struct ptn_files files;
    struct ptn_vault *vault;
    struct ptn_ledger *ledger;
    struct ptn_buffer old[2];
    struct ptn_buffer note;
    int64_t now_ms; /* no two entries are the same */
};

static void path_of(const struct post *post, const char *name, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", post->dir, name);
}

static void open_writer(struct post *post)
{
    GOOD(ptn_ledger_open(&post->world, post->vault, post->dir, &post->ledger, NULL));
}

static void close_writer(struct post *post)
{
    ptn_ledger_close(post->ledger);
    post->ledger = NULL;
}

static struct ptn_status append(struct post *post, unsigned count)
{
    struct ptn_ledger_entry entries[8] = { { .kind = 0 } };
    uint64_t first;

    for (unsigned i = 0; i < count; i++)
        entries[i] =
            (struct ptn_ledger_entry){ .kind = 1, .time_ms = ++post->now_ms, .retention = 1 };
    return ptn_ledger_append(post->ledger, entries, count, &first, NULL);
}

static int set_up(void **state)
{
    struct post *post = calloc(1, sizeof(*post));

    assert_non_null(post);
    (void)snprintf(post->dir, sizeof(post->dir), "/tmp/postern-retire-XXXXXX");
    assert_non_null(mkdtemp(post->dir));
    post->world = *ptn_world_real();
    post->files = *post->world.files;
    post->world.files = &post->files;
    for (unsigned i = 0; i < 2; i++)
        ptn_buffer_init(&post->old[i], 8u << 20);
    ptn_buffer_init(&post->note, PTN_NOTE_LEN_MAX);
    post->now_ms = 1796083200000;
    GOOD(ptn_vault_create(&post->world, post->dir, NULL));
    GOOD(ptn_vault_open(&post->world, post->dir, &post->vault, NULL));
    GOOD(ptn_ledger_create(&post->world, post->vault, post->dir, ORIGIN, NULL));
    open_writer(post);
    GOOD(append(post, 5));
    *state = post;
    return 0;
}

static int remove_one(const char *path, const struct stat *stat_of, int kind, struct FTW *at)
{
    (void)stat_of;
    (void)kind;
    (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    struct post *post = *state;

    ptn_ledger_close(post->ledger);
    ptn_vault_close(post->vault);
    for (unsigned i = 0; i < 2; i++)
        ptn_buffer_release(&post->old[i]);
    ptn_buffer_release(&post->note);
    assert_int_equal(nftw(post->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(post);
    return 0;
}

/* The last checkpoint, as a keeper would show it. */
static struct ptn_bytes newest(struct post *post)
{
    ptn_buffer_clear(&post->note);
    GOOD(ptn_ledger_checkpoint(post->ledger, &post->note, NULL));
    return ptn_buffer_bytes(&post->note);
}

static void read_file(const struct post *post, const char *name, struct ptn_buffer *out)
{
    char path[128];

    path_of(post, name, path);
    ptn_buffer_clear(out);
    GOOD(post->world.files->read(post->world.context, path, out));
}

/* Five entries more are signed and seen elsewhere, the disk of before them is put back, and so many
 * others are written. */
static struct ptn_bytes go_back(struct post *post, unsigned others)
{
    struct ptn_bytes seen;
    char path[128];

    close_writer(post);
    for (unsigned i = 0; i < 2; i++)
        read_file(post, files[i], &post->old[i]);
    open_writer(post);
    GOOD(append(post, 5));
    seen = newest(post);
    close_writer(post);
    for (unsigned i = 0; i < 2; i++) {
        path_of(post, files[i], path);
        GOOD(
            post->world.files->replace(post->world.context, path, ptn_buffer_bytes(&post->old[i])));
    }
    open_writer(post);
    if (others > 0)
        GOOD(append(post, others));
    return seen;
}

static bool is_marked(const struct post *post)
{
    char path[128];

    path_of(post, PTN_LEDGER_RETIRED_FILE, path);
    return post->world.files->exists(post->world.context, path);
}

/* It signs nothing, can be read, and says by what. */
static void assert_retired(struct post *post, uint64_t size, struct ptn_bytes by)
{
    struct ptn_buffer mark = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_ledger_header header;
    uint64_t there = 0;

    assert_int_equal(ptn_ledger_state(post->ledger), PTN_LEDGER_RETIRED);
    assert_int_equal(append(post, 1).code, PTN_C_IO);
    GOOD(ptn_ledger_size(post->ledger, &there, NULL));
    assert_int_equal(there, size);
    GOOD(ptn_ledger_read(post->ledger, size - 1, &header, NULL, NULL));
    GOOD(ptn_ledger_retired(&post->world, post->dir, &mark));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&mark), by));
    ptn_buffer_release(&mark);
}

/* Not one byte of ledger.head changes by closing and opening. */
static void assert_signs_nothing_at_a_start(struct post *post)
{
    struct ptn_buffer head = { .len_max = 1u << 20 };

    close_writer(post);
    read_file(post, "ledger.head", &head);
    open_writer(post);
    read_file(post, "ledger.head", &post->old[0]);
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&head), ptn_buffer_bytes(&post->old[0])));
    ptn_buffer_release(&head);
}

static void test_retire__a_larger_checkpoint_of_its_own_ends_its_signing(void **state)
{
    struct post *post = *state;
    struct ptn_bytes seen = go_back(post, 0);

    GOOD(ptn_ledger_retire(post->ledger, seen, NULL));
    assert_retired(post, 5, seen);
    assert_signs_nothing_at_a_start(post);
    assert_retired(post, 5, seen);
}

static void test_retire__another_history_ends_it_however_long_it_went_on(void **state)
{
    struct post *post = *state;
    struct ptn_bytes seen = go_back(post, 8);

    GOOD(ptn_ledger_retire(post->ledger, seen, NULL));
    assert_retired(post, 13, seen);
    assert_signs_nothing_at_a_start(post);
    assert_retired(post, 13, seen);
}

static void test_retire__the_start_of_its_own_tree_is_no_reason(void **state)
{
    struct post *post = *state;
    struct ptn_bytes seen = newest(post);

    assert_int_equal(ptn_ledger_retire(post->ledger, seen, NULL).code, PTN_C_NOT_FOUND);
    for (unsigned i = 0; i < 3; i++) {
        GOOD(append(post, 7));
        assert_int_equal(ptn_ledger_retire(post->ledger, seen, NULL).code, PTN_C_NOT_FOUND);
    }
    assert_false(is_marked(post));
    GOOD(append(post, 1));
}

/* Sign a checkpoint of that origin by that vault's key. */
static void forge(struct post *post, const struct ptn_vault *vault, const char *origin,
                  struct ptn_buffer *out)
{
    struct ptn_checkpoint checkpoint = { .origin = ptn_bytes_from_text(origin), .size = 1000 };
    struct ptn_buffer text = { .len_max = 4096 };

    (void)post;
    ptn_buffer_clear(out);
    GOOD(ptn_checkpoint_write(&text, &checkpoint));
    GOOD(ptn_note_sign(vault, PTN_ROLE_LEDGER, ptn_bytes_from_text(ORIGIN), ptn_buffer_bytes(&text),
                       out, NULL));
    ptn_buffer_release(&text);
}

/* A liar has everything but the post's key. */
static void test_retire__nobody_elses_word_retires_it(void **state)
{
    struct post *post = *state;
    struct ptn_buffer note = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_vault *stranger = NULL;
    struct ptn_bytes seen = go_back(post, 0);
    char dir[128];

    path_of(post, "stranger", dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    GOOD(ptn_vault_create(&post->world, dir, NULL));
    GOOD(ptn_vault_open(&post->world, dir, &stranger, NULL));
    forge(post, stranger, ORIGIN, &note);
    assert_int_equal(ptn_ledger_retire(post->ledger, ptn_buffer_bytes(&note), NULL).code,
                     PTN_C_CORRUPT);
    forge(post, post->vault, "postern.example/another", &note); /* its key, another's ledger */
    assert_int_equal(ptn_ledger_retire(post->ledger, ptn_buffer_bytes(&note), NULL).code,
                     PTN_C_CORRUPT);
    for (size_t cut = 0; cut < seen.len; cut += 7)
        assert_int_equal(ptn_ledger_retire(post->ledger, ptn_bytes_of(seen.at, cut), NULL).code,
                         PTN_C_CORRUPT);
    for (size_t at = 0; at < seen.len; at++) {
        post->note.at[at] ^= 1;
        assert_int_equal(ptn_ledger_retire(post->ledger, seen, NULL).code, PTN_C_CORRUPT);
        post->note.at[at] ^= 1;
    }
    assert_false(is_marked(post));
    GOOD(append(post, 1));
    ptn_vault_close(stranger);
    ptn_buffer_release(&note);
}

/* Before a start, when nobody writes: nothing at all is signed then. */
static void test_retire__a_reader_may_ask_before_anything_is_signed(void **state)
{
    struct post *post = *state;
    struct ptn_bytes seen = go_back(post, 0);
    struct ptn_ledger *reader = NULL;

    close_writer(post);
    read_file(post, "ledger.head", &post->old[1]);
    GOOD(ptn_ledger_open_reader(&post->world, post->vault, post->dir, &reader, NULL));
    GOOD(ptn_ledger_retire(reader, seen, NULL));
    ptn_ledger_close(reader);
    open_writer(post);
    assert_retired(post, 5, seen);
    read_file(post, "ledger.head", &post->old[0]);
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&post->old[0]), ptn_buffer_bytes(&post->old[1])));
}

/* A power cut: a keeper has the newest head, ledger.head here is an older one, and all entries are
 * durable. The larger count is the ledger's own, for a reader before the start and after it. */
static void test_retire__a_head_that_the_power_took_is_no_reason(void **state)
{
    struct post *post = *state;
    struct ptn_ledger *reader = NULL;
    struct ptn_buffer again = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_bytes seen;
    char path[128];

    close_writer(post);
    read_file(post, "ledger.head", &post->old[1]);
    open_writer(post);
    GOOD(append(post, 5));
    seen = newest(post);
    close_writer(post);
    path_of(post, "ledger.head", path);
    GOOD(post->world.files->replace(post->world.context, path, ptn_buffer_bytes(&post->old[1])));
    GOOD(ptn_ledger_open_reader(&post->world, post->vault, post->dir, &reader, NULL));
    assert_int_equal(ptn_ledger_retire(reader, seen, NULL).code, PTN_C_NOT_FOUND);
    ptn_ledger_close(reader);
    open_writer(post);
    assert_int_equal(ptn_ledger_retire(post->ledger, seen, NULL).code, PTN_C_NOT_FOUND);
    GOOD(ptn_ledger_checkpoint(post->ledger, &again, NULL));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&again), seen)); /* signed again, byte for byte */
    assert_false(is_marked(post));
    ptn_buffer_release(&again);
}

static struct ptn_status cannot_replace(void *context, const char *path, struct ptn_bytes bytes)
{
    (void)context;
    (void)path;
    (void)bytes;
    return (struct ptn_status){ PTN_C_IO };
}

static void test_retire__a_mark_that_cannot_be_written_stops_it_all_the_same(void **state)
{
    struct post *post = *state;
    struct ptn_bytes seen = go_back(post, 0);

    post->files.replace = cannot_replace;
    assert_int_equal(ptn_ledger_retire(post->ledger, seen, NULL).code, PTN_C_IO);
    assert_int_equal(ptn_ledger_state(post->ledger), PTN_LEDGER_STOPPED);
    assert_int_equal(append(post, 1).code, PTN_C_IO);
    assert_int_equal(ptn_ledger_retire(post->ledger, seen, NULL).code, PTN_C_BUSY);
    assert_false(is_marked(post));
}

/* Whatever became of the rest of the folder, and of the mark's own bytes. */
static void test_retire__any_mark_counts_and_no_ledger_is_begun_beside_one(void **state)
{
    struct post *post = *state;
    char path[128];

    close_writer(post);
    path_of(post, PTN_LEDGER_RETIRED_FILE, path);
    GOOD(post->world.files->replace(post->world.context, path, PTN_BYTES_NONE));
    open_writer(post);
    assert_retired(post, 5, PTN_BYTES_NONE);
    close_writer(post);
    for (unsigned i = 0; i < 2; i++) {
        path_of(post, files[i], path);
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(ptn_ledger_create(&post->world, post->vault, post->dir, ORIGIN, NULL).code,
                     PTN_C_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_retire__a_larger_checkpoint_of_its_own_ends_its_signing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_retire__another_history_ends_it_however_long_it_went_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_retire__the_start_of_its_own_tree_is_no_reason, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_retire__nobody_elses_word_retires_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_retire__a_reader_may_ask_before_anything_is_signed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_retire__a_head_that_the_power_took_is_no_reason,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_retire__a_mark_that_cannot_be_written_stops_it_all_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_retire__any_mark_counts_and_no_ledger_is_begun_beside_one, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
