/*
 * tests/sim/sim.c -- run a country for a while with everything going wrong, then let it heal: what
 * is promised must hold all the time, and in the end everything must be everywhere.
 *
 * usage: sim [--seed N] [--seeds COUNT] [--seconds S] [--ticks T] [--whole] [--break WORD] [--loud]
 * Seeds N, N + 1 … until COUNT are done or S seconds are over. --ticks: for so long everything goes
 * wrong (else for as long as the seed says, and with a break for as long as it may). --whole: each
 * check looks through everything again, which takes half as long once more and gives each seed
 * another fate. --break
 * makes something wrong on purpose (the words are in README.md): the run must then fail, with the
 * invariant that the word is about.
 */
#include "sim.h"
#include "commit.h"

#include <malloc.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define HEALING_TICKS 60000u
#define TICK_MS       250
#define APPEND_MAX    10u
#define BURST_MAX     100u /* now and then */

/* ---- saying ---- */

_Noreturn void sim_fail(const struct sim *sim, const char *invariant, const char *format, ...)
{
    va_list list;

    (void)fflush(stdout);
    (void)printf("FAILED commit %s seed %llu tick %llu: %s: ", SIM_COMMIT,
                 (unsigned long long)sim->seed, (unsigned long long)sim->tick, invariant);
    va_start(list, format);
    (void)vprintf(format, list);
    va_end(list);
    (void)printf("\nagain: sim --seed %llu --loud%s%s%s", (unsigned long long)sim->seed,
                 sim->was_whole ? " --whole" : "",
                 sim->broken == SIM_BREAK_NOTHING ? "" : " --break ",
                 sim->broken == SIM_BREAK_NOTHING ? "" : sim_break_word(sim->broken));
    if (sim->was_told)
        (void)printf(" --ticks %llu", (unsigned long long)sim->safety_ticks);
    (void)printf("\n");
    (void)fflush(stdout);
    exit(1);
}

void sim_say(const struct sim *sim, const char *format, ...)
{
    va_list list;

    if (!sim->is_loud)
        return;
    (void)printf("%6llu ", (unsigned long long)sim->tick);
    va_start(list, format);
    (void)vprintf(format, list);
    va_end(list);
    (void)printf("\n");
}

/* ---- chance ---- */

static uint64_t mixed(uint64_t value) /* SplitMix64 */
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

uint64_t sim_random(struct sim *sim, uint64_t below)
{
    sim->random += UINT64_C(0x9e3779b97f4a7c15);
    return below == 0 ? 0 : mixed(sim->random) % below;
}

/* How long everything goes wrong: of two draws the shorter. Not of the draws that decide the rest,
 * so that a country with its ticks told is the same one for as long as it goes. */
static uint64_t ticks_of(uint64_t seed)
{
    uint64_t range = SIM_SAFETY_TICKS_MAX - SIM_SAFETY_TICKS_MIN;
    uint64_t one = mixed(seed * 2 + 1) % range;
    uint64_t two = mixed(seed * 2 + 2) % range;

    return SIM_SAFETY_TICKS_MIN + (one < two ? one : two);
}

bool sim_chance(struct sim *sim, unsigned of_thousand)
{
    return sim_random(sim, 1000) < of_thousand;
}

/* ---- what goes wrong ---- */

static void cut_somewhere(struct sim *sim)
{
    unsigned from = (unsigned)sim_random(sim, SIM_NODES);
    unsigned to = (unsigned)sim_random(sim, SIM_NODES);
    uint64_t until = sim->tick + 10 + sim_random(sim, 200);

    sim->cut_until[from][to] = until;
    if (sim_chance(sim, 500)) /* both ways */
        sim->cut_until[to][from] = until;
    sim->cuts++;
}

/* The power goes in the middle of something: within the next operations of its disk. */
static void crash_soon(struct sim *sim, unsigned index)
{
    struct sim_node *node = &sim->nodes[index];

    if (!node->is_up || node->crash_tick != 0)
        return;
    fault_disk_arm(node->disk, FAULT_POWER, 1 + sim_random(sim, sim_chance(sim, 500) ? 15 : 150),
                   true);
    node->crash_tick = sim->tick + 1 + sim_random(sim, 20);
    sim->crashes++;
}

static void crash_now(struct sim *sim, unsigned index)
{
    struct sim_node *node = &sim->nodes[index];

    sim_say(sim, "%s loses power", node->origin);
    sim_node_stop(sim, index, true);
    node->start_tick = sim->tick + 1 + sim_random(sim, 80);
}

/* One operation of its disk fails; the node may have to be started again. */
static void fault(struct sim *sim, unsigned index)
{
    static const enum fault_mode modes[] = { FAULT_ERROR, FAULT_FULL, FAULT_SHORT_READ,
                                             FAULT_FLIP };
    enum fault_mode mode;
    struct sim_node *node = &sim->nodes[index];

    if (!node->is_up || node->crash_tick != 0)
        return;
    mode = modes[sim_random(sim, 4)];
    fault_disk_arm(node->disk, mode, 1 + sim_random(sim, 100), false);
    sim->faults++;
}

/* The centre's disk is gone. */
static void wipe_centre(struct sim *sim)
{
    struct sim_node *centre = &sim->nodes[SIM_CENTRE];

    sim_say(sim, "the centre is wiped");
    sim_node_wipe(sim, SIM_CENTRE);
    centre->start_tick = sim->tick + 1 + sim_random(sim, 100);
    sim->wipes++;
}

void sim_keep_old_disk(struct sim *sim, unsigned index)
{
    struct sim_node *node = &sim->nodes[index];

    if (node->old != NULL || node->crash_tick != 0)
        return;
    sim_node_stop(sim, index, false);
    node->old = fault_disk_save(node->disk);
    node->old_size = node->history == NULL ? 0 : node->history->size;
    node->start_tick = sim->tick + 1;
}

void sim_go_back(struct sim *sim, unsigned index, bool told)
{
    struct sim_node *node = &sim->nodes[index];

    if (node->old == NULL)
        return;
    sim_say(sim, "%s goes back to an old disk", node->origin);
    sim_node_stop(sim, index, false);
    fault_disk_load(node->disk, node->old);
    fault_image_free(node->old);
    node->old = NULL;
    node->is_honest = node->is_honest && !told;
    if (told && node->history != NULL)
        sim_post_fork(sim, index, node->old_size);
    if (sim->broken == SIM_BREAK_REWRITTEN && node->history != NULL)
        node->history->acknowledged = 0;
    node->start_tick = sim->tick + 1;
    sim->rolls++;
}

/* ---- the plan of a seed ---- */

/* One draw a statement: in an initializer, each compiler has an order of its own. */
static struct sim_plan make_plan(struct sim *sim)
{
    struct sim_plan plan = { .liar = SIM_NODES, .rolled = SIM_NODES };

    if (sim_chance(sim, 600))
        plan.liar = (unsigned)sim_random(sim, SIM_KEEPERS);
    plan.liar_tick = sim_random(sim, sim->safety_ticks / 2);
    if (sim_chance(sim, 300))
        plan.rolled = SIM_KEEPERS + (unsigned)sim_random(sim, SIM_POSTS);
    else if (plan.liar < SIM_KEEPERS && sim_chance(sim, 400))
        plan.rolled = plan.liar; /* the faulty keeper's disk goes back, too */
    plan.save_tick = sim->safety_ticks / 15 + sim_random(sim, sim->safety_ticks / 3);
    plan.roll_tick =
        plan.save_tick + sim->safety_ticks / 15 + sim_random(sim, sim->safety_ticks / 3);
    plan.cut_chance = (unsigned)sim_random(sim, 30);
    plan.crash_chance = (unsigned)sim_random(sim, 8);
    plan.fault_chance = (unsigned)sim_random(sim, 15);
    plan.wipe_chance = (unsigned)sim_random(sim, 3);
    plan.append_chance = 20 + (unsigned)sim_random(sim, 100);
    sim->lose = (unsigned)sim_random(sim, 30);
    sim->twice = (unsigned)sim_random(sim, 20);
    sim->delay_max = (unsigned)sim_random(sim, 12);
    sim_break_plan(sim, &plan);
    return plan;
}

/* What the plan has for this tick. */
static void act(struct sim *sim, const struct sim_plan *plan)
{
    bool told = sim->broken != SIM_BREAK_LOST && sim->broken != SIM_BREAK_REWRITTEN &&
                sim->broken != SIM_BREAK_KEEPER;

    if (plan->liar < SIM_KEEPERS && sim->tick == plan->liar_tick)
        sim->nodes[plan->liar].is_honest = false;
    if (plan->rolled < SIM_NODES && sim->tick == plan->save_tick)
        sim_keep_old_disk(sim, plan->rolled);
    if (plan->rolled < SIM_NODES && sim->tick == plan->roll_tick)
        sim_go_back(sim, plan->rolled, told);
    sim_break_act(sim, plan);
    if (sim_chance(sim, plan->cut_chance))
        cut_somewhere(sim);
    if (sim_chance(sim, plan->crash_chance))
        crash_soon(sim, (unsigned)sim_random(sim, SIM_NODES));
    if (sim_chance(sim, plan->fault_chance))
        fault(sim, (unsigned)sim_random(sim, SIM_NODES));
    if (sim->nodes[SIM_CENTRE].is_up && sim_chance(sim, plan->wipe_chance))
        wipe_centre(sim);
    for (unsigned p = SIM_KEEPERS; p < SIM_KEEPERS + SIM_POSTS; p++)
        if (sim->nodes[p].is_up && sim_chance(sim, plan->append_chance))
            sim_post_append(
                sim, p,
                1 + (unsigned)sim_random(sim, sim_chance(sim, 125) ? BURST_MAX : APPEND_MAX));
}

/* ---- one tick ---- */

/* Crashes that are due, nodes that stopped writing, nodes that come up. */
static void look_after(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_NODES; i++) {
        struct sim_node *node = &sim->nodes[i];

        if (node->is_up && node->crash_tick != 0 && sim->tick >= node->crash_tick)
            crash_now(sim, i);
        if (node->is_up && node->ledger != NULL && node->crash_tick == 0 &&
            (ptn_ledger_state(node->ledger) == PTN_LEDGER_STOPPED ||
             ptn_ledger_state(node->ledger) == PTN_LEDGER_BROKEN)) {
            sim_say(sim, "%s stopped writing and starts again", node->origin);
            sim_node_stop(sim, i, false);
            node->start_tick = sim->tick + 1;
        }
        if (!node->is_up && node->start_tick != 0 && sim->tick >= node->start_tick)
            if (!sim_node_start(sim, i))
                node->start_tick = sim->tick + 10;
    }
}

/* A centre with a copy that cannot be written starts again, as its process would. */
static void look_after_centre(struct sim *sim)
{
    struct sim_node *centre = &sim->nodes[SIM_CENTRE];

    for (unsigned i = 0; centre->is_up && centre->crash_tick == 0 && i < SIM_NODES; i++) {
        struct ptn_copy *copy = centre->copies[i];

        if (copy == NULL)
            continue;
        if (ptn_copy_state(copy) != PTN_LEDGER_STOPPED && ptn_copy_state(copy) != PTN_LEDGER_BROKEN)
            continue;
        sim_say(sim, "the centre stopped writing and starts again");
        sim_node_stop(sim, SIM_CENTRE, false);
        centre->start_tick = sim->tick + 1;
    }
}

void sim_tick(struct sim *sim)
{
    sim->tick++;
    sim->now_ms += TICK_MS;
    look_after(sim);
    look_after_centre(sim);
    for (unsigned i = SIM_KEEPERS; i < SIM_NODES; i++)
        sim_net_ask(sim, i);
    sim_net_deliver(sim);
    for (unsigned i = SIM_KEEPERS; i < SIM_KEEPERS + SIM_POSTS; i++)
        sim_post_look_back(sim, i);
}

static void check_all(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_KEEPERS; i++)
        sim_check_keeper(sim, i);
    for (unsigned i = SIM_KEEPERS; i < SIM_KEEPERS + SIM_POSTS; i++)
        sim_check_post(sim, i);
    sim_check_centre(sim);
}

/* ---- two phases ---- */

static void be_unsafe(struct sim *sim)
{
    const struct sim_plan plan = make_plan(sim);

    sim_say(sim, "liar %u, rolled back %u, loses %u%%, doubles %u%%, delays %u", plan.liar,
            plan.rolled, sim->lose, sim->twice, sim->delay_max);
    while (sim->tick < sim->safety_ticks) {
        sim_tick(sim);
        act(sim, &plan);
        if (sim_chance(sim, 15) && sim_break_checks_all(sim, &plan)) {
            /* A check reads: it must not meet the fault that waits for somebody. */
            for (unsigned i = 0; i < SIM_NODES; i++)
                if (sim->nodes[i].crash_tick == 0)
                    (void)fault_disk_off(sim->nodes[i].disk);
            check_all(sim);
        }
    }
}

bool sim_settle(struct sim *sim, unsigned ticks)
{
    uint64_t end = sim->tick + ticks;

    while (sim->tick < end) {
        sim_tick(sim);
        if (sim->tick % 50 == 0 && sim_check_converged(sim))
            return true;
        if (sim->tick % 200 == 0)
            sim->now_ms += 61000; /* rests are over */
    }
    return false;
}

static void heal(struct sim *sim)
{
    bool is_settled;

    sim->is_healing = true;
    sim->lose = 0;
    sim->twice = 0;
    sim->delay_max = 1;
    memset(sim->cut_until, 0, sizeof(sim->cut_until));
    for (unsigned i = 0; i < SIM_NODES; i++) {
        struct sim_node *node = &sim->nodes[i];

        if (node->is_up && node->crash_tick != 0)
            crash_now(sim, i);
        (void)fault_disk_off(node->disk);
        if (!node->is_up)
            node->start_tick = sim->tick + 1;
    }
    sim_break_heal(sim);
    is_settled = sim_settle(sim, HEALING_TICKS);
    sim->healed = sim->tick - sim->safety_ticks;
    if (is_settled)
        sim_erase(sim);
    sim->is_whole = true;
    check_all(sim);
    sim->is_loud = sim->is_loud || !is_settled;
    sim_check_healed(sim);
}

/* What is asked for. */
struct asked {
    uint64_t seed, count;
    time_t end;     /* 0: none */
    uint64_t ticks; /* 0: not told */
    enum sim_break broken;
    bool is_loud, is_whole;
};

static void run(uint64_t seed, const struct asked *asked)
{
    struct sim *sim = calloc(1, sizeof(*sim));

    if (sim == NULL)
        exit(4);
    sim->seed = seed;
    sim->random = seed * 7919 + 1;
    sim->now_ms = INT64_C(1795800000000);
    sim->broken = asked->broken;
    sim->is_loud = asked->is_loud;
    sim->is_whole = asked->is_whole;
    sim->was_whole = asked->is_whole;
    sim->was_told = asked->ticks != 0;
    sim->safety_ticks = asked->broken == SIM_BREAK_NOTHING ? ticks_of(seed) : SIM_SAFETY_TICKS_MAX;
    if (sim->was_told)
        sim->safety_ticks = asked->ticks;
    sim_country_make(sim);
    be_unsafe(sim);
    heal(sim);
    (void)printf("seed %llu: %llu ticks, %lu entries, %lu exchanges, %lu cuts, %lu crashes, "
                 "%lu faults, %lu wipes, %lu rolled back, %lu retired, %lu lies, %lu erased, "
                 "%lu checks, healed in %llu ticks\n",
                 (unsigned long long)seed, (unsigned long long)sim->safety_ticks, sim->appended,
                 sim->exchanges, sim->cuts, sim->crashes, sim->faults, sim->wipes, sim->rolls,
                 sim->retired, sim->lies, sim->erased, sim->checks,
                 (unsigned long long)sim->healed);
    (void)fflush(stdout);
    sim_country_free(sim);
    free(sim);
}

/* One option; how many words it took, 0: it is none. */
static int take_option(struct asked *asked, const char *word, const char *value)
{
    if (strcmp(word, "--loud") == 0) {
        asked->is_loud = true;
        return 1;
    }
    if (strcmp(word, "--whole") == 0) {
        asked->is_whole = true;
        return 1;
    }
    if (value == NULL)
        return 0;
    if (strcmp(word, "--seed") == 0)
        asked->seed = strtoull(value, NULL, 10);
    else if (strcmp(word, "--seeds") == 0)
        asked->count = strtoull(value, NULL, 10);
    else if (strcmp(word, "--ticks") == 0)
        asked->ticks = strtoull(value, NULL, 10);
    else if (strcmp(word, "--seconds") == 0) {
        asked->end = time(NULL) + (time_t)strtoll(value, NULL, 10);
        asked->count = UINT64_MAX;
    } else if (strcmp(word, "--break") == 0)
        asked->broken = sim_break_of(value);
    else
        return 0;
    return 2;
}

int main(int argc, char **argv)
{
    struct asked asked = { .seed = 1, .count = 1 };

    for (int i = 1, taken; i < argc; i += taken) {
        taken = take_option(&asked, argv[i], argv[i + 1]);
        if (taken == 0 || asked.broken == SIM_BREAK_COUNT)
            return 2;
    }
    /* Pages are taken once, and not again for each buffer. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
    /* One thread, and nobody asks how much memory it takes. */
    if (sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
        return 4;
    (void)printf("commit %s, seeds from %llu\n", SIM_COMMIT, (unsigned long long)asked.seed);
    for (uint64_t done = 0; done < asked.count && (asked.end == 0 || time(NULL) < asked.end);
         done++)
        run(asked.seed + done, &asked);
    return 0;
}
