/* Goal: a carrier's message has one form, keeps any bytes whole, and knows its limits. */
#include "record/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ptn_carrier_message good(void)
{
    struct ptn_carrier_message message = {
        .id = { { 1 } },
        .time_ms = INT64_C(1795800000000),
        .type = PTN_MESSAGE_PAXLST,
        .verdict = PTN_MESSAGE_ACCEPTED,
        .sha256 = { 7 },
        .reference = PTN_BYTES_LITERAL("KL/17/1"),
        .length = 3,
        .part = 1,
        .parts = 1,
        .envelope = PTN_BYTES_LITERAL("UNB'"),
        .raw = PTN_BYTES_LITERAL("\xff\x00'"),
    };

    return message;
}

static void test_message__any_bytes_come_back_whole(void **state)
{
    struct ptn_carrier_message message = good();
    struct ptn_carrier_message back;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    assert_true(ptn_ok(ptn_carrier_message_write(&message, &out)));
    assert_true(ptn_ok(ptn_carrier_message_parse(ptn_buffer_bytes(&out), &back, NULL)));
    assert_true(ptn_bytes_equal(back.raw, message.raw));
    assert_true(ptn_bytes_equal(back.envelope, message.envelope));
    assert_int_equal(back.type, PTN_MESSAGE_PAXLST);
    assert_string_equal(ptn_message_type_word(back.type), "PAXLST");
    assert_string_equal(ptn_message_verdict_word(back.verdict), "accepted");
    ptn_buffer_release(&out);
}

static void test_message__the_longest_part_fits_a_record(void **state)
{
    static uint8_t letters[PTN_MESSAGE_BOARDING_MAX + 1];
    struct ptn_carrier_message message = good();
    uint8_t *bytes = calloc(1, PTN_MESSAGE_RAW_MAX + 1);
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, PTN_RECORD_LEN_MAX);
    memset(letters, 'a', sizeof(letters));
    message.raw = ptn_bytes_of(bytes, PTN_MESSAGE_RAW_MAX);
    message.envelope = ptn_bytes_of(bytes, PTN_MESSAGE_ENVELOPE_MAX);
    message.length = PTN_MESSAGE_RAW_MAX;
    message.boarding = ptn_bytes_of(letters, PTN_MESSAGE_BOARDING_MAX);
    assert_true(ptn_ok(ptn_carrier_message_write(&message, &out)));
    message.boarding.len++;
    assert_int_equal(ptn_carrier_message_validate(&message, NULL).code, PTN_C_TOO_BIG);
    message.boarding.len--;
    message.raw.len++;
    message.length++;
    assert_int_equal(ptn_carrier_message_validate(&message, NULL).code, PTN_C_TOO_BIG);
    ptn_buffer_release(&out);
    free(bytes);
}

static void test_message__rules_between_fields(void **state)
{
    static const struct {
        uint64_t part, parts, length;
        enum ptn_message_verdict verdict;
        bool raw;
        const char *fault;
    } cases[] = {
        { 2, 2, 9, PTN_MESSAGE_WITH_NOTES, true, NULL },
        { 1, 1, 9, PTN_MESSAGE_QUARANTINED, false, NULL },
        { 3, 2, 9, PTN_MESSAGE_ACCEPTED, true, "part" },
        { 0, 1, 9, PTN_MESSAGE_ACCEPTED, true, "part" },
        { 1, 1, 2, PTN_MESSAGE_ACCEPTED, true, "length" },
        { 1, 1, 9, PTN_MESSAGE_ACCEPTED, false, "raw" },
        { 1, 257, 9, PTN_MESSAGE_ACCEPTED, true, "parts" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_carrier_message message = good();
        struct ptn_diag diag = { 0, "" };

        message.part = cases[i].part;
        message.parts = cases[i].parts;
        message.length = cases[i].length;
        message.verdict = cases[i].verdict;
        if (!cases[i].raw)
            message.raw = PTN_BYTES_NONE;
        assert_int_equal(ptn_ok(ptn_carrier_message_validate(&message, &diag)),
                         cases[i].fault == NULL);
        if (cases[i].fault != NULL)
            assert_string_equal(diag.text, cases[i].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message__any_bytes_come_back_whole),
        cmocka_unit_test(test_message__the_longest_part_fits_a_record),
        cmocka_unit_test(test_message__rules_between_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
