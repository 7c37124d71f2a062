/* A place of birth beside a listed one: shown for or against, and no score is another by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "watch/list_int.h"
#include "watch/screen_int.h"

static void test_place__pieces_are_compared(void **state)
{
    static const struct {
        const char *known, *listed;
        enum ptn_place_evidence says;
    } cases[] = {
        { "Tirana", "Tirana, Albania", PTN_PLACE_AGREES },
        { "TIRANE", "Tiranë", PTN_PLACE_AGREES },
        { "Albania", "Tirana, Albania", PTN_PLACE_STATE },
        { "ALB", "Tirana, Albania", PTN_PLACE_STATE },
        { "Durres, ALB", "Tirana, Albania", PTN_PLACE_STATE },
        { "Aleppo", "حلب", PTN_PLACE_OTHER }, /* another name of it: nobody is lost by that */
        { "Аден, Йемен", "Aden, Yemen", PTN_PLACE_AGREES },
        { "Durres", "Tirana", PTN_PLACE_OTHER },
        { "Greece", "Albania", PTN_PLACE_OTHER },
        { "Tirana", "Albania", PTN_PLACE_UNKNOWN },
        { "", "Tirana", PTN_PLACE_UNKNOWN },
        { " , ;()", "Tirana", PTN_PLACE_UNKNOWN },
        { "Alfa, Bravo, Charlie, Delta, Echo, Foxtrot, Golf, Hotel, Tirana", "Tirana",
          PTN_PLACE_OTHER }, /* eight pieces are looked at */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_bytes known = ptn_bytes_from_text(cases[i].known);
        struct ptn_bytes listed = ptn_bytes_from_text(cases[i].listed);

        if (ptn_place_compare(known, listed) != cases[i].says ||
            ptn_place_compare(listed, known) != cases[i].says)
            fail_msg("%s beside %s: %d", cases[i].known, cases[i].listed,
                     (int)ptn_place_compare(known, listed));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place__pieces_are_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
