/* record/leave.c -- orders to leave: see alert.h. */
#include "record/alert.h"
#include "record/person_int.h"
#include "record/words_int.h"

static const struct ptn_field fields[] = {
    PTN_FIELD(ptn_leave, 1, id, OCTETS, REQUIRED, sizeof(struct ptn_record_id)),
    PTN_FIELD(ptn_leave, 2, time_ms, TIME, REQUIRED, 0),
    PTN_FIELD(ptn_leave, 3, act, ENUM, REQUIRED, PTN_LEAVE_ACT_COUNT),
    PTN_FIELD(ptn_leave, 4, post, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_leave, 5, officer, TEXT, REQUIRED, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_leave, 6, second, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_leave, 7, reason, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_leave, 8, reference, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
    PTN_FIELD(ptn_leave, 9, issuer, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_leave, 10, contact, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD(ptn_leave, 11, deadline_ms, TIME, OPTIONAL, 0),
    PTN_FIELD(ptn_leave, 12, ban_until, DAY, OPTIONAL, 0),
    PTN_FIELD_ITEMS(ptn_leave, 13, points, point_count, WORDS, PTN_LEAVE_POINT_MAX, NULL),
    PTN_FIELD(ptn_leave, 14, protocol, BOOL, OPTIONAL, 0),
    PTN_FIELD(ptn_leave, 15, liaison, TEXT, OPTIONAL, PTN_RECORD_LINE_MAX),
    PTN_FIELD_ITEMS(ptn_leave, 16, people, people_count, STRUCTS, PTN_LEAVE_PEOPLE_MAX,
                    &ptn_person_layout),
    PTN_FIELD_ITEMS(ptn_leave, 17, dependants, dependant_count, STRUCTS, PTN_LEAVE_PEOPLE_MAX,
                    &ptn_person_layout),
    PTN_FIELD(ptn_leave, 18, nth, NUMBER, OPTIONAL, 128),
    PTN_FIELD(ptn_leave, 19, sheet, TEXT, OPTIONAL, PTN_RECORD_WORD_MAX),
};

static const char *ordered_fault(const struct ptn_leave *leave)
{
    if (leave->reference.len == 0)
        return "reference";
    if (leave->issuer.len == 0)
        return "issuer";
    if (leave->deadline_ms == 0)
        return "deadline_ms";
    if (leave->protocol && leave->liaison.len == 0)
        return "liaison";
    return leave->people_count == 0 ? "people" : NULL;
}

static const char *fault(const void *object)
{
    const struct ptn_leave *leave = object;
    bool ordered = leave->act == PTN_LEAVE_ORDERED;
    bool paper = leave->act == PTN_LEAVE_PAPER;

    if (leave->second.len > 0 && ptn_bytes_equal(leave->second, leave->officer))
        return "second";
    if ((leave->nth != 0 || leave->sheet.len > 0) != paper || (paper && leave->nth == 0))
        return "nth";
    if (ordered)
        return ordered_fault(leave);
    if (leave->reason.len == 0)
        return "reason";
    if ((leave->deadline_ms != 0) != (leave->act == PTN_LEAVE_EXTENDED))
        return "deadline_ms";
    /* whom and what the order says stands in its own record alone */
    if (leave->reference.len + leave->issuer.len + leave->contact.len + leave->point_count +
            leave->liaison.len + leave->people_count + leave->dependant_count !=
        0)
        return "act";
    return leave->protocol || !ptn_date_is_none(leave->ban_until) ? "act" : NULL;
}

static const struct ptn_layout layout = PTN_LAYOUT(ptn_leave, fields, fault);

struct ptn_status ptn_leave_validate(const struct ptn_leave *leave, struct ptn_diag *reterr)
{
    return ptn_fields_validate(&layout, leave, reterr);
}

struct ptn_status ptn_leave_parse(struct ptn_bytes bytes, struct ptn_arena *arena,
                                  struct ptn_leave *ret_leave, struct ptn_diag *reterr)
{
    struct ptn_leave leave = { 0 };
    struct ptn_status status = ptn_fields_parse(bytes, &layout, &leave, arena, reterr);

    if (ptn_ok(status))
        *ret_leave = leave;
    return status;
}

struct ptn_status ptn_leave_write(const struct ptn_leave *leave, struct ptn_buffer *out)
{
    return ptn_fields_write(&layout, leave, out);
}

const char *ptn_leave_act_word(enum ptn_leave_act act)
{
    static const char *const words[PTN_LEAVE_ACT_COUNT] = { NULL, "ordered", "extended", "annulled",
                                                            "paper" };

    return ptn_words_at(words, PTN_LEAVE_ACT_COUNT, act);
}

const struct ptn_person *ptn_leave_person(const struct ptn_leave *leave, size_t nth)
{
    PTN_PRE(nth > 0 && nth <= leave->people_count + leave->dependant_count);
    return nth <= leave->people_count ? &leave->people[nth - 1]
                                      : &leave->dependants[nth - 1 - leave->people_count];
}
