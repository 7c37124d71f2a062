/*
 * tests/node/test_staff_disk.c -- a post takes a staff list while its disk fails, is full or loses
 * power at any operation, of its ledger or of its other files. After the next start either the list
 * of before is in force or the new one, whole; never a mixture, never an older one. When it comes
 * again it is in force and is recorded once.
 *
 * The one exception is a file that could not be written while the ledger could: what it took is in
 * force till it stops, then nobody of either list gets in until a keeper has brought it again.
 *
 * POSTERN_FAULT_STEP (default 1) is the stride through the operations.
 */
#include "../ledger/fault_disk.h"
#include "../unit/node_staff.h"
#include "../unit/stride.h"

#include "record/access.h"

#define VFS_NAME "staff-disk"

/* What happens to the files beside the ledger. */
enum blow {
    BLOW_NONE,
    BLOW_FAILS,  /* the nth write fails, and nothing else */
    BLOW_BEFORE, /* the process ends before the nth write is done, and the power goes */
    BLOW_AFTER,  /* or right after it is durable */
};

struct setting {
    struct staff_fixture *staff;
    struct fault_disk *disk;
    struct fault_image *image;
    struct ptn_files files;
    char saved[128];
    struct ptn_buffer first, second; /* lists 1: arta, besa; 2: dita, besa */
    enum blow blow;
    unsigned long in; /* writes until then */
    bool struck, dead;
};

static struct setting *at; /* a world's context is the real one's */

/* ---- the files ---- */

/* True: the write may be done; *ret_after: and then it ends. */
static bool may_write(bool *ret_after)
{
    *ret_after = false;
    if (at->dead || fault_disk_fired(at->disk))
        return false;
    if (at->blow == BLOW_NONE || --at->in != 0)
        return true;
    at->struck = true;
    if (at->blow != BLOW_FAILS) {
        at->dead = true;
        fault_disk_arm(at->disk, FAULT_POWER, 1, true);
    }
    *ret_after = at->blow == BLOW_AFTER;
    return at->blow == BLOW_AFTER;
}

static struct ptn_status replace(void *context, const char *path, struct ptn_bytes bytes)
{
    bool after;
    struct ptn_status status = { PTN_C_IO };

    if (!may_write(&after))
        return status;
    status = ptn_world_real()->files->put(context, path, bytes); /* nobody cuts our own power */
    return after ? (struct ptn_status){ PTN_C_IO } : status;
}

static struct ptn_status remove_file(void *context, const char *path)
{
    bool after;
    struct ptn_status status = { PTN_C_IO };

    if (!may_write(&after))
        return status;
    status = ptn_world_real()->files->remove(context, path);
    return after ? (struct ptn_status){ PTN_C_IO } : status;
}

/* ---- the post ---- */

static void copy_folder(const char *from, const char *to)
{
    char command[300];

    (void)snprintf(command, sizeof(command), "rm -rf %s && cp -a %s %s", to, from, to);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folders */
}

static void step_all(struct fixture *post)
{
    for (unsigned i = 0; i < 50 && ptn_node_step(post->node); i++)
        ;
}

static void close_post(struct fixture *post)
{
    ptn_node_close(post->node);
    post->node = NULL;
}

static void keep(struct setting *setting, struct ptn_bytes note, struct ptn_buffer *ret_note)
{
    (void)setting;
    ptn_buffer_init(ret_note, PTN_NOTE_LEN_MAX);
    assert_true(ptn_ok(ptn_buffer_add(ret_note, note)));
}

/* The post of node_staff.h, made again on the disk in memory. */
static int set_up(void **state)
{
    static const struct ptn_node_plan plan = {
        .name = "Somewhere", .code = "some", .kind = PTN_POST_LAND, .state = "ALB"
    };
    struct setting *setting = calloc(1, sizeof(*setting));
    struct fixture *post;
    char command[200];

    assert_non_null(setting);
    at = setting;
    setting->disk = fault_disk_new(VFS_NAME);
    assert_non_null(setting->disk);
    (void)staff_begin((void **)&setting->staff);
    post = setting->staff->post;
    close_post(post);
    (void)snprintf(command, sizeof(command), "rm -rf %s", post->dir);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
    setting->files = *ptn_world_real()->files;
    setting->files.replace = replace;
    setting->files.remove = remove_file;
    post->world.files = &setting->files;
    post->world.sqlite_vfs_name = VFS_NAME;
    assert_true(ptn_ok(ptn_node_make(&post->world, post->dir, &plan, PTN_BYTES_NONE, NULL)));
    put_roster(post, 1, 2, 2);
    put_staff_roster(setting->staff, 1);
    keep(setting, staff_note(setting->staff, POST, 1, 7 * DAY, PERSONNEL), &setting->first);
    ptn_buffer_clear(&setting->staff->people);
    add_member(setting->staff, "dita", PTN_STAFF_OFFICER);
    add_member(setting->staff, "besa", PTN_STAFF_SUPERVISOR);
    keep(setting, staff_note(setting->staff, POST, 2, 7 * DAY, PERSONNEL), &setting->second);
    open_node(post);
    (void)snprintf(setting->saved, sizeof(setting->saved), "%s/saved", post->folder);
    *state = setting;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *setting = *state;

    ptn_buffer_release(&setting->first);
    ptn_buffer_release(&setting->second);
    (void)staff_end((void **)&setting->staff);
    if (setting->image != NULL)
        fault_image_free(setting->image);
    fault_disk_free(setting->disk);
    free(setting);
    return 0;
}

static void save(struct setting *setting)
{
    step_all(setting->staff->post);
    close_post(setting->staff->post);
    setting->image = fault_disk_save(setting->disk);
    copy_folder(setting->staff->post->dir, setting->saved);
}

/* How often the ledger says that version was taken. */
static unsigned taken(struct setting *setting, uint64_t version)
{
    struct fixture *post = setting->staff->post;
    struct ptn_vault *vault = NULL;
    struct ptn_ledger *ledger = NULL;
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    uint64_t size = 0;
    unsigned count = 0;

    assert_true(ptn_ok(ptn_vault_open(ptn_world_real(), post->dir, &vault, NULL)));
    assert_true(ptn_ok(ptn_ledger_open_reader(&post->world, vault, post->dir, &ledger, NULL)));
    assert_true(ptn_ok(ptn_ledger_size(ledger, &size, NULL)));
    for (uint64_t i = 0; i < size; i++) {
        struct ptn_ledger_header header;
        struct ptn_staff_event event;

        ptn_buffer_clear(&payload);
        assert_true(ptn_ok(ptn_ledger_read(ledger, i, &header, &payload, NULL)));
        if (header.kind != PTN_RECORD_STAFF)
            continue;
        assert_true(ptn_ok(ptn_staff_event_parse(ptn_buffer_bytes(&payload), &event, NULL)));
        count += event.act == PTN_STAFF_TAKEN && event.version == version ? 1 : 0;
    }
    ptn_buffer_release(&payload);
    ptn_ledger_close(ledger);
    ptn_vault_close(vault);
    return count;
}

/* Whether they sign in. A name that nobody has is not tried: that costs a whole Argon2id. */
static void assert_in(struct setting *setting, const char *user, bool wanted)
{
    assert_int_equal(ptn_staff_knows(setting->staff->post->node, ptn_bytes_from_text(user)),
                     wanted);
    if (wanted)
        assert_int_equal(sign_in(setting->staff, user), PTN_C_OK);
}

/* Who is in force, and nobody else: 0: none came yet; 3: nobody, until a list comes again. */
static unsigned in_force(struct setting *setting)
{
    const struct ptn_staff_standing standing = ptn_staff_standing(setting->staff->post->node);
    const bool old = standing.has_list && !standing.lost && standing.version == 1;
    const bool new = standing.has_list && !standing.lost &&standing.version == 2;

    assert_in(setting, "arta", old);
    assert_in(setting, "dita", new);
    assert_in(setting, "besa", old || new);
    return standing.lost ? 3 : old ? 1 : new ? 2 : 0;
}

/* ---- the loop ---- */

struct seen {
    unsigned long before, after, lost;
};

/*
 * The post, at version before, is handed the list of the next one, and something happens: to the
 * files, or to the ledger's disk. False: nothing happened any more.
 */
static bool run(struct setting *setting, unsigned before, enum blow blow, enum fault_mode mode,
                unsigned long nth, bool for_good, struct seen *seen)
{
    struct fixture *post = setting->staff->post;
    const struct ptn_bytes note =
        ptn_buffer_bytes(before == 0 ? &setting->first : &setting->second);
    unsigned now;
    bool happened;

    fault_disk_load(setting->disk, setting->image);
    copy_folder(setting->saved, post->dir);
    open_node(post);
    step_all(post);
    setting->blow = blow;
    setting->in = nth;
    setting->struck = false;
    if (mode != FAULT_NONE)
        fault_disk_arm(setting->disk, mode, nth, for_good);
    assert_int_equal(ptn_apply_note(post->node, note, PTN_RECEIPT_STICK, NULL, NULL).code,
                     PTN_C_OK);
    assert_int_equal(in_force(setting), before + 1); /* whatever the disk does */
    step_all(post);
    if (setting->dead || mode == FAULT_POWER)
        setting->dead = true; /* what it does while it is taken down is done by nobody */
    close_post(post);
    happened = fault_disk_off(setting->disk);
    if (setting->dead && happened)
        fault_disk_restart(setting->disk, nth);
    happened = mode != FAULT_NONE ? happened : setting->struck;
    setting->blow = BLOW_NONE;
    setting->dead = false;
    open_node(post);
    now = in_force(setting);
    if (now == 3)
        assert_true(blow == BLOW_FAILS);
    else
        assert_true(now == before || now == before + 1);
    seen->before += now == before ? 1 : 0;
    seen->after += now == before + 1 ? 1 : 0;
    seen->lost += now == 3 ? 1 : 0;
    /* from a keeper, again: whole, once, and still so after another start */
    (void)ptn_ok(ptn_apply_note(post->node, note, PTN_RECEIPT_KEEPER, NULL, NULL));
    assert_int_equal(in_force(setting), before + 1);
    step_all(post);
    close_post(post);
    open_node(post);
    assert_int_equal(in_force(setting), before + 1);
    assert_int_equal(taken(setting, before + 1), 1);
    close_post(post);
    return happened;
}

static struct seen run_all(struct setting *setting, unsigned before, enum blow blow,
                           enum fault_mode mode, bool for_good)
{
    const unsigned long step = mode == FAULT_NONE ? 1 : stride_of("POSTERN_FAULT_STEP", 1);
    struct seen seen = { 0, 0, 0 };

    for (unsigned long nth = 1; run(setting, before, blow, mode, nth, for_good, &seen); nth += step)
        ;
    return seen;
}

static void begin_at(struct setting *setting, unsigned before)
{
    struct fixture *post = setting->staff->post;

    if (before == 1)
        assert_int_equal(ptn_apply_note(post->node, ptn_buffer_bytes(&setting->first),
                                        PTN_RECEIPT_STICK, NULL, NULL)
                             .code,
                         PTN_C_OK);
    save(setting);
}

static void both_at(struct setting *setting, unsigned before)
{
    struct seen seen;

    begin_at(setting, before);
    seen = run_all(setting, before, BLOW_BEFORE, FAULT_NONE, false);
    assert_true(seen.before > 0 && seen.after > 0);
    seen = run_all(setting, before, BLOW_AFTER, FAULT_NONE, false);
    assert_true(seen.after > 0);
    seen = run_all(setting, before, BLOW_NONE, FAULT_POWER, true);
    assert_true(seen.after > 0);
}

static void test_staff_disk__a_power_cut_leaves_the_old_list_or_the_new(void **state)
{
    both_at(*state, 1);
}

static void test_staff_disk__the_same_with_the_very_first(void **state)
{
    both_at(*state, 0);
}

static void test_staff_disk__errors_and_a_full_disk_leave_no_third(void **state)
{
    struct setting *setting = *state;
    struct seen seen;

    begin_at(setting, 1);
    seen = run_all(setting, 1, BLOW_NONE, FAULT_ERROR, false);
    assert_true(seen.after > 0);
    seen = run_all(setting, 1, BLOW_NONE, FAULT_FULL, true);
    assert_true(seen.after > 0);
    seen = run_all(setting, 1, BLOW_FAILS, FAULT_NONE, false);
    assert_true(seen.lost > 0); /* the exception was among them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_staff_disk__a_power_cut_leaves_the_old_list_or_the_new,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_staff_disk__the_same_with_the_very_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_staff_disk__errors_and_a_full_disk_leave_no_third,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
