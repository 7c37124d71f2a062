/* node/late.c -- matches that were missed, for the people of a post: see again.h. */
#include "node/again.h"
#include "node/cases_int.h"
#include "node/node_int.h"
#include "record/access.h"

/* What is known of one, and its record. */
struct late {
    struct ptn_record_id id, crossing;
    bool discreet;
    bool busy; /* its case is on its way to the disk */
    size_t len;
    uint8_t *payload; /* Owned */
};

struct ptn_late_memory {
    struct late at[PTN_LATE_MAX]; /* a ring */
    size_t count;                 /* ever */
};

static void forget(struct late *late)
{
    if (late->payload != NULL)
        explicit_bzero(late->payload, late->len);
    free(late->payload);
    *late = (struct late){ .payload = NULL };
}

void ptn_late_close(struct ptn_node *node)
{
    for (size_t i = 0; node->late != NULL && i < PTN_LATE_MAX; i++)
        forget(&node->late->at[i]);
    free(node->late);
    node->late = NULL;
}

static size_t kept(const struct ptn_late_memory *late)
{
    if (late == NULL)
        return 0;
    return late->count < PTN_LATE_MAX ? late->count : PTN_LATE_MAX;
}

/* The i-th, the newest first. */
static struct late *nth(struct ptn_late_memory *late, size_t i)
{
    return &late->at[(late->count - 1 - i) % PTN_LATE_MAX];
}

void ptn_late_learn(struct ptn_node *node, struct ptn_bytes payload)
{
    struct ptn_screened_again found;
    struct late late = { .len = payload.len };

    if (!ptn_ok(ptn_screened_again_parse(payload, &found, NULL)))
        return;
    late.id = found.id;
    late.crossing = found.crossing;
    late.discreet = found.discreet;
    late.payload = malloc(payload.len + 1);
    if (late.payload == NULL)
        return;
    memcpy(late.payload, payload.at, payload.len);
    ptn_node_lock(node);
    if (node->late == NULL)
        node->late = calloc(1, sizeof(*node->late));
    if (node->late != NULL) {
        struct late *place = &node->late->at[node->late->count++ % PTN_LATE_MAX];

        forget(place);
        *place = late;
        late.payload = NULL;
    }
    ptn_node_unlock(node);
    free(late.payload);
}

static bool may_see(const struct late *late, const struct ptn_officer *officer)
{
    return !late->discreet || officer->discreet;
}

static bool may(const struct ptn_lane_who *who)
{
    return who->officer->role == PTN_STAFF_SECOND || who->officer->role == PTN_STAFF_SUPERVISOR;
}

struct ptn_late_count ptn_late_count(struct ptn_node *node, const struct ptn_officer *officer)
{
    struct ptn_late_count count = { 0 };

    ptn_node_lock(node);
    for (size_t i = 0; i < kept(node->late); i++) {
        const struct late *late = nth(node->late, i);

        if (!may_see(late, officer))
            continue;
        count.found++;
        count.open +=
            !late->discreet && ptn_cases_find(node->cases, late->crossing) == NULL ? 1 : 0;
    }
    ptn_node_unlock(node);
    return count;
}

/* ---- looking ---- */

static void looked(struct ptn_writer_request *request)
{
    struct ptn_late_look *look = request->context;

    look->done(look);
}

/* Into the arena. Under the lock. False: no memory. */
static bool copy(struct ptn_node *node, const struct late *late, struct ptn_arena *arena,
                 struct ptn_late_row *row)
{
    const char *payload = ptn_arena_text(arena, ptn_bytes_of(late->payload, late->len));

    row->second_line = ptn_cases_word(node->cases, late->crossing);
    return payload != NULL &&
           ptn_ok(ptn_screened_again_parse(ptn_bytes_of(payload, late->len), &row->found, NULL));
}

struct ptn_status ptn_late_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                struct ptn_arena *arena, struct ptn_late_look *look)
{
    bool whole = true;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    PTN_PRE(look->done != NULL);
    look->refusal = PTN_CASE_NOT_ALLOWED;
    if (!may(who))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    look->refusal = PTN_CASE_ACCEPTED;
    look->count = 0;
    look->rows = ptn_arena_take(arena, PTN_LATE_MAX * sizeof(*look->rows));
    if (look->rows == NULL)
        return status;
    ptn_node_lock(node);
    for (size_t i = 0; whole && i < kept(node->late); i++)
        if (may_see(nth(node->late, i), who->officer))
            whole = copy(node, nth(node->late, i), arena, &look->rows[look->count++]);
    ptn_node_unlock(node);
    look->write = (struct ptn_writer_request){ .done = looked, .context = look };
    if (whole) {
        const struct ptn_access access = { .purpose = PTN_PURPOSE_SECOND_LINE,
                                           .shown = look->count };

        status = ptn_node_put_look(node, who, &access, arena, &look->write);
    }
    if (ptn_ok(status))
        ptn_writer_submit(node, &look->write);
    return status;
}

/* ---- a case of it ---- */

static struct late *find(struct ptn_node *node, struct ptn_record_id id)
{
    for (size_t i = 0; i < kept(node->late); i++)
        if (ptn_record_id_equal(nth(node->late, i)->id, id))
            return nth(node->late, i);
    return NULL;
}

static void referred(struct ptn_writer_request *request)
{
    struct ptn_late_referral *referral = request->context;
    struct ptn_node *node = referral->node;

    ptn_node_lock(node);
    for (size_t i = 0; i < kept(node->late); i++)
        if (ptn_record_id_equal(nth(node->late, i)->crossing, referral->of))
            nth(node->late, i)->busy = false;
    if (ptn_ok(request->status)) /* without room for it now, the next start learns it */
        (void)ptn_ok(ptn_cases_learn(node, request->records[0].payload, request->seq));
    ptn_node_unlock(node);
    referral->done(referral);
}

/* What may be referred, marked and copied; or why not. */
static enum ptn_case_refusal take(struct ptn_node *node, const struct ptn_lane_who *who,
                                  struct ptn_record_id id, struct ptn_arena *arena,
                                  struct ptn_late_row *row)
{
    enum ptn_case_refusal refusal = PTN_CASE_ACCEPTED;
    struct late *late;

    ptn_node_lock(node);
    late = find(node, id);
    if (late == NULL || !may_see(late, who->officer))
        refusal = PTN_CASE_UNKNOWN;
    else if (late->discreet)
        refusal = PTN_CASE_NO_SUCH_STEP;
    else if (late->busy || ptn_cases_find(node->cases, late->crossing) != NULL)
        refusal = PTN_CASE_STILL_OPEN;
    else if (copy(node, late, arena, row))
        late->busy = true;
    else
        refusal = PTN_CASE_FULL;
    ptn_node_unlock(node);
    return refusal;
}

static void let_go(struct ptn_node *node, struct ptn_record_id id)
{
    struct late *late;

    ptn_node_lock(node);
    late = find(node, id);
    if (late != NULL)
        late->busy = false;
    ptn_node_unlock(node);
}

static struct ptn_status write_case(struct ptn_node *node, const struct ptn_lane_who *who,
                                    const struct ptn_screened_again *found, struct ptn_arena *arena,
                                    struct ptn_writer_request *write)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    const struct ptn_decision_match match = { .list = found->list,
                                              .entry = found->entry,
                                              .score = found->score };
    const struct ptn_bytes rule = ptn_bytes_from_text(PTN_CASE_RULE_LATE);
    struct ptn_case_step step = {
        .of = found->crossing,
        .time_ms = node->world->now_ms(node->world->context),
        .act = PTN_CASE_OPENED,
        .post = ptn_bytes_from_text(node->plan.code),
        .lane = ptn_bytes_from_text(who->lane),
        .officer = ptn_bytes_from_text(who->officer->user),
        .kind = PTN_REFERRAL_MATCH,
        .urgency = PTN_CASE_AT_ONCE,
        .direction = found->direction,
        .person = found->person,
        .rules = &rule,
        .rule_count = 1,
        .matches = &match,
        .match_count = 1,
    };

    node->world->random(node->world->context, step.id.at, sizeof(step.id.at));
    return ptn_node_put(write, PTN_RECORD_CASE, ptn_case_step_write(&step, &out), &out, arena);
}

struct ptn_status ptn_late_refer(struct ptn_node *node, const struct ptn_lane_who *who,
                                 struct ptn_bytes id, struct ptn_arena *arena,
                                 struct ptn_late_referral *referral)
{
    struct ptn_late_row row;
    struct ptn_record_id of;
    struct ptn_status status;

    PTN_PRE(referral->done != NULL);
    referral->node = node;
    referral->refusal = PTN_CASE_NOT_ALLOWED;
    if (!may(who))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    referral->refusal = PTN_CASE_UNKNOWN;
    if (!ptn_ok(ptn_record_id_parse(id, &of, NULL)))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    referral->refusal = take(node, who, of, arena, &row);
    if (referral->refusal == PTN_CASE_FULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    if (referral->refusal != PTN_CASE_ACCEPTED)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    referral->of = row.found.crossing;
    referral->write = (struct ptn_writer_request){ .done = referred, .context = referral };
    status = write_case(node, who, &row.found, arena, &referral->write);
    if (ptn_ok(status))
        ptn_writer_submit(node, &referral->write);
    else
        let_go(node, of);
    return status;
}
