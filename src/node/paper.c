/*
 * node/paper.c -- screening by hand: what was written on paper goes the way of a scan from the
 * second of its five calls on, with the person and the time of the sheet.
 *
 * One sheet at a time is on its way to the disk: two people who key the same one at once would both
 * be its first.
 */
#include "node/paper.h"

#include "node/force_int.h"
#include "paper/pack.h"
#include "record/notice.h"

#define DAYS_LISTED  1 /* a look-up list is for the day it was made and the next */
#define SCREENED_MAX 64u
#define SCREEN_ARENA ((size_t)8 << 20)

/* Take the one place for paper on its way to the disk. */
static bool paper_enter(struct ptn_node *node)
{
    bool entered;

    ptn_node_lock(node);
    entered = !node->paper_busy;
    node->paper_busy = true;
    ptn_node_unlock(node);
    return entered;
}

static void paper_leave(struct ptn_node *node)
{
    ptn_node_lock(node);
    node->paper_busy = false;
    ptn_node_unlock(node);
}

static struct ptn_record_id fresh_id(const struct ptn_node *node)
{
    struct ptn_record_id id;

    node->world->random(node->world->context, id.at, sizeof(id.at));
    return id;
}

/* The id of a record: of the whole request, so that a repeat after a restart is known again;
 * random without a key. Each part is told from the next by its length. */
#define REQUEST_PARTS_MAX 16u
static struct ptn_record_id request_id(const struct ptn_node *node, struct ptn_bytes key,
                                       const struct ptn_bytes *texts, size_t count)
{
    uint8_t lens[REQUEST_PARTS_MAX][4];
    struct ptn_bytes parts[(size_t)2 * REQUEST_PARTS_MAX];
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_record_id id = fresh_id(node);

    PTN_PRE(count <= REQUEST_PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        for (unsigned b = 0; b < 4; b++)
            lens[i][b] = (uint8_t)(texts[i].len >> 8 * b);
        parts[2 * i] = ptn_bytes_of(lens[i], sizeof(lens[i]));
        parts[2 * i + 1] = texts[i];
    }
    if (key.len > 0 && ptn_ok(ptn_sha256(parts, 2 * count, digest)))
        memcpy(id.at, digest, sizeof(id.at));
    return id;
}

static struct ptn_bytes keep(struct ptn_arena *arena, struct ptn_bytes text)
{
    return ptn_bytes_of(ptn_arena_text(arena, text), text.len);
}

static struct ptn_bytes keep_text(struct ptn_arena *arena, const char *text)
{
    return keep(arena, ptn_bytes_from_text(text));
}

/* The account, and the days on which it is open. */
static struct ptn_status learn_pack(struct ptn_node *node, const struct ptn_pack *pack)
{
    struct ptn_status status = ptn_paper_pack(node->paper, pack);

    return ptn_ok(status) ? ptn_paper_days_pack(node->days, pack) : status;
}

static struct ptn_status learn_sheet(struct ptn_node *node, const struct ptn_sheet *sheet)
{
    struct ptn_status status = ptn_paper_sheet(node->paper, sheet);

    if (ptn_ok(status))
        ptn_paper_days_sheet(node->days, sheet);
    return status;
}

static struct ptn_status learn_told(struct ptn_node *node, const struct ptn_sheets_told *told)
{
    struct ptn_status status = ptn_paper_told(node->paper, told);

    if (ptn_ok(status))
        ptn_paper_days_told(node->days, told);
    return status;
}

struct ptn_status ptn_node_learn_paper(struct ptn_node *node, enum ptn_record_kind kind,
                                       struct ptn_bytes payload)
{
    struct ptn_pack pack;
    struct ptn_sheet sheet;
    struct ptn_sheets_told told;
    struct ptn_status status;

    if (kind == PTN_RECORD_PACK) {
        status = ptn_pack_parse(payload, &pack, NULL);
        return ptn_ok(status) ? learn_pack(node, &pack) : status;
    }
    if (kind == PTN_RECORD_SHEET) {
        status = ptn_sheet_parse(payload, &sheet, NULL);
        return ptn_ok(status) ? learn_sheet(node, &sheet) : status;
    }
    status = ptn_sheets_told_parse(payload, &told, NULL);
    return ptn_ok(status) ? learn_told(node, &told) : status;
}

struct ptn_status ptn_node_paper_moved(struct ptn_node *node, const struct ptn_rung_moved *moved)
{
    return ptn_paper_days_moved(node->days, moved->time_ms,
                                moved->entry == PTN_RUNG_MANUAL || moved->exit == PTN_RUNG_MANUAL);
}

/* ---- packs ---- */

/* Whether a listing belongs on a list that many will see: never a discreet one, nor one that
 * protects. PAPER-3. */
static bool may_be_seen(enum ptn_list_action action, bool *ret_stop)
{
    switch (action) {
    case PTN_LIST_ACTION_BAN:
    case PTN_LIST_ACTION_REFUSE:
    case PTN_LIST_ACTION_ARREST:
        *ret_stop = true;
        return true;
    case PTN_LIST_ACTION_INQUIRY:
    case PTN_LIST_ACTION_SPECIFIC:
    case PTN_LIST_ACTION_REFER:
        *ret_stop = false;
        return true;
    case PTN_LIST_ACTION_NONE:
    case PTN_LIST_ACTION_OFF:
    case PTN_LIST_ACTION_INFORM:
    case PTN_LIST_ACTION_DISCREET:
    case PTN_LIST_ACTION_PROTECT:
    case PTN_LIST_ACTION_SEIZE:
    case PTN_LIST_ACTION_COUNT:
        break;
    }
    return false;
}

static struct ptn_bytes birth_text(const struct ptn_list_entry *entry, struct ptn_arena *arena)
{
    const struct ptn_list_birth *birth = &entry->births[0];
    char text[PTN_DATE_TEXT_SIZE + 8];

    if (entry->birth_count == 0)
        return PTN_BYTES_NONE;
    if (ptn_date_equal(birth->first, birth->last))
        (void)ptn_date_write(birth->first, text);
    else if (birth->first.year == birth->last.year)
        (void)snprintf(text, sizeof(text), "%u", birth->first.year);
    else
        (void)snprintf(text, sizeof(text), "%u–%u", birth->first.year % 10000u,
                       birth->last.year % 10000u);
    return keep_text(arena, text);
}

static struct ptn_pack_row row_of(const struct ptn_list_entry *entry, bool stop,
                                  struct ptn_arena *arena)
{
    struct ptn_pack_row row = { .name = keep(arena, entry->names[0].text), .stop = stop };

    row.birth = birth_text(entry, arena);
    if (entry->nation_count > 0)
        row.nationality = keep_text(arena, entry->nations[0].text);
    for (size_t i = 0; i < entry->number_count && row.number.len == 0; i++)
        if (entry->numbers[i].type == PTN_NUMBER_PASSPORT ||
            entry->numbers[i].type == PTN_NUMBER_ID_CARD)
            row.number = keep(arena, entry->numbers[i].number);
    return row;
}

/* The stricter of what a listing asks for in the two directions, if it may be seen. */
static bool row_wanted(const struct ptn_snapshot_list *list, const struct ptn_list_entry *entry,
                       struct ptn_date today, bool *ret_stop)
{
    enum ptn_list_action in = entry->has_action ? entry->on_entry : list->profile.on_entry.action;
    enum ptn_list_action out = entry->has_action ? entry->on_exit : list->profile.on_exit.action;
    bool stop_in = false, stop_out = false;
    bool seen_in = may_be_seen(in, &stop_in), seen_out = may_be_seen(out, &stop_out);
    bool hidden = in == PTN_LIST_ACTION_DISCREET || out == PTN_LIST_ACTION_DISCREET ||
                  in == PTN_LIST_ACTION_PROTECT || out == PTN_LIST_ACTION_PROTECT;

    *ret_stop = stop_in || stop_out;
    if (!ptn_date_is_none(entry->valid_until) && ptn_date_compare(entry->valid_until, today) < 0)
        return false;
    return entry->kind == PTN_ENTRY_PERSON && entry->name_count > 0 && !hidden &&
           (seen_in || seen_out);
}

/* The rows being gathered. */
struct gathering {
    const struct ptn_force *force;
    const struct ptn_snapshot *snapshot; /* of them, the one at hand */
    struct ptn_date today;
    struct ptn_arena *arena, *scratch; /* scratch: one entry at a time */
    struct ptn_pack_row *rows;
    size_t count;
};

/* Somebody of whom the list says the same already: from another list, or another edition. */
static bool is_there(const struct gathering *gathering, const struct ptn_pack_row *row)
{
    for (size_t i = 0; i < gathering->count; i++) {
        const struct ptn_pack_row *other = &gathering->rows[i];

        if (ptn_bytes_equal(other->name, row->name) && ptn_bytes_equal(other->birth, row->birth) &&
            ptn_bytes_equal(other->number, row->number) &&
            ptn_bytes_equal(other->nationality, row->nationality))
            return true;
    }
    return false;
}

/* The entries of one list, of which ordinal is the first, that ask for stop or for less. */
static struct ptn_status gather_list(struct gathering *gathering,
                                     const struct ptn_snapshot_list *list, size_t ordinal,
                                     size_t entries, bool stop_wanted)
{
    for (size_t i = 0; i < entries && gathering->count < PTN_PAPER_LISTED_MAX; i++) {
        struct ptn_pack_row *row = &gathering->rows[gathering->count];
        struct ptn_list_entry entry;
        bool stop = false;
        struct ptn_status status;

        if (ptn_force_is_gone(gathering->force, gathering->snapshot, ordinal + i))
            continue;
        ptn_arena_clear(gathering->scratch);
        status = ptn_snapshot_entry(gathering->snapshot, ordinal + i, gathering->scratch, &entry);
        if (!ptn_ok(status))
            return status;
        if (!row_wanted(list, &entry, gathering->today, &stop) || stop != stop_wanted)
            continue;
        *row = row_of(&entry, stop, gathering->arena);
        if (row->name.at == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        gathering->count += is_there(gathering, row) ? 0 : 1;
    }
    return PTN_OK;
}

/* The entries of one snapshot. */
static struct ptn_status gather_snapshot(struct gathering *gathering, bool stop_wanted)
{
    struct ptn_status status = PTN_OK;
    size_t ordinal = 0;

    for (size_t i = 0; ptn_ok(status) && i < ptn_snapshot_info(gathering->snapshot).list_count;
         i++) {
        struct ptn_snapshot_list list = ptn_snapshot_list(gathering->snapshot, i);
        size_t entries = 0;

        for (size_t k = 0; k < PTN_ENTRY_KIND_COUNT; k++)
            entries += list.entries[k];
        status = gather_list(gathering, &list, ordinal, entries, stop_wanted);
        ordinal += entries;
    }
    return status;
}

/* Those who are stopped first, then those for the second line, until the list is full; of each the
 * country's own alerts first, then what centres publish, then the folder's lists. */
static struct ptn_status gather_rows(struct gathering *gathering)
{
    struct ptn_status status = PTN_OK;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; ptn_ok(status) &&
                           (gathering->snapshot = ptn_force_snapshot(gathering->force, i)) != NULL;
             i++)
            status = gather_snapshot(gathering, pass == 0);
    return status;
}

/* The look-up list of a pack, from all lists in force. */
static struct ptn_status list_rows(struct ptn_node *node, struct ptn_date today,
                                   struct ptn_arena *arena, struct ptn_pack_row *rows,
                                   size_t *ret_count)
{
    struct ptn_force force;
    struct gathering gathering = { .force = &force, .today = today, .arena = arena, .rows = rows };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    ptn_force_enter(node, &force);
    gathering.scratch = ptn_arena_new((size_t)2 * PTN_LIST_ENTRY_SIZE_MAX);
    if (gathering.scratch != NULL)
        status = gather_rows(&gathering);
    ptn_arena_free(gathering.scratch);
    ptn_force_leave(&force);
    *ret_count = gathering.count;
    return status;
}

static void pack_done(struct ptn_writer_request *request)
{
    struct ptn_pack_order *order = request->context;
    struct ptn_node *node = order->node;

    ptn_node_lock(node);
    if (ptn_ok(request->status) && !order->again && !ptn_ok(learn_pack(node, &order->record)))
        request->status = (struct ptn_status){ PTN_C_NO_MEMORY };
    node->paper_busy = false;
    ptn_node_unlock(node);
    order->done(order);
}

/* Number, day and last day: the next pack's, or those of the one that this very request made
 * before, whose code is check's. PAPER-5. */
static void number_pack(struct ptn_node *node, struct ptn_pack_order *order,
                        struct ptn_pack_plan *plan, char check[PTN_RECORD_WORD_MAX + 1])
{
    struct ptn_paper_made made;

    ptn_node_lock(node);
    order->again =
        order->key.len > 0 && ptn_paper_made_before(node->paper, order->record.id, &made);
    plan->number = order->again ? made.number : ptn_paper_next_pack(node->paper);
    if (order->again) {
        order->record.time_ms = made.time_ms;
        (void)snprintf(check, PTN_RECORD_WORD_MAX + 1, "%s", made.check);
    }
    ptn_node_unlock(node);
    plan->made = ptn_place_local_date(order->record.time_ms);
    plan->expires = order->again ? made.expires
                                 : ptn_date_from_days(ptn_date_to_days(plan->made) + DAYS_LISTED);
}

/* Draw the pack. Its record's check is set. */
static struct ptn_status draw_pack(struct ptn_node *node, unsigned sheets, struct ptn_arena *arena,
                                   struct ptn_pack_order *order, struct ptn_diag *reterr)
{
    struct ptn_pack_row *rows = ptn_arena_take(arena, PTN_PAPER_LISTED_MAX * sizeof(*rows));
    struct ptn_pack_plan plan = {
        .post = ptn_bytes_from_text(node->plan.code),
        .post_name = ptn_bytes_from_text(node->plan.name),
        .sheets = sheets,
        .rows = rows,
        .demonstration = node->plan.demonstration,
    };
    char check[PTN_PACK_CHECK_SIZE] = "";
    char before[PTN_RECORD_WORD_MAX + 1] = "";
    struct ptn_status status;

    if (rows == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    number_pack(node, order, &plan, before);
    status = list_rows(node, plan.made, arena, rows, &plan.row_count);
    if (ptn_ok(status))
        status = ptn_pack_check(&plan, check);
    order->changed = ptn_ok(status) && order->again && strcmp(check, before) != 0;
    if (order->changed)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the pack was made, and lists are others now");
    if (ptn_ok(status))
        status = ptn_pack_print(&plan, &order->pdf, reterr);
    order->record.number = plan.number;
    order->record.expires = plan.expires;
    order->record.check = keep_text(arena, check);
    order->record.listed = plan.row_count;
    return status;
}

static struct ptn_status prepare_pack(struct ptn_node *node, const struct ptn_lane_who *who,
                                      unsigned sheets, struct ptn_arena *arena,
                                      struct ptn_pack_order *order, struct ptn_diag *reterr)
{
    char count[16];
    const struct ptn_bytes request[] = {
        PTN_BYTES_LITERAL("pack"),
        ptn_bytes_from_text(who->officer->user),
        ptn_bytes_from_text(node->plan.code),
        order->key,
        ptn_bytes_of(count, (size_t)snprintf(count, sizeof(count), "%u", sheets)),
    };
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status;

    order->record = (struct ptn_pack){
        .id = request_id(node, order->key, request, sizeof(request) / sizeof(request[0])),
        .sheets = sheets,
        .time_ms = node->world->now_ms(node->world->context),
        .post = ptn_bytes_from_text(node->plan.code),
        .officer = keep_text(arena, who->officer->user),
    };
    order->write = (struct ptn_writer_request){ .done = pack_done, .context = order };
    status = draw_pack(node, sheets, arena, order, reterr);
    if (ptn_ok(status) && !order->again)
        status = ptn_node_put(&order->write, PTN_RECORD_PACK, ptn_pack_write(&order->record, &out),
                              &out, arena);
    return status;
}

struct ptn_status ptn_paper_make_pack(struct ptn_node *node, const struct ptn_lane_who *who,
                                      unsigned sheets, struct ptn_arena *arena,
                                      struct ptn_pack_order *order, struct ptn_diag *reterr)
{
    struct ptn_status status;

    PTN_PRE(order->done != NULL);

    if (!paper_enter(node))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another sheet or pack is being recorded");
    order->node = node;
    status = prepare_pack(node, who, sheets, arena, order, reterr);
    if (!ptn_ok(status)) {
        paper_leave(node);
        return status;
    }
    if (!order->again) {
        ptn_writer_submit(node, &order->write);
        return PTN_OK;
    }
    order->write.status = PTN_OK; /* it was recorded before */
    pack_done(&order->write);
    return PTN_OK;
}

/* ---- keying ---- */

static void key_done(struct ptn_writer_request *request)
{
    struct ptn_paper_keying *keying = request->context;
    struct ptn_node *node = keying->node;

    ptn_node_lock(node);
    if (ptn_ok(request->status) && !keying->again) {
        /* durable whatever memory says: what could not be learnt is learnt at the next start */
        (void)ptn_ok(learn_sheet(node, &keying->sheet));
        if (keying->settled)
            (void)ptn_ok(
                ptn_node_learn(node, &keying->record, false, request->seq + 1, request->time_ms));
    }
    node->paper_busy = false;
    ptn_node_unlock(node);
    keying->done(keying);
}

/* The crossing that a settled sheet is. No advice stands behind it: there was none. */
static struct ptn_crossing crossing_of(const struct ptn_sheet *sheet)
{
    return (struct ptn_crossing){
        .id = sheet->crossing,
        .advised = PTN_VERDICT_CLEAR,
        .time_ms = sheet->time_ms,
        .date = sheet->date,
        .direction = sheet->direction,
        .outcome = sheet->outcome,
        .referral = sheet->referral,
        .reason = sheet->reason,
        .post = sheet->post,
        .officer = sheet->officer,
        .plate = sheet->plate,
        .person = sheet->person,
    };
}

static void screened_done(struct ptn_lane_answer *answer)
{
    (void)answer; /* its records are part of the keying's */
}

/* Screen the person of a settled sheet against the lists in force now, as of the day of the sheet,
 * and add the records of it. */
static struct ptn_status screen(struct ptn_node *node, const struct ptn_lane_who *who,
                                struct ptn_arena *arena, struct ptn_paper_keying *keying,
                                struct ptn_diag *reterr)
{
    const struct ptn_lane_who paper = { who->officer, PTN_PAPER_LANE };
    struct ptn_lane_scan *scan = ptn_arena_take(arena, sizeof(*scan));
    struct ptn_status status;

    if (scan == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    scan->person = keying->sheet.person;
    scan->direction = keying->sheet.direction;
    scan->plate = keying->sheet.plate;
    scan->on = keying->sheet.date;
    scan->is_known = keying->again;
    keying->screened.done = screened_done;
    status = ptn_lane_prepare(node, &paper, scan, arena, &keying->screened, reterr);
    if (!ptn_ok(status))
        return status;
    keying->missed = keying->screened.advice.verdict != PTN_VERDICT_CLEAR &&
                     keying->sheet.outcome == PTN_OUTCOME_RECORDED;
    for (size_t i = 0; i < keying->screened.write.record_count; i++)
        keying->write.records[keying->write.record_count++] = keying->screened.write.records[i];
    return PTN_OK;
}

/* Whose turn it is, and what two saw differently. BAD_INPUT when it is not this person's. */
static struct ptn_status take_turn(struct ptn_node *node, const struct ptn_officer *officer,
                                   struct ptn_paper_keying *keying)
{
    struct ptn_serial serial = { (unsigned)keying->sheet.pack, (unsigned)keying->sheet.number };
    struct ptn_sheet before, other;

    ptn_node_lock(node);
    keying->next = ptn_paper_may_key(node->paper, serial, keying->sheet.keyed_by, &before, &other);
    if (keying->next == PTN_PAPER_SECOND)
        keying->differ_count = ptn_sheets_differ(&before, &keying->sheet, keying->differs);
    ptn_node_unlock(node);
    if (keying->next == PTN_PAPER_THIRD && officer->role != PTN_STAFF_SUPERVISOR)
        keying->next = PTN_PAPER_SUPERVISOR;
    switch (keying->next) {
    case PTN_PAPER_FIRST:
        keying->sheet.turn = PTN_KEYING_FIRST;
        return PTN_OK;
    case PTN_PAPER_SECOND:
        keying->sheet.turn = PTN_KEYING_SECOND;
        keying->settled = keying->differ_count == 0;
        return PTN_OK;
    case PTN_PAPER_THIRD:
        keying->sheet.turn = PTN_KEYING_THIRD;
        keying->settled = true;
        return PTN_OK;
    case PTN_PAPER_NO_PACK:
    case PTN_PAPER_SETTLED:
    case PTN_PAPER_PUT_ASIDE:
    case PTN_PAPER_SAME_PERSON:
    case PTN_PAPER_SUPERVISOR:
        break;
    }
    return (struct ptn_status){ PTN_C_BAD_INPUT };
}

static struct ptn_status make_records(struct ptn_arena *arena, struct ptn_paper_keying *keying)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_buffer crossing = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = ptn_node_put(&keying->write, PTN_RECORD_SHEET,
                                            ptn_sheet_write(&keying->sheet, &out), &out, arena);

    if (!ptn_ok(status) || !keying->settled)
        return status;
    keying->record = crossing_of(&keying->sheet);
    status = ptn_node_put(&keying->write, PTN_RECORD_CROSSING,
                          ptn_crossing_write(&keying->record, &crossing), &crossing, arena);
    if (ptn_ok(status))
        keying->write.records[keying->write.record_count - 1].on_paper = true;
    return status;
}

static struct ptn_record_id keying_id(const struct ptn_node *node, const struct ptn_lane_who *who,
                                      const struct ptn_form *form, struct ptn_bytes key)
{
    const struct ptn_bytes texts[] = {
        PTN_BYTES_LITERAL("keying"),
        ptn_bytes_from_text(who->officer->user),
        ptn_bytes_from_text(node->plan.code),
        key,
        form->serial,
        form->surname,
        form->given,
        form->line,
        form->issuer,
        form->direction,
        form->time,
        form->outcome,
        form->referral,
        form->reason,
        form->plate,
        form->officer,
    };

    return request_id(node, key, texts, sizeof(texts) / sizeof(texts[0]));
}

/* Was this very request done before? Then keying says what came of it. PAPER-4. */
static bool keyed_before(struct ptn_node *node, struct ptn_paper_keying *keying)
{
    struct ptn_serial serial = { (unsigned)keying->sheet.pack, (unsigned)keying->sheet.number };
    struct ptn_paper_keyed keyed;
    bool found;

    ptn_node_lock(node);
    found = keying->key.len > 0 &&
            ptn_paper_keyed_before(node->paper, serial, keying->sheet.id, &keyed);
    for (size_t i = 0; found && i < keyed.differ_count; i++)
        keying->differs[i] = keyed.differs[i];
    ptn_node_unlock(node);
    if (!found)
        return false;
    keying->again = true;
    keying->sheet.turn = keyed.turn;
    keying->next = keyed.turn == PTN_KEYING_FIRST    ? PTN_PAPER_FIRST
                   : keyed.turn == PTN_KEYING_SECOND ? PTN_PAPER_SECOND
                                                     : PTN_PAPER_THIRD;
    keying->differ_count = keyed.differ_count;
    keying->settled = !ptn_record_id_is_none(keyed.crossing);
    keying->sheet.crossing = keyed.crossing;
    return true;
}

/* A keying whose form reads, and which holds the place for paper: its records, or the answer that
 * was given before. */
static struct ptn_status key_sheet(struct ptn_node *node, const struct ptn_lane_who *who,
                                   struct ptn_arena *arena, struct ptn_paper_keying *keying,
                                   struct ptn_diag *reterr)
{
    struct ptn_status status = PTN_OK;

    keying->write = (struct ptn_writer_request){ .done = key_done, .context = keying };
    if (!keyed_before(node, keying)) {
        status = take_turn(node, who->officer, keying);
        if (ptn_ok(status) && keying->settled)
            keying->sheet.crossing = fresh_id(node);
    }
    if (ptn_ok(status) && keying->settled)
        (void)ptn_record_id_write(keying->sheet.crossing, keying->crossing);
    if (ptn_ok(status) && !keying->again)
        status = make_records(arena, keying);
    if (ptn_ok(status) && keying->settled)
        status = screen(node, who, arena, keying, reterr);
    return status;
}

struct ptn_status ptn_paper_key(struct ptn_node *node, const struct ptn_lane_who *who,
                                const struct ptn_form *form, struct ptn_arena *arena,
                                struct ptn_paper_keying *keying, struct ptn_diag *reterr)
{
    int64_t now_ms = node->world->now_ms(node->world->context);
    struct ptn_status status =
        ptn_form_read(form, ptn_bytes_from_text(node->plan.code), ptn_place_local_date(now_ms),
                      arena, &keying->sheet, &keying->faults);

    PTN_PRE(keying->done != NULL);

    if (!ptn_ok(status))
        return status;
    if (!paper_enter(node))
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another sheet or pack is being recorded");
    keying->node = node;
    keying->sheet.id = keying_id(node, who, form, keying->key);
    keying->sheet.keyed_ms = now_ms;
    keying->sheet.keyed_by = keep_text(arena, who->officer->user);
    status = (struct ptn_status){ PTN_C_NO_MEMORY };
    if (keying->sheet.keyed_by.at != NULL)
        status = key_sheet(node, who, arena, keying, reterr);
    if (!ptn_ok(status)) {
        ptn_paper_release(keying);
        paper_leave(node);
        return status;
    }
    if (keying->write.record_count > 0) {
        ptn_writer_submit(node, &keying->write);
        return PTN_OK;
    }
    /* nothing to write: it was kept before, and nobody is looked at */
    keying->write.status = PTN_OK;
    key_done(&keying->write);
    return PTN_OK;
}

const char *ptn_paper_keying_word(const struct ptn_paper_keying *keying)
{
    if (keying->settled)
        return ptn_sheet_state_word(PTN_SHEET_SETTLED);
    return ptn_sheet_state_word(keying->next == PTN_PAPER_SECOND ? PTN_SHEET_DIFFERS
                                                                 : PTN_SHEET_KEYED_ONCE);
}

void ptn_paper_release(struct ptn_paper_keying *keying)
{
    ptn_lane_answer_release(&keying->screened);
}

/* ---- the account ---- */

static void tell_done(struct ptn_writer_request *request)
{
    struct ptn_paper_telling *telling = request->context;
    struct ptn_node *node = telling->node;

    ptn_node_lock(node);
    if (ptn_ok(request->status))
        (void)ptn_ok(learn_told(node, &telling->record));
    node->paper_busy = false;
    ptn_node_unlock(node);
    telling->done(telling);
}

struct ptn_status ptn_paper_tell(struct ptn_node *node, const struct ptn_lane_who *who,
                                 const struct ptn_officer *second, struct ptn_arena *arena,
                                 struct ptn_paper_telling *telling)
{
    struct ptn_sheets_told *record = &telling->record;
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status = { PTN_C_BAD_INPUT };
    bool may;

    PTN_PRE(telling->done != NULL);

    if (!paper_enter(node))
        return (struct ptn_status){ PTN_C_BUSY };
    telling->node = node;
    record->id = fresh_id(node);
    record->time_ms = node->world->now_ms(node->world->context);
    record->post = ptn_bytes_from_text(node->plan.code);
    record->officer = keep_text(arena, who->officer->user);
    record->second = second != NULL ? keep_text(arena, second->user) : PTN_BYTES_NONE;
    ptn_node_lock(node);
    may = record->pack <= PTN_PACK_NUMBER_MAX && record->first <= PTN_PACK_SHEETS_MAX &&
          record->count <= PTN_PACK_SHEETS_MAX &&
          ptn_paper_may_tell(node->paper, (unsigned)record->pack, (unsigned)record->first,
                             (unsigned)record->count, record->state);
    ptn_node_unlock(node);
    telling->write = (struct ptn_writer_request){ .done = tell_done, .context = telling };
    if (may)
        status = ptn_node_put(&telling->write, PTN_RECORD_SHEETS_TOLD,
                              ptn_sheets_told_write(record, &out), &out, arena);
    if (!ptn_ok(status)) {
        paper_leave(node);
        return status;
    }
    ptn_writer_submit(node, &telling->write);
    return PTN_OK;
}

/* Do the lists ask for more than to let whoever that is pass? What is discreet changes no order
 * that a clerk could read it from. DECIDE-6. */
static struct ptn_status ask_lists(struct ptn_node *node, const struct ptn_force *force,
                                   struct ptn_bytes record, struct ptn_arena *arena, bool *ret_asks)
{
    struct ptn_check *check = ptn_arena_take(arena, sizeof(*check));
    struct ptn_screen_query query = { 0 };
    struct ptn_force_found found;
    struct ptn_sheet sheet;
    struct ptn_status status = ptn_sheet_parse(record, &sheet, NULL);

    if (ptn_ok(status) && check == NULL)
        status.code = PTN_C_NO_MEMORY;
    query.today = sheet.date;
    query.plate = sheet.plate;
    if (ptn_ok(status))
        status = ptn_screen_query_person(&sheet.person, false, arena, &query, NULL);
    if (ptn_ok(status))
        status = ptn_force_search(force, &query, node->world->now_ms(node->world->context), arena,
                                  check, &found, NULL);
    for (size_t i = 0; ptn_ok(status) && i < check->match_count; i++) {
        const struct ptn_match *match = &check->matches[i];
        enum ptn_list_action action =
            sheet.direction == PTN_DIRECTION_EXIT ? match->on_exit.action : match->on_entry.action;

        *ret_asks = *ret_asks || action > PTN_LIST_ACTION_DISCREET;
    }
    return status;
}

/* The next of those who wait for a second person is asked of the lists in force. False: none is
 * left, or it cannot be asked now. */
static bool screen_one(struct ptn_node *node, const struct ptn_force *force, uint64_t edition,
                       struct ptn_arena *arena)
{
    struct ptn_serial serial;
    struct ptn_bytes record = PTN_BYTES_NONE;
    bool asks = false;
    bool any;

    ptn_arena_clear(arena);
    ptn_node_lock(node);
    any = ptn_paper_unscreened(node->paper, edition, &serial, &record);
    if (any)
        record = keep(arena, record);
    ptn_node_unlock(node);
    if (!any || record.at == NULL || !ptn_ok(ask_lists(node, force, record, arena, &asks)))
        return false;
    ptn_node_lock(node);
    ptn_paper_screened(node->paper, serial, edition, asks);
    ptn_node_unlock(node);
    return true;
}

/* So many at a time: the rest keeps its place until somebody asks again. Nobody is told who they
 * are, so it is no look; all lists are asked in one place (FORCE-1). */
static void screen_waiting(struct ptn_node *node)
{
    struct ptn_arena *arena = ptn_arena_new(SCREEN_ARENA);
    struct ptn_force force = { 0 };
    uint64_t edition;

    ptn_force_enter(node, &force);
    edition = ptn_force_edition(&force);
    for (unsigned i = 0; arena != NULL && edition != 0 && i < SCREENED_MAX; i++)
        if (!screen_one(node, &force, edition, arena))
            break;
    ptn_force_leave(&force);
    ptn_arena_free(arena);
}

struct ptn_status ptn_paper_account(struct ptn_node *node, struct ptn_json *json, bool *ret_closed)
{
    const struct ptn_date today = ptn_place_local_date(node->world->now_ms(node->world->context));
    struct ptn_status status;

    screen_waiting(node);
    ptn_node_lock(node);
    status = ptn_paper_write_json(node->paper, today, json);
    *ret_closed = ptn_paper_accounted(node->paper);
    ptn_node_unlock(node);
    return status;
}
