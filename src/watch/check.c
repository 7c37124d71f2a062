/*
 * watch/check.c -- every record of a snapshot checked once, so that searching need not: references
 * inside the text, firsts continuous, enums in range, keys in order. Digests keep accidents out;
 * this keeps malice out.
 */
#include "watch/snapshot_int.h"

struct check {
    const struct ptn_snapshot *snapshot;
    struct ptn_diag *reterr;
};

PTN_MUST_USE static struct ptn_status wrong(const struct check *check, const uint8_t *at,
                                            const char *text)
{
    return ptn_fail(PTN_C_CORRUPT, check->reterr, (size_t)(at - check->snapshot->bytes.at), text);
}

static bool good_text(const struct check *check, const uint8_t *reference)
{
    uint32_t at = ptn_le32(reference), len = ptn_le32(reference + 4);
    size_t total = check->snapshot->sections[PTN_SECTION_TEXT].len;

    return len == 0 ? at == 0 : at <= total && len <= total - at;
}

static bool good_code(const uint8_t *code)
{
    bool ended = false;

    for (size_t i = 0; i < 3; i++) {
        if (code[i] == 0)
            ended = true;
        else if (ended || code[i] < 'A' || code[i] > 'Z')
            return false;
    }
    return true;
}

PTN_MUST_USE static struct ptn_status check_lists(const struct check *check)
{
    const struct ptn_section_view *lists = &check->snapshot->sections[PTN_SECTION_LISTS];
    uint64_t next = 0;
    struct ptn_bytes before = PTN_BYTES_NONE;

    if (lists->count > PTN_SNAPSHOT_LIST_MAX)
        return wrong(check, lists->at, "more lists than a snapshot holds");
    for (size_t i = 0; i < lists->count; i++) {
        const uint8_t *at = ptn_record(check->snapshot, PTN_SECTION_LISTS, i);
        struct ptn_bytes name;

        for (size_t text = LIST_NAME; text <= LIST_SET_REASON; text += 8)
            if (!good_text(check, at + text))
                return wrong(check, at + text, "a list's text lies outside the texts");
        name = ptn_snapshot_text(check->snapshot, at + LIST_NAME);
        if (name.len == 0 || (i > 0 && ptn_bytes_compare(before, name) >= 0))
            return wrong(check, at, "lists are not in order of their names");
        before = name;
        if (at[LIST_FORMAT] >= PTN_LIST_FORMAT_COUNT ||
            at[LIST_ON_ENTRY] >= PTN_LIST_ACTION_COUNT ||
            at[LIST_ON_EXIT] >= PTN_LIST_ACTION_COUNT || at[LIST_OWN_EXEMPT] > 1 ||
            !ptn_is_zero(at + LIST_ZERO, 4))
            return wrong(check, at + LIST_FORMAT,
                         "a list's format or action is none that is known");
        if (ptn_le32(at + LIST_FIRST_ENTRY) != next)
            return wrong(check, at + LIST_FIRST_ENTRY,
                         "a list's entries do not follow those before");
        next += ptn_le32(at + LIST_ENTRY_COUNT);
    }
    if (next != check->snapshot->sections[PTN_SECTION_ENTRIES].count)
        return wrong(check, lists->at, "the lists do not hold all entries");
    return PTN_OK;
}

/* The five kinds of records of an entry follow on those of the entry before; next[] is where. */
static bool good_runs(const struct check *check, const uint8_t *at, uint64_t next[5])
{
    for (unsigned i = 0; i < 5; i++) {
        if (ptn_le32(at + ENTRY_FIRST_NAME + (size_t)4 * i) != next[i])
            return false;
        next[i] += ptn_le16(at + ENTRY_NAME_COUNT + (size_t)2 * i);
        if (next[i] > check->snapshot->sections[PTN_SECTION_NAMES + i].count)
            return false;
    }
    return true;
}

PTN_MUST_USE static struct ptn_status check_entry(const struct check *check, size_t ordinal,
                                                  uint64_t next[5])
{
    const struct ptn_snapshot *snapshot = check->snapshot;
    const uint8_t *at = ptn_record(snapshot, PTN_SECTION_ENTRIES, ordinal);
    const uint8_t *list;

    if (!good_text(check, at + ENTRY_ID) || ptn_le32(at + ENTRY_ID + 4) == 0)
        return wrong(check, at, "an entry's id lies outside the texts");
    if (ptn_le16(at + ENTRY_LIST) >= snapshot->sections[PTN_SECTION_LISTS].count)
        return wrong(check, at + ENTRY_LIST, "an entry of no list");
    list = ptn_record(snapshot, PTN_SECTION_LISTS, ptn_le16(at + ENTRY_LIST));
    if (ordinal < ptn_le32(list + LIST_FIRST_ENTRY) ||
        ordinal - ptn_le32(list + LIST_FIRST_ENTRY) >= ptn_le32(list + LIST_ENTRY_COUNT))
        return wrong(check, at + ENTRY_LIST, "an entry outside its list");
    if (at[ENTRY_KIND] >= PTN_ENTRY_KIND_COUNT ||
        (at[ENTRY_SEX] != 0 && at[ENTRY_SEX] != 'M' && at[ENTRY_SEX] != 'F') ||
        at[ENTRY_HAS_ACTION] > 1 || at[ENTRY_ON_ENTRY] >= PTN_LIST_ACTION_COUNT ||
        at[ENTRY_ON_EXIT] >= PTN_LIST_ACTION_COUNT || !ptn_is_zero(at + ENTRY_ZERO, 3) ||
        !ptn_is_zero(at + ENTRY_ZERO_2, 4) || !ptn_is_good_date(ptn_le32(at + ENTRY_LISTED)) ||
        !ptn_is_good_date(ptn_le32(at + ENTRY_VALID)))
        return wrong(check, at, "an entry holds a value that is none that is known");
    if (!good_runs(check, at, next))
        return wrong(check, at + ENTRY_FIRST_NAME, "an entry's records do not follow those before");
    for (size_t i = next[0] - ptn_le16(at + ENTRY_NAME_COUNT); i < next[0]; i++)
        if (ptn_le32(ptn_record(snapshot, PTN_SECTION_NAMES, i) + NAME_ENTRY) != ordinal)
            return wrong(check, at, "a name of another entry");
    for (size_t i = next[3] - ptn_le16(at + ENTRY_NUMBER_COUNT); i < next[3]; i++)
        if (ptn_le32(ptn_record(snapshot, PTN_SECTION_NUMBERS, i) + NUMBER_ENTRY) != ordinal)
            return wrong(check, at, "a number of another entry");
    return PTN_OK;
}

PTN_MUST_USE static struct ptn_status check_entries(const struct check *check)
{
    const struct ptn_snapshot *snapshot = check->snapshot;
    uint64_t next[5] = { 0 };

    for (size_t i = 0; i < snapshot->sections[PTN_SECTION_ENTRIES].count; i++) {
        struct ptn_status status = check_entry(check, i, next);

        if (!ptn_ok(status))
            return status;
    }
    for (unsigned i = 0; i < 5; i++)
        if (next[i] != snapshot->sections[PTN_SECTION_NAMES + i].count)
            return wrong(check, snapshot->sections[PTN_SECTION_NAMES + i].at,
                         "records that are no entry's");
    return PTN_OK;
}

static bool good_item(const struct check *check, enum ptn_section section, const uint8_t *at)
{
    switch ((int)section) {
    case PTN_SECTION_NAMES:
        return good_text(check, at) && at[NAME_ALIAS] < PTN_ALIAS_COUNT &&
               ptn_is_zero(at + NAME_ALIAS + 1, 3);
    case PTN_SECTION_BIRTHS:
        return (int32_t)ptn_le32(at + BIRTH_FIRST) <= (int32_t)ptn_le32(at + BIRTH_LAST) &&
               (int32_t)ptn_le32(at + BIRTH_FIRST) >= PTN_DATE_DAYS_FIRST &&
               (int32_t)ptn_le32(at + BIRTH_LAST) <= PTN_DATE_DAYS_LAST && at[BIRTH_CIRCA] <= 1 &&
               ptn_is_zero(at + BIRTH_CIRCA + 1, 3);
    case PTN_SECTION_NATIONS:
        return good_code(at) && at[0] != 0 && at[3] == 0;
    case PTN_SECTION_NUMBERS:
        return good_text(check, at) && at[NUMBER_TYPE] < PTN_NUMBER_TYPE_COUNT &&
               good_code(at + NUMBER_ISSUER);
    default:
        return good_text(check, at) && at[FACT_TYPE] < PTN_FACT_COUNT &&
               ptn_is_zero(at + FACT_TYPE + 1, 3);
    }
}

PTN_MUST_USE static struct ptn_status check_items(const struct check *check)
{
    for (unsigned section = PTN_SECTION_NAMES; section <= PTN_SECTION_FACTS; section++)
        for (size_t i = 0; i < check->snapshot->sections[section].count; i++) {
            const uint8_t *at = ptn_record(check->snapshot, (enum ptn_section)section, i);

            if (!good_item(check, (enum ptn_section)section, at))
                return wrong(check, at, "a record holds a value that cannot be");
        }
    return PTN_OK;
}

PTN_MUST_USE static struct ptn_status check_keys(const struct check *check)
{
    const struct ptn_section_view *keys = &check->snapshot->sections[PTN_SECTION_KEYS];

    for (size_t i = 0; i < keys->count; i++) {
        const uint8_t *at = keys->at + i * KEY_LEN, *before = i > 0 ? at - KEY_LEN : NULL;
        uint64_t hash = ptn_le64(at + KEY_HASH);
        uint32_t number = ptn_le32(at + KEY_NUMBER);

        if (number >= check->snapshot->sections[PTN_SECTION_NUMBERS].count ||
            !ptn_is_zero(at + KEY_ZERO, 4))
            return wrong(check, at, "a key of no number");
        if (before != NULL &&
            (ptn_le64(before) > hash ||
             (ptn_le64(before) == hash && ptn_le32(before + KEY_NUMBER) >= number)))
            return wrong(check, at, "keys are not in order");
    }
    return PTN_OK;
}

struct ptn_status ptn_snapshot_check(const struct ptn_snapshot *snapshot, struct ptn_diag *reterr)
{
    const struct check check = { snapshot, reterr };
    struct ptn_status status = check_lists(&check);

    if (ptn_ok(status))
        status = check_entries(&check);
    if (ptn_ok(status))
        status = check_items(&check);
    if (ptn_ok(status))
        status = check_keys(&check);
    return status;
}
