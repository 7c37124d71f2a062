/* Goal: each fact alone shuts the gate and is named by its own word, in both languages; with all
 * of them it is open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "incident/gate.h"

/* Written anew from the page, not from the code: fact by fact. */
#define FACT(member, word)                                                                         \
    {                                                                                              \
        offsetof(struct ptn_gate_facts, member), word                                              \
    }
static const struct {
    size_t offset;
    const char *word;
} facts_of[] = {
    FACT(software, "software"),       FACT(identity, "identity"), FACT(certificate, "certificate"),
    FACT(credentials, "credentials"), FACT(ledger, "ledger"),     FACT(kept, "kept"),
    FACT(unforked, "fork"),           FACT(tail, "tail"),         FACT(cause, "cause"),
    FACT(serials, "serials"),         FACT(swept, "swept")
};
#define FACTS (sizeof(facts_of) / sizeof(facts_of[0]))

static struct ptn_gate_facts with(unsigned bits)
{
    struct ptn_gate_facts facts = { false };

    for (size_t i = 0; i < FACTS; i++) {
        bool holds = (bits >> i & 1) != 0;

        memcpy((uint8_t *)&facts + facts_of[i].offset, &holds, sizeof(holds));
    }
    return facts;
}

static bool has_word(const struct ptn_gate_row *const *rows, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i]->word, word) == 0)
            return true;
    return false;
}

/* RETURN-1, every cell: exactly the facts that do not hold are named. */
static void test_gate__names_exactly_what_is_missing(void **state)
{
    (void)state;
    assert_int_equal(FACTS, PTN_GATE_COUNT);
    for (unsigned bits = 0; bits < 1u << FACTS; bits++) {
        const struct ptn_gate_facts facts = with(bits);
        const struct ptn_gate_row *rows[PTN_GATE_COUNT];
        size_t count = ptn_gate_missing(&facts, rows);
        size_t expected = 0;

        for (size_t i = 0; i < FACTS; i++) {
            bool missing = (bits >> i & 1) == 0;

            expected += missing;
            assert_int_equal(has_word(rows, count, facts_of[i].word), missing);
        }
        assert_int_equal(count, expected);
        assert_int_equal(count == 0, bits == (1u << FACTS) - 1);
    }
}

static void test_gate__says_it_in_both_languages_and_what_to_do(void **state)
{
    const struct ptn_gate_facts none = { false };
    const struct ptn_gate_row *rows[PTN_GATE_COUNT];
    size_t count = ptn_gate_missing(&none, rows);

    (void)state;
    assert_int_equal(count, PTN_GATE_COUNT);
    for (size_t i = 0; i < count; i++) {
        const char *const texts[] = { rows[i]->text, rows[i]->text_sq, rows[i]->remedy,
                                      rows[i]->remedy_sq };

        for (size_t k = 0; k < 4; k++) {
            assert_true(strlen(texts[k]) > 10);
            assert_int_equal(texts[k][strlen(texts[k]) - 1], '.');
        }
        assert_string_not_equal(rows[i]->text, rows[i]->text_sq);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rows[i]->word, rows[k]->word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gate__names_exactly_what_is_missing),
        cmocka_unit_test(test_gate__says_it_in_both_languages_and_what_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
