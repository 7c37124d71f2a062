/* Goal: rows of stays open with their traveller's document and with nothing else; a table of them
 * only grows, but by age and by orders; two histories joined count nothing twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "node/stays_rows_int.h"

#define TODAY 20500 /* days since 1970 */
#define MAX   256u

static const uint8_t salt_a[PTN_SHA256_LEN] = { 1 };
static const uint8_t salt_b[PTN_SHA256_LEN] = { 2 };

static struct ptn_person holder(const char *number)
{
    return (struct ptn_person){ .birth = { 1988, 2, 3 },
                                .document = { .issuer = "UTO",
                                              .number = ptn_bytes_from_text(number),
                                              .expiry = { 2034, 1, 1 } } };
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Append the row of somebody's nth crossing of that day. */
static void add(struct ptn_buffer *rows, const struct ptn_person *person, const uint8_t *salt,
                struct ptn_stays_crossing crossing, uint32_t nth, uint8_t mark)
{
    const uint8_t marks[PTN_STAYS_MARK_LEN] = { mark };
    struct ptn_hasher *hasher = ptn_hasher_new();
    uint8_t row[PTN_STAYS_ROW_LEN];
    struct ptn_stays_key key;

    assert_non_null(hasher);
    assert_true(ptn_ok(ptn_stays_key_of(person, salt, &key)));
    assert_true(ptn_ok(ptn_stays_row(hasher, &key, &crossing, nth, marks, row)));
    assert_true(ptn_ok(ptn_buffer_add(rows, ptn_bytes_of(row, sizeof(row)))));
    ptn_hasher_free(hasher);
}

static struct ptn_stays_part part_of(const uint8_t *salt, const struct ptn_buffer *rows,
                                     int32_t day)
{
    struct ptn_stays_part part = { .rows = ptn_buffer_bytes(rows), .day = day };

    memcpy(part.salt, salt, sizeof(part.salt));
    return part;
}

static struct ptn_stays_table *make(const struct ptn_stays_table *former,
                                    const struct ptn_stays_part *parts, size_t count,
                                    const struct ptn_stays_erased *erased, size_t erased_count,
                                    int32_t today)
{
    const struct ptn_stays_change change = {
        .parts = parts,
        .part_count = count,
        .erased = erased,
        .erased_count = erased_count,
        .today = today,
        .said = { .since = TODAY - 200, .until_ms = 1 },
    };
    struct ptn_stays_table *table = NULL;
    size_t left_out = 0;

    assert_true(ptn_ok(ptn_stays_table_make(former, &change, &table, &left_out)));
    assert_int_equal(left_out, 0);
    return table;
}

static size_t find(const struct ptn_stays_table *table, const struct ptn_person *person,
                   struct ptn_stay_event events[MAX])
{
    size_t count = MAX + 1;

    assert_true(ptn_ok(ptn_stays_table_find(table, person, ptn_date_from_days(TODAY), NULL, 0,
                                            events, MAX, &count)));
    return count;
}

/* Worked out by another program, from docs/format/stays.md. */
static void test_stays_rows__a_known_row(void **state)
{
    static const uint8_t wanted[PTN_STAYS_ROW_LEN] = { 0x37, 0x44, 0xbd, 0xb4, 0x64, 0x70, 0xe3,
                                                       0xe1, 0xc6, 0x5d, 0x36, 0x8b, 0xe0, 0xeb,
                                                       0x03, 0x03, 0x03, 0x03, 0x03, 0x03 };
    static const uint8_t mark[PTN_STAYS_MARK_LEN] = { 3, 3, 3, 3, 3, 3 };
    const struct ptn_stays_crossing crossing = { 20786 - 28, 700, PTN_STAY_ENTRY, true };
    struct ptn_person person = holder("U1");
    struct ptn_hasher *hasher = ptn_hasher_new();
    struct ptn_stays_key key;
    uint8_t row[PTN_STAYS_ROW_LEN];

    (void)state;
    person.birth = (struct ptn_date){ 1990, 4, 2 };
    person.document.expiry = (struct ptn_date){ 2031, 5, 1 };
    assert_non_null(hasher);
    assert_true(ptn_ok(ptn_stays_key_of(&person, salt_a, &key)));
    assert_true(ptn_ok(ptn_stays_row(hasher, &key, &crossing, 0, mark, row)));
    assert_memory_equal(row, wanted, sizeof(row));
    ptn_hasher_free(hasher);
}

static void test_stays_rows__a_document_finds_its_crossings_and_no_others(void **state)
{
    struct ptn_buffer rows = { .len_max = 1u << 20 };
    struct ptn_person one = holder("U1");
    struct ptn_person other = holder("U2");
    struct ptn_person late = holder("U1");
    struct ptn_stay_event events[MAX];
    struct ptn_stays_table *table;
    struct ptn_stays_part part;

    (void)state;
    late.document.expiry.year = 2035;
    /* published in another order than they were made */
    add(&rows, &one, salt_a, (struct ptn_stays_crossing){ TODAY - 10, 900, PTN_STAY_EXIT, true }, 0,
        1);
    add(&rows, &one, salt_a, (struct ptn_stays_crossing){ TODAY - 10, 60, PTN_STAY_ENTRY, false },
        1, 2);
    add(&rows, &one, salt_a, (struct ptn_stays_crossing){ TODAY - 200, 0, PTN_STAY_ENTRY, false },
        0, 3);
    add(&rows, &one, salt_a, (struct ptn_stays_crossing){ TODAY, 1439, PTN_STAY_ENTRY, false }, 0,
        4);
    part = part_of(salt_a, &rows, TODAY);
    table = make(NULL, &part, 1, NULL, 0, TODAY);
    assert_int_equal(ptn_stays_table_count(table), 4);
    assert_int_equal(find(table, &one, events), 4);
    assert_int_equal(ptn_date_to_days(events[0].date), TODAY - 200);
    assert_int_equal(events[1].move, PTN_STAY_ENTRY);
    assert_false(events[1].exempt);
    assert_int_equal(events[2].move, PTN_STAY_EXIT);
    assert_true(events[2].exempt);
    assert_int_equal(ptn_date_to_days(events[3].date), TODAY);
    assert_int_equal(find(table, &other, events), 0);
    assert_int_equal(find(table, &late, events), 0);
    /* nobody is found without a birth or a number */
    other.document.number = PTN_BYTES_NONE;
    assert_int_equal(find(table, &other, events), 0);
    ptn_stays_table_leave(table);
    ptn_buffer_release(&rows);
}

/* STAYS-3: what comes later takes nothing away; only age and an order in force do. */
static void test_stays_rows__a_row_goes_by_age_or_by_an_order_only(void **state)
{
    static const struct ptn_stays_erased early = { { 7 }, TODAY - 6 };
    static const struct ptn_stays_erased due = { { 7 }, TODAY - 5 };
    static const struct ptn_stays_erased another = { { 8 }, TODAY };
    struct ptn_buffer rows = { .len_max = 1u << 20 };
    struct ptn_buffer noise = { .len_max = 1u << 20 };
    struct ptn_person one = holder("U1");
    struct ptn_stay_event events[MAX];
    struct ptn_stays_table *table;
    struct ptn_stays_table *next;
    struct ptn_stays_part parts[2];
    uint32_t seed = 1;

    (void)state;
    add(&rows, &one, salt_a, (struct ptn_stays_crossing){ TODAY - 9, 1, PTN_STAY_ENTRY, false }, 0,
        7);
    parts[0] = part_of(salt_a, &rows, TODAY - 5);
    table = make(NULL, parts, 1, NULL, 0, TODAY);
    for (unsigned i = 0; i < 200 * PTN_STAYS_ROW_LEN; i++)
        assert_true(ptn_ok(ptn_buffer_add_u8(&noise, (uint8_t)next_random(&seed))));
    parts[1] = part_of(salt_b, &noise, TODAY);
    next = make(table, parts, 2, NULL, 0, TODAY); /* said again, and another's */
    ptn_stays_table_leave(table);
    assert_int_equal(ptn_stays_table_count(next), 201);
    assert_int_equal(find(next, &one, events), 1);
    table = make(next, NULL, 0, &early, 1, TODAY); /* kept for its least period */
    assert_int_equal(find(table, &one, events), 1);
    ptn_stays_table_leave(table);
    table = make(next, NULL, 0, &another, 1, TODAY);
    assert_int_equal(find(table, &one, events), 1);
    ptn_stays_table_leave(table);
    table = make(next, NULL, 0, &due, 1, TODAY);
    assert_int_equal(find(table, &one, events), 0);
    assert_int_equal(ptn_stays_table_count(table), 200);
    ptn_stays_table_leave(table);
    table = make(next, NULL, 0, NULL, 0, TODAY - 5 + PTN_STAYS_KEPT_DAYS);
    assert_int_equal(find(table, &one, events), 1);
    ptn_stays_table_leave(table);
    table = make(next, NULL, 0, NULL, 0, TODAY - 4 + PTN_STAYS_KEPT_DAYS);
    assert_int_equal(find(table, &one, events), 0);
    ptn_stays_table_leave(table);
    ptn_stays_table_leave(next);
    ptn_buffer_release(&rows);
    ptn_buffer_release(&noise);
}

/* STAYS-3: also when days since 1970 are more than 16 bits hold, from 7 June 2149 on; and an
 * edition of a clock that is wrong by thousands of years goes no sooner. */
static void test_stays_rows__a_row_goes_by_its_age_in_any_century(void **state)
{
    static const int32_t days[] = {
        65535 - PTN_STAYS_KEPT_DAYS, 65534, 65535, 65536, 65536 + 400, 200000
    };
    struct ptn_buffer rows = { .len_max = 1u << 20 };
    struct ptn_person one = holder("U1");

    (void)state;
    add(&rows, &one, salt_a, (struct ptn_stays_crossing){ TODAY - 9, 1, PTN_STAY_ENTRY, false }, 0,
        7);
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        const int32_t day = days[i];
        const struct ptn_stays_part part = part_of(salt_a, &rows, day);
        const struct {
            int32_t today, erased;
            size_t there;
        } tries[] = {
            { day, 0, 1 },
            { day + PTN_STAYS_KEPT_DAYS, 0, 1 },
            { day + PTN_STAYS_KEPT_DAYS + 1, 0, 0 },
            { day, day - 1, 1 },
            { day, day, 0 },
        };

        for (size_t k = 0; k < sizeof(tries) / sizeof(tries[0]); k++) {
            const struct ptn_stays_erased erased = { { 7 }, tries[k].erased };
            struct ptn_stays_table *table =
                make(NULL, &part, 1, &erased, tries[k].erased == 0 ? 0 : 1, tries[k].today);

            assert_int_equal(ptn_stays_table_count(table), tries[k].there);
            ptn_stays_table_leave(table);
        }
    }
    for (unsigned i = 0; i < 2; i++) { /* no day is taken for another */
        const struct ptn_stays_part part = part_of(salt_a, &rows, i == 0 ? INT32_MAX : INT32_MIN);
        struct ptn_stays_table *table = make(NULL, &part, 1, NULL, 0, TODAY);

        assert_int_equal(ptn_stays_table_count(table), i == 0 ? 1 : 0);
        ptn_stays_table_leave(table);
    }
    ptn_buffer_release(&rows);
}

static void test_stays_rows__any_pieces_give_the_same_table(void **state)
{
    enum { PEOPLE = 40, ROWS = 400 };
    struct ptn_buffer rows[4];
    struct ptn_stays_part parts[4];
    struct ptn_stays_table *whole;
    struct ptn_stays_table *grown = NULL;
    char numbers[PEOPLE][8];
    uint32_t seed = 5;

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        ptn_buffer_init(&rows[i], 1u << 20);
    for (unsigned i = 0; i < PEOPLE; i++)
        (void)snprintf(numbers[i], sizeof(numbers[i]), "N%u", i);
    for (unsigned i = 0; i < ROWS; i++) {
        struct ptn_person person = holder(numbers[i % PEOPLE]);

        add(&rows[next_random(&seed) % 4], &person, salt_a,
            (struct ptn_stays_crossing){
                TODAY - (int32_t)(i / PEOPLE), next_random(&seed) % 1440,
                next_random(&seed) % 2 == 0 ? PTN_STAY_ENTRY : PTN_STAY_EXIT, false },
            0, (uint8_t)i);
    }
    for (unsigned i = 0; i < 4; i++)
        parts[i] = part_of(salt_a, &rows[i], TODAY);
    whole = make(NULL, parts, 4, NULL, 0, TODAY);
    assert_int_equal(ptn_stays_table_count(whole), ROWS);
    for (unsigned i = 4; i > 0; i--) {
        struct ptn_stays_table *next = make(grown, &parts[i - 1], 1, NULL, 0, TODAY);

        ptn_stays_table_leave(grown);
        grown = next;
    }
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct ptn_person person = holder(numbers[i]);
        struct ptn_stay_event a[MAX], b[MAX];

        assert_int_equal(find(whole, &person, a), ROWS / PEOPLE);
        assert_int_equal(find(grown, &person, b), ROWS / PEOPLE);
        for (unsigned k = 0; k < ROWS / PEOPLE; k++)
            assert_true(ptn_date_equal(a[k].date, b[k].date) && a[k].move == b[k].move);
    }
    ptn_stays_table_leave(whole);
    ptn_stays_table_leave(grown);
    for (unsigned i = 0; i < 4; i++)
        ptn_buffer_release(&rows[i]);
}

/* ---- two histories ---- */

static size_t random_history(uint32_t *seed, struct ptn_stay_event *events, size_t max)
{
    size_t count = next_random(seed) % (max + 1);
    int32_t day = TODAY - 20;

    for (size_t i = 0; i < count; i++) {
        day += (int32_t)(next_random(seed) % 3);
        events[i] = (struct ptn_stay_event){
            .date = ptn_date_from_days(day),
            .move = next_random(seed) % 2 == 0 ? PTN_STAY_ENTRY : PTN_STAY_EXIT,
            .exempt = next_random(seed) % 8 == 0,
        };
    }
    return count;
}

/* Whether a's events are all in b, in their order. */
static bool is_within(const struct ptn_stay_event *a, size_t a_count,
                      const struct ptn_stay_event *b, size_t b_count)
{
    size_t at = 0;

    for (size_t i = 0; i < a_count; i++, at++) {
        while (at < b_count && !(ptn_date_equal(a[i].date, b[at].date) && a[i].move == b[at].move &&
                                 a[i].exempt == b[at].exempt))
            at++;
        if (at >= b_count)
            return false;
    }
    return true;
}

/* STAYS-5: both are in it, in their orders, by date; and what is part of the other adds nothing. */
static void test_stays_rows__joined_nothing_counts_twice(void **state)
{
    uint32_t seed = 42;

    (void)state;
    for (unsigned turn = 0; turn < 20000; turn++) {
        struct ptn_stay_event a[12], b[12], part[12], out[24];
        size_t a_count = random_history(&seed, a, 12);
        size_t b_count = random_history(&seed, b, 12);
        size_t part_count = 0;
        size_t count = ptn_stays_join(a, a_count, b, b_count, out);

        assert_true(is_within(a, a_count, out, count));
        assert_true(is_within(b, b_count, out, count));
        for (size_t i = 1; i < count; i++)
            assert_true(ptn_date_compare(out[i - 1].date, out[i].date) <= 0);
        for (size_t i = 0; i < b_count; i++) /* what a post saw itself of what is published */
            if (next_random(&seed) % 2 == 0)
                part[part_count++] = b[i];
        assert_int_equal(ptn_stays_join(part, part_count, b, b_count, out), b_count);
        assert_int_equal(ptn_stays_join(b, b_count, part, part_count, out), b_count);
        assert_int_equal(ptn_stays_join(b, b_count, NULL, 0, out), b_count);
    }
}

static void test_stays_rows__two_salts_of_one_country_count_once(void **state)
{
    struct ptn_buffer rows[2];
    struct ptn_stays_part parts[2];
    struct ptn_person one = holder("U1");
    struct ptn_stay_event own = { ptn_date_from_days(TODAY - 3), PTN_STAY_ENTRY, false };
    struct ptn_stay_event events[MAX];
    struct ptn_stays_table *table;
    size_t count = 0;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        ptn_buffer_init(&rows[i], 4096);
        add(&rows[i], &one, i == 0 ? salt_a : salt_b,
            (struct ptn_stays_crossing){ TODAY - 3, 5, PTN_STAY_ENTRY, false }, 0, 1);
        parts[i] = part_of(i == 0 ? salt_a : salt_b, &rows[i], TODAY);
    }
    table = make(NULL, parts, 2, NULL, 0, TODAY);
    assert_int_equal(ptn_stays_table_count(table), 2);
    assert_int_equal(find(table, &one, events), 1);
    assert_true(ptn_ok(ptn_stays_table_find(table, &one, ptn_date_from_days(TODAY), &own, 1, events,
                                            MAX, &count)));
    assert_int_equal(count, 1);
    ptn_stays_table_leave(table);
    ptn_buffer_release(&rows[0]);
    ptn_buffer_release(&rows[1]);
}

static void test_stays_rows__the_newest_are_kept_where_there_is_no_room(void **state)
{
    struct ptn_buffer rows = { .len_max = 1u << 16 };
    struct ptn_person one = holder("U1");
    struct ptn_stay_event events[4];
    struct ptn_stays_table *table;
    struct ptn_stays_part part;
    size_t count = 0;

    (void)state;
    for (int32_t i = 0; i < 10; i++)
        add(&rows, &one, salt_a, (struct ptn_stays_crossing){ TODAY - i, 5, PTN_STAY_ENTRY, false },
            0, (uint8_t)i);
    part = part_of(salt_a, &rows, TODAY);
    table = make(NULL, &part, 1, NULL, 0, TODAY);
    assert_true(ptn_ok(
        ptn_stays_table_find(table, &one, ptn_date_from_days(TODAY), NULL, 0, events, 4, &count)));
    assert_int_equal(count, 4);
    assert_int_equal(ptn_date_to_days(events[0].date), TODAY - 3);
    assert_int_equal(ptn_date_to_days(events[3].date), TODAY);
    ptn_stays_table_leave(table);
    ptn_buffer_release(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stays_rows__a_known_row),
        cmocka_unit_test(test_stays_rows__a_document_finds_its_crossings_and_no_others),
        cmocka_unit_test(test_stays_rows__a_row_goes_by_age_or_by_an_order_only),
        cmocka_unit_test(test_stays_rows__a_row_goes_by_its_age_in_any_century),
        cmocka_unit_test(test_stays_rows__any_pieces_give_the_same_table),
        cmocka_unit_test(test_stays_rows__joined_nothing_counts_twice),
        cmocka_unit_test(test_stays_rows__two_salts_of_one_country_count_once),
        cmocka_unit_test(test_stays_rows__the_newest_are_kept_where_there_is_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
