/* Goal: a staff list has one form; what is sealed opens at the post it is for and nowhere else, and
 * under the lines it was sealed with. */
#include "node_staff.h"

#include "node/staff_int.h"

/* The note's text, as it is read. */
static struct ptn_bytes text_of(struct staff_fixture *fixture, uint32_t version)
{
    struct ptn_note note;

    assert_true(ptn_ok(
        ptn_note_parse(staff_note(fixture, POST, version, 7 * DAY, PERSONNEL), &note, NULL)));
    return note.text;
}

/* STAFF-4. */
static void test_staff_list__says_what_it_is_and_names_nobody(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_bytes text = text_of(fixture, 3);
    struct ptn_staff_list list;

    assert_true(ptn_staff_list_looks_like(text));
    assert_true(ptn_ok(ptn_staff_list_parse(text, &list, NULL)));
    assert_true(ptn_bytes_is(list.country, "u.example/roster"));
    assert_true(ptn_bytes_is(list.post, POST));
    assert_int_equal(list.version, 3);
    assert_int_equal(list.until_ms - list.given_ms, 7 * DAY);
    assert_in_range(list.box_count, 1, 2);
    assert_null(memmem(text.at, text.len, "arta", 4));
    assert_null(memmem(text.at, text.len, "besa", 4));
    assert_null(memmem(text.at, text.len, "argon2id", 8));
}

/* STAFF-4. */
static void test_staff_list__opens_at_its_post_alone(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_bytes text = text_of(fixture, 1);
    struct ptn_buffer people = { .len_max = 65536 };
    struct ptn_vault *vault = NULL;
    struct ptn_staff_list list;

    assert_true(ptn_ok(ptn_staff_list_parse(text, &list, NULL)));
    assert_int_equal(ptn_staff_list_open(fixture->personnel, &list, &people, NULL).code,
                     PTN_C_NOT_FOUND);
    assert_true(ptn_ok(ptn_vault_open(ptn_world_real(), fixture->post->dir, &vault, NULL)));
    assert_true(ptn_ok(ptn_staff_list_open(vault, &list, &people, NULL)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&people), ptn_buffer_bytes(&fixture->people)));
    ptn_buffer_clear(&people);
    { /* another version: the same people under other lines */
        char *copy = malloc(text.len);
        char *at;

        assert_non_null(copy);
        memcpy(copy, text.at, text.len);
        at = memmem(copy, text.len, "version 1", 9);
        assert_non_null(at);
        at[8] = '2';
        assert_true(ptn_ok(ptn_staff_list_parse(ptn_bytes_of(copy, text.len), &list, NULL)));
        assert_int_equal(ptn_staff_list_open(vault, &list, &people, NULL).code, PTN_C_CORRUPT);
        free(copy);
    }
    ptn_vault_close(vault);
    ptn_buffer_release(&people);
}

/* Every byte cut off, every byte another one: nothing else is taken as the same list. */
static void test_staff_list__has_one_form(void **state)
{
    struct staff_fixture *fixture = *state;
    struct ptn_bytes text = text_of(fixture, 1);
    uint8_t *copy = malloc(text.len);
    struct ptn_staff_list list;

    assert_non_null(copy);
    memcpy(copy, text.at, text.len);
    for (size_t i = 0; i < text.len; i++)
        assert_false(ptn_ok(ptn_staff_list_parse(ptn_bytes_of(copy, i), &list, NULL)));
    for (size_t i = 0; i < text.len; i++) {
        copy[i] ^= 0x80;
        (void)ptn_ok(ptn_staff_list_parse(ptn_bytes_of(copy, text.len), &list, NULL));
        copy[i] ^= 0x80;
        if (copy[i] != '\n')
            continue;
        copy[i] = '\r';
        assert_false(ptn_ok(ptn_staff_list_parse(ptn_bytes_of(copy, text.len), &list, NULL)));
        copy[i] = '\n';
    }
    free(copy);
}

static void test_staff_list__what_cannot_be_is_not_sealed(void **state)
{
    struct staff_fixture *fixture = *state;
    const int64_t now_ms = shifted_now(NULL) / 1000 * 1000;
    const struct ptn_staff_list good = { .post = PTN_BYTES_LITERAL(POST),
                                         .version = 1,
                                         .given_ms = now_ms,
                                         .until_ms = now_ms + 7 * DAY };
    struct ptn_staff_list plan = good;
    struct ptn_buffer out = { .len_max = PTN_STAFF_LIST_LEN_MAX };
    struct ptn_bytes people = ptn_buffer_bytes(&fixture->people);
#define SEAL ptn_staff_list_seal(ptn_world_real(), &fixture->roster, &plan, people, &out, NULL).code

    assert_int_equal(SEAL, PTN_C_OK);
    plan.until_ms += 1000;
    assert_int_equal(SEAL, PTN_C_BAD_INPUT);
    plan = good;
    plan.until_ms = plan.given_ms;
    assert_int_equal(SEAL, PTN_C_BAD_INPUT);
    plan = good;
    plan.version = 0;
    assert_int_equal(SEAL, PTN_C_BAD_INPUT);
    plan = good;
    plan.post = PTN_BYTES_LITERAL("u.example/ka"); /* a keeper */
    assert_int_equal(SEAL, PTN_C_BAD_INPUT);
    plan.post = PTN_BYTES_LITERAL("u.example/nobody");
    assert_int_equal(SEAL, PTN_C_BAD_INPUT);
    plan = good;
    plan.given_ms -= 3650 * DAY; /* no reading key of those months */
    plan.until_ms -= 3650 * DAY;
    assert_int_equal(SEAL, PTN_C_BAD_INPUT);
    plan = good;
    people = PTN_BYTES_NONE;
    assert_int_equal(SEAL, PTN_C_BAD_INPUT);
    people = PTN_BYTES_LITERAL("a\tofficer\t-\ten\tA\t$h\nb\tofficer\t-\ten\tB\t$h\n");
    assert_int_equal(SEAL, PTN_C_BAD_INPUT); /* no supervisor */
    people = PTN_BYTES_LITERAL("a\tsupervisor\t-\ten\tA\t$h\n");
    assert_int_equal(SEAL, PTN_C_BAD_INPUT); /* alone */
    people = PTN_BYTES_LITERAL("a\tsupervisor\t-\ten\tA\t$h\na\tofficer\t-\ten\tB\t$h\n");
    assert_int_equal(SEAL, PTN_C_BAD_INPUT); /* twice */
    people =
        PTN_BYTES_LITERAL("b\tsupervisor\t-\ten\tA\t$h\na\tofficer\t-\ten\tB\t$h\t-\t2026-01-01\n");
    assert_int_equal(SEAL, PTN_C_OK);
    ptn_buffer_release(&out);
}

static bool has_box(struct ptn_bytes boxes, const struct ptn_roster_reading *reading)
{
    char line[2 * PTN_READING_KEY_LEN + 8] = "box ";

    (void)ptn_hex_write(reading->key, PTN_READING_KEY_LEN, line + 4);
    return memmem(boxes.at, boxes.len, line, strlen(line)) != NULL;
}

/* STAFF-4: a centre's opens with the centre's key, and with recovery's: its spare has none. */
static void test_staff_list__of_a_centre_is_for_it_and_recovery_alone(void **state)
{
    struct staff_fixture *fixture = *state;
    const int64_t now_ms = shifted_now(NULL) / 1000 * 1000;
    struct ptn_staff_list plan = { .post = PTN_BYTES_LITERAL("u.example/else"),
                                   .version = 1,
                                   .given_ms = now_ms,
                                   .until_ms = now_ms + DAY };
    struct ptn_roster roster = fixture->roster;
    struct ptn_roster_node nodes[6];
    struct ptn_roster_reading readings[5];
    struct ptn_staff_list list;

    memcpy(nodes, roster.nodes, sizeof(nodes));
    memcpy(readings, roster.readings, 4 * sizeof(readings[0]));
    readings[4] = readings[0]; /* recovery's, of this month */
    readings[4].origin = PTN_BYTES_NONE;
    memset(readings[4].key, 0x09, sizeof(readings[4].key));
    roster.nodes = nodes;
    roster.readings = readings;
    roster.reading_count = 5;
    for (unsigned centre = 0; centre < 2; centre++) {
        struct ptn_buffer text = { .len_max = PTN_STAFF_LIST_LEN_MAX };

        nodes[5].role = centre == 1 ? PTN_ROSTER_CENTRE : PTN_ROSTER_POST;
        assert_true(ptn_ok(ptn_staff_list_seal(ptn_world_real(), &roster, &plan,
                                               ptn_buffer_bytes(&fixture->people), &text, NULL)));
        assert_true(ptn_ok(ptn_staff_list_parse(ptn_buffer_bytes(&text), &list, NULL)));
        assert_true(has_box(list.boxes, &readings[2]));
        assert_int_equal(has_box(list.boxes, &readings[4]), centre == 1);
        assert_false(has_box(list.boxes, &readings[0])); /* another's */
        ptn_buffer_release(&text);
    }
    nodes[5].role = PTN_ROSTER_GATEWAY;
    assert_int_equal(ptn_staff_list_seal(ptn_world_real(), &roster, &plan,
                                         ptn_buffer_bytes(&fixture->people), &fixture->note, NULL)
                         .code,
                     PTN_C_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_staff_list__says_what_it_is_and_names_nobody,
                                        staff_begin, staff_end),
        cmocka_unit_test_setup_teardown(test_staff_list__opens_at_its_post_alone, staff_begin,
                                        staff_end),
        cmocka_unit_test_setup_teardown(test_staff_list__has_one_form, staff_begin, staff_end),
        cmocka_unit_test_setup_teardown(test_staff_list__what_cannot_be_is_not_sealed, staff_begin,
                                        staff_end),
        cmocka_unit_test_setup_teardown(test_staff_list__of_a_centre_is_for_it_and_recovery_alone,
                                        staff_begin, staff_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
