/*
 * Goal: base and delta answer as the index made of all rows in force does, whatever editions came,
 * whatever was confirmed, whenever the base was made; and a delta that is not as it should be is
 * refused or passed over.
 */
#include "watch/delta.h"

#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "watch/rows.h"
#include "watch/snapshot_int.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__clang__) /* the sanitizers' build takes its time */
#define EDITION_STEP 4u
#else
#define EDITION_STEP 1u
#endif

#define ENTRIES 60u
#define LISTS   3u
#define RECORDS 256u

/* ---- lists that change ---- */

static const char *const given_pool[] = { "Marinela", "Arben", "Lule", "Ilir", "Marinella" };
static const char *const family_pool[] = { "VELTHURI", "KOSTANDELI", "BREGASI", "VELTURI" };

/* One entry, as its seed has it; 0: it is not there. */
struct list {
    uint32_t seeds[ENTRIES];
};

struct setting {
    struct ptn_world *chance;
    struct ptn_rows *rows;
    struct ptn_arena *arena;
    struct list lists[LISTS];
    int64_t time_ms;
    struct ptn_row_name last[RECORDS]; /* records of the edition in hand */
    size_t last_count;
    unsigned source;
};

static unsigned below(struct setting *setting, unsigned limit)
{
    uint32_t number;

    setting->chance->random(setting->chance->context, (uint8_t *)&number, sizeof(number));
    return number % limit;
}

static void set_up(struct setting *setting, uint64_t seed)
{
    *setting = (struct setting){ .chance = ptn_world_seeded(seed, 1),
                                 .rows = ptn_rows_new(),
                                 .arena = ptn_arena_new((size_t)64 << 20),
                                 .time_ms = INT64_C(1795800000000) };
    assert_non_null(setting->chance);
    assert_non_null(setting->rows);
    assert_non_null(setting->arena);
}

static void tear_down(struct setting *setting)
{
    ptn_rows_free(setting->rows);
    ptn_arena_free(setting->arena);
    ptn_world_seeded_free(setting->chance);
}

static struct ptn_bytes name_of(uint32_t seed, struct ptn_arena *arena)
{
    char *text = ptn_arena_take(arena, 64);

    assert_non_null(text);
    (void)snprintf(text, 64, "%s, %s", family_pool[seed % 4], given_pool[seed / 4 % 5]);
    return ptn_bytes_from_text(text);
}

static void add_numbers(uint32_t seed, struct ptn_list_number *numbers,
                        struct ptn_list_entry *entry)
{
    static const char *const passports[] = { "U55500012", "U55500013", "77100" };
    static const char *const plates[] = { "AA 123 BC", "AA123BO", "01-234-KS" };

    if (seed % 3 == 0) {
        numbers[entry->number_count] =
            (struct ptn_list_number){ .type = PTN_NUMBER_PASSPORT,
                                      .number = ptn_bytes_from_text(passports[seed / 3 % 3]) };
        memcpy(numbers[entry->number_count++].issuer, seed % 2 == 0 ? "UTO" : "\0\0\0", 4);
    }
    if (seed % 7 == 0)
        numbers[entry->number_count++] =
            (struct ptn_list_number){ .type = PTN_NUMBER_PLATE,
                                      .number = ptn_bytes_from_text(plates[seed / 7 % 3]) };
    if (entry->name_count == 0 && entry->number_count == 0)
        numbers[entry->number_count++] =
            (struct ptn_list_number){ .type = PTN_NUMBER_PASSPORT,
                                      .number = ptn_bytes_from_text(passports[seed % 3]) };
}

static struct ptn_list_entry entry_of(uint32_t seed, size_t number, struct ptn_arena *arena)
{
    struct ptn_list_name *names = ptn_arena_take(arena, 3 * sizeof(*names));
    struct ptn_list_birth *births = ptn_arena_take(arena, sizeof(*births));
    struct ptn_list_code *nations = ptn_arena_take(arena, sizeof(*nations));
    struct ptn_list_number *numbers = ptn_arena_take(arena, 3 * sizeof(*numbers));
    struct ptn_list_fact *facts = ptn_arena_take(arena, sizeof(*facts));
    char *id = ptn_arena_take(arena, 8);
    struct ptn_list_entry entry = {
        .names = names, .births = births, .nations = nations, .numbers = numbers, .facts = facts
    };

    (void)snprintf(id, 8, "E%zu", number);
    entry.id = ptn_bytes_from_text(id);
    entry.name_count = seed % 11 == 0 ? 0 : 1 + seed / 3 % 3;
    entry.kind = entry.name_count == 0 ? PTN_ENTRY_DOCUMENT : PTN_ENTRY_PERSON;
    for (size_t i = 0; i < entry.name_count; i++)
        names[i] = (struct ptn_list_name){ name_of(seed + (uint32_t)i * 7, arena),
                                           (enum ptn_alias)(i % 3) };
    if (seed % 4 > 1) {
        struct ptn_date date = { (uint16_t)(1970 + seed % 3), 1, 2 };

        births[entry.birth_count++] = (struct ptn_list_birth){ date, date, false };
    }
    if (seed % 5 == 0)
        memcpy(nations[entry.nation_count++].text, seed % 2 == 0 ? "ALB" : "UTO", 4);
    add_numbers(seed, numbers, &entry);
    if (seed % 6 == 0)
        facts[entry.fact_count++] =
            (struct ptn_list_fact){ PTN_FACT_PROGRAMME, PTN_BYTES_LITERAL("P1") };
    entry.sex = "MF\0"[seed % 3];
    if (seed % 13 == 0) {
        entry.has_action = true;
        entry.on_entry = seed % 2 == 0 ? PTN_LIST_ACTION_ARREST : PTN_LIST_ACTION_OFF;
        entry.on_exit = PTN_LIST_ACTION_OFF;
    }
    if (seed % 17 == 0)
        entry.valid_until = (struct ptn_date){ 2026, (uint8_t)(1 + seed % 12), 1 };
    return entry;
}

static struct ptn_status take(void *context, struct ptn_bytes payload)
{
    struct setting *setting = context;
    bool whole = false;

    assert_in_range(setting->last_count, 0, RECORDS - 1);
    assert_true(ptn_ok(ptn_sha256(&payload, 1, setting->last[setting->last_count++].at)));
    return ptn_rows_take(setting->rows, setting->source, payload, &whole, NULL);
}

static const char *const list_names[LISTS] = { "bb", "aa", "aa-2" };

static void publish(struct setting *setting, size_t index, unsigned source)
{
    struct ptn_list_profile profile = ptn_list_profile_of(PTN_LIST_UN_XML);
    struct ptn_list_entry entries[ENTRIES];
    struct ptn_snapshot_made made = { .name = ptn_bytes_from_text(list_names[index]),
                                      .profile = &profile,
                                      .edition_ms = setting->time_ms,
                                      .entries = entries };
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(ptn_world_real());
    struct ptn_buffer bytes = { .len_max = (size_t)16 << 20 };
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_rows_difference difference;
    struct ptn_rows_plan plan = { .edition = { .time_ms = setting->time_ms,
                                               .post = PTN_BYTES_LITERAL("centre"),
                                               .officer = PTN_BYTES_LITERAL("ana"),
                                               .second = PTN_BYTES_LITERAL("ben"),
                                               .list = ptn_bytes_from_text(list_names[index]) },
                                  .source = source };

    ptn_arena_clear(setting->arena);
    for (size_t i = 0; i < ENTRIES; i++)
        if (setting->lists[index].seeds[i] != 0)
            entries[made.count++] = entry_of(setting->lists[index].seeds[i], i, setting->arena);
    assert_true(ptn_ok(ptn_snapshot_builder_make(builder, &made, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_write(builder, &bytes, NULL)));
    ptn_snapshot_builder_free(builder);
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&bytes), &snapshot, NULL)));
    plan.snapshot = snapshot;
    setting->source = source;
    setting->last_count = 0;
    assert_true(ptn_ok(ptn_rows_publish(setting->rows, &plan, take, setting, &difference, NULL)));
    setting->time_ms += 1000;
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&bytes);
}

/* A new edition of a list, of which some notes then name what it took away. */
static void step(struct setting *setting, unsigned changes)
{
    size_t index = below(setting, LISTS);
    unsigned source = index == 1 && below(setting, 3) == 0 ? 1 : 0;

    for (unsigned i = 0; i < changes; i++) {
        uint32_t *seed = &setting->lists[index].seeds[below(setting, ENTRIES)];

        if (*seed != 0 && below(setting, 3) == 0)
            *seed = 0;
        else if (*seed != 0 && below(setting, 2) == 0)
            *seed += 60 * (1 + below(setting, 3)); /* the same names, other evidence */
        else
            *seed = 1 + below(setting, 100000);
    }
    publish(setting, index, source);
    for (size_t i = 0; i < setting->last_count; i++)
        if (below(setting, 3) > 0)
            assert_true(ptn_ok(ptn_rows_confirm(setting->rows, &setting->last[i])));
}

/* ---- a base, and what is beside it ---- */

struct base {
    struct ptn_buffer bytes;
    struct ptn_snapshot *snapshot;
    struct ptn_rows_base *rows;
};

static void make_base(const struct setting *setting, struct base *base)
{
    ptn_buffer_init(&base->bytes, (size_t)64 << 20);
    base->snapshot = NULL;
    assert_true(ptn_ok(ptn_rows_build(setting->rows, ptn_world_real(), &base->bytes, NULL)));
    assert_true(
        ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&base->bytes), &base->snapshot, NULL)));
    assert_true(ptn_ok(ptn_rows_base_new(setting->rows, base->snapshot, &base->rows)));
}

static void drop_base(struct base *base)
{
    ptn_rows_base_free(base->rows);
    ptn_snapshot_close(base->snapshot);
    ptn_buffer_release(&base->bytes);
}

static void assert_text(struct ptn_bytes a, struct ptn_bytes b)
{
    assert_int_equal(a.len, b.len);
    if (a.len > 0)
        assert_memory_equal(a.at, b.at, a.len);
}

static void assert_effect(const struct ptn_list_effect *a, const struct ptn_list_effect *b)
{
    assert_int_equal(a->action, b->action);
    assert_text(a->text, b->text);
    assert_text(a->text_sq, b->text_sq);
}

/* All that is answered; the ordinal is no answer. */
static void assert_match(const struct ptn_match *a, const struct ptn_match *b)
{
    assert_int_equal(a->basis, b->basis);
    assert_text(a->list, b->list);
    assert_text(a->edition, b->edition);
    assert_text(a->entry, b->entry);
    assert_int_equal(a->kind, b->kind);
    assert_text(a->name, b->name);
    assert_int_equal(a->alias, b->alias);
    assert_int_equal(a->score, b->score);
    assert_int_equal(a->corroborated, b->corroborated);
    assert_int_equal(a->birth_day, b->birth_day);
    assert_int_equal(a->why_count, b->why_count);
    for (size_t i = 0; i < a->why_count; i++) {
        assert_string_equal(a->why[i].rule, b->why[i].rule);
        assert_text(a->why[i].text, b->why[i].text);
        assert_text(a->why[i].text_sq, b->why[i].text_sq);
    }
    assert_effect(&a->on_entry, &b->on_entry);
    assert_effect(&a->on_exit, &b->on_exit);
    assert_int_equal(a->own_nationals_exempt, b->own_nationals_exempt);
    assert_text(a->owner, b->owner);
    assert_text(a->basis_law, b->basis_law);
    assert_text(a->programme, b->programme);
    assert_true(ptn_date_equal(a->listed_on, b->listed_on));
    assert_true(ptn_date_equal(a->valid_until, b->valid_until));
}

static struct ptn_screen_query question(struct setting *setting)
{
    static const unsigned tops[] = { 1, 2, 3, 7, 10, PTN_SCREEN_TOP_MAX };
    static const char *const plates[] = { "", "", "AA123BC", "01234KS" };
    static const char *const numbers[] = { "", "U55500012", "U55500013", "77100" };
    struct ptn_screen_query query = {
        .name = name_of(below(setting, 20), setting->arena),
        .top = tops[below(setting, 6)],
        .plate = ptn_bytes_from_text(plates[below(setting, 4)]),
        .number = ptn_bytes_from_text(numbers[below(setting, 4)]),
        .kinds = below(setting, 3) == 0 ? PTN_SCREEN_ALL : 0,
        .include_off = below(setting, 4) == 0,
        .sex = "MF\0"[below(setting, 3)],
    };

    memcpy(query.issuer, below(setting, 2) == 0 ? "UTO" : "\0\0\0", 4);
    memcpy(query.nationality, below(setting, 2) == 0 ? "ALB" : "\0\0\0", 4);
    if (below(setting, 2) == 0)
        query.birth = (struct ptn_date){ (uint16_t)(1970 + below(setting, 3)), 1, 2 };
    if (below(setting, 2) == 0)
        query.today = (struct ptn_date){ 2026, 6, 1 };
    if (below(setting, 8) == 0 && query.number.len > 0)
        query.name = PTN_BYTES_NONE;
    query.threshold = below(setting, 3) == 0 ? 6000 : 0;
    return query;
}

static void ask_one(struct setting *setting, const struct base *base, const struct ptn_delta *delta,
                    const struct ptn_snapshot *rebuilt, struct ptn_screen_query *query,
                    bool also_brute)
{
    struct ptn_match *wanted = NULL;
    struct ptn_match *found = NULL;
    size_t wanted_count = 0;
    size_t found_count = 0;
    bool wanted_more = false;
    bool found_more = false;

    assert_true(ptn_ok(
        ptn_screen(rebuilt, query, setting->arena, &wanted, &wanted_count, &wanted_more, NULL)));
    for (unsigned brute = 0; brute < (also_brute ? 2 : 1); brute++) {
        query->brute = brute == 1;
        assert_true(ptn_ok(ptn_delta_screen(base->snapshot, delta, query, setting->arena, &found,
                                            &found_count, &found_more, NULL)));
        assert_int_equal(found_count, wanted_count);
        assert_int_equal(found_more, wanted_more);
        for (size_t k = 0; k < wanted_count; k++)
            assert_match(&found[k], &wanted[k]);
    }
}

static void ask(struct setting *setting, const struct base *base, const struct ptn_delta *delta,
                const struct ptn_snapshot *rebuilt, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct ptn_screen_query query;

        ptn_arena_clear(setting->arena);
        query = question(setting);
        ask_one(setting, base, delta, rebuilt, &query, true);
    }
}

/* The delta's table of lists is that of the index rebuilt. */
static void compare_lists(const struct ptn_delta *delta, const struct ptn_snapshot *rebuilt)
{
    assert_int_equal(ptn_snapshot_info(ptn_delta_snapshot(delta)).list_count,
                     ptn_snapshot_info(rebuilt).list_count);
    for (size_t i = 0; i < ptn_snapshot_info(rebuilt).list_count; i++) {
        struct ptn_snapshot_list a = ptn_delta_list(delta, i);
        struct ptn_snapshot_list b = ptn_snapshot_list(rebuilt, i);

        assert_text(a.name, b.name);
        assert_text(a.edition, b.edition);
        assert_int_equal(a.edition_ms, b.edition_ms);
        assert_int_equal(a.rows, b.rows);
        assert_memory_equal(a.entries, b.entries, sizeof(a.entries));
        assert_memory_equal(a.names, b.names, sizeof(a.names));
    }
}

/* Folded, it is what all rows at once are made into; the moment of making aside. */
static void fold(const struct base *base, const struct ptn_delta *delta, const struct base *rebuilt)
{
    struct ptn_buffer bytes = { .len_max = (size_t)64 << 20 };

    assert_true(ptn_ok(ptn_delta_fold(base->snapshot, delta, ptn_world_real(), &bytes, NULL)));
    assert_int_equal(bytes.len, rebuilt->bytes.len);
    assert_memory_equal(bytes.at + 32, rebuilt->bytes.at + 32, 4064 - 32);
    assert_memory_equal(bytes.at + 4096, rebuilt->bytes.at + 4096, bytes.len - 4096);
    ptn_buffer_release(&bytes);
}

static void compare(struct setting *setting, const struct base *base, unsigned questions)
{
    struct ptn_buffer bytes = { .len_max = (size_t)64 << 20 };
    struct ptn_delta *delta = NULL;
    struct ptn_rows_changes changes;
    struct base rebuilt;

    make_base(setting, &rebuilt);
    assert_true(ptn_ok(ptn_rows_delta(setting->rows, base->rows, ptn_world_real(), &bytes, NULL)));
    assert_true(
        ptn_ok(ptn_delta_open_bytes(ptn_buffer_bytes(&bytes), base->snapshot, &delta, NULL)));
    assert_true(ptn_ok(ptn_rows_compare(setting->rows, base->rows, &changes)));
    assert_int_equal(changes.added, ptn_snapshot_info(ptn_delta_snapshot(delta)).entry_count);
    assert_int_equal(changes.gone, ptn_delta_gone_count(delta));
    assert_int_equal(changes.base - changes.gone + changes.added,
                     ptn_snapshot_info(rebuilt.snapshot).entry_count);
    compare_lists(delta, rebuilt.snapshot);
    ask(setting, base, delta, rebuilt.snapshot, questions);
    fold(base, delta, &rebuilt);
    ptn_delta_close(delta);
    ptn_buffer_release(&bytes);
    assert_true(ptn_ok(ptn_rows_compare(setting->rows, rebuilt.rows, &changes)));
    assert_int_equal(changes.added + changes.gone, 0); /* what was made of them has them all */
    drop_base(&rebuilt);
}

/* ---- tests ---- */

/* DELTA-1. */
static void test_delta__answers_are_those_of_the_index_rebuilt(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct setting setting;
        struct base base;

        set_up(&setting, seed);
        for (unsigned i = 0; i < 6; i++)
            step(&setting, 40);
        make_base(&setting, &base);
        for (unsigned round = 0; round < 14; round++) {
            step(&setting, 1 + below(&setting, 12));
            compare(&setting, &base, 40);
            if (below(&setting, 5) == 0) { /* folded */
                drop_base(&base);
                make_base(&setting, &base);
            } else if (below(&setting, 3) == 0) { /* a start */
                ptn_rows_base_free(base.rows);
                assert_true(ptn_ok(ptn_rows_base_new(setting.rows, base.snapshot, &base.rows)));
            }
        }
        drop_base(&base);
        tear_down(&setting);
    }
}

/* ---- the Treasury's list over the years ---- */

/* In $POSTERN_SHARED, or where the house has it. */
static bool find_editions(char folder[512])
{
    const char *shared = getenv("POSTERN_SHARED");

    (void)snprintf(folder, 512, "%s/data/lists/ofac-history",
                   shared == NULL ? "../shared" : shared);
    return access(folder, R_OK) == 0;
}

static void unpack(const char *file, const char *path)
{
    pid_t child = fork();
    int ended = 1;

    assert_true(child >= 0);
    if (child == 0) {
        int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        if (out >= 0 && dup2(out, STDOUT_FILENO) >= 0)
            (void)execlp("gunzip", "gunzip", "-c", file, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
}

static struct ptn_snapshot *compile_real(const char *file, struct ptn_buffer *bytes)
{
    char path[64];
    const struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("ofac"),
                                              .format = PTN_LIST_OFAC_CSV,
                                              .path = path };
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(ptn_world_real());
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_list_summary summary;

    (void)snprintf(path, sizeof(path), "/tmp/postern-delta-%d.csv", (int)getpid());
    unpack(file, path);
    assert_true(ptn_ok(ptn_snapshot_builder_add(builder, &input, &summary, NULL)));
    assert_true(ptn_ok(ptn_snapshot_builder_write(builder, bytes, NULL)));
    ptn_snapshot_builder_free(builder);
    (void)unlink(path);
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(bytes), &snapshot, NULL)));
    return snapshot;
}

static void publish_real(struct setting *setting, const char *file)
{
    struct ptn_buffer bytes = { .len_max = (size_t)64 << 20 };
    struct ptn_rows_difference difference;
    struct ptn_rows_plan plan = { .edition = { .time_ms = setting->time_ms,
                                               .post = PTN_BYTES_LITERAL("centre"),
                                               .officer = PTN_BYTES_LITERAL("ana"),
                                               .second = PTN_BYTES_LITERAL("ben"),
                                               .list = PTN_BYTES_LITERAL("ofac") } };
    struct ptn_snapshot *snapshot = compile_real(file, &bytes);

    plan.snapshot = snapshot;
    setting->last_count = 0;
    setting->time_ms += 1000;
    assert_true(ptn_ok(ptn_rows_publish(setting->rows, &plan, take, setting, &difference, NULL)));
    print_message("# %s: %zu rows, %zu came, %zu went\n", strrchr(file, '/') + 1, difference.count,
                  difference.added, difference.gone);
    ptn_snapshot_close(snapshot);
    ptn_buffer_release(&bytes);
}

/* Everything about some of the index rebuilt, whatever kind they are of. */
static void ask_real(struct setting *setting, const struct base *base,
                     const struct ptn_delta *delta, const struct ptn_snapshot *rebuilt,
                     const struct ptn_snapshot *about, size_t step)
{
    static const unsigned tops[] = { 1, 10, PTN_SCREEN_TOP_MAX };

    for (size_t i = 0; i < ptn_snapshot_info(about).entry_count; i += step) {
        struct ptn_screen_query query = { .kinds = PTN_SCREEN_ALL, .top = tops[i / step % 3] };
        struct ptn_list_entry entry;

        ptn_arena_clear(setting->arena);
        assert_true(ptn_ok(ptn_snapshot_entry(about, i, setting->arena, &entry)));
        if (entry.name_count > 0)
            query.name = entry.names[entry.name_count - 1].text;
        if (entry.birth_count > 0)
            query.birth = entry.births[0].first;
        for (size_t k = 0; k < entry.number_count; k++)
            switch (ptn_key_class(entry.numbers[k].type)) {
            case 'd':
                query.number = entry.numbers[k].number;
                memcpy(query.issuer, entry.numbers[k].issuer, sizeof(query.issuer));
                break;
            case 'v':
                query.vessel = entry.numbers[k].number;
                break;
            case 'p':
                query.plate = entry.numbers[k].number;
                break;
            default:
                break;
            }
        if (query.name.len + query.number.len + query.vessel.len + query.plate.len > 0)
            ask_one(setting, base, delta, rebuilt, &query, i % (8 * step) == 0);
    }
}

/* DELTA-1, on the editions as they were published: each beside the index of the first. */
static void test_delta__real_editions_answer_as_the_index_rebuilt(void **state)
{
    struct setting setting;
    struct base base = { .snapshot = NULL };
    char folder[512];
    glob_t files;

    (void)state;
    if (!find_editions(folder)) {
        print_message("# no lists/ofac-history: real editions are not tried\n");
        return;
    }
    (void)strncat(folder, "/sdn_*.csv.gz", sizeof(folder) - strlen(folder) - 1);
    assert_int_equal(glob(folder, 0, NULL, &files), 0);
    set_up(&setting, 3);
    for (size_t i = 0; i < files.gl_pathc; i += EDITION_STEP) {
        struct ptn_buffer bytes = { .len_max = (size_t)64 << 20 };
        struct ptn_delta *delta = NULL;
        struct base rebuilt;

        publish_real(&setting, files.gl_pathv[i]);
        for (size_t k = 0; k < setting.last_count; k++)
            if (k % 2 == 0) /* half of what went is confirmed, half stays in doubt */
                assert_true(ptn_ok(ptn_rows_confirm(setting.rows, &setting.last[k])));
        if (i == 0)
            make_base(&setting, &base);
        make_base(&setting, &rebuilt);
        assert_true(
            ptn_ok(ptn_rows_delta(setting.rows, base.rows, ptn_world_real(), &bytes, NULL)));
        assert_true(
            ptn_ok(ptn_delta_open_bytes(ptn_buffer_bytes(&bytes), base.snapshot, &delta, NULL)));
        compare_lists(delta, rebuilt.snapshot);
        ask_real(&setting, &base, delta, rebuilt.snapshot, base.snapshot, 211);
        ask_real(&setting, &base, delta, rebuilt.snapshot, ptn_delta_snapshot(delta), 53);
        if (i + EDITION_STEP >= files.gl_pathc)
            fold(&base, delta, &rebuilt);
        ptn_delta_close(delta);
        ptn_buffer_release(&bytes);
        drop_base(&rebuilt);
    }
    globfree(&files);
    drop_base(&base);
    tear_down(&setting);
}

/* A delta of one changed edition, with its base. */
struct pair {
    struct setting setting;
    struct base base;
    struct ptn_buffer bytes;
};

static void make_pair(struct pair *pair)
{
    set_up(&pair->setting, 7);
    for (unsigned i = 0; i < 4; i++)
        step(&pair->setting, 30);
    make_base(&pair->setting, &pair->base);
    step(&pair->setting, 10);
    ptn_buffer_init(&pair->bytes, (size_t)64 << 20);
    assert_true(ptn_ok(
        ptn_rows_delta(pair->setting.rows, pair->base.rows, ptn_world_real(), &pair->bytes, NULL)));
}

static void drop_pair(struct pair *pair)
{
    ptn_buffer_release(&pair->bytes);
    drop_base(&pair->base);
    tear_down(&pair->setting);
}

static void test_delta__another_base_is_passed_over(void **state)
{
    struct ptn_delta *delta = NULL;
    struct ptn_buffer again = { .len_max = (size_t)64 << 20 };
    struct pair pair;
    struct base other;
    uint8_t digest[PTN_SHA256_LEN];

    (void)state;
    make_pair(&pair);
    make_base(&pair.setting, &other);
    assert_int_equal(
        ptn_delta_open_bytes(ptn_buffer_bytes(&pair.bytes), other.snapshot, &delta, NULL).code,
        PTN_C_NOT_FOUND);
    assert_null(delta);
    drop_base(&other);
    assert_true(ptn_ok(
        ptn_delta_open_bytes(ptn_buffer_bytes(&pair.bytes), pair.base.snapshot, &delta, NULL)));
    ptn_delta_digest(delta, digest);
    assert_memory_equal(digest, pair.bytes.at + 64, sizeof(digest));
    ptn_delta_close(delta);
    /* the same changes have the same digest */
    assert_true(
        ptn_ok(ptn_rows_delta(pair.setting.rows, pair.base.rows, ptn_world_real(), &again, NULL)));
    assert_memory_equal(again.at + 64, pair.bytes.at + 64, PTN_SHA256_LEN);
    ptn_buffer_release(&again);
    drop_pair(&pair);
}

/* POST-2: a bit anywhere, or a cut. */
static void test_delta__damage_is_refused(void **state)
{
    struct ptn_delta *delta = NULL;
    struct pair pair;

    (void)state;
    make_pair(&pair);
    for (size_t at = 0; at < pair.bytes.len; at += at < 400 ? 1 : 97) {
        struct ptn_status status;

        pair.bytes.at[at] ^= 4;
        status =
            ptn_delta_open_bytes(ptn_buffer_bytes(&pair.bytes), pair.base.snapshot, &delta, NULL);
        assert_true(status.code == PTN_C_CORRUPT || status.code == PTN_C_BAD_INPUT);
        assert_null(delta);
        pair.bytes.at[at] ^= 4;
    }
    for (size_t len = 0; len < pair.bytes.len; len += len < 200 ? 1 : 1009) {
        struct ptn_status status = ptn_delta_open_bytes(ptn_bytes_of(pair.bytes.at, len),
                                                        pair.base.snapshot, &delta, NULL);

        assert_true(status.code == PTN_C_CORRUPT || status.code == PTN_C_BAD_INPUT);
    }
    drop_pair(&pair);
}

static void test_delta__what_leads_outside_the_base_is_refused(void **state)
{
    static const uint32_t wrong[][2] = { { 0, 0 }, { 3, 2 }, { 0, 1000000 } };
    struct ptn_delta *delta = NULL;
    struct pair pair;

    (void)state;
    make_pair(&pair);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ptn_buffer bytes = { .len_max = (size_t)64 << 20 };

        assert_true(ptn_ok(ptn_delta_write(pair.base.snapshot, wrong[i], 2,
                                           ptn_snapshot_bytes(pair.base.snapshot), &bytes, NULL)));
        assert_int_equal(
            ptn_delta_open_bytes(ptn_buffer_bytes(&bytes), pair.base.snapshot, &delta, NULL).code,
            PTN_C_CORRUPT);
        ptn_buffer_release(&bytes);
    }
    drop_pair(&pair);
}

/* DELTA-2: whom the new base lacks, or has though they went, or finds otherwise. */
static void test_delta__a_base_that_answers_otherwise_is_seen(void **state)
{
    struct ptn_buffer bytes = { .len_max = (size_t)64 << 20 };
    struct ptn_snapshot *folded = NULL;
    struct ptn_delta *delta = NULL;
    struct pair pair;
    struct base later;
    bool same = false;

    (void)state;
    make_pair(&pair);
    assert_true(ptn_ok(
        ptn_delta_open_bytes(ptn_buffer_bytes(&pair.bytes), pair.base.snapshot, &delta, NULL)));
    assert_true(ptn_ok(ptn_delta_fold(pair.base.snapshot, delta, ptn_world_real(), &bytes, NULL)));
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&bytes), &folded, NULL)));
    assert_true(ptn_ok(ptn_delta_check(pair.base.snapshot, delta, folded, &same)));
    assert_true(same);
    assert_true(ptn_ok(ptn_delta_check(pair.base.snapshot, delta, pair.base.snapshot, &same)));
    assert_false(same); /* it lacks the delta's */
    step(&pair.setting, 8);
    make_base(&pair.setting, &later);
    same = true;
    assert_true(ptn_ok(ptn_delta_check(pair.base.snapshot, delta, later.snapshot, &same)));
    assert_false(same); /* it is ahead */
    drop_base(&later);
    ptn_snapshot_close(folded);
    ptn_delta_close(delta);
    ptn_buffer_release(&bytes);
    drop_pair(&pair);
}

/* DELTA-2. */
static void test_delta__an_index_that_went_bad_is_seen(void **state)
{
    struct ptn_buffer bytes = { .len_max = (size_t)64 << 20 };
    struct ptn_snapshot *folded = NULL;
    struct ptn_delta *delta = NULL;
    struct ptn_section_view *section;
    struct pair pair;
    bool same = true;

    (void)state;
    make_pair(&pair);
    assert_true(ptn_ok(
        ptn_delta_open_bytes(ptn_buffer_bytes(&pair.bytes), pair.base.snapshot, &delta, NULL)));
    assert_true(ptn_ok(ptn_delta_fold(pair.base.snapshot, delta, ptn_world_real(), &bytes, NULL)));
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_buffer_bytes(&bytes), &folded, NULL)));
    section = &folded->sections[PTN_SECTION_INDEX];
    /* after the check at opening, as memory that went bad: the postings point nowhere */
    memset(bytes.at + (section->at - bytes.at) + section->len / 4, 0, section->len / 2);
    assert_true(ptn_ok(ptn_delta_check(pair.base.snapshot, delta, folded, &same)));
    assert_false(same);
    ptn_snapshot_close(folded);
    ptn_delta_close(delta);
    ptn_buffer_release(&bytes);
    drop_pair(&pair);
}

static void test_delta__without_memory_nothing_is_made(void **state)
{
    struct ptn_status status = { PTN_C_NO_MEMORY };
    struct pair pair;

    (void)state;
    make_pair(&pair);
    for (unsigned long nth = 1; !ptn_ok(status); nth++) {
        struct ptn_buffer bytes = { .len_max = (size_t)64 << 20 };
        struct ptn_rows_base *base = NULL;
        struct ptn_delta *delta = NULL;
        struct ptn_match *matches = NULL;
        struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Marinela Velthuri"),
                                          .plate = PTN_BYTES_LITERAL("AA123BC") };
        size_t count = 0;
        bool more = false;

        ptn_arena_clear(pair.setting.arena);
        fault_allocation(nth, FAULT_ONCE);
        status = ptn_rows_base_new(pair.setting.rows, pair.base.snapshot, &base);
        if (ptn_ok(status))
            status = ptn_rows_delta(pair.setting.rows, base, ptn_world_real(), &bytes, NULL);
        if (ptn_ok(status))
            status =
                ptn_delta_open_bytes(ptn_buffer_bytes(&bytes), pair.base.snapshot, &delta, NULL);
        if (ptn_ok(status))
            status = ptn_delta_screen(pair.base.snapshot, delta, &query, pair.setting.arena,
                                      &matches, &count, &more, NULL);
        if (fault_off() && !ptn_ok(status))
            assert_int_equal(status.code, PTN_C_NO_MEMORY);
        assert_in_range(nth, 1, 5000);
        ptn_delta_close(delta);
        ptn_rows_base_free(base);
        ptn_buffer_release(&bytes);
    }
    drop_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delta__answers_are_those_of_the_index_rebuilt),
        cmocka_unit_test(test_delta__real_editions_answer_as_the_index_rebuilt),
        cmocka_unit_test(test_delta__another_base_is_passed_over),
        cmocka_unit_test(test_delta__damage_is_refused),
        cmocka_unit_test(test_delta__what_leads_outside_the_base_is_refused),
        cmocka_unit_test(test_delta__a_base_that_answers_otherwise_is_seen),
        cmocka_unit_test(test_delta__an_index_that_went_bad_is_seen),
        cmocka_unit_test(test_delta__without_memory_nothing_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
