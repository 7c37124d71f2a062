/* record/shift.c -- a lane opened or closed, a shift handed over, a wait measured. */
#include "record/fields_int.h"
#include "record/notice.h"
#include "record/words_int.h"

static const struct ptn_field shift_fields[] = {
    PTN_FIELD(ptn_shift_entry, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_shift_entry, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_shift_entry, 3, act, ENUM, REQUIRED, PTN_SHIFT_ACT_COUNT),
    PTN_FIELD(ptn_shift_entry, 4, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_shift_entry, 5, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_shift_entry, 6, lane, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_shift_entry, 7, category, ENUM, OPTIONAL, PTN_LANE_CATEGORY_COUNT),
    PTN_FIELD(ptn_shift_entry, 8, words, NOTE, OPTIONAL, PTN_RECORD_NOTE_MAX),
    PTN_FIELD(ptn_shift_entry, 9, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_shift_entry, 10, direction, ENUM, OPTIONAL, PTN_DIRECTION_COUNT),
    PTN_FIELD(ptn_shift_entry, 11, minutes, NUMBER, OPTIONAL, PTN_SHIFT_MINUTES_MAX),
    PTN_FIELD(ptn_shift_entry, 12, method, ENUM, OPTIONAL, PTN_WAIT_METHOD_COUNT),
    PTN_FIELD(ptn_shift_entry, 13, lists_age_h, NUMBER, OPTIONAL, PTN_SHIFT_LISTS_AGE_MAX),
};

/* Each act has its own fields and no other's. */
static const char *shift_fault(const void *object)
{
    const struct ptn_shift_entry *entry = object;
    bool lane = entry->act == PTN_SHIFT_LANE_OPENED || entry->act == PTN_SHIFT_LANE_CLOSED;
    bool over = entry->act == PTN_SHIFT_HANDED_OVER;
    bool wait = entry->act == PTN_SHIFT_WAIT;

    if ((entry->lane.len > 0) != lane)
        return "lane";
    if ((entry->category != PTN_LANE_ANY) != (entry->act == PTN_SHIFT_LANE_OPENED))
        return "category";
    if ((entry->words.len > 0) != over)
        return "words";
    if ((entry->second.len > 0) != over || (over && ptn_bytes_equal(entry->second, entry->officer)))
        return "second";
    if ((entry->direction != 0) != wait)
        return "direction";
    if (entry->lists_age_h > 0 && !over)
        return "lists_age_h";
    if (entry->minutes > 0 && !wait)
        return "minutes";
    return (entry->method != 0) != wait ? "method" : NULL;
}

static const struct ptn_layout shift_layout =
    PTN_LAYOUT(ptn_shift_entry, shift_fields, shift_fault);

struct ptn_status ptn_shift_entry_validate(const struct ptn_shift_entry *entry,
                                           struct ptn_diag *reterr)
{
    return ptn_fields_validate(&shift_layout, entry, reterr);
}

struct ptn_status ptn_shift_entry_parse(struct ptn_bytes bytes, struct ptn_shift_entry *ret_entry,
                                        struct ptn_diag *reterr)
{
    struct ptn_shift_entry entry = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &shift_layout, &entry, NULL, reterr);

    if (ptn_ok(status))
        *ret_entry = entry;
    return status;
}

struct ptn_status ptn_shift_entry_write(const struct ptn_shift_entry *entry, struct ptn_buffer *out)
{
    return ptn_fields_write(&shift_layout, entry, out);
}

static const char *const category_words[PTN_LANE_CATEGORY_COUNT] = {
    "any", "own-nationals", "all-passports", "crew", "coaches", "lorries", "local-border-traffic"
};

const char *ptn_lane_category_word(enum ptn_lane_category category)
{
    return ptn_words_at(category_words, PTN_LANE_CATEGORY_COUNT, category);
}

enum ptn_lane_category ptn_lane_category_from_word(struct ptn_bytes word)
{
    return (enum ptn_lane_category)ptn_words_find(category_words, PTN_LANE_CATEGORY_COUNT, word);
}

static const char *const method_words[PTN_WAIT_METHOD_COUNT] = { NULL, "queue-walk", "card",
                                                                 "arrival" };

const char *ptn_wait_method_word(enum ptn_wait_method method)
{
    return ptn_words_at(method_words, PTN_WAIT_METHOD_COUNT, method);
}

enum ptn_wait_method ptn_wait_method_from_word(struct ptn_bytes word)
{
    return (enum ptn_wait_method)ptn_words_find(method_words, PTN_WAIT_METHOD_COUNT, word);
}
