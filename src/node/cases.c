/*
 * node/cases.c -- cases in memory: learnt step by step, from the ledger or as they are written, and
 * shown. What may be done with one is in cases_do.c.
 */
#include "node/cases_int.h"

#include <inttypes.h>

#define LEARN_ARENA ((size_t)1 << 20)

const char *ptn_case_state_word(enum ptn_case_state state)
{
    switch (state) {
    case PTN_CASE_WAITS:
        return "waiting";
    case PTN_CASE_IS_TAKEN:
        return "taken";
    case PTN_CASE_IS_ENDED:
        break;
    }
    return "ended";
}

/* ---- the files ---- */

/* Every kind, urgency and outcome the files name must be one: a slip of the pen is found at start,
 * not beside a traveller. */
static struct ptn_status check_words(const struct ptn_casebook *book, struct ptn_diag *reterr)
{
    bool good = true;

    for (size_t i = 0; i < book->point_count; i++)
        good = good && ptn_referral_kind_from_word(book->points[i].kind) != PTN_REFERRAL_NONE;
    for (size_t i = 0; i < book->end_count; i++) {
        const struct ptn_casebook_end *end = &book->ends[i];
        enum ptn_case_outcome outcome = ptn_case_outcome_from_word(end->outcome);

        good = good && ptn_referral_kind_from_word(end->kind) != PTN_REFERRAL_NONE &&
               outcome != PTN_CASE_NO_OUTCOME &&
               (outcome != PTN_CASE_REFUSED || end->people == PTN_CASEBOOK_PEOPLE_MAX);
    }
    for (size_t i = 0; i < book->urgency_count; i++)
        good = good && ptn_referral_kind_from_word(book->urgencies[i].kind) != PTN_REFERRAL_NONE &&
               ptn_case_urgency_from_word(book->urgencies[i].urgency) != 0;
    return good ? PTN_OK
                : ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                           "checklists.tsv names a kind, urgency or outcome that there is not, or "
                           "lets one person refuse");
}

struct ptn_status ptn_cases_open(struct ptn_node *node, struct ptn_diag *reterr)
{
    const struct ptn_files *files = node->world->files;
    struct ptn_cases *cases = calloc(1, sizeof(*cases));
    struct ptn_status status = PTN_OK;

    if (cases == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    node->cases = cases;
    cases->arena = ptn_arena_new(LEARN_ARENA);
    cases->cleared = calloc(PTN_CLEARED_MAX, sizeof(*cases->cleared));
    if (cases->arena == NULL || cases->cleared == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (unsigned i = 0; ptn_ok(status) && i < PTN_CASEBOOK_FILE_COUNT; i++) {
        struct ptn_buffer file = { .len_max = PTN_CASEBOOK_FILE_MAX };
        enum ptn_casebook_file which = (enum ptn_casebook_file)i;
        char name[64];
        char path[PTN_NODE_PATH_MAX];

        (void)snprintf(name, sizeof(name), "rules/%s", ptn_casebook_name(which));
        status = ptn_node_path(path, node->dir, name);
        if (ptn_ok(status) && files->exists(node->world->context, path))
            status = files->read(node->world->context, path, &file);
        if (ptn_ok(status))
            status = ptn_casebook_read(
                &cases->book, file.len > 0 ? ptn_buffer_bytes(&file) : ptn_casebook_shipped(which),
                reterr);
        ptn_buffer_release(&file);
    }
    return ptn_ok(status) ? check_words(&cases->book, reterr) : status;
}

static void free_case(struct ptn_case *one)
{
    for (size_t i = 0; i < one->step_count; i++)
        free(one->steps[i].payload);
    free(one->steps);
    free(one);
}

void ptn_cases_close(struct ptn_node *node)
{
    struct ptn_cases *cases = node->cases;

    if (cases == NULL)
        return;
    for (size_t i = 0; i < cases->count; i++)
        free_case(cases->at[i]);
    free(cases->at);
    free(cases->cleared);
    ptn_arena_free(cases->arena);
    ptn_casebook_release(&cases->book);
    free(cases);
    node->cases = NULL;
}

const struct ptn_casebook *ptn_cases_book(const struct ptn_node *node)
{
    return &node->cases->book;
}

/* ---- learning ---- */

static struct ptn_case *find(const struct ptn_cases *cases, struct ptn_record_id of)
{
    for (size_t i = cases->count; i > 0; i--)
        if (ptn_record_id_equal(cases->at[i - 1]->line.of, of))
            return cases->at[i - 1];
    return NULL;
}

struct ptn_case *ptn_cases_find(const struct ptn_cases *cases, struct ptn_record_id of)
{
    return find(cases, of);
}

const char *ptn_cases_word(const struct ptn_cases *cases, struct ptn_record_id of)
{
    const struct ptn_case *one = find(cases, of);

    if (one == NULL)
        return NULL;
    return one->line.outcome != PTN_CASE_NO_OUTCOME ? ptn_case_outcome_word(one->line.outcome)
                                                    : ptn_case_state_word(one->line.state);
}

static void take_out(struct ptn_node *node, size_t place)
{
    struct ptn_cases *cases = node->cases;
    struct ptn_case *one = cases->at[place];

    for (size_t i = 0; i < one->step_count; i++)
        ptn_known_forget(node, one->steps[i].seq);
    free_case(one);
    memmove(&cases->at[place], &cases->at[place + 1],
            (cases->count - place - 1) * sizeof(struct ptn_case *));
    cases->count--;
}

/* The one that ended first makes room when too many have. */
static void evict(struct ptn_node *node)
{
    struct ptn_cases *cases = node->cases;
    size_t oldest = cases->count;

    if (cases->count - cases->open_count <= PTN_CASES_ENDED_MAX)
        return;
    for (size_t i = 0; i < cases->count; i++)
        if (cases->at[i]->line.state == PTN_CASE_IS_ENDED && !cases->at[i]->busy &&
            (oldest == cases->count ||
             cases->at[i]->line.ended_ms < cases->at[oldest]->line.ended_ms))
            oldest = i;
    if (oldest < cases->count)
        take_out(node, oldest);
}

static struct ptn_status make_case(struct ptn_cases *cases, const struct ptn_case_step *step)
{
    struct ptn_case *one;

    if (find(cases, step->of) != NULL)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (cases->open_count == PTN_CASES_OPEN_MAX) {
        cases->lost++;
        return (struct ptn_status){ PTN_C_TOO_BIG };
    }
    if (cases->count == cases->room) {
        size_t room = cases->room == 0 ? 64 : cases->room * 2;
        struct ptn_case **at = realloc(cases->at, room * sizeof(struct ptn_case *));

        if (at == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        cases->at = at;
        cases->room = room;
    }
    one = calloc(1, sizeof(*one));
    if (one == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    one->line = (struct ptn_case_line){
        .of = step->of,
        .kind = step->kind,
        .urgency = step->urgency,
        .direction = step->direction,
        .advised = step->advised,
        .opened_ms = step->time_ms,
    };
    one->scan = step->scan;
    one->exempt = step->exempt;
    ptn_node_name_write(&step->person, one->line.name);
    (void)snprintf(one->line.lane, sizeof(one->line.lane), "%.*s", (int)step->lane.len,
                   step->lane.len == 0 ? "" : (const char *)step->lane.at);
    cases->at[cases->count++] = one;
    cases->open_count++;
    return PTN_OK;
}

static struct ptn_status keep_step(struct ptn_case *one, struct ptn_bytes payload, uint64_t seq)
{
    struct ptn_case_entry *steps;
    uint8_t *copy;

    steps = realloc(one->steps, (one->step_count + 1) * sizeof(*steps));
    if (steps == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    one->steps = steps;
    copy = malloc(payload.len);
    if (copy == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    memcpy(copy, payload.at, payload.len);
    one->steps[one->step_count].seq = seq;
    one->steps[one->step_count].len = payload.len;
    one->steps[one->step_count++].payload = copy;
    return PTN_OK;
}

/* The key of a person and an entry. False for a person without a document's number. */
static bool cleared_key(const struct ptn_person *person, struct ptn_bytes list,
                        struct ptn_bytes entry, uint8_t ret_key[PTN_NODE_ID_LEN])
{
    uint8_t who[PTN_NODE_ID_LEN] = { 0 };
    uint8_t digest[PTN_SHA256_LEN];
    const struct ptn_bytes parts[] = {
        PTN_BYTES_LITERAL("cleared\n"),
        ptn_bytes_of(who, sizeof(who)),
        list,
        PTN_BYTES_LITERAL("\n"),
        entry,
    };

    if (!ptn_history_key(person, who) ||
        !ptn_ok(ptn_sha256(parts, sizeof(parts) / sizeof(parts[0]), digest)))
        return false;
    memcpy(ret_key, digest, PTN_NODE_ID_LEN);
    return true;
}

static void learn_cleared(struct ptn_cases *cases, const struct ptn_case_step *step)
{
    struct ptn_cleared_row row = { .cleared = { .on = ptn_place_local_date(step->time_ms) } };

    if (!cleared_key(&step->person, step->list, step->entry, row.key))
        return;
    (void)snprintf(row.cleared.edition, sizeof(row.cleared.edition), "%.*s", (int)step->edition.len,
                   step->edition.len == 0 ? "" : (const char *)step->edition.at);
    cases->cleared[cases->cleared_count++ % PTN_CLEARED_MAX] = row;
}

/* What a step changes of its case. */
static void follow(struct ptn_cases *cases, struct ptn_case *one, const struct ptn_case_step *step)
{
    struct ptn_case_line *line = &one->line;

    switch (step->act) {
    case PTN_CASE_TAKEN:
        line->state = PTN_CASE_IS_TAKEN;
        (void)snprintf(line->taken_by, sizeof(line->taken_by), "%.*s", (int)step->officer.len,
                       (const char *)step->officer.at);
        break;
    case PTN_CASE_PASSED_ON:
        line->state = PTN_CASE_WAITS;
        line->taken_by[0] = '\0';
        break;
    case PTN_CASE_ENDED:
        line->state = PTN_CASE_IS_ENDED;
        line->outcome = step->outcome;
        line->ended_ms = step->time_ms;
        cases->open_count--;
        break;
    case PTN_CASE_REOPENED:
        line->state = PTN_CASE_WAITS;
        line->taken_by[0] = '\0';
        line->outcome = PTN_CASE_NO_OUTCOME;
        line->ended_ms = 0;
        cases->open_count++;
        break;
    case PTN_CASE_OPENED:
    case PTN_CASE_NOTED:
    case PTN_CASE_TICKED:
    case PTN_CASE_NOT_SAME:
    case PTN_CASE_ATTACHED:
        break;
    }
}

/* A step of a case that is not in memory: of its clearance the node still knows. */
static struct ptn_status without_case(struct ptn_node *node, const struct ptn_case_step *step,
                                      uint64_t seq)
{
    if (step->act != PTN_CASE_NOT_SAME)
        ptn_known_forget(node, seq);
    return PTN_OK;
}

struct ptn_status ptn_cases_learn(struct ptn_node *node, struct ptn_bytes payload, uint64_t seq)
{
    struct ptn_cases *cases = node->cases;
    struct ptn_case_step step;
    struct ptn_case *one;
    struct ptn_status status;

    ptn_arena_clear(cases->arena);
    status = ptn_case_step_parse(payload, cases->arena, &step, NULL);
    if (ptn_ok(status) && step.act == PTN_CASE_OPENED)
        status = make_case(cases, &step);
    if (!ptn_ok(status))
        return status;
    if (step.act == PTN_CASE_NOT_SAME)
        learn_cleared(cases, &step);
    one = find(cases, step.of);
    if (one == NULL)
        return without_case(node, &step, seq);
    if (step.act != PTN_CASE_REOPENED && step.act != PTN_CASE_ATTACHED &&
        one->line.state == PTN_CASE_IS_ENDED)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    if (step.act == PTN_CASE_REOPENED && one->line.state != PTN_CASE_IS_ENDED)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    status = keep_step(one, payload, seq);
    if (!ptn_ok(status)) {
        node->learnt = false; /* no file may say that it knows this one */
        return status;
    }
    follow(cases, one, &step);
    evict(node);
    return PTN_OK;
}

/* ---- looking ---- */

bool ptn_cases_may(const struct ptn_lane_who *who)
{
    return who->officer->role == PTN_STAFF_SECOND || who->officer->role == PTN_STAFF_SUPERVISOR;
}

/* The record of a look, in a request. of: one case; none: the queue. */
static struct ptn_status put_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                  struct ptn_record_id of, size_t shown, struct ptn_arena *arena,
                                  struct ptn_writer_request *write)
{
    const struct ptn_access look = { .purpose = PTN_PURPOSE_SECOND_LINE,
                                     .record = of,
                                     .shown = shown };

    return ptn_node_put_look(node, who, &look, arena, write);
}

/* Open ones by urgency and age, then ended ones, latest first. */
static int by_turn(const void *a, const void *b)
{
    const struct ptn_case_line *first = a;
    const struct ptn_case_line *second = b;
    bool first_over = first->state == PTN_CASE_IS_ENDED;
    bool second_over = second->state == PTN_CASE_IS_ENDED;

    if (first_over != second_over)
        return first_over ? 1 : -1;
    if (first_over)
        return first->ended_ms < second->ended_ms ? 1 : first->ended_ms > second->ended_ms ? -1 : 0;
    if (first->urgency != second->urgency)
        return first->urgency < second->urgency ? -1 : 1;
    return first->opened_ms < second->opened_ms ? -1 : first->opened_ms > second->opened_ms ? 1 : 0;
}

static void queue_done(struct ptn_writer_request *request)
{
    struct ptn_case_queue *queue = request->context;

    queue->done(queue);
}

struct ptn_status ptn_cases_queue(struct ptn_node *node, const struct ptn_lane_who *who,
                                  struct ptn_arena *arena, struct ptn_case_queue *queue)
{
    struct ptn_cases *cases = node->cases;
    static const struct ptn_record_id none = { { 0 } };
    struct ptn_status status;

    PTN_PRE(queue->done != NULL);

    queue->refusal = PTN_CASE_NOT_ALLOWED;
    if (!ptn_cases_may(who))
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    queue->refusal = PTN_CASE_ACCEPTED;
    ptn_node_lock(node);
    queue->lines = ptn_arena_take(arena, (cases->count + 1) * sizeof(*queue->lines));
    for (size_t i = 0; queue->lines != NULL && i < cases->count; i++)
        queue->lines[queue->count++] = cases->at[i]->line;
    queue->lost = cases->lost;
    ptn_node_unlock(node);
    if (queue->lines == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    qsort(queue->lines, queue->count, sizeof(*queue->lines), by_turn);
    queue->write = (struct ptn_writer_request){ .done = queue_done, .context = queue };
    status = put_look(node, who, none, queue->count, arena, &queue->write);
    if (ptn_ok(status))
        ptn_writer_submit(node, &queue->write);
    return status;
}

struct ptn_status ptn_cases_copy(const struct ptn_case *one, struct ptn_arena *arena,
                                 struct ptn_bytes **ret_payloads)
{
    struct ptn_bytes *payloads = ptn_arena_take(arena, (one->step_count + 1) * sizeof(*payloads));

    if (payloads == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; i < one->step_count; i++) {
        payloads[i] = ptn_bytes_of(one->steps[i].payload, one->steps[i].len);
        payloads[i].at = (const uint8_t *)ptn_arena_text(arena, payloads[i]);
        if (payloads[i].at == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    *ret_payloads = payloads;
    return PTN_OK;
}

struct ptn_status ptn_cases_parse(const struct ptn_bytes *payloads, size_t count,
                                  struct ptn_arena *arena, struct ptn_case_step **ret_steps)
{
    struct ptn_case_step *steps = ptn_arena_take(arena, (count + 1) * sizeof(*steps));
    struct ptn_status status = PTN_OK;

    if (steps == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && i < count; i++)
        status = ptn_case_step_parse(payloads[i], arena, &steps[i], NULL);
    if (ptn_ok(status))
        *ret_steps = steps;
    return (struct ptn_status){ ptn_ok(status) ? PTN_C_OK : PTN_C_NO_MEMORY };
}

static void look_done(struct ptn_writer_request *request)
{
    struct ptn_case_look *look = request->context;

    look->done(look);
}

struct ptn_status ptn_cases_look(struct ptn_node *node, const struct ptn_lane_who *who,
                                 struct ptn_bytes id, struct ptn_arena *arena,
                                 struct ptn_case_look *look)
{
    struct ptn_bytes *payloads = NULL;
    struct ptn_case_step *steps = NULL;
    struct ptn_record_id of;
    const struct ptn_case *one;
    struct ptn_status status = { PTN_C_BAD_INPUT };

    PTN_PRE(look->done != NULL);

    look->refusal = PTN_CASE_NOT_ALLOWED;
    if (!ptn_cases_may(who))
        return status;
    look->refusal = PTN_CASE_UNKNOWN;
    if (!ptn_ok(ptn_record_id_parse(id, &of, NULL)))
        return status;
    ptn_node_lock(node);
    one = find(node->cases, of);
    if (one != NULL) {
        look->line = one->line;
        look->count = one->step_count;
        status = ptn_cases_copy(one, arena, &payloads);
    }
    ptn_node_unlock(node);
    if (ptn_ok(status))
        status = ptn_cases_parse(payloads, look->count, arena, &steps);
    if (!ptn_ok(status))
        return status;
    look->refusal = PTN_CASE_ACCEPTED;
    look->steps = steps;
    look->write = (struct ptn_writer_request){ .done = look_done, .context = look };
    status = put_look(node, who, of, 1, arena, &look->write);
    if (ptn_ok(status))
        ptn_writer_submit(node, &look->write);
    return status;
}

/* ---- at the next scan ---- */

/* As a decision record has it: cut to a word's length, and never inside a letter. */
static struct ptn_bytes as_word(struct ptn_bytes text)
{
    size_t len = text.len < PTN_RECORD_WORD_MAX ? text.len : PTN_RECORD_WORD_MAX;

    while (len > 0 && len < text.len && (text.at[len] & 0xc0) == 0x80)
        len--;
    return ptn_bytes_slice(text, 0, len);
}

/* CASE-4: told beside a match, and asked for nothing else. */
struct ptn_cleared ptn_cases_cleared(struct ptn_node *node, const struct ptn_person *person,
                                     struct ptn_bytes list, struct ptn_bytes entry)
{
    const struct ptn_cases *cases = node->cases;
    struct ptn_cleared cleared = { .on = PTN_DATE_NONE };
    uint8_t key[PTN_NODE_ID_LEN];
    size_t kept;

    if (!cleared_key(person, as_word(list), as_word(entry), key))
        return cleared;
    ptn_node_lock(node);
    kept = cases->cleared_count < PTN_CLEARED_MAX ? cases->cleared_count : PTN_CLEARED_MAX;
    for (size_t i = 1; i <= kept; i++) {
        const struct ptn_cleared_row *row =
            &cases->cleared[(cases->cleared_count - i) % PTN_CLEARED_MAX];

        if (memcmp(row->key, key, sizeof(key)) == 0) {
            cleared = row->cleared;
            break;
        }
    }
    ptn_node_unlock(node);
    return cleared;
}
