#include "node/apply_int.h"
#include "node/calls_int.h"
#include "node/cases_int.h"

#include "node/country.h"
#include "node/idle_int.h"
#include "node/past_int.h"
#include "node/permits_int.h"
#include "node/returning.h"
#include "node/staff_int.h"
#include "node/stays_rows_int.h"
#include "node/trip_int.h"
#include "record/access.h"
#include "record/notice.h"

#define VERSION "0.1.0"
#define TIDY_US                                                                                    \
    (INT64_C(2) * 1000000) /* nothing to write for so long, and TIDY_TURNS were written */
#define TIDY_TURNS  64u    /* an append after a tidy costs one more fsync */
#define TIDY_MAX_US (INT64_C(60) * 1000000) /* or this long, however few there were */
#define DAY_MS      (INT64_C(86400) * 1000)
#define MARK_FILE   "running"

struct ptn_status ptn_node_path(char path[PTN_NODE_PATH_MAX], const char *dir, const char *name)
{
    int len = snprintf(path, PTN_NODE_PATH_MAX, "%s/%s", dir, name);

    return (struct ptn_status){ len < 0 || (size_t)len >= PTN_NODE_PATH_MAX ? PTN_C_TOO_BIG
                                                                            : PTN_C_OK };
}

void ptn_node_lock(struct ptn_node *node)
{
    if (node->seams.lock != NULL)
        node->seams.lock(node->seams.context);
}

void ptn_node_unlock(struct ptn_node *node)
{
    if (node->seams.unlock != NULL)
        node->seams.unlock(node->seams.context);
}

/* ---- making ---- */

static struct ptn_status make_dir(const struct ptn_world *world, const char *dir, const char *name)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, dir, name);

    return ptn_ok(status) ? world->files->make_dir(world->context, path) : status;
}

static struct ptn_status put_file(const struct ptn_world *world, const char *dir, const char *name,
                                  struct ptn_bytes bytes)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, dir, name);

    return ptn_ok(status) ? world->files->replace(world->context, path, bytes) : status;
}

/* node.conf's bytes, checked by reading them back. */
static struct ptn_status write_plan(const struct ptn_node_plan *plan, struct ptn_buffer *conf,
                                    struct ptn_diag *reterr)
{
    struct ptn_node_plan again;
    struct ptn_status status = ptn_node_plan_write(plan, conf);

    return ptn_ok(status) ? ptn_node_plan_parse(ptn_buffer_bytes(conf), &again, reterr) : status;
}

struct ptn_status ptn_node_make(const struct ptn_world *world, const char *dir,
                                const struct ptn_node_plan *plan, struct ptn_bytes snapshot,
                                struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = PTN_NODE_CONF_MAX };
    struct ptn_vault *vault = NULL;
    char origin[PTN_NODE_ORIGIN_MAX + 1];
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = write_plan(plan, &conf, reterr);

    if (ptn_ok(status))
        status = ptn_node_path(path, dir, "node.conf");
    if (ptn_ok(status) && world->files->exists(world->context, path))
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder already holds a node");
    if (ptn_ok(status))
        status = world->files->make_dir(world->context, dir);
    if (ptn_ok(status))
        status = make_dir(world, dir, "copies");
    if (ptn_ok(status) && plan->role == PTN_NODE_POST)
        status = make_dir(world, dir, "lists");
    if (ptn_ok(status) && plan->role == PTN_NODE_POST)
        status = make_dir(world, dir, "rules");
    if (ptn_ok(status))
        status = ptn_vault_create(world, dir, reterr);
    if (ptn_ok(status))
        status = ptn_vault_open(world, dir, &vault, reterr);
    if (plan->origin[0] != '\0')
        (void)snprintf(origin, sizeof(origin), "%s", plan->origin);
    else
        (void)snprintf(origin, sizeof(origin), "postern.example/%s", plan->code);
    if (ptn_ok(status))
        status = ptn_ledger_create(world, vault, dir, origin, reterr);
    if (ptn_ok(status) && snapshot.len > 0)
        status = put_file(world, dir, PTN_NODE_LISTS_FILE, snapshot);
    if (ptn_ok(status)) /* last: with it the folder is a node */
        status = put_file(world, dir, "node.conf", ptn_buffer_bytes(&conf));
    ptn_vault_close(vault);
    ptn_buffer_release(&conf);
    return status;
}

/* ---- records of the node's own ---- */

/* A request of the node's own, with its payload behind it. */
struct own_request {
    struct ptn_writer_request request;
    uint8_t payload[];
};

static void own_done(struct ptn_writer_request *request)
{
    free(request->context);
}

void ptn_node_note(struct ptn_node *node, enum ptn_record_kind kind, struct ptn_bytes payload)
{
    struct own_request *own = malloc(sizeof(*own) + payload.len);

    if (own == NULL)
        return;
    if (payload.len > 0)
        memcpy(own->payload, payload.at, payload.len);
    own->request = (struct ptn_writer_request){
        .record_count = 1,
        .done = own_done,
        .context = own,
    };
    own->request.records[0] = (struct ptn_writer_record){
        .kind = kind,
        .retention = ptn_record_retention(kind),
        .payload = ptn_bytes_of(own->payload, payload.len),
    };
    ptn_writer_submit(node, &own->request);
}

/* ---- learning from the ledger ---- */

void ptn_node_name_write(const struct ptn_person *person, char text[PTN_LANE_LINE_MAX + 1])
{
    const struct ptn_bytes parts[] = { person->surname, person->given, person->name };
    bool split = person->surname.len > 0 && person->given.len > 0; /* "SURNAME, GIVEN" */
    size_t len = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t take = parts[i].len;

        if (take == 0)
            continue;
        if (i == 1 && split && len < PTN_LANE_LINE_MAX)
            text[len++] = ',';
        if (len > 0 && len < PTN_LANE_LINE_MAX)
            text[len++] = ' ';
        if (take > PTN_LANE_LINE_MAX - len)
            take = PTN_LANE_LINE_MAX - len;
        while (take < parts[i].len && take > 0 && (parts[i].at[take] & 0xc0) == 0x80)
            take--;
        memcpy(text + len, parts[i].at, take);
        len += take;
    }
    text[len] = '\0';
}

static void text_copy(char *at, size_t size, struct ptn_bytes text)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;

    if (len > 0)
        memcpy(at, text.at, len);
    at[len] = '\0';
}

static void add_line(struct ptn_node *node, const struct ptn_crossing *crossing, bool report,
                     uint64_t seq)
{
    struct ptn_line_slot *line = &node->lines[node->line_count % PTN_NODE_LINES_MAX];

    *line = (struct ptn_line_slot){
        .id = crossing->id,
        .scan = crossing->advice,
        .direction = crossing->direction,
        .outcome = crossing->outcome,
        .report = report,
        .time_ms = crossing->time_ms,
        .seq = seq,
    };
    text_copy(line->lane, sizeof(line->lane), crossing->lane);
    ptn_node_name_write(&crossing->person, line->name);
    node->line_count++;
}

struct ptn_status ptn_node_learn(struct ptn_node *node, const struct ptn_crossing *crossing,
                                 bool report, uint64_t seq, int64_t time_ms)
{
    struct ptn_history_event event = {
        .day = ptn_date_to_days(crossing->date),
        .move = crossing->direction == PTN_DIRECTION_EXIT ? PTN_STAY_EXIT : PTN_STAY_ENTRY,
        .exempt = crossing->exempt,
        .written = (int32_t)(time_ms / DAY_MS),
        .index = seq,
    };

    if (crossing->imported.len == 0) { /* else no lane of this post made it */
        add_line(node, crossing, report, seq);
        ptn_shift_learn_crossing(node, crossing);
    }
    if (seq < node->known_size || ptn_past_covers(&node->past, event.written, seq))
        return PTN_OK; /* its stay came out of the file of known stays, or was forgotten */
    /* sent to the second line, or refused, is not across the border */
    if (crossing->outcome == PTN_OUTCOME_REFERRED || crossing->outcome == PTN_OUTCOME_REFUSED ||
        !ptn_history_key(&crossing->person, event.key))
        return PTN_OK;
    {
        struct ptn_status status = ptn_history_add(&node->history, &event);

        if (!ptn_ok(status))
            node->learnt = false; /* no file may say that it knows this one */
        return status;
    }
}

struct ptn_line_slot *ptn_node_line_find(struct ptn_node *node, struct ptn_record_id id)
{
    size_t kept = node->line_count < PTN_NODE_LINES_MAX ? node->line_count : PTN_NODE_LINES_MAX;

    for (size_t i = 1; i <= kept; i++) {
        struct ptn_line_slot *line = &node->lines[(node->line_count - i) % PTN_NODE_LINES_MAX];

        if (ptn_record_id_equal(line->id, id))
            return line;
    }
    return NULL;
}

/* ---- opening ---- */

static struct ptn_status read_plan(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_buffer conf = { .len_max = PTN_NODE_CONF_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, node->dir, "node.conf");

    if (ptn_ok(status))
        status = node->world->files->read(node->world->context, path, &conf);
    if (status.code == PTN_C_NOT_FOUND)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "the folder holds no node");
    if (ptn_ok(status))
        status = ptn_node_plan_parse(ptn_buffer_bytes(&conf), &node->plan, reterr);
    ptn_buffer_release(&conf);
    return status;
}

/* Say in the ledger that the node runs, and that it left the mark of a run that did not end in
 * order. */
static void note_start(struct ptn_node *node)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_node_started started = {
        .time_ms = node->world->now_ms(node->world->context),
        .post = ptn_bytes_from_text(node->plan.code),
        .name = ptn_bytes_from_text(node->plan.name),
        .program = PTN_BYTES_LITERAL(VERSION),
        .locked = node->locked,
    };
    char path[PTN_NODE_PATH_MAX];

    if (ptn_ok(ptn_node_path(path, node->dir, MARK_FILE)))
        started.after_crash = node->world->files->exists(node->world->context, path);
    if (ptn_ok(ptn_node_started_write(&started, &out)))
        ptn_node_note(node, PTN_RECORD_NODE_STARTED, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
    /* a disk too full for the mark is no reason not to screen */
    (void)ptn_ok(put_file(node->world, node->dir, MARK_FILE, PTN_BYTES_NONE));
}

static struct ptn_status open_parts(struct ptn_node *node, struct ptn_diag *reterr)
{
    const struct ptn_world *world = node->world;
    struct ptn_status status = world->files->lock(world->context, node->dir, &node->folder_lock);

    if (status.code == PTN_C_BUSY)
        return ptn_fail(PTN_C_BUSY, reterr, 0, "another process runs this node");
    if (ptn_ok(status))
        status = ptn_vault_open_to_sign(world, node->dir, &node->vault, reterr);
    if (ptn_ok(status))
        node->locked = ptn_vault_locked(node->vault);
    if (ptn_ok(status))
        status = ptn_ledger_open(world, node->vault, node->dir, &node->ledger, reterr);
    if (ptn_ok(status) && ptn_ledger_state(node->ledger) == PTN_LEDGER_RETIRED)
        node->recording = PTN_RECORDING_GONE_BACK; /* FOLLOW-5 */
    if (ptn_ok(status))
        status = ptn_country_seal(world, node->dir, node->ledger, reterr);
    if (ptn_ok(status))
        status = ptn_forget_open(node);
    if (ptn_ok(status))
        status = ptn_node_rules_open(node, reterr);
    if (ptn_ok(status))
        status = ptn_staff_open(node, reterr);
    if (ptn_ok(status))
        status = ptn_apply_open(node, reterr);
    if (ptn_ok(status))
        status = ptn_trips_open(node);
    if (ptn_ok(status))
        status = ptn_node_arrivals_open(node);
    if (ptn_ok(status))
        status = ptn_cases_open(node, reterr);
    if (ptn_ok(status))
        status = ptn_node_learn_all(node, reterr);
    if (ptn_ok(status) && !node->locked)
        status = ptn_staffing_begin(node->staffing);
    if (ptn_ok(status))
        status = ptn_apply_begin(node, reterr);
    if (!ptn_ok(status))
        return status;
    note_start(node);
    if (node->locked) /* nobody is screened: no list is taken into use */
        return PTN_OK;
    /* lists that cannot be used stop nobody from screening (POST-3): the standing says so */
    status = ptn_node_reload(node, reterr);
    return status.code == PTN_C_NO_MEMORY ? status : PTN_OK;
}

struct ptn_status ptn_node_open(const struct ptn_world *world, const char *dir,
                                const struct ptn_node_seams *seams, struct ptn_node **ret_node,
                                struct ptn_diag *reterr)
{
    struct ptn_node *node = calloc(1, sizeof(*node));
    int len;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (node == NULL)
        return status;
    node->world = world;
    node->folder_lock = -1;
    node->last = &node->first;
    node->reading_last = &node->reading;
    node->own_last = &node->own;
    if (seams != NULL)
        node->seams = *seams;
    node->scans = calloc(PTN_NODE_SCANS_MAX, sizeof(*node->scans));
    node->lines = calloc(PTN_NODE_LINES_MAX, sizeof(*node->lines));
    node->paper = ptn_paper_new();
    node->days = ptn_paper_days_new();
    node->shift = ptn_shift_memory_new();
    node->idle = ptn_idle_new();
    len = snprintf(node->dir, sizeof(node->dir), "%s", dir);
    if (len < 0 || (size_t)len >= sizeof(node->dir))
        status = ptn_fail(PTN_C_TOO_BIG, reterr, 0, "the folder's name is too long");
    else if (node->scans != NULL && node->lines != NULL && node->paper != NULL &&
             node->days != NULL && node->shift != NULL && node->idle != NULL)
        status = read_plan(node, reterr);
    if (ptn_ok(status) && node->plan.role != PTN_NODE_POST)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the folder holds a node that is no post");
    if (ptn_ok(status))
        status = open_parts(node, reterr);
    if (!ptn_ok(status)) {
        ptn_node_close(node);
        return status;
    }
    *ret_node = node;
    return PTN_OK;
}

/* Answer what still waits, so that nobody waits for ever. */
static void refuse_waiting(struct ptn_node *node)
{
    struct ptn_writer_request *waiting;

    ptn_node_lock(node);
    node->closing = true;
    waiting = node->first;
    node->first = NULL;
    node->last = &node->first;
    ptn_node_unlock(node);
    while (waiting != NULL) {
        struct ptn_writer_request *next = waiting->next;

        waiting->done(waiting);
        waiting = next;
    }
    if (node->cases != NULL)
        ptn_cases_read_none(node);
    ptn_kept_turn(node, /* all= */ true);
}

void ptn_node_close(struct ptn_node *node)
{
    char path[PTN_NODE_PATH_MAX];

    if (node == NULL)
        return;
    refuse_waiting(node);
    ptn_node_lists_leave(node, node->lists);
    ptn_publishing_close(node);
    ptn_late_close(node);
    ptn_known_save(node);
    ptn_node_rules_close(node);
    if (node->ledger != NULL && node->recording != PTN_RECORDING_STOPPED &&
        ptn_ok(ptn_node_path(path, node->dir, MARK_FILE)))
        (void)ptn_ok(node->world->files->remove(node->world->context, path));
    ptn_apply_close(node);
    ptn_node_arrivals_close(node);
    ptn_calls_close_all(node);
    ptn_cases_close(node);
    ptn_permits_free(node->permits);
    ptn_trips_close(node);
    ptn_ledger_close(node->ledger);
    ptn_vault_close(node->vault);
    ptn_conditions_free(node->conditions);
    ptn_forget_close(node);
    ptn_history_release(&node->history);
    ptn_past_release(&node->past);
    free(node->paper_at);
    ptn_paper_free(node->paper);
    ptn_paper_days_free(node->days);
    ptn_shift_memory_free(node->shift);
    ptn_idle_free(node->idle);
    for (size_t i = 0; node->scans != NULL && i < PTN_NODE_SCANS_MAX; i++) {
        free(node->scans[i].person);
        free(node->scans[i].decision);
    }
    free(node->scans);
    free(node->lines);
    ptn_staff_close(node);
    if (node->folder_lock >= 0)
        node->world->files->unlock(node->world->context, node->folder_lock);
    free(node);
}

/* ---- running ---- */

const char *const ptn_node_sealed[PTN_NODE_SEALED_COUNT] = { PTN_STAFF_FILE, PTN_DECOYS_FILE };

bool ptn_node_locked(const struct ptn_node *node)
{
    return node->locked;
}

const struct ptn_node_plan *ptn_node_plan_of(const struct ptn_node *node)
{
    return &node->plan;
}

const struct ptn_world *ptn_node_world(const struct ptn_node *node)
{
    return node->world;
}

bool ptn_node_step(struct ptn_node *node)
{
    int64_t now_us = node->world->monotonic_us(node->world->context);
    bool read;

    ptn_apply_turn(node);
    ptn_node_arrivals_turn(node);
    ptn_kept_turn(node, /* all= */ false);
    ptn_node_registers_turn(node);
    ptn_node_recheck_turn(node);
    read = ptn_cases_read_turn(node);
    if (ptn_writer_turn(node) > 0) {
        node->written_us = now_us;
        node->untidy_turns++;
        return true;
    }
    if (read)
        return true;
    if (node->untidy_turns > 0 &&
        now_us - node->written_us > (node->untidy_turns >= TIDY_TURNS ? TIDY_US : TIDY_MAX_US)) {
        node->untidy_turns = 0;
        (void)ptn_ok(
            ptn_ledger_tidy(node->ledger, NULL)); /* its failure shows at the next append */
        ptn_known_tidy(node);
    }
    ptn_forget_turn(node);
    return false;
}

uint64_t ptn_node_ledger_size(struct ptn_node *node)
{
    uint64_t size;

    ptn_node_lock(node);
    size = node->ledger_size;
    ptn_node_unlock(node);
    return size;
}

enum ptn_recording ptn_node_recording(struct ptn_node *node)
{
    enum ptn_recording recording;

    ptn_node_lock(node);
    recording = node->recording;
    ptn_node_unlock(node);
    return recording;
}

struct ptn_status ptn_node_standing(struct ptn_node *node, struct ptn_arena *arena,
                                    struct ptn_node_standing *ret_standing)
{
    struct ptn_node_standing standing = { .ledger = ptn_ledger_origin(node->ledger) };
    const struct ptn_apply_standing orders = ptn_apply_standing(node);
    int64_t now_ms = node->world->now_ms(node->world->context);
    struct ptn_node_lists *lists = ptn_node_lists_enter(node);
    size_t count = lists == NULL ? 0 : ptn_snapshot_info(lists->snapshot).list_count;
    struct ptn_overlay *overlay = ptn_node_overlay_enter(node);
    struct ptn_shift_idle idle[PTN_SHIFT_IDLE_MAX];
    size_t published = ptn_overlay_list_count(overlay);
    struct ptn_status status = PTN_OK;

    standing.rung = ptn_rung_word(orders.entry > orders.exit ? orders.entry : orders.exit);
    standing.rung_entry = ptn_rung_word(orders.entry);
    standing.rung_exit = ptn_rung_word(orders.exit);
    standing.cause = ptn_cause_word(orders.cause);
    standing.rung_since_ms = orders.since_ms;
    ptn_node_lock(node);
    standing.recording = node->recording;
    standing.ledger_size = node->ledger_size;
    standing.readers_lacking = node->lack.other_month + node->lack.left_out +
                               (node->lack.alone ? 1 : 0) + (node->lack.unkept ? 1 : 0);
    standing.lists_state = ptn_node_lists_state_locked(node);
    standing.lists_found = atomic_load(&node->lists_found);
    standing.rules_state = node->own_files[PTN_OWN_RULES].state;
    standing.conditions_state = node->own_files[PTN_OWN_CONDITIONS].state;
    standing.records_since = ptn_records_first(&node->since);
    standing.records_why = node->since.why;
    standing.idle_looks = ptn_idle_over(node->idle, now_ms, idle);
    if (node->published_stays != NULL)
        standing.stays_until_ms = ptn_stays_table_said(node->published_stays).until_ms;
    ptn_node_unlock(node);
    ptn_node_kept_standing(node, &standing.kept);
    standing.fold_refused = atomic_load(&node->fold_refused);
    standing.lists = ptn_arena_take(arena, (count + published + 1) * sizeof(*standing.lists));
    if (standing.lists == NULL)
        status = (struct ptn_status){ PTN_C_NO_MEMORY };
    for (size_t i = 0; ptn_ok(status) && i < count + published; i++) {
        struct ptn_snapshot_list list = i < count ? ptn_snapshot_list(lists->snapshot, i)
                                                  : ptn_overlay_list(overlay, i - count);
        struct ptn_node_list *to = &standing.lists[standing.list_count++];

        to->list = list.name;
        to->edition = list.edition;
        to->list.at = (const uint8_t *)ptn_arena_text(arena, list.name);
        to->edition.at = (const uint8_t *)ptn_arena_text(arena, list.edition);
        to->age_s = (now_ms - list.edition_ms) / 1000;
        for (size_t kind = 0; kind < PTN_ENTRY_KIND_COUNT; kind++)
            to->entries += list.entries[kind];
        if (to->list.at == NULL || to->edition.at == NULL)
            status = (struct ptn_status){ PTN_C_NO_MEMORY };
    }
    ptn_node_lists_leave(node, lists);
    ptn_overlay_release(overlay);
    if (ptn_ok(status))
        status = ptn_node_heightened(node, now_ms, arena, &standing);
    if (ptn_ok(status))
        *ret_standing = standing;
    return status;
}
