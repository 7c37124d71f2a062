/* Cohorts of births let the index pass over names, and never over one that is an answer: with birth
 * dates of every form on both sides, what is found is what scoring every name finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fault.h"
#include "watch/list_int.h"
#include "watch/screen_int.h"

#define ENTRIES   500u /* write_list says it, too */
#define QUESTIONS 3000u

static uint64_t seed;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) * limit >> 31);
}

static const char *const given[] = { "Arben", "Arbin", "Arbend", "Besa", "Muhammad", "Mohamed" };
static const char *const family[] = { "Hoxha", "Hodja", "Krasniqi", "Krasnici", "Zawahiri", "Ali" };

static void make_name(char text[64])
{
    (void)snprintf(text, 64, "%s %s%s", given[random_below(6)],
                   random_below(3) == 0 ? "Dardan " : "", family[random_below(6)]);
}

static unsigned any_year(void)
{
    return random_below(20) == 0 ? 1850 + random_below(250) : 1958 + random_below(20);
}

/* Births as lists write them; none for some. */
static void make_births(char text[160])
{
    unsigned year = any_year();
    unsigned month = 1 + random_below(12);
    unsigned day = 1 + random_below(28);

    switch (random_below(9)) {
    case 0:
        text[0] = '\0';
        break;
    case 1:
        (void)snprintf(text, 160, "\"%u\"", year);
        break;
    case 2:
        (void)snprintf(text, 160, "\"circa %u\"", year);
        break;
    case 3:
        (void)snprintf(text, 160, "\"%u to %u\"", year, year + random_below(30));
        break;
    case 4:
        (void)snprintf(text, 160, "\"%u-%02u\"", year, month);
        break;
    case 5:
        (void)snprintf(text, 160, "\"%u-%02u-%02u\",\"%u-%02u-%02u\"", year, month, day, any_year(),
                       month, day);
        break;
    case 6:
        (void)snprintf(text, 160, "\"circa %u-%02u-%02u\"", year, month, day);
        break;
    default:
        (void)snprintf(text, 160, "\"%u-%02u-%02u\"", year, month, day);
        break;
    }
}

static void write_list(struct ptn_buffer *list)
{
    static const char head[] =
        "{\"postern-list\":1,\"made\":\"2026-11-24T06:00:00Z\",\"entries\":500}\n";

    assert_true(ptn_ok(ptn_buffer_add(list, ptn_bytes_from_text(head))));
    for (unsigned i = 0; i < ENTRIES; i++) {
        char name[64];
        char births[160];
        char line[512];

        make_name(name);
        make_births(births);
        (void)snprintf(line, sizeof(line),
                       "{\"id\":\"T-%04u\",\"kind\":\"%s\",\"names\":[{\"text\":\"%s\"},{\"text\":"
                       "\"%s\",\"alias\":\"weak\"}],\"births\":[%s]%s}\n",
                       i, i % 11 == 0 ? "entity" : "person", name, given[random_below(6)], births,
                       i % 3 == 0 ? ",\"sex\":\"M\",\"nationalities\":[\"ALB\"]" : "");
        assert_true(ptn_ok(ptn_buffer_add(list, ptn_bytes_from_text(line))));
    }
}

static struct ptn_date any_birth(void)
{
    struct ptn_date date = { (uint16_t)any_year(), (uint8_t)random_below(13),
                             (uint8_t)random_below(29) };

    if (random_below(8) == 0)
        date.year = 0;
    if (random_below(12) == 0)
        date.day = 31; /* which not every month has */
    return date;
}

static void ask_both(const struct ptn_snapshot *snapshot, struct ptn_arena *arena,
                     struct ptn_screen_query query)
{
    struct ptn_match *matches[2];
    size_t count[2];
    bool more[2];

    ptn_arena_clear(arena);
    for (unsigned i = 0; i < 2; i++) {
        query.brute = i == 1;
        assert_true(
            ptn_ok(ptn_screen(snapshot, &query, arena, &matches[i], &count[i], &more[i], NULL)));
    }
    assert_int_equal(count[0], count[1]);
    assert_int_equal(more[0], more[1]);
    for (size_t i = 0; i < count[0]; i++) {
        assert_int_equal(matches[0][i].ordinal, matches[1][i].ordinal);
        assert_int_equal(matches[0][i].score, matches[1][i].score);
        assert_true(ptn_bytes_equal(matches[0][i].name, matches[1][i].name));
    }
}

/* NAMES-1, NAMES-3. */
static void test_cohort__births_of_every_form_hide_nobody(void **state)
{
    struct ptn_world *world = ptn_world_seeded(1, INT64_C(1790000000000));
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    const struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("made"),
                                              .format = PTN_LIST_POSTERN,
                                              .path = "/made.ndjson" };
    struct ptn_arena *arena = ptn_arena_new(1u << 24);
    struct ptn_list_summary summary;
    struct ptn_snapshot *snapshot;
    struct ptn_buffer list;

    (void)state;
    seed = 5;
    ptn_buffer_init(&list, 1u << 20);
    write_list(&list);
    assert_true(ptn_ok(world->files->replace(world->context, input.path, ptn_buffer_bytes(&list))));
    ptn_buffer_release(&list);
    assert_true(ptn_ok(ptn_snapshot_builder_add(builder, &input, &summary, NULL)));
    assert_int_equal(summary.rejected, 0);
    assert_true(ptn_ok(ptn_snapshot_builder_save(builder, "/made.snap", NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_snapshot_open(world, "/made.snap", &snapshot, NULL)));
    for (unsigned i = 0; i < QUESTIONS; i++) {
        char name[64];
        struct ptn_screen_query query = {
            .birth = any_birth(),
            .sex = "MF\0\0"[random_below(4)],
            .nationality = { 'A', 'L', 'B' },
            .kinds = random_below(4) == 0 ? PTN_SCREEN_ALL : 0,
            .threshold = 7000 + 100 * random_below(25),
            .top = 1 + random_below(PTN_SCREEN_TOP_MAX),
        };

        make_name(name);
        query.name = ptn_bytes_from_text(name);
        if (random_below(2) == 0)
            query.nationality[0] = '\0';
        ask_both(snapshot, arena, query);
    }
    ptn_snapshot_close(snapshot);
    ptn_arena_free(arena);
    ptn_world_seeded_free(world);
}

/* A made entry's record and births, packed as the snapshot has them. */
static unsigned cohort_of(const char *const *texts, size_t count)
{
    uint8_t entry[ENTRY_LEN] = { 0 };
    uint8_t births[8 * BIRTH_LEN] = { 0 };
    unsigned total = 0;

    entry[ENTRY_KIND] = PTN_ENTRY_PERSON;
    for (size_t i = 0; i < count; i++) {
        struct ptn_list_birth read[PTN_BIRTH_TEXT_MAX];
        size_t read_count;

        assert_true(ptn_birth_read(ptn_bytes_from_text(texts[i]), read, &read_count));
        for (size_t k = 0; k < read_count; k++, total++) {
            uint8_t *birth = births + (size_t)total * BIRTH_LEN;

            ptn_put32(birth + BIRTH_FIRST, (uint32_t)ptn_date_to_days(read[k].first));
            ptn_put32(birth + BIRTH_LAST, (uint32_t)ptn_date_to_days(read[k].last));
            birth[BIRTH_CIRCA] = read[k].circa ? 1 : 0;
        }
    }
    ptn_put16(entry + ENTRY_BIRTH_COUNT, total);
    return ptn_cohort_of(entry, births);
}

static void test_cohort__is_the_narrowest_that_holds_all_births(void **state)
{
    static const struct {
        const char *texts[2];
        unsigned first, last;
        bool circa;
    } cases[] = {
        { { "1965-03-02", NULL }, 1965, 1965, false },
        { { "1965", NULL }, 1965, 1965, false },
        { { "circa 1965", NULL }, 1964, 1971, true },
        { { "1965-03-02", "1965-02-03" }, 1965, 1965, false },
        { { "1965", "1968" }, 1964, 1971, true },
        { { "1960 to 1969", NULL }, 1956, 1975, true },
        { { "1900", NULL }, 1900, 1900, false },
        { { "1940", "1990" }, 0, 0, false },
        { { "1899", NULL }, 0, 0, false },
        { { "2150", NULL }, 0, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned cohort = cohort_of(cases[i].texts, cases[i].texts[1] == NULL ? 1 : 2);
        struct ptn_cohort_years years = { 0 };

        assert_int_equal(ptn_cohort_years(cohort, &years), cases[i].first != 0);
        assert_int_equal(years.first, cases[i].first);
        assert_int_equal(years.last, cases[i].last);
        assert_int_equal(years.circa, cases[i].circa);
        if (cases[i].first == 0)
            assert_int_equal(cohort, PTN_COHORT_ANY);
    }
    assert_int_equal(cohort_of(NULL, 0), PTN_COHORT_UNBORN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cohort__births_of_every_form_hide_nobody),
        cmocka_unit_test(test_cohort__is_the_narrowest_that_holds_all_births),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
