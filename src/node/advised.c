/* An advice as it is written down: decision/'s structs into record/'s. */
#include "node/node_int.h"

#include "record/decision.h"

static struct ptn_status no_memory(void)
{
    return (struct ptn_status){ PTN_C_NO_MEMORY };
}

/* Published lists hold longer texts than a record: cut, and never inside a letter. */
static struct ptn_bytes fit(struct ptn_bytes text, size_t len_max)
{
    size_t len = text.len < len_max ? text.len : len_max;

    while (len > 0 && len < text.len && (text.at[len] & 0xc0) == 0x80)
        len--;
    return ptn_bytes_slice(text, 0, len);
}

static bool is_code(const char *code)
{
    return code[strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static void clean_date(struct ptn_date *date)
{
    if (!ptn_date_is_possible(*date))
        *date = PTN_DATE_NONE;
}

struct ptn_person ptn_lane_person_clean(const struct ptn_person *person)
{
    struct ptn_person clean = *person;

    if (!is_code(clean.nationality))
        clean.nationality[0] = '\0';
    if (!is_code(clean.document.issuer))
        clean.document.issuer[0] = '\0';
    if (clean.document.code[strspn(clean.document.code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] !=
        '\0')
        clean.document.code[0] = '\0';
    clean_date(&clean.birth);
    clean_date(&clean.document.expiry);
    if (clean.sex != 'M' && clean.sex != 'F')
        clean.sex = 0;
    return clean;
}

static struct ptn_status add_reason(const struct ptn_reason *from, struct ptn_arena *arena,
                                    struct ptn_decision_reason *to)
{
    struct ptn_decision_fact *facts =
        ptn_arena_take(arena, (from->fact_count + 1) * sizeof(*facts));

    if (facts == NULL)
        return no_memory();
    for (size_t i = 0; i < from->fact_count; i++)
        facts[i] = (struct ptn_decision_fact){ ptn_bytes_from_text(from->facts[i].key),
                                               fit(from->facts[i].value, PTN_RECORD_LINE_MAX) };
    *to = (struct ptn_decision_reason){
        .rule = from->rule,
        .verdict = from->verdict,
        .discreet = from->discreet,
        .text = fit(from->text, PTN_RECORD_NOTE_MAX),
        .facts = facts,
        .fact_count = from->fact_count,
    };
    return PTN_OK;
}

static struct ptn_status add_reasons(const struct ptn_advice *advice, struct ptn_arena *arena,
                                     struct ptn_decision *decision)
{
    /* The weightiest come first: what finds no room is the lightest. */
    size_t count = advice->reason_count < PTN_DECISION_REASON_MAX ? advice->reason_count
                                                                  : PTN_DECISION_REASON_MAX;
    struct ptn_decision_reason *reasons = ptn_arena_take(arena, (count + 1) * sizeof(*reasons));
    struct ptn_status status = reasons == NULL ? no_memory() : PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = add_reason(&advice->reasons[i], arena, &reasons[i]);
    decision->reasons = reasons;
    decision->reason_count = count;
    return status;
}

static struct ptn_status add_matches(const struct ptn_check *check, enum ptn_direction direction,
                                     struct ptn_arena *arena, struct ptn_decision *decision)
{
    size_t count =
        check->match_count < PTN_DECISION_MATCH_MAX ? check->match_count : PTN_DECISION_MATCH_MAX;
    struct ptn_decision_match *matches = ptn_arena_take(arena, (count + 1) * sizeof(*matches));

    if (matches == NULL)
        return no_memory();
    for (size_t i = 0; i < count; i++) {
        const struct ptn_match *match = &check->matches[i];
        enum ptn_list_action action =
            direction == PTN_DIRECTION_ENTRY ? match->on_entry.action : match->on_exit.action;

        matches[i] = (struct ptn_decision_match){
            .list = fit(match->list, PTN_RECORD_WORD_MAX),
            .edition = fit(match->edition, PTN_RECORD_WORD_MAX),
            .entry = fit(match->entry, PTN_RECORD_WORD_MAX),
            .name = fit(match->name, PTN_RECORD_LINE_MAX),
            .score = match->score,
            .discreet = action == PTN_LIST_ACTION_DISCREET,
        };
    }
    decision->matches = matches;
    decision->match_count = count;
    decision->more_matches = check->more_matches || count < check->match_count;
    return PTN_OK;
}

static struct ptn_status add_lists(const struct ptn_advice *advice, struct ptn_arena *arena,
                                   struct ptn_decision *decision)
{
    size_t count =
        advice->list_count < PTN_DECISION_LIST_MAX ? advice->list_count : PTN_DECISION_LIST_MAX;
    struct ptn_decision_list *lists = ptn_arena_take(arena, (count + 1) * sizeof(*lists));

    if (lists == NULL)
        return no_memory();
    for (size_t i = 0; i < count; i++) {
        const struct ptn_check_list *list = &advice->lists[i];

        lists[i] = (struct ptn_decision_list){
            .list = fit(list->list, PTN_RECORD_WORD_MAX),
            .edition = fit(list->edition, PTN_RECORD_WORD_MAX),
        };
        lists[i].age_known = list->age_s >= 0;
        lists[i].age_s = list->age_s >= 0 ? (uint64_t)list->age_s : 0;
        lists[i].entries = list->entries;
    }
    decision->lists = lists;
    decision->list_count = count;
    return PTN_OK;
}

/* The lines of an MRZ with LF between them. */
static struct ptn_bytes mrz_text(const struct ptn_mrz *mrz, struct ptn_arena *arena)
{
    char *text = ptn_arena_take(arena, (size_t)PTN_MRZ_LINES_MAX * (PTN_MRZ_LINE_MAX + 2u));
    size_t len = 0;

    if (text == NULL)
        return PTN_BYTES_NONE;
    for (size_t i = 0; i < mrz->line_count && i < PTN_MRZ_LINES_MAX; i++) {
        size_t line_len = strlen(mrz->lines[i]);

        if (i > 0)
            text[len++] = '\n';
        memcpy(text + len, mrz->lines[i], line_len);
        len += line_len;
    }
    return ptn_bytes_of(text, len);
}

static struct ptn_bytes plain(struct ptn_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return PTN_BYTES_NONE;
    return text;
}

static const enum ptn_permit_kind permit_kinds[] = {
    [PTN_CHECK_PERMIT_SHORT_VISA] = PTN_PERMIT_SHORT_VISA,
    [PTN_CHECK_PERMIT_LONG_VISA] = PTN_PERMIT_LONG_VISA,
    [PTN_CHECK_PERMIT_RESIDENCE] = PTN_PERMIT_RESIDENCE,
    [PTN_CHECK_PERMIT_TRANSIT_VISA] = PTN_PERMIT_TRANSIT_VISA,
};

static void add_stay(const struct ptn_advice *advice, struct ptn_decision *decision)
{
    decision->stay_applies = advice->stay_applies;
    if (!advice->stay_applies || !advice->stay.known)
        return;
    decision->stay = (struct ptn_decision_stay){
        .known = true,
        .used = advice->stay.used,
        .left = advice->stay.left,
        .leave_by = advice->stay.leave_by,
        .known_since = advice->stay.known_since,
    };
}

/* The visa or permit the officer stated, or what was on record; a date no calendar has is left out.
 */
static void add_permit(const struct ptn_check *check, struct ptn_decision *decision)
{
    const struct ptn_check_permit *permit = check->permits;
    struct ptn_decision_permit *to = &decision->permit;

    if (check->permit_count == 0)
        return;
    *to = (struct ptn_decision_permit){
        .kind = permit_kinds[permit->kind],
        .number = fit(permit->number, PTN_RECORD_WORD_MAX),
        .valid_from = permit->valid_from,
        .valid_until = permit->valid_until,
        .days = permit->days,
        .entries = permit->entries,
        .entries_used = permit->entries_used,
        .used_before = permit->used_before,
    };
    memcpy(to->issuer, permit->issuer[0] == '\0' ? check->own_state : permit->issuer,
           sizeof(to->issuer));
    clean_date(&to->valid_from);
    clean_date(&to->valid_until);
}

struct ptn_status ptn_lane_decision_write(const struct ptn_lane_advised *advised,
                                          struct ptn_arena *arena, struct ptn_buffer *out)
{
    struct ptn_bytes actions[2];
    struct ptn_decision decision = {
        .id = advised->id,
        .time_ms = advised->time_ms,
        .date = advised->check->today,
        .direction = advised->direction,
        .post = ptn_bytes_from_text(advised->post),
        .lane = ptn_bytes_from_text(advised->who->lane),
        .officer = ptn_bytes_from_text(advised->who->officer->user),
        .person = *advised->person,
        .plate = advised->in_trip ? PTN_BYTES_NONE : plain(advised->check->plate),
        .verdict = advised->advice->verdict,
        .actions = actions,
        .born_earlier = advised->born_earlier,
    };
    struct ptn_status status;

    if (advised->mrz != NULL)
        decision.mrz = mrz_text(advised->mrz, arena);
    if ((advised->advice->actions & PTN_ACTION_REPORT) != 0)
        actions[decision.action_count++] = PTN_BYTES_LITERAL("report");
    if ((advised->advice->actions & PTN_ACTION_RECORD) != 0)
        actions[decision.action_count++] = PTN_BYTES_LITERAL("record");
    add_stay(advised->advice, &decision);
    add_permit(advised->check, &decision);
    status = add_reasons(advised->advice, arena, &decision);
    if (ptn_ok(status))
        status = add_matches(advised->check, advised->direction, arena, &decision);
    if (ptn_ok(status))
        status = add_lists(advised->advice, arena, &decision);
    return ptn_ok(status) ? ptn_decision_write(&decision, out) : status;
}
