#include "view/search.h"

#include "fault.h"
#include "names/score.h"
#include "view_setting.h"

#define ARENA_SIZE ((size_t)16 << 20)
#define LEDGERS    3u
#define ENTRIES    300u

static const struct ptn_stay_limit limit = { 90, 180 };

/* Ledger after ledger; two thirds of the entries are crossings, or advice and accesses to them. */
static void feed_some(struct setting *setting)
{
    for (uint64_t ledger = 1; ledger <= LEDGERS; ledger++)
        feed(setting, ledger, 0, ENTRIES);
}

/* A crossing of somebody who is given whole. */
static void apply_person(struct setting *setting, uint64_t ledger, uint64_t seq,
                         const struct ptn_person *person)
{
    struct ptn_view_entry entry;

    assert_int_equal(made_trip(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
    setting->made.crossing.person = *person;
    ptn_buffer_clear(&setting->made.payload);
    assert_int_equal(ptn_crossing_write(&setting->made.crossing, &setting->made.payload).code,
                     PTN_C_OK);
    assert_int_equal(made_seal(&setting->made, PTN_RECORD_CROSSING).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
}

static void feed_person(struct setting *setting, uint64_t ledger, uint64_t seq,
                        const struct ptn_person *person)
{
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    apply_person(setting, ledger, seq, person);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
}

static struct ptn_person named(const char *surname, const char *given, struct ptn_date birth)
{
    return (struct ptn_person){ .surname = ptn_bytes_from_text(surname),
                                .given = ptn_bytes_from_text(given),
                                .birth = birth };
}

/* ---- crossings ---- */

static bool fits(const struct ptn_view_question *question, const struct ptn_crossing *crossing)
{
    return (question->number.len == 0 ||
            ptn_bytes_equal(question->number, crossing->person.document.number)) &&
           (question->issuer.len == 0 ||
            ptn_bytes_equal(question->issuer,
                            ptn_bytes_from_text(crossing->person.document.issuer))) &&
           (question->post.len == 0 || ptn_bytes_equal(question->post, crossing->post)) &&
           crossing->time_ms >= question->from_ms &&
           (question->to_ms == 0 || crossing->time_ms < question->to_ms);
}

/* How many there must be, from the ledgers themselves. */
static size_t count_of(struct setting *setting, const struct ptn_view_question *question)
{
    size_t count = 0;

    for (uint64_t ledger = 1; ledger <= LEDGERS; ledger++) {
        for (uint64_t seq = 0; seq < ENTRIES; seq++) {
            assert_int_equal(made_entry(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
            if (setting->made.header.kind == PTN_RECORD_CROSSING &&
                (question->plate.len == 0 ||
                 ptn_bytes_equal(question->plate, setting->made.crossing.plate)) &&
                fits(question, &setting->made.crossing))
                count++;
        }
    }
    return count;
}

/* Take all pages: in order, each row once, each fitting, none missing. */
static size_t take_pages(struct setting *setting, struct ptn_view_question question)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    int64_t last_ms = INT64_MAX;
    int64_t last_at = INT64_MAX;
    size_t count = 0;
    bool more = true;

    assert_non_null(arena);
    while (more) {
        const struct ptn_view_crossing *rows = NULL;
        size_t row_count = 0;

        ptn_arena_clear(arena);
        assert_int_equal(
            ptn_view_crossings(setting->view, &question, arena, &rows, &row_count, &more, NULL)
                .code,
            PTN_C_OK);
        assert_true(row_count <= question.count);
        assert_true(!more || row_count == question.count);
        for (size_t i = 0; i < row_count; i++) {
            assert_true(rows[i].crossing.time_ms < last_ms ||
                        (rows[i].crossing.time_ms == last_ms && rows[i].at < last_at));
            last_ms = rows[i].crossing.time_ms;
            last_at = rows[i].at;
            assert_true(fits(&question, &rows[i].crossing) || question.before_ms != 0);
            /* the row says what the entry it names says */
            assert_int_equal(made_entry(&setting->made, strtoull(rows[i].origin + 21, NULL, 10),
                                        rows[i].seq, PEOPLE)
                                 .code,
                             PTN_C_OK);
            assert_string_equal(setting->made.origin, rows[i].origin);
            assert_true(ptn_record_id_equal(setting->made.crossing.id, rows[i].crossing.id));
            assert_true(ptn_bytes_equal(setting->made.crossing.person.surname,
                                        rows[i].crossing.person.surname));
            assert_int_equal(setting->made.header.time_ms, rows[i].written_ms);
        }
        count += row_count;
        question.before_ms = last_ms;
        question.before_at = last_at;
    }
    ptn_arena_free(arena);
    return count;
}

/* A ledger's crossings in its order: each once, whatever the pieces, and none of another's. */
static void test_search__a_stretch_has_each_crossing_of_one_ledger(void **state)
{
    struct setting *setting = *state;
    static const size_t sizes[] = { 1, 7, PTN_VIEW_PAGE_MAX };
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);

    assert_non_null(arena);
    feed_some(setting);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct ptn_view_stretch stretch = { .end = ENTRIES, .count = sizes[i] };
        uint64_t seq = 0;
        bool more = true;

        while (more) {
            const struct ptn_view_crossing *rows = NULL;
            size_t count = 0;

            assert_int_equal(made_entry(&setting->made, 2, 0, PEOPLE).code, PTN_C_OK);
            stretch.origin = setting->made.origin;
            ptn_arena_clear(arena);
            assert_int_equal(
                ptn_view_stretch(setting->view, &stretch, arena, &rows, &count, &more, NULL).code,
                PTN_C_OK);
            assert_true(count <= sizes[i] && (!more || count == sizes[i]));
            for (size_t k = 0; k < count; k++, seq++) {
                for (;; seq++) { /* the next crossing that was made */
                    assert_true(seq < ENTRIES);
                    assert_int_equal(made_entry(&setting->made, 2, seq, PEOPLE).code, PTN_C_OK);
                    if (setting->made.header.kind == PTN_RECORD_CROSSING)
                        break;
                }
                assert_int_equal(rows[k].seq, seq);
                assert_string_equal(rows[k].origin, setting->made.origin);
                assert_true(ptn_record_id_equal(setting->made.crossing.id, rows[k].crossing.id));
            }
            stretch.from = seq;
        }
        for (; seq < ENTRIES; seq++) {
            assert_int_equal(made_entry(&setting->made, 2, seq, PEOPLE).code, PTN_C_OK);
            assert_int_not_equal(setting->made.header.kind, PTN_RECORD_CROSSING);
        }
    }
    ptn_arena_free(arena);
}

static void test_search__crossings_come_by_pages_and_none_is_missing(void **state)
{
    struct setting *setting = *state;
    static const size_t sizes[] = { 1, 7, PTN_VIEW_PAGE_MAX };

    feed_some(setting);
    assert_int_equal(made_trip(&setting->made, 2, 12, PEOPLE).code, PTN_C_OK);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct ptn_bytes number = ptn_bytes_from_text("M00000011");
        int64_t middle = MADE_START_MS + INT64_C(1200000);
        const struct ptn_view_question questions[] = {
            { .count = sizes[i] },
            { .count = sizes[i], .post = PTN_BYTES_LITERAL("post2") },
            { .count = sizes[i], .from_ms = middle },
            { .count = sizes[i], .to_ms = middle },
            { .count = sizes[i],
              .post = PTN_BYTES_LITERAL("post3"),
              .from_ms = middle,
              .to_ms = middle + 600000 },
            { .count = sizes[i], .number = number },
            { .count = sizes[i], .number = number, .post = PTN_BYTES_LITERAL("post1") },
            { .count = sizes[i], .number = number, .to_ms = middle },
            { .count = sizes[i], .number = number, .issuer = PTN_BYTES_LITERAL("XXX") },
            { .count = sizes[i], .number = PTN_BYTES_LITERAL("M0000001") },
        };

        for (size_t k = 0; k < sizeof(questions) / sizeof(questions[0]); k++)
            assert_int_equal(take_pages(setting, questions[k]), count_of(setting, &questions[k]));
    }
}

static void test_search__plates_are_compared_by_letters_and_digits(void **state)
{
    struct setting *setting = *state;
    static const char *const spellings[] = { "AA %03u BC", "aa%03ubc", "Aa-%03u-BC", " AA%03uBC " };
    struct ptn_view_question question = { .count = 50 };
    size_t wanted;
    char plate[32];
    unsigned number;

    feed_some(setting);
    for (uint64_t seq = 2;; seq += 3) { /* somebody's */
        assert_int_equal(made_entry(&setting->made, 1, seq, PEOPLE).code, PTN_C_OK);
        if (setting->made.crossing.plate.len > 0 &&
            setting->made.header.kind == PTN_RECORD_CROSSING)
            break;
    }
    number = (unsigned)strtoul(setting->made.plate + 3, NULL, 10);
    (void)snprintf(plate, sizeof(plate), "%s", setting->made.plate);
    question.plate = ptn_bytes_from_text(plate);
    wanted = count_of(setting, &question);
    assert_true(wanted > 0);
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        char text[32];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(text, sizeof(text), spellings[i], number);
#pragma GCC diagnostic pop
        question.plate = ptn_bytes_from_text(text);
        assert_int_equal(take_pages(setting, question), wanted);
    }
    question.plate = PTN_BYTES_LITERAL("--"); /* nobody's, not everybody's */
    assert_int_equal(take_pages(setting, question), 0);
}

static void test_search__question_that_means_nothing_is_refused(void **state)
{
    struct setting *setting = *state;
    const struct ptn_view_question wrong[] = {
        { .count = 0 },
        { .count = PTN_VIEW_PAGE_MAX + 1 },
        { .count = 1, .issuer = PTN_BYTES_LITERAL("ALB") },
        { .count = 1, .number = PTN_BYTES_LITERAL("1"), .plate = PTN_BYTES_LITERAL("2") },
    };
    const struct ptn_view_who whom[] = {
        { .count = 0, .name = PTN_BYTES_LITERAL("HOXHA") },
        { .count = PTN_VIEW_PAGE_MAX + 1, .name = PTN_BYTES_LITERAL("HOXHA") },
        { .count = 1 },
        { .count = 1, .name = PTN_BYTES_LITERAL("- .") },
        { .count = 1, .issuer = PTN_BYTES_LITERAL("ALB"), .name = PTN_BYTES_LITERAL("HOXHA") },
        { .count = 1, .name = PTN_BYTES_LITERAL("ANA BORA CARLO DARIO EVA FILIP GENC HELGA IVO") },
    };
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    size_t count = 77;
    bool more;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const struct ptn_view_crossing *rows;

        assert_int_equal(
            ptn_view_crossings(setting->view, &wrong[i], arena, &rows, &count, &more, NULL).code,
            PTN_C_BAD_INPUT);
    }
    for (size_t i = 0; i < sizeof(whom) / sizeof(whom[0]); i++) {
        const struct ptn_view_person *rows;

        assert_int_equal(
            ptn_view_persons(setting->view, &whom[i], arena, &rows, &count, &more, NULL).code,
            PTN_C_BAD_INPUT);
    }
    assert_int_equal(count, 77);
    ptn_arena_free(arena);
}

/* A post that lost its disk, and its former ledger turned up late: one record, two ledgers. */
static void test_search__record_of_two_ledgers_is_given_once(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    const struct ptn_view_question question = { .count = 10 };
    const struct ptn_view_crossing *rows = NULL;
    struct ptn_view_entry entry;
    size_t count = 0;
    bool more = true;

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t ledger = 1; ledger <= 2; ledger++) {
        assert_int_equal(made_trip(&setting->made, 1, 0, PEOPLE).code, PTN_C_OK);
        entry = made_as_entry(&setting->made);
        entry.origin = ledger == 1 ? ORIGIN_1 : ORIGIN_2;
        assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
    }
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(
        ptn_view_crossings(setting->view, &question, arena, &rows, &count, &more, NULL).code,
        PTN_C_OK);
    assert_int_equal(count, 1);
    assert_false(more);
    ptn_arena_free(arena);
}

/* ---- persons ---- */

static size_t find(struct setting *setting, struct ptn_arena *arena, struct ptn_view_who who,
                   const struct ptn_view_person **ret_rows, bool *ret_more)
{
    size_t count = 0;

    if (who.count == 0)
        who.count = PTN_VIEW_PAGE_MAX;
    assert_int_equal(
        ptn_view_persons(setting->view, &who, arena, ret_rows, &count, ret_more, NULL).code,
        PTN_C_OK);
    return count;
}

static void test_search__names_are_found_in_other_spellings(void **state)
{
    struct setting *setting = *state;
    static const struct {
        const char *surname, *given, *asked;
        bool found;
    } cases[] = {
        { "HOXHA", "ARDIT", "hoxha", true },
        { "HOXHA", "ARDIT", "Ardit Hoxha", true },
        { "HOXHA", "ARDIT", "Hodja Ardit", true },
        { "HOXHA", "ARDIT", "hox*", true },
        { "HOXHA", "ARDIT", "Ho*", true },
        { "HOXHA", "ARDIT", "ho", false },
        { "HOXHA", "ARDIT", "Hoxha Besnik", false },
        { "HOXHA", "ARDIT", "Hoxha Ard*", true },
        { "AL-ZAWAHIRI", "AYMAN MUHAMMAD", "Mohamed Zawahri", true },
        { "DERVISHI", "MARIA", "\xd0\x9c\xd0\xb0\xd1\x80\xd0\xb8\xd1\x8f", true }, /* Cyrillic */
        { "SHEHU", "GJERGJ", "George Shehu", true },
        { "\xc3\x87"
          "ELA",
          "\xc3\x8b"
          "NGJ\xc3\x8b"
          "LLUSHE",
          "cela engjellushe", true },
        { "DUSHKU", "LINDITA", "dus*", true },
        { "KRASNIQI", "DRITAN", "Krasnici", true },
        { "KRASNIQI", "DRITAN", "Berisha", false },
    };
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_person person =
            named(cases[i].surname, cases[i].given, (struct ptn_date){ 1980, 5, 17 });
        const struct ptn_view_who who = { .name = ptn_bytes_from_text(cases[i].asked) };
        const struct ptn_view_person *rows = NULL;
        size_t count;
        bool more;

        assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
        feed_person(setting, 1, 0, &person);
        ptn_arena_clear(arena);
        count = find(setting, arena, who, &rows, &more);
        if (count != (cases[i].found ? 1u : 0u))
            fail_msg("%s %s asked for as %s", cases[i].given, cases[i].surname, cases[i].asked);
        assert_false(more);
        if (count == 1)
            assert_true(ptn_bytes_is(rows[0].person.surname, cases[i].surname));
    }
    ptn_arena_free(arena);
}

static void test_search__birth_narrows_by_what_is_known(void **state)
{
    struct setting *setting = *state;
    static const struct ptn_date births[] = {
        { 1980, 5, 17 }, { 1980, 5, 0 },  { 1980, 0, 0 }, { 0, 0, 0 },
        { 1980, 5, 18 }, { 1981, 5, 17 }, { 0, 5, 17 },
    };
    static const struct {
        struct ptn_date asked;
        size_t found;
    } cases[] = {
        { { 1980, 5, 17 }, 5 }, { { 1980, 5, 0 }, 6 }, { { 1980, 0, 0 }, 6 },
        { { 1981, 0, 0 }, 3 },  { { 1982, 1, 1 }, 1 }, { { 0, 0, 0 }, 7 },
    };
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);

    for (size_t i = 0; i < sizeof(births) / sizeof(births[0]); i++) {
        struct ptn_person person = named("HOXHA", "ARDIT", births[i]);

        feed_person(setting, 1, i, &person);
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct ptn_view_who who = { .name = PTN_BYTES_LITERAL("Hoxha"),
                                          .birth = cases[i].asked };
        const struct ptn_view_person *rows;
        bool more;

        ptn_arena_clear(arena);
        assert_int_equal(find(setting, arena, who, &rows, &more), cases[i].found);
    }
    ptn_arena_free(arena);
}

/* Everyone whose names have the like of every part asked for is found, best first, whatever the
 * pages; held to a scan of all persons. */
static void test_search__finds_what_a_scan_finds(void **state)
{
    struct setting *setting = *state;
    static const char *const changes[] = { "", "A", "IC", "S" };
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    size_t found_in_all = 0;

    for (uint64_t seq = 0; seq < 200; seq++) {
        struct made made = { 0 };

        made_crossing(&made, 1, seq * 2, 1000);
        feed_person(setting, 1, seq, &made.crossing.person);
    }
    for (uint64_t asked = 0; asked < 60; asked++) {
        const struct ptn_view_person *rows = NULL;
        char text[96];
        struct ptn_name one;
        size_t count;
        size_t wanted = 0;
        bool more;

        assert_int_equal(made_trip(&setting->made, 1, asked * 2, 1000).code, PTN_C_OK);
        (void)snprintf(text, sizeof(text), "%s%s", setting->made.surname, changes[asked % 4]);
        ptn_name_read(ptn_bytes_from_text(text), PTN_NAME_FREE, &one);
        assert_int_equal(one.part_count, 1);
        ptn_arena_clear(arena);
        count = find(setting, arena, (struct ptn_view_who){ .name = ptn_bytes_from_text(text) },
                     &rows, &more);
        for (size_t i = 1; i < count; i++)
            assert_true(rows[i - 1].score >= rows[i].score);
        for (uint64_t seq = 0; seq < 200; seq++) {
            struct ptn_name surname;
            struct ptn_name given;
            bool again = false;

            assert_int_equal(made_trip(&setting->made, 1, seq * 2, 1000).code, PTN_C_OK);
            for (uint64_t former = 0; former < seq && !again; former++)
                again = made_mix(former + 7919) % 1000 == made_mix(seq + 7919) % 1000;
            ptn_name_read(setting->made.crossing.person.surname, PTN_NAME_FREE, &surname);
            ptn_name_read(setting->made.crossing.person.given, PTN_NAME_FREE, &given);
            if (!again &&
                (ptn_score(&one, &surname, NULL) >= 7500 || ptn_score(&one, &given, NULL) >= 7500))
                wanted++;
        }
        if (count != wanted)
            fail_msg("%s: %zu found, %zu wanted", text, count, wanted);
        found_in_all += count;
    }
    assert_true(found_in_all > 60);
    ptn_arena_free(arena);
}

/* More people than are ranked, by one part or by parts that many have: the most alike are among
 * those that are. */
static void test_search__of_too_many_the_most_alike_are_given(void **state)
{
    struct setting *setting = *state;
    static const char *const asked[] = { "Hoxha", "Ardit Hoxha", "Hoxha, Ardit" };
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    enum { EXACT = 100, ALIKE = PTN_VIEW_RANKED_MAX };

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t seq = 0; seq < EXACT + ALIKE; seq++) {
        bool exact = made_mix(seq) % (EXACT + ALIKE) < EXACT;
        const struct ptn_date birth = { (uint16_t)(1940 + seq / 336), (uint8_t)(1 + seq / 28 % 12),
                                        (uint8_t)(1 + seq % 28) };

        apply_person(setting, 1, seq,
                     &(struct ptn_person){ .surname = exact ? PTN_BYTES_LITERAL("HOXHA")
                                                            : PTN_BYTES_LITERAL("HOSHA"),
                                           .given = PTN_BYTES_LITERAL("ARDIT"),
                                           .birth = birth });
    }
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        const struct ptn_view_who who = { .name = ptn_bytes_from_text(asked[i]) };
        const struct ptn_view_person *rows = NULL;
        size_t exact = 0;
        size_t wanted = 0;
        bool more = false;

        for (uint64_t seq = 0; seq < EXACT + ALIKE; seq++)
            wanted += made_mix(seq) % (EXACT + ALIKE) < EXACT;
        assert_true(wanted > EXACT / 2 && wanted < PTN_VIEW_PAGE_MAX);
        ptn_arena_clear(arena);
        assert_int_equal(find(setting, arena, who, &rows, &more), PTN_VIEW_PAGE_MAX);
        assert_true(more);
        while (exact < PTN_VIEW_PAGE_MAX && ptn_bytes_is(rows[exact].person.surname, "HOXHA"))
            exact++;
        assert_int_equal(exact, wanted);
    }
    ptn_arena_free(arena);
}

static void test_search__pages_of_persons_do_not_overlap(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_who who = { .name = PTN_BYTES_LITERAL("Ardit"), .count = 4 };
    const struct ptn_view_person *all = NULL;
    const struct ptn_view_person *page = NULL;
    size_t count;
    bool more;

    for (uint64_t seq = 0; seq < 10; seq++) {
        char surname[] = "BERISHA";
        struct ptn_person person;

        surname[6] = (char)('A' + seq);
        person = named(surname, "ARDIT", (struct ptn_date){ 1980, 5, 17 });
        feed_person(setting, 1 + seq % 2, seq / 2, &person);
    }
    count = find(setting, arena, (struct ptn_view_who){ .name = who.name }, &all, &more);
    assert_int_equal(count, 10);
    assert_false(more);
    for (who.skip = 0; who.skip < 12; who.skip += 4) {
        count = find(setting, arena, who, &page, &more);
        assert_int_equal(count, who.skip < 8 ? 4 : 2);
        assert_int_equal(more, who.skip < 8);
        for (size_t i = 0; i < count; i++)
            assert_memory_equal(&page[i].key, &all[who.skip + i].key, sizeof(page[i].key));
    }
    who = (struct ptn_view_who){ .name = who.name, .post = PTN_BYTES_LITERAL("post2") };
    assert_int_equal(find(setting, arena, who, &page, &more), 5);
    who.to_ms = MADE_START_MS + INT64_C(90000);
    assert_int_equal(find(setting, arena, who, &page, &more), 3);
    assert_true(page[0].last_ms >= MADE_START_MS && page[0].last_ms < who.to_ms);
    ptn_arena_free(arena);
}

static void test_search__persons_by_number_need_no_name(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    const struct ptn_view_person *rows = NULL;
    struct ptn_view_who who = { 0 };
    char issuer[4];
    char surname[64];
    bool more;

    feed_some(setting);
    assert_int_equal(made_trip(&setting->made, 1, 0, PEOPLE).code, PTN_C_OK);
    memcpy(issuer, setting->made.crossing.person.document.issuer, sizeof(issuer));
    (void)snprintf(surname, sizeof(surname), "%s", setting->made.surname);
    who.number = setting->made.crossing.person.document.number;
    assert_int_equal(find(setting, arena, who, &rows, &more), 1);
    assert_true(ptn_bytes_is(rows[0].person.surname, surname));
    who.issuer = ptn_bytes_from_text(issuer);
    assert_int_equal(find(setting, arena, who, &rows, &more), 1);
    who.issuer = PTN_BYTES_LITERAL("XXX");
    assert_int_equal(find(setting, arena, who, &rows, &more), 0);
    who.issuer = PTN_BYTES_NONE;
    who.name = PTN_BYTES_LITERAL("Nobody");
    assert_int_equal(find(setting, arena, who, &rows, &more), 0);
    ptn_arena_free(arena);
}

/* ---- a person's page ---- */

static void test_search__page_has_crossings_advice_looks_and_stays(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history history;
    const struct ptn_view_person *rows = NULL;
    bool more;

    feed(setting, 1, 0, 6); /* advice, access, crossing; twice, of one person: in and out */
    assert_int_equal(
        find(setting, arena,
             (struct ptn_view_who){ .name = ptn_bytes_from_text(setting->made.surname) }, &rows,
             &more),
        1);
    assert_int_equal(rows[0].last_ms, MADE_START_MS + 30000);
    assert_int_equal(rows[0].last_direction, PTN_DIRECTION_EXIT);
    assert_int_equal(ptn_view_person(setting->view, &rows[0].key, limit,
                                     (struct ptn_date){ 2026, 11, 20 }, arena, &history, NULL)
                         .code,
                     PTN_C_OK);
    assert_int_equal(history.crossing_count, 2);
    assert_int_equal(history.decision_count, 2);
    assert_int_equal(history.access_count, 2);
    assert_false(history.more);
    assert_int_equal(history.crossings[0].seq, 5);
    assert_int_equal(history.crossings[1].seq, 2);
    assert_int_equal(history.decisions[0].seq, 3);
    assert_true(history.decisions[0].discreet);
    assert_true(ptn_bytes_is(history.decisions[0].rules, "document.expires_soon"));
    assert_false(history.decisions[1].discreet);
    assert_int_equal(history.accesses[0].purpose, PTN_PURPOSE_FIRST_LINE);
    assert_true(history.stay_known);
    assert_int_equal(history.stay.used, 1); /* in and out on one day */
    assert_false(history.stay.inside);

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t seq = 0; seq < 6; seq++)
        assert_int_equal(ptn_view_forget(setting->view, ORIGIN_1, seq, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_person(setting->view, &rows[0].key, limit,
                                     (struct ptn_date){ 2026, 11, 20 }, arena, &history, NULL)
                         .code,
                     PTN_C_NOT_FOUND);
    ptn_arena_free(arena);
}

/* ---- who crossed together ---- */

/* A crossing in ledger 1 of the person of that number, at that second and lane. */
static void apply_together(struct setting *setting, uint64_t seq, uint64_t who, int64_t second,
                           const char *lane, unsigned trip, const char *booking)
{
    struct ptn_crossing *crossing = &setting->made.crossing;
    struct ptn_view_entry entry;

    assert_int_equal(made_trip(&setting->made, 1, seq, PEOPLE).code, PTN_C_OK);
    made_person(&setting->made, who);
    crossing->time_ms = MADE_START_MS + second * 1000;
    crossing->lane = ptn_bytes_from_text(lane);
    crossing->trip = (struct ptn_record_id){ { (uint8_t)trip } };
    crossing->booking = ptn_bytes_from_text(booking);
    ptn_buffer_clear(&setting->made.payload);
    assert_int_equal(ptn_crossing_write(crossing, &setting->made.payload).code, PTN_C_OK);
    assert_int_equal(made_seal(&setting->made, PTN_RECORD_CROSSING).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
}

/* The page of the person of that number. */
static void page_of(struct setting *setting, uint64_t who, struct ptn_arena *arena,
                    struct ptn_view_history *ret_history)
{
    const struct ptn_view_person *rows = NULL;
    size_t count = 0;
    bool more;
    struct ptn_view_who asked = { .count = 10 };

    made_person(&setting->made, who);
    asked.number = ptn_bytes_from_text(setting->made.number);
    assert_int_equal(
        ptn_view_persons(setting->view, &asked, arena, &rows, &count, &more, NULL).code, PTN_C_OK);
    assert_true(count > 0);
    assert_int_equal(ptn_view_person(setting->view, &rows[0].key, limit,
                                     (struct ptn_date){ 2026, 11, 20 }, arena, ret_history, NULL)
                         .code,
                     PTN_C_OK);
}

static bool is_number(const struct ptn_view_companion *one, uint64_t who)
{
    struct made made;

    made_person(&made, who);
    return ptn_bytes_is(one->person.document.number, made.number);
}

/* Each crossing counts once, by the surest way; sure ways come first; who is a minute away or at
 * another lane did not cross together. */
static void test_search__page_has_who_crossed_together(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history history;

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    apply_together(setting, 0, 1, 100, "2", 7, "REF1"); /* one car, one booking */
    apply_together(setting, 1, 2, 101, "2", 7, "REF1");
    apply_together(setting, 2, 3, 5000, "9", 0, "REF1"); /* the other car of that booking */
    apply_together(setting, 3, 4, 130, "2", 0, "");      /* next in the queue */
    apply_together(setting, 4, 5, 130, "3", 0, "");      /* another lane */
    apply_together(setting, 5, 6, 160, "2", 0, "");      /* a minute later */
    apply_together(setting, 6, 1, 90000, "2", 0, "");    /* the day after */
    apply_together(setting, 7, 4, 90059, "2", 0, "");
    apply_together(setting, 8, 1, 90001, "2", 0, "");               /* the same person once more */
    apply_together(setting, 9, 7, INT64_C(345600), "2", 0, "REF1"); /* the reference, used again */
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    page_of(setting, 1, arena, &history);
    assert_false(history.more_companions);
    assert_int_equal(history.companion_count, 3);
    assert_true(is_number(&history.companions[0], 3)); /* later than the one in the car */
    assert_int_equal(history.companions[0].times[PTN_VIEW_BY_BOOKING], 1);
    assert_true(is_number(&history.companions[1], 2));
    assert_int_equal(history.companions[1].times[PTN_VIEW_BY_TRIP], 1);
    assert_int_equal(history.companions[1].times[PTN_VIEW_BY_BOOKING], 0);
    assert_int_equal(history.companions[1].times[PTN_VIEW_BY_LANE], 0);
    assert_int_equal(history.companions[1].seq, 1);
    assert_string_equal(history.companions[1].origin, ORIGIN_1);
    assert_true(is_number(&history.companions[2], 4));
    assert_int_equal(history.companions[2].times[PTN_VIEW_BY_LANE], 3);
    assert_int_equal(history.companions[2].seq, 7);
    assert_int_equal(history.companions[2].last_ms, MADE_START_MS + 90059000);
    assert_int_equal(history.user_count, 0); /* one description of the document */
    ptn_arena_free(arena);
}

/* However many cross at once, a page compares a bounded number and says so. */
static void test_search__company_of_a_crowd_is_bounded_and_says_so(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history history;

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    apply_together(setting, 0, 1, 100, "2", 7, "");
    for (uint64_t seq = 1; seq <= PTN_VIEW_COMPANY_MAX + 3; seq++)
        apply_together(setting, seq, 100 + seq, 100, "2", 7, "");
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    page_of(setting, 1, arena, &history);
    assert_int_equal(history.companion_count, PTN_VIEW_COMPANY_MAX);
    assert_true(history.more_companions);
    ptn_arena_free(arena);
}

/* One document, three descriptions: another birth date is another page, and is named here. */
static void test_search__page_has_who_else_used_the_document(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_person person = named("TESTERI", "ANA", (struct ptn_date){ 1980, 2, 3 });
    struct ptn_view_history history;

    person.document = (struct ptn_document){ .kind = PTN_DOCUMENT_PASSPORT,
                                             .code = "P",
                                             .issuer = "UTO",
                                             .number = PTN_BYTES_LITERAL("X1") };
    feed_person(setting, 1, 0, &person);
    feed_person(setting, 1, 1, &person);
    person.given = PTN_BYTES_LITERAL("BESA");
    person.birth.year = 1991;
    feed_person(setting, 1, 2, &person);
    memcpy(person.document.issuer, "ALB", 4); /* another State's document of that number */
    feed_person(setting, 1, 3, &person);
    {
        const struct ptn_view_person *rows = NULL;
        bool more;

        assert_int_equal(find(setting, arena,
                              (struct ptn_view_who){ .name = PTN_BYTES_LITERAL("Ana Testeri") },
                              &rows, &more),
                         1);
        assert_int_equal(ptn_view_person(setting->view, &rows[0].key, limit,
                                         (struct ptn_date){ 2026, 11, 20 }, arena, &history, NULL)
                             .code,
                         PTN_C_OK);
    }
    assert_int_equal(history.crossing_count, 2);
    assert_int_equal(history.user_count, 2);
    assert_true(ptn_bytes_is(history.users[0].person.given, "BESA"));
    assert_int_equal(history.users[0].crossings, 1);
    assert_int_equal(history.users[0].seq, 2);
    assert_int_equal(history.users[1].crossings, 2);
    assert_int_equal(history.users[1].seq, 1);
    ptn_arena_free(arena);
}

/* ---- who is said to be whom ---- */

static struct ptn_person ana_old, ana_new; /* two passports of somebody */

static void make_anas(void)
{
    ana_old = named("TESTERI", "ANA", (struct ptn_date){ 1980, 2, 3 });
    ana_old.document = (struct ptn_document){ .kind = PTN_DOCUMENT_PASSPORT,
                                              .code = "P",
                                              .issuer = "UTO",
                                              .number = PTN_BYTES_LITERAL("OLD1") };
    ana_new = ana_old;
    ana_new.surname = PTN_BYTES_LITERAL("TESTERI HOXHA");
    ana_new.document.number = PTN_BYTES_LITERAL("NEW2");
}

/* A decision, at the next entry of that ledger. */
static void feed_decision(struct setting *setting, uint64_t ledger, uint64_t seq,
                          enum ptn_identity_act act)
{
    const struct ptn_identity identity = {
        .id = { { (uint8_t)act } },
        .time_ms = MADE_START_MS + act,
        .act = act,
        .of = { { act == PTN_IDENTITY_PARTED ? PTN_IDENTITY_JOINED : 0 } },
        .post = PTN_BYTES_LITERAL("centre"),
        .officer = PTN_BYTES_LITERAL("ana"),
        .second = act == PTN_IDENTITY_PARTED ? PTN_BYTES_LITERAL("ben") : PTN_BYTES_NONE,
        .reason = PTN_BYTES_LITERAL("the new passport names the old one"),
        .one = ana_old,
        .other = ana_new,
    };
    struct ptn_view_entry entry;

    assert_int_equal(made_trip(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
    ptn_buffer_clear(&setting->made.payload);
    assert_int_equal(ptn_identity_write(&identity, &setting->made.payload).code, PTN_C_OK);
    assert_int_equal(made_seal(&setting->made, PTN_RECORD_IDENTITY).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
}

static struct ptn_view_person the_one(struct setting *setting, struct ptn_arena *arena,
                                      const struct ptn_person *person)
{
    const struct ptn_view_person *rows = NULL;
    bool more;

    assert_int_equal(find(setting, arena,
                          (struct ptn_view_who){ .number = person->document.number }, &rows, &more),
                     1);
    return rows[0];
}

static struct ptn_view_history page_by(struct setting *setting, struct ptn_arena *arena,
                                       const struct ptn_person *person)
{
    const struct ptn_view_key key = the_one(setting, arena, person).key;
    struct ptn_view_history history = { .more = true };

    assert_int_equal(ptn_view_person(setting->view, &key, limit, (struct ptn_date){ 2026, 11, 20 },
                                     arena, &history, NULL)
                         .code,
                     PTN_C_OK);
    return history;
}

/* IDENTITY-1: both originals stand on the page of either, with who decided and why; what was joined
 * is parted again, and nothing of it was lost. */
static void test_search__joined_pages_are_one_until_they_are_parted(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history history;
    struct ptn_view_joining joining;
    struct ptn_view_key new_key;

    make_anas();
    feed_person(setting, 1, 0, &ana_old); /* in */
    feed_person(setting, 1, 1, &ana_old); /* and out */
    feed_person(setting, 1, 2, &ana_new);
    history = page_by(setting, arena, &ana_old);
    assert_int_equal(history.identity_count, 1);
    assert_int_equal(history.joining_count, 0);
    assert_int_equal(the_one(setting, arena, &ana_new).joined, 0);
    new_key = the_one(setting, arena, &ana_new).key;

    feed_decision(setting, 2, 0, PTN_IDENTITY_JOINED);
    for (unsigned i = 0; i < 2; i++) {
        const struct ptn_person *own = i == 0 ? &ana_old : &ana_new;

        history = page_by(setting, arena, own);
        assert_true(ptn_bytes_equal(history.person.document.number, own->document.number));
        assert_int_equal(history.identity_count, 2);
        assert_true(
            ptn_bytes_equal(history.identities[0].person.document.number, own->document.number));
        assert_int_equal(history.crossing_count, 3);
        assert_int_equal(history.crossings[0].seq, 2);
        assert_int_equal(history.crossings[2].seq, 0);
        assert_int_equal(history.joining_count, 1);
        assert_true(history.joinings[0].standing);
        assert_true(ptn_bytes_is(history.joinings[0].decision.officer, "ana"));
        assert_true(ptn_bytes_is(history.joinings[0].decision.one.document.number, "OLD1"));
        assert_true(ptn_bytes_is(history.joinings[0].decision.other.document.number, "NEW2"));
        assert_memory_equal(&history.joinings[0].other_key, &new_key, sizeof(new_key));
        assert_int_equal(the_one(setting, arena, own).joined, 1);
    }
    joining = history.joinings[0];
    assert_int_equal(
        ptn_view_joining(setting->view, &joining.decision.id, arena, &joining, NULL).code,
        PTN_C_OK);
    assert_true(joining.standing);

    feed_decision(setting, 3, 0, PTN_IDENTITY_PARTED);
    history = page_by(setting, arena, &ana_old);
    assert_int_equal(history.identity_count, 1);
    assert_int_equal(history.crossing_count, 2);
    assert_int_equal(history.joining_count, 2);
    assert_false(history.joinings[0].standing);
    assert_false(history.joinings[1].standing);
    assert_int_equal(history.joinings[0].decision.act, PTN_IDENTITY_PARTED);
    assert_int_equal(the_one(setting, arena, &ana_new).joined, 0);
    assert_int_equal(
        ptn_view_joining(setting->view, &(struct ptn_record_id){ { 77 } }, arena, &joining, NULL)
            .code,
        PTN_C_NOT_FOUND);

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK); /* VIEW-3 */
    assert_int_equal(ptn_view_forget(setting->view, "postern.example/post-3", 0, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(page_by(setting, arena, &ana_old).identity_count, 2);
    ptn_arena_free(arena);
}

/* VIEW-2: a parting that comes before its joining takes it back all the same. */
static void test_search__a_parting_that_came_first_counts(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history history;

    make_anas();
    feed_person(setting, 1, 0, &ana_old);
    feed_decision(setting, 3, 0, PTN_IDENTITY_PARTED);
    feed_decision(setting, 2, 0, PTN_IDENTITY_JOINED);
    history = page_by(setting, arena, &ana_old);
    assert_int_equal(history.identity_count, 1);
    assert_int_equal(history.joining_count, 2);
    ptn_arena_free(arena);
}

/* Who is inside on one document and left on another would be found to have left: two people decide
 * that. Days that only get more are one person's to join. */
static void test_search__joining_that_takes_a_reason_away_is_known(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_weighed weighed;
    struct ptn_view_key old_key, new_key;

    make_anas();
    feed_person(setting, 1, 0, &ana_old); /* in, and never out */
    feed_person(setting, 1, 1, &ana_new); /* out, and never in */
    feed_person(setting, 1, 2, &ana_new); /* in again */
    old_key = the_one(setting, arena, &ana_old).key;
    new_key = the_one(setting, arena, &ana_new).key;
    assert_int_equal(ptn_view_weigh(setting->view, &old_key, &new_key, limit,
                                    (struct ptn_date){ 2026, 11, 20 }, arena, &weighed, NULL)
                         .code,
                     PTN_C_OK);
    assert_false(weighed.same);
    assert_false(weighed.lessens);        /* still inside, as long as before */
    feed_person(setting, 1, 3, &ana_new); /* and out */
    assert_int_equal(ptn_view_weigh(setting->view, &old_key, &new_key, limit,
                                    (struct ptn_date){ 2026, 11, 20 }, arena, &weighed, NULL)
                         .code,
                     PTN_C_OK);
    assert_true(weighed.one_stay.inside);
    assert_false(weighed.both.inside);
    assert_true(weighed.lessens);
    feed_decision(setting, 2, 0, PTN_IDENTITY_JOINED);
    assert_int_equal(ptn_view_weigh(setting->view, &old_key, &new_key, limit,
                                    (struct ptn_date){ 2026, 11, 20 }, arena, &weighed, NULL)
                         .code,
                     PTN_C_OK);
    assert_true(weighed.same);
    ptn_arena_free(arena);
}

/* Somebody looks at the advice of trip 0 of ledger 1, without saying whose it is. */
static void look_at_trip(struct setting *setting, uint64_t ledger, uint64_t seq)
{
    struct ptn_record_id record;
    struct ptn_access access = {
        .time_ms = MADE_START_MS + 86400000 + (int64_t)(ledger * 1000 + seq),
        .purpose = PTN_PURPOSE_OVERSIGHT,
        .officer = PTN_BYTES_LITERAL("vera"),
        .post = PTN_BYTES_LITERAL("post1"),
        .reason = PTN_BYTES_LITERAL("a case"),
        .shown = 1,
    };
    struct ptn_view_entry entry;

    assert_int_equal(made_trip(&setting->made, 1, 0, PEOPLE).code, PTN_C_OK);
    record = setting->made.crossing.advice;
    assert_int_equal(made_trip(&setting->made, ledger, seq, PEOPLE).code, PTN_C_OK);
    access.id = setting->made.crossing.id;
    access.record = record;
    ptn_buffer_clear(&setting->made.payload);
    assert_int_equal(ptn_access_write(&access, &setting->made.payload).code, PTN_C_OK);
    assert_int_equal(made_seal(&setting->made, PTN_RECORD_ACCESS).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
}

/* A look is found by the record that it names wherever it stands: beside it, after the view was
 * opened again, as far as "near" goes and farther, in another ledger, and after a rollback. */
static void test_search__looks_are_found_near_and_far(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    const struct ptn_view_person *rows = NULL;
    struct ptn_view_history history;
    size_t looks;
    bool more;

    feed(setting, 1, 0, 3);
    look_at_trip(setting, 1, 3); /* beside it */
    feed(setting, 1, 4, 62);
    for (uint64_t seq = 62; seq < 67; seq++) /* less than 64 entries away, 64, and more */
        look_at_trip(setting, 1, seq);
    look_at_trip(setting, 2, 0);
    look_at_trip(setting, 3, 0);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(apply(setting, 1, 67).code, PTN_C_OK);
    ptn_view_rollback(setting->view);
    look_at_trip(setting, 1, 67);
    view_reopen(setting);
    look_at_trip(setting, 1, 68);
    assert_int_equal(made_trip(&setting->made, 1, 0, PEOPLE).code, PTN_C_OK);
    assert_int_equal(
        find(setting, arena,
             (struct ptn_view_who){ .name = ptn_bytes_from_text(setting->made.surname),
                                    .number = setting->made.crossing.person.document.number },
             &rows, &more),
        1);
    assert_int_equal(ptn_view_person(setting->view, &rows[0].key, limit,
                                     (struct ptn_date){ 2026, 11, 20 }, arena, &history, NULL)
                         .code,
                     PTN_C_OK);
    looks = 0;
    for (size_t i = 0; i < history.access_count; i++)
        looks += history.accesses[i].purpose == PTN_PURPOSE_OVERSIGHT ? 1 : 0;
    assert_int_equal(looks, 10);
    ptn_arena_free(arena);
}

/* Sent to the second line is not let in: no stay begins. */
static void test_search__referral_begins_no_stay(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history history;
    const struct ptn_view_person *rows = NULL;
    struct ptn_view_entry entry;
    bool more;

    for (uint64_t seq = 0; seq < 2; seq++) {
        struct ptn_crossing *crossing = &setting->made.crossing;

        assert_int_equal(made_trip(&setting->made, 1, seq, PEOPLE).code, PTN_C_OK);
        crossing->direction = PTN_DIRECTION_ENTRY;
        crossing->date = (struct ptn_date){ 2026, 11, (uint8_t)(1 + seq) };
        if (seq == 0) {
            crossing->outcome = PTN_OUTCOME_REFERRED;
            crossing->referral = PTN_REFERRAL_DOCUMENT;
        } else {
            crossing->outcome = PTN_OUTCOME_RECORDED;
            crossing->referral = PTN_REFERRAL_NONE;
        }
        ptn_buffer_clear(&setting->made.payload);
        assert_int_equal(ptn_crossing_write(crossing, &setting->made.payload).code, PTN_C_OK);
        entry = made_as_entry(&setting->made);
        assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
        assert_int_equal(
            find(setting, arena,
                 (struct ptn_view_who){ .name = ptn_bytes_from_text(setting->made.surname) }, &rows,
                 &more),
            1);
        assert_int_equal(ptn_view_person(setting->view, &rows[0].key, limit,
                                         (struct ptn_date){ 2026, 11, 10 }, arena, &history, NULL)
                             .code,
                         PTN_C_OK);
        assert_int_equal(history.crossing_count, seq + 1);
        assert_int_equal(history.stay_known, seq == 1);
    }
    assert_true(history.stay.inside);
    assert_int_equal(history.stay.used, 9); /* 2 to 10 November */
    assert_int_equal(ptn_view_person(setting->view, &rows[0].key, limit,
                                     (struct ptn_date){ 2026, 11, 1 }, arena, &history, NULL)
                         .code,
                     PTN_C_OK);
    assert_false(history.stay_known); /* not yet, on that day */
    ptn_arena_free(arena);
}

/* The case of a referral is on the page with every step, and goes when its entry is erased. */
static void test_search__page_has_the_case_with_every_step(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_history history;
    const struct ptn_view_person *rows = NULL;
    bool more;

    feed(setting, 1, 0, 27); /* entries 24 and 25 are steps of one case, 26 its crossing */
    assert_int_equal(made_trip(&setting->made, 1, 8, PEOPLE).code, PTN_C_OK);
    assert_true(find(setting, arena,
                     (struct ptn_view_who){ .number = ptn_bytes_from_text(setting->made.number) },
                     &rows, &more) >= 1);
    for (unsigned erased = 0; erased < 2; erased++) {
        assert_int_equal(ptn_view_person(setting->view, &rows[0].key, limit,
                                         (struct ptn_date){ 2026, 11, 20 }, arena, &history, NULL)
                             .code,
                         PTN_C_OK);
        assert_int_equal(history.case_count, erased == 0 ? 2 : 0); /* by the step that names them */
        if (erased > 0)
            break;
        assert_int_equal(history.cases[1].act, PTN_CASE_OPENED);
        assert_int_equal(history.cases[1].kind, PTN_REFERRAL_MATCH);
        assert_int_equal(history.cases[1].seq, 24);
        assert_int_equal(history.cases[0].outcome, PTN_CASE_REFUSED);
        assert_true(ptn_bytes_is(history.cases[0].second, "another"));
        assert_true(ptn_record_id_equal(history.cases[0].of, history.cases[1].of));
        assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_view_forget(setting->view, history.cases[1].origin, 24, NULL).code,
                         PTN_C_OK);
        assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    }
    ptn_arena_free(arena);
}

/* However it is typed, a flight is found on all its days, the latest first; a day narrows. */
static void test_search__voyages_are_found_from_their_start(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    static const struct {
        const char *voyage, *asked;
        bool found;
    } cases[] = {
        { "UX 204 2026-11-28", "UX204", true },
        { "UX 204 2026-11-28", "ux 0204", true },
        { "UX 204 2026-11-28", " UX  204  2026-11-28 ", true },
        { "UX 204 2026-11-28", "UX204 2026-11", true },
        { "UX 204 2026-11-28", "UX20", false },
        { "UX 204 2026-11-28", "UX204 2026-11-27", false },
        { "UX 204 2026-11-28", "U", false },
        { "0204 2026-11-28", "0204 2026-11-28", true },
        { "IMO9074729 12A", "IMO 9074729", false }, /* seven digits are no flight */
        { "IMO9074729 12A", "imo9074729", true },
        { "ADRIATIC STAR 12A", "Adriatic Star", true },
        { "ADRIATIC STAR 12A", "adriatic", true },
        { "ADRIATIC STAR 12A", "star", false },
        { "U2 4567 2026-11-28", "u24567", true },
        { "2P 017 2026-11-28", "2p17", true },
        { "AB1234567 X", "AB 1234567", false },
        { "MV \xc3\x8bNDRRA 12A", "mv", true }, /* no letter stands behind the end of the range */
        { "MV \xc3\x8bNDRRA 12A", "MV \xc3\x8bN", true },
        { "MW STAR 12A", "mv", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_view_question question = { .voyage = ptn_bytes_from_text(cases[i].asked),
                                              .count = 10 };
        const struct ptn_view_crossing *rows = NULL;
        struct ptn_view_entry entry;
        size_t count = 0;
        bool more = false;

        assert_int_equal(ptn_view_clear(setting->view, NULL).code, PTN_C_OK);
        assert_int_equal(made_trip(&setting->made, 1, 0, PEOPLE).code, PTN_C_OK);
        setting->made.crossing.voyage = ptn_bytes_from_text(cases[i].voyage);
        ptn_buffer_clear(&setting->made.payload);
        assert_int_equal(ptn_crossing_write(&setting->made.crossing, &setting->made.payload).code,
                         PTN_C_OK);
        assert_int_equal(made_seal(&setting->made, PTN_RECORD_CROSSING).code, PTN_C_OK);
        entry = made_as_entry(&setting->made);
        assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
        assert_int_equal(
            ptn_view_crossings(setting->view, &question, arena, &rows, &count, &more, NULL).code,
            PTN_C_OK);
        assert_int_equal(count, cases[i].found ? 1 : 0);
        if (count == 1)
            assert_true(ptn_bytes_is(rows[0].crossing.voyage, cases[i].voyage));
        question.plate = PTN_BYTES_LITERAL("AA 001 BB");
        assert_int_equal(
            ptn_view_crossings(setting->view, &question, arena, &rows, &count, &more, NULL).code,
            PTN_C_BAD_INPUT);
    }
    ptn_arena_free(arena);
}

/* A settled sheet gives its traveller, and is gone when it is erased; others say what became of
 * them. */
static void test_search__sheets_are_found_by_pack_and_number(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    const struct ptn_view_sheet *rows = NULL;
    size_t count = 0;

    feed(setting, 1, 0,
         30); /* entry 12: sheets 14 to 16 of pack 1 are lost; 18: sheet 19 is keyed */
    assert_int_equal(made_entry(&setting->made, 1, 18, PEOPLE).code, PTN_C_OK);
    assert_int_equal(
        ptn_view_sheets(setting->view, 1, 19, PTN_BYTES_NONE, 10, arena, &rows, &count, NULL).code,
        PTN_C_OK);
    assert_int_equal(count, 1);
    assert_true(rows[0].settled);
    assert_int_equal(rows[0].state, PTN_VIEW_SHEET_KEYED);
    assert_int_equal(rows[0].seq, 18);
    assert_true(ptn_bytes_is(rows[0].person.surname, setting->made.surname));
    assert_true(ptn_bytes_is(rows[0].officer, "bora"));
    for (uint64_t number = 13; number <= 17; number++) {
        assert_int_equal(ptn_view_sheets(setting->view, 1, number, PTN_BYTES_LITERAL("post1"), 10,
                                         arena, &rows, &count, NULL)
                             .code,
                         PTN_C_OK);
        assert_int_equal(count, number >= 14 && number <= 16 ? 1 : 0);
        if (count == 1)
            assert_int_equal(rows[0].state, PTN_VIEW_SHEET_LOST);
    }
    assert_int_equal(ptn_view_sheets(setting->view, 1, 19, PTN_BYTES_LITERAL("post2"), 10, arena,
                                     &rows, &count, NULL)
                         .code,
                     PTN_C_OK);
    assert_int_equal(count, 0);
    assert_int_equal(
        ptn_view_sheets(setting->view, 1, 19, PTN_BYTES_NONE, 0, arena, &rows, &count, NULL).code,
        PTN_C_BAD_INPUT);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_forget(setting->view, setting->made.origin, 18, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(
        ptn_view_sheets(setting->view, 1, 19, PTN_BYTES_NONE, 10, arena, &rows, &count, NULL).code,
        PTN_C_OK);
    assert_int_equal(count, 0);
    ptn_arena_free(arena);
}

/* ---- packs ---- */

struct paper {
    struct setting *setting;
    const char *origin, *post;
    uint64_t seq;
};

static void put_paper(struct paper *paper, enum ptn_record_kind kind, struct ptn_status written)
{
    struct made *made = &paper->setting->made;
    struct ptn_view_entry entry;

    assert_int_equal(written.code, PTN_C_OK);
    made->crossing.time_ms = MADE_START_MS + (int64_t)paper->seq * 1000;
    assert_int_equal(made_seal(made, kind).code, PTN_C_OK);
    entry = (struct ptn_view_entry){ paper->origin, paper->seq++, &made->header,
                                     ptn_buffer_bytes(&made->payload) };
    assert_int_equal(ptn_view_apply(paper->setting->view, &entry, NULL).code, PTN_C_OK);
}

static struct ptn_record_id paper_id(const struct paper *paper)
{
    struct ptn_record_id id = { { 1 } };

    memcpy(id.at + 4, &paper->seq, sizeof(paper->seq));
    return id;
}

static void made_pack(struct paper *paper, uint64_t number, uint64_t sheets)
{
    const struct ptn_pack pack = {
        .id = paper_id(paper),
        .number = number,
        .sheets = sheets,
        .time_ms = MADE_START_MS + (int64_t)paper->seq * 1000,
        .expires = { 2026, 11, 9 },
        .post = ptn_bytes_from_text(paper->post),
        .officer = PTN_BYTES_LITERAL("dita"),
        .check = PTN_BYTES_LITERAL("0123456789"),
    };

    ptn_buffer_clear(&paper->setting->made.payload);
    put_paper(paper, PTN_RECORD_PACK, ptn_pack_write(&pack, &paper->setting->made.payload));
}

static void keyed(struct paper *paper, uint64_t pack, uint64_t number, enum ptn_keying turn,
                  bool settles)
{
    struct ptn_sheet sheet = {
        .id = paper_id(paper),
        .pack = pack,
        .number = number,
        .turn = turn,
        .keyed_ms = MADE_START_MS,
        .keyed_by = PTN_BYTES_LITERAL("bora"),
        .post = ptn_bytes_from_text(paper->post),
        .officer = PTN_BYTES_LITERAL("ana"),
        .time_ms = MADE_START_MS,
        .date = { 2026, 11, 1 },
        .direction = PTN_DIRECTION_ENTRY,
        .outcome = PTN_OUTCOME_RECORDED,
    };

    made_person(&paper->setting->made, number);
    sheet.person = paper->setting->made.crossing.person;
    if (settles)
        sheet.crossing = sheet.id;
    ptn_buffer_clear(&paper->setting->made.payload);
    put_paper(paper, PTN_RECORD_SHEET, ptn_sheet_write(&sheet, &paper->setting->made.payload));
}

static void sheets_said(struct paper *paper, uint64_t pack, uint64_t first, uint64_t count,
                        enum ptn_sheets_state state)
{
    struct ptn_sheets_told told = {
        .id = paper_id(paper),
        .pack = pack,
        .first = first,
        .count = count,
        .state = state,
        .time_ms = MADE_START_MS,
        .post = ptn_bytes_from_text(paper->post),
        .officer = PTN_BYTES_LITERAL("ana"),
    };

    if (state == PTN_SHEETS_LOST)
        told.second = PTN_BYTES_LITERAL("bora");
    ptn_buffer_clear(&paper->setting->made.payload);
    put_paper(paper, PTN_RECORD_SHEETS_TOLD,
              ptn_sheets_told_write(&told, &paper->setting->made.payload));
}

static void counts_are(const struct ptn_view_pack *pack, uint64_t issued, uint64_t once,
                       uint64_t differs, uint64_t settled, uint64_t aside, uint64_t lost)
{
    const uint64_t *counts = pack->counts;

    assert_int_equal(pack->issued, issued);
    assert_int_equal(counts[PTN_VIEW_PACK_KEYED_ONCE], once);
    assert_int_equal(counts[PTN_VIEW_PACK_DIFFERS], differs);
    assert_int_equal(counts[PTN_VIEW_PACK_SETTLED], settled);
    assert_int_equal(counts[PTN_VIEW_PACK_SPOILED] + counts[PTN_VIEW_PACK_UNUSED], aside);
    assert_int_equal(counts[PTN_VIEW_PACK_LOST], lost);
    assert_int_equal(counts[PTN_VIEW_PACK_MISSING],
                     issued - once - differs - settled - aside - lost);
}

/* Pack 1 as a shift left it, and what cannot be. */
static void sheets_of_pack_1(struct paper *one)
{
    keyed(one, 1, 1, PTN_KEYING_FIRST, false); /* once */
    keyed(one, 1, 2, PTN_KEYING_FIRST, false);
    keyed(one, 1, 2, PTN_KEYING_SECOND, true); /* settled */
    keyed(one, 1, 3, PTN_KEYING_FIRST, false);
    keyed(one, 1, 3, PTN_KEYING_SECOND, false); /* differs */
    keyed(one, 1, 4, PTN_KEYING_FIRST, false);
    keyed(one, 1, 4, PTN_KEYING_SECOND, false);
    keyed(one, 1, 4, PTN_KEYING_THIRD, true);      /* settled by a third */
    sheets_said(one, 1, 4, 1, PTN_SHEETS_UNUSED);  /* it is keyed: no */
    sheets_said(one, 1, 5, 2, PTN_SHEETS_SPOILED); /* aside */
    sheets_said(one, 1, 5, 1, PTN_SHEETS_LOST);    /* it was there: no */
    sheets_said(one, 1, 7, 2, PTN_SHEETS_LOST);    /* lost, */
    keyed(one, 1, 8, PTN_KEYING_FIRST, false);     /* and one found again: once */
    keyed(one, 1, 11, PTN_KEYING_FIRST, false);    /* there is no such sheet */
    keyed(one, 7, 3, PTN_KEYING_FIRST, false);     /* of a pack whose record nobody can read */
}

/* Two ledgers of one post both have a pack 1, as after a lost disk: each sheet is its own ledger's.
 * What cannot follow what is known changes nothing. PAPER-7. */
static void test_search__every_sheet_of_every_pack_is_counted(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct paper one = { setting, ORIGIN_1, "post1", 0 };
    struct paper two = { setting, ORIGIN_2, "post1", 0 };
    const struct ptn_view_pack *rows = NULL;
    struct ptn_view_pack sum;
    size_t count = 0;

    assert_int_equal(ptn_view_packs(setting->view, 10, arena, &rows, &count, &sum, NULL).code,
                     PTN_C_OK);
    assert_int_equal(count + sum.number, 0);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    made_pack(&one, 1, 10);
    made_pack(&one, 2, 2);
    made_pack(&two, 1, 3);
    sheets_of_pack_1(&one);
    sheets_said(&one, 2, 1, 2, PTN_SHEETS_UNUSED); /* all of it */
    keyed(&two, 1, 1, PTN_KEYING_FIRST, false);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);

    assert_int_equal(ptn_view_packs(setting->view, 10, arena, &rows, &count, &sum, NULL).code,
                     PTN_C_OK);
    assert_int_equal(count, 4);
    assert_int_equal(sum.number, 4);
    /* open ones first, the newest of them first; what has no record of its own has no time */
    assert_string_equal(rows[0].origin, ORIGIN_1);
    assert_int_equal(rows[0].number, 1);
    assert_true(ptn_bytes_is(rows[0].post, "post1"));
    counts_are(&rows[0], 10, 2, 1, 2, 2, 1);
    assert_false(ptn_view_pack_closed(&rows[0]));
    assert_string_equal(rows[1].origin, ORIGIN_2);
    assert_int_equal(rows[1].number, 1);
    counts_are(&rows[1], 3, 1, 0, 0, 0, 0);
    assert_int_equal(rows[2].number, 7);
    assert_int_equal(rows[2].made_ms, 0);
    counts_are(&rows[2], 3, 1, 0, 0, 0, 0);
    assert_int_equal(rows[3].number, 2);
    counts_are(&rows[3], 2, 0, 0, 0, 2, 0);
    assert_true(ptn_view_pack_closed(&rows[3]));
    counts_are(&sum, 18, 4, 1, 2, 4, 1);
    assert_int_equal(ptn_view_packs(setting->view, 1, arena, &rows, &count, &sum, NULL).code,
                     PTN_C_OK);
    assert_int_equal(count, 1);
    assert_int_equal(sum.number, 4);
    assert_int_equal(ptn_view_packs(setting->view, 0, arena, &rows, &count, &sum, NULL).code,
                     PTN_C_BAD_INPUT);

    /* a settled sheet that is erased is not told from a missing one, and the answer says so */
    assert_int_equal(rows[0].shut, 0);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_forget(setting->view, ORIGIN_1, 4, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_packs(setting->view, 10, arena, &rows, &count, &sum, NULL).code,
                     PTN_C_OK);
    counts_are(&rows[0], 10, 3, 1, 1, 2, 1); /* its first keying stands */
    assert_int_equal(rows[0].shut, 1);
    assert_int_equal(rows[1].shut, 0);
    ptn_arena_free(arena);
}

static size_t late_of(struct setting *setting, const char *post, bool discreet, size_t count,
                      struct ptn_arena *arena, const struct ptn_view_late **ret_rows)
{
    const struct ptn_view_late_ask ask = { .post = ptn_bytes_from_text(post),
                                           .discreet = discreet,
                                           .count = count };
    size_t found = 0;
    bool more = false;

    assert_int_equal(ptn_view_late(setting->view, &ask, arena, ret_rows, &found, &more, NULL).code,
                     PTN_C_OK);
    return found;
}

/* Late matches of all posts: the newest first, by pages, discreet ones for some; with the case that
 * was opened and how it ended; gone when they are erased. */
static void test_search__late_matches_say_what_became_of_them(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    struct ptn_view_late_standing standing = { 0 };
    const struct ptn_view_late *rows = NULL;
    struct ptn_view_late_ask ask = { .discreet = true, .count = 2 };
    struct ptn_view_entry entry;
    size_t count = 0;
    size_t seen = 0;
    int64_t last_ms = INT64_MAX;
    bool more = true;

    feed_some(setting); /* each: entries 21 (discreet), 81, 141 (discreet), 201, 261 (discreet) */
    assert_int_equal(late_of(setting, "", true, 100, arena, &rows), 5 * LEDGERS);
    assert_int_equal(late_of(setting, "", false, 100, arena, &rows), 2 * LEDGERS);
    assert_int_equal(late_of(setting, "post2", true, 100, arena, &rows), 5);
    assert_true(ptn_bytes_is(rows[0].found.post, "post2"));
    assert_true(ptn_bytes_is(rows[0].found.list, "wanted"));
    assert_int_equal(rows[0].found.rung, PTN_RUNG_LOCAL);
    assert_true(rows[0].found.person.surname.len > 0);
    assert_int_equal(rows[0].case_steps, 0);
    for (; more; seen += count) {
        assert_int_equal(ptn_view_late(setting->view, &ask, arena, &rows, &count, &more, NULL).code,
                         PTN_C_OK);
        for (size_t i = 0; i < count; i++) {
            assert_true(rows[i].found.time_ms <= last_ms);
            last_ms = rows[i].found.time_ms;
        }
        ask.before_ms = rows[count - 1].found.time_ms;
        ask.before_at = rows[count - 1].at;
    }
    assert_int_equal(seen, 5 * LEDGERS);
    ask.count = 0;
    assert_int_equal(ptn_view_late(setting->view, &ask, arena, &rows, &count, &more, NULL).code,
                     PTN_C_BAD_INPUT);
    assert_int_equal(ptn_view_late_standing(setting->view, false, &standing, NULL).code, PTN_C_OK);
    assert_int_equal(standing.found, 2 * LEDGERS);
    assert_int_equal(standing.open, 2 * LEDGERS);

    /* of a crossing that has a case, opened and ended: entries 24 and 25 of trip 8 */
    assert_int_equal(made_trip(&setting->made, 1, 8, PEOPLE).code, PTN_C_OK);
    setting->made.seq = ENTRIES;
    ptn_buffer_clear(&setting->made.payload);
    assert_int_equal(made_late(&setting->made, false).code, PTN_C_OK);
    assert_int_equal(made_seal(&setting->made, PTN_RECORD_AGAIN).code, PTN_C_OK);
    entry = made_as_entry(&setting->made);
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_late_standing(setting->view, true, &standing, NULL).code, PTN_C_OK);
    assert_int_equal(standing.found, 5 * LEDGERS + 1);
    assert_int_equal(standing.open, 2 * LEDGERS);
    assert_int_equal(standing.case_steps, 2);
    count = late_of(setting, "post1", false, 100, arena, &rows);
    for (seen = 0; seen < count && rows[seen].seq != ENTRIES; seen++)
        continue;
    assert_true(seen < count);
    assert_int_equal(rows[seen].case_steps, 2);
    assert_int_equal(rows[seen].outcome, PTN_CASE_REFUSED);

    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(ptn_view_forget(setting->view, setting->made.origin, ENTRIES, NULL).code,
                     PTN_C_OK);
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_int_equal(late_of(setting, "post1", false, 100, arena, &rows), 2);
    ptn_arena_free(arena);
}

static void test_search__every_allocation_may_fail(void **state)
{
    struct setting *setting = *state;
    unsigned long nth = 0;
    bool fired;

    feed(setting, 1, 0, 60);
    assert_int_equal(made_trip(&setting->made, 1, 0, PEOPLE).code, PTN_C_OK);
    do {
        const struct ptn_view_who who = { .name = ptn_bytes_from_text(setting->made.surname),
                                          .count = 10 };
        const struct ptn_view_question question = { .voyage = PTN_BYTES_LITERAL("UX"),
                                                    .count = 10 };
        const struct ptn_view_person *persons = NULL;
        const struct ptn_view_sheet *sheets = NULL;
        const struct ptn_view_crossing *crossings = NULL;
        struct ptn_view_history history;
        struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
        struct ptn_status status;
        size_t count = 0;
        bool more;

        assert_non_null(arena);
        fault_allocation(++nth, FAULT_ONCE);
        status = ptn_view_persons(setting->view, &who, arena, &persons, &count, &more, NULL);
        if (ptn_ok(status))
            status = ptn_view_person(setting->view, &persons[0].key, limit,
                                     (struct ptn_date){ 2026, 11, 20 }, arena, &history, NULL);
        if (ptn_ok(status))
            status = ptn_view_crossings(setting->view, &question, arena, &crossings, &count, &more,
                                        NULL);
        if (ptn_ok(status))
            status = ptn_view_sheets(setting->view, 1, 19, PTN_BYTES_NONE, 10, arena, &sheets,
                                     &count, NULL);
        fired = fault_off();
        assert_int_equal(status.code, fired ? PTN_C_NO_MEMORY : PTN_C_OK);
        ptn_arena_free(arena);
    } while (fired);
    assert_true(nth > 5);
}

/* Who holds a permit is found by its number as by their document's, also before they ever crossed;
 * a later record of the same permit comes first; erased, it is gone and so is who only held it. */
static void test_search__who_holds_a_permit_is_found_by_its_number(void **state)
{
    struct setting *setting = *state;
    struct ptn_arena *arena = ptn_arena_new(ARENA_SIZE);
    const struct ptn_date on = { 2026, 11, 28 };
    struct ptn_permit permit = {
        .id = { { 9 } },
        .kind = PTN_PERMIT_RESIDENCE,
        .issuer = "ALB",
        .number = PTN_BYTES_LITERAL("RP7712"),
        .status = PTN_PERMIT_VALID,
        .until = { 2028, 1, 31 },
        .person = { .surname = PTN_BYTES_LITERAL("KALTROSI"),
                    .birth = { 1990, 12, 31 },
                    .document = { .issuer = "UTO", .number = PTN_BYTES_LITERAL("U777") } },
        .imported = PTN_BYTES_LITERAL("visas"),
    };
    struct ptn_view_who who = { .number = PTN_BYTES_LITERAL("RP7712"), .count = 10 };
    const struct ptn_view_person *rows = NULL;
    struct ptn_view_history history;
    size_t count = 0;
    bool more = false;

    feed_some(setting);
    for (uint64_t i = 0; i < 2; i++) {
        struct ptn_view_entry entry;

        assert_int_equal(made_trip(&setting->made, 1, 8, PEOPLE).code, PTN_C_OK);
        setting->made.seq = ENTRIES + i;
        ptn_buffer_clear(&setting->made.payload);
        assert_int_equal(ptn_permit_write(&permit, &setting->made.payload).code, PTN_C_OK);
        assert_int_equal(made_seal(&setting->made, PTN_RECORD_PERMIT).code, PTN_C_OK);
        entry = made_as_entry(&setting->made);
        assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_view_apply(setting->view, &entry, NULL).code, PTN_C_OK);
        assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
        permit.status = PTN_PERMIT_WITHDRAWN;
    }
    assert_true(ptn_ok(ptn_view_persons(setting->view, &who, arena, &rows, &count, &more, NULL)));
    assert_int_equal(count, 1);
    assert_true(ptn_bytes_is(rows[0].person.document.number, "U777"));
    assert_int_equal(rows[0].last_ms, 0);
    who.issuer = PTN_BYTES_LITERAL("GRC"); /* another State's of that number */
    assert_true(ptn_ok(ptn_view_persons(setting->view, &who, arena, &rows, &count, &more, NULL)));
    assert_int_equal(count, 0);
    who = (struct ptn_view_who){ .number = PTN_BYTES_LITERAL("U777"), .count = 10 };
    assert_true(ptn_ok(ptn_view_persons(setting->view, &who, arena, &rows, &count, &more, NULL)));
    assert_int_equal(count, 1);
    assert_true(
        ptn_ok(ptn_view_person(setting->view, &rows[0].key, limit, on, arena, &history, NULL)));
    assert_int_equal(history.permit_count, 2);
    assert_int_equal(history.permits[0].permit.status, PTN_PERMIT_WITHDRAWN);
    assert_int_equal(history.permits[0].seq, ENTRIES + 1);
    assert_string_equal(history.permits[1].permit.issuer, "ALB");
    assert_true(ptn_bytes_is(history.permits[1].permit.number, "RP7712"));
    assert_int_equal(history.permits[1].permit.until.year, 2028);
    assert_true(ptn_date_is_none(history.permits[1].permit.from));
    assert_int_equal(ptn_view_begin(setting->view, NULL).code, PTN_C_OK);
    for (uint64_t i = 0; i < 2; i++)
        assert_true(
            ptn_ok(ptn_view_forget(setting->view, setting->made.origin, ENTRIES + i, NULL)));
    assert_int_equal(ptn_view_commit(setting->view, NULL).code, PTN_C_OK);
    assert_true(ptn_ok(ptn_view_persons(setting->view, &who, arena, &rows, &count, &more, NULL)));
    assert_int_equal(count, 0);
    ptn_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_search__crossings_come_by_pages_and_none_is_missing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__a_stretch_has_each_crossing_of_one_ledger,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__plates_are_compared_by_letters_and_digits,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__question_that_means_nothing_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__record_of_two_ledgers_is_given_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__names_are_found_in_other_spellings, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__birth_narrows_by_what_is_known, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__finds_what_a_scan_finds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__of_too_many_the_most_alike_are_given, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__pages_of_persons_do_not_overlap, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__persons_by_number_need_no_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__looks_are_found_near_and_far, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__page_has_crossings_advice_looks_and_stays,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__referral_begins_no_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__page_has_the_case_with_every_step, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__voyages_are_found_from_their_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__every_sheet_of_every_pack_is_counted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__sheets_are_found_by_pack_and_number, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__who_holds_a_permit_is_found_by_its_number,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__late_matches_say_what_became_of_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__page_has_who_crossed_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__company_of_a_crowd_is_bounded_and_says_so,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__page_has_who_else_used_the_document, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__joined_pages_are_one_until_they_are_parted,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__a_parting_that_came_first_counts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_search__joining_that_takes_a_reason_away_is_known,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search__every_allocation_may_fail, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
