/* Looking back at a lane's own crossings, reports, and who was signed in. */
#include "node/cases_int.h"

#include "node/returning.h"
#include "record/access.h"
#include "record/notice.h"

static void fresh_id(const struct ptn_node *node, struct ptn_record_id *ret_id)
{
    node->world->random(node->world->context, ret_id->at, sizeof(ret_id->at));
}

/* ---- last crossings ---- */

static void last_done(struct ptn_writer_request *request)
{
    struct ptn_lane_last *last = request->context;

    last->done(last);
}

static bool shown_at(const struct ptn_node *node, const struct ptn_line_slot *line,
                     const char *lane)
{
    if (line->time_ms < node->forgotten_ms)
        return false;
    return strcmp(line->lane, lane) == 0 ||
           (node->plan.demonstration && strcmp(line->lane, PTN_LANE_AUTOMATIC) == 0);
}

static void gather(struct ptn_node *node, const char *lane, size_t limit,
                   struct ptn_lane_last *last)
{
    size_t kept;

    ptn_node_lock(node);
    kept = node->line_count < PTN_NODE_LINES_MAX ? node->line_count : PTN_NODE_LINES_MAX;
    for (size_t i = 1; i <= kept && last->count < limit; i++) {
        const struct ptn_line_slot *line =
            &node->lines[(node->line_count - i) % PTN_NODE_LINES_MAX];
        struct ptn_lane_line *to = &last->lines[last->count];

        if (!shown_at(node, line, lane))
            continue;
        (void)ptn_record_id_write(line->id, to->crossing);
        memcpy(to->name, line->name, sizeof(to->name));
        memcpy(to->lane, line->lane, sizeof(to->lane));
        to->direction = line->direction;
        to->outcome = line->outcome;
        to->time_ms = line->time_ms;
        to->seq = line->seq;
        to->kept = ptn_kept_level(&node->kept.sizes, line->seq);
        if (line->outcome == PTN_OUTCOME_REFERRED)
            to->second_line = ptn_cases_word(node->cases, line->id);
        last->count++;
    }
    ptn_node_unlock(node);
}

struct ptn_status ptn_lane_last(struct ptn_node *node, const struct ptn_lane_who *who, size_t limit,
                                struct ptn_arena *arena, struct ptn_lane_last *last)
{
    struct ptn_access look = { .purpose = PTN_PURPOSE_LOOK_BACK };
    struct ptn_status status = { PTN_C_NO_MEMORY };

    PTN_PRE(last->done != NULL);
    PTN_PRE(limit >= 1 && limit <= 100);

    last->lines = ptn_arena_take(arena, limit * sizeof(*last->lines));
    if (last->lines == NULL)
        return status;
    gather(node, who->lane, limit, last);
    look.shown = last->count;
    last->write = (struct ptn_writer_request){ .done = last_done, .context = last };
    status = ptn_node_put_look(node, who, &look, arena, &last->write);
    if (!ptn_ok(status))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ptn_writer_submit(node, &last->write);
    return PTN_OK;
}

/* ---- reports ---- */

static void report_done(struct ptn_writer_request *request)
{
    struct ptn_lane_report *report = request->context;

    report->done(report);
}

struct ptn_status ptn_lane_report(struct ptn_node *node, const struct ptn_lane_who *who,
                                  const char *crossing, struct ptn_bytes note,
                                  struct ptn_arena *arena, struct ptn_lane_report *report)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_report record = {
        .time_ms = node->world->now_ms(node->world->context),
        .post = ptn_bytes_from_text(node->plan.code),
        .lane = ptn_bytes_from_text(who->lane),
        .officer = ptn_bytes_from_text(who->officer->user),
        .note = note,
    };
    const struct ptn_line_slot *line = NULL;
    struct ptn_status status;

    PTN_PRE(report->done != NULL);

    report->refusal = PTN_LANE_NOT_ALLOWED;
    if (!who->officer->discreet)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    report->refusal = PTN_LANE_CROSSING_UNKNOWN;
    if (!ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(crossing), &record.crossing, NULL)))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    ptn_node_lock(node);
    line = ptn_node_line_find(node, record.crossing);
    if (line != NULL && (!line->report || strcmp(line->lane, who->lane) != 0))
        line = NULL;
    ptn_node_unlock(node);
    if (line == NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    report->refusal = PTN_LANE_ACCEPTED;
    fresh_id(node, &record.id);
    report->write = (struct ptn_writer_request){ .done = report_done, .context = report };
    status = ptn_node_put(&report->write, PTN_RECORD_REPORT, ptn_report_write(&record, &out), &out,
                          arena);
    if (!ptn_ok(status))
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ptn_writer_submit(node, &report->write);
    return PTN_OK;
}

/* ---- sessions ---- */

void ptn_lane_session(struct ptn_node *node, enum ptn_session_event event, struct ptn_bytes user,
                      const struct ptn_officer *officer, const char *former, const char *lane)
{
    struct ptn_buffer out = { .len_max = 4096 };
    struct ptn_session record = {
        .time_ms = node->world->now_ms(node->world->context),
        .event = event,
        .user = user,
        .former = ptn_bytes_from_text(former),
        .role = officer == NULL ? PTN_BYTES_NONE
                                : ptn_bytes_from_text(ptn_staff_role_word(officer->role)),
        .post = ptn_bytes_from_text(node->plan.code),
        .lane = ptn_bytes_from_text(lane),
    };

    if (event == PTN_SESSION_SIGNED_IN || event == PTN_SESSION_RELIEVED) {
        ptn_returning_lane(node, lane);
        ptn_returning_met_officer(node, user, lane);
    }
    if (event != PTN_SESSION_REFUSED)
        fresh_id(node, &record.id);
    if (ptn_ok(ptn_session_write(&record, &out)))
        ptn_node_note(node, PTN_RECORD_SESSION, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}
