/*
 * node/cases_do.c -- what may be done with a case, and the records of it.
 *
 * One step of a case at a time is on its way to the disk: two officers who end the same one at once
 * would write two outcomes.
 */
#include "node/cases_int.h"

#include "node/apply.h"

/* ---- opening ---- */

static void take_rules(const struct ptn_decision *decision, struct ptn_bytes *rules,
                       struct ptn_case_step *step)
{
    for (size_t i = 0; i < decision->reason_count && step->rule_count < PTN_CASE_RULE_MAX; i++)
        if (!decision->reasons[i].discreet)
            rules[step->rule_count++] = decision->reasons[i].rule;
    step->rules = rules;
}

struct ptn_status ptn_cases_write_opening(struct ptn_node *node,
                                          const struct ptn_crossing *referral,
                                          struct ptn_bytes decision_record, struct ptn_arena *arena,
                                          struct ptn_buffer *out)
{
    struct ptn_bytes *rules = ptn_arena_take(arena, PTN_CASE_RULE_MAX * sizeof(*rules));
    struct ptn_decision *decision = ptn_arena_take(arena, sizeof(*decision));
    struct ptn_case_step step = {
        .of = referral->id,
        .time_ms = referral->time_ms,
        .act = PTN_CASE_OPENED,
        .post = referral->post,
        .lane = referral->lane,
        .officer = referral->officer,
        .kind = referral->referral,
        .urgency = ptn_case_urgency_from_word(ptn_casebook_urgency(
            &node->cases->book, ptn_bytes_from_text(ptn_referral_kind_word(referral->referral)))),
        .scan = referral->advice,
        .advised = referral->advised,
        .direction = referral->direction,
        .plate = referral->plate,
        .exempt = referral->exempt,
        .person = referral->person,
    };

    if (rules == NULL || decision == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (step.urgency == 0)
        step.urgency = PTN_CASE_IN_TURN;
    /* without the advice at hand the case is opened all the same: the ledger has it */
    if (decision_record.len > 0 &&
        ptn_ok(ptn_decision_parse(decision_record, arena, decision, NULL))) {
        take_rules(decision, rules, &step);
        step.matches = decision->matches;
        step.match_count =
            decision->match_count < PTN_CASE_MATCH_MAX ? decision->match_count : PTN_CASE_MATCH_MAX;
    }
    node->world->random(node->world->context, step.id.at, sizeof(step.id.at));
    return ptn_case_step_write(&step, out);
}

/* ---- may it be done? ---- */

static bool ticked(const struct ptn_case_judging *judging, struct ptn_bytes item)
{
    for (size_t i = 0; i < judging->count; i++)
        if (judging->steps[i].act == PTN_CASE_TICKED &&
            ptn_bytes_equal(judging->steps[i].item, item))
            return true;
    return false;
}

/* The match of the opening that a clearance speaks of, or NULL. */
static const struct ptn_decision_match *match_of(const struct ptn_case_judging *judging)
{
    const struct ptn_case_step *opened = &judging->steps[0];

    for (size_t i = 0; i < opened->match_count; i++)
        if (ptn_bytes_equal(opened->matches[i].list, judging->ask->list) &&
            ptn_bytes_equal(opened->matches[i].entry, judging->ask->entry) &&
            (!opened->matches[i].discreet || judging->who->officer->discreet))
            return &opened->matches[i];
    return NULL;
}

static bool is_second(const struct ptn_case_judging *judging)
{
    const struct ptn_officer *second = judging->ask->second;

    return second != NULL && strcmp(second->user, judging->who->officer->user) != 0 &&
           (second->role == PTN_STAFF_SECOND || second->role == PTN_STAFF_SUPERVISOR);
}

/* Against an advice to stop only a supervisor lets pass, here as at the lane. */
static bool lacks_supervisor(const struct ptn_case_judging *judging)
{
    const struct ptn_officer *second = judging->ask->second;

    return judging->ask->outcome == PTN_CASE_ADMITTED &&
           judging->one.line.advised == PTN_VERDICT_STOP &&
           judging->who->officer->role != PTN_STAFF_SUPERVISOR &&
           (second == NULL || second->role != PTN_STAFF_SUPERVISOR);
}

bool ptn_case_may_end(const struct ptn_case_step *opened, enum ptn_case_outcome outcome)
{
    if (outcome == PTN_CASE_REFUSED && opened->direction != PTN_DIRECTION_ENTRY)
        return false;
    for (size_t i = 0; i < opened->rule_count; i++)
        if (ptn_bytes_is(opened->rules[i], PTN_CASE_RULE_LATE) ||
            ptn_bytes_is(opened->rules[i], PTN_CASE_RULE_SHORE) ||
            ptn_bytes_is(opened->rules[i], PTN_CASE_RULE_MISSING))
            return outcome != PTN_CASE_ADMITTED && outcome != PTN_CASE_REFUSED;
    return true;
}

static enum ptn_case_refusal may_end(const struct ptn_case_judging *judging)
{
    const struct ptn_case_ask *ask = judging->ask;
    const struct ptn_casebook_end *end = ptn_casebook_end(
        judging->book, judging->kind, ptn_bytes_from_text(ptn_case_outcome_word(ask->outcome)));
    bool refused = ask->outcome == PTN_CASE_REFUSED;
    bool overrides =
        ask->outcome == PTN_CASE_ADMITTED && judging->one.line.advised != PTN_VERDICT_CLEAR;

    if (end == NULL || !ptn_case_may_end(&judging->steps[0], ask->outcome) ||
        refused != (ask->ground.len > 0) ||
        (refused && ptn_casebook_ground(judging->book, ask->ground) == NULL))
        return PTN_CASE_NO_SUCH_STEP;
    if ((refused || overrides) && ask->words.len == 0)
        return PTN_CASE_NEEDS_WORDS;
    /* whoever asks for protection is handed over at once */
    for (size_t i = 0; ask->outcome != PTN_CASE_PROTECTION && i < judging->book->point_count; i++) {
        const struct ptn_casebook_point *point = &judging->book->points[i];

        if (point->must && ptn_bytes_equal(point->kind, judging->kind) &&
            !ticked(judging, point->item))
            return PTN_CASE_NEEDS_POINTS;
    }
    if ((ask->second != NULL || end->people > 1 || refused) && !is_second(judging))
        return PTN_CASE_NEEDS_SECOND;
    return lacks_supervisor(judging) ? PTN_CASE_NEEDS_SECOND : PTN_CASE_ACCEPTED;
}

static enum ptn_case_refusal may_attach(const struct ptn_case_judging *judging)
{
    const struct ptn_attachment *attachment = judging->ask->attachment;
    uint64_t bytes = 0;
    size_t count = 0;

    if (attachment == NULL)
        return PTN_CASE_NO_SUCH_STEP;
    if (attachment->type == PTN_ATTACHMENT_NO_TYPE)
        return PTN_CASE_NO_SUCH_TYPE;
    for (size_t i = 0; i < judging->count; i++) {
        count += judging->steps[i].act == PTN_CASE_ATTACHED ? 1 : 0;
        bytes += judging->steps[i].attachment.size;
    }
    return count < PTN_CASES_ATTACHED_MAX &&
                   bytes + attachment->size <= PTN_CASES_ATTACHED_BYTES_MAX
               ? PTN_CASE_ACCEPTED
               : PTN_CASE_TOO_MUCH;
}

/* A step that only who has the case may do, or had it when it ended. */
static enum ptn_case_refusal may_as_its_officer(const struct ptn_case_judging *judging)
{
    const struct ptn_case_ask *ask = judging->ask;
    const struct ptn_officer *officer = judging->who->officer;

    PTN_PRE(officer != NULL);

    if (strcmp(judging->one.line.taken_by, officer->user) != 0 &&
        !((ask->act == PTN_CASE_NOTED || ask->act == PTN_CASE_ATTACHED) &&
          officer->role == PTN_STAFF_SUPERVISOR))
        return PTN_CASE_NOT_YOURS;
    switch (ask->act) {
    case PTN_CASE_TICKED:
        return ptn_casebook_point(judging->book, judging->kind, ask->item) == NULL
                   ? PTN_CASE_NO_SUCH_STEP
                   : PTN_CASE_ACCEPTED;
    case PTN_CASE_NOT_SAME:
        return match_of(judging) == NULL ? PTN_CASE_NO_SUCH_STEP : PTN_CASE_ACCEPTED;
    case PTN_CASE_ENDED:
        return may_end(judging);
    case PTN_CASE_ATTACHED:
        return may_attach(judging);
    case PTN_CASE_NOTED:
    case PTN_CASE_PASSED_ON:
        return ask->words.len == 0 ? PTN_CASE_NEEDS_WORDS : PTN_CASE_ACCEPTED;
    case PTN_CASE_OPENED:
    case PTN_CASE_TAKEN:
    case PTN_CASE_REOPENED:
        break;
    }
    return PTN_CASE_NO_SUCH_STEP;
}

static enum ptn_case_refusal judge(const struct ptn_case_judging *judging)
{
    const struct ptn_case_line *line = &judging->one.line;

    if (judging->count >= PTN_CASES_STEPS_MAX)
        return PTN_CASE_FULL;
    if (judging->ask->act == PTN_CASE_REOPENED) {
        if (line->state != PTN_CASE_IS_ENDED || line->outcome == PTN_CASE_ADMITTED ||
            line->outcome == PTN_CASE_REFUSED)
            return PTN_CASE_STILL_OPEN;
        return judging->ask->words.len == 0 ? PTN_CASE_NEEDS_WORDS : PTN_CASE_ACCEPTED;
    }
    /* the form that was signed is scanned when the case is over */
    if (line->state == PTN_CASE_IS_ENDED && judging->ask->act != PTN_CASE_ATTACHED)
        return PTN_CASE_OVER;
    if (judging->ask->act == PTN_CASE_TAKEN)
        return line->state == PTN_CASE_WAITS ? PTN_CASE_ACCEPTED : PTN_CASE_NOT_YOURS;
    return may_as_its_officer(judging);
}

/* ---- its records ---- */

static struct ptn_bytes kept(struct ptn_arena *arena, struct ptn_bytes text)
{
    return ptn_bytes_of(ptn_arena_text(arena, text), text.len);
}

/* The step's id: of the idempotency key, so that a repeat after a restart is known again, else
 * random. */
static struct ptn_record_id step_id(const struct ptn_node *node, const struct ptn_lane_who *who,
                                    struct ptn_bytes id, struct ptn_bytes key)
{
    const struct ptn_bytes parts[] = {
        PTN_BYTES_LITERAL("case step\n"), ptn_bytes_from_text(who->officer->user),
        PTN_BYTES_LITERAL("\n"),          ptn_bytes_from_text(node->plan.code),
        PTN_BYTES_LITERAL("\n"),          id,
        PTN_BYTES_LITERAL("\n"),          key,
    };

    return ptn_node_keyed_id(node, key, parts, sizeof(parts) / sizeof(parts[0]));
}

static void fill_step(const struct ptn_case_judging *judging, struct ptn_node *node,
                      struct ptn_arena *arena, struct ptn_case_step *step)
{
    const struct ptn_case_ask *ask = judging->ask;
    const struct ptn_decision_match *match;

    step->of = judging->one.line.of;
    step->time_ms = node->world->now_ms(node->world->context);
    step->act = ask->act;
    step->post = ptn_bytes_from_text(node->plan.code);
    step->lane = kept(arena, ptn_bytes_from_text(judging->who->lane));
    step->officer = kept(arena, ptn_bytes_from_text(judging->who->officer->user));
    step->words = kept(arena, ask->words);
    if (ask->act == PTN_CASE_TICKED)
        step->item = kept(arena, ask->item);
    if (ask->act == PTN_CASE_ATTACHED)
        step->attachment = *ask->attachment;
    if (ask->act == PTN_CASE_NOT_SAME) {
        match = match_of(judging);
        PTN_PRE(match != NULL);
        step->person = judging->steps[0].person;
        step->list = match->list;
        step->edition = match->edition;
        step->entry = match->entry;
    }
    if (ask->act == PTN_CASE_ENDED) {
        step->outcome = ask->outcome;
        step->ground = kept(arena, ask->ground);
        if (ask->second != NULL)
            step->second = kept(arena, ptn_bytes_from_text(ask->second->user));
    }
}

/* The crossing that an outcome is. */
static void fill_crossing(const struct ptn_case_judging *judging, struct ptn_node *node,
                          struct ptn_case_doing *doing)
{
    const struct ptn_case_step *opened = &judging->steps[0];
    struct ptn_case_step *step = &doing->step;
    struct ptn_crossing *crossing = &doing->crossing;
    bool overrides = step->outcome == PTN_CASE_ADMITTED && opened->advised != PTN_VERDICT_CLEAR;

    *crossing = (struct ptn_crossing){
        .advice = opened->scan,
        .advised = opened->advised,
        .time_ms = step->time_ms,
        .date = ptn_place_local_date(step->time_ms),
        .direction = opened->direction,
        .outcome = step->outcome == PTN_CASE_REFUSED ? PTN_OUTCOME_REFUSED
                   : overrides                       ? PTN_OUTCOME_OVERRIDDEN
                                                     : PTN_OUTCOME_RECORDED,
        .reason = step->words,
        .post = step->post,
        .lane = opened->lane,
        .officer = step->officer,
        .supervisor = step->second,
        .plate = opened->plate,
        .person = opened->person,
        .exempt = judging->one.exempt,
    };
    if (overrides && opened->advised == PTN_VERDICT_STOP && step->second.len == 0)
        crossing->supervisor = step->officer; /* who is a supervisor: may_end has seen to it */
    node->world->random(node->world->context, crossing->id.at, sizeof(crossing->id.at));
    step->crossing = crossing->id;
}

/* ---- doing it ---- */

void ptn_case_let_go(struct ptn_node *node, struct ptn_record_id of)
{
    struct ptn_case *one;

    ptn_node_lock(node);
    one = ptn_cases_find(node->cases, of);
    if (one != NULL)
        one->busy = false;
    ptn_node_unlock(node);
}

static void step_done(struct ptn_writer_request *request)
{
    struct ptn_case_doing *doing = request->context;
    struct ptn_node *node = doing->node;
    struct ptn_case *one;

    ptn_node_lock(node);
    one = ptn_cases_find(node->cases, doing->step.of);
    if (one != NULL)
        one->busy = false;
    if (ptn_ok(request->status)) {
        /* durable whatever memory says: what could not be learnt is learnt at the next start */
        (void)ptn_ok(ptn_cases_learn(node, doing->payload, request->seq));
        if (request->record_count > 1)
            (void)ptn_ok(
                ptn_node_learn(node, &doing->crossing, false, request->seq + 1, request->time_ms));
        one = ptn_cases_find(node->cases, doing->step.of);
        if (one != NULL)
            doing->state = one->line.state;
    }
    ptn_node_unlock(node);
    doing->seq = request->seq;
    doing->kept = ptn_ok(request->status) ? ptn_node_kept_level(node, request->seq) : PTN_KEPT_NOT;
    doing->done(doing);
}

/* A step that is there already is what is asked for now. */
static bool is_same(const struct ptn_case_step *step, const struct ptn_case_ask *ask)
{
    return step->act == ask->act &&
           (ask->attachment == NULL || memcmp(step->attachment.sha256, ask->attachment->sha256,
                                              sizeof(ask->attachment->sha256)) == 0);
}

/* The same key again: answer with what was written the first time. */
static bool again(const struct ptn_case_judging *judging, struct ptn_case_doing *doing)
{
    for (size_t i = 0; judging->ask->key.len > 0 && i < judging->count; i++) {
        if (!ptn_record_id_equal(judging->steps[i].id, doing->step.id))
            continue;
        doing->refusal =
            is_same(&judging->steps[i], judging->ask) ? PTN_CASE_ACCEPTED : PTN_CASE_KEY_REUSED;
        doing->step = judging->steps[i];
        doing->again = true;
        doing->seq = judging->one.steps[i].seq;
        doing->state = judging->one.line.state;
        return true;
    }
    return false;
}

/* Take the case for this step: a copy of how it stands. BUSY, BAD_INPUT, NO_MEMORY. */
static struct ptn_status enter(struct ptn_node *node, struct ptn_record_id of,
                               struct ptn_arena *arena, struct ptn_case *ret_copy,
                               struct ptn_bytes **ret_payloads)
{
    struct ptn_case *one;
    struct ptn_status status = { PTN_C_BAD_INPUT };

    ptn_node_lock(node);
    one = ptn_cases_find(node->cases, of);
    if (one != NULL && one->busy)
        status.code = PTN_C_BUSY;
    else if (one != NULL)
        status = ptn_cases_copy(one, arena, ret_payloads);
    if (ptn_ok(status)) {
        one->busy = true;
        *ret_copy = *one;
    }
    ptn_node_unlock(node);
    return status;
}

void ptn_case_again(struct ptn_case_doing *doing)
{
    doing->write.status = PTN_OK;
    doing->kept = ptn_node_kept_level(doing->node, doing->seq);
    doing->done(doing);
}

uint8_t ptn_case_rung(struct ptn_node *node, const struct ptn_case_line *line)
{
    return (uint8_t)ptn_apply_rung_at(node, line->direction, line->lane); /* POST-5 */
}

/* The records of an accepted step. CASE-2. */
static struct ptn_status make_records(const struct ptn_case_judging *judging,
                                      struct ptn_arena *arena, struct ptn_case_doing *doing)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_buffer crossing = { .len_max = PTN_RECORD_LEN_MAX };
    bool crosses =
        judging->ask->outcome == PTN_CASE_ADMITTED || judging->ask->outcome == PTN_CASE_REFUSED;
    struct ptn_status status;

    fill_step(judging, doing->node, arena, &doing->step);
    if (crosses)
        fill_crossing(judging, doing->node, doing);
    doing->write = (struct ptn_writer_request){
        .done = step_done,
        .context = doing,
        .has_rung = true,
        .rung = ptn_case_rung(doing->node, &judging->one.line),
    };
    status = ptn_node_put(&doing->write, PTN_RECORD_CASE, ptn_case_step_write(&doing->step, &out),
                          &out, arena);
    if (ptn_ok(status) && crosses)
        status = ptn_node_put(&doing->write, PTN_RECORD_CROSSING,
                              ptn_crossing_write(&doing->crossing, &crossing), &crossing, arena);
    doing->payload = doing->write.records[0].payload;
    return status;
}

struct ptn_status ptn_case_write(const struct ptn_case_judging *judging, struct ptn_arena *arena,
                                 struct ptn_case_doing *doing)
{
    if (!ptn_ok(make_records(judging, arena, doing))) {
        ptn_case_let_go(doing->node, judging->one.line.of);
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    ptn_writer_submit(doing->node, &doing->write);
    return PTN_OK;
}

struct ptn_status ptn_case_begin(struct ptn_node *node, const struct ptn_lane_who *who,
                                 struct ptn_bytes id, const struct ptn_case_ask *ask,
                                 struct ptn_arena *arena, struct ptn_case_doing *doing,
                                 struct ptn_case_judging *judging)
{
    struct ptn_bytes *payloads = NULL;
    struct ptn_case_step *steps = NULL;
    struct ptn_record_id of;
    struct ptn_status status = { PTN_C_BAD_INPUT };

    *judging = (struct ptn_case_judging){ .book = &node->cases->book, .who = who, .ask = ask };
    doing->node = node;
    doing->refusal = PTN_CASE_NOT_ALLOWED;
    if (!ptn_cases_may(who))
        return status;
    doing->refusal = PTN_CASE_UNKNOWN;
    if (!ptn_ok(ptn_record_id_parse(id, &of, NULL)))
        return status;
    status = enter(node, of, arena, &judging->one, &payloads);
    if (!ptn_ok(status))
        return status;
    status = ptn_cases_parse(payloads, judging->one.step_count, arena, &steps);
    judging->steps = steps;
    judging->count = judging->one.step_count;
    judging->kind = ptn_bytes_from_text(ptn_referral_kind_word(judging->one.line.kind));
    memcpy(doing->lane, judging->one.line.lane, sizeof(doing->lane));
    doing->step.id = step_id(node, who, id, ask->key);
    if (ptn_ok(status)) {
        if (!again(judging, doing))
            doing->refusal = judge(judging);
        status.code = doing->refusal == PTN_CASE_ACCEPTED ? PTN_C_OK : PTN_C_BAD_INPUT;
    }
    if (!ptn_ok(status) || doing->again)
        ptn_case_let_go(node, of);
    return status;
}

struct ptn_status ptn_cases_do(struct ptn_node *node, const struct ptn_lane_who *who,
                               struct ptn_bytes id, const struct ptn_case_ask *ask,
                               struct ptn_arena *arena, struct ptn_case_doing *doing)
{
    struct ptn_case_judging judging;
    struct ptn_status status;

    PTN_PRE(doing->done != NULL);

    status = ptn_case_begin(node, who, id, ask, arena, doing, &judging);
    if (!ptn_ok(status))
        return status;
    if (doing->again) {
        ptn_case_again(doing);
        return PTN_OK;
    }
    return ptn_case_write(&judging, arena, doing);
}
