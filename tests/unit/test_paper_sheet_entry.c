/* Goal: what a hand wrote is checked box by box while it is keyed, and two people's readings are
 * compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "paper/sheet_entry.h"

#define ARENA_MAX (1u << 20)
/* The second line of Doc 9303's specimen passport. */
#define LINE "L898902C36UTO7408122F1204159"

static const struct ptn_date today = { 2026, 9, 12 };

static struct ptn_form good_form(void)
{
    return (struct ptn_form){
        .serial = PTN_BYTES_LITERAL("00007-003-58"),
        .surname = PTN_BYTES_LITERAL("Eriksson"),
        .given = PTN_BYTES_LITERAL("Anna"),
        .line = PTN_BYTES_LITERAL(LINE),
        .direction = PTN_BYTES_LITERAL("entry"),
        .time = PTN_BYTES_LITERAL("2026-09-09T22:05"),
        .outcome = PTN_BYTES_LITERAL("recorded"),
        .officer = PTN_BYTES_LITERAL("AH"),
    };
}

static struct ptn_status read_form(const struct ptn_form *form, struct ptn_arena *arena,
                                   struct ptn_sheet *sheet, struct ptn_form_faults *faults)
{
    return ptn_form_read(form, PTN_BYTES_LITERAL("land"), today, arena, sheet, faults);
}

/* ---- serials ---- */

static void test_serial__there_and_back(void **state)
{
    (void)state;
    for (unsigned pack = 1; pack <= PTN_PACK_NUMBER_MAX; pack += 977)
        for (unsigned sheet = 1; sheet <= PTN_PACK_SHEETS_MAX; sheet += 83) {
            char text[PTN_SERIAL_TEXT_SIZE];
            struct ptn_serial back = { 0 };
            struct ptn_bytes post;

            (void)ptn_serial_write((struct ptn_serial){ pack, sheet }, text);
            assert_true(ptn_ok(ptn_serial_parse(ptn_bytes_from_text(text), &back, &post, NULL)));
            assert_int_equal(back.pack, pack);
            assert_int_equal(back.sheet, sheet);
            assert_int_equal(post.len, 0);
        }
}

/* ISO 7064 MOD 97-10 promises this much. */
static void test_serial__every_wrong_digit_and_every_exchange_is_found(void **state)
{
    char right[PTN_SERIAL_TEXT_SIZE];
    size_t digits[10], count = 0;
    struct ptn_serial back;
    struct ptn_bytes post;

    (void)state;
    (void)ptn_serial_write((struct ptn_serial){ 40731, 268 }, right);
    for (size_t i = 0; right[i] != '\0'; i++)
        if (right[i] != '-')
            digits[count++] = i;
    assert_int_equal(count, 10);
    for (size_t i = 0; i < count; i++)
        for (int digit = '0'; digit <= '9'; digit++) {
            char wrong[PTN_SERIAL_TEXT_SIZE];

            memcpy(wrong, right, sizeof(wrong));
            wrong[digits[i]] = (char)digit;
            assert_int_equal(
                ptn_ok(ptn_serial_parse(ptn_bytes_from_text(wrong), &back, &post, NULL)),
                digit == right[digits[i]]);
        }
    for (size_t i = 0; i + 1 < count; i++) {
        char wrong[PTN_SERIAL_TEXT_SIZE];

        memcpy(wrong, right, sizeof(wrong));
        wrong[digits[i]] = right[digits[i + 1]];
        wrong[digits[i + 1]] = right[digits[i]];
        if (strcmp(wrong, right) != 0)
            assert_false(ptn_ok(ptn_serial_parse(ptn_bytes_from_text(wrong), &back, &post, NULL)));
    }
}

static void test_serial__a_code_names_its_post(void **state)
{
    char text[PTN_SERIAL_TEXT_SIZE], code[64];
    struct ptn_serial back = { 0 };
    struct ptn_bytes post;

    (void)state;
    (void)snprintf(code, sizeof(code), "POSTERN land %s",
                   ptn_serial_write((struct ptn_serial){ 7, 3 }, text));
    assert_true(ptn_ok(ptn_serial_parse(ptn_bytes_from_text(code), &back, &post, NULL)));
    assert_true(ptn_bytes_is(post, "land"));
    assert_int_equal(back.sheet, 3);
}

/* ---- forms ---- */

static void test_form__a_right_one_is_a_person_and_a_time(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    char serial[PTN_SERIAL_TEXT_SIZE];
    struct ptn_form form = good_form();
    struct ptn_form_faults faults;
    struct ptn_sheet sheet;

    (void)state;
    form.serial = ptn_bytes_from_text(ptn_serial_write((struct ptn_serial){ 7, 3 }, serial));
    if (!ptn_ok(read_form(&form, arena, &sheet, &faults)))
        fail_msg("%s: %s", faults.at[0].field, faults.at[0].text);
    assert_int_equal(sheet.pack, 7);
    assert_int_equal(sheet.number, 3);
    assert_true(ptn_bytes_is(sheet.person.surname, "Eriksson"));
    assert_true(ptn_bytes_is(sheet.person.document.number, "L898902C3"));
    assert_string_equal(sheet.person.nationality, "UTO");
    assert_string_equal(sheet.person.document.issuer, "UTO");
    assert_true(ptn_date_equal(sheet.person.birth, (struct ptn_date){ 1974, 8, 12 }));
    assert_int_equal(sheet.person.sex, 'F');
    assert_true(ptn_date_equal(sheet.date, (struct ptn_date){ 2026, 9, 9 }));
    /* 22:05 in summer is 20:05 UTC */
    assert_int_equal(sheet.time_ms, 1789070700000 - 86400000);
    ptn_arena_free(arena);
}

static void test_form__each_wrong_box_is_named(void **state)
{
    static const struct {
        size_t offset;
        const char *value;
        const char *field;
    } cases[] = {
        { offsetof(struct ptn_form, serial), "00007-003-11", "serial" },
        { offsetof(struct ptn_form, serial), "POSTERN sea 00007-003-58", "serial" },
        { offsetof(struct ptn_form, surname), "", "" }, /* the given name is enough */
        { offsetof(struct ptn_form, line), "L898902C37UTO7408122F1204159", "line" },
        { offsetof(struct ptn_form, line), "L898902C36UTO7408123F1204159", "line" },
        { offsetof(struct ptn_form, line), "L898902C36UTO7408122F1204158", "line" },
        { offsetof(struct ptn_form, line), "L898902C36UTO7408122F120415", "line" },
        { offsetof(struct ptn_form, line), "L898902C36UTO7408122F120415!", "line" },
        { offsetof(struct ptn_form, line), "l898902c3 6 uto 740812 2 f 120415 9", "" },
        { offsetof(struct ptn_form, direction), "in", "direction" },
        { offsetof(struct ptn_form, time), "2026-09-13T00:00", "time" },
        { offsetof(struct ptn_form, time), "2026-02-30T10:00", "time" },
        { offsetof(struct ptn_form, time), "2026-09-09T24:00", "time" },
        { offsetof(struct ptn_form, outcome), "passed", "outcome" },
        { offsetof(struct ptn_form, outcome), "referred", "referral" },
        { offsetof(struct ptn_form, outcome), "overridden", "reason" },
        { offsetof(struct ptn_form, issuer), "Utopia", "issuer" },
        { offsetof(struct ptn_form, issuer), "D", "" },
        { offsetof(struct ptn_form, officer), " ", "officer" },
        { offsetof(struct ptn_form, given), "\xff", "surname" },
    };
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    char serial[PTN_SERIAL_TEXT_SIZE];

    (void)state;
    (void)ptn_serial_write((struct ptn_serial){ 7, 3 }, serial);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_form form = good_form();
        struct ptn_form_faults faults;
        struct ptn_sheet sheet;
        struct ptn_status status;

        form.serial = ptn_bytes_from_text(serial);
        *(struct ptn_bytes *)((char *)&form + cases[i].offset) =
            ptn_bytes_from_text(cases[i].value);
        status = read_form(&form, arena, &sheet, &faults);
        if (cases[i].field[0] == '\0' ? !ptn_ok(status) : faults.count == 0)
            fail_msg("case %zu: %s", i, faults.count > 0 ? faults.at[0].text : "nothing was said");
        if (cases[i].field[0] != '\0')
            assert_string_equal(faults.at[0].field, cases[i].field);
    }
    ptn_arena_free(arena);
}

static void test_form__differences_are_named_and_spelling_of_letters_is_not_one(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    char serial[PTN_SERIAL_TEXT_SIZE];
    struct ptn_form form = good_form();
    const char *fields[PTN_SHEET_FIELDS_MAX];
    struct ptn_form_faults faults;
    struct ptn_sheet a, b;

    (void)state;
    form.serial = ptn_bytes_from_text(ptn_serial_write((struct ptn_serial){ 7, 3 }, serial));
    assert_true(ptn_ok(read_form(&form, arena, &a, &faults)));
    form.surname = PTN_BYTES_LITERAL("ERIKS-SON");
    form.officer = PTN_BYTES_LITERAL("A. Hoxha");
    assert_true(ptn_ok(read_form(&form, arena, &b, &faults)));
    assert_int_equal(ptn_sheets_differ(&a, &b, fields), 0);
    form.surname = PTN_BYTES_LITERAL("Erikson");
    form.direction = PTN_BYTES_LITERAL("exit");
    assert_true(ptn_ok(read_form(&form, arena, &b, &faults)));
    assert_int_equal(ptn_sheets_differ(&a, &b, fields), 2);
    assert_string_equal(fields[0], "surname");
    assert_string_equal(fields[1], "direction");
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serial__there_and_back),
        cmocka_unit_test(test_serial__every_wrong_digit_and_every_exchange_is_found),
        cmocka_unit_test(test_serial__a_code_names_its_post),
        cmocka_unit_test(test_form__a_right_one_is_a_person_and_a_time),
        cmocka_unit_test(test_form__each_wrong_box_is_named),
        cmocka_unit_test(test_form__differences_are_named_and_spelling_of_letters_is_not_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
