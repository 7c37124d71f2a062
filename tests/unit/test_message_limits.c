/* Goal: whatever is cut, flipped or repeated, reading ends, soon, within bounded memory, and says
 * so. The samples are those of POSTERN_SHARED, where they are. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/manifest.h"

#define SAMPLE_MAX 20000u /* bytes: of longer samples every byte is too much for a unit test */
#define HEAD       "UNB+UNOA:4+UT+UTO+261128:0800+1'UNH+1+PAXLST:D:05B:UN:IATA'"

struct world {
    struct ptn_arena *arena;
    struct ptn_manifest *manifest;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    world->arena = ptn_arena_new(8u << 20); /* far less than what comes in below */
    world->manifest = malloc(sizeof(*world->manifest));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    free(world->manifest);
    ptn_arena_free(world->arena);
    free(world);
    return 0;
}

/* Read all messages. Returns the last one's verdict; QUARANTINED when there is no interchange. */
static enum ptn_manifest_verdict read_all(struct world *world, struct ptn_bytes input)
{
    enum ptn_manifest_verdict verdict = PTN_MANIFEST_QUARANTINED;
    struct ptn_manifest_reader *reader = NULL;
    struct ptn_status status = ptn_manifest_reader_new(input, &reader, NULL);

    while (ptn_ok(status)) {
        ptn_arena_clear(world->arena);
        status = ptn_manifest_next(reader, world->arena, world->manifest);
        if (ptn_ok(status))
            verdict = world->manifest->verdict;
    }
    ptn_manifest_reader_free(reader);
    assert_int_not_equal(status.code, PTN_C_NO_MEMORY);
    return verdict;
}

/* ---- cut and flipped ---- */

/* Where the interchange's last segment ends: no byte after it says anything. */
static size_t end_of(struct ptn_bytes file)
{
    size_t at = file.len;

    while (at > 3 && memcmp(file.at + at - 3, "UNZ", 3) != 0)
        at--;
    return at;
}

static void spoil(struct world *world, struct ptn_bytes file)
{
    uint8_t *copy = malloc(file.len);
    size_t last = end_of(file);

    assert_non_null(copy);
    for (size_t len = 0; len <= last; len++) {
        memcpy(copy, file.at, len); /* at the end of its memory, for whoever reads past it */
        if (read_all(world, ptn_bytes_of(copy, len)) == PTN_MANIFEST_ACCEPTED)
            fail_msg("cut to %zu of %zu bytes it is accepted", len, file.len);
    }
    memcpy(copy, file.at, file.len);
    for (size_t i = 0; i < file.len; i++) {
        copy[i] ^= (uint8_t)(1u << (i % 8));
        (void)read_all(world, ptn_bytes_of(copy, file.len));
        copy[i] = file.at[i];
    }
    free(copy);
}

static unsigned spoil_samples(struct world *world, const char *dir)
{
    DIR *folder = opendir(dir);
    static uint8_t bytes[SAMPLE_MAX];
    const struct dirent *found;
    unsigned count = 0;

    while (folder != NULL && (found = readdir(folder)) != NULL) {
        char path[4096 + 300];
        FILE *file;
        size_t len;

        if (strstr(found->d_name, ".edi") == NULL)
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", dir, found->d_name);
        file = fopen(path, "rb");
        assert_non_null(file);
        len = fread(bytes, 1, sizeof(bytes), file);
        (void)fclose(file);
        if (len == 0 || len == sizeof(bytes))
            continue;
        spoil(world, ptn_bytes_of(bytes, len));
        count++;
    }
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

/* INPUT-1. */
static void test_limits__every_sample_cut_and_flipped_at_every_byte(void **state)
{
    static const char own[] =
        "UNA:+.? '" HEAD "BGM+745'TDT+20+UT451+++UT'LOC+125+UTA'LOC+87+TIA'"
        "NAD+FL+++O?'NEIL:\xc3\x89VA'DOC+P:110:111+X1'DTM+36:3106\n30'CNT+42:1'"
        "UNT+10+1'UNZ+1+1'";
    const char *shared = getenv("POSTERN_SHARED");
    char dir[4096];

    assert_int_equal(read_all(*state, ptn_bytes_from_text(own)), PTN_MANIFEST_ACCEPTED);
    spoil(*state, ptn_bytes_from_text(own));
    (void)snprintf(dir, sizeof(dir), "%s/data/messages", shared != NULL ? shared : "../shared");
    if (spoil_samples(*state, dir) == 0)
        (void)printf("# skipped: no shared data\n");
}

/* ---- far too much of something ---- */

static bool has_note(const struct ptn_manifest *manifest, const char *code)
{
    for (size_t i = 0; i < manifest->note_count; i++)
        if (strcmp(manifest->notes[i].code, code) == 0)
            return true;
    return false;
}

/* HEAD, so many times the piece, then the rest. Owned by the caller. */
static struct ptn_buffer repeat(const char *piece, size_t times, const char *rest)
{
    struct ptn_buffer text = { .len_max = 128u << 20 };

    assert_true(ptn_ok(ptn_buffer_add_text(&text, HEAD "TDT+20+UT1'LOC+125+UTA'LOC+87+TIA'")));
    for (size_t i = 0; i < times; i++)
        assert_true(ptn_ok(ptn_buffer_add_text(&text, piece)));
    assert_true(ptn_ok(ptn_buffer_add_text(&text, rest)));
    return text;
}

static void test_limits__repetition_is_bounded_and_said(void **state)
{
    static const struct {
        const char *piece;
        size_t times;
        const char *note;
        size_t people;
    } cases[] = {
        { "'", 10000000, "empty-segment", 1 },
        { "XYZ'", 10000000, "unt-count", 1 },
        { "NAD+FL+++B:C'DTM+329:800101'DOC+P+X1'", 100000, "person-full", 20000 },
        { "DOC+P+X1'", 100000, "unt-count", 1 },
        { "TDT+20+UT1'LOC+125+UTA'LOC+87+TIA'", 100000, "flight-half", 1 },
        { "RFF+ABO:1:2:3:4:5:6:7:8:9+A+B+C+D+E'", 100000, "unt-count", 1 },
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ptn_buffer text =
            repeat(cases[i].piece, cases[i].times, "NAD+FL+++LAST:ANA'UNT+7+1'UNZ+1+1'");

        assert_int_not_equal(read_all(world, ptn_buffer_bytes(&text)), PTN_MANIFEST_ACCEPTED);
        if (!has_note(world->manifest, cases[i].note))
            fail_msg("case %zu lacks %s", i, cases[i].note);
        assert_int_equal(world->manifest->person_count, cases[i].people);
        assert_true(world->manifest->note_count <= PTN_MANIFEST_NOTES_MAX);
        ptn_buffer_release(&text);
    }
}

static void test_limits__a_person_has_so_many_documents(void **state)
{
    struct world *world = *state;
    struct ptn_buffer text = repeat("", 0, "NAD+FL+++A:B'");
    size_t count = 0;

    for (size_t i = 0; i < PTN_MANIFEST_DOCUMENTS_MAX + 1; i++)
        assert_true(ptn_ok(ptn_buffer_addf(&text, "DOC+P+X%zu'", i)));
    assert_true(ptn_ok(ptn_buffer_add_text(&text, "NAD+FL+++C:D'DOC+P+Y'UNT+42+1'UNZ+1+1'")));
    (void)read_all(world, ptn_buffer_bytes(&text));
    assert_true(has_note(world->manifest, "person-full"));
    for (const struct ptn_manifest_document *d = world->manifest->people->documents; d != NULL;
         d = d->next)
        count++;
    assert_int_equal(count, PTN_MANIFEST_DOCUMENTS_MAX);
    assert_true(ptn_bytes_is(world->manifest->people->next->documents->number, "Y"));
    ptn_buffer_release(&text);
}

/* A component of 64 MB; the accepting program is shown one of 1 GB by tests/e2e. */
static void test_limits__a_huge_component_is_stepped_over(void **state)
{
    struct world *world = *state;
    struct ptn_buffer text = repeat("", 0, "NAD+FL+++");
    size_t len = (size_t)64 << 20;
    uint8_t *at;

    assert_true(ptn_ok(ptn_buffer_reserve(&text, len, &at)));
    memset(at, 'A', len);
    text.len += len;
    assert_true(ptn_ok(ptn_buffer_add_text(&text, ":ANA'NAD+FL+++B:C'UNT+8+1'UNZ+1+1'")));
    assert_int_equal(read_all(world, ptn_buffer_bytes(&text)), PTN_MANIFEST_ACCEPTED_WITH_NOTES);
    assert_true(has_note(world->manifest, "segment-long"));
    ptn_buffer_release(&text);
}

static void count_passed(void *context, size_t offset)
{
    size_t *last = context;

    assert_true(offset > last[0]);
    assert_true(offset - last[0] < (size_t)10 << 20);
    last[0] = offset;
    last[1]++;
}

static void test_limits__who_maps_a_file_is_told_how_far_it_is_read(void **state)
{
    struct world *world = *state;
    struct ptn_buffer text = repeat("XYZ+ABCDEFGHIJKLMNOPQRSTUVWXYZ'", 2000000, "UNT+5+1'UNZ+1+1'");
    struct ptn_manifest_reader *reader = NULL;
    size_t last[2] = { 0, 0 };

    assert_true(ptn_ok(ptn_manifest_reader_new(ptn_buffer_bytes(&text), &reader, NULL)));
    ptn_manifest_reader_watch(reader, count_passed, last);
    while (ptn_ok(ptn_manifest_next(reader, world->arena, world->manifest)))
        continue;
    assert_in_range(last[1], 6, 8);
    ptn_manifest_reader_free(reader);
    ptn_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_limits__every_sample_cut_and_flipped_at_every_byte,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits__repetition_is_bounded_and_said, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_limits__a_person_has_so_many_documents, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_limits__a_huge_component_is_stepped_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_limits__who_maps_a_file_is_told_how_far_it_is_read,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
