/*
 * Settling a scan. The states of a scan that waits, and who moves it:
 *
 *   OPEN -> SETTLING   ptn_lane_settle, when the act may be done
 *   SETTLING -> SETTLED  settled(), when the crossing is durable
 *   SETTLING -> OPEN     settled(), when it could not be written: the officer tries again
 */
#include "node/apply.h"
#include "node/calls_int.h"
#include "node/cases_int.h"
#include "node/node_int.h"
#include "node/trip_int.h"

#include "record/notice.h"

/* What a settlement needs until its record is durable; from the arena. */
struct job {
    struct ptn_crossing record;
    struct ptn_record_id scan;
    bool report;
    struct ptn_bytes decision; /* the advice's record; empty: not at hand */
    bool at_gangway;
    struct ptn_ship_call call; /* what goes with it of a ship's call */
};

static struct ptn_bytes kept(struct ptn_arena *arena, struct ptn_bytes text)
{
    return ptn_bytes_of(ptn_arena_text(arena, text), text.len);
}

struct ptn_scan_slot *ptn_node_scan_find(struct ptn_node *node, struct ptn_record_id id)
{
    size_t place = ((size_t)id.at[0] << 8 | id.at[1]) % PTN_NODE_SCANS_MAX;
    struct ptn_scan_slot *slot = &node->scans[place];

    return slot->state != PTN_SCAN_EMPTY && ptn_record_id_equal(slot->id, id) ? slot : NULL;
}

bool ptn_node_may_override(const struct ptn_scan_slot *slot, const struct ptn_officer *supervisor)
{
    return slot->verdict != PTN_VERDICT_STOP ||
           (supervisor != NULL && supervisor->role == PTN_STAFF_SUPERVISOR);
}

/* May this act be done on this scan? */
static enum ptn_lane_refusal may(const struct ptn_scan_slot *slot, const struct ptn_lane_who *who,
                                 const struct ptn_lane_settlement *settlement, int64_t now_ms)
{
    if (slot == NULL || strcmp(slot->lane, who->lane) != 0 ||
        now_ms - slot->time_ms > PTN_NODE_SCAN_MS)
        return PTN_LANE_SCAN_UNKNOWN;
    if (slot->state != PTN_SCAN_OPEN)
        return PTN_LANE_ALREADY_SETTLED;
    /* a shore leave is no crossing: it is tallied, or sent to the second line */
    if (slot->gangway.asked && !slot->gangway.for_good && settlement->act != PTN_LANE_REFER)
        return PTN_LANE_NOT_ALLOWED;
    switch (settlement->act) {
    case PTN_LANE_RECORD:
        return slot->verdict == PTN_VERDICT_CLEAR ? PTN_LANE_ACCEPTED : PTN_LANE_NOT_CLEAR;
    case PTN_LANE_REFER:
        return settlement->kind == PTN_REFERRAL_NONE ? PTN_LANE_NEEDS_KIND : PTN_LANE_ACCEPTED;
    case PTN_LANE_OVERRIDE:
        break;
    }
    if (slot->verdict == PTN_VERDICT_CLEAR)
        return PTN_LANE_NOT_ALLOWED; /* nothing to override: record it */
    if (settlement->reason.len == 0)
        return PTN_LANE_NEEDS_REASON;
    return ptn_node_may_override(slot, settlement->supervisor) ? PTN_LANE_ACCEPTED
                                                               : PTN_LANE_NEEDS_SUPERVISOR;
}

struct ptn_record_id ptn_node_keyed_id(const struct ptn_node *node, struct ptn_bytes key,
                                       const struct ptn_bytes *parts, size_t count)
{
    uint8_t digest[PTN_SHA256_LEN];
    struct ptn_record_id id;

    if (key.len == 0 || !ptn_ok(ptn_sha256(parts, count, digest)))
        node->world->random(node->world->context, digest, sizeof(digest));
    memcpy(id.at, digest, sizeof(id.at));
    return id;
}

struct ptn_record_id ptn_node_lane_id(const struct ptn_node *node, const struct ptn_lane_who *who,
                                      const char *what, struct ptn_bytes key)
{
    const struct ptn_bytes parts[] = {
        ptn_bytes_from_text(what),
        PTN_BYTES_LITERAL("\n"),
        ptn_bytes_from_text(who->officer->user),
        PTN_BYTES_LITERAL("\n"),
        ptn_bytes_from_text(who->lane),
        PTN_BYTES_LITERAL("\n"),
        ptn_bytes_from_text(node->plan.code),
        PTN_BYTES_LITERAL("\n"),
        key,
    };

    return ptn_node_keyed_id(node, key, parts, sizeof(parts) / sizeof(parts[0]));
}

static enum ptn_outcome outcome_of(enum ptn_lane_act act)
{
    switch (act) {
    case PTN_LANE_RECORD:
        return PTN_OUTCOME_RECORDED;
    case PTN_LANE_REFER:
        return PTN_OUTCOME_REFERRED;
    case PTN_LANE_OVERRIDE:
        break;
    }
    return PTN_OUTCOME_OVERRIDDEN;
}

static void fill_from_line(struct ptn_lane_crossing *crossing, const struct ptn_line_slot *line,
                           const struct ptn_officer *officer)
{
    (void)ptn_record_id_write(line->id, crossing->crossing);
    crossing->direction = line->direction;
    crossing->outcome = line->outcome;
    crossing->report = line->report && officer->discreet;
    crossing->time_ms = line->time_ms;
    crossing->seq = line->seq;
    memcpy(crossing->name, line->name, sizeof(crossing->name));
    memcpy(crossing->lane, line->lane, sizeof(crossing->lane));
}

static void settled(struct ptn_writer_request *request)
{
    struct ptn_lane_crossing *crossing = request->context;
    struct job *job = crossing->job;
    struct ptn_node *node = crossing->node;
    struct ptn_scan_slot *slot;

    ptn_node_lock(node);
    slot = ptn_node_scan_find(node, job->scan);
    if (slot != NULL && slot->state == PTN_SCAN_SETTLING)
        slot->state = ptn_ok(request->status) ? PTN_SCAN_SETTLED : PTN_SCAN_OPEN;
    /* the crossing is durable whatever memory says: a stay that could not be learnt is learnt at
     * the next start */
    if (ptn_ok(request->status))
        (void)ptn_ok(
            ptn_node_learn(node, &job->record, job->report, request->seq, request->time_ms));
    for (size_t i = 1; ptn_ok(request->status) && i < request->record_count; i++)
        if (request->records[i].kind == PTN_RECORD_CASE)
            (void)ptn_ok(ptn_cases_learn(node, request->records[i].payload, request->seq + i));
        else if (request->records[i].kind == PTN_RECORD_CALL)
            (void)ptn_ok(ptn_calls_learn(node, request->records[i].payload, request->seq + i));
    if (ptn_ok(request->status) && !ptn_record_id_is_none(job->record.trip))
        ptn_trip_settled(node, job->record.trip, job->scan);
    ptn_node_unlock(node);
    crossing->seq = request->seq;
    crossing->kept = PTN_KEPT_NOT;
    if (ptn_ok(request->status)) {
        ptn_node_arrivals_saw(node, &job->record);
        if (ptn_kept_await(node, crossing))
            return;
        crossing->kept = ptn_node_kept_level(node, crossing->seq);
    }
    crossing->done(crossing);
}

/* Answer a repeated key with what was written the first time. */
static bool again(struct ptn_node *node, const struct ptn_lane_who *who,
                  const struct ptn_lane_settlement *settlement, struct ptn_record_id scan,
                  struct ptn_record_id id, struct ptn_lane_crossing *crossing)
{
    const struct ptn_line_slot *line;

    ptn_node_lock(node);
    line = ptn_node_line_find(node, id);
    if (line != NULL) {
        fill_from_line(crossing, line, who->officer);
        crossing->again = true;
        crossing->refusal =
            ptn_record_id_equal(line->scan, scan) && line->outcome == outcome_of(settlement->act)
                ? PTN_LANE_ACCEPTED
                : PTN_LANE_KEY_REUSED;
    }
    ptn_node_unlock(node);
    return line != NULL;
}

/* Copy what the record needs of the scan and take its place. Sets refusal. Under the lock. */
static struct ptn_status take_scan(struct ptn_node *node, const struct ptn_lane_who *who,
                                   const struct ptn_lane_settlement *settlement,
                                   struct ptn_arena *arena, struct ptn_lane_crossing *crossing)
{
    struct job *job = crossing->job;
    struct ptn_scan_slot *slot = ptn_node_scan_find(node, job->scan);
    char *person;
    char *plate;
    char *voyage;
    char *booking;

    if (slot != NULL && slot->state == PTN_SCAN_SETTLING &&
        ptn_record_id_equal(slot->crossing, job->record.id))
        return (struct ptn_status){ PTN_C_BUSY }; /* the same key is on its way to the disk */
    crossing->refusal = may(slot, who, settlement, job->record.time_ms);
    if (crossing->refusal != PTN_LANE_ACCEPTED)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    person = ptn_arena_text(arena, ptn_bytes_of(slot->person, slot->person_len));
    plate = ptn_arena_text(arena, ptn_bytes_from_text(slot->plate));
    voyage = ptn_arena_text(arena, ptn_bytes_from_text(slot->voyage));
    booking = ptn_arena_text(arena, ptn_bytes_from_text(slot->booking));
    if (person == NULL || plate == NULL || voyage == NULL || booking == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (settlement->act == PTN_LANE_REFER && slot->decision_len > 0)
        job->decision = kept(arena, ptn_bytes_of(slot->decision, slot->decision_len));
    job->record.advised = slot->verdict;
    job->record.direction = slot->direction;
    job->record.exempt = slot->exempt;
    job->record.proof = slot->proof;
    job->record.entered = slot->entered;
    job->record.plate = ptn_bytes_from_text(plate);
    job->record.voyage = ptn_bytes_from_text(voyage);
    job->record.booking = ptn_bytes_from_text(booking);
    job->record.trip = slot->trip;
    job->report = slot->report;
    {
        struct ptn_cbor_reader reader = ptn_cbor_reader_at(ptn_bytes_of(person, slot->person_len));
        struct ptn_status status = ptn_person_parse(&reader, &job->record.person, NULL);

        job->at_gangway = slot->gangway.asked;
        if (ptn_ok(status) && job->at_gangway)
            status = ptn_calls_settling(node, slot, &job->record, arena, &job->call);
        if (!ptn_ok(status))
            return status;
    }
    slot->state = PTN_SCAN_SETTLING;
    slot->crossing = job->record.id;
    return PTN_OK;
}

/* The scan goes back: nothing was queued. */
static void give_back(struct ptn_node *node, struct ptn_record_id scan)
{
    struct ptn_scan_slot *slot;

    ptn_node_lock(node);
    slot = ptn_node_scan_find(node, scan);
    if (slot != NULL && slot->state == PTN_SCAN_SETTLING)
        slot->state = PTN_SCAN_OPEN;
    ptn_node_unlock(node);
}

/* A referral opens its case: both are durable, or neither. CASE-1. */
static struct ptn_status queue_case(struct ptn_arena *arena, struct ptn_lane_crossing *crossing)
{
    struct job *job = crossing->job;
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    return ptn_node_put(
        &crossing->write, PTN_RECORD_CASE,
        ptn_cases_write_opening(crossing->node, &job->record, job->decision, arena, &out), &out,
        arena);
}

static struct ptn_status queue(struct ptn_arena *arena, struct ptn_lane_crossing *crossing,
                               const char *lane)
{
    struct job *job = crossing->job;
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_status status;

    crossing->write = (struct ptn_writer_request){
        .has_rung = true,
        .rung = (uint8_t)ptn_apply_rung_at(crossing->node, job->record.direction, lane),
        .done = settled,
        .context = crossing,
    };
    status = ptn_node_put(&crossing->write, PTN_RECORD_CROSSING,
                          ptn_crossing_write(&job->record, &out), &out, arena);
    if (ptn_ok(status) && job->record.outcome == PTN_OUTCOME_REFERRED)
        status = queue_case(arena, crossing);
    if (ptn_ok(status) && job->at_gangway)
        status = ptn_node_put(&crossing->write, PTN_RECORD_CALL,
                              ptn_ship_call_write(&job->call, &out), &out, arena);
    return status;
}

struct ptn_status ptn_lane_settle_prepare(struct ptn_node *node, const struct ptn_lane_who *who,
                                          const struct ptn_lane_settlement *settlement,
                                          struct ptn_arena *arena,
                                          struct ptn_lane_crossing *crossing)
{
    struct job *job = ptn_arena_take(arena, sizeof(*job));
    struct ptn_crossing *record;
    struct ptn_status status;

    PTN_PRE(crossing->done != NULL);

    if (job == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    crossing->node = node;
    crossing->job = job;
    crossing->refusal = PTN_LANE_SCAN_UNKNOWN;
    if (!ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(settlement->scan), &job->scan, NULL)))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    record = &job->record;
    record->id = ptn_node_lane_id(node, who, "crossing", settlement->key);
    if (settlement->key.len > 0 && again(node, who, settlement, job->scan, record->id, crossing)) {
        if (crossing->refusal != PTN_LANE_ACCEPTED)
            return (struct ptn_status){ PTN_C_BAD_INPUT };
        crossing->write.status = PTN_OK;
        crossing->kept = ptn_node_kept_level(node, crossing->seq);
        return PTN_OK;
    }
    record->advice = job->scan;
    record->time_ms = node->world->now_ms(node->world->context);
    record->date = ptn_place_local_date(record->time_ms);
    record->outcome = outcome_of(settlement->act);
    record->referral = settlement->act == PTN_LANE_REFER ? settlement->kind : PTN_REFERRAL_NONE;
    record->reason = kept(arena, settlement->reason);
    record->post = ptn_bytes_from_text(node->plan.code);
    record->lane = kept(arena, ptn_bytes_from_text(who->lane));
    record->officer = kept(arena, ptn_bytes_from_text(who->officer->user));
    if (settlement->supervisor != NULL && settlement->act == PTN_LANE_OVERRIDE)
        record->supervisor = kept(arena, ptn_bytes_from_text(settlement->supervisor->user));
    ptn_node_lock(node);
    status = take_scan(node, who, settlement, arena, crossing);
    ptn_node_unlock(node);
    if (status.code == PTN_C_BAD_INPUT || status.code == PTN_C_BUSY)
        return status;
    if (ptn_ok(status))
        status = queue(arena, crossing, who->lane);
    if (!ptn_ok(status)) {
        give_back(node, job->scan);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    (void)ptn_record_id_write(record->id, crossing->crossing);
    crossing->direction = record->direction;
    crossing->outcome = record->outcome;
    crossing->report = job->report && who->officer->discreet;
    crossing->time_ms = record->time_ms;
    ptn_node_name_write(&record->person, crossing->name);
    (void)snprintf(crossing->lane, sizeof(crossing->lane), "%s", who->lane);
    return PTN_OK;
}

struct ptn_status ptn_lane_settle(struct ptn_node *node, const struct ptn_lane_who *who,
                                  const struct ptn_lane_settlement *settlement,
                                  struct ptn_arena *arena, struct ptn_lane_crossing *crossing)
{
    struct ptn_status status = ptn_lane_settle_prepare(node, who, settlement, arena, crossing);

    if (!ptn_ok(status))
        return status;
    if (crossing->again)
        crossing->done(crossing);
    else
        ptn_writer_submit(node, &crossing->write);
    return PTN_OK;
}

bool ptn_lane_settled_before(struct ptn_node *node, const struct ptn_lane_who *who,
                             const struct ptn_lane_settlement *settlement,
                             struct ptn_lane_crossing *crossing)
{
    struct ptn_record_id scan;

    return settlement->key.len > 0 &&
           ptn_ok(ptn_record_id_parse(ptn_bytes_from_text(settlement->scan), &scan, NULL)) &&
           again(node, who, settlement, scan,
                 ptn_node_lane_id(node, who, "crossing", settlement->key), crossing) &&
           crossing->refusal == PTN_LANE_ACCEPTED;
}

void ptn_lane_settle_undo(struct ptn_lane_crossing *crossing)
{
    const struct job *job = crossing->job;

    if (!crossing->again)
        give_back(crossing->node, job->scan);
}
