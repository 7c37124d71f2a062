/* tests/unit/watch_samples.h -- the invented lists of data/samples/lists, for the tests of watch/.
 */
#ifndef TESTS_UNIT_WATCH_SAMPLES_H
#define TESTS_UNIT_WATCH_SAMPLES_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/snapshot.h"
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
#endif
