/* The staff file: lines in, lines out; passwords set and replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/staff.h"

static void test_node_staff__members_are_read_in_order(void **state)
{
    static const char file[] = "# people\n"
                               "arta\tofficer\t-\ten\tArta B.\t$argon2id$x\n"
                               "\n"
                               "besa\tsupervisor\tdiscreet\tsq\tBesa\t$argon2id$y\r\n";
    struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_from_text(file));
    struct ptn_staff_member member;
    size_t line = 0;

    (void)state;
    assert_true(ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL)));
    assert_string_equal(member.officer.user, "arta");
    assert_string_equal(member.officer.name, "Arta B.");
    assert_int_equal(member.officer.role, PTN_STAFF_OFFICER);
    assert_false(member.officer.discreet);
    assert_false(member.officer.albanian);
    assert_string_equal(member.hash, "$argon2id$x");
    assert_int_equal(line, 2);
    assert_true(ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL)));
    assert_int_equal(member.officer.role, PTN_STAFF_SUPERVISOR);
    assert_true(member.officer.discreet);
    assert_true(member.officer.albanian);
    assert_int_equal(line, 4);
    assert_int_equal(ptn_staff_parse(&cursor, &line, &member, NULL).code, PTN_C_NOT_FOUND);
}

static void test_node_staff__bad_lines_are_refused_with_their_number(void **state)
{
    static const char *const lines[] = {
        "arta\tofficer\t-\ten\tArta",              /* a field too few */
        "arta\tofficer\t-\ten\tArta\t$h\tmore",    /* one too many */
        "arta\tboss\t-\ten\tArta\t$h",             /* no such role */
        "arta\tofficer\teverything\ten\tArta\t$h", /* no such right */
        "arta\tofficer\t-\tfr\tArta\t$h",          /* no such language */
        "\tofficer\t-\ten\tArta\t$h",              /* no user */
        "arta\tofficer\t-\ten\t\t$h",              /* no name */
        "arta\tofficer\t-\ten\tArta\t",            /* no hash */
        "arta\tofficer\t-\ten\tAr\xffta\t$h",      /* not UTF-8 */
        "ar\x01ta\tofficer\t-\ten\tArta\t$h",      /* a control character */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_from_text(lines[i]));
        struct ptn_staff_member member = { .officer = { .user = "before" } };
        struct ptn_diag diag = { 0 };
        size_t line = 0;

        assert_int_equal(ptn_staff_parse(&cursor, &line, &member, &diag).code, PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, 1);
        assert_string_equal(member.officer.user, "before");
    }
}

static void test_node_staff__what_a_line_cannot_hold_is_not_written(void **state)
{
    struct ptn_staff_member member = { .officer = { .user = "a\tb", .name = "N" }, .hash = "$h" };
    struct ptn_buffer out = { .len_max = 4096 };

    (void)state;
    assert_int_equal(ptn_staff_write(&member, &out).code, PTN_C_BAD_INPUT);
    memcpy(member.officer.user, "#a", 3); /* it would read as a comment */
    assert_int_equal(ptn_staff_write(&member, &out).code, PTN_C_BAD_INPUT);
    assert_int_equal(out.len, 0);
    memcpy(member.officer.user, "a", 2);
    assert_true(ptn_ok(ptn_staff_write(&member, &out)));
    assert_memory_equal(out.at, "a\tofficer\t-\ten\tN\t$h\n", out.len);
    ptn_buffer_release(&out);
}

/* The curve's own generator, as a key of that id. */
#define KEY(id)                                                                                    \
    "es256." id ".axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/"                            \
    "m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q=="

static void test_node_staff__a_line_with_keys_is_read_back(void **state)
{
    static const char *const lines[] = {
        "a\tofficer\t-\ten\tN\t$h\t-\t-\t" KEY("AQID") "\n",
        "a\tofficer\t-\ten\tN\t$h\t-\t2026-12-31\t" KEY("AQID") "\t" KEY("AQIE") "\n",
        "a\tofficer\t-\ten\tN\t$h\t2026-12-01\t-\t" KEY("AQID") "\t" KEY("AQIE") "\t" KEY(
            "AQIF") "\t" KEY("AQIG") "\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_from_text(lines[i]));
        struct ptn_buffer out = { .len_max = 4096 };
        struct ptn_staff_member member;
        size_t line = 0;

        assert_true(ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL)));
        assert_true(member.key_count >= 1 && member.key_count <= PTN_STAFF_KEYS_MAX);
        assert_true(ptn_ok(ptn_staff_write(&member, &out)));
        assert_true(ptn_bytes_is(ptn_buffer_bytes(&out), lines[i]));
        ptn_buffer_release(&out);
    }
}

static void test_node_staff__keys_that_are_none_are_refused(void **state)
{
    static const char *const lines[] = {
        "a\tofficer\t-\ten\tN\t$h\t" KEY("AQID") "\n", /* days come first */
        "a\tofficer\t-\ten\tN\t$h\t-\t-\n",            /* days of which there is none */
        "a\tofficer\t-\ten\tN\t$h\t-\t-\t\n",
        "a\tofficer\t-\ten\tN\t$h\t-\t-\tes256.AQID.AAAA\n",
        "a\tofficer\t-\ten\tN\t$h\t-\t-\t" KEY("AQID") "\t" KEY("AQID") "\n", /* twice */
        "a\tofficer\t-\ten\tN\t$h\t-\t-\t" KEY("AQID") "\t" KEY("AQIE") "\t" KEY("AQIF") "\t" KEY(
            "AQIG") "\t" KEY("AQIH") "\n", /* one too many */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct ptn_cursor cursor = ptn_cursor_at(ptn_bytes_from_text(lines[i]));
        struct ptn_staff_member member;
        size_t line = 0;

        assert_int_equal(ptn_staff_parse(&cursor, &line, &member, NULL).code, PTN_C_BAD_INPUT);
    }
}

static void test_node_staff__setting_twice_replaces(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, 0);
    struct ptn_officer officer = { .user = "arta", .name = "Arta" };
    struct ptn_officer other = { .user = "besa", .name = "Besa", .role = PTN_STAFF_SUPERVISOR };
    struct ptn_buffer file = { .len_max = 65536 };
    struct ptn_cursor cursor;
    struct ptn_staff_member member;
    size_t line = 0;
    size_t count = 0;

    (void)state;
    assert_true(ptn_ok(world->files->make_dir(world->context, "n")));
    assert_true(ptn_ok(ptn_staff_set(world, "n", &officer, PTN_BYTES_LITERAL("one"), NULL)));
    assert_true(ptn_ok(ptn_staff_set(world, "n", &other, PTN_BYTES_LITERAL("two"), NULL)));
    officer.discreet = true;
    assert_true(ptn_ok(ptn_staff_set(world, "n", &officer, PTN_BYTES_LITERAL("three"), NULL)));
    assert_int_equal(ptn_staff_set(world, "n", &officer, PTN_BYTES_NONE, NULL).code,
                     PTN_C_BAD_INPUT); /* no empty password */
    assert_true(ptn_ok(world->files->read(world->context, "n/staff", &file)));
    assert_null(memmem(file.at, file.len, "three", 5)); /* nothing but the hash is kept */
    cursor = ptn_cursor_at(ptn_buffer_bytes(&file));
    while (ptn_ok(ptn_staff_parse(&cursor, &line, &member, NULL))) {
        count++;
        if (strcmp(member.officer.user, "arta") == 0)
            assert_true(member.officer.discreet);
    }
    assert_int_equal(count, 2);
    ptn_buffer_release(&file);
    ptn_world_seeded_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_staff__members_are_read_in_order),
        cmocka_unit_test(test_node_staff__bad_lines_are_refused_with_their_number),
        cmocka_unit_test(test_node_staff__what_a_line_cannot_hold_is_not_written),
        cmocka_unit_test(test_node_staff__a_line_with_keys_is_read_back),
        cmocka_unit_test(test_node_staff__keys_that_are_none_are_refused),
        cmocka_unit_test(test_node_staff__setting_twice_replaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
