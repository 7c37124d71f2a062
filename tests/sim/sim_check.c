/* The invariants, by their numbers in docs/ARCHITECTURE.md. */
#include "sim.h"

#include <stdio.h>

/* ---- asking a keeper directly, past the network ---- */

static unsigned ask(struct sim *sim, unsigned keeper, const char *path,
                    struct ptn_exchange *exchange)
{
    const struct ptn_keeper_peer peer = { ptn_bytes_from_text(sim->nodes[SIM_CENTRE].origin),
                                          PTN_ROSTER_CENTRE };

    exchange->verb = "GET";
    exchange->path = path;
    exchange->body = PTN_BYTES_NONE;
    ptn_buffer_clear(&exchange->answer);
    if (!ptn_ok(ptn_keeper_answer(sim->nodes[keeper].keeper, &peer, exchange)))
        return 0;
    return exchange->status;
}

static void hex_of(struct sim *sim, const struct sim_node *post, char hex[65])
{
    struct ptn_bytes origin = ptn_bytes_from_text(post->origin);
    struct ptn_hash id;

    SIM_GOOD(sim, ptn_sha256(&origin, 1, id.at));
    for (unsigned i = 0; i < PTN_HASH_LEN; i++)
        (void)snprintf(hex + (size_t)2 * i, 3, "%02x", id.at[i]);
}

/* The size the keeper shows of a post, 0: none. COPY-1: under the root that the post signed. */
static uint64_t shown_size(struct sim *sim, unsigned keeper, const struct sim_node *post,
                           struct ptn_exchange *exchange, struct sim_history **ret_history)
{
    struct ptn_buffer *head = &sim->nodes[post - sim->nodes].heads[keeper];
    struct sim_history *history;
    struct ptn_checkpoint checkpoint;
    struct ptn_note note;
    char hex[65];
    char path[96];
    size_t good = 0;
    unsigned status;

    hex_of(sim, post, hex);
    (void)snprintf(path, sizeof(path), "/%s/checkpoint", hex);
    status = ask(sim, keeper, path, exchange);
    *ret_history = post->history;
    if (status == 404)
        return 0;
    if (status != 200)
        sim_fail(sim, "KEEP-1", "%s answers %u when asked for its head of %s: %.*s",
                 sim->nodes[keeper].origin, status, post->origin, (int)exchange->answer.len,
                 (const char *)exchange->answer.at);
    SIM_GOOD(sim, ptn_note_parse(ptn_buffer_bytes(&exchange->answer), &note, NULL));
    SIM_GOOD(sim, ptn_checkpoint_parse(note.text, &checkpoint, NULL));
    if (!ptn_bytes_equal(ptn_buffer_bytes(&exchange->answer), ptn_buffer_bytes(head))) {
        SIM_GOOD(sim, ptn_note_verify_again(&note, &post->key, sim->hasher,
                                            &sim->memories[post - sim->nodes], NULL));
        SIM_GOOD(sim,
                 ptn_cosignature_verify(&note, &sim->nodes[keeper].mirror, 1, &good, NULL, NULL));
        ptn_buffer_clear(head);
        SIM_GOOD(sim, ptn_buffer_add(head, ptn_buffer_bytes(&exchange->answer)));
    }
    history = sim_history_of(post, checkpoint.size, &checkpoint.root);
    if (history == NULL)
        sim_fail(sim, "COPY-1", "%s cosigned a tree of %s at %llu that is not the post's",
                 sim->nodes[keeper].origin, post->origin, (unsigned long long)checkpoint.size);
    *ret_history = history;
    return checkpoint.size;
}

uint64_t sim_check_head(struct sim *sim, unsigned keeper, const struct sim_node *post,
                        struct ptn_exchange *exchange)
{
    struct sim_history *history;

    return shown_size(sim, keeper, post, exchange, &history);
}

/* Is it the payload that the entry names? */
static bool is_named(struct sim *sim, struct sim_history *history, uint64_t index,
                     struct ptn_bytes sealed)
{
    struct sim_known *known = &history->known[index];
    struct ptn_bytes leaf = ptn_bytes_of(history->bytes.at + known->leaf_at, known->leaf_len);
    struct ptn_ledger_header header;
    struct ptn_hash hash;

    if (known->sealed_len > 0)
        return ptn_bytes_equal(
            sealed, ptn_bytes_of(history->bytes.at + known->sealed_at, known->sealed_len));
    SIM_GOOD(sim, ptn_ledger_header_parse(leaf, &header, NULL));
    SIM_GOOD(sim, ptn_hasher_digest(sim->hasher, &sealed, 1, hash.at));
    if (!ptn_hash_equal(&hash, &header.sealed_sha256))
        return false;
    known->sealed_at = (uint32_t)history->bytes.len;
    known->sealed_len = (uint32_t)sealed.len;
    SIM_GOOD(sim, ptn_buffer_add(&history->bytes, sealed));
    return true;
}

/* KEEP-1: the payloads of these entries are there. */
static void check_payloads(struct sim *sim, unsigned keeper, const struct sim_node *post,
                           struct sim_history *history, uint64_t first, uint64_t end,
                           struct ptn_exchange *exchange)
{
    char hex[65];
    char path[160];
    struct ptn_cursor cursor;

    hex_of(sim, post, hex);
    (void)snprintf(path, sizeof(path), "/%s/payloads/%llu-%llu", hex, (unsigned long long)first,
                   (unsigned long long)end);
    if (ask(sim, keeper, path, exchange) != 200)
        sim_fail(sim, "KEEP-1", "%s gives no payloads %llu to %llu of %s: %u %.*s",
                 sim->nodes[keeper].origin, (unsigned long long)first, (unsigned long long)end,
                 post->origin, exchange->status, (int)exchange->answer.len,
                 (const char *)exchange->answer.at);
    cursor = ptn_cursor_at(ptn_buffer_bytes(&exchange->answer));
    for (uint64_t i = first; i < end; i++) {
        enum ptn_wire_payload what;
        struct ptn_bytes sealed;
        bool in_order = false;

        SIM_GOOD(sim, ptn_wire_payload_next(&cursor, &what, &sealed, NULL));
        if (!history->known[i].has_payload)
            continue;
        if (what != PTN_WIRE_PAYLOAD_HERE && sim_may_be_gone(sim, post, i, &in_order))
            continue;
        if (what != PTN_WIRE_PAYLOAD_HERE && in_order)
            sim_fail(sim, "ERASE-1",
                     "%s erased payload %llu of %s, and no order is in force for it",
                     sim->nodes[keeper].origin, (unsigned long long)i, post->origin);
        if (what != PTN_WIRE_PAYLOAD_HERE)
            sim_fail(sim, "KEEP-1", "%s cosigned entry %llu of %s without its payload",
                     sim->nodes[keeper].origin, (unsigned long long)i, post->origin);
        if (!is_named(sim, history, i, sealed))
            sim_fail(sim, "KEEP-1", "%s gives another payload %llu of %s",
                     sim->nodes[keeper].origin, (unsigned long long)i, post->origin);
    }
}

/* KEEP-1: the entries of a bundle are there. */
static void check_entries(struct sim *sim, unsigned keeper, const struct sim_node *post,
                          const struct sim_history *history, uint64_t first, uint64_t end,
                          struct ptn_exchange *exchange)
{
    struct ptn_buffer path;
    struct ptn_cursor cursor;
    char hex[65];

    hex_of(sim, post, hex);
    ptn_buffer_init(&path, 160);
    SIM_GOOD(sim, ptn_buffer_addf(&path, "/%s/", hex));
    SIM_GOOD(sim, ptn_tile_path_write(&path, -1, first / PTN_TILE_WIDTH, (unsigned)(end - first)));
    SIM_GOOD(sim, ptn_buffer_add_u8(&path, 0));
    if (ask(sim, keeper, (const char *)path.at, exchange) != 200)
        sim_fail(sim, "KEEP-1", "%s cosigned entries %llu to %llu of %s and does not give them",
                 sim->nodes[keeper].origin, (unsigned long long)first, (unsigned long long)end,
                 post->origin);
    ptn_buffer_release(&path);
    cursor = ptn_cursor_at(ptn_buffer_bytes(&exchange->answer));
    for (uint64_t i = first; i < end; i++) {
        const struct sim_known *known = &history->known[i];
        struct ptn_bytes leaf;
        uint16_t len = 0;

        SIM_GOOD(sim, ptn_cursor_take_u16(&cursor, &len));
        SIM_GOOD(sim, ptn_cursor_take(&cursor, len, &leaf));
        if (!ptn_bytes_equal(leaf,
                             ptn_bytes_of(history->bytes.at + known->leaf_at, known->leaf_len)))
            sim_fail(sim, "COPY-1", "%s holds another entry %llu of %s", sim->nodes[keeper].origin,
                     (unsigned long long)i, post->origin);
    }
}

static uint64_t bundle_of(uint64_t index)
{
    return index / PTN_TILE_WIDTH * PTN_TILE_WIDTH;
}

static uint64_t bundle_end(uint64_t index, uint64_t size)
{
    uint64_t end = bundle_of(index) + PTN_TILE_WIDTH;

    return end < size ? end : size;
}

/*
 * Payloads that came since the last look; entries too, but those of a bundle that is not full (it
 * is only given from its start on) at every fourth look; and then one older bundle, another each
 * time. A keeper that started since is looked through from the first entry on: bytes are lost when
 * the power goes. In the end everything is, once more.
 */
static void check_bundles(struct sim *sim, unsigned keeper, const struct sim_node *post,
                          struct sim_history *history, uint64_t size, struct ptn_exchange *exchange)
{
    bool is_fourth = sim->is_whole || sim->checks % 4 == 0;
    uint64_t looked = sim->is_whole || history->looked[keeper] > size ? 0 : history->looked[keeper];
    uint64_t read = sim->is_whole || history->read[keeper] > size ? 0 : history->read[keeper];
    uint64_t old = bundle_of(looked);

    if (old > 0 && sim->checks % 4 == 0) {
        old = sim->checks / 4 % (old / PTN_TILE_WIDTH) * PTN_TILE_WIDTH;
        check_entries(sim, keeper, post, history, old, old + PTN_TILE_WIDTH, exchange);
        check_payloads(sim, keeper, post, history, old, old + PTN_TILE_WIDTH, exchange);
    }
    for (; read < size && (is_fourth || bundle_of(read) != bundle_of(size));
         read = bundle_end(read, size))
        check_entries(sim, keeper, post, history, bundle_of(read), bundle_end(read, size),
                      exchange);
    for (; looked < size; looked = bundle_end(looked, size))
        check_payloads(sim, keeper, post, history, looked, bundle_end(looked, size), exchange);
    history->looked[keeper] = size;
    history->read[keeper] = read;
}

/* How far both histories of a post are one. Further than what it had when its old disk was kept:
 * a batch that failed then may have been on that disk all the same, and is in both. */
static uint64_t shared_size(const struct sim_node *post)
{
    uint64_t size = post->old_size;

    while (post->second != NULL && size < post->history->size && size < post->second->size &&
           ptn_hash_equal(&post->history->roots[size + 1], &post->second->roots[size + 1]))
        size++;
    return size;
}

void sim_check_keeper(struct sim *sim, unsigned index)
{
    struct sim_node *keeper = &sim->nodes[index];
    struct ptn_exchange exchange = { .status = 0 };

    if (!keeper->is_up || !keeper->is_honest || keeper->crash_tick != 0)
        return;
    sim->checks++;
    ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX);
    for (unsigned p = SIM_KEEPERS; p < SIM_KEEPERS + SIM_POSTS; p++) {
        struct sim_node *post = &sim->nodes[p];
        struct sim_history *history = post->history;
        uint64_t size = shown_size(sim, index, post, &exchange, &history);

        /* One that showed more than what both histories share stays on its own. */
        if (history != post->history && post->history->shown[index] > shared_size(post))
            sim_fail(sim, "COPY-3", "%s showed one history of %s and shows another", keeper->origin,
                     post->origin);
        if (history == post->history && post->second != NULL &&
            post->second->shown[index] > shared_size(post))
            sim_fail(sim, "COPY-3", "%s goes back to the first history of %s", keeper->origin,
                     post->origin);
        if (size < post->history->shown[index] ||
            (post->second != NULL && size < post->second->shown[index]))
            sim_fail(sim, "COPY-4", "%s showed %llu entries of %s and shows %llu now",
                     keeper->origin, (unsigned long long)post->history->shown[index], post->origin,
                     (unsigned long long)size);
        history->shown[index] = size;
        check_bundles(sim, index, post, history, size, &exchange);
    }
    ptn_buffer_release(&exchange.answer);
}

/* ---- posts ---- */

/* What an honest keeper acknowledged to a post, it shows. */
void sim_check_post(struct sim *sim, unsigned index)
{
    struct sim_node *post = &sim->nodes[index];
    struct ptn_exchange exchange = { .status = 0 };
    struct sim_history *history = NULL;

    if (!post->is_up || !post->is_honest)
        return;
    sim->checks++;
    ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX);
    for (unsigned k = 0; k < SIM_KEEPERS; k++) {
        struct sim_node *keeper = &sim->nodes[k];
        struct ptn_pusher_standing standing;
        uint64_t size;

        if (!keeper->is_up || !keeper->is_honest || keeper->crash_tick != 0)
            continue;
        ptn_pusher_standing(post->pushers[k], &standing);
        size = shown_size(sim, k, post, &exchange, &history);
        if (standing.acknowledged > size)
            sim_fail(sim, "COPY-2", "%s acknowledged %llu entries of %s and shows %llu",
                     keeper->origin, (unsigned long long)standing.acknowledged, post->origin,
                     (unsigned long long)size);
        if (standing.trouble == PTN_PUSH_AHEAD)
            sim_fail(sim, "COPY-3", "%s takes %s for one whose disk went back, and it is not",
                     post->origin, keeper->origin);
    }
    ptn_buffer_release(&exchange.answer);
}

/* ---- the centre ---- */

/* How many honest keepers hold that much of the post, or may: those that are down held what they
 * showed last. */
static unsigned honest_holders(struct sim *sim, const struct sim_node *post, uint64_t size)
{
    struct ptn_exchange exchange = { .status = 0 };
    struct sim_history *history = NULL;
    unsigned count = 0;

    ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX);
    for (unsigned k = 0; k < SIM_KEEPERS; k++) {
        struct sim_node *keeper = &sim->nodes[k];

        if (!keeper->is_honest)
            continue;
        if (!keeper->is_up || keeper->crash_tick != 0 ||
            shown_size(sim, k, post, &exchange, &history) >= size)
            count++;
    }
    ptn_buffer_release(&exchange.answer);
    return count;
}

void sim_check_centre(struct sim *sim)
{
    struct sim_node *centre = &sim->nodes[SIM_CENTRE];

    if (!centre->is_up || centre->crash_tick != 0)
        return;
    sim->checks++;
    for (unsigned p = SIM_KEEPERS; p < SIM_KEEPERS + SIM_POSTS; p++) {
        const struct sim_node *post = &sim->nodes[p];
        struct ptn_bytes origin = ptn_bytes_from_text(post->origin);
        struct ptn_copy *copy = ptn_follow_copy(centre->follow, origin);
        struct ptn_copy_standing standing;
        struct ptn_follow_head head;
        struct ptn_hash root;

        ptn_copy_standing(copy, &standing);
        if (ptn_copy_state(copy) == PTN_LEDGER_STOPPED)
            continue; /* a fault of its disk: it will start again */
        SIM_GOOD(sim, ptn_copy_root_at(copy, standing.size, &root, NULL));
        if (sim_history_of(post, standing.size, &root) == NULL)
            sim_fail(sim, "COPY-1", "the centre proved another tree of %s at %llu", post->origin,
                     (unsigned long long)standing.size);
        if (standing.evidence_count > 0 && post->is_honest)
            sim_fail(sim, "COPY-3", "the centre has evidence against %s, which never forked",
                     post->origin);
        SIM_GOOD(sim, ptn_follow_head(centre->follow, origin, &head));
        if (head.cosigned > standing.size)
            sim_fail(sim, "FOLLOW-2", "more of %s counts as cosigned than is here", post->origin);
        if (head.cosigned > 0 && honest_holders(sim, post, head.cosigned) < SIM_QUORUM - SIM_LIARS)
            sim_fail(sim, "FOLLOW-2", "%llu entries of %s count as cosigned, and too few hold them",
                     (unsigned long long)head.cosigned, post->origin);
    }
}

/* ---- the end ---- */

static bool post_is_everywhere(struct sim *sim, const struct sim_node *post, bool say)
{
    struct sim_node *centre = &sim->nodes[SIM_CENTRE];
    struct ptn_exchange exchange = { .status = 0 };
    struct sim_history *history = NULL;
    struct ptn_follow_head head;
    bool all = true;

    ptn_buffer_init(&exchange.answer, PTN_WIRE_BODY_MAX);
    for (unsigned k = 0; all && k < SIM_KEEPERS; k++) {
        uint64_t size = post->history->size;

        if (!sim->nodes[k].is_honest)
            continue;
        size = sim->nodes[k].is_up ? shown_size(sim, k, post, &exchange, &history) : 0;
        all = size == post->history->size;
        if (!all && say) {
            struct ptn_pusher_standing standing = { .size = 0 };

            if (post->is_up)
                ptn_pusher_standing(post->pushers[k], &standing);
            sim_say(sim, "%s shows %llu of %llu entries of %s (%s, %u, next %llu)",
                    sim->nodes[k].origin, (unsigned long long)size,
                    (unsigned long long)post->history->size, post->origin,
                    ptn_push_trouble_word(standing.trouble), standing.status,
                    (unsigned long long)standing.keeper_next);
        }
    }
    ptn_buffer_release(&exchange.answer);
    if (!centre->is_up)
        return false;
    SIM_GOOD(sim, ptn_follow_head(centre->follow, ptn_bytes_from_text(post->origin), &head));
    if (say)
        sim_say(sim,
                "the centre has %llu, cosigned %llu of %llu entries of %s; %llu payloads missing",
                (unsigned long long)head.size, (unsigned long long)head.cosigned,
                (unsigned long long)post->history->size, post->origin,
                (unsigned long long)head.missing);
    return all && head.size == post->history->size && head.cosigned == post->history->size &&
           head.missing == 0;
}

/* Whether the centre holds evidence against the post's ledger. */
static bool is_forked_at_centre(struct sim *sim, const struct sim_node *post)
{
    struct ptn_follow_head head;

    if (!sim->nodes[SIM_CENTRE].is_up)
        return false;
    SIM_GOOD(sim, ptn_follow_head(sim->nodes[SIM_CENTRE].follow, ptn_bytes_from_text(post->origin),
                                  &head));
    return head.forked;
}

/* A post whose disk went back: whoever holds more than it has must have said so, the post, a keeper
 * or the centre. */
static bool rollback_is_seen(struct sim *sim, const struct sim_node *post, bool say)
{
    uint64_t most = 0;
    bool seen = post->is_retired || is_forked_at_centre(sim, post);

    for (unsigned k = 0; k < SIM_KEEPERS; k++) {
        struct ptn_pusher_standing standing;
        struct ptn_keeper_standing keeper;

        if (!sim->nodes[k].is_honest || !sim->nodes[k].is_up || !post->is_up)
            continue;
        if (post->history->shown[k] > most)
            most = post->history->shown[k];
        ptn_pusher_standing(post->pushers[k], &standing);
        ptn_keeper_standing(sim->nodes[k].keeper, &keeper);
        seen = seen || standing.trouble == PTN_PUSH_AHEAD ||
               standing.trouble == PTN_PUSH_CONTRADICTED || keeper.evidence > 0;
    }
    if (!seen && most > shared_size(post) && say)
        sim_say(sim, "%s went back to %llu entries, a keeper holds %llu, and nobody noticed",
                post->origin, (unsigned long long)shared_size(post), (unsigned long long)most);
    return seen || most <= shared_size(post);
}

/* And it must sign nothing more, when an honest keeper holds what it does not have. */
static bool is_retired_when_due(const struct sim *sim, const struct sim_node *post)
{
    bool due = false;

    for (unsigned k = 0; k < SIM_KEEPERS; k++)
        due = due || (sim->nodes[k].is_honest && sim->nodes[k].is_up &&
                      post->history->shown[k] > shared_size(post));
    return !due || post->is_retired;
}

/* The first post of which something is not as it must be in the end; say: every one is told of. */
static const struct sim_node *not_converged(struct sim *sim, bool say)
{
    const struct sim_node *first = NULL;

    for (unsigned p = SIM_KEEPERS; p < SIM_KEEPERS + SIM_POSTS; p++) {
        const struct sim_node *post = &sim->nodes[p];
        bool good = post->is_up && (post->is_honest ? post_is_everywhere(sim, post, say)
                                                    : rollback_is_seen(sim, post, say) &&
                                                          is_retired_when_due(sim, post));

        if (!good && first == NULL)
            first = post;
    }
    return first;
}

bool sim_check_converged(struct sim *sim)
{
    if (not_converged(sim, false) != NULL)
        return false;
    /* Of a post that went back: keepers may show more now than at the last look at them. */
    for (unsigned k = 0; k < SIM_KEEPERS; k++)
        sim_check_keeper(sim, k);
    return not_converged(sim, false) == NULL;
}

void sim_check_healed(struct sim *sim)
{
    const struct sim_node *post = not_converged(sim, true);

    if (post != NULL && post->is_honest)
        sim_fail(sim, "FOLLOW-3", "healed, and not everything of %s is everywhere", post->origin);
    if (post != NULL && rollback_is_seen(sim, post, false))
        sim_fail(sim, "FOLLOW-5", "%s went back, a keeper holds more of it, and it signs on",
                 post->origin);
    if (post != NULL)
        sim_fail(sim, "FOLLOW-4", "%s went back, and nobody has noticed", post->origin);
}
