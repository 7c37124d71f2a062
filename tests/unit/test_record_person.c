#include "record/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct ptn_person sample = {
    .surname = { (const uint8_t *)"ERIKSSON", 8 },
    .given = { (const uint8_t *)"ANNA MARIA", 10 },
    .birth = { 1974, 8, 12 },
    .sex = 'F',
    .nationality = "UTO",
    .document = { .kind = PTN_DOCUMENT_PASSPORT,
                  .code = "P",
                  .issuer = "UTO",
                  .number = { (const uint8_t *)"L898902C3", 9 },
                  .expiry = { 2012, 4, 15 },
                  .optional = { (const uint8_t *)"ZE184226B", 9 } },
};

/* ICAO 9303's specimen, written by hand from docs/format/records.md. */
static const char sample_hex[] = "a6"
                                 "01"
                                 "68455249"
                                 "4b53534f4e"
                                 "02"
                                 "6a414e4e41204d41524941"
                                 "04"
                                 "1a012d388c"
                                 "05"
                                 "6146"
                                 "06"
                                 "6355544f"
                                 "07"
                                 "a6"
                                 "0101"
                                 "026150"
                                 "036355544f"
                                 "04694c383938393032"
                                 "4333"
                                 "051a0133035f"
                                 "06695a45313834323236"
                                 "42";

static struct ptn_buffer bytes_of_hex(const char *hex)
{
    struct ptn_buffer out;

    ptn_buffer_init(&out, strlen(hex) / 2);
    assert_true(ptn_ok(ptn_hex_read(ptn_bytes_from_text(hex), &out, NULL)));
    return out;
}

static void test_person__known_bytes(void **state)
{
    struct ptn_buffer expected = bytes_of_hex(sample_hex);
    struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_buffer_bytes(&expected));
    struct ptn_person person = { 0 };
    struct ptn_buffer out;

    (void)state;
    ptn_buffer_init(&out, 1000);
    assert_true(ptn_ok(ptn_person_write(&sample, &out)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_buffer_bytes(&expected)));
    assert_true(ptn_ok(ptn_person_parse(&reader, &person, NULL)));
    assert_true(ptn_ok(ptn_cbor_end(&reader, NULL)));
    assert_true(ptn_bytes_is(person.surname, "ERIKSSON"));
    assert_true(ptn_bytes_is(person.given, "ANNA MARIA"));
    assert_int_equal(person.name.len, 0);
    assert_true(ptn_date_equal(person.birth, sample.birth));
    assert_int_equal(person.sex, 'F');
    assert_string_equal(person.nationality, "UTO");
    assert_int_equal(person.document.kind, PTN_DOCUMENT_PASSPORT);
    assert_string_equal(person.document.code, "P");
    assert_string_equal(person.document.issuer, "UTO");
    assert_true(ptn_bytes_is(person.document.number, "L898902C3"));
    assert_true(ptn_date_equal(person.document.expiry, sample.document.expiry));
    assert_true(ptn_bytes_is(person.document.optional, "ZE184226B"));
    ptn_buffer_release(&out);
    ptn_buffer_release(&expected);
}

static void test_person__cut_short_anywhere_it_is_refused_and_nothing_moves(void **state)
{
    struct ptn_buffer whole = bytes_of_hex(sample_hex);

    (void)state;
    for (size_t len = 0; len < whole.len; len++) {
        uint8_t *copy = malloc(len + (len == 0));
        struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_bytes_of(copy, len));
        struct ptn_person person = { .sex = 'x' };

        assert_non_null(copy);
        if (len > 0)
            memcpy(copy, whole.at, len);
        assert_int_equal(ptn_person_parse(&reader, &person, NULL).code, PTN_C_BAD_INPUT);
        assert_int_equal(reader.cursor.next, 0);
        assert_int_equal(person.sex, 'x');
        free(copy);
    }
    ptn_buffer_release(&whole);
}

static const struct {
    const char *hex;
    enum ptn_code code;
    size_t offset;
} read_cases[] = {
    { "a1016141", PTN_C_OK, 99 },       /* surname A */
    { "a107a1046141", PTN_C_OK, 99 },   /* number A */
    { "a0", PTN_C_BAD_INPUT, 0 },       /* nobody */
    { "a1056146", PTN_C_BAD_INPUT, 0 }, /* nobody, female */
    { "a2016141"
      "0260",
      PTN_C_BAD_INPUT, 5 }, /* an empty given name */
    { "a2016141"
      "07a0",
      PTN_C_BAD_INPUT, 5 }, /* an empty document */
    { "a2016141"
      "056158",
      PTN_C_BAD_INPUT, 5 }, /* sex X */
    { "a2016141"
      "05624d46",
      PTN_C_BAD_INPUT, 5 }, /* sex MF */
    { "a2016141"
      "0560",
      PTN_C_BAD_INPUT, 5 }, /* sex "" */
    { "a2016141"
      "0400",
      PTN_C_BAD_INPUT, 5 }, /* no date at all */
    { "a2016141"
      "041a012ff996",
      PTN_C_BAD_INPUT, 5 }, /* 1992-13-02 */
    { "a2016141"
      "041a0130b8b6",
      PTN_C_BAD_INPUT, 5 }, /* 1997-02-30 */
    { "a2016141"
      "041a05f5e0ff",
      PTN_C_BAD_INPUT, 5 }, /* 9999-99-99 */
    { "a2016141"
      "041bffffffffffffffff",
      PTN_C_BAD_INPUT, 5 },
    { "a2016141"
      "06626162",
      PTN_C_BAD_INPUT, 5 }, /* nationality "ab" */
    { "a2016141"
      "0664414c4241",
      PTN_C_TOO_BIG, 5 }, /* nationality ALBA */
    { "a2016141"
      "06634100"
      "41",
      PTN_C_BAD_INPUT, 5 }, /* a NUL inside */
    { "a2016141"
      "07a1010f",
      PTN_C_BAD_INPUT, 7 }, /* kind 15 */
    { "a2016141"
      "07a10100",
      PTN_C_BAD_INPUT, 7 },               /* kind unknown, said */
    { "a1016107", PTN_C_BAD_INPUT, 2 },   /* a control character */
    { "a10162c285", PTN_C_BAD_INPUT, 2 }, /* NEL, of C1 */
    { "a101617f", PTN_C_BAD_INPUT, 2 },
    { "a1014141", PTN_C_BAD_INPUT, 2 }, /* a byte string */
    { "a1086141", PTN_C_BAD_INPUT, 1 }, /* a key that is not known */
};

static void test_person__bytes_that_are_refused(void **state)
{

    (void)state;
    for (size_t i = 0; i < COUNT(read_cases); i++) {
        struct ptn_buffer in = bytes_of_hex(read_cases[i].hex);
        struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_buffer_bytes(&in));
        struct ptn_person person = { .sex = 'x' };
        struct ptn_diag diag = { 99, NULL };
        struct ptn_status status = ptn_person_parse(&reader, &person, &diag);

        if (status.code != read_cases[i].code || diag.offset != read_cases[i].offset)
            fail_msg("%s: %d at %zu", read_cases[i].hex, (int)status.code, diag.offset);
        assert_int_equal(person.sex == 'x', !ptn_ok(status));
        ptn_buffer_release(&in);
    }
}

static void test_person__texts_have_limits(void **state)
{
    static const struct {
        size_t offset;
        size_t len_max;
        const char *field;
    } cases[] = {
        { offsetof(struct ptn_person, surname), PTN_PERSON_NAME_MAX, "surname" },
        { offsetof(struct ptn_person, given), PTN_PERSON_NAME_MAX, "given" },
        { offsetof(struct ptn_person, name), PTN_PERSON_NAME_MAX, "name" },
        { offsetof(struct ptn_person, document.number), PTN_DOCUMENT_NUMBER_MAX, "number" },
        { offsetof(struct ptn_person, document.optional), PTN_DOCUMENT_OPTIONAL_MAX, "optional" },
    };
    static char text[PTN_PERSON_NAME_MAX + 1];

    (void)state;
    memset(text, 'A', sizeof(text));
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t len = cases[i].len_max - 1; len <= cases[i].len_max + 1; len++) {
            struct ptn_person person = sample;
            struct ptn_bytes value = ptn_bytes_of(text, len);
            struct ptn_diag diag = { 0, NULL };
            struct ptn_status status;
            struct ptn_buffer out;

            memcpy((uint8_t *)&person + cases[i].offset, &value, sizeof(value));
            status = ptn_person_validate(&person, &diag);
            assert_int_equal(status.code, len <= cases[i].len_max ? PTN_C_OK : PTN_C_TOO_BIG);
            if (!ptn_ok(status))
                assert_string_equal(diag.text, cases[i].field);
            ptn_buffer_init(&out, 10000);
            assert_int_equal(ptn_person_write(&person, &out).code, status.code);
            assert_int_equal(out.len > 0, ptn_ok(status));
            ptn_buffer_release(&out);
        }
    }
}

static void spoil(struct ptn_person *person, unsigned how)
{
    switch (how) {
    case 0:
        person->sex = 'X';
        break;
    case 1:
        memcpy(person->nationality, "alb", 4);
        break;
    case 2:
        memcpy(person->nationality, "ALBA", 4); /* no NUL */
        break;
    case 3:
        memcpy(person->document.code, "P-", 3);
        break;
    case 4:
        person->document.kind = (enum ptn_document_kind)PTN_DOCUMENT_KIND_COUNT;
        break;
    case 5:
        person->birth = (struct ptn_date){ 1990, 2, 30 };
        break;
    case 6:
        person->document.expiry = (struct ptn_date){ 10000, 1, 1 };
        break;
    case 7:
        person->surname = PTN_BYTES_LITERAL("A\xff");
        break;
    case 8:
        person->given = PTN_BYTES_LITERAL("A\nB");
        break;
    default:
        person->surname = person->given = person->document.number = PTN_BYTES_NONE;
        break;
    }
}

static void test_person__every_wrong_value_is_named(void **state)
{
    static const char *const fields[] = { "sex",   "nationality", "nationality", "code",  "kind",
                                          "birth", "expiry",      "surname",     "given", "name" };

    (void)state;
    assert_true(ptn_ok(ptn_person_validate(&sample, NULL)));
    for (unsigned i = 0; i < COUNT(fields); i++) {
        struct ptn_person person = sample;
        struct ptn_diag diag = { 0, NULL };

        spoil(&person, i);
        assert_int_equal(ptn_person_validate(&person, &diag).code, PTN_C_BAD_INPUT);
        assert_string_equal(diag.text, fields[i]);
    }
}

/* A misread code or a name in one piece must still be kept. */
static void test_person__what_a_reader_can_give_is_kept(void **state)
{
    struct ptn_person person = { .name = PTN_BYTES_LITERAL("\xd8\xa3\xd8\xad\xd9\x85\xd8\xaf"),
                                 .nationality = "0<1",
                                 .document = { .code = "P0", .issuer = "4LB" } };

    (void)state;
    assert_true(ptn_ok(ptn_person_validate(&person, NULL)));
    person.birth = (struct ptn_date){ 0, 2, 29 };
    assert_true(ptn_ok(ptn_person_validate(&person, NULL)));
}

static void test_person__none_is_nothing_at_all(void **state)
{
    struct ptn_person person = { 0 };

    (void)state;
    assert_true(ptn_person_is_none(&person));
    person.document.expiry.day = 1;
    assert_false(ptn_person_is_none(&person));
    assert_false(ptn_person_is_none(&sample));
}

static void test_document_kind__words_there_and_back(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < PTN_DOCUMENT_KIND_COUNT; kind++) {
        const char *word = ptn_document_kind_word((enum ptn_document_kind)kind);

        assert_int_equal(ptn_document_kind_from_word(ptn_bytes_from_text(word)), kind);
        assert_int_equal(strcmp(word, "unknown") == 0, kind == 0);
    }
    assert_int_equal(ptn_document_kind_from_word(PTN_BYTES_LITERAL("Passport")),
                     PTN_DOCUMENT_UNKNOWN);
    assert_int_equal(ptn_document_kind_from_word(PTN_BYTES_NONE), PTN_DOCUMENT_UNKNOWN);
    assert_string_equal(ptn_document_kind_word((enum ptn_document_kind)PTN_DOCUMENT_KIND_COUNT),
                        "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_person__known_bytes),
        cmocka_unit_test(test_person__cut_short_anywhere_it_is_refused_and_nothing_moves),
        cmocka_unit_test(test_person__bytes_that_are_refused),
        cmocka_unit_test(test_person__texts_have_limits),
        cmocka_unit_test(test_person__every_wrong_value_is_named),
        cmocka_unit_test(test_person__what_a_reader_can_give_is_kept),
        cmocka_unit_test(test_person__none_is_nothing_at_all),
        cmocka_unit_test(test_document_kind__words_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
