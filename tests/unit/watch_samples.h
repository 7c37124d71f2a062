/* tests/unit/watch_samples.h -- the invented lists of data/samples/lists, for the tests of watch/.
 */
#ifndef TESTS_UNIT_WATCH_SAMPLES_H
#define TESTS_UNIT_WATCH_SAMPLES_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/screen.h"
#include "watch/snapshot_int.h"

static const struct sample {
    const char *list;
    enum ptn_list_format format;
    const char *file;
    bool ends; /* the format says where it ends, so a cut at any byte is seen */
} samples[] = {
    { "OFAC", PTN_LIST_OFAC_CSV, "ofac/sdn.csv", false },
    { "UN", PTN_LIST_UN_XML, "un.xml", true },
    { "EU", PTN_LIST_EU_XML, "eu.xml", true },
    { "OFACX", PTN_LIST_OFAC_XML, "ofac.xml", true },
    { "OJ", PTN_LIST_EU_OJ_CSV, "eu-oj.csv", false },
    { "UK", PTN_LIST_UK_CSV, "uk.csv", false },
    { "CON", PTN_LIST_UK_CSV, "conlist.csv", false },
    { "FTM", PTN_LIST_FTM, "ftm.ndjson", false },
    { "SIMPLE", PTN_LIST_SIMPLE_CSV, "simple.csv", false },
    { "STOLEN", PTN_LIST_STOLEN_CSV, "stolen.csv", false },
    { "CARS", PTN_LIST_VEHICLE_CSV, "vehicles.csv", false },
    { "NAT", PTN_LIST_POSTERN, "alerts.ndjson", true },
};
#define SAMPLE_COUNT (sizeof(samples) / sizeof(samples[0]))

/* A sample's whole file, Owned; an absent one (add.csv of another format) is empty. */
static inline struct ptn_buffer sample_read(const char *name)
{
    char path[256];
    struct ptn_buffer buffer;
    FILE *file;

    ptn_buffer_init(&buffer, 1u << 24);
    (void)snprintf(path, sizeof(path), "data/samples/lists/%s", name);
    file = fopen(path, "rb");
    if (file == NULL)
        return buffer;
    for (;;) {
        uint8_t chunk[4096];
        size_t got = fread(chunk, 1, sizeof(chunk), file);

        if (got == 0)
            break;
        if (!ptn_ok(ptn_buffer_add(&buffer, ptn_bytes_of(chunk, got))))
            abort();
    }
    (void)fclose(file);
    return buffer;
}

/* What a fuzzer does to good bytes: four bytes a change, where (big-endian) and to which value. */
static inline void sample_change(struct ptn_bytes changes, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + 4 <= changes.len; i += 4)
        bytes[(size_t)(changes.at[i] << 16 | changes.at[i + 1] << 8 | changes.at[i + 2]) % len] =
            changes.at[i + 3];
}

/* Put right every digest of a snapshot that was changed, so that what lies behind them is reached.
 */
static inline void snapshot_reseal(uint8_t *bytes, size_t len)
{
    const uint8_t *line =
        bytes + PTN_SNAPSHOT_TABLE_AT + (PTN_SECTION_BLOCKS - 1) * PTN_SNAPSHOT_LINE_LEN;
    uint64_t at, size;
    struct ptn_bytes part;
    uint8_t digest[PTN_SHA256_LEN];

    if (len < PTN_SNAPSHOT_HEADER_LEN)
        return;
    at = ptn_le64(line + 8);
    size = ptn_le64(line + 16);
    if (at <= len && size <= len - at && at >= PTN_SNAPSHOT_HEADER_LEN) {
        size_t from = PTN_SNAPSHOT_HEADER_LEN;

        for (size_t i = 0; i + PTN_SHA256_LEN <= size && from < at;
             i += PTN_SHA256_LEN, from += PTN_SNAPSHOT_BLOCK_LEN) {
            part = ptn_bytes_of(bytes + from, at - from < PTN_SNAPSHOT_BLOCK_LEN
                                                  ? at - from
                                                  : PTN_SNAPSHOT_BLOCK_LEN);
            if (ptn_ok(ptn_sha256(&part, 1, digest)))
                memcpy(bytes + at + i, digest, sizeof(digest));
        }
        part = ptn_bytes_of(bytes + at, size);
        if (ptn_ok(ptn_sha256(&part, 1, digest)))
            memcpy(bytes + 32, digest, sizeof(digest));
    }
    part = ptn_bytes_of(bytes, PTN_SNAPSHOT_DIGEST_AT);
    if (ptn_ok(ptn_sha256(&part, 1, digest)))
        memcpy(bytes + PTN_SNAPSHOT_DIGEST_AT, digest, sizeof(digest));
}

/* ---- a snapshot whose bytes change after it was opened ---- */

/* Two lists of invented people, with everything an entry may have. Owned. */
static inline struct ptn_buffer changing_bytes(void)
{
    static const char *const names[] = { "VORLANDEK, Ismar",      "Абдулрахман аль-Салими",
                                         "Xiao Ping Chen",        "J. R. Lindqvist",
                                         "محمد بن سالم الزهراني", "Thaçi Menduh",
                                         "Abd al-Rahman Salim",   "Maria de la Cruz Ortega" };
    enum { NAMES = sizeof(names) / sizeof(names[0]), ENTRIES = 12 };
    const struct ptn_list_birth births[] = { { { 1950, 1, 1 }, { 1950, 12, 31 }, true },
                                             { { 1961, 3, 4 }, { 1961, 3, 4 }, false } };
    const struct ptn_list_code nations[] = { { "IRN" }, { "UTO" } };
    const struct ptn_list_number numbers[] = {
        { .type = PTN_NUMBER_PASSPORT, .number = PTN_BYTES_LITERAL("A123456"), .issuer = "UTO" },
        { .type = PTN_NUMBER_PLATE, .number = PTN_BYTES_LITERAL("UT999ZZ"), .issuer = "UTO" }
    };
    const struct ptn_list_fact facts[] = { { PTN_FACT_PROGRAMME, PTN_BYTES_LITERAL("UT-1") },
                                           { PTN_FACT_LEGAL_BASIS, PTN_BYTES_LITERAL("7/2026") } };
    const struct ptn_list_profile profile = ptn_list_profile_of(PTN_LIST_POSTERN);
    struct ptn_world *world = ptn_world_seeded(1, INT64_C(1790000000000));
    struct ptn_snapshot_builder *builder = ptn_snapshot_builder_new(world);
    struct ptn_buffer bytes = { .len_max = (size_t)1 << 22 };

    for (unsigned list = 0; list < 2; list++) {
        struct ptn_list_entry entries[ENTRIES] = { 0 };
        struct ptn_list_name called[ENTRIES][2];
        char ids[ENTRIES][4];
        struct ptn_snapshot_made made = { list == 0 ? PTN_BYTES_LITERAL("N")
                                                    : PTN_BYTES_LITERAL("wanted"),
                                          &profile, INT64_C(1780000000000), entries, ENTRIES };

        for (unsigned i = 0; i < ENTRIES; i++) {
            (void)snprintf(ids[i], sizeof(ids[i]), "%u", i + 10);
            called[i][0] =
                (struct ptn_list_name){ ptn_bytes_from_text(names[i % NAMES]), PTN_ALIAS_PRIMARY };
            called[i][1] = (struct ptn_list_name){ ptn_bytes_from_text(names[(i + 3) % NAMES]),
                                                   i % 2 == 0 ? PTN_ALIAS_STRONG : PTN_ALIAS_WEAK };
            entries[i] = (struct ptn_list_entry){ .id = ptn_bytes_from_text(ids[i]),
                                                  .sex = i % 3 == 0 ? 'M' : '\0',
                                                  .names = called[i],
                                                  .name_count = 1 + i % 2,
                                                  .births = births,
                                                  .birth_count = i % 3,
                                                  .nations = nations,
                                                  .nation_count = i % 3,
                                                  .numbers = numbers,
                                                  .number_count = i % 3,
                                                  .facts = facts,
                                                  .fact_count = i % 3,
                                                  .listed_on = { 2020, 1, 2 },
                                                  .has_action = i % 4 == 0,
                                                  .on_entry = PTN_LIST_ACTION_REFER,
                                                  .on_exit = PTN_LIST_ACTION_INFORM };
        }
        if (!ptn_ok(ptn_snapshot_builder_make(builder, &made, NULL)))
            abort();
    }
    if (!ptn_ok(ptn_snapshot_builder_write(builder, &bytes, NULL)))
        abort();
    ptn_snapshot_builder_free(builder);
    ptn_world_seeded_free(world);
    return bytes;
}

/* What a snapshot shows and answers, in one number. Aborts where it says what it may not. */
static inline uint64_t changing_ask(const struct ptn_snapshot *snapshot, struct ptn_arena *arena)
{
    static const char *const asked[] = { "Ismar Vorlandek",  "Abdulrahman al-Salimi",
                                         "CHEN<<XIAO<PING",  "J Lindqvist",
                                         "Muhammad Zahrani", "Tha" };
    struct ptn_screen_query query = { .number = PTN_BYTES_LITERAL("A123456"),
                                      .plate = PTN_BYTES_LITERAL("UT999ZZ"),
                                      .nationality = "IRN",
                                      .sex = 'M',
                                      .issuer = "UTO",
                                      .kinds = PTN_SCREEN_ALL,
                                      .include_off = true };
    uint64_t said = 0;

    for (size_t i = 0; i < ptn_snapshot_info(snapshot).list_count; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(snapshot, i);

        said = said * 31 + list.name.len + strlen(ptn_list_format_word(list.format)) +
               strlen(ptn_list_action_word(list.profile.on_entry.action));
    }
    for (size_t i = 0; i < ptn_snapshot_info(snapshot).entry_count; i++) {
        struct ptn_list_entry entry;

        ptn_arena_clear(arena);
        if (!ptn_ok(ptn_snapshot_entry(snapshot, i, arena, &entry)))
            continue;
        said = said * 31 + entry.id.len + strlen(ptn_entry_kind_word(entry.kind));
        for (size_t k = 0; k < entry.name_count; k++)
            said += entry.names[k].text.len + strlen(ptn_alias_word(entry.names[k].alias));
    }
    for (unsigned i = 0; i < 2 * sizeof(asked) / sizeof(asked[0]); i++) {
        struct ptn_match *matches = NULL;
        struct ptn_status status;
        size_t count = 0;
        bool more = false;

        ptn_arena_clear(arena);
        query.name = ptn_bytes_from_text(asked[i / 2]);
        query.mrz = i / 2 == 2;
        query.birth = i / 2 % 2 == 0 ? (struct ptn_date){ 1950, 4, 3 } : PTN_DATE_NONE;
        query.brute = i % 2 != 0;
        status = ptn_screen(snapshot, &query, arena, &matches, &count, &more, NULL);
        if (!ptn_ok(status) && status.code != PTN_C_CORRUPT && status.code != PTN_C_NO_MEMORY)
            abort();
        for (size_t k = 0; ptn_ok(status) && k < count; k++) {
            struct ptn_list_entry entry;

            said = said * 31 + matches[k].score + matches[k].ordinal + matches[k].name.len +
                   strlen(ptn_entry_kind_word(matches[k].kind)) + matches[k].why_count;
            (void)ptn_ok(ptn_snapshot_entry(snapshot, matches[k].ordinal, arena, &entry));
        }
    }
    return said;
}
#endif
