/* watch/snapshot.c -- a snapshot opened, and what it says of itself. Its checks: check.c. */
#include "watch/snapshot_int.h"

#include <stdlib.h>

const uint32_t ptn_section_record_len[PTN_SECTION_END] = {
    [PTN_SECTION_TEXT] = 1,
    [PTN_SECTION_LISTS] = LIST_LEN,
    [PTN_SECTION_ENTRIES] = ENTRY_LEN,
    [PTN_SECTION_NAMES] = NAME_LEN,
    [PTN_SECTION_BIRTHS] = BIRTH_LEN,
    [PTN_SECTION_NATIONS] = NATION_LEN,
    [PTN_SECTION_NUMBERS] = NUMBER_LEN,
    [PTN_SECTION_FACTS] = FACT_LEN,
    [PTN_SECTION_KEYS] = KEY_LEN,
    [PTN_SECTION_INDEX] = 1,
    [PTN_SECTION_BLOCKS] = PTN_SHA256_LEN,
};

const uint8_t ptn_no_record[LIST_LEN];

PTN_MUST_USE static struct ptn_status read_header(struct ptn_snapshot *snapshot,
                                                  struct ptn_diag *reterr)
{
    const uint8_t *header = snapshot->bytes.at;
    struct ptn_bytes part;
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status;
    size_t table_end = PTN_SNAPSHOT_TABLE_AT + (size_t)PTN_SECTION_COUNT * PTN_SNAPSHOT_LINE_LEN;

    if (snapshot->bytes.len < PTN_SNAPSHOT_HEADER_LEN ||
        memcmp(header, ptn_snapshot_magic, sizeof(ptn_snapshot_magic)) != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "this is no snapshot");
    if (ptn_le32(header + 8) != PTN_SNAPSHOT_VERSION)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 8, "a snapshot of another version");
    part = ptn_bytes_of(header, PTN_SNAPSHOT_DIGEST_AT);
    status = ptn_sha256(&part, 1, digest);
    if (!ptn_ok(status))
        return status;
    if (memcmp(digest, header + PTN_SNAPSHOT_DIGEST_AT, sizeof(digest)) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, PTN_SNAPSHOT_DIGEST_AT,
                        "the header fails its digest");
    if (ptn_le32(header + 12) != PTN_SECTION_COUNT ||
        !ptn_is_zero(header + table_end, PTN_SNAPSHOT_DIGEST_AT - table_end))
        return ptn_fail(PTN_C_CORRUPT, reterr, 12, "the header is not as the format says");
    if (ptn_le64(header + 16) != snapshot->bytes.len)
        return ptn_fail(PTN_C_CORRUPT, reterr, 16, "the file is cut short or longer than it says");
    snapshot->made_ms = (int64_t)ptn_le64(header + 24);
    memcpy(snapshot->hash, header + 32, sizeof(snapshot->hash));
    memcpy(snapshot->digest, digest, sizeof(snapshot->digest));
    return PTN_OK;
}

PTN_MUST_USE static struct ptn_status read_table(struct ptn_snapshot *snapshot,
                                                 struct ptn_diag *reterr)
{
    size_t end = PTN_SNAPSHOT_HEADER_LEN, total = snapshot->bytes.len;

    for (uint32_t section = 1; section < PTN_SECTION_END; section++) {
        size_t line_at = PTN_SNAPSHOT_TABLE_AT + (size_t)(section - 1) * PTN_SNAPSHOT_LINE_LEN;
        const uint8_t *line = snapshot->bytes.at + line_at;
        uint64_t at = ptn_le64(line + 8), len = ptn_le64(line + 16), count = ptn_le64(line + 24);
        size_t expected =
            (end + PTN_SNAPSHOT_ALIGNMENT - 1) / PTN_SNAPSHOT_ALIGNMENT * PTN_SNAPSHOT_ALIGNMENT;

        if (ptn_le32(line) != section || ptn_le32(line + 4) != 0 || at != expected || at > total ||
            len > total - at || count > UINT32_MAX ||
            count * ptn_section_record_len[section] != len ||
            !ptn_is_zero(snapshot->bytes.at + end, expected - end))
            return ptn_fail(PTN_C_CORRUPT, reterr, line_at, "a section lies where it cannot");
        snapshot->sections[section] =
            (struct ptn_section_view){ snapshot->bytes.at + at, (size_t)len, (size_t)count };
        end = (size_t)(at + len);
    }
    if (end != total)
        return ptn_fail(PTN_C_CORRUPT, reterr, 16, "bytes follow the last section");
    return PTN_OK;
}

/* Whether bytes have a digest. */
PTN_MUST_USE static struct ptn_status compare(struct ptn_bytes bytes,
                                              const uint8_t digest[PTN_SHA256_LEN], size_t at,
                                              const char *text, struct ptn_diag *reterr)
{
    uint8_t found[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(&bytes, 1, found);

    if (!ptn_ok(status))
        return status;
    if (memcmp(found, digest, sizeof(found)) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, at, text);
    return PTN_OK;
}

/* Where the table of blocks begins, which is where they end. */
static size_t blocks_end(const struct ptn_snapshot *snapshot)
{
    return (size_t)(snapshot->sections[PTN_SECTION_BLOCKS].at - snapshot->bytes.at);
}

PTN_MUST_USE static struct ptn_status check_table(const struct ptn_snapshot *snapshot,
                                                  struct ptn_diag *reterr)
{
    const struct ptn_section_view *blocks = &snapshot->sections[PTN_SECTION_BLOCKS];

    return compare(ptn_bytes_of(blocks->at, blocks->len), snapshot->hash, blocks_end(snapshot),
                   "the table of blocks fails its digest", reterr);
}

PTN_MUST_USE static struct ptn_status check_block(const struct ptn_snapshot *snapshot, size_t block,
                                                  struct ptn_diag *reterr)
{
    const struct ptn_section_view *blocks = &snapshot->sections[PTN_SECTION_BLOCKS];
    size_t at = PTN_SNAPSHOT_HEADER_LEN + block * PTN_SNAPSHOT_BLOCK_LEN;
    size_t left = blocks_end(snapshot) - at;

    return compare(ptn_bytes_of(snapshot->bytes.at + at,
                                left < PTN_SNAPSHOT_BLOCK_LEN ? left : PTN_SNAPSHOT_BLOCK_LEN),
                   blocks->at + block * PTN_SHA256_LEN, at, "a block fails its digest", reterr);
}

PTN_MUST_USE static struct ptn_status check_blocks(const struct ptn_snapshot *snapshot,
                                                   struct ptn_diag *reterr)
{
    const struct ptn_section_view *blocks = &snapshot->sections[PTN_SECTION_BLOCKS];
    size_t end = blocks_end(snapshot);
    struct ptn_status status = check_table(snapshot, reterr);

    if (!ptn_ok(status))
        return status;
    if (blocks->count !=
        (end - PTN_SNAPSHOT_HEADER_LEN + PTN_SNAPSHOT_BLOCK_LEN - 1) / PTN_SNAPSHOT_BLOCK_LEN)
        return ptn_fail(PTN_C_CORRUPT, reterr, end, "there are not as many blocks as bytes");
    for (size_t i = 0; ptn_ok(status) && i < blocks->count; i++)
        status = check_block(snapshot, i, reterr);
    return status;
}

/* POST-9: the header and the table with the first block. */
struct ptn_status ptn_snapshot_recheck(const struct ptn_snapshot *snapshot, size_t blocks,
                                       size_t *cursor, struct ptn_diag *reterr)
{
    size_t count = snapshot->sections[PTN_SECTION_BLOCKS].count;
    struct ptn_status status = PTN_OK;

    if (*cursor == 0)
        status = compare(ptn_bytes_of(snapshot->bytes.at, PTN_SNAPSHOT_DIGEST_AT), snapshot->digest,
                         PTN_SNAPSHOT_DIGEST_AT, "the header fails its digest", reterr);
    if (*cursor == 0 && ptn_ok(status))
        status = check_table(snapshot, reterr);
    for (; ptn_ok(status) && blocks > 0 && *cursor < count; blocks--)
        status = check_block(snapshot, (*cursor)++, reterr);
    if (*cursor >= count)
        *cursor = 0;
    if (status.code == PTN_C_CORRUPT)
        ptn_snapshot_doubt(snapshot);
    return status;
}

size_t ptn_snapshot_checked(const struct ptn_snapshot *snapshot, size_t cursor)
{
    size_t at = PTN_SNAPSHOT_HEADER_LEN + cursor * PTN_SNAPSHOT_BLOCK_LEN;

    if (cursor == 0)
        return 0;
    return at < snapshot->bytes.len ? at : snapshot->bytes.len;
}

PTN_MUST_USE static struct ptn_status open_all(struct ptn_snapshot *snapshot,
                                               struct ptn_diag *reterr)
{
    const struct ptn_section_view *index = &snapshot->sections[PTN_SECTION_INDEX];
    struct ptn_status status = read_header(snapshot, reterr);

    if (ptn_ok(status))
        status = read_table(snapshot, reterr);
    if (ptn_ok(status))
        status = check_blocks(snapshot, reterr);
    if (ptn_ok(status))
        status = ptn_snapshot_check(snapshot, reterr);
    if (ptn_ok(status))
        status = ptn_index_open(ptn_bytes_of(index->at, index->len), &snapshot->index, reterr);
    if (ptn_ok(status) &&
        ptn_index_name_count(&snapshot->index) != snapshot->sections[PTN_SECTION_NAMES].count)
        status = ptn_fail(PTN_C_CORRUPT, reterr, (size_t)(index->at - snapshot->bytes.at),
                          "the index is not over the snapshot's names");
    return status;
}

/* POST-2: checked whole before the first question. */
struct ptn_status ptn_snapshot_open_bytes(struct ptn_bytes bytes,
                                          struct ptn_snapshot **ret_snapshot,
                                          struct ptn_diag *reterr)
{
    struct ptn_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    struct ptn_status status;

    if (snapshot == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    snapshot->bytes = bytes;
    snapshot->pool = calloc(1, sizeof(*snapshot->pool));
    status = snapshot->pool == NULL ? ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory")
                                    : open_all(snapshot, reterr);
    if (ptn_ok(status))
        *ret_snapshot = snapshot;
    else
        ptn_snapshot_close(snapshot);
    return status;
}

struct ptn_status ptn_snapshot_open(const struct ptn_world *world, const char *path,
                                    struct ptn_snapshot **ret_snapshot, struct ptn_diag *reterr)
{
    struct ptn_map *map = NULL;
    struct ptn_bytes bytes;
    struct ptn_status status = world->files->hold(world->context, path, &map, &bytes);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the snapshot cannot be read");
    status = ptn_snapshot_open_bytes(bytes, ret_snapshot, reterr);
    if (!ptn_ok(status)) {
        world->files->unmap(world->context, map);
        return status;
    }
    (*ret_snapshot)->world = world;
    (*ret_snapshot)->map = map;
    return PTN_OK;
}

void ptn_snapshot_close(struct ptn_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    for (size_t i = 0; i < PTN_SNAPSHOT_SCRATCH_MAX && snapshot->pool != NULL; i++)
        ptn_index_scratch_free(atomic_load(&snapshot->pool->slots[i]));
    free(snapshot->pool);
    if (snapshot->map != NULL)
        snapshot->world->files->unmap(snapshot->world->context, snapshot->map);
    free(snapshot);
}

/* ---- what is in it ---- */

struct ptn_bytes ptn_snapshot_bytes(const struct ptn_snapshot *snapshot)
{
    return snapshot->bytes;
}

bool ptn_snapshot_is_damaged(const struct ptn_snapshot *snapshot)
{
    return atomic_load_explicit(&snapshot->pool->damaged, memory_order_relaxed);
}

struct ptn_snapshot_info ptn_snapshot_info(const struct ptn_snapshot *snapshot)
{
    struct ptn_snapshot_info info = {
        .bytes = snapshot->bytes.len,
        .made_ms = snapshot->made_ms,
        .list_count = snapshot->sections[PTN_SECTION_LISTS].count,
        .entry_count = snapshot->sections[PTN_SECTION_ENTRIES].count,
        .name_count = snapshot->sections[PTN_SECTION_NAMES].count,
    };

    memcpy(info.hash, snapshot->hash, sizeof(info.hash));
    return info;
}

/* A moment that a date has; 0: none. */
static int64_t instant_at(const struct ptn_snapshot *snapshot, const uint8_t *at)
{
    uint64_t instant_ms = ptn_le64(at);

    if (instant_ms <= (uint64_t)PTN_DATE_DAYS_LAST * 86400000u)
        return (int64_t)instant_ms;
    ptn_snapshot_doubt(snapshot);
    return 0;
}

struct ptn_snapshot_list ptn_snapshot_list(const struct ptn_snapshot *snapshot, size_t index)
{
    const uint8_t *at;
    struct ptn_snapshot_list list;

    PTN_PRE(index < snapshot->sections[PTN_SECTION_LISTS].count);
    at = ptn_record(snapshot, PTN_SECTION_LISTS, index);
    list = (struct ptn_snapshot_list){
        .name = ptn_snapshot_text(snapshot, at + LIST_NAME),
        .format = (enum ptn_list_format)ptn_snapshot_word(snapshot, at[LIST_FORMAT],
                                                          PTN_LIST_FORMAT_COUNT),
        .profile = { .key = ptn_snapshot_text(snapshot, at + LIST_PROFILE),
                     .owner = ptn_snapshot_text(snapshot, at + LIST_OWNER),
                     .basis = ptn_snapshot_text(snapshot, at + LIST_BASIS),
                     .on_entry = { ptn_snapshot_action(snapshot, at[LIST_ON_ENTRY]),
                                   ptn_snapshot_text(snapshot, at + LIST_ENTRY_TEXT),
                                   ptn_snapshot_text(snapshot, at + LIST_ENTRY_TEXT_SQ) },
                     .on_exit = { ptn_snapshot_action(snapshot, at[LIST_ON_EXIT]),
                                  ptn_snapshot_text(snapshot, at + LIST_EXIT_TEXT),
                                  ptn_snapshot_text(snapshot, at + LIST_EXIT_TEXT_SQ) },
                     .own_nationals_exempt = at[LIST_OWN_EXEMPT] != 0,
                     .set_by = ptn_snapshot_text(snapshot, at + LIST_SET_BY),
                     .set_reason = ptn_snapshot_text(snapshot, at + LIST_SET_REASON) },
        .edition = ptn_snapshot_text(snapshot, at + LIST_EDITION),
        .edition_ms = instant_at(snapshot, at + LIST_EDITION_MS),
        .rows = (size_t)ptn_le64(at + LIST_ROWS),
        .continued = (size_t)ptn_le64(at + LIST_CONTINUED),
        .rejected = (size_t)ptn_le64(at + LIST_REJECTED),
        .noted = (size_t)ptn_le64(at + LIST_NOTED),
    };
    if (list.edition_ms == 0)
        list.edition_ms = snapshot->made_ms;
    for (size_t i = 0; i < PTN_ENTRY_KIND_COUNT; i++)
        list.entries[i] = (size_t)ptn_le64(at + LIST_KINDS + 8 * i);
    for (size_t i = 0; i < PTN_ALIAS_COUNT; i++)
        list.names[i] = (size_t)ptn_le64(at + LIST_ALIASES + 8 * i);
    memcpy(list.hash, at + LIST_HASH, sizeof(list.hash));
    return list;
}

/* ---- one entry, rebuilt for showing ---- */

static bool entry_names(const struct ptn_snapshot *snapshot, const uint8_t *at,
                        struct ptn_arena *arena, struct ptn_list_entry *entry)
{
    struct ptn_list_name *names = ptn_arena_take(arena, (entry->name_count + 1) * sizeof(names[0]));
    struct ptn_list_birth *births =
        ptn_arena_take(arena, (entry->birth_count + 1) * sizeof(births[0]));

    if (names == NULL || births == NULL)
        return false;
    for (size_t i = 0; i < entry->name_count; i++) {
        const uint8_t *name =
            ptn_record(snapshot, PTN_SECTION_NAMES, ptn_le32(at + ENTRY_FIRST_NAME) + i);

        names[i] = (struct ptn_list_name){ ptn_snapshot_text(snapshot, name + NAME_TEXT),
                                           (enum ptn_alias)ptn_snapshot_word(
                                               snapshot, name[NAME_ALIAS], PTN_ALIAS_COUNT) };
    }
    for (size_t i = 0; i < entry->birth_count; i++) {
        struct ptn_birth_span birth =
            ptn_snapshot_birth(snapshot, ptn_le32(at + ENTRY_FIRST_BIRTH) + i);

        births[i] = (struct ptn_list_birth){ ptn_date_from_days(birth.first),
                                             ptn_date_from_days(birth.last), birth.circa };
    }
    entry->names = names;
    entry->births = births;
    return true;
}

static bool entry_numbers(const struct ptn_snapshot *snapshot, const uint8_t *at,
                          struct ptn_arena *arena, struct ptn_list_entry *entry)
{
    struct ptn_list_code *nations =
        ptn_arena_take(arena, (entry->nation_count + 1) * sizeof(nations[0]));
    struct ptn_list_number *numbers =
        ptn_arena_take(arena, (entry->number_count + 1) * sizeof(numbers[0]));
    struct ptn_list_fact *facts = ptn_arena_take(arena, (entry->fact_count + 1) * sizeof(facts[0]));

    if (nations == NULL || numbers == NULL || facts == NULL)
        return false;
    for (size_t i = 0; i < entry->nation_count; i++)
        ptn_snapshot_code(
            ptn_record(snapshot, PTN_SECTION_NATIONS, ptn_le32(at + ENTRY_FIRST_NATION) + i),
            nations[i].text);
    for (size_t i = 0; i < entry->number_count; i++) {
        const uint8_t *number =
            ptn_record(snapshot, PTN_SECTION_NUMBERS, ptn_le32(at + ENTRY_FIRST_NUMBER) + i);

        numbers[i].type = (enum ptn_list_number_type)ptn_snapshot_word(
            snapshot, number[NUMBER_TYPE], PTN_NUMBER_TYPE_COUNT);
        numbers[i].number = ptn_snapshot_text(snapshot, number + NUMBER_TEXT);
        ptn_snapshot_code(number + NUMBER_ISSUER, numbers[i].issuer);
    }
    for (size_t i = 0; i < entry->fact_count; i++) {
        const uint8_t *fact =
            ptn_record(snapshot, PTN_SECTION_FACTS, ptn_le32(at + ENTRY_FIRST_FACT) + i);

        facts[i] = (struct ptn_list_fact){ (enum ptn_list_fact_type)ptn_snapshot_word(
                                               snapshot, fact[FACT_TYPE], PTN_FACT_COUNT),
                                           ptn_snapshot_text(snapshot, fact + FACT_TEXT) };
    }
    entry->nations = nations;
    entry->numbers = numbers;
    entry->facts = facts;
    return true;
}

static char sex_of(uint8_t word)
{
    if (word == 'M')
        return 'M';
    return word == 'F' ? 'F' : '\0';
}

struct ptn_status ptn_snapshot_entry(const struct ptn_snapshot *snapshot, size_t ordinal,
                                     struct ptn_arena *arena, struct ptn_list_entry *ret_entry)
{
    const uint8_t *at;
    struct ptn_list_entry entry;

    PTN_PRE(ordinal < snapshot->sections[PTN_SECTION_ENTRIES].count);
    at = ptn_record(snapshot, PTN_SECTION_ENTRIES, ordinal);
    entry = (struct ptn_list_entry){
        .id = ptn_snapshot_text(snapshot, at + ENTRY_ID),
        .kind =
            (enum ptn_entry_kind)ptn_snapshot_word(snapshot, at[ENTRY_KIND], PTN_ENTRY_KIND_COUNT),
        .sex = sex_of(at[ENTRY_SEX]),
        .name_count = ptn_le16(at + ENTRY_NAME_COUNT),
        .birth_count = ptn_le16(at + ENTRY_BIRTH_COUNT),
        .nation_count = ptn_le16(at + ENTRY_NATION_COUNT),
        .number_count = ptn_le16(at + ENTRY_NUMBER_COUNT),
        .fact_count = ptn_le16(at + ENTRY_FACT_COUNT),
        .listed_on = ptn_snapshot_date(snapshot, at + ENTRY_LISTED),
        .has_action = at[ENTRY_HAS_ACTION] != 0,
        .on_entry = ptn_snapshot_action(snapshot, at[ENTRY_ON_ENTRY]),
        .on_exit = ptn_snapshot_action(snapshot, at[ENTRY_ON_EXIT]),
        .valid_until = ptn_snapshot_date(snapshot, at + ENTRY_VALID),
        .line = ptn_le32(at + ENTRY_LINE),
    };
    if (!entry_names(snapshot, at, arena, &entry) || !entry_numbers(snapshot, at, arena, &entry))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    *ret_entry = entry;
    return PTN_OK;
}
