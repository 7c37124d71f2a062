#include "record/crossing.h"

#include "record/person_int.h"
#include "record/words_int.h"

/* ---- pack ---- */

static const struct ptn_field pack_fields[] = {
    PTN_FIELD(ptn_pack, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_pack, 2, number, NUMBER, REQUIRED, PTN_PACK_NUMBER_MAX),
    PTN_FIELD(ptn_pack, 3, sheets, NUMBER, REQUIRED, PTN_PACK_SHEETS_MAX),
    PTN_FIELD(ptn_pack, 4, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_pack, 5, expires, DAY, REQUIRED, 0),
    PTN_FIELD(ptn_pack, 6, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_pack, 7, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_pack, 8, check, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_pack, 9, listed, NUMBER, OPTIONAL, PTN_FIELD_NUMBER_MAX),
};

static const struct ptn_layout pack_layout = PTN_LAYOUT(ptn_pack, pack_fields, NULL);

struct ptn_status ptn_pack_validate(const struct ptn_pack *pack, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&pack_layout, pack, reterr);
}

struct ptn_status ptn_pack_parse(struct ptn_bytes bytes, struct ptn_pack *ret_pack,
                                 struct ptn_diag *reterr)
{
    struct ptn_pack pack = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &pack_layout, &pack, NULL, reterr);

    if (ptn_ok(status))
        *ret_pack = pack;
    return status;
}

struct ptn_status ptn_pack_write(const struct ptn_pack *pack, struct ptn_buffer *out)
{
    return ptn_fields_write(&pack_layout, pack, out);
}

/* ---- sheet ---- */

static const struct ptn_field sheet_fields[] = {
    PTN_FIELD(ptn_sheet, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_sheet, 2, pack, NUMBER, REQUIRED, PTN_PACK_NUMBER_MAX),
    PTN_FIELD(ptn_sheet, 3, number, NUMBER, REQUIRED, PTN_PACK_SHEETS_MAX),
    PTN_FIELD(ptn_sheet, 4, turn, ENUM, REQUIRED, PTN_KEYING_COUNT),
    PTN_FIELD(ptn_sheet, 5, keyed_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_sheet, 6, keyed_by, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_sheet, 7, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_sheet, 8, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_sheet, 9, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_sheet, 10, date, DAY, REQUIRED, 0),
    PTN_FIELD(ptn_sheet, 11, direction, ENUM, REQUIRED, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_sheet, 12, outcome, ENUM, REQUIRED, PTN_OUTCOME_FIRST_LINE_COUNT),
    PTN_FIELD(ptn_sheet, 13, referral, ENUM, OPTIONAL, PTN_REFERRAL_COUNT),
    PTN_FIELD(ptn_sheet, 14, reason, NOTE, OPTIONAL, PTN_RECORD_NOTE_MAX),
    PTN_FIELD(ptn_sheet, 15, plate, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD_INNER(ptn_sheet, 16, person, REQUIRED, &ptn_person_layout),
    PTN_FIELD(ptn_sheet, 17, crossing, OCTETS, OPTIONAL, sizeof(struct ptn_record_id)),
};

/* PAPER-2. */
static const char *sheet_fault(const void *object)
{
    const struct ptn_sheet *sheet = object;
    bool settled = !ptn_record_id_is_none(sheet->crossing);

    if ((sheet->outcome == PTN_OUTCOME_REFERRED) != (sheet->referral != PTN_REFERRAL_NONE))
        return "referral";
    if (sheet->outcome == PTN_OUTCOME_OVERRIDDEN && sheet->reason.len == 0)
        return "reason";
    /* one person alone never makes a crossing of a sheet; the third view always does */
    if ((sheet->turn == PTN_KEYING_FIRST && settled) ||
        (sheet->turn == PTN_KEYING_THIRD && !settled))
        return "crossing";
    return NULL;
}

static const struct ptn_layout sheet_layout = PTN_LAYOUT(ptn_sheet, sheet_fields, sheet_fault);

struct ptn_status ptn_sheet_validate(const struct ptn_sheet *sheet, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&sheet_layout, sheet, reterr);
}

struct ptn_status ptn_sheet_parse(struct ptn_bytes bytes, struct ptn_sheet *ret_sheet,
                                  struct ptn_diag *reterr)
{
    struct ptn_sheet sheet = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &sheet_layout, &sheet, NULL, reterr);

    if (ptn_ok(status))
        *ret_sheet = sheet;
    return status;
}

struct ptn_status ptn_sheet_write(const struct ptn_sheet *sheet, struct ptn_buffer *out)
{
    return ptn_fields_write(&sheet_layout, sheet, out);
}

/* ---- sheets told ---- */

static const struct ptn_field told_fields[] = {
    PTN_FIELD(ptn_sheets_told, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_sheets_told, 2, pack, NUMBER, REQUIRED, PTN_PACK_NUMBER_MAX),
    PTN_FIELD(ptn_sheets_told, 3, first, NUMBER, REQUIRED, PTN_PACK_SHEETS_MAX),
    PTN_FIELD(ptn_sheets_told, 4, count, NUMBER, REQUIRED, PTN_PACK_SHEETS_MAX),
    PTN_FIELD(ptn_sheets_told, 5, state, ENUM, REQUIRED, PTN_SHEETS_STATE_COUNT),
    PTN_FIELD(ptn_sheets_told, 6, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_sheets_told, 7, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_sheets_told, 8, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_sheets_told, 9, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
};

static const char *told_fault(const void *object)
{
    const struct ptn_sheets_told *told = object;

    if (told->first + told->count - 1 > PTN_PACK_SHEETS_MAX)
        return "count";
    if (told->state == PTN_SHEETS_LOST && told->second.len == 0)
        return "second";
    if (told->second.len > 0 && ptn_bytes_equal(told->second, told->officer))
        return "second";
    return NULL;
}

static const struct ptn_layout told_layout = PTN_LAYOUT(ptn_sheets_told, told_fields, told_fault);

struct ptn_status ptn_sheets_told_validate(const struct ptn_sheets_told *told,
                                           struct ptn_diag *reterr)
{
    return ptn_fields_validate(&told_layout, told, reterr);
}

struct ptn_status ptn_sheets_told_parse(struct ptn_bytes bytes, struct ptn_sheets_told *ret_told,
                                        struct ptn_diag *reterr)
{
    struct ptn_sheets_told told = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &told_layout, &told, NULL, reterr);

    if (ptn_ok(status))
        *ret_told = told;
    return status;
}

struct ptn_status ptn_sheets_told_write(const struct ptn_sheets_told *told, struct ptn_buffer *out)
{
    return ptn_fields_write(&told_layout, told, out);
}

static const char *const state_words[PTN_SHEETS_STATE_COUNT] = {
    [PTN_SHEETS_SPOILED] = "spoiled",
    [PTN_SHEETS_UNUSED] = "unused",
    [PTN_SHEETS_LOST] = "lost",
};

const char *ptn_sheets_state_word(enum ptn_sheets_state state)
{
    return ptn_words_at(state_words, PTN_SHEETS_STATE_COUNT, state);
}

enum ptn_sheets_state ptn_sheets_state_from_word(struct ptn_bytes word)
{
    return (enum ptn_sheets_state)ptn_words_find(state_words, PTN_SHEETS_STATE_COUNT, word);
}
