/* Goal: a stick brings the same ledger, pulled out half way it brings a part or nothing, and a bad
 * one brings nothing wrong. */
#include "mirror_country.h"

#include "mirror/carry.h"

static char stick[128];
static char home[160];

/* Files of the real world, of which the Nth replace fails, and all after it: the stick is out. */
static struct ptn_files files;
static const struct ptn_files *real_files;
static unsigned replaces_left;

static struct ptn_status replace_or_not(void *context, const char *path, struct ptn_bytes bytes)
{
    if (replaces_left == 0)
        return (struct ptn_status){ PTN_C_IO };
    replaces_left--;
    return real_files->replace(context, path, bytes);
}

static int set_up(void **state)
{
    struct country *country = country_new();

    real_files = country->world.files;
    files = *real_files;
    files.replace = replace_or_not;
    replaces_left = 1000000;
    country->world.files = &files;
    (void)snprintf(stick, sizeof(stick), "%s/stick", country->dir);
    (void)snprintf(home, sizeof(home), "%s/copies", country->members[CENTRE].dir);
    assert_int_equal(mkdir(stick, 0700), 0);
    assert_int_equal(mkdir(home, 0700), 0);
    *state = country;
    return 0;
}

static int tear_down(void **state)
{
    country_free(*state);
    return 0;
}

static struct ptn_copy *open_copy(struct country *country)
{
    struct ptn_copy *copy = NULL;

    GOOD(ptn_copy_open(&country->world, home, &country->members[POST].key, &copy, NULL));
    return copy;
}

static struct ptn_status out(struct country *country, struct ptn_carry_report *report)
{
    return ptn_carry_out_ledger(&country->world, country->members[POST].ledger, stick, report,
                                NULL);
}

static void test_carry__a_stick_brings_the_whole_ledger(void **state)
{
    struct country *country = *state;
    struct ptn_copy *copy = open_copy(country);
    struct ptn_carry_report report;

    country_append(country, POST, 700);
    assert_false(
        ptn_carry_has(&country->world, stick, ptn_bytes_from_text(country->members[POST].origin)));
    assert_int_equal(ptn_carry_in(&country->world, copy, stick, &report, NULL).code,
                     PTN_C_NOT_FOUND);
    GOOD(out(country, &report));
    assert_int_equal(report.size, 700);
    /* 3 bundles, their payloads, 3 tiles of level 0, 1 of level 1, the checkpoint */
    assert_int_equal(report.files, 11);
    assert_int_equal(report.missing, 0);
    assert_true(
        ptn_carry_has(&country->world, stick, ptn_bytes_from_text(country->members[POST].origin)));
    GOOD(ptn_carry_in(&country->world, copy, stick, &report, NULL));
    assert_int_equal(report.size, 700);
    assert_int_equal(report.entries, 700);
    assert_int_equal(report.payloads, 600);
    assert_int_equal(report.missing, 0);
    /* the second time there is nothing to do, either way */
    GOOD(out(country, &report));
    assert_int_equal(report.files, 0);
    GOOD(ptn_carry_in(&country->world, copy, stick, &report, NULL));
    assert_int_equal(report.entries, 0);
    /* and it goes on */
    country_append(country, POST, 100);
    GOOD(out(country, &report));
    GOOD(ptn_carry_in(&country->world, copy, stick, &report, NULL));
    assert_int_equal(report.size, 800);
    assert_int_equal(report.missing, 0);
    ptn_copy_close(copy);
}

static void test_carry__a_copy_goes_on_from_hand_to_hand(void **state)
{
    struct country *country = *state;
    struct ptn_copy *copy = open_copy(country);
    struct ptn_carry_report report;
    char second[200];

    country_append(country, POST, 300);
    GOOD(out(country, &report));
    GOOD(ptn_carry_in(&country->world, copy, stick, &report, NULL));
    (void)snprintf(second, sizeof(second), "%s/second", country->dir);
    assert_int_equal(mkdir(second, 0700), 0);
    GOOD(ptn_carry_out_copy(&country->world, copy, second, &report, NULL));
    ptn_copy_close(copy);
    country_wipe(home);
    assert_int_equal(mkdir(home, 0700), 0);
    copy = open_copy(country);
    GOOD(ptn_carry_in(&country->world, copy, second, &report, NULL));
    assert_int_equal(report.size, 300);
    assert_int_equal(report.missing, 0);
    ptn_copy_close(copy);
}

/* CARRY-1. */
static void test_carry__pulled_out_anywhere_it_goes_on_where_it_was(void **state)
{
    struct country *country = *state;
    struct ptn_carry_report report;
    unsigned cuts = 0;
    struct ptn_status status;

    country_append(country, POST, 300);
    GOOD(out(country, &report));
    country_append(country, POST, 400);
    for (;; cuts++) { /* what was written stays, so each cut comes one file later */
        struct ptn_copy *copy;

        replaces_left = 1;
        status = out(country, &report);
        replaces_left = 1000000;
        if (ptn_ok(status))
            break;
        assert_int_equal(status.code, PTN_C_IO);
        /* the former checkpoint and all it names are there */
        country_wipe(home);
        assert_int_equal(mkdir(home, 0700), 0);
        copy = open_copy(country);
        GOOD(ptn_carry_in(&country->world, copy, stick, &report, NULL));
        assert_int_equal(report.size, 300);
        assert_int_equal(report.missing, 0);
        ptn_copy_close(copy);
    }
    assert_true(cuts > 5);
}

static void test_carry__one_file_at_a_time_is_enough(void **state)
{
    struct country *country = *state;
    struct ptn_carry_report report;
    struct ptn_copy *copy = open_copy(country);
    unsigned runs = 0;
    struct ptn_status status;

    country_append(country, POST, 600);
    do {
        replaces_left = 1;
        status = out(country, &report);
        runs++;
        assert_true(ptn_ok(status) || status.code == PTN_C_IO);
        assert_true(report.files <= 1 && runs < 100);
    } while (!ptn_ok(status));
    assert_int_equal(runs, 11);
    replaces_left = 1000000;
    GOOD(ptn_carry_in(&country->world, copy, stick, &report, NULL));
    assert_int_equal(report.size, 600);
    ptn_copy_close(copy);
}

/* ---- bad sticks ---- */

static char found[64][400];
static unsigned found_count;

static int collect(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)where;
    if (type == FTW_F && found_count < 64)
        (void)snprintf(found[found_count++], sizeof(found[0]), "%s", path);
    return 0;
}

static void flip(const char *path)
{
    FILE *file = fopen(path, "r+b");
    long middle;
    int byte;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    middle = ftell(file) / 2;
    assert_int_equal(fseek(file, middle, SEEK_SET), 0);
    byte = fgetc(file);
    assert_int_equal(fseek(file, middle, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

static void assert_nothing_wrong_came(struct country *country, struct ptn_copy *copy)
{
    struct ptn_copy_standing standing;
    struct ptn_hash mine, theirs;

    ptn_copy_standing(copy, &standing);
    assert_int_equal(ptn_copy_state(copy), PTN_LEDGER_READY);
    if (standing.size == 0)
        return;
    GOOD(ptn_copy_root_at(copy, standing.size, &mine, NULL));
    GOOD(ptn_serving_root(country->members[POST].ledger, standing.size, &theirs, NULL));
    assert_true(ptn_hash_equal(&mine, &theirs));
}

/* CARRY-1. */
static void test_carry__a_bad_stick_brings_nothing_wrong(void **state)
{
    struct country *country = *state;
    struct ptn_carry_report report;

    country_append(country, POST, 600);
    GOOD(out(country, &report));
    found_count = 0;
    (void)nftw(stick, collect, 16, FTW_PHYS);
    assert_int_equal(found_count, 11);
    for (unsigned i = 0; i < found_count; i++) {
        struct ptn_copy *copy;
        struct ptn_status status;

        country_wipe(home);
        assert_int_equal(mkdir(home, 0700), 0);
        copy = open_copy(country);
        flip(found[i]);
        status = ptn_carry_in(&country->world, copy, stick, &report, NULL);
        assert_nothing_wrong_came(country, copy);
        if (strstr(found[i], "/payloads/") != NULL) {
            GOOD(status);
            assert_int_equal(report.damaged, 1);
            assert_true(report.missing > 0);
        } else if (strstr(found[i], "/entries/") != NULL || strstr(found[i], "check") != NULL)
            assert_true(status.code == PTN_C_CORRUPT || status.code == PTN_C_BAD_INPUT);
        /* written anew, it is whole again */
        GOOD(out(country, &report));
        assert_int_equal(report.files, 1);
        GOOD(ptn_carry_in(&country->world, copy, stick, &report, NULL));
        assert_int_equal(report.size, 600);
        assert_int_equal(report.missing, 0);
        ptn_copy_close(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_carry__a_stick_brings_the_whole_ledger, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carry__a_copy_goes_on_from_hand_to_hand, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carry__pulled_out_anywhere_it_goes_on_where_it_was,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_carry__one_file_at_a_time_is_enough, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_carry__a_bad_stick_brings_nothing_wrong, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
