/* node/apply_keep.c -- what a node keeps of orders, how it reads that at its start, and notes that
 * come by stick. */
#include "node/country.h"
#include "node/returning_int.h"

#include "node/paper.h"

#define FOLDER     "orders"
#define FILE_MAX   (PTN_NOTE_LEN_MAX + 64u)
#define ARENA_MAX  ((size_t)16 << 20)
#define LOOK_US    INT64_C(200000) /* between two looks */
#define SEEN_WORD  "seen "
#define DIGITS_MAX 18u

/* ---- files ---- */

struct ptn_status ptn_apply_file_parse(struct ptn_bytes bytes, int64_t *ret_seen_ms,
                                       enum ptn_receipt_hand *ret_hand, struct ptn_bytes *ret_note)
{
    const size_t start = sizeof(SEEN_WORD) - 1;
    const uint8_t last_hand = (uint8_t)('0' + PTN_RECEIPT_HAND_COUNT - 1);
    size_t at = start;
    int64_t seen_ms = 0;

    if (bytes.len < start || memcmp(bytes.at, SEEN_WORD, start) != 0)
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    while (at < bytes.len && at < start + DIGITS_MAX && bytes.at[at] >= '0' && bytes.at[at] <= '9')
        seen_ms = seen_ms * 10 + (bytes.at[at++] - '0');
    if (at == start || (at > start + 1 && bytes.at[start] == '0') || bytes.len - at < 3 ||
        bytes.at[at] != ' ' || bytes.at[at + 1] < '1' || bytes.at[at + 1] > last_hand ||
        bytes.at[at + 2] != '\n')
        return (struct ptn_status){ PTN_C_BAD_INPUT };
    *ret_seen_ms = seen_ms;
    *ret_hand = (enum ptn_receipt_hand)(bytes.at[at + 1] - '0');
    *ret_note = ptn_bytes_slice(bytes, at + 3, bytes.len);
    return PTN_OK;
}

struct ptn_status ptn_apply_file_write(struct ptn_buffer *out, int64_t seen_ms,
                                       enum ptn_receipt_hand hand, struct ptn_bytes note)
{
    const size_t len = out->len;
    struct ptn_status status =
        ptn_buffer_addf(out, SEEN_WORD "%lld %d\n", (long long)seen_ms, (int)hand);

    if (ptn_ok(status))
        status = ptn_buffer_add(out, note);
    if (!ptn_ok(status))
        out->len = len;
    return status;
}

static struct ptn_status path_of(const struct ptn_node *node, const char *prefix, unsigned number,
                                 char path[PTN_NODE_PATH_MAX])
{
    char name[32];

    (void)snprintf(name, sizeof(name), FOLDER "/%s%u", prefix, number);
    return ptn_node_path(path, node->dir, name);
}

void ptn_apply_keep(struct ptn_node *node, struct ptn_bytes note, int64_t seen_ms,
                    enum ptn_receipt_hand hand)
{
    struct ptn_buffer file = { .len_max = FILE_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_apply_file_write(&file, seen_ms, hand, note);

    if (ptn_ok(status))
        status = path_of(node, "", node->apply->file_count + 1, path);
    if (ptn_ok(status))
        status = node->world->files->replace(node->world->context, path, ptn_buffer_bytes(&file));
    if (ptn_ok(status))
        node->apply->file_count++;
    ptn_buffer_release(&file);
}

/* ---- the roster ---- */

static struct ptn_status read_roster(struct ptn_node *node, struct ptn_buffer *file,
                                     struct ptn_arena *arena, struct ptn_roster *ret_roster,
                                     struct ptn_diag *reterr)
{
    const struct ptn_roster *present = &node->apply->roster;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = ptn_node_path(path, node->dir, "roster");

    if (ptn_ok(status))
        status = node->world->files->read(node->world->context, path, file);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the roster cannot be read");
    if (present->version == 0 ||
        ptn_bytes_equal(ptn_buffer_bytes(file), ptn_buffer_bytes(&node->apply->roster_file)))
        return ptn_roster_first(ptn_buffer_bytes(file), arena, ret_roster, reterr);
    return ptn_country_follows(node->world, node->dir, present, ptn_buffer_bytes(file), arena,
                               ret_roster, reterr);
}

/* Put the file's roster in the place of the present one. NOT_FOUND: there is no file. */
static struct ptn_status load_roster(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_apply *apply = node->apply;
    struct ptn_buffer file = { .len_max = PTN_NOTE_LEN_MAX };
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_roster roster;
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = read_roster(node, &file, arena, &roster, reterr);
    if (!ptn_ok(status)) {
        ptn_buffer_release(&file);
        ptn_arena_free(arena);
        return status;
    }
    ptn_buffer_release(&apply->roster_file);
    ptn_arena_free(apply->arena);
    apply->roster_file = file;
    apply->arena = arena;
    apply->roster = roster;
    return PTN_OK;
}

struct ptn_status ptn_apply_reload(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_status status = load_roster(node, reterr);

    if (ptn_ok(status)) /* SEAL-5; without memory for them it reads on with what it has */
        (void)ptn_ok(ptn_vault_reading_again(node->world, node->dir, node->vault));
    if (ptn_ok(status))
        status = ptn_country_seal(node->world, node->dir, node->ledger, reterr);
    if (ptn_ok(status))
        ptn_apply_judge(node, PTN_RECEIPT_KEEPER);
    return status;
}

struct ptn_status ptn_apply_roster(struct ptn_node *node, struct ptn_bytes note,
                                   struct ptn_diag *reterr)
{
    struct ptn_arena *arena = ptn_arena_new(ARENA_MAX);
    struct ptn_roster roster;
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    if (arena != NULL)
        status = ptn_country_follows(node->world, node->dir, &node->apply->roster, note, arena,
                                     &roster, reterr);
    ptn_arena_free(arena);
    if (status.code == PTN_C_BUSY) { /* which says there that it comes again: it need not */
        status = ptn_country_wait(node->world, node->dir, note);
        if (ptn_ok(status))
            status.code = PTN_C_NOT_FOUND;
        return status;
    }
    if (ptn_ok(status))
        status = ptn_node_path(path, node->dir, "roster");
    if (ptn_ok(status))
        status = node->world->files->replace(node->world->context, path, note);
    return ptn_ok(status) ? ptn_apply_reload(node, reterr) : status;
}

/* ---- starting ---- */

struct ptn_status ptn_apply_open(struct ptn_node *node, struct ptn_diag *reterr)
{
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = { PTN_C_NO_MEMORY };

    node->apply = calloc(1, sizeof(*node->apply));
    if (node->apply == NULL)
        return status;
    node->apply->ladder = PTN_LADDER_START;
    node->apply->asks_last = &node->apply->asks;
    node->apply->orders = ptn_orders_new();
    if (node->apply->orders == NULL)
        return status;
    status = ptn_node_path(path, node->dir, FOLDER);
    if (ptn_ok(status) && !node->world->files->exists(node->world->context, path))
        status = node->world->files->make_dir(node->world->context, path);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the folder of orders cannot be made");
    status = load_roster(node, reterr);
    if (status.code == PTN_C_NOT_FOUND) /* a post by itself */
        status = PTN_OK;
    return ptn_ok(status) ? ptn_returning_open(node, reterr) : status;
}

void ptn_apply_close(struct ptn_node *node)
{
    struct ptn_apply *apply = node->apply;

    if (apply == NULL)
        return;
    ptn_apply_release_asks(apply);
    ptn_returning_close(node);
    ptn_orders_free(apply->orders);
    ptn_buffer_release(&apply->roster_file);
    ptn_arena_free(apply->arena);
    free(apply->told);
    free(apply->learned);
    free(apply);
    node->apply = NULL;
}

/* Remember the last receipt of an order. */
static struct ptn_status learn_receipt(struct ptn_apply *apply,
                                       const struct ptn_order_receipt *receipt)
{
    struct ptn_apply_learned *learned;
    size_t i = 0;

    while (i < apply->learned_count &&
           memcmp(apply->learned[i].name.at, receipt->order, PTN_HASH_LEN) != 0)
        i++;
    if (i == apply->learned_capacity) {
        size_t capacity = apply->learned_capacity == 0 ? 64 : apply->learned_capacity * 2;

        learned = realloc(apply->learned, capacity * sizeof(*learned));
        if (learned == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        apply->learned = learned;
        apply->learned_capacity = capacity;
    }
    if (i == apply->learned_count)
        apply->learned_count++;
    learned = &apply->learned[i];
    memcpy(learned->name.at, receipt->order, PTN_HASH_LEN);
    learned->told = (struct ptn_apply_told){ .fate = receipt->fate, .hand = receipt->hand };
    (void)snprintf(learned->told.why, sizeof(learned->told.why), "%.*s", (int)receipt->why.len,
                   (const char *)receipt->why.at);
    (void)snprintf(learned->told.missing, sizeof(learned->told.missing), "%.*s",
                   (int)receipt->missing.len,
                   receipt->missing.len == 0 ? "" : (const char *)receipt->missing.at);
    return PTN_OK;
}

static struct ptn_status learn_moved(struct ptn_apply *apply, const struct ptn_rung_moved *moved)
{
    const struct ptn_signers hands = { .node = moved->hands == PTN_RUNG_HANDS_NODE,
                                       .supervisor = moved->hands == PTN_RUNG_HANDS_SUPERVISOR,
                                       .code = moved->hands == PTN_RUNG_HANDS_CODE };
    struct ptn_hash name;
    struct ptn_status status;

    apply->standing.since_ms = moved->time_ms;
    if (moved->own.len == 0)
        return PTN_OK;
    status = ptn_orders_add_own(apply->orders, moved->own, &hands, moved->time_ms, &name, NULL);
    if (ptn_ok(status) && hands.node &&
        ptn_orders_at(apply->orders, ptn_orders_find(apply->orders, &name)).order.cause !=
            PTN_CAUSE_ATTACK) {
        apply->has_own = true;
        apply->own_name = name;
    }
    /* a later version's order is no reason not to start */
    return status.code == PTN_C_BAD_INPUT ? PTN_OK : status;
}

struct ptn_status ptn_apply_learn(struct ptn_node *node, enum ptn_record_kind kind,
                                  struct ptn_bytes payload)
{
    struct ptn_order_receipt receipt;
    struct ptn_rung_moved moved;

    if (kind == PTN_RECORD_RECEIPT && ptn_ok(ptn_order_receipt_parse(payload, &receipt, NULL)))
        return learn_receipt(node->apply, &receipt);
    if (kind == PTN_RECORD_RUNG && ptn_ok(ptn_rung_moved_parse(payload, &moved, NULL))) {
        struct ptn_status status = ptn_node_paper_moved(node, &moved);

        return ptn_ok(status) ? learn_moved(node->apply, &moved) : status;
    }
    if (kind == PTN_RECORD_STAGE)
        ptn_returning_learn(node, payload);
    return PTN_OK;
}

/* A kept note back into the set. One whose signers are on no roster any more comes back only when
 * the node's own ledger says that it counted. */
static void take_back(struct ptn_apply *apply, struct ptn_bytes bytes)
{
    enum ptn_receipt_hand hand;
    struct ptn_bytes note;
    struct ptn_note parsed;
    struct ptn_hash name;
    int64_t seen_ms;
    bool is_new;

    if (!ptn_ok(ptn_apply_file_parse(bytes, &seen_ms, &hand, &note)))
        return;
    if (ptn_ok(ptn_orders_add(apply->orders, &apply->roster, note, seen_ms, &name, &is_new, NULL)))
        return;
    if (!ptn_ok(ptn_note_parse(note, &parsed, NULL)) || !ptn_ok(ptn_order_name(parsed.text, &name)))
        return;
    for (size_t i = 0; i < apply->learned_count; i++)
        if (ptn_hash_equal(&apply->learned[i].name, &name) &&
            apply->learned[i].told.fate >= PTN_RECEIPT_STANDING)
            (void)ptn_ok(ptn_orders_add_former(apply->orders, parsed.text, seen_ms, &name, NULL));
}

static struct ptn_status take_back_all(struct ptn_node *node)
{
    const struct ptn_world *world = node->world;
    struct ptn_buffer file = { .len_max = FILE_MAX };
    char path[PTN_NODE_PATH_MAX];
    struct ptn_status status = path_of(node, "", 1, path);

    while (ptn_ok(status) && world->files->exists(world->context, path)) {
        ptn_buffer_clear(&file);
        node->apply->file_count++;
        status = world->files->read(world->context, path, &file);
        if (ptn_ok(status))
            take_back(node->apply, ptn_buffer_bytes(&file));
        else if (status.code == PTN_C_TOO_BIG || status.code == PTN_C_IO)
            status = PTN_OK; /* a damaged file hides one order, not the others */
        if (ptn_ok(status))
            status = path_of(node, "", node->apply->file_count + 1, path);
    }
    ptn_buffer_release(&file);
    return status;
}

/* What receipts said last is what was told last; what stood or was ended is so again. */
static struct ptn_status recall(struct ptn_apply *apply)
{
    size_t count = ptn_orders_count(apply->orders);

    if (count > 0) {
        apply->told = calloc(count, sizeof(*apply->told));
        if (apply->told == NULL)
            return (struct ptn_status){ PTN_C_NO_MEMORY };
        apply->told_capacity = count;
    }
    for (size_t i = 0; i < apply->learned_count; i++) {
        const struct ptn_apply_learned *learned = &apply->learned[i];
        size_t index = ptn_orders_find(apply->orders, &learned->name);

        if (index == count)
            continue;
        apply->told[index] = learned->told;
        if (learned->told.fate >= PTN_RECEIPT_STANDING)
            (void)ptn_ok(ptn_orders_recall(apply->orders, &learned->name, false));
    }
    /* then what was ended: by something that was in force */
    for (size_t i = 0; i < apply->learned_count; i++)
        if (apply->learned[i].told.fate == PTN_RECEIPT_ENDED)
            (void)ptn_ok(ptn_orders_recall(apply->orders, &apply->learned[i].name, true));
    free(apply->learned);
    apply->learned = NULL;
    apply->learned_count = apply->learned_capacity = 0;
    return PTN_OK;
}

struct ptn_status ptn_apply_begin(struct ptn_node *node, struct ptn_diag *reterr)
{
    struct ptn_apply *apply = node->apply;
    int64_t since_ms = apply->standing.since_ms;
    struct ptn_orders_post post;
    struct ptn_standing standing;
    struct ptn_status status = PTN_OK;

    if (apply->roster.version > 0)
        status = take_back_all(node);
    if (ptn_ok(status))
        status = recall(apply);
    if (!ptn_ok(status))
        return ptn_fail(status.code, reterr, 0, "the orders kept here cannot be read");
    /* Where the ladder stood: an own step that stands alone, and since when. */
    post = ptn_apply_post(node);
    standing = ptn_orders_judge(apply->orders, &apply->roster, &post);
    standing = ptn_apply_shown(&standing);
    if (standing.count > 0 || standing.cause != PTN_CAUSE_NONE) {
        bool own =
            standing.count == 1 && apply->has_own &&
            ptn_orders_at(apply->orders, ptn_orders_find(apply->orders, &apply->own_name)).fate ==
                PTN_ORDER_STANDING;

        apply->ladder.place = own ? PTN_LADDER_OWN : PTN_LADDER_LOCAL;
        apply->ladder.cause = standing.cause;
        apply->ladder.since_ms = standing.since_ms;
        apply->standing.entry = standing.entry; /* as the ledger says already */
        apply->standing.exit = standing.exit;
        apply->standing.cause = standing.cause;
    }
    ptn_apply_judge(node, PTN_RECEIPT_SITE);
    apply->standing.since_ms = since_ms;
    return PTN_OK;
}

/* ---- by stick ---- */

static void take_stick(struct ptn_node *node, const char *path)
{
    const struct ptn_world *world = node->world;
    struct ptn_buffer file = { .len_max = FILE_MAX };
    enum ptn_receipt_hand hand;
    struct ptn_bytes note;
    int64_t seen_ms;
    struct ptn_status status = PTN_OK;

    if (ptn_ok(world->files->read(world->context, path, &file)) &&
        ptn_ok(ptn_apply_file_parse(ptn_buffer_bytes(&file), &seen_ms, &hand, &note)))
        status = ptn_apply_note(node, note, hand, NULL, NULL); /* refusals are recorded */
    ptn_buffer_release(&file);
    if (!node->locked || status.code != PTN_C_BUSY) /* else it waits to be unlocked */
        (void)ptn_ok(world->files->remove(world->context, path));
}

/* Whether every sheet is accounted for is asked only where it can let a post come up. */
static void look_at_serials(struct ptn_node *node)
{
    struct ptn_apply *apply = node->apply;
    unsigned conditions = apply->conditions & ~(unsigned)PTN_PROVISO_SERIALS;
    bool accounted;

    if (apply->standing.entry != PTN_RUNG_MANUAL && apply->standing.exit != PTN_RUNG_MANUAL)
        return;
    ptn_node_lock(node);
    accounted = !node->locked && ptn_paper_accounted(node->paper); /* LOCK-4 */
    ptn_node_unlock(node);
    if (accounted)
        conditions |= PTN_PROVISO_SERIALS;
    ptn_apply_conditions(node, conditions);
}

void ptn_apply_turn(struct ptn_node *node)
{
    int64_t now_us = node->world->monotonic_us(node->world->context);
    char path[PTN_NODE_PATH_MAX];

    ptn_apply_answer_asks(node);
    if (node->apply->roster.version == 0 ||
        (node->apply->looked_us != 0 && now_us - node->apply->looked_us < LOOK_US))
        return;
    node->apply->looked_us = now_us;
    look_at_serials(node);
    if (ptn_returning_is_pending(node))
        ptn_apply_judge(node, PTN_RECEIPT_SITE);
    for (unsigned i = 1; i <= PTN_APPLY_STICK_MAX; i++)
        if (ptn_ok(path_of(node, "in-", i, path)) &&
            node->world->files->exists(node->world->context, path))
            take_stick(node, path);
}
