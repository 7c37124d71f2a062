/* Goal: a ship's lists as CSV give the same people as any other message; what does not add up is
 * said with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/manifest.h"

#define ARENA_MAX (4u << 20)
#define HEAD                                                                                       \
    "Form;Name of ship;IMO number;Voyage number;Last port;Port of arrival;Date of arrival;"        \
    "Persons;Family name;Given names;Date of birth;Nature of identity document;"                   \
    "Number of identity document;Issuing State;Visa number;Transit\n"
#define SHIP     "6;MV Utopia Star;9074729;V112;ITBRI;ALDRZ;2026-09-01T08:30;"
#define SAME     ";;;;;;;;"
#define FIRST(n) SHIP n ";ERIKSSON;ANNA MARIA;12.08.1974;Passport;L898902C3;UTO;;no\n"
#define SECOND   SAME "GREY;TOM;740812;P;P7788990;UTO;V5566;yes\n"

/* Read all forms of the text as NDJSON into out, or the code of the reader's refusal. */
static void read_all(struct ptn_bytes text, struct ptn_buffer *out)
{
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_manifest *manifest = malloc(sizeof(*manifest));
    struct ptn_status status = ptn_manifest_reader_new(text, &reader, NULL);

    assert_non_null(manifest);
    ptn_buffer_clear(out);
    if (!ptn_ok(status))
        assert_true(ptn_ok(ptn_buffer_add_text(out, ptn_code_word(status.code))));
    while (ptn_ok(status)) {
        struct ptn_json json = { .out = out };

        ptn_arena_clear(arena);
        status = ptn_manifest_next(reader, arena, manifest);
        if (!ptn_ok(status))
            break;
        ptn_manifest_write(manifest, PTN_BYTES_LITERAL("f"), &json);
        assert_true(ptn_ok(ptn_json_end(&json)));
        assert_true(ptn_ok(ptn_buffer_add_text(out, "\n")));
    }
    ptn_manifest_reader_free(reader);
    free(manifest);
    ptn_arena_free(arena);
    assert_true(ptn_ok(ptn_buffer_add(out, PTN_BYTES_LITERAL("\0"))));
}

static bool says(const struct ptn_buffer *out, const char *text)
{
    return strstr((const char *)out->at, text) != NULL;
}

static void test_fal__a_whole_list_is_accepted_with_everybody_on_it(void **state)
{
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1u << 20);
    read_all(PTN_BYTES_LITERAL(HEAD FIRST("2") SECOND), &out);
    assert_string_equal(
        (const char *)out.at,
        "{\"file\":\"f\",\"type\":\"FAL6\",\"verdict\":\"accepted\","
        "\"ship\":{\"name\":\"MV Utopia Star\",\"imo\":\"9074729\"},"
        "\"flights\":[{\"number\":\"V112\",\"from\":\"ITBRI\",\"to\":\"ALDRZ\","
        "\"arrival\":\"2026-09-01T08:30\"}],\"people\":["
        "{\"role\":\"passenger\",\"surname\":\"ERIKSSON\",\"given\":\"ANNA MARIA\","
        "\"birth\":\"1974-08-12\",\"documents\":[{\"type\":\"P\",\"number\":\"L898902C3\","
        "\"issuer\":\"UTO\"}]},"
        "{\"role\":\"transit\",\"surname\":\"GREY\",\"given\":\"TOM\",\"birth\":\"1974-08-12\","
        "\"documents\":[{\"type\":\"P\",\"number\":\"P7788990\",\"issuer\":\"UTO\"},"
        "{\"type\":\"V\",\"number\":\"V5566\"}]}]}\n");
    ptn_buffer_release(&out);
}

static void test_fal__another_voyage_or_form_is_another_message(void **state)
{
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1u << 20);
    read_all(PTN_BYTES_LITERAL(HEAD FIRST("1") "5" SAME "MARIN;JON;;;S100;UTO;;\n"), &out);
    assert_true(says(&out, "\"type\":\"FAL6\""));
    assert_true(says(&out, "\"type\":\"FAL5\""));
    assert_true(says(&out, "\"role\":\"crew\",\"surname\":\"MARIN\""));
    ptn_buffer_release(&out);
}

static void test_fal__what_does_not_add_up_is_said(void **state)
{
    static const struct {
        const char *text;
        const char *note;
        const char *verdict;
    } cases[] = {
        { HEAD FIRST("3"), "\"count-people\"", "accepted-with-notes" },
        { HEAD "6;S;9074728" SAME ";A;B;;P;1;UTO;;\n", "\"imo-number\"", "accepted-with-notes" },
        { HEAD FIRST("") SAME ";TOM;;P;1;UTO;;\n", "\"person-name\"", "accepted-with-notes" },
        { HEAD FIRST("") SAME "A;B;31.02.1980;P;1;UTO;;\n", "\"date\"", "accepted-with-notes" },
        { HEAD FIRST("") SAME "A;B;1980-02-01;P;1\n", "\"row-width\"", "accepted-with-notes" },
        { HEAD FIRST("") SAME "A;B;1980-02-01;P;1;UTO;;", "\"file-end\"", "accepted-with-notes" },
        { HEAD FIRST("") SAME "\"A;B;", "\"row-broken\"", "quarantined" },
        { HEAD, "\"empty\"", "quarantined" },
        { HEAD FIRST("") SAME "A\xff;B;1980-02-01;P;1;UTO;;\n", "\"not-text\"",
          "accepted-with-notes" },
    };
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1u << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        read_all(ptn_bytes_from_text(cases[i].text), &out);
        if (!says(&out, cases[i].note) || !says(&out, cases[i].verdict))
            fail_msg("case %zu: %s", i, (const char *)out.at);
    }
    ptn_buffer_release(&out);
}

static void test_fal__a_note_names_its_line(void **state)
{
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1u << 20);
    read_all(PTN_BYTES_LITERAL(HEAD FIRST("") SECOND SAME ";TOM;;P;1;UTO;;\n"), &out);
    assert_true(says(&out, "\"code\":\"person-name\",\"text\":\"a person without a surname\","
                           "\"segment\":4"));
    ptn_buffer_release(&out);
}

static void test_fal__a_list_cut_inside_a_row_is_never_accepted_as_it_is(void **state)
{
    static const char whole[] = HEAD FIRST("2") SECOND;
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1u << 20);
    for (size_t len = 0; len < sizeof(whole) - 2; len++) {
        read_all(ptn_bytes_of(whole, len), &out);
        if (says(&out, "\"verdict\":\"accepted\","))
            fail_msg("cut at %zu: %s", len, (const char *)out.at);
    }
    ptn_buffer_release(&out);
}

static void test_fal__a_list_with_any_byte_another_one_is_read_or_refused(void **state)
{
    static const char whole[] = HEAD FIRST("2") SECOND;
    struct ptn_buffer out;
    char spoilt[sizeof(whole)];

    (void)state;
    ptn_buffer_init(&out, 1u << 20);
    memcpy(spoilt, whole, sizeof(whole));
    for (size_t i = 0; i < sizeof(whole) - 1; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            spoilt[i] = (char)(whole[i] ^ (1 << bit));
            read_all(ptn_bytes_of(spoilt, sizeof(whole) - 1), &out);
            if (!says(&out, "\"verdict\":") && !says(&out, "bad-input"))
                fail_msg("byte %zu, bit %u: %s", i, bit, (const char *)out.at);
            spoilt[i] = whole[i];
        }
    ptn_buffer_release(&out);
}

static void test_fal__a_voyage_of_an_unknown_day_still_says_the_century(void **state)
{
    static const char *const arrivals[] = { "20260900", "20260000", "2026-09-XX", "2026-09-01" };
    struct ptn_buffer out;
    char text[512];

    (void)state;
    ptn_buffer_init(&out, 1u << 20);
    for (size_t i = 0; i < sizeof(arrivals) / sizeof(arrivals[0]); i++) {
        (void)snprintf(text, sizeof(text),
                       HEAD "6;S;9074729;V1;A;B;%s;;OLD;TOM;740812;P;1;UTO;;\n" SAME
                            "NEW;TIM;260812;P;2;UTO;;\n",
                       arrivals[i]);
        read_all(ptn_bytes_from_text(text), &out);
        if (!says(&out, "\"birth\":\"1974-08-12\"") || !says(&out, "\"birth\":\"2026-08-12\""))
            fail_msg("%s: %s", arrivals[i], (const char *)out.at);
    }
    ptn_buffer_release(&out);
}

static void test_fal__other_tables_are_refused(void **state)
{
    static const char *const others[] = { "", "a,b,c\n1,2,3\n", "Family name,Given names\nA,B\n",
                                          "plate;booking;people\nAA123;7;2\n" };
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1u << 20);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        read_all(ptn_bytes_from_text(others[i]), &out);
        assert_string_equal((const char *)out.at, "bad-input");
    }
    ptn_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fal__a_whole_list_is_accepted_with_everybody_on_it),
        cmocka_unit_test(test_fal__another_voyage_or_form_is_another_message),
        cmocka_unit_test(test_fal__what_does_not_add_up_is_said),
        cmocka_unit_test(test_fal__a_note_names_its_line),
        cmocka_unit_test(test_fal__a_list_cut_inside_a_row_is_never_accepted_as_it_is),
        cmocka_unit_test(test_fal__a_list_with_any_byte_another_one_is_read_or_refused),
        cmocka_unit_test(test_fal__a_voyage_of_an_unknown_day_still_says_the_century),
        cmocka_unit_test(test_fal__other_tables_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
