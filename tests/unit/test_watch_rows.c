/*
 * Goal: what a list's editions take away stays in force until a note says so, whatever comes in
 * whatever order; and a list built from differences is the list built at once.
 */
#include "watch/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fault.h"
#include "watch/screen.h"

#define ENTRIES 8u
#define RECORDS 64u

/* ---- a list that can be changed ---- */

struct listed {
    bool there;
    unsigned names, births, nations; /* bits of the pools below */
    bool weak;                       /* the last name is */
    char sex;
    unsigned number; /* 0: none */
};

static const char *const name_pool[] = { "VELTHURI, Marinela", "KOSTANDELI, Arben", "BREGASI, Lule",
                                         "MERIDANI, Ilir" };
static const struct ptn_date birth_pool[] = { { 1970, 1, 2 }, { 1988, 2, 3 }, { 2001, 12, 31 } };
static const char *const nation_pool[] = { "ALB", "ITA", "UTO" };

struct setting {
    struct ptn_rows *rows;
    struct ptn_arena *arena;
    uint8_t *payloads[RECORDS];
    size_t lens[RECORDS];
    size_t count;
    int64_t time_ms;
};

static void set_up(struct setting *setting)
{
    *setting = (struct setting){ .rows = ptn_rows_new(),
                                 .arena = ptn_arena_new((size_t)64 << 20),
                                 .time_ms = INT64_C(1795800000000) };
    assert_non_null(setting->rows);
    assert_non_null(setting->arena);
}

static void forget(struct setting *setting)
{
    for (size_t i = 0; i < setting->count; i++)
        free(setting->payloads[i]);
    setting->count = 0;
}

static void tear_down(struct setting *setting)
{
    forget(setting);
    ptn_rows_free(setting->rows);
    ptn_arena_free(setting->arena);
}

static struct ptn_list_entry entry_of(const struct listed *listed, size_t number,
                                      struct ptn_arena *arena)
{
    struct ptn_list_name *names = ptn_arena_take(arena, 4 * sizeof(*names));
    struct ptn_list_birth *births = ptn_arena_take(arena, 3 * sizeof(*births));
    struct ptn_list_code *nations = ptn_arena_take(arena, 3 * sizeof(*nations));
    struct ptn_list_number *numbers = ptn_arena_take(arena, sizeof(*numbers));
    char *id = ptn_arena_take(arena, 8);
    struct ptn_list_entry entry = { .kind = PTN_ENTRY_PERSON,
                                    .sex = listed->sex,
                                    .names = names,
                                    .births = births,
                                    .nations = nations,
                                    .numbers = numbers };

    (void)snprintf(id, 8, "E%zu", number);
    entry.id = ptn_bytes_from_text(id);
    for (size_t i = 0; i < 4; i++)
        if ((listed->names >> i & 1) != 0) {
            names[entry.name_count].text = ptn_bytes_from_text(name_pool[i]);
            names[entry.name_count].alias =
                entry.name_count == 0 ? PTN_ALIAS_PRIMARY : PTN_ALIAS_STRONG;
            entry.name_count++;
        }
    if (listed->weak && entry.name_count > 1)
        names[entry.name_count - 1].alias = PTN_ALIAS_WEAK;
    for (size_t i = 0; i < 3; i++)
        if ((listed->births >> i & 1) != 0)
            births[entry.birth_count++] =
                (struct ptn_list_birth){ birth_pool[i], birth_pool[i], false };
    for (size_t i = 0; i < 3; i++)
        if ((listed->nations >> i & 1) != 0)
            memcpy(nations[entry.nation_count++].text, nation_pool[i], PTN_LIST_CODE_SIZE);
    if (listed->number != 0) {
        numbers[0] = (struct ptn_list_number){ .type = PTN_NUMBER_PASSPORT,
                                               .number = PTN_BYTES_LITERAL("U55500012"),
                                               .issuer = "UTO" };
        entry.number_count = 1;
    }
    return entry;
}

static struct ptn_snapshot *compile(struct setting *setting, const struct listed *list,
                                    struct ptn_buffer *bytes)
{
    struct ptn_list_profile profile = ptn_list_profile_of(PTN_LIST_UN_XML);
    struct ptn_list_entry entries[ENTRIES];
    struct ptn_snapshot_made made = { .name = PTN_BYTES_LITERAL("un"),
                                      .profile = &profile,
                                      .edition_ms = setting->time_ms,
                                      .entries = entries };
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(ptn_world_real());
    struct ptn_snapshot *snapshot = NULL;

    ptn_arena_clear(setting->arena);
    for (size_t i = 0; i < ENTRIES; i++)
        if (list[i].there)
            entries[made.count++] = entry_of(&list[i], i, setting->arena);
    ptn_buffer_init(bytes, (size_t)16 << 20);
    assert_true(ptn_ok(ptn_snapshot_builder_make(builder, &made, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_write(builder, bytes, NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(bytes), &snapshot, NULL)));
    return snapshot;
}

static struct ptn_status keep(void *context, struct ptn_bytes payload)
{
    struct setting *setting = context;

    assert_in_range(setting->count, 0, RECORDS - 1);
    setting->payloads[setting->count] = malloc(payload.len);
    assert_non_null(setting->payloads[setting->count]);
    memcpy(setting->payloads[setting->count], payload.at, payload.len);
    setting->lens[setting->count++] = payload.len;
    return PTN_OK;
}

/* The records of the next edition, kept in the setting. */
static struct ptn_status publish(struct setting *setting, const struct listed *list,
                                 const char *second, struct ptn_rows_difference *difference)
{
    struct ptn_buffer bytes;
    struct ptn_snapshot *snapshot = compile(setting, list, &bytes);
    struct ptn_rows_plan plan = { .edition = { .time_ms = setting->time_ms++,
                                               .post = PTN_BYTES_LITERAL("centre"),
                                               .officer = PTN_BYTES_LITERAL("ana"),
                                               .second = ptn_bytes_from_text(second),
                                               .list = PTN_BYTES_LITERAL("un") },
                                  .snapshot = snapshot };
    struct ptn_status status;

    forget(setting);
    status = ptn_rows_publish(setting->rows, &plan, keep, setting, difference, NULL);
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&bytes);
    return status;
}

static struct ptn_bytes record(const struct setting *setting, size_t index)
{
    return ptn_bytes_of(setting->payloads[index], setting->lens[index]);
}

static struct ptn_status take_all(struct setting *setting, struct ptn_rows *rows)
{
    struct ptn_status status = PTN_OK;
    bool whole = false;

    for (size_t i = 0; ptn_ok(status) && i < setting->count; i++)
        status = ptn_rows_take(rows, 0, record(setting, i), &whole, NULL);
    return status;
}

static void edition(struct setting *setting, const struct listed *list)
{
    struct ptn_rows_difference difference;

    assert_true(ptn_ok(publish(setting, list, "ben", &difference)));
    assert_true(ptn_ok(take_all(setting, setting->rows)));
}

static void confirm_last(struct setting *setting)
{
    for (size_t i = 0; i < setting->count; i++) {
        struct ptn_bytes payload = record(setting, i);
        struct ptn_row_name name;

        assert_true(ptn_ok(ptn_sha256(&payload, 1, name.at)));
        assert_true(ptn_ok(ptn_rows_confirm(setting->rows, &name)));
    }
}

/* ---- how many rows are how ---- */

static bool count_fate(void *context, const struct ptn_rows_row *row)
{
    size_t *counts = context;

    counts[row->fate]++;
    return true;
}

static void expect(struct setting *setting, size_t in_force, size_t doubted, size_t covered,
                   size_t removed)
{
    size_t counts[4] = { 0 };

    ptn_rows_each(setting->rows, 0, count_fate, counts);
    assert_int_equal(counts[PTN_ROW_IN_FORCE], in_force);
    assert_int_equal(counts[PTN_ROW_DOUBTED], doubted);
    assert_int_equal(counts[PTN_ROW_COVERED], covered);
    assert_int_equal(counts[PTN_ROW_REMOVED], removed);
    assert_int_equal(ptn_rows_list(setting->rows, 0).doubted, doubted);
}

static const struct listed start[ENTRIES] = {
    { .there = true, .names = 1, .births = 2, .nations = 4 },
    { .there = true, .names = 2, .births = 1, .sex = 'M', .number = 1 },
    { .there = true, .names = 4 },
};

/* ---- tests ---- */

static void test_rows__a_row_is_written_back_as_it_was(void **state)
{
    struct ptn_list_fact facts[] = { { PTN_FACT_REASON, PTN_BYTES_LITERAL("why") } };
    struct listed full = {
        .there = true, .names = 15, .births = 7, .nations = 7, .weak = true, .sex = 'F', .number = 1
    };
    struct ptn_buffer out = { .len_max = PTN_ROW_LEN_MAX };
    struct ptn_buffer back = { .len_max = PTN_ROW_LEN_MAX };
    struct ptn_list_entry entry;
    struct ptn_list_entry read;
    struct setting setting;
    size_t len = 0;

    (void)state;
    set_up(&setting);
    entry = entry_of(&full, 1, setting.arena);
    entry.facts = facts;
    entry.fact_count = 1;
    entry.listed_on = birth_pool[2];
    entry.has_action = true;
    entry.on_entry = PTN_LIST_ACTION_ARREST;
    assert_true(ptn_ok(ptn_row_write(&entry, &out, NULL)));
    assert_true(ptn_ok(ptn_row_parse(ptn_buffer_bytes(&out), setting.arena, &read, &len, NULL)));
    assert_int_equal(len, out.len);
    assert_true(ptn_ok(ptn_row_write(&read, &back, NULL)));
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&out), ptn_buffer_bytes(&back)));
    for (size_t cut = 0; cut < out.len; cut++)
        assert_int_equal(
            ptn_row_parse(ptn_bytes_of(out.at, cut), setting.arena, &read, &len, NULL).code,
            PTN_C_BAD_INPUT);
    entry.name_count = 0;
    entry.number_count = 0;
    assert_int_equal(ptn_row_write(&entry, &out, NULL).code, PTN_C_BAD_INPUT);
    assert_int_equal(out.len, len);
    ptn_buffer_release(&out);
    ptn_buffer_release(&back);
    tear_down(&setting);
}

/* ROWS-1. */
static void test_rows__covers_only_what_finds_as_surely(void **state)
{
    static const struct {
        struct listed newer;
        bool covers;
    } cases[] = {
        { { true, 3, 2, 4, false, 'F', 1 }, true },
        { { true, 7, 2, 4, false, 'F', 1 }, true },  /* an alias more */
        { { true, 1, 2, 4, false, 'F', 1 }, false }, /* one less */
        { { true, 3, 2, 4, true, 'F', 1 }, false },  /* one weaker */
        { { true, 3, 3, 4, false, 'F', 1 }, true },  /* a birth date more */
        { { true, 3, 0, 4, false, 'F', 1 }, false },
        { { true, 3, 2, 6, false, 'F', 1 }, false },
        { { true, 3, 2, 0, false, 'F', 1 }, false },
        { { true, 3, 2, 4, false, 0, 1 }, false },
        { { true, 3, 2, 4, false, 'F', 0 }, false },
    };
    struct listed former = { true, 3, 2, 4, false, 'F', 1 };
    struct listed dateless = { true, 3, 0, 4, false, 'F', 1 };
    struct setting setting;

    (void)state;
    set_up(&setting);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_list_entry a = entry_of(&cases[i].newer, 1, setting.arena);
        struct ptn_list_entry b = entry_of(&former, 1, setting.arena);

        assert_int_equal(ptn_row_covers(&a, &b), cases[i].covers);
        b.id = PTN_BYTES_LITERAL("other");
        assert_false(ptn_row_covers(&a, &b));
    }
    {
        struct ptn_list_entry a = entry_of(&former, 1, setting.arena);
        struct ptn_list_entry b = entry_of(&dateless, 1, setting.arena);

        assert_false(ptn_row_covers(&a, &b)); /* the date speaks against others */
        b = a;
        b.valid_until = birth_pool[0];
        assert_true(ptn_row_covers(&a, &b));
        assert_false(ptn_row_covers(&b, &a));
        b.valid_until = PTN_DATE_NONE;
        b.has_action = true;
        assert_false(ptn_row_covers(&b, &a));
    }
    tear_down(&setting);
}

/* ROWS-1. */
static void test_rows__what_vanishes_stays_until_the_note(void **state)
{
    struct listed list[ENTRIES];
    struct setting setting;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    edition(&setting, list);
    expect(&setting, 3, 0, 0, 0);
    list[0].there = false;
    edition(&setting, list);
    expect(&setting, 2, 1, 0, 0);
    confirm_last(&setting);
    expect(&setting, 2, 0, 0, 1);
    list[0].there = true; /* it comes back, and another note is asked for */
    edition(&setting, list);
    expect(&setting, 3, 0, 0, 0);
    list[0].there = false;
    edition(&setting, list);
    expect(&setting, 2, 1, 0, 0);
    list[1].names = 3; /* an alias more leaves nothing behind */
    edition(&setting, list);
    expect(&setting, 2, 1, 1, 0);
    list[1].number = 0; /* what is less does */
    edition(&setting, list);
    expect(&setting, 2, 2, 1, 0);
    confirm_last(&setting); /* and with it what it covered */
    expect(&setting, 2, 1, 0, 2);
    tear_down(&setting);
}

static void test_rows__a_note_may_come_first(void **state)
{
    struct ptn_rows_difference difference;
    struct listed list[ENTRIES];
    struct setting setting;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    assert_true(ptn_ok(publish(&setting, list, "", &difference)));
    assert_true(ptn_ok(take_all(&setting, setting.rows)));
    list[0].there = false;
    assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
    confirm_last(&setting);
    assert_true(ptn_ok(take_all(&setting, setting.rows)));
    expect(&setting, 2, 0, 0, 1);
    tear_down(&setting);
}

static void test_rows__a_list_that_shrinks_asks_for_a_second_person(void **state)
{
    struct ptn_rows_difference difference;
    struct listed list[ENTRIES];
    struct setting setting;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    edition(&setting, list);
    list[0].there = false;
    assert_int_equal(publish(&setting, list, "", &difference).code, PTN_C_BAD_INPUT);
    assert_int_equal(difference.taken, 1);
    assert_int_equal(setting.count, 0);
    assert_int_equal(publish(&setting, list, "ana", &difference).code, PTN_C_BAD_INPUT);
    assert_int_equal(publish(&setting, list, "ben", &difference).code, PTN_C_OK);
    list[0].there = true;
    list[0].names = 3; /* covered: nothing is taken */
    assert_int_equal(publish(&setting, list, "", &difference).code, PTN_C_OK);
    assert_int_equal(difference.gone, 1);
    assert_int_equal(difference.taken, 0);
    tear_down(&setting);
}

static size_t taken(struct setting *setting, const struct listed *former,
                    const struct listed *newer)
{
    struct ptn_buffer bytes[2];
    struct ptn_snapshot *then = compile(setting, former, &bytes[0]);
    struct ptn_snapshot *now = compile(setting, newer, &bytes[1]);
    size_t count = 99;

    assert_true(ptn_ok(ptn_rows_taken(then, 0, now, &count)));
    ptn_snapshot_close(now);
    ptn_snapshot_close(then);
    ptn_buffer_release(&bytes[0]);
    ptn_buffer_release(&bytes[1]);
    return count;
}

/* WATCH-5: by what it takes away, not by how long it is. */
static void test_rows__a_file_that_takes_away_is_counted(void **state)
{
    struct listed list[ENTRIES];
    struct setting setting;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    assert_int_equal(taken(&setting, start, list), 0);
    list[4] = (struct listed){ .there = true, .names = 8 };
    assert_int_equal(taken(&setting, start, list), 0); /* one more */
    list[0].there = false;
    assert_int_equal(taken(&setting, start, list), 1); /* as long as it was */
    list[1].names = 3;
    assert_int_equal(taken(&setting, start, list), 1); /* an alias more covers */
    list[1].number = 0;
    assert_int_equal(taken(&setting, start, list), 2); /* what is less does not */
    list[2].there = false;
    list[1].there = false;
    assert_int_equal(taken(&setting, start, list), 3);
    tear_down(&setting);
}

/* What is wrong in one place counts nowhere, and the next good edition goes on. ROWS-2. */
static void test_rows__a_wrong_edition_counts_nowhere(void **state)
{
    struct ptn_rows_difference difference;
    struct listed list[ENTRIES];
    struct setting setting;
    bool whole = true;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    edition(&setting, list);
    assert_int_equal(take_all(&setting, setting.rows).code, PTN_C_BAD_INPUT); /* twice */
    list[3] = (struct listed){ .there = true, .names = 8 };
    list[1].there = false;
    assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
    for (unsigned change = 0; change < 8; change++) {
        struct ptn_buffer wrong = { .len_max = PTN_RECORD_LEN_MAX };
        struct ptn_list_edition part;
        uint8_t name[PTN_SHA256_LEN] = { 9 };

        assert_true(ptn_ok(ptn_list_edition_parse(record(&setting, 0), &part, NULL)));
        part.root[0] ^= change == 0 ? 1 : 0;
        part.former[0] ^= change == 1 ? 1 : 0;
        part.edition += change == 2 ? 1 : 0;
        part.count += change == 3 ? 1 : 0;
        part.gone = change == 4 ? ptn_bytes_of(name, sizeof(name)) : part.gone;
        part.rows = change == 5 ? PTN_BYTES_NONE : part.rows;
        part.profile = change == 6 ? PTN_BYTES_LITERAL("other") : part.profile;
        part.on_entry = change == 7 ? PTN_BYTES_LITERAL("off") : part.on_entry;
        assert_true(ptn_ok(ptn_list_edition_write(&part, &wrong)));
        assert_int_equal(
            ptn_rows_take(setting.rows, 0, ptn_buffer_bytes(&wrong), &whole, NULL).code,
            PTN_C_BAD_INPUT);
        assert_false(whole);
        expect(&setting, 3, 0, 0, 0);
        ptn_buffer_release(&wrong);
    }
    assert_int_equal(ptn_rows_refused(setting.rows), 9);
    assert_true(ptn_ok(take_all(&setting, setting.rows)));
    expect(&setting, 3, 1, 0, 0);
    tear_down(&setting);
}

/* Without memory nothing has changed, and the same record is taken afterwards. */
static void test_rows__an_edition_is_refused_once_and_its_history_kept(void **state)
{
    const struct ptn_rows_edition *told;
    struct listed list[ENTRIES];
    struct setting setting;
    bool whole = false;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    edition(&setting, list);
    /* every part of an edition that does not follow */
    for (uint64_t part = 0; part < 3; part++) {
        struct ptn_buffer wrong = { .len_max = PTN_RECORD_LEN_MAX };
        struct ptn_list_edition bent;

        assert_true(ptn_ok(ptn_list_edition_parse(record(&setting, 0), &bent, NULL)));
        bent.edition = 7;
        bent.former[0] = 1;
        bent.part = part;
        bent.parts = 3;
        assert_true(ptn_ok(ptn_list_edition_write(&bent, &wrong)));
        assert_false(
            ptn_ok(ptn_rows_take(setting.rows, 0, ptn_buffer_bytes(&wrong), &whole, NULL)));
        ptn_buffer_release(&wrong);
    }
    assert_int_equal(ptn_rows_refused(setting.rows), 1);

    list[0].names |= 2;                                     /* another name: the same entry */
    list[1].there = false;                                  /* one less */
    list[3] = (struct listed){ .there = true, .names = 8 }; /* and two more */
    list[4] = (struct listed){ .there = true, .names = 1 | 8 };
    edition(&setting, list);
    told = ptn_rows_edition(setting.rows, 0, 0);
    assert_non_null(told);
    assert_int_equal(told->edition, 2);
    assert_int_equal(told->count, 4);
    assert_int_equal(told->added, 2);
    assert_int_equal(told->removed, 1);
    assert_int_equal(told->changed, 1);
    assert_string_equal(told->officer, "ana");
    assert_string_equal(told->second, "ben");
    told = ptn_rows_edition(setting.rows, 0, 1);
    assert_non_null(told);
    assert_int_equal(told->edition, 1);
    assert_int_equal(told->added, 3);
    assert_null(ptn_rows_edition(setting.rows, 0, 2));
    for (unsigned i = 0; i < PTN_ROWS_EDITIONS_MAX; i++) {
        list[5].there = !list[5].there;
        list[5].names = 4;
        edition(&setting, list);
    }
    assert_int_equal(ptn_rows_edition(setting.rows, 0, 0)->edition, PTN_ROWS_EDITIONS_MAX + 2);
    assert_int_equal(ptn_rows_edition(setting.rows, 0, PTN_ROWS_EDITIONS_MAX - 1)->edition, 3);
    assert_null(ptn_rows_edition(setting.rows, 0, PTN_ROWS_EDITIONS_MAX));
    tear_down(&setting);
}

/* The longest name there is, from more ledgers than one digit counts, none of it confirmed. */
static void test_rows__a_long_name_of_many_ledgers_is_built(void **state)
{
    struct ptn_buffer out = { .len_max = (size_t)64 << 20 };
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_rows_difference difference;
    struct listed list[ENTRIES];
    struct setting setting;
    bool whole = false;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    for (unsigned round = 0; round < 2; round++) {
        list[0].there = round == 0;
        assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
        for (unsigned source = 1; source <= 12; source++) {
            struct ptn_buffer named = { .len_max = PTN_RECORD_LEN_MAX };
            struct ptn_list_edition part;

            assert_true(ptn_ok(ptn_list_edition_parse(record(&setting, 0), &part, NULL)));
            part.list = PTN_BYTES_LITERAL("eighteen-letters-x");
            part.time_ms += source; /* each its own: none goes on with another's */
            assert_true(ptn_ok(ptn_list_edition_write(&part, &named)));
            assert_true(ptn_ok(
                ptn_rows_take(setting.rows, source, ptn_buffer_bytes(&named), &whole, NULL)));
            assert_true(whole);
            ptn_buffer_release(&named);
        }
        assert_true(ptn_ok(take_all(&setting, setting.rows)));
    }
    assert_true(ptn_ok(ptn_rows_build(setting.rows, ptn_world_real(), &out, NULL)));
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&out), &snapshot, NULL)));
    assert_int_equal(ptn_snapshot_info(snapshot).list_count, 2 * 13);
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&out);
    tear_down(&setting);
}

/* The last edition's record, for another list. */
static struct ptn_status take_as(struct setting *setting, unsigned source, const char *name)
{
    struct ptn_buffer named = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_list_edition part;
    struct ptn_status status;
    bool whole = false;

    assert_true(ptn_ok(ptn_list_edition_parse(record(setting, 0), &part, NULL)));
    part.list = ptn_bytes_from_text(name);
    part.time_ms += source;
    assert_true(ptn_ok(ptn_list_edition_write(&part, &named)));
    status = ptn_rows_take(setting->rows, source, ptn_buffer_bytes(&named), &whole, NULL);
    ptn_buffer_release(&named);
    return status;
}

/* ROWS-5: whoever names a list as another's number or mark would be called stops no edition. */
static void test_rows__no_two_lists_are_built_under_one_name(void **state)
{
    static const char *const wanted[] = { "un", "un-unconfirmed", "un.2", "un.3",
                                          "un.3-unconfirmed" };
    struct ptn_buffer out = { .len_max = (size_t)64 << 20 };
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_rows_difference difference;
    struct listed list[ENTRIES];
    struct setting setting;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
    assert_true(ptn_ok(take_as(&setting, 0, "un")));
    assert_int_equal(take_as(&setting, 0, "un-unconfirmed").code, PTN_C_BAD_INPUT);
    assert_int_equal(take_as(&setting, 0, "-unconfirmed").code, PTN_C_BAD_INPUT);
    assert_true(ptn_ok(take_as(&setting, 0, "un.2")));
    assert_true(ptn_ok(take_as(&setting, 1, "un")));
    list[0].there = false;
    assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
    assert_true(ptn_ok(take_as(&setting, 0, "un")));
    assert_true(ptn_ok(take_as(&setting, 1, "un")));
    assert_true(ptn_ok(ptn_rows_build(setting.rows, ptn_world_real(), &out, NULL)));
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&out), &snapshot, NULL)));
    assert_int_equal(ptn_snapshot_info(snapshot).list_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(ptn_bytes_is(ptn_snapshot_list(snapshot, i).name, wanted[i]));
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&out);
    tear_down(&setting);
}

/* How many lists the rows of all ledgers are built into. */
static size_t lists_built(const struct setting *setting)
{
    struct ptn_buffer out = { .len_max = (size_t)64 << 20 };
    struct ptn_snapshot *snapshot = NULL;
    size_t count;

    assert_true(ptn_ok(ptn_rows_build(setting->rows, ptn_world_real(), &out, NULL)));
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&out), &snapshot, NULL)));
    count = ptn_snapshot_info(snapshot).list_count;
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&out);
    return count;
}

/* The last edition's records, from another ledger. */
static void take_from(struct setting *setting, unsigned source)
{
    bool whole = false;

    for (size_t i = 0; i < setting->count; i++)
        assert_true(ptn_ok(ptn_rows_take(setting->rows, source, record(setting, i), &whole, NULL)));
    assert_true(whole);
}

/* ROWS-4: a centre that was built again has its predecessor's editions in its own ledger and goes
 * on from them: that is one list. Whoever only says the same, or went another way, has another. */
static void test_rows__a_list_that_another_ledger_goes_on_with_is_one(void **state)
{
    struct ptn_rows_difference difference;
    struct listed list[ENTRIES];
    struct setting setting;

    (void)state;
    set_up(&setting);
    memcpy(list, start, sizeof(list));
    assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
    take_from(&setting, 0);
    take_from(&setting, 1);
    assert_int_equal(lists_built(&setting), 1);
    list[1].there = false;
    assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
    take_from(&setting, 1);
    assert_true(ptn_rows_list(setting.rows, 0).gone_on);
    assert_false(ptn_rows_list(setting.rows, 1).gone_on);
    assert_int_equal(lists_built(&setting), 2); /* and what is not confirmed of it */
    /* the former ledger's own tail turns up late: it went another way, and all is in force */
    list[1].there = true;
    list[2].there = false;
    assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
    take_from(&setting, 0);
    assert_false(ptn_rows_list(setting.rows, 0).gone_on);
    assert_int_equal(lists_built(&setting), 4);
    tear_down(&setting);

    set_up(&setting); /* the same rows in other records */
    memcpy(list, start, sizeof(list));
    for (unsigned source = 0; source < 2; source++) {
        assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
        if (source == 0)
            take_from(&setting, 5);
        else
            take_from(&setting, 6);
        assert_int_equal(lists_built(&setting), source + 1);
    }
    tear_down(&setting);
}

static void test_rows__an_edition_without_memory_changes_nothing(void **state)
{
    struct ptn_status status = { PTN_C_NO_MEMORY };

    (void)state;
    for (unsigned long nth = 1; !ptn_ok(status); nth++) {
        struct ptn_rows_difference difference;
        struct listed list[ENTRIES];
        struct setting setting;

        set_up(&setting);
        memcpy(list, start, sizeof(list));
        edition(&setting, list);
        list[0].there = false;
        list[3] = (struct listed){ .there = true, .names = 8 };
        assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
        fault_allocation(nth, FAULT_ONCE);
        status = take_all(&setting, setting.rows);
        if (fault_off()) {
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
            expect(&setting, 3, 0, 0, 0);
            assert_true(ptn_ok(take_all(&setting, setting.rows)));
        }
        expect(&setting, 3, 1, 0, 0);
        assert_in_range(nth, 1, 1000);
        tear_down(&setting);
    }
}

/* ---- by effect ---- */

static unsigned below(const struct ptn_world *world, unsigned limit)
{
    uint32_t number;

    world->random(world->context, (uint8_t *)&number, sizeof(number));
    return number % limit;
}

static void change(const struct ptn_world *world, struct listed *list)
{
    struct listed *one = &list[below(world, ENTRIES)];

    switch (below(world, 7)) {
    case 0:
        one->there = !one->there;
        break;
    case 1:
        one->names = 1 + below(world, 15);
        break;
    case 2:
        one->births = below(world, 8);
        break;
    case 3:
        one->nations = below(world, 8);
        break;
    case 4:
        one->weak = !one->weak;
        break;
    case 5:
        one->sex = "MF"[below(world, 2)];
        break;
    default:
        one->number = 1 - one->number;
        break;
    }
    if (one->names == 0)
        one->names = 1;
}

#define QUERIES 48u

/* The best score of each entry, whatever its version. */
struct scores {
    unsigned of[QUERIES][ENTRIES];
};

static void screen_all(struct setting *setting, const struct ptn_snapshot *snapshot,
                       struct scores *scores)
{
    memset(scores, 0, sizeof(*scores));
    for (unsigned i = 0; i < QUERIES; i++) {
        struct ptn_screen_query query = { .name = ptn_bytes_from_text(name_pool[i % 4]),
                                          .top = PTN_SCREEN_TOP_MAX };
        struct ptn_match *matches = NULL;
        size_t count = 0;
        bool more = false;

        if (i / 4 % 4 > 0)
            query.birth = birth_pool[i / 4 % 4 - 1];
        query.sex = i % 3 == 0 ? 'M' : 0;
        if (i % 5 > 1)
            memcpy(query.nationality, nation_pool[i % 5 - 2], sizeof(query.nationality));
        if (i % 7 == 0) {
            query.number = PTN_BYTES_LITERAL("U55500012");
            memcpy(query.issuer, "UTO", sizeof(query.issuer));
        }
        ptn_arena_clear(setting->arena);
        assert_true(
            ptn_ok(ptn_screen(snapshot, &query, setting->arena, &matches, &count, &more, NULL)));
        for (size_t k = 0; k < count; k++) {
            unsigned *best = &scores->of[i][matches[k].entry.at[1] - '0'];

            *best = matches[k].score > *best ? matches[k].score : *best;
        }
    }
}

static void screen_rows(struct setting *setting, struct scores *scores)
{
    struct ptn_buffer bytes = { .len_max = (size_t)16 << 20 };
    struct ptn_snapshot *snapshot = NULL;

    assert_true(ptn_ok(ptn_rows_build(setting->rows, ptn_world_real(), &bytes, NULL)));
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&bytes), &snapshot, NULL)));
    screen_all(setting, snapshot, scores);
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&bytes);
}

/* Any sequence of records that online hands write, right or wrong: ROWS-1, and ROWS-3, without
 * which what is added to an entry takes it from others. */
static void test_rows__no_record_makes_a_travellers_reasons_fewer(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct ptn_world *world = ptn_world_seeded(seed, 1);
        struct listed list[ENTRIES] = { { 0 } };
        struct ptn_rows_difference difference;
        struct scores former = { { { 0 } } };
        struct setting setting;

        set_up(&setting);
        memcpy(list, start, sizeof(start));
        for (unsigned step = 0; step < 20; step++) {
            struct scores now;
            bool whole = false;

            for (unsigned i = below(world, 3); i > 0; i--)
                change(world, list);
            assert_true(ptn_ok(publish(&setting, list, "ben", &difference)));
            if (step > 0 && below(world, 4) == 0) /* a thief's hand */
                setting.payloads[0][below(world, (unsigned)setting.lens[0])] ^=
                    (uint8_t)(1 + below(world, 255));
            for (size_t i = 0; i < setting.count; i++)
                (void)ptn_ok(ptn_rows_take(setting.rows, 0, record(&setting, i), &whole, NULL));
            screen_rows(&setting, &now);
            for (unsigned i = 0; i < QUERIES; i++)
                for (unsigned k = 0; k < ENTRIES; k++)
                    if (now.of[i][k] < former.of[i][k])
                        fail_msg("seed %d step %u query %u entry %u: %u, was %u", (int)seed, step,
                                 i, k, now.of[i][k], former.of[i][k]);
            former = now;
        }
        tear_down(&setting);
        ptn_world_seeded_free(world);
    }
}

/* When notes name all that went, differences come to what the last edition is by itself. */
static void test_rows__differences_come_to_the_list_itself(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct ptn_world *world = ptn_world_seeded(seed, 1);
        struct listed list[ENTRIES] = { { 0 } };
        struct setting setting;
        struct scores by_rows;
        struct scores at_once;
        struct ptn_buffer bytes;
        struct ptn_snapshot *snapshot;

        set_up(&setting);
        memcpy(list, start, sizeof(start));
        for (unsigned step = 0; step < 12; step++) {
            for (unsigned i = below(world, 4); i > 0; i--)
                change(world, list);
            edition(&setting, list);
            confirm_last(&setting);
        }
        screen_rows(&setting, &by_rows);
        snapshot = compile(&setting, list, &bytes);
        screen_all(&setting, snapshot, &at_once);
        assert_memory_equal(&by_rows, &at_once, sizeof(at_once));
        ptn_snapshot_close(snapshot);
        ptn_buffer_release(&bytes);
        tear_down(&setting);
        ptn_world_seeded_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows__a_row_is_written_back_as_it_was),
        cmocka_unit_test(test_rows__covers_only_what_finds_as_surely),
        cmocka_unit_test(test_rows__what_vanishes_stays_until_the_note),
        cmocka_unit_test(test_rows__a_note_may_come_first),
        cmocka_unit_test(test_rows__a_list_that_shrinks_asks_for_a_second_person),
        cmocka_unit_test(test_rows__a_file_that_takes_away_is_counted),
        cmocka_unit_test(test_rows__a_wrong_edition_counts_nowhere),
        cmocka_unit_test(test_rows__an_edition_is_refused_once_and_its_history_kept),
        cmocka_unit_test(test_rows__a_long_name_of_many_ledgers_is_built),
        cmocka_unit_test(test_rows__no_two_lists_are_built_under_one_name),
        cmocka_unit_test(test_rows__a_list_that_another_ledger_goes_on_with_is_one),
        cmocka_unit_test(test_rows__an_edition_without_memory_changes_nothing),
        cmocka_unit_test(test_rows__no_record_makes_a_travellers_reasons_fewer),
        cmocka_unit_test(test_rows__differences_come_to_the_list_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
