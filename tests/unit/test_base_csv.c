/* Rows of delimiter-separated values, regular and as publishers write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

/* Every row as [a|b] with its line number, an unclosed one marked "!", then the code at the end. */
static void print(struct ptn_bytes bytes, char separator, char out[1024])
{
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_csv csv = { 0 };
    size_t len = 0;
    struct ptn_status status;

    ptn_csv_init(&csv, bytes, separator);
    for (;;) {
        status = ptn_csv_next(&csv, arena, NULL);
        if (!ptn_ok(status))
            break;
        len += (size_t)snprintf(out + len, 1024 - len, "%zu[", csv.row_line);
        for (size_t i = 0; i < csv.field_count; i++)
            len += (size_t)snprintf(out + len, 1024 - len, "%s%.*s", i > 0 ? "|" : "",
                                    (int)csv.fields[i].len,
                                    csv.fields[i].len == 0 ? "" : (const char *)csv.fields[i].at);
        len += (size_t)snprintf(out + len, 1024 - len, "]%s", csv.closed ? "" : "!");
    }
    (void)snprintf(out + len, 1024 - len, " %s", ptn_code_word(status.code));
    ptn_arena_free(arena);
}

static void test_csv__rows_and_fields(void **state)
{
    static const struct {
        const char *text;
        const char *rows;
    } cases[] = {
        { "", " not-found" },
        { "a,b\nc,d\n", "1[a|b]2[c|d] not-found" },
        { "a,b\r\nc,d\r\n", "1[a|b]2[c|d] not-found" },
        { "a,b\nc,d", "1[a|b]2[c|d]! not-found" },
        { "\xef\xbb\xbf"
          "a,b\n",
          "1[a|b] not-found" },
        { "a,,\n", "1[a||] not-found" },
        { "\n\na\n\nb\n", "3[a]5[b] not-found" },
        { "\"a,b\",c\n", "1[a,b|c] not-found" },
        { "\"a\"\"b\"\n", "1[a\"b] not-found" },
        { "\"a\nb\",c\nd\n", "1[a\nb|c]3[d] not-found" },
        { "\"\",\"\"\n", "1[|] not-found" },
        { "a\"b,c\n", "1[a\"b|c] not-found" },
        { "\"a \"b\" c\",d\n", "1[a \"b\" c|d] not-found" },
        { "\"a\"", "1[a]! not-found" },
        { "\x1a", "1[\x1a]! not-found" },
        { "\"a", " bad-input" },
        { "\"a\"\"", " bad-input" },
        { "x\n\"a,\n", "1[x] bad-input" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[1024];

        print(ptn_bytes_from_text(cases[i].text), ',', out);
        assert_string_equal(out, cases[i].rows);
    }
}

static void test_csv__the_separator_is_what_the_first_line_has_most_of(void **state)
{
    static const struct {
        const char *text, *candidates;
        char separator;
    } cases[] = {
        { "a;b;c,d\n1,2,3,4,5\n", ",;", ';' },
        { "a,b;c\n", ",;", ',' },
        { "a;b,c\n", ";,", ';' },
        { "a\tb\tc;d\n", ",;\t", '\t' },
        { "a\tb\tc;d\n", ",;", ';' },
        { "", ",;", ',' },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ptn_csv_separator(ptn_bytes_from_text(cases[i].text), cases[i].candidates),
                         cases[i].separator);
}

static void test_csv__other_separators(void **state)
{
    char out[1024];

    (void)state;
    print(PTN_BYTES_LITERAL("a;b,c\n"), ';', out);
    assert_string_equal(out, "1[a|b,c] not-found");
    print(PTN_BYTES_LITERAL("a\tb\n"), '\t', out);
    assert_string_equal(out, "1[a|b] not-found");
}

static void test_csv__limits(void **state)
{
    static char text[PTN_CSV_ROW_LEN_MAX + 64];
    char out[1024];
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_csv csv = { 0 };

    (void)state;
    memset(text, ',', PTN_CSV_FIELD_MAX - 1);
    ptn_csv_init(&csv, ptn_bytes_of(text, PTN_CSV_FIELD_MAX - 1), ',');
    assert_int_equal(ptn_csv_next(&csv, arena, NULL).code, PTN_C_OK);
    assert_int_equal(csv.field_count, PTN_CSV_FIELD_MAX);
    memset(text, ',', PTN_CSV_FIELD_MAX);
    print(ptn_bytes_of(text, PTN_CSV_FIELD_MAX), ',', out);
    assert_string_equal(out, " bad-input");
    memset(text, 'x', sizeof(text));
    text[0] = '"';
    print(ptn_bytes_of(text, sizeof(text)), ',', out);
    assert_string_equal(out, " bad-input");
    text[0] = 'x';
    print(ptn_bytes_of(text, sizeof(text)), ',', out);
    assert_string_equal(out, " bad-input");
    ptn_arena_free(arena);
}

static void test_csv__columns_by_name(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(4096);
    struct ptn_csv csv = { 0 };

    (void)state;
    ptn_csv_init(&csv, PTN_BYTES_LITERAL("Name 6, Unique ID\n"), ',');
    assert_int_equal(ptn_csv_next(&csv, arena, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_csv_column(&csv, "unique id"), 1);
    assert_int_equal(ptn_csv_column(&csv, "unique"), PTN_CSV_NO_FIELD);
    assert_int_equal(ptn_csv_field(&csv, PTN_CSV_NO_FIELD).len, 0);
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv__rows_and_fields),
        cmocka_unit_test(test_csv__the_separator_is_what_the_first_line_has_most_of),
        cmocka_unit_test(test_csv__other_separators),
        cmocka_unit_test(test_csv__limits),
        cmocka_unit_test(test_csv__columns_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
