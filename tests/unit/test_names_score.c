/* Scores and reasons of pairs whose likeness is plain to see; invented people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "names/score.h"

static struct ptn_name read_name(const char *text)
{
    struct ptn_name name;

    ptn_name_read(ptn_bytes_from_text(text), PTN_NAME_FREE, &name);
    return name;
}

static unsigned score(const char *a, const char *b, struct ptn_score_why *why)
{
    struct ptn_name left = read_name(a);
    struct ptn_name right = read_name(b);

    return ptn_score(&left, &right, why);
}

static void test_names_score__spellings_of_one_name_are_found(void **state)
{
    static const char *const pairs[][2] = {
        { "MOHAMMED ZAWAHRI", "Muhammad al-Zawahiri" },
        { "MOHAMMED ZAWAHRI", "محمد الظواهري" },
        { "Yusuf Hoxha", "Jusuf Xoxha" },
        { "Hoxha Enver", "Hodža Enver" },
        { "Gjergj Kastrioti", "Đorđe Kastriot" },
        { "Hashim Thaçi", "Хашим Тачи" },
        { "Qemal Xhaferi", "Kemal Džaferi" },
        { "IURII IVANOV", "Юрий Иванов" },
        { "Yuliya Sokolova", "IULIIA SOKOLOVA" },
        { "Abd al-Rahman Salim", "Abdulrahman Salem" },
        { "Abdurrahman Salim", "عبدالرحمن سالم" },
        { "Xiaoping Chen", "Chen Xiao Ping" },
        { "陈小平", "Chen Xiaoping" },
        { "허영생", "Heo Young-saeng" },
        { "דוד לוי", "David Levi" },
        { "MUELLER HANS", "Hans Müller" },
        { "Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos" },
        { "Shahabuddin Dilawar", "Shahab al-Din Delawar" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        unsigned got = score(pairs[i][0], pairs[i][1], NULL);

        if (got < PTN_SCORE_MINIMUM)
            fail_msg("%s ~ %s: %u", pairs[i][0], pairs[i][1], got);
    }
}

static void test_names_score__other_people_stay_below_the_minimum(void **state)
{
    static const char *const pairs[][2] = {
        { "Muhammad Iyad Naimi", "Muhammad Suri" },
        { "Anna Hansen", "Peter Hansen" },
        { "Ali", "Ali Hassan Karimi" },
        { "Vladimir Petrov", "Vladimir Sokolov" },
        { "van der", "van der Berg Jan" },
        { "", "Anna" },
        { "...", "..." },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        unsigned got = score(pairs[i][0], pairs[i][1], NULL);

        if (got >= PTN_SCORE_MINIMUM)
            fail_msg("%s ~ %s: %u", pairs[i][0], pairs[i][1], got);
    }
}

/* NAMES-2. */
static void test_names_score__letters_of_a_script_cost_there_what_was_learnt(void **state)
{
    /* Kana writes r and l alike, Arabic p as b, Cyrillic ng as two letters; Latin letters do not */
    static const char *const learnt[][2] = { { "ラモナ リラ", "Ramona Rira" },
                                             { "ラモナ リラ", "Lamona Lira" },
                                             { "بابلو بايبر", "Pablo Paiper" },
                                             { "Ангус Янг", "Angus Yang" },
                                             { "Слободан Јовић", "SLOBODAN JOVIC" } };

    (void)state;
    for (size_t i = 0; i < sizeof(learnt) / sizeof(learnt[0]); i++) {
        unsigned got = score(learnt[i][0], learnt[i][1], NULL);

        if (got < 9400)
            fail_msg("%s ~ %s: %u", learnt[i][0], learnt[i][1], got);
    }
    assert_in_range(score("Ramona Rira", "Lamona Lira", NULL), 0, 8999);
}

static void test_names_score__is_symmetric_and_one_with_itself(void **state)
{
    static const char *const names[] = {
        "Anna",         "Anna Anna Ana",        "محمد عبد الله", "김정은",  "Ali Ali Hassan Ali",
        "J. R. Smith",  "Xhafer de la Cruz",    "van",           "A B C D", "Нина Ёлкина-Иванова",
        "P.T. Sun Ltd", "Abd al-Rahman al-Din", "12 Brigade 7",  "ไทย",     "Xi",
    };
    const size_t count = sizeof(names) / sizeof(names[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(score(names[i], names[i], NULL), PTN_SCORE_ONE);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(score(names[i], names[k], NULL), score(names[k], names[i], NULL));
    }
}

static void test_names_score__says_what_joined_the_parts(void **state)
{
    struct ptn_score_why why;

    (void)state;
    assert_true(score("Chen Xiao Ping", "Xiaoping Chen", &why) > PTN_SCORE_MINIMUM);
    assert_int_equal(why.pair_count, 2);
    assert_int_equal(why.pairs[0].rule, PTN_SCORE_SAME);
    assert_int_equal(why.pairs[0].a_first, 0);
    assert_int_equal(why.pairs[0].b_first, 1);
    assert_int_equal(why.pairs[1].rule, PTN_SCORE_JOINED);
    assert_int_equal(why.pairs[1].a_count, 2);
    assert_int_equal(why.a_left, 0);
    assert_int_equal(why.b_left, 0);

    (void)score("Muhammad Suri", "Omar Muhammad Naimi", &why);
    assert_true(why.one_shared);
    assert_int_equal(why.a_left, 2);
    assert_int_equal(why.b_left, 5);
}

static void test_names_score__a_name_cut_by_the_machine_readable_zone_is_found(void **state)
{
    struct ptn_name cut;
    struct ptn_name whole = read_name("Konstantinidis Papadopoulos Alexandros Christoforos");
    struct ptn_score_why why;

    (void)state;
    ptn_name_read(PTN_BYTES_LITERAL("KONSTANTINIDIS<PAPADOPOULOS<<ALEXANDROS"), PTN_NAME_MRZ, &cut);
    assert_true(cut.truncated);
    ptn_name_read(PTN_BYTES_LITERAL("KONSTANTINIDIS<PAPADOPOULOS<<ALEXANDRO<"), PTN_NAME_MRZ, &cut);
    assert_false(cut.truncated);
    ptn_name_read(PTN_BYTES_LITERAL("PAPADOPOULOS<<ALEXANDROS<CHRISTO"), PTN_NAME_MRZ, &cut);
    assert_false(cut.truncated);
    ptn_name_read(PTN_BYTES_LITERAL("PAPADOPOULOS<<ALEXANDROS<CHRIST"), PTN_NAME_MRZ, &cut);
    assert_true(cut.truncated);
    assert_true(ptn_score(&cut, &whole, &why) >= PTN_SCORE_MINIMUM);
    assert_int_equal(why.pairs[2].rule, PTN_SCORE_CUT_SHORT);
}

static void test_names_score__every_rule_has_an_id_and_two_sentences(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PTN_SCORE_RULE_COUNT; i++) {
        assert_non_null(ptn_score_rule_id((enum ptn_score_rule)i));
        assert_true(ptn_score_rule_text((enum ptn_score_rule)i, "en")[0] != '\0');
        assert_true(ptn_score_rule_text((enum ptn_score_rule)i, "sq")[0] != '\0');
        assert_string_not_equal(ptn_score_rule_text((enum ptn_score_rule)i, "sq"),
                                ptn_score_rule_text((enum ptn_score_rule)i, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_score__spellings_of_one_name_are_found),
        cmocka_unit_test(test_names_score__other_people_stay_below_the_minimum),
        cmocka_unit_test(test_names_score__letters_of_a_script_cost_there_what_was_learnt),
        cmocka_unit_test(test_names_score__is_symmetric_and_one_with_itself),
        cmocka_unit_test(test_names_score__says_what_joined_the_parts),
        cmocka_unit_test(test_names_score__a_name_cut_by_the_machine_readable_zone_is_found),
        cmocka_unit_test(test_names_score__every_rule_has_an_id_and_two_sentences),
    };

    return cmocka_run_group_tests_name("names_score", tests, NULL, NULL);
}
