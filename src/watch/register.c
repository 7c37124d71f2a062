/* watch/register.c -- a register opened, and its numbers looked up. How one is built:
 * register_build.c. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/text.h"
#include "reference/state.h"
#include "watch/register_int.h"

#define ISSUERLESS_LEN_MIN 6u
#define ISSUERLESS_SCORE   9000u
#define NEAR_SCORE         8000u
#define CODE_BASE          37u

/* Rows of one class and issuer. */
struct group {
    char class;
    char issuer[4];
    const char *canonical; /* the State, as two issuers are compared */
    uint64_t first, rows, long_first, long_rows;
};

struct ptn_register {
    const struct ptn_world *world; /* NULL when opened over bytes */
    struct ptn_map *map;
    struct ptn_bytes bytes;
    struct ptn_bytes sections[REGISTER_SECTION_COUNT];
    struct ptn_bytes words[PTN_REGISTER_WORD_COUNT];
    struct ptn_bytes reasons[PTN_REGISTER_REASON_MAX];
    size_t reason_count;
    struct ptn_list_profile profile;
    struct group *groups;
    size_t group_count;
    size_t block_count;
    _Atomic(uint8_t) *checked; /* one a block: its digest was compared and is right */
};

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

/* Make sure of the records from first to before end of a section. */
static struct ptn_status touch(const struct ptn_register *reg, enum ptn_register_section section,
                               size_t first, size_t end, struct ptn_diag *reterr)
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
        status = touch(reg, (enum ptn_register_section)i, 0, reg->sections[i].len, reterr);
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
        struct group *group = &reg->groups[i];

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
    struct ptn_status status = world->files->map(world->context, path, &map, &bytes);

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

/* ---- looking up ---- */

/* A row found. */
struct row {
    const struct group *group;
    uint8_t attributes[ATTRIBUTE_LEN];
    bool issuer_agrees; /* both are known and are one State */
};

struct rows {
    struct row at[PTN_REGISTER_MATCH_MAX];
    size_t count;
};

static void add_row(struct rows *rows, const struct group *group, const uint8_t *attributes,
                    bool agrees)
{
    if (rows->count == PTN_REGISTER_MATCH_MAX)
        return;
    rows->at[rows->count].group = group;
    rows->at[rows->count].issuer_agrees = agrees;
    memcpy(rows->at[rows->count++].attributes, attributes, ATTRIBUTE_LEN);
}

static uint64_t code_at(const uint8_t *codes, uint64_t index)
{
    return ptn_le64(codes + index * CODE_LEN);
}

/* The first place in [low, high) whose code is not below. */
static uint64_t lower_bound(const uint8_t *codes, uint64_t low, uint64_t high, uint64_t code)
{
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (code_at(codes, middle) < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Rows of the group with this code: through the tops, then one step's worth of codes. */
static struct ptn_status find_code(const struct ptn_register *reg, const struct group *group,
                                   uint64_t code, bool agrees, struct rows *rows,
                                   struct ptn_diag *reterr)
{
    const uint8_t *codes = reg->sections[REGISTER_CODES].at;
    uint64_t end = group->first + group->rows, low = group->first, high = end, top;
    struct ptn_status status;

    if (group->rows == 0)
        return PTN_OK;
    /* tops of this group lie in [first / STEP + 1, (end - 1) / STEP] */
    top = lower_bound(reg->sections[REGISTER_TOPS].at, group->first / PTN_REGISTER_STEP + 1,
                      (end - 1) / PTN_REGISTER_STEP + 1, code);
    if ((top - 1) * PTN_REGISTER_STEP > low)
        low = (top - 1) * PTN_REGISTER_STEP;
    if (top * PTN_REGISTER_STEP < high)
        high = top * PTN_REGISTER_STEP;
    status = touch(reg, REGISTER_CODES, low * CODE_LEN, high * CODE_LEN, reterr);
    if (!ptn_ok(status))
        return status;
    for (low = lower_bound(codes, low, high, code); low < end; low++) {
        status = touch(reg, REGISTER_CODES, low * CODE_LEN, (low + 1) * CODE_LEN, reterr);
        if (!ptn_ok(status) || code_at(codes, low) != code)
            return status;
        status =
            touch(reg, REGISTER_ATTRIBUTES, low * ATTRIBUTE_LEN, (low + 1) * ATTRIBUTE_LEN, reterr);
        if (!ptn_ok(status))
            return status;
        add_row(rows, group, reg->sections[REGISTER_ATTRIBUTES].at + low * ATTRIBUTE_LEN, agrees);
        if (rows->count == PTN_REGISTER_MATCH_MAX)
            return PTN_OK;
    }
    return PTN_OK;
}

static int compare_long(const uint8_t *row, const uint8_t *key, size_t len)
{
    size_t row_len =
        row[LONG_KEY_LEN] > PTN_REGISTER_LONG_LEN ? PTN_REGISTER_LONG_LEN : row[LONG_KEY_LEN];
    int order = memcmp(row + LONG_KEY, key, row_len < len ? row_len : len);

    if (order != 0)
        return order;
    return row_len < len ? -1 : row_len > len;
}

static struct ptn_status find_long(const struct ptn_register *reg, const struct group *group,
                                   struct ptn_bytes key, bool agrees, struct rows *rows,
                                   struct ptn_diag *reterr)
{
    const uint8_t *longs = reg->sections[REGISTER_LONG].at;
    uint64_t low = group->long_first, high = low + group->long_rows, end = high;
    struct ptn_status status;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        status = touch(reg, REGISTER_LONG, middle * LONG_LEN, (middle + 1) * LONG_LEN, reterr);
        if (!ptn_ok(status))
            return status;
        if (compare_long(longs + middle * LONG_LEN, key.at, key.len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < end && rows->count < PTN_REGISTER_MATCH_MAX; low++) {
        status = touch(reg, REGISTER_LONG, low * LONG_LEN, (low + 1) * LONG_LEN, reterr);
        if (!ptn_ok(status) || compare_long(longs + low * LONG_LEN, key.at, key.len) != 0)
            return status;
        add_row(rows, group, longs + low * LONG_LEN + LONG_ATTRIBUTE, agrees);
    }
    return PTN_OK;
}

/* What is asked: a class of thing, its number's letters and digits, and its State. */
struct question {
    char class;
    const char *issuer; /* "" = not known */
    struct ptn_bytes key;
    bool same_state_only;
};

static struct ptn_status find_rows(const struct ptn_register *reg, const struct question *question,
                                   struct rows *rows, struct ptn_diag *reterr)
{
    const char *canonical = ptn_state_canonical(question->issuer);
    uint64_t code = 0;
    bool has_code = ptn_register_code(question->key.at, question->key.len, &code);

    for (size_t i = 0; i < reg->group_count && question->key.len > 0; i++) {
        const struct group *group = &reg->groups[i];
        bool known = question->issuer[0] != '\0' && group->issuer[0] != '\0';
        bool agrees = known && strcmp(canonical, group->canonical) == 0;
        struct ptn_status status;

        if (group->class != question->class || (known && !agrees) ||
            (!agrees && question->same_state_only))
            continue;
        if (!agrees && group->class == 'd' && question->key.len < ISSUERLESS_LEN_MIN)
            continue;
        status = has_code ? find_code(reg, group, code, agrees, rows, reterr)
                          : find_long(reg, group, question->key, agrees, rows, reterr);
        if (!ptn_ok(status))
            return status;
    }
    return PTN_OK;
}

struct ptn_status ptn_register_has(const struct ptn_register *reg, struct ptn_bytes number,
                                   const char *issuer, bool *ret_listed, struct ptn_diag *reterr)
{
    uint8_t key[PTN_KEY_LEN_MAX];
    const struct question question = { 'd', issuer,
                                       ptn_bytes_of(key, ptn_key_normalise(number, key)), false };
    struct rows rows;
    struct ptn_status status;

    rows.count = 0;
    status = find_rows(reg, &question, &rows, reterr);
    if (ptn_ok(status))
        *ret_listed = rows.count > 0;
    return status;
}

/* ---- matches ---- */

static const char *rule_of(const struct row *row, bool near)
{
    if (near)
        return "document.near";
    if (row->group->class == 'p')
        return "plate.listed";
    return row->issuer_agrees ? "document.listed" : "document.number";
}

static unsigned score_of(const struct row *row, bool near)
{
    if (near)
        return NEAR_SCORE;
    return row->group->class == 'p' || row->issuer_agrees ? PTN_SCREEN_SCORE_MAX : ISSUERLESS_SCORE;
}

/* "ALB/AB1234567": as a snapshot's entries of these lists are called. */
static struct ptn_bytes entry_id(const struct row *row, struct ptn_bytes key,
                                 struct ptn_arena *arena)
{
    struct ptn_buffer id;
    const char *text = NULL;
    size_t len;

    ptn_buffer_init(&id, PTN_KEY_LEN_MAX + 8);
    if (ptn_ok(ptn_buffer_addf(&id, "%s/%.*s", row->group->issuer, (int)key.len,
                               (const char *)key.at)))
        text = ptn_arena_text(arena, ptn_buffer_bytes(&id));
    len = id.len;
    ptn_buffer_release(&id);
    return text == NULL ? PTN_BYTES_NONE : ptn_bytes_of(text, len);
}

PTN_MUST_USE static struct ptn_status fill(const struct ptn_register *reg, const struct row *row,
                                           struct ptn_bytes key, bool near, struct ptn_arena *arena,
                                           struct ptn_match *match)
{
    struct ptn_whys whys = { .arena = arena };
    unsigned day = ptn_le16(row->attributes + ATTRIBUTE_DAY);
    unsigned reason = row->attributes[ATTRIBUTE_KIND] >> 2;

    *match = (struct ptn_match){
        .basis = row->group->class == 'p' ? PTN_MATCH_PLATE : PTN_MATCH_DOCUMENT,
        .list = reg->words[0],
        .edition = reg->words[1],
        .entry = entry_id(row, key, arena),
        .ordinal = SIZE_MAX,
        .kind = row->group->class == 'p' ? PTN_ENTRY_VEHICLE : PTN_ENTRY_DOCUMENT,
        .score = score_of(row, near),
        .corroborated = !near,
        .on_entry = reg->profile.on_entry,
        .on_exit = reg->profile.on_exit,
        .own_nationals_exempt = reg->profile.own_nationals_exempt,
        .owner = reg->profile.owner,
        .basis_law = reg->profile.basis,
        .listed_on = day == 0 ? PTN_DATE_NONE : ptn_date_from_days((int32_t)day - 1),
    };
    match->name = ptn_bytes_slice(match->entry, strlen(row->group->issuer) + 1, SIZE_MAX);
    whys.lines = ptn_arena_take(arena, PTN_WHY_MAX * sizeof(whys.lines[0]));
    if (whys.lines == NULL || match->entry.len == 0)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ptn_buffer_init(&whys.text, 4096);
    ptn_why_number(&whys, rule_of(row, near), match->name, row->group->issuer);
    if (reason > 0 && reason <= reg->reason_count)
        ptn_why_reported(&whys, reg->reasons[reason - 1]);
    ptn_buffer_release(&whys.text);
    match->why = whys.lines;
    match->why_count = whys.count;
    if (whys.failed)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    return PTN_OK;
}

/* Matches being gathered. */
struct answer {
    struct ptn_match *matches; /* room for PTN_REGISTER_MATCH_MAX */
    size_t count;
};

PTN_MUST_USE static struct ptn_status ask(const struct ptn_register *reg,
                                          const struct question *question, bool near,
                                          struct ptn_arena *arena, struct answer *answer,
                                          struct ptn_diag *reterr)
{
    struct rows rows;
    struct ptn_status status;

    rows.count = 0;
    status = find_rows(reg, question, &rows, reterr);
    for (size_t i = 0; i < rows.count && ptn_ok(status) && answer->count < PTN_REGISTER_MATCH_MAX;
         i++) {
        status =
            fill(reg, &rows.at[i], question->key, near, arena, &answer->matches[answer->count]);
        if (ptn_ok(status))
            answer->count++;
        else
            status = ptn_fail(status.code, reterr, 0, "no memory");
    }
    return status;
}

struct ptn_status ptn_register_find(const struct ptn_register *reg,
                                    const struct ptn_screen_query *query, struct ptn_arena *arena,
                                    struct ptn_match **ret_matches, size_t *ret_count,
                                    struct ptn_diag *reterr)
{
    const struct question asked[] = { { 'd', query->issuer, query->number, false },
                                      { 'p', "", query->plate, false } };
    struct answer answer = {
        ptn_arena_take(arena, PTN_REGISTER_MATCH_MAX * sizeof(answer.matches[0])), 0
    };

    if (answer.matches == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        uint8_t key[PTN_KEY_LEN_MAX];
        struct question question = asked[i];
        struct ptn_status status;

        question.key = ptn_bytes_of(key, ptn_key_of(question.class, asked[i].key, key));
        status = ask(reg, &question, false, arena, &answer, reterr);
        if (!ptn_ok(status))
            return status;
    }
    *ret_matches = answer.matches;
    *ret_count = answer.count;
    return PTN_OK;
}

/* The characters that readers mistake for one another, a class a line. */
static const char *const mistaken[] = { "0ODQ", "1IL", "2Z", "5S", "6G", "8B" };

static const char *class_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof(mistaken) / sizeof(mistaken[0]); i++)
        if (strchr(mistaken[i], byte) != NULL)
            return mistaken[i];
    return "";
}

struct ptn_status ptn_register_near(const struct ptn_register *reg,
                                    const struct ptn_screen_query *query, struct ptn_arena *arena,
                                    struct ptn_match **ret_matches, size_t *ret_count,
                                    struct ptn_diag *reterr)
{
    uint8_t key[PTN_KEY_LEN_MAX];
    size_t len = ptn_key_normalise(query->number, key);
    struct question question = { 'd', query->issuer, ptn_bytes_of(key, len), true };
    struct answer answer = {
        ptn_arena_take(arena, PTN_REGISTER_MATCH_MAX * sizeof(answer.matches[0])), 0
    };

    if (answer.matches == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    for (size_t i = 0; i < len && len <= PTN_REGISTER_CODE_LEN; i++) {
        uint8_t shown = key[i];

        for (const char *other = class_of(shown); *other != '\0'; other++) {
            struct ptn_status status;

            if ((uint8_t)*other == shown)
                continue;
            key[i] = (uint8_t)*other;
            status = ask(reg, &question, true, arena, &answer, reterr);
            if (!ptn_ok(status))
                return status;
        }
        key[i] = shown;
    }
    *ret_matches = answer.matches;
    *ret_count = answer.count;
    return PTN_OK;
}
