/* Goal: lists are read as their makers mean them, what is not understood is named, and the quick
 * way to try patterns finds what trying all of them finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "fault.h"
#include "incident/indicators.h"

#define MD5    "0c2674c3a97c53082187d930efb645c2"
#define SHA1   "563d1512178cec1f6a73c98d565c98fa00112233"
#define SHA256 "BA4E063472A2559b4baa82d5272304a1cdae6968145c5ef221295c90e88458e2"

struct hits {
    size_t count;
    struct ptn_bytes values[64];
};

static struct ptn_status hit(void *context, const struct ptn_indicator *indicator)
{
    struct hits *hits = context;

    assert_true(hits->count < 64);
    hits->values[hits->count++] = indicator->value;
    return PTN_OK;
}

static struct ptn_status read_text(struct ptn_indicators *indicators, enum ptn_indicator_list list,
                                   const char *text, struct ptn_diag *reterr)
{
    return ptn_indicators_read(indicators, list, "list", ptn_bytes_from_text(text), reterr);
}

static size_t hex(const char *text, uint8_t *digest)
{
    struct ptn_buffer out = { .len_max = 64 };
    size_t len;
    char lower[128];

    for (len = 0; text[len] != '\0'; len++) {
        lower[len] = text[len];
        if (text[len] >= 'A' && text[len] <= 'F')
            lower[len] = (char)(text[len] + 32);
    }
    assert_true(ptn_ok(ptn_hex_read(ptn_bytes_of(lower, len), &out, NULL)));
    memcpy(digest, out.at, out.len);
    len = out.len;
    ptn_buffer_release(&out);
    return len;
}

static void test_indicators__hashes_of_three_kinds_are_found(void **state)
{
    struct ptn_indicators *indicators = ptn_indicators_new();
    static const char *const all[] = { MD5, SHA1, SHA256 };
    struct ptn_diag diag = { 0 };
    uint8_t digest[32];

    (void)state;
    assert_true(
        ptn_ok(read_text(indicators, PTN_INDICATORS_HASHES,
                         "# specimen\n" MD5 ";one; two\r\n" SHA1 "\n\n" SHA256 ";three\n", &diag)));
    assert_true(ptn_ok(ptn_indicators_ready(indicators, NULL, 0, NULL)));
    assert_int_equal(ptn_indicators_count(indicators, PTN_INDICATOR_HASH), 3);
    for (size_t i = 0; i < 3; i++) {
        size_t len = hex(all[i], digest);
        const struct ptn_indicator *found = ptn_indicators_find_hash(indicators, digest, len);

        assert_true(ptn_indicators_wants(indicators, len));
        assert_non_null(found);
        assert_true(ptn_bytes_is(found->value, all[i]));
        assert_true(ptn_bytes_is(found->comment, i == 0   ? "one; two"
                                                 : i == 1 ? "specimen"
                                                          : "three"));
        digest[len - 1] ^= 1;
        assert_null(ptn_indicators_find_hash(indicators, digest, len));
    }
    ptn_indicators_free(indicators);
}

static void test_indicators__a_list_not_of_its_form_is_refused_with_its_line(void **state)
{
    static const struct {
        enum ptn_indicator_list list;
        const char *text;
        size_t line;
    } cases[] = {
        { PTN_INDICATORS_HASHES, MD5 ";x\n" MD5 "0;x\n", 2 },
        { PTN_INDICATORS_HASHES, "# x\nnot hex\n", 2 },
        { PTN_INDICATORS_HASHES, "zz2674c3a97c53082187d930efb645c2\n", 1 },
        { PTN_INDICATORS_NAMES, "abc;7o\n", 1 },
        { PTN_INDICATORS_NAMES, "abc;70\n;70\n", 2 },
        { PTN_INDICATORS_NETWORK, "x.example;y\n", 1 },
        { PTN_INDICATORS_STIX, "{\"type\":\n\"bundle\"", 2 },
        { PTN_INDICATORS_STIX, "{\"type\":\"other\",\"objects\":[]}", 0 },
        { PTN_INDICATORS_STIX, "", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_indicators *indicators = ptn_indicators_new();
        struct ptn_diag diag = { 99, NULL };

        assert_int_equal(read_text(indicators, cases[i].list, cases[i].text, &diag).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(diag.offset, cases[i].line);
        assert_non_null(diag.text);
        ptn_indicators_free(indicators);
    }
}

static void test_indicators__what_is_not_understood_is_named(void **state)
{
    struct ptn_indicators *indicators = ptn_indicators_new();
    static const struct {
        size_t line;
        const char *what;
    } lacks[] = { { 2, "(?P<open" }, { 1, "no-dots" }, { 3, "http://a.example/" },
                  { 1, "one" },      { 3, "three" },   { 4, "four" },
                  { 5, "five" } };

    (void)state;
    assert_true(
        ptn_ok(read_text(indicators, PTN_INDICATORS_NAMES, "fine\\.exe;70\n(?P<open;60\n", NULL)));
    assert_true(ptn_ok(read_text(indicators, PTN_INDICATORS_NETWORK,
                                 "no-dots\na.example\nhttp://a.example/\n", NULL)));
    assert_true(ptn_ok(read_text(
        indicators, PTN_INDICATORS_STIX,
        "{\"type\":\"bundle\",\"objects\":["
        "{\"type\":\"indicator\",\"name\":\"one\",\"pattern\":\"[process:pid = '4']\"},"
        "{\"type\":\"indicator\",\"name\":\"two\",\"pattern\":\"[file:name = 'a.exe' OR "
        "file:hashes.MD5 = '" MD5 "'] OR [ domain-name:value='b.example' ]\"},"
        "{\"type\":\"indicator\",\"name\":\"three\",\"pattern\":\"[file:name = 'a' AND file:name = "
        "'b']\"},"
        "{\"type\":\"indicator\",\"name\":\"four\",\"pattern_type\":\"yara\",\"pattern\":\"rule\"},"
        "{\"type\":\"indicator\",\"name\":\"five\",\"revoked\":true,\"pattern\":\"[file:name = "
        "'a']\"}]}",
        NULL)));
    assert_int_equal(ptn_indicators_lack_count(indicators), sizeof(lacks) / sizeof(lacks[0]));
    for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++) {
        struct ptn_indicator_lack lack = ptn_indicators_lack(indicators, i);

        assert_int_equal(lack.line, lacks[i].line);
        assert_true(ptn_bytes_is(lack.what, lacks[i].what));
        assert_non_null(lack.why);
    }
    assert_int_equal(ptn_indicators_count(indicators, PTN_INDICATOR_NAME), 1);
    assert_int_equal(ptn_indicators_count(indicators, PTN_INDICATOR_HASH), 1);
    assert_int_equal(ptn_indicators_count(indicators, PTN_INDICATOR_NETWORK), 2);
    ptn_indicators_free(indicators);
}

static void test_indicators__stix_is_read_as_its_makers_write_it(void **state)
{
    static const struct {
        const char *text;
        size_t hashes, lacks;
        enum ptn_code code;
    } cases[] = {
#define ALONE(pattern) "{\"type\":\"indicator\",\"name\":\"n\",\"pattern\":\"" pattern "\"}"
        { ALONE("[file:hashes.'MD5' = '" MD5 "']"), 1, 0, PTN_C_OK },
        { ALONE("[file:hashes.md5 = '" MD5 "']"), 1, 0, PTN_C_OK },
        { ALONE("[file:hashes.\\\"md5\\\" = '" MD5 "']"), 1, 0, PTN_C_OK },
        { ALONE("[file:hashes.'sha-256' = '" MD5 MD5 "']"), 1, 0, PTN_C_OK },
        { ALONE("[file:hashes.SHA256 = '" MD5 MD5 "']"), 1, 0, PTN_C_OK },
        { ALONE("[file:hashes.'MD5\\\" = '" MD5 "']"), 0, 1, PTN_C_OK },
        { ALONE("[file:hashes.SSDEEP = '" MD5 "']"), 0, 1, PTN_C_OK },
        { ALONE("[file:hashes.'SHA-25612' = '" MD5 "']"), 0, 1, PTN_C_OK },
        { ALONE("[file:hashes."), 0, 1, PTN_C_OK },
        /* what a TAXII 2.1 server answers */
        { "{\"more\":false,\"objects\":[" ALONE("[file:hashes.MD5 = '" MD5 "']") "]}", 1, 0,
          PTN_C_OK },
        { "{\"type\":\"report\",\"objects\":[]}", 0, 0, PTN_C_BAD_INPUT },
        { "[" ALONE("[file:hashes.MD5 = '" MD5 "']") "]", 0, 0, PTN_C_BAD_INPUT },
#undef ALONE
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_indicators *indicators = ptn_indicators_new();

        assert_int_equal(read_text(indicators, PTN_INDICATORS_STIX, cases[i].text, NULL).code,
                         cases[i].code);
        assert_int_equal(ptn_indicators_count(indicators, PTN_INDICATOR_HASH), cases[i].hashes);
        assert_int_equal(ptn_indicators_lack_count(indicators), cases[i].lacks);
        ptn_indicators_free(indicators);
    }
}

static void test_indicators__names_are_tried_as_windows_wrote_them(void **state)
{
    static const struct {
        const char *line, *path;
        size_t hits;
    } cases[] = {
        { "\\\\svcsstat\\.exe;70", "Windows/svcsstat.exe", 1 },
        { "\\\\svcsstat\\.exe;70", "Windows/SVCSSTAT.EXE", 0 },
        { "(?i)\\\\svcsstat\\.exe;70", "Windows/SVCSSTAT.EXE", 1 },
        { "C:\\\\Windows\\\\a;70", "Windows/a", 1 },
        { "C:\\\\Windows\\\\a;70", "x/Windows/a", 0 },
        { "[C-Z]:\\\\Temp\\\\;70", "Temp/a", 1 },
        { "^/tmp/x$;70", "tmp/x", 1 },
        { "\\\\Temp\\\\[^\\\\]+\\.exe$;70", "Temp/a.exe", 1 },
        { "\\\\Temp\\\\[^\\\\]+\\.exe$;70", "Temp/b/a.exe", 0 },
        { "procdump\\.exe;50;SysInternals", "tools/procdump.exe", 1 },
        { "procdump\\.exe;50;SysInternals", "SysInternals/procdump.exe", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_indicators *indicators = ptn_indicators_new();
        struct hits hits = { 0 };
        size_t unfinished = 0;

        assert_true(ptn_ok(read_text(indicators, PTN_INDICATORS_NAMES, cases[i].line, NULL)));
        assert_true(ptn_ok(ptn_indicators_ready(indicators, NULL, 0, NULL)));
        assert_true(ptn_ok(ptn_indicators_match_name(indicators, ptn_bytes_from_text(cases[i].path),
                                                     hit, &hits, &unfinished)));
        assert_int_equal(hits.count, cases[i].hits);
        assert_int_equal(unfinished, 0);
        ptn_indicators_free(indicators);
    }
}

/* The patterns of which the required characters are hard to tell, each on every path, against PCRE2
 * alone. */
static void test_indicators__the_quick_way_finds_what_trying_all_finds(void **state)
{
    static const char *const patterns[] = {
        "abcd?",          "abc(def)?ghi", "abc|xyz",
        "(abc|xyz)def",   "ab{2,3}c",     "abc*def",
        "abc+def",        "a.c.e",        "[abc]{3}def",
        "\\x61bcd",       "\\Qabc\\Ed",   "(?i)ABC",
        "(?x)a b c",      "abc\\d\\wdef", "\\.exe$",
        "^/abc",          "abc(?=d)",     "abc(?!d)",
        "(?:abc)?de",     "abc\\b",       "(?i:ABC)def",
        "abc()def",       "ab\\cd",       "[^]]abc",
        "[]a]bcd",        "abc{",         "abc{2}",
        "a{0}bcd",        "(a(b)c)*d",    "\\141bcd",
        "abc\\-def",      "(?#x|y)abcd",  "(*LIMIT_MATCH=9)abc",
        "[[:alpha:]]bcd", "abc??d",       "abc*?d",
        "x*abc",          "(abc)\\1",     "abcd++e",
        "a]bc",           "ab}cd",
    };
    static const char *const paths[] = {
        "abc",    "abcd",  "abcdef", "abcghi", "abcdefghi", "xyz",    "xyzdef", "abbc",     "abbbc",
        "abdef",  "abccd", "axcye",  "cabdef", "ABC",       "ABCdef", "a b c",  "abc5_def", "x.exe",
        "bcd",    "de",    "abcabc", "d",      "abc-def",   "]bcd",   "abd",    "abc{",     "abcc",
        "abcdde", "a]bc",  "ab}cd",  "xabc",   "/abc",      "x/abc",  "abc\\d", "q",        "",
    };

    (void)state;
    for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
        struct ptn_indicators *indicators = ptn_indicators_new();
        pcre2_match_data *data = pcre2_match_data_create(1, NULL);
        PCRE2_SIZE offset;
        int error;
        pcre2_code *code =
            pcre2_compile((PCRE2_SPTR)patterns[p], PCRE2_ZERO_TERMINATED, 0, &error, &offset, NULL);

        assert_true(ptn_ok(read_text(indicators, PTN_INDICATORS_NAMES, patterns[p], NULL)));
        assert_true(ptn_ok(ptn_indicators_ready(indicators, NULL, 0, NULL)));
        assert_int_equal(ptn_indicators_lack_count(indicators), code == NULL);
        for (size_t i = 0; code != NULL && i < sizeof(paths) / sizeof(paths[0]); i++) {
            struct hits hits = { 0 };
            size_t unfinished = 0;
            char full[64] = "/";

            strcat(full, paths[i]);
            assert_true(ptn_ok(ptn_indicators_match_name(indicators, ptn_bytes_from_text(paths[i]),
                                                         hit, &hits, &unfinished)));
            if (unfinished == 0)
                assert_int_equal(hits.count, pcre2_match(code, (PCRE2_SPTR)full, strlen(full), 0, 0,
                                                         data, NULL) >= 0);
        }
        pcre2_code_free(code);
        pcre2_match_data_free(data);
        ptn_indicators_free(indicators);
    }
}

static void test_indicators__a_pattern_that_never_ends_gives_up_and_is_counted(void **state)
{
    struct ptn_indicators *indicators = ptn_indicators_new();
    struct hits hits = { 0 };
    size_t unfinished = 0;

    (void)state;
    assert_true(ptn_ok(read_text(indicators, PTN_INDICATORS_NAMES, "(a+)+(a+)+(a+)+$;70", NULL)));
    assert_true(ptn_ok(ptn_indicators_ready(indicators, NULL, 0, NULL)));
    assert_true(ptn_ok(ptn_indicators_match_name(
        indicators, PTN_BYTES_LITERAL("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"),
        hit, &hits, &unfinished)));
    assert_int_equal(hits.count, 0);
    assert_int_equal(unfinished, 1);
    ptn_indicators_free(indicators);
}

static void test_indicators__words_of_a_text_and_their_ends_are_found_once(void **state)
{
    static const struct {
        const char *text;
        size_t hits;
    } cases[] = {
        { "GET http://c2.example/x", 1 },
        { "c2.example", 1 },
        { "C2.EXAMPLE.", 1 },
        { "a.b.c2.example:443", 1 },
        { "xc2.example", 0 },
        { "c2.example.org", 0 },
        { "192.0.2.7", 1 },
        { "11192.0.2.7", 0 },
        { "192.0.2.77", 0 },
        { "1.192.0.2.7", 0 },
        { "(192.0.2.7)", 1 },
        { "192.0.2.7 192.0.2.7", 1 },
        { "c2.example 192.0.2.7\n", 2 },
        { "private 10.1.2.3", 0 },
        { "", 0 },
        { "-c2.example-", 0 },
        { "..c2.example..", 1 },
    };
    const struct ptn_bytes harmless[] = { PTN_BYTES_LITERAL("10.0.0.0/8") };
    struct ptn_indicators *indicators = ptn_indicators_new();
    size_t left_out = 0;

    (void)state;
    assert_true(ptn_ok(read_text(indicators, PTN_INDICATORS_NETWORK,
                                 "c2.example\n192.0.2.7;65\n10.1.2.3\nC2.example\n", NULL)));
    assert_true(ptn_ok(ptn_indicators_ready(indicators, harmless, 1, &left_out)));
    assert_int_equal(left_out, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hits hits = { 0 };

        assert_true(ptn_ok(
            ptn_indicators_match_text(indicators, ptn_bytes_from_text(cases[i].text), hit, &hits)));
        assert_int_equal(hits.count, cases[i].hits);
    }
    ptn_indicators_free(indicators);
}

/* Each byte flipped and cut: read or refused, and what was read can be asked. */
static void test_indicators__each_byte_flipped_and_cut_is_survived(void **state)
{
    static const struct {
        enum ptn_indicator_list list;
        const char *text;
    } lists[] = {
        { PTN_INDICATORS_HASHES, "# specimen\n" MD5 ";one\n" SHA256 ";two\n" },
        { PTN_INDICATORS_NAMES, "(?i)\\\\a[^\\\\]{2,}\\.exe$;50;b(c|d)\n" },
        { PTN_INDICATORS_NETWORK, "c2.example;65\n192.0.2.7\n" },
        { PTN_INDICATORS_STIX, "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"name\":"
                               "\"w\",\"pattern\":\"[file:name = 'a' OR file:hashes.MD5 = '" MD5
                               "'] OR [domain-name:value = 'b.example']\"}]}" },
    };
    char text[512];

    (void)state;
    for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
        size_t len = strlen(lists[k].text);

        for (size_t i = 0; i < len * 9; i++) {
            struct ptn_indicators *indicators = ptn_indicators_new();
            struct hits hits = { 0 };
            size_t unfinished = 0, at = i / 9, bit = i % 9;
            struct ptn_bytes bytes = ptn_bytes_of(text, bit == 8 ? at : len);
            struct ptn_status status;

            memcpy(text, lists[k].text, len);
            if (bit < 8)
                text[at] = (char)((unsigned char)text[at] ^ 1u << bit);
            status = ptn_indicators_read(indicators, lists[k].list, "list", bytes, NULL);
            assert_true(ptn_ok(status) || status.code == PTN_C_BAD_INPUT);
            if (ptn_ok(status)) {
                assert_true(ptn_ok(ptn_indicators_ready(indicators, NULL, 0, NULL)));
                assert_true(ptn_ok(ptn_indicators_match_name(
                    indicators, PTN_BYTES_LITERAL("x/aaa.exe"), hit, &hits, &unfinished)));
                assert_true(ptn_ok(ptn_indicators_match_text(
                    indicators, PTN_BYTES_LITERAL("c2.example 192.0.2.7"), hit, &hits)));
            }
            ptn_indicators_free(indicators);
        }
    }
}

static void test_indicators__no_memory_is_said(void **state)
{
    unsigned long nth = 0;
    struct ptn_status status;

    (void)state;
    do {
        struct ptn_indicators *indicators;

        fault_allocation(++nth, FAULT_ONCE);
        indicators = ptn_indicators_new();
        status = (struct ptn_status){ indicators == NULL ? PTN_C_NO_MEMORY : PTN_C_OK };
        if (ptn_ok(status))
            status = read_text(indicators, PTN_INDICATORS_HASHES, MD5 ";x\n" SHA256 "\n", NULL);
        if (ptn_ok(status))
            status = read_text(indicators, PTN_INDICATORS_NAMES, "a\\.exe;5;b\n(?P<\n", NULL);
        if (ptn_ok(status))
            status = read_text(indicators, PTN_INDICATORS_NETWORK, "a.example\n", NULL);
        if (ptn_ok(status))
            status = ptn_indicators_ready(indicators, NULL, 0, NULL);
        if (fault_off() && !ptn_ok(status))
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
        ptn_indicators_free(indicators);
    } while (!ptn_ok(status));
    assert_true(nth > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_indicators__hashes_of_three_kinds_are_found),
        cmocka_unit_test(test_indicators__a_list_not_of_its_form_is_refused_with_its_line),
        cmocka_unit_test(test_indicators__what_is_not_understood_is_named),
        cmocka_unit_test(test_indicators__stix_is_read_as_its_makers_write_it),
        cmocka_unit_test(test_indicators__names_are_tried_as_windows_wrote_them),
        cmocka_unit_test(test_indicators__the_quick_way_finds_what_trying_all_finds),
        cmocka_unit_test(test_indicators__a_pattern_that_never_ends_gives_up_and_is_counted),
        cmocka_unit_test(test_indicators__words_of_a_text_and_their_ends_are_found_once),
        cmocka_unit_test(test_indicators__each_byte_flipped_and_cut_is_survived),
        cmocka_unit_test(test_indicators__no_memory_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
