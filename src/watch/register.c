/* watch/register.c -- a register opened, and its blocks checked before their first use. How one is
 * built: register_build.c; looked up: register_find.c. */
#include <stdlib.h>

#include "base/text.h"
#include "reference/state.h"
#include "watch/register_int.h"

#define CODE_BASE 37u

/* ---- numbers as codes ---- */

static unsigned digit_of(uint8_t byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A' + 1u;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 27u;
    return 0;
}

bool ptn_register_code(const uint8_t *key, size_t len, uint64_t *ret_code)
{
    uint64_t code = 0;

    if (len == 0 || len > PTN_REGISTER_CODE_LEN)
        return false;
    for (size_t i = 0; i < PTN_REGISTER_CODE_LEN; i++) {
        unsigned digit = i < len ? digit_of(key[i]) : 0;

        if (i < len && digit == 0)
            return false;
        code = code * CODE_BASE + digit;
    }
    *ret_code = code;
    return true;
}

/* ---- blocks ---- */

static struct ptn_status check_block(const struct ptn_register *reg, size_t block,
                                     struct ptn_diag *reterr)
{
    const uint8_t *blocks = reg->sections[REGISTER_BLOCKS].at;
    size_t at = PTN_REGISTER_HEADER_LEN + block * PTN_REGISTER_BLOCK_LEN;
    size_t end = (size_t)(blocks - reg->bytes.at);
    struct ptn_bytes part = ptn_bytes_slice(
        reg->bytes, at, end - at < PTN_REGISTER_BLOCK_LEN ? end - at : PTN_REGISTER_BLOCK_LEN);
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status;

    if (atomic_load_explicit(&reg->checked[block], memory_order_acquire) != 0)
        return PTN_OK;
    status = ptn_sha256(&part, 1, digest);
    if (!ptn_ok(status))
        return status;
    if (memcmp(digest, blocks + block * PTN_SHA256_LEN, sizeof(digest)) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, at, "a block fails its digest");
    atomic_store_explicit(&reg->checked[block], 1, memory_order_release);
    return PTN_OK;
}

/* WATCH-4. */
struct ptn_status ptn_register_touch(const struct ptn_register *reg,
                                     enum ptn_register_section section, size_t first, size_t end,
                                     struct ptn_diag *reterr)
{
    size_t base = (size_t)(reg->sections[section].at - reg->bytes.at) - PTN_REGISTER_HEADER_LEN;

    if (first >= end)
        return PTN_OK;
    for (size_t block = (base + first) / PTN_REGISTER_BLOCK_LEN;
         block <= (base + end - 1) / PTN_REGISTER_BLOCK_LEN; block++) {
        struct ptn_status status = check_block(reg, block, reterr);

        if (!ptn_ok(status))
            return status;
    }
    return PTN_OK;
}

struct ptn_status ptn_register_check(const struct ptn_register *reg, size_t blocks, size_t *cursor,
                                     struct ptn_diag *reterr)
{
    for (; *cursor < reg->block_count; (*cursor)++) {
        struct ptn_status status;

        if (atomic_load_explicit(&reg->checked[*cursor], memory_order_relaxed) != 0)
            continue;
        if (blocks-- == 0)
            return PTN_OK;
        status = check_block(reg, *cursor, reterr);
        if (!ptn_ok(status))
            return status;
    }
    return (struct ptn_status){ PTN_C_NOT_FOUND };
}

/* POST-9: what fails is checked again at its next use, which fails, too. */
struct ptn_status ptn_register_recheck(const struct ptn_register *reg, size_t blocks,
                                       size_t *cursor, struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    for (; ptn_ok(status) && blocks > 0 && *cursor < reg->block_count; blocks--) {
        atomic_store_explicit(&reg->checked[*cursor], 0, memory_order_relaxed);
        status = check_block(reg, (*cursor)++, reterr);
    }
    if (*cursor >= reg->block_count)
        *cursor = 0;
    return status;
}

/* ---- opening ---- */

static struct ptn_status wrong(struct ptn_diag *reterr, size_t at)
{
    return ptn_fail(PTN_C_CORRUPT, reterr, at, "the register is not as its format says");
}

PTN_MUST_USE static struct ptn_status read_header(const struct ptn_register *reg,
                                                  struct ptn_diag *reterr)
{
    const uint8_t *header = reg->bytes.at;
    struct ptn_bytes part;
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status;

    if (reg->bytes.len < PTN_REGISTER_HEADER_LEN ||
        memcmp(header, ptn_register_magic, sizeof(ptn_register_magic)) != 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "this is no register");
    if (ptn_le32(header + 8) != PTN_REGISTER_VERSION)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 8, "a register of another version");
    part = ptn_bytes_of(header, PTN_REGISTER_DIGEST_AT);
    status = ptn_sha256(&part, 1, digest);
    if (!ptn_ok(status))
        return status;
    if (memcmp(digest, header + PTN_REGISTER_DIGEST_AT, sizeof(digest)) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, PTN_REGISTER_DIGEST_AT,
                        "the header fails its digest");
    if (ptn_le64(header + REGISTER_LEN) != reg->bytes.len)
        return ptn_fail(PTN_C_CORRUPT, reterr, REGISTER_LEN,
                        "the file is cut short or longer than it says");
    if ((header[REGISTER_FORMAT] != PTN_LIST_STOLEN_CSV &&
         header[REGISTER_FORMAT] != PTN_LIST_VEHICLE_CSV) ||
        header[REGISTER_ON_ENTRY] >= PTN_LIST_ACTION_COUNT ||
        header[REGISTER_ON_EXIT] >= PTN_LIST_ACTION_COUNT || header[REGISTER_ZERO] != 0 ||
        !ptn_is_zero(header + REGISTER_ZERO_2, PTN_REGISTER_TABLE_AT - REGISTER_ZERO_2) ||
        !ptn_is_zero(header + PTN_REGISTER_TABLE_END,
                     PTN_REGISTER_DIGEST_AT - PTN_REGISTER_TABLE_END))
        return wrong(reterr, REGISTER_FORMAT);
    return PTN_OK;
}

/* Sections in their places, as long as the header's counts say. */
PTN_MUST_USE static struct ptn_status read_table(struct ptn_register *reg, struct ptn_diag *reterr)
{
    const uint8_t *header = reg->bytes.at;
    uint64_t rows = ptn_le64(header + REGISTER_ROWS), longs = ptn_le64(header + REGISTER_LONG_ROWS);
    uint64_t groups = ptn_le32(header + REGISTER_GROUP_COUNT);
    uint64_t total = reg->bytes.len, end = PTN_REGISTER_HEADER_LEN, data;

    if (rows > total || longs > total || groups > PTN_REGISTER_GROUP_MAX)
        return wrong(reterr, REGISTER_ROWS);
    for (unsigned i = 0; i < REGISTER_SECTION_COUNT; i++) {
        const uint8_t *line = header + PTN_REGISTER_TABLE_AT + (size_t)16 * i;
        uint64_t at = ptn_le64(line), len = ptn_le64(line + 8);
        uint64_t expected =
            (end + PTN_REGISTER_ALIGNMENT - 1) / PTN_REGISTER_ALIGNMENT * PTN_REGISTER_ALIGNMENT;

        if (at != expected || at > total || len > total - at ||
            !ptn_is_zero(header + end, (size_t)(expected - end)))
            return wrong(reterr, (size_t)(line - header));
        reg->sections[i] = ptn_bytes_of(header + at, (size_t)len);
        end = at + len;
    }
    data = (uint64_t)(reg->sections[REGISTER_BLOCKS].at - header) - PTN_REGISTER_HEADER_LEN;
    reg->block_count = (size_t)((data + PTN_REGISTER_BLOCK_LEN - 1) / PTN_REGISTER_BLOCK_LEN);
    if (end != total || reg->sections[REGISTER_GROUPS].len != groups * GROUP_LEN ||
        reg->sections[REGISTER_TOPS].len !=
            (rows + PTN_REGISTER_STEP - 1) / PTN_REGISTER_STEP * CODE_LEN ||
        reg->sections[REGISTER_CODES].len != rows * CODE_LEN ||
        reg->sections[REGISTER_ATTRIBUTES].len != rows * ATTRIBUTE_LEN ||
        reg->sections[REGISTER_LONG].len != longs * LONG_LEN ||
        reg->sections[REGISTER_BLOCKS].len != reg->block_count * PTN_SHA256_LEN)
        return wrong(reterr, PTN_REGISTER_TABLE_AT);
    reg->group_count = (size_t)groups;
    return PTN_OK;
}

/* The table of blocks, and the blocks that every question goes through. */
PTN_MUST_USE static struct ptn_status check_frame(struct ptn_register *reg, struct ptn_diag *reterr)
{
    struct ptn_bytes blocks = reg->sections[REGISTER_BLOCKS];
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_status status = ptn_sha256(&blocks, 1, digest);

    if (!ptn_ok(status))
        return status;
    if (memcmp(digest, reg->bytes.at + REGISTER_HASH, sizeof(digest)) != 0)
        return ptn_fail(PTN_C_CORRUPT, reterr, REGISTER_HASH,
                        "the table of blocks fails its digest");
    reg->checked = calloc(reg->block_count + 1, sizeof(reg->checked[0]));
    reg->groups = calloc(reg->group_count + 1, sizeof(reg->groups[0]));
    if (reg->checked == NULL || reg->groups == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    for (unsigned i = REGISTER_TEXT; i <= REGISTER_TOPS; i++) {
        status =
            ptn_register_touch(reg, (enum ptn_register_section)i, 0, reg->sections[i].len, reterr);
        if (!ptn_ok(status))
            return status;
    }
    return PTN_OK;
}

PTN_MUST_USE static struct ptn_status read_texts(struct ptn_register *reg, struct ptn_diag *reterr)
{
    struct ptn_bytes text = reg->sections[REGISTER_TEXT];
    size_t at = 0, count = PTN_REGISTER_WORD_COUNT;

    reg->reason_count = ptn_le32(reg->bytes.at + REGISTER_REASONS);
    if (reg->reason_count > PTN_REGISTER_REASON_MAX)
        return wrong(reterr, REGISTER_REASONS);
    count += reg->reason_count;
    for (size_t i = 0; i < count; i++) {
        struct ptn_bytes one;

        if (text.len - at < 2 || text.len - at - 2 < ptn_le16(text.at + at))
            return wrong(reterr, (size_t)(text.at - reg->bytes.at) + at);
        one = ptn_bytes_slice(text, at + 2, ptn_le16(text.at + at));
        at += 2 + one.len;
        if (!ptn_utf8_valid(one, NULL))
            return wrong(reterr, (size_t)(text.at - reg->bytes.at) + at);
        if (i < PTN_REGISTER_WORD_COUNT)
            reg->words[i] = one;
        else
            reg->reasons[i - PTN_REGISTER_WORD_COUNT] = one;
    }
    return at == text.len && reg->words[0].len > 0
               ? PTN_OK
               : wrong(reterr, (size_t)(text.at - reg->bytes.at));
}

/* An action other than the profile's brings its own words, as in a snapshot. */
static void set_effect(struct ptn_list_effect *effect, uint8_t action)
{
    if (effect->action != (enum ptn_list_action)action)
        *effect = ptn_list_action_effect((enum ptn_list_action)action);
}

PTN_MUST_USE static struct ptn_status read_profile(struct ptn_register *reg,
                                                   struct ptn_diag *reterr)
{
    struct ptn_status status = ptn_list_profile_find(reg->words[2], &reg->profile);

    if (!ptn_ok(status))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the register's profile is not known");
    set_effect(&reg->profile.on_entry, reg->bytes.at[REGISTER_ON_ENTRY]);
    set_effect(&reg->profile.on_exit, reg->bytes.at[REGISTER_ON_EXIT]);
    reg->profile.set_by = reg->words[3];
    reg->profile.set_reason = reg->words[4];
    return PTN_OK;
}

static bool issuer_good(const uint8_t *issuer)
{
    if (ptn_is_zero(issuer, 3))
        return true;
    for (unsigned i = 0; i < 3; i++)
        if (issuer[i] != 0 && digit_of(issuer[i]) == 0)
            return false;
    return issuer[0] != 0 && (issuer[1] != 0 || issuer[2] == 0);
}

PTN_MUST_USE static struct ptn_status read_groups(struct ptn_register *reg, struct ptn_diag *reterr)
{
    struct ptn_bytes section = reg->sections[REGISTER_GROUPS];
    uint64_t rows = 0, longs = 0;

    for (size_t i = 0; i < reg->group_count; i++) {
        const uint8_t *at = section.at + i * GROUP_LEN;
        struct ptn_register_group *group = &reg->groups[i];

        group->class = (char)at[GROUP_CLASS];
        memcpy(group->issuer, at + GROUP_ISSUER, 3);
        group->canonical = ptn_state_canonical(group->issuer);
        group->first = ptn_le64(at + GROUP_FIRST);
        group->rows = ptn_le64(at + GROUP_ROWS);
        group->long_first = ptn_le64(at + GROUP_LONG_FIRST);
        group->long_rows = ptn_le64(at + GROUP_LONG_ROWS);
        if ((group->class != 'd' && group->class != 'p') || !issuer_good(at + GROUP_ISSUER) ||
            ptn_le32(at + GROUP_ZERO) != 0 || group->first != rows || group->long_first != longs ||
            group->rows > reg->sections[REGISTER_CODES].len / CODE_LEN - rows ||
            group->long_rows > reg->sections[REGISTER_LONG].len / LONG_LEN - longs ||
            (i > 0 && memcmp(at - GROUP_LEN, at, 4) >= 0))
            return wrong(reterr, (size_t)(at - reg->bytes.at));
        rows += group->rows;
        longs += group->long_rows;
    }
    if (rows * CODE_LEN != reg->sections[REGISTER_CODES].len ||
        longs * LONG_LEN != reg->sections[REGISTER_LONG].len)
        return wrong(reterr, REGISTER_ROWS);
    return PTN_OK;
}

PTN_MUST_USE static struct ptn_status open_all(struct ptn_register *reg, struct ptn_diag *reterr)
{
    struct ptn_status status = read_header(reg, reterr);

    if (ptn_ok(status))
        status = read_table(reg, reterr);
    if (ptn_ok(status))
        status = check_frame(reg, reterr);
    if (ptn_ok(status))
        status = read_texts(reg, reterr);
    if (ptn_ok(status))
        status = read_profile(reg, reterr);
    if (ptn_ok(status))
        status = read_groups(reg, reterr);
    return status;
}

struct ptn_status ptn_register_open_bytes(struct ptn_bytes bytes,
                                          struct ptn_register **ret_register,
                                          struct ptn_diag *reterr)
{
    struct ptn_register *reg = calloc(1, sizeof(*reg));
    struct ptn_status status;

    if (reg == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    reg->bytes = bytes;
    status = open_all(reg, reterr);
    if (!ptn_ok(status)) {
        ptn_register_close(reg);
        return status;
    }
    *ret_register = reg;
    return PTN_OK;
}

struct ptn_status ptn_register_open(const struct ptn_world *world, const char *path,
                                    struct ptn_register **ret_register, struct ptn_diag *reterr)
{
    struct ptn_map *map = NULL;
    struct ptn_bytes bytes;
    struct ptn_status status = world->files->hold(world->context, path, &map, &bytes);

    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the register cannot be read");
    status = ptn_register_open_bytes(bytes, ret_register, reterr);
    if (!ptn_ok(status)) {
        world->files->unmap(world->context, map);
        return status;
    }
    (*ret_register)->world = world;
    (*ret_register)->map = map;
    return PTN_OK;
}

void ptn_register_close(struct ptn_register *reg)
{
    if (reg == NULL)
        return;
    if (reg->map != NULL)
        reg->world->files->unmap(reg->world->context, reg->map);
    free(reg->groups);
    free(reg->checked);
    free(reg);
}

struct ptn_register_info ptn_register_info(const struct ptn_register *reg)
{
    const uint8_t *header = reg->bytes.at;
    struct ptn_register_info info = {
        .list = reg->words[0],
        .edition = reg->words[1],
        .format = (enum ptn_list_format)header[REGISTER_FORMAT],
        .profile = reg->profile,
        .edition_ms = (int64_t)(ptn_le64(header + REGISTER_EDITION_MS) != 0
                                    ? ptn_le64(header + REGISTER_EDITION_MS)
                                    : ptn_le64(header + REGISTER_MADE)),
        .made_ms = (int64_t)ptn_le64(header + REGISTER_MADE),
        .rows = ptn_le64(header + REGISTER_ROWS) + ptn_le64(header + REGISTER_LONG_ROWS),
        .read = ptn_le64(header + REGISTER_READ),
        .rejected = ptn_le64(header + REGISTER_REJECTED),
        .noted = ptn_le64(header + REGISTER_NOTED),
        .bytes = reg->bytes.len,
    };

    memcpy(info.hash, header + REGISTER_HASH, sizeof(info.hash));
    return info;
}
