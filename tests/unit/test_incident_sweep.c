/* Goal: each kind of indicator finds its file and says why; a rebuilt variant is found by rules and
 * by no list of hashes; rules that ask for what is not known are named; gaps in a journal are seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "incident/sweep.h"

struct told {
    size_t count[PTN_SWEEP_CLASS_COUNT];
    char last[2048]; /* as JSON */
};

static struct ptn_status found(void *context, const struct ptn_sweep_finding *finding)
{
    struct told *told = context;
    struct ptn_buffer out = { .len_max = sizeof(told->last) - 1 };
    struct ptn_json json = { .out = &out };

    told->count[finding->class]++;
    ptn_sweep_finding_write(finding, &json);
    assert_true(ptn_ok(ptn_json_end(&json)));
    memcpy(told->last, out.at, out.len);
    told->last[out.len] = '\0';
    ptn_buffer_release(&out);
    return PTN_OK;
}

struct fixture {
    struct ptn_indicators *indicators;
    struct ptn_manifest *release, *packages;
    struct ptn_sweep *sweep;
    struct told told;
    struct ptn_sweep_counts counts;
};

static void ready(struct fixture *fixture, const char *hashes, const char *rules)
{
    struct ptn_diag diag = { 0 };

    *fixture = (struct fixture){ .indicators = ptn_indicators_new(), .sweep = ptn_sweep_new() };
    assert_non_null(fixture->sweep);
    if (hashes != NULL)
        assert_true(ptn_ok(ptn_indicators_read(fixture->indicators, PTN_INDICATORS_HASHES, "hashes",
                                               ptn_bytes_from_text(hashes), &diag)));
    assert_true(ptn_ok(ptn_indicators_ready(fixture->indicators, NULL, 0, NULL)));
    if (rules != NULL)
        assert_true(ptn_ok(
            ptn_sweep_add_rules(fixture->sweep, "rules.yar", ptn_bytes_from_text(rules), &diag)));
}

static void look(struct fixture *fixture, const char *path, const void *bytes, size_t len,
                 bool whole)
{
    const struct ptn_sweep_file file = { ptn_bytes_from_text(path), ptn_bytes_of(bytes, len),
                                         whole };

    memset(&fixture->told, 0, sizeof(fixture->told));
    assert_true(ptn_ok(ptn_sweep_file(fixture->sweep, &file, &fixture->counts)));
}

static void use(struct fixture *fixture)
{
    const struct ptn_sweep_with with = { .indicators = fixture->indicators,
                                         .release = fixture->release,
                                         .packages = fixture->packages,
                                         .merged_usr = true,
                                         .rule_timeout_s = 10,
                                         .found = found,
                                         .context = &fixture->told };

    ptn_sweep_use(fixture->sweep, &with);
    assert_true(ptn_ok(ptn_sweep_ready(fixture->sweep)));
}

static void done(struct fixture *fixture)
{
    ptn_sweep_free(fixture->sweep);
    ptn_indicators_free(fixture->indicators);
    ptn_manifest_free(fixture->release);
    ptn_manifest_free(fixture->packages);
}

static void test_sweep__a_hash_and_a_rule_find_and_say_why(void **state)
{
    struct fixture fixture;

    (void)state;
    /* SHA-1 of "hello\n", and MD5 */
    ready(&fixture, "f572d396fae9206628714fb2ce00f72e94f2258f;a greeting\n",
          "rule Greeting { meta: description = \"says hello\" score = 42 strings: $a = \"hello\" "
          "condition: $a and filename == \"b.txt\" and filepath == \"/a/b.txt\" and extension == "
          "\".txt\" }");
    use(&fixture);
    assert_int_equal(ptn_sweep_rule_count(fixture.sweep), 1);
    look(&fixture, "a/b.txt", "hello\n", 6, true);
    assert_int_equal(fixture.told.count[PTN_SWEEP_HASH], 1);
    assert_int_equal(fixture.told.count[PTN_SWEEP_RULE], 1);
    assert_string_equal(
        fixture.told.last,
        "{\"path\":\"a/b.txt\",\"class\":\"rule\",\"match\":\"Greeting\",\"source\":\"rules.yar\","
        "\"score\":42,\"reason\":\"a YARA rule matches the content: says hello\",\"sha256\":"
        "\"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\"}");
    look(&fixture, "a/b.txt", "hello\n", 6, false);
    assert_int_equal(fixture.told.count[PTN_SWEEP_HASH], 0);
    assert_int_equal(fixture.told.count[PTN_SWEEP_RULE], 1);
    assert_null(strstr(fixture.told.last, "sha256"));
    look(&fixture, "a/c.txt", "hello\n", 6, true);
    assert_int_equal(fixture.told.count[PTN_SWEEP_RULE], 0);
    look(&fixture, "\xff.exe", "", 0, true);
    done(&fixture);
}

static void test_sweep__rules_that_ask_for_what_is_not_known_are_named_and_do_not_run(void **state)
{
    static const char rules[] =
        "import \"magic\"\n"
        "// filetype in a comment\n"
        "rule Fine { strings: $a = \"owner of filetype\" condition: not $a }\n"
        "rule Asks : fine { condition: filetype == \"\" }\n"
        "private rule AlsoAsks { condition:\n magic.type() contains \"x\" }\n"
        "rule Noted : owner { meta: filetype = \"PE\" condition: not true }\n";
    struct fixture fixture;

    (void)state;
    ready(&fixture, NULL, rules);
    assert_int_equal(ptn_sweep_lack_count(fixture.sweep), 2);
    assert_true(ptn_bytes_is(ptn_sweep_lack(fixture.sweep, 0).what, "Asks"));
    assert_int_equal(ptn_sweep_lack(fixture.sweep, 0).line, 4);
    assert_true(ptn_bytes_is(ptn_sweep_lack(fixture.sweep, 1).what, "AlsoAsks"));
    assert_true(ptn_ok(ptn_sweep_add_rules(fixture.sweep, "other.yar",
                                           PTN_BYTES_LITERAL("rule X { condition: timezone == 1 }"),
                                           NULL)));
    assert_int_equal(ptn_sweep_lack_count(fixture.sweep), 3);
    assert_true(ptn_bytes_is(ptn_sweep_lack(fixture.sweep, 2).what, "other.yar"));
    use(&fixture);
    assert_int_equal(ptn_sweep_rule_count(fixture.sweep), 2);
    look(&fixture, "x", "y", 1, true);
    assert_int_equal(fixture.told.count[PTN_SWEEP_RULE], 1);
    done(&fixture);
}

static void test_sweep__what_is_no_rule_file_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text;
        size_t len, line;
    } cases[] = {
        { "rule A {\n condition: tru }\nrule B { cond", 0, 3 },
        { "rule A {\n strings: $a = \"x\" condition: $b }", 0, 2 },
        { "include \"/etc/passwd\"", 0, 1 },
        { "rule A { condition: true }\0rule", 31, 0 },
        { "", 0, 0 },
        { "\x7f\x45LF", 0, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_sweep *sweep = ptn_sweep_new();
        struct ptn_diag diag = { 99, NULL };
        size_t len = cases[i].len > 0 ? cases[i].len : strlen(cases[i].text);

        assert_int_equal(
            ptn_sweep_add_rules(sweep, "bad.yar", ptn_bytes_of(cases[i].text, len), &diag).code,
            PTN_C_BAD_INPUT);
        if (i != 0)
            assert_int_equal(diag.offset, cases[i].line);
        ptn_sweep_free(sweep);
    }
}

/* ---- rebuilt variants ---- */

static char *sample_rules(void)
{
    FILE *file = fopen("data/samples/rules/ut-2031.yar", "rb");
    char *text = calloc(1, 16384);

    assert_non_null(file);
    assert_true(fread(text, 1, 16383, file) > 100);
    (void)fclose(file);
    return text;
}

/* A harmless text in the shape of the real two waves: the second has another key, mutex and so
 * another hash; driver key, loop and note stay. */
static size_t make_variant(char *out, size_t size, unsigned wave, unsigned seed)
{
    return (size_t)snprintf(
        out, size,
        "this is a specimen of nothing, number %u\nmutex=%s%u\nrc4=%08x\n"
        "UTOLOOP%.*s\xc3\x90\xc3\x90\nfiles: ut-%04u.locked-file\nThe Gate Stays Shut until you "
        "answer\n%s\n",
        seed, wave == 1 ? "abcdef" : "Screen77#", seed, seed * 2654435761u + wave,
        (int)(2 + seed % 5), "\x90\x91\x92\x93\x94\x95", seed % 10000,
        seed % 2 == 0 ? "UTOPIA-SPECIMEN-DRIVER-0F1E2D3C" : "no driver in this one");
}

static void test_sweep__a_rebuilt_variant_is_found_by_rules_and_not_by_hashes(void **state)
{
    struct ptn_buffer hashes = { .len_max = 1u << 20 };
    char *rules = sample_rules();
    struct fixture fixture;
    char text[1024];
    size_t by_hash = 0, by_rule = 0;

    (void)state;
    for (unsigned seed = 0; seed < 64; seed++) {
        struct ptn_bytes bytes = ptn_bytes_of(text, make_variant(text, sizeof(text), 1, seed));
        uint8_t digest[PTN_SHA256_LEN];

        assert_true(ptn_ok(ptn_sha256(&bytes, 1, digest)));
        assert_true(ptn_ok(ptn_buffer_add_hex(&hashes, ptn_bytes_of(digest, sizeof(digest)))));
        assert_true(ptn_ok(ptn_buffer_add_text(&hashes, ";first wave\n")));
    }
    assert_true(ptn_ok(ptn_buffer_add_u8(&hashes, 0)));
    ready(&fixture, (const char *)hashes.at, rules);
    use(&fixture);
    for (unsigned wave = 1; wave <= 2; wave++) {
        by_hash = by_rule = 0;
        for (unsigned seed = 0; seed < 64; seed++) {
            look(&fixture, "x", text, make_variant(text, sizeof(text), wave, seed), true);
            by_hash += fixture.told.count[PTN_SWEEP_HASH] > 0;
            by_rule += fixture.told.count[PTN_SWEEP_RULE] > 0;
        }
        assert_int_equal(by_hash, wave == 1 ? 64 : 0);
        assert_int_equal(by_rule, 64);
    }
    look(&fixture, "x", "the gate stays shut until you answer", 36, true);
    assert_int_equal(fixture.told.count[PTN_SWEEP_RULE], 0); /* one habit alone is nobody's */
    free(rules);
    ptn_buffer_release(&hashes);
    done(&fixture);
}

/* ---- installed ---- */

#define HELLO_SHA256 "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
#define HELLO_MD5    "b1946ac92492d2347c6235b4d2611184"

static void test_sweep__what_was_installed_is_compared(void **state)
{
    static const struct {
        const char *path, *bytes;
        bool whole;
        enum ptn_sweep_class class; /* RULE: none */
        size_t not_compared;
    } cases[] = {
        { "opt/postern", "hello\n", true, PTN_SWEEP_RULE, 0 },
        { "opt/postern", "hallo\n", true, PTN_SWEEP_CHANGED, 0 },
        { "opt/postern", "hel", false, PTN_SWEEP_RULE, 1 },
        { "usr/bin/tool", "hello\n", true, PTN_SWEEP_RULE, 0 },
        { "usr/bin/tool", "hallo\n", true, PTN_SWEEP_CHANGED, 0 },
        { "usr/lib/old", "hallo\n", true, PTN_SWEEP_CHANGED, 0 }, /* listed as lib/old */
        { "etc/cron.d/pack", "hello\n", true, PTN_SWEEP_RULE, 0 },
        { "etc/cron.d/stranger", "x", true, PTN_SWEEP_UNKNOWN, 0 },
        { "etc/systemd/system/x.service", "x", true, PTN_SWEEP_UNKNOWN, 0 },
        { "etc/systemd/system.conf", "x", true, PTN_SWEEP_RULE, 0 },
        { "etc/ld.so.preload", "x", true, PTN_SWEEP_UNKNOWN, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        size_t bad = 0, all = 0;

        ready(&fixture, NULL, NULL);
        fixture.release = ptn_manifest_new();
        fixture.packages = ptn_manifest_new();
        assert_true(ptn_ok(ptn_manifest_read(
            fixture.release, PTN_BYTES_LITERAL(HELLO_SHA256 "  opt/postern\n"), NULL)));
        assert_true(ptn_ok(ptn_manifest_read_md5sums(
            fixture.packages, PTN_BYTES_LITERAL("pack"),
            PTN_BYTES_LITERAL(HELLO_MD5 "  usr/bin/tool\n" HELLO_MD5 "  lib/old\n" HELLO_MD5
                                        "  etc/cron.d/pack\n"),
            &bad)));
        ptn_manifest_ready(fixture.release);
        ptn_manifest_ready(fixture.packages);
        use(&fixture);
        look(&fixture, cases[i].path, cases[i].bytes, strlen(cases[i].bytes), cases[i].whole);
        for (size_t k = 0; k < PTN_SWEEP_CLASS_COUNT; k++)
            all += fixture.told.count[k];
        assert_int_equal(all, cases[i].class != PTN_SWEEP_RULE);
        assert_int_equal(fixture.told.count[cases[i].class], all);
        assert_int_equal(fixture.counts.not_compared, cases[i].not_compared);
        done(&fixture);
    }
}

/* ---- texts ---- */

#define CURSOR(number)                                                                             \
    "__CURSOR=s=0123456789abcdef0123456789abcdef;i=" number ";b=1;m=2\nMESSAGE=x\n\n"
#define OTHER(number)                                                                              \
    "__CURSOR=s=ffffffffffffffff0123456789abcdef;i=" number ";b=1;m=2\nMESSAGE=x\n\n"

struct gaps {
    size_t count;
    uint64_t missing;
};

static struct ptn_status gap(void *context, uint64_t after, uint64_t before)
{
    struct gaps *gaps = context;

    gaps->count++;
    gaps->missing += before - after - 1;
    return PTN_OK;
}

static void test_sweep__gaps_of_a_journal_are_seen(void **state)
{
    static const struct {
        const char *text;
        uint64_t entries;
        size_t gaps;
        uint64_t missing;
    } cases[] = {
        { CURSOR("1") CURSOR("2") CURSOR("3"), 3, 0, 0 },
        { CURSOR("f") CURSOR("10") CURSOR("11"), 3, 0, 0 },
        { CURSOR("9") CURSOR("a") CURSOR("1f"), 3, 1, 20 },
        { CURSOR("1") OTHER("70") CURSOR("2") OTHER("71"), 4, 0, 0 },
        { CURSOR("1") OTHER("70") CURSOR("3") OTHER("73"), 4, 2, 3 },
        { CURSOR("5") CURSOR("4") CURSOR("6"), 3, 0, 0 },
        { CURSOR("0") CURSOR("zz") CURSOR(""), 0, 0, 0 },
        { "__CURSOR=s=0123;i=1\n\n", 0, 0, 0 },
        { "plain text\n", 0, 0, 0 },
        { "", 0, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gaps gaps = { 0 };
        uint64_t entries = 99;

        assert_true(
            ptn_ok(ptn_journal_gaps(ptn_bytes_from_text(cases[i].text), gap, &gaps, &entries)));
        assert_int_equal(entries, cases[i].entries);
        assert_int_equal(gaps.count, cases[i].gaps);
        assert_int_equal(gaps.missing, cases[i].missing);
    }
}

static void test_sweep__addresses_are_found_in_texts_only(void **state)
{
    static const struct {
        const char *bytes;
        size_t len, hits;
    } cases[] = {
        { "connect 192.0.2.7\n", 18, 1 },
        { "connect 192.0.2.7\0\n", 19, 0 },
        { "\xff\xfe"
          "1\0"
          "9\0"
          "2\0.\0"
          "0\0.\0"
          "2\0.\0"
          "7\0",
          20, 1 },
        { "LPKSHHRH\0\0connect 192.0.2.7\0", 28, 1 },
        { "\xff\xfe", 2, 0 },
        { "\xff\xfe"
          "1",
          3, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture = { .indicators = ptn_indicators_new(), .sweep = ptn_sweep_new() };

        assert_true(ptn_ok(ptn_indicators_read(fixture.indicators, PTN_INDICATORS_NETWORK, "c2",
                                               PTN_BYTES_LITERAL("192.0.2.7\n"), NULL)));
        assert_true(ptn_ok(ptn_indicators_ready(fixture.indicators, NULL, 0, NULL)));
        use(&fixture);
        look(&fixture, "var/log/x", cases[i].bytes, cases[i].len, true);
        assert_int_equal(fixture.told.count[PTN_SWEEP_NETWORK], cases[i].hits);
        done(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweep__a_hash_and_a_rule_find_and_say_why),
        cmocka_unit_test(test_sweep__rules_that_ask_for_what_is_not_known_are_named_and_do_not_run),
        cmocka_unit_test(test_sweep__what_is_no_rule_file_is_refused_with_its_line),
        cmocka_unit_test(test_sweep__a_rebuilt_variant_is_found_by_rules_and_not_by_hashes),
        cmocka_unit_test(test_sweep__what_was_installed_is_compared),
        cmocka_unit_test(test_sweep__gaps_of_a_journal_are_seen),
        cmocka_unit_test(test_sweep__addresses_are_found_in_texts_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
