/* Bodies into structs: what is read, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "serve/request.h"

#define ID "0123456789abcdef0123456789abcdef"

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

static void test_serve_request__a_typed_person_is_read_whole(void **state)
{
    static const char body[] = "{\"person\":{\"surname\":\"Doe\",\"given\":\"Jan\\u00eb\","
                               "\"birth\":\"1980-XX-XX\",\"sex\":\"F\","
                               "\"nationality\":\"D\",\"document\":{\"kind\":\"id-card\","
                               "\"issuer\":\"ALB\",\"number\":\"X1\","
                               "\"expiry\":\"2030-01-31\"}},\"direction\":\"exit\",\"party\":{"
                               "\"adults\":2,\"children\":1},"
                               "\"vehicle\":{\"plate\":\"AA 001 BB\"},"
                               "\"permit\":{\"kind\":\"residence\",\"issuer\":\"ALB\","
                               "\"number\":\"RP 7\",\"from\":\"2026-01-31\",\"until\":"
                               "\"2028-02-29\",\"days\":30,\"entries\":2,\"entries_used\":1,"
                               "\"used_before\":true}}";
    struct ptn_lane_scan scan;

    (void)state;
    assert_true(ptn_ok(ptn_request_scan_parse(ptn_bytes_from_text(body), arena, &scan, NULL)));
    assert_int_equal(scan.mrz.len, 0);
    assert_bytes(scan.person.surname, "Doe");
    assert_bytes(scan.person.given, "Jan\xc3\xab");
    assert_int_equal(scan.person.birth.year, 1980);
    assert_int_equal(scan.person.birth.month, 0);
    assert_int_equal(scan.person.sex, 'F');
    assert_string_equal(scan.person.nationality, "D");
    assert_int_equal(scan.person.document.kind, PTN_DOCUMENT_ID_CARD);
    assert_bytes(scan.person.document.number, "X1");
    assert_int_equal(scan.person.document.expiry.day, 31);
    assert_int_equal(scan.direction, PTN_DIRECTION_EXIT);
    assert_true(scan.party_known);
    assert_int_equal(scan.adults, 2);
    assert_int_equal(scan.children, 1);
    assert_bytes(scan.plate, "AA 001 BB");
    assert_true(scan.permit_shown && scan.permit.used_before);
    assert_int_equal(scan.permit.kind, PTN_CHECK_PERMIT_RESIDENCE);
    assert_string_equal(scan.permit.issuer, "ALB");
    assert_bytes(scan.permit.number, "RP 7");
    assert_true(ptn_date_equal(scan.permit.valid_from, (struct ptn_date){ 2026, 1, 31 }));
    assert_true(ptn_date_equal(scan.permit.valid_until, (struct ptn_date){ 2028, 2, 29 }));
    assert_int_equal(scan.permit.days, 30);
    assert_int_equal(scan.permit.entries, 2);
    assert_int_equal(scan.permit.entries_used, 1);
}

static void test_serve_request__bad_scans_are_refused_and_the_output_stays(void **state)
{
    /* one case a line */
    /* clang-format off */
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"direction\":\"entry\"}",                             /* neither mrz nor person */
        "{\"mrz\":\"x\",\"person\":{},\"direction\":\"entry\"}", /* both */
        "{\"mrz\":\"x\"}",                                       /* no direction */
        "{\"mrz\":\"x\",\"direction\":\"up\"}",
        "{\"mrz\":1,\"direction\":\"entry\"}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"extra\":1}",
        "{\"mrz\":\"x\",\"mrz\":\"y\",\"direction\":\"entry\"}", /* the same field twice */
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"party\":{\"adults\":-1}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"party\":{\"adults\":101}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"party\":{\"adults\":1.5}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"party\":[]}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"vehicle\":{\"wheels\":\"4\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"vehicle\":{\"plate\":\"123456789012345678901\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"chip\":{}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"chip\":{\"sod\":\"dwA=\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"chip\":{\"sod\":\"dw=\",\"dg1\":\"YQA=\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"chip\":{\"sod\":\"dwA=\",\"dg1\":\"YQA=\",\"dg2\":\"dQA=\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"chip\":{\"state\":\"read\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"chip\":{\"state\":\"no-chip\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"chip\":{\"state\":\"refused\",\"sod\":\"dwA=\"}}",
        "{\"person\":{\"name\":\"x\"},\"direction\":\"entry\",\"chip\":{\"state\":\"refused\"}}",
        "{\"person\":{\"name\":\"x\"},\"direction\":\"entry\",\"chip\":{\"sod\":\"dwA=\",\"dg1\":\"YQA=\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":{}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":{\"kind\":\"green-card\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":{\"kind\":\"residence\",\"colour\":1}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":{\"kind\":\"residence\",\"issuer\":\"al\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":{\"kind\":\"residence\",\"until\":\"2026\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":{\"kind\":\"residence\",\"until\":\"2026-02-29\"}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":{\"kind\":\"residence\",\"days\":1001}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":{\"kind\":\"residence\",\"used_before\":1}}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"permit\":7}",
        "{\"mrz\":\"x\",\"direction\":\"entry\",\"born_earlier\":\"yes\"}",
        "{\"person\":{\"name\":\"x\"},\"direction\":\"entry\",\"born_earlier\":true}",
        "{\"person\":{\"sex\":\"X\"},\"direction\":\"entry\"}",
        "{\"person\":{\"nationality\":\"al\"},\"direction\":\"entry\"}",
        "{\"person\":{\"nationality\":\"ALBA\"},\"direction\":\"entry\"}",
        "{\"person\":{\"birth\":\"1980-02-30\"},\"direction\":\"entry\"}",
        "{\"person\":{\"document\":{\"kind\":\"ticket\"}},\"direction\":\"entry\"}",
        "{\"mrz\":\"x\",\"direction\":\"entry\"} trailing",
        "{\"mrz\":\"\xff\",\"direction\":\"entry\"}",
        "{\"mrz\":\"a\\u0000b\",\"direction\":\"entry\"}",
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct ptn_lane_scan scan = { .adults = 77 };
        struct ptn_diag diag = { 0 };
        struct ptn_status status =
            ptn_request_scan_parse(ptn_bytes_from_text(bodies[i]), arena, &scan, &diag);

        assert_true(status.code == PTN_C_BAD_INPUT || status.code == PTN_C_TOO_BIG);
        assert_non_null(diag.text);
        assert_int_equal(scan.adults, 77);
    }
}

static void test_serve_request__settlements_name_their_act_and_kind(void **state)
{
    static const struct {
        const char *body;
        enum ptn_lane_act act;
        enum ptn_referral_kind kind;
        bool supervisor;
    } cases[] = {
        { "{\"scan\":\"" ID "\",\"act\":\"record\"}", PTN_LANE_RECORD, PTN_REFERRAL_NONE, false },
        { "{\"scan\":\"" ID "\",\"act\":\"refer\",\"kind\":\"minor\"}", PTN_LANE_REFER,
          PTN_REFERRAL_MINOR, false },
        { "{\"scan\":\"" ID "\",\"act\":\"override\",\"reason\":\" seen \","
          "\"supervisor\":{\"user\":\"b\",\"password\":\"p\"}}",
          PTN_LANE_OVERRIDE, PTN_REFERRAL_NONE, true },
    };
    static const char *const bad[] = {
        "{\"scan\":\"" ID "\",\"act\":\"refuse\"}", /* a first line refuses nobody */
        "{\"scan\":\"" ID "\"}",
        "{\"scan\":\"0123\",\"act\":\"record\"}",
        "{\"scan\":\"0123456789ABCDEF0123456789ABCDEF\",\"act\":\"record\"}",
        "{\"scan\":\"" ID "\",\"act\":\"refer\",\"kind\":\"looks\"}",
        "{\"scan\":\"" ID "\",\"act\":\"override\",\"supervisor\":{\"user\":\"b\"}}",
        "{\"scan\":\"" ID "\",\"act\":\"override\",\"supervisor\":\"b\"}",
    };
    struct ptn_request_settlement request;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(ptn_ok(ptn_request_settlement_parse(ptn_bytes_from_text(cases[i].body), arena,
                                                        &request, NULL)));
        assert_int_equal(request.act, cases[i].act);
        assert_int_equal(request.kind, cases[i].kind);
        assert_int_equal(request.has_supervisor, cases[i].supervisor);
        assert_bytes(request.scan, ID);
    }
    assert_bytes(request.reason, "seen");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(
            ptn_request_settlement_parse(ptn_bytes_from_text(bad[i]), arena, &request, NULL).code,
            PTN_C_BAD_INPUT);
}

static void test_serve_request__sign_in_names_a_lane_and_relief_does_not(void **state)
{
    static const struct {
        const char *body;
        bool relief, good;
    } cases[] = {
        { "{\"user\":\"a\",\"password\":\"p\",\"lane\":\"e-1\"}", false, true },
        { "{\"user\":\"a\",\"password\":\"p\",\"lane\":\"e-1\",\"language\":\"sq\"}", false, true },
        { "{\"user\":\"a\",\"password\":\"p\"}", true, true },
        { "{\"user\":\"a\",\"password\":\"p\"}", false, false },
        { "{\"user\":\"a\",\"password\":\"p\",\"lane\":\"e-1\"}", true, false },
        { "{\"user\":\"a\",\"password\":\"p\",\"lane\":\"E 1\"}", false, false },
        { "{\"user\":\"a\",\"password\":\"p\",\"lane\":\"12345678901234567\"}", false, false },
        { "{\"user\":\"\",\"password\":\"p\",\"lane\":\"1\"}", false, false },
        { "{\"user\":\"a\",\"password\":\"\",\"lane\":\"1\"}", false, false },
        { "{\"user\":\"a\",\"password\":\"p\",\"lane\":\"1\",\"language\":\"xx\"}", false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_request_sign_in request;

        assert_int_equal(ptn_ok(ptn_request_sign_in_parse(ptn_bytes_from_text(cases[i].body),
                                                          cases[i].relief, arena, &request, NULL)),
                         cases[i].good);
    }
}

static void test_serve_request__bodies_past_the_limit_are_too_big(void **state)
{
    static char body[PTN_REQUEST_BODY_MAX + 2];
    struct ptn_bytes mrz;
    struct ptn_request_report report;

    (void)state;
    memset(body, ' ', sizeof(body));
    body[snprintf(body, sizeof(body), "{\"mrz\":\"A\"}")] = ' ';
    assert_true(
        ptn_ok(ptn_request_mrz_parse(ptn_bytes_of(body, PTN_REQUEST_BODY_MAX), arena, &mrz, NULL)));
    assert_int_equal(
        ptn_request_mrz_parse(ptn_bytes_of(body, PTN_REQUEST_BODY_MAX + 1), arena, &mrz, NULL).code,
        PTN_C_TOO_BIG);
    assert_int_equal(
        ptn_request_report_parse(ptn_bytes_from_text("{\"crossing\":\"" ID "\",\"note\":\"  \"}"),
                                 arena, &report, NULL)
            .code,
        PTN_C_BAD_INPUT);
}

static enum ptn_code parse_chip(const char *body, struct ptn_chips_given *ret_given)
{
    return ptn_request_chip_parse(ptn_bytes_from_text(body), arena, ret_given, NULL).code;
}

static void test_serve_request__what_a_reader_says(void **state)
{
    static const char *const refused[] = {
        "{\"state\":\"failed\"}",
        "{\"id\":\"" ID "\"}",
        "{\"id\":\"" ID "\",\"state\":\"waiting\"}",
        "{\"id\":\"short\",\"state\":\"failed\"}",
        "{\"id\":\"" ID "\",\"state\":\"read\"}",
        "{\"id\":\"" ID "\",\"state\":\"read\",\"sod\":\"dwA=\"}",
        "{\"id\":\"" ID "\",\"state\":\"read\",\"sod\":\"dw=\",\"dg1\":\"YQA=\"}",
        "{\"id\":\"" ID "\",\"state\":\"refused\",\"sod\":\"dwA=\",\"dg1\":\"YQA=\"}",
        "{\"id\":\"" ID "\",\"state\":\"failed\",\"why\":\"x\"}",
    };
    struct ptn_chips_given given = { .state = PTN_CHIPS_NONE };
    char body[PTN_REQUEST_BODY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_int_equal(parse_chip(refused[i], &given), PTN_C_BAD_INPUT);
    assert_int_equal(given.state, PTN_CHIPS_NONE);
    assert_int_equal(parse_chip("{\"id\":\"" ID "\",\"state\":\"no-chip\"}", &given), PTN_C_OK);
    assert_int_equal(given.state, PTN_CHIPS_NO_CHIP);
    assert_string_equal(given.id, ID);
    assert_int_equal(parse_chip("{\"id\":\"" ID "\",\"state\":\"read\",\"sod\":\"dwA=\","
                                "\"dg1\":\"YQA=\"}",
                                &given),
                     PTN_C_OK);
    assert_true(ptn_bytes_is(given.sod, "dwA=") && ptn_bytes_is(given.dg1, "YQA="));
    /* as much as a scan has room for, and four characters more */
    for (int more = 0; more <= 4; more += 4) {
        (void)snprintf(body, sizeof(body),
                       "{\"id\":\"" ID "\",\"state\":\"read\",\"sod\":\"%0*d\",\"dg1\":\"YQA=\"}",
                       (int)PTN_REQUEST_CHIP_MAX - 4 + more, 0);
        assert_int_equal(parse_chip(body, &given), more == 0 ? PTN_C_OK : PTN_C_TOO_BIG);
    }
}

#define NINES   "999999999999999999"
#define LONGEST "d" NINES "n" NINES "v" NINES "." NINES

static void test_request__where_the_next_page_begins_comes_back(void **state)
{
    static const char *const whole[] = { "d1", "n200", "v1795800000000.4398046511105", "d5n7",
                                         LONGEST };
    static const char *const wrong[] = {
        "",    "x",   "d",   "n1d1", "d1d1", "v1",
        "v1.", "v.1", "d-1", "d1 ",  "d1x",  "d1234567890123456789"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        struct ptn_request_found found;
        char text[PTN_REQUEST_FOUND_MAX];

        assert_int_equal(ptn_request_found_parse(ptn_bytes_from_text(whole[i]), &found).code,
                         PTN_C_OK);
        ptn_request_found_write(&found, text);
        assert_string_equal(text, whole[i]);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ptn_request_found found = { .number_skip = 42 };

        assert_int_equal(ptn_request_found_parse(ptn_bytes_from_text(wrong[i]), &found).code,
                         PTN_C_BAD_INPUT);
        assert_int_equal(found.number_skip, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request__where_the_next_page_begins_comes_back),
        cmocka_unit_test(test_serve_request__a_typed_person_is_read_whole),
        cmocka_unit_test(test_serve_request__bad_scans_are_refused_and_the_output_stays),
        cmocka_unit_test(test_serve_request__settlements_name_their_act_and_kind),
        cmocka_unit_test(test_serve_request__sign_in_names_a_lane_and_relief_does_not),
        cmocka_unit_test(test_serve_request__bodies_past_the_limit_are_too_big),
        cmocka_unit_test(test_serve_request__what_a_reader_says),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
