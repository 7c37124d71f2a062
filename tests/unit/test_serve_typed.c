/* What stands in the one box, and as what it is looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "serve/request.h"

static struct ptn_arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = ptn_arena_new(1u << 20);
    return arena == NULL ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    ptn_arena_free(arena);
    return 0;
}

static void assert_bytes(struct ptn_bytes bytes, const char *text)
{
    assert_true(ptn_bytes_is(bytes, text));
}

static void test_typed__what_was_typed_decides_what_is_searched(void **state)
{
    static const struct {
        const char *text, *name, *number, *plate, *birth;
    } cases[] = {
        { "Eriksson", "Eriksson", "", "", "" },
        { "  Anna   ERIKSSON* ", "Anna ERIKSSON*", "", "", "" },
        { "Eriksson, Anna 1974-08-12", "Eriksson, Anna", "", "", "1974-08-12" },
        { "1974-08-12, Eriksson", "Eriksson", "", "", "1974-08-12" },
        { "Eriksson 12.8.1974", "Eriksson", "", "", "1974-08-12" },
        { "Eriksson 12/08/1974", "Eriksson", "", "", "1974-08-12" },
        { "Eriksson 1974", "Eriksson", "", "", "1974-XX-XX" },
        { "Eriksson 1974-08", "Eriksson", "", "", "1974-08-XX" },
        { "Hoxha \xc3\x87\xc3\xablik", "Hoxha \xc3\x87\xc3\xablik", "", "", "" },
        /* no day of a calendar, and not of a living person */
        { "Eriksson 31.2.1974", "", "ERIKSSON3121974", "Eriksson 31.2.1974", "" },
        { "Eriksson 1874", "", "ERIKSSON1874", "Eriksson 1874", "" },
        { "l898 902-c3", "", "L898902C3", "l898 902-c3", "" },
        { "L898902C3 1974-08-12", "", "L898902C3", "L898902C3", "1974-08-12" },
        { "AA 123 BB", "", "AA123BB", "AA 123 BB", "" },
        /* a date alone is what was typed, whatever it is */
        { "1974", "", "1974", "1974", "" },
    };
    static const struct {
        const char *text, *voyage;
    } voyages[] = {
        { "UX 204", "UX 204" },
        { "ux204 28.11.2026", "ux204 2026-11-28" },
        { "2026-11-28 Adriatic Star", "Adriatic Star 2026-11-28" },
        { "UX204 2026-11", "UX204" },
        { "Li", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_typed typed;
        char birth[PTN_DATE_TEXT_SIZE] = "";

        assert_true(
            ptn_ok(ptn_typed_read(ptn_bytes_from_text(cases[i].text), arena, &typed, NULL)));
        assert_bytes(typed.name, cases[i].name);
        assert_bytes(typed.number, cases[i].number);
        assert_bytes(typed.plate, cases[i].plate);
        assert_false(typed.is_sheet);
        if (!ptn_date_is_none(typed.birth))
            (void)ptn_date_write(typed.birth, birth);
        assert_string_equal(birth, cases[i].birth);
    }
    for (size_t i = 0; i < sizeof(voyages) / sizeof(voyages[0]); i++) {
        struct ptn_typed typed;

        assert_true(
            ptn_ok(ptn_typed_read(ptn_bytes_from_text(voyages[i].text), arena, &typed, NULL)));
        assert_bytes(typed.voyage, voyages[i].voyage);
    }
}

static void test_typed__a_serial_is_a_sheets(void **state)
{
    char serial[PTN_SERIAL_TEXT_SIZE];
    char text[64];
    static const char *const forms[] = { "", "P-", " p-", "POSTERN durres-port " };
    struct ptn_typed typed;

    (void)state;
    (void)ptn_serial_write((struct ptn_serial){ 12, 345 }, serial);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        (void)snprintf(text, sizeof(text), "%s%s", forms[i], serial);
        assert_true(ptn_ok(ptn_typed_read(ptn_bytes_from_text(text), arena, &typed, NULL)));
        assert_true(typed.is_sheet);
        assert_int_equal(typed.serial.pack, 12);
        assert_int_equal(typed.serial.sheet, 345);
        assert_bytes(typed.post, i == 3 ? "durres-port" : "");
        assert_int_equal(typed.number.len == 0, i == 3); /* ten digits can be a document, too */
    }
    serial[11] = serial[11] == '9' ? '0' : '9';
    assert_int_equal(ptn_typed_read(ptn_bytes_from_text(serial), arena, &typed, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_typed_read(ptn_bytes_from_text(" \t "), arena, &typed, NULL).code,
                     PTN_C_BAD_INPUT);
}

static void test_typed__purposes_and_questions_are_read_strictly(void **state)
{
    static const struct {
        const char *body;
        bool purpose, good;
    } cases[] = {
        { "{\"purpose\":\"search\",\"reason\":\"case 12\"}", true, true },
        { "{\"purpose\":\"search\",\"reason\":\"  \"}", true, false },
        { "{\"purpose\":\"first-line\",\"reason\":\"x\"}", true, false },
        { "{}", true, false },
        { "{\"text\":\"Eriksson\"}", false, true },
        { "{\"text\":\"Eriksson\",\"post\":\"airport\",\"count\":3}", false, true },
        { "{\"text\":\"  \"}", false, false },
        { "{\"text\":\"x\",\"reason\":\"y\"}", false, false },
        { "{\"text\":\"x\",\"count\":101}", false, false },
        { "{\"text\":\"x\",\"from\":\"yesterday\"}", false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_bytes body = ptn_bytes_from_text(cases[i].body);
        struct ptn_request_why why;
        struct ptn_request_find find;
        struct ptn_status status;

        if (cases[i].purpose)
            status = ptn_request_purpose_parse(body, arena, &why, NULL);
        else
            status = ptn_request_find_parse(body, arena, &find, NULL);
        assert_int_equal(ptn_ok(status), cases[i].good);
    }
}

/* An arena too small for the texts is said, whatever the text. */
static void test_typed__without_memory_it_says_so(void **state)
{
    struct ptn_arena *small = ptn_arena_new(16);
    struct ptn_typed typed;
    char text[200];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_non_null(small);
    assert_int_equal(ptn_typed_read(ptn_bytes_of(text, sizeof(text)), small, &typed, NULL).code,
                     PTN_C_NO_MEMORY);
    ptn_arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typed__what_was_typed_decides_what_is_searched),
        cmocka_unit_test(test_typed__a_serial_is_a_sheets),
        cmocka_unit_test(test_typed__purposes_and_questions_are_read_strictly),
        cmocka_unit_test(test_typed__without_memory_it_says_so),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
