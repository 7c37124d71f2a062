/*
 * tests/unit/test_document_mrz_compose.c -- document/mrz_compose: fields to lines, and properties
 * that hold for every MRZ made so: reading gives the fields back, and a substitution is seen
 * exactly when the values differ.
 */
#include "document/mrz_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct ptn_date today = { 2026, 9, 1 };

static struct ptn_mrz read_text(const char *text)
{
    struct ptn_mrz mrz;

    assert_true(ptn_ok(ptn_mrz_parse(ptn_bytes_from_text(text), today, &mrz, NULL)));
    return mrz;
}

/* The specimens of ICAO-9303 parts 4 to 7. */
static const struct {
    struct ptn_mrz_fields fields;
    const char *lines;
} specimens[] = {
    { { PTN_MRZ_TD3,
        "P",
        "UTO",
        "ERIKSSON",
        "ANNA MARIA",
        "L898902C3",
        "UTO",
        { 1974, 8, 12 },
        { 2012, 4, 15 },
        'F',
        "ZE184226B",
        NULL },
      "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<"
      "10" },
    { { PTN_MRZ_TD1,
        "I",
        "UTO",
        "ERIKSSON",
        "ANNA MARIA",
        "D23145890",
        "UTO",
        { 1974, 8, 12 },
        { 2012, 4, 15 },
        'F',
        NULL,
        NULL },
      "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<"
      "<<" },
    { { PTN_MRZ_TD1,
        "I",
        "UTO",
        "STEVENSON",
        "PETER JOHN",
        "D23145890734",
        "UTO",
        { 1934, 7, 12 },
        { 1995, 7, 12 },
        'M',
        NULL,
        NULL },
      "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<"
      "<<" },
    { { PTN_MRZ_TD2,
        "I",
        "UTO",
        "ERIKSSON",
        "ANNA MARIA",
        "D23145890",
        "UTO",
        { 1974, 8, 12 },
        { 2012, 4, 15 },
        'F',
        NULL,
        NULL },
      "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6" },
    { { PTN_MRZ_TD2,
        "I",
        "UTO",
        "STEVENSON",
        "PETER JOHN",
        "D23145890734",
        "UTO",
        { 1934, 7, 12 },
        { 1995, 7, 12 },
        'M',
        NULL,
        NULL },
      "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<\nD23145890<UTO3407127M95071227349<<<8" },
    { { PTN_MRZ_MRV_A,
        "V",
        "UTO",
        "ERIKSSON",
        "ANNA MARIA",
        "L8988901C",
        "XXX",
        { 1940, 9, 7 },
        { 1996, 12, 10 },
        'F',
        "6ZE184226B",
        NULL },
      "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<"
      "<" },
    { { PTN_MRZ_MRV_B,
        "V",
        "UTO",
        "ERIKSSON",
        "ANNA MARIA",
        "L8988901C",
        "XXX",
        { 1940, 9, 7 },
        { 1996, 12, 10 },
        'F',
        "6ZE1842",
        NULL },
      "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE1842<" },
};
#define SPECIMEN_COUNT (sizeof(specimens) / sizeof(specimens[0]))

static void test_compose__specimens_of_the_standard(void **state)
{
    (void)state;
    for (size_t i = 0; i < SPECIMEN_COUNT; i++) {
        char lines[PTN_MRZ_COMPOSED_SIZE];

        assert_true(ptn_ok(ptn_mrz_compose(&specimens[i].fields, lines, NULL)));
        assert_string_equal(lines, specimens[i].lines);
    }
}

/* ICAO-9303-4 and -6: names that do not fit are cut so that the last character is a letter. */
static void test_compose__names_as_the_standard_cuts_them(void **state)
{
    static const struct {
        enum ptn_mrz_format format;
        const char *surname;
        const char *given;
        const char *line;
    } cases[] = {
        { PTN_MRZ_TD3, "SMITH-JONES", "SUSIE MARGARET",
          "P<UTOSMITH<JONES<<SUSIE<MARGARET<<<<<<<<<<<<" },
        { PTN_MRZ_TD3, "O'CONNOR", "ENYA SIOBHAN", "P<UTOOCONNOR<<ENYA<SIOBHAN<<<<<<<<<<<<<<<<<<" },
        { PTN_MRZ_TD3, "ARKFREITH", NULL, "P<UTOARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<" },
        { PTN_MRZ_TD3, NULL, "KIM", "P<UTO<<KIM<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<" },
        { PTN_MRZ_TD3, " AL - BASRI- ", "-HUDA ", "P<UTOAL<BASRI<<HUDA<<<<<<<<<<<<<<<<<<<<<<<<<" },
        { PTN_MRZ_TD3, "NILAVADHANANANDA", "ARNPOL PETCH CHARONGUANG",
          "P<UTONILAVADHANANANDA<<ARNPOL<PETCH<CHARONGU" },
        { PTN_MRZ_TD3, "PAPANDROPOULOUS", "JONATHON WARREN TREVOR",
          "P<UTOPAPANDROPOULOUS<<JONATHON<WARREN<TREVOR" },
        /* the surname leaves room for one given letter */
        { PTN_MRZ_TD3, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOP", "QR",
          "P<UTOABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ<<Q" },
        { PTN_MRZ_TD3, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI", "QR S",
          "P<UTOABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI<<QR" },
        /* a filler would come last: QR gives up its second letter, so that S can follow */
        { PTN_MRZ_TD3, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH", "QR S",
          "P<UTOABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH<<Q<S" },
        /* Q has none to give: the surname does */
        { PTN_MRZ_TD3, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI", "Q S",
          "P<UTOABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH<<Q<S" },
        { PTN_MRZ_TD3, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOP", NULL,
          "P<UTOABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLM" },
        { PTN_MRZ_TD1, "A B C D E F G H I J K L M N O P", NULL,
          "\nA<B<C<D<E<F<G<H<I<J<K<L<M<N<O<" },
        { PTN_MRZ_TD1, NULL, "AB C D E F G H I J K L M N O P", "\n<<AB<C<D<E<F<G<H<I<J<K<L<M<N<O" },
        /* far longer than any field */
        { PTN_MRZ_TD2,
          "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ"
          "KLMNOPQRSTUVWXYZ",
          NULL, "P<UTOABCDEFGHIJKLMNOPQRSTUVWXYZABCDE" },
        /* nobody has a letter to give: the filler stays */
        { PTN_MRZ_TD2, "A B C D E F G H I J K L M N O P Q", NULL,
          "P<UTOA<B<C<D<E<F<G<H<I<J<K<L<M<N<O<P" },
        { PTN_MRZ_TD3, "A B C D E F G H I J K L M N O P Q R", "S",
          "P<UTOA<B<C<D<E<F<G<H<I<J<K<L<M<N<O<P<Q<R<<S<" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_mrz_fields fields = { .format = cases[i].format,
                                         .type = "P",
                                         .issuer = "UTO",
                                         .surname = cases[i].surname,
                                         .given = cases[i].given };
        char lines[PTN_MRZ_COMPOSED_SIZE];

        assert_true(ptn_ok(ptn_mrz_compose(&fields, lines, NULL)));
        if (strstr(lines, cases[i].line) == NULL)
            fail_msg("%s is not in %s", cases[i].line, lines);
    }
}

static void test_compose__what_cannot_stand_is_refused(void **state)
{
    static const struct ptn_mrz_fields base = { .format = PTN_MRZ_TD1,
                                                .type = "I",
                                                .issuer = "UTO" };
    static const char many[] = "ABCDEFGHIJKLMNOPQRSTUVW"; /* 23 */
    struct {
        struct ptn_mrz_fields fields;
        enum ptn_code code;
        const char *text;
    } cases[17];
    size_t count = 0;
#define REFUSE(field, value, why, name)                                                            \
    do {                                                                                           \
        cases[count].fields = base;                                                                \
        cases[count].fields.field = value;                                                         \
        cases[count].code = why;                                                                   \
        cases[count++].text = name;                                                                \
    } while (0)

    (void)state;
    REFUSE(format, PTN_MRZ_UNKNOWN, PTN_C_BAD_INPUT, "format");
    REFUSE(format, PTN_MRZ_FRA_ID, PTN_C_BAD_INPUT, "format");
    REFUSE(type, "IDX", PTN_C_TOO_BIG, "type");
    REFUSE(type, "i", PTN_C_BAD_INPUT, "type");
    REFUSE(surname, "D1GIT", PTN_C_BAD_INPUT, "surname");
    REFUSE(given, "\xc3\x87", PTN_C_BAD_INPUT, "given");
    REFUSE(number, many, PTN_C_TOO_BIG, "number");
    REFUSE(number, "12/4", PTN_C_BAD_INPUT, "number");
    REFUSE(number, "123456789/1", PTN_C_BAD_INPUT, "number");
    REFUSE(number, "1234/5678901", PTN_C_BAD_INPUT, "number");
    REFUSE(number, "123456789 1", PTN_C_BAD_INPUT, "number");
    REFUSE(optional, many, PTN_C_TOO_BIG, "optional");
    REFUSE(birth, ((struct ptn_date){ 2001, 2, 29 }), PTN_C_BAD_INPUT, "birth");
    REFUSE(expiry, ((struct ptn_date){ 2001, 13, 1 }), PTN_C_BAD_INPUT, "expiry");
    REFUSE(sex, 'X', PTN_C_BAD_INPUT, "sex");
#undef REFUSE
    cases[count] = cases[8];
    cases[count].fields.number = "1234567890";
    cases[count].fields.optional = "ABCDEFGHIJKLM"; /* 13, and only 12 are left */
    cases[count].code = PTN_C_TOO_BIG;
    cases[count++].text = "optional";
    cases[count] = cases[count - 1];
    cases[count].fields.optional = "A-B C/"; /* hyphen and space become fillers; a stroke cannot */
    cases[count].code = PTN_C_BAD_INPUT;
    cases[count++].text = "optional";
    for (size_t i = 0; i < count; i++) {
        char lines[PTN_MRZ_COMPOSED_SIZE] = "untouched";
        struct ptn_diag diag = { 0 };

        assert_int_equal(ptn_mrz_compose(&cases[i].fields, lines, &diag).code, cases[i].code);
        assert_string_equal(diag.text, cases[i].text);
        assert_string_equal(lines, "untouched");
    }
}

static void test_compose__long_numbers_at_their_limits(void **state)
{
    struct ptn_mrz_fields fields = { .format = PTN_MRZ_TD1, .type = "I", .issuer = "UTO" };
    char lines[PTN_MRZ_COMPOSED_SIZE];
    static const struct {
        enum ptn_mrz_format format;
        size_t longest;
    } cases[] = { { PTN_MRZ_TD1, 22 },
                  { PTN_MRZ_TD2, 14 },
                  { PTN_MRZ_TD3, 9 },
                  { PTN_MRZ_MRV_A, 9 },
                  { PTN_MRZ_MRV_B, 9 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t len = 0; len <= 23; len++) {
            char number[24] = "A1B2C3D4E5F6G7H8J9K1L2M";
            struct ptn_status status;

            number[len] = '\0';
            fields.format = cases[i].format;
            fields.number = number;
            status = ptn_mrz_compose(&fields, lines, NULL);
            assert_int_equal(status.code, len <= cases[i].longest ? PTN_C_OK : PTN_C_TOO_BIG);
            if (ptn_ok(status)) {
                struct ptn_mrz mrz = read_text(lines);

                assert_string_equal(mrz.number, number);
                assert_true(ptn_mrz_check_right(&mrz, PTN_MRZ_CHECK_NUMBER));
                assert_int_equal(ptn_mrz_problem(&mrz, "number-long") != NULL, len > 9);
            }
        }
}

/* ---- properties ---- */

static uint64_t seed = 20260901;

static unsigned below(unsigned limit)
{
    seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((z ^ (z >> 31)) % limit);
}

static void fill(char *to, size_t len_max, size_t len_min, const char *alphabet)
{
    size_t len = len_min + below((unsigned)(len_max - len_min + 1));

    for (size_t i = 0; i < len; i++)
        to[i] = alphabet[below((unsigned)strlen(alphabet))];
    to[len] = '\0';
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void test_compose__reading_gives_the_fields_back(void **state)
{
    static const struct {
        enum ptn_mrz_format format;
        size_t number_max, optional_max, optional2_max;
        const char *type;
    } kinds[] = {
        { PTN_MRZ_TD1, 22, 15, 11, "ID" }, { PTN_MRZ_TD2, 14, 7, 0, "I" },
        { PTN_MRZ_TD3, 9, 14, 0, "PD" },   { PTN_MRZ_MRV_A, 9, 16, 0, "V" },
        { PTN_MRZ_MRV_B, 9, 8, 0, "VC" },
    };

    (void)state;
    for (unsigned round = 0; round < 5000; round++) {
        size_t k = below(sizeof(kinds) / sizeof(kinds[0]));
        char surname[12], given[12], number[24], optional[20], optional2[12];
        char lines[PTN_MRZ_COMPOSED_SIZE];
        struct ptn_mrz mrz;
        struct ptn_mrz_fields fields = {
            .format = kinds[k].format,
            .type = kinds[k].type,
            .issuer = below(2) == 0 ? "D" : "ITA",
            .nationality = below(2) == 0 ? "ALB" : "XXB",
            .surname = surname,
            .given = given,
            .number = number,
            .optional = optional,
            .optional2 = optional2,
            .sex = "MF"[below(3)],
            .birth = { (uint16_t)(1930 + below(96)), (uint8_t)(1 + below(12)),
                       (uint8_t)(1 + below(28)) },
            .expiry = { (uint16_t)(1976 + below(100)), (uint8_t)(1 + below(12)),
                        (uint8_t)(1 + below(28)) },
        };
        bool is_long;
        size_t left;

        fill(surname, 10, 1, LETTERS);
        fill(given, 10, 1, LETTERS);
        fill(number, kinds[k].number_max, 1, LETTERS "0123456789");
        is_long = strlen(number) > 9;
        left = is_long ? kinds[k].optional_max - (strlen(number) - 9) - 2 : kinds[k].optional_max;
        fill(optional, left > kinds[k].optional_max ? 0 : left, 0, LETTERS "0123456789");
        fill(optional2, kinds[k].optional2_max, 0, LETTERS "0123456789");
        if (below(4) == 0)
            fields.birth.day = 0;
        assert_true(ptn_ok(ptn_mrz_compose(&fields, lines, NULL)));
        mrz = read_text(lines);
        assert_true(mrz.valid);
        assert_int_equal(mrz.format, fields.format);
        assert_string_equal(mrz.type, fields.type);
        assert_string_equal(mrz.issuer, fields.issuer);
        assert_string_equal(mrz.nationality, fields.nationality);
        assert_string_equal(mrz.surname, surname);
        assert_string_equal(mrz.given, given);
        assert_string_equal(mrz.number, number);
        assert_string_equal(mrz.optional, optional);
        assert_string_equal(mrz.optional2, optional2);
        assert_int_equal(mrz.sex, fields.sex);
        assert_true(ptn_date_equal(mrz.birth, fields.birth));
        assert_true(ptn_date_equal(mrz.expiry, fields.expiry));
        assert_int_equal(mrz.proposal_count, 0);
    }
}

/* Is this character of the MRZ under a check digit, by what ptn_mrz_gaps says? */
static bool is_open(const struct ptn_mrz_gap *gaps, size_t count, unsigned line, unsigned column)
{
    for (size_t i = 0; i < count; i++)
        if (gaps[i].instead == '\0' && gaps[i].line == line && column >= gaps[i].column &&
            column < (unsigned)gaps[i].column + gaps[i].length)
            return true;
    return false;
}

/*
 * Put every character of the alphabet at every place of every specimen. The check digits of the
 * result all hold exactly when no digit covers the place, or the values are equal modulo 10. (Three
 * places work otherwise: a filler as a digit, and the number's digit of TD1 and TD2, where a filler
 * makes the number long.)
 */
static void test_compose__substitutions_are_seen_when_values_differ(void **state)
{
    static const char alphabet[] = LETTERS "0123456789<";

    (void)state;
    for (size_t s = 0; s < SPECIMEN_COUNT; s++) {
        struct ptn_mrz original = read_text(specimens[s].lines);
        const struct ptn_mrz_layout *layout = ptn_mrz_layout_of(original.format);
        struct ptn_mrz_gap gaps[PTN_MRZ_GAPS_MAX];
        size_t gap_count = ptn_mrz_gaps(&original, gaps);

        assert_true(original.valid);
        for (unsigned at = 0; specimens[s].lines[at] != '\0'; at++) {
            unsigned line = at / (layout->line_len + 1u), column = at % (layout->line_len + 1u);
            unsigned place = line * layout->line_len + column;
            bool is_digit_place = false;

            if (column == layout->line_len || at == 0)
                continue;
            for (unsigned c = 0; c < PTN_MRZ_CHECK_COUNT; c++)
                is_digit_place |= layout->checks[c] == place;
            for (size_t c = 0; c < sizeof(alphabet) - 1; c++) {
                char text[PTN_MRZ_COMPOSED_SIZE], was = specimens[s].lines[at];
                int difference =
                    ptn_mrz_value_plus_1[(uint8_t)alphabet[c]] - ptn_mrz_value_plus_1[(uint8_t)was];
                struct ptn_mrz mrz;
                bool hold;

                if (is_digit_place || (ptn_mrz_problem(&original, "number-long") != NULL &&
                                       place >= layout->fields[PTN_MRZ_FIELD_OPTIONAL].at &&
                                       place < layout->fields[PTN_MRZ_FIELD_OPTIONAL].at + 15u))
                    continue;
                (void)snprintf(text, sizeof(text), "%s", specimens[s].lines);
                text[at] = alphabet[c];
                mrz = read_text(text);
                hold = mrz.checks_right == mrz.checks_present;
                assert_int_equal(hold, difference % 10 == 0 ||
                                           is_open(gaps, gap_count, line + 1, column + 1));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compose__specimens_of_the_standard),
        cmocka_unit_test(test_compose__names_as_the_standard_cuts_them),
        cmocka_unit_test(test_compose__what_cannot_stand_is_refused),
        cmocka_unit_test(test_compose__long_numbers_at_their_limits),
        cmocka_unit_test(test_compose__reading_gives_the_fields_back),
        cmocka_unit_test(test_compose__substitutions_are_seen_when_values_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
