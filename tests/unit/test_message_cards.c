/* Goal: no payment card's number is kept, and nothing else is lost for it. The numbers are the ones
 * that schemes publish for tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/cards.h"

#define HEAD "UNB+IATA:1+XQ+PTN+261129:0300+1'UNH+1+PNRGOV:11:1:IA'"

/* What is written over is said by the second text; NULL: nothing is. */
static const struct {
    const char *what, *sent, *kept;
} cases[] = {
    { "a form of payment", "FOP+CC::800.00:VI:4111111111111111:0317'",
      "FOP+CC::800.00:VI:XXXXXXXXXXXX1111:0317'" },
    { "one with a wrong check digit all the same", "FOP+CC::800.00:VI:4111111111111112:0317'",
      "FOP+CC::800.00:VI:XXXXXXXXXXXX1112:0317'" },
    { "two of them", "FOP+CC::1.00:AX:378282246310005:1220+CC::2.00:CA:5555555555554444:0101'",
      "FOP+CC::1.00:AX:XXXXXXXXXXX0005:1220+CC::2.00:CA:XXXXXXXXXXXX4444:0101'" },
    { "in groups of four", "FOP+CC:::VI:4111 1111-1111 1111:0317'",
      "FOP+CC:::VI:XXXX XXXX-XXXX 1111:0317'" },
    { "a line broken within", "FOP+CC:::VI:41111111\r\n11111111:0317'",
      "FOP+CC:::VI:XXXXXXXX\r\nXXXX1111:0317'" },
    { "one that a carrier masked", "FOP+CC::800.00:MA:520306XXXXXX6721:0317'", NULL },
    { "cash", "FOP+CA::100.00'", NULL },
    { "free text", "IFT+4:28+PAID WITH 4111111111111111 0317 THANK YOU'",
      "IFT+4:28+PAID WITH XXXXXXXXXXXX1111 0317 THANK YOU'" },
    { "free text, in groups, with what comes after", "IFT+4:28+VI 4111 1111 1111 1111 EXP 0317'",
      "IFT+4:28+VI XXXX XXXX XXXX 1111 EXP 0317'" },
    { "a special request", "SSR+FOID:HK:1:XQ::::CCVI4111111111111111'",
      "SSR+FOID:HK:1:XQ::::CCVIXXXXXXXXXXXX1111'" },
    { "digits in free text that are no card's: a wrong check digit",
      "IFT+4:28+CALL 4111111111111112'", NULL },
    { "… too few, or no scheme's", "IFT+4:28+TEL 355691234567 REF 1234567890123456'", NULL },
    { "a ticket", "TKT+4111111111111111:T:1'", NULL },
    { "a ticket in a request", "SSR+TKNE:HK:1:XQ::::4111111111111111C1'", NULL },
    { "a document", "SSR+DOCS:HK:1:XQ::::P/UTO/4111111111111111/UTO/900412/F/340411/VON/ELI'",
      NULL },
};

static char *whole(const char *segment)
{
    size_t size = sizeof(HEAD) + strlen(segment) + sizeof("UNT+3+1'UNZ+1+1'");
    char *text = malloc(size);

    assert_non_null(text);
    (void)snprintf(text, size, "%s%sUNT+3+1'UNZ+1+1'", HEAD, segment);
    return text;
}

static void test_cards__hides_all_but_the_last_four_digits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *sent = whole(cases[i].sent);
        char *kept = whole(cases[i].kept == NULL ? cases[i].sent : cases[i].kept);
        size_t count = 99;
        size_t hidden = 99;

        print_message("# %s\n", cases[i].what);
        assert_true(ptn_ok(ptn_cards_count(ptn_bytes_from_text(sent), &count)));
        assert_true(ptn_ok(ptn_cards_mask((uint8_t *)sent, strlen(sent), &hidden)));
        assert_string_equal(sent, kept);
        assert_int_equal(count, hidden);
        assert_int_equal(hidden > 0, cases[i].kept != NULL);
        free(sent);
        free(kept);
    }
}

static void test_cards__hides_under_other_service_characters(void **state)
{
    char sent[] = "UNA|*.! ~UNB*IATA|1*XQ*PTN*261129|0300*1~UNH*1*PNRGOV|11|1|IA~"
                  "FOP*CC||800,00|VI|4111111111111111|0317~UNT*3*1~UNZ*1*1~";
    size_t hidden = 0;

    (void)state;
    assert_true(ptn_ok(ptn_cards_mask((uint8_t *)sent, strlen(sent), &hidden)));
    assert_int_equal(hidden, 1);
    assert_non_null(strstr(sent, "|VI|XXXXXXXXXXXX1111|0317~"));
}

static void test_cards__hides_nothing_a_second_time(void **state)
{
    char *sent = whole(cases[0].sent);
    size_t hidden = 0;

    (void)state;
    assert_true(ptn_ok(ptn_cards_mask((uint8_t *)sent, strlen(sent), &hidden)));
    assert_true(ptn_ok(ptn_cards_mask((uint8_t *)sent, strlen(sent), &hidden)));
    assert_int_equal(hidden, 0);
    free(sent);
}

static void test_cards__leaves_what_is_no_interchange(void **state)
{
    char sent[] = "surname,number\nVONTRELI,4111111111111111\n";
    size_t hidden = 99;

    (void)state;
    assert_true(ptn_ok(ptn_cards_mask((uint8_t *)sent, strlen(sent), &hidden)));
    assert_int_equal(hidden, 0);
    assert_non_null(strstr(sent, "4111111111111111"));
}

/* A segment longer than the reader takes, cut before its terminator, with its number at the end. */
static void test_cards__hides_in_a_segment_that_is_too_long_and_cut(void **state)
{
    size_t len = sizeof(HEAD) - 1 + 100000;
    char *sent = malloc(len + 1);
    size_t hidden = 0;

    (void)state;
    assert_non_null(sent);
    memset(sent, 'A', len);
    memcpy(sent, HEAD "FOP+", sizeof(HEAD "FOP+") - 1);
    memcpy(sent + len - 16, "4111111111111111", 17);
    assert_true(ptn_ok(ptn_cards_mask((uint8_t *)sent, len, &hidden)));
    assert_int_equal(hidden, 1);
    assert_string_equal(sent + len - 16, "XXXXXXXXXXXX1111");
    free(sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cards__hides_all_but_the_last_four_digits),
        cmocka_unit_test(test_cards__hides_under_other_service_characters),
        cmocka_unit_test(test_cards__hides_nothing_a_second_time),
        cmocka_unit_test(test_cards__leaves_what_is_no_interchange),
        cmocka_unit_test(test_cards__hides_in_a_segment_that_is_too_long_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
