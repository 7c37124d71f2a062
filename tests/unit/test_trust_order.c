/* Goal: one form of an order is read, every other refused; what is signed can be read in both
 * languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trust/order.h"

#define CORPUS "tests/fuzz/corpus/order/"
#define HEAD                                                                                       \
    "postern order 1\ncountry u.example/roster\nnumber 3f9c1a0b5d6e7f80a1b2c3d4e5f60718\n"         \
    "given 2026-09-09T22:04:00Z\n"
#define H1 "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define H2 "a6363d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0"

static const char *const samples[] = { "withdraw-posts", "withdraw-all",   "withdraw-kinds",
                                       "restore",        "annul",          "revoke-officer",
                                       "revoke-key",     "distrust",       "release",
                                       "erase",          "restore-canary", "close",
                                       "advance-half",   "advance-all",    "void" };
#define SAMPLE_COUNT (sizeof(samples) / sizeof(samples[0]))

static struct ptn_buffer read_sample(const char *name)
{
    const struct ptn_world *world = ptn_world_real();
    struct ptn_buffer text;
    char path[128];

    (void)snprintf(path, sizeof(path), CORPUS "%s", name);
    ptn_buffer_init(&text, PTN_ORDER_TEXT_MAX);
    assert_true(ptn_ok(world->files->read(world->context, path, &text)));
    return text;
}

static enum ptn_code parse(const char *text, struct ptn_order *ret_order, struct ptn_diag *reterr)
{
    return ptn_order_parse(ptn_bytes_from_text(text), ret_order, reterr).code;
}

/* One form: ORDER-3. */
static void test_order__every_verb_is_read_and_written_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct ptn_buffer text = read_sample(samples[i]);
        struct ptn_buffer again;
        struct ptn_order order;

        ptn_buffer_init(&again, PTN_ORDER_TEXT_MAX);
        assert_true(ptn_ok(ptn_order_parse(ptn_buffer_bytes(&text), &order, NULL)));
        assert_true(ptn_ok(ptn_order_write(&order, &again)));
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&text), ptn_buffer_bytes(&again)));
        assert_memory_equal(samples[i], ptn_order_verb_word(order.verb),
                            strlen(ptn_order_verb_word(order.verb)));
        ptn_buffer_release(&again);
        ptn_buffer_release(&text);
    }
}

/* Cut anywhere, with a line twice, with two lines exchanged: never read. */
static void test_order__a_cut_or_moved_line_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct ptn_buffer text = read_sample(samples[i]);
        struct ptn_order order;
        size_t starts[32];
        size_t count = 0;

        for (size_t at = 0; at < text.len; at++) {
            assert_int_equal(ptn_order_parse(ptn_bytes_of(text.at, at), &order, NULL).code,
                             PTN_C_BAD_INPUT);
            if (at == 0 || text.at[at - 1] == '\n')
                starts[count++] = at;
        }
        starts[count] = text.len;
        for (size_t k = 0; k < count; k++) {
            struct ptn_buffer doubled;

            ptn_buffer_init(&doubled, PTN_ORDER_TEXT_MAX);
            assert_true(ptn_ok(ptn_buffer_add(&doubled, ptn_bytes_of(text.at, starts[k + 1]))));
            assert_true(ptn_ok(
                ptn_buffer_add(&doubled, ptn_bytes_of(text.at + starts[k], text.len - starts[k]))));
            assert_int_equal(ptn_order_parse(ptn_buffer_bytes(&doubled), &order, NULL).code,
                             PTN_C_BAD_INPUT);
            ptn_buffer_release(&doubled);
        }
        ptn_buffer_release(&text);
    }
}

static const char *const refused[] = {
    /* a rung without lanes, lanes without a rung, no function, an unknown one, out of order */
    HEAD "verb withdraw\nrung local\ncause drill\nall\nfunction exports\nreason x\n",
    HEAD "verb withdraw\ncause drill\nall\nfunction lanes-in\nreason x\n",
    HEAD "verb withdraw\nrung local\ncause drill\nall\nreason x\n",
    HEAD "verb withdraw\nrung local\ncause drill\nall\nfunction lanes\nreason x\n",
    HEAD "verb withdraw\nrung local\ncause drill\nall\nfunction lanes-out\nfunction lanes-in\n"
         "reason x\n",
    /* up is not down; no cause; a cause of no name */
    HEAD "verb withdraw\nrung normal\ncause drill\nall\nfunction lanes-in\nreason x\n",
    HEAD "verb withdraw\nrung local\nall\nfunction lanes-in\nreason x\n",
    HEAD "verb withdraw\nrung local\ncause none\nall\nfunction lanes-in\nreason x\n",
    /* where: none, two forms, every kind, a kind of no name, posts not sorted */
    HEAD "verb withdraw\ncause drill\nfunction exports\nreason x\n",
    HEAD "verb withdraw\ncause drill\nall\npost u/a\nfunction exports\nreason x\n",
    HEAD "verb withdraw\ncause drill\nkind airport\nkind land\nkind seaport\nfunction "
         "exports\nreason x\n",
    HEAD "verb withdraw\ncause drill\nkind river\nfunction exports\nreason x\n",
    HEAD "verb withdraw\ncause drill\npost u/b\npost u/a\nfunction exports\nreason x\n",
    HEAD "verb withdraw\ncause drill\npost u/a\npost u/a\nfunction exports\nreason x\n",
    /* a tightening never runs out */
    HEAD "until 2026-09-10T22:04:00Z\nverb revoke\nall\nofficer a\nreason x\n",
    /* until before given */
    HEAD "until 2026-09-09T22:03:59Z\nverb restore\nall\nends " H1 "\nreason x\n",
    /* nothing ended, not sorted, capitals, too short */
    HEAD "verb restore\nall\nreason x\n",
    HEAD "verb restore\nall\nends " H2 "\nends " H1 "\nreason x\n",
    HEAD "verb restore\nall\nends "
         "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08\nreason x\n",
    HEAD "verb restore\nall\nends 9f86\nreason x\n",
    /* another verb's lines */
    HEAD "verb restore\ncause drill\nall\nends " H1 "\nreason x\n",
    HEAD "verb distrust\nall\nofficer a\nafter 1\nreason x\n",
    HEAD "verb void\nall\nkey " H1 "\nreason x\n",
    HEAD "verb void\nall\nofficer a\nafter 1\nreason x\n",
    HEAD "verb void\nkey " H1 "\nafter 1\nreason x\n",
    HEAD "verb distrust\nall\nkey " H1 "\nafter 01\nreason x\n",
    HEAD "verb release\nall\nbuild " H1 "\nversion 1\nminimum 1\nmedium " H2 "\nreason x\n",
    HEAD "verb release\nbuild " H1 "\nversion 4294967296\nminimum 1\nmedium " H2 "\nreason x\n",
    /* a minimum above its own version, no medium, no program, programs not sorted */
    HEAD "verb release\nbuild " H1 "\nversion 1\nminimum 2\nmedium " H2 "\nreason x\n",
    HEAD "verb release\nbuild " H1 "\nversion 1\nminimum 1\nreason x\n",
    HEAD "verb release\nversion 1\nminimum 1\nmedium " H2 "\nreason x\n",
    HEAD "verb release\nbuild " H2 "\nbuild " H1 "\nversion 1\nminimum 1\nmedium " H2
         "\nreason x\n",
    /* how long the canary goes: not at all, over 30 days, not of an annulment */
    HEAD "verb restore\nall\nends " H1 "\ncanary 0\nreason x\n",
    HEAD "verb restore\nall\nends " H1 "\ncanary 2592001\nreason x\n",
    HEAD "verb annul\nall\nends " H1 "\ncanary 60\nreason x\n",
    /* closes nothing, ends something, lines in another order */
    HEAD "verb close\nall\nswept " H1 "\nreason x\n",
    HEAD "verb close\nall\nends " H1 "\nreason x\n",
    HEAD "verb close\nall\ncloses " H1 "\nswept " H1 "\nsheets u/a\nreason x\n",
    /* goes on to nowhere, back, of nothing */
    HEAD "verb advance\nall\nreturns " H1 "\nreason x\n",
    HEAD "verb advance\nall\nstage canary\nreturns " H1 "\nreason x\n",
    HEAD "verb advance\nall\nstage all\nreason x\n",
    HEAD "verb erase\nreason x\n",
    HEAD "verb forget\nall\nreason x\n",
    /* the reason: none, empty, spaces at its ends */
    HEAD "verb revoke\nall\nofficer a\n",
    HEAD "verb revoke\nall\nofficer a\nreason \n",
    HEAD "verb revoke\nall\nofficer a\nreason  x\n",
    HEAD "verb revoke\nall\nofficer a\nreason x \n",
    /* and what cannot be seen */
    HEAD "verb revoke\nall\nofficer a\nreason a\xe2\x80\xae z\n",
    HEAD "verb revoke\nall\nofficer a\nreason a\xe2\x80\x8b z\n",
    HEAD "verb revoke\nall\nofficer a\nreason a\tz\n",
    HEAD "verb revoke\nall\nofficer a\xe2\x80\x8e\nreason x\n",
    "postern order 2\ncountry u\n",
    "",
};

/* ORDER-3. */
static void test_order__what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct ptn_order order = { .minimum = 77 };
        struct ptn_diag diag = { 0 };

        assert_int_equal(parse(refused[i], &order, &diag), PTN_C_BAD_INPUT);
        assert_non_null(diag.text);
        assert_int_equal(order.minimum, 77);
    }
}

static void test_order__limits(void **state)
{
    static const struct {
        const char *head, *line, *tail;
        unsigned most;
    } rows[] = {
        { HEAD "verb withdraw\ncause drill\n", "post u/%04u\n", "function exports\nreason x\n",
          PTN_ORDER_POST_MAX },
        { HEAD "verb restore\nall\n", "ends %064u\n", "reason x\n", PTN_ORDER_ENDS_MAX },
        { HEAD "verb erase\n", "payload %064u\n", "reason x\n", PTN_ORDER_PAYLOAD_MAX },
        { HEAD "verb release\n", "build %064u\n", "version 1\nminimum 1\nmedium " H1 "\nreason x\n",
          PTN_ORDER_BUILD_MAX },
        { HEAD "verb close\nall\n", "closes %064u\n", "reason x\n", PTN_ORDER_ENDS_MAX },
        { HEAD "verb close\nall\ncloses " H1 "\n", "swept %064u\n", "reason x\n",
          PTN_ORDER_SWEPT_MAX },
        { HEAD "verb close\nall\ncloses " H1 "\n", "sheets u/%04u\n", "reason x\n",
          PTN_ORDER_SHEETS_MAX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned count = rows[i].most - 1; count <= rows[i].most + 1; count++) {
            struct ptn_buffer text;
            struct ptn_order order;

            ptn_buffer_init(&text, PTN_ORDER_TEXT_MAX);
            assert_true(ptn_ok(ptn_buffer_add_text(&text, rows[i].head)));
            for (unsigned k = 0; k < count; k++) {
                char line[96];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                (void)snprintf(line, sizeof(line), rows[i].line, k);
#pragma GCC diagnostic pop
                assert_true(ptn_ok(ptn_buffer_add_text(&text, line)));
            }
            assert_true(ptn_ok(ptn_buffer_add_text(&text, rows[i].tail)));
            assert_int_equal(ptn_order_parse(ptn_buffer_bytes(&text), &order, NULL).code,
                             count <= rows[i].most ? PTN_C_OK : PTN_C_TOO_BIG);
            ptn_buffer_release(&text);
        }
    }
}

static void test_order__a_reason_has_at_most_200_bytes(void **state)
{
    (void)state;
    for (size_t len = 199; len <= 201; len++) {
        char text[512] = HEAD "verb revoke\nall\nofficer a\nreason ";
        size_t start = strlen(text);
        struct ptn_order order;

        memset(text + start, 'r', len);
        text[start + len] = '\n';
        assert_int_equal(parse(text, &order, NULL), len <= 200 ? PTN_C_OK : PTN_C_BAD_INPUT);
    }
}

static void test_order__where_it_holds(void **state)
{
    static const struct {
        const char *where;
        const char *origin;
        unsigned kind;
        bool holds;
    } rows[] = {
        { "all\n", "u/a", PTN_ORDER_LAND, true },
        { "kind airport\n", "u/a", PTN_ORDER_LAND, false },
        { "kind airport\n", "u/a", PTN_ORDER_AIRPORT, true },
        { "kind airport\nkind land\n", "u/a", PTN_ORDER_LAND, true },
        { "kind land\nkind seaport\n", "u/a", PTN_ORDER_AIRPORT, false },
        { "post u/a\n", "u/a", PTN_ORDER_LAND, true },
        { "post u/a\npost u/c\n", "u/c", PTN_ORDER_LAND, true },
        { "post u/a\npost u/c\n", "u/b", PTN_ORDER_LAND, false },
        { "post u/ab\n", "u/a", PTN_ORDER_LAND, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[512];
        struct ptn_order order;

        (void)snprintf(text, sizeof(text),
                       HEAD "verb withdraw\ncause drill\n%sfunction exports\nreason x\n",
                       rows[i].where);
        assert_int_equal(parse(text, &order, NULL), PTN_C_OK);
        assert_int_equal(
            ptn_order_is_for(&order, ptn_bytes_from_text(rows[i].origin), rows[i].kind),
            rows[i].holds);
    }
}

static void test_order__ends_what_it_names(void **state)
{
    struct ptn_order order;
    struct ptn_hash name = { { 0 } };

    (void)state;
    assert_int_equal(
        parse(HEAD "verb annul\nall\nends " H1 "\nends " H2 "\nreason x\n", &order, NULL),
        PTN_C_OK);
    assert_false(ptn_order_ends(&order, &name));
    memcpy(name.at,
           "\x9f\x86\xd0\x81\x88\x4c\x7d\x65\x9a\x2f\xea\xa0\xc5\x5a\xd0\x15\xa3\xbf\x4f\x1b\x2b"
           "\x0b\x82\x2c\xd1\x5d\x6c\x15\xb0\xf0\x0a\x08",
           32);
    assert_true(ptn_order_ends(&order, &name));
    assert_int_equal(parse(HEAD "verb close\nall\ncloses " H1 "\nreason x\n", &order, NULL),
                     PTN_C_OK);
    assert_true(ptn_order_names(&order, &name));
    assert_false(ptn_order_ends(&order, &name)); /* what closes a cause ends no order */
}

/* Every order says in both languages what, where and why, and the words that matter are there. */
static void test_order__is_said_in_both_languages(void **state)
{
    static const char *const must[][2] = {
        { "fall-back LOCAL", "mënyra LOKALE" },
        { "EVERY POST", "ÇDO PIKË" },
        { "every seaport", "çdo port detar" },
        { "RETURN TO SERVICE", "KTHE NË SHËRBIM" },
        { "u.example/durres", "u.example/durres" },
        { "Officer: arben", "Oficeri: arben" },
        { "Key: 9f86", "Çelësi: 9f86" },
        { "From entry: 12345", "Nga hyrja: 12345" },
        { "No version below: 7", "Asnjë version nën: 7" },
        { "72 hours", "72 orësh" },
        { "first, for: 1 days", "në fillim, për: 1 ditë" },
        { "found and shut", "gjetur dhe mbyllur" },
        { "half of the lanes", "gjysma e korsive" },
        { "ALL lanes", "TË GJITHA korsitë" },
        { "in force no more", "nuk vlen më" },
    };

    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        struct ptn_buffer text = read_sample(samples[i]);
        struct ptn_hash name;
        struct ptn_order order;

        assert_true(ptn_ok(ptn_order_parse(ptn_buffer_bytes(&text), &order, NULL)));
        assert_true(ptn_ok(ptn_order_name(ptn_buffer_bytes(&text), &name)));
        for (unsigned language = 0; language < 2; language++) {
            struct ptn_buffer said;

            ptn_buffer_init(&said, PTN_ORDER_TEXT_MAX);
            assert_true(ptn_ok(ptn_order_say(&order, &name, language == 1, &said)));
            assert_non_null(
                memmem(said.at, said.len, must[i][language], strlen(must[i][language])));
            assert_non_null(memmem(said.at, said.len, order.reason.at, order.reason.len));
            ptn_buffer_release(&said);
        }
        ptn_buffer_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order__every_verb_is_read_and_written_the_same),
        cmocka_unit_test(test_order__a_cut_or_moved_line_is_refused),
        cmocka_unit_test(test_order__what_is_refused),
        cmocka_unit_test(test_order__limits),
        cmocka_unit_test(test_order__a_reason_has_at_most_200_bytes),
        cmocka_unit_test(test_order__where_it_holds),
        cmocka_unit_test(test_order__ends_what_it_names),
        cmocka_unit_test(test_order__is_said_in_both_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
