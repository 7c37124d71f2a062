#include "node/node_int.h"

#define MARK_MS 1000 /* batches so close together are one mark */

const char *ptn_kept_word(enum ptn_kept kept)
{
    static const char *const words[] = { "not-recorded", "local", "site-kept", "kept", "quorum" };

    return words[kept];
}

const char *ptn_site_word(enum ptn_site_state site)
{
    static const char *const words[] = { "none", "keeps", "late" };

    return words[site];
}

/* ---- counting: pure ---- */

struct ptn_kept_sizes ptn_kept_count(const struct ptn_kept_keeper *keepers, size_t count,
                                     uint32_t quorum)
{
    struct ptn_kept_sizes sizes = { 0 };

    PTN_PRE(quorum >= 1);

    for (size_t i = 0; i < count; i++) {
        uint64_t size = keepers[i].acknowledged;
        uint32_t as_far = 0;

        if (keepers[i].site) {
            sizes.site = size > sizes.site ? size : sizes.site;
            continue;
        }
        sizes.one = size > sizes.one ? size : sizes.one;
        for (size_t k = 0; k < count; k++)
            if (!keepers[k].site && keepers[k].acknowledged >= size)
                as_far++;
        if (as_far >= quorum && size > sizes.quorum)
            sizes.quorum = size;
    }
    return sizes;
}

enum ptn_kept ptn_kept_level(const struct ptn_kept_sizes *sizes, uint64_t seq)
{
    if (sizes->quorum > seq)
        return PTN_KEPT_QUORUM;
    if (sizes->one > seq)
        return PTN_KEPT_ONE;
    return sizes->site > seq ? PTN_KEPT_SITE : PTN_KEPT_LOCAL;
}

/* ---- how old what is missing is ---- */

void ptn_kept_mark(struct ptn_node *node, uint64_t size, int64_t now_ms)
{
    struct ptn_kept_memory *kept = &node->kept;
    struct ptn_kept_mark *last =
        &kept->marks[(kept->mark_count + PTN_KEPT_MARKS - 1) % PTN_KEPT_MARKS];

    if (kept->mark_count > 0 && now_ms - last->time_ms < MARK_MS && now_ms >= last->time_ms) {
        last->size = size;
        return;
    }
    kept->marks[kept->mark_count++ % PTN_KEPT_MARKS] = (struct ptn_kept_mark){ size, now_ms };
}

/* When the first entry past acknowledged was written; the oldest mark when it is older than all. */
static int64_t time_of(const struct ptn_kept_memory *kept, uint64_t acknowledged)
{
    size_t count = kept->mark_count < PTN_KEPT_MARKS ? kept->mark_count : PTN_KEPT_MARKS;
    int64_t time_ms = INT64_MAX;

    for (size_t i = 1; i <= count; i++) { /* newest first */
        const struct ptn_kept_mark *mark = &kept->marks[(kept->mark_count - i) % PTN_KEPT_MARKS];

        if (mark->size <= acknowledged)
            break;
        time_ms = mark->time_ms;
    }
    return time_ms;
}

/* ---- what keepers say ---- */

/* Under the lock. */
static enum ptn_site_state site_of(const struct ptn_kept_memory *kept)
{
    for (size_t i = 0; i < kept->keeper_count; i++)
        if (kept->keepers[i].site)
            return kept->late || !kept->keepers[i].answers ? PTN_SITE_LATE : PTN_SITE_KEEPS;
    return PTN_SITE_NONE;
}

void ptn_node_kept(struct ptn_node *node, const struct ptn_kept_keeper *keepers, size_t count,
                   uint32_t quorum)
{
    struct ptn_kept_memory *kept = &node->kept;
    bool grew;

    PTN_PRE(count <= PTN_KEPT_KEEPERS_MAX);

    ptn_node_lock(node);
    if (count > 0)
        memcpy(kept->keepers, keepers, count * sizeof(*keepers));
    kept->keeper_count = count;
    kept->quorum = quorum;
    {
        struct ptn_kept_sizes sizes = ptn_kept_count(keepers, count, quorum);

        grew = sizes.site > kept->sizes.site;
        kept->sizes = sizes;
    }
    if (kept->late && kept->sizes.site > kept->late_seq)
        kept->late = false;
    ptn_node_unlock(node);
    if (grew && node->seams.wake != NULL)
        node->seams.wake(node->seams.context); /* somebody may wait for just that */
}

void ptn_node_clock(struct ptn_node *node, int64_t off_s)
{
    ptn_node_lock(node);
    node->kept.clock_off_s = off_s;
    ptn_node_unlock(node);
}

void ptn_node_kept_standing(struct ptn_node *node, struct ptn_kept_standing *ret_standing)
{
    const struct ptn_kept_memory *kept = &node->kept;
    int64_t now_ms = node->world->now_ms(node->world->context);

    ptn_node_lock(node);
    *ret_standing = (struct ptn_kept_standing){ .sizes = kept->sizes,
                                                .site = site_of(kept),
                                                .quorum = kept->quorum,
                                                .clock_off_s = kept->clock_off_s,
                                                .keeper_count = kept->keeper_count };
    for (size_t i = 0; i < kept->keeper_count; i++) {
        struct ptn_kept_lag *lag = &ret_standing->keepers[i];

        lag->keeper = kept->keepers[i];
        if (lag->keeper.acknowledged >= node->ledger_size)
            continue;
        lag->entries = node->ledger_size - lag->keeper.acknowledged;
        lag->seconds = (now_ms - time_of(kept, lag->keeper.acknowledged)) / 1000;
        if (lag->seconds < 0)
            lag->seconds = 0; /* the clock was set back */
    }
    ptn_node_unlock(node);
}

enum ptn_kept ptn_node_kept_level(struct ptn_node *node, uint64_t seq)
{
    enum ptn_kept level;

    ptn_node_lock(node);
    level = ptn_kept_level(&node->kept.sizes, seq);
    ptn_node_unlock(node);
    return level;
}

/* ---- crossings that wait for the site keeper: the owner's ---- */

/* KEPT-1. */
bool ptn_kept_await(struct ptn_node *node, struct ptn_lane_crossing *crossing)
{
    struct ptn_kept_memory *kept = &node->kept;
    bool waits;

    ptn_node_lock(node);
    waits = site_of(kept) == PTN_SITE_KEEPS && kept->sizes.site <= crossing->seq && !node->closing;
    ptn_node_unlock(node);
    if (!waits)
        return false;
    crossing->until_us =
        node->world->monotonic_us(node->world->context) + (int64_t)PTN_KEPT_WAIT_MS * 1000;
    crossing->next = NULL;
    if (kept->awaiting == NULL)
        kept->awaiting_last = &kept->awaiting;
    *kept->awaiting_last = crossing;
    kept->awaiting_last = &crossing->next;
    return true;
}

void ptn_kept_turn(struct ptn_node *node, bool all)
{
    struct ptn_kept_memory *kept = &node->kept;
    int64_t now_us = node->world->monotonic_us(node->world->context);
    bool over = all; /* nobody waits any more */

    while (kept->awaiting != NULL) { /* the oldest entry first */
        struct ptn_lane_crossing *crossing = kept->awaiting;
        bool there;

        ptn_node_lock(node);
        there = kept->sizes.site > crossing->seq;
        if (!there && !over && now_us >= crossing->until_us) {
            /* once is enough: who waits behind it goes on as well */
            kept->late = true;
            kept->late_seq = crossing->seq;
        }
        over = over || site_of(kept) != PTN_SITE_KEEPS;
        crossing->kept = ptn_kept_level(&kept->sizes, crossing->seq);
        ptn_node_unlock(node);
        if (!there && !over)
            return;
        kept->awaiting = crossing->next;
        crossing->done(crossing); /* it may be gone after this */
    }
}

int ptn_node_wait_ms(struct ptn_node *node)
{
    int64_t left_us;

    if (node->arrivals_left > 0)
        return 0; /* people on carriers' lists wait to be screened */
    if (node->kept.awaiting == NULL)
        return -1;
    left_us = node->kept.awaiting->until_us - node->world->monotonic_us(node->world->context);
    return left_us <= 0 ? 0 : (int)(left_us / 1000) + 1;
}
