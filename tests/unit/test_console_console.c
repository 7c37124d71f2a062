/* The embedded pages: every path that serve/ asks for is there, whole, typed, and what the strict
 * policy needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "console/console.h"

static bool find(const char *path, struct ptn_bytes *ret_bytes, const char **ret_type,
                 const char **ret_etag)
{
    return ptn_console_post_find(ptn_bytes_from_text(path), ret_bytes, ret_type, ret_etag);
}

static void test_console_console__pages_are_found_with_their_type(void **state)
{
    static const struct {
        const char *path, *type, *holds;
    } cases[] = {
        { "/", "text/html; charset=utf-8", "<!doctype html>" },
        { "/lane", "text/html; charset=utf-8", "/console/lane.js" },
        { "/console/lane.js", "text/javascript; charset=utf-8", "/v1/scans" },
        { "/console/console.css", "text/css; charset=utf-8", ":root" },
        { "/console/states.json", "application/json", "\"ALB\":[\"Albania\",\"Shqip" },
        { "/favicon.ico", "image/svg+xml", "<svg" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_bytes body = PTN_BYTES_NONE;
        const char *type = NULL;
        const char *etag = NULL;

        assert_true(find(cases[i].path, &body, &type, &etag));
        assert_string_equal(type, cases[i].type);
        assert_non_null(memmem(body.at, body.len, cases[i].holds, strlen(cases[i].holds)));
        assert_int_equal(strlen(etag), 26);
        assert_int_equal(etag[0], '"');
        assert_int_equal(etag[25], '"');
    }
}

static void test_console_console__a_page_is_where_it_can_be_filled(void **state)
{
    static const struct {
        const char *path;
        bool post, centre;
    } cases[] = {
        { "/lane", true, false },
        { "/shift", true, false },
        { "/staff", true, true },
        { "/centre", false, true },
        { "/lists", false, true },
        { "/late", false, true },
        { "/looks", false, true },
        { "/leave", false, true },
        { "/country", false, true },
        { "/room", true, true },
        { "/console/parts.js", true, true },
        { "/", true, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_bytes path = ptn_bytes_from_text(cases[i].path);
        struct ptn_bytes body = PTN_BYTES_NONE;
        const char *type = NULL;
        const char *etag = NULL;

        assert_int_equal(ptn_console_post_find(path, &body, &type, &etag), cases[i].post);
        assert_int_equal(ptn_console_centre_find(path, &body, &type, &etag), cases[i].centre);
        if (strcmp(cases[i].path, "/") == 0)
            assert_non_null(memmem(body.at, body.len, "/console/centre.js", 18));
    }
}

static void test_console_console__unknown_paths_leave_outputs_untouched(void **state)
{
    static const char *const unknown[] = { "",
                                           "/console",
                                           "/console/",
                                           "/lane/",
                                           "/console/lane.jsx",
                                           "console/lane.js",
                                           "/console/../console/lane.js" };

    (void)state;
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        struct ptn_bytes body = PTN_BYTES_LITERAL("before");
        const char *type = "before";
        const char *etag = "before";

        assert_false(find(unknown[i], &body, &type, &etag));
        assert_true(ptn_bytes_is(body, "before"));
        assert_string_equal(type, "before");
        assert_string_equal(etag, "before");
    }
}

static void test_console_console__a_body_is_the_file_byte_for_byte(void **state)
{
    static uint8_t file[1u << 20];
    FILE *in = fopen("src/console/pages/lane.js", "rb");
    struct ptn_bytes body = PTN_BYTES_NONE;
    const char *type = NULL;
    const char *etag = NULL;
    size_t len = 0;

    (void)state;
    assert_non_null(in);
    len = fread(file, 1, sizeof(file), in);
    (void)fclose(in);
    assert_true(find("/console/lane.js", &body, &type, &etag));
    assert_true(ptn_bytes_equal(body, ptn_bytes_of(file, len)));
}

static size_t count_of(struct ptn_bytes where, const char *what)
{
    size_t count = 0;

    for (size_t at = 0; at + strlen(what) <= where.len; at++)
        if (memcmp(where.at + at, what, strlen(what)) == 0)
            count++;
    return count;
}

static void test_console_console__samples_are_an_array_and_lines(void **state)
{
    struct ptn_bytes specimens = ptn_console_specimens();
    struct ptn_bytes history = ptn_console_history();

    (void)state;
    assert_int_equal(specimens.at[0], '[');
    assert_int_equal(specimens.at[specimens.len - 1], ']');
    assert_true(count_of(specimens, "\"key\":\"") >= 7); /* the seven of the tray, and more */
    assert_int_equal(count_of(specimens, "\"scans\":["), 1);
    assert_int_equal(history.at[history.len - 1], '\n');
    assert_int_equal(count_of(history, "\n"), count_of(history, "{\"days_ago\":"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_console_console__pages_are_found_with_their_type),
        cmocka_unit_test(test_console_console__a_page_is_where_it_can_be_filled),
        cmocka_unit_test(test_console_console__unknown_paths_leave_outputs_untouched),
        cmocka_unit_test(test_console_console__a_body_is_the_file_byte_for_byte),
        cmocka_unit_test(test_console_console__samples_are_an_array_and_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
