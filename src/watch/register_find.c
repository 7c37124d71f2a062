/* watch/register_find.c -- numbers looked up in a register, and those that readers mistake for
 * them. */
#include "base/text.h"
#include "reference/state.h"
#include "watch/register_int.h"

#define ISSUERLESS_LEN_MIN 6u
#define ISSUERLESS_SCORE   9000u
#define NEAR_SCORE         8000u

/* ---- looking up ---- */

/* A row found. */
struct row {
    const struct ptn_register_group *group;
    uint8_t attributes[ATTRIBUTE_LEN];
    bool issuer_agrees; /* both are known and are one State */
};

struct rows {
    struct row at[PTN_REGISTER_MATCH_MAX];
    size_t count;
};

static void add_row(struct rows *rows, const struct ptn_register_group *group,
                    const uint8_t *attributes, bool agrees)
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
static struct ptn_status find_code(const struct ptn_register *reg,
                                   const struct ptn_register_group *group, uint64_t code,
                                   bool agrees, struct rows *rows, struct ptn_diag *reterr)
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
    status = ptn_register_touch(reg, REGISTER_CODES, low * CODE_LEN, high * CODE_LEN, reterr);
    if (!ptn_ok(status))
        return status;
    for (low = lower_bound(codes, low, high, code); low < end; low++) {
        status =
            ptn_register_touch(reg, REGISTER_CODES, low * CODE_LEN, (low + 1) * CODE_LEN, reterr);
        if (!ptn_ok(status) || code_at(codes, low) != code)
            return status;
        status = ptn_register_touch(reg, REGISTER_ATTRIBUTES, low * ATTRIBUTE_LEN,
                                    (low + 1) * ATTRIBUTE_LEN, reterr);
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

static struct ptn_status find_long(const struct ptn_register *reg,
                                   const struct ptn_register_group *group, struct ptn_bytes key,
                                   bool agrees, struct rows *rows, struct ptn_diag *reterr)
{
    const uint8_t *longs = reg->sections[REGISTER_LONG].at;
    uint64_t low = group->long_first, high = low + group->long_rows, end = high;
    struct ptn_status status;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        status = ptn_register_touch(reg, REGISTER_LONG, middle * LONG_LEN, (middle + 1) * LONG_LEN,
                                    reterr);
        if (!ptn_ok(status))
            return status;
        if (compare_long(longs + middle * LONG_LEN, key.at, key.len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < end && rows->count < PTN_REGISTER_MATCH_MAX; low++) {
        status =
            ptn_register_touch(reg, REGISTER_LONG, low * LONG_LEN, (low + 1) * LONG_LEN, reterr);
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
        const struct ptn_register_group *group = &reg->groups[i];
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
