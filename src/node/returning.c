/*
 * node/returning.c -- the facts of the gate, the stages of a return.
 *
 *   attack stands     --gate open, restore in force-->  canary
 *   canary, half      --advance in force-->             half, all
 *   any stage         --a further attack, a decoy-->    attack stands
 *
 * Orders are judged twice: first as if the gate were shut, so that what stands now, an order that
 * came a moment ago as well, says what the gate is about; then with what the gate came to.
 */
#include "node/returning_int.h"
#include "node/staff_int.h"

#include "vault/tls.h"

#define HELD_BEHIND_S 10 /* entries younger than this may be on their way to keepers */
#define CANARY_S      86400u
#define CANARY_DEMO_S 2u  /* a demonstration shows it; nobody waits a day */
#define DIGEST_LEN    16u /* bytes of a credential's digest that are written down */
#define DIGEST_LINE   (2u * DIGEST_LEN + 1u)

static int64_t now_of(const struct ptn_node *node)
{
    return node->world->now_ms(node->world->context);
}

static struct ptn_returning_state *state_of(const struct ptn_node *node)
{
    return node->apply->returning;
}

void ptn_returning_note(struct ptn_node *node, const struct ptn_stage_moved *moved)
{
    struct ptn_buffer out = { .len_max = PTN_RECORD_LEN_MAX };

    if (ptn_ok(ptn_stage_moved_write(moved, &out)))
        ptn_node_note(node, PTN_RECORD_STAGE, ptn_buffer_bytes(&out));
    ptn_buffer_release(&out);
}

/* ---- what must have changed ---- */

/* Append a line of hex for each password's hash. */
static struct ptn_status write_credentials(const struct ptn_node *node, struct ptn_buffer *out)
{
    struct ptn_status status = PTN_OK;

    for (size_t i = 0; ptn_ok(status) && i < node->staffing->table.count; i++) {
        struct ptn_bytes hash = ptn_bytes_from_text(node->staffing->table.members[i].hash);
        uint8_t digest[PTN_SHA256_LEN];

        status = ptn_sha256(&hash, 1, digest);
        if (ptn_ok(status))
            status = ptn_buffer_add_hex(out, ptn_bytes_of(digest, DIGEST_LEN));
        if (ptn_ok(status))
            status = ptn_buffer_add_text(out, "\n");
    }
    return status;
}

/* Remember the newest step down: of this ledger, or carried over from the former one. */
static void remember_down(struct ptn_returning_state *state, const struct ptn_stage_moved *moved)
{
    ptn_buffer_clear(&state->down_credentials);
    /* without memory: as if nobody had written it down */
    if (!ptn_ok(ptn_buffer_add(&state->down_credentials, moved->credentials)))
        return;
    state->has_down = true;
    state->down_ms = moved->time_ms;
    memcpy(state->down_certificate, moved->certificate, PTN_SHA256_LEN);
}

/* The node that writes this was here when the attack came: whatever it has may be the attacker's
 * too. */
static void note_down(struct ptn_node *node)
{
    struct ptn_returning_state *state = state_of(node);
    struct ptn_buffer credentials = { .len_max = PTN_RECORD_SIGNED_MAX };
    struct ptn_stage_moved moved = { .time_ms = now_of(node), .step = PTN_STAGE_STEP_DOWN };

    if (ptn_ok(write_credentials(node, &credentials)))
        moved.credentials = ptn_buffer_bytes(&credentials);
    if (state->has_program)
        memcpy(moved.program, state->program, PTN_SHA256_LEN);
    if (state->has_certificate)
        memcpy(moved.certificate, state->certificate, PTN_SHA256_LEN);
    ptn_returning_note(node, &moved);
    remember_down(state, &moved);
    ptn_buffer_release(&credentials);
}

/* Is any password of now one of those of the last step down? */
static bool has_old_password(const struct ptn_node *node)
{
    const struct ptn_returning_state *state = state_of(node);
    struct ptn_buffer now = { .len_max = (size_t)1 << 20 };
    bool old = !ptn_ok(write_credentials(node, &now));

    for (size_t at = 0; !old && at + DIGEST_LINE <= now.len; at += DIGEST_LINE)
        old = state->down_credentials.len > 0 &&
              memmem(state->down_credentials.at, state->down_credentials.len, now.at + at,
                     DIGEST_LINE) != NULL;
    ptn_buffer_release(&now);
    return old;
}

/* ---- the facts ---- */

static bool certificate_changed(const struct ptn_node *node, bool identity)
{
    const struct ptn_returning_state *state = state_of(node);
    const struct ptn_roster_node *former =
        ptn_roster_find(&node->apply->roster, ptn_bytes_from_text(state->former));

    if (!state->has_certificate)
        return false;
    if (state->has_down)
        return memcmp(state->certificate, state->down_certificate, PTN_SHA256_LEN) != 0;
    if (state->former[0] != '\0' && former != NULL)
        return memcmp(state->certificate, former->tls, PTN_SHA256_LEN) != 0;
    return identity;
}

static bool credentials_changed(const struct ptn_node *node, bool identity)
{
    if (node->staffing->table.count == 0)
        return false;
    return state_of(node)->has_down ? !has_old_password(node) : identity;
}

/* Once a start, and only for a ledger that was begun since: the others are not asked about it. */
static bool ledger_verifies(struct ptn_node *node)
{
    struct ptn_returning_state *state = state_of(node);
    struct ptn_ledger_verdict verdict;
    struct ptn_vkey key;
    struct ptn_buffer text = { .len_max = 1024 };

    if (!state->verify_tried) {
        state->verify_tried = true;
        state->verified = ptn_ok(ptn_ledger_vkey(node->ledger, &text)) &&
                          ptn_ok(ptn_vkey_parse(ptn_buffer_bytes(&text), &key, NULL)) &&
                          ptn_ok(ptn_ledger_verify(node->ledger, &key, &verdict, NULL)) &&
                          verdict.lost == 0;
    }
    ptn_buffer_release(&text);
    return state->verified;
}

/* Enough keepers off the site hold all but the youngest entries. */
static bool is_held(struct ptn_node *node)
{
    struct ptn_kept_standing standing;
    unsigned holding = 0;

    ptn_node_kept_standing(node, &standing);
    for (size_t i = 0; i < standing.keeper_count; i++)
        holding += !standing.keepers[i].keeper.site &&
                   standing.keepers[i].keeper.acknowledged > 0 &&
                   standing.keepers[i].seconds < HELD_BEHIND_S;
    return standing.quorum > 0 && holding >= standing.quorum;
}

/* Sheets issued and still open, here. */
static void count_sheets(struct ptn_node *node, uint64_t *ret_issued, uint64_t *ret_open)
{
    uint64_t counts[PTN_SHEET_STATE_COUNT];

    *ret_issued = 0;
    ptn_node_lock(node);
    (void)ptn_paper_count(node->paper, counts);
    ptn_node_unlock(node);
    for (size_t i = 0; i < PTN_SHEET_STATE_COUNT; i++)
        *ret_issued += counts[i];
    *ret_open =
        counts[PTN_SHEET_MISSING] + counts[PTN_SHEET_KEYED_ONCE] + counts[PTN_SHEET_DIFFERS];
}

static struct ptn_gate_facts facts_of(struct ptn_node *node, int64_t attack_ms)
{
    struct ptn_returning_state *state = state_of(node);
    const struct ptn_orders *orders = node->apply->orders;
    const struct ptn_closed closed = ptn_orders_closed(orders, ptn_bytes_from_text(state->former));
    const struct ptn_released released = ptn_orders_released(orders, state->program, attack_ms);
    const bool identity = state->began_ms >= attack_ms;
    uint64_t issued, open;
    struct ptn_gate_facts facts = {
        .software = state->has_program && released.named && !released.too_old,
        .identity = identity,
        .certificate = certificate_changed(node, identity),
        .credentials = credentials_changed(node, identity),
        .ledger = identity && ledger_verifies(node),
        .kept = is_held(node),
        .unforked = !state->ledgers.forked,
        .tail = state->former[0] == '\0' || state->ledgers.tail,
        .cause = closed.cause,
        .swept = closed.swept,
    };

    count_sheets(node, &issued, &open);
    facts.serials = !node->locked && open == 0 &&
                    (state->former[0] == '\0' || closed.sheets ||
                     (state->has_former && state->former_open == 0));
    return facts;
}

/* ---- judging ---- */

/* The least time of each stage. */
static int64_t canary_ms(const struct ptn_node *node, const struct ptn_standing *found)
{
    uint32_t usual = node->plan.demonstration ? CANARY_DEMO_S : CANARY_S;

    return (int64_t)(found->canary_s > 0 ? found->canary_s : usual) * 1000;
}

/* Has each direction that is held back a lane let in? Under the lock. */
static bool each_way_has_a_lane(const struct ptn_returning_state *state,
                                const struct ptn_standing *found)
{
    bool in = found->held_entry == PTN_RUNG_NORMAL, out = found->held_exit == PTN_RUNG_NORMAL;

    for (size_t i = 0; i < state->lane_count; i++) {
        in = in || state->lanes[i].in[PTN_DIRECTION_ENTRY];
        out = out || state->lanes[i].in[PTN_DIRECTION_EXIT];
    }
    return in && out;
}

/* When the stage that began will have run long enough; 0: it does not run yet. */
static int64_t steady_at(struct ptn_node *node, const struct ptn_standing *found)
{
    const struct ptn_returning_state *state = state_of(node);
    int64_t since_ms = state->stage_ms;
    bool has_lanes;

    ptn_node_lock(node);
    has_lanes = each_way_has_a_lane(state, found);
    if (found->stage == PTN_STAGE_CANARY && state->let_in_ms > since_ms)
        since_ms = state->let_in_ms;
    ptn_node_unlock(node);
    /* at a locked post no lane runs: nothing is steady. LOCK-4 */
    return state->stage_ms == 0 || !has_lanes || node->locked ? 0
                                                              : since_ms + canary_ms(node, found);
}

static bool is_under_way(const struct ptn_standing *found)
{
    return found->attack_ms == 0 &&
           (found->stage == PTN_STAGE_CANARY || found->stage == PTN_STAGE_HALF);
}

unsigned ptn_returning_conditions(struct ptn_node *node, const struct ptn_standing *found)
{
    const struct ptn_gate_row *rows[PTN_GATE_COUNT];
    struct ptn_returning_state *state = state_of(node);
    size_t count = 0;
    int64_t steady_ms = is_under_way(found) ? steady_at(node, found) : 0;

    if (found->attack_ms > 0) {
        const struct ptn_gate_facts facts = facts_of(node, found->attack_ms);

        if (!node->locked && /* else what must change is not known: it is noted when it is */
            state->began_ms < found->attack_ms &&
            (!state->has_down || state->down_ms < found->attack_ms))
            note_down(node);
        count = ptn_gate_missing(&facts, rows);
    }
    ptn_node_lock(node);
    state->now.wanted = found->attack_ms > 0;
    state->now.missing_count = count;
    for (size_t i = 0; i < count; i++)
        state->now.missing[i] = *rows[i];
    state->now.steady_ms = steady_ms;
    ptn_node_unlock(node);
    return (found->attack_ms > 0 && count == 0 ? (unsigned)PTN_PROVISO_GATE : 0) |
           (steady_ms > 0 && now_of(node) >= steady_ms ? (unsigned)PTN_PROVISO_STEADY : 0);
}

static void note_step(struct ptn_node *node, enum ptn_stage_step step)
{
    struct ptn_stage_moved moved = { .time_ms = now_of(node), .step = step };

    if (step == PTN_STAGE_STEP_GATE && state_of(node)->has_program)
        memcpy(moved.program, state_of(node)->program, PTN_SHA256_LEN);
    ptn_returning_note(node, &moved);
}

/* While an attack stands, and until all is typed afterwards, each other account is written down:
 * the node's successor cannot read the sheets. */
static void note_account(struct ptn_node *node, const struct ptn_standing *found)
{
    struct ptn_returning_state *state = state_of(node);
    struct ptn_stage_moved moved = { .time_ms = now_of(node), .step = PTN_STAGE_STEP_ACCOUNT };

    if (node->locked) /* it knows of no sheet. LOCK-4 */
        return;
    count_sheets(node, &moved.issued, &moved.open);
    if (found->attack_ms == 0 && (!state->has_account || state->open == 0))
        return;
    if (state->has_account && moved.issued == state->issued && moved.open == state->open)
        return;
    state->has_account = true;
    state->issued = moved.issued;
    state->open = moved.open;
    state->account_ms = moved.time_ms;
    ptn_returning_note(node, &moved);
}

/* Nobody is let in any more. */
static void shut(struct ptn_returning_state *state)
{
    state->now.stage = PTN_STAGE_NONE;
    state->stage_ms = 0;
    state->let_in_ms = 0;
    for (size_t i = 0; i < state->lane_count; i++)
        memset(state->lanes[i].in, 0, sizeof(state->lanes[i].in));
}

/* A stage begins: of a return that goes on, or of a new one. Under the lock. */
static void begin_stage(struct ptn_returning_state *state, enum ptn_stage stage, int64_t now_ms)
{
    if (stage == PTN_STAGE_CANARY)
        shut(state);
    state->now.stage = stage;
    state->stage_ms = now_ms;
    if (stage == PTN_STAGE_ALL)
        state->service_ms = now_ms;
}

static const enum ptn_stage_step steps[PTN_STAGE_COUNT] = {
    [PTN_STAGE_CANARY] = PTN_STAGE_STEP_CANARY,
    [PTN_STAGE_HALF] = PTN_STAGE_STEP_HALF,
    [PTN_STAGE_ALL] = PTN_STAGE_STEP_ALL,
};

/* When what is typed was all there was. */
static int64_t backlog_of(const struct ptn_returning_state *state)
{
    bool former = state->former[0] == '\0' || (state->has_former && state->former_open == 0);

    if (!state->has_account || state->open > 0 || !former)
        return 0;
    if (state->issued == 0 && state->former_ms > 0) /* all the paper was the former node's */
        return state->former_ms;
    return state->former_ms > state->account_ms ? state->former_ms : state->account_ms;
}

/* How many lanes the stage lets in, each way. Under the lock. */
static unsigned places_of(const struct ptn_returning_state *state)
{
    if (state->now.stage == PTN_STAGE_CANARY)
        return 1;
    return state->now.stage == PTN_STAGE_HALF ? (unsigned)(state->lane_count + 1) / 2 : 0;
}

void ptn_returning_judged(struct ptn_node *node, const struct ptn_standing *found)
{
    struct ptn_returning_state *state = state_of(node);
    struct ptn_returning *now = &state->now;
    const enum ptn_stage stage = found->attack_ms > 0 ? PTN_STAGE_NONE : found->stage;
    const int64_t since_ms = found->attack_ms > 0 ? found->attack_ms : found->return_ms;
    const bool begins = stage != now->stage && stage != PTN_STAGE_NONE;
    const bool opened = found->attack_ms > 0 && now->missing_count == 0;

    if (opened && !state->gate_told)
        note_step(node, PTN_STAGE_STEP_GATE);
    state->gate_told = opened;
    if (begins)
        note_step(node, steps[stage]);
    note_account(node, found);
    ptn_node_lock(node);
    if (begins)
        begin_stage(state, stage, now_of(node));
    else if (stage == PTN_STAGE_NONE && now->stage != PTN_STAGE_NONE)
        shut(state);
    state->held_entry = found->held_entry;
    state->held_exit = found->held_exit;
    if (found->attack_ms > 0)
        state->service_ms = 0;
    state->touched = false;
    now->wanted = found->attack_ms > 0;
    now->attack_ms = since_ms;
    now->stage_ms = is_under_way(found) ? state->stage_ms : 0;
    now->system_ms = since_ms > 0 && state->began_ms >= since_ms ? state->began_ms : 0;
    now->service_ms = state->service_ms;
    now->backlog_ms = backlog_of(state);
    now->places = places_of(state);
    now->attack_count =
        ptn_orders_attacks(node->apply->orders, now->attacks, PTN_RETURNING_NAMES_MAX);
    now->return_count =
        ptn_orders_returns(node->apply->orders, now->returns, PTN_RETURNING_NAMES_MAX);
    ptn_node_unlock(node);
}

bool ptn_returning_is_pending(const struct ptn_node *node)
{
    const struct ptn_returning *now = &state_of(node)->now;
    const struct ptn_returning_state *state = state_of(node);

    return now->wanted || now->stage == PTN_STAGE_CANARY || now->stage == PTN_STAGE_HALF ||
           (now->stage == PTN_STAGE_ALL && state->has_account && state->open > 0);
}

/* ---- told ---- */

void ptn_returning_program(struct ptn_node *node, const uint8_t sha256[PTN_SHA256_LEN])
{
    struct ptn_returning_state *state = state_of(node);

    memcpy(state->program, sha256, PTN_SHA256_LEN);
    state->has_program = true;
}

void ptn_returning_ledgers(struct ptn_node *node, const struct ptn_returning_ledgers *ledgers)
{
    state_of(node)->ledgers = *ledgers;
}

struct ptn_bytes ptn_returning_former(const struct ptn_node *node)
{
    return ptn_bytes_from_text(state_of(node)->former);
}

/* ---- starting ---- */

/* The first entry: when this identity began, and whose successor it is. */
static struct ptn_status read_first(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_returning_state *state = state_of(node);
    struct ptn_buffer payload = { .len_max = PTN_RECORD_LEN_MAX };
    struct ptn_ledger_header header = { 0 };
    struct ptn_successor successor;
    uint64_t size = 0;
    struct ptn_status status = ptn_ledger_size(node->ledger, &size, reterr);

    state->began_ms = now_of(node);
    if (ptn_ok(status) && size > 0)
        status = ptn_ledger_read(node->ledger, 0, &header, NULL, reterr);
    if (ptn_ok(status) && size > 0) {
        state->began_ms = header.time_ms;
        if (header.kind == PTN_RECORD_SUCCESSOR &&
            ptn_ok(ptn_ledger_read(node->ledger, 0, &header, &payload, NULL)) &&
            ptn_ok(ptn_successor_parse(ptn_buffer_bytes(&payload), &successor, NULL)))
            (void)snprintf(state->former, sizeof(state->former), "%.*s", (int)successor.origin.len,
                           (const char *)successor.origin.at);
    }
    ptn_buffer_release(&payload);
    return status;
}

static void read_certificate(struct ptn_node *node)
{
    struct ptn_returning_state *state = state_of(node);

    state->has_certificate = ptn_ok(ptn_tls_own_id(node->world, node->dir, state->certificate));
}

struct ptn_status ptn_returning_open(struct ptn_node *node, struct ptn_diag *reterr)
{
    node->apply->returning = calloc(1, sizeof(*node->apply->returning));
    if (node->apply->returning == NULL)
        return (struct ptn_status){ PTN_C_NO_MEMORY };
    ptn_buffer_init(&state_of(node)->down_credentials, PTN_RECORD_SIGNED_MAX);
    read_certificate(node);
    ptn_decoys_load(node);
    return read_first(node, reterr);
}

void ptn_returning_close(struct ptn_node *node)
{
    struct ptn_returning_state *state = state_of(node);

    if (state == NULL)
        return;
    ptn_buffer_release(&state->down_credentials);
    free(state);
    node->apply->returning = NULL;
}

static struct ptn_returning_lane *lane_of(struct ptn_returning_state *state, struct ptn_bytes name)
{
    struct ptn_returning_lane *lane;

    for (size_t i = 0; i < state->lane_count; i++)
        if (ptn_bytes_is(name, state->lanes[i].name))
            return &state->lanes[i];
    if (state->lane_count == PTN_RETURNING_LANES_MAX || name.len == 0 ||
        name.len > PTN_LANE_NAME_MAX)
        return NULL;
    lane = &state->lanes[state->lane_count++];
    memcpy(lane->name, name.at, name.len);
    return lane;
}

void ptn_returning_learn(struct ptn_node *node, struct ptn_bytes payload)
{
    struct ptn_returning_state *state = state_of(node);
    struct ptn_returning_lane *lane;
    struct ptn_stage_moved moved;

    if (!ptn_ok(ptn_stage_moved_parse(payload, &moved, NULL)))
        return;
    switch (moved.step) {
    case PTN_STAGE_STEP_DOWN:
        remember_down(state, &moved);
        shut(state);
        state->service_ms = 0;
        break;
    case PTN_STAGE_STEP_ACCOUNT:
        state->has_account = true;
        state->issued = moved.issued;
        state->open = moved.open;
        state->account_ms = moved.time_ms;
        break;
    case PTN_STAGE_STEP_FORMER:
        state->has_former = true;
        state->former_open = moved.open;
        state->former_ms = moved.time_ms;
        break;
    case PTN_STAGE_STEP_CANARY:
        begin_stage(state, PTN_STAGE_CANARY, moved.time_ms);
        break;
    case PTN_STAGE_STEP_HALF:
        begin_stage(state, PTN_STAGE_HALF, moved.time_ms);
        break;
    case PTN_STAGE_STEP_ALL:
        begin_stage(state, PTN_STAGE_ALL, moved.time_ms);
        break;
    case PTN_STAGE_STEP_LANE:
        lane = lane_of(state, moved.lane);
        if (lane != NULL)
            lane->in[moved.direction] = true;
        state->let_in_ms = moved.time_ms;
        break;
    case PTN_STAGE_STEP_GATE:
    case PTN_STAGE_STEP_DECOY:
        break;
    }
}

/* ---- lanes ---- */

void ptn_returning_lane(struct ptn_node *node, const char *name)
{
    ptn_node_lock(node);
    (void)lane_of(state_of(node), ptn_bytes_from_text(name));
    ptn_node_unlock(node);
}

bool ptn_returning_is_in(const struct ptn_node *node, const char *name,
                         enum ptn_direction direction)
{
    const struct ptn_returning_state *state = state_of(node);

    for (size_t i = 0; i < state->lane_count; i++)
        if (strcmp(name, state->lanes[i].name) == 0)
            return state->lanes[i].in[direction];
    return false;
}

/* How many lanes are in, that way. Under the lock. */
static unsigned count_in(const struct ptn_returning_state *state, enum ptn_direction direction)
{
    unsigned count = 0;

    for (size_t i = 0; i < state->lane_count; i++)
        count += state->lanes[i].in[direction];
    return count;
}

struct ptn_status ptn_returning_let_in(struct ptn_node *node, const char *name,
                                       enum ptn_direction direction)
{
    struct ptn_returning_state *state = state_of(node);
    const struct ptn_stage_moved moved = { .time_ms = now_of(node),
                                           .step = PTN_STAGE_STEP_LANE,
                                           .lane = ptn_bytes_from_text(name),
                                           .direction = direction };
    struct ptn_returning_lane *lane = NULL;
    struct ptn_status status = PTN_OK;
    bool is_new = false;

    ptn_node_lock(node);
    for (size_t i = 0; i < state->lane_count; i++)
        if (strcmp(name, state->lanes[i].name) == 0)
            lane = &state->lanes[i];
    if (places_of(state) == 0)
        status.code = PTN_C_NOT_FOUND;
    else if (lane == NULL)
        status.code = PTN_C_BAD_INPUT;
    else if (!lane->in[direction] && count_in(state, direction) >= places_of(state))
        status.code = PTN_C_BUSY;
    if (ptn_ok(status) && !lane->in[direction]) {
        is_new = lane->in[direction] = true;
        state->let_in_ms = moved.time_ms;
    }
    ptn_node_unlock(node);
    if (is_new)
        ptn_returning_note(node, &moved);
    return status;
}
