/*
 * tests/unit/test_document_mrz.c -- document/mrz: reading. Specimens are ICAO-9303's and other
 * States' published ones; other people are invented. The last test reads the shared cases when they
 * are there.
 */
#include "document/mrz_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/person.h"

static const struct ptn_date today = { 2026, 9, 1 };

#define TD3_1 "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
#define TD3_2 "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
#define TD3   TD3_1 "\n" TD3_2
#define TD1_1 "I<UTOD231458907<<<<<<<<<<<<<<<"
#define TD1_2 "7408122F1204159UTO<<<<<<<<<<<6"
#define TD1_3 "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
#define TD1   TD1_1 "\n" TD1_2 "\n" TD1_3
#define TD2   "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"

static struct ptn_mrz read_text(const char *text)
{
    struct ptn_mrz mrz;

    assert_true(ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(text), today, &mrz, NULL)));
    return mrz;
}

static void expect_problem(const struct ptn_mrz *mrz, const char *code)
{
    if (ptn_mrz_problem(mrz, code) == NULL)
        fail_msg("no problem %s", code);
}

/* Second lines of TD3 with every digit right, so that a test can change what it is about. */
static const char *passport(char text[PTN_MRZ_COMPOSED_SIZE], struct ptn_mrz_fields fields)
{
    fields.format = PTN_MRZ_TD3;
    fields.type = fields.type == NULL ? "P" : fields.type;
    fields.issuer = fields.issuer == NULL ? "ITA" : fields.issuer;
    fields.nationality = fields.nationality == NULL ? "ITA" : fields.nationality;
    fields.surname = "ROSSI";
    fields.given = "MARIO";
    fields.number = "AA1234567";
    assert_true(ptn_ok(ptn_mrz_compose(&fields, text, NULL)));
    return text;
}

/* ---- formats ---- */

static void test_mrz__each_format_gives_its_fields(void **state)
{
    static const struct {
        const char *text;
        const char *format, *type, *issuer, *surname, *given, *number, *nationality, *birth,
            *expiry, *optional, *optional2;
        char sex;
    } cases[] = {
        { TD3, "TD3", "P", "UTO", "ERIKSSON", "ANNA MARIA", "L898902C3", "UTO", "740812", "120415",
          "ZE184226B", "", 'F' },
        { TD1, "TD1", "I", "UTO", "ERIKSSON", "ANNA MARIA", "D23145890", "UTO", "740812", "120415",
          "", "", 'F' },
        { TD2, "TD2", "I", "UTO", "ERIKSSON", "ANNA MARIA", "D23145890", "UTO", "740812", "120415",
          "", "", 'F' },
        { "I<NLD123456789<010<OHDA1<<<<<<\n6503101F3108022NLDOPT<DATA2<<5\nDE<BRUIJN<<WILLEKE<"
          "LISELOTTE<<",
          "TD1", "I", "NLD", "DE BRUIJN", "WILLEKE LISELOTTE", "12345678901", "NLD", "650310",
          "310802", "OHDA1", "OPT DATA2", 'F' },
        { "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<"
          "<<",
          "MRV-A", "V", "UTO", "ERIKSSON", "ANNA MARIA", "L8988901C", "XXX", "400907", "961210",
          "6ZE184226B", "", 'F' },
        { "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F9612109<2020711", "MRV-B",
          "V", "UTO", "ERIKSSON", "ANNA MARIA", "L8988901C", "XXX", "400907", "961210", "2020711",
          "", 'F' },
        { "IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n8806923102858CORINNE<<<<<<<6512068F6", "FRA-ID",
          "ID", "FRA", "BERTHIER", "CORINNE", "880692310285", "FRA", "651206", "", "", "", 'F' },
        { "I<SVKNOVAK<<JAN<<<<<<<<<<<<<<<<<<<\n123456<AA5SVK8110251M1801020749313", "SVK-34", "I",
          "SVK", "NOVAK", "JAN", "123456 AA", "SVK", "811025", "180102", "749313", "", 'M' },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_mrz mrz = read_text(cases[i].text);

        assert_true(mrz.valid && mrz.complete);
        assert_string_equal(ptn_mrz_format_name(mrz.format), cases[i].format);
        assert_string_equal(mrz.type, cases[i].type);
        assert_string_equal(mrz.issuer, cases[i].issuer);
        assert_string_equal(mrz.surname, cases[i].surname);
        assert_string_equal(mrz.given, cases[i].given);
        assert_string_equal(mrz.number, cases[i].number);
        assert_string_equal(mrz.nationality, cases[i].nationality);
        assert_string_equal(mrz.birth_raw, cases[i].birth);
        assert_string_equal(mrz.expiry_raw, cases[i].expiry);
        assert_string_equal(mrz.optional, cases[i].optional);
        assert_string_equal(mrz.optional2, cases[i].optional2);
        assert_int_equal(mrz.sex, cases[i].sex);
        assert_int_equal(mrz.checks_right, mrz.checks_present);
        assert_int_equal(mrz.proposal_count, 0);
    }
}

static void test_mrz__formats_have_the_check_digits_they_have(void **state)
{
    struct ptn_mrz mrz;
    static const struct {
        const char *text;
        unsigned present;
    } cases[] = {
        { TD3, 31 },
        { TD1, 23 },
        { TD2, 23 },
        { "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<"
          "<<",
          7 },
        { "IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n8806923102858CORINNE<<<<<<<6512068F6", 19 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(read_text(cases[i].text).checks_present, cases[i].present);
    assert_string_equal(ptn_mrz_check_name(PTN_MRZ_CHECK_COMPOSITE), "composite");
    /* A digit that the format does not have is neither right nor wrong. */
    mrz = read_text(cases[3].text);
    assert_false(ptn_mrz_check_right(&mrz, PTN_MRZ_CHECK_COMPOSITE));
    assert_false(ptn_mrz_check_wrong(&mrz, PTN_MRZ_CHECK_COMPOSITE));
}

/* A TD2 of France is no old French card: its nationality stands where the card has its serial. */
static void test_mrz__french_card_is_told_from_td2(void **state)
{
    struct ptn_mrz_fields fields = { .format = PTN_MRZ_TD2,
                                     .type = "ID",
                                     .issuer = "FRA",
                                     .nationality = "FRA",
                                     .surname = "BERTHIER",
                                     .given = "CORINNE",
                                     .number = "880692310" };
    char text[PTN_MRZ_COMPOSED_SIZE];

    (void)state;
    assert_true(ptn_ok(ptn_mrz_compose(&fields, text, NULL)));
    assert_int_equal(read_text(text).format, PTN_MRZ_TD2);
    fields.issuer = fields.nationality = "ITA";
    assert_true(ptn_ok(ptn_mrz_compose(&fields, text, NULL)));
    assert_int_equal(read_text(text).format, PTN_MRZ_TD2);
}

static void test_mrz__french_card_with_office_and_two_given_names(void **state)
{
    struct ptn_mrz mrz =
        read_text("IDFRAPETE<<<<<<<<<<<<<<<<<<<<<952042\n0509952018746NICOLAS<<PAUL<8206152M3");

    (void)state;
    assert_true(mrz.valid);
    assert_string_equal(mrz.optional, "952042");
    assert_string_equal(mrz.given, "NICOLAS PAUL");
    assert_false(mrz.name_truncated);
    expect_problem(&mrz, "national-format");
    assert_true(ptn_date_is_none(mrz.expiry));
    mrz = read_text("IDFRABERTHIERBERTHIERBERTHIER<952042\n0509952018746NICOLAS<<PAUL<8206152M3");
    assert_false(mrz.name_truncated);
    mrz = read_text("IDFRABERTHIERBERTHIERBERTHIERB952042\n0509952018746NICOLAS<<PAUL<8206152M3");
    assert_true(mrz.name_truncated);
    mrz = read_text("IDFRAPETE<<<<<<<<<<<<<<<<<<<<<952042\n0509952018746NICOLAS<<PAULA8206152M3");
    assert_true(mrz.name_truncated);
}

/* ---- shapes ---- */

static void test_mrz__what_is_no_mrz_says_why(void **state)
{
    static const struct {
        const char *text;
        const char *code;
        unsigned line;
    } cases[] = {
        { "", "empty", 0 },
        { " \r\n\t\n", "empty", 0 },
        { TD3_1, "format", 0 },
        { TD3_1 "\n" TD3_2 "<", "line-length", 2 },
        { TD3_1 "<\n" TD3_2, "line-length", 1 },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<",
          "line-length", 2 },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
          "line-length", 1 },
        { TD1_1 "\n" TD1_2 "\nERIKSSON<<ANNA<MARIA<<<<<<<<<", "line-length", 3 },
        { TD1_1 "\n" TD1_2 "<\n" TD1_3, "line-length", 2 },
        { TD1_1 "\n" TD1_2, "format", 0 },
        { TD1 "\n" TD1_1, "format", 0 },
        { TD1 "\n" TD1 "\n" TD1, "format", 0 },
        { TD3_1 "\nP<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<\n" TD3_2 "<", "line-length", 1 },
        { TD3_1 "\n" TD3_2 "\n" TD3_1, "format", 0 },
        { "I<XXKNOVAK<<JAN<<<<<<<<<<<<<<<<<<<\n123456<AA5SVK8110251M1801020749313", "format", 0 },
        { TD3_1 "\nABCDEFGHIJKLM:" TD3_2, "line-length", 2 }, /* thirteen: no label */
        { TD3_1 "\n:" TD3_2 "X", "line-length", 2 },
        { "\"?\"\n" TD3_2, "line-length", 1 },
        { TD3_1 TD3_2 TD3_1, "format", 0 },
        { TD3_1 "\n" TD3_1 TD3_2 TD3_1, "format", 0 },

        { "D1FRA13AA000026181231MARTIN<<9", "driving-licence", 0 },
        { "AAA001D<<\nFACHE305142128097<<800126<<<<<\nMARCHAND<<FABIENNE<<<<<<<<<<<<",
          "driving-licence", 0 },
        { "AAA001D<<\nFACHE305142128097<<800126<<<<\nMARCHAND<<FABIENNE<<<<<<<<<<<<", "line-length",
          1 },
        { "I<UTOD231458907<<<<<<<<<<<<<<<", "format", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_mrz mrz;

        memset(&mrz, 0x5a, sizeof(mrz)); /* nothing of what was there before may stay */
        assert_true(ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(cases[i].text), today, &mrz, NULL)));
        assert_false(mrz.valid || mrz.complete || mrz.name_truncated || mrz.birth_confirmed);
        assert_string_equal(mrz.type, "");
        assert_string_equal(mrz.issuer, "");
        assert_string_equal(mrz.nationality, "");
        assert_string_equal(mrz.number, "");
        assert_string_equal(mrz.optional, "");
        assert_string_equal(mrz.optional2, "");
        assert_string_equal(mrz.surname, "");
        assert_string_equal(mrz.given, "");
        assert_string_equal(mrz.birth_raw, "");
        assert_string_equal(mrz.expiry_raw, "");
        assert_int_equal(mrz.sex, 0);
        assert_int_equal(mrz.checks_present | mrz.checks_right | mrz.proposal_count, 0);
        assert_null(ptn_mrz_problem(&mrz, "reader-text"));
        assert_true(ptn_date_is_none(mrz.birth) && ptn_date_is_none(mrz.expiry));
        assert_int_equal(mrz.format, PTN_MRZ_UNKNOWN);
        assert_string_equal(ptn_mrz_format_name(mrz.format), "?");
        expect_problem(&mrz, cases[i].code);
        assert_int_equal(ptn_mrz_problem(&mrz, cases[i].code)->line, cases[i].line);
    }
}

static void test_mrz__text_at_its_limit(void **state)
{
    static char text[PTN_MRZ_TEXT_MAX + 2];
    struct ptn_mrz mrz = { .line_len = 77 };
    struct ptn_diag diag = { 0 };

    (void)state;
    memset(text, 'A', sizeof(text) - 1);
    assert_int_equal(ptn_mrz_parse(ptn_bytes_from_text(text), today, &mrz, &diag).code,
                     PTN_C_TOO_BIG);
    assert_int_equal(diag.offset, PTN_MRZ_TEXT_MAX);
    assert_int_equal(mrz.line_len, 77);
    text[PTN_MRZ_TEXT_MAX] = '\0';
    assert_true(ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(text), today, &mrz, NULL)));
    expect_problem(&mrz, "format");
    memset(text, '\n', PTN_MRZ_TEXT_MAX);
    memcpy(text + PTN_MRZ_TEXT_MAX - strlen(TD3), TD3, strlen(TD3));
    assert_true(read_text(text).valid);
}

static void test_mrz__additions_of_readers_and_typists_are_left_out(void **state)
{
    static const struct {
        const char *text;
        const char *code; /* the note; NULL: none at all */
    } cases[] = {
        { TD3 "\n", NULL },
        { TD3_1 "\r\n" TD3_2 "\r\n", NULL },
        { TD3_1 "\r" TD3_2 "\r", NULL },
        { TD1_1 "\r\n" TD1_2 "\r\n" TD1_3, NULL },
        { "\n" TD3_1 "\n\n" TD3_2, NULL },
        { "\x02" TD3_1 "\r\n" TD3_2 "\x03\r", NULL },
        { TD1_1 "\n" TD1_2 "\r" TD1_3, NULL },
        { TD1_1 "\n" TD1_2 "\r\n" TD1_3, NULL },
        { TD3_1 "\x1c\x1e" TD3_2 "\x7f", NULL },
        { " " TD3_1 "\n\t" TD3_2 " ", "spaces" },
        { "P<UTO ERIKSSON <<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C3 6 UTO 740812 2 F 120415 9 "
          "ZE184226B<<<<<10",
          "spaces" },
        { "\xef\xbb\xbf" TD3_1 "\n" TD3_2 "\xc2\xa0", "spaces" },
        { "MRZ: " TD3_1 "\nMRZ 2=" TD3_2, "reader-text" },
        { "line-1: " TD3_1 "\nLINE_2: " TD3_2, "reader-text" },
        { "AZ: " TD3_1 "\naz: " TD3_2, "reader-text" },
        { "09=" TD3_1 "\nABCDEFGHIJKL:" TD3_2, "reader-text" }, /* twelve before the colon */
        { "]L0" TD3_1 "\n" TD3_2, "reader-text" },
        { "{" TD3_1 "}\n[" TD3_2 "]", "reader-text" },
        { "]L0MRZ:" TD3_1 "\n" TD3_2, "reader-text" },
        { "\"" TD3_1 "\",\n\"" TD3_2 "\"", "reader-text" },
        { "#" TD3_1 "\n" TD3_2 "?", "reader-text" },
        { TD3_1 TD3_2, "run-together" },
        { TD1_1 TD1_2 TD1_3, "run-together" },
        { "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6",
          "run-together" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_mrz mrz = read_text(cases[i].text);

        assert_true(mrz.valid);
        assert_string_equal(mrz.surname, "ERIKSSON");
        for (unsigned p = 0; p < mrz.problem_count; p++)
            if (mrz.problems[p].issue->weight == PTN_MRZ_NOTE && cases[i].code == NULL)
                fail_msg("case %zu: unexpected %s", i, mrz.problems[p].issue->code);
        if (cases[i].code != NULL) {
            expect_problem(&mrz, cases[i].code);
            assert_int_equal(ptn_mrz_problem(&mrz, cases[i].code)->issue->weight, PTN_MRZ_NOTE);
        }
    }
}

static void test_mrz__lower_case_is_read_and_is_an_error(void **state)
{
    struct ptn_mrz mrz = read_text("P<UTOERIKSSON<<anna<MARIA<<<<<<<<<<<<<<<<<<<\n" TD3_2);

    (void)state;
    assert_false(mrz.valid);
    assert_string_equal(mrz.given, "ANNA MARIA");
    assert_int_equal(ptn_mrz_problem(&mrz, "lower-case")->line, 1);
    assert_int_equal(ptn_mrz_problem(&mrz, "lower-case")->column, 16);
    assert_true(mrz.proposals_make_valid);
    mrz = read_text(TD3_1 "L898902c36UTO7408122F1204159ZE184226B<<<<<10");
    assert_int_equal(ptn_mrz_problem(&mrz, "lower-case")->line, 2);
    assert_int_equal(ptn_mrz_problem(&mrz, "lower-case")->column, 8);
    mrz = read_text("P<UTOERIKSSON<<anna<MARIA<<<<<<<<<<<<<<<<<<<"
                    "\nl898902C36UTO7408122F1204159ZE184226B<<<<<10");
    assert_int_equal(ptn_mrz_problem(&mrz, "lower-case")->line, 1); /* the first */
    mrz = read_text("!p<UTOERIKSSON<<anna<MARIA<<<<<<<<<<<<<<<<<<<\n" TD3_2);
    assert_int_equal(ptn_mrz_problem(&mrz, "lower-case")->column, 1);
}

static void test_mrz__characters_outside_the_alphabet_are_located(void **state)
{
    struct ptn_mrz mrz =
        read_text("P<UTOERIKSS\xc3\x96N<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F120415"
                  "9ZE184226B<<<<;10");

    (void)state;
    assert_false(mrz.valid);
    assert_string_equal(mrz.surname, "ERIKSS?N");
    assert_int_equal(mrz.problems[0].line, 1);
    assert_int_equal(mrz.problems[0].column, 12);
    assert_int_equal(mrz.problems[0].length, 1);
    assert_int_equal(mrz.problems[1].line, 2);
    assert_int_equal(mrz.problems[1].column, 42);
    assert_string_equal(mrz.problems[1].issue->code, "character");
}

/* Spaces where fillers belong: proposed, not put right. */
static void test_mrz__spaces_for_fillers_are_proposed(void **state)
{
    struct ptn_mrz mrz = read_text("P UTOERIKSSON  ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n" TD3_2);

    (void)state;
    assert_false(mrz.valid);
    assert_true(mrz.proposals_make_valid);
    assert_int_equal(mrz.proposal_count, 2);
    assert_string_equal(mrz.proposals[0].field, "type");
    assert_string_equal(mrz.proposals[1].proposed, "<<");
    /* more blanks than fillers are missing: a guess would be idle */
    mrz = read_text("P UTOERIKSSON  ANNA<MARIA<<<<<<<<<<<<<<<<<< <\n" TD3_2);
    assert_int_equal(mrz.format, PTN_MRZ_UNKNOWN);
    mrz = read_text("MRZ:  P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<\n" TD3_2);
    assert_int_equal(mrz.format, PTN_MRZ_UNKNOWN);
}

/* Many characters at fault: the list ends, the answer stands. */
static void test_mrz__more_problems_than_the_list_holds(void **state)
{
    char text[PTN_MRZ_COMPOSED_SIZE];
    struct ptn_mrz mrz;

    (void)state;
    memset(text, '*', 89);
    text[0] = text[44 - 1] = text[45] = text[88] = '<';
    text[44] = '\n';
    text[89] = '\0';
    mrz = read_text(text);
    assert_int_equal(mrz.problem_count, PTN_MRZ_PROBLEMS_MAX);
    assert_false(mrz.valid);
}

/* ---- check digits ---- */

static void test_mrz__each_wrong_digit_is_told_by_itself(void **state)
{
    static const struct {
        unsigned at; /* in TD3_2, from 0 */
        const char *code;
        unsigned others; /* the composite covers them too */
    } cases[] = {
        { 9, "check-number", 1 },    { 19, "check-birth", 1 },     { 27, "check-expiry", 1 },
        { 42, "check-personal", 1 }, { 43, "check-composite", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[] = TD3;
        char *digit = &text[45 + cases[i].at];
        struct ptn_mrz mrz;

        *digit = "0123456789"[(*digit - '0' + 1) % 10];
        mrz = read_text(text);
        assert_false(mrz.valid);
        expect_problem(&mrz, cases[i].code);
        assert_int_equal(ptn_mrz_problem(&mrz, cases[i].code)->line, 2);
        assert_int_equal(ptn_mrz_problem(&mrz, cases[i].code)->column, cases[i].at + 1);
        assert_true(ptn_mrz_check_wrong(&mrz, PTN_MRZ_CHECK_COMPOSITE));
        assert_int_equal(ptn_mrz_check_right(&mrz, PTN_MRZ_CHECK_NUMBER), i != 0);
    }
}

static void test_mrz__empty_personal_number_may_have_filler_or_zero(void **state)
{
    static const struct {
        const char *second;
        bool valid;
    } cases[] = {
        { "C01XGY7661D<<6408125F2707196<<<<<<<<<<<<<<<2", true }, /* filler */
        { "C01XGY7661D<<6408125F2707196<<<<<<<<<<<<<<02", true }, /* zero */
        { "C01XGY7661D<<6408125F2707196<<<<<<<<<<<<<<12", false },
        { "XX00000000NLD7110195F1108280123456782<<<<<<2", false }, /* used, digit missing */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[100];
        struct ptn_mrz mrz;

        (void)snprintf(text, sizeof(text), "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\n%s",
                       cases[i].second);
        mrz = read_text(text);
        assert_int_equal(mrz.valid, cases[i].valid);
        assert_int_equal(ptn_mrz_check_right(&mrz, PTN_MRZ_CHECK_PERSONAL), cases[i].valid);
    }
}

static void test_mrz__long_numbers_in_both_ways_of_counting(void **state)
{
    static const struct {
        const char *first;
        const char *number;
        const char *optional;
        const char *code; /* a problem it has; NULL: none of these three */
    } cases[] = {
        { "I<UTOD23145890<7349<<<<<<<<<<<", "D23145890734", "", "number-long" },
        { "IDBEL000590240<6013<<<<<<<<<<<", "000590240601", "",
          "number-long-filler" }, /* before 2020 */
        { "IDBEL600001476<9355<<<<<<<<<<<", "600001476935", "", "number-long" },
        { "I<UTOD23145890<7340<<<<<<<<<<<", "D23145890734", "", "check-number" },
        { "I<UTOD23145890<734X<<<<<<<<<<<", "D23145890734", "", "check-number" },
        { "I<UTOD23145890<<<<<<<<<<<<<<<<", "D23145890", "",
          "check-number" }, /* no digit anywhere */
        { "I<UTO<<<<<<<<<<<<<<<<<<<<<<<<<", "", "", "number-empty" },
        { "I<UTO<<<<<<<<<<<ABC<<<<<<<<<<<", "", "ABC", "number-empty" },
        { "I<UTO<<<<<<<<<0<<<<<<<<<<<<<<<", "", "", "number-empty" },
        { "I<UTOD23145890<7<<<<<<<<<<<<<<", "D23145890", "", "number-long" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[100];
        struct ptn_mrz mrz;

        (void)snprintf(text, sizeof(text), "%s\n7408122F1204159UTO<<<<<<<<<<<6\n" TD1_3,
                       cases[i].first);
        mrz = read_text(text);
        assert_string_equal(mrz.number, cases[i].number);
        assert_string_equal(mrz.optional, cases[i].optional);
        expect_problem(&mrz, cases[i].code);
        assert_int_equal(ptn_mrz_check_right(&mrz, PTN_MRZ_CHECK_NUMBER),
                         strcmp(cases[i].code, "check-number") != 0);
    }
    /* In TD3 and visas there is no such thing: a filler is a wrong digit. */
    assert_false(read_text("P<USAPUBLIC<<JANE<<<<<<<<<<<<<<<<<<<<<<<<<<<\n<<<<<<<<<<"
                           "USA7607040F8107042<<<<<<<<<<<<<<02")
                     .valid);
    /* All of TD1's optional field in one run. */
    assert_string_equal(read_text("I<UTOD23145890<ABCDEFGHIJKLMN9\n" TD1_2 "\n" TD1_3).number,
                        "D23145890ABCDEFGHIJKLMN");
}

/* ---- sex and codes ---- */

static void test_mrz__sex_is_m_f_or_filler(void **state)
{
    static const struct {
        char sex;
        bool valid;
        char read;
    } cases[] = { { 'M', true, 'M' },  { 'F', true, 'F' },  { '<', true, '\0' },
                  { 'X', false, 'X' }, { '0', false, '0' }, { 'G', false, 'G' } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[] = TD3;
        struct ptn_mrz mrz;

        text[45 + 20] = cases[i].sex;
        mrz = read_text(text);
        assert_int_equal(mrz.valid, cases[i].valid);
        assert_int_equal(mrz.sex, cases[i].read);
        assert_int_equal(ptn_mrz_problem(&mrz, "sex") == NULL, cases[i].valid);
    }
}

static void test_mrz__codes_are_looked_up_and_never_decide_validity(void **state)
{
    static const struct {
        const char *type, *issuer, *nationality;
        const char *code; /* NULL: nothing to say */
    } cases[] = {
        { "P", "ITA", "ITA", NULL },
        { "PP", "D", "D", NULL },
        { "PR", "CHE", "XXB", NULL },
        { "PL", "UNO", "UNO", NULL },
        { "P", "GBR", "GBN", NULL },
        { "P", "GBN", "GBN", "issuer-unknown" },
        { "P", "XXA", "XXA", "issuer-unknown" },
        { "P", "ZZZ", "ITA", "issuer-unknown" },
        { "P", NULL, "ZZZ", "nationality-unknown" },
        { "P", "UTO", "UTO", "specimen" },
        { "P", "ITA", "UTO", "specimen" },
        { "I", "ITA", "ITA", "code-unusual" },
        { "PV", "ITA", "ITA", "code-unusual" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static const char *const all[] = { "issuer-unknown", "nationality-unknown", "specimen",
                                           "code-unusual" };
        char text[PTN_MRZ_COMPOSED_SIZE];
        struct ptn_mrz mrz = read_text(
            passport(text, (struct ptn_mrz_fields){ .type = cases[i].type,
                                                    .issuer = cases[i].issuer,
                                                    .nationality = cases[i].nationality }));

        assert_true(mrz.valid);
        for (size_t c = 0; c < sizeof(all) / sizeof(all[0]); c++)
            assert_int_equal(ptn_mrz_problem(&mrz, all[c]) != NULL,
                             cases[i].code != NULL && strcmp(cases[i].code, all[c]) == 0);
    }
}

/* ---- names ---- */

static void test_mrz__names_in_all_their_forms(void **state)
{
    static const struct {
        const char *name; /* 39 characters */
        const char *surname, *given;
        const char *codes[2];
        bool truncated;
    } cases[] = {
        { "ROSSI<<MARIO<<<<<<<<<<<<<<<<<<<<<<<<<<<", "ROSSI", "MARIO", { NULL }, false },
        { "ARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
          "ARKFREITH",
          "",
          { "name-no-secondary" },
          false },
        { "<<KIM<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "", "KIM", { "name-no-primary" }, false },
        { "<KIM<<ANNA<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "KIM", "ANNA", { NULL }, false },
        { "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "", "", { "name-empty" }, false },
        { "STEVENSON<<PETER<<JOHN<<<<<<<<<<<<<<<<<",
          "STEVENSON",
          "PETER JOHN",
          { "name-separators" },
          false },
        { "STEVENSON<<<PETER<JOHN<<<<<<<<<<<<<<<<<", "STEVENSON", "PETER JOHN", { NULL }, false },
        { "NILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU",
          "NILAVADHANANANDA",
          "ARNPOL PETCH CHARONGU",
          { "name-truncated" },
          true },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLM",
          "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLM",
          "",
          { "name-truncated", "name-no-secondary" },
          true },
        { "DIG1T<<ANNA<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "DIG1T", "ANNA", { "name-digit" }, false },
    };
    static const char *const all[] = { "name-no-secondary", "name-no-primary", "name-empty",
                                       "name-separators",   "name-truncated",  "name-digit" };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[100];
        struct ptn_mrz mrz;

        (void)snprintf(text, sizeof(text), "P<ITA%s\n" TD3_2, cases[i].name);
        mrz = read_text(text);
        assert_true(mrz.valid);
        assert_string_equal(mrz.surname, cases[i].surname);
        assert_string_equal(mrz.given, cases[i].given);
        assert_int_equal(mrz.name_truncated, cases[i].truncated);
        for (size_t c = 0; c < sizeof(all) / sizeof(all[0]); c++) {
            bool wanted = (cases[i].codes[0] != NULL && strcmp(cases[i].codes[0], all[c]) == 0) ||
                          (cases[i].codes[1] != NULL && strcmp(cases[i].codes[1], all[c]) == 0);

            assert_int_equal(ptn_mrz_problem(&mrz, all[c]) != NULL, wanted);
        }
    }
}

/* ---- dates ---- */

static void test_mrz__birth_is_in_the_latest_century_that_has_been(void **state)
{
    static const struct {
        const char *raw;
        enum ptn_mrz_date_fault fault;
        struct ptn_date date;
    } cases[] = {
        { "740812", PTN_MRZ_DATE_GOOD, { 1974, 8, 12 } },
        { "260901", PTN_MRZ_DATE_GOOD, { 2026, 9, 1 } }, /* today */
        { "260902", PTN_MRZ_DATE_GOOD, { 1926, 9, 2 } }, /* tomorrow */
        { "261001", PTN_MRZ_DATE_GOOD, { 1926, 10, 1 } },
        { "270101", PTN_MRZ_DATE_GOOD, { 1927, 1, 1 } },
        { "000229", PTN_MRZ_DATE_GOOD, { 2000, 2, 29 } }, /* a leap year */
        { "99<<<<", PTN_MRZ_DATE_GOOD, { 1999, 0, 0 } },
        { "26<<<<", PTN_MRZ_DATE_GOOD, { 2026, 0, 0 } },
        { "2609<<", PTN_MRZ_DATE_GOOD, { 2026, 9, 0 } },
        { "2610<<", PTN_MRZ_DATE_GOOD, { 1926, 10, 0 } },
        { "26<<02", PTN_MRZ_DATE_GOOD, { 2026, 0, 2 } },
        { "<<0412", PTN_MRZ_DATE_GOOD, { 0, 4, 12 } },
        { "<<0229", PTN_MRZ_DATE_GOOD, { 0, 2, 29 } },
        { "<<<<<<", PTN_MRZ_DATE_GOOD, { 0, 0, 0 } },
        { "010229", PTN_MRZ_DATE_IMPOSSIBLE, { 0, 0, 0 } },
        { "850431", PTN_MRZ_DATE_IMPOSSIBLE, { 0, 0, 0 } },
        { "<<0431", PTN_MRZ_DATE_IMPOSSIBLE, { 0, 0, 0 } },
        { "851301", PTN_MRZ_DATE_IMPOSSIBLE, { 0, 0, 0 } },
        { "850001", PTN_MRZ_DATE_IMPOSSIBLE, { 0, 0, 0 } },
        { "850100", PTN_MRZ_DATE_IMPOSSIBLE, { 0, 0, 0 } },
        { "850132", PTN_MRZ_DATE_IMPOSSIBLE, { 0, 0, 0 } },
        { "8<0412", PTN_MRZ_DATE_NOT_DIGITS, { 0, 0, 0 } },
        { "<80412", PTN_MRZ_DATE_NOT_DIGITS, { 0, 0, 0 } },
        { "85O412", PTN_MRZ_DATE_NOT_DIGITS, { 0, 0, 0 } },
        { "85041B", PTN_MRZ_DATE_NOT_DIGITS, { 0, 0, 0 } },
        { "/50412", PTN_MRZ_DATE_NOT_DIGITS, { 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_date date = PTN_DATE_NONE;

        assert_int_equal(ptn_mrz_date_birth(cases[i].raw, today, &date), cases[i].fault);
        assert_true(ptn_date_equal(date, cases[i].date));
    }
}

static void test_mrz__expiry_is_within_half_a_century(void **state)
{
    static const struct {
        const char *raw;
        enum ptn_mrz_date_fault fault;
        struct ptn_date date;
    } cases[] = {
        { "260901", PTN_MRZ_DATE_GOOD, { 2026, 9, 1 } },
        { "751231", PTN_MRZ_DATE_GOOD, { 2075, 12, 31 } },
        { "760101", PTN_MRZ_DATE_GOOD, { 1976, 1, 1 } },
        { "991231", PTN_MRZ_DATE_GOOD, { 1999, 12, 31 } },
        { "<<<<<<", PTN_MRZ_DATE_GOOD, { 0, 0, 0 } },
        { "28<<<<", PTN_MRZ_DATE_GOOD, { 2028, 0, 0 } },
        { "280229", PTN_MRZ_DATE_GOOD, { 2028, 2, 29 } },
        { "270229", PTN_MRZ_DATE_IMPOSSIBLE, { 0, 0, 0 } },
        { "27A229", PTN_MRZ_DATE_NOT_DIGITS, { 0, 0, 0 } },
    };
    struct ptn_date date;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        date = PTN_DATE_NONE;
        assert_int_equal(ptn_mrz_date_expiry(cases[i].raw, today, &date), cases[i].fault);
        assert_true(ptn_date_equal(date, cases[i].date));
    }
    /* Late in a century the window reaches into the next; its first year is fifty years ago. */
    assert_int_equal(ptn_mrz_date_expiry("300101", (struct ptn_date){ 2080, 1, 1 }, &date),
                     PTN_MRZ_DATE_GOOD);
    assert_int_equal(date.year, 2030);
    assert_int_equal(ptn_mrz_date_expiry("290101", (struct ptn_date){ 2080, 1, 1 }, &date),
                     PTN_MRZ_DATE_GOOD);
    assert_int_equal(date.year, 2129);
    assert_int_equal(ptn_mrz_date_expiry("200101", (struct ptn_date){ 2080, 1, 1 }, &date),
                     PTN_MRZ_DATE_GOOD);
    assert_int_equal(date.year, 2120);
}

static void test_mrz__dates_are_told_about(void **state)
{
    static const struct {
        const char *birth, *expiry;
        const char *code;
        bool valid;
    } cases[] = {
        { "8504<<9", "3101012", "birth-partly-unknown", true },
        { "8504308", "<<<<<<0", "expiry-open", true },
        { "8513014", "3101012", "birth-impossible", false },
        { "85O4308", "3101012", "birth-date", false },
        { "8504308", "3102309", "expiry-impossible", false },
        { "8504308", "31O1012", "expiry-date", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[100];
        struct ptn_mrz mrz;

        (void)snprintf(
            text, sizeof(text),
            "V<ITAROSSI<<MARIO<<<<<<<<<<<<<<<<<<<<<<<<<<<\nN000000012ITA%s<%s<<<<<<<<<<<<<<<<",
            cases[i].birth, cases[i].expiry);
        mrz = read_text(text);
        assert_int_equal(mrz.valid, cases[i].valid);
        expect_problem(&mrz, cases[i].code);
    }
}

/* ---- the Albanian personal number ---- */

static void test_mrz__personal_number_is_compared_with_the_document(void **state)
{
    static const struct ptn_date born = { 1990, 2, 15 };
    static const struct {
        const char *optional;
        struct ptn_date birth;
        char sex;
        const char *code; /* NULL: agrees */
        bool confirmed;
    } cases[] = {
        { "J00215012V", { 1990, 2, 15 }, 'M', NULL, true },
        { "J00215012V", { 1990, 2, 15 }, 0, NULL, true },
        { "J00215012V", { 1990, 2, 16 }, 'M', "nid-birth", false },
        { "J00215012V", { 1990, 3, 15 }, 'M', "nid-birth", false },
        { "J00215012V", { 1991, 2, 15 }, 'M', "nid-birth", false },
        { "J00215012V", { 1990, 2, 0 }, 'M', NULL, false },
        { "J00215012V", { 1990, 2, 15 }, 'F', "nid-sex", true },
        { "J00215012A", { 1990, 2, 15 }, 'M', "nid-wrong", false },
        { "123456789", { 1990, 2, 15 }, 'M', NULL, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static const char *const all[] = { "nid-birth", "nid-sex", "nid-wrong" };
        char text[PTN_MRZ_COMPOSED_SIZE];
        struct ptn_mrz mrz =
            read_text(passport(text, (struct ptn_mrz_fields){ .issuer = "ALB",
                                                              .nationality = "ALB",
                                                              .birth = cases[i].birth,
                                                              .sex = cases[i].sex,
                                                              .optional = cases[i].optional }));

        assert_true(mrz.valid);
        assert_int_equal(mrz.birth_confirmed, cases[i].confirmed);
        for (size_t c = 0; c < sizeof(all) / sizeof(all[0]); c++)
            assert_int_equal(ptn_mrz_problem(&mrz, all[c]) != NULL,
                             cases[i].code != NULL && strcmp(cases[i].code, all[c]) == 0);
    }
    assert_true(ptn_date_equal(born, cases[0].birth));
}

/* What a visa has in its optional field is the consulate's. */
static void test_mrz__visas_have_no_personal_number(void **state)
{
    struct ptn_mrz_fields fields = { .format = PTN_MRZ_MRV_A,
                                     .type = "V",
                                     .issuer = "ALB",
                                     .nationality = "TUR",
                                     .surname = "X",
                                     .optional = "J00215012A" };
    char text[PTN_MRZ_COMPOSED_SIZE];
    struct ptn_mrz mrz;

    (void)state;
    assert_true(ptn_ok(ptn_mrz_compose(&fields, text, NULL)));
    mrz = read_text(text);
    assert_null(ptn_mrz_problem(&mrz, "nid-wrong"));
}

/* A hundred and one years old: the MRZ alone would make it a child of one. */
static void test_mrz__personal_number_settles_the_century(void **state)
{
    char text[PTN_MRZ_COMPOSED_SIZE];
    struct ptn_mrz_fields fields = { .issuer = "ALB",
                                     .nationality = "ALB",
                                     .birth = { 1925, 2, 15 },
                                     .sex = 'M',
                                     .optional = "C50215012T" };
    struct ptn_mrz mrz = read_text(passport(text, fields));

    (void)state;
    assert_int_equal(mrz.birth.year, 1925);
    assert_true(mrz.birth_confirmed);
    fields.optional = NULL;
    assert_int_equal(read_text(passport(text, fields)).birth.year, 2025);
}

/* ---- gaps ---- */

static void test_mrz__gaps_name_what_no_digit_protects(void **state)
{
    struct ptn_mrz mrz = read_text(TD3);
    struct ptn_mrz_gap gaps[PTN_MRZ_GAPS_MAX];
    static const struct ptn_mrz_gap wanted[] = {
        { 1, 1, 44, 0 }, { 2, 1, 1, '1' },  { 2, 2, 1, 'S' },  { 2, 4, 1, 'S' },  { 2, 11, 3, 0 },
        { 2, 21, 1, 0 }, { 2, 31, 1, 'L' }, { 2, 32, 1, 'S' }, { 2, 36, 1, 'G' },
    };

    (void)state;
    assert_int_equal(ptn_mrz_gaps(&mrz, gaps), sizeof(wanted) / sizeof(wanted[0]));
    assert_memory_equal(gaps, wanted, sizeof(wanted));
    mrz = read_text("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n8806923102858CORINNE<<<<<<<6512068F6");
    for (size_t i = 0, count = ptn_mrz_gaps(&mrz, gaps); i < count; i++)
        assert_true(gaps[i].instead != 0); /* its last digit covers everything */
    mrz = read_text("I<NLD1G1G1G1G1<1G1G1G1G1G1G1G1\n6503101F3108022NLDK1G1G1G1G115\nDE<BRUIJN<<"
                    "WILLEKE<LISELOTTE<<");
    assert_int_equal(ptn_mrz_gaps(&mrz, gaps), PTN_MRZ_GAPS_MAX);
}

/* ---- as a person, as JSON ---- */

static void test_mrz__person_has_what_the_mrz_says(void **state)
{
    struct ptn_mrz mrz = read_text(TD3);
    char text[PTN_MRZ_COMPOSED_SIZE];
    struct ptn_person person;

    (void)state;
    ptn_mrz_person(&mrz, &person);
    assert_true(ptn_bytes_is(person.surname, "ERIKSSON"));
    assert_true(ptn_bytes_is(person.given, "ANNA MARIA"));
    assert_true(ptn_bytes_is(person.name, ""));
    assert_true(ptn_date_equal(person.birth, (struct ptn_date){ 1974, 8, 12 }));
    assert_int_equal(person.sex, 'F');
    assert_string_equal(person.nationality, "UTO");
    assert_string_equal(person.document.code, "P");
    assert_string_equal(person.document.issuer, "UTO");
    assert_true(ptn_bytes_is(person.document.number, "L898902C3"));
    assert_true(ptn_bytes_is(person.document.optional, "ZE184226B"));
    assert_true(ptn_date_equal(person.document.expiry, (struct ptn_date){ 2012, 4, 15 }));
    assert_true(ptn_ok(ptn_person_validate(&person, NULL)));
    mrz = read_text(passport(text, (struct ptn_mrz_fields){ .sex = 'M' }));
    ptn_mrz_person(&mrz, &person);
    assert_int_equal(person.sex, 'M');
    mrz = read_text("IDBEL600001476<9355<<<<<<<<<<<\n1301014X2311207UT0130101987390\nSPECIMEN<<"
                    "SPECIMEN<<<<<<<<<<<<");
    ptn_mrz_person(&mrz, &person);
    assert_int_equal(person.sex, 0);
    assert_string_equal(person.nationality, ""); /* UT0 is no code of letters */
    assert_true(ptn_bytes_is(person.document.optional, "13010198739"));
    /* Whatever was read, a person with a name or a number is one that can be written down. */
    mrz = read_text("P?U?OERIKS?ON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n?898902C36?"
                    "TO7408122F1204159ZE184226B<<<<<10");
    ptn_mrz_person(&mrz, &person);
    assert_string_equal(person.document.code, "");
    assert_string_equal(person.document.issuer, "");
    assert_true(ptn_ok(ptn_person_validate(&person, NULL)));
    mrz = read_text("P9UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
                    "\nL898902C36UTO7408122F1204159ZE184226B<<<<<10");
    ptn_mrz_person(&mrz, &person);
    assert_string_equal(person.document.code, "P9");
}

static void test_mrz__person_has_the_kind_of_document(void **state)
{
    static const struct {
        const char *type, *issuer;
        enum ptn_document_kind kind;
    } cases[] = {
        { "P", "ITA", PTN_DOCUMENT_PASSPORT },
        { "PP", "ITA", PTN_DOCUMENT_PASSPORT },
        { "PN", "CHN", PTN_DOCUMENT_PASSPORT },
        { "PT", "CHN", PTN_DOCUMENT_PASSPORT },
        { "PT", "LVA", PTN_DOCUMENT_ALIEN },
        { "PU", "NOR", PTN_DOCUMENT_PASSPORT },
        { "PU", "ITA", PTN_DOCUMENT_EMERGENCY },
        { "PE", "ITA", PTN_DOCUMENT_EMERGENCY },
        { "PD", "ITA", PTN_DOCUMENT_DIPLOMATIC_PASSPORT },
        { "PO", "ITA", PTN_DOCUMENT_SERVICE_PASSPORT },
        { "PM", "ITA", PTN_DOCUMENT_SERVICE_PASSPORT },
        { "PR", "CHE", PTN_DOCUMENT_REFUGEE },
        { "PS", "CHE", PTN_DOCUMENT_STATELESS },
        { "PL", "EUE", PTN_DOCUMENT_LAISSEZ_PASSER },
        { "V", "ALB", PTN_DOCUMENT_VISA },
        { "VC", "ALB", PTN_DOCUMENT_VISA },
        { "I", "ITA", PTN_DOCUMENT_ID_CARD },
        { "ID", "ALB", PTN_DOCUMENT_ID_CARD },
        { "IR", "GBR", PTN_DOCUMENT_RESIDENCE_PERMIT },
        { "CR", "GBR", PTN_DOCUMENT_RESIDENCE_PERMIT },
        { "AR", "D", PTN_DOCUMENT_RESIDENCE_PERMIT },
        { "C", "ITA", PTN_DOCUMENT_ID_CARD },
        { "A", "ITA", PTN_DOCUMENT_ID_CARD },
        { "AC", "ITA", PTN_DOCUMENT_CREW },
        { "XX", "ITA", PTN_DOCUMENT_OTHER },
        { "", "ITA", PTN_DOCUMENT_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[PTN_MRZ_COMPOSED_SIZE];
        struct ptn_mrz mrz = read_text(passport(
            text, (struct ptn_mrz_fields){ .type = cases[i].type, .issuer = cases[i].issuer }));
        struct ptn_person person;

        ptn_mrz_person(&mrz, &person);
        assert_int_equal(person.document.kind, cases[i].kind);
    }
}

static void expect_json(const char *text, const char *const *parts)
{
    struct ptn_mrz mrz = read_text(text);
    struct ptn_buffer out;
    struct ptn_json json = { .out = &out };

    ptn_buffer_init(&out, 1u << 16);
    ptn_mrz_write_json(&json, &mrz);
    assert_true(ptn_ok(ptn_json_end(&json)));
    assert_true(ptn_ok(ptn_buffer_add_u8(&out, 0)));
    for (; *parts != NULL; parts++)
        if (strstr((const char *)out.at, *parts) == NULL)
            fail_msg("no %s in %s", *parts, (const char *)out.at);
    ptn_buffer_release(&out);
}

static void test_mrz__json_has_the_fields_others_rely_on(void **state)
{
    (void)state;
    expect_json(TD3, (const char *const[]){
                         "{\"format\":\"TD3\",\"type\":\"P\",\"issuer\":\"UTO\",\"surname\":"
                         "\"ERIKSSON\",\"given\":\"ANNA "
                         "MARIA\",\"number\":\"L898902C3\",\"nationality\":\"UTO\",\"birth_raw\":"
                         "\"740812\",\"birth\":\"1974-08-12\",",
                         "\"sex\":\"F\",\"expiry_raw\":\"120415\",\"expiry\":\"2012-04-15\","
                         "\"optional\":\"ZE184226B\",\"optional2\":\"\",\"valid\":true,",
                         "\"checks\":{\"number\":true,\"birth\":true,\"expiry\":true,\"personal\":"
                         "true,\"composite\":true},",
                         "\"problems\":[{\"code\":\"specimen\",\"weight\":\"warning\",",
                         "\"line\":1,\"position\":3,\"length\":3}],", "\"proposals\":[]", NULL });
    /* Errors stand before notes; unknown parts are X; a wrong sex is printed as it is; a whole
     * proposal is given. */
    expect_json("P<UTOERIKSSON<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<\nL898902C36UTO74<<<<"
                "1X1204159ZE184226B<<<<<18",
                (const char *const[]){ "\"birth\":\"1974-XX-XX\"", "\"sex\":\"X\"",
                                       "\"problems\":[{\"code\":\"sex\",\"weight\":\"error\"",
                                       "\"field\":\"sex\",\"line\":2,\"position\":21,\"length\":1,"
                                       "\"read\":\"X\",\"proposed\":\"<\",\"confirmed\":false}]",
                                       "\"proposed\":\"P<UTOERIKSSON<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"
                                       "\\nL898902C36UTO74<<<<1<1204159ZE184226B<<<<<18\"",
                                       NULL });
    expect_json(
        TD3,
        (const char *const[]){
            "\"unprotected\":[{\"line\":1,\"position\":1,\"length\":44},{\"line\":2,\"position\":1,"
            "\"length\":1,\"instead\":\"1\"}",
            NULL });
    expect_json("MRZ:" TD3,
                (const char *const[]){ "{\"code\":\"reader-text\",\"weight\":\"note\"", NULL });
    expect_json("", (const char *const[]){ "\"format\":\"?\"", "\"birth\":\"\"", "\"valid\":false",
                                           "\"checks\":{}", NULL });
    expect_json(TD3_1 "\n" TD3_2 "<",
                (const char *const[]){ "\"code\":\"line-length\",\"weight\":\"error\"",
                                       "\"line\":2}", NULL });
}

/* ---- shared cases ---- */

/* The text of a JSON string after "key": in line, without escapes ("" when there is none). Enough
 * for the cases' own form. */
static const char *text_of(const char *line, const char *key, char to[512])
{
    char quoted[64];
    const char *at;
    size_t len = 0;

    (void)snprintf(quoted, sizeof(quoted), "\"%s\": \"", key);
    at = strstr(line, quoted);
    for (at = at == NULL ? "" : at + strlen(quoted); *at != '"' && *at != '\0' && len < 511; at++)
        to[len++] = *at;
    to[len] = '\0';
    return to;
}

/* The strings of "lines": [...], with line ends between. */
static void lines_of(const char *line, char to[512])
{
    const char *at = strstr(line, "\"lines\": [");
    size_t len = 0;
    bool inside = false;

    assert_non_null(at);
    for (at += strlen("\"lines\": ["); *at != '\0' && (inside || *at != ']') && len < 500; at++) {
        if (*at == '"') {
            inside = !inside;
            if (!inside)
                to[len++] = '\n';
        } else if (inside) {
            to[len++] = *at;
        }
    }
    to[len] = '\0';
}

static void check_case(const char *line)
{
    static const char *const keys[] = { "type",   "issuer",      "surname",  "given",
                                        "number", "nationality", "optional", "optional2" };
    char text[512], want[512];
    struct ptn_mrz mrz;
    const char *have[8];
    bool valid = strstr(line, "\"valid\": true") != NULL;

    lines_of(line, text);
    mrz = read_text(text);
    if (mrz.valid != valid)
        fail_msg("case %s", text_of(line, "id", want));
    if (!valid)
        return;
    memcpy(have,
           (const char *const[]){ mrz.type, mrz.issuer, mrz.surname, mrz.given, mrz.number,
                                  mrz.nationality, mrz.optional, mrz.optional2 },
           sizeof(have));
    for (size_t i = 0; i < 8; i++)
        if (strcmp(text_of(line, keys[i], want), have[i]) != 0)
            fail_msg("%s is %s, not %s", keys[i], have[i], want);
}

static void test_mrz__shared_cases_are_right(void **state)
{
    const char *shared = getenv("POSTERN_SHARED");
    char path[4096];
    static char line[1u << 16];
    unsigned count = 0;
    FILE *file;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/data/documents/mrz-cases.ndjson",
                   shared != NULL ? shared : "../shared");
    file = fopen(path, "r");
    if (file == NULL) {
        (void)printf("# skipped: no shared data\n");
        return;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        check_case(line);
        count++;
    }
    (void)fclose(file);
    assert_true(count > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mrz__each_format_gives_its_fields),
        cmocka_unit_test(test_mrz__formats_have_the_check_digits_they_have),
        cmocka_unit_test(test_mrz__french_card_is_told_from_td2),
        cmocka_unit_test(test_mrz__french_card_with_office_and_two_given_names),
        cmocka_unit_test(test_mrz__what_is_no_mrz_says_why),
        cmocka_unit_test(test_mrz__text_at_its_limit),
        cmocka_unit_test(test_mrz__additions_of_readers_and_typists_are_left_out),
        cmocka_unit_test(test_mrz__lower_case_is_read_and_is_an_error),
        cmocka_unit_test(test_mrz__characters_outside_the_alphabet_are_located),
        cmocka_unit_test(test_mrz__spaces_for_fillers_are_proposed),
        cmocka_unit_test(test_mrz__more_problems_than_the_list_holds),
        cmocka_unit_test(test_mrz__each_wrong_digit_is_told_by_itself),
        cmocka_unit_test(test_mrz__empty_personal_number_may_have_filler_or_zero),
        cmocka_unit_test(test_mrz__long_numbers_in_both_ways_of_counting),
        cmocka_unit_test(test_mrz__sex_is_m_f_or_filler),
        cmocka_unit_test(test_mrz__codes_are_looked_up_and_never_decide_validity),
        cmocka_unit_test(test_mrz__names_in_all_their_forms),
        cmocka_unit_test(test_mrz__birth_is_in_the_latest_century_that_has_been),
        cmocka_unit_test(test_mrz__expiry_is_within_half_a_century),
        cmocka_unit_test(test_mrz__dates_are_told_about),
        cmocka_unit_test(test_mrz__personal_number_is_compared_with_the_document),
        cmocka_unit_test(test_mrz__visas_have_no_personal_number),
        cmocka_unit_test(test_mrz__personal_number_settles_the_century),
        cmocka_unit_test(test_mrz__gaps_name_what_no_digit_protects),
        cmocka_unit_test(test_mrz__person_has_what_the_mrz_says),
        cmocka_unit_test(test_mrz__person_has_the_kind_of_document),
        cmocka_unit_test(test_mrz__json_has_the_fields_others_rely_on),
        cmocka_unit_test(test_mrz__shared_cases_are_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
