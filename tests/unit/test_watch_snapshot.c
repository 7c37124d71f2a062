/*
 * A snapshot of every sample: the same lists give the same bytes whatever their order, every
 * flipped or missing byte is found, a hostile file with good digests leads nowhere, and a failure
 * anywhere leaves the former file as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault.h"
#include "stride.h"
#include "watch/screen.h"
#include "watch_samples.h"

#define START_MS INT64_C(1790000000000)

static void put_file(struct ptn_world *world, const char *name)
{
    struct ptn_buffer bytes = sample_read(name);
    char path[256];

    (void)snprintf(path, sizeof(path), "/lists/%s", name);
    assert_true(ptn_ok(world->files->replace(world->context, path, ptn_buffer_bytes(&bytes))));
    ptn_buffer_release(&bytes);
}

static struct ptn_world *make_world(void)
{
    struct ptn_world *world = ptn_world_seeded(1, START_MS);

    assert_non_null(world);
    assert_true(ptn_ok(world->files->make_dir(world->context, "/lists")));
    assert_true(ptn_ok(world->files->make_dir(world->context, "/lists/ofac")));
    for (size_t i = 0; i < SAMPLE_COUNT; i++)
        put_file(world, samples[i].file);
    put_file(world, "ofac/alt.csv");
    put_file(world, "ofac/add.csv");
    put_file(world, "ofac/sdn_comments.csv");
    return world;
}

static struct ptn_status add_sample(struct ptn_snapshot_builder *builder,
                                    const struct sample *sample)
{
    char path[256];
    struct ptn_snapshot_input input = { .name = ptn_bytes_from_text(sample->list),
                                        .format = sample->format,
                                        .path = path };
    struct ptn_list_summary summary;

    (void)snprintf(path, sizeof(path), "/lists/%s", sample->file);
    return ptn_snapshot_builder_add(builder, &input, &summary, NULL);
}

/* Samples from first on, step by step (backwards with -1), saved at path. */
static struct ptn_status build(const struct ptn_world *world, size_t count, bool backwards,
                               const char *path)
{
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_status status = builder == NULL ? (struct ptn_status){ PTN_C_NO_MEMORY } : PTN_OK;

    for (size_t i = 0; i < count && ptn_ok(status); i++)
        status = add_sample(builder, &samples[backwards ? count - 1 - i : i]);
    if (ptn_ok(status))
        status = ptn_snapshot_builder_save(builder, path, NULL);
    ptn_snapshot_builder_free(builder);
    return status;
}

static struct ptn_buffer read_file(const struct ptn_world *world, const char *path)
{
    struct ptn_buffer bytes;

    ptn_buffer_init(&bytes, 1u << 24);
    assert_true(ptn_ok(world->files->read(world->context, path, &bytes)));
    return bytes;
}

static struct ptn_snapshot_list find_list(const struct ptn_snapshot *snapshot, const char *name)
{
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++)
        if (ptn_bytes_is(ptn_snapshot_list(snapshot, i).name, name))
            return ptn_snapshot_list(snapshot, i);
    fail_msg("no list %s", name);
    return (struct ptn_snapshot_list){ 0 };
}

static void test_snapshot__says_what_each_list_came_to(void **state)
{
    struct ptn_world *world = make_world();
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_snapshot_list list;

    (void)state;
    assert_true(ptn_ok(build(world, SAMPLE_COUNT, false, "/all.snap")));
    assert_true(ptn_ok(ptn_snapshot_open(world, "/all.snap", &snapshot, NULL)));
    assert_int_equal(ptn_snapshot_info(snapshot).list_count, SAMPLE_COUNT);
    assert_int_equal(ptn_snapshot_info(snapshot).made_ms, START_MS);
    list = find_list(snapshot, "OFAC");
    assert_int_equal(list.entries[PTN_ENTRY_PERSON], 2);
    assert_int_equal(list.entries[PTN_ENTRY_VESSEL], 1);
    assert_int_equal(list.names[PTN_ALIAS_PRIMARY], 5);
    assert_int_equal(list.names[PTN_ALIAS_STRONG], 3);
    assert_int_equal(list.names[PTN_ALIAS_WEAK], 4);
    assert_int_equal(list.profile.on_entry.action, PTN_LIST_ACTION_REFER);
    list = find_list(snapshot, "UK"); /* four rows of two entries */
    assert_int_equal(list.rows, 4);
    assert_int_equal(list.continued, 2);
    assert_int_equal(list.entries[PTN_ENTRY_PERSON] + list.entries[PTN_ENTRY_VESSEL], 2);
    assert_int_equal(list.names[PTN_ALIAS_PRIMARY], 2);
    list = find_list(snapshot, "CON"); /* two rows say they hold the primary name: the first does */
    assert_int_equal(list.names[PTN_ALIAS_PRIMARY], 1);
    assert_int_equal(list.names[PTN_ALIAS_STRONG], 2);
    list = find_list(snapshot, "FTM"); /* a passport's record joins its holder */
    assert_int_equal(list.entries[PTN_ENTRY_PERSON], 1);
    assert_int_equal(list.continued, 2);
    list = find_list(snapshot, "UN");
    assert_int_equal(list.profile.on_entry.action, PTN_LIST_ACTION_BAN);
    assert_true(list.profile.own_nationals_exempt);
    assert_true(ptn_bytes_is(list.edition, "2026-02-27T00:00:09.554Z"));
    assert_int_equal(find_list(snapshot, "FTM").profile.on_entry.action, PTN_LIST_ACTION_OFF);
    assert_int_equal(find_list(snapshot, "STOLEN").profile.on_exit.action, PTN_LIST_ACTION_SEIZE);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        size_t entries = 0;

        list = ptn_snapshot_list(snapshot, i);
        for (size_t kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
            entries += list.entries[kind];
        assert_int_equal(list.rows, entries + list.continued + list.rejected);
    }
    ptn_snapshot_close(snapshot);
    ptn_world_seeded_free(world);
}

static void test_snapshot__an_entry_comes_back_whole(void **state)
{
    struct ptn_world *world = make_world();
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_arena *arena = ptn_arena_new(1u << 20);
    struct ptn_list_entry entry;
    size_t count;

    (void)state;
    assert_true(ptn_ok(build(world, 1, false, "/one.snap")));
    assert_true(ptn_ok(ptn_snapshot_open(world, "/one.snap", &snapshot, NULL)));
    count = ptn_snapshot_info(snapshot).entry_count;
    assert_int_equal(count, 5);
    assert_true(ptn_ok(ptn_snapshot_entry(snapshot, 0, arena, &entry)));
    assert_true(ptn_bytes_is(entry.id, "9001"));
    assert_int_equal(entry.sex, 'M');
    assert_int_equal(entry.name_count, 6);
    assert_int_equal(entry.names[0].alias, PTN_ALIAS_PRIMARY);
    assert_int_equal(entry.birth_count, 3);
    assert_true(entry.births[1].circa);
    assert_int_equal(entry.births[2].last.year, 1953);
    assert_int_equal(entry.nation_count, 3);
    assert_string_equal(entry.nations[1].text, "PRK");
    assert_int_equal(entry.number_count, 3);
    assert_string_equal(entry.numbers[0].issuer, "EGY");
    assert_int_equal(entry.facts[0].type, PTN_FACT_REMARK);
    assert_int_equal(entry.line, 1);
    ptn_snapshot_close(snapshot);
    ptn_arena_free(arena);
    ptn_world_seeded_free(world);
}

static void test_snapshot__same_lists_same_bytes_in_any_order(void **state)
{
    struct ptn_world *world = make_world();
    struct ptn_buffer a, b;

    (void)state;
    assert_true(ptn_ok(build(world, SAMPLE_COUNT, false, "/a.snap")));
    assert_true(ptn_ok(build(world, SAMPLE_COUNT, true, "/b.snap")));
    a = read_file(world, "/a.snap");
    b = read_file(world, "/b.snap");
    assert_true(ptn_bytes_equal(ptn_buffer_bytes(&a), ptn_buffer_bytes(&b)));
    ptn_buffer_release(&b);
    /* later, only the moment and the header's digest differ: the content's hash stays */
    ptn_world_advance(world, 5000);
    assert_true(ptn_ok(build(world, SAMPLE_COUNT, false, "/b.snap")));
    b = read_file(world, "/b.snap");
    assert_memory_equal(a.at + 32, b.at + 32, PTN_SHA256_LEN);
    assert_false(ptn_bytes_equal(ptn_buffer_bytes(&a), ptn_buffer_bytes(&b)));
    assert_memory_equal(a.at + PTN_SNAPSHOT_HEADER_LEN, b.at + PTN_SNAPSHOT_HEADER_LEN,
                        a.len - PTN_SNAPSHOT_HEADER_LEN);
    ptn_buffer_release(&a);
    ptn_buffer_release(&b);
    ptn_world_seeded_free(world);
}

/* A file with the same bytes, exactly as long, freed by the caller. */
static uint8_t *copy_of(const struct ptn_buffer *bytes, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);

    assert_non_null(copy);
    memcpy(copy, bytes->at, len);
    return copy;
}

static void test_snapshot__every_byte_counts(void **state)
{
    struct ptn_world *world = make_world();
    struct ptn_buffer bytes;

    (void)state;
    assert_true(ptn_ok(build(world, 1, false, "/one.snap")));
    bytes = read_file(world, "/one.snap");
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t *copy = copy_of(&bytes, bytes.len);
        struct ptn_snapshot *snapshot = NULL;

        copy[i] ^= (uint8_t)(1u << (i % 8));
        assert_false(
            ptn_ok(ptn_snapshot_open_bytes(ptn_bytes_of(copy, bytes.len), &snapshot, NULL)));
        assert_null(snapshot);
        free(copy);
    }
    for (size_t len = 0; len < bytes.len; len += len < 4200 || len + 100 > bytes.len ? 1 : 37) {
        uint8_t *copy = copy_of(&bytes, len);
        struct ptn_snapshot *snapshot = NULL;
        struct ptn_diag diag = { 0, NULL };

        assert_false(ptn_ok(ptn_snapshot_open_bytes(ptn_bytes_of(copy, len), &snapshot, &diag)));
        assert_non_null(diag.text);
        free(copy);
    }
    ptn_buffer_release(&bytes);
    ptn_world_seeded_free(world);
}

/* Use everything a file offers. */
static void use(struct ptn_snapshot *snapshot)
{
    struct ptn_arena *arena = ptn_arena_new(1u << 24);
    struct ptn_screen_query query = { .name = PTN_BYTES_LITERAL("Vorlandek Ismar"),
                                      .number = PTN_BYTES_LITERAL("A123456"),
                                      .plate = PTN_BYTES_LITERAL("UT999ZZ"),
                                      .birth = { 1950, 1, 1 },
                                      .nationality = "IRN",
                                      .kinds = PTN_SCREEN_ALL,
                                      .include_off = true };
    struct ptn_match *matches;
    struct ptn_list_entry entry;
    size_t count;
    bool more;

    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++)
        (void)ptn_snapshot_list(snapshot, i);
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).entry_count; i++)
        assert_true(ptn_ok(ptn_snapshot_entry(snapshot, i, arena, &entry)));
    for (unsigned brute = 0; brute < 2; brute++) {
        struct ptn_status status;

        query.brute = brute != 0;
        status = ptn_screen(snapshot, &query, arena, &matches, &count, &more, NULL);
        assert_true(ptn_ok(status) || status.code == PTN_C_CORRUPT);
    }
    ptn_arena_free(arena);
}

/* Whoever writes good digests over bad bytes still leads nowhere. */
static void test_snapshot__hostile_bytes_with_good_digests_lead_nowhere(void **state)
{
    struct ptn_world *world = make_world();
    struct ptn_buffer bytes;
    size_t refused = 0;

    (void)state;
    assert_true(ptn_ok(build(world, 1, false, "/one.snap")));
    bytes = read_file(world, "/one.snap");
    for (size_t i = 0; i < bytes.len; i += stride_of("POSTERN_FLIP_STEP", 1)) {
        static const uint8_t values[] = { 0xff, 0x01 };
        uint8_t *copy = copy_of(&bytes, bytes.len);
        struct ptn_snapshot *snapshot = NULL;

        copy[i] = (uint8_t)(copy[i] + values[i % 2]);
        snapshot_reseal(copy, bytes.len);
        if (ptn_ok(ptn_snapshot_open_bytes(ptn_bytes_of(copy, bytes.len), &snapshot, NULL)))
            use(snapshot);
        else
            refused++;
        ptn_snapshot_close(snapshot);
        free(copy);
    }
    assert_true(refused * stride_of("POSTERN_FLIP_STEP", 1) > 1000);
    ptn_buffer_release(&bytes);
    ptn_world_seeded_free(world);
}

static uint64_t seed;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % limit;
}

/*
 * POST-8: single bytes, then many at once, in an open snapshot. With the bytes put back the
 * answers are those from before: nothing stuck in the working memory.
 */
static void test_snapshot__bytes_that_change_after_open_lead_nowhere(void **state)
{
    struct ptn_buffer good = changing_bytes();
    struct ptn_arena *arena = ptn_arena_new((size_t)1 << 24);
    uint8_t *bytes = copy_of(&good, good.len);
    struct ptn_snapshot *snapshot = NULL;
    uint64_t said;

    (void)state;
    seed = 1;
    assert_true(ptn_ok(ptn_snapshot_open_bytes(ptn_bytes_of(bytes, good.len), &snapshot, NULL)));
    said = changing_ask(snapshot, arena);
    for (size_t i = 0; i < good.len;
         i += 1 + random_below(11 + (uint32_t)stride_of("POSTERN_FLIP_STEP", 1))) {
        static const uint8_t values[] = { 0xff, 0x01, 0x80 };

        bytes[i] ^= values[i % 3];
        (void)changing_ask(snapshot, arena);
        bytes[i] = good.at[i];
    }
    assert_int_equal(changing_ask(snapshot, arena), said);
    for (unsigned round = 0; round < 300; round++) {
        uint32_t count = 1 + random_below(round % 4 == 0 ? 2000 : 12);

        for (uint32_t i = 0; i < count; i++)
            bytes[random_below((uint32_t)good.len)] = (uint8_t)random_below(256);
        (void)changing_ask(snapshot, arena);
        memcpy(bytes, good.at, good.len);
        if (round % 16 == 0)
            assert_int_equal(changing_ask(snapshot, arena), said);
    }
    assert_true(ptn_snapshot_is_damaged(snapshot));
    ptn_snapshot_close(snapshot);
    ptn_arena_free(arena);
    free(bytes);
    ptn_buffer_release(&good);
}

/* What no single changed byte reaches: counts far past the end, and bytes after the last section.
 */
static void test_snapshot__hostile_counts_and_tails(void **state)
{
    struct ptn_world *world = make_world();
    struct ptn_snapshot *snapshot = NULL;
    struct ptn_buffer bytes;
    uint64_t entries;
    uint8_t *copy;

    (void)state;
    assert_true(ptn_ok(build(world, 1, false, "/one.snap")));
    bytes = read_file(world, "/one.snap");
    entries = ptn_le64(bytes.at + PTN_SNAPSHOT_TABLE_AT +
                       (size_t)(PTN_SECTION_ENTRIES - 1) * PTN_SNAPSHOT_LINE_LEN + 8);
    for (size_t at = ENTRY_NAME_COUNT; at <= ENTRY_FACT_COUNT; at += 2) {
        copy = copy_of(&bytes, bytes.len);
        ptn_put16(copy + entries + 4 * (size_t)ENTRY_LEN + at,
                  65535); /* the last of five entries */
        snapshot_reseal(copy, bytes.len);
        assert_int_equal(
            ptn_snapshot_open_bytes(ptn_bytes_of(copy, bytes.len), &snapshot, NULL).code,
            PTN_C_CORRUPT);
        free(copy);
    }
    copy = calloc(1, bytes.len + 64);
    assert_non_null(copy);
    memcpy(copy, bytes.at, bytes.len);
    ptn_put64(copy + 16, bytes.len + 64);
    snapshot_reseal(copy, bytes.len + 64);
    assert_int_equal(
        ptn_snapshot_open_bytes(ptn_bytes_of(copy, bytes.len + 64), &snapshot, NULL).code,
        PTN_C_CORRUPT);
    assert_null(snapshot);
    free(copy);
    ptn_buffer_release(&bytes);
    ptn_world_seeded_free(world);
}

/* WATCH-2. */
static void test_snapshot__a_failure_leaves_the_former_file(void **state)
{
    struct ptn_world *world = make_world();
    struct ptn_buffer before, after;
    unsigned long nth = 0;
    bool failed;

    (void)state;
    assert_true(ptn_ok(build(world, 1, false, "/kept.snap")));
    before = read_file(world, "/kept.snap");
    do {
        struct ptn_status status;

        fault_allocation(++nth, FAULT_ONCE);
        status = build(world, 2, false, "/kept.snap");
        failed = fault_off();
        if (!failed) {
            assert_true(ptn_ok(status));
            break;
        }
        if (ptn_ok(status)) /* the failed allocation was one that can be done without */
            assert_true(ptn_ok(build(world, 1, false, "/kept.snap")));
        after = read_file(world, "/kept.snap");
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&before), ptn_buffer_bytes(&after)));
        ptn_buffer_release(&after);
    } while (failed);
    assert_true(nth > 20);
    assert_true(ptn_ok(build(world, 1, false, "/kept.snap")));
    for (uint64_t call = 1;; call++) {
        struct ptn_status status;

        ptn_world_fail_nth(world, call);
        status = build(world, 1, true, "/kept.snap");
        ptn_world_fail_nth(world, 0);
        after = read_file(world, "/kept.snap");
        assert_true(ptn_bytes_equal(ptn_buffer_bytes(&before), ptn_buffer_bytes(&after)));
        ptn_buffer_release(&after);
        if (ptn_ok(status)) {
            assert_true(call > 4);
            break;
        }
    }
    ptn_buffer_release(&before);
    ptn_world_seeded_free(world);
}

static void test_snapshot__a_list_that_cannot_be_read_is_refused(void **state)
{
    static const char *const bad_names[] = { "", "with space", "a/b",
                                             "123456789012345678901234567890123" };
    struct ptn_world *world = make_world();
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_snapshot_input input = { .name = PTN_BYTES_LITERAL("A"),
                                        .format = PTN_LIST_UN_XML,
                                        .path = "/lists/eu.xml" };
    struct ptn_list_summary summary;
    struct ptn_diag diag = { 0, NULL };

    (void)state;
    assert_int_equal(ptn_snapshot_builder_add(builder, &input, &summary, &diag).code,
                     PTN_C_BAD_INPUT);
    input.path = "/lists/none";
    assert_int_equal(ptn_snapshot_builder_add(builder, &input, &summary, &diag).code,
                     PTN_C_NOT_FOUND);
    input.path = "/lists/un.xml";
    for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
        input.name = ptn_bytes_from_text(bad_names[i]);
        assert_int_equal(ptn_snapshot_builder_add(builder, &input, &summary, &diag).code,
                         PTN_C_BAD_INPUT);
    }
    input.name = PTN_BYTES_LITERAL("A");
    assert_true(ptn_ok(ptn_snapshot_builder_add(builder, &input, &summary, &diag)));
    assert_int_equal(ptn_snapshot_builder_add(builder, &input, &summary, &diag).code,
                     PTN_C_BAD_INPUT);
    assert_string_equal(diag.text, "two lists have one name");
    ptn_snapshot_builder_free(builder);
    ptn_world_seeded_free(world);
}

static void test_profile__every_format_and_action_has_words(void **state)
{
    (void)state;
    for (unsigned format = 0; format < PTN_LIST_FORMAT_COUNT; format++) {
        struct ptn_list_profile profile = ptn_list_profile_of((enum ptn_list_format)format);
        enum ptn_list_format found;

        assert_true(profile.on_entry.text.len > 0 && profile.on_entry.text_sq.len > 0);
        assert_true(profile.on_exit.text.len > 0 && profile.on_exit.text_sq.len > 0);
        assert_true(profile.owner.len > 0 && profile.basis.len > 0);
        assert_true(ptn_ok(ptn_list_format_find(
            ptn_bytes_from_text(ptn_list_format_word((enum ptn_list_format)format)), &found)));
        assert_int_equal(found, format);
    }
    for (unsigned action = 0; action < PTN_LIST_ACTION_COUNT; action++) {
        struct ptn_list_effect effect = ptn_list_action_effect((enum ptn_list_action)action);

        assert_int_equal(effect.action, action);
        assert_true(effect.text.len > 0 && effect.text_sq.len > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshot__says_what_each_list_came_to),
        cmocka_unit_test(test_snapshot__an_entry_comes_back_whole),
        cmocka_unit_test(test_snapshot__same_lists_same_bytes_in_any_order),
        cmocka_unit_test(test_snapshot__every_byte_counts),
        cmocka_unit_test(test_snapshot__hostile_bytes_with_good_digests_lead_nowhere),
        cmocka_unit_test(test_snapshot__bytes_that_change_after_open_lead_nowhere),
        cmocka_unit_test(test_snapshot__hostile_counts_and_tails),
        cmocka_unit_test(test_snapshot__a_failure_leaves_the_former_file),
        cmocka_unit_test(test_snapshot__a_list_that_cannot_be_read_is_refused),
        cmocka_unit_test(test_profile__every_format_and_action_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
