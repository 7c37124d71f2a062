/* What is wrong on purpose, so that each check is seen to fire: README.md has the table, breaks.py
 * holds it to this. Nothing here happens without --break. */
#include "sim.h"

#include <string.h>

#define POST   SIM_KEEPERS /* the post that it happens to */
#define KEEPER 1u          /* the keeper */

static const char *const words[SIM_BREAK_COUNT] = { "nothing",  "lost",     "rewritten", "keeper",
                                                    "liars",    "bytes",    "cut",       "unseen",
                                                    "payloads", "unsynced", "twofold",   "signing",
                                                    "clocks",   "alone",    "undone" };

enum sim_break sim_break_of(const char *word)
{
    enum sim_break broken = SIM_BREAK_NOTHING;

    while (broken < SIM_BREAK_COUNT && strcmp(words[broken], word) != 0)
        broken++;
    return broken;
}

const char *sim_break_word(enum sim_break broken)
{
    return words[broken];
}

/* ---- the plan ---- */

void sim_break_plan(struct sim *sim, struct sim_plan *plan)
{
    enum sim_break broken = sim->broken;

    if (broken == SIM_BREAK_NOTHING || broken == SIM_BREAK_CUT || broken >= SIM_BREAK_CLOCKS)
        return;
    if (broken != SIM_BREAK_BYTES)
        plan->liar = SIM_NODES;
    plan->rolled = broken == SIM_BREAK_LOST || broken == SIM_BREAK_REWRITTEN ||
                           broken == SIM_BREAK_UNSEEN || broken == SIM_BREAK_TWOFOLD ||
                           broken == SIM_BREAK_SIGNING
                       ? POST
                   : broken == SIM_BREAK_KEEPER ? KEEPER
                                                : SIM_NODES;
    if (broken == SIM_BREAK_PAYLOADS)
        plan->crash_chance = 50; /* what waits in memory for its entry is lost */
    if (broken == SIM_BREAK_TWOFOLD || broken == SIM_BREAK_UNSYNCED) {
        plan->crash_chance = 0;
        plan->fault_chance = 0;
        plan->wipe_chance = 0;
    }
}

/* ---- ticks ---- */

/* Two that only sign, and are not to be relied on, and a third that nobody reaches. */
static void have_liars(struct sim *sim)
{
    sim->nodes[0].is_honest = false;
    sim->nodes[1].is_honest = false;
    for (unsigned i = 0; i < SIM_NODES; i++)
        sim->cut_until[i][3] = sim->safety_ticks;
}

static void lose_unsynced(struct sim *sim)
{
    struct ptn_pusher_standing standing;

    if (sim->unsynced != NULL) {
        sim_node_stop(sim, KEEPER, true);
        fault_disk_load(sim->nodes[KEEPER].disk, sim->unsynced);
        fault_image_free(sim->unsynced);
        sim->unsynced = NULL;
        (void)sim_node_start(sim, KEEPER);
    }
    for (unsigned p = SIM_KEEPERS; p < SIM_KEEPERS + SIM_POSTS; p++) {
        ptn_pusher_standing(sim->nodes[p].pushers[KEEPER], &standing);
        if (standing.acknowledged > 0)
            sim_check_post(sim, p);
    }
}

static void go_back_together(struct sim *sim, const struct sim_plan *plan)
{
    struct sim_node *post = &sim->nodes[POST];
    struct ptn_pusher_standing standing;

    if (sim->tick == plan->save_tick)
        sim_keep_old_disk(sim, KEEPER);
    if (sim->tick == plan->roll_tick) {
        sim_check_keeper(sim, KEEPER);
        sim_go_back(sim, KEEPER, false);
    }
    if (sim->tick <= plan->roll_tick || !post->is_up)
        return;
    ptn_pusher_standing(post->pushers[KEEPER], &standing);
    if (standing.acknowledged > post->old_size)
        sim_check_keeper(sim, KEEPER);
}

void sim_break_act(struct sim *sim, const struct sim_plan *plan)
{
    struct sim_history *history = sim->nodes[POST].history;

    if (sim->broken == SIM_BREAK_BYTES && sim->tick == sim->safety_ticks / 2 && history->size > 0)
        history->bytes.at[history->known[0].leaf_at] ^= 1;
    if (sim->broken == SIM_BREAK_KEEPER && sim->tick == plan->roll_tick + 3)
        sim_check_keeper(sim, plan->rolled);
    if (sim->broken == SIM_BREAK_LIARS && sim->tick == 1)
        have_liars(sim);
    if (sim->broken == SIM_BREAK_UNSEEN && sim->tick >= plan->roll_tick)
        for (unsigned k = 0; k < SIM_KEEPERS; k++)
            sim->cut_until[POST][k] = UINT64_MAX;
    if (sim->broken == SIM_BREAK_UNSYNCED)
        lose_unsynced(sim);
    if (sim->broken == SIM_BREAK_TWOFOLD)
        go_back_together(sim, plan);
}

bool sim_break_checks_all(const struct sim *sim, const struct sim_plan *plan)
{
    return sim->broken != SIM_BREAK_UNSYNCED &&
           (sim->broken != SIM_BREAK_TWOFOLD || sim->tick < plan->roll_tick);
}

void sim_break_heal(struct sim *sim)
{
    for (unsigned i = 0; sim->broken == SIM_BREAK_CUT && i < SIM_NODES; i++)
        for (unsigned k = 0; k < 2; k++)
            sim->cut_until[i][k] = UINT64_MAX;
    for (unsigned k = 0; sim->broken == SIM_BREAK_UNSEEN && k < SIM_KEEPERS; k++)
        sim->cut_until[POST][k] = UINT64_MAX;
}

/* Off also where what a post that went back does next is to be seen. */
bool sim_break_looks_back(const struct sim *sim)
{
    return sim->broken != SIM_BREAK_SIGNING && sim->broken != SIM_BREAK_LOST &&
           sim->broken != SIM_BREAK_REWRITTEN && sim->broken != SIM_BREAK_TWOFOLD;
}

/* ---- at a keeper ---- */

void sim_break_before(struct sim *sim, unsigned keeper)
{
    if (sim->broken == SIM_BREAK_UNSYNCED && keeper == KEEPER && sim->unsynced == NULL)
        sim->unsynced = fault_disk_save(sim->nodes[keeper].disk);
}

void sim_break_after(struct sim *sim, unsigned keeper, const struct ptn_exchange *exchange)
{
    if (sim->unsynced == NULL || keeper != KEEPER ||
        (exchange->status == 200 && strcmp(exchange->path, "/add-entries") == 0))
        return;
    fault_image_free(sim->unsynced);
    sim->unsynced = NULL;
}

bool sim_break_erased(void *context, const struct ptn_hash *sha256)
{
    (void)context;
    (void)sha256;
    return true;
}
