/* watch/delta.c -- a delta written, opened and checked: see delta.h. Searched: screen.c. */
#include "watch/delta_int.h"

#include <stdlib.h>

#define VERSION    1u
#define DIGEST_AT  64u
#define HEADER_LEN 96u
#define ALIGNMENT  64u

static const uint8_t magic[8] = { 'P', 'T', 'N', 'D', 'E', 'L', 'T', '\n' };

/* Which base it is of. */
static const uint8_t *base_digest(const struct ptn_snapshot *base)
{
    return base->bytes.at + PTN_SNAPSHOT_DIGEST_AT;
}

static size_t snapshot_at(size_t gone_count)
{
    return (HEADER_LEN + 4 * gone_count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The moment of making is not in it. */
static struct ptn_status digest_of(const uint8_t *header, struct ptn_bytes gone,
                                   const uint8_t *snapshot, uint8_t ret_digest[PTN_SHA256_LEN])
{
    const struct ptn_bytes parts[] = { ptn_bytes_of(header, DIGEST_AT),
                                       ptn_bytes_of(snapshot + 32, PTN_SHA256_LEN), gone };

    return ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), ret_digest);
}

struct ptn_status ptn_delta_write(const struct ptn_snapshot *base, const uint32_t *gone,
                                  size_t gone_count, struct ptn_bytes snapshot,
                                  struct ptn_buffer *out, struct ptn_diag *reterr)
{
    size_t at = snapshot_at(gone_count);
    size_t before = out->len;
    uint8_t *head = NULL;
    struct ptn_status status;

    PTN_PRE(snapshot.len >= PTN_SNAPSHOT_HEADER_LEN);
    if (gone_count > base->sections[PTN_SECTION_ENTRIES].count ||
        at + snapshot.len > PTN_DELTA_LEN_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "more changes than a delta holds");
    status = ptn_buffer_reserve(out, at + snapshot.len, &head);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "no memory for a delta");
    memset(head, 0, at);
    memcpy(head, magic, sizeof(magic));
    ptn_put32(head + 8, VERSION);
    ptn_put32(head + 12, (uint32_t)gone_count);
    ptn_put64(head + 16, at + snapshot.len);
    memcpy(head + 24, base_digest(base), PTN_SHA256_LEN);
    for (size_t i = 0; i < gone_count; i++)
        ptn_put32(head + HEADER_LEN + 4 * i, gone[i]);
    memcpy(head + at, snapshot.at, snapshot.len);
    status = digest_of(head, ptn_bytes_of(head + HEADER_LEN, 4 * gone_count), head + at,
                       head + DIGEST_AT);
    out->len = ptn_ok(status) ? before + at + snapshot.len : before;
    return status;
}

/* ---- opening ---- */

static struct ptn_status read_header(struct ptn_delta *delta, struct ptn_bytes bytes,
                                     struct ptn_bytes *ret_gone, struct ptn_bytes *ret_snapshot,
                                     struct ptn_diag *reterr)
{
    size_t count;
    size_t at;
    struct ptn_status status;

    if (bytes.len < HEADER_LEN || memcmp(bytes.at, magic, sizeof(magic)) != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "this is no delta");
    if (ptn_le32(bytes.at + 8) != VERSION)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 8, "a delta of another version");
    count = ptn_le32(bytes.at + 12);
    at = snapshot_at(count);
    if (ptn_le64(bytes.at + 16) != bytes.len || bytes.len < at ||
        bytes.len - at < PTN_SNAPSHOT_HEADER_LEN)
        return ptn_fail(PTN_C_CORRUPT, reterr, 16, "the delta is cut short or longer than it says");
    if (!ptn_is_zero(bytes.at + 56, 8) ||
        !ptn_is_zero(bytes.at + HEADER_LEN + 4 * count, at - HEADER_LEN - 4 * count))
        return ptn_fail(PTN_C_CORRUPT, reterr, 56, "the delta is not as the format says");
    *ret_gone = ptn_bytes_of(bytes.at + HEADER_LEN, 4 * count);
    *ret_snapshot = ptn_bytes_of(bytes.at + at, bytes.len - at);
    status = digest_of(bytes.at, *ret_gone, ret_snapshot->at, delta->digest);
    if (!ptn_ok(status))
        return status;
    if (memcmp(delta->digest, bytes.at + DIGEST_AT, PTN_SHA256_LEN) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, DIGEST_AT, "the delta fails its digest");
    if (memcmp(bytes.at + 24, base_digest(delta->base), PTN_SHA256_LEN) != 0)
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 24, "the delta is of another base");
    return PTN_OK;
}

static struct ptn_status read_gone(struct ptn_delta *delta, struct ptn_bytes gone,
                                   struct ptn_diag *reterr)
{
    size_t entries = delta->base->sections[PTN_SECTION_ENTRIES].count;

    delta->gone_count = gone.len / 4;
    delta->gone = calloc(entries / 64 + 1, sizeof(*delta->gone));
    if (delta->gone == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a delta");
    for (size_t i = 0; i < delta->gone_count; i++) {
        uint32_t ordinal = ptn_le32(gone.at + 4 * i);

        if (ordinal >= entries || (i > 0 && ptn_le32(gone.at + 4 * (i - 1)) >= ordinal))
            return ptn_fail(PTN_C_CORRUPT, reterr, HEADER_LEN + 4 * i,
                            "an entry is gone that is not there, or twice");
        delta->gone[ordinal / 64] |= UINT64_C(1) << ordinal % 64;
    }
    return PTN_OK;
}

static uint16_t find_list(const struct ptn_snapshot *snapshot, struct ptn_bytes name)
{
    for (size_t i = 0; i < snapshot->sections[PTN_SECTION_LISTS].count; i++)
        if (ptn_bytes_equal(
                ptn_snapshot_text(snapshot, ptn_record(snapshot, PTN_SECTION_LISTS, i) + LIST_NAME),
                name))
            return (uint16_t)i;
    return PTN_DELTA_NO_LIST;
}

static void take_off(size_t *from, size_t count)
{
    *from = *from > count ? *from - count : 0;
}

/* An entry of the base does not count. */
static void take_off_entry(const struct ptn_snapshot *base, const uint8_t *entry,
                           struct ptn_delta_counts *counts)
{
    size_t first = ptn_le32(entry + ENTRY_FIRST_NAME);

    take_off(&counts->entries[ptn_snapshot_word(base, entry[ENTRY_KIND], PTN_ENTRY_KIND_COUNT)], 1);
    for (size_t i = 0; i < ptn_le16(entry + ENTRY_NAME_COUNT); i++) {
        const uint8_t *name = ptn_record(base, PTN_SECTION_NAMES, first + i);

        take_off(&counts->names[ptn_snapshot_word(base, name[NAME_ALIAS], PTN_ALIAS_COUNT)], 1);
    }
}

static struct ptn_status take_off_gone(struct ptn_delta *delta, struct ptn_bytes gone,
                                       struct ptn_diag *reterr)
{
    const struct ptn_snapshot *base = delta->base;
    size_t gone_of[PTN_SNAPSHOT_LIST_MAX] = { 0 };

    for (size_t i = 0; i < delta->gone_count; i++) {
        const uint8_t *entry = ptn_record(base, PTN_SECTION_ENTRIES, ptn_le32(gone.at + 4 * i));
        uint16_t list = ptn_le16(entry + ENTRY_LIST);

        if (list >= base->sections[PTN_SECTION_LISTS].count)
            return ptn_fail(PTN_C_CORRUPT, reterr, 0, "the base has an entry of no list");
        gone_of[list]++;
        if (delta->lists[list] != PTN_DELTA_NO_LIST)
            take_off_entry(base, entry, &delta->counts[delta->lists[list]]);
    }
    for (size_t i = 0; i < base->sections[PTN_SECTION_LISTS].count; i++)
        if (delta->lists[i] == PTN_DELTA_NO_LIST &&
            gone_of[i] != ptn_le32(ptn_record(base, PTN_SECTION_LISTS, i) + LIST_ENTRY_COUNT))
            return ptn_fail(PTN_C_CORRUPT, reterr, 0, "an entry counts whose list does not");
    return PTN_OK;
}

/* Which of its lists each of the base's is, and what counts of each. */
static struct ptn_status match_lists(struct ptn_delta *delta, struct ptn_bytes gone,
                                     struct ptn_diag *reterr)
{
    const struct ptn_snapshot *base = delta->base;
    size_t base_lists = base->sections[PTN_SECTION_LISTS].count;
    size_t lists = ptn_snapshot_info(delta->snapshot).list_count;

    delta->lists = calloc(base_lists + 1, sizeof(*delta->lists));
    delta->counts = calloc(lists + 1, sizeof(*delta->counts));
    if (delta->lists == NULL || delta->counts == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a delta");
    for (size_t i = 0; i < lists; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(delta->snapshot, i);

        memcpy(delta->counts[i].entries, list.entries, sizeof(list.entries));
        memcpy(delta->counts[i].names, list.names, sizeof(list.names));
    }
    for (size_t i = 0; i < base_lists; i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(base, i);
        uint16_t mine = find_list(delta->snapshot, list.name);

        delta->lists[i] = mine;
        for (size_t k = 0; mine != PTN_DELTA_NO_LIST && k < PTN_ENTRY_KIND_COUNT; k++)
            delta->counts[mine].entries[k] += list.entries[k];
        for (size_t k = 0; mine != PTN_DELTA_NO_LIST && k < PTN_ALIAS_COUNT; k++)
            delta->counts[mine].names[k] += list.names[k];
    }
    return take_off_gone(delta, gone, reterr);
}

/* POST-2: checked whole before the first question. */
struct ptn_status ptn_delta_open_bytes(struct ptn_bytes bytes, const struct ptn_snapshot *base,
                                       struct ptn_delta **ret_delta, struct ptn_diag *reterr)
{
    struct ptn_delta *delta = calloc(1, sizeof(*delta));
    struct ptn_bytes gone = PTN_BYTES_NONE;
    struct ptn_bytes snapshot = PTN_BYTES_NONE;
    struct ptn_status status;

    if (delta == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for a delta");
    delta->base = base;
    status = read_header(delta, bytes, &gone, &snapshot, reterr);
    if (ptn_ok(status))
        status = read_gone(delta, gone, reterr);
    if (ptn_ok(status))
        status = ptn_snapshot_open_bytes(snapshot, &delta->snapshot, reterr);
    if (ptn_ok(status))
        status = match_lists(delta, gone, reterr);
    if (ptn_ok(status))
        *ret_delta = delta;
    else
        ptn_delta_close(delta);
    return status;
}

struct ptn_status ptn_delta_open(const struct ptn_world *world, const char *path,
                                 const struct ptn_snapshot *base, struct ptn_delta **ret_delta,
                                 struct ptn_diag *reterr)
{
    struct ptn_map *map = NULL;
    struct ptn_bytes bytes;
    struct ptn_status status;

    if (!world->files->exists(world->context, path))
        return (struct ptn_status){ PTN_C_NOT_FOUND };
    status = world->files->hold(world->context, path, &map, &bytes);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the delta cannot be read");
    status = ptn_delta_open_bytes(bytes, base, ret_delta, reterr);
    if (!ptn_ok(status)) {
        world->files->unmap(world->context, map);
        return status;
    }
    (*ret_delta)->world = world;
    (*ret_delta)->map = map;
    return PTN_OK;
}

void ptn_delta_close(struct ptn_delta *delta)
{
    if (delta == NULL)
        return;
    ptn_snapshot_close(delta->snapshot);
    if (delta->map != NULL)
        delta->world->files->unmap(delta->world->context, delta->map);
    free(delta->gone);
    free(delta->lists);
    free(delta->counts);
    free(delta);
}

/* ---- what is in it ---- */

void ptn_delta_digest(const struct ptn_delta *delta, uint8_t ret_digest[PTN_SHA256_LEN])
{
    memcpy(ret_digest, delta->digest, PTN_SHA256_LEN);
}

const struct ptn_snapshot *ptn_delta_snapshot(const struct ptn_delta *delta)
{
    return delta->snapshot;
}

bool ptn_delta_is_gone(const struct ptn_delta *delta, size_t ordinal)
{
    return delta != NULL && ordinal < delta->base->sections[PTN_SECTION_ENTRIES].count &&
           ptn_delta_has_gone(delta, ordinal);
}

size_t ptn_delta_gone_count(const struct ptn_delta *delta)
{
    return delta->gone_count;
}

struct ptn_snapshot_list ptn_delta_list(const struct ptn_delta *delta, size_t index)
{
    struct ptn_snapshot_list list = ptn_snapshot_list(delta->snapshot, index);

    memcpy(list.entries, delta->counts[index].entries, sizeof(list.entries));
    memcpy(list.names, delta->counts[index].names, sizeof(list.names));
    list.rows = 0;
    for (size_t kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
        list.rows += list.entries[kind];
    return list;
}
