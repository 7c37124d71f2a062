/* Screening against the sample lists: evidence only lowers, weak aliases need support, numbers are
 * exact, both searches agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault.h"
#include "watch/screen_int.h"
#include "watch_samples.h"

struct fixture {
    struct ptn_world *world;
    struct ptn_snapshot *snapshot;
    struct ptn_arena *arena;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    static const char *const more[] = { "ofac/alt.csv", "ofac/add.csv", "ofac/sdn_comments.csv" };
    struct ptn_snapshot_builder *builder;

    fixture.world = ptn_world_seeded(1, INT64_C(1790000000000));
    assert_true(ptn_ok(fixture.world->files->make_dir(fixture.world->context, "/ofac")));
    builder = ptn_snapshot_builder_new(fixture.world);
    for (size_t i = 0; i < SAMPLE_COUNT + 3; i++) {
        const char *name = i < 3 ? more[i] : samples[i - 3].file;
        struct ptn_buffer bytes = sample_read(name);
        char path[128];

        (void)snprintf(path, sizeof(path), "/%s", name);
        assert_true(ptn_ok(
            fixture.world->files->replace(fixture.world->context, path, ptn_buffer_bytes(&bytes))));
        ptn_buffer_release(&bytes);
        if (i >= 3) {
            const struct ptn_snapshot_input input = { .name =
                                                          ptn_bytes_from_text(samples[i - 3].list),
                                                      .format = samples[i - 3].format,
                                                      .path = path };
            struct ptn_list_summary summary;

            assert_true(ptn_ok(ptn_snapshot_builder_add(builder, &input, &summary, NULL)));
        }
    }
    assert_true(ptn_ok(ptn_snapshot_builder_save(builder, "/all.snap", NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_snapshot_open(fixture.world, "/all.snap", &fixture.snapshot, NULL)));
    fixture.arena = ptn_arena_new(1u << 22);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    ptn_snapshot_close(fixture->snapshot);
    ptn_arena_free(fixture->arena);
    ptn_world_seeded_free(fixture->world);
    return 0;
}

struct answer {
    struct ptn_match *matches;
    size_t count;
    bool more;
};

static struct answer ask(struct fixture *fixture, struct ptn_screen_query query)
{
    struct answer answer = { 0 }, brute = { 0 };

    ptn_arena_clear(fixture->arena);
    assert_true(ptn_ok(ptn_screen(fixture->snapshot, &query, fixture->arena, &answer.matches,
                                  &answer.count, &answer.more, NULL)));
    query.brute = !query.brute;
    assert_true(ptn_ok(ptn_screen(fixture->snapshot, &query, fixture->arena, &brute.matches,
                                  &brute.count, &brute.more, NULL)));
    assert_int_equal(answer.count, brute.count);
    assert_int_equal(answer.more, brute.more);
    for (size_t i = 0; i < answer.count; i++) {
        assert_int_equal(answer.matches[i].ordinal, brute.matches[i].ordinal);
        assert_int_equal(answer.matches[i].score, brute.matches[i].score);
        assert_true(ptn_bytes_equal(answer.matches[i].name, brute.matches[i].name));
        assert_true(answer.matches[i].why_count > 0);
        for (size_t j = 0; j < answer.matches[i].why_count; j++)
            assert_true(answer.matches[i].why[j].text.len > 0 &&
                        answer.matches[i].why[j].text_sq.len > 0);
        if (i > 0)
            assert_true(answer.matches[i - 1].score > answer.matches[i].score ||
                        (answer.matches[i - 1].score == answer.matches[i].score &&
                         answer.matches[i - 1].ordinal < answer.matches[i].ordinal));
    }
    return answer;
}

static const struct ptn_match *find(const struct answer *answer, const char *list)
{
    for (size_t i = 0; i < answer->count; i++)
        if (ptn_bytes_is(answer->matches[i].list, list))
            return &answer->matches[i];
    return NULL;
}

static bool has_rule(const struct ptn_match *match, const char *rule)
{
    for (size_t i = 0; i < match->why_count; i++)
        if (strcmp(match->why[i].rule, rule) == 0)
            return true;
    return false;
}

static void test_screen__a_name_is_found_on_every_list_that_is_on(void **state)
{
    struct answer answer =
        ask(*state,
            (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("Ismar Vorlandek"), .top = 50 });

    assert_non_null(find(&answer, "OFAC"));
    assert_non_null(find(&answer, "UN"));
    assert_non_null(find(&answer, "OJ"));
    assert_non_null(find(&answer, "UK"));
    assert_null(find(&answer, "FTM")); /* another State's designations are off */
    assert_null(find(&answer, "SIMPLE"));
    assert_int_equal(find(&answer, "UN")->on_entry.action, PTN_LIST_ACTION_BAN);
    assert_int_equal(find(&answer, "UN")->on_exit.action, PTN_LIST_ACTION_INFORM);
    assert_true(find(&answer, "UN")->own_nationals_exempt);
    assert_true(find(&answer, "UN")->on_entry.text.len > 0);
    assert_int_equal(find(&answer, "OFAC")->on_entry.action, PTN_LIST_ACTION_REFER);
    assert_int_equal(find(&answer, "NAT")->on_entry.action, PTN_LIST_ACTION_DISCREET);
    assert_false(find(&answer, "OFAC")->corroborated);
    answer = ask(*state, (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("Ismar Vorlandek"),
                                                    .top = 50,
                                                    .include_off = true });
    assert_non_null(find(&answer, "FTM"));
    assert_int_equal(find(&answer, "FTM")->on_entry.action, PTN_LIST_ACTION_OFF);
}

static void test_screen__mrz_names_and_other_scripts(void **state)
{
    struct answer answer =
        ask(*state, (struct ptn_screen_query){
                        .name = PTN_BYTES_LITERAL("VORLANDEK<<ISMAR<TEODRIN<<<<<<<<<<<<<<<"),
                        .mrz = true });

    assert_non_null(find(&answer, "OFAC"));
    assert_int_equal(find(&answer, "OFAC")->score, PTN_SCREEN_SCORE_MAX);
    answer = ask(*state, (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("Исмар Ворландек") });
    assert_non_null(find(&answer, "OFAC"));
}

static void test_screen__kinds_are_asked_for(void **state)
{
    struct answer answer =
        ask(*state, (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("Blue Phantom") });

    assert_int_equal(answer.count, 0);
    answer = ask(*state, (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("Blue Phantom"),
                                                    .kinds = PTN_SCREEN_KIND(PTN_ENTRY_VESSEL) });
    assert_non_null(find(&answer, "OFAC"));
    assert_int_equal(find(&answer, "OFAC")->kind, PTN_ENTRY_VESSEL);
}

/* NAMES-3. */
static void test_screen__evidence_only_lowers(void **state)
{
    static const struct {
        struct ptn_date birth;
        const char *rule;
        unsigned score;
    } cases[] = {
        { { 0, 0, 0 }, NULL, 10000 },
        { { 1948, 12, 10 }, "birth.agrees", 10000 },
        { { 1948, 0, 0 }, "birth.agrees", 10000 },
        { { 1948, 10, 12 }, "birth.swapped", 9800 },
        { { 1950, 6, 1 }, "birth.agrees", 10000 },
        { { 1949, 6, 1 }, "birth.about", 9700 },
        { { 1953, 12, 31 }, "birth.agrees", 10000 },
        { { 1948, 1, 5 }, "birth.about", 9700 },
        { { 1956, 1, 5 }, "birth.near", 8600 },
        { { 1980, 1, 5 }, "birth.differs", 7400 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer =
            ask(*state,
                (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("VORLANDEK, Ismar Teodrin"),
                                           .birth = cases[i].birth });
        const struct ptn_match *match = find(&answer, "OFAC");

        assert_non_null(match);
        assert_int_equal(match->score, cases[i].score);
        assert_true(cases[i].rule == NULL || has_rule(match, cases[i].rule));
        assert_int_equal(match->corroborated,
                         cases[i].rule != NULL && strcmp(cases[i].rule, "birth.agrees") == 0);
    }
}

/* A name that is only alike is no nearer for all that agrees beside it: NAMES-3. */
static void test_screen__evidence_raises_no_score(void **state)
{
    static const char *const names[] = { "Ismar Teodrin VORLANDIK", "VORLANDECK, Ismar",
                                         "VORLANDEK, Ismir Teodrin" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct ptn_screen_query query = { .name = ptn_bytes_from_text(names[i]),
                                          .threshold = 5000 };
        struct answer answer = ask(*state, query);
        const struct ptn_match *match = find(&answer, "OFAC");
        unsigned alone;

        assert_non_null(match);
        alone = match->score;
        assert_in_range(alone, 6000, 9999);
        query.birth = (struct ptn_date){ 1948, 12, 10 };
        strcpy(query.nationality, "IRQ");
        query.sex = 'M';
        answer = ask(*state, query);
        match = find(&answer, "OFAC");
        assert_non_null(match);
        assert_true(has_rule(match, "birth.agrees") && has_rule(match, "nationality.agrees"));
        assert_int_equal(match->score, alone);
    }
}

/* NAMES-3. */
static void test_screen__nationality_sex_and_missing_birth(void **state)
{
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("VORLANDEK, Ismar Teodrin"),
                                      .nationality = "IRQ" };
    struct answer answer = ask(*state, query);

    assert_int_equal(find(&answer, "OFAC")->score, 10000);
    assert_true(has_rule(find(&answer, "OFAC"), "nationality.agrees"));
    strcpy(query.nationality, "FRA");
    query.sex = 'F';
    answer = ask(*state, query);
    assert_int_equal(find(&answer, "OFAC")->score, 10000 * 92 / 100 * 85 / 100);
    assert_true(has_rule(find(&answer, "OFAC"), "nationality.differs"));
    assert_true(has_rule(find(&answer, "OFAC"), "sex.differs"));
    query = (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("QUENTHAR, Mirel the Younger"),
                                       .birth = { 1970, 1, 1 } };
    answer = ask(*state, query);
    assert_int_equal(find(&answer, "OFAC")->score, 9500);
    assert_true(has_rule(find(&answer, "OFAC"), "birth.unknown"));
    /* D and DEU are one State */
    query = (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("Ismar VORLANDEK"),
                                       .nationality = "DEU",
                                       .top = 50 };
    answer = ask(*state, query);
    assert_true(has_rule(find(&answer, "OJ"), "nationality.agrees"));
}

static void test_screen__a_place_of_birth_is_shown_and_changes_no_score(void **state)
{
    static const struct {
        const char *place;
        const char *rule; /* NULL: none */
    } cases[] = {
        { "UTOPOLIS", "place.agrees" },
        { "Tirana", "place.other" },
        { "", NULL },
    };
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("VORLANDEK, Ismar Teodrin"),
                                      .birth = { 1948, 12, 10 } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer;
        const struct ptn_match *match;

        query.birth_place = ptn_bytes_from_text(cases[i].place);
        answer = ask(*state, query);
        match = find(&answer, "OFAC");
        assert_int_equal(match->score, 10000);
        for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++)
            if (cases[j].rule != NULL)
                assert_int_equal(has_rule(match, cases[j].rule), i == j);
    }
}

static void test_screen__a_weak_alias_needs_support(void **state)
{
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("The Chess Player"), .top = 50 };
    struct answer answer = ask(*state, query);

    assert_non_null(find(&answer, "OFAC")); /* nothing to compare with: shown, but held down */
    assert_int_equal(find(&answer, "OFAC")->score, 7500);
    assert_int_equal(find(&answer, "OFAC")->alias, PTN_ALIAS_WEAK);
    assert_true(has_rule(find(&answer, "OFAC"), "alias.weak"));
    query.birth = (struct ptn_date){ 1948, 12, 10 };
    answer = ask(*state, query);
    assert_int_equal(find(&answer, "OFAC")->score, 10000);
    query.birth = (struct ptn_date){ 1990, 12, 10 };
    answer = ask(*state, query);
    assert_null(find(&answer, "OFAC"));
    query.birth = PTN_DATE_NONE;
    strcpy(query.nationality, "FRA");
    answer = ask(*state, query);
    assert_null(find(&answer, "OFAC"));
}

static void test_screen__numbers_are_exact(void **state)
{
    struct answer answer =
        ask(*state, (struct ptn_screen_query){ .number = PTN_BYTES_LITERAL("u 005-09777"),
                                               .issuer = "UTO" });

    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.matches[0].basis, PTN_MATCH_DOCUMENT);
    assert_int_equal(answer.matches[0].score, PTN_SCREEN_SCORE_MAX);
    assert_int_equal(answer.matches[0].on_entry.action, PTN_LIST_ACTION_SEIZE);
    assert_true(has_rule(&answer.matches[0], "document.listed"));
    answer = ask(*state, (struct ptn_screen_query){ .number = PTN_BYTES_LITERAL("U00509777"),
                                                    .issuer = "ALB" });
    assert_int_equal(answer.count, 0);
    answer = ask(*state, (struct ptn_screen_query){ .number = PTN_BYTES_LITERAL("U00509777") });
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.matches[0].score, 9000);
    answer = ask(*state, (struct ptn_screen_query){ .number = PTN_BYTES_LITERAL("U00509778"),
                                                    .issuer = "UTO" });
    assert_int_equal(answer.count, 0);
    answer = ask(*state, (struct ptn_screen_query){
                             .number = PTN_BYTES_LITERAL("92664") }); /* short, no issuer */
    assert_int_equal(answer.count, 0);
    answer = ask(
        *state, (struct ptn_screen_query){ .number = PTN_BYTES_LITERAL("92664"), .issuer = "EGY" });
    assert_int_equal(answer.count, 1);
    answer = ask(*state, (struct ptn_screen_query){ .plate = PTN_BYTES_LITERAL("ut-999-zz") });
    assert_int_equal(answer.matches[0].kind, PTN_ENTRY_VEHICLE);
    assert_int_equal(answer.matches[0].basis, PTN_MATCH_PLATE);
    assert_int_equal(answer.matches[0].score, PTN_SCREEN_SCORE_MAX);
    assert_string_equal(answer.matches[0].why[0].rule, "plate.listed");
    answer = ask(*state, (struct ptn_screen_query){ .plate = PTN_BYTES_LITERAL("ut-999-2Z") });
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.matches[0].score, 9000);
    assert_false(answer.matches[0].corroborated);
    assert_string_equal(answer.matches[0].why[0].rule, "plate.alike");
    answer = ask(*state, (struct ptn_screen_query){
                             .plate = PTN_BYTES_LITERAL("U\xd0\xa2 999 ZZ") }); /* Cyrillic T */
    assert_int_equal(answer.matches[0].score, PTN_SCREEN_SCORE_MAX);
    answer = ask(*state, (struct ptn_screen_query){ .plate = PTN_BYTES_LITERAL("ut 998 zz") });
    assert_int_equal(answer.count, 0);
    answer =
        ask(*state, (struct ptn_screen_query){ .vessel = PTN_BYTES_LITERAL("9187629"), .top = 50 });
    assert_non_null(find(&answer, "OFAC"));
    assert_non_null(find(&answer, "OJ"));
}

static void test_screen__a_name_and_a_number_of_one_entry_are_one_match(void **state)
{
    struct answer answer =
        ask(*state, (struct ptn_screen_query){ .name = PTN_BYTES_LITERAL("Vorlandek Ismar"),
                                               .number = PTN_BYTES_LITERAL("U123456"),
                                               .issuer = "UTO",
                                               .top = 50 });
    const struct ptn_match *match = find(&answer, "NAT");
    size_t of_list = 0;

    for (size_t i = 0; i < answer.count; i++)
        of_list += ptn_bytes_is(answer.matches[i].list, "NAT");
    assert_int_equal(of_list, 1);
    assert_int_equal(match->score, PTN_SCREEN_SCORE_MAX);
    assert_true(match->corroborated);
    assert_true(has_rule(match, "document.listed"));
    assert_int_equal(match->basis, PTN_MATCH_DOCUMENT);
}

static void test_screen__an_alert_ends_with_its_last_day(void **state)
{
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Person Expired"),
                                      .today = { 2020, 1, 1 } };
    struct answer answer = ask(*state, query);

    assert_int_equal(answer.count, 1);
    query.today = (struct ptn_date){ 2020, 1, 2 };
    answer = ask(*state, query);
    assert_int_equal(answer.count, 0);
}

static void test_screen__top_and_more(void **state)
{
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Ismar Vorlandek"), .top = 1 };
    struct answer answer = ask(*state, query);

    assert_int_equal(answer.count, 1);
    assert_true(answer.more);
    query.top = 50;
    answer = ask(*state, query);
    assert_true(answer.count > 3);
    assert_false(answer.more);
    query.top = (unsigned)answer.count;
    assert_false(ask(*state, query).more);
}

static void test_screen__what_cannot_be_asked(void **state)
{
    struct fixture *fixture = *state;
    static char name[PTN_SCREEN_NAME_LEN_MAX + 1];
    struct ptn_match *matches = NULL;
    size_t count = 77;
    bool more = true;
    struct ptn_screen_query query = { .top = 5 };

    assert_int_equal(
        ptn_screen(fixture->snapshot, &query, fixture->arena, &matches, &count, &more, NULL).code,
        PTN_C_BAD_INPUT);
    memset(name, 'a', sizeof(name));
    query.name = ptn_bytes_of(name, PTN_SCREEN_NAME_LEN_MAX);
    query.top = PTN_SCREEN_TOP_MAX + 1;
    assert_int_equal(
        ptn_screen(fixture->snapshot, &query, fixture->arena, &matches, &count, &more, NULL).code,
        PTN_C_BAD_INPUT);
    query.top = PTN_SCREEN_TOP_MAX;
    query.name.len++;
    assert_int_equal(
        ptn_screen(fixture->snapshot, &query, fixture->arena, &matches, &count, &more, NULL).code,
        PTN_C_TOO_BIG);
    assert_null(matches);
    assert_int_equal(count, 77);
    query.name.len--;
    assert_true(ptn_ok(
        ptn_screen(fixture->snapshot, &query, fixture->arena, &matches, &count, &more, NULL)));
}

/* Whatever the arena's cap: all of the answer, or NO_MEMORY and nothing. */
static void test_screen__an_arena_of_any_size(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Ismar Vorlandek"), .top = 50 };
    size_t refused = 0;

    for (size_t size = 0;; size += 128) {
        struct ptn_arena *arena = ptn_arena_new(size);
        struct ptn_match *matches = NULL;
        size_t count = 77;
        bool more;
        struct ptn_status status;

        assert_non_null(arena);
        status = ptn_screen(fixture->snapshot, &query, arena, &matches, &count, &more, NULL);
        ptn_arena_free(arena);
        if (ptn_ok(status)) {
            assert_true(count > 3 && count != 77);
            break;
        }
        assert_int_equal(status.code, PTN_C_NO_MEMORY);
        assert_null(matches);
        assert_int_equal(count, 77);
        refused++;
    }
    assert_true(refused > 10);
}

static void test_screen__no_memory_to_search_with(void **state)
{
    struct fixture *fixture = *state;
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Ismar Vorlandek") };
    struct ptn_snapshot *snapshot = NULL; /* its own: it has lent nothing yet */
    struct ptn_match *matches = NULL;
    unsigned long nth = 0;
    size_t count;
    bool more, failed;

    ptn_arena_clear(fixture->arena);
    do {
        struct ptn_status status;

        assert_true(ptn_ok(ptn_snapshot_open(fixture->world, "/all.snap", &snapshot, NULL)));
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_screen(snapshot, &query, fixture->arena, &matches, &count, &more, NULL);
        failed = fault_off();
        assert_true(failed ? status.code == PTN_C_NO_MEMORY : ptn_ok(status));
        ptn_snapshot_close(snapshot);
    } while (failed);
    assert_true(nth > 1);
    nth = 0;
    do { /* and opening itself */
        snapshot = NULL;
        fault_allocation(++nth, FAULT_ONCE);
        failed = !ptn_ok(ptn_snapshot_open(fixture->world, "/all.snap", &snapshot, NULL));
        assert_int_equal(fault_off(), failed);
        assert_int_equal(snapshot == NULL, failed);
        ptn_snapshot_close(snapshot);
    } while (failed);
}

/* Behind those that are there, in the order they came; without room all is as it was. */
static void test_screen__matches_are_put_behind_others(void **state)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 16);
    struct ptn_arena *small = ptn_arena_new(2 * sizeof(struct ptn_match));
    const struct ptn_match some[] = { { .score = 9 }, { .score = 8 } };
    const struct ptn_match *matches = NULL;
    size_t count = 0;

    (void)state;
    assert_non_null(arena);
    assert_non_null(small);
    assert_true(ptn_ok(ptn_match_append(arena, &matches, &count, NULL, 0)));
    assert_null(matches);
    assert_true(ptn_ok(ptn_match_append(arena, &matches, &count, some, 2)));
    assert_true(ptn_ok(ptn_match_append(arena, &matches, &count, some + 1, 1)));
    assert_int_equal(count, 3);
    assert_int_equal(matches[0].score, 9);
    assert_int_equal(matches[1].score, 8);
    assert_int_equal(matches[2].score, 8);
    {
        const struct ptn_match *before = matches;

        assert_int_equal(ptn_match_append(small, &matches, &count, some, 1).code, PTN_C_NO_MEMORY);
        assert_ptr_equal(matches, before);
        assert_int_equal(count, 3);
    }
    ptn_arena_free(small);
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_screen__a_name_is_found_on_every_list_that_is_on),
        cmocka_unit_test(test_screen__mrz_names_and_other_scripts),
        cmocka_unit_test(test_screen__kinds_are_asked_for),
        cmocka_unit_test(test_screen__evidence_only_lowers),
        cmocka_unit_test(test_screen__evidence_raises_no_score),
        cmocka_unit_test(test_screen__nationality_sex_and_missing_birth),
        cmocka_unit_test(test_screen__a_place_of_birth_is_shown_and_changes_no_score),
        cmocka_unit_test(test_screen__a_weak_alias_needs_support),
        cmocka_unit_test(test_screen__numbers_are_exact),
        cmocka_unit_test(test_screen__a_name_and_a_number_of_one_entry_are_one_match),
        cmocka_unit_test(test_screen__an_alert_ends_with_its_last_day),
        cmocka_unit_test(test_screen__top_and_more),
        cmocka_unit_test(test_screen__what_cannot_be_asked),
        cmocka_unit_test(test_screen__an_arena_of_any_size),
        cmocka_unit_test(test_screen__matches_are_put_behind_others),
        cmocka_unit_test(test_screen__no_memory_to_search_with),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
