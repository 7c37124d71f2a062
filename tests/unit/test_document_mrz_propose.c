/*
 * tests/unit/test_document_mrz_propose.c -- document/mrz_propose: better readings are proposed,
 * confirmed by a check digit where there is one, and never used. Lines are specimens with the
 * confusions that readers make.
 */
#include "document/mrz_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct ptn_date today = { 2026, 9, 1 };

static struct ptn_mrz read_text(const char *text)
{
    struct ptn_mrz mrz;

    assert_true(ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(text), today, &mrz, NULL)));
    return mrz;
}

/* The lines with every proposal taken, one after another. */
static void take_all(const struct ptn_mrz *mrz, char to[PTN_MRZ_CHARS_MAX + 1])
{
    memset(to, 0, PTN_MRZ_CHARS_MAX + 1);
    for (unsigned i = 0; i < mrz->line_count; i++)
        memcpy(to + (size_t)i * mrz->line_len, mrz->lines[i], mrz->line_len);
    for (unsigned i = 0; i < mrz->proposal_count; i++) {
        const struct ptn_mrz_proposal *proposal = &mrz->proposals[i];
        char *at = to + (size_t)(proposal->line - 1u) * mrz->line_len + proposal->column - 1u;

        assert_memory_equal(at, proposal->read, proposal->length);
        memcpy(at, proposal->proposed, proposal->length);
    }
}

static const struct {
    const char *read;
    const char *truth; /* without line ends */
} misread[] = {
    { "IDCHEA1234567<6<<<<<<<<<<<<<<<\n7SIOZSGMZOO90IBCHE<<<<<<<<<<<B\n5M1TH<<J0HN<AL8ERT<<<<<<<<<<"
      "<<",
      "IDCHEA1234567<6<<<<<<<<<<<<<<<7510256M2009018CHE<<<<<<<<<<<8SMITH<<JOHN<ALBERT<<<<<<<<<<<"
      "<" },
    { "I<UTOERIK55ON<<ANNA<MAR1A<<<<<<<<<<<\nD231458907UT0740BIZZF12O4IS9<<<<<<<G",
      "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6" },
    { "P<UT0ERIK55ON<<ANNA<MAR1A<<<<<<<<<<<<<<<<<<<\nL898902C36UTO740BIZZF12041S9ZE184226B<<<<<1O",
      "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10" },
    { "1DFRATE5T<NAME<<<<<<<<<<<<<<<<0CHE02\nI7I0GVA123451RO8ERTA<<<<<<<9IIZ3IIF2",
      "IDFRATEST<NAME<<<<<<<<<<<<<<<<0CHE021710GVA123451ROBERTA<<<<<<<9112311F2" },
    { "I<YTOD2314589O7<<<<<<<<<<<<<<<\n3407127M9507122YTO<<<<<<<<<<<2\nERIKSSON<<ANNA<MARIA<<<<<<<<"
      "<<",
      "I<YTOD231458907<<<<<<<<<<<<<<<3407127M9507122YTO<<<<<<<<<<<2ERIKSSON<<ANNA<MARIA<<<<<<<<<"
      "<" },
    { "PPUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8989O2C36UTO7408122F1204159ZE184226B<<<<<10",
      "PPUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10" },
    { "PPUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F12O4159ZE184226B<<<<<10",
      "PPUTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10" },
    /* check digits read as letters */
    { "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C3GUTO7408I22F1204159ZE184226B<<<<<I0",
      "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10" },
};

static void test_propose__readers_confusions_are_put_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(misread) / sizeof(misread[0]); i++) {
        struct ptn_mrz mrz = read_text(misread[i].read);
        char taken[PTN_MRZ_CHARS_MAX + 1];

        assert_false(mrz.valid);
        take_all(&mrz, taken);
        assert_string_equal(taken, misread[i].truth);
        assert_int_equal(mrz.proposals_make_valid, mrz.proposal_count > 0);
    }
}

static void test_propose__fields_keep_what_was_read(void **state)
{
    struct ptn_mrz mrz = read_text(misread[2].read);

    (void)state;
    assert_string_equal(mrz.issuer, "UT0");
    assert_string_equal(mrz.surname, "ERIK55ON");
    assert_string_equal(mrz.birth_raw, "740BIZ");
    assert_true(ptn_date_is_none(mrz.birth));
    assert_false(mrz.valid);
}

static void test_propose__only_check_digits_confirm(void **state)
{
    struct ptn_mrz mrz = read_text(misread[2].read);

    (void)state;
    for (unsigned i = 0; i < mrz.proposal_count; i++) {
        const char *field = mrz.proposals[i].field;
        bool covered = strcmp(field, "birth") == 0 || strcmp(field, "expiry") == 0 ||
                       strcmp(field, "composite") == 0;

        assert_int_equal(mrz.proposals[i].confirmed, covered);
    }
    /* The same date with a digit of it misread as another: letters are put right, and the check
     * digit does not agree. */
    mrz = read_text("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
                    "\nL898902C36UTO74OB172F1204159ZE184226B<<<<<10");
    assert_string_equal(mrz.proposals[0].proposed, "7408172");
    assert_false(mrz.proposals[0].confirmed);
    assert_false(mrz.proposals_make_valid);
}

/* More than one change makes the digit right: nothing is proposed. */
static void test_propose__a_choice_is_left_to_the_officer(void **state)
{
    struct ptn_mrz mrz = read_text("I<YTOD2314S8907<<<<<<<<<<<<<<<\n3407127M9507122YTO<<<<<<<<<<<"
                                   "2\nERIKSSON<<ANNA<MARIA<<<<<<<<<<");

    (void)state;
    assert_true(ptn_mrz_check_wrong(&mrz, PTN_MRZ_CHECK_NUMBER));
    assert_int_equal(mrz.proposal_count, 0);
    assert_false(mrz.proposals_make_valid);
}

/* Numbers whose form is known: a letter where a digit must be is put right by that alone. */
static void test_propose__known_numbers_help(void **state)
{
    static const struct {
        const char *issuer, *number, *misread, *proposed;
    } cases[] = {
        { "ALB", "BA1234567", "8AI234S67", "BA1234567" },
        { "D", "C01XGY760", "CO1XGY76O", "C01XGY760" },
        { "D", "L01XPVM88", "LO1XPVMBB", "L01XPVM88" },
        { "ITA", "AA1234567", "AA1234S67", "AA1234567" },
        { "ALB", "BA1234567", "8A1294567", "" }, /* no look-alike can have done that */
        { "ITA", "AA1234567", "AA12?4567", "" },
        { "ITA", "YY0000000", "YY0O00O00", "" }, /* any two O of any 0 would do as well */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_mrz_fields fields = { .format = PTN_MRZ_TD3,
                                         .type = "P",
                                         .issuer = cases[i].issuer,
                                         .nationality = cases[i].issuer,
                                         .surname = "X",
                                         .number = cases[i].number };
        char text[PTN_MRZ_COMPOSED_SIZE];
        struct ptn_mrz mrz;

        assert_true(ptn_ok(ptn_mrz_compose(&fields, text, NULL)));
        memcpy(text + 45, cases[i].misread, 9);
        mrz = read_text(text);
        if (cases[i].proposed[0] == '\0') {
            assert_int_equal(mrz.proposal_count, 0);
            continue;
        }
        assert_int_equal(mrz.proposal_count, 1);
        assert_string_equal(mrz.proposals[0].field, "number");
        assert_memory_equal(mrz.proposals[0].proposed, cases[i].proposed, 9);
        assert_true(mrz.proposals[0].confirmed);
        assert_true(mrz.proposals_make_valid);
    }
}

static void test_propose__personal_number_has_its_own_digit(void **state)
{
    struct ptn_mrz_fields fields = { .format = PTN_MRZ_TD3,
                                     .type = "P",
                                     .issuer = "ITA",
                                     .nationality = "ITA",
                                     .surname = "X",
                                     .number = "AA1234567",
                                     .optional = "110101111" };
    char text[PTN_MRZ_COMPOSED_SIZE];
    struct ptn_mrz mrz;

    (void)state;
    assert_true(ptn_ok(ptn_mrz_compose(&fields, text, NULL)));
    text[45 + 28 + 2] = 'O';
    mrz = read_text(text);
    assert_int_equal(mrz.proposal_count, 1);
    assert_string_equal(mrz.proposals[0].field, "optional");
    assert_memory_equal(mrz.proposals[0].proposed, "110101111", 9);
    assert_true(mrz.proposals[0].confirmed && mrz.proposals_make_valid);
}

static void test_propose__long_number_is_searched_whole(void **state)
{
    struct ptn_mrz_fields fields = { .format = PTN_MRZ_TD1,
                                     .type = "I",
                                     .issuer = "ITA",
                                     .nationality = "ITA",
                                     .surname = "X",
                                     .number = "ACEFHJKMNP2R" };
    char text[PTN_MRZ_COMPOSED_SIZE];
    struct ptn_mrz mrz;

    (void)state;
    assert_true(ptn_ok(ptn_mrz_compose(&fields, text, NULL)));
    assert_int_equal(text[16], '2');
    text[16] = 'Z';
    mrz = read_text(text);
    assert_string_equal(mrz.number, "ACEFHJKMNPZR");
    assert_int_equal(mrz.proposal_count, 1);
    assert_int_equal(mrz.proposals[0].column, 16);
    assert_memory_equal(mrz.proposals[0].proposed, "P2R", 3);
    assert_true(mrz.proposals_make_valid);
}

/* A pattern speaks of the first nine; what goes on in the optional field is free. */
static void test_propose__pattern_ends_where_a_long_number_goes_on(void **state)
{
    struct ptn_mrz_fields fields = { .format = PTN_MRZ_TD1,
                                     .type = "I",
                                     .issuer = "ALB",
                                     .nationality = "ALB",
                                     .surname = "X",
                                     .number = "BA1234567XYR" };
    char text[PTN_MRZ_COMPOSED_SIZE];
    struct ptn_mrz mrz;

    (void)state;
    assert_true(ptn_ok(ptn_mrz_compose(&fields, text, NULL)));
    text[7] = 'I';
    mrz = read_text(text);
    assert_int_equal(mrz.proposal_count, 1);
    assert_memory_equal(mrz.proposals[0].proposed, "BA1234567", 9);
    assert_true(mrz.proposals_make_valid);
}

/* A valid MRZ with a doubtful name or code gets proposals too, and stays valid. */
static void test_propose__a_valid_mrz_may_have_doubtful_letters(void **state)
{
    struct ptn_mrz mrz = read_text("CIUT0D231458907A123X5328434D23\n3407127M9507122UTO<<<<<<<<<<<"
                                   "6\nSTEVENS0N<<PETER<<<<<<<<<<<<<<");

    (void)state;
    assert_true(mrz.valid);
    assert_int_equal(mrz.proposal_count, 2);
    assert_string_equal(mrz.proposals[0].proposed, "UTO");
    assert_string_equal(mrz.proposals[1].proposed, "O");
    assert_int_equal(mrz.proposals[1].column, 8);
    /* no look-alike makes a known code of it: left as read */
    mrz = read_text("I<ZKRZID222222<<<<<<<<<<<<<<<<\n9801157F3001018ZKR<<<<<<<<<<<2\nDOE<<JOHN<<<<<"
                    "<<<<<<<<<<<<<<<<");
    for (unsigned i = 0; i < mrz.proposal_count; i++)
        assert_string_not_equal(mrz.proposals[i].field, "issuer");
}

/* Fillers read as letters at the end of a name; names that end in such letters are left alone. */
static void test_propose__misread_fillers_after_a_name(void **state)
{
    static const struct {
        const char *name; /* 39 characters */
        const char *truth;
    } cases[] = {
        { "ER1KSSON<<ANNA<MARIA<<<K<<<<C<<<<<<<<LL", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<" },
        { "ER1KSSON<<ANNA<MARIA<<KKKKKKKKKKKKKKKKK", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<" },
        { "ER1KSSON<<NICK<<<<<<<<<<<<<<<<<<<<<<<<<", "ERIKSSON<<NICK<<<<<<<<<<<<<<<<<<<<<<<<<" },
        { "0K<<SELL<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "OK<<SELL<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<" },
        { "LEE<0<<LEE<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "LEE<O<<LEE<<<<<<<<<<<<<<<<<<<<<<<<<<<<<" },
        { "LEE0<<<LEE<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "LEEO<<<LEE<<<<<<<<<<<<<<<<<<<<<<<<<<<<<" },
        { "PET3R<<K<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "PET3R<<K<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<" },
        { "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL0", "LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLO" },
        { "0LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL", "OLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[100], taken[PTN_MRZ_CHARS_MAX + 1];
        struct ptn_mrz mrz;

        (void)snprintf(text, sizeof(text), "P<ITA%s\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
                       cases[i].name);
        mrz = read_text(text);
        take_all(&mrz, taken);
        assert_memory_equal(taken + 5, cases[i].truth, 39);
    }
}

/* A long run of changes is told in pieces; the list has an end. */
static void test_propose__the_list_is_bounded(void **state)
{
    struct ptn_mrz mrz = read_text(
        "P<ITA000000000000000000000000000000000000000\nL898902C36UTO7408122F1204159ZE184226B<<<<<"
        "10");
    char taken[PTN_MRZ_CHARS_MAX + 1];

    (void)state;
    assert_int_equal(mrz.proposal_count, 2);
    assert_int_equal(mrz.proposals[0].length, PTN_MRZ_PROPOSAL_LEN_MAX);
    take_all(&mrz, taken);
    assert_memory_equal(taken + 5, "OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO", 39);
    mrz = read_text(
        "1<1TA0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0\nL8989O2C36UT0740BIZZX12041S9ZE184226B<<<<<"
        "1O");
    assert_int_equal(mrz.proposal_count, PTN_MRZ_PROPOSALS_MAX);
    assert_true(
        mrz.proposals_make_valid); /* the whole is judged, also what the list has no room for */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_propose__readers_confusions_are_put_right),
        cmocka_unit_test(test_propose__fields_keep_what_was_read),
        cmocka_unit_test(test_propose__only_check_digits_confirm),
        cmocka_unit_test(test_propose__a_choice_is_left_to_the_officer),
        cmocka_unit_test(test_propose__known_numbers_help),
        cmocka_unit_test(test_propose__personal_number_has_its_own_digit),
        cmocka_unit_test(test_propose__long_number_is_searched_whole),
        cmocka_unit_test(test_propose__pattern_ends_where_a_long_number_goes_on),
        cmocka_unit_test(test_propose__a_valid_mrz_may_have_doubtful_letters),
        cmocka_unit_test(test_propose__misread_fillers_after_a_name),
        cmocka_unit_test(test_propose__the_list_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
