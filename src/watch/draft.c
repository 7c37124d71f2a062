/* watch/draft.c -- one entry being put together, whatever the format it comes from. */
#include "watch/list_int.h"

#include "base/text.h"
#include <stdlib.h>

PTN_MUST_USE static bool grow(struct ptn_draft *draft, void **items, size_t *room, size_t count,
                              size_t size)
{
    void *bigger;
    size_t wanted;

    if (!ptn_ok(draft->status))
        return false;
    if (count < *room)
        return true;
    if (count >= PTN_DRAFT_ITEM_MAX) {
        draft->status = ptn_fail(PTN_C_TOO_BIG, draft->reterr, draft->entry.line,
                                 "an entry has more names, dates or numbers than the limit");
        return false;
    }
    wanted = *room == 0 ? 16 : *room * 2;
    bigger = realloc(*items, wanted * size);
    if (bigger == NULL) {
        draft->status = ptn_fail(PTN_C_NO_MEMORY, draft->reterr, draft->entry.line, "no memory");
        return false;
    }
    *items = bigger;
    *room = wanted;
    return true;
}

struct ptn_status ptn_draft_init(struct ptn_draft *draft, const struct ptn_list_sink *sink,
                                 struct ptn_list_summary *summary, struct ptn_diag *reterr)
{
    *draft =
        (struct ptn_draft){ .sink = sink, .summary = summary, .reterr = reterr, .file = "main" };
    draft->arena = ptn_arena_new(PTN_LIST_ENTRY_SIZE_MAX);
    if (draft->arena == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    return PTN_OK;
}

void ptn_draft_release(struct ptn_draft *draft)
{
    ptn_arena_free(draft->arena);
    free(draft->names);
    free(draft->births);
    free(draft->nations);
    free(draft->numbers);
    free(draft->facts);
    *draft = (struct ptn_draft){ 0 };
}

void ptn_draft_start(struct ptn_draft *draft, size_t line)
{
    draft->entry = (struct ptn_list_entry){ .line = line };
    draft->name_lost = false;
}

/* Printable ASCII without two spaces in a row needs no copy. */
static bool is_clean(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] >= 0x7f ||
            (text.at[i] == ' ' && i > 0 && text.at[i - 1] == ' '))
            return false;
    return true;
}

/* What Windows-1252 has where ISO 8859-1 has controls; 0: nothing there either. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

/* Bytes that are no UTF-8 are read as Windows-1252, which older exports use. */
static uint32_t from_windows(uint8_t byte)
{
    return byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : byte;
}

static bool is_space(uint32_t code_point)
{
    return code_point <= 0x20 || code_point == 0x7f || (code_point >= 0x80 && code_point <= 0xa0) ||
           code_point == 0x2028 || code_point == 0x2029 || code_point == 0xfeff;
}

struct ptn_bytes ptn_draft_clean(struct ptn_draft *draft, struct ptn_bytes text)
{
    uint8_t *to;
    size_t len = 0, at = 0;
    bool valid;

    text = ptn_bytes_trim(text);
    if (is_clean(text))
        return text;
    to = ptn_arena_take(draft->arena, text.len * 3);
    if (to == NULL) {
        if (ptn_ok(draft->status))
            draft->status = ptn_fail(PTN_C_TOO_BIG, draft->reterr, draft->entry.line,
                                     "an entry is larger than the limit");
        return PTN_BYTES_NONE;
    }
    valid = ptn_utf8_valid(text, NULL);
    while (at < text.len) {
        uint32_t code_point = valid ? ptn_utf8_next(text, &at) : from_windows(text.at[at++]);

        if (!is_space(code_point))
            len += ptn_utf8_put(code_point, to + len);
        else if (len > 0 && to[len - 1] != ' ')
            to[len++] = ' ';
    }
    if (!valid)
        ptn_draft_note(draft, draft->entry.line, "text is not UTF-8; read as Windows-1252");
    return ptn_bytes_trim(ptn_bytes_of(to, len));
}

void ptn_draft_id(struct ptn_draft *draft, struct ptn_bytes id)
{
    id = ptn_draft_clean(draft, id);
    if (id.len > PTN_DRAFT_ID_LEN_MAX) {
        ptn_draft_note(draft, draft->entry.line, "the entry's id is longer than the limit");
        id = PTN_BYTES_NONE;
    }
    draft->entry.id = id;
}

void ptn_draft_name(struct ptn_draft *draft, struct ptn_bytes name, enum ptn_alias alias)
{
    name = ptn_draft_clean(draft, name);
    if (name.len == 0)
        return;
    if (name.len > PTN_DRAFT_NAME_LEN_MAX) {
        draft->name_lost = true;
        ptn_draft_note(draft, draft->entry.line, "a name is longer than the limit and left out");
        return;
    }
    if (grow(draft, (void **)&draft->names, &draft->name_room, draft->entry.name_count,
             sizeof(draft->names[0])))
        draft->names[draft->entry.name_count++] = (struct ptn_list_name){ name, alias };
}

void ptn_draft_names(struct ptn_draft *draft, struct ptn_bytes names, enum ptn_alias alias)
{
    size_t start = 0;

    for (size_t i = 0; i <= names.len; i++) {
        if (i < names.len && names.at[i] != ';')
            continue;
        ptn_draft_name(draft, ptn_bytes_slice(names, start, i - start), alias);
        start = i + 1;
    }
}

void ptn_draft_birth(struct ptn_draft *draft, struct ptn_list_birth birth)
{
    if (grow(draft, (void **)&draft->births, &draft->birth_room, draft->entry.birth_count,
             sizeof(draft->births[0])))
        draft->births[draft->entry.birth_count++] = birth;
}

void ptn_draft_birth_text(struct ptn_draft *draft, struct ptn_bytes text)
{
    struct ptn_list_birth births[PTN_BIRTH_TEXT_MAX];
    size_t count = 0;
    bool whole;

    text = ptn_bytes_trim(text);
    if (text.len == 0)
        return;
    whole = ptn_birth_read(text, births, &count);
    for (size_t i = 0; i < count; i++)
        ptn_draft_birth(draft, births[i]);
    if (!whole || count == 0)
        ptn_draft_note(draft, draft->entry.line,
                       count == 0 ? "no date of birth could be read"
                                  : "part of a date of birth was not understood");
}

void ptn_draft_nation(struct ptn_draft *draft, const char *code)
{
    struct ptn_list_code item = { { 0 } };

    for (size_t i = 0; i + 1 < sizeof(item.text) && code[i] != '\0'; i++)
        item.text[i] = code[i];
    for (size_t i = 0; i < draft->entry.nation_count; i++)
        if (strcmp(draft->nations[i].text, item.text) == 0)
            return;
    if (grow(draft, (void **)&draft->nations, &draft->nation_room, draft->entry.nation_count,
             sizeof(draft->nations[0])))
        draft->nations[draft->entry.nation_count++] = item;
}

/* The "10" of "(10)". */
static bool is_count(struct ptn_bytes text)
{
    return text.len == 2 && text.at[0] >= '0' && text.at[0] <= '9' && text.at[1] >= '0' &&
           text.at[1] <= '9';
}

/* What parts the States that a text names: the first level first, since "Korea, North" and "Bosnia
 * and Herzegovina" are one each. */
#define NATION_LEVELS 3u
static const char *const nation_separators[NATION_LEVELS][4] = { { ";", "(", ")", NULL },
                                                                 { " and/or ", ",", "/", NULL },
                                                                 { " and ", " or ", NULL } };

/* Where the next piece ends and how long its separator is. */
static size_t piece_end(struct ptn_bytes text, size_t from, size_t level, size_t *ret_separator)
{
    for (size_t i = from; i < text.len; i++)
        for (const char *const *separator = nation_separators[level]; *separator != NULL;
             separator++)
            if (ptn_text_begins(ptn_bytes_slice(text, i, text.len), *separator)) {
                *ret_separator = strlen(*separator);
                return i;
            }
    *ret_separator = 0;
    return text.len;
}

/* One piece of a text that may name several States; true when it was no more than one. */
static bool nation_piece(struct ptn_draft *draft, struct ptn_bytes piece, bool *ret_unknown)
{
    char code[PTN_LIST_CODE_SIZE];

    /* "(a)" and "b)" are numbering; what stands in other parentheses is cut away by the caller */
    while (piece.len > 0 && (piece.at[0] == ' ' || piece.at[0] == '.'))
        piece = ptn_bytes_slice(piece, 1, piece.len);
    piece = ptn_bytes_trim(piece);
    if (ptn_text_begins(piece, "possibly "))
        piece = ptn_bytes_trim(ptn_bytes_slice(piece, 9, piece.len));
    if (piece.len <= 1 || is_count(piece) || ptn_text_is(piece, "n/a") ||
        ptn_text_is(piece, "unknown"))
        return true;
    if (ptn_nation_find(piece, code)) {
        ptn_draft_nation(draft, code);
        return true;
    }
    if (ret_unknown == NULL)
        return false;
    if (ptn_nation_find_start(piece, code))
        ptn_draft_nation(draft, code);
    else
        *ret_unknown = true;
    return true;
}

/* The pieces of one level, each whole or as pieces of the next one: as deep as there are levels. */
// NOLINTNEXTLINE(misc-no-recursion)
static void nation_level(struct ptn_draft *draft, struct ptn_bytes text, size_t level,
                         bool *ret_unknown)
{
    for (size_t at = 0; at < text.len;) {
        size_t separator;
        size_t end = piece_end(text, at, level, &separator);
        struct ptn_bytes piece = ptn_bytes_slice(text, at, end - at);
        bool remark = at > 0 && text.at[at - 1] == '(' && end - at > 1; /* not the "a" of "(a)" */

        if (!remark && level + 1 == NATION_LEVELS)
            (void)nation_piece(draft, piece, ret_unknown);
        else if (!remark && !nation_piece(draft, piece, NULL))
            nation_level(draft, piece, level + 1, ret_unknown);
        at = end + separator;
        if (separator == 0)
            break;
    }
}

void ptn_draft_nation_text(struct ptn_draft *draft, struct ptn_bytes text)
{
    bool unknown = false;

    text = ptn_draft_clean(draft, text);
    if (text.len == 0)
        return;
    if (!nation_piece(draft, text, NULL))
        nation_level(draft, text, 0, &unknown);
    if (unknown || draft->entry.nation_count == 0)
        ptn_draft_note(draft, draft->entry.line, "a nationality was not understood");
}

void ptn_draft_number(struct ptn_draft *draft, enum ptn_list_number_type type,
                      struct ptn_bytes number, struct ptn_bytes issuer)
{
    struct ptn_list_number item = { .type = type };

    item.number = ptn_draft_clean(draft, number);
    if (item.number.len == 0)
        return;
    if (item.number.len > PTN_DRAFT_ID_LEN_MAX) {
        ptn_draft_note(draft, draft->entry.line, "a number is longer than the limit and left out");
        return;
    }
    issuer = ptn_draft_clean(draft, issuer);
    if (issuer.len > 0 && !ptn_nation_find(issuer, item.issuer) &&
        !ptn_nation_find_start(issuer, item.issuer) && type != PTN_NUMBER_TAX)
        ptn_draft_note(draft, draft->entry.line, "the issuer of a number was not understood");
    if (grow(draft, (void **)&draft->numbers, &draft->number_room, draft->entry.number_count,
             sizeof(draft->numbers[0])))
        draft->numbers[draft->entry.number_count++] = item;
}

void ptn_draft_fact(struct ptn_draft *draft, enum ptn_list_fact_type type, struct ptn_bytes text)
{
    struct ptn_list_fact item = { type, ptn_draft_clean(draft, text) };

    if (item.text.len == 0)
        return;
    if (item.text.len > PTN_DRAFT_TEXT_LEN_MAX) {
        ptn_draft_note(draft, draft->entry.line, "a text is longer than the limit and cut");
        item.text.len = PTN_DRAFT_TEXT_LEN_MAX;
        while (item.text.len > 0 && (item.text.at[item.text.len] & 0xc0u) == 0x80u)
            item.text.len--;
    }
    if (grow(draft, (void **)&draft->facts, &draft->fact_room, draft->entry.fact_count,
             sizeof(draft->facts[0])))
        draft->facts[draft->entry.fact_count++] = item;
}

void ptn_draft_sex(struct ptn_draft *draft, struct ptn_bytes text)
{
    text = ptn_bytes_trim(text);
    while (text.len > 0 && text.at[text.len - 1] == '.')
        text.len--;
    if (ptn_text_is(text, "m") || ptn_text_is(text, "male"))
        draft->entry.sex = 'M';
    else if (ptn_text_is(text, "f") || ptn_text_is(text, "female"))
        draft->entry.sex = 'F';
    else if (text.len > 0 && !ptn_text_is(text, "unknown") && !ptn_text_is(text, "x") &&
             !ptn_text_is(text, "?"))
        ptn_draft_note(draft, draft->entry.line, "the sex was not understood");
}

static void tell(struct ptn_draft *draft, const struct ptn_list_note *note)
{
    struct ptn_status status;

    if (draft->sink->note == NULL)
        return;
    status = draft->sink->note(draft->sink->context, note);
    if (!ptn_ok(status) && ptn_ok(draft->status))
        draft->status = status;
}

void ptn_draft_note(struct ptn_draft *draft, size_t line, const char *reason)
{
    struct ptn_list_note note = { false, draft->file, line, draft->entry.id, reason };

    draft->summary->noted++;
    tell(draft, &note);
}

void ptn_draft_reject(struct ptn_draft *draft, size_t line, struct ptn_bytes id, const char *reason)
{
    struct ptn_list_note note = { true, draft->file, line, id, reason };

    draft->summary->rejected++;
    tell(draft, &note);
}

/* The first primary name first; one is chosen when the list marks none. */
static void put_primary_first(struct ptn_draft *draft)
{
    size_t primary = 0;

    while (primary < draft->entry.name_count && draft->names[primary].alias != PTN_ALIAS_PRIMARY)
        primary++;
    if (primary == draft->entry.name_count) {
        primary = 0;
        draft->names[0].alias = PTN_ALIAS_PRIMARY;
    }
    if (primary > 0) {
        struct ptn_list_name first = draft->names[primary];

        memmove(&draft->names[1], &draft->names[0], primary * sizeof(draft->names[0]));
        draft->names[0] = first;
    }
}

/* Days on record are whole dates; what is less is said and left out. */
static void keep_whole_date(struct ptn_draft *draft, struct ptn_date *date)
{
    if (ptn_date_is_none(*date) || (ptn_date_is_full(*date) && ptn_date_is_possible(*date)))
        return;
    *date = PTN_DATE_NONE;
    ptn_draft_note(draft, draft->entry.line,
                   "a date of listing or an end is not a whole date and left out");
}

struct ptn_status ptn_draft_emit(struct ptn_draft *draft)
{
    struct ptn_list_entry *entry = &draft->entry;

    if (ptn_ok(draft->status) && draft->name_lost && entry->name_count == 0 &&
        entry->number_count == 0) {
        /* WATCH-6: whoever it is would be missing from the list */
        draft->status = ptn_fail(PTN_C_TOO_BIG, draft->reterr, entry->line,
                                 "an entry's only name is longer than the limit");
    } else if (ptn_ok(draft->status) && entry->id.len == 0) {
        ptn_draft_reject(draft, entry->line, PTN_BYTES_NONE, "an entry without an id");
    } else if (ptn_ok(draft->status) && entry->name_count == 0 && entry->number_count == 0) {
        ptn_draft_reject(draft, entry->line, entry->id, "an entry without a name or a number");
    } else if (ptn_ok(draft->status)) {
        keep_whole_date(draft, &entry->listed_on);
        keep_whole_date(draft, &entry->valid_until);
        if (entry->name_count > 0 && !draft->fragments)
            put_primary_first(draft);
        entry->names = draft->names;
        entry->births = draft->births;
        entry->nations = draft->nations;
        entry->numbers = draft->numbers;
        entry->facts = draft->facts;
        draft->status = draft->sink->entry(draft->sink->context, entry);
        if (ptn_ok(draft->status))
            draft->summary->entries++;
    }
    ptn_arena_clear(draft->arena);
    *entry = (struct ptn_list_entry){ 0 };
    return draft->status;
}

void ptn_draft_finish(struct ptn_draft *draft)
{
    struct ptn_status status = ptn_draft_emit(draft);

    (void)status; /* it stays in the draft */
}

struct ptn_bytes ptn_draft_join(struct ptn_draft *draft, const struct ptn_bytes *parts,
                                size_t count, const char *between)
{
    size_t len = 0, gap = strlen(between);
    uint8_t *to;

    for (size_t i = 0; i < count; i++)
        len += parts[i].len + gap;
    to = ptn_arena_take(draft->arena, len + 1);
    if (to == NULL) {
        if (ptn_ok(draft->status))
            draft->status = ptn_fail(PTN_C_TOO_BIG, draft->reterr, draft->entry.line,
                                     "an entry is larger than the limit");
        return PTN_BYTES_NONE;
    }
    len = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len == 0)
            continue;
        for (size_t j = 0; len > 0 && j < gap; j++)
            to[len + j] = (uint8_t)between[j];
        len += len > 0 ? gap : 0;
        memcpy(to + len, parts[i].at, parts[i].len);
        len += parts[i].len;
    }
    return ptn_bytes_of(to, len);
}
